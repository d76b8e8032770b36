"""What `fit` returns for a model of ordinal variables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem.categorical.factor_scores import factor_scores
from scoring.sem.categorical.modification import modification_indices
from scoring.sem.categorical.options import CategoricalOptions
from scoring.sem.categorical.residuals import implied_moments, residuals
from scoring.sem.categorical.score_tests import score_tests
from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.fitted import FittedModel
from scoring.sem.ordinal import moment_names
from scoring.sem.score_tests import ScoreTests
from scoring.sem.status import Certificate, Status
from scoring.sem.summary import summarise
from scoring.sem.table import ModelError

HEADLINE = ("npar", "ntotal", "chisq", "chisq.scaled", "df", "pvalue.scaled", "cfi.robust", "rmsea.robust", "srmr")


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalFit(FittedModel):
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

    def implied(self) -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Covariances (variance 1 where ordinal) and thresholds that the model implies, one pair per group."""
        found: list[dict[str, pd.DataFrame | pd.Series]] = []
        for g, values in enumerate(implied_moments(self._solution(), self.task)):
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
        """What the model leaves: one row per sample moment.

        Columns group, lhs, op, rhs, raw, correlation, standardised, moment (its name), sample, implied;
        standardised is the residual over its own standard error, about standard normal where the model holds.
        """
        return residuals(self._solution(), self.task)

    def modification_indices(self) -> pd.DataFrame:
        """What freeing each fixed parameter would gain, the largest first (Sorbom 1989).

        Columns group, lhs, op, rhs, mi (drop of the chi-square), p, epc (expected change), sepc_lv, sepc_all,
        mi_scaled; the drop is no chi-square under these weights, mi_scaled is one with 1 df, and p belongs to it.
        """
        return modification_indices(self._solution(), self.task)

    def score_tests(self) -> ScoreTests:
        """Tests of the equality constraints, together and one by one; see `ScoreTests`."""
        return score_tests(self._solution(), self.task)

    def factor_scores(self, data: pd.DataFrame, *, method: str = "regression") -> pd.DataFrame:
        """Scores of the latent variables, modes given the answers, and their standard errors, one row per row of data.

        method: "regression", which the modes are; there are no others.
        Columns: each latent variable, then each with the ending `_se`. A missing answer is left out of its row's score.
        """
        if method != "regression":
            raise ModelError(
                f"method='{method}' is not there with ordered variables, whose scores are the modes of the latent "
                "variables given the answers: leave method= out, or take 'regression'."
            )
        return factor_scores(self._solution(), self.task, data)
