"""Loops compiled to machine code, for the steps that visit every answer, and their sharing out among threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile at the first call; loops run outside the interpreter's lock, so that threads can share the work.

    Division by zero gives what NumPy gives. The machine code is kept in a cache; where no folder can be written there
    is none, and every process compiles anew.
    """
    try:
        return njit(function, nogil=True, error_model="numpy", cache=True)
    except RuntimeError:  # Numba: "cannot cache function: no locator available"
        return njit(function, nogil=True, error_model="numpy")


def share_out(work: Callable[[int, int], None], starts: np.ndarray, rows: int, run_rows: int) -> None:
    """Call `work(first, last)` for runs of whole groups of about `run_rows` rows each, on all processors.

    starts (groups,): first of the `rows` rows of each group.
    """
    cuts = np.unique(np.searchsorted(starts, np.arange(0, max(rows, 1), run_rows))).tolist()
    runs = list(zip(cuts, [*cuts[1:], len(starts)], strict=True))
    if len(runs) == 1:
        work(*runs[0])
        return
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(lambda run: work(*run), runs):
            pass
