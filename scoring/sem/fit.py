"""`fit`: from a model and data to estimates, in steps that can be read in order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from scoring.sem.inference import Curvature, Test, baseline, curvature, fit_measures, log_likelihood, scaling_factor
from scoring.sem.likelihood import Problem, gradient
from scoring.sem.options import Options, read_options
from scoring.sem.problem import Restriction, build_problem, restriction, starting_values
from scoring.sem.robust import Cases, saturated_trace
from scoring.sem.sample import Sample, read_sample
from scoring.sem.solve import Stop, minimise
from scoring.sem.standardised import standardise
from scoring.sem.status import Certificate, Status, improper, standardised_gradient
from scoring.sem.structure import SYMMETRIC, entries_of, moments
from scoring.sem.syntax import evaluate, parse
from scoring.sem.syntax import gradient as slopes
from scoring.sem.table import ModelError, ParameterTable, TableOptions, parameter_table

MAX_STEPS = 200
TOLERANCE = 1e-16  # of Newton's decrement: estimates within about 1e-8 of a standard error of the minimum
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted model.

    status: read it first.   estimates: one row per parameter (group, level, lhs, op, rhs, label, free, est, se, z, p,
    ci_low, ci_high, std_lv, std_all, std_se); level is always 1, std_se the standard error of std_all.
    measures: fit measures under lavaan's names.   certificate: what the status rests on.
    refit: the solution within bounds where this one is improper, else None.
    vcov (q, q): covariance of the free parameters, in the order of estimates.free.
    """

    status: Status
    estimates: pd.DataFrame
    measures: dict[str, float]
    certificate: Certificate
    options: Options
    groups: tuple[str, ...]
    vcov: np.ndarray
    refit: "Fit | None"
    _theta: np.ndarray
    _table: ParameterTable
    _problem: Problem

    @property
    def summary(self) -> dict[str, Any]:
        """Status, size and the headline measures."""
        kept = ("npar", "ntotal", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr", "aic", "bic")
        return {
            "status": str(self.status),
            "estimator": self.options.estimator,
            "groups": list(self.groups),
            **{name: self.measures[name] for name in kept if name in self.measures},
        }

    def to_frame(self) -> pd.DataFrame:
        """The estimates."""
        return self.estimates

    def implied(self) -> list[dict[str, pd.DataFrame | pd.Series]]:
        """Covariances and means that the model implies, one pair per group."""
        names, found = list(self._table.observed), []
        for g in range(len(self.groups)):
            at = entries_of(self._problem.at, self._problem.bounds[g], self._problem.bounds[g + 1])
            implied = moments(self._theta, at, self._problem.n_observed, self._problem.n_variables)
            found.append({
                "cov": pd.DataFrame(implied.sigma, index=names, columns=names),
                "mean": pd.Series(implied.mu, index=names),
            })  # fmt: skip
        return found


def fit(
    model: str,
    data: pd.DataFrame,
    *,
    estimator: str | None = None,
    group: str | None = None,
    equal: Sequence[str] = (),
    partial: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    std_lv: bool = False,
    meanstructure: bool | None = None,
    information: str | None = None,
    fixed_x: bool = True,
) -> Fit:
    """Fit a model in lavaan's language to the complete rows of a data frame by maximum likelihood.

    Parameters
    ----------
    model : lavaan syntax
    data : one row per observation, a numeric column per variable; other columns are passed over
    estimator : "ML", "MLM" or "MLR"; None is ML, or MLR with clusters
    group, cluster, weights : names of columns; weights count a row as so many
    equal : kinds of parameters held equal across groups, as "loadings"; partial frees some again, as "f=~y3"
    std_lv : latent variables get variance 1 instead of a first loading of 1
    meanstructure : intercepts too; None adds them where groups, clusters or the model itself ask for them
    information : "expected" or "observed"; None is the estimator's own
    fixed_x : moments of exogenous covariates are the sample's

    Raises
    ------
    ModelSyntaxError, ModelError, DataError
        The text, what it means, or the data make no model that can be estimated.
    """
    tree = parse(model)
    intercepts = any(term.op == "~1" for term in tree.terms)
    shape = TableOptions(std_lv=std_lv, fixed_x=fixed_x, equal=tuple(equal), partial=tuple(partial))
    sample = read_sample(data, tree.observed, group=group, cluster=cluster, weights=weights)
    options = read_options(
        estimator=estimator, information=information, meanstructure=meanstructure, clustered=cluster is not None,
        groups=len(sample.labels), intercepts=intercepts,
    )  # fmt: skip
    shape = replace(shape, groups=len(sample.labels), meanstructure=options.meanstructure)
    table = parameter_table(tree, shape)
    problem = build_problem(table, sample, meanstructure=options.meanstructure)
    held = restriction(table)
    _check_counts(table, held, options)
    return _estimate(table, problem, held, sample, options, starting_values(table, sample), bounded=True)


def _n_moments(table: ParameterTable, options: Options) -> int:
    p, k = len(table.observed), len(table.covariates)
    own = p * (p + 1) // 2 - k * (k + 1) // 2 + (p - k if options.meanstructure else 0)
    return table.groups * own


def _check_counts(table: ParameterTable, held: Restriction, options: Options) -> None:
    n_moments, n_free = _n_moments(table, options), held.basis.shape[1]
    if n_free > n_moments:
        raise ModelError(
            f"The model has {n_free} free parameters and the data {n_moments} moments: it cannot be identified. "
            "Fix parameters, hold some equal, or observe more variables."
        )


def _estimate(
    table: ParameterTable, problem: Problem, held: Restriction, sample: Sample, options: Options, start: np.ndarray,
    *, bounded: bool,
) -> Fit:  # fmt: skip
    x, value, steps, stop = minimise(
        np.linalg.lstsq(held.basis, start - held.shift, rcond=None)[0], held.basis, held.shift, problem, MAX_STEPS,
        TOLERANCE,
    )  # fmt: skip
    theta = held.basis @ x + held.shift
    cases = _cases(sample, options)
    if stop == Stop.NO_START:
        return _unusable(Status.NO_START, theta, table, problem, sample, options, steps)
    curved = curvature(theta, problem, held, cases, options)
    slope = standardised_gradient(held.basis.T @ gradient(theta, problem), held.basis.T @ curved.information @ held.basis)
    if stop != Stop.CONVERGED and slope > STATIONARY:
        return _unusable(Status.NOT_CONVERGED, theta, table, problem, sample, options, steps)
    faults = improper(theta, table, problem, sample.labels)
    certificate = Certificate(slope, steps, curved.rank, curved.free, faults)
    status = Status.NOT_IDENTIFIED if curved.rank < curved.free else Status.IMPROPER if faults else Status.PROPER
    refit = None
    if bounded and status == Status.IMPROPER:
        refit = _within_bounds(theta, table, problem, held, sample, options)
    found = _measures(theta, value, table, problem, held, sample, cases, options, curved) if status.usable else {}
    return Fit(
        status, _estimates(theta, table, problem, curved, sample.labels), found, certificate, options, sample.labels,
        curved.vcov, refit, theta, table, problem,
    )  # fmt: skip


def _cases(sample: Sample, options: Options) -> Cases:
    """The observations; around their mean where the model has no means, as the problem's means are zero then."""
    values = sample.values
    if not options.meanstructure:
        values = tuple(x - mean for x, mean in zip(values, sample.mean, strict=True))
    return Cases(values, sample.weights, sample.clusters)


STATIONARY = 1e-6  # slope per root of information that is flat for every printed digit


def _unusable(
    status: Status, theta: np.ndarray, table: ParameterTable, problem: Problem, sample: Sample, options: Options,
    steps: int,
) -> Fit:  # fmt: skip
    q = table.n_free
    nothing = Curvature(np.full((q, q), np.nan), 0, q, np.full((q, q), np.nan), np.nan)
    estimates = _estimates(np.full(q, np.nan), table, problem, nothing, sample.labels)
    certificate = Certificate(np.nan, steps, 0, q, ())
    return Fit(
        status, estimates, {}, certificate, options, sample.labels, nothing.vcov, None, theta, table, problem
    )  # fmt: skip


def _within_bounds(
    theta: np.ndarray, table: ParameterTable, problem: Problem, held: Restriction, sample: Sample, options: Options
) -> Fit:
    """The solution with no variance below zero: those that would be are held at zero, one round after the other."""
    variances = {
        int(free) for row, free in zip(table.rows, table.free, strict=True)
        if row.op == "~~" and row.lhs == row.rhs and free >= 0
    }  # fmt: skip
    at_zero: set[int] = set()
    found = None
    while True:
        below = {k for k in variances - at_zero if theta[k] < 0}
        if found is not None and not below:
            return found
        at_zero |= below
        rows = np.zeros((len(at_zero), len(theta)))
        rows[np.arange(len(at_zero)), sorted(at_zero)] = 1.0
        inner = rows @ held.basis
        _, sizes, vt = np.linalg.svd(inner)
        rank = int((sizes > SINGULAR_VALUE).sum())
        part = np.linalg.lstsq(inner, -rows @ held.shift, rcond=None)[0]
        narrower = Restriction(held.basis @ vt[rank:].T, held.basis @ part + held.shift)
        start = np.where(np.isin(np.arange(len(theta)), sorted(at_zero)), 0.0, theta)
        found = _estimate(table, problem, narrower, sample, options, start, bounded=False)
        if not below or not found.status.usable:
            return found
        theta = found._theta


SINGULAR_VALUE = 1e-10


def _measures(
    theta: np.ndarray, value: float, table: ParameterTable, problem: Problem, held: Restriction, sample: Sample,
    cases: Cases, options: Options, curved: Curvature,
) -> dict[str, float]:  # fmt: skip
    total, npar = sample.total, held.basis.shape[1]
    covariates = np.array([table.observed.index(name) for name in table.covariates], dtype=int)
    df = _n_moments(table, options) - npar
    scaling = scaling_factor(theta, problem, cases, curved.trace, df, options)
    test = Test(total * value, df, scaling)
    whole = saturated_trace(problem, cases, means=options.meanstructure) if options.estimator == "MLR" else np.nan
    return fit_measures(
        theta, problem, test, baseline(problem, cases, options, covariates, total), npar=npar, total=total,
        options=options, log_likelihoods=log_likelihood(problem, total, value, covariates),
        traces=(curved.trace, whole), covariates=len(covariates) * (len(covariates) + 1) // 2,
    )  # fmt: skip


def _estimates(
    theta: np.ndarray, table: ParameterTable, problem: Problem, curved: Curvature, labels: tuple[str, ...]
) -> pd.DataFrame:
    free = table.free
    est = np.where(free >= 0, theta[free], problem.at.value)
    error = np.sqrt(np.diag(curved.vcov))
    se = np.where(free >= 0, error[free], 0.0)
    standard = standardise(theta, problem)
    variance = np.einsum("rq,qs,rs->r", standard.jacobian, curved.vcov, standard.jacobian)
    columns = {
        "lhs": [row.lhs for row in table.rows],
        "op": [row.op for row in table.rows],
        "rhs": [row.rhs for row in table.rows],
        "label": [row.label for row in table.rows],
    }
    std_lv, std_all, std_se = standard.lv, standard.all, np.sqrt(np.maximum(variance, 0))
    group = np.array([row.group for row in table.rows])
    if table.definitions:
        own = _defined(table, theta, curved.vcov, standard)
        for name, op in (("lhs", "lhs"), ("op", "op"), ("rhs", "rhs"), ("label", "lhs")):
            columns[name] = [*columns[name], *own[op]]
        est, se = np.append(est, own["est"]), np.append(se, own["se"])
        std_lv, std_all = np.append(std_lv, own["std_lv"]), np.append(std_all, own["std_all"])
        std_se = np.append(std_se, own["std_se"])
        free, group = np.append(free, np.full(len(own["est"]), -1)), np.append(group, np.zeros(len(own["est"]), dtype=int))
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(se > 0, est / se, np.nan)
    return pd.DataFrame(
        {
            "group": [labels[g] for g in group],
            "level": 1,
            **columns,
            "free": free + 1,
            "est": est,
            "se": se,
            "z": z,
            "p": 2 * ndtr(-np.abs(z)),
            "ci_low": est - Z_95 * se,
            "ci_high": est + Z_95 * se,
            "std_lv": std_lv,
            "std_all": std_all,
            "std_se": std_se,
        }
    )


def _defined(table: ParameterTable, theta: np.ndarray, vcov: np.ndarray, standard: Any) -> dict[str, list[Any]]:
    """Defined quantities by the delta method, also of the standardised parameters."""
    row_of = {row.label: at for at, row in reversed(list(enumerate(table.rows))) if row.label}
    rows = np.array(list(row_of.values()), dtype=int)
    free = table.free[rows]
    plain = np.zeros((len(rows), len(theta)))
    plain[free >= 0, free[free >= 0]] = 1.0
    fixed = np.array([table.rows[at].fixed or 0.0 for at in rows])
    kinds = {
        "est": (np.where(free >= 0, theta[free], fixed), plain, "se"),
        "std_all": (standard.all[rows], standard.jacobian[rows], "std_se"),
        "std_lv": (standard.lv[rows], None, ""),
    }
    found: dict[str, list[Any]] = {name: [] for name in ("lhs", "op", "rhs", "est", "se", "std_lv", "std_all", "std_se")}
    for kind, (values, jacobian, error) in kinds.items():
        known = dict(zip(row_of, values, strict=True))
        moved = dict(zip(row_of, jacobian, strict=True)) if jacobian is not None else {}
        for one in table.definitions:
            _check_names(one, known)
            slope = slopes(one.expression, known)
            known[one.name] = float(evaluate(one.expression, known))
            found[kind].append(known[one.name])
            if jacobian is not None:
                moved[one.name] = sum((slope[name] * moved[name] for name in slope), np.zeros(len(theta)))
                found[error].append(float(np.sqrt(max(moved[one.name] @ vcov @ moved[one.name], 0.0))))
    found["lhs"] = [one.name for one in table.definitions]
    found["op"] = [":="] * len(table.definitions)
    found["rhs"] = [str(one.expression) for one in table.definitions]
    return found


def _check_names(one: Any, known: dict[str, float]) -> None:
    from scoring.sem.syntax import names

    for name in names(one.expression):
        if name not in known:
            raise ModelError(f"Line {one.line}: '{name}' in the definition of '{one.name}' is no label of a parameter.")
