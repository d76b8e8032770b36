"""Polychoric correlations from two-way tables (Olsson 1979, two-step), and the scores of their cells."""

import numpy as np

from scoring.sem.compiled import compiled, inner
from scoring.sem.ordinal.bivariate_normal import (
    cell_probabilities,
    density,
    density_slope,
    normal_pdf,
    quadrant_slope,
)
from scoring.sem.ordinal.root import NEAR_BOUND, STEPS, Z_LIMIT, next_correlation

CONVERGED, AT_BOUND, NOT_CONVERGED = 0, 1, 2
# Keeps logarithms and quotients finite while rho is far from the answer.
PROBABILITY_FLOOR = 1e-12
START_LIMIT = 0.9


def two_way_tables(codes: np.ndarray, levels: np.ndarray, pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted counts (pairs, C+1, C+1) of the codes (p, n) of each pair; code `levels` is missing."""
    size = int(levels.max()) + 1
    tables = np.zeros((len(pairs), size, size))
    _count(codes, pairs, weights, tables)
    return tables


def answered(tables: np.ndarray, pairs: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Which cells (pairs, C+1, C+1) of padded tables are combinations of two answers."""
    steps = np.arange(tables.shape[1])
    return (steps[:, None] < levels[pairs[:, 0], None, None]) & (steps < levels[pairs[:, 1], None, None])


def keep_margins(tables: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The tables, with half an answer moved into the only empty cell of a 2x2 table, its margins kept (as lavaan).

    cells (pairs, C+1, C+1): which combinations are answers.
    """
    empty = cells & (tables == 0.0)
    square = (cells.sum(axis=(1, 2)) == 4) & cells[:, 1, 1] & (empty.sum(axis=(1, 2)) == 1)
    sign = np.where(empty[:, 0, 0] | empty[:, 1, 1], 0.5, -0.5) * square
    shift = np.zeros_like(tables)
    shift[:, :2, :2] = sign[:, None, None] * np.array([[1.0, -1.0], [-1.0, 1.0]])
    return tables + shift


def first_guess(tables: np.ndarray, pairs: np.ndarray, thresholds: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The score step from rho = 0: the mean product of normal scores, over the variance the scores keep; (pairs,)."""
    heights = np.zeros((len(shares), shares.shape[1] + 1))
    heights[:, 1:-1] = np.nan_to_num(np.exp(-0.5 * thresholds**2) / np.sqrt(2.0 * np.pi))
    means = np.zeros((len(shares), tables.shape[1]))
    means[:, :-1] = np.nan_to_num((heights[:, :-1] - heights[:, 1:]) / shares)
    kept = np.nansum(shares * means[:, :-1] ** 2, axis=1)
    i, j = pairs.T
    product = np.einsum("kab,ka,kb->k", tables, means[i], means[j])
    n = np.einsum("kab,ka,kb->k", tables, *(np.pad(np.isfinite(shares[k]), ((0, 0), (0, 1))) for k in (i, j)))
    return np.clip(product / (n * kept[i] * kept[j]), -START_LIMIT, START_LIMIT)


@compiled
def _count(codes: np.ndarray, pairs: np.ndarray, weights: np.ndarray, tables: np.ndarray) -> None:
    for pair in range(len(pairs)):
        first, second, table = codes[pairs[pair, 0]], codes[pairs[pair, 1]], tables[pair]
        for row in range(len(weights)):
            table[first[row], second[row]] += weights[row]


@inner
def slopes_in_rho(a: np.ndarray, b: np.ndarray, rho: float, first: np.ndarray, second: np.ndarray) -> None:
    """Fill the first and second derivatives in rho of the cell probabilities, both (A, B)."""
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            first[i, j] = second[i, j] = 0.0
    for i in range(len(a)):
        for j in range(len(b)):
            height = density(a[i], b[j], rho)
            bend = height * density_slope(a[i], b[j], rho)
            first[i, j] += height
            first[i + 1, j] -= height
            first[i, j + 1] -= height
            first[i + 1, j + 1] += height
            second[i, j] += bend
            second[i + 1, j] -= bend
            second[i, j + 1] -= bend
            second[i + 1, j + 1] += bend


@inner
def correlate(
    counts: np.ndarray, a: np.ndarray, b: np.ndarray, share_a: np.ndarray, share_b: np.ndarray, rho: float
) -> tuple[float, int]:
    """Polychoric correlation of one table given thresholds, and its status; rho: where to start."""
    rows, columns = len(share_a), len(share_b)
    low, high = -Z_LIMIT, Z_LIMIT
    cells, first, second = np.empty((rows, columns)), np.empty((rows, columns)), np.empty((rows, columns))
    for _ in range(STEPS):
        cell_probabilities(a, b, share_a, share_b, rho, cells)
        slopes_in_rho(a, b, rho, first, second)
        gradient, hessian = 0.0, 0.0
        for i in range(rows):
            for j in range(columns):
                if counts[i, j] > 0.0:
                    probability = max(cells[i, j], PROBABILITY_FLOOR)
                    score = first[i, j] / probability
                    gradient += counts[i, j] * score
                    hessian += counts[i, j] * (second[i, j] / probability - score * score)
        rho, low, high, last = next_correlation(rho, low, high, gradient, hessian)
        if last:
            return rho, AT_BOUND if abs(rho) > NEAR_BOUND else CONVERGED
    return rho, NOT_CONVERGED


@compiled
def correlate_tables(
    counts: np.ndarray,
    pairs: np.ndarray,
    levels: np.ndarray,
    thresholds: np.ndarray,
    shares: np.ndarray,
    rho: np.ndarray,
    status: np.ndarray,
) -> None:
    """Polychoric correlations of all pairs, written over their starts `rho` (pairs,), and their `status` (pairs,).

    counts (pairs, C+1, C+1); thresholds (p, C-1) and shares (p, C), padded at the right.
    """
    for pair in range(len(pairs)):
        i, j = pairs[pair]
        rho[pair], status[pair] = correlate(
            counts[pair],
            thresholds[i, : levels[i] - 1],
            thresholds[j, : levels[j] - 1],
            shares[i, : levels[i]],
            shares[j, : levels[j]],
            rho[pair],
        )


@inner
def through_thresholds(weight: np.ndarray, a: np.ndarray, b: np.ndarray, rho: float) -> np.ndarray:
    """Sum over cells of weight (A, B) times the derivatives of the cell probabilities in each threshold a (A-1,)."""
    out = np.zeros(len(a))
    for i in range(len(a)):
        below = 0.0
        for j in range(len(b) + 1):
            above = quadrant_slope(a[i], b[j], rho) if j < len(b) else normal_pdf(a[i])
            out[i] += (weight[i, j] - weight[i + 1, j]) * (above - below)
            below = above
    return out


@inner
def cell_influence(
    table: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    share_a: np.ndarray,
    share_b: np.ndarray,
    influence_a: np.ndarray,
    influence_b: np.ndarray,
    rho: float,
) -> np.ndarray:
    """Influence on rho (A+1, B+1) of an answer in each cell; the last row and column are for one missing answer.

    influence_a (A+1, A-1), influence_b: influence of each category on the item's own thresholds, 0 where missing.
    Source: Muthen (1984, Psychometrika 49); the derivatives are the outer products of the scores, as in
    Muthen & Satorra (1995, Psychometrika 60): (s - influence_a A21a' - influence_b A21b') / a22.
    """
    rows, columns = len(share_a), len(share_b)
    cells, first, second = np.empty((rows, columns)), np.empty((rows, columns)), np.empty((rows, columns))
    cell_probabilities(a, b, share_a, share_b, rho, cells)
    slopes_in_rho(a, b, rho, first, second)
    information, influence = 0.0, np.zeros((rows + 1, columns + 1))
    weight, turned = np.empty((rows, columns)), np.empty((columns, rows))
    for i in range(rows):
        for j in range(columns):
            probability = max(cells[i, j], PROBABILITY_FLOOR)
            score = first[i, j] / probability
            influence[i, j] = score
            information += table[i, j] * score * score
            weight[i, j] = turned[j, i] = table[i, j] * score / probability
    through_a, through_b = through_thresholds(weight, a, b, rho), through_thresholds(turned, b, a, rho)
    for i in range(rows + 1):
        for j in range(columns + 1):
            nuisance = 0.0
            for k in range(rows - 1):
                nuisance += influence_a[i, k] * through_a[k]
            for k in range(columns - 1):
                nuisance += influence_b[j, k] * through_b[k]
            influence[i, j] = (influence[i, j] - nuisance) / information
    return influence


@compiled
def fill_influence(
    tables: np.ndarray,
    pairs: np.ndarray,
    levels: np.ndarray,
    thresholds: np.ndarray,
    shares: np.ndarray,
    by_category: np.ndarray,
    rho: np.ndarray,
    codes: np.ndarray,
    places: np.ndarray,
    influence: np.ndarray,
) -> None:
    """Write each pair's influence on its correlation, row by row, into influence[places[pair]] (moments, n).

    by_category (p, C+1, C-1): influence of each category on the thresholds of the item, 0 for missing.
    """
    for pair in range(len(pairs)):
        i, j = pairs[pair]
        lookup = cell_influence(
            tables[pair],
            thresholds[i, : levels[i] - 1],
            thresholds[j, : levels[j] - 1],
            shares[i, : levels[i]],
            shares[j, : levels[j]],
            by_category[i],
            by_category[j],
            rho[pair],
        )
        first, second, target = codes[i], codes[j], influence[places[pair]]
        for row in range(len(target)):
            target[row] = lookup[first[row], second[row]]
