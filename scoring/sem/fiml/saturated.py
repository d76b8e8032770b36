"""Means and covariances of a group with missing values, without a model: the saturated model's estimates.

Expectation-maximisation (Dempster, Laird & Rubin 1977) comes near, Newton's steps on the observed information arrive.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from scoring.sem.fiml.patterns import Patterns
from scoring.sem.likelihood import Problem, blocks, moment_slopes
from scoring.sem.structure import entries

EM_STEPS = 40  # between two attempts of Newton's method
MAX_ATTEMPTS = 100
NEAR = 1e-4  # fall of the discrepancy from one step of EM to the next, at which Newton's method is tried
TOLERANCE = 1e-20  # of Newton's decrement, the squared distance to the maximum in the metric of the information
ROUNDING = 1e-12  # rise of the discrepancy, relative to it, that is rounding
NEWTON_STEPS = 50  # of one attempt


class Saturated(NamedTuple):
    """cov (p, p), mean (p,); value: the least of ln|Sigma| + tr(Sigma^-1 (S + dd')) per case over the patterns.

    found: whether the search arrived.
    """

    cov: np.ndarray
    mean: np.ndarray
    value: float
    found: bool


def unstructured(patterns: Patterns, p: int) -> Problem:
    """A problem without a model, of groups with missing values on p variables: what `moment_slopes` needs."""
    none = np.zeros(0, dtype=np.int64)
    groups = len(patterns.bounds) - 1
    share = np.array([patterns.share[patterns.bounds[g] : patterns.bounds[g + 1]].sum() for g in range(groups)])
    return Problem(
        entries(none, none, none, none, np.zeros(0), p), np.zeros(groups + 1, dtype=np.int64), p, p,
        np.zeros((groups, p, p)), np.zeros((groups, p)), np.zeros(groups), share, patterns,
    )  # fmt: skip


def saturated(problem: Problem, group: int) -> Saturated:
    """The estimates of one group."""
    mean, variance = own_moments(problem, group)
    cov = np.diag(variance)
    found = Saturated(cov, mean, np.inf, False)
    for _ in range(MAX_ATTEMPTS):
        cov, mean = _expectation_maximisation(cov, mean, problem, group, EM_STEPS, NEAR)
        found = _newton(cov, mean, problem, group)
        if found.found or not np.isfinite(found.value):
            break
        cov, mean = found.cov, found.mean
    return found._replace(value=found.value / problem.share[group])


def _newton(cov: np.ndarray, mean: np.ndarray, problem: Problem, group: int) -> Saturated:
    """Newton's steps as long as the discrepancy falls."""
    share, last = problem.share[group], np.inf
    value, of_cov, of_mean = moment_slopes(cov, mean, problem, group)
    for _ in range(NEWTON_STEPS if np.isfinite(value) else 0):
        step = _newton_step(cov, mean, problem, group, of_cov / share, of_mean / share)
        if step is None:
            break
        of_step, decrement = step
        new_cov, new_mean = cov + of_step[0], mean + of_step[1]
        new = moment_slopes(new_cov, new_mean, problem, group)
        if not new[0] <= value + ROUNDING * abs(value):
            break
        # Near the maximum each step squares the decrement; one that no longer falls is rounding.
        arrived = decrement < TOLERANCE or (decrement < NEAR**2 and decrement > last / 4)
        cov, mean, last, (value, of_cov, of_mean) = new_cov, new_mean, decrement, new
        if arrived:
            return Saturated(cov, mean, value, True)
    return Saturated(cov, mean, value, False)


def own_moments(problem: Problem, group: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each variable from the cases that have it. Shapes (p,) and (p,)."""
    patterns, p = problem.patterns, problem.n_observed
    first, last = patterns.bounds[group], patterns.bounds[group + 1]
    weight, total, square = np.zeros(p), np.zeros(p), np.zeros(p)
    for m in range(first, last):
        size = patterns.size[m]
        seen, share, mean = patterns.seen[m, :size], patterns.share[m], patterns.mean[m, :size]
        weight[seen] += share
        total[seen] += share * mean
    centre = total / weight
    for m in range(first, last):
        size = patterns.size[m]
        seen, share, mean = patterns.seen[m, :size], patterns.share[m], patterns.mean[m, :size]
        square[seen] += share * (np.diag(patterns.cov[m])[:size] + (mean - centre[seen]) ** 2)
    return centre, square / weight


def apart(problem: Problem, group: int, related: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimates (p, p) and (p,) of the model in which only the variables at positions `related` correlate."""
    mean, variance = own_moments(problem, group)
    cov = np.diag(variance)
    if len(related) > 1:
        sub = saturated(_among(problem, related), group)
        cov[np.ix_(related, related)], mean[related] = sub.cov, sub.mean
    return cov, mean


def _among(problem: Problem, kept: np.ndarray) -> Problem:
    """The problem of some of the variables, without a model, of the rows that have any of them."""
    patterns, p = problem.patterns, len(kept)
    place = np.full(problem.n_observed, -1)
    place[kept] = np.arange(p)
    parts, numbers = [], []
    for m, size in enumerate(patterns.size):
        to = place[patterns.seen[m, :size]]
        own = np.flatnonzero(to >= 0)
        if not len(own):
            continue
        seen, cov, mean = np.zeros(p, dtype=np.int64), np.zeros((p, p)), np.zeros(p)
        seen[: len(own)], mean[: len(own)] = to[own], patterns.mean[m, own]
        cov[: len(own), : len(own)] = patterns.cov[m][np.ix_(own, own)]
        parts.append((patterns.rows[m], len(own), seen, patterns.share[m], cov, mean))
        numbers.append(m)
    columns = (np.array(column) for column in zip(*parts, strict=True))
    return unstructured(Patterns(np.searchsorted(numbers, patterns.bounds), *columns), p)


def _expectation_maximisation(
    cov: np.ndarray, mean: np.ndarray, problem: Problem, group: int, steps: int, near: float
) -> tuple[np.ndarray, np.ndarray]:
    """Steps of EM, which are slopes of the likelihood in the metric of the covariances themselves.

    With W_m the inverse of a pattern's part, G = sum of share_m (W_m - W_m T_m W_m) and r = sum of share_m W_m d_m the
    next moments are Sigma - Sigma G Sigma - (Sigma r)(Sigma r)' and mu + Sigma r.
    """
    share, last = problem.share[group], np.inf
    for _ in range(steps):
        value, of_cov, of_mean = moment_slopes(cov, mean, problem, group)
        if not last - value > near * share:
            break
        last = value
        shift = cov @ of_mean / share
        cov = cov - cov @ of_cov @ cov / share - np.outer(shift, shift)
        mean = mean + shift
    return cov, mean


def _newton_step(
    cov: np.ndarray, mean: np.ndarray, problem: Problem, group: int, of_cov: np.ndarray, of_mean: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], float] | None:
    """Newton's step of covariances and means and its decrement; None where the information is not positive definite."""
    p = len(mean)
    col, row = np.triu_indices(p)
    try:
        factor = cho_factor(saturated_information(cov, mean, problem, group), lower=True)
    except LinAlgError:
        return None
    score = np.append(-of_cov[row, col] * np.where(row == col, 0.5, 1.0), of_mean)
    step = cho_solve(factor, score)
    of_step = np.zeros((p, p))
    of_step[row, col] = of_step[col, row] = step[: len(row)]
    return (of_step, step[len(row) :]), float(score @ step)


def saturated_information(cov: np.ndarray, mean: np.ndarray, problem: Problem, group: int) -> np.ndarray:
    """Observed information per case of the group on vech(Sigma), by columns, and mu. Shape (p(p+1)/2 + p, same).

    Half the second derivatives of the discrepancy; with K = 2 W T W - W per pattern those of two covariances are the
    sums of W_ik K_jl over the orders of both pairs.
    """
    p = len(mean)
    col, row = np.triu_indices(p)
    place = np.zeros((p, p), dtype=np.int64)
    place[row, col] = place[col, row] = np.arange(len(row))
    inner, cross, of_means = np.zeros((len(row), len(row))), np.zeros((p, len(row))), np.zeros((p, p))
    for some in blocks(cov, mean, problem, group):
        share, curved = some.share, 2 * some.bent - some.inverse
        weighted = some.inverse * share[:, None, None]
        of_means += weighted.sum(axis=0)
        flat = curved.reshape(len(share), -1)
        for i in range(p):
            products = (weighted[:, i].T @ flat).reshape(p, p, p)  # k, j, l
            pairs = products[row, :, col] + products[col, :, row]  # of k and l with k >= l: (pairs, j)
            inner[place[i]] += pairs.T
            inner[place[i, i]] += pairs[:, i]
            of_pairs = (weighted[:, i].T @ some.pull).T  # r_k W_il
            cross[i] += of_pairs[row, col] + of_pairs[col, row]
    weight = np.where(row == col, 0.5, 1.0)
    inner *= weight[:, None] * weight / 2
    cross *= weight
    return np.block([[inner, cross.T], [cross, of_means]]) / problem.share[group]
