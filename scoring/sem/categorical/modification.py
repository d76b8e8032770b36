"""Modification indices of models of ordinal variables: the score test of each parameter fixed or left out."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import stdtr

from scoring.sem.categorical.implied import extend
from scoring.sem.categorical.inference import RANK, spread
from scoring.sem.categorical.least_squares import all_slopes
from scoring.sem.categorical.problem import CategoricalProblem, build_problem, whole_problem
from scoring.sem.categorical.standardised import residual_variances
from scoring.sem.categorical.table import CategoricalTable
from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.least_squares.search import rooted, times
from scoring.sem.modification import TOLD_APART, left_out
from scoring.sem.problem import KIND
from scoring.sem.standardised import scales
from scoring.sem.structure import entries_of, moments
from scoring.sem.table import Row


def modification_indices(theta: np.ndarray, task: CategoricalTask) -> pd.DataFrame:
    """mi = g^2 / v, the drop of the chi-square, and epc = g / v, the change, that freeing a parameter would bring.

    theta (q,). With e the residuals of the moments, W the weights of T = e'We, and d the slopes of the moments in the
    parameter less what the free parameters explain of them in the metric of W: g = d'We, v = d'Wd (Sorbom 1989; Saris,
    Satorra & van der Veld 2009). T counts a group by n - 1 (see `corrections.CorrectedTest`), and so does mi.

    W is not the inverse covariance matrix Omega of the moments, so mi follows no chi-square distribution. mi_scaled =
    g^2 / (d'W Omega W d), the generalised score statistic (White 1982, Econometrica 50; Boos 1992, American
    Statistician 46), has one with 1 df where the model holds, and p is its tail; with J clusters it is the square of t
    with J - 1 df.

    Parameters that could not be identified are left out. Columns: group, lhs, op, rhs, mi, p, epc, sepc_lv, sepc_all,
    mi_scaled; the largest mi first.
    """
    whole, rows, value = _extended(task)
    problem = build_problem(
        whole, task.samples, task.problem.layout, task.answers.groups[0].levels, weighted=task.options.recipe.weighted
    )
    full = np.append(theta, value)
    values, slopes = all_slopes(full[problem.active], problem.model)
    target, r = task.problem.target, len(task.problem.active)
    weight = target.weight * problem.total
    inner, tested = slopes[:, :r] @ task.held.basis, slopes[:, r:]
    whole_inner, whole_tested = rooted(weight, inner), rooted(weight, tested)
    length = np.sqrt((whole_inner**2).sum(axis=0))
    explained, *_ = np.linalg.lstsq(whole_inner / length, whole_tested, rcond=RANK)
    left = tested - inner @ (explained / length[:, None])
    pulled = times(weight, left)
    information = (left * pulled).sum(axis=0)
    kept = np.flatnonzero(information > TOLD_APART * (whole_tested**2).sum(axis=0))
    pulled, information = pulled[:, kept], information[kept]
    score = pulled.T @ (target.values - values)
    cov = spread(task.problem, task.samples, shared=task.answers.clusters is not None)
    scaled = score**2 / ((cov @ pulled) * pulled).sum(axis=0)
    epc = score / information
    factors = _scales(full, whole, problem, task)
    of_latent, of_all = (factor[len(theta) :][kept] for factor in factors)
    clusters = task.answers.n_clusters
    chosen = [rows[k] for k in kept]
    frame = pd.DataFrame({
        "group": [task.answers.labels[row.group] for row in chosen],
        "lhs": [row.lhs for row in chosen],
        "op": [row.op for row in chosen],
        "rhs": [row.rhs for row in chosen],
        "mi": score * epc,
        "p": 2 * stdtr(clusters - 1 if clusters else np.inf, -np.sqrt(scaled)),
        "epc": epc,
        "sepc_lv": epc * of_latent,
        "sepc_all": epc * of_all,
        "mi_scaled": scaled,
    })  # fmt: skip
    return frame.sort_values("mi", ascending=False, kind="stable", ignore_index=True)


def _extended(task: CategoricalTask) -> tuple[CategoricalTable, list[Row], np.ndarray]:
    """The table with the rows to test, which stand last among its parameters, those rows and their values now."""
    old = task.whole
    table, derived = old.table, old.derived
    rows: list[Row] = []
    free: list[int] = []
    tested: list[Row] = []
    for g in range(table.groups):
        for k in np.flatnonzero([row.group == g for row in table.rows]).tolist():
            row = table.rows[k]
            rows.append(row)
            if row.fixed is not None and not derived[k] and (row.op in KIND or row.op == "|"):
                tested.append(row)
                free.append(table.n_free + len(tested) - 1)
            else:
                free.append(int(table.free[k]))
        for row in left_out(table, g):
            tested.append(replace(row, fixed=0.0))
            rows.append(tested[-1])
            free.append(table.n_free + len(tested) - 1)
    value = np.array([0.0 if row.fixed is None else row.fixed for row in tested])
    extended = replace(table, rows=tuple(rows), free=np.array(free))
    return replace(old, table=extended, tested=len(tested)), tested, value


def _scales(
    theta: np.ndarray, whole: CategoricalTable, problem: CategoricalProblem, task: CategoricalTask
) -> tuple[np.ndarray, np.ndarray]:
    """What each parameter is multiplied by so that latent (first) or all (second) variables have variance 1."""
    table = whole.table
    derived, _ = residual_variances(theta[problem.active], problem, len(theta))
    of_latent, of_all = np.ones(len(theta)), np.ones(len(theta))
    everything = whole_problem(whole, problem, task.samples)
    inside = everything.at.free
    own = (inside >= 0) & (inside < len(theta))
    for factor, found in zip((of_latent, of_all), scales(np.append(theta, derived), everything), strict=True):
        factor[inside[own]] = found[own]
    place = {name: j for j, name in enumerate(whole.outcomes)}
    for g in range(table.groups):
        at = entries_of(problem.model.at, problem.model.bounds[g], problem.model.bounds[g + 1])
        implied = moments(
            extend(theta[problem.active], problem.model, g), at, problem.model.n_observed, problem.model.n_variables
        )
        for k in np.flatnonzero(whole.thresholds & (table.free >= 0)):
            if table.rows[k].group == g:
                of_all[table.free[k]] = implied.sigma[(place[table.rows[k].lhs],) * 2] ** -0.5
    return of_latent, of_all
