"""Influence functions of the sample moments (Muthen & Satorra 1995): one more row's pull on each of them."""

import numpy as np

from scoring.sem.ordinal import rows, tables
from scoring.sem.ordinal.data import OrdinalData
from scoring.sem.ordinal.layout import tabular_pairs
from scoring.sem.ordinal.margins import (
    Margins,
    by_parameter,
    row_bounds,
    row_influence,
    standardised,
    threshold_influence,
)
from scoring.sem.ordinal.moments import OrdinalMoments


def influence(data: OrdinalData, moments: OrdinalMoments) -> np.ndarray:
    """Influence (m, n) of one more row like each row on the moments; 8 m n bytes (83 MB at 60 items, 5,000 rows).

    Rows of weight w count w times: the covariance matrix of the moments is the sum of w times the outer products,
    and lavaan's Gamma n times that (see `acov.collect`).   Source: Muthen & Satorra (1995, Psychometrika 60).
    """
    layout, margins = moments.layout, moments.margins
    out = np.zeros((layout.size, len(data.weights)))
    # With covariates thresholds may lie where no density is left, as those of a year of birth do.
    by_category = np.empty(0) if layout.covariates else threshold_influence(margins, data)
    for j, levels in enumerate(data.levels):
        if levels and not layout.covariates:
            out[layout.of_variable(j)] = by_category[j, :, : levels - 1].T[:, data.codes[j]]
        else:
            out[layout.of_variable(j)] = row_influence(margins, data, j).T
    tabular = tabular_pairs(data, layout)
    if tabular.any():
        pairs = layout.pairs[tabular]
        tables.fill_influence(
            tables.two_way_tables(data.codes, data.levels, pairs, data.weights),
            pairs,
            data.levels,
            margins.thresholds,
            margins.shares,
            by_category,
            moments.correlations[tabular],
            data.codes,
            layout.covariances + np.flatnonzero(tabular),
            out,
        )
    for pair in np.flatnonzero(~tabular).tolist():
        out[layout.covariances + pair] = _influence_rows(data, moments, pair, out)
    out[layout.first[layout.continuous]] *= -1.0
    return out


def _pair_scores(data: OrdinalData, moments: OrdinalMoments, pair: int) -> tuple[rows.PairScores, int, int]:
    """Scores of a pair of which one is continuous or that has covariates, and the two variables in their order."""
    i, j = moments.layout.pairs[pair]
    rho, margins = moments.correlations[pair], moments.margins
    seen = data.observed(i) & data.observed(j)
    if data.levels[i] and data.levels[j]:
        a, b = row_bounds(margins, data, i), row_bounds(margins, data, j)
        return rows.score_intervals(a.lower, a.upper, b.lower, b.upper, seen, rho), i, j
    if data.levels[i]:
        i, j = j, i
    z = np.nan_to_num(standardised(margins, data, i))
    if not data.levels[j]:
        return rows.score_pearson(z, np.nan_to_num(standardised(margins, data, j)), seen, rho), i, j
    b = row_bounds(margins, data, j)
    return rows.score_polyserial(z, b.lower, b.upper, seen, rho), i, j


def _influence_rows(data: OrdinalData, moments: OrdinalMoments, pair: int, out: np.ndarray) -> np.ndarray:
    scores, i, j = _pair_scores(data, moments, pair)
    weighted = data.weights * scores.rho
    own = scores.rho.copy()
    for k, upper, lower in ((i, scores.first_upper, scores.first_lower), (j, scores.second_upper, scores.second_lower)):
        slopes = _through_margin(data, moments.margins, k, upper, lower)
        own -= (weighted @ slopes) @ out[moments.layout.of_variable(k)]
    own /= weighted @ scores.rho
    sd, rho = np.sqrt(moments.margins.variance), moments.correlations[pair]
    own *= sd[i] * sd[j]
    for k in (i, j):
        if not data.levels[k]:
            own += rho * sd[i] * sd[j] / (2.0 * sd[k] ** 2) * out[moments.layout.of_variable(k)[-1]]
    return own


def _through_margin(data: OrdinalData, margins: Margins, k: int, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Derivatives (n, parameters) of a pair's log-likelihood in the parameters of its variable k."""
    if data.levels[k]:
        return by_parameter(data, k, upper, lower)
    z, variance = np.nan_to_num(standardised(margins, data, k)), margins.variance[k]
    by_mean = -upper / np.sqrt(variance)
    # The factor 1 / sd of the density adds a constant, whose product with the scores in rho sums to 0.
    return np.column_stack([by_mean, by_mean[:, None] * data.x, by_mean * z / (2.0 * np.sqrt(variance))])
