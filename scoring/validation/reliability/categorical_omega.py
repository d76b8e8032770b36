"""Reliability of the sum of ordinal answers as they are scored: the nonlinear omega of Green and Yang."""

from collections.abc import Sequence

import numpy as np

from scoring.sem.ordinal.bivariate_normal import bivariate_normal_cdf


def green_yang_omega(
    loadings: np.ndarray,
    thresholds: Sequence[np.ndarray],
    *,
    R: np.ndarray | None = None,
    gaps: Sequence[np.ndarray] | None = None,
) -> float:
    """Share of the variance of the sum of p ordinal answers that their common factor accounts for.

    loadings (p,): completely standardised, of one factor behind the latent responses.   thresholds: (C_j - 1,) of each
    item, in standard deviations of its latent response.   R (p, p): polychoric correlations, for the variance of the
    sum; None takes those that the model implies.   gaps: differences of neighbouring categories' scores, (C_j - 1,) of
    each item; None is 1 throughout.   Source: Green & Yang (2009, Psychometrika 74, eq. 21); R in the denominator as
    Kelley & Pornprasertmanit (2016, Psychological Methods 21). Loadings beyond 1 give NaN.
    """
    common = np.outer(loadings, loadings)
    if not np.abs(common).max() <= 1:
        return np.nan
    whole = common.copy() if R is None else R.copy()
    np.fill_diagonal(whole, 1.0)
    true = ordinal_covariances(common, thresholds, gaps=gaps)
    return float(true.sum() / ordinal_covariances(whole, thresholds, gaps=gaps).sum())


def ordinal_covariances(
    rho: np.ndarray, thresholds: Sequence[np.ndarray], *, gaps: Sequence[np.ndarray] | None = None
) -> np.ndarray:
    """Covariances (p, p) of p scored answers, by correlations rho (p, p) of their latent responses.

    The diagonal takes two answers with the same thresholds: those of parallel items where rho is below 1, the variance
    where it is 1. A covariance is the sum over all pairs of thresholds of P(both above) less its value without
    correlation, each times the gaps there.
    """
    counts = np.array([len(one) for one in thresholds])
    at = np.concatenate(thresholds)
    size = np.ones(len(at)) if gaps is None else np.concatenate(gaps)
    item = np.repeat(np.arange(len(counts)), counts)
    i, j = np.tril_indices(len(at))
    # P(X > h, Y > k) - P(X > h) P(Y > k) is the same for the quadrant below: they differ by margins only.
    joint = bivariate_normal_cdf(at[i], at[j], rho[item[i], item[j]])
    apart = bivariate_normal_cdf(at[i], at[j], 0.0)
    cells = np.zeros((len(at), len(at)))
    cells[i, j] = cells[j, i] = (joint - apart) * size[i] * size[j]
    edges = np.append(0, np.cumsum(counts)[:-1])
    return np.asarray(np.add.reduceat(np.add.reduceat(cells, edges, axis=0), edges, axis=1))
