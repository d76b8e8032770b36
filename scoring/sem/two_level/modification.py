"""Modification indices of a model of two levels: the score test of each parameter that a level fixes or leaves out."""

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from scoring.sem.modification import TOLD_APART, left_out
from scoring.sem.problem import KIND
from scoring.sem.standardised import scales
from scoring.sem.structure import entries
from scoring.sem.table import Row
from scoring.sem.two_level.likelihood import TwoLevelProblem, gradient, information
from scoring.sem.two_level.task import TwoLevelTask


def modification_indices(theta: np.ndarray, task: TwoLevelTask) -> pd.DataFrame:
    """mi = N g^2 / v, the drop of chi-square, and epc = g / v, the change, that freeing a parameter would bring.

    g is its score per row, v its expected information less what the free parameters share of it (Sorbom 1989).
    Parameters that could not be identified are left out. Columns: level, lhs, op, rhs, mi, p, epc, sepc_lv, sepc_all;
    the largest mi first.
    """
    rows, value, problem = _extended(task)
    q = len(theta)
    at_values = np.concatenate([theta, value])
    score = -gradient(at_values, problem)[q:] / 2
    whole = information(at_values, problem)
    basis = task.held.basis
    shared = whole[q:, :q] @ basis
    explained = np.einsum("ij,ij->i", shared, np.linalg.solve(basis.T @ whole[:q, :q] @ basis, shared.T).T)
    own = np.diag(whole)[q:]
    kept = own - explained > TOLD_APART * own
    epc = np.full(len(rows), np.nan)
    np.divide(score, own - explained, out=epc, where=kept)
    of_latent, of_all = _scales(at_values, task, problem, q)
    frame = pd.DataFrame({
        "level": [row.group + 1 for row in rows],
        "lhs": [row.lhs for row in rows],
        "op": [row.op for row in rows],
        "rhs": [row.rhs for row in rows],
        "mi": problem.blocks.total * score * epc,
        "epc": epc,
        "sepc_lv": epc * of_latent,
        "sepc_all": epc * of_all,
    })[kept]  # fmt: skip
    frame.insert(5, "p", chdtrc(1, frame["mi"].to_numpy()))
    return frame.sort_values("mi", ascending=False, kind="stable", ignore_index=True)


def _extended(task: TwoLevelTask) -> tuple[list[Row], np.ndarray, TwoLevelProblem]:
    """The rows to test, with their level as group, their values now, and the problem in which they are free, after
    the model's own parameters.
    """
    rows: list[Row] = []
    values: list[float] = []
    levels = []
    q = task.table.whole.n_free
    for number, (table, level) in enumerate(zip(task.table.levels, task.problem.levels, strict=True)):
        at = {name: position for position, name in enumerate(table.variables)}
        free, value = level.at.free.copy(), level.at.value
        for place, row in enumerate(table.rows):
            if row.fixed is not None and row.op != "~1":
                free[place] = q + len(rows)
                rows.append(Row(number, row.lhs, row.op, row.rhs))
                values.append(float(value[place]))
        new = left_out(table, 0)
        sides = [(at[row.rhs], at[row.lhs]) if row.op == "=~" else (at[row.lhs], at[row.rhs]) for row in new]
        wider = entries(
            np.append(level.at.kind, [KIND[row.op] for row in new]),
            np.append(level.at.row, [side[0] for side in sides]),
            np.append(level.at.col, [side[1] for side in sides]),
            np.append(free, q + len(rows) + np.arange(len(new))),
            np.append(value, np.zeros(len(new))),
            level.n_variables,
        )
        rows += [Row(number, row.lhs, row.op, row.rhs) for row in new]
        values += [0.0] * len(new)
        levels.append(level._replace(at=wider))
    return rows, np.array(values), task.problem._replace(levels=(levels[0], levels[1]))


def _scales(values: np.ndarray, task: TwoLevelTask, problem: TwoLevelProblem, q: int) -> tuple[np.ndarray, np.ndarray]:
    """What each tested parameter is multiplied by so that latent, or all, variables of its level have variance 1."""
    found = np.zeros((2, len(values) - q))
    for view, level in zip(task.views, problem.levels, strict=True):
        wider = view._replace(at=level.at, bounds=np.array([0, len(level.at.kind)]))
        tested = np.flatnonzero(level.at.free >= q)
        found[:, level.at.free[tested] - q] = np.array(scales(values, wider))[:, tested]
    return found[0], found[1]
