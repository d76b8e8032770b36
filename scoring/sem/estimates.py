"""The table of estimates: every row of the parameter table, then what the model defines."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from scoring.sem.standardised import Standardised, standardise
from scoring.sem.syntax import Define, evaluate
from scoring.sem.syntax import gradient as slopes
from scoring.sem.syntax.written import written
from scoring.sem.table import ParameterTable
from scoring.sem.task import Task

INTERVAL = 0.975  # upper end of the 95 % intervals
ROUNDING = 1e-13  # of a sum of products, relative to what they add up to without their signs


def estimates_frame(theta: np.ndarray, vcov: np.ndarray, task: Task) -> pd.DataFrame:
    """Estimates with standard errors, tests, intervals and standardised values, as `Fit.estimates` describes them."""
    free = task.table.free
    est = np.append(theta, 0.0)[free] + np.where(free < 0, task.problem.at.value, 0.0)
    return frame_of(task.table, task.sample.labels, est, vcov, standardise(theta, task.problem), task.reference_df)


def frame_of(
    table: ParameterTable, labels: tuple[str, ...], est: np.ndarray, vcov: np.ndarray, standard: Standardised, df: float
) -> pd.DataFrame:
    """The table of estimates from its rows' values, est (rows,), and the covariance vcov (q, q) of the free ones.

    df: degrees of freedom of t, infinite for the normal distribution.
    """
    frame = pd.DataFrame({
        "group": [labels[row.group] for row in table.rows],
        "level": 1,
        "lhs": [row.lhs for row in table.rows],
        "op": [row.op for row in table.rows],
        "rhs": [row.rhs for row in table.rows],
        "label": [row.label for row in table.rows],
        "free": table.free + 1,
        "est": est,
        "se": np.append(_errors(np.eye(len(vcov)), vcov), 0.0)[table.free],
        "std_lv": standard.lv,
        "std_all": standard.all,
        "std_se": _errors(standard.jacobian, vcov),
    })  # fmt: skip
    if table.definitions:
        defined = pd.DataFrame(_defined(table, est, vcov, standard)).assign(group=labels[0], level=1, free=0)
        frame = pd.concat([frame, defined[frame.columns]], ignore_index=True)
    return _tested(frame, df)


def _tested(frame: pd.DataFrame, df: float) -> pd.DataFrame:
    """The frame with z, p and the interval, from t with df degrees of freedom (infinite: the normal distribution)."""
    est, se = frame["est"].to_numpy(), frame["se"].to_numpy()
    z = np.full(len(est), np.nan)
    np.divide(est, se, out=z, where=se > 0)
    reach = stdtrit(df, INTERVAL) * se
    tests = {"z": z, "p": 2 * stdtr(df, -np.abs(z)), "ci_low": est - reach, "ci_high": est + reach}
    before = [name for name in frame if not name.startswith("std_")]
    return frame.assign(**tests)[[*before, *tests, "std_lv", "std_all", "std_se"]]


def _defined(table: ParameterTable, est: np.ndarray, vcov: np.ndarray, standard: Standardised) -> dict[str, list[Any]]:
    """Defined quantities by the delta method, also of the standardised parameters."""
    row_of = {row.label: at for at, row in reversed(list(enumerate(table.rows))) if row.label}
    rows = np.array(list(row_of.values()), dtype=int)
    free = table.free[rows]
    plain = np.zeros((len(rows), len(vcov)))
    plain[free >= 0, free[free >= 0]] = 1.0
    value, se = _through(table.definitions, row_of, est[rows], plain, vcov)
    std_all, std_se = _through(table.definitions, row_of, standard.all[rows], standard.jacobian[rows], vcov)
    std_lv, _ = _through(table.definitions, row_of, standard.lv[rows], standard.jacobian[rows], vcov)
    return {
        "lhs": [one.name for one in table.definitions],
        "op": [":="] * len(table.definitions),
        "rhs": [written(one.expression) for one in table.definitions],
        "label": [one.name for one in table.definitions],
        "est": value,
        "se": se,
        "std_lv": std_lv,
        "std_all": std_all,
        "std_se": std_se,
    }


def _through(
    definitions: tuple[Define, ...], labels: dict[str, int], values: np.ndarray, jacobian: np.ndarray, vcov: np.ndarray
) -> tuple[list[float], list[float]]:
    """Values of the definitions and their standard errors, from labelled values and their derivatives (labels, q)."""
    known = dict(zip(labels, values.tolist(), strict=True))
    moved = dict(zip(labels, jacobian, strict=True))
    found: list[float] = []
    errors: list[float] = []
    for one in definitions:
        slope = slopes(one.expression, known)
        moved[one.name] = sum((slope[name] * moved[name] for name in slope), np.zeros(jacobian.shape[1]))
        known[one.name] = float(evaluate(one.expression, known))
        found.append(known[one.name])
        errors.append(float(_errors(moved[one.name][None], vcov)[0]))
    return found, errors


def _errors(slopes: np.ndarray, vcov: np.ndarray) -> np.ndarray:
    """Standard errors (n,) of what moves with the parameters by slopes (n, q), by the delta method.

    NaN where curvature that is not of a minimum gives a negative variance.
    """
    variance = ((slopes @ vcov) * slopes).sum(axis=1)
    # The terms of a difference of two equal things cancel, down to rounding of either sign.
    terms = ((np.abs(slopes) @ np.abs(vcov)) * np.abs(slopes)).sum(axis=1)
    variance = np.where(np.abs(variance) <= ROUNDING * terms, 0.0, variance)
    return np.sqrt(np.where(variance < 0, np.nan, variance))
