"""Thresholds, correlations and their variances in a resample of ordinal, or ordinal and continuous, answers."""

from dataclasses import replace

import numpy as np

from scoring.sem.categorical.data import GroupSample
from scoring.sem.compiled import compiled
from scoring.sem.ordinal import OrdinalData, influence, ordinal_moments
from scoring.sem.ordinal.layout import tabular_pairs
from scoring.sem.ordinal.margins import threshold_influence
from scoring.sem.ordinal.moments import OrdinalMoments
from scoring.sem.ordinal.tables import cell_influence, two_way_tables


def resampled_moments(data: OrdinalData, weights: np.ndarray, start: np.ndarray, *, weighted: bool) -> GroupSample:
    """Moments of a group's rows under weights (n,), and, where `weighted`, their variances; else these are 1.

    start (pairs,): correlations to begin at. There are no influence functions row by row in it (`columns`).
    Raises ValueError where there are no moments.
    """
    drawn = weights > 0
    part = replace(
        data,
        codes=np.ascontiguousarray(data.codes[:, drawn]),
        values=np.ascontiguousarray(data.values[:, drawn]),
        x=data.x[drawn],
        weights=weights[drawn],
    )
    moments = ordinal_moments(part, start=start)
    variance = _variances(part, moments) if weighted else np.ones(len(moments.values))
    total = part.weights.sum()
    mean = part.weights @ part.x / total
    away = part.x - mean
    cov = away.T @ (away * part.weights[:, None]) / (total - 1)
    return GroupSample(moments, variance, np.empty((len(moments.values), 0)), mean, cov)


def lacks_category(data: OrdinalData, weights: np.ndarray) -> bool:
    """Whether nobody with a weight chose some category of an ordinal variable."""
    drawn = weights > 0
    for codes, levels in zip(data.codes, data.levels, strict=True):
        chosen = np.zeros(levels + 1, dtype=bool)
        chosen[codes[drawn]] = True
        if not chosen[:levels].all():
            return True
    return False


def _variances(data: OrdinalData, moments: OrdinalMoments) -> np.ndarray:
    """n times the variance of each moment, rows taken as independent, (m,).

    Where all variables are ordinal and without covariates the sums of squared influences run over the cells of tables
    instead of rows.
    """
    if not tabular_pairs(data, moments.layout).all() or (data.levels == 0).any():
        rows = influence(data, moments)
        return np.asarray(moments.n * np.einsum("ij,ij,j->i", rows, rows, data.weights))
    layout, margins = moments.layout, moments.margins
    by_category = threshold_influence(margins, data)
    found = np.empty(layout.size)
    for j, levels in enumerate(data.levels):
        counts = np.bincount(data.codes[j], data.weights, minlength=levels + 1)[: levels + 1]
        squares = by_category[j, : levels + 1, : levels - 1] ** 2
        found[layout.first[j] : layout.first[j] + levels - 1] = counts[:levels] @ squares[:levels]
    sum_squares(
        two_way_tables(data.codes, data.levels, layout.pairs, data.weights), layout.pairs, data.levels,
        margins.thresholds, margins.shares, by_category, moments.correlations, found[layout.covariances :],
    )  # fmt: skip
    return np.asarray(moments.n * found)


@compiled
def sum_squares(
    tables: np.ndarray, pairs: np.ndarray, levels: np.ndarray, thresholds: np.ndarray, shares: np.ndarray,
    by_category: np.ndarray, rho: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Fill out (pairs,) with the sums over tables (pairs, C+1, C+1) of squared influences on rho (pairs,)."""
    for pair in range(len(pairs)):
        i, j = pairs[pair]
        pulls = cell_influence(
            tables[pair],
            thresholds[i, : levels[i] - 1],
            thresholds[j, : levels[j] - 1],
            shares[i, : levels[i]],
            shares[j, : levels[j]],
            by_category[i],
            by_category[j],
            rho[pair],
        )
        total = 0.0
        for a in range(levels[i] + 1):
            for b in range(levels[j] + 1):
                total += tables[pair, a, b] * pulls[a, b] * pulls[a, b]
        out[pair] = total
