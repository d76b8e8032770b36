"""The table of estimates of a model of two levels."""

import numpy as np
import pandas as pd

from scoring.sem.estimates import frame_of
from scoring.sem.standardised import Standardised, standardise
from scoring.sem.two_level.task import TwoLevelTask


def estimates_frame(theta: np.ndarray, vcov: np.ndarray, task: TwoLevelTask) -> pd.DataFrame:
    """Estimates with errors, tests, intervals and values standardised by the variances of their level.

    level is 1 within, 2 between and 0 for what is defined.
    """
    free = task.table.whole.free
    est = np.append(theta, 0.0)[free] + np.where(free < 0, _fixed(task), 0.0)
    parts = [standardise(theta, view) for view in task.views]
    standard = Standardised(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return _with_levels(task, est, vcov, standard)


def nothing_frame(task: TwoLevelTask) -> pd.DataFrame:
    """The table of a fit without a solution: what is fixed, and nothing else."""
    table = task.table.whole
    q, rows = table.n_free, np.full(len(table.rows), np.nan)
    est = np.where(table.free < 0, _fixed(task), np.nan)
    standard = Standardised(rows, rows, np.full((len(rows), q), np.nan))
    return _with_levels(task, est, np.full((q, q), np.nan), standard)


def _fixed(task: TwoLevelTask) -> np.ndarray:
    return np.concatenate([view.at.value for view in task.views])


def _with_levels(task: TwoLevelTask, est: np.ndarray, vcov: np.ndarray, standard: Standardised) -> pd.DataFrame:
    table = task.table.whole
    frame = frame_of(table, ("", ""), est, vcov, standard, task.reference_df)
    return frame.assign(level=[row.group + 1 for row in table.rows] + [0] * len(table.definitions))
