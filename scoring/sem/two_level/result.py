"""What `fit` returns for a model of two levels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem.fitted import FittedModel
from scoring.sem.options import Options
from scoring.sem.status import Certificate, Status
from scoring.sem.structure import moments
from scoring.sem.summary import summarise
from scoring.sem.two_level.chi_square import comparable
from scoring.sem.two_level.factor_scores import factor_scores
from scoring.sem.two_level.likelihood import discrepancy
from scoring.sem.two_level.modification import modification_indices
from scoring.sem.two_level.residuals import residuals
from scoring.sem.two_level.task import TwoLevelTask

HEADLINE = (
    "npar", "ntotal", "nclusters", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr_within", "srmr_between",
    "aic", "bic",
)  # fmt: skip

NOTICED = 0.05  # share of variance between clusters of a variable that the model gives none there


@dataclass(frozen=True, slots=True, eq=False)
class TwoLevelFit(FittedModel):
    """A fitted model of rows within clusters.

    status: read it first.   estimates: one row per parameter as in `Fit`; level is 1 within clusters, 2 between them
    and 0 for what is defined; std_all takes the variances of the row's own level. p and the 95 % interval are from t
    with J - 1 degrees of freedom.
    measures: fit measures under lavaan's names, none where the status is not usable; NaN where the unrestricted model
    has no maximum to compare with, or this one lies beyond it.
    certificate: what the status rests on.   refit: the solution within bounds where this one is improper or was not
    found, else None.
    vcov (q, q): covariance of the free parameters, in the order of estimates.free.
    """

    status: Status
    estimates: pd.DataFrame
    measures: dict[str, float]
    certificate: Certificate
    options: Options
    vcov: np.ndarray
    refit: "TwoLevelFit | None"
    theta: np.ndarray
    task: TwoLevelTask

    @property
    def groups(self) -> tuple[str, ...]:
        """One group, without a name."""
        return ("",)

    @property
    def summary(self) -> dict[str, Any]:
        """Status, size, the headline measures and the notes."""
        return summarise(self, HEADLINE)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the data and the test, one sentence each."""
        found, free, p = [], self.task.free, len(self.task.between)
        if self.task.sample.dropped:
            found.append(
                f"Rows left out: {self.task.sample.dropped}. They have no value of some variable or of the cluster."
            )
        within, between = self.task.table.levels
        for name, share in zip(within.observed, self.task.sample.blocks.apparent_icc, strict=True):
            if name not in between.observed and share > NOTICED:
                found.append(
                    f"{name} stands at the within level alone, and {share:.0%} of its variance lies between clusters: "
                    "the model gives it none there."
                )
        if not free.found:
            found.append("The search for the unrestricted moments found no maximum: there is no chi-square and no CFI.")
        elif self.measures and not comparable(discrepancy(self.theta, self.task.problem), self.task):
            found.append(
                "With its impossible variances the solution fits better than any covariance matrix between clusters: "
                "it has no chi-square. Read the refit."
            )
        elif free.rank < p:
            found.append(
                f"The unrestricted covariance matrix between clusters is singular, of rank {free.rank} with {p} "
                "variables: the chi-square is not distributed as it would be, and its p is a rough guide."
            )
        return tuple(found)

    def implied(self) -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Covariances ("cov") and means ("mean") that the model implies, within clusters and between them."""
        theta, found = self._solution(), []
        for level, table in zip(self.task.problem.levels, self.task.table.levels, strict=True):
            names = list(table.observed)
            one = moments(theta, level.at, level.n_observed, level.n_variables)
            cov = pd.DataFrame(one.sigma, index=names, columns=names)
            found.append({"cov": cov, "mean": pd.Series(one.mu, index=names)})
        return found

    def icc(self) -> pd.Series:
        """Share of each variable's variance that lies between clusters, by the unrestricted moments.

        One value for each variable that varies within clusters; zero for those of the within level alone, whose model
        leaves them none.
        """
        within, between = self.task.table.levels
        inside = pd.Series(np.diag(self.task.free.moments.cov[0]), index=list(within.observed))
        outside = pd.Series(np.diag(self.task.free.moments.cov[1]), index=list(between.observed))
        outside = outside.reindex(inside.index, fill_value=0.0)
        return (outside / (inside + outside)).rename("icc")

    def residuals(self) -> pd.DataFrame:
        """What the model leaves: one row per moment (level, lhs, op, rhs, raw, correlation, standardised)."""
        return residuals(self._solution(), self.task)

    def modification_indices(self) -> pd.DataFrame:
        """What freeing each parameter that a level fixes or leaves out would gain, the largest first (Sorbom 1989).

        Columns level, lhs, op, rhs, mi (chi-square with 1 df), p, epc (expected change), sepc_lv, sepc_all.
        """
        return modification_indices(self._solution(), self.task)

    def factor_scores(self, data: pd.DataFrame) -> pd.DataFrame:
        """Scores of the latent variables of both levels and their standard errors, one row per row of data.

        Columns: each latent variable, then each with the ending `_se`; a name that stands at both levels ends in
        `_within` or `_between`. Rows with missing values have no score. Clusters are those of data.
        """
        return factor_scores(self._solution(), self.task, data)
