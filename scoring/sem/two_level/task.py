"""Everything a two-level estimation works on, gathered once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.sem.likelihood import Problem
from scoring.sem.options import Options
from scoring.sem.problem import Restriction, build_problem
from scoring.sem.sample import Sample
from scoring.sem.start import starting_values
from scoring.sem.table import ParameterTable
from scoring.sem.two_level.data import ClusteredSample
from scoring.sem.two_level.likelihood import Level, TwoLevelProblem
from scoring.sem.two_level.table import TwoLevelTable
from scoring.sem.two_level.unrestricted import Saturated, saturated

LOG_2PI = float(np.log(2 * np.pi))
LEAST = 0.01  # variance between clusters, as a part of that within, that a search starts from at the least


@dataclass(frozen=True, eq=False)
class TwoLevelTask:
    """A model of two levels, the sample it is fitted to, and how.

    views: each level as a problem of its own, with the unrestricted moments of that level as its sample's; what is
    known of one level alone is asked of these.   start (q,): where estimation begins.
    """

    table: TwoLevelTable
    problem: TwoLevelProblem
    held: Restriction
    sample: ClusteredSample
    options: Options
    free: Saturated
    views: tuple[Problem, Problem]
    start: np.ndarray

    @property
    def npar(self) -> int:
        """Free parameters within the constraints."""
        return self.held.basis.shape[1]

    @property
    def clusters(self) -> int:
        return len(self.sample.size)

    @property
    def reference_df(self) -> float:
        """Degrees of freedom of the t distribution of estimate over standard error: J - 1 with J clusters."""
        return float(self.clusters - 1)

    @cached_property
    def between(self) -> np.ndarray:
        """Positions of the between level's variables among those of the sample."""
        return self.problem.levels[1].place

    @cached_property
    def given(self) -> tuple[np.ndarray, np.ndarray]:
        """At each level, which variables are covariates whose moments are given."""
        return _flags(self.table.levels[0], "covariates"), _flags(self.table.levels[1], "covariates")

    @cached_property
    def correlated(self) -> tuple[np.ndarray, np.ndarray]:
        """At each level, which variables are exogenous."""
        return _flags(self.table.levels[0], "exogenous"), _flags(self.table.levels[1], "exogenous")

    @cached_property
    def n_moments(self) -> int:
        """Moments that a model answers for: those of the covariates are given."""
        count = 0
        for table in self.table.levels:
            p, k = len(table.observed), len(table.covariates)
            count += p * (p + 1) // 2 - k * (k + 1) // 2
        return count + len(self.sample.names) - len({n for table in self.table.levels for n in table.covariates})

    @cached_property
    def constant(self) -> float:
        """What minus twice the log-likelihood of all variables, given the covariates, adds to N F."""
        covariates = [set(table.covariates) for table in self.table.levels]
        within = len(self.table.levels[0].observed) - len(covariates[0])
        alone = len(self.sample.names) - len(self.table.levels[0].observed) - len(covariates[1] - covariates[0])
        blocks = self.sample.blocks
        values = blocks.total * within + self.clusters * alone
        jacobian = within * float(blocks.count[1:] @ np.log(blocks.size[1:]))
        return values * LOG_2PI + jacobian - blocks.total * self.free.of_given

    def log_likelihood(self, value: float) -> float:
        """Log-likelihood, given the covariates, where the discrepancy has that value."""
        return -(self.sample.blocks.total * value + self.constant) / 2


def _flags(table: ParameterTable, kind: str) -> np.ndarray:
    return np.isin(table.observed, getattr(table, kind))


def build_task(table: TwoLevelTable, sample: ClusteredSample, options: Options, held: Restriction) -> TwoLevelTask:
    """The task: the unrestricted moments, the covariates' moments among them, and starting values at each level."""
    names = sample.names
    within, between = (np.array([names.index(name) for name in one.observed], dtype=int) for one in table.levels)
    given = _flags(table.levels[0], "covariates"), _flags(table.levels[1], "covariates")
    free = saturated(sample.blocks, between, given)
    views, levels, start = [], [], np.zeros(table.whole.n_free)
    for number in (1, 0):  # where a label stands at both levels, the within level's value is the last to be set
        one, place, cov = table.levels[number], (within, between)[number], free.moments.cov[number]
        views.append(level_view(one, cov, free.moments.mean[number]))
        levels.append(Level(views[-1].at, views[-1].n_observed, views[-1].n_variables, place))
        least = LEAST * np.diag(sample.blocks.cov[0])[place]
        raised = cov + np.diag(np.maximum(least - np.diag(cov), 0.0))
        own = starting_values(one, _level_sample(one, raised, free.moments.mean[number]))
        used = one.free[one.free >= 0]
        start[used] = own[used]
    problem = TwoLevelProblem((levels[1], levels[0]), sample.blocks)
    return TwoLevelTask(table, problem, held, sample, options, free, (views[1], views[0]), start)


def level_view(table: ParameterTable, cov: np.ndarray, mean: np.ndarray) -> Problem:
    """A level as a problem of its own, with its unrestricted moments."""
    return build_problem(table, _level_sample(table, cov, mean), meanstructure=True)


def _level_sample(table: ParameterTable, cov: np.ndarray, mean: np.ndarray) -> Sample:
    """A level's unrestricted moments as those of a sample."""
    nothing = np.empty((0, len(mean)))
    return Sample(table.observed, ("",), (nothing,), (np.ones(1),), None, mean[None], cov[None], 0, None)
