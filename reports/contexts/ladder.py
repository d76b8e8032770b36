"""The stages on one scale, and where the unit stands on their ladder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instrument.definition import Stage
from reports.contexts.figures import Record, ScoreRow, known, score_row
from reports.contexts.words import Words
from reports.stage_wording import (
    Standing,
    maturity_sentence,
    not_yet_text,
    position_text,
    stage_status,
    unassessed_sentence,
)
from reports.wording import chance_text
from scoring.maturity import JUDGING_SHARE
from scoring.scores import MaturityStatus, ScoreStatus, StageStatus


@dataclass(frozen=True, slots=True)
class StageRow:
    score: ScoreRow
    threshold: float
    reached: str  # chance of having reached this stage, every earlier one included
    exactly: str  # chance of standing at this stage and no further
    not_yet: str  # share of those asked to whom the stage does not apply yet
    status: str
    notes: tuple[str, ...]  # below the name: why there is no probability, to how many the stage does not apply yet


@dataclass(frozen=True, slots=True)
class Ladder:
    sentence: str
    unassessed: str  # the stage that ended the ladder, and why; "" where that leaves nothing open
    rows: tuple[StageRow, ...]
    before_first: str  # chance of not having reached the first stage
    threshold: str
    other_thresholds: str  # what the sentence would be with thresholds five points lower or higher
    out_of_order: str  # which later stage stands above which earlier one


def ladder(
    words: Words, scored: Mapping[str, Record], stages: Sequence[Record], maturity: Record | None
) -> Ladder | None:
    """The stages of the instrument; None where it has none or nothing was found."""
    declared = words.instrument.stages
    if not declared or maturity is None:
        return None
    t = words.texts
    names = {stage.id: words.scale(stage.id) for stage in declared}
    found = {row["stage"]: row for row in stages}
    before = known(found["0"]["p_exact"]) if "0" in found else None
    pairs = [pair.split(">") for pair in _text(maturity["out_of_order"]).split(";") if pair]
    standing = _standing(maturity)
    rows = {
        stage.id: _row(words, stage, scored[stage.id], found[stage.id])
        for stage in declared
        if stage.id in scored and stage.id in found
    }
    return Ladder(
        sentence=maturity_sentence(
            t, standing, p=known(maturity["p"]), status=maturity["status"], names=names,
            chances={stage: row.reached for stage, row in rows.items()},
        ),
        unassessed=_unassessed(words, standing, maturity["status"], rows),
        rows=tuple(rows.values()),
        before_first="" if before is None else chance_text(t, before),
        threshold=t.listing(list(dict.fromkeys(f"{stage.threshold:.0f}" for stage in declared))),
        other_thresholds=_other_thresholds(words, standing, maturity, names),
        out_of_order=t.listing([
            t.gettext("%(later)s stands clearly above %(earlier)s", later=names[later], earlier=names[earlier])
            for later, earlier in pairs
        ]),
    )  # fmt: skip


def _standing(maturity: Record, at: str = "") -> Standing:
    return Standing(_text(maturity[f"low{at}"]), _text(maturity[f"high{at}"]), _text(maturity["end"]))


def _unassessed(words: Words, standing: Standing, status: str, rows: Mapping[str, StageRow]) -> str:
    named = status in (MaturityStatus.NAMED, MaturityStatus.RANGE)
    if not (named and standing.open) and status != MaturityStatus.NOT_ASSESSABLE:
        return ""
    ladder = list(words.instrument.stage_ids)
    after = ladder.index(standing.end) + 1 if standing.end in ladder else 0
    if after == len(ladder) or ladder[after] not in rows:
        return ""
    return unassessed_sentence(words.texts, words.scale(ladder[after]), rows[ladder[after]].status)


def _other_thresholds(words: Words, standing: Standing, maturity: Record, names: Mapping[str, str]) -> str:
    t = words.texts
    lower, higher = _standing(maturity, "_55"), _standing(maturity, "_65")
    printed = position_text(t, lower, names), position_text(t, higher, names)
    if not all(printed):
        return ""
    if standing == lower == higher:
        return t.gettext("At a threshold of 55 or 65 the answer would be the same.")
    return t.gettext(
        "At a threshold of 55 the answer would be: %(lower)s; at a threshold of 65: %(higher)s.",
        lower=printed[0], higher=printed[1],
    )  # fmt: skip


def _row(words: Words, stage: Stage, score: Record, found: Record) -> StageRow:
    t = words.texts
    reached, exactly, share = known(found["p_at_least"]), known(found["p_exact"]), known(found["share_97"])
    said_already = found["status"] == StageStatus.WITHHELD and score["status"] == ScoreStatus.WITHHELD
    status = "" if said_already else _status(words, stage, found)
    not_yet = "" if share is None else t.share(share)
    applies_to_all = not share or found["status"] == StageStatus.NOT_APPLICABLE_YET
    notes = [note for note in (status, "" if applies_to_all else not_yet_text(t, not_yet)) if note]
    return StageRow(
        score=score_row(t, words.scale(stage.id), score),
        threshold=stage.threshold,
        reached="" if reached is None else chance_text(t, reached),
        exactly="" if exactly is None else chance_text(t, exactly),
        not_yet=not_yet,
        status=status,
        notes=tuple(notes),
    )


def _status(words: Words, stage: Stage, found: Record) -> str:
    share, judging = known(found["share_97"]), known(found["can_judge"])
    few_judge = judging is not None and judging < JUDGING_SHARE
    missing = [] if few_judge or judging is None else [words.roles[role] for role in stage.needs_roles]
    return stage_status(
        words.texts, found["status"], share="" if share is None else words.texts.share(share),
        missing=words.texts.listing(missing), few_judge=few_judge,
    )  # fmt: skip


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
