"""Standardised solutions of models of ordinal variables."""

from collections.abc import Sequence

import numpy as np

from scoring.sem.categorical.data import GroupSample
from scoring.sem.categorical.implied import extend, group_slopes
from scoring.sem.categorical.problem import CategoricalProblem, whole_problem
from scoring.sem.categorical.table import CategoricalTable
from scoring.sem.problem import KIND
from scoring.sem.standardised import Standardised, standardise
from scoring.sem.structure import entries_of, jacobian, moments
from scoring.sem.table import ParameterTable


def residual_variances(theta: np.ndarray, problem: CategoricalProblem, n_free: int) -> tuple[np.ndarray, np.ndarray]:
    """Residual variances that follow from the fitted parameters theta (r,), group after group, 0 for others.

    Returns values (groups p,) and their derivatives in all parameters (groups p, n_free).
    """
    model, groups = problem.model, len(problem.n)
    values = np.concatenate([extend(theta, model, g)[model.n_free :] for g in range(groups)])
    slopes = np.zeros((len(values), n_free))
    if model.derived:
        own = np.concatenate([group_slopes(theta, model, g)[1].residuals for g in range(groups)])
        slopes[:, problem.active] = own
    return values, slopes


def standardise_rows(
    theta: np.ndarray, whole: CategoricalTable, problem: CategoricalProblem, samples: Sequence[GroupSample]
) -> tuple[np.ndarray, Standardised]:
    """Values and standardised values of every row of the table from all its parameters theta (q,).

    Thresholds are divided by the standard deviation behind the answer; a scale factor becomes 1.
    """
    table, q = whole.table, len(theta)
    derived, of_derived = residual_variances(theta[problem.active], problem, q)
    extended, everything = np.append(theta, derived), whole_problem(whole, problem, samples)
    chain = np.vstack([np.eye(q), of_derived])
    with np.errstate(over="ignore"):  # of a search that ran off, whose estimates are not to be read
        found = standardise(extended, everything)
    structural = np.array([row.op in KIND for row in table.rows])
    lv, every, slopes = np.ones(len(table.rows)), np.ones(len(table.rows)), np.zeros((len(table.rows), q))
    value = np.append(theta, 0.0)[table.free]
    fixed = np.array([1.0 if row.fixed is None else row.fixed for row in table.rows])
    value = np.where(table.free < 0, fixed, value)
    at = everything.at
    value[structural] = np.append(extended, 0.0)[at.free] + np.where(at.free < 0, at.value, 0.0)
    lv[structural], every[structural], slopes[structural] = found.lv, found.all, found.jacobian @ chain
    group = np.array([row.group for row in table.rows])
    place = {name: j for j, name in enumerate(whole.outcomes)}
    for g in range(table.groups):
        own = entries_of(at, everything.bounds[g], everything.bounds[g + 1])
        n = everything.n_observed
        implied = moments(extended, own, n, everything.n_variables)
        diagonal = np.cumsum(np.arange(n + 1, 1, -1)) - (n + 1)
        of_variance = jacobian(own, implied, len(extended))[0][diagonal] @ chain
        rows = np.flatnonzero(whole.thresholds & (group == g))
        j = np.array([place[table.rows[k].lhs] for k in rows], dtype=int)
        sd = np.sqrt(np.diag(implied.sigma))
        lv[rows], every[rows] = value[rows], value[rows] / sd[j]
        slopes[rows] = -(value[rows] / (2 * sd[j]) / sd[j] / sd[j])[:, None] * of_variance[j]
        free = rows[table.free[rows] >= 0]
        slopes[free, table.free[free]] += 1 / sd[j[table.free[rows] >= 0]]
        if whole.parameterization == "theta":
            # Of the answers given the covariates, which is what their correlations are of.
            scaled = np.flatnonzero(whole.scales & (group == g))
            model = problem.model
            inner = entries_of(model.at, model.bounds[g], model.bounds[g + 1])
            fitted = extend(theta[problem.active], model, g)
            given = np.diag(moments(fitted, inner, model.n_observed, model.n_variables).sigma)
            value[scaled] = given[[place[table.rows[k].lhs] for k in scaled]] ** -0.5
    lv[whole.scales] = value[whole.scales]
    return value, Standardised(lv, every, slopes)


def unknown_rows(table: ParameterTable) -> tuple[np.ndarray, Standardised]:
    """The same where there are no estimates: fixed values, and NaN."""
    fixed = np.array([np.nan if row.fixed is None else row.fixed for row in table.rows])
    value = np.where(table.free < 0, fixed, np.nan)
    nothing = np.full(len(table.rows), np.nan)
    return value, Standardised(nothing, nothing, np.full((len(table.rows), table.n_free), np.nan))
