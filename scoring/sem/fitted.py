"""What every kind of fit can do alike."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scoring.sem.explained import r_squared
from scoring.sem.status import Status
from scoring.sem.structure import entries_of, moments
from scoring.sem.table import ModelError
from scoring.sem.task import Task

if TYPE_CHECKING:
    from scoring.sem.bootstrap import Bootstrap, MonteCarlo
    from scoring.sem.bootstrap.run import Progress


class FittedModel:
    """What rests on the estimates alone, or asks each kind of fit for its own refits."""

    __slots__ = ()

    status: Status
    estimates: pd.DataFrame
    theta: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """The estimates."""
        return self.estimates

    def r_squared(self) -> pd.DataFrame:
        """Explained part of every indicator's and outcome's variance: group, (level,) variable, r2, se."""
        self._solution()
        return r_squared(self.estimates)

    def bootstrap(
        self, n: int, seed: int, n_jobs: int = 1, *, level: float = 0.95, progress: "Progress | bool | None" = None
    ) -> "Bootstrap":
        """Refits to n resamples of the respondents within groups, or of whole clusters where there are any.

        A cluster that is drawn twice is two clusters; a weight matrix is each resample's own.
        The same seed gives the same replicates whatever n_jobs is (-1: all cores). level: of the intervals. progress:
        True for a line on the standard error, or a function called with how many of n are done.
        Searches begin at the estimates; refits that fail are counted by reason and not replaced.
        """
        # Loaded here, as joblib takes as long as all the rest.
        from scoring.sem.bootstrap.of_fit import bootstrap_of

        this: Any = self  # each kind of fit is one that it takes
        return bootstrap_of(this, n, seed, n_jobs, level, progress)

    def monte_carlo(self, n: int = 20_000, *, seed: int, level: float = 0.95) -> "MonteCarlo":
        """Intervals of what the model defines with `:=`, from n draws of the parameters around their estimates."""
        from scoring.sem.bootstrap.of_fit import monte_carlo_fit

        this: Any = self
        return monte_carlo_fit(this, n, seed, level)

    def _solution(self) -> np.ndarray:
        """The estimates. Raises ModelError where there are none to go on with."""
        if not self.status.usable:
            raise ModelError(f"This fit has no solution that could be used. {self.status}")
        return self.theta


def implied_by_group(theta: np.ndarray, task: Task) -> list[dict[str, pd.DataFrame | pd.Series]]:
    """Covariances ("cov") and, with a mean structure, means ("mean") that parameters imply, per group."""
    problem, names = task.problem, list(task.table.observed)
    found = []
    for g in range(len(task.sample.labels)):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        one: dict[str, pd.DataFrame | pd.Series] = {"cov": pd.DataFrame(implied.sigma, index=names, columns=names)}
        if task.options.meanstructure:
            one["mean"] = pd.Series(implied.mu, index=names)
        found.append(one)
    return found
