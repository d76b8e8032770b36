"""The normal-theory likelihood of complete data: discrepancy, gradient, expected information and Hessian.

    F = sum of n_g / N (ln|Sigma| - ln|S| + tr(S Sigma^-1) - p + (m - mu)' Sigma^-1 (m - mu))

over groups, with the sample's covariance S (divisor n) and mean m (Joreskog 1971, eq. 5; Bollen 1989, eq. 4.67). The
expected Hessian of F is twice the information per case. Without a mean structure m and mu are zero.
"""

from typing import NamedTuple

import numpy as np

from scoring.sem.compiled import compiled
from scoring.sem.structure import (
    DIRECTED,
    INTERCEPT,
    SYMMETRIC,
    Entries,
    Moments,
    cholesky,
    entries_of,
    mean_directions,
    moments,
)


class Problem(NamedTuple):
    """Groups of complete data on the same p observed of v variables.

    at: entries of all groups, those of group g from bounds[g] on.   cov (groups, p, p) with divisor n,
    mean (groups, p), log_det (groups,): ln|cov|, share (groups,): n over all cases.
    """

    at: Entries
    bounds: np.ndarray
    n_observed: int
    n_variables: int
    cov: np.ndarray
    mean: np.ndarray
    log_det: np.ndarray
    share: np.ndarray


@compiled
def discrepancy(theta: np.ndarray, problem: Problem) -> float:
    """F at theta (q,), infinite where a Sigma is not positive definite."""
    total = 0.0
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        factor, definite = cholesky(implied.sigma)
        if not definite:
            return np.inf
        inverse = np.linalg.inv(implied.sigma)
        away = problem.mean[g] - implied.mu
        value = 2 * np.log(np.diag(factor)).sum() - problem.log_det[g] - problem.n_observed
        total += problem.share[g] * (value + (inverse * problem.cov[g]).sum() + away @ inverse @ away)
    return total


@compiled
def gradient(theta: np.ndarray, problem: Problem) -> np.ndarray:
    """dF/dtheta, shape (q,): tr((Sigma^-1 - Sigma^-1 C Sigma^-1) dSigma) - 2 dmu' Sigma^-1 (m - mu), C = S + dd'."""
    result = np.zeros(len(theta))
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        inverse = np.linalg.inv(implied.sigma)
        away = problem.mean[g] - implied.mu
        outer = problem.cov[g] + np.outer(away, away)
        h = implied.z.T @ (inverse - inverse @ outer @ inverse) @ implied.z
        slope = -2 * (mean_directions(at, implied) @ (inverse @ away))
        for e in range(len(at.kind)):
            if at.free[e] >= 0:
                if at.kind[e] != INTERCEPT:
                    slope[e] += 2 * at.weight[e] * h[at.left[e], at.right[e]]
                result[at.free[e]] += problem.share[g] * slope[e]
    return result


@compiled
def information(theta: np.ndarray, problem: Problem) -> np.ndarray:
    """Expected information per case, shape (q, q).

    I_jk = tr(Sigma^-1 dSigma_j Sigma^-1 dSigma_k) / 2 + dmu_j' Sigma^-1 dmu_k (Bollen 1989, app. 4B).
    """
    result = np.zeros((len(theta), len(theta)))
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        inverse = np.linalg.inv(implied.sigma)
        p = implied.z.T @ inverse @ implied.z
        of_mu = mean_directions(at, implied)
        table = of_mu @ inverse @ of_mu.T
        for e in range(len(at.kind)):
            if at.free[e] < 0:
                continue
            a, b = at.left[e], at.right[e]
            for f in range(len(at.kind)):
                if at.free[f] < 0:
                    continue
                value = table[e, f]
                if at.kind[e] != INTERCEPT and at.kind[f] != INTERCEPT:
                    c, d = at.left[f], at.right[f]
                    value += at.weight[e] * at.weight[f] * (p[a, c] * p[b, d] + p[a, d] * p[b, c])
                result[at.free[e], at.free[f]] += problem.share[g] * value
    return result


@compiled
def hessian(theta: np.ndarray, problem: Problem) -> np.ndarray:
    """Second derivatives of F, shape (q, q)."""
    result = np.zeros((len(theta), len(theta)))
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        inverse = np.linalg.inv(implied.sigma)
        away = problem.mean[g] - implied.mu
        outer = problem.cov[g] + np.outer(away, away)
        p = implied.z.T @ inverse @ implied.z
        q = implied.z.T @ (inverse @ outer @ inverse) @ implied.z
        h = p - q
        of_mu = mean_directions(at, implied)
        weighted = of_mu @ inverse
        table, along = weighted @ of_mu.T, weighted @ implied.z
        pull = implied.z.T @ (inverse @ away)
        for e in range(len(at.kind)):
            if at.free[e] < 0:
                continue
            a, b, v = at.left[e], at.right[e], at.weight[e]
            for f in range(len(at.kind)):
                if at.free[f] < 0:
                    continue
                c, d, w = at.left[f], at.right[f], at.weight[f]
                value = 2 * table[e, f]
                if at.kind[f] != INTERCEPT:
                    value += 2 * w * (along[e, c] * pull[d] + along[e, d] * pull[c])
                if at.kind[e] != INTERCEPT:
                    value += 2 * v * (along[f, a] * pull[b] + along[f, b] * pull[a])
                if at.kind[e] != INTERCEPT and at.kind[f] != INTERCEPT:
                    twice = q[a, d] * p[b, c] + q[b, d] * p[a, c] + q[a, c] * p[b, d] + q[b, c] * p[a, d]
                    value += 2 * v * w * (twice - p[a, c] * p[b, d] - p[a, d] * p[b, c])
                value += _curvature(at, e, f, implied, h, pull)
                result[at.free[e], at.free[f]] += problem.share[g] * value
    return result


@compiled
def _curvature(at: Entries, e: int, f: int, implied: Moments, h: np.ndarray, pull: np.ndarray) -> float:
    """tr(G d2Sigma) - 2 d2mu' Sigma^-1 (m - mu) of two entries, G = dF/dSigma; zero unless one is a directed effect."""
    if at.kind[e] != DIRECTED:
        return 0.0 if at.kind[f] != DIRECTED else _curvature_of_effect(at, f, e, implied, h, pull)
    return _curvature_of_effect(at, e, f, implied, h, pull)


@compiled
def _curvature_of_effect(at: Entries, e: int, f: int, implied: Moments, h: np.ndarray, pull: np.ndarray) -> float:
    to, source, row, col = at.row[e], at.col[e], at.row[f], at.col[f]
    total, n = implied.total, len(implied.mean)
    if at.kind[f] == DIRECTED:
        of_sigma = total[col, to] * h[row, n + source] + total[source, row] * h[to, n + col]
        of_sigma += implied.covariance[col, source] * h[to, row]
        of_mu = total[col, to] * implied.mean[source] * pull[row] + total[source, row] * implied.mean[col] * pull[to]
        return 2 * (of_sigma - of_mu)
    if at.kind[f] == SYMMETRIC:
        product = total[source, col] * h[to, row] + total[source, row] * h[to, col]
        return product if row == col else 2 * product
    return -2 * total[source, row] * pull[to]
