"""Refits with missing values: a resample is a weight for every row of every pattern."""

from dataclasses import dataclass

import numpy as np

from scoring.sem.bootstrap.maximum_likelihood import STILL, NormalModel
from scoring.sem.bootstrap.newton import Resamples, newton_each, resampled, search
from scoring.sem.bootstrap.refits import Outcome, Refits
from scoring.sem.compiled import compiled
from scoring.sem.fiml.patterns import Patterns


@dataclass(frozen=True, eq=False)
class IncompleteRefitter:
    """Refits by full information maximum likelihood."""

    model: NormalModel
    at_once: int = 8

    def refit(self, counts: tuple[np.ndarray, ...]) -> Refits:
        """As `Refitter` says."""
        size = len(counts[0])
        x = np.tile(self.model.starts[0], (size, 1))
        outcome = np.full(size, Outcome.SINGULAR)
        values = np.tile(self.model.task.problem.at.value, (size, 1))
        for number in range(size):
            weights = tuple(part[number] for part in counts)
            cov, mean, varied = self._own_moments(weights)
            if varied:
                values[number] = self.model.values_of(cov[None], mean[None])[0]
                x[number], outcome[number] = self._fitted(weights, values[number])
        return self.model.refits(x, values, outcome)

    def _fitted(self, weights: tuple[np.ndarray, ...], value: np.ndarray) -> tuple[np.ndarray, Outcome]:
        """x (r,) and what came of the search. value (entries,): what entries are fixed to."""
        model, held = self.model, self.model.task.held
        problem = model.task.problem._replace(patterns=self._patterns(weights))
        share = np.array([weight.sum() for weight in weights])
        own = Resamples(problem.cov[None], problem.mean[None], share[None] / share.sum(), value[None])
        x, found = np.empty((1, held.basis.shape[1])), np.zeros(1, dtype=np.bool_)
        newton_each(model.starts[0], model.chord, model.within, problem, own, np.ones(1, dtype=np.bool_), x, found)
        return (x[0], Outcome.PROPER) if found[0] else search(model.starts, resampled(problem, own, 0), held)

    def _patterns(self, weights: tuple[np.ndarray, ...]) -> Patterns:
        """The patterns that have rows in the resample."""
        sample, own = self.model.task.sample, self.model.task.problem.patterns
        share, cov, mean = np.zeros(len(own.size)), np.zeros_like(own.cov), np.zeros_like(own.mean)
        for g, (values, weight) in enumerate(zip(sample.values, weights, strict=True)):
            fill_patterns(values, weight, own, g, share, cov, mean)
        kept = share > 0
        bounds = np.append(0, np.cumsum(kept))[own.bounds]
        total = sum(float(weight.sum()) for weight in weights)
        return Patterns(
            bounds, own.rows[kept], own.size[kept], own.seen[kept], share[kept] / total, cov[kept], mean[kept]
        )

    def _own_moments(self, weights: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray, bool]:
        """Covariances (groups, p, p) of the complete variables, such as fixed covariates, means (groups, p) of all from
        the rows that have them, and whether every variable varies in every group.
        """
        sample = self.model.task.sample
        covs, means, varied = [], [], True
        for values, weight, whole in zip(sample.values, weights, sample.cov, strict=True):
            seen = ~np.isnan(values)
            total = weight @ seen
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = weight @ np.where(seen, values, 0.0) / total
                away = np.where(seen, values - mean, 0.0)
                cov = away.T @ (away * weight[:, None]) / total
            varied &= bool((np.diag(cov) > STILL * np.diag(whole)).all())
            covs.append(cov)
            means.append(mean)
        return np.stack(covs), np.stack(means), varied


@compiled
def fill_patterns(
    values: np.ndarray, weights: np.ndarray, patterns: Patterns, group: int, share: np.ndarray, cov: np.ndarray,
    mean: np.ndarray,
) -> None:  # fmt: skip
    """Write a group's sums of weights, covariances and means by pattern into share (m,), cov (m, p, p), mean (m, p).

    values (n, p): in the order of the patterns.   weights (n,).
    """
    first = 0
    for m in range(patterns.bounds[group], patterns.bounds[group + 1]):
        last, size, seen = first + patterns.rows[m], patterns.size[m], patterns.seen[m]
        for row in range(first, last):
            share[m] += weights[row]
            for i in range(size):
                mean[m, i] += weights[row] * values[row, seen[i]]
        if share[m] > 0:
            for i in range(size):
                mean[m, i] /= share[m]
            for row in range(first, last):
                if weights[row] > 0:
                    for i in range(size):
                        away = weights[row] * (values[row, seen[i]] - mean[m, i]) / share[m]
                        for j in range(size):
                            cov[m, i, j] += away * (values[row, seen[j]] - mean[m, j])
        first = last
