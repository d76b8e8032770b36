"""The correlation matrices that dimensionality is read from, pairwise where forms ask different items."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scoring.draws import nearest_correlation
from scoring.sem.ordinal import OrdinalData, ordinal_moments

Correlation = Literal["pearson", "polychoric"]
CORRELATIONS: tuple[Correlation, ...] = ("pearson", "polychoric")

# Fewer respondents than this in common give no correlation; those under the second number are named.
FEWEST_IN_COMMON, FEW_IN_COMMON = 10, 100
# The least eigenvalue of a matrix that has to be inverted.
EIGENVALUE_FLOOR = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Definite:
    """A correlation matrix (p, p) that can be inverted.

    smoothed: whether it had to be changed.   change: the largest change of a correlation.   smallest: least eigenvalue
    before.
    """

    R: np.ndarray
    smoothed: bool
    change: float
    smallest: float


def pairwise_pearson(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Product-moment correlations (p, p) of values (n, p), NaN missing: each pair over the rows that have both.

    weights (n,): how often each row counts.   NaN where a pair has fewer than two rows or one does not vary there.
    """
    seen = np.isfinite(values)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    total = np.maximum((seen * weight[:, None]).sum(axis=0), 1.0)
    centre = np.where(seen, values, 0.0).T @ weight / total
    x = np.where(seen, values - centre, 0.0)
    mask = seen.astype(float)
    heavy, heavy_mask = x * weight[:, None], mask * weight[:, None]
    n, sums, squares, products = heavy_mask.T @ mask, heavy.T @ mask, (heavy * x).T @ mask, heavy.T @ x
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = squares - sums**2 / n
        r = (products - sums * sums.T / n) / np.sqrt(spread * spread.T)
        r[(spread <= 0.0) | (spread.T <= 0.0)] = np.nan
    found = np.clip(r, -1.0, 1.0)
    np.fill_diagonal(found, np.where(np.diag(spread) > 0.0, 1.0, np.nan))
    return found


def answers_of(data: OrdinalData) -> np.ndarray:
    """The answers (n, p) behind the codes, NaN where missing."""
    columns = [np.append(data.categories[j], np.nan)[data.codes[j]] for j in range(len(data.names))]
    return np.column_stack(columns)


def correlation_matrix(data: OrdinalData, correlation: Correlation) -> np.ndarray:
    """Correlations (p, p) of ordinal items, pairwise: of the answers as numbers, or polychoric. NaN where undefined."""
    if correlation == "pearson":
        return pairwise_pearson(answers_of(data), data.weights)
    return ordinal_moments(data).covariances


def pair_counts(data: OrdinalData) -> np.ndarray:
    """Respondents, by weight, who answered both items of each pair; (p, p)."""
    seen = (data.codes < data.levels[:, None]).astype(float)
    return (seen * data.weights) @ seen.T


def effective_n(counts: np.ndarray) -> float:
    """Harmonic mean of the respondents of all pairs, counts (p, p): the variance of a correlation goes with 1/n."""
    pairs = counts[np.triu_indices(len(counts), 1)]
    return float(len(pairs) / np.sum(1.0 / pairs))


def connected_items(counts: np.ndarray, R: np.ndarray, fewest: int = FEWEST_IN_COMMON) -> np.ndarray:
    """Which items (p,) to keep so that every pair has enough respondents and a defined correlation.

    The item with most lacking pairs goes first, of several the last one. counts, R (p, p).
    """
    lacking = (counts < fewest) | ~np.isfinite(R)
    kept = np.ones(len(counts), dtype=bool)
    while (of_item := (lacking & np.outer(kept, kept)).sum(axis=1)).any():
        kept[len(kept) - 1 - np.argmax(of_item[::-1])] = False
    return kept


def subset(data: OrdinalData, items: np.ndarray) -> OrdinalData:
    """The data of some items, by position or as a mask."""
    chosen = np.arange(len(data.names))[items]
    return replace(
        data,
        names=tuple(data.names[j] for j in chosen),
        levels=data.levels[chosen],
        codes=np.ascontiguousarray(data.codes[chosen]),
        categories=tuple(data.categories[j] for j in chosen),
    )


def positive_definite(R: np.ndarray, floor: float = EIGENVALUE_FLOOR) -> Definite:
    """The matrix itself where its eigenvalues are at least `floor`; else the nearest correlation matrix, so lifted.

    Source: Higham (2002, IMA J. Numerical Analysis 22, algorithm 3.3); what is still below the floor is mixed with the
    identity matrix by as much as it needs. Pairwise and polychoric matrices may need it, complete Pearson ones do not.
    """
    smallest = float(np.linalg.eigvalsh(R)[0])
    if smallest >= floor:
        return Definite(R, False, 0.0, smallest)
    near = nearest_correlation(R)
    least = float(np.linalg.eigvalsh(near)[0])
    share = max(floor - least, 0.0) / (1.0 - least)
    found = (1.0 - share) * near + share * np.eye(len(R))
    return Definite(found, True, float(np.abs(found - R).max()), smallest)
