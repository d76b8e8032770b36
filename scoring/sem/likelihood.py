"""The normal-theory likelihood: discrepancy, gradient, expected information and Hessian.

    F = sum of n_g / N (ln|Sigma| - ln|S| + tr(S Sigma^-1) - p + (m - mu)' Sigma^-1 (m - mu))

over groups, with the sample's covariance S (divisor n) and mean m (Joreskog 1971, eq. 5; Bollen 1989, eq. 4.67). The
expected Hessian of F is twice the information per case. Without a mean structure m and mu are zero. With missing values
every pattern of observed variables is a block of its own, with their part of Sigma and mu, and the saturated model's
value stands for ln|S| + p (Arbuckle 1996).
"""

from typing import NamedTuple

import numpy as np

from scoring.sem.compiled import compiled
from scoring.sem.fiml.patterns import COMPLETE, Patterns
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
    """Groups of data on the same p observed of v variables.

    at: entries of all groups, those of group g from bounds[g] on.   cov (groups, p, p) with divisor n,
    mean (groups, p), log_det (groups,): ln|cov|, share (groups,): n over all cases.
    patterns: none where the data are complete; with missing values cov and mean are the saturated model's, and
    log_det + p its discrepancy's value.
    """

    at: Entries
    bounds: np.ndarray
    n_observed: int
    n_variables: int
    cov: np.ndarray
    mean: np.ndarray
    log_det: np.ndarray
    share: np.ndarray
    patterns: Patterns = COMPLETE

    @property
    def incomplete(self) -> bool:
        """Whether values are missing."""
        return len(self.patterns.size) > 0


class Block(NamedTuple):
    """Cases of a group with the same variables observed, under given moments; zero where a variable is not observed.

    share of all cases; inverse W (p, p) of their part of Sigma; bent (p, p): W (S + dd') W; pull (p,): W d, d = m - mu.
    value: ln|Sigma| + tr(W (S + dd')).   definite: whether their part of Sigma is.
    """

    share: float
    inverse: np.ndarray
    bent: np.ndarray
    pull: np.ndarray
    value: float
    definite: bool


@compiled
def block_range(problem: Problem, group: int) -> tuple[int, int]:
    """First and last + 1 of a group's blocks; one where the data are complete."""
    if len(problem.patterns.size) == 0:
        return group, group + 1
    return problem.patterns.bounds[group], problem.patterns.bounds[group + 1]


@compiled
def block(sigma: np.ndarray, mu: np.ndarray, problem: Problem, number: int) -> Block:
    """Block of that number under sigma (p, p) and mu (p,) of its group."""
    if len(problem.patterns.size) == 0:
        away = problem.mean[number] - mu
        return _block(sigma, away, problem.cov[number], problem.share[number])
    p, size = len(mu), problem.patterns.size[number]
    share, mean = problem.patterns.share[number], problem.patterns.mean[number]
    if size == p:
        return _block(sigma, mean - mu, problem.patterns.cov[number], share)
    seen = problem.patterns.seen[number, :size]
    part = np.empty((size, size))
    away = np.empty(size)
    for i in range(size):
        away[i] = mean[i] - mu[seen[i]]
        for j in range(size):
            part[i, j] = sigma[seen[i], seen[j]]
    cov = problem.patterns.cov[number, :size, :size].copy()
    found = _block(part, away, cov, share)
    inverse, bent, pull = np.zeros((p, p)), np.zeros((p, p)), np.zeros(p)
    for i in range(size):
        pull[seen[i]] = found.pull[i]
        for j in range(size):
            inverse[seen[i], seen[j]] = found.inverse[i, j]
            bent[seen[i], seen[j]] = found.bent[i, j]
    return Block(share, inverse, bent, pull, found.value, found.definite)


@compiled
def _block(sigma: np.ndarray, away: np.ndarray, cov: np.ndarray, share: float) -> Block:
    factor, definite = cholesky(sigma)
    if not definite:
        return Block(share, factor, factor, away, np.inf, False)
    inverse = np.linalg.inv(sigma).T  # symmetric; the transpose of what LAPACK gives lies by rows
    outer, value = np.empty(sigma.shape), 0.0
    # Loops rather than array expressions, each of which takes a second to compile.
    for i in range(len(away)):
        value += 2 * np.log(factor[i, i])
        for j in range(len(away)):
            outer[i, j] = cov[i, j] + away[i] * away[j]
            value += inverse[i, j] * outer[i, j]
    return Block(share, inverse, inverse @ outer @ inverse, inverse @ away, value, True)


@compiled
def moment_slopes(
    sigma: np.ndarray, mu: np.ndarray, problem: Problem, group: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """A group's part of F before the saturated model's is taken off, and its slopes for sigma and, times -1/2, for mu.

    Shapes (p, p) and (p,). The value is infinite where sigma is not positive definite.
    """
    value, of_sigma, of_mu = 0.0, np.zeros(sigma.shape), np.zeros(len(mu))
    first, last = block_range(problem, group)
    for number in range(first, last):
        one = block(sigma, mu, problem, number)
        if not one.definite:
            return np.inf, of_sigma, of_mu
        value += one.share * one.value
        _add_slopes(one, of_sigma, of_mu)
    return value, of_sigma, of_mu


@compiled
def _add_slopes(one: Block, of_sigma: np.ndarray, of_mu: np.ndarray) -> None:
    """Add a block's share of the slopes."""
    for i in range(len(of_mu)):
        of_mu[i] += one.share * one.pull[i]
        for j in range(len(of_mu)):
            of_sigma[i, j] += one.share * (one.inverse[i, j] - one.bent[i, j])


@compiled
def _add_inverse(one: Block, weighted: np.ndarray) -> None:
    """Add a block's share of W."""
    for i in range(len(weighted)):
        for j in range(len(weighted)):
            weighted[i, j] += one.share * one.inverse[i, j]


@compiled
def discrepancy(theta: np.ndarray, problem: Problem) -> float:
    """F at theta (q,), infinite where a Sigma is not positive definite."""
    total = 0.0
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        value = moment_slopes(implied.sigma, implied.mu, problem, g)[0]
        total += value - problem.share[g] * (problem.log_det[g] + problem.n_observed)
    return total


@compiled
def gradient(theta: np.ndarray, problem: Problem) -> np.ndarray:
    """dF/dtheta, shape (q,): tr((Sigma^-1 - Sigma^-1 C Sigma^-1) dSigma) - 2 dmu' Sigma^-1 (m - mu), C = S + dd'."""
    result = np.zeros(len(theta))
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        _, of_sigma, of_mu = moment_slopes(implied.sigma, implied.mu, problem, g)
        h = implied.z.T @ of_sigma @ implied.z
        slope = -2 * (mean_directions(at, implied) @ of_mu)
        for e in range(len(at.kind)):
            if at.free[e] >= 0:
                if at.kind[e] != INTERCEPT:
                    slope[e] += 2 * at.weight[e] * h[at.left[e], at.right[e]]
                result[at.free[e]] += slope[e]
    return result


@compiled
def information(theta: np.ndarray, problem: Problem) -> np.ndarray:
    """Expected information per case, shape (q, q); with missing values expected as if they were missing at random.

    I_jk = tr(Sigma^-1 dSigma_j Sigma^-1 dSigma_k) / 2 + dmu_j' Sigma^-1 dmu_k (Bollen 1989, app. 4B).
    """
    result = np.zeros((len(theta), len(theta)))
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        of_mu = mean_directions(at, implied)
        free = np.flatnonzero(at.free >= 0)
        weighted = np.zeros(implied.sigma.shape)
        table = np.zeros((len(at.kind), len(at.kind)))
        first, last = block_range(problem, g)
        for number in range(first, last):
            one = block(implied.sigma, implied.mu, problem, number)
            _add_inverse(one, weighted)
            p = implied.z.T @ one.inverse @ implied.z
            for k in range(len(free)):
                e = free[k]
                if at.kind[e] == INTERCEPT:
                    continue
                a, b, v = at.left[e], at.right[e], one.share * at.weight[e]
                for f in free[: k + 1]:
                    if at.kind[f] != INTERCEPT:
                        c, d = at.left[f], at.right[f]
                        table[e, f] += v * at.weight[f] * (p[a, c] * p[b, d] + p[a, d] * p[b, c])
        _add(table, of_mu @ weighted @ of_mu.T, 1.0, at, result)
    return result


@compiled
def _add(lower: np.ndarray, whole: np.ndarray, times: float, at: Entries, result: np.ndarray) -> None:
    """Add lower, known below its diagonal, and times whole to the places of the entries' parameters."""
    free = np.flatnonzero(at.free >= 0)
    for k in range(len(free)):
        e = free[k]
        for f in free[: k + 1]:
            value = lower[e, f] + times * whole[e, f]
            result[at.free[e], at.free[f]] += value
            if e != f:
                result[at.free[f], at.free[e]] += value


@compiled
def hessian(theta: np.ndarray, problem: Problem) -> np.ndarray:
    """Second derivatives of F, shape (q, q)."""
    result = np.zeros((len(theta), len(theta)))
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        of_mu = mean_directions(at, implied)
        weighted = np.zeros(implied.sigma.shape)
        of_sigma = np.zeros(implied.sigma.shape)
        pull = np.zeros(len(implied.mu))
        table = np.zeros((len(at.kind), len(at.kind)))
        first, last = block_range(problem, g)
        for number in range(first, last):
            one = block(implied.sigma, implied.mu, problem, number)
            _add_inverse(one, weighted)
            _add_slopes(one, of_sigma, pull)
            _add_products(table, at, implied, of_mu, one)
        h, pull = implied.z.T @ of_sigma @ implied.z, implied.z.T @ pull
        for e in range(len(at.kind)):
            for f in range(e + 1):
                table[e, f] += _curvature(at, e, f, implied, h, pull)
        _add(table, of_mu @ weighted @ of_mu.T, 2.0, at, result)
    return result


@compiled
def _add_products(table: np.ndarray, at: Entries, implied: Moments, of_mu: np.ndarray, one: Block) -> None:
    """Add a block's part of the Hessian that holds first derivatives of Sigma, for pairs of entries e >= f."""
    p = implied.z.T @ one.inverse @ implied.z
    q = implied.z.T @ one.bent @ implied.z
    along, pull = of_mu @ one.inverse @ implied.z, implied.z.T @ one.pull
    free = np.flatnonzero(at.free >= 0)
    for k in range(len(free)):
        e = free[k]
        a, b, v = at.left[e], at.right[e], at.weight[e]
        for f in free[: k + 1]:
            c, d, w = at.left[f], at.right[f], at.weight[f]
            value = 0.0
            if at.kind[f] != INTERCEPT:
                value += 2 * w * (along[e, c] * pull[d] + along[e, d] * pull[c])
            if at.kind[e] != INTERCEPT:
                value += 2 * v * (along[f, a] * pull[b] + along[f, b] * pull[a])
            if at.kind[e] != INTERCEPT and at.kind[f] != INTERCEPT:
                twice = q[a, d] * p[b, c] + q[b, d] * p[a, c] + q[a, c] * p[b, d] + q[b, c] * p[a, d]
                value += 2 * v * w * (twice - p[a, c] * p[b, d] - p[a, d] * p[b, c])
            table[e, f] += one.share * value


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
