"""The maturity ladder: how far a unit has come, with the probability of having come so far."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.scores import MaturityStatus, StageStatus

NAMED_AT = 0.80  # probability at which a stage, or a range of stages, is put into words
STAGE_MEMBERS = 5  # answering members below which no stage is named
NOT_YET_SHARE = 0.40  # of the members asked saying "does not apply yet" beyond which a stage is not yet applicable
JUDGING_SHARE = 0.60  # of the members asked who must be able to judge
ORDER_SE = 2.0  # standard errors a later stage must lie above an earlier one to be called out of order
SENSITIVITY = (-5.0, 5.0)  # points around the threshold at which the result is shown as well


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """Where one unit stands.

    at_least, exactly (stages + 1,): probabilities, the first of stage 0 (none); NaN beyond the ladder's end.
    status (stages,): why each stage has a probability or not.   low, high: the range holding .80, as numbers of
    stages passed.   p: its probability.   lower, higher: the same range at the thresholds minus and plus five.
    end: stages that could be assessed, so that `end` passed means "at least".
    out_of_order: pairs (later, earlier), counted from 0.
    """

    at_least: np.ndarray
    exactly: np.ndarray
    status: Sequence[StageStatus]
    result: MaturityStatus
    low: int
    high: int
    p: float
    lower: tuple[int, int]
    higher: tuple[int, int]
    end: int
    out_of_order: tuple[tuple[int, int], ...]


def stage_status(
    *, members: np.ndarray, not_yet: np.ndarray, can_judge: np.ndarray, role_missing: np.ndarray
) -> np.ndarray:
    """Status of each stage, in order; once one has no probability, those after it lie beyond the ladder.

    All arguments are (units, stages). members: members with a score.   not_yet, can_judge: shares of the members
    asked.   role_missing: bool, a role the stage needs is not among those with a score.
    Returns (units, stages) of `StageStatus`.
    """
    own = np.select(
        [not_yet > NOT_YET_SHARE, role_missing | ~(can_judge >= JUDGING_SHARE), members < STAGE_MEMBERS],
        [StageStatus.NOT_APPLICABLE_YET, StageStatus.NOT_ASSESSABLE, StageStatus.FEW_MEMBERS],
        StageStatus.OK,
    ).astype(object)
    ended = np.cumsum(own != StageStatus.OK, axis=1)
    earlier = np.pad(ended, ((0, 0), (1, 0)))[:, :-1]
    return np.where(earlier > 0, StageStatus.BEYOND_LADDER, own)


def stages_passed(draws: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Stages passed in a row from the first, per draw. draws (draws, stages), thresholds (stages,). Shape (draws,)."""
    return np.cumprod(draws >= thresholds, axis=1).sum(axis=1)


def shortest_range(exactly: np.ndarray) -> tuple[int, int, float]:
    """The shortest run of stages holding `NAMED_AT`, the likelier of two equally short: first, last, probability."""
    total = np.concatenate([[0.0], np.cumsum(exactly)])
    for length in range(1, len(exactly) + 1):
        held = total[length:] - total[:-length]
        best = int(held.argmax())
        if held[best] >= NAMED_AT - 1e-12 or length == len(exactly):  # .80 of 2,000 draws may sum to .7999...
            return best, best + length - 1, float(min(held[best], 1.0))
    raise ValueError("There are no stages.")


def climb(
    draws: np.ndarray, score: np.ndarray, thresholds: np.ndarray, status: Sequence[StageStatus], *, enough: bool
) -> Ladder:
    """Probabilities of the stages and the words they allow.

    draws (draws, stages), NaN where a stage has none; score (stages,), NaN where it is not to be compared with others;
    thresholds (stages,); enough: whether the unit has the five answering members a stage needs.
    """
    n_stages = len(thresholds)
    end = next((i for i, s in enumerate(status) if s != StageStatus.OK), n_stages)
    at_least, exactly = np.full(n_stages + 1, np.nan), np.full(n_stages + 1, np.nan)
    order = out_of_order(draws, score)
    if not enough or not end or not len(draws):
        few = not enough or status[0] == StageStatus.FEW_MEMBERS
        result = MaturityStatus.FEW_MEMBERS if few else MaturityStatus.NOT_ASSESSABLE
        return Ladder(at_least, exactly, status, result, 0, 0, np.nan, (0, 0), (0, 0), end, order)
    ranges = []
    for shift in (0.0, *SENSITIVITY):
        passed = stages_passed(draws[:, :end], thresholds[:end] + shift)
        share = np.bincount(passed, minlength=end + 1) / len(draws)
        ranges.append(shortest_range(share))
        if not shift:
            exactly[: end + 1] = share
            at_least[: end + 1] = share[::-1].cumsum()[::-1]
    (low, high, p), lower, higher = ranges
    result = MaturityStatus.NAMED if low == high else MaturityStatus.RANGE
    return Ladder(at_least, exactly, status, result, low, high, p, lower[:2], higher[:2], end, order)


def out_of_order(draws: np.ndarray, score: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Pairs of stages (later, earlier) whose later score lies above the earlier by more than two standard errors."""
    pairs = []
    for later in range(len(score)):
        for earlier in range(later):
            difference = draws[:, later] - draws[:, earlier]
            if len(difference) and score[later] - score[earlier] > ORDER_SE * float(np.std(difference)):
                pairs.append((later, earlier))
    return tuple(pairs)
