"""Rows with the same variables observed, and the sufficient statistics of each such pattern."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Patterns(NamedTuple):
    """The patterns of all groups, those of group g from bounds[g] on; none at all where the data are complete.

    rows (m,): how many of each; those of a group stand in the order of its patterns.   size (m,): observed variables.
    seen (m, p): their positions, the first `size` of each row.   share (m,): weight of the rows over that of all.
    cov (m, p, p) with divisor n, mean (m, p): of the observed variables, in their first `size` places.
    """

    bounds: np.ndarray
    rows: np.ndarray
    size: np.ndarray
    seen: np.ndarray
    share: np.ndarray
    cov: np.ndarray
    mean: np.ndarray


COMPLETE = Patterns(
    np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64),
    np.zeros((0, 0), dtype=np.int64), np.zeros(0), np.zeros((0, 0, 0)), np.zeros((0, 0)),
)  # fmt: skip


def order_by_pattern(values: np.ndarray) -> np.ndarray:
    """Row numbers such that rows with the same variables observed follow each other, in their own order. Shape (n,)."""
    return np.argsort(_codes(values), kind="stable")


def find_patterns(values: tuple[np.ndarray, ...], weights: tuple[np.ndarray, ...]) -> Patterns:
    """Patterns of groups of rows (n, p), NaN where missing, that stand in the order of `order_by_pattern`."""
    p = values[0].shape[1]
    total = sum(float(weight.sum()) for weight in weights)
    parts = []
    bounds = [0]
    for x, weight in zip(values, weights, strict=True):
        codes = _codes(x)
        starts = np.append(np.flatnonzero(np.diff(codes, prepend=-1)), len(x))
        for first, last in pairwise(starts):
            parts.append(_statistics(x[first:last], weight[first:last], p))
        bounds.append(len(parts))
    rows, size, seen, weight_sum, cov, mean = (np.array(column) for column in zip(*parts, strict=True))
    return Patterns(np.array(bounds), rows, size, seen, weight_sum / total, cov, mean)


def _codes(values: np.ndarray) -> np.ndarray:
    """A number per row, alike for rows with the same variables observed. Shape (n,)."""
    packed = np.packbits(np.isnan(values), axis=1)
    whole = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    return np.unique(whole, return_inverse=True)[1].ravel()


def _statistics(
    rows: np.ndarray, weights: np.ndarray, p: int
) -> tuple[int, int, np.ndarray, float, np.ndarray, np.ndarray]:
    observed = np.flatnonzero(~np.isnan(rows[0]))
    size = len(observed)
    values = rows[:, observed]
    seen, cov, mean = np.zeros(p, dtype=np.int64), np.zeros((p, p)), np.zeros(p)
    seen[:size] = observed
    mean[:size] = weights @ values / weights.sum()
    away = values - mean[:size]
    cov[:size, :size] = away.T @ (away * weights[:, None]) / weights.sum()
    return len(rows), size, seen, float(weights.sum()), cov, mean
