"""The whole weight matrix of least squares: the inverse of the moments' covariance matrix (Browne 1984)."""

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky

from scoring.sem.sample import SINGULAR, DataError, group_name


def check_rows(n: float, n_moments: int, label: str) -> None:
    """Raise DataError where a group of n rows cannot tell the covariance matrix of its moments."""
    if n <= n_moments:
        raise DataError(
            f"estimator='WLS' weights {n_moments} moments by the inverse of their covariance matrix, and {n:g} rows"
            f"{group_name(label)} do not tell it: more rows than moments are needed, and many more are better. Take "
            "estimator='WLSMV', which needs the variances only."
        )


def inverse(gamma: np.ndarray, label: str) -> np.ndarray:
    """Inverse of gamma (m, m), n times the covariance matrix of a group's moments.

    Raises DataError where it is singular, as with variables of two values only, whose squares follow from themselves.
    """
    scale = np.sqrt(np.diag(gamma))
    usable = bool((scale > 0).all())
    if usable:
        correlation = gamma / np.outer(scale, scale)
        usable = bool(np.linalg.eigvalsh(correlation)[0] > SINGULAR)
    if usable:
        try:
            unit = cho_solve((cholesky(correlation, lower=True), True), np.eye(len(gamma)))
        except LinAlgError:
            usable = False
    if not usable:
        raise DataError(
            f"The covariance matrix of the sample's moments is singular{group_name(label)}, and estimator='WLS' "
            "weights by its inverse. Take estimator='WLSMV', which needs the variances only."
        )
    return np.asarray((unit + unit.T) / 2 / np.outer(scale, scale))
