"""The dimensions of an instrument, its outcomes, and what their figures rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instrument.definition import Construct
from reports.contexts.figures import Record, ScoreRow, known, score_row
from reports.contexts.words import Words
from reports.wording import count_text, score_text
from scoring.scores import ScoreStatus

Scored = Mapping[str, Record]  # scale id -> row of the frame `scales`
MOST_ASKED = 0.80  # of the organisations asked: a score of fewer says so


@dataclass(frozen=True, slots=True)
class Dimensions:
    rows: tuple[ScoreRow, ...]
    outcomes: tuple[ScoreRow, ...]
    assumed: str  # whose intervals rest on an assumed spread
    partial: str  # which rest on clearly fewer organisations than were asked
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
        partial=_partial(words, listed, scored),
        equal_roles=_equal_roles(words, sensitivity, scored),
        abouts=tuple((words.of(construct.name), words.of(construct.about)) for construct in listed if construct.about),
    )


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


def _partial(words: Words, listed: Sequence[Construct], scored: Scored) -> str:
    t = words.texts
    named = [
        t.gettext("%(name)s %(count)s", name=words.of(construct.name), count=count_text(t, answered, asked))
        for construct in listed
        if words.instrument.has_members
        and (answered := known(scored[construct.id]["members"])) is not None
        and (asked := known(scored[construct.id]["members_total"])) is not None
        and answered < MOST_ASKED * asked
    ]
    if not named:
        return ""
    return t.gettext("Organisations with enough answers, of those asked: %(names)s.", names=t.listing(named))


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
