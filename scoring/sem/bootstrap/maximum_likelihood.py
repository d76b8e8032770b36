"""Refits by maximum likelihood: a resample is a weight for every row."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.sem.bootstrap.newton import Resamples, Within, newton_each, resampled, search
from scoring.sem.bootstrap.refits import (
    Outcome,
    Refits,
    entry_values,
    impossible,
    standardised_values,
    states,
)
from scoring.sem.likelihood import hessian, information
from scoring.sem.sample import SINGULAR
from scoring.sem.start import starting_values
from scoring.sem.structure import SYMMETRIC, cholesky, entries_of
from scoring.sem.task import Task

STILL = 1e-10  # of a variable's variance; less is none, but for rounding
ROWS_AT_ONCE = 4096  # whose products are held in memory


@dataclass(frozen=True, eq=False)
class NormalModel:
    """A model fitted by maximum likelihood, and its free parameters theta (q,) of the whole sample."""

    task: Task
    theta: np.ndarray

    @cached_property
    def starts(self) -> tuple[np.ndarray, ...]:
        """Where searches begin: at the estimates of the whole sample, then as if there were none. Shapes (r,)."""
        held = self.task.held
        values = (self.theta, starting_values(self.task.table, self.task.sample))
        return tuple(np.linalg.lstsq(held.basis, value - held.shift, rcond=None)[0] for value in values)

    @cached_property
    def chord(self) -> np.ndarray:
        """Cholesky factor (r, r) of the discrepancy's curvature at the estimates.

        Of its expectation where it is not positive definite, as an improper solution may have it.
        """
        basis, problem = self.task.held.basis, self.task.problem
        factor, definite = cholesky(basis.T @ hessian(self.theta, problem) @ basis)
        if not definite:
            factor, _ = cholesky(2 * (basis.T @ information(self.theta, problem) @ basis))
        return np.asarray(factor)

    @cached_property
    def within(self) -> Within:
        """The constraints, as compiled loops take them."""
        held = self.task.held
        all_free = np.array_equal(held.basis, np.eye(len(held.basis))) and not held.shift.any()
        return Within(held.basis, held.shift, all_free)

    @cached_property
    def given(self) -> np.ndarray:
        """Entries that are a sample's own moments, those of fixed covariates."""
        return np.flatnonzero([row.exogenous for row in self.task.table.rows])

    def values_of(self, cov: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """What entries are fixed to in K resamples, (K, entries). cov (K, groups, p, p), mean (K, groups, p)."""
        at = self.task.problem.at
        values = np.tile(at.value, (len(cov), 1))
        for entry in self.given:
            group, i, j = self.task.table.rows[entry].group, at.row[entry], at.col[entry]
            values[:, entry] = cov[:, group, i, j] if at.kind[entry] == SYMMETRIC else mean[:, group, i]
        return values

    def refits(self, x: np.ndarray, value: np.ndarray, outcome: np.ndarray) -> Refits:
        """The refits whose searches ended at x (K, r); outcome (K,) becomes IMPROPER where that is so."""
        task, problem, held = self.task, self.task.problem, self.task.held
        theta = x @ held.basis.T + held.shift
        theta[outcome > Outcome.IMPROPER] = np.nan
        rows = entry_values(theta, problem.at, value)
        rows[outcome > Outcome.IMPROPER] = np.nan
        standardised = np.full(rows.shape, np.nan)
        kept = np.flatnonzero(outcome <= Outcome.IMPROPER)
        diagonal = (problem.at.kind == SYMMETRIC) & (problem.at.row == problem.at.col) & (problem.at.free >= 0)
        improper = (rows[kept][:, diagonal] < 0).any(axis=1)
        for g in range(task.table.groups):
            inside = slice(problem.bounds[g], problem.bounds[g + 1])
            at = entries_of(problem.at, inside.start, inside.stop)
            found = states(rows[kept, inside], at, problem.n_variables)
            standardised[kept, inside] = standardised_values(rows[kept, inside], at, found)
            improper |= impossible(found, slice(problem.n_observed, None))
        ended = outcome.copy()
        ended[kept[improper]] = Outcome.IMPROPER
        return Refits(theta, rows, standardised, ended)


@dataclass(frozen=True, eq=False)
class CompleteRefitter:
    """Refits to complete rows: moments of many resamples from one product of matrices."""

    model: NormalModel
    at_once: int = 64

    def refit(self, counts: tuple[np.ndarray, ...]) -> Refits:
        """As `Refitter` says."""
        task = self.model.task
        parts = [weighted_moments(x, w) for x, w in zip(task.sample.values, counts, strict=True)]
        mean, cov = np.stack([one[0] for one in parts], axis=1), np.stack([one[1] for one in parts], axis=1)
        total = np.stack([w.sum(axis=1) for w in counts], axis=1)
        sound = np.stack([definite(one, whole) for one, whole in zip(cov.swapaxes(0, 1), task.sample.cov, strict=True)])
        own = Resamples(
            np.nan_to_num(cov),
            np.nan_to_num(mean) if task.options.meanstructure else np.zeros_like(mean),
            total / total.sum(axis=1, keepdims=True),
            self.model.values_of(cov, mean),
        )
        return self._fitted(own, np.asarray(sound.all(axis=0)))

    def _fitted(self, own: Resamples, sound: np.ndarray) -> Refits:
        problem, held, starts = self.model.task.problem, self.model.task.held, self.model.starts
        x = np.tile(starts[0], (len(sound), 1))
        found = np.zeros(len(sound), dtype=np.bool_)
        newton_each(starts[0], self.model.chord, self.model.within, problem, own, sound, x, found)
        outcome = np.where(sound, Outcome.PROPER, Outcome.SINGULAR)
        for number in np.flatnonzero(sound & ~found).tolist():
            x[number], outcome[number] = search(starts, resampled(problem, own, number), held)
        return self.model.refits(x, own.value, outcome)


def weighted_moments(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means (K, p) and covariances (K, p, p), divisor the sum of the weights, of rows (n, p) under weights (K, n)."""
    p = values.shape[1]
    i, j = np.tril_indices(p)
    centre = values.mean(axis=0)
    sums, products = np.zeros((len(weights), p)), np.zeros((len(weights), len(i)))
    for first in range(0, len(values), ROWS_AT_ONCE):
        away, w = values[first : first + ROWS_AT_ONCE] - centre, weights[:, first : first + ROWS_AT_ONCE]
        sums += w @ away
        products += w @ (away[:, i] * away[:, j])
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # a group that no drawn cluster has members in
        mean, raw = sums / total[:, None], products / total[:, None]
    cov = np.empty((len(weights), p, p))
    cov[:, i, j] = cov[:, j, i] = raw - mean[:, i] * mean[:, j]
    return mean + centre, cov


def definite(cov: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Which of K covariance matrices (K, p, p) have an inverse of use; whole (p, p): the sample's."""
    variance = np.diagonal(cov, axis1=1, axis2=2)
    sound = np.asarray((variance > STILL * np.diag(whole)).all(axis=1))
    scale = np.sqrt(variance[sound])
    correlation = cov[sound] / (scale[:, :, None] * scale[:, None, :])
    sound[sound] = np.linalg.eigvalsh(correlation)[:, 0] >= SINGULAR
    return sound
