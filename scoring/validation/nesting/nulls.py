"""What random answers look like: null distributions, and critical values of rwg(j) and AD against them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from scoring.draws import nearest_correlation

# Answers at random to a question of five answers (LeBreton & Senter 2008, Organizational Research Methods 11, table 2).
OF_FIVE: Mapping[str, tuple[float, ...]] = {
    "uniform": (0.20, 0.20, 0.20, 0.20, 0.20),
    "slightly_skewed": (0.05, 0.15, 0.20, 0.35, 0.25),
    "moderately_skewed": (0.00, 0.10, 0.15, 0.40, 0.35),
    "triangular": (0.11, 0.22, 0.34, 0.22, 0.11),
}
CHANCE = 0.05  # of random answers agreeing as well


@dataclass(frozen=True, slots=True, eq=False)
class CriticalValues:
    """What one in twenty groups of random answers reaches, by the number of respondents.

    size (sizes,): 2, 3, ...   rwg (sizes,): least rwg(j) that at most `CHANCE` of the groups reach, 1 where not even
    full agreement is rare enough; ad (sizes,): largest AD that at most `CHANCE` of them stay within, 0 likewise.
    reachable (sizes,): bool, whether full agreement is rarer than `CHANCE`.
    """

    size: np.ndarray
    rwg: np.ndarray
    ad: np.ndarray
    reachable: np.ndarray

    def at(self, n: np.ndarray) -> np.ndarray:
        """Positions of groups of n respondents, n (groups,) of 2 or more and no more than the largest simulated."""
        return np.asarray(n, dtype=np.intp) - int(self.size[0])


def null_distributions(n_answers: int) -> dict[str, np.ndarray]:
    """Probabilities of the answers by name of the null; uniform alone unless there are five answers."""
    if n_answers == len(OF_FIVE["uniform"]):
        return {name: np.array(p) for name, p in OF_FIVE.items()}
    return {"uniform": np.full(n_answers, 1 / n_answers)}


def null_variance(p: np.ndarray) -> float:
    """Variance of an answer drawn from 1, 2, ... with probabilities p (answers,)."""
    values = np.arange(1, len(p) + 1)
    return float(p @ values**2 - (p @ values) ** 2)


def critical_values(
    rng: np.random.Generator, p: np.ndarray, correlation: np.ndarray, largest: int, draws: int
) -> CriticalValues:
    """Critical values of rwg(j) and of AD by simulation, for groups of 2 to `largest` respondents.

    Single items: Dunlap, Burke & Smith-Crowe (2003, J. Applied Psychology 88). Several: items correlate as given, since
    with independent items even slight agreement seems more than chance (Cohen, Doveh & Nahum-Shani 2009, Organizational
    Research Methods 12). Normal variates are cut where the null distribution says. A group of n is made of the first n
    of one of the largest groups, so that critical values of different sizes rest on the same draws.

    p (answers,): null distribution; correlation (J, J) of the items, moved to the nearest correlation matrix.
    """
    j, values = len(correlation), np.arange(1.0, len(p) + 1)
    root = _root(nearest_correlation(correlation))
    cuts = ndtri(np.clip(np.cumsum(p)[:-1], 0, 1))
    answers = np.searchsorted(cuts, rng.standard_normal((draws, largest, j)) @ root.T)
    size = np.arange(2, largest + 1)
    n = np.arange(1, largest + 1)[:, None]
    given = [np.cumsum(answers == k, axis=1, dtype=np.int32) for k in range(len(p))]
    total = sum(value * count for value, count in zip(values, given, strict=True))
    squares = sum(value**2 * count for value, count in zip(values, given, strict=True))
    mean = total / n
    away = sum(np.abs(value - mean) * count for value, count in zip(values, given, strict=True)) / n
    s2 = ((squares - n * mean**2)[:, 1:] / (n[1:] - 1)).mean(axis=2)
    rwg = rwg_j(s2, np.full(s2.shape, j), null_variance(p))
    ad = away[:, 1:].mean(axis=2)
    least, most = _rare(-rwg), _rare(ad)
    return CriticalValues(
        size=size,
        rwg=np.where(np.isnan(least), 1.0, -least),
        ad=np.where(np.isnan(most), 0.0, most),
        reachable=~np.isnan(least),
    )


def rwg_j(s2: np.ndarray, items: np.ndarray, variance: float) -> np.ndarray:
    """rwg(j) from mean item variances s2 and numbers of items, clamped at 0 (James, Demaree & Wolf 1984, eq. 2)."""
    share = np.minimum(s2 / variance, 1.0)
    return np.asarray(items * (1 - share) / (items * (1 - share) + share))


def _rare(value: np.ndarray) -> np.ndarray:
    """Largest value that at most `CHANCE` of the rows reach from below, column by column; NaN where there is none."""
    ordered = np.sort(value, axis=0)
    allowed = int(CHANCE * len(ordered) + 1e-9)
    limit = ordered[allowed]  # the first value too many
    below = np.where(ordered < limit - 1e-9, ordered, -np.inf).max(axis=0)
    return np.where(np.isinf(below), np.nan, below)


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(np.maximum(values, 0))
    return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True))
