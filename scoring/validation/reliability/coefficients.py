"""Reliability from covariances or from the parameters of a factor model: each coefficient under its own name.

Arrays may lead with any number of dimensions, as draws: covariances (..., p, p), loadings and residuals (..., p). All
are without unit; none is clipped: a negative alpha, or an omega above 1 from an improper solution, is reported as such.
"""

import numpy as np


def cronbach_alpha(cov: np.ndarray) -> np.ndarray:
    """p / (p - 1) (1 - sum of the items' variances / variance of their sum), from covariances (..., p, p).

    Of a correlation matrix it is standardised alpha, of a polychoric one ordinal alpha. Source: Cronbach (1951,
    Psychometrika 16, eq. 2); Zumbo, Gadermann & Zeisser (2007, J. Modern Applied Statistical Methods 6). It equals
    reliability only where the items have equal loadings and uncorrelated residuals.
    """
    p = cov.shape[-1]
    own = np.trace(cov, axis1=-2, axis2=-1)
    return np.asarray(p / (p - 1) * (1 - own / cov.sum(axis=(-2, -1))))


def spearman_brown(r: np.ndarray | float) -> np.ndarray:
    """2 r / (1 + r): reliability of two items from their correlation r.

    Source: Spearman (1910), Brown (1910); Eisinga, Te Grotenhuis & Pelzer (2013, Int. J. Public Health 58), who take it
    for two items in place of alpha and of omega, whose model two items do not identify.
    """
    r = np.asarray(r, dtype=float)
    return np.asarray(2 * r / (1 + r))


def omega(loadings: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """Share of the variance of the items' sum that one factor of variance 1 accounts for.

    (sum of loadings)^2 / sum of all covariances: loadings (..., p), cov (..., p, p), the observed one, so that a model
    which leaves something between the items does not move the denominator. Source: McDonald (1999, Test theory, eq.
    6.21) with the observed variance of the sum, as Kelley & Pornprasertmanit (2016, Psychological Methods 21) advise.
    With standardised loadings of ordinal answers and their polychoric correlations it is the reliability of the sum of
    the latent responses, which nobody observes.
    """
    return np.asarray(loadings.sum(axis=-1) ** 2 / cov.sum(axis=(-2, -1)))


def omega_implied(loadings: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """The same with the variance that the model implies: (sum of loadings)^2 + sum of residual variances.

    loadings, residuals (..., p). Source: McDonald (1999, eq. 6.20b). With completely standardised values it is the
    composite reliability of Fornell & Larcker (1981, J. Marketing Research 18, eq. 10).
    """
    common = loadings.sum(axis=-1) ** 2
    return np.asarray(common / (common + residuals.sum(axis=-1)))


def average_variance_extracted(standardised: np.ndarray) -> np.ndarray:
    """Mean squared standardised loading, (..., p). Source: Fornell & Larcker (1981, eq. 11)."""
    return np.asarray((standardised**2).mean(axis=-1))


def weighted_variance_extracted(loadings: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """The same with every item weighted by its variance: sum of squared loadings over the sum of variances."""
    common = (loadings**2).sum(axis=-1)
    return np.asarray(common / (common + residuals.sum(axis=-1)))


def omega_of_bifactor(general: np.ndarray, groups: np.ndarray, cov: np.ndarray) -> tuple[float, float]:
    """Omega hierarchical and omega total of p items.

    general (p,): loadings on the factor of all items.   groups (p, m): on those of some.   cov (p, p): observed.
    Share of the sum's variance due to the general factor, and to all factors, which is what the items' own variances
    leave. Source: Zinbarg, Revelle, Yovel & Li (2005, Psychometrika 70, eq. 4, 6).
    """
    own = np.diag(cov) - general**2 - (groups**2).sum(axis=1)
    return float(general.sum() ** 2 / cov.sum()), float(1 - own.sum() / cov.sum())


def schmid_leiman(pattern: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """General loadings (p,) and group loadings (p, m) of m correlated factors under one of second order.

    pattern (p, m): loadings on the correlated factors.   second (m,): standardised loadings of these on the general
    one. Source: Schmid & Leiman (1957, Psychometrika 22).
    """
    return pattern @ second, pattern * np.sqrt(np.maximum(1 - second**2, 0.0))
