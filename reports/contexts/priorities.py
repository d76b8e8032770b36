"""What people would work on first, beside how the same facets score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.contexts.figures import Record, ScoreRow, known, score_row
from reports.contexts.words import Words
from reports.wording import count_text

OFTEN_VOTED = 3  # facets that are called often voted for; more where votes are equal


@dataclass(frozen=True, slots=True)
class Priority:
    score: ScoreRow
    votes: str
    width: float  # of the bar, in percent of the plot's width
    discuss: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Priorities:
    rows: tuple[Priority, ...]
    leading: int  # of the rows are often voted for
    voters: int
    sentence: str  # whether what is wanted first is also what is weakest


def priorities(
    words: Words, rows: Sequence[Record], scored: Mapping[str, Record], extremes: Sequence[Record]
) -> Priorities | None:
    """Facets by votes; None where no votes may be printed."""
    if not rows:
        return None
    voters = int(rows[0]["voters"])
    ranked = sorted(rows, key=lambda row: -_votes(row, voters))
    bar = _votes(ranked[min(OFTEN_VOTED, len(ranked)) - 1], voters)
    leading = [row["facet"] for row in ranked if _votes(row, voters) >= bar]
    facets = words.instrument.facet_of
    weakest = [row["scale"] for row in extremes if row["kind"] == "weakest" and row["scale"] in facets]
    return Priorities(
        rows=tuple(_priority(words, row, voters, scored[row["facet"]], row["facet"] in weakest) for row in ranked),
        leading=len(leading),
        voters=voters,
        sentence=_sentence(words, [facet for facet in leading if facet in weakest], weakest),
    )


def _votes(row: Record, voters: int) -> float:
    """Votes as far as they are told; of "nearly all" the least that it may mean."""
    votes = known(row["votes"])
    return voters - 1 if votes is None else votes


def _priority(words: Words, row: Record, voters: int, score: Record, weak: bool) -> Priority:
    t = words.texts
    facet = words.instrument.facet_of[row["facet"]]
    counted = known(row["votes"])
    return Priority(
        score=score_row(t, words.of(facet.name), score, note=t.gettext("among the weakest facets") if weak else ""),
        votes=t.gettext("nearly all") if counted is None else count_text(t, counted, voters),
        width=round(100 * _votes(row, voters) / voters, 2),
        discuss=words.all_of(facet.discuss),
    )


def _sentence(words: Words, both: Sequence[str], weakest: Sequence[str]) -> str:
    t = words.texts
    if both:
        names = t.listing([words.scale(facet) for facet in both])
        return t.gettext("High in the vote and also among the weakest: %(names)s.", names=names)
    return t.gettext("None of the weakest facets is among those often voted for.") if weakest else ""
