"""The best solution within bounds of a model of ordinal variables whose minimum lies outside what it can mean.

Residual variances that follow from the rest are bounded like those that are parameters.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scoring.sem.bounded import AT_BOUND, Bounded, latent_eigenvalues, search
from scoring.sem.bounds import RECIPES, Bounds, Box, box_of
from scoring.sem.categorical.least_squares import all_slopes, discrepancy
from scoring.sem.categorical.problem import whole_problem
from scoring.sem.categorical.standardised import residual_variances
from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.least_squares.search import times


def within_bounds(theta: np.ndarray, task: CategoricalTask) -> Bounded:
    """Minimise where nothing is impossible from an improper minimum; theta (r,): the fitted parameters."""
    whole = whole_problem(task.whole, task.problem, task.samples)
    variances, spread = _variances(task)
    q, derived = task.whole.table.n_free, _derived(task)

    def distance(fitted: np.ndarray) -> np.ndarray:
        every, _ = _extended(fitted, task)
        eigenvalues, _ = latent_eigenvalues(every, whole)
        return np.concatenate([fitted[variances] / spread, every[q + derived], eigenvalues])

    def direction(fitted: np.ndarray) -> np.ndarray:
        every, lift = _extended(fitted, task)
        _, slopes = latent_eigenvalues(every, whole)
        own = np.zeros((len(variances), len(fitted)))
        own[np.arange(len(variances)), variances] = 1 / spread
        return np.vstack([own, lift[q + derived], slopes @ lift])

    return _search(theta, task, distance, direction)


def within_box(theta: np.ndarray, task: CategoricalTask, word: Bounds) -> Bounded:
    """Minimise within the bounds that a word stands for; theta (r,): where to begin.

    An answer behind which the variance is 1 has bounds as a variable of that variance. The theta parameterization gives
    it no scale, and nothing that rests on one is bounded.
    """
    q, (box, derived) = task.whole.table.n_free, _box(task, word)

    def distance(point: np.ndarray) -> np.ndarray:
        return np.concatenate([box.distance(point), _extended(point, task)[0][q + derived]])

    def direction(point: np.ndarray) -> np.ndarray:
        return np.vstack([box.direction(), _extended(point, task)[1][q + derived]])

    return _search(box.clip(theta), task, distance, direction)


def in_box(theta: np.ndarray, task: CategoricalTask, word: Bounds) -> bool:
    """Whether fitted parameters theta (r,) lie within the bounds that a word stands for."""
    box, derived = _box(task, word)
    beyond = _extended(theta, task)[0][task.whole.table.n_free + derived]
    return box.inside(theta) and bool((beyond >= 0).all())


def _box(task: CategoricalTask, word: Bounds) -> tuple[Box, np.ndarray]:
    """The bounds on fitted parameters, and which of all residual variances follow from them and are bounded too."""
    table = task.whole.table
    fitted = np.full(len(table.rows), -1)
    inside = (table.free >= 0) & ~task.whole.own_threshold
    fitted[inside] = np.searchsorted(task.problem.active, table.free[inside])
    scale = np.stack([np.diag(sample.moments.covariances) for sample in task.samples])
    if task.options.parameterization == "theta":
        scale = np.where(task.problem.model.ordinal, np.inf, scale)
    outcomes = replace(table, free=fitted, observed=task.whole.outcomes)
    derived = _derived(task) if "ov.var" in RECIPES[word].lower else np.empty(0, dtype=int)
    return box_of(outcomes, scale, word), derived


def possible(theta: np.ndarray, task: CategoricalTask) -> bool:
    """Whether no variance is negative and no correlation of latent variables beyond 1, but for rounding."""
    whole, (variances, spread) = whole_problem(task.whole, task.problem, task.samples), _variances(task)
    every, _ = _extended(theta, task)
    eigenvalues, _ = latent_eigenvalues(every, whole)
    found = [theta[variances] / spread, every[task.whole.table.n_free + _derived(task)], eigenvalues]
    return bool((np.concatenate(found) > -AT_BOUND).all())


def _derived(task: CategoricalTask) -> np.ndarray:
    """Which of all residual variances, group after group, follow from the parameters."""
    model = task.problem.model
    return np.flatnonzero(np.tile(model.ordinal, len(task.problem.n))) if model.derived else np.empty(0, dtype=int)


def _extended(fitted: np.ndarray, task: CategoricalTask) -> tuple[np.ndarray, np.ndarray]:
    """All parameters with the residual variances behind, thresholds of their own at 0, and their slopes."""
    q = task.whole.table.n_free
    values, slopes = residual_variances(fitted, task.problem, q)
    lift = np.zeros((q, len(fitted)))
    lift[task.problem.active, np.arange(len(fitted))] = 1.0
    return np.append(lift @ fitted, values), np.vstack([lift, slopes @ lift])


def _search(
    theta: np.ndarray, task: CategoricalTask, distance: Callable[[np.ndarray], np.ndarray],
    direction: Callable[[np.ndarray], np.ndarray],
) -> Bounded:  # fmt: skip
    held, model, target = task.held, task.problem.model, task.problem.target

    def slope(fitted: np.ndarray) -> np.ndarray:
        values, jacobian = all_slopes(fitted, model)
        return -2 * jacobian.T @ times(target.weight, target.values - values)

    inner = all_slopes(theta, model)[1] @ held.basis
    return search(
        theta, held, inner.T @ times(target.weight, inner),
        value=lambda fitted: float(discrepancy(fitted, model, target)), slope=slope,
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
