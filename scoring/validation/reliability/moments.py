"""Covariances and correlations by pairs of items, of the answers and of draws of whole units."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

PRODUCTS_AT_ONCE = 2**21  # numbers that the products of some units' rows take in memory
FEWEST_ROWS = 3  # with both answers, below which a pair has no covariance of use
STILL = 1e-10  # variance, in squared steps of the answers' scale; less is none, but for rounding
SUMS = ("rows with both", "x", "y", "xx", "yy", "xy")  # of each pair of items, by unit


@dataclass(frozen=True, eq=False)
class PairMoments:
    """Moments of p items in K samples, each pair from the rows that have both answers; NaN where there are too few.

    cov (K, p, p): sums of products about the pair's own means, divided by the rows with both less 1; the diagonal holds
    the variances of all answers to an item.   cor (K, p, p): covariances over the deviations of the same rows.
    n (K, p, p): rows with both, a row drawn twice counted twice.
    """

    cov: np.ndarray
    cor: np.ndarray
    n: np.ndarray

    def of(self, columns: np.ndarray) -> "PairMoments":
        """Those of some items."""
        inside = np.ix_(np.arange(len(self.cov)), columns, columns)
        return PairMoments(self.cov[inside], self.cor[inside], self.n[inside])


def pair_moments(values: np.ndarray, unit: np.ndarray, counts: np.ndarray) -> PairMoments:
    """Moments of K draws of whole units.

    values (n, p): NaN where there is no answer.   unit (n,): codes 0 .. J-1.   counts (K, J): how often each unit is in
    each draw; one row of ones is the answers themselves.   Products are summed within units once, so that a draw costs
    a weighted sum of J matrices whatever the number of respondents.   The divisor is R's of `use="pairwise"`.
    """
    n, x, y, xx, yy, xy = _drawn_sums(values, unit, counts, _whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        products = xx - x * x / n, yy - y * y / n, xy - x * y / n
    return _moments(n, n - 1, products, values.shape[1])


def within_moments(values: np.ndarray, unit: np.ndarray, counts: np.ndarray) -> PairMoments:
    """The same within units: products about the means of the pair's rows in their own unit, pooled.

    Divisor: rows less units, the unbiased estimate of the covariances within units whatever those between are (Muthen
    1994, Sociological Methods & Research 22, eq. 7).   A unit drawn twice is two units.
    """
    n, df, *products = _drawn_sums(values, unit, counts, _pooled)
    return _moments(n, df, (products[0], products[1], products[2]), values.shape[1])


def _drawn_sums(
    values: np.ndarray, unit: np.ndarray, counts: np.ndarray, of_units: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Sums (m, K, pairs) over the units drawn of what `of_units` makes of each unit's own sums."""
    i, j = np.tril_indices(values.shape[1])
    rows = np.argsort(unit, kind="stable")
    seen = ~np.isnan(values[rows])
    centre = np.where(seen, values[rows], 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    away = np.where(seen, values[rows] - centre, 0.0)
    at = np.searchsorted(unit[rows], np.arange(counts.shape[1] + 1))
    parts = []
    for first, last in _blocks(at, len(SUMS) * len(i)):
        inside = slice(at[first], at[last])
        sums = _unit_sums(away[inside], seen[inside].astype(float), at[first : last + 1], i, j)
        parts.append(np.einsum("ku,muq->mkq", counts[:, first:last], of_units(sums), optimize=True))
    return np.sum(parts, axis=0)


def _whole(sums: np.ndarray) -> np.ndarray:
    return sums


def _pooled(sums: np.ndarray) -> np.ndarray:
    """Rows, rows less 1, and products about the unit's means: (5, units, pairs)."""
    n, x, y, xx, yy, xy = sums
    some = np.maximum(n, 1.0)
    return np.stack([n, np.maximum(n - 1, 0.0), xx - x * x / some, yy - y * y / some, xy - x * y / some])


def _blocks(at: np.ndarray, width: int) -> list[tuple[int, int]]:
    """Runs of units, first to last - 1, whose rows' products fit into memory together."""
    most = max(PRODUCTS_AT_ONCE // width, 1)
    found, first, units = [], 0, len(at) - 1
    while first < units:
        last = max(int(np.searchsorted(at, at[first] + most, side="right")) - 1, first + 1)
        found.append((first, min(last, units)))
        first = found[-1][1]
    return found


def _unit_sums(away: np.ndarray, seen: np.ndarray, at: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """`SUMS` by unit (6, units, pairs); at (units + 1,): where units begin."""
    left, right = seen[:, i], seen[:, j]
    x, y = away[:, i] * right, away[:, j] * left
    products = np.stack([left * right, x, y, x * x, y * y, x * y])
    sums = np.zeros((len(products), len(at) - 1, len(i)))
    filled = np.diff(at) > 0
    if filled.any():
        sums[:, filled] = np.add.reduceat(products, (at[:-1] - at[0])[filled], axis=1)
    return sums


def _moments(n: np.ndarray, df: np.ndarray, products: tuple[np.ndarray, np.ndarray, np.ndarray], p: int) -> PairMoments:
    """From sums of squares of the one item and the other and of their products, (K, pairs) each."""
    xx, yy, xy = products
    few = df < FEWEST_ROWS - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        still = few | (xx <= STILL * n) | (yy <= STILL * n)
        cov = np.where(few, np.nan, xy / df)
        cor = np.where(still, np.nan, xy / np.sqrt(np.where(still, 1.0, xx * yy)))
    return PairMoments(*(_square(one, p) for one in (cov, cor, n)))


def _square(triangle: np.ndarray, p: int) -> np.ndarray:
    i, j = np.tril_indices(p)
    full = np.empty((len(triangle), p, p))
    full[:, i, j] = full[:, j, i] = triangle
    return full


def draw_counts(rng: np.random.Generator, draws: int, units: int) -> np.ndarray:
    """How often each of J units is in each of K draws of J units with replacement, (K, J).

    Source: Davison & Hinkley (1997, section 3.8): units are drawn whole, their rows stay as they are.
    """
    picked = rng.integers(0, units, size=(draws, units))
    counts = np.zeros((draws, units))
    np.add.at(counts, (np.arange(draws)[:, None], picked), 1.0)
    return counts
