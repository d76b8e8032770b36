"""The correlation matrices of draws of whole units, and what they say of how sure a number of factors is."""

import zlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scoring.sem.ordinal import OrdinalData, ordinal_data
from scoring.validation.dimensionality.correlations import (
    Correlation,
    answers_of,
    correlation_matrix,
    effective_n,
    pair_counts,
)
from scoring.validation.dimensionality.threads import each_draw

INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class UnitDraws:
    """R (draws, p, p): correlations in each draw.   n (draws,): effective respondents.   lost: draws without a matrix,
    because in them an item was answered alike by all or two items by nobody in common."""

    R: np.ndarray
    n: np.ndarray
    lost: int

    def of(self, items: np.ndarray) -> "UnitDraws":
        """The draws of some items, by position."""
        return UnitDraws(self.R[:, items[:, None], items], self.n, self.lost)


def unit_draws(
    data: OrdinalData, unit: np.ndarray, correlation: Correlation, *, draws: int, seed: int = 1, n_jobs: int = 1
) -> UnitDraws:
    """As many units as there are, drawn with replacement; all respondents of a unit come along.

    unit (n,): codes from 0, each respondent's own where nothing is nested. Both kinds of correlation see the same
    units. Eigenvalues of resampled matrices carry the sampling error twice, so that intervals of a number of factors
    lean upwards.
    """
    key, units = zlib.crc32(b"dimensionality.units"), int(unit.max()) + 1

    def one(draw: int) -> tuple[np.ndarray, float] | None:
        rng = np.random.default_rng([seed, key, draw])
        times = np.bincount(rng.integers(0, units, units), minlength=units)[unit].astype(float)
        return _weighted(data, times, correlation)

    kept = [found for found in each_draw(one, draws, n_jobs) if found is not None]
    p = len(data.names)
    return UnitDraws(
        np.array([R for R, _ in kept]).reshape(len(kept), p, p), np.array([n for _, n in kept]), draws - len(kept)
    )


def interval(values: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of draws (draws,); NaN where there are none."""
    if not len(values):
        return np.nan, np.nan
    low, high = np.quantile(values, INTERVAL, method="inverted_cdf")  # a number that was drawn
    return float(low), float(high)


def _weighted(data: OrdinalData, times: np.ndarray, correlation: Correlation) -> tuple[np.ndarray, float] | None:
    drawn = replace(data, weights=times)
    counts = pair_counts(drawn)
    if counts.min() <= 0.0:
        return None
    if correlation == "polychoric" and not all(
        np.bincount(row, times, minlength=levels)[:levels].all()
        for row, levels in zip(data.codes, data.levels, strict=True)
    ):  # a category that nobody drawn chose
        try:
            drawn = ordinal_data(pd.DataFrame(answers_of(data), columns=list(data.names)), weights=times)
        except ValueError:  # an item that everyone drawn answered alike
            return None
    R = correlation_matrix(drawn, correlation)
    return (R, effective_n(counts)) if np.isfinite(R).all() else None
