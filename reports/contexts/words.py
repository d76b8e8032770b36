"""Whose words a page speaks: the instrument's in its language, the page's own from the catalogs."""

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version

from instrument.definition import Cited, Instrument, Text, Texts
from reports.texts import Texts as Catalog
from reports.texts import texts_for


@dataclass(frozen=True)
class Words:
    """An instrument read in one of its languages. `texts` speaks the nearest language the pages are written in."""

    instrument: Instrument
    language: str

    @cached_property
    def texts(self) -> Catalog:
        return texts_for(self.language)

    def of(self, text: Text) -> str:
        """The instrument's text in the chosen language, "" where it has none."""
        return text.get(self.language, "")

    def cited(self, source: Cited) -> str:
        """A source in the chosen language, or as it stands."""
        return source if isinstance(source, str) else self.of(source)

    def all_of(self, texts: Texts) -> tuple[str, ...]:
        return texts.get(self.language, ())

    def scale(self, scale_id: str) -> str:
        return self.instrument.name_of(scale_id, self.language)

    @cached_property
    def roles(self) -> dict[str, str]:
        """Printed names of the roles, and of the wider groups that roles merge into."""
        named = {role.id: self.of(role.name) for role in self.instrument.roles}
        merged: dict[str, list[str]] = {}
        for role in self.instrument.roles:
            if role.merge_into and role.merge_into not in named:
                merged.setdefault(role.merge_into, []).append(named[role.id])
        return named | {group: self.texts.listing(names) for group, names in merged.items()}


@dataclass(frozen=True, slots=True)
class Page:
    """What every page says of itself: languages, instrument, whether the data are made up or some are left out."""

    lang: str
    text_lang: str
    synthetic: bool
    without_flagged: bool
    date: str
    instrument_name: str
    instrument_id: str
    instrument_version: int
    source: str
    product_version: str


@cache
def product_version() -> str:
    """Concord's version, "" in a source tree that was never installed."""
    try:
        return version("concord-assessment")
    except PackageNotFoundError:
        return ""


def page_of(words: Words, *, synthetic: bool, without_flagged: bool, date: str) -> Page:
    """What a page says of itself; `date` as printed, "" for none."""
    instrument = words.instrument
    return Page(
        lang=words.texts.lang,
        text_lang=words.language,
        synthetic=synthetic,
        without_flagged=without_flagged,
        date=date,
        instrument_name=words.of(instrument.name),
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        source=words.cited(instrument.source).strip(),
        product_version=product_version(),
    )
