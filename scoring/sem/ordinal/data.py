"""Answers as the estimators take them: ranked categories item by item, missing where nothing was answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem.sample import DataError

CATEGORY_LIMIT = 50
FEWEST_ROWS = 10


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalData:
    """n rows of p variables, ordinal or continuous.

    names: of the variables.   levels (p,): categories of each, 0 for a continuous one.
    codes (p, n): category 0 .. levels-1, and `levels` where missing; 0 throughout for a continuous variable.
    values (p, n): of the continuous variables, NaN where missing; no rows unless there is one.
    categories: the answers behind the codes of each variable, ascending; none for a continuous one.
    x (n, q): exogenous covariates, complete; q may be 0.   covariates: their names.
    weights (n,): how often each row counts.   clusters (n,): 0 .. J-1, or None.
    """

    names: tuple[str, ...]
    levels: np.ndarray
    codes: np.ndarray
    values: np.ndarray
    categories: tuple[np.ndarray, ...]
    x: np.ndarray
    covariates: tuple[str, ...]
    weights: np.ndarray
    clusters: np.ndarray | None

    def observed(self, j: int) -> np.ndarray:
        """Which rows (n,) answered variable j."""
        return self.codes[j] < self.levels[j] if self.levels[j] else np.isfinite(self.values[j])


def ordinal_data(
    data: pd.DataFrame | np.ndarray,
    *,
    ordered: Collection[str] | None = None,
    covariates: pd.DataFrame | np.ndarray | None = None,
    weights: Sequence[float] | np.ndarray | None = None,
    cluster: Sequence[Any] | np.ndarray | None = None,
) -> OrdinalData:
    """Read a table of n rows; NaN is missing.

    ordered: the ordinal columns, None for all; any ordered codes will do (they are ranked), up to 50 categories.
    covariates (n, q): exogenous, without gaps.   weights (n,): frequencies, not negative.   cluster (n,): labels.
    Raises ValueError, naming the column, for text, infinities, a constant, too many categories and too few rows.
    """
    frame = _table(data)
    names = tuple(str(name) for name in frame.columns)
    if len(set(names)) < len(names):
        raise DataError("Two columns carry the same name.")
    ordinal = frozenset(names if ordered is None else ordered)
    if unknown := ordinal - set(names):
        raise DataError(f"Declared ordinal but not among the columns: {', '.join(sorted(unknown))}.")
    n, p = frame.shape
    row_weights = _weights(weights, n)
    if row_weights.sum() < FEWEST_ROWS:
        raise DataError(f"{row_weights.sum():g} rows are too few for correlations; {FEWEST_ROWS} are the least.")
    columns = [column_numbers(frame.iloc[:, j], name) for j, name in enumerate(names)]
    codes = np.zeros((p, n), dtype=np.int16)
    values = np.full((p if len(ordinal) < p else 0, n), np.nan)
    categories = []
    for j, (name, column) in enumerate(zip(names, columns, strict=True)):
        if name in ordinal:
            seen, codes[j] = _ranks(column, row_weights, name)
            categories.append(seen)
        else:
            _refuse_constant(column[row_weights > 0], name)
            values[j] = column
            categories.append(np.empty(0))
    x = pd.DataFrame(np.empty((n, 0)) if covariates is None else covariates)
    return OrdinalData(
        names=names,
        levels=np.array([len(seen) for seen in categories]),
        codes=codes,
        values=values,
        categories=tuple(categories),
        x=_covariates(x, n),
        covariates=tuple(str(name) for name in x.columns),
        weights=row_weights,
        clusters=_clusters(cluster, n),
    )


def _table(data: pd.DataFrame | np.ndarray) -> pd.DataFrame:
    if not isinstance(data, pd.DataFrame) and np.ndim(data) != 2:
        raise DataError("The data must be a table: one row for each respondent, one column for each variable.")
    return pd.DataFrame(data)


def column_numbers(column: pd.Series, name: str) -> np.ndarray:
    """A column as numbers (n,), NaN where missing; ordered categories by their place. Raises ValueError for text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        if not column.cat.ordered:
            raise DataError(f"Column {name} holds categories without an order; give numbers or ordered categories.")
        return np.where(column.cat.codes < 0, np.nan, column.cat.codes).astype(np.float64)
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
        found = next((value for value in column if not isinstance(value, Real) and not pd.isna(value)), None)
        if found is not None:
            raise DataError(f"Column {name} holds {str(found)[:60]!r}; give numbers or ordered categories.")
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        raise DataError(f"Column {name} holds an infinite value; leave missing answers empty.")
    return numbers


def _ranks(column: np.ndarray, weights: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Categories that some row with a positive weight chose, and each row's rank among them."""
    seen = ~np.isnan(column) & (weights > 0)
    answers = column[seen]
    _refuse_constant(answers, name)
    low = answers.min()
    steps = answers - low
    if steps.max() < CATEGORY_LIMIT and (steps == np.floor(steps)).all():
        present = np.bincount(steps.astype(np.int64)) > 0
        categories, ranks = low + np.flatnonzero(present), (np.cumsum(present) - 1)[steps.astype(np.int64)]
    else:
        categories, ranks = np.unique(answers, return_inverse=True)
    if len(categories) > CATEGORY_LIMIT:
        raise DataError(
            f"Column {name} is declared ordinal but holds {len(categories)} different values; {CATEGORY_LIMIT} are the "
            "most. Treat it as continuous or combine categories."
        )
    codes = np.full(len(column), len(categories), dtype=np.int16)
    codes[seen] = ranks
    return categories, codes


def _refuse_constant(answers: np.ndarray, name: str) -> None:
    present = answers[~np.isnan(answers)]
    if len(present) == 0:
        raise DataError(f"Column {name} holds no answer.")
    if (present == present[0]).all():
        raise DataError(f"Column {name} holds the single value {present[0]:g}; a constant has no correlation.")


def _weights(weights: Sequence[float] | np.ndarray | None, n: int) -> np.ndarray:
    if weights is None:
        return np.ones(n)
    found = np.asarray(weights)
    if not (np.issubdtype(found.dtype, np.number) or found.dtype == bool):
        raise DataError("weights must be numbers.")
    found = found.astype(np.float64)
    if found.shape != (n,):
        raise DataError(f"weights has shape {found.shape}; {n} rows need ({n},).")
    if not (np.isfinite(found) & (found >= 0)).all():
        raise DataError("weights must be finite and not negative.")
    return found


def _clusters(cluster: Sequence[Any] | np.ndarray | None, n: int) -> np.ndarray | None:
    if cluster is None:
        return None
    given = np.asarray(cluster)
    if given.ndim != 1:
        raise DataError(f"cluster takes one value a row, not {cluster!r}.")
    codes, labels = pd.factorize(given)
    if codes.shape != (n,):
        raise DataError(f"cluster has shape {codes.shape}; {n} rows need ({n},).")
    if (codes < 0).any():
        raise DataError(f"Row {int(np.argmin(codes))} (counted from 0) has no cluster.")
    if len(labels) < 2:
        raise DataError("All rows are in one cluster; two are the least.")
    return codes


def _covariates(x: pd.DataFrame, n: int) -> np.ndarray:
    if len(x) != n:
        raise DataError(f"covariates has {len(x)} rows, the data {n}.")
    columns = [column_numbers(x.iloc[:, j], str(name)) for j, name in enumerate(x.columns)]
    values = np.column_stack([np.empty((n, 0)), *columns])
    if np.isnan(values).any():
        raise DataError("Covariates have missing values; leave those rows out.")
    if not told_apart(values):
        raise DataError("Covariates are constant or a linear combination of each other.")
    return values


def location_and_spread(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (q,) of each column of x (n, q), which no result may depend on."""
    return x.mean(axis=0), x.std(axis=0)


def told_apart(x: np.ndarray) -> bool:
    """Whether every column of x (n, q) varies and none is a linear combination of others, in whatever units."""
    if not (np.ptp(x, axis=0) > 0).all():
        return False
    if not x.shape[1]:
        return True
    centre, spread = location_and_spread(x)
    return bool(np.linalg.matrix_rank((x - centre) / spread) == x.shape[1])
