"""Everything an estimation works on, gathered once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.sem.fiml.unrestricted import Unrestricted, unrestricted
from scoring.sem.likelihood import Problem
from scoring.sem.options import Options
from scoring.sem.problem import Restriction
from scoring.sem.robust import Cases
from scoring.sem.sample import Sample
from scoring.sem.table import ParameterTable


@dataclass(frozen=True, eq=False)
class Task:
    """A model, the sample it is fitted to, and how."""

    table: ParameterTable
    problem: Problem
    held: Restriction
    sample: Sample
    options: Options

    @cached_property
    def cases(self) -> Cases:
        """The observations; around their mean where the model has no means, as the problem's means are zero then."""
        values = self.sample.values
        if not self.options.meanstructure:
            values = tuple(x - mean for x, mean in zip(values, self.sample.mean, strict=True))
        return Cases(values, self.sample.weights, self.sample.clusters)

    @cached_property
    def correlated(self) -> np.ndarray:
        """Positions of the exogenous observed variables."""
        return self._positions(self.table.exogenous)

    @cached_property
    def covariates(self) -> np.ndarray:
        """Positions of those whose moments are given."""
        return self._positions(self.table.covariates)

    @cached_property
    def unrestricted(self) -> Unrestricted:
        """What the saturated model's estimates are worth where values are missing."""
        return unrestricted(self.problem, self.cases, self.covariates, robust=self.options.robust)

    @property
    def npar(self) -> int:
        """Free parameters within the constraints."""
        return self.held.basis.shape[1]

    @cached_property
    def reference_df(self) -> float:
        """Degrees of freedom of the t distribution of estimate over standard error: J - 1 with J clusters."""
        return self.n_clusters - 1.0 if self.n_clusters else np.inf

    @cached_property
    def n_clusters(self) -> int:
        """Clusters over all groups, 0 without."""
        clusters = self.sample.clusters
        return 0 if clusters is None else len(np.unique(np.concatenate(clusters)))

    def _positions(self, names: tuple[str, ...]) -> np.ndarray:
        return np.array([self.table.observed.index(name) for name in names], dtype=int)
