"""The report of one unit on a page for its board: where it stands, what matters most, what to ask."""

from dataclasses import dataclass
from datetime import date as Date
from itertools import chain, islice

from instrument.definition import Instrument
from reports.contexts.agenda import Topic, agenda
from reports.contexts.dimensions import dimensions
from reports.contexts.facets import Standout
from reports.contexts.figures import ScoreRow, records
from reports.contexts.ladder import StageRow
from reports.contexts.patterns import Finding, Patterns, grounds, patterns
from reports.contexts.priorities import priorities
from reports.contexts.unit import UnitView, unit_view
from reports.contexts.wave import Line, wave_lines
from reports.contexts.words import Page
from scoring.scores import Scores

MOST = 3  # matters, and questions: what a board can take up in one meeting


@dataclass(frozen=True, slots=True)
class Matter:
    """One of the few things that matter most, and how sure it is."""

    name: str
    text: str
    sure: str
    own: bool  # its text is the instrument's


@dataclass(frozen=True, slots=True)
class BoardContext:
    page: Page
    unit: str
    wave: str
    headline: tuple[str, ...]
    stages: tuple[StageRow, ...]
    dimensions: tuple[ScoreRow, ...]
    matters: tuple[Matter, ...]
    topics: tuple[Topic, ...]
    response: tuple[Line, ...]


def board_context(instrument: Instrument, scores: Scores, *, lang: str, date: Date | None = None) -> BoardContext:
    """What the page for the board of one unit prints. Raises ValueError as `unit_view` does."""
    view = unit_view(instrument, scores, lang=lang, date=date)
    rests_on = grounds(view.scored, records(scores.roles), records(scores.facts), view.row)
    found = patterns(view.words, records(scores.patterns), rests_on)
    wanted = priorities(view.words, records(scores.votes), view.scored, view.extremes)
    to_discuss = agenda(view.words, found, view.standouts, wanted, most=MOST)
    return BoardContext(
        page=view.page,
        unit=view.unit,
        wave=view.wave,
        headline=view.headline,
        stages=view.ladder.rows if view.ladder else (),
        dimensions=dimensions(view.words, view.scored, ()).rows,
        matters=_matters(view, found),
        topics=to_discuss.topics if to_discuss else (),
        response=wave_lines(view.words, view.wave, view.row, ()),
    )


def _matters(view: UnitView, found: Patterns | None) -> tuple[Matter, ...]:
    """Patterns that hold, concerns first, then the weakest facets; none where the answers tell nothing apart."""
    of_patterns = (_of_pattern(view, finding) for finding in (found.findings if found else ()))
    of_facets = (_of_facet(view, standout) for standout in (view.standouts.weakest if view.standouts else ()))
    return tuple(islice(chain(of_patterns, of_facets), MOST))


def _of_pattern(view: UnitView, finding: Finding) -> Matter:
    sure = view.words.texts.gettext("probability %(chance)s", chance=finding.chance) if finding.chance else ""
    return Matter(finding.name, finding.text, sure, own=True)


def _of_facet(view: UnitView, standout: Standout) -> Matter:
    row = standout.row
    reading = view.words.texts.gettext("%(place)s: %(reading)s.", place=standout.place, reading=row.reading)
    return Matter(row.name, reading, "", own=False)
