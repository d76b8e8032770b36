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
class Asked:
    """A statement as it was put to people."""

    text: str
    reversed: bool


@dataclass(frozen=True, slots=True)
class Standout:
    """A facet that can be told apart, with the statements behind it and, for a weak one, questions to discuss."""

    facet: str
    row: ScoreRow
    place: str  # how sure it is that the facet is among the most extreme
    statements: tuple[Asked, ...]
    discuss: tuple[str, ...]

    @property
    def reversed(self) -> bool:
        """Whether all of its statements name something unwelcome."""
        return all(statement.reversed for statement in self.statements)


@dataclass(frozen=True, slots=True)
class Standouts:
    strongest: tuple[Standout, ...]  # the strongest first
    weakest: tuple[Standout, ...]  # the weakest first

    @property
    def any_reversed(self) -> bool:
        return any(asked.reversed for found in (*self.strongest, *self.weakest) for asked in found.statements)


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
    instrument = words.instrument
    facets = [row for row in extremes if row["scale"] in instrument.facet_of]
    named = [row for row in facets if row["scale"] in scored and known(scored[row["scale"]]["score"]) is not None]

    def strength(extreme: Record) -> float:
        score = float(scored[extreme["scale"]]["score"])
        construct = instrument.construct_of[instrument.facet_of[extreme["scale"]].construct]
        return 100 - score if construct.favourable == "low" else score

    ranked = [_standout(words, row, scored) for row in sorted(named, key=strength)]
    kinds = {row["scale"]: row["kind"] for row in named}
    return Standouts(
        strongest=tuple(found for found in reversed(ranked) if kinds[found.facet] == "strongest"),
        weakest=tuple(found for found in ranked if kinds[found.facet] == "weakest"),
    )


def _standout(words: Words, extreme: Record, scored: Mapping[str, Record]) -> Standout:
    facet = words.instrument.facet_of[extreme["scale"]]
    statements = words.instrument.items_of_facet(facet.id)
    note = words.texts.gettext("one statement only") if len(statements) == 1 else ""
    return Standout(
        facet=facet.id,
        row=score_row(words.texts, words.of(facet.name), scored[facet.id], note=note),
        place=_place(words.texts, extreme),
        statements=tuple(Asked(words.of(item.text), item.reverse) for item in statements),
        discuss=words.all_of(facet.discuss) if extreme["kind"] == "weakest" else (),
    )


def _place(t: Texts, extreme: Record) -> str:
    message = PLACE[extreme["kind"], extreme["k"] == 1]
    return t.gettext(message, count=int(extreme["k"]), chance=chance_text(t, extreme["p"]))
