"""The normal-theory likelihood: discrepancy, gradient, expected information and Hessian.

    F = sum of n_g / N (ln|Sigma| - ln|S| + tr(S Sigma^-1) - p + (m - mu)' Sigma^-1 (m - mu))

over groups, with the sample's covariance S (divisor n) and mean m (Joreskog 1971, eq. 5; Bollen 1989, eq. 4.67). The
expected Hessian of F is twice the information per case. Without a mean structure m and mu are zero. With missing values
every pattern of observed variables is a block of its own, with their part of Sigma and mu, and the saturated model's
value stands for ln|S| + p (Arbuckle 1996).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from scoring.sem.compiled import compiled, inner
from scoring.sem.fiml.patterns import COMPLETE, Patterns
from scoring.sem.structure import (
    DIRECTED,
    INTERCEPT,
    SYMMETRIC,
    Entries,
    Moments,
    cholesky,
    cholesky_inverse,
    entries_of,
    mean_directions,
    moments,
    multiply,
    transposed,
)

# How far `derivatives` goes. Numbers of NumPy's own, because Numba compiles a function anew for each literal.
VALUE, SLOPE, EXPECTED, OBSERVED = (np.int64(order) for order in range(4))
AT_ONCE = 256  # blocks whose matrices are held at once


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


class Blocks(NamedTuple):
    """The same of several blocks, which come first: share (m,), inverse and bent (m, p, p), pull (m, p), value (m,).

    value: infinite where a block is not definite.
    """

    share: np.ndarray
    inverse: np.ndarray
    bent: np.ndarray
    pull: np.ndarray
    value: np.ndarray


@inner
def discrepancy(theta: np.ndarray, problem: Problem) -> float:
    """F at theta (q,), infinite where a Sigma is not positive definite."""
    return derivatives(theta, problem, VALUE)[0]


@inner
def gradient(theta: np.ndarray, problem: Problem) -> np.ndarray:
    """dF/dtheta, shape (q,): tr((Sigma^-1 - Sigma^-1 C Sigma^-1) dSigma) - 2 dmu' Sigma^-1 (m - mu), C = S + dd'."""
    return derivatives(theta, problem, SLOPE)[1]


@inner
def information(theta: np.ndarray, problem: Problem) -> np.ndarray:
    """Expected information per case, shape (q, q); with missing values expected as if they were missing at random.

    I_jk = tr(Sigma^-1 dSigma_j Sigma^-1 dSigma_k) / 2 + dmu_j' Sigma^-1 dmu_k (Bollen 1989, app. 4B).
    """
    return derivatives(theta, problem, EXPECTED)[2] / 2


@inner
def hessian(theta: np.ndarray, problem: Problem) -> np.ndarray:
    """Second derivatives of F, shape (q, q)."""
    return derivatives(theta, problem, OBSERVED)[2]


@compiled
def derivatives(theta: np.ndarray, problem: Problem, order: np.int64) -> tuple[float, np.ndarray, np.ndarray]:
    """F, its gradient (q,) and its second derivatives (q, q): expected ones, or the Hessian; zero beyond `order`.

    The value is infinite, and the rest of no use, where a Sigma is not positive definite.
    """
    p = problem.n_observed
    value, slope, curvature = 0.0, np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
    for g in range(len(problem.share)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, p, problem.n_variables)
        of_sigma, of_mu, weighted = np.zeros((p, p)), np.zeros(p), np.zeros((p, p))
        directions, of_mean = transposed(implied.z), mean_directions(at, implied)
        table = np.zeros((len(at.kind), len(at.kind)))  # second derivatives for pairs of entries e >= f
        first, last = block_range(problem, g)
        for number in range(first, last):
            one = block(implied.sigma, implied.mu, problem, number)
            if not one.definite:
                return np.inf, slope, curvature
            value += one.share * one.value
            for i in range(p):
                of_mu[i] += one.share * one.pull[i]
                for j in range(p):
                    of_sigma[i, j] += one.share * (one.inverse[i, j] - one.bent[i, j])
                    weighted[i, j] += one.share * one.inverse[i, j]
            if order == OBSERVED:
                _add_products(table, at, directions, of_mean, one)
            elif order == EXPECTED:  # of cases that meet their moments: C = Sigma, d = 0
                met = Block(one.share, one.inverse, one.inverse, np.zeros(p), one.value, True)
                _add_products(table, at, directions, of_mean, met)
        value -= problem.share[g] * (problem.log_det[g] + p)
        if order >= SLOPE:
            h = _between(of_sigma, directions)
            _add_slopes(slope, at, h, of_mean, of_mu)
            if order == OBSERVED:
                _add_curvature(table, at, implied, h, directions, of_mu)
        if order >= EXPECTED:
            _add_mean_products(table, of_mean, weighted)
            _add_to_parameters(curvature, at, table)
    return value, slope, curvature


@inner
def block_range(problem: Problem, group: int) -> tuple[int, int]:
    """First and last + 1 of a group's blocks; one where the data are complete."""
    if len(problem.patterns.size) == 0:
        return group, group + 1
    return problem.patterns.bounds[group], problem.patterns.bounds[group + 1]


@inner
def block(sigma: np.ndarray, mu: np.ndarray, problem: Problem, number: int) -> Block:
    """Block of that number under sigma (p, p) and mu (p,) of its group."""
    patterns, p = problem.patterns, len(mu)
    whole = len(patterns.size) == 0
    size = p if whole else patterns.size[number]
    share = problem.share[number] if whole else patterns.share[number]
    part, outer, away, seen = np.empty((size, size)), np.empty((size, size)), np.empty(size), np.arange(size)
    for i in range(size):
        if not whole:
            seen[i] = patterns.seen[number, i]
        away[i] = (problem.mean[number, i] if whole else patterns.mean[number, i]) - mu[seen[i]]
    for i in range(size):
        for j in range(size):
            part[i, j] = sigma[seen[i], seen[j]]
            cov = problem.cov[number, i, j] if whole else patterns.cov[number, i, j]
            outer[i, j] = cov + away[i] * away[j]
    inverse, bent, pull, value = np.zeros((p, p)), np.zeros((p, p)), np.zeros(p), 0.0
    factor, definite = cholesky(part)
    if not definite:
        return Block(share, inverse, bent, pull, np.inf, False)
    small = cholesky_inverse(factor)
    twice = multiply(multiply(small, outer), small)
    for i in range(size):
        value += 2 * np.log(factor[i, i])
        for j in range(size):
            value += small[i, j] * outer[i, j]
            inverse[seen[i], seen[j]] = small[i, j]
            bent[seen[i], seen[j]] = twice[i, j]
            pull[seen[i]] += small[i, j] * away[j]
    return Block(share, inverse, bent, pull, value, True)


def moment_slopes(
    sigma: np.ndarray, mu: np.ndarray, problem: Problem, group: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """A group's part of F before the saturated model's is taken off, and its slopes for sigma and, times -1/2, for mu.

    Shapes (p, p) and (p,). The value is infinite where sigma is not positive definite.
    """
    value, of_sigma, of_mu = 0.0, np.zeros(sigma.shape), np.zeros(len(mu))
    for some in blocks(sigma, mu, problem, group):
        if not np.isfinite(some.value).all():
            return np.inf, of_sigma, of_mu
        value += float(some.share @ some.value)
        of_sigma += np.tensordot(some.share, some.inverse - some.bent, 1)
        of_mu += some.share @ some.pull
    return value, of_sigma, of_mu


def blocks(sigma: np.ndarray, mu: np.ndarray, problem: Problem, group: int) -> Iterator[Blocks]:
    """A group's blocks under sigma (p, p) and mu (p,), some at a time."""
    first, last = block_range(problem, group)
    sigma, mu = np.ascontiguousarray(sigma), np.ascontiguousarray(mu)
    for start in range(first, last, AT_ONCE):
        yield _blocks(sigma, mu, problem, start, min(start + AT_ONCE, last))


@compiled
def _blocks(sigma: np.ndarray, mu: np.ndarray, problem: Problem, first: int, last: int) -> Blocks:
    count, p = last - first, len(mu)
    share, pull, value = np.empty(count), np.empty((count, p)), np.empty(count)
    inverse, bent = np.empty((count, p, p)), np.empty((count, p, p))
    for m in range(count):
        one = block(sigma, mu, problem, first + m)
        share[m], value[m] = one.share, one.value
        for i in range(p):
            pull[m, i] = one.pull[i]
            for j in range(p):
                inverse[m, i, j], bent[m, i, j] = one.inverse[i, j], one.bent[i, j]
    return Blocks(share, inverse, bent, pull, value)


@inner
def _between(inside: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """z' W z (2 v, 2 v) for symmetric W (p, p), of z' (2 v, p)."""
    return multiply(directions, transposed(multiply(directions, inside)))


@inner
def _add_slopes(slope: np.ndarray, at: Entries, h: np.ndarray, of_mean: np.ndarray, of_mu: np.ndarray) -> None:
    """Add a group's part of the gradient."""
    for e in range(len(at.kind)):
        if at.free[e] >= 0:
            value = 0.0 if at.kind[e] == INTERCEPT else 2 * at.weight[e] * h[at.left[e], at.right[e]]
            for i in range(len(of_mu)):
                value -= 2 * of_mean[e, i] * of_mu[i]
            slope[at.free[e]] += value


@inner
def _add_to_parameters(result: np.ndarray, at: Entries, table: np.ndarray) -> None:
    """Add a table of pairs of entries e >= f to the places of their parameters, both ways round."""
    for e in range(len(at.kind)):
        for f in range(e + 1):
            if at.free[e] >= 0 and at.free[f] >= 0:
                result[at.free[e], at.free[f]] += table[e, f]
                if e != f:
                    result[at.free[f], at.free[e]] += table[e, f]


@inner
def _add_mean_products(table: np.ndarray, of_mean: np.ndarray, weighted: np.ndarray) -> None:
    """Add the part of the Hessian that holds first derivatives of mu alone, for pairs of entries e >= f."""
    products = multiply(multiply(of_mean, weighted), transposed(of_mean))
    for e in range(len(table)):
        for f in range(e + 1):
            table[e, f] += 2 * products[e, f]


@inner
def _add_products(table: np.ndarray, at: Entries, directions: np.ndarray, of_mean: np.ndarray, one: Block) -> None:
    """Add a block's part of the Hessian that holds first derivatives of Sigma, for pairs of entries e >= f."""
    p, q = _between(one.inverse, directions), _between(one.bent, directions)
    along = multiply(multiply(of_mean, one.inverse), transposed(directions))
    pull = np.zeros(len(directions))
    for a in range(len(directions)):
        for i in range(len(one.pull)):
            pull[a] += directions[a, i] * one.pull[i]
    for e in range(len(at.kind)):
        if at.free[e] < 0:
            continue
        a, b, v = at.left[e], at.right[e], at.weight[e]
        for f in range(e + 1):
            if at.free[f] < 0:
                continue
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


@inner
def _add_curvature(
    table: np.ndarray, at: Entries, implied: Moments, h: np.ndarray, directions: np.ndarray, of_mu: np.ndarray
) -> None:
    """Add the part of the Hessian that holds second derivatives of Sigma and mu, for pairs of entries e >= f."""
    pull = np.zeros(len(directions))
    for a in range(len(directions)):
        for i in range(len(of_mu)):
            pull[a] += directions[a, i] * of_mu[i]
    for e in range(len(at.kind)):
        for f in range(e + 1):
            table[e, f] += _curvature(at, e, f, implied, h, pull)


@inner
def _curvature(at: Entries, e: int, f: int, implied: Moments, h: np.ndarray, pull: np.ndarray) -> float:
    """tr(G d2Sigma) - 2 d2mu' Sigma^-1 (m - mu) of two entries, G = dF/dSigma; zero unless one is a directed effect."""
    if at.kind[e] != DIRECTED:
        return 0.0 if at.kind[f] != DIRECTED else _curvature_of_effect(at, f, e, implied, h, pull)
    return _curvature_of_effect(at, e, f, implied, h, pull)


@inner
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
