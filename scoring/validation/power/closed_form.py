"""What sample sizes can show, where the answer is exact or nearly so."""

from collections.abc import Callable

import numpy as np
from scipy.special import chndtr, chndtrix, fdtr, fdtri, nctdtr, nctdtrinc, ndtr, ndtri, stdtrit

ALPHA, POWER = 0.05, 0.80
MOST = 10_000_000  # cases beyond which no study goes


def rmsea_power(df: float, n: float, null: float, actual: float, alpha: float = ALPHA) -> float:
    """Power of the chi-square test that RMSEA is `null` where it is `actual` (MacCallum, Browne & Sugawara 1996,
    Psychological Methods 1).

    actual > null: the test of close fit is rejected in its upper tail; actual < null: that of not close fit in its
    lower one. Non-centrality (n - 1) df RMSEA^2.
    """
    of_null, of_actual = (n - 1) * df * null**2, (n - 1) * df * actual**2
    if actual > null:
        return float(1 - chndtr(chndtrix(1 - alpha, df, of_null), df, of_actual))
    return float(chndtr(chndtrix(alpha, df, of_null), df, of_actual))


def rmsea_sample(df: float, null: float, actual: float, power: float = POWER, alpha: float = ALPHA) -> int:
    """Least n at which the test of `rmsea_power` has the power."""
    return _least(lambda n: rmsea_power(df, n, null, actual, alpha) >= power, 3)


def correlation_power(r: float, n: float, alpha: float = ALPHA) -> float:
    """Power of the two-sided test that a correlation is zero, on Fisher's z scale (Cohen 1988, ch. 3)."""
    shift, bound = np.arctanh(abs(r)) * np.sqrt(n - 3), ndtri(1 - alpha / 2)
    return float(ndtr(shift - bound) + ndtr(-shift - bound))


def correlation_sample(r: float, power: float = POWER, alpha: float = ALPHA) -> int:
    """Least n at which a correlation of r is told from zero: ((z_(1 - alpha/2) + z_power) / atanh r)^2 + 3."""
    return int(np.ceil(((ndtri(1 - alpha / 2) + ndtri(power)) / np.arctanh(abs(r))) ** 2 + 3))


def smallest_correlation(n: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """Smallest correlation that n cases tell from zero with the power; NaN for fewer than four."""
    if n <= 3:
        return float("nan")
    return float(np.tanh((ndtri(1 - alpha / 2) + ndtri(power)) / np.sqrt(n - 3)))


def icc_power(icc: float, units: float, size: float, alpha: float = ALPHA) -> float:
    """Power of the F test that units do not differ, with `size` respondents in each.

    F over 1 + size icc / (1 - icc) is of F with units - 1 and units (size - 1) degrees of freedom (Donner & Eliasziw
    1987, Statistics in Medicine 6).
    """
    df1, df2 = units - 1, units * (size - 1)
    if df1 < 1 or df2 < 1:
        return float("nan")
    return float(1 - fdtr(df1, df2, fdtri(df1, df2, 1 - alpha) / (1 + size * icc / (1 - icc))))


def smallest_icc(units: float, size: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """Smallest ICC(1) told from zero with the power; NaN where there is nothing to compare."""
    df1, df2 = units - 1, units * (size - 1)
    if df1 < 1 or df2 < 1:
        return float("nan")
    ratio = fdtri(df1, df2, 1 - alpha) / fdtri(df1, df2, 1 - power)
    return float((ratio - 1) / (ratio - 1 + size))


def icc_units(icc: float, size: float, power: float = POWER, alpha: float = ALPHA) -> int | None:
    """Least number of units at which an ICC(1) is told from zero; None where units have one respondent."""
    return None if size <= 1 else _least(lambda units: icc_power(icc, units, size, alpha) >= power, 2)


def t_power(difference: float, variance: float, df: float, alpha: float = ALPHA) -> float:
    """Power of the two-sided t test of a difference with that error variance, estimated with df degrees of freedom."""
    if not variance > 0:
        return float("nan")
    return float(1 - nctdtr(df, abs(difference) / np.sqrt(variance), stdtrit(df, 1 - alpha / 2)))


def smallest_difference(variance: float, df: float, power: float = POWER, alpha: float = ALPHA) -> float:
    """Smallest difference that the test of `t_power` finds with the power (non-central t)."""
    if not (variance > 0 and df > 0):
        return float("nan")
    return float(nctdtrinc(df, 1 - power, stdtrit(df, 1 - alpha / 2)) * np.sqrt(variance))


def half_width(variance: float, df: float, alpha: float = ALPHA) -> float:
    """Half of a 95 % interval: t(df) times the standard error."""
    return float(stdtrit(df, 1 - alpha / 2) * np.sqrt(variance)) if variance > 0 and df > 0 else float("nan")


def attenuated(correlation: float, reliability_a: float, reliability_b: float) -> float:
    """The correlation that scores of such reliabilities show (Spearman 1904)."""
    return float(correlation * np.sqrt(reliability_a * reliability_b))


def _least(enough: Callable[[float], bool], first: int) -> int:
    """The least whole number from `first` on that is enough; whatever is larger is enough too."""
    low, high = first - 1, first
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST:
            return MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
