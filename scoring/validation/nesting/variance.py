"""How much of the answers lies between units: ICC(1), ICC(2), design effects, with intervals from draws of units."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import f as f_distribution

from scoring.aggregation import MemberMeans, member_means
from scoring.agreement import icc
from scoring.validation.reliability.intervals import Interval, Scale, unit_interval

# Intervals from draws of five units call units of ICC(1) = .30 alike in four panels of five, those of eight in one of
# seven (400 simulated panels each).
FEWEST_UNITS = 8


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """One variable's one-way analysis of variance over units.

    icc1: share of a respondent's variance between units, with the mean number of respondents (Bliese 2000, eq. 8.1);
    icc1_unequal: with the number that unbiased variance components take (Donner 1986, International Statistical Review
    54, eq. 2.3); icc2: reliability of a unit's mean (eq. 8.2). f, df1, df2, p: test that units do not differ.
    n, n_units, mean_size; size_unequal: that number; size_weighted: mean size of the unit of a respondent.
    design_effect: 1 + (mean_size - 1) icc1; design_effect_unequal: 1 + (size_weighted - 1) icc1_unequal (Kish 1965;
    Kerry & Bland 2001, Statistics in Medicine 20), both at least that of icc1 = 0; n_effective: n over the latter.
    """

    icc1: Interval
    icc1_unequal: Interval
    icc2: Interval
    f: float
    df1: float
    df2: float
    p: float
    n: int
    n_units: int
    mean_size: float
    size_unequal: float
    size_weighted: float

    @property
    def design_effect(self) -> float:
        return 1 + (self.mean_size - 1) * max(self.icc1.est, 0.0)

    @property
    def design_effect_unequal(self) -> float:
        return 1 + (self.size_weighted - 1) * max(self.icc1_unequal.est, 0.0)

    @property
    def n_effective(self) -> float:
        return self.n / self.design_effect_unequal

    def rows(self) -> list[dict[str, Any]]:
        """One per coefficient: statistic, est, se, ci_low, ci_high, df, draws, failed, n, n_units."""
        return [
            {"statistic": name} | getattr(self, name).columns() | {"n": self.n, "n_units": self.n_units}
            for name in ("icc1", "icc1_unequal", "icc2")
        ]


def unit_means(values: np.ndarray, unit: np.ndarray, n_units: int) -> MemberMeans:
    """Mean, size and sum of squares inside of every unit. values (n, variables), NaN for none; unit (n,) codes."""
    order = np.argsort(unit, kind="stable")
    found = MemberMeans.room(n_units, values.shape[1])
    starts = np.flatnonzero(np.diff(unit[order], prepend=-1))
    for target, source in zip(found, member_means(values[order], starts), strict=True):
        target[unit[order][starts]] = source
    return found


def variance_shares(means: MemberMeans, weights: np.ndarray) -> VarianceShares:
    """Variance between and within units of one variable.

    means: units' means, sizes and sums of squares, (units, 1) each; weights (draws, units): how often each unit is in
    each draw of as many units. Intervals are of log(F), on which ICC(1) and ICC(2) rest at given sizes (half of it is
    Fisher's 1925 transformation of the intraclass correlation), by the spread of the draws.
    """
    size = means.size[:, 0]
    mean = np.where(size > 0, means.mean[:, 0], 0.0)
    log_f = np.log(_f_ratio(np.ones((1, len(size))), mean, size, means.within[:, 0]))[0]
    drawn = np.log(_f_ratio(weights, mean, size, means.within[:, 0]))
    n, units = int(size.sum()), int((size > 0).sum())
    found = icc(means.mean, means.size, means.within)
    k = n / units if units else np.nan
    k_unequal = (n - (size**2).sum() / n) / (units - 1) if units > 1 else np.nan
    on_log = _log_f_interval(float(log_f), drawn, units)
    f, df1, df2 = float(np.exp(log_f)), float(units - 1), float(n - units)
    return VarianceShares(
        icc1=_carried(float(found.icc1[0]), on_log, drawn, k),
        icc1_unequal=_carried(float((f - 1) / (f + k_unequal - 1)), on_log, drawn, k_unequal),
        icc2=_carried(float(found.icc2[0]), on_log, drawn, np.inf),
        f=f,
        df1=df1,
        df2=df2,
        p=float(f_distribution.sf(f, df1, df2)),
        n=n,
        n_units=units,
        mean_size=k,
        size_unequal=float(k_unequal),
        size_weighted=float((size**2).sum() / n) if n else np.nan,
    )


def _f_ratio(weights: np.ndarray, mean: np.ndarray, size: np.ndarray, within: np.ndarray) -> np.ndarray:
    """F of each weighting of the units; NaN without units to compare or respondents inside. Shape (draws,)."""
    n, units = weights @ size, weights @ (size > 0).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = weights @ (size * mean**2) - (weights @ (size * mean)) ** 2 / n
        ratio = (between / (units - 1)) / (weights @ within / (n - units))
    return np.where((units > 1) & (n > units) & (ratio > 0) & np.isfinite(ratio), ratio, np.nan)


def _log_f_interval(log_f: float, drawn: np.ndarray, units: int) -> Interval:
    """Interval of log F: that of a ratio (exp) taken back to its logarithm."""
    if units < FEWEST_UNITS:
        return Interval(log_f, np.nan, np.nan, np.nan, np.nan, len(drawn), 0)
    found = unit_interval(float(np.exp(log_f)), np.exp(drawn), units, Scale.RATIO)
    with np.errstate(invalid="ignore"):
        ends = np.log([found.ci_low, found.ci_high])
    return Interval(log_f, found.se, float(ends[0]), float(ends[1]), found.df, found.draws, found.failed)


def _carried(est: float, on_log: Interval, drawn: np.ndarray, k: float) -> Interval:
    """An interval of log F as one of (F - 1) / (F + k - 1), or of (F - 1) / F where k is infinite."""

    def back(log_f: np.ndarray) -> np.ndarray:
        ratio = np.exp(log_f)
        return np.asarray(1 - 1 / ratio if np.isinf(k) else (ratio - 1) / (ratio + k - 1))

    low, high = back(np.array([on_log.ci_low, on_log.ci_high])).tolist()
    spread = back(drawn[np.isfinite(drawn)])
    known = np.isfinite(on_log.ci_low) and len(spread) > 1
    widening = np.sqrt((on_log.df + 1) / on_log.df) if known else np.nan
    se = float(widening * spread.std(ddof=1)) if known else float("nan")
    return Interval(est, se, low, high, on_log.df, on_log.draws, on_log.failed)
