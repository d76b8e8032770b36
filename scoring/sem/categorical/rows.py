"""Rows to be scored, read as the rows of the fit were."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.ordinal.data import column_numbers
from scoring.sem.sample import DataError


class Rows(NamedTuple):
    """codes (n, ordinal): categories from 0 on, -1 where missing.   values (n, continuous) and x (n, k): NaN where
    missing.   group (n,): position of each row's group.
    """

    codes: np.ndarray
    values: np.ndarray
    x: np.ndarray
    group: np.ndarray

    def of(self, rows: np.ndarray) -> "Rows":
        """Some of them."""
        return Rows(*(part[rows] for part in self))


def read_rows(data: pd.DataFrame, task: CategoricalTask) -> Rows:
    """Rows of the variables of a fit. Raises DataError, naming the column, for what the fit does not know."""
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data= takes a pandas DataFrame with a column per variable, not {type(data).__name__}.")
    fitted = task.answers.groups[0]
    ordinal = fitted.levels > 0
    codes = [
        _codes(_numbers(data, name), fitted.categories[j], name) for j, name in enumerate(fitted.names) if ordinal[j]
    ]
    values = [_numbers(data, name) for j, name in enumerate(fitted.names) if not ordinal[j]]
    n = len(data)
    return Rows(
        np.column_stack([np.empty((n, 0), dtype=int), *codes]),
        np.column_stack([np.empty((n, 0)), *values]),
        np.column_stack([np.empty((n, 0)), *(_numbers(data, name) for name in fitted.covariates)]),
        _groups(data, task),
    )


def _numbers(data: pd.DataFrame, name: str) -> np.ndarray:
    count = int((data.columns == name).sum())
    if count != 1:
        raise DataError(f"The data have {count or 'no'} column{'s' * (count > 1)} '{name}', which the model names.")
    try:
        return column_numbers(data[name], name)
    except ValueError as fault:
        raise DataError(str(fault)) from fault


def _codes(values: np.ndarray, categories: np.ndarray, name: str) -> np.ndarray:
    seen = ~np.isnan(values)
    place = np.searchsorted(categories, values)
    known = categories[np.minimum(place, len(categories) - 1)] == values
    if (seen & ~known).any():
        raise DataError(
            f"'{name}' holds {values[seen & ~known][0]:g}, which nobody answered in the rows of the fit. "
            f"Its categories are {', '.join(f'{one:g}' for one in categories)}."
        )
    return np.where(seen, place, -1)


def _groups(data: pd.DataFrame, task: CategoricalTask) -> np.ndarray:
    name, labels = task.answers.group, task.answers.labels
    if name is None:
        return np.zeros(len(data), dtype=int)
    if name not in data.columns:
        raise DataError(f"The data have no column '{name}', by which the model's groups are told apart.")
    given = data[name].map(str)
    unknown = [label for label in given.unique() if label not in labels]
    if unknown:
        raise DataError(f"The model was not fitted to the group '{unknown[0]}' of '{name}'.")
    return given.map({label: g for g, label in enumerate(labels)}).to_numpy(dtype=int)
