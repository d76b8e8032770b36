"""What holds without normality: sandwich standard errors and scaled tests, for independent cases or for clusters.

Only case scores and quadratic forms are needed, never the p(p+1)/2 square matrix of fourth moments.
"""

from typing import NamedTuple

import numpy as np

from scoring.sem.likelihood import Problem
from scoring.sem.structure import INTERCEPT, Entries, Moments, entries_of, mean_directions, moments


class Cases(NamedTuple):
    """Observations of all groups. values: (n, p) per group; weights: (n,); clusters: (n,) codes or None."""

    values: tuple[np.ndarray, ...]
    weights: tuple[np.ndarray, ...]
    clusters: tuple[np.ndarray, ...] | None


def case_scores(theta: np.ndarray, problem: Problem, group: int, values: np.ndarray) -> np.ndarray:
    """Derivative of each case's log-likelihood. Shape (n, q).

    tr(Sigma^-1 dSigma Sigma^-1 (y y' - Sigma)) / 2 + dmu' Sigma^-1 y with y = x - mu (Yuan & Bentler 2000, eq. 9).
    """
    at, implied = _state(theta, problem, group)
    inverse = np.linalg.inv(implied.sigma)
    away = (values - implied.mu) @ inverse
    along = away @ implied.z
    expected = implied.z.T @ inverse @ implied.z
    of_mu = away @ mean_directions(at, implied).T
    scores = np.zeros((len(values), len(theta)))
    for e in np.flatnonzero(at.free >= 0):
        value = of_mu[:, e]
        if at.kind[e] != INTERCEPT:
            a, b = at.left[e], at.right[e]
            value = value + at.weight[e] * (along[:, a] * along[:, b] - expected[a, b])
        scores[:, at.free[e]] += value
    return scores


def meat(theta: np.ndarray, problem: Problem, cases: Cases, *, centred: bool = False) -> np.ndarray:
    """Mean outer product of the case scores, summed within clusters first where there are any. Shape (q, q).

    With clusters times J / (J - 1) (Mplus's TYPE=COMPLEX; Muthen & Satorra 1995). centred: around each group's mean
    score, as the fourth moments around the sample's own covariance give it.
    """
    parts = []
    for g, (values, weights) in enumerate(zip(cases.values, cases.weights, strict=True)):
        scores = case_scores(theta, problem, g, values)
        if centred:
            scores -= np.average(scores, axis=0, weights=weights)
        parts.append(scores * (np.sqrt(weights) if cases.clusters is None else weights)[:, None])
    total = sum(float(weights.sum()) for weights in cases.weights)
    rows = np.concatenate(parts)
    if cases.clusters is None:
        return rows.T @ rows / total
    sums, factor = sum_clusters(rows, np.concatenate(cases.clusters))
    return factor * sums.T @ sums / total


def sum_clusters(rows: np.ndarray, cluster: np.ndarray) -> tuple[np.ndarray, float]:
    """Rows summed within clusters, shape (clusters, columns), and J / (J - 1)."""
    code, of_row = np.unique(cluster, return_inverse=True)
    sums = np.zeros((len(code), rows.shape[1]))
    np.add.at(sums, of_row, rows)
    return sums, len(code) / (len(code) - 1)


def saturated_trace(problem: Problem, cases: Cases, *, means: bool) -> float:
    """tr(B1 A1^-1) of the saturated model: mean of the cases' (or clusters') score forms in its own information.

    For one case (y' S^-1 y)^2 / 2 - y' S^-1 y + p / 2 for the covariances and, with means, y' S^-1 y for those.
    """
    total = sum(float(weights.sum()) for weights in cases.weights)
    if cases.clusters is not None:
        return _saturated_trace_of_clusters(problem, cases, total, means)
    value = 0.0
    for g, (values, weights) in enumerate(zip(cases.values, cases.weights, strict=True)):
        distance = _distance(values - problem.mean[g], problem.cov[g])
        value += weights @ (distance**2 / 2 + problem.n_observed / 2 - (0 if means else distance))
    return float(value / total)


def _saturated_trace_of_clusters(problem: Problem, cases: Cases, total: float, means: bool) -> float:
    assert cases.clusters is not None
    rows, codes = [], []
    p = problem.n_observed
    for g, (values, weights, cluster) in enumerate(zip(cases.values, cases.weights, cases.clusters, strict=True)):
        # In coordinates where S is the identity the information of the saturated model is diagonal.
        y = np.linalg.solve(np.linalg.cholesky(problem.cov[g]), (values - problem.mean[g]).T).T
        i, j = np.tril_indices(p)
        products = y[:, i] * y[:, j] - (i == j)
        products[:, i == j] /= np.sqrt(2)
        own = np.hstack([y, products]) if means else products
        scores = np.zeros((len(y), len(problem.share) * own.shape[1]))
        scores[:, g * own.shape[1] : (g + 1) * own.shape[1]] = own * weights[:, None]
        rows.append(scores)
        codes.append(cluster)
    sums, factor = sum_clusters(np.concatenate(rows), np.concatenate(codes))
    return float(factor * (sums**2).sum() / total)


def structured_trace(theta: np.ndarray, problem: Problem, cases: Cases, *, means: bool) -> float:
    """tr(V Gamma) with the normal-theory weight V at the model's Sigma (Satorra & Bentler 1994)."""
    value = 0.0
    total = sum(float(weights.sum()) for weights in cases.weights)
    for g, (values, weights) in enumerate(zip(cases.values, cases.weights, strict=True)):
        _, implied = _state(theta, problem, g)
        distance = _distance(values - problem.mean[g], implied.sigma)
        ratio = np.linalg.solve(implied.sigma, problem.cov[g])
        value += weights @ distance**2 / 2 - weights.sum() * np.trace(ratio @ ratio) / 2
        value += weights.sum() * np.trace(ratio) if means else 0.0
    return float(value / total)


def _distance(away: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """Squared Mahalanobis distance of each row. Shape (n,)."""
    return (np.linalg.solve(np.linalg.cholesky(cov), away.T) ** 2).sum(axis=0)


def _state(theta: np.ndarray, problem: Problem, group: int) -> tuple[Entries, Moments]:
    at = entries_of(problem.at, problem.bounds[group], problem.bounds[group + 1])
    return at, moments(theta, at, problem.n_observed, problem.n_variables)
