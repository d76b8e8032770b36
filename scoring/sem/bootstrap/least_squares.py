"""Refits by least squares of numbers: moments, their weight matrix and the model anew in every resample."""

from dataclasses import dataclass, replace

import numpy as np

from scoring.sem.bootstrap.maximum_likelihood import NormalModel, definite, weighted_moments
from scoring.sem.bootstrap.refits import Outcome, Refits
from scoring.sem.least_squares.fitting import MAX_STEPS, STATIONARY, TOLERANCE, slope_of, starting_point
from scoring.sem.least_squares.search import Stop, descend
from scoring.sem.least_squares.task import LeastSquares, least_squares
from scoring.sem.problem import build_problem
from scoring.sem.sample import DataError
from scoring.sem.start import starting_values


@dataclass(frozen=True, eq=False)
class LeastSquaresRefitter:
    """A model of numbers and its free parameters in the whole sample. model: of the same task."""

    model: NormalModel
    at_once: int = 16

    def refit(self, counts: tuple[np.ndarray, ...]) -> Refits:
        """As `Refitter` says."""
        task = self.model.task
        parts = [weighted_moments(x, w) for x, w in zip(task.sample.values, counts, strict=True)]
        mean, cov = np.stack([one[0] for one in parts], axis=1), np.stack([one[1] for one in parts], axis=1)
        n = np.stack([w.sum(axis=1) for w in counts], axis=1)
        cov *= (n / (n - 1))[:, :, None, None]
        sound = np.all(
            [definite(one, whole) for one, whole in zip(cov.swapaxes(0, 1), task.sample.cov, strict=True)], axis=0
        )
        x = np.tile(self.model.starts[0], (len(sound), 1))
        outcome = np.where(sound, Outcome.NO_WEIGHT, Outcome.SINGULAR)
        for number in np.flatnonzero(sound).tolist():
            try:
                ls = self._resampled(tuple(part[number] for part in counts), mean[number], cov[number])
            except DataError:  # a weight matrix that the resample does not have
                continue
            x[number], outcome[number] = self._fitted(ls)
        return self.model.refits(x, self.model.values_of(cov, mean), outcome)

    def _resampled(self, weights: tuple[np.ndarray, ...], mean: np.ndarray, cov: np.ndarray) -> LeastSquares:
        """The task of a resample. Raises DataError where its moments have no weights."""
        task = self.model.task
        sample = replace(task.sample, weights=weights, mean=mean, cov=cov)
        problem = build_problem(task.table, sample, meanstructure=task.options.meanstructure)
        return least_squares(replace(task, sample=sample, problem=problem))

    def _fitted(self, ls: LeastSquares) -> tuple[np.ndarray, Outcome]:
        """x (r,) and what came of the search, from the estimates and, where that fails, as if there were none."""
        found = _search(self.model.starts[0], ls)
        if found[1] == Outcome.PROPER:
            return found
        return _search(starting_point(ls, starting_values(ls.task.table, ls.task.sample)), ls)


def _search(start: np.ndarray, ls: LeastSquares) -> tuple[np.ndarray, Outcome]:
    held = ls.task.held
    ended = descend(
        start, held.basis, held.shift, ls.target, values=ls.values, slopes=ls.slopes, max_steps=MAX_STEPS,
        tolerance=TOLERANCE * ls.unit,
    )  # fmt: skip
    if ended.stop == Stop.NO_START:
        return ended.x, Outcome.NO_START
    values, jacobian = ls.slopes(held.basis @ ended.x + held.shift)
    weighted = ls.weighted(jacobian, held)
    if ended.stop != Stop.CONVERGED and not slope_of(values, weighted, ls) <= STATIONARY:
        return ended.x, Outcome.NOT_CONVERGED
    return ended.x, Outcome.PROPER if weighted.rank == len(ended.x) else Outcome.NOT_IDENTIFIED
