"""Runs of whole groups shared out among threads: compiled loops let go of the interpreter's lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np


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
