"""Modification indices: the score test of each parameter that a model fixes or leaves out."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from scoring.sem.likelihood import Problem, gradient, information
from scoring.sem.problem import KIND
from scoring.sem.standardised import scales
from scoring.sem.structure import entries
from scoring.sem.table import ParameterTable, Row
from scoring.sem.task import Task

TOLD_APART = 1e-8  # part of a parameter's information that the free ones must leave for it to be identified


def modification_indices(theta: np.ndarray, task: Task) -> pd.DataFrame:
    """mi = N g^2 / v, the drop of chi-square, and epc = g / v, the change, that freeing a parameter would bring.

    g is its score per case, v its expected information less what the free parameters share of it (Sorbom 1989; Saris,
    Satorra & van der Veld 2009). Parameters that could not be identified are left out. Columns: group, lhs, op, rhs,
    mi, p, epc, sepc_lv, sepc_all; the largest mi first.
    """
    rows, value, problem = extended(task)
    q, m = len(theta), len(rows)
    at_values = np.concatenate([theta, value])
    score = -gradient(at_values, problem)[q:] / 2
    whole = information(at_values, problem)
    basis = task.held.basis
    shared = whole[q:, :q] @ basis
    inner = basis.T @ whole[:q, :q] @ basis
    explained = np.einsum("ij,ij->i", shared, np.linalg.solve(inner, shared.T).T)
    own = np.diag(whole)[q:]
    left = own - explained
    kept = left > TOLD_APART * own
    epc = np.full(m, np.nan)
    np.divide(score, left, out=epc, where=kept)
    tested = np.flatnonzero(problem.at.free >= q)
    place = tested[np.argsort(problem.at.free[tested])]
    of_latent, of_all = scales(at_values, problem)
    frame = pd.DataFrame({
        "group": [task.sample.labels[row.group] for row in rows],
        "lhs": [row.lhs for row in rows],
        "op": [row.op for row in rows],
        "rhs": [row.rhs for row in rows],
        "mi": task.sample.total * score * epc,
        "epc": epc,
        "sepc_lv": epc * of_latent[place],
        "sepc_all": epc * of_all[place],
    })[kept]  # fmt: skip
    frame.insert(5, "p", chdtrc(1, frame["mi"].to_numpy()))
    return frame.sort_values("mi", ascending=False, kind="stable", ignore_index=True)


def extended(task: Task) -> tuple[list[Row], np.ndarray, Problem]:
    """The rows to test, their values now, and the problem in which they are free, after the model's own parameters."""
    table, problem = task.table, task.problem
    at = {name: position for position, name in enumerate(table.variables)}
    fixed = {
        (row.group, row.key): number
        for number, row in enumerate(table.rows)
        if row.fixed is not None and not (row.op == "~1" and row.lhs in table.latent)
    }
    rows: list[Row] = []
    values: list[float] = []
    parts, bounds = [], [0]
    for g in range(table.groups):
        first, last = problem.bounds[g], problem.bounds[g + 1]
        own = [column[first:last] for column in problem.at]
        free = own[3].copy()
        tested = [row for row in table.rows if row.group == g and (g, row.key) in fixed]
        for row in tested:
            free[fixed[g, row.key] - first] = table.n_free + len(rows)
            rows.append(row)
            values.append(own[4][fixed[g, row.key] - first])
        new = left_out(table, g)
        places = [(at[row.rhs], at[row.lhs]) if row.op == "=~" else (at[row.lhs], at[row.rhs]) for row in new]
        kind = np.append(own[0], [KIND[row.op] for row in new])
        to = np.append(own[1], [place[0] for place in places])
        source = np.append(own[2], [place[1] for place in places])
        free = np.append(free, table.n_free + len(rows) + np.arange(len(new)))
        rows += new
        values += [0.0] * len(new)
        parts.append(entries(kind, to, source, free, np.append(own[4], np.zeros(len(new))), problem.n_variables))
        bounds.append(bounds[-1] + len(kind))
    whole = type(parts[0])(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return rows, np.array(values), problem._replace(at=whole, bounds=np.array(bounds))


def left_out(table: ParameterTable, group: int) -> list[Row]:
    """Loadings, (residual) covariances and, where the model has effects, effects that it does not mention."""
    have = {row.key for row in table.rows if row.group == group}
    # An effect of a latent variable is a loading too, and has been written as one or the other.
    have |= {(row.rhs, "=~", row.lhs) for row in table.rows if row.op == "~" and row.group == group}
    inner = [name for name in table.observed if name not in table.covariates]
    measured = dict.fromkeys(row.lhs for row in table.rows if row.op == "=~")
    found = [Row(group, latent, "=~", name) for latent in measured for name in inner if name not in table.exogenous]
    found += [Row(group, a, "~~", b) for a, b in combinations(inner, 2)]
    found += [Row(group, a, "~~", b) for a, b in combinations(table.latent, 2)]
    if any(row.op == "~" for row in table.rows):
        related = dict.fromkeys(name for row in table.rows if row.op == "~" for name in (row.lhs, row.rhs))
        # A loading is an effect too. Covariates are given: nothing has an effect on them.
        have |= {(row.rhs, "~", row.lhs) for row in table.rows if row.op == "=~" and row.group == group}
        found += [
            Row(group, a, "~", b) for a in related for b in related if a != b and a not in table.covariates
        ]  # fmt: skip
    return [row for row in found if row.key not in have]
