"""From a model and continuous data to least-squares estimates."""

from dataclasses import replace

import numpy as np
import pandas as pd

from scoring.sem.categorical.inference import Weighted
from scoring.sem.estimates import frame_of
from scoring.sem.indices import n_moments
from scoring.sem.least_squares.bounded import within_bounds
from scoring.sem.least_squares.measures import fit_measures
from scoring.sem.least_squares.moments import unbiased
from scoring.sem.least_squares.options import least_squares_options
from scoring.sem.least_squares.result import LeastSquaresFit
from scoring.sem.least_squares.search import Stop, descend, times
from scoring.sem.least_squares.task import LeastSquares, least_squares
from scoring.sem.options import Estimator
from scoring.sem.problem import Restriction, build_problem, restriction
from scoring.sem.sample import read_sample
from scoring.sem.solve import minimise as maximise_likelihood
from scoring.sem.standardised import Standardised, standardise
from scoring.sem.start import starting_values
from scoring.sem.status import Certificate, Status, improper
from scoring.sem.syntax import Model
from scoring.sem.table import ModelError, TableOptions, parameter_table
from scoring.sem.task import Task

MAX_STEPS = 200
LIKELIHOOD_STEPS = 50
NEAR = 1e-6  # of Newton's decrement: the maximum of the likelihood is a place to begin, not the estimate
TOLERANCE = 1e-17  # of a step's squared length in the metric of the weights: below 1e-6 standard errors in all
STATIONARY = 1e-6  # slope per root of information that is flat for every printed digit


def fit_least_squares(
    tree: Model, data: pd.DataFrame, estimator: Estimator, shape: TableOptions, *, meanstructure: bool | None,
    group: str | None, weights: str | None,
) -> LeastSquaresFit:  # fmt: skip
    """Fit a parsed model; the arguments are those of `fit`. Raises ModelError and DataError as `fit` does."""
    sample = unbiased(read_sample(data, tree.observed, group=group, weights=weights))
    groups = len(sample.labels)
    options = least_squares_options(
        estimator, meanstructure=meanstructure, groups=groups, intercepts=any(term.op == "~1" for term in tree.terms)
    )
    table = parameter_table(tree, replace(shape, groups=groups, meanstructure=options.meanstructure))
    problem = build_problem(table, sample, meanstructure=options.meanstructure)
    task = Task(table, problem, restriction(table), sample, options)
    known = n_moments(problem, options, task.covariates)
    if task.npar > known:
        raise ModelError(
            f"The model has {task.npar} free parameters and the data {known} moments: it cannot be identified. "
            "Fix parameters, hold some equal, or observe more variables."
        )
    return _fitted(least_squares(task), starting_values(table, sample))


def starting_point(ls: LeastSquares, values: np.ndarray) -> np.ndarray:
    """Where the search begins, (r,): at the maximum of the likelihood, from which a step too far is rare.

    values (q,): the start for that; it is also the one here where the likelihood has no maximum.
    """
    held = ls.task.held
    first = np.linalg.lstsq(held.basis, values - held.shift, rcond=None)[0]
    x, _, _, _ = maximise_likelihood(first, held.basis, held.shift, ls.task.problem, LIKELIHOOD_STEPS, NEAR)
    return np.asarray(x) if np.isfinite(x).all() else first


def _fitted(ls: LeastSquares, values: np.ndarray) -> LeastSquaresFit:
    held = ls.task.held
    first = starting_point(ls, values)
    ended = descend(
        first, held.basis, held.shift, ls.target, values=ls.values, slopes=ls.slopes, max_steps=MAX_STEPS,
        tolerance=TOLERANCE * ls.unit,
    )  # fmt: skip
    if ended.stop == Stop.NO_START:
        return _unusable(Status.NO_START, ls, ended.steps)
    found = _at(held.basis @ ended.x + held.shift, ended.discrepancy, ended.steps, ls, held)
    if ended.stop != Stop.CONVERGED and not found.certificate.gradient <= STATIONARY:
        return _unusable(Status.NOT_CONVERGED, ls, ended.steps)
    if found.status != Status.IMPROPER:
        return found
    bounded = within_bounds(found.theta, ls)
    if not bounded.found:
        return replace(found, refit=_unusable(Status.NOT_CONVERGED, ls, bounded.steps))
    refit = _at(bounded.theta, bounded.discrepancy * ls.unit, bounded.steps, ls, bounded.tangent)
    if refit.status.usable:
        refit = replace(refit, status=Status.BOUNDED, certificate=replace(refit.certificate, improper=()))
    return replace(found, refit=refit)


def _at(theta: np.ndarray, value: float, steps: int, ls: LeastSquares, held: Restriction) -> LeastSquaresFit:
    """The fit at a minimum theta (q,); held: what can still move there."""
    task = ls.task
    values, jacobian = ls.slopes(theta)
    weighted = ls.weighted(jacobian, held)
    slope = slope_of(values, weighted, ls)
    faults = improper(theta, task.table, task.problem, task.sample.labels)
    free = held.basis.shape[1]
    certificate = Certificate(slope, steps, weighted.rank, free, faults)
    if weighted.rank < free:
        nothing = np.full((len(theta), len(theta)), np.nan)
        return _result(Status.NOT_IDENTIFIED, theta, nothing, ls, certificate, {})
    step = held.basis @ weighted.bread
    if ls.recipe.robust:
        step = step @ times(weighted.weight, weighted.slopes).T
        inner = step @ ls.cov @ step.T
    else:
        inner = step @ held.basis.T / task.sample.total
    vcov = inner * (task.sample.total / (task.sample.total - len(task.sample.labels)))
    measures = fit_measures(theta, task.sample.total * value, weighted, ls)
    return _result(Status.IMPROPER if faults else Status.PROPER, theta, vcov, ls, certificate, measures)


def slope_of(values: np.ndarray, weighted: Weighted, ls: LeastSquares) -> float:
    """Largest slope of the discrepancy per root of information, where the model implies values (m,)."""
    descent = weighted.slopes.T @ times(ls.target.weight, ls.target.values - values)
    size = np.sqrt((weighted.slopes * times(weighted.weight, weighted.slopes)).sum(axis=0))
    return float(np.abs(descent / np.where(size > 0, size, 1.0)).max(initial=0.0) / np.sqrt(ls.unit))


def _result(
    status: Status, theta: np.ndarray, vcov: np.ndarray, ls: LeastSquares, certificate: Certificate,
    measures: dict[str, float],
) -> LeastSquaresFit:  # fmt: skip
    task = ls.task
    fixed = np.where(task.table.free < 0, task.problem.at.value, 0.0)
    est = np.append(theta, 0.0)[task.table.free] + fixed
    estimates = frame_of(task.table, task.sample.labels, est, vcov, _standardised(theta, task), np.inf)
    return LeastSquaresFit(
        status, estimates, measures, certificate, task.options, task.sample.labels, vcov, None, theta, ls
    )


def _standardised(theta: np.ndarray, task: Task) -> Standardised:
    if np.isfinite(theta).all():
        return standardise(theta, task.problem)
    rows = np.full(len(task.table.rows), np.nan)
    return Standardised(rows, rows, np.full((len(rows), len(theta)), np.nan))


def _unusable(status: Status, ls: LeastSquares, steps: int) -> LeastSquaresFit:
    q = ls.task.table.n_free
    certificate = Certificate(np.nan, steps, 0, ls.task.held.basis.shape[1], ())
    return _result(status, np.full(q, np.nan), np.full((q, q), np.nan), ls, certificate, {})
