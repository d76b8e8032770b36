"""The report of one unit on a page for its board: where it stands, what matters most, what to ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from typing import Literal

from instrument.definition import Instrument
from reports.contexts.agenda import Topic, agenda
from reports.contexts.dimensions import dimensions
from reports.contexts.facets import Standout
from reports.contexts.figures import Record, ScoreRow, known, records, score_row
from reports.contexts.ladder import StageRow
from reports.contexts.patterns import Finding, Patterns, grounds, patterns
from reports.contexts.priorities import priorities
from reports.contexts.unit import UnitView, unit_view
from reports.contexts.validity import Validity, validity
from reports.contexts.wave import Line, wave_lines
from reports.contexts.words import Page
from reports.wording import chance_text
from scoring.scores import Scores
from scoring.validation.exchange import Verdicts

MOST = 3  # matters, and questions: what a board can take up in one meeting


@dataclass(frozen=True, slots=True)
class Matter:
    """One of the few things that matter most, and how sure it is."""

    kind: Literal["concern", "strength"]
    label: str
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
    validity: Validity
    stages: tuple[StageRow, ...]
    threshold: str
    dimensions: tuple[ScoreRow, ...]
    matters: tuple[Matter, ...]
    topics: tuple[Topic, ...]
    response: tuple[Line, ...]


def board_context(
    instrument: Instrument, scores: Scores, *, study: Verdicts | None = None, lang: str, date: Date | None = None
) -> BoardContext:
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
        validity=validity(view.words, study, scores.sha256),
        stages=view.ladder.rows if view.ladder else (),
        threshold=view.ladder.threshold if view.ladder else "",
        dimensions=dimensions(view.words, view.scored, ()).rows,
        matters=_matters(view, found),
        topics=to_discuss.topics if to_discuss else (),
        response=wave_lines(view.words, view.wave, view.row, ()),
    )


def _matters(view: UnitView, found: Patterns | None) -> tuple[Matter, ...]:
    """Concerns, the weakest dimension, which is never left out, strengths, then the weakest facets."""
    weakest = _weakest_dimension(view)
    facets = [] if weakest is None else _weakest_facets(view, weakest)
    concerns = [_of_pattern(view, finding) for finding in (found.concerns if found else ())]
    if weakest is not None:
        concerns.insert(MOST - 1, _of_dimension(view, weakest, facets))
    strengths = [_of_pattern(view, finding) for finding in (found.strengths if found else ())]
    standouts = view.standouts.weakest if view.standouts else ()
    further = [_of_facet(view, standout) for standout in standouts if standout not in facets]
    return tuple((*concerns, *strengths, *further)[:MOST])


def _weakest_dimension(view: UnitView) -> Record | None:
    constructs = view.words.instrument.construct_of
    named = (row for row in view.extremes if row["kind"] == "weakest" and row["scale"] in constructs)
    return next((row for row in named if known(view.scored[row["scale"]]["score"]) is not None), None)


def _weakest_facets(view: UnitView, dimension: Record) -> list[Standout]:
    """Those among the weakest of all facets that belong to the dimension."""
    facets = view.words.instrument.facet_of
    weakest = view.standouts.weakest if view.standouts else ()
    return [standout for standout in weakest if facets[standout.facet].construct == dimension["scale"]]


def _of_dimension(view: UnitView, dimension: Record, facets: Sequence[Standout]) -> Matter:
    t = view.words.texts
    row = score_row(t, view.words.scale(dimension["scale"]), view.scored[dimension["scale"]])
    text = t.gettext("The weakest dimension: %(reading)s.", reading=row.reading)
    if facets:
        named = [t.gettext("%(name)s %(score)s", name=facet.row.name, score=facet.row.value) for facet in facets]
        text = t.gettext(
            "The weakest dimension: %(reading)s. Weakest in it: %(facets)s.",
            reading=row.reading, facets=t.listing(named),
        )  # fmt: skip
    sure = t.gettext("probability %(chance)s", chance=chance_text(t, dimension["p"]))
    return Matter("concern", t.gettext("Concern:"), row.name, text, sure, own=False)


def _of_pattern(view: UnitView, finding: Finding) -> Matter:
    t = view.words.texts
    sure = t.gettext("probability %(chance)s", chance=finding.chance) if finding.chance else ""
    if finding.kind == "concern":
        return Matter("concern", t.gettext("Concern:"), finding.name, finding.text, sure, own=True)
    return Matter("strength", t.gettext("Strength:"), finding.name, finding.text, sure, own=True)


def _of_facet(view: UnitView, standout: Standout) -> Matter:
    t, row = view.words.texts, standout.row
    reading = t.gettext("%(place)s: %(reading)s.", place=standout.place, reading=row.reading)
    return Matter("concern", t.gettext("Concern:"), row.name, reading, "", own=False)
