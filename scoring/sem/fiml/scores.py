"""Slopes of each row's log-likelihood, of what is observed of it."""

import numpy as np

from scoring.sem.compiled import compiled
from scoring.sem.likelihood import Problem, block, block_range
from scoring.sem.structure import INTERCEPT, entries_of, mean_directions, moments


@compiled
def incomplete_scores(theta: np.ndarray, problem: Problem, group: int, values: np.ndarray) -> np.ndarray:
    """Derivative of each case's log-likelihood with respect to theta. Shape (n, q).

    values (n, p): rows of the group in the order of its patterns, NaN where missing.
    """
    at = entries_of(problem.at, problem.bounds[group], problem.bounds[group + 1])
    implied = moments(theta, at, problem.n_observed, problem.n_variables)
    of_mu = mean_directions(at, implied)
    scores = np.zeros((len(values), len(theta)))
    free = np.flatnonzero(at.free >= 0)
    first, last = block_range(problem, group)
    row = 0
    for number in range(first, last):
        inverse = block(implied.sigma, implied.mu, problem, number).inverse
        expected = implied.z.T @ inverse @ implied.z
        for i in range(row, row + problem.patterns.rows[number]):
            pulled = _pulled(values[i], implied.mu, inverse)
            along = pulled @ implied.z
            slope = of_mu @ pulled
            for e in free:
                value = slope[e]
                if at.kind[e] != INTERCEPT:
                    a, b = at.left[e], at.right[e]
                    value += at.weight[e] * (along[a] * along[b] - expected[a, b])
                scores[i, at.free[e]] += value
        row += problem.patterns.rows[number]
    return scores


@compiled
def saturated_scores(problem: Problem, group: int, values: np.ndarray) -> np.ndarray:
    """The same with respect to vech(Sigma), by columns, and mu at the saturated model's moments.

    Shape (n, p(p+1)/2 + p).
    """
    p = problem.n_observed
    pairs = p * (p + 1) // 2
    scores = np.empty((len(values), pairs + p))
    first, last = block_range(problem, group)
    row = 0
    for number in range(first, last):
        inverse = block(problem.cov[group], problem.mean[group], problem, number).inverse
        for i in range(row, row + problem.patterns.rows[number]):
            pulled = _pulled(values[i], problem.mean[group], inverse)
            place = 0
            for k in range(p):
                scores[i, place] = (pulled[k] * pulled[k] - inverse[k, k]) / 2
                place += 1
                for j in range(k + 1, p):
                    scores[i, place] = pulled[j] * pulled[k] - inverse[j, k]
                    place += 1
            scores[i, pairs:] = pulled
        row += problem.patterns.rows[number]
    return scores


@compiled
def _pulled(row: np.ndarray, mu: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """W (x - mu), zero where x is missing as W is. Shape (p,)."""
    away = np.zeros(len(row))
    for j in range(len(row)):
        if not np.isnan(row[j]):
            away[j] = row[j] - mu[j]
    return inverse @ away
