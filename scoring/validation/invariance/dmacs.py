"""How much an item that works differently in two groups matters: dMACS and the bias of its answers."""

from typing import NamedTuple

import numpy as np


class ItemDifference(NamedTuple):
    """What an item's own parameters in the focal group do to its answers there.

    bias: expected difference at the same position on the factor, focal less reference, in units of the item.
    dmacs: root mean squared difference in pooled standard deviations.   signed: the same with the sign of the bias.
    """

    bias: float
    dmacs: float
    signed: float


def item_difference(
    intercept: float, loading: float, *, mean: float, variance: float, pooled_sd: float
) -> ItemDifference:
    """dMACS (Nye & Drasgow 2011, Journal of Applied Psychology 96, eq. 3) over the focal group's factor.

    The difference of expected answers at position x is `intercept + loading x` (both focal less reference), so that
    with x normal in the focal group (mean, variance) the integral of its square is (intercept + loading mean)^2 +
    loading^2 variance. The sign is that of the mean difference (Nye et al. 2019, Organizational Research Methods 22).
    """
    bias = intercept + loading * mean
    size = float(np.sqrt(bias**2 + loading**2 * max(variance, 0.0)) / pooled_sd) if pooled_sd > 0 else np.nan
    return ItemDifference(float(bias), size, float(np.copysign(size, bias)))


def pooled_sd(reference: np.ndarray, focal: np.ndarray) -> float:
    """((n_R - 1) s_R + (n_F - 1) s_F) / (n_R + n_F - 2) of the answers there are (Nye & Drasgow 2011, eq. 4)."""
    weights, sds = [], []
    for column in (reference, focal):
        known = column[~np.isnan(column)]
        if len(known) > 1:
            weights.append(len(known) - 1)
            sds.append(float(known.std(ddof=1)))
    return float(np.average(sds, weights=weights)) if sds else np.nan
