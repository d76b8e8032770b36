"""The table of estimates: every row of the parameter table, then what the model defines."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from scoring.sem.standardised import Standardised, standardise
from scoring.sem.syntax import Define, Expression, evaluate
from scoring.sem.syntax import gradient as slopes
from scoring.sem.syntax.expressions import Binary, Call, Name, Negative, Number
from scoring.sem.table import ParameterTable
from scoring.sem.task import Task

INTERVAL = 0.975  # upper end of the 95 % intervals


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
    variance = ((standard.jacobian @ vcov) * standard.jacobian).sum(axis=1)
    frame = pd.DataFrame({
        "group": [labels[row.group] for row in table.rows],
        "level": 1,
        "lhs": [row.lhs for row in table.rows],
        "op": [row.op for row in table.rows],
        "rhs": [row.rhs for row in table.rows],
        "label": [row.label for row in table.rows],
        "free": table.free + 1,
        "est": est,
        "se": np.append(_root(np.diag(vcov)), 0.0)[table.free],
        "std_lv": standard.lv,
        "std_all": standard.all,
        "std_se": _root(variance),
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
        "rhs": [_written(one.expression) for one in table.definitions],
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
        errors.append(float(_root(moved[one.name] @ vcov @ moved[one.name])))
    return found, errors


def _root(variance: np.ndarray) -> np.ndarray:
    """Standard errors; NaN where curvature that is not of a minimum gives a negative variance."""
    return np.sqrt(np.where(variance < 0, np.nan, variance))


BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}  # how tightly an operation holds; a sign stands between


def _written(expression: Expression, outside: int = 0) -> str:
    """The expression as a user would write it, in parentheses where what stands outside holds more tightly."""
    match expression:
        case Number(value):
            return f"{value:g}"
        case Name(name):
            return name
        case Call(function, argument):
            return f"{function}({_written(argument)})"
        case Negative(operand):
            text, own = f"-{_written(operand, 3)}", 3
        case Binary(symbol, left, right):
            own = BINDING[symbol]
            # a - (b - c) and (a^b)^c keep theirs: only one side of an operation may hold as tightly as itself.
            sides = (own + 1, own) if symbol == "^" else (own, own + 1)
            text = f"{_written(left, sides[0])}{symbol}{_written(right, sides[1])}"
    return f"({text})" if own < outside else text
