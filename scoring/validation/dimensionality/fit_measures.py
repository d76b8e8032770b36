"""How well k factors reproduce a correlation matrix."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, ncx2

from scoring.validation.dimensionality.extraction import degrees_of_freedom

CONFIDENCE = 0.90
WIDER = 2.0


@dataclass(frozen=True, slots=True)
class FactorFit:
    """Measures of an exploratory solution. The chi-square is of normal data; of polychoric correlations it describes.

    chi2, df, p: Bartlett's correction of Lawley's test.   rmsea with its 90 % interval, tli: from it.   rmsr: root mean
    square of the residual correlations.   largest: residual correlation in size.
    """

    chi2: float
    df: int
    p: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    tli: float
    rmsr: float
    largest: float


def factor_fit(R: np.ndarray, communal: np.ndarray, k: int, n: float) -> FactorFit:
    """Fit of L phi L' = communal (p, p) to R (p, p) of n respondents.

    chi2 = (n - 1 - (2p + 5) / 6 - 2k / 3) F, F = tr(R Sigma^-1) - ln |R Sigma^-1| - p (Bartlett 1951), whatever the
    loadings minimise; baseline: no correlations. RMSEA by Steiger & Lind (1980) with divisor n, its interval by Browne
    & Cudeck (1993); TLI by Tucker & Lewis (1973, Psychometrika 38, eq. 33), with the same multiplier for the baseline.
    These are the measures of `fa` in psych.
    """
    p = len(R)
    sigma = communal - np.diag(np.diag(communal)) + np.eye(p)
    ratio = np.linalg.solve(sigma, R)
    discrepancy = float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - p)
    df, base_df = degrees_of_freedom(p, k), p * (p - 1) // 2
    multiplier = n - 1 - (2 * p + 5) / 6 - 2 * k / 3
    statistic = multiplier * discrepancy
    base = -float(np.linalg.slogdet(R)[1]) / base_df
    off = (R - communal)[np.tril_indices(p, -1)]
    low, high = (_noncentrality(statistic, df, q) for q in ((1 + CONFIDENCE) / 2, (1 - CONFIDENCE) / 2))
    return FactorFit(
        chi2=statistic,
        df=df,
        p=float(chi2.sf(statistic, df)),
        rmsea=float(np.sqrt(max(statistic - df, 0.0) / (df * n))),
        rmsea_low=float(np.sqrt(low / (df * n))),
        rmsea_high=float(np.sqrt(high / (df * n))),
        tli=(base - discrepancy / df) / (base - 1.0 / multiplier),
        rmsr=float(np.sqrt(np.mean(off**2))),
        largest=float(np.abs(off).max()),
    )


def _noncentrality(statistic: float, df: int, quantile: float) -> float:
    """The noncentrality at which `statistic` is the given quantile; 0 where even the central one is beyond it."""
    if chi2.cdf(statistic, df) <= quantile:
        return 0.0
    high = max(statistic, 1.0)
    while ncx2.cdf(statistic, df, high) > quantile:
        high *= WIDER
    return float(brentq(lambda nc: ncx2.cdf(statistic, df, nc) - quantile, 0.0, high))
