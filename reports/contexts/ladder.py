"""The stages on one scale, and where the unit stands on their ladder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.contexts.figures import Record, ScoreRow, known, score_row
from reports.contexts.words import Words
from reports.wording import chance_text, maturity_sentence, position_text, stage_status
from scoring.scores import ScoreStatus, StageStatus


@dataclass(frozen=True, slots=True)
class StageRow:
    score: ScoreRow
    threshold: float
    reached: str  # chance of having reached this stage, every earlier one included
    exactly: str  # chance of standing at this stage and no further
    not_yet: str  # share of the members to whom the stage does not apply yet
    status: str


@dataclass(frozen=True, slots=True)
class Ladder:
    sentence: str
    rows: tuple[StageRow, ...]
    before_first: str  # chance of not having reached the first stage
    threshold: str
    if_lower: str  # position with a threshold five points lower, "" where it has none
    if_higher: str
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
    return Ladder(
        sentence=maturity_sentence(
            t, low=_text(maturity["low"]), high=_text(maturity["high"]), end=_text(maturity["end"]),
            p=known(maturity["p"]), status=maturity["status"], names=names,
        ),
        rows=tuple(
            _row(words, stage.id, stage.threshold, scored[stage.id], found[stage.id])
            for stage in declared if stage.id in scored and stage.id in found
        ),
        before_first="" if before is None else chance_text(t, before),
        threshold=t.listing(list(dict.fromkeys(f"{stage.threshold:.0f}" for stage in declared))),
        if_lower=position_text(t, _text(maturity["low_55"]), _text(maturity["high_55"]), names),
        if_higher=position_text(t, _text(maturity["low_65"]), _text(maturity["high_65"]), names),
        out_of_order=t.listing([
            t.gettext("%(later)s stands clearly above %(earlier)s", later=names[later], earlier=names[earlier])
            for later, earlier in pairs
        ]),
    )  # fmt: skip


def _row(words: Words, stage: str, threshold: float, score: Record, found: Record) -> StageRow:
    t = words.texts
    reached, exactly, share = known(found["p_at_least"]), known(found["p_exact"]), known(found["share_97"])
    said_already = found["status"] == StageStatus.WITHHELD and score["status"] == ScoreStatus.WITHHELD
    return StageRow(
        score=score_row(t, words.scale(stage), score),
        threshold=threshold,
        reached="" if reached is None else chance_text(t, reached),
        exactly="" if exactly is None else chance_text(t, exactly),
        not_yet="" if share is None else t.share(share),
        status="" if said_already else stage_status(t, found["status"]),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
