"""Score tests of equality constraints: what releasing them would gain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from scoring.sem.curvature import RANK
from scoring.sem.likelihood import gradient, information
from scoring.sem.modification import TOLD_APART
from scoring.sem.problem import equations
from scoring.sem.syntax.written import written
from scoring.sem.table import ModelError, ParameterTable, Row
from scoring.sem.task import Task

REDUNDANT = 1e-8  # part of a constraint that the others must leave for it to hold anything
LOOSE = 1e-6  # part of a parameter in what the data do not tell apart, above which its change means nothing


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTests:
    """Lagrange multiplier tests of a model's equality constraints.

    chisq, df, p: of all constraints together; df counts what releasing them all would let the data tell apart.
    constraints: each alone, the largest first: lhs, rhs (as written with ==, or the two parameters that are one), chisq
    (1 df), p, epc: expected change of lhs - rhs; NaN where the constraint alone holds nothing, or only sets a scale.
    parameters: each free row with est, epc: its expected change when all constraints are released, and epv, their sum;
    NaN where the data would not tell it.
    chisq_scaled: of least squares but GLS and WLS, where chisq (and each constraint's) is the drop of a sum of squares
    and follows no chi-square; p belongs to this one, which does, and so does each constraint's p to its own. Else None.
    """

    chisq: float
    df: int
    p: float
    constraints: pd.DataFrame
    parameters: pd.DataFrame
    chisq_scaled: float | None = None


def score_tests(theta: np.ndarray, task: Task) -> ScoreTests:
    """Score tests by the expected information (Silvey 1959; Lee & Bentler 1980; Sorbom 1989 for one parameter).

    With s the scores and I the information per case of the rows' own parameters, B the directions that all constraints
    leave and d the one that releasing a constraint adds: chisq = N (d's)^2 / (d'Id - d'IB (B'IB)^-1 B'Id), and all
    together N s' I^- s. Raises ModelError for a model without equality constraints.
    """
    rows = np.flatnonzero(task.table.free >= 0)
    slopes, sides = constraint_slopes(task.table, task.sample.labels, rows)
    apart = task.problem._replace(at=task.problem.at._replace(free=own_positions(task.table, rows)))
    values = theta[task.table.free[rows]]
    score, whole = -gradient(values, apart) / 2, information(values, apart)
    frame = pd.DataFrame(sides, columns=["lhs", "rhs"]).join(each(score, whole, slopes, task.sample.total))
    frame = frame.sort_values("chisq", ascending=False, kind="stable", ignore_index=True)
    change, loose, rank = all_released(score, whole)
    df = rank - task.npar
    chisq = task.sample.total * float(score @ change)
    parameters = released_rows(task.table, task.sample.labels, rows, values, change, loose)
    return ScoreTests(chisq, df, float(chdtrc(df, chisq)) if df > 0 else np.nan, frame, parameters)


def own_positions(table: ParameterTable, rows: np.ndarray) -> np.ndarray:
    """Positions at which every free row has a parameter of its own."""
    free = np.full(len(table.rows), -1)
    free[rows] = np.arange(len(rows))
    return free


def constraint_slopes(
    table: ParameterTable, labels: Sequence[str], rows: np.ndarray
) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Slopes (constraints, rows) of what is zero, and both sides in words: rows that share a parameter, then `==`.

    labels: of the groups.   rows: the free ones of the table. Raises ModelError where there is no constraint.
    """
    free = table.free[rows]
    slopes: list[np.ndarray] = []
    sides: list[tuple[str, str]] = []
    first = {position: number for number, position in reversed(list(enumerate(free.tolist())))}
    for number, position in enumerate(free.tolist()):
        if number != first[position]:
            slope = np.zeros(len(rows))
            slope[first[position]], slope[number] = 1.0, -1.0
            slopes.append(slope)
            sides.append((_named(table.rows[rows[first[position]]], labels), _named(table.rows[rows[number]], labels)))
    for coefficients, one in zip(equations(table)[0], table.constraints, strict=True):
        slope = np.zeros(len(rows))
        slope[list(first.values())] = coefficients[list(first)]
        slopes.append(slope)
        sides.append((written(one.left), written(one.right)))
    if not slopes:
        raise ModelError("The model holds no parameters equal, so there is nothing to release.")
    return np.array(slopes).reshape(len(slopes), len(rows)), sides


def _named(row: Row, labels: Sequence[str]) -> str:
    """The row as a user would write it, with its group where there are several."""
    place = f" [{labels[row.group]}]" if len(labels) > 1 else ""
    return f"{row.lhs}{row.op}{row.rhs}{place}"


def directions(whole: np.ndarray, slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions (rows, constraints) that releasing each constraint alone adds, free of what the estimates take up.

    whole (rows, rows): information.   slopes (constraints, rows). Returns too which of them (constraints,) can be.
    """
    _, sizes, vt = np.linalg.svd(slopes)
    rank = int((sizes > RANK * sizes.max()).sum())
    basis = vt[rank:].T
    inverse = np.linalg.pinv(slopes, rcond=RANK)  # its columns move one constraint and no other
    alone = np.einsum("ij,ji->i", slopes, inverse) > 1 - REDUNDANT
    if not basis.size:
        return inverse, alone
    return inverse - basis @ np.linalg.solve(basis.T @ whole @ basis, basis.T @ whole @ inverse), alone


def each(score: np.ndarray, whole: np.ndarray, slopes: np.ndarray, total: float) -> pd.DataFrame:
    """Each constraint released alone: chisq, p, epc. slopes (constraints, rows)."""
    released, alone = directions(whole, slopes)
    own = np.einsum("ij,jk,ik->i", slopes, whole, slopes, optimize=True) / (slopes**2).sum(axis=1) ** 2
    left = np.einsum("ji,jk,ki->i", released, whole, released, optimize=True)
    kept = alone & (left > TOLD_APART * own)
    epc = np.full(len(slopes), np.nan)
    np.divide(released.T @ score, left, out=epc, where=kept)
    chisq = total * (released.T @ score) * epc
    return pd.DataFrame({"chisq": chisq, "p": chdtrc(1, chisq), "epc": epc})


def all_released(score: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """All constraints released: change of each row, which changes the data do not tell, and how many they do."""
    scale = 1 / np.sqrt(np.diag(whole))
    sizes, vectors = np.linalg.eigh(whole * np.outer(scale, scale))
    told = sizes > RANK * sizes.max()
    change = scale * (vectors[:, told] @ ((vectors[:, told].T @ (scale * score)) / sizes[told]))
    loose = (vectors[:, ~told] ** 2).sum(axis=1) > LOOSE
    return change, loose, int(told.sum())


def released_rows(
    table: ParameterTable, labels: Sequence[str], rows: np.ndarray, values: np.ndarray, change: np.ndarray,
    loose: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    """The frame of `ScoreTests.parameters`."""
    names = [table.rows[number] for number in rows]
    return pd.DataFrame({
        "group": [labels[row.group] for row in names],
        "lhs": [row.lhs for row in names],
        "op": [row.op for row in names],
        "rhs": [row.rhs for row in names],
        "label": [row.label for row in names],
        "est": values,
        "epc": np.where(loose, np.nan, change),
        "epv": np.where(loose, np.nan, values + change),
    })  # fmt: skip
