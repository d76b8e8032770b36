"""Factors beside the structure that an instrument declares: congruence, matching, rotation to a target."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Which factor stands for which column of a target.

    order (k,): the factors, first those of the target's columns in turn, then the rest.   signs (k,): of each in that
    order.   column (k,): the target's column, -1 for a factor without one.   congruence (k,): with it, NaN without.
    """

    order: np.ndarray
    signs: np.ndarray
    column: np.ndarray
    congruence: np.ndarray


def tucker_congruence(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Congruence (k, m) of the columns of loadings a (p, k) and b (p, m): sum ab / sqrt(sum a^2 sum b^2).

    Source: Tucker (1951); from .85 fair, from .95 the same factor (Lorenzo-Seva & ten Berge 2006, Methodology 2). NaN
    for a column of zeros.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return (a.T @ b) / np.sqrt(np.outer((a**2).sum(axis=0), (b**2).sum(axis=0)))


def match_factors(loadings: np.ndarray, target: np.ndarray) -> Match:
    """Pair factors (p, k) with the columns of a target (p, m) so that the sum of the sizes of congruence is greatest.

    Signs are turned so that congruence is positive. Solved as an assignment (Kuhn 1955), not column by column.
    """
    congruence = tucker_congruence(loadings, target)
    factors, columns = linear_sum_assignment(-np.abs(np.nan_to_num(congruence)))
    by_column = np.argsort(columns)
    factors, columns = factors[by_column], columns[by_column]
    rest = np.setdiff1d(np.arange(loadings.shape[1]), factors)
    found = congruence[factors, columns]
    return Match(
        order=np.concatenate([factors, rest]),
        signs=np.concatenate([np.where(found < 0.0, -1.0, 1.0), np.ones(len(rest))]),
        column=np.concatenate([columns, np.full(len(rest), -1)]),
        congruence=np.concatenate([np.abs(found), np.full(len(rest), np.nan)]),
    )


def procrustes(loadings: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The orthogonal matrix (k, k) that turns loadings (p, k) closest to a target (p, k) in the least-squares sense.

    Source: Schonemann (1966, Psychometrika 31): of the singular value decomposition U D V' of L'T it is U V'.
    """
    left, _, right = np.linalg.svd(loadings.T @ target)
    return left @ right
