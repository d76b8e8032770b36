"""What fitted models estimate, with standardised values and their intervals."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from scoring.validation.confirmatory.fits import FittedModel

LEVEL = 0.95
KINDS = {"=~": "loading", "~": "path", "~1": "intercept", "|": "threshold", "~*~": "scale"}


def standardised_interval(
    value: np.ndarray, error: np.ndarray, df: float, *, correlation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of standardised estimates; value, error, correlation (bool) (m,).   df: of t, infinite for normal.

    Symmetric, but for correlations, which are taken on Fisher's scale, z = atanh(r) with the error se / (1 - r^2), so
    that no limit lies outside (-1, 1) (Fisher 1921; the delta method). An estimate of a correlation beyond 1 has none.
    """
    width = stdtrit(df, (1 + LEVEL) / 2) * error if np.isfinite(df) else stdtrit(1e12, (1 + LEVEL) / 2) * error
    low, high = value - width, value + width
    inside = correlation & (np.abs(value) < 1)
    z, spread = np.arctanh(value[inside]), width[inside] / (1 - value[inside] ** 2)
    low[inside], high[inside] = np.tanh(z - spread), np.tanh(z + spread)
    beyond = correlation & ~inside
    low[beyond] = high[beyond] = np.nan
    return low, high


def estimates_table(fits: Iterable[FittedModel]) -> pd.DataFrame:
    """Every parameter of every fit that may be read.

    Columns: model, estimator, sample, status, lhs, op, rhs, parameter (loading, factor_variance, factor_correlation,
    residual_variance, residual_covariance, threshold, intercept, scale, path), free, est, se, p, ci_low, ci_high,
    std_all, std_se, std_ci_low, std_ci_high. p and intervals are of t with J - 1 degrees of freedom where clustered.
    """
    frames = [_of_fit(one) for one in fits if one.solution is not None]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _of_fit(one: FittedModel) -> pd.DataFrame:
    solution = one.solution
    if solution is None:
        return pd.DataFrame()
    found = solution.estimates
    latent = found.loc[found["op"] == "=~", "lhs"].unique()
    kind = found["op"].map(KINDS)
    both = found["op"] == "~~"
    factors = both & found["lhs"].isin(latent)
    same = found["lhs"] == found["rhs"]
    for where, name in (
        (factors & same, "factor_variance"), (factors & ~same, "factor_correlation"),
        (both & ~factors & same, "residual_variance"), (both & ~factors & ~same, "residual_covariance"),
    ):  # fmt: skip
        kind = kind.mask(where, name)
    correlation = kind.isin(["factor_correlation", "residual_covariance"]).to_numpy()
    value, error = found["std_all"].to_numpy(float), found["std_se"].to_numpy(float)
    low, high = standardised_interval(value, error, one.reference_df, correlation=correlation)
    head = pd.DataFrame({
        "model": one.model.name,
        "estimator": one.estimator,
        "sample": one.sample,
        "status": solution.status.name,
        "lhs": found["lhs"],
        "op": found["op"],
        "rhs": found["rhs"],
        "parameter": kind,
        "free": found["free"] > 0,
    })  # fmt: skip
    rest = found[["est", "se", "p", "ci_low", "ci_high"]]
    standard = pd.DataFrame({"std_all": value, "std_se": error, "std_ci_low": low, "std_ci_high": high})
    return pd.concat([head, rest, standard.set_index(found.index)], axis=1)


def loadings_table(estimates: pd.DataFrame) -> pd.DataFrame:
    """Standardised loadings: model, estimator, sample, factor, item, est, se, std_all, std_se, std_ci_low, std_ci_high.
    A loading of a factor on a factor names that factor as its item."""
    chosen = estimates[estimates["parameter"] == "loading"]
    kept = ["model", "estimator", "sample", "lhs", "rhs", "est", "se", "std_all", "std_se", "std_ci_low", "std_ci_high"]
    return chosen[kept].rename(columns={"lhs": "factor", "rhs": "item"}).reset_index(drop=True)


def correlations_table(estimates: pd.DataFrame) -> pd.DataFrame:
    """Correlations of the factors that are free: model, estimator, sample, factor_a, factor_b, r, se, ci_low, ci_high,
    p (of the covariance)."""
    chosen = estimates[(estimates["parameter"] == "factor_correlation") & estimates["free"]]
    found = chosen[
        ["model", "estimator", "sample", "lhs", "rhs", "std_all", "std_se", "std_ci_low", "std_ci_high", "p"]
    ]
    found.columns = ["model", "estimator", "sample", "factor_a", "factor_b", "r", "se", "ci_low", "ci_high", "p"]
    return found.reset_index(drop=True)
