"""The edition for those who answered: what everybody together has said, in plain words, with nothing by role."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date as Date
from math import ceil, floor

from instrument.definition import Construct, Instrument, Text
from reports.contexts.dimensions import Scored, dimensions
from reports.contexts.facets import Standouts
from reports.contexts.figures import ScoreRow, known
from reports.contexts.glossary import Entry, glossary
from reports.contexts.ladder import Ladder
from reports.contexts.unit import UnitView, unit_view
from reports.contexts.validity import Validity, validity
from reports.contexts.wave import Line, wave_lines
from reports.contexts.words import Page, Words
from reports.texts import N_
from reports.wording import score_text
from scoring.scores import Scores
from scoring.validation.exchange import Verdicts

NEAR = 0.25  # of a step of the answer scale: what lies farther from an answer lies between two


@dataclass(frozen=True, slots=True)
class RespondentContext:
    page: Page
    unit: str
    wave: str
    has_members: bool
    headline: tuple[str, ...]
    validity: Validity
    wave_lines: tuple[Line, ...]
    dimensions: tuple[ScoreRow, ...]
    outcomes: tuple[ScoreRow, ...]
    said: tuple[str, ...]  # one sentence for every dimension
    ladder: Ladder | None
    standouts: Standouts | None
    by_role: bool  # whether the report for the leaders may show roles
    self_viewed: str  # whose view of itself it may show
    glossary: tuple[Entry, ...]


def respondent_context(
    instrument: Instrument, scores: Scores, *, study: Verdicts | None = None, lang: str, date: Date | None = None
) -> RespondentContext:
    """What the edition for the people who answered prints. Raises ValueError as `unit_view` does."""
    view = unit_view(instrument, scores, lang=lang, date=date)
    rows = dimensions(view.words, view.scored, ())
    self_viewed = tuple(dict.fromkeys(role for construct in instrument.constructs for role in construct.self_view))
    return RespondentContext(
        page=view.page,
        unit=view.unit,
        wave=view.wave,
        has_members=instrument.has_members,
        headline=view.headline,
        validity=validity(view.words, study, scores.sha256),
        wave_lines=wave_lines(view.words, view.wave, view.row, ()),
        dimensions=rows.rows,
        outcomes=rows.outcomes,
        said=_said(view.words, view.scored),
        ladder=view.ladder,
        standouts=view.standouts,
        by_role=instrument.has_members and bool(instrument.roles),
        self_viewed=view.words.texts.listing([view.words.roles[role] for role in self_viewed]),
        glossary=glossary(view.words, _parts(view), apart=_apart(view, self_viewed)),
    )


def _parts(view: UnitView) -> tuple[str, ...]:
    parts = {
        "synthetic": view.page.synthetic,
        "stages": view.ladder is not None,
        "reversed": view.standouts is not None and view.standouts.any_reversed,
    }
    return tuple(part for part, there in parts.items() if there)


def _apart(view: UnitView, self_viewed: Collection[str]) -> tuple[Text, ...]:
    """Names that this edition does not print: of facts, of roles but those it says may be shown, of unused stages."""
    instrument = view.words.instrument
    stages = instrument.stage_ids if view.ladder is None else ()
    return (
        *(role.name for role in instrument.roles if role.id not in self_viewed),
        *(fact.name for fact in instrument.facts),
        *(instrument.facet_of[stage].name for stage in stages),
    )


def _said(words: Words, scored: Scored) -> tuple[str, ...]:
    listed = (c for c in words.instrument.constructs if c.id in scored and known(scored[c.id]["score"]) is not None)
    return tuple(_sentence(words, construct, scored) for construct in listed)


def _sentence(words: Words, construct: Construct, scored: Scored) -> str:
    """A score as the answer it comes nearest to, or as the two it lies between."""
    t = words.texts
    row = scored[construct.id]
    labels = words.all_of(words.instrument.scales[construct.scale].labels)
    values = {"name": words.of(construct.name), "score": score_text(t, row["score"], row["cap"])}
    if not labels:
        return t.gettext("%(name)s: %(score)s of 100.", **values)
    place = row["score"] / 100 * (len(labels) - 1)
    if abs(place - round(place)) <= NEAR:
        message = N_("%(name)s: %(score)s of 100, on average nearest to “%(answer)s”.")
        return t.gettext(message, answer=labels[round(place)], **values)
    message = N_("%(name)s: %(score)s of 100, on average between “%(lower)s” and “%(upper)s”.")
    return t.gettext(message, lower=labels[floor(place)], upper=labels[ceil(place)], **values)
