"""Corrected chi-squares of weighted least squares."""

from dataclasses import dataclass

import numpy as np

from scoring.sem.categorical.inference import Traces
from scoring.sem.categorical.options import CategoricalOptions

ROWS_PER_DF = 5  # below which the second trace is debiased without clusters too


@dataclass(frozen=True, slots=True)
class CorrectedTest:
    """T = (N - 1) F against df, and what it is corrected to.

    scaled: T divided by `factor`, plus `shift`.   mean_scaled, mean_factor: T divided by its expectation over df.
    """

    chisq: float
    df: int
    scaled: float
    factor: float
    shift: float
    mean_scaled: float
    mean_factor: float


def correct(chisq: float, df: int, found: Traces, method: str | None) -> CorrectedTest:
    """Scaled and shifted to the mean and variance of a chi-square, or scaled to its mean.

    Scaled and shifted: a T + b, a = sqrt(df / tr2), b = df - sqrt(df tr^2 / tr2) (Asparouhov & Muthen 2010). Scaled:
    T df / tr (Satorra & Bentler 1994). Without degrees of freedom nothing is corrected.
    """
    if df == 0 or method is None:
        return CorrectedTest(chisq, df, chisq if df == 0 else np.nan, np.nan, np.nan, np.nan, np.nan)
    mean_factor = found.first / df
    if method == "satorra.bentler":
        return CorrectedTest(chisq, df, chisq / mean_factor, mean_factor, 0.0, chisq / mean_factor, mean_factor)
    factor = float(np.sqrt(found.second / df)) if found.second > 0 else np.nan
    shift = df - found.first / factor
    return CorrectedTest(chisq, df, chisq / factor + shift, factor, shift, chisq / mean_factor, mean_factor)


def choose_trace(options: CategoricalOptions, df: int, total: float) -> str:
    """Plain, as lavaan; debiased with clusters or few rows, where the plain one is too large and hides misfit."""
    if options.trace is not None:
        return options.trace
    return "debiased" if options.clustered or total < ROWS_PER_DF * df else "plain"


def units_of(clustered: bool, n_clusters: int, total: float) -> float:
    """Independent units: clusters, or rows."""
    return float(n_clusters) if clustered else total
