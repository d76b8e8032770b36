"""What stands out inside one unit: its strongest and weakest dimensions and facets, and the gaps between roles."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, stdtrit

TOLD_APART = 0.80  # share of draws in which a statement must hold to be printed
MOST_FACETS, MOST_CONSTRUCTS = 3, 1  # named at each end


@dataclass(frozen=True, slots=True)
class Extreme:
    """A scale among the `k` most extreme of those it is compared with, in the share `p` of the draws."""

    scale: int
    kind: str  # strongest | weakest
    p: float
    k: int


def extremes(draws: np.ndarray, compared: np.ndarray, favourable_low: np.ndarray, *, most: int) -> list[Extreme]:
    """Scales that are among the strongest or weakest of those compared in at least `TOLD_APART` of the draws.

    draws (draws, scales), NaN for none; compared, favourable_low (scales,) bool; most: how many to name at each end,
    where that is not more than a third of those compared. At least one is named, of two or more.
    """
    scales = np.flatnonzero(compared & ~np.isnan(draws).any(axis=0))
    if len(scales) < 2:
        return []
    favour = np.where(favourable_low[scales], 100 - draws[:, scales], draws[:, scales])
    k = min(most, max(1, len(scales) // 3))
    rank = favour.argsort(axis=1).argsort(axis=1)
    found = []
    for kind, among in (("strongest", rank >= len(scales) - k), ("weakest", rank < k)):
        share = among.mean(axis=0)
        order = np.lexsort((scales, -share))
        found += [Extreme(int(scales[i]), kind, float(share[i]), k) for i in order if share[i] >= TOLD_APART]
    return found


@dataclass(frozen=True, slots=True)
class Gap:
    """Difference of two roles' scores, a minus b, with the middle 95 % of its draws."""

    scale: int
    role_a: int
    role_b: int
    gap: float
    low: float
    high: float


def gaps(
    rng: np.random.Generator, score: np.ndarray, se: np.ndarray, df: np.ndarray, scales: np.ndarray, draws: int
) -> list[Gap]:
    """Gaps between every two roles that have an interval on a scale.

    score, se, df (roles, all scales), NaN for none; scales: positions of the scales compared. Roles hold different
    members, so their draws are independent.
    """
    z = rng.standard_normal((draws, score.shape[0], len(scales)))
    known = np.isfinite(score) & np.isfinite(se) & np.isfinite(df)
    found = []
    for position, scale in enumerate(scales):
        roles = np.flatnonzero(known[:, scale])
        if len(roles) < 2 or not draws:
            continue
        uniform = ndtr(z[:, roles, position])
        drawn = score[roles, scale] + se[roles, scale] * stdtrit(df[roles, scale], uniform)
        first, second = np.triu_indices(len(roles), 1)
        low, high = np.quantile(drawn[:, first] - drawn[:, second], [0.025, 0.975], axis=0)
        for i, (a, b) in enumerate(zip(roles[first], roles[second], strict=True)):
            gap = float(score[a, scale] - score[b, scale])
            found.append(Gap(int(scale), int(a), int(b), gap, float(low[i]), float(high[i])))
    return found
