"""`fit`: from a model and data to estimates, in steps that can be read in order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scoring.sem.bounded import within_bounds
from scoring.sem.categorical import (
    CategoricalFit,
    check_choices,
    check_numbers,
    fit_categorical,
    read_categorical_options,
)
from scoring.sem.chi_square import Test, baseline, log_likelihood, scaling_factor, whole_trace
from scoring.sem.curvature import Curvature, curvature
from scoring.sem.estimates import estimates_frame, frame_of
from scoring.sem.fiml.corrected import robust_measures
from scoring.sem.fiml.sample import read_incomplete
from scoring.sem.indices import fit_measures, n_moments
from scoring.sem.likelihood import gradient
from scoring.sem.options import read_options
from scoring.sem.problem import build_problem, restriction, starting_values
from scoring.sem.result import Fit
from scoring.sem.sample import Sample, read_sample
from scoring.sem.solve import Stop, minimise
from scoring.sem.standardised import Standardised
from scoring.sem.status import Certificate, Status, improper, standardised_gradient
from scoring.sem.syntax import Model, parse
from scoring.sem.table import ModelError, TableOptions, fixed_covariates, parameter_table
from scoring.sem.task import Task

MAX_STEPS = 200
TOLERANCE = 1e-16  # of Newton's decrement: estimates within about 1e-8 of a standard error of the minimum
STATIONARY = 1e-6  # slope per root of information that is flat for every printed digit


def fit(
    model: str,
    data: pd.DataFrame,
    *,
    estimator: str | None = None,
    ordered: Sequence[str] | bool = (),
    group: str | None = None,
    equal: Sequence[str] = (),
    partial: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    missing: str = "listwise",
    std_lv: bool = False,
    meanstructure: bool | None = None,
    information: str | None = None,
    parameterization: str = "delta",
    fixed_x: bool = True,
    trace: str | None = None,
) -> Fit | CategoricalFit:
    """Fit a model in lavaan's language to a data frame: by maximum likelihood, or, where some variables are ordinal, by
    weighted least squares on thresholds and polychoric correlations.

    Parameters
    ----------
    model : lavaan syntax
    data : one row per observation, a numeric column per variable; other columns are passed over
    estimator : "ML", "MLM" or "MLR"; None is ML, or MLR with clusters. With ordered variables "WLSMV" (None), "WLSM",
        "DWLS", "ULSMV", "ULSM" or "ULS"
    ordered : the ordinal variables; True is every observed one but exogenous covariates
    group, cluster, weights : names of columns; weights count a row as so many
    equal : kinds of parameters held equal across groups, as "loadings"; partial frees some again, as "f=~y3"
    std_lv : latent variables get variance 1 instead of a first loading of 1
    meanstructure : intercepts too; None adds them where groups, clusters or the model itself ask for them
    information : "expected" or "observed"; None is the estimator's own
    missing : "listwise" takes complete rows; "fiml" what every row has (full information maximum likelihood; rows
        without a fixed covariate are dropped); "pairwise", with ordered variables, all answers
    parameterization : what sets the scale behind an ordinal answer: "delta" its variance, "theta" the residual one
    fixed_x : moments of exogenous covariates are the sample's
    trace : of the test with ordered variables, "plain" or "debiased"; None is debiased with clusters or few rows

    Raises
    ------
    ModelSyntaxError, ModelError, DataError
        The text, what it means, or the data make no model that can be estimated.
    """
    tree = parse(model)
    names = () if isinstance(ordered, bool) else _listed(ordered)
    if ordered is True or names:
        check_choices(meanstructure=meanstructure, information=information)
        chosen = read_categorical_options(
            estimator=estimator, missing=missing, parameterization=parameterization, trace=trace,
            clustered=cluster is not None,
        )  # fmt: skip
        shape = TableOptions(std_lv=std_lv, fixed_x=fixed_x, equal=_listed(equal), partial=_listed(partial))
        return fit_categorical(
            tree, data, chosen, shape, ordered=names or None, group=group, cluster=cluster, weights=weights
        )
    check_numbers(estimator=estimator, missing=missing, trace=trace)
    intercepts = any(term.op == "~1" for term in tree.terms)
    sample = _sample(tree, data, missing, fixed_x, group=group, cluster=cluster, weights=weights)
    options = read_options(
        estimator=estimator, information=information, meanstructure=meanstructure, clustered=cluster is not None,
        groups=len(sample.labels), intercepts=intercepts, missing=missing,
    )  # fmt: skip
    shape = TableOptions(
        groups=len(sample.labels), meanstructure=options.meanstructure, std_lv=std_lv, fixed_x=fixed_x,
        equal=_listed(equal), partial=_listed(partial),
    )  # fmt: skip
    table = parameter_table(tree, shape)
    task = Task(
        table, build_problem(table, sample, meanstructure=options.meanstructure), restriction(table), sample, options
    )
    _check_counts(task)
    return _fitted(task, starting_values(table, sample))


def _sample(
    tree: Model, data: pd.DataFrame, missing: str, fixed_x: bool, *, group: str | None, cluster: str | None,
    weights: str | None,
) -> Sample:  # fmt: skip
    if missing != "fiml":
        return read_sample(data, tree.observed, group=group, cluster=cluster, weights=weights)
    covariates = fixed_covariates(tree, TableOptions(fixed_x=fixed_x))
    return read_incomplete(data, tree.observed, covariates, group=group, cluster=cluster, weights=weights)


def _listed(names: Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _check_counts(task: Task) -> None:
    known = n_moments(task.problem, task.options, task.covariates)
    if task.npar > known:
        raise ModelError(
            f"The model has {task.npar} free parameters and the data {known} moments: it cannot be identified. "
            "Fix parameters, hold some equal, or observe more variables."
        )


def _fitted(task: Task, start: np.ndarray) -> Fit:
    held, problem = task.held, task.problem
    first = np.linalg.lstsq(held.basis, start - held.shift, rcond=None)[0]
    x, value, steps, stop = minimise(first, held.basis, held.shift, problem, MAX_STEPS, TOLERANCE)
    theta = held.basis @ x + held.shift
    if stop == Stop.NO_START:
        return _unusable(Status.NO_START, task, steps)
    curved = curvature(theta, problem, held, task.cases, task.options, task.covariates)
    slope = standardised_gradient(
        held.basis.T @ gradient(theta, problem), held.basis.T @ curved.information @ held.basis
    )
    if stop != Stop.CONVERGED and not slope <= STATIONARY:
        return _unusable(Status.NOT_CONVERGED, task, steps)
    faults = improper(theta, task.table, problem, task.sample.labels)
    certificate = Certificate(slope, steps, curved.rank, curved.free, faults)
    if curved.rank < curved.free:
        return _result(Status.NOT_IDENTIFIED, theta, task, curved, certificate, {}, None)
    measures = _measures(theta, value, task, curved)
    if not faults:
        return _result(Status.PROPER, theta, task, curved, certificate, measures, None)
    return _result(Status.IMPROPER, theta, task, curved, certificate, measures, _refit(theta, task))


def _refit(theta: np.ndarray, task: Task) -> Fit:
    """The solution within bounds; its degrees of freedom are the model's."""
    bounded = within_bounds(theta, task)
    if not bounded.found:
        return _unusable(Status.NOT_CONVERGED, task, bounded.steps)
    curved = curvature(bounded.theta, task.problem, bounded.tangent, task.cases, task.options, task.covariates)
    basis = bounded.tangent.basis
    slope = standardised_gradient(basis.T @ gradient(bounded.theta, task.problem), basis.T @ curved.information @ basis)
    certificate = Certificate(slope, bounded.steps, curved.rank, curved.free, ())
    if curved.rank < curved.free:
        return _result(Status.NOT_IDENTIFIED, bounded.theta, task, curved, certificate, {}, None)
    measures = _measures(bounded.theta, bounded.discrepancy, task, curved)
    return _result(Status.BOUNDED, bounded.theta, task, curved, certificate, measures, None)


def _result(
    status: Status, theta: np.ndarray, task: Task, curved: Curvature, certificate: Certificate,
    measures: dict[str, float], refit: Fit | None,
) -> Fit:  # fmt: skip
    estimates = estimates_frame(theta, curved.vcov, task)
    return Fit(
        status, estimates, measures, certificate, task.options, task.sample.labels, curved.vcov, refit, theta, task
    )


def _unusable(status: Status, task: Task, steps: int) -> Fit:
    q, n_rows = task.table.n_free, len(task.table.rows)
    theta, vcov, rows = np.full(q, np.nan), np.full((q, q), np.nan), np.full(n_rows, np.nan)
    est = np.where(task.table.free < 0, task.problem.at.value, np.nan)
    standard = Standardised(rows, rows, np.full((n_rows, q), np.nan))
    estimates = frame_of(task.table, task.sample.labels, est, vcov, standard, task.reference_df)
    certificate = Certificate(np.nan, steps, 0, q, ())
    return Fit(status, estimates, {}, certificate, task.options, task.sample.labels, vcov, None, theta, task)


def _measures(theta: np.ndarray, value: float, task: Task, curved: Curvature) -> dict[str, float]:
    problem, options, total = task.problem, task.options, task.sample.total
    df = n_moments(problem, options, task.covariates) - task.npar
    whole = whole_trace(theta, problem, task)
    test = Test(total * max(value, 0.0), df, scaling_factor(whole, curved.trace, df))
    base = baseline(task)
    found = fit_measures(
        theta, problem, test, base, npar=task.npar, total=total, options=options,
        log_likelihoods=log_likelihood(problem, total, value, task.covariates), traces=(curved.trace, whole),
        covariates=task.covariates,
    )  # fmt: skip
    return found | robust_measures(theta, df, base.df, task) if problem.incomplete else found
