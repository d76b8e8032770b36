"""Little's test that values are missing completely at random, and the moments it stands on."""

from enum import Enum
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

from scoring.screening.distance import inverses

TOLERANCE = 1e-8  # largest change of a mean or covariance, in units of the standard deviations
MOST_STEPS = 2_000
CASES_PER_ITEM = 5  # rows an item needs: below it the covariances are hardly known
FEWEST_ROWS = 30


class McarStatus(Enum):
    """Why there is a test, or none; the value is the sentence the user reads."""

    OK = "Tested."
    COMPLETE = "Nothing is missing."
    FEW_ITEMS = "Fewer than two items that vary."
    FEW_ROWS = "Too few respondents: 30, and five for each item, are needed."
    NOT_CONVERGED = "The estimates of means and covariances did not settle, or the items determine each other."


class Mcar(NamedTuple):
    """Little's chi-square with df and p (NaN where there is no test), rows with any answer, patterns of missing."""

    chisq: float
    df: int
    p: float
    rows: int
    patterns: int
    status: McarStatus


class Moments(NamedTuple):
    """Maximum likelihood means (p,) and covariances (p, p) under normality; whether the search arrived."""

    mean: np.ndarray
    cov: np.ndarray
    arrived: bool


class _Patterns(NamedTuple):
    """n (m,), seen (m, p), mean (m, p) and cov (m, p, p), divisor n, of the observed items, 0 elsewhere."""

    n: np.ndarray
    seen: np.ndarray
    mean: np.ndarray
    cov: np.ndarray


def little_mcar(values: np.ndarray) -> Mcar:
    """Little's (1988) test: do the means of the patterns of missing values differ by more than chance?

    d2 = sum over patterns j of n_j (y_j - m_j)' S_j^-1 (y_j - m_j), with m the maximum likelihood means and S the
    maximum likelihood covariances of the observed items of the pattern; chi-square with sum of p_j less p degrees of
    freedom, p_j items observed in pattern j of p items in all. Items that do not vary are left out.

    values (rows, items): NaN where missing; rows without any value are passed over.
    """
    values = values[~np.isnan(values).all(axis=1)]
    known = (~np.isnan(values)).any(axis=0)
    values = values[:, known]
    varies = np.nanmin(values, axis=0, initial=np.inf) < np.nanmax(values, axis=0, initial=-np.inf)
    values = values[:, varies]
    values = values[~np.isnan(values).all(axis=1)]
    rows, p = values.shape
    if p < 2:
        return _untested(rows, 0, McarStatus.FEW_ITEMS)
    patterns = _patterns(values)
    if patterns.seen.all():
        return _untested(rows, 1, McarStatus.COMPLETE)
    if rows < max(FEWEST_ROWS, CASES_PER_ITEM * p):
        return _untested(rows, len(patterns.n), McarStatus.FEW_ROWS)
    try:
        found = _em(patterns)
        inverse = inverses(found.cov, patterns.seen)
    except np.linalg.LinAlgError:
        return _untested(rows, len(patterns.n), McarStatus.NOT_CONVERGED)
    if not found.arrived:
        return _untested(rows, len(patterns.n), McarStatus.NOT_CONVERGED)
    away = np.where(patterns.seen, patterns.mean - found.mean, 0.0)
    chisq = float((patterns.n * np.einsum("mi,mij,mj->m", away, inverse, away)).sum())
    df = int(patterns.seen.sum()) - p
    return Mcar(chisq, df, float(chdtrc(df, chisq)), rows, len(patterns.n), McarStatus.OK)


def _untested(rows: int, patterns: int, status: McarStatus) -> Mcar:
    return Mcar(np.nan, 0, np.nan, rows, patterns, status)


def em_moments(values: np.ndarray) -> Moments:
    """Means and covariances by expectation-maximisation (Dempster, Laird & Rubin 1977; Little & Rubin 2019, 11.2).

    values (rows, items): NaN where missing; every item varies, every row has a value. Covariances have the divisor n.
    Raises numpy.linalg.LinAlgError where they become singular.
    """
    return _em(_patterns(values))


def _em(patterns: _Patterns) -> Moments:
    total = patterns.n.sum()
    per_item = (patterns.n[:, None] * patterns.seen).sum(axis=0)
    mean = (patterns.n[:, None] * patterns.mean).sum(axis=0) / per_item
    own = np.diagonal(patterns.cov, axis1=1, axis2=2) + np.where(patterns.seen, patterns.mean - mean, 0.0) ** 2
    cov = np.diag((patterns.n[:, None] * own).sum(axis=0) / per_item)
    for _ in range(MOST_STEPS):
        new_mean, new_cov = _step(mean, cov, patterns, total)
        sd = np.sqrt(np.diag(cov))
        change = max(np.abs((new_mean - mean) / sd).max(), np.abs((new_cov - cov) / np.outer(sd, sd)).max())
        mean, cov = new_mean, new_cov
        if not change > TOLERANCE:
            return Moments(mean, cov, bool(np.isfinite(change)))
    return Moments(mean, cov, False)


def _step(mean: np.ndarray, cov: np.ndarray, patterns: _Patterns, total: float) -> tuple[np.ndarray, np.ndarray]:
    """One step: with B = S W the regression on the observed items, W their inverse in place, filled-in rows have the
    mean m + B (y - m) and, beside the spread B C B' of what is observed, the residual covariances S - B S."""
    B = cov @ inverses(cov, patterns.seen)
    away = np.where(patterns.seen, patterns.mean - mean, 0.0)
    shift = np.einsum("mij,mj->mi", B, away)
    new_mean = (patterns.n @ shift) / total
    spread = B @ patterns.cov @ B.transpose(0, 2, 1) + cov - B @ cov
    rest = shift - new_mean
    new = np.einsum("m,mij->ij", patterns.n, spread) + rest.T @ (rest * patterns.n[:, None])
    new /= total
    return mean + new_mean, (new + new.T) / 2


def _patterns(values: np.ndarray) -> _Patterns:
    given = ~np.isnan(values)
    seen, which, n = np.unique(given, axis=0, return_inverse=True, return_counts=True)
    which = which.ravel()
    order = np.argsort(which, kind="stable")
    starts = np.append(0, np.cumsum(n)[:-1])
    filled = np.where(given, values, 0.0)[order]
    mean = np.add.reduceat(filled, starts) / n[:, None]
    away = np.where(given[order], filled - mean[which[order]], 0.0)
    cov = np.zeros((len(n), values.shape[1], values.shape[1]))
    for number in np.flatnonzero(n > 1):
        part = away[starts[number] : starts[number] + n[number]]
        cov[number] = part.T @ part / n[number]
    return _Patterns(n.astype(float), seen, mean, cov)
