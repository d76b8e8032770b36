"""Columns with a meaning: each distinct text is understood once, and every row that cannot be is a fault."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from instrument.faults import Fault
from instrument.reading.cells import moment
from instrument.reading.tables import Column, Table


def read_cells(
    table: Table, name: str, meaning: Callable[[str], Any], found: list[Fault], *, blank: Any, dtype: Any = None
) -> np.ndarray:
    """The meaning of every cell of a column, `blank` where it is empty. Shape (rows,).

    `meaning` raises ValueError with what is wrong and what to do; that goes to `found`.
    """
    column = table.column(name)
    meanings, wrong = [], {}
    for code, text in enumerate(column.texts):
        try:
            meanings.append(meaning(text))
        except ValueError as error:
            wrong[code] = str(error)
            meanings.append(blank)
    found += table.faults_in(name, column.codes, wrong)
    return np.array([*meanings, blank], dtype=dtype)[column.codes]


def categorical(column: Column) -> pd.Categorical:
    """The texts of a column that has no blank cells."""
    return pd.Categorical.from_codes(column.codes, pd.Index(column.texts, dtype="str"), validate=False)


def read_moments(table: Table, name: str, found: list[Fault]) -> np.ndarray:
    """Dates and times of a column in UTC, NaT where empty. Shape (rows,), datetime64[us]."""
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:  # a million distinct times take Arrow a blink, and Python seconds
            return table.arrays[name].cast(kind).to_numpy().astype("datetime64[us]")
        except pa.ArrowException:
            continue
    return read_cells(table, name, moment, found, blank=np.datetime64("NaT", "us"), dtype="datetime64[us]")
