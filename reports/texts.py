"""The words of the pages by language: gettext catalogs; lists, dates and shares in the manner of the language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, reduce
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from instrument.languages import UnknownLanguageError, match_language

DOMAIN = "reports"
SOURCE_LANGUAGE = "en"  # the language the messages are written in: it needs no catalog
REGION = {"en": "en-GB"}  # whose manner of writing dates the messages follow


def N_(message: str) -> str:
    """Mark a message for the catalogs where it stands apart from the call that translates it."""
    return message


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """One language of the pages. A percent sign in a message is written %%, as every message takes values."""

    lang: str
    catalog: NullTranslations
    locale: Any

    def gettext(self, message: str, **values: object) -> str:
        return self.catalog.gettext(message) % values

    def ngettext(self, singular: str, plural: str, count: int, **values: object) -> str:
        return self.catalog.ngettext(singular, plural, count) % {"count": count, **values}

    def listing(self, names: Sequence[str]) -> str:
        """`a, b and c`, as the language joins them."""
        return str(format_list(list(names), locale=self.locale))

    def series(self, values: Sequence[object]) -> str:
        """`1, 2, 3`, as the language writes figures one after the other."""
        return reduce(lambda first, last: self.gettext("%(first)s, %(last)s", first=first, last=last), map(str, values))

    def day(self, day: date) -> str:
        return str(format_date(day, format="long", locale=self.locale))

    def share(self, share: float) -> str:
        """A share of 1 as a whole percentage."""
        return str(format_percent(round(share, 2), locale=self.locale))

    def decimal(self, value: float) -> str:
        """A number as the language writes it, with no more digits than it has."""
        return str(format_decimal(value, locale=self.locale))


def translated_languages() -> tuple[str, ...]:
    """Every language the pages can be written in."""
    folders = sorted(entry.name for entry in (files("reports") / "locale").iterdir() if entry.is_dir())
    return (SOURCE_LANGUAGE, *(name.replace("_", "-") for name in folders))


@cache
def texts_for(language: str) -> Texts:
    """The words for a language; an instrument's language without a catalog gets English words around its own texts."""
    try:
        lang = match_language(language, translated_languages())
    except UnknownLanguageError:
        lang = SOURCE_LANGUAGE
    catalog = NullTranslations()
    if lang != SOURCE_LANGUAGE:
        path = files("reports") / "locale" / lang.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.mo"
        with path.open("rb") as file:
            catalog = GNUTranslations(file)
    return Texts(lang=lang, catalog=catalog, locale=Locale.parse(REGION.get(lang, lang), sep="-"))
