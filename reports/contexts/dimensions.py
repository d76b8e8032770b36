"""The dimensions of an instrument, its outcomes, and which dimension is the weakest, if any can be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instrument.definition import Construct
from reports.contexts.figures import Record, ScoreRow, known, score_row
from reports.contexts.words import Words
from reports.texts import N_
from reports.wording import score_text
from scoring.scores import ScoreStatus

Scored = Mapping[str, Record]  # scale id -> row of the frame `scales`


@dataclass(frozen=True, slots=True)
class Dimensions:
    rows: tuple[ScoreRow, ...]
    outcomes: tuple[ScoreRow, ...]
    assumed: str  # whose intervals rest on an assumed spread
    equal_roles: str  # the same scores with every role weighing the same
    abouts: tuple[tuple[str, str], ...]  # name, what it is about


def dimensions(words: Words, scored: Scored, sensitivity: Sequence[Record]) -> Dimensions:
    """The chart of the dimensions, outcomes apart."""
    listed = [construct for construct in words.instrument.constructs if construct.id in scored]
    rows = [(construct, _row(words, construct, scored[construct.id])) for construct in listed]
    return Dimensions(
        rows=tuple(row for construct, row in rows if construct.kind != "outcome"),
        outcomes=tuple(row for construct, row in rows if construct.kind == "outcome"),
        assumed=_assumed(words, listed, scored),
        equal_roles=_equal_roles(words, sensitivity, scored),
        abouts=tuple((words.of(construct.name), words.of(construct.about)) for construct in listed if construct.about),
    )


def headline(words: Words, scored: Scored, stage_sentence: str) -> tuple[str, ...]:
    """What a reader in a hurry should know: the stage, then the weakest dimensions if they can be told apart."""
    ranked = [c for c in words.instrument.constructs if c.kind != "outcome" and c.id in scored]
    first = stage_sentence or _profile(words, ranked, scored)
    return tuple(sentence for sentence in (first, _weakest_sentence(words, ranked, scored)) if sentence)


def _weakest_sentence(words: Words, ranked: Sequence[Construct], scored: Scored) -> str:
    t = words.texts
    if len(ranked) < 2:
        return ""
    weakest = [_printed(words, construct, scored[construct.id]) for construct in _weakest(ranked, scored)]
    if not weakest:
        return t.gettext("No dimension can be told apart as the weakest.")
    if len(weakest) == 1:
        return t.gettext("The weakest dimension is %(name)s.", name=weakest[0])
    return t.gettext("The weakest dimensions are %(names)s; which of them is weaker cannot be told.",
                     names=t.listing(weakest))  # fmt: skip


def _weakest(ranked: Sequence[Construct], scored: Scored) -> list[Construct]:
    """The smallest group, at most half of the dimensions, whose intervals all lie below all others."""
    spans = [(span, c) for c in ranked if (span := _favourable_range(c, scored[c.id])) is not None]
    if len(spans) < len(ranked):
        return []
    spans.sort(key=lambda entry: entry[0])
    for size in range(1, len(spans) // 2 + 1):
        if max(high for (_, high), _ in spans[:size]) < min(low for (low, _), _ in spans[size:]):
            return [construct for _, construct in spans[:size]]
    return []


def _favourable_range(construct: Construct, record: Record) -> tuple[float, float] | None:
    low, high = known(record["ci_low"]), known(record["ci_high"])
    if low is None or high is None:
        return None
    return (100 - high, 100 - low) if construct.favourable == "low" else (low, high)


def _profile(words: Words, ranked: Sequence[Construct], scored: Scored) -> str:
    printed = [_printed(words, c, scored[c.id]) for c in ranked if known(scored[c.id]["score"]) is not None]
    return words.texts.gettext("%(scores)s of 100.", scores=words.texts.listing(printed)) if printed else ""


def _printed(words: Words, construct: Construct, record: Record) -> str:
    message = N_("%(name)s %(score)s (lower is better)") if construct.favourable == "low" else N_("%(name)s %(score)s")
    score = score_text(words.texts, record["score"], record["cap"])
    return words.texts.gettext(message, name=words.of(construct.name), score=score)


def _row(words: Words, construct: Construct, record: Record) -> ScoreRow:
    note = words.texts.gettext("lower is better") if construct.favourable == "low" else ""
    return score_row(words.texts, words.of(construct.name), record, note=note)


def _assumed(words: Words, listed: Sequence[Construct], scored: Scored) -> str:
    t = words.texts
    printed = [c for c in listed if known(scored[c.id]["ci_low"]) is not None]
    assumed = [c for c in printed if scored[c.id]["status"] == ScoreStatus.ASSUMED_SPREAD]
    if not assumed:
        return ""
    if len(assumed) == len(printed):
        return t.gettext("The intervals rest on an assumed spread between people of one organisation.")
    return t.gettext(
        "The intervals of %(names)s rest on an assumed spread between people of one organisation.",
        names=t.listing([words.of(construct.name) for construct in assumed]),
    )


def _equal_roles(words: Words, sensitivity: Sequence[Record], scored: Scored) -> str:
    t = words.texts
    named = [
        t.gettext("%(name)s %(equal)s (%(score)s)", name=words.scale(row["scale"]),
                  equal=score_text(t, row["equal_roles"]), score=score_text(t, scored[row["scale"]]["score"]))
        for row in sensitivity
        if row["scale"] in words.instrument.construct_of
        and row["scale"] in scored
        and known(row["equal_roles"]) is not None
        and not scored[row["scale"]]["cap"]
        and known(scored[row["scale"]]["score"]) is not None
    ]  # fmt: skip
    if not named:
        return ""
    return t.gettext(
        "If every group of roles weighed the same, the scores would be (in brackets, as above): %(scores)s.",
        scores=t.listing(named),
    )
