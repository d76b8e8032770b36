"""`fit`: from a model and data to estimates, in steps that can be read in order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scoring.sem.arguments import check_arguments, check_effects
from scoring.sem.bounded import Bounded, within_bounds, within_box
from scoring.sem.bounds import Bounds, box_of
from scoring.sem.categorical import (
    CategoricalFit,
    check_choices,
    check_numbers,
    fit_categorical,
    read_categorical_options,
)
from scoring.sem.chi_square import baseline, corrected, log_likelihood, whole_trace
from scoring.sem.curvature import Curvature, curvature
from scoring.sem.estimates import estimates_frame, frame_of
from scoring.sem.fiml.corrected import robust_measures
from scoring.sem.fiml.sample import read_incomplete
from scoring.sem.indices import fit_measures, n_moments
from scoring.sem.least_squares.fitting import fit_least_squares
from scoring.sem.least_squares.options import check_least_squares, least_squares_name
from scoring.sem.least_squares.result import LeastSquaresFit
from scoring.sem.likelihood import gradient
from scoring.sem.options import read_options
from scoring.sem.problem import Restriction, build_problem, restriction
from scoring.sem.result import Fit
from scoring.sem.sample import Sample, read_sample
from scoring.sem.search import search
from scoring.sem.solve import Stop
from scoring.sem.standardised import Standardised
from scoring.sem.start import starting_values
from scoring.sem.status import Certificate, Status, few_clusters, improper, standardised_gradient
from scoring.sem.syntax import Model, parse
from scoring.sem.table import ModelError, TableOptions, fixed_covariates, parameter_table
from scoring.sem.task import Task
from scoring.sem.two_level import TwoLevelFit, fit_two_level, read_two_level_options

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
    bounds: str | None = None,
    trace: str | None = None,
) -> Fit | CategoricalFit | LeastSquaresFit | TwoLevelFit:
    """Fit a model in lavaan's language to a data frame: by maximum likelihood, by least squares on means and
    covariances, or, where some variables are ordinal, on thresholds and polychoric correlations.

    Parameters
    ----------
    model : lavaan syntax; with `level:` blocks one for rows and one for their clusters, which cluster= names
    data : one row per observation, a numeric column per variable; other columns are passed over
    estimator : "ML", "MLM", "MLMV", "MLMVS" or "MLR"; None is ML, or MLR with clusters. By least squares "GLS", "WLS",
        "DWLS", "WLSM", "WLSMV", "ULS", "ULSM" or "ULSMV"; with ordered variables all of these but GLS, None is WLSMV
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
    bounds : on variances, loadings and covariances, set by the data: "standard", "wide", "pos.var", "pos.ov.var" or
        "pos.lv.var"; None leaves them free, and gives the solution within bounds beside one that is improper
    trace : of the test with ordered variables, "plain" or "debiased"; None is debiased with clusters or few rows

    Raises
    ------
    ModelSyntaxError, ModelError, DataError
        The text, what it means, or the data make no model that can be estimated.
    """
    given = {
        "estimator": estimator, "ordered": ordered, "group": group, "equal": equal, "partial": partial,
        "cluster": cluster, "weights": weights, "missing": missing, "std_lv": std_lv, "meanstructure": meanstructure,
        "information": information, "parameterization": parameterization, "fixed_x": fixed_x, "bounds": bounds,
        "trace": trace,
    }  # fmt: skip
    check_arguments(model, given)
    missing, parameterization = missing.lower(), parameterization.lower()
    tree = parse(model)
    if len(tree.blocks) > 1:
        levels = read_two_level_options(
            estimator=estimator, missing=missing, information=information, meanstructure=meanstructure,
            equal=_listed(equal), partial=_listed(partial), ordered=ordered,
            absent={"group": group, "weights": weights, "bounds": bounds, "trace": trace},
        )  # fmt: skip
        return fit_two_level(tree, data, levels, cluster=cluster, std_lv=std_lv, fixed_x=fixed_x)
    check_effects(given)
    names = () if isinstance(ordered, bool) else _listed(ordered)
    if ordered is True or names:
        check_choices(meanstructure=meanstructure, information=information)
        chosen = read_categorical_options(
            estimator=estimator, missing=missing, parameterization=parameterization, trace=trace,
            clustered=cluster is not None, bounds=bounds,
        )  # fmt: skip
        shape = TableOptions(std_lv=std_lv, fixed_x=fixed_x, equal=_listed(equal), partial=_listed(partial))
        return fit_categorical(
            tree, data, chosen, shape, ordered=names or None, group=group, cluster=cluster, weights=weights
        )
    name = least_squares_name(estimator)
    if name is not None:
        check_least_squares(
            name, information=information, missing=missing, clustered=cluster is not None, trace=trace, bounds=bounds
        )
        shape = TableOptions(std_lv=std_lv, fixed_x=fixed_x, equal=_listed(equal), partial=_listed(partial))
        return fit_least_squares(
            tree, data, name, shape, meanstructure=meanstructure, group=group, weights=weights
        )  # fmt: skip
    check_numbers(missing=missing, trace=trace)
    intercepts = any(term.op == "~1" for term in tree.terms)
    sample = _sample(tree, data, missing, fixed_x, group=group, cluster=cluster, weights=weights)
    options = read_options(
        estimator=estimator, information=information, meanstructure=meanstructure, clustered=cluster is not None,
        groups=len(sample.labels), intercepts=intercepts, missing=missing, bounds=bounds,
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
    start = starting_values(table, sample)
    found = _fitted(task, start)
    return found if options.bounds is None else _within(found, start, task, options.bounds)


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
    theta, value, steps, stop = search(task, start)
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
    measures = _measures(theta, value, task, curved, held)
    if not faults:
        weak = few_clusters(task.n_clusters, int(measures["df"]))
        status = Status.FEW_CLUSTERS if weak else Status.PROPER
        return _result(status, theta, task, curved, certificate, measures, None)
    return _result(Status.IMPROPER, theta, task, curved, certificate, measures, _refit(theta, task))


def _within(found: Fit, start: np.ndarray, task: Task, word: Bounds) -> Fit:
    """The solution within the bounds asked for: the unbounded one where it lies inside."""
    box = box_of(task.table, np.diagonal(task.problem.cov, axis1=1, axis2=2), word)
    known = bool(np.isfinite(found.theta).all())
    if known and box.inside(found.theta):
        return found
    bounded = within_box(found.theta if known else start, box, task)
    return _at_bounds(bounded, task, improper(bounded.theta, task.table, task.problem, task.sample.labels))


def _refit(theta: np.ndarray, task: Task) -> Fit:
    """The solution in which nothing is impossible."""
    return _at_bounds(within_bounds(theta, task), task, ())


def _at_bounds(bounded: Bounded, task: Task, faults: tuple[str, ...]) -> Fit:
    """A solution within bounds; its degrees of freedom are the model's."""
    if not bounded.found:
        return _unusable(Status.NOT_CONVERGED, task, bounded.steps)
    curved = curvature(bounded.theta, task.problem, bounded.tangent, task.cases, task.options, task.covariates)
    basis = bounded.tangent.basis
    slope = standardised_gradient(basis.T @ gradient(bounded.theta, task.problem), basis.T @ curved.information @ basis)
    certificate = Certificate(slope, bounded.steps, curved.rank, curved.free, faults)
    if curved.rank < curved.free:
        return _result(Status.NOT_IDENTIFIED, bounded.theta, task, curved, certificate, {}, None)
    measures = _measures(bounded.theta, bounded.discrepancy, task, curved, bounded.tangent)
    if faults:
        refit = _refit(bounded.theta, task)
        return _result(Status.IMPROPER, bounded.theta, task, curved, certificate, measures, refit)
    status = Status.BOUNDED if curved.free < task.npar else Status.PROPER
    return _result(status, bounded.theta, task, curved, certificate, measures, None)


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


def _measures(theta: np.ndarray, value: float, task: Task, curved: Curvature, held: Restriction) -> dict[str, float]:
    problem, options, total = task.problem, task.options, task.sample.total
    df = n_moments(problem, options, task.covariates) - task.npar
    whole = whole_trace(theta, problem, task)
    test = corrected(total * max(value, 0.0), df, theta, problem, task, held, curved)
    base = baseline(task)
    found = fit_measures(
        theta, problem, test, base, npar=task.npar, total=total, options=options,
        log_likelihoods=log_likelihood(problem, total, value, task.covariates), traces=(curved.trace, whole),
        covariates=task.covariates,
    )  # fmt: skip
    return found | robust_measures(theta, df, base.df, task) if problem.incomplete else found
