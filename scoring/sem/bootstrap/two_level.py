"""Refits of models of two levels: whole clusters are drawn, and one that is drawn twice is two clusters."""

from dataclasses import dataclass, replace

import numpy as np

from scoring.sem.bootstrap.refits import Outcome, Refits, entry_values, impossible, standardised_values, states
from scoring.sem.curvature import rank_of
from scoring.sem.sample import DataError
from scoring.sem.solve import SCORING_STEPS, Stop
from scoring.sem.status import standardised_gradient
from scoring.sem.structure import SYMMETRIC
from scoring.sem.two_level.data import ClusteredSample, blocks_of
from scoring.sem.two_level.fitting import STATIONARY
from scoring.sem.two_level.likelihood import TwoLevelProblem, gradient, hessian, information
from scoring.sem.two_level.solve import minimise
from scoring.sem.two_level.task import TwoLevelTask, build_task, level_view
from scoring.sem.two_level.unrestricted import first_moments, with_given


@dataclass(frozen=True, eq=False)
class TwoLevelRefitter:
    """A model of two levels and its free parameters theta (q,) in the whole sample."""

    task: TwoLevelTask
    theta: np.ndarray
    at_once: int = 4

    def refit(self, counts: tuple[np.ndarray, ...]) -> Refits:
        """As `Refitter` says; rows of a cluster count alike."""
        times = counts[0][:, self.task.sample.first].astype(int)
        size, table = len(times), self.task.table.whole
        theta, outcome = np.full((size, table.n_free), np.nan), np.full(size, Outcome.SINGULAR)
        fixed = np.full((size, len(table.rows)), np.nan)
        for number, one in enumerate(times):
            try:
                sample = self._sample(np.repeat(np.arange(len(one)), one))
                problem = self._problem(sample)
            except DataError:
                continue
            fixed[number] = np.concatenate([level.at.value for level in problem.levels])
            theta[number], outcome[number] = self._fitted(problem, sample)
        return self._refits(theta, fixed, outcome)

    def _sample(self, drawn: np.ndarray) -> ClusteredSample:
        """The sample of the clusters drawn (J,). Raises DataError where no model could be fitted to it."""
        whole, tables = self.task.sample, self.task.table.levels
        size, means = whole.size[drawn], whole.means[drawn]
        last = np.cumsum(size)
        rows = np.repeat(whole.first[drawn] - (last - size), size) + np.arange(last[-1])
        deviations = whole.deviations[rows]
        blocks = blocks_of(tables[0].observed, tables[1].observed, deviations, means, size)
        return replace(whole, deviations=deviations, means=means, first=last - size, size=size, blocks=blocks)

    def _problem(self, sample: ClusteredSample) -> TwoLevelProblem:
        """The problem of a resample, fixed covariates with its own moments."""
        task = self.task
        problem = task.problem._replace(blocks=sample.blocks)
        if not (task.given[0].any() or task.given[1].any()):
            return problem
        own, _, _ = with_given(sample.blocks, task.between, task.given, first_moments(sample.blocks, task.between))
        first, second = (
            level._replace(at=level_view(table, cov, mean).at)
            for level, table, cov, mean in zip(problem.levels, task.table.levels, own.cov, own.mean, strict=True)
        )
        return problem._replace(levels=(first, second))

    def _fitted(self, problem: TwoLevelProblem, sample: ClusteredSample) -> tuple[np.ndarray, Outcome]:
        """theta (q,) and what came of the search, from the estimates and, where that fails, as if there were none."""
        task = self.task
        found = self._search(self.theta, problem, 0)
        if found[1] == Outcome.PROPER:
            return found
        start = build_task(task.table, sample, task.options, task.held).start
        return self._search(start, problem, SCORING_STEPS)

    def _search(self, start: np.ndarray, problem: TwoLevelProblem, scoring: int) -> tuple[np.ndarray, Outcome]:
        held, options = self.task.held, self.task.options
        ended = minimise(start, held, problem, scoring=scoring)
        if ended.stop == Stop.NO_START:
            return ended.theta, Outcome.NO_START
        expected = options.information == "expected"
        whole = information(ended.theta, problem) if expected else hessian(ended.theta, problem) / 2
        curved = held.basis.T @ whole @ held.basis
        slope = standardised_gradient(held.basis.T @ gradient(ended.theta, problem), curved)
        if ended.stop != Stop.CONVERGED and not slope <= STATIONARY:
            return ended.theta, Outcome.NOT_CONVERGED
        return ended.theta, Outcome.PROPER if rank_of(curved) == len(curved) else Outcome.NOT_IDENTIFIED

    def _refits(self, theta: np.ndarray, fixed: np.ndarray, outcome: np.ndarray) -> Refits:
        """The refits that ended at theta (K, q); fixed (K, rows): what rows without a parameter are."""
        theta[outcome > Outcome.IMPROPER] = np.nan
        rows, standardised = np.full(fixed.shape, np.nan), np.full(fixed.shape, np.nan)
        kept = np.flatnonzero(outcome <= Outcome.IMPROPER)
        improper, first = np.zeros(len(kept), dtype=bool), 0
        for level in self.task.problem.levels:
            at, inside = level.at, slice(first, first + len(level.at.kind))
            values = entry_values(theta[kept], at, fixed[kept, inside])
            found = states(values, at, level.n_variables)
            diagonal = (at.kind == SYMMETRIC) & (at.row == at.col) & (at.free >= 0)
            improper |= (values[:, diagonal] < 0).any(axis=1) | impossible(found, slice(level.n_observed, None))
            rows[kept, inside], standardised[kept, inside] = values, standardised_values(values, at, found)
            first = inside.stop
        ended = outcome.copy()
        ended[kept[improper]] = Outcome.IMPROPER
        return Refits(theta, rows, standardised, ended)
