"""Refits of models of ordinal variables: tables, correlations, weights and model anew in every resample."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.sem.bootstrap.nearby import Place, follow, place_at
from scoring.sem.bootstrap.ordinal_moments import lacks_category, resampled_moments
from scoring.sem.bootstrap.refits import (
    Outcome,
    Refits,
    States,
    entry_values,
    impossible,
    standardised_values,
    states,
)
from scoring.sem.categorical.data import GroupSample
from scoring.sem.categorical.fitting import MAX_STEPS, STATIONARY, TOLERANCE
from scoring.sem.categorical.least_squares import all_slopes, minimise
from scoring.sem.categorical.problem import whole_problem
from scoring.sem.categorical.start import starting_values
from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.curvature import rank_of
from scoring.sem.least_squares.search import Stop, Target
from scoring.sem.likelihood import Problem
from scoring.sem.problem import KIND
from scoring.sem.status import standardised_gradient
from scoring.sem.structure import entries_of


@dataclass(frozen=True, eq=False)
class OrdinalRefitter:
    """A model of ordinal variables, and all its free parameters theta (q,) in the whole sample."""

    task: CategoricalTask
    theta: np.ndarray
    at_once: int = 8

    def refit(self, counts: tuple[np.ndarray, ...]) -> Refits:
        """As `Refitter` says."""
        size, fitted = len(counts[0]), len(self.task.problem.active)
        outcome = np.full(size, Outcome.LOST_CATEGORY)
        theta, samples = np.full((size, fitted), np.nan), [self.task.samples] * size
        for number in range(size):
            weights = tuple(part[number] for part in counts)
            if any(lacks_category(data, own) for data, own in zip(self.task.answers.groups, weights, strict=True)):
                continue
            try:
                samples[number] = self._samples(weights)
            except ValueError:
                outcome[number] = Outcome.NO_MOMENTS
                continue
            theta[number], outcome[number] = self._fitted(samples[number])
        return self._refits(theta, samples, outcome)

    @cached_property
    def starts(self) -> tuple[np.ndarray, ...]:
        """Where searches begin: at the estimates of the whole sample, then as if there were none. Shapes (r,)."""
        task, held = self.task, self.task.held
        values = (self.theta, starting_values(task.whole, task.samples, task.problem.layout))
        active = task.problem.active
        return tuple(np.linalg.lstsq(held.basis, value[active] - held.shift, rcond=None)[0] for value in values)

    @cached_property
    def place(self) -> Place:
        """The minimum of the whole sample, where every search begins."""
        return place_at(self.starts[0], self.task.problem.model, self.task.problem.target, self.task.held)

    @cached_property
    def whole(self) -> Problem:
        """The problem of all variables, for the standardised solution."""
        return whole_problem(self.task.whole, self.task.problem, self.task.samples)

    @cached_property
    def group_of(self) -> np.ndarray:
        """The group of every row of the table."""
        return np.array([row.group for row in self.task.whole.table.rows])

    @cached_property
    def place_of(self) -> np.ndarray:
        """The outcome that every row of the table is about, 0 where it is about another variable."""
        place = {name: j for j, name in enumerate(self.task.whole.outcomes)}
        return np.array([place.get(row.lhs, 0) for row in self.task.whole.table.rows])

    def _samples(self, weights: tuple[np.ndarray, ...]) -> tuple[GroupSample, ...]:
        weighted = self.task.options.recipe.weighted
        return tuple(
            resampled_moments(data, own, sample.moments.correlations, weighted=weighted)
            for data, own, sample in zip(self.task.answers.groups, weights, self.task.samples, strict=True)
        )

    def _fitted(self, samples: tuple[GroupSample, ...]) -> tuple[np.ndarray, Outcome]:
        """The fitted parameters (r,) and what came of the search."""
        problem, held = self.task.problem, self.task.held
        n = np.array([sample.n for sample in samples])
        target = Target(
            np.concatenate([s.moments.values[own] for s, own in zip(samples, problem.kept, strict=True)]),
            np.concatenate([
                (s.n - 1) / n.sum() / s.variance[own] for s, own in zip(samples, problem.kept, strict=True)
            ]),
        )  # fmt: skip
        x, found = follow(self.place, problem.model, target, held)
        theta, outcome = held.basis @ x + held.shift, Outcome.PROPER
        for start in () if found else self.starts:
            ended = minimise(
                start, held.basis, held.shift, problem.model, target, max_steps=MAX_STEPS, tolerance=TOLERANCE
            )
            theta = held.basis @ ended.x + held.shift
            outcome = self._judge(theta, ended.stop, target)
            if outcome == Outcome.PROPER:
                break
        return theta, outcome

    def _judge(self, theta: np.ndarray, stop: Stop, target: Target) -> Outcome:
        if stop == Stop.NO_START:
            return Outcome.NO_START
        values, jacobian = all_slopes(theta, self.task.problem.model)
        slopes = jacobian @ self.task.held.basis
        descent = slopes.T @ (target.weight * (target.values - values))
        products = slopes.T @ (slopes * target.weight[:, None])
        if stop != Stop.CONVERGED and not standardised_gradient(descent, products) <= STATIONARY:
            return Outcome.NOT_CONVERGED
        return Outcome.PROPER if rank_of(products) == len(products) else Outcome.NOT_IDENTIFIED

    def _refits(self, fitted: np.ndarray, samples: list[tuple[GroupSample, ...]], outcome: np.ndarray) -> Refits:
        """The refits from their fitted parameters (K, r), with all that follows from these."""
        whole, problem, table = self.task.whole, self.whole, self.task.whole.table
        kept = np.flatnonzero(outcome <= Outcome.IMPROPER)
        size, q, n_rows = len(outcome), table.n_free, len(table.rows)
        theta, rows, standardised = (np.full((size, width), np.nan) for width in (q, n_rows, n_rows))
        if not len(kept):
            return Refits(theta, rows, standardised, outcome)
        own, found = [samples[number] for number in kept], np.zeros((len(kept), q))
        found[:, self.task.problem.active] = fitted[kept]
        residuals, implied = zip(*(self._implied(fitted[kept], g) for g in range(table.groups)), strict=True)
        for g in range(table.groups):
            self._add_thresholds(found, own, g, implied[g])
        value = self._values(np.hstack([found, *residuals]), own)
        every = np.ones_like(value)
        faults = np.zeros(len(kept), dtype=bool)
        structural = self.structural
        for g in range(table.groups):
            inside = slice(problem.bounds[g], problem.bounds[g + 1])
            at = entries_of(problem.at, inside.start, inside.stop)
            state = states(value[:, structural[inside]], at, problem.n_variables)
            every[:, structural[inside]] = standardised_values(value[:, structural[inside]], at, state)
            faults |= impossible(state, slice(problem.n_observed, None))
            sd = np.sqrt(np.diagonal(state.covariance, axis1=1, axis2=2))
            located = np.flatnonzero(whole.thresholds & (self.group_of == g))
            every[:, located] = value[:, located] / sd[:, self.place_of[located]]
            scaled = np.flatnonzero(whole.scales & whole.derived & (self.group_of == g))
            value[:, scaled] = 1 / sd[:, self.place_of[scaled]]
        faults |= (value[:, self.variances] < 0).any(axis=1)
        theta[kept], rows[kept], standardised[kept] = found, value, every
        ended = outcome.copy()
        ended[kept[faults]] = Outcome.IMPROPER
        return Refits(theta, rows, standardised, ended)

    @cached_property
    def structural(self) -> np.ndarray:
        """Rows of the table that are entries of A, S and m."""
        return np.flatnonzero([row.op in KIND for row in self.task.whole.table.rows])

    @cached_property
    def variances(self) -> np.ndarray:
        """Rows that are variances, estimated or following from what is."""
        whole = self.task.whole
        of_variance = np.array([row.op == "~~" and row.lhs == row.rhs for row in whole.table.rows])
        return np.flatnonzero(of_variance & (whole.derived | (whole.table.free >= 0)))

    def _implied(self, fitted: np.ndarray, group: int) -> tuple[np.ndarray, States]:
        """Residual variances that follow (K, p), 0 for others, and what a group's model of outcomes given x implies.

        The residual variances solve linear equations in the squares of total effects (`categorical.implied`).
        """
        model = self.task.problem.model
        p, k = model.n_observed, len(fitted)
        at = entries_of(model.at, model.bounds[group], model.bounds[group + 1])
        residuals = np.zeros((k, p))
        if model.derived:
            bare = states(entry_values(np.hstack([fitted, residuals]), at, at.value), at, model.n_variables)
            inside = np.flatnonzero(model.ordinal)
            free = model.scale_free[group, inside]
            scale = np.where(free >= 0, fitted[:, free], model.scale[group, inside])
            missing = 1 / scale**2 - np.diagonal(bare.covariance, axis1=1, axis2=2)[:, inside]
            squares = bare.total[:, inside[:, None], inside] ** 2
            residuals[:, inside] = np.linalg.solve(squares, missing[:, :, None])[:, :, 0]
        return residuals, states(entry_values(np.hstack([fitted, residuals]), at, at.value), at, model.n_variables)

    def _add_thresholds(
        self, theta: np.ndarray, samples: list[tuple[GroupSample, ...]], group: int, implied: States
    ) -> None:
        """Write the thresholds that nothing else touches, tau = s / D + mu, into theta (K, q)."""
        whole, layout = self.task.whole, self.task.problem.layout
        rows = np.flatnonzero(whole.own_threshold & (self.group_of == group))
        variable = self.place_of[rows]
        number = np.array([int(whole.table.rows[k].rhs[1:]) for k in rows], dtype=int)
        places = layout.first[variable] + number - 1
        wanted = np.stack([sample[group].moments.values[places] for sample in samples])
        sd = np.sqrt(np.diagonal(implied.covariance, axis1=1, axis2=2))[:, variable]
        theta[:, whole.table.free[rows]] = wanted * sd + implied.mean[:, variable]

    def _values(self, extended: np.ndarray, samples: list[tuple[GroupSample, ...]]) -> np.ndarray:
        """Values (K, rows) of all rows of the table from all parameters and the residual variances behind them."""
        table, at = self.task.whole.table, self.whole.at
        fixed = np.array([1.0 if row.fixed is None else row.fixed for row in table.rows])
        padded = np.column_stack([extended, np.zeros(len(extended))])
        value = np.where(table.free >= 0, padded[:, table.free], fixed)
        given = np.tile(at.value, (len(extended), 1))
        for entry, k in enumerate(self.structural):
            row = table.rows[k]
            if row.exogenous:
                i, j = (table.covariates.index(name) if name else 0 for name in (row.lhs, row.rhs))
                given[:, entry] = [
                    one[row.group].x_mean[i] if row.op == "~1" else one[row.group].x_cov[i, j] for one in samples
                ]
        value[:, self.structural] = entry_values(extended, at, given)
        return value
