"""From a model of two levels and data in clusters to estimates, in steps that can be read in order."""

import numpy as np
import pandas as pd

from scoring.sem.chi_square import Test, scaling_factor
from scoring.sem.curvature import Curvature
from scoring.sem.options import Options
from scoring.sem.problem import restriction
from scoring.sem.solve import Stop
from scoring.sem.status import Certificate, Status, improper, standardised_gradient
from scoring.sem.syntax import Model
from scoring.sem.table import ModelError
from scoring.sem.two_level.bounded import within_bounds
from scoring.sem.two_level.chi_square import baseline, comparable, whole_trace
from scoring.sem.two_level.curvature import curvature
from scoring.sem.two_level.data import read_clusters
from scoring.sem.two_level.estimates import estimates_frame, nothing_frame
from scoring.sem.two_level.indices import fit_measures
from scoring.sem.two_level.likelihood import gradient
from scoring.sem.two_level.result import TwoLevelFit
from scoring.sem.two_level.solve import minimise
from scoring.sem.two_level.table import LEVELS, two_level_table
from scoring.sem.two_level.task import TwoLevelTask, build_task

STATIONARY = 1e-6  # slope per root of information that is flat for every printed digit


def fit_two_level(
    model: Model, data: pd.DataFrame, options: Options, *, cluster: str | None, std_lv: bool, fixed_x: bool
) -> TwoLevelFit:
    """Maximum likelihood for a model with `level:` blocks; the arguments are those of `fit`.

    Raises ModelError and DataError.
    """
    if cluster is None:
        raise ModelError("The model has levels: name the column of the clusters, as cluster='school'.")
    table = two_level_table(model, std_lv=std_lv, fixed_x=fixed_x)
    held = restriction(table.whole)
    sample = read_clusters(data, *(one.observed for one in table.levels), cluster=cluster)
    task = build_task(table, sample, options, held)
    _check_counts(task)
    return _fitted(task)


def _check_counts(task: TwoLevelTask) -> None:
    if task.npar > task.n_moments:
        raise ModelError(
            f"The model has {task.npar} free parameters and the data {task.n_moments} moments within and between "
            "clusters: it cannot be identified. Fix parameters, hold some equal, or observe more variables."
        )
    within, between = (set(one.free[one.free >= 0].tolist()) for one in task.table.levels)
    alone = len(between - within)
    if alone > task.clusters:
        raise ModelError(
            f"The between level has {alone} free parameters and the data {task.clusters} clusters. Fix parameters "
            "there, hold some equal to those within, or observe more clusters."
        )


def _fitted(task: TwoLevelTask) -> TwoLevelFit:
    theta, value, steps, stop = minimise(task.start, task.held, task.problem)
    if stop == Stop.NO_START:
        return _unusable(Status.NO_START, task, steps, None)
    curved = curvature(theta, task.problem, task.held, task.sample, task.options)
    slope = _slope(theta, task, task.held.basis, curved)
    if stop != Stop.CONVERGED and not slope <= STATIONARY:
        # Without bounds the likelihood of few clusters can rise without end, where variances between are negative.
        return _unusable(Status.NOT_CONVERGED, task, steps, _refit(task.start, task))
    faults = _improper(theta, task)
    certificate = Certificate(slope, steps, curved.rank, curved.free, faults)
    if curved.rank < curved.free:
        return _result(Status.NOT_IDENTIFIED, theta, task, curved, certificate, {}, None)
    found = _measures(theta, value, task, curved)
    if not faults:
        return _result(Status.PROPER, theta, task, curved, certificate, found, None)
    return _result(Status.IMPROPER, theta, task, curved, certificate, found, _refit(theta, task))


def _slope(theta: np.ndarray, task: TwoLevelTask, basis: np.ndarray, curved: Curvature) -> float:
    return standardised_gradient(basis.T @ gradient(theta, task.problem), basis.T @ curved.information @ basis)


def _improper(theta: np.ndarray, task: TwoLevelTask) -> tuple[str, ...]:
    """What is impossible at each level."""
    found = []
    for name, table, view in zip(LEVELS, task.table.levels, task.views, strict=True):
        found += [f"Level {name}: {sentence}" for sentence in improper(theta, table, view, ("",))]
    return tuple(found)


def _refit(theta: np.ndarray, task: TwoLevelTask) -> TwoLevelFit:
    """The solution within bounds; its degrees of freedom are the model's."""
    bounded = within_bounds(theta, task)
    if not bounded.found:
        return _unusable(Status.NOT_CONVERGED, task, bounded.steps, None)
    curved = curvature(bounded.theta, task.problem, bounded.tangent, task.sample, task.options)
    slope = _slope(bounded.theta, task, bounded.tangent.basis, curved)
    certificate = Certificate(slope, bounded.steps, curved.rank, curved.free, ())
    if curved.rank < curved.free:
        return _result(Status.NOT_IDENTIFIED, bounded.theta, task, curved, certificate, {}, None)
    found = _measures(bounded.theta, bounded.discrepancy, task, curved)
    return _result(Status.BOUNDED, bounded.theta, task, curved, certificate, found, None)


def _measures(theta: np.ndarray, value: float, task: TwoLevelTask, curved: Curvature) -> dict[str, float]:
    """All measures; those that need the chi-square are NaN where there is none (`comparable`)."""
    df = task.n_moments - task.npar
    whole = whole_trace(task)
    chisq = task.sample.blocks.total * max(value - task.free.value, 0.0) if comparable(value, task) else np.nan
    test = Test(chisq, df, scaling_factor(whole, curved.trace, df))
    return fit_measures(theta, value, test, baseline(task, whole), (curved.trace, whole), task)


def _result(
    status: Status, theta: np.ndarray, task: TwoLevelTask, curved: Curvature, certificate: Certificate,
    measures: dict[str, float], refit: TwoLevelFit | None,
) -> TwoLevelFit:  # fmt: skip
    estimates = estimates_frame(theta, curved.vcov, task)
    return TwoLevelFit(status, estimates, measures, certificate, task.options, curved.vcov, refit, theta, task)


def _unusable(status: Status, task: TwoLevelTask, steps: int, refit: TwoLevelFit | None) -> TwoLevelFit:
    q = task.table.whole.n_free
    theta, vcov = np.full(q, np.nan), np.full((q, q), np.nan)
    certificate = Certificate(np.nan, steps, 0, q, ())
    return TwoLevelFit(status, nothing_frame(task), {}, certificate, task.options, vcov, refit, theta, task)
