"""Reliability within and between units, and by full information, each from a model that the estimator fits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.sem import Fit, Status, TwoLevelFit, fit
from scoring.validation.reliability.intervals import Interval, delta_interval


@dataclass(frozen=True, slots=True, eq=False)
class ModelReliability:
    """Intervals by coefficient; n: rows behind them, in n_units units; status: as of the fit."""

    intervals: dict[str, Interval]
    n: int
    n_units: int
    status: Status


def level_omegas(items: Sequence[str], data: pd.DataFrame, unit: str) -> ModelReliability:
    """`omega_within` and `omega_between` of one factor at each of two levels.

    data: columns of the items and of the unit; complete rows are used.   The share of the variance of the sum, within
    units or of units' means, that the factor of that level accounts for; delta-method errors with t(J - 1).   Source:
    Geldhof, Preacher & Zyphur (2014, Psychological Methods 19, eq. 8).   Where a residual variance is negative, as is
    common between few units, the solution within bounds. Raises ValueError (of `scoring.sem`) where nothing can be
    fitted.
    """
    model = (
        f"level: 1\n{_one_factor(items, 'w')}\nlevel: 2\n{_one_factor(items, 'b')}\n"
        f"omega_within := {_omega(len(items), 'w')}\nomega_between := {_omega(len(items), 'b')}"
    )
    found = fit(model, data[[*items, unit]].dropna(), cluster=unit, std_lv=True, estimator="MLR")
    if not isinstance(found, TwoLevelFit):
        raise TypeError("A model of two levels has a fit of its own kind.")
    best = found if found.refit is None else found.refit
    complete = data.loc[data[[*items, unit]].notna().all(axis=1), unit]
    names = ("omega_within", "omega_between")
    return _defined(best, names, len(complete), int(complete.nunique()), int(complete.nunique()) - 1.0)


def full_information_omega(items: Sequence[str], data: pd.DataFrame, unit: str | None) -> ModelReliability:
    """`omega_fiml`: omega of the one-factor model where every row gives what it has.

    Model-implied variance of the sum, delta-method errors robust to units. It takes missing answers as missing at
    random given those that are there, where pairwise covariances take them as missing completely at random.
    """
    model = f"{_one_factor(items, 'w')}\nomega_fiml := {_omega(len(items), 'w')}"
    found = fit(model, data, cluster=unit, std_lv=True, estimator="MLR", missing="fiml")
    if not isinstance(found, Fit):
        raise TypeError("A model of continuous variables has a fit of its own kind.")
    best = found if found.refit is None else found.refit
    rows = data.loc[data[list(items)].notna().any(axis=1)]
    units = len(rows) if unit is None else int(rows[unit].nunique())
    return _defined(best, ("omega_fiml",), len(rows), units, np.inf if unit is None else units - 1.0)


def _one_factor(items: Sequence[str], level: str) -> str:
    loadings = " + ".join(f"l{level}{k}*{item}" for k, item in enumerate(items))
    residuals = "\n".join(f"{item} ~~ r{level}{k}*{item}" for k, item in enumerate(items))
    return f"f{level} =~ {loadings}\n{residuals}"


def _omega(count: int, level: str) -> str:
    common = "(" + " + ".join(f"l{level}{k}" for k in range(count)) + ")^2"
    return f"{common} / ({common} + " + " + ".join(f"r{level}{k}" for k in range(count)) + ")"


def _defined(found: Fit | TwoLevelFit, names: Sequence[str], n: int, n_units: int, df: float) -> ModelReliability:
    intervals = {}
    for name in names:
        if found.status.usable:
            row = found.estimates.query("op == ':=' and lhs == @name").iloc[0]
            intervals[name] = delta_interval(float(row["est"]), float(row["se"]), df)
        else:
            intervals[name] = Interval(np.nan, np.nan, np.nan, np.nan, np.nan, 0, 0)
    # Few clusters are a matter of the chi-square: the estimates are a proper minimum.
    status = Status.PROPER if found.status == Status.FEW_CLUSTERS else found.status
    return ModelReliability(intervals, n, n_units, status)
