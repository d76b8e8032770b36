"""What `fit` returns for a model of ordinal variables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem.categorical.data import Answers, GroupSample
from scoring.sem.categorical.implied import group_moments
from scoring.sem.categorical.options import CategoricalOptions
from scoring.sem.categorical.problem import CategoricalProblem
from scoring.sem.categorical.table import CategoricalTable
from scoring.sem.ordinal import moment_names
from scoring.sem.problem import Restriction
from scoring.sem.status import Certificate, Status
from scoring.sem.summary import summarise

HEADLINE = ("npar", "ntotal", "chisq", "chisq.scaled", "df", "pvalue.scaled", "cfi.robust", "rmsea.robust", "srmr")


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalTask:
    """Everything an estimation works on, gathered once."""

    whole: CategoricalTable
    problem: CategoricalProblem
    held: Restriction
    answers: Answers
    samples: tuple[GroupSample, ...]
    options: CategoricalOptions

    @property
    def npar(self) -> int:
        """Free parameters within the constraints."""
        return self.held.basis.shape[1] + int(self.whole.own_threshold.sum())

    @property
    def df(self) -> int:
        """Fitted moments less fitted parameters."""
        return len(self.problem.target.values) - self.held.basis.shape[1]


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalFit:
    """A fitted model of ordinal, or ordinal and continuous, variables.

    status: read it first.   estimates: one row per parameter as in `Fit`, thresholds (y | t1), scale factors (y ~*~ y)
    and the residual variances that follow from the rest included; p and the 95 % interval are from the normal
    distribution, with J clusters from t with J - 1 degrees of freedom.
    measures: fit measures under lavaan's names, none where the status is not usable.
    certificate: what the status rests on.   notes: what to know of the data and the test, one sentence each.
    refit: the solution within bounds where this one is improper, else None.
    vcov (q, q): covariance of the free parameters, in the order of estimates.free.
    theta (q,): the free parameters.   task: what was worked on.
    """

    status: Status
    estimates: pd.DataFrame
    measures: dict[str, float]
    certificate: Certificate
    options: CategoricalOptions
    groups: tuple[str, ...]
    vcov: np.ndarray
    refit: "CategoricalFit | None"
    notes: tuple[str, ...]
    theta: np.ndarray
    task: CategoricalTask

    @property
    def summary(self) -> dict[str, Any]:
        """Status, size, the headline measures and the notes."""
        return summarise(self, HEADLINE)

    def to_frame(self) -> pd.DataFrame:
        """The estimates."""
        return self.estimates

    def implied(self) -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Covariances (variance 1 where ordinal) and thresholds that the model implies, one pair per group."""
        found: list[dict[str, pd.DataFrame | pd.Series]] = []
        for g, values in enumerate(self._implied_moments()):
            layout, data = self.task.problem.layout, self.task.answers.groups[g]
            names, p = list(data.names), len(data.names)
            cov = np.eye(p)
            cov[layout.continuous, layout.continuous] = values[layout.variances : layout.covariances]
            i, j = layout.pairs.T
            cov[i, j] = cov[j, i] = values[layout.covariances :]
            located = pd.Series(values[: layout.slopes], index=moment_names(data)[: layout.slopes])
            found.append({"cov": pd.DataFrame(cov, index=names, columns=names), "thresholds": located})
        return found

    def residuals(self) -> pd.DataFrame:
        """What the model leaves: one row per sample moment (group, moment, sample, implied, raw, standardised).

        standardised: the residual over the standard error of the sample's moment.
        """
        parts = []
        for g, (sample, values) in enumerate(zip(self.task.samples, self._implied_moments(), strict=True)):
            error = np.sqrt((sample.columns**2).sum(axis=1))
            raw = sample.moments.values - values
            parts.append(
                pd.DataFrame({
                    "group": self.groups[g],
                    "moment": moment_names(self.task.answers.groups[g]),
                    "sample": sample.moments.values,
                    "implied": values,
                    "raw": raw,
                    "standardised": raw / error,
                })
            )  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def _implied_moments(self) -> list[np.ndarray]:
        """All moments of every group; those of thresholds of their own are the sample's."""
        problem, found = self.task.problem, []
        for g, sample in enumerate(self.task.samples):
            values = sample.moments.values.copy()
            values[problem.kept[g]] = group_moments(self.theta[problem.active], problem.model, g)
            found.append(values)
        return found
