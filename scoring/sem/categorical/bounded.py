"""The best solution within bounds of a model of ordinal variables whose minimum lies outside what it can mean.

Residual variances that follow from the rest are bounded like those that are parameters.
"""

import numpy as np

from scoring.sem.bounded import Bounded, latent_eigenvalues, search
from scoring.sem.categorical.least_squares import all_slopes, discrepancy
from scoring.sem.categorical.problem import whole_problem
from scoring.sem.categorical.result import CategoricalTask
from scoring.sem.categorical.standardised import residual_variances


def within_bounds(theta: np.ndarray, task: CategoricalTask) -> Bounded:
    """Minimise within bounds from an improper minimum; theta (r,): the fitted parameters."""
    problem, held, q = task.problem, task.held, task.whole.table.n_free
    whole, model, target = whole_problem(task.whole, problem, task.samples), problem.model, problem.target
    variances, spread = _variances(task)
    derived = np.flatnonzero(np.tile(model.ordinal, len(problem.n))) if model.derived else np.empty(0, dtype=int)

    def extended(fitted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All parameters with the residual variances behind, thresholds of their own at 0, and their slopes."""
        values, slopes = residual_variances(fitted, problem, q)
        lift = np.zeros((q, len(fitted)))
        lift[problem.active, np.arange(len(fitted))] = 1.0
        return np.append(lift @ fitted, values), np.vstack([lift, slopes @ lift])

    def distance(fitted: np.ndarray) -> np.ndarray:
        every, _ = extended(fitted)
        eigenvalues, _ = latent_eigenvalues(every, whole)
        return np.concatenate([fitted[variances] / spread, every[q + derived], eigenvalues])

    def direction(fitted: np.ndarray) -> np.ndarray:
        every, lift = extended(fitted)
        _, slopes = latent_eigenvalues(every, whole)
        own = np.zeros((len(variances), len(fitted)))
        own[np.arange(len(variances)), variances] = 1 / spread
        return np.vstack([own, lift[q + derived], slopes @ lift])

    def slope(fitted: np.ndarray) -> np.ndarray:
        values, jacobian = all_slopes(fitted, model)
        return -2 * jacobian.T @ (target.weight * (target.values - values))

    rooted = all_slopes(theta, model)[1] @ held.basis * np.sqrt(target.weight)[:, None]
    return search(
        theta, held, rooted.T @ rooted, value=lambda fitted: float(discrepancy(fitted, model, target)), slope=slope,
        distance=distance, direction=direction,
    )  # fmt: skip


def _variances(task: CategoricalTask) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the variances among the fitted parameters, and a size to measure each by."""
    table = task.whole.table
    size: dict[int, float] = {}
    for row, free in zip(table.rows, table.free, strict=True):
        if row.op == "~~" and row.lhs == row.rhs and free >= 0:
            place = task.whole.outcomes.index(row.lhs) if row.lhs in task.whole.outcomes else -1
            variance = task.samples[row.group].moments.covariances[place, place] if place >= 0 else 1.0
            size[int(np.searchsorted(task.problem.active, free))] = float(variance)
    return np.array(list(size), dtype=int), np.array(list(size.values()))
