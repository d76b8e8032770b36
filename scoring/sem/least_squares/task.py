"""What an estimation by least squares works on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import block_diag

from scoring.sem.categorical.inference import Weighted, metric
from scoring.sem.least_squares.moments import (
    Places,
    implied_moments,
    implied_slopes,
    normal_weight,
    places,
    sample_gamma,
    sample_moments,
)
from scoring.sem.least_squares.options import RECIPES, Recipe
from scoring.sem.least_squares.search import Target, times
from scoring.sem.least_squares.whole_weight import check_rows, inverse
from scoring.sem.problem import Restriction
from scoring.sem.sample import DataError, group_name
from scoring.sem.task import Task

CONSTANT = 1e-12  # variance of a product beside the products of variances that counts as none


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """A task with its moments and their weight.

    gammas (m, m) of each group: n times the covariance matrix of its moments.   target: moments and weights of all
    groups, which count by (n_g - 1) / N, so that T = N F.
    """

    task: Task
    at: Places
    gammas: tuple[np.ndarray, ...]
    target: Target

    @property
    def recipe(self) -> Recipe:
        return RECIPES[self.task.options.estimator]

    @property
    def df(self) -> int:
        """Fitted moments less free parameters."""
        return len(self.target.values) - self.task.npar

    @property
    def n(self) -> np.ndarray:
        return self.task.sample.n

    @cached_property
    def unit(self) -> float:
        """What a squared residual is measured in: the mean variance of the moments where they are not weighted."""
        if self.recipe.weight != "none":
            return 1.0
        return float(np.mean([np.diag(gamma).mean() for gamma in self.gammas]))

    @cached_property
    def information_weight(self) -> np.ndarray:
        """The weight in which a group counts by n_g / N (lavaan)."""
        return times(np.repeat(self.n / (self.n - 1), self.at.size), self.target.weight)

    @cached_property
    def cov(self) -> np.ndarray:
        """Covariance matrix of the moments of all groups, (groups m, groups m)."""
        return np.asarray(block_diag(*(gamma / n for gamma, n in zip(self.gammas, self.n, strict=True))))

    def values(self, theta: np.ndarray) -> np.ndarray:
        return implied_moments(theta, self.task.problem, self.at)

    def slopes(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return implied_slopes(theta, self.task.problem, self.at)

    def weighted(self, jacobian: np.ndarray, held: Restriction) -> Weighted:
        """The model at a minimum in the metric of the weights; jacobian (groups m, q)."""
        return metric(jacobian @ held.basis, self.information_weight)


def least_squares(task: Task) -> LeastSquares:
    """Moments and weights of a task whose sample has the divisor n - 1.

    Raises DataError where the weight that the estimator needs does not exist.
    """
    sample, recipe = task.sample, RECIPES[task.options.estimator]
    at = places(task.problem.n_observed, task.covariates, means=task.options.meanstructure)
    if recipe.weight == "whole":
        for n, label in zip(sample.n, sample.labels, strict=True):
            check_rows(float(n), at.size, label)
    gammas = tuple(sample_gamma(sample, at, task.covariates, g) for g in range(len(sample.labels)))
    weights = [_weight(g, gamma, task, at, recipe) for g, gamma in enumerate(gammas)]
    shared = [(n - 1) / sample.total * weight for n, weight in zip(sample.n, weights, strict=True)]
    whole = np.concatenate(shared) if shared[0].ndim == 1 else block_diag(*shared)
    return LeastSquares(task, at, gammas, Target(sample_moments(sample, at), whole))


def _weight(group: int, gamma: np.ndarray, task: Task, at: Places, recipe: Recipe) -> np.ndarray:
    match recipe.weight:
        case "normal":
            return normal_weight(task.sample.cov[group], at)
        case "whole":
            return inverse(gamma, task.sample.labels[group])
        case "diagonal":
            _check_varying(gamma, task, at, group)
            return np.asarray(1 / np.diag(gamma))
        case _:
            return np.ones(at.size)


def _check_varying(gamma: np.ndarray, task: Task, at: Places, group: int) -> None:
    variance, means = np.diag(task.sample.cov[group]), len(at.means)
    size = variance[at.row] * variance[at.col]
    for k in np.flatnonzero(np.diag(gamma)[means:] < CONSTANT * size):
        first, second = task.table.observed[at.col[k]], task.table.observed[at.row[k]]
        what = f"square of '{first}'" if first == second else f"product of '{first}' and '{second}'"
        raise DataError(
            f"The {what} around the mean is the same in every row{group_name(task.sample.labels[group])}, and "
            f"estimator='{task.options.estimator}' divides by its variance. Take estimator='ULSMV' or an ML one."
        )
