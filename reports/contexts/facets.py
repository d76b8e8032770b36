"""The facets by dimension, and those that stand out as strongest and weakest with what to discuss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.contexts.figures import Record, ScoreRow, known, score_row
from reports.contexts.words import Words
from reports.texts import N_, Texts
from reports.wording import chance_text

PLACE = {  # by kind, and whether it is the one most extreme
    ("weakest", True): N_("The weakest facet, with a probability of %(chance)s"),
    ("weakest", False): N_("Among the %(count)s weakest facets, with a probability of %(chance)s"),
    ("strongest", True): N_("The strongest facet, with a probability of %(chance)s"),
    ("strongest", False): N_("Among the %(count)s strongest facets, with a probability of %(chance)s"),
}


@dataclass(frozen=True, slots=True)
class FacetGroup:
    name: str
    rows: tuple[ScoreRow, ...]


@dataclass(frozen=True, slots=True)
class Standout:
    """A facet that can be told apart, with the statements behind it and, for a weak one, questions to discuss."""

    row: ScoreRow
    place: str  # how sure it is that the facet is among the most extreme
    statements: tuple[str, ...]
    discuss: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standouts:
    strongest: tuple[Standout, ...]
    weakest: tuple[Standout, ...]


def facet_groups(words: Words, scored: Mapping[str, Record]) -> tuple[FacetGroup, ...]:
    """Facets under their dimension; stages stand on the ladder, and a facet alone is its dimension again."""
    instrument = words.instrument
    groups = []
    for construct in instrument.constructs:
        facets = [f for f in instrument.facets_of_construct(construct.id) if f.id not in instrument.stage_ids]
        if len(facets) < 2:
            continue
        note = words.texts.gettext("lower is better") if construct.favourable == "low" else ""
        rows = tuple(
            score_row(words.texts, words.of(facet.name), scored[facet.id], note=note)
            for facet in facets
            if facet.id in scored
        )
        if rows:
            groups.append(FacetGroup(words.of(construct.name), rows))
    return tuple(groups)


def standouts(words: Words, scored: Mapping[str, Record], extremes: Sequence[Record]) -> Standouts:
    """The facets that hold their place among the most extreme in enough draws; none where none does."""
    facets = [row for row in extremes if row["scale"] in words.instrument.facet_of]
    named = [row for row in facets if row["scale"] in scored and known(scored[row["scale"]]["score"]) is not None]
    return Standouts(
        strongest=tuple(_standout(words, row, scored) for row in named if row["kind"] == "strongest"),
        weakest=tuple(_standout(words, row, scored) for row in named if row["kind"] == "weakest"),
    )


def _standout(words: Words, extreme: Record, scored: Mapping[str, Record]) -> Standout:
    facet = words.instrument.facet_of[extreme["scale"]]
    return Standout(
        row=score_row(words.texts, words.of(facet.name), scored[facet.id]),
        place=_place(words.texts, extreme),
        statements=tuple(words.of(item.text) for item in words.instrument.items_of_facet(facet.id)),
        discuss=words.all_of(facet.discuss) if extreme["kind"] == "weakest" else (),
    )


def _place(t: Texts, extreme: Record) -> str:
    message = PLACE[extreme["kind"], extreme["k"] == 1]
    return t.gettext(message, count=int(extreme["k"]), chance=chance_text(t, extreme["p"]))
