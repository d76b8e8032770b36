"""The index of a run: what was made, what was withheld and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from typing import Literal
from urllib.parse import quote

from instrument.definition import Instrument
from instrument.languages import match_language
from reports.contexts.diagnostic import DiagnosticContext
from reports.contexts.wave import day_text
from reports.contexts.words import Page, Words, page_of


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A page that was made; `href` is relative to the index."""

    name: str
    wave: str
    href: str
    headline: str


@dataclass(frozen=True, slots=True)
class WithheldUnit:
    """A unit without a page: too few of its organisations, or of its people, answered."""

    name: str
    answered: int
    needed: int
    counted: Literal["organisations", "people"]


@dataclass(frozen=True, slots=True)
class IndexContext:
    page: Page
    entries: tuple[IndexEntry, ...]
    withheld: tuple[WithheldUnit, ...]


def index_entry(context: DiagnosticContext, file_name: str) -> IndexEntry:
    """The line of the index for a report written as `file_name` beside it."""
    return IndexEntry(context.unit, context.wave, quote(file_name), context.headline[0] if context.headline else "")


def index_context(
    instrument: Instrument,
    entries: Sequence[IndexEntry],
    withheld: Sequence[WithheldUnit],
    *,
    synthetic: bool,
    lang: str,
    date: Date | None = None,
) -> IndexContext:
    """What the index prints."""
    words = Words(instrument, match_language(lang, instrument.languages))
    page = page_of(words, synthetic=synthetic, date=day_text(words.texts, date))
    return IndexContext(page, tuple(entries), tuple(withheld))
