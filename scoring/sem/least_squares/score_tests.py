"""Score tests of the equality constraints of models of numbers fitted by least squares."""

import numpy as np

from scoring.sem.least_squares.gains import gains
from scoring.sem.least_squares.moments import implied_slopes
from scoring.sem.least_squares.task import LeastSquares
from scoring.sem.score_tests import ScoreTests, constraint_slopes, own_positions, released_rows


def score_tests(theta: np.ndarray, ls: LeastSquares) -> ScoreTests:
    """What releasing constraints would take off the chi-square, as `modification.modification_indices` counts it.

    The statistics are those of `categorical.score_tests`; with GLS and WLS the gain itself is a chi-square. theta (q,).
    Raises ModelError for a model without equality
    constraints.
    """
    task, labels = ls.task, ls.task.sample.labels
    rows = np.flatnonzero(task.table.free >= 0)
    slopes, sides = constraint_slopes(task.table, labels, rows)
    values = theta[task.table.free[rows]]
    apart = task.problem._replace(at=task.problem.at._replace(free=own_positions(task.table, rows)))
    implied, jacobian = implied_slopes(values, apart, ls.at)
    found = gains(
        ls.target, implied, jacobian, slopes, sides, task.sample.total, task.npar,
        cov=None if ls.recipe.efficient else ls.cov, reference_df=np.inf,
    )  # fmt: skip
    parameters = released_rows(task.table, labels, rows, values, found.change, found.loose)
    return ScoreTests(found.chisq, found.df, found.p, found.constraints, parameters, found.scaled)
