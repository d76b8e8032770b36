"""The best minimum that two starts lead to, the second only where the first one leaves doubt."""

from typing import NamedTuple

import numpy as np

from scoring.sem.indices import n_moments
from scoring.sem.solve import Stop, minimise
from scoring.sem.start import starting_values
from scoring.sem.status import improper
from scoring.sem.task import Task

MAX_STEPS = 200
TOLERANCE = 1e-16  # of Newton's decrement: estimates within about 1e-8 of a standard error of the minimum
DOUBTFUL = 0.15  # RMSEA above which a minimum may be a local one
LOWER = 1e-8  # of the discrepancy, relative: a smaller fall is the same minimum


class Ended(NamedTuple):
    """theta (q,): where the search ended.   value: the discrepancy there.   steps taken.   stop: why."""

    theta: np.ndarray
    value: float
    steps: int
    stop: Stop


def search(task: Task, start: np.ndarray) -> Ended:
    """The minimum from start (q,); where that is none, impossible or fits badly, the lower one of two starts."""
    found = _search(task, start)
    if not _doubtful(found, task):
        return found
    other = _search(task, starting_values(task.table, task.sample, alike=True))
    better = other.stop == Stop.CONVERGED and not found.value * (1 - LOWER) <= other.value
    return other if better or found.stop == Stop.NO_START else found


def _search(task: Task, start: np.ndarray) -> Ended:
    held = task.held
    first = np.linalg.lstsq(held.basis, start - held.shift, rcond=None)[0]
    x, value, steps, stop = minimise(first, held.basis, held.shift, task.problem, MAX_STEPS, TOLERANCE)
    return Ended(held.basis @ x + held.shift, value, steps, stop)


def _doubtful(found: Ended, task: Task) -> bool:
    if found.stop != Stop.CONVERGED:
        return True
    df = n_moments(task.problem, task.options, task.covariates) - task.npar
    if found.value - df / task.sample.total > df * DOUBTFUL**2 / len(task.problem.share):
        return True
    return bool(improper(found.theta, task.table, task.problem, task.sample.labels))
