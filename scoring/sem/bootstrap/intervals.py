"""Intervals from replicates of estimates."""

import warnings

import numpy as np
from scipy.special import ndtr, ndtri

from scoring.sem.table import ModelError


def check_level(level: float) -> None:
    """Raise ModelError for a level that is none."""
    if not isinstance(level, int | float | np.number) or not 0 < level < 1:
        raise ModelError(f"level={level!r} is no share of confidence: give one between 0 and 1, as .95.")


def check_count(argument: str, value: object, least: int) -> None:
    """Raise ModelError for what is no whole number of at least `least`."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or int(value) < least:  # type: ignore[call-overload]  # whole is checked
        raise ModelError(f"{argument}={value!r}: give a whole number, {least} or more.")


def spread(replicates: np.ndarray) -> np.ndarray:
    """Standard deviations (columns,) of replicates (n, columns), NaN left out, divisor one less than there are."""
    finite = np.where(np.isfinite(replicates), replicates, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column of fewer than two values has no spread: NaN
        # Around a value of its own, so that a column of one value has a spread of exactly 0.
        return np.asarray(np.nanstd(finite - np.nanmin(finite, axis=0), axis=0, ddof=1))


def percentile_interval(replicates: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends (columns,) of replicates (n, columns), those that are not finite left out.

    The quantile of a share a is the replicate of rank (n + 1) a (Davison & Hinkley 1997, eq. 5.18).
    """
    tail = (1 - level) / 2
    shares = np.full(replicates.shape[1], tail)
    return _quantiles(replicates, shares), _quantiles(replicates, 1 - shares)


def bias_corrected_interval(replicates: np.ndarray, est: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The same with shares moved by twice the normal quantile of the share of replicates below est (columns,).

    Efron (1981, section 8), without acceleration; replicates that equal est count half. NaN where all lie on one side.
    """
    finite = np.isfinite(replicates)
    below = np.where(finite, (replicates < est) + 0.5 * (replicates == est), 0.0).sum(axis=0)
    counts = finite.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = 2 * ndtri(below / counts)
    reach = ndtri((1 + level) / 2)
    inside = (below > 0) & (below < counts)
    ends = (np.where(inside, ndtr(shift + sign * reach), np.nan) for sign in (-1, 1))
    low, high = (_quantiles(replicates, shares) for shares in ends)
    return low, high


def _quantiles(replicates: np.ndarray, shares: np.ndarray) -> np.ndarray:
    found = np.full(replicates.shape[1], np.nan)
    for at, share in enumerate(shares):
        column = replicates[:, at]
        column = column[np.isfinite(column)]
        if len(column) and np.isfinite(share):
            found[at] = np.quantile(column, share, method="weibull")
    return found
