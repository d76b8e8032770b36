"""The edition for those who answered: what everybody together has said, in plain words, with nothing by role."""

from dataclasses import dataclass
from datetime import date as Date

from instrument.definition import Construct, Instrument
from reports.contexts.dimensions import Scored, dimensions
from reports.contexts.facets import Standouts
from reports.contexts.figures import ScoreRow, known
from reports.contexts.glossary import Entry, glossary
from reports.contexts.ladder import Ladder
from reports.contexts.unit import unit_view
from reports.contexts.wave import Line, wave_lines
from reports.contexts.words import Page, Words
from reports.wording import score_text
from scoring.scores import Scores


@dataclass(frozen=True, slots=True)
class RespondentContext:
    page: Page
    unit: str
    wave: str
    has_members: bool
    headline: tuple[str, ...]
    wave_lines: tuple[Line, ...]
    dimensions: tuple[ScoreRow, ...]
    outcomes: tuple[ScoreRow, ...]
    said: tuple[str, ...]  # one sentence for every dimension
    ladder: Ladder | None
    standouts: Standouts | None
    glossary: tuple[Entry, ...]


def respondent_context(
    instrument: Instrument, scores: Scores, *, lang: str, date: Date | None = None
) -> RespondentContext:
    """What the edition for the people who answered prints. Raises ValueError as `unit_view` does."""
    view = unit_view(instrument, scores, lang=lang, date=date)
    rows = dimensions(view.words, view.scored, ())
    return RespondentContext(
        page=view.page,
        unit=view.unit,
        wave=view.wave,
        has_members=instrument.has_members,
        headline=view.headline,
        wave_lines=wave_lines(view.words, view.wave, view.row, ()),
        dimensions=rows.rows,
        outcomes=rows.outcomes,
        said=_said(view.words, view.scored),
        ladder=view.ladder,
        standouts=view.standouts,
        glossary=glossary(view.words, full=False, synthetic=scores.synthetic, stages=view.ladder is not None),
    )


def _said(words: Words, scored: Scored) -> tuple[str, ...]:
    listed = (c for c in words.instrument.constructs if c.id in scored and known(scored[c.id]["score"]) is not None)
    return tuple(_sentence(words, construct, scored) for construct in listed)


def _sentence(words: Words, construct: Construct, scored: Scored) -> str:
    """A score as the answer it comes nearest to."""
    t = words.texts
    row = scored[construct.id]
    labels = words.all_of(words.instrument.scales[construct.scale].labels)
    values = {"name": words.of(construct.name), "score": score_text(t, row["score"], row["cap"])}
    if not labels:
        return t.gettext("%(name)s: %(score)s of 100.", **values)
    nearest = labels[round(row["score"] / 100 * (len(labels) - 1))]
    return t.gettext("%(name)s: %(score)s of 100, on average nearest to “%(answer)s”.", answer=nearest, **values)
