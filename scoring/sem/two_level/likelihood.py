"""The normal-theory likelihood of two levels: discrepancy, gradient, information and Hessian.

A row of cluster j is y_ij = u_j + e_ij, with moments mu_B, Sigma_B of the cluster's part and mu_W, Sigma_W of the
row's. What rows deviate from their cluster's mean is independent of that mean, which has the covariance
Sigma_B + Sigma_W / n with n rows (McDonald & Goldstein 1989; Muthen 1990). With one block b for the deviations,
of N - J degrees of freedom, and one for the means of the clusters of each size,

    F = sum of count_b / N (ln|Sigma_b| + tr(S_b Sigma_b^-1) + d_b' Sigma_b^-1 d_b),    d_b = mean_b - mu_b,

where Sigma_b = within_b Sigma_W + between_b Sigma_B. Variables that belong to clusters stand beside the means (Rosseel
2021), variables of rows alone have no part in Sigma_B. The expected Hessian of F is twice the information per row.
"""

from typing import NamedTuple

import numpy as np

from scoring.sem.compiled import compiled
from scoring.sem.structure import DIRECTED, INTERCEPT, SYMMETRIC, Entries, Moments, mean_directions, moments
from scoring.sem.two_level.data import Blocks

ROUNDING = 1e-14  # a pivot this small beside its diagonal may be zero


class Level(NamedTuple):
    """The model of one level: its entries, with parameters counted over both levels, on the first n_observed of
    n_variables variables.   place (n_observed,): of its observed variables among those of the blocks.
    """

    at: Entries
    n_observed: int
    n_variables: int
    place: np.ndarray


class TwoLevelProblem(NamedTuple):
    """A model of each level, within first, and the data."""

    levels: tuple[Level, Level]
    blocks: Blocks


class State(NamedTuple):
    """What a parameter vector implies, by level and by block.

    implied: moments of each level.   inverse (b, p, p): Sigma_b^-1, zero for what a block does not hold.
    bent (b, p, p): Sigma_b^-1 (S_b + dd') Sigma_b^-1.   pull (b, p): Sigma_b^-1 d.   value: F, infinite where some
    Sigma_b is not positive definite.
    """

    implied: tuple[Moments, Moments]
    inverse: np.ndarray
    bent: np.ndarray
    pull: np.ndarray
    value: float


def state(theta: np.ndarray, problem: TwoLevelProblem) -> State:
    """Everything that value and derivatives are made of, at theta (q,)."""
    blocks, p = problem.blocks, problem.blocks.mean.shape[1]
    within, between = (moments(theta, one.at, one.n_observed, one.n_variables) for one in problem.levels)
    sigma = np.zeros((len(blocks.count), p, p))
    mu = np.zeros(p)
    for one, implied, part in zip(problem.levels, (within, between), (blocks.within, blocks.between), strict=True):
        sigma[:, one.place[:, None], one.place] += part[:, None, None] * implied.sigma
        mu[one.place] += implied.mu
    block, variable = np.nonzero(_lacking(problem))
    sigma[block, variable, variable] = 1.0  # with 1 here, what a block does not hold adds nothing to F
    away = np.where(blocks.located[:, None], blocks.mean - mu, 0.0)
    try:
        factor = np.linalg.cholesky(sigma)
    except np.linalg.LinAlgError:
        return State((within, between), sigma, sigma, away, np.inf)
    pivots = np.diagonal(factor, axis1=1, axis2=2)
    if not (pivots**2 > ROUNDING * np.diagonal(sigma, axis1=1, axis2=2)).all():
        return State((within, between), sigma, sigma, away, np.inf)
    inverse = np.linalg.inv(sigma)
    outer = blocks.cov + away[:, :, None] * away[:, None, :]
    each = 2 * np.log(pivots).sum(axis=1) + (inverse * outer).sum(axis=(1, 2))
    inverse[block, variable, variable] = 0.0
    pull = np.einsum("bij,bj->bi", inverse, away)
    value = float(blocks.count @ each / blocks.total)
    return State((within, between), inverse, inverse @ outer @ inverse, pull, value)


def _lacking(problem: TwoLevelProblem) -> np.ndarray:
    """Which variables each block holds nothing of. Shape (b, p)."""
    held = np.zeros(problem.blocks.mean.shape, dtype=bool)
    for one, part in zip(problem.levels, (problem.blocks.within, problem.blocks.between), strict=True):
        held[:, one.place] |= part[:, None] > 0
    return ~held


def discrepancy(theta: np.ndarray, problem: TwoLevelProblem) -> float:
    """F at theta (q,), infinite where some Sigma_b is not positive definite."""
    return state(theta, problem).value


def gradient(theta: np.ndarray, problem: TwoLevelProblem) -> np.ndarray:
    """dF/dtheta, shape (q,)."""
    now = state(theta, problem)
    result = np.zeros(len(theta))
    for number, one in enumerate(problem.levels):
        implied = now.implied[number]
        of_sigma, of_mu = _moment_slopes(now, problem, number)
        h = implied.z.T @ of_sigma @ implied.z
        slope = -2 * (mean_directions(one.at, implied) @ of_mu)
        moved = one.at.kind != INTERCEPT
        slope[moved] += 2 * one.at.weight[moved] * h[one.at.left[moved], one.at.right[moved]]
        free = one.at.free >= 0
        np.add.at(result, one.at.free[free], slope[free])
    return result


def _moment_slopes(now: State, problem: TwoLevelProblem, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of F for a level's Sigma and, times -1/2, for its mu. Shapes (n_observed, n_observed), (n_observed,)."""
    blocks, place = problem.blocks, problem.levels[number].place
    share = blocks.count / blocks.total
    part = (blocks.within, blocks.between)[number]
    of_sigma = np.einsum("b,bij->ij", share * part, now.inverse - now.bent)
    return of_sigma[np.ix_(place, place)], (share @ now.pull)[place]


def information(theta: np.ndarray, problem: TwoLevelProblem) -> np.ndarray:
    """Expected information per row, shape (q, q)."""
    now = state(theta, problem)
    expected = np.where((problem.blocks.size > 0)[:, None, None], now.inverse, now.bent)
    return _second(now._replace(bent=expected, pull=np.zeros_like(now.pull)), problem, len(theta)) / 2


def hessian(theta: np.ndarray, problem: TwoLevelProblem) -> np.ndarray:
    """Second derivatives of F, shape (q, q)."""
    now = state(theta, problem)
    result = _second(now, problem, len(theta))
    for number, one in enumerate(problem.levels):
        _add(_curvature(now, problem, number), one.at.free[one.at.free >= 0], result)
    return result


def _second(now: State, problem: TwoLevelProblem, q: int) -> np.ndarray:
    """The part of the Hessian that holds first derivatives of the moments; with bent = inverse its expectation."""
    blocks, p = problem.blocks, problem.blocks.mean.shape[1]
    width = [2 * one.n_variables for one in problem.levels]
    z = np.zeros((p, sum(width)))
    columns: list[list[np.ndarray]] = [[], [], [], [], []]
    of_mu = []
    for number, (one, implied) in enumerate(zip(problem.levels, now.implied, strict=True)):
        start = number * width[0]
        z[one.place, start : start + width[number]] = implied.z
        free = np.flatnonzero(one.at.free >= 0)
        moved = one.at.kind[free] != INTERCEPT
        level = np.full(len(free), number)
        own = (one.at.free[free], level, one.at.left[free] + start, one.at.right[free] + start)
        for column, values in zip(columns, (*own, np.where(moved, one.at.weight[free], 0.0)), strict=True):
            column.append(values)
        directions = np.zeros((len(free), p))
        directions[:, one.place] = mean_directions(one.at, implied)[free]
        of_mu.append(directions)
    free, level, left, right, weight = (np.concatenate(column) for column in columns)
    slope = np.concatenate(of_mu)
    share = blocks.count / blocks.total
    middle = np.einsum("b,bij->ij", share * blocks.located, now.inverse)
    table = 2 * (slope @ middle @ slope.T)
    # An entry whose weight is zero keeps a place in the loops; its two columns are not read.
    right = np.where(weight > 0, right, 0)
    for b in range(len(share)):
        held = weight * np.where(level == 0, blocks.within[b], blocks.between[b])
        along = slope @ now.inverse[b] @ z
        pull = z.T @ now.pull[b]
        _add_products(table, left, right, held, share[b], z.T @ now.inverse[b] @ z, z.T @ now.bent[b] @ z, along, pull)
    result = np.zeros((q, q))
    _add(np.tril(table) + np.tril(table, -1).T, free, result)
    return result


def _add(table: np.ndarray, free: np.ndarray, result: np.ndarray) -> None:
    """Add what belongs to pairs of entries to the places of their parameters."""
    np.add.at(result, (free[:, None], free[None, :]), table)


@compiled
def _add_products(
    table: np.ndarray, left: np.ndarray, right: np.ndarray, weight: np.ndarray, share: float, p: np.ndarray,
    q: np.ndarray, along: np.ndarray, pull: np.ndarray,
) -> None:  # fmt: skip
    """Add a block's part of the Hessian for pairs of entries e >= f; weight (entries,): of Sigma_b's directions."""
    for e in range(len(left)):
        a, b, v = left[e], right[e], weight[e]
        for f in range(e + 1):
            c, d, w = left[f], right[f], weight[f]
            value = 0.0
            if w != 0.0:
                value += 2 * w * (along[e, c] * pull[d] + along[e, d] * pull[c])
            if v != 0.0:
                value += 2 * v * (along[f, a] * pull[b] + along[f, b] * pull[a])
            if v != 0.0 and w != 0.0:
                twice = q[a, d] * p[b, c] + q[b, d] * p[a, c] + q[a, c] * p[b, d] + q[b, c] * p[a, d]
                value += 2 * v * w * (twice - p[a, c] * p[b, d] - p[a, d] * p[b, c])
            table[e, f] += share * value


def _curvature(now: State, problem: TwoLevelProblem, number: int) -> np.ndarray:
    """The part of the Hessian that holds second derivatives of a level's moments, for pairs of its free entries.

    Zero unless one of the two is a directed effect.
    """
    one, implied = problem.levels[number], now.implied[number]
    of_sigma, of_mu = _moment_slopes(now, problem, number)
    h, pull, n = implied.z.T @ of_sigma @ implied.z, implied.z.T @ of_mu, one.n_variables
    free = np.flatnonzero(one.at.free >= 0)
    kind, row, col = one.at.kind[free], one.at.row[free], one.at.col[free]
    to, source = row[:, None], col[:, None]  # of an effect e; row and col are those of the other entry
    total, mean = implied.total, implied.mean
    effects = total[col, to] * h[row, n + source] + total[source, row] * h[to, n + col]
    effects += implied.covariance[col, source] * h[to, row]
    effects -= total[col, to] * mean[source] * pull[row] + total[source, row] * mean[col] * pull[to]
    product = total[source, col] * h[to, row] + total[source, row] * h[to, col]
    covariances = np.where(row == col, product, 2 * product)
    intercepts = -2 * total[source, row] * pull[to]
    of_effect = np.where(kind == DIRECTED, 2 * effects, np.where(kind == SYMMETRIC, covariances, intercepts))
    directed = kind == DIRECTED
    both = np.where(directed[:, None], of_effect, 0.0)
    return np.where(directed[:, None] & directed, both, both + both.T)
