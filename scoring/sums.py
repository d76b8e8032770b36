"""Sums over runs of rows, the step that members, roles and units are made with."""

import numpy as np
from scipy.sparse import csr_array


def run_sums(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Sum of the rows bounds[i] to bounds[i + 1] - 1 for every i; an empty run gives 0.

    values (rows, columns) numbers or flags, none NaN; bounds (runs + 1,) ascending, from 0 to the number of rows.
    Returns (runs, columns) float64. A product with a sparse matrix of ones takes an eighth of the time of
    `np.add.reduceat` where runs are as short as the respondents of a member.
    """
    rows = len(values)
    ones = (np.ones(rows), np.arange(rows, dtype=np.int32), bounds.astype(np.int32, copy=False))
    sums: np.ndarray = csr_array(ones, shape=(len(bounds) - 1, rows)) @ values.astype(float, copy=False)
    return sums
