"""Intervals from draws of whole units, on a scale on which the coefficient is nearly normal."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t

LEVEL = 0.95
FEWEST_UNITS = 5  # four units have 35 different draws, which tell no spread
FEWEST_DRAWS = 20  # that a standard deviation is taken of
NO_SPREAD = 1e-6  # standard error of a coefficient whose residual variances are all held at zero
MOST_FAILED = 0.5  # share of draws above which what is left is no sample of them


def _log_of_rest(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.log1p(-x))


def _rest(y: np.ndarray) -> np.ndarray:
    return np.asarray(-np.expm1(y))


class Scale(Enum):
    """Where a coefficient's draws are nearly normal: the function, its inverse, and whether the function falls.

    REST is log(1 - x), for reliabilities (Bonett 2002, J. Educational and Behavioral Statistics 27); SHARE is log(x /
    (1 - x)), for shares of variance; RATIO is log(x), for ratios.
    """

    REST = (_log_of_rest, _rest, True)
    SHARE = (logit, expit, False)
    RATIO = (np.log, np.exp, False)

    def forward(self, x: np.ndarray | float) -> np.ndarray:
        """NaN and infinities where x is outside the scale."""
        function: Callable[[np.ndarray], np.ndarray] = self.value[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(function(np.asarray(x, dtype=float)))

    def ends(self, middle: float, reach: float) -> tuple[float, float]:
        """Lower and upper end of middle -+ reach, carried back."""
        back: Callable[[np.ndarray], np.ndarray] = self.value[1]
        low, high = back(np.array([middle - reach, middle + reach])).tolist()
        return (high, low) if self.value[2] else (low, high)


@dataclass(frozen=True, slots=True)
class Interval:
    """est; se: standard deviation of the draws, in the units of est; ci_low, ci_high: 95 %; df: of t; draws: taken;
    failed: of them without a value. NaN where there is none.
    """

    est: float
    se: float
    ci_low: float
    ci_high: float
    df: float
    draws: int
    failed: int

    def columns(self) -> dict[str, Any]:
        """As columns of a table."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def unit_interval(est: float, draws: np.ndarray, units: int, scale: Scale) -> Interval:
    """Interval from draws (K,) of J whole units, NaN where a draw failed.

    scale(est) -+ t(J - 1) sqrt(J / (J - 1)) SD of scale(draws), carried back. The root makes up for draws that vary
    about the units' own mean (Rao & Wu 1988, J. American Statistical Association 83), t for a spread known from J units
    only. Quantiles of the draws take neither into account: with 24 units and fewer they cover less than they say, which
    a test shows. There is none for fewer than 5 units, or where more than half of the draws failed.
    """
    moved = scale.forward(draws)
    finite = np.isfinite(moved)
    failed = int(len(draws) - finite.sum())
    middle = float(scale.forward(est))
    enough = finite.sum() >= FEWEST_DRAWS and failed <= MOST_FAILED * len(draws)
    if units < FEWEST_UNITS or not enough or not np.isfinite(middle):
        return Interval(float(est), np.nan, np.nan, np.nan, np.nan, len(draws), failed)
    widening, df = np.sqrt(units / (units - 1)), float(units - 1)
    low, high = scale.ends(middle, float(t.ppf((1 + LEVEL) / 2, df) * widening * moved[finite].std(ddof=1)))
    return Interval(float(est), float(widening * draws[finite].std(ddof=1)), low, high, df, len(draws), failed)


def delta_interval(est: float, se: float, df: float) -> Interval:
    """est -+ t(df) se, at most 1: from a standard error by the delta method. NaN where se tells nothing, as below."""
    if not (np.isfinite(est) and se > NO_SPREAD):
        return Interval(float(est), np.nan, np.nan, np.nan, float(df), 0, 0)
    reach = float(t.ppf((1 + LEVEL) / 2, df)) * se
    return Interval(float(est), float(se), float(est) - reach, min(float(est) + reach, 1.0), float(df), 0, 0)
