"""Guttman errors of ordered steps, and the coefficient of scalability made of them: Loevinger's and Mokken's H."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Order = Literal["declared", "sample"]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCounts:
    """Errors of every pair of k steps, in the order (0, 1), (0, 2), ..., (1, 2), ...; one row per weighting.

    errors, expected (draws, pairs): weighted Guttman errors, and those expected of independent steps with the same
    margins.   n (draws, pairs): rows with both steps.
    """

    errors: np.ndarray
    expected: np.ndarray
    n: np.ndarray


def pair_indices(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Earlier and later step of every pair. Shapes (pairs,)."""
    return np.triu_indices(k, 1)


def pass_errors(passed: np.ndarray, weights: np.ndarray, order: Order = "declared") -> ErrorCounts:
    """Guttman errors of steps passed or not: the later is passed and the earlier is not (Loevinger 1948).

    order "declared" takes the columns' own order, as a theory says it before there are data (Molenaar & Sijtsma 2000,
    MSP5, fixed order of the item steps); "sample" takes, pair by pair, the step that more rows pass for the earlier
    one, which gives Mokken's H (Mokken 1971, pp. 148-153): the sum of the covariances over the sum of their maxima.

    passed (n, k): 0, 1, NaN for unknown (pairwise); weights (draws, n): how often each row counts.
    """
    first, second = pair_indices(passed.shape[1])
    both = ~np.isnan(passed[:, first]) & ~np.isnan(passed[:, second])
    earlier, later = (np.where(both, passed[:, at], 0.0) for at in (first, second))
    n, sum_earlier, sum_later = weights @ both.astype(float), weights @ earlier, weights @ later
    against = weights @ (later * (1 - earlier) * both)
    expected = np.divide(sum_later * (n - sum_earlier), n, out=np.zeros_like(n), where=n > 0)
    if order == "sample":
        turned = sum_later > sum_earlier
        against = np.where(turned, against - sum_later + sum_earlier, against)
        other = np.divide(sum_earlier * (n - sum_later), n, out=np.zeros_like(n), where=n > 0)
        expected = np.where(turned, other, expected)
    return ErrorCounts(against, expected, n)


def grade_errors(grades: np.ndarray, weights: np.ndarray) -> ErrorCounts:
    """Guttman errors of graded steps, weighted by how far they are from order.

    Expected errors are n times the largest covariance that the margins allow, that of both columns sorted; errors are
    that less n times the covariance (Molenaar 1991, Kwantitatieve Methoden 37). H of grades says how strongly steps go
    together and nothing of which comes first.

    grades (n, k): numbers, NaN for unknown (pairwise); weights (draws, n): whole numbers.
    """
    first, second = pair_indices(grades.shape[1])
    shape = (len(weights), len(first))
    found = ErrorCounts(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    for p, (i, j) in enumerate(zip(first, second, strict=True)):
        both = np.flatnonzero(~np.isnan(grades[:, i]) & ~np.isnan(grades[:, j]))
        x, y, counts = grades[both, i], grades[both, j], weights[:, both].astype(np.intp)
        by_x, by_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
        for d, count in enumerate(counts):
            n = count.sum()
            if not n:
                continue
            away = np.dot(count, x) * np.dot(count, y) / n
            sorted_x, sorted_y = np.repeat(x[by_x], count[by_x]), np.repeat(y[by_y], count[by_y])
            found.n[d, p] = n
            found.expected[d, p] = np.dot(sorted_x, sorted_y) - away
            found.errors[d, p] = np.dot(sorted_x, sorted_y) - np.dot(count, x * y)
    return found


def loevinger_h(errors: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """H = 1 - errors / expected errors, NaN where none is expected (Mokken 1971, pp. 148-153).

    Both summed over all pairs give H, over the pairs of one step its H_i, of one pair its H_ij.
    """
    return 1 - np.divide(errors, expected, out=np.full(np.shape(errors), np.nan), where=np.asarray(expected) > 0)
