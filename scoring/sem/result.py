"""What `fit` returns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem.factor_scores import Method, factor_scores
from scoring.sem.fiml.coverage import rare_pairs
from scoring.sem.fitted import FittedModel, implied_by_group
from scoring.sem.modification import modification_indices
from scoring.sem.options import Options
from scoring.sem.residuals import residuals
from scoring.sem.score_tests import ScoreTests, score_tests
from scoring.sem.status import Certificate, Status, few_clusters
from scoring.sem.summary import summarise
from scoring.sem.task import Task

HEADLINE = ("npar", "ntotal", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr", "aic", "bic")


@dataclass(frozen=True, slots=True, eq=False)
class Fit(FittedModel):
    """A fitted model.

    status: read it first.   estimates: one row per parameter (group, level, lhs, op, rhs, label, free, est, se, z, p,
    ci_low, ci_high, std_lv, std_all, std_se); level is always 1, std_se the standard error of std_all; p and the 95 %
    interval are from the normal distribution, with J clusters from t with J - 1 degrees of freedom.
    measures: fit measures under lavaan's names, none where the status is not usable.
    certificate: what the status rests on.   refit: the solution within bounds where this one is improper, else None.
    vcov (q, q): covariance of the free parameters, in the order of estimates.free.
    """

    status: Status
    estimates: pd.DataFrame
    measures: dict[str, float]
    certificate: Certificate
    options: Options
    groups: tuple[str, ...]
    vcov: np.ndarray
    refit: "Fit | None"
    theta: np.ndarray
    task: Task

    @property
    def summary(self) -> dict[str, Any]:
        """Status, size, the headline measures and the notes."""
        return summarise(self, HEADLINE)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the test and the rows, one sentence each."""
        sample, clusters = self.task.sample, self.task.n_clusters
        thin = rare_pairs(sample) if self.options.missing == "fiml" else ()
        df = int(self.measures.get("df", 0))
        if few_clusters(clusters, df):
            weak = f"The chi-square has {df} degrees of freedom and {clusters} clusters: it is weak evidence."
            thin = (f"{weak} Read models of fewer variables, SRMR and residuals.", *thin)
        if not sample.dropped:
            return thin
        if self.options.missing == "fiml":
            reason = "no value of any variable that is not a covariate, or none of a covariate"
        else:
            reason = "no value of some variable"
        return (
            f"Rows left out: {sample.dropped}. They have {reason}, or none of the group, cluster or weight.",
            *thin,
        )

    def implied(self) -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Covariances ("cov") and, with a mean structure, means ("mean") that the model implies, per group."""
        return implied_by_group(self._solution(), self.task)

    def residuals(self) -> pd.DataFrame:
        """What the model leaves: one row per sample moment (group, lhs, op, rhs, raw, correlation, standardised)."""
        return residuals(self._solution(), self.task)

    def modification_indices(self) -> pd.DataFrame:
        """What freeing each fixed parameter would gain, the largest first (Sorbom 1989).

        Columns group, lhs, op, rhs, mi (chi-square with 1 df), p, epc (expected change), sepc_lv, sepc_all.
        """
        return modification_indices(self._solution(), self.task)

    def score_tests(self) -> ScoreTests:
        """What releasing parameters that ==, a shared label or equal= hold equal would gain (Lee & Bentler 1980)."""
        return score_tests(self._solution(), self.task)

    def factor_scores(self, data: pd.DataFrame, *, method: Method = "regression") -> pd.DataFrame:
        """Scores of the latent variables and their standard errors, one row per row of data.

        method: "regression", or "bartlett" for scores that are unbiased given the latent variable.
        Columns: each latent variable, then each with the ending `_se`. A missing value is left out of its row's score.
        """
        return factor_scores(self._solution(), self.task, data, method=method)
