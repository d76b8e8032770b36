"""Sample moments of ordinal and mixed data: what weighted least squares fits."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from scoring.sem.ordinal import rows, tables
from scoring.sem.ordinal.data import OrdinalData
from scoring.sem.ordinal.layout import Layout, layout_of, tabular_pairs
from scoring.sem.ordinal.margins import Margins, fit_margins, row_bounds, standardised
from scoring.sem.ordinal.root import NEAR_BOUND
from scoring.sem.sample import DataError


class PairStatus(Enum):
    """How the estimation of one correlation ended; the value is the sentence a user reads."""

    CONVERGED = "Converged."
    AT_BOUND = "The correlation stands at its bound of .9999: the two variables order the respondents alike."
    NOT_CONVERGED = "Not converged; do not use this correlation."


STATUSES = {
    tables.CONVERGED: PairStatus.CONVERGED,
    tables.AT_BOUND: PairStatus.AT_BOUND,
    tables.NOT_CONVERGED: PairStatus.NOT_CONVERGED,
}


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalMoments:
    """Estimates of Muthen's (1984) first two steps for p variables.

    values (m,): the moments in the order of `layout`.   margins: step 1.   correlations (pairs,), covariances (p, p):
    of the variables behind the answers, given x; variance 1 where ordinal.   status (pairs,): codes of `tables`.
    empty_cells (pairs,): combinations of answers nobody gave, -1 where there is no table.   n: rows by weight.
    pair_n (p, p): rows with both answers.
    """

    values: np.ndarray
    margins: Margins
    correlations: np.ndarray
    covariances: np.ndarray
    status: np.ndarray
    empty_cells: np.ndarray
    n: float
    pair_n: np.ndarray
    layout: Layout


def ordinal_moments(data: OrdinalData, *, start: np.ndarray | None = None) -> OrdinalMoments:
    """Thresholds by margins, then each correlation by maximum likelihood given them, pairwise where answers miss.

    start (p(p-1)/2,): correlations near the answer, as in a bootstrap.   Raises ValueError for a pair that nobody
    answered together.   Source: Muthen (1984, Psychometrika 49), Olsson (1979, Psychometrika 44).
    """
    layout, margins = layout_of(data), fit_margins(data)
    seen = np.array([data.observed(j) for j in range(len(data.names))])
    pair_n = _pair_counts(seen, data.weights)
    i, j = layout.pairs.T
    if (alone := np.flatnonzero(pair_n[i, j] <= 0)).size:
        first, second = (data.names[k] for k in layout.pairs[alone[0]])
        raise DataError(f"Nobody answered both {first} and {second}; their correlation cannot be estimated.")
    rho = np.full(len(i), np.nan) if start is None else np.clip(start, -tables.START_LIMIT, tables.START_LIMIT)
    status, empty = np.zeros(len(i), dtype=np.int64), np.full(len(i), -1)
    tabular = tabular_pairs(data, layout)
    if tabular.any():
        pairs = layout.pairs[tabular]
        counts = tables.two_way_tables(data.codes, data.levels, pairs, data.weights)
        cells = tables.answered(counts, pairs, data.levels)
        empty[tabular] = (cells & (counts == 0.0)).sum(axis=(1, 2))
        guess = tables.first_guess(counts, pairs, margins.thresholds, margins.shares)
        found = np.where(np.isnan(rho[tabular]), guess, rho[tabular])
        ended = np.empty(len(pairs), dtype=np.int64)
        tables.correlate_tables(
            tables.keep_margins(counts, cells), pairs, data.levels, margins.thresholds, margins.shares, found, ended
        )
        rho[tabular], status[tabular] = found, ended
    for pair in np.flatnonzero(~tabular):
        rho[pair], status[pair] = _correlate_rows(data, margins, int(i[pair]), int(j[pair]), float(rho[pair]))
    sd = np.sqrt(margins.variance)
    covariances = np.diag(margins.variance)
    covariances[i, j] = covariances[j, i] = rho * sd[i] * sd[j]
    return OrdinalMoments(
        values=_stack(data, layout, margins, covariances[i, j]),
        margins=margins,
        correlations=rho,
        covariances=covariances,
        status=status,
        empty_cells=empty,
        n=float(data.weights[seen.any(axis=0)].sum()),
        pair_n=pair_n,
        layout=layout,
    )


def _pair_counts(seen: np.ndarray, weights: np.ndarray) -> np.ndarray:
    if seen.all():
        return np.full((len(seen), len(seen)), weights.sum())
    return (seen * weights) @ seen.T.astype(np.float64)


def _correlate_rows(data: OrdinalData, margins: Margins, i: int, j: int, start: float) -> tuple[float, int]:
    weights = data.weights * (data.observed(i) & data.observed(j))
    guess = 0.0 if np.isnan(start) else start
    if data.levels[i] and data.levels[j]:
        a, b = row_bounds(margins, data, i), row_bounds(margins, data, j)
        return rows.correlate_intervals(a.lower, a.upper, b.lower, b.upper, weights, guess)
    if not data.levels[i] and not data.levels[j]:
        z, y = (np.nan_to_num(standardised(margins, data, k)) for k in (i, j))
        rho = rows.correlate_pearson(z, y, weights)
        return rho, tables.AT_BOUND if abs(rho) > NEAR_BOUND else tables.CONVERGED
    continuous, ordinal = (j, i) if data.levels[i] else (i, j)
    bounds = row_bounds(margins, data, ordinal)
    z = np.nan_to_num(standardised(margins, data, continuous))
    return rows.correlate_polyserial(z, bounds.lower, bounds.upper, weights, guess)


def _stack(data: OrdinalData, layout: Layout, margins: Margins, covariances: np.ndarray) -> np.ndarray:
    values = np.empty(layout.size)
    for j, levels in enumerate(data.levels):
        own = margins.thresholds[j, : levels - 1] if levels else -margins.mean[j : j + 1]
        values[layout.first[j] : layout.first[j] + len(own)] = own
    values[layout.slopes : layout.variances] = margins.slopes.T.ravel()
    values[layout.variances : layout.covariances] = margins.variance[layout.continuous]
    values[layout.covariances :] = covariances
    return values
