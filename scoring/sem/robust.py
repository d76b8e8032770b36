"""What holds without normality: sandwich standard errors and scaled tests, for independent cases or for clusters.

Only case scores and quadratic forms are needed, never the p(p+1)/2 square matrix of fourth moments.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from scoring.sem.clusters import finite_sample_scale
from scoring.sem.fiml.scores import incomplete_scores
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
    if problem.incomplete:
        return np.asarray(incomplete_scores(theta, problem, group, values))
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


def meat(theta: np.ndarray, problem: Problem, cases: Cases) -> np.ndarray:
    """Mean outer product of the case scores, summed within clusters first where there are any. Shape (q, q).

    With clusters times J / (J - 1) (Mplus's TYPE=COMPLEX; Muthen & Satorra 1995), see `finite_sample_scale`.
    """
    parts = []
    for g, (values, weights) in enumerate(zip(cases.values, cases.weights, strict=True)):
        scores = case_scores(theta, problem, g, values)
        parts.append(scores * (np.sqrt(weights) if cases.clusters is None else weights)[:, None])
    total = sum(float(weights.sum()) for weights in cases.weights)
    rows = np.concatenate(parts)
    if cases.clusters is None:
        return rows.T @ rows / total
    sums = sum_clusters(rows, cases.clusters)
    return sums.T @ sums / total


def centred_meat(theta: np.ndarray, problem: Problem, cases: Cases, covariates: np.ndarray) -> np.ndarray:
    """Delta' V Gamma V Delta with Gamma of the sample's moments around themselves, given the covariates. Shape (q, q).

    (Satorra & Bentler 1994; Satorra 1992 for fixed covariates.)
    """
    total = sum(float(weights.sum()) for weights in cases.weights)
    result = np.zeros((len(theta), len(theta)))
    for g, weights in enumerate(cases.weights):
        scores = centred_scores(theta, problem, cases, g, covariates)
        result += (scores * weights[:, None]).T @ scores
    return result / total


def centred_scores(theta: np.ndarray, problem: Problem, cases: Cases, group: int, covariates: np.ndarray) -> np.ndarray:
    """Delta' V of each case's moments around their mean. Shape (n, q).

    A case's moments are those of y around the sample's mean less their expectation given the covariates, which the
    regression on them has.
    """
    _, implied = _state(theta, problem, group)
    away = cases.values[group] - problem.mean[group]
    scores = case_scores(theta, problem, group, away + implied.mu)
    scores -= case_scores(theta, problem, group, expected(away, problem.cov[group], covariates) + implied.mu)
    return scores - np.average(scores, axis=0, weights=cases.weights[group])


def expected(away: np.ndarray, cov: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    """Values that the regression on the covariates expects; zero without covariates. Shape (n, p)."""
    if not len(covariates):
        return np.zeros_like(away)
    return away[:, covariates] @ _slopes(cov, covariates)


def explained(cov: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    """Covariance matrix of those values. Shape (p, p)."""
    return np.asarray(cov[:, covariates] @ _slopes(cov, covariates))


def _slopes(cov: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    return np.linalg.solve(cov[np.ix_(covariates, covariates)], cov[covariates])


def sum_clusters(rows: np.ndarray, clusters: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of all groups summed within clusters, times sqrt(J / (J - 1)). Shape (clusters, columns).

    clusters: codes (n,) of each group's rows.
    """
    scale = finite_sample_scale(clusters)
    sums = np.zeros((len(scale), rows.shape[1]))
    np.add.at(sums, np.concatenate(clusters), rows)
    return sums * scale[:, None]


def saturated_trace(problem: Problem, cases: Cases, *, means: bool, covariates: np.ndarray) -> float:
    """tr(B1 A1^-1) of the saturated model: mean of the cases' (or clusters') score forms in its own information.

    In the coordinates of `_coordinates` that information is diagonal; one case adds d^2 / 2 - d + m / 2 for the m
    residual variances and covariances, and d (z'z + 1) for slopes and intercepts, with d = r'r. covariates: positions
    of the variables whose moments are given.
    """
    if cases.clusters is not None:
        return _saturated_trace_of_clusters(problem, cases, means, covariates)
    value = 0.0
    for g, (values, weights) in enumerate(zip(cases.values, cases.weights, strict=True)):
        r, z = _coordinates(values - problem.mean[g], problem.cov[g], covariates)
        d = (r**2).sum(axis=1)
        forms = d**2 / 2 - d + r.shape[1] / 2 + d * ((z**2).sum(axis=1) + means)
        value += np.average(forms, weights=weights)
    return float(value)


def _saturated_trace_of_clusters(problem: Problem, cases: Cases, means: bool, covariates: np.ndarray) -> float:
    assert cases.clusters is not None
    rows = []
    total = sum(float(weights.sum()) for weights in cases.weights)
    for g, (values, weights) in enumerate(zip(cases.values, cases.weights, strict=True)):
        r, z = _coordinates(values - problem.mean[g], problem.cov[g], covariates)
        i, j = np.tril_indices(r.shape[1])
        products = r[:, i] * r[:, j] - (i == j)
        products[:, i == j] /= np.sqrt(2)
        slopes = (r[:, :, None] * z[:, None, :]).reshape(len(r), -1)
        own = np.hstack([products, slopes, r] if means else [products, slopes])
        scores = np.zeros((len(own), len(problem.share) * own.shape[1]))
        scores[:, g * own.shape[1] : (g + 1) * own.shape[1]] = own * (weights / np.sqrt(problem.share[g]))[:, None]
        rows.append(scores)
    return float((sum_clusters(np.concatenate(rows), cases.clusters) ** 2).sum() / total)


def structured_trace(
    theta: np.ndarray, problem: Problem, cases: Cases, *, means: bool, covariates: np.ndarray
) -> float:
    """tr(V Gamma) with the normal-theory weight V at the model's Sigma and Gamma as `centred_meat` has it."""
    value = 0.0
    for g, (values, weights) in enumerate(zip(cases.values, cases.weights, strict=True)):
        _, implied = _state(theta, problem, g)
        away, share = values - problem.mean[g], weights / weights.sum()
        r, z = _coordinates(away, implied.sigma, covariates)
        e, _ = _coordinates(expected(away, problem.cov[g], covariates), implied.sigma, covariates)
        residual = r - e
        # |r r' - e e'|^2, less the square of its mean.
        squares = (r**2).sum(axis=1) ** 2 - 2 * (r * e).sum(axis=1) ** 2 + (e**2).sum(axis=1) ** 2
        average = (r * share[:, None]).T @ r - (e * share[:, None]).T @ e
        value += share @ squares / 2 - (average**2).sum() / 2
        value += share @ ((residual**2).sum(axis=1) * ((z**2).sum(axis=1) + means))
    return float(value)


def weighted_rows(
    theta: np.ndarray, problem: Problem, cases: Cases, group: int, *, means: bool, covariates: np.ndarray
) -> np.ndarray:
    """V^(1/2) of each case's moments around their mean, as `centred_scores` has them. Shape (n, moments).

    V is the normal-theory weight at the model's Sigma, which is the identity in the coordinates of `_coordinates`.
    """
    _, implied = _state(theta, problem, group)
    away, weights = cases.values[group] - problem.mean[group], cases.weights[group]
    r, z = _coordinates(away, implied.sigma, covariates)
    e, _ = _coordinates(expected(away, problem.cov[group], covariates), implied.sigma, covariates)
    i, j = np.tril_indices(r.shape[1])
    products = r[:, i] * r[:, j] - e[:, i] * e[:, j]
    products[:, i == j] /= np.sqrt(2)
    products -= np.average(products, axis=0, weights=weights)
    slopes = ((r - e)[:, :, None] * z[:, None, :]).reshape(len(r), -1)
    return np.hstack([products, slopes, r - e] if means else [products, slopes])


def _coordinates(away: np.ndarray, cov: np.ndarray, covariates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows where the covariance is the identity: residuals r given the covariates (n, p - k), covariates z (n, k)."""
    inner = np.setdiff1d(np.arange(len(cov)), covariates)
    order = np.concatenate([covariates, inner])
    # The Cholesky factor with the covariates first holds the regression on them and the residual covariance's factor.
    rows = np.linalg.solve(np.linalg.cholesky(cov[np.ix_(order, order)]), away[:, order].T).T
    return rows[:, len(covariates) :], rows[:, : len(covariates)]


def _state(theta: np.ndarray, problem: Problem, group: int) -> tuple[Entries, Moments]:
    at = entries_of(problem.at, problem.bounds[group], problem.bounds[group + 1])
    return at, moments(theta, at, problem.n_observed, problem.n_variables)
