"""Mahalanobis distance of each person's answers from those of the panel, whatever is missing."""

from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

LEAST_PAIR = 30  # rows with both items before their covariance is used; below it counts as 0
FLOOR = 0.05  # of the mean eigenvalue: pairwise covariances need not be positive definite
CHUNK = 512  # patterns whose matrices are held at once


class Distance(NamedTuple):
    """Squared distance, its degrees of freedom (items answered), and the upper tail of chi-square. Each (rows,)."""

    d2: np.ndarray
    df: np.ndarray
    p: np.ndarray


def mahalanobis(points: np.ndarray) -> Distance:
    """Squared Mahalanobis distance over the items each row answered (Mahalanobis 1936; Meade & Craig 2012).

    d2 = (x - m)' S^-1 (x - m) over the row's answered items, with means m and covariances S (divisor n - 1) of the rows
    that answered each pair of items; eigenvalues of S below `FLOOR` of their mean are raised to it. With complete data
    and none raised this is the distance of the sample mean and covariance matrix. Raw answers.

    points (rows, items): NaN where there is no answer. p is the chi-square tail at df, NaN where nothing is answered.
    """
    given = ~np.isnan(points)
    mean, cov = pairwise_moments(points)
    away = np.where(given, points - mean, 0.0)
    packed = np.packbits(given, axis=1)
    patterns, which = np.unique(packed, axis=0, return_inverse=True)
    which = which.ravel()
    seen = np.unpackbits(patterns, axis=1, count=points.shape[1]).astype(bool)
    order = np.argsort(which, kind="stable")
    bounds = np.searchsorted(which[order], np.arange(len(seen) + 1))
    d2 = np.empty(len(points))
    for start in range(0, len(seen), CHUNK):
        inverse = inverses(cov, seen[start : start + CHUNK])
        for number, W in enumerate(inverse, start=start):
            rows = order[bounds[number] : bounds[number + 1]]
            d2[rows] = ((away[rows] @ W) * away[rows]).sum(axis=1)
    df = given.sum(axis=1)
    p = np.where(df > 0, chdtrc(np.maximum(df, 1), d2), np.nan)
    return Distance(d2, df, p)


def pairwise_moments(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means (items,) and covariances (items, items) over the rows with both items, made positive definite.

    An item that nobody answered, or all alike, gets the variance 1 and no covariances.
    """
    given = ~np.isnan(points)
    weight = given.astype(float)
    mean = np.where(given, points, 0.0).sum(axis=0) / np.maximum(given.sum(axis=0), 1)
    x = np.where(given, points - mean, 0.0)
    n, sums = weight.T @ weight, x.T @ weight
    cov = (x.T @ x - sums * sums.T / np.maximum(n, 1)) / np.maximum(n - 1, 1)
    apart = (n < LEAST_PAIR) & ~np.eye(len(mean), dtype=bool) & (n < len(points))
    cov[apart] = 0.0
    flat = np.diag(cov) <= 0
    cov[flat] = cov[:, flat] = 0.0
    cov[flat, flat] = 1.0
    sd = np.sqrt(np.diag(cov))
    values, vectors = np.linalg.eigh(cov / np.outer(sd, sd))
    if values[0] < FLOOR * values.mean():
        raised = (vectors * np.maximum(values, FLOOR * values.mean())) @ vectors.T
        # The variances stay those of the items: raising adds to them.
        scale = sd / np.sqrt(np.diag(raised))
        cov = raised * np.outer(scale, scale)
    return mean, cov


def inverses(cov: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Inverse of the part of `cov` (p, p) that each pattern of `seen` (m, p) has, 0 elsewhere. Shape (m, p, p).

    Raises numpy.linalg.LinAlgError where a part is singular.
    """
    both = seen[:, :, None] & seen[:, None, :]
    padded = np.where(both, cov, np.eye(len(cov)))
    return np.asarray(np.where(both, np.linalg.inv(padded), 0.0))
