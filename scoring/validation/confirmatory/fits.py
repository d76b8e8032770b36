"""Measurement models fitted, each in both ways, with what came of it whatever that is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from scoring.sem import CategoricalFit, DataError, Fit, ModelError, fit
from scoring.validation.confirmatory.models import MeasurementModel
from scoring.validation.panel import Panel

Estimator = Literal["WLSMV", "MLR", "ML"]
AnyFit = CategoricalFit | Fit
REFUSED = "REFUSED"  # the data or the model were refused before estimation
# Below three the correction for clusters is not defined: (J - 1)^2 / ((J - 2)(J + 1)) of the debiased trace.
FEWEST_UNITS = 3


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """What came of a model.

    sample: "all" respondents or those with the "full_form", or its "complete" rows.   fit: None where it was refused.
    bounded: the solution within bounds beside one that is improper or was not found.   fault: why it was refused.
    clustered: whether errors and tests allow for units.   pair_n (p, p): respondents of each pair of its items.
    """

    model: MeasurementModel
    estimator: Estimator
    sample: str
    fit: AnyFit | None
    bounded: AnyFit | None
    fault: str
    clustered: bool
    n_units: int
    pair_n: np.ndarray
    seconds: float

    @property
    def status(self) -> str:
        return REFUSED if self.fit is None else self.fit.status.name

    @property
    def usable(self) -> bool:
        """Whether there are estimates to read."""
        return self.fit is not None and self.fit.status.usable

    @property
    def solution(self) -> AnyFit | None:
        """The fit that may be read: as it is, or within bounds where there is no other."""
        if self.fit is not None and self.fit.status.usable:
            return self.fit
        return self.bounded

    @property
    def reference_df(self) -> float:
        """Degrees of freedom of the t distribution of estimates."""
        return float(self.n_units - 1) if self.clustered else np.inf


def fit_measurement(
    model: MeasurementModel, data: pd.DataFrame, estimator: Estimator, *, clustered: bool, sample: str = "all"
) -> FittedModel:
    """One model fitted to keyed answers (NaN where there is none) with a column `unit`; never raises for what data or
    model are like.

    WLSMV on pairwise polychoric correlations (Muthen, du Toit & Spisic 1997); MLR and ML by full information where
    answers are missing.
    """
    began = time.perf_counter()
    rows = data[data[list(model.items)].notna().any(axis=1)]
    answers = rows[list(model.items)].to_numpy(float)
    seen = np.isfinite(answers).astype(float)
    found = FittedModel(
        model, estimator, sample, None, None, "", clustered, int(rows["unit"].nunique()), seen.T @ seen, 0.0
    )
    try:
        first = _fit(model, rows, estimator, clustered, None)
    except (DataError, ModelError, np.linalg.LinAlgError) as fault:
        return replace(found, fault=str(fault), seconds=time.perf_counter() - began)
    bounded = first.refit
    if not first.status.usable:
        bounded = _within_bounds(model, rows, estimator, clustered)
    return replace(found, fit=first, bounded=bounded, seconds=time.perf_counter() - began)


def _fit(
    model: MeasurementModel, rows: pd.DataFrame, estimator: Estimator, clustered: bool, bounds: str | None
) -> AnyFit:
    cluster = "unit" if clustered and estimator != "ML" else None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # a search may pass where moments are undefined
        found = _searched(model, rows, estimator, cluster, bounds)
    if not isinstance(found, CategoricalFit | Fit):
        raise ModelError("A measurement model has one level.")
    return found


def _searched(
    model: MeasurementModel, rows: pd.DataFrame, estimator: Estimator, cluster: str | None, bounds: str | None
) -> object:
    if estimator == "WLSMV":
        return fit(
            model.ordinal_syntax, rows, estimator=estimator, ordered=True, missing="pairwise", cluster=cluster,
            bounds=bounds,
        )  # fmt: skip
    return fit(
        model.syntax, rows, estimator=estimator, missing=missing_of(model, rows), cluster=cluster, meanstructure=True,
        bounds=bounds,
    )  # fmt: skip


def _within_bounds(model: MeasurementModel, rows: pd.DataFrame, estimator: Estimator, clustered: bool) -> AnyFit | None:
    """The solution within bounds set by the data (De Jonckere & Rosseel 2022), None where that is not found either."""
    try:
        found = _fit(model, rows, estimator, clustered, "standard")
    except (DataError, ModelError, np.linalg.LinAlgError):
        return None
    return found if found.status.usable else None


def missing_of(model: MeasurementModel, rows: pd.DataFrame) -> str:
    """What `missing=` of a fit by maximum likelihood is: nothing is gained from full information where all answered."""
    return "fiml" if rows[list(model.items)].isna().any(axis=None) else "listwise"


def clustered_panel(panel: Panel) -> bool:
    """Whether errors can allow for units."""
    return panel.nested and panel.n_units >= FEWEST_UNITS


def fit_all(
    models: Sequence[MeasurementModel], data: pd.DataFrame, estimator: Estimator, *, clustered: bool, n_jobs: int,
    say: Callable[[str], None],
) -> dict[str, FittedModel]:  # fmt: skip
    """Every model, by name, whatever n_jobs is the same; threads, as the time goes into loops that release the lock."""
    say(f"confirmatory: {len(models)} models by {estimator}")
    found = Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(fit_measurement)(model, data, estimator, clustered=clustered) for model in models
    )
    return {one.model.name: one for one in found}
