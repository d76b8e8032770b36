"""The bootstrap over whole units of a model fitted by full information, one step of Fisher scoring for each draw."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.sem import Bootstrap, Fit, ModelError
from scoring.sem.bootstrap.incomplete import fill_patterns
from scoring.sem.bootstrap.maximum_likelihood import NormalModel
from scoring.sem.bootstrap.of_fit import resampling_of
from scoring.sem.bootstrap.refits import Outcome, Refits
from scoring.sem.bootstrap.run import check_arguments, gathered, resample_and_refit
from scoring.sem.compiled import compiled
from scoring.sem.fiml.patterns import Patterns
from scoring.sem.likelihood import EXPECTED, derivatives
from scoring.sem.structure import cholesky, cholesky_solve

MOST_REFITS = 100  # parameters up to which every draw is fitted anew: beyond, a draw by full information takes seconds


@dataclass(frozen=True, eq=False)
class OneStepRefitter:
    """Estimates of draws of whole units by one step from the estimates of all (Schucany & Wang 1991, JRSS B 53).

    A draw in which unit j counts w_j times has the slope sum of w_j g_j and the expected information sum of w_j I_j,
    g_j and I_j being the unit's own at the estimates, so that a draw costs one system of equations. The information is
    the expected one: the observed curvature of draws of few units is not positive definite often enough.
    """

    model: NormalModel
    at_once: int = 64

    def refit(self, counts: tuple[np.ndarray, ...]) -> Refits:
        """As `scoring.sem.bootstrap.refits.Refitter` says."""
        slopes, curvatures = self._of_units
        times = counts[0][:, self._first_rows] / self.model.task.sample.weights[0][self._first_rows]
        steps, definite = _steps(times, slopes, curvatures)
        x = self.model.starts[0] - steps
        outcome = np.where(definite, Outcome.PROPER, Outcome.NOT_IDENTIFIED)
        value = np.tile(self.model.task.problem.at.value, (len(times), 1))
        return self.model.refits(x, value, outcome)

    @cached_property
    def _codes(self) -> np.ndarray:
        clusters = self.model.task.sample.clusters
        if clusters is None:
            raise ModelError("One step for each draw takes units to draw.")
        return clusters[0]

    @cached_property
    def _first_rows(self) -> np.ndarray:
        return np.unique(self._codes, return_index=True)[1]

    @cached_property
    def _of_units(self) -> tuple[np.ndarray, np.ndarray]:
        """Slopes (J, r) and expected curvatures (J, r, r) of N F, within the constraints."""
        task, theta = self.model.task, self.model.theta
        values, weights, basis = task.sample.values[0], task.sample.weights[0], task.held.basis
        slopes, curvatures = [], []
        for code in range(int(self._codes.max()) + 1):
            own = np.where(self._codes == code, weights, 0.0)
            problem = task.problem._replace(patterns=_patterns_of(task.problem.patterns, values, own))
            _, slope, curvature = derivatives(theta, problem, EXPECTED)
            slopes.append(own.sum() * basis.T @ slope)
            curvatures.append(own.sum() * basis.T @ curvature @ basis)
        return np.array(slopes), np.array(curvatures)


@compiled
def _steps(times: np.ndarray, slopes: np.ndarray, curvatures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Solutions (K, r) of (sum of w_j I_j) x = sum of w_j g_j, and whether each sum is positive definite (K,).

    times (K, J); slopes (J, r); curvatures (J, r, r).
    """
    draws, units = times.shape
    r = slopes.shape[1]
    found, definite = np.zeros((draws, r)), np.zeros(draws, dtype=np.bool_)
    for draw in range(draws):
        total, slope = np.zeros((r, r)), np.zeros(r)
        for unit in range(units):
            if times[draw, unit] > 0:
                for i in range(r):
                    slope[i] += times[draw, unit] * slopes[unit, i]
                    for j in range(i + 1):
                        total[i, j] += times[draw, unit] * curvatures[unit, i, j]
        factor, definite[draw] = cholesky(total)  # reads the lower triangle
        if definite[draw]:
            found[draw] = cholesky_solve(factor, slope)
    return found, definite


def _patterns_of(patterns: Patterns, values: np.ndarray, weights: np.ndarray) -> Patterns:
    """The patterns under other weights of the rows, those without any left out."""
    share, cov, mean = np.zeros(len(patterns.size)), np.zeros_like(patterns.cov), np.zeros_like(patterns.mean)
    fill_patterns(values, weights, patterns, 0, share, cov, mean)
    kept = share > 0
    bounds = np.array([0, int(kept.sum())])
    return Patterns(
        bounds, patterns.rows[kept], patterns.size[kept], patterns.seen[kept], share[kept] / weights.sum(), cov[kept],
        mean[kept],
    )  # fmt: skip


def unit_bootstrap(fitted: Fit, n: int, seed: int, n_jobs: int = 1) -> Bootstrap:
    """n draws of whole units (respondents where there are none), the same for any n_jobs.

    Models of complete answers, and small ones, are fitted anew to every draw (`Fit.bootstrap`); with missing values
    and units a draw is one step of Fisher scoring. Raises ModelError and DataError as `Fit.bootstrap` does.
    """
    if not takes_one_step(fitted):
        return fitted.bootstrap(n, seed, n_jobs)
    check_arguments(n, seed, n_jobs, 0.95)
    resampling, task = resampling_of(fitted, seed), fitted.task
    refits = resample_and_refit(OneStepRefitter(NormalModel(task, fitted.theta)), resampling, n, n_jobs, None)
    return gathered(
        refits, task.table, fitted.estimates, fitted.groups, task.table.free >= 0, resampling.n_clusters, 0.95
    )


def takes_one_step(fitted: Fit) -> bool:
    """Whether draws are single steps: values are missing, and the model is too large to be fitted to every draw."""
    task = fitted.task
    return task.problem.incomplete and task.sample.clusters is not None and task.npar > MOST_REFITS
