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
class UnitPages:
    """The names of the files made for one unit."""

    report: str
    board: str
    respondents: str


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A unit with its pages, as addresses relative to the index."""

    name: str
    wave: str
    headline: str
    pages: UnitPages


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


def index_entry(context: DiagnosticContext, pages: UnitPages) -> IndexEntry:
    """The entry of the index for a unit whose pages were written beside it."""
    quoted = UnitPages(quote(pages.report), quote(pages.board), quote(pages.respondents))
    return IndexEntry(context.unit, context.wave, context.headline[0] if context.headline else "", quoted)


def index_context(
    instrument: Instrument,
    entries: Sequence[IndexEntry],
    withheld: Sequence[WithheldUnit],
    *,
    synthetic: bool,
    without_flagged: bool = False,
    lang: str,
    date: Date | None = None,
) -> IndexContext:
    """What the index prints."""
    words = Words(instrument, match_language(lang, instrument.languages))
    day = day_text(words.texts, date)
    page = page_of(words, synthetic=synthetic, without_flagged=without_flagged, date=day)
    return IndexContext(page, tuple(entries), tuple(withheld))
