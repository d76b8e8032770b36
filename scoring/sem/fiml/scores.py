"""Slopes of each row's log-likelihood, of what is observed of it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from scoring.sem.likelihood import Problem, blocks
from scoring.sem.structure import INTERCEPT, entries_of, mean_directions, moments


class Run(NamedTuple):
    """Rows that follow each other, of some patterns of a group.

    rows: which.   pattern (n,): the place of each row's among the patterns of the run.   inverse (m, p, p): W of each
    pattern, zero where a variable is not observed.   pulled (n, p): W (x - mu).
    """

    rows: slice
    pattern: np.ndarray
    inverse: np.ndarray
    pulled: np.ndarray


def incomplete_scores(theta: np.ndarray, problem: Problem, group: int, values: np.ndarray) -> np.ndarray:
    """Derivative of each case's log-likelihood with respect to theta. Shape (n, q).

    values (n, p): rows of the group in the order of its patterns, NaN where missing.
    """
    at = entries_of(problem.at, problem.bounds[group], problem.bounds[group + 1])
    implied = moments(theta, at, problem.n_observed, problem.n_variables)
    of_mu, z = mean_directions(at, implied), implied.z
    scores = np.zeros((len(values), len(theta)))
    for run in _runs(implied.sigma, implied.mu, problem, group, values):
        along, slopes = run.pulled @ z, run.pulled @ of_mu.T
        half = run.inverse @ z  # W z of each pattern
        for e in np.flatnonzero(at.free >= 0):
            value = slopes[:, e]
            if at.kind[e] != INTERCEPT:
                a, b = at.left[e], at.right[e]
                expected = half[:, :, b] @ z[:, a]
                value = value + at.weight[e] * (along[:, a] * along[:, b] - expected[run.pattern])
            scores[run.rows, at.free[e]] += value
    return scores


def saturated_scores(problem: Problem, group: int, values: np.ndarray) -> np.ndarray:
    """The same with respect to vech(Sigma), by columns, and mu at the saturated model's moments.

    Shape (n, p(p+1)/2 + p).
    """
    p = problem.n_observed
    col, row = np.triu_indices(p)
    weight = np.where(row == col, 0.5, 1.0)
    scores = np.empty((len(values), len(row) + p))
    for run in _runs(problem.cov[group], problem.mean[group], problem, group, values):
        expected = run.inverse[:, row, col]
        scores[run.rows, : len(row)] = weight * (run.pulled[:, row] * run.pulled[:, col] - expected[run.pattern])
        scores[run.rows, len(row) :] = run.pulled
    return scores


def _runs(sigma: np.ndarray, mu: np.ndarray, problem: Problem, group: int, values: np.ndarray) -> Iterator[Run]:
    sizes = problem.patterns.rows[problem.patterns.bounds[group] :]
    first, number = 0, 0
    for some in blocks(sigma, mu, problem, group):
        rows = sizes[number : number + len(some.share)]
        ends = np.cumsum(rows)
        whole = slice(first, first + int(ends[-1]))
        away = np.nan_to_num(values[whole] - mu)
        pulled = np.empty_like(away)
        for inverse, end, n in zip(some.inverse, ends, rows, strict=True):
            pulled[end - n : end] = away[end - n : end] @ inverse
        yield Run(whole, np.repeat(np.arange(len(rows)), rows), some.inverse, pulled)
        first, number = whole.stop, number + len(rows)
