"""What `fit` returns for continuous variables fitted by least squares."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem.factor_scores import Method, factor_scores
from scoring.sem.fitted import FittedModel, implied_by_group
from scoring.sem.least_squares.modification import modification_indices
from scoring.sem.least_squares.residuals import residuals
from scoring.sem.least_squares.score_tests import score_tests
from scoring.sem.least_squares.task import LeastSquares
from scoring.sem.options import Options
from scoring.sem.score_tests import ScoreTests
from scoring.sem.status import Certificate, Status
from scoring.sem.summary import summarise

HEADLINE = ("npar", "ntotal", "chisq", "chisq.scaled", "df", "pvalue", "pvalue.scaled", "cfi", "tli", "rmsea", "srmr")
FEW_VALUES = 7  # of a variable that may be a scale of categories
SHOWN = 6  # names in a note


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquaresFit(FittedModel):
    """A model of continuous variables fitted by least squares.

    status: read it first.   estimates: one row per parameter as in `Fit`.
    measures: fit measures under lavaan's names, none where the status is not usable; there is no likelihood and so no
    information criterion.
    certificate: what the status rests on.   refit: the solution within bounds where this one is improper, else None.
    vcov (q, q): covariance of the free parameters, in the order of estimates.free.
    theta (q,): the free parameters.   task: what was worked on.
    """

    status: Status
    estimates: pd.DataFrame
    measures: dict[str, float]
    certificate: Certificate
    options: Options
    groups: tuple[str, ...]
    vcov: np.ndarray
    refit: "LeastSquaresFit | None"
    theta: np.ndarray
    task: LeastSquares

    @property
    def summary(self) -> dict[str, Any]:
        """Status, size, the headline measures and the notes."""
        return summarise(self, HEADLINE)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the rows and of the test, one sentence each."""
        notes: tuple[str, ...] = ()
        if self.options.estimator == "ULS":
            notes = (
                "The chi-square of ULS changes with the variables' units and follows no known distribution, and so do "
                "CFI, TLI and RMSEA made of it. ULSMV gives the same estimates with a test.",
            )
        few = self._few_values() if self.options.estimator != "GLS" else ()
        if few:
            names = ", ".join(few[:SHOWN]) + (f" and {len(few) - SHOWN} more" if len(few) > SHOWN else "")
            notes = (
                *notes,
                f"Taken as numbers, with at most {FEW_VALUES} different values: {names}. Where values are categories, "
                "name the variables in ordered=.",
            )
        dropped = self.task.task.sample.dropped
        if dropped:
            left = "They have no value of some variable, or none of the group or weight."
            notes = (*notes, f"Rows left out: {dropped}. {left}")
        return notes

    def implied(self) -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Covariances ("cov") and, with a mean structure, means ("mean") that the model implies, per group."""
        return implied_by_group(self._solution(), self.task.task)

    def residuals(self) -> pd.DataFrame:
        """What the model leaves: one row per fitted moment (group, lhs, op, rhs, raw, correlation, standardised)."""
        return residuals(self._solution(), self.task)

    def modification_indices(self) -> pd.DataFrame:
        """What freeing each fixed parameter would gain, the largest first (Sorbom 1989).

        Columns group, lhs, op, rhs, mi (drop of the chi-square), p, epc (expected change), sepc_lv, sepc_all and
        mi_scaled, to which p belongs: a chi-square with 1 df under every weight, which mi is for GLS and WLS only.
        """
        return modification_indices(self._solution(), self.task)

    def score_tests(self) -> ScoreTests:
        """Tests of the equality constraints, together and one by one; see `ScoreTests`."""
        return score_tests(self._solution(), self.task)

    def factor_scores(self, data: pd.DataFrame, *, method: Method = "regression") -> pd.DataFrame:
        """Scores of the latent variables and their standard errors, one row per row of data.

        method: "regression", or "bartlett" for scores that are unbiased given the latent variable.
        Columns: each latent variable, then each with the ending `_se`. A missing value is left out of its row's score.
        """
        return factor_scores(self._solution(), self.task.task, data, method=method)

    def _few_values(self) -> tuple[str, ...]:
        """Variables that may be answers in categories; GLS has no form for these, and asks for numbers."""
        table, sample = self.task.task.table, self.task.task.sample
        columns = np.concatenate(sample.values).T
        few = [name for name, x in zip(sample.names, columns, strict=True) if len(np.unique(x)) <= FEW_VALUES]
        return tuple(name for name in few if name not in table.exogenous)
