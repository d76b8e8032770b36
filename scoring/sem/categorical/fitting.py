"""From a model and answers to estimates, where some variables are ordinal: three stages (Muthen 1984).

Thresholds and correlations from the answers; the model's parameters by least squares, weighted by the inverse variances
of those; standard errors and tests from their whole covariance matrix (Muthen, du Toit & Spisic 1997).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from scoring.sem.bounded import Bounded
from scoring.sem.bounds import Bounds
from scoring.sem.categorical.bounded import in_box, possible, within_bounds, within_box
from scoring.sem.categorical.corrections import choose_trace, correct, units_of
from scoring.sem.categorical.data import Columns, notes_on, read_answers, sample_moments
from scoring.sem.categorical.indices import GroupResiduals, fit_measures
from scoring.sem.categorical.inference import (
    Traces,
    Weighted,
    baseline_traces,
    covariance,
    spread,
    traces,
    weigh,
)
from scoring.sem.categorical.least_squares import all_slopes, minimise
from scoring.sem.categorical.options import CategoricalOptions
from scoring.sem.categorical.problem import build_problem, whole_problem
from scoring.sem.categorical.residuals import implied_moments
from scoring.sem.categorical.result import CategoricalFit
from scoring.sem.categorical.robust_fit import NONE, correlation_fit
from scoring.sem.categorical.standardised import residual_variances, standardise_rows, unknown_rows
from scoring.sem.categorical.start import starting_values
from scoring.sem.categorical.table import categorical_table
from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.categorical.thresholds import own_thresholds
from scoring.sem.estimates import frame_of
from scoring.sem.least_squares.search import Stop, times
from scoring.sem.least_squares.whole_weight import inverse
from scoring.sem.ordinal import gamma
from scoring.sem.problem import Restriction, restriction
from scoring.sem.status import Certificate, Status, few_clusters, improper
from scoring.sem.syntax import Model
from scoring.sem.table import ModelError, ParameterTable, TableOptions, parameter_table

MAX_STEPS = 150  # the hardest of the models that lavaan fits too takes 45
TOLERANCE = 1e-17  # of a step's squared length in the metric of the weights: below 1e-6 standard errors in all
STATIONARY = 1e-6  # slope per root of information that is flat for every printed digit


def fit_categorical(
    tree: Model, data: pd.DataFrame, options: CategoricalOptions, shape: TableOptions, *,
    ordered: Sequence[str] | None, group: str | None, cluster: str | None, weights: str | None,
) -> CategoricalFit:  # fmt: skip
    """Fit a parsed model; the arguments are those of `fit`, ordered None for every outcome.

    Raises ModelError and DataError as `fit` does.
    """
    # Which variables are covariates does not depend on values and labels, which may be given group by group.
    # Thresholds, which partial= may name, come with the levels.
    unmodified = Model(tuple(replace(term, modifiers=()) for term in tree.terms))
    plain = parameter_table(unmodified, replace(shape, partial=()))
    outcomes = tuple(name for name in plain.observed if name not in plain.covariates)
    ordinal = _ordered(ordered, plain)
    wanted = Columns(outcomes, ordinal, plain.covariates, group, cluster, weights)
    answers = read_answers(data, wanted, missing=options.missing)
    levels = answers.groups[0].levels
    whole = categorical_table(
        tree, replace(shape, groups=len(answers.labels)),
        {name: int(count) for name, count in zip(outcomes, levels, strict=True) if count}, outcomes,
        options.parameterization,
    )  # fmt: skip
    samples = sample_moments(answers)
    layout = answers.layout
    problem = build_problem(
        whole, samples, layout, levels, weighted=options.recipe.weighted,
        labels=answers.labels if options.recipe.full else (),
    )  # fmt: skip
    fitted = np.full(len(whole.table.rows), -1)
    inside = whole.table.free >= 0
    fitted[inside] = np.searchsorted(problem.active, whole.table.free[inside])
    held = restriction(replace(whole.table, free=np.where(whole.own_threshold, -1, fitted)))
    task = CategoricalTask(whole, problem, held, answers, samples, options)
    _check_counts(task)
    start = starting_values(whole, samples, layout)[problem.active]
    found = _fitted(task, start)
    return found if options.bounds is None else _within(found, start, task, options.bounds)


def _ordered(ordered: Sequence[str] | None, table: ParameterTable) -> tuple[str, ...]:
    """The ordinal variables; None is all but the exogenous ones."""
    if ordered is None:
        return tuple(name for name in table.observed if name not in table.exogenous)
    given = [name for name in ordered if name in table.covariates]
    if given:
        raise ModelError(
            f"'{given[0]}' is a covariate and has no thresholds here: leave it out of ordered=, as a number or as one "
            "column of 0 and 1 for each category, or take fixed_x=False."
        )
    outside = [name for name in ordered if name not in table.observed]
    if outside:
        raise ModelError(f"ordered= names '{outside[0]}', which is no observed variable of the model.")
    return tuple(name for name in table.observed if name in ordered)


def _check_counts(task: CategoricalTask) -> None:
    if task.df < 0:
        raise ModelError(
            f"The model has {task.npar} free parameters and the data {task.npar + task.df} moments: it cannot be "
            "identified. Fix parameters, hold some equal, or observe more variables."
        )


def _fitted(task: CategoricalTask, start: np.ndarray) -> CategoricalFit:
    held, problem = task.held, task.problem
    first = np.linalg.lstsq(held.basis, start - held.shift, rcond=None)[0]
    ended = minimise(
        first, held.basis, held.shift, problem.model, problem.target, max_steps=MAX_STEPS, tolerance=TOLERANCE
    )
    if ended.stop == Stop.NO_START:
        return _unusable(Status.NO_START, task, ended.steps)
    found = _at(held.basis @ ended.x + held.shift, ended.discrepancy, ended.steps, task, held)
    if ended.stop != Stop.CONVERGED and not found.certificate.gradient <= STATIONARY:
        return _unusable(Status.NOT_CONVERGED, task, ended.steps)
    if found.status != Status.IMPROPER:
        return found
    return replace(found, refit=_at_bounds(within_bounds(found.theta[problem.active], task), task))


def _within(found: CategoricalFit, start: np.ndarray, task: CategoricalTask, word: Bounds) -> CategoricalFit:
    """The solution within the bounds asked for: the unbounded one where it lies inside."""
    theta = found.theta[task.problem.active]
    known = bool(np.isfinite(theta).all())
    if known and in_box(theta, task, word):
        return found
    bounded = within_box(theta if known else start, task, word)
    if bounded.found and bounded.tangent.basis.shape[1] == task.held.basis.shape[1]:
        return _fitted(task, bounded.theta)
    refit = _at_bounds(bounded, task)
    if not refit.status.usable or possible(bounded.theta, task):
        return refit
    return replace(
        _at(bounded.theta, bounded.discrepancy, bounded.steps, task, bounded.tangent),
        refit=_at_bounds(within_bounds(bounded.theta, task), task),
    )


def _at_bounds(bounded: Bounded, task: CategoricalTask) -> CategoricalFit:
    """A solution within bounds, where what rounding leaves outside is at its bound."""
    if not bounded.found:
        return _unusable(Status.NOT_CONVERGED, task, bounded.steps)
    found = _at(bounded.theta, bounded.discrepancy, bounded.steps, task, bounded.tangent)
    if not found.status.usable or bounded.tangent.basis.shape[1] == task.held.basis.shape[1]:
        return found
    return replace(found, status=Status.BOUNDED, certificate=replace(found.certificate, improper=()))


def _at(theta: np.ndarray, value: float, steps: int, task: CategoricalTask, held: Restriction) -> CategoricalFit:
    """The fit at a minimum theta (r,); held: what can still move there."""
    problem, q = task.problem, task.whole.table.n_free
    values, jacobian = all_slopes(theta, problem.model)
    weighted = weigh(jacobian, problem, held)
    own = own_thresholds(theta, task.whole, problem, task.samples)
    full = np.zeros(q)
    full[problem.active] = theta
    for one in own:
        full[one.free] = one.value
    faults = _improper(full, task)
    free = held.basis.shape[1]
    certificate = Certificate(_slope(task, values, weighted), steps, weighted.rank, free, faults)
    if weighted.rank < free:
        return _result(Status.NOT_IDENTIFIED, full, np.full((q, q), np.nan), task, certificate, {}, ())
    recipe = task.options.recipe
    vcov = covariance(
        weighted, problem, held, task.samples, own, q,
        weighted_by_variance=recipe.weighted, robust=recipe.robust or recipe.full,
        shared=task.answers.clusters is not None,
    )  # fmt: skip
    measures, undefined = _measures(theta, value, values, weighted, task)
    notes = _notes(task, undefined)
    weak = few_clusters(task.answers.n_clusters, task.df)
    status = Status.IMPROPER if faults else Status.FEW_CLUSTERS if weak else Status.PROPER
    return _result(status, full, vcov, task, certificate, measures, notes)


def _slope(task: CategoricalTask, values: np.ndarray, weighted: Weighted) -> float:
    """Largest slope of the discrepancy per root of information."""
    target = task.problem.target
    descent = weighted.slopes.T @ times(target.weight, target.values - values)
    scale = np.sqrt((weighted.slopes * times(weighted.weight, weighted.slopes)).sum(axis=0))
    return float(np.abs(descent / np.where(scale > 0, scale, 1.0)).max(initial=0.0))


def _improper(theta: np.ndarray, task: CategoricalTask) -> tuple[str, ...]:
    """What cannot be, residual variances that follow from the rest included."""
    whole, p = task.whole, task.problem.model.n_observed
    values, _ = residual_variances(theta[task.problem.active], task.problem, len(theta))
    group = np.array([row.group for row in whole.table.rows])
    place = {name: j for j, name in enumerate(whole.outcomes)}
    own = np.array([place.get(row.lhs, 0) for row in whole.table.rows])
    free = np.where(whole.derived & ~whole.scales, len(theta) + p * group + own, whole.table.free)
    return improper(
        np.append(theta, values), replace(whole.table, free=free), whole_problem(whole, task.problem, task.samples),
        task.answers.labels,
    )  # fmt: skip


def _measures(
    theta: np.ndarray, value: float, values: np.ndarray, weighted: Weighted, task: CategoricalTask
) -> tuple[dict[str, float], str]:
    """Fit measures, and why robust ones are missing where they are."""
    problem, options, total = task.problem, task.options, task.problem.total
    model, bounds, target = problem.model, problem.own_bounds, problem.target
    p, groups = model.n_observed, len(problem.n)
    pairs = p * (p - 1) // 2
    df = task.df
    clustered = task.answers.clusters is not None
    cov = spread(problem, task.samples, shared=clustered)
    correlated = np.concatenate([np.arange(end - pairs, end) for end in bounds[1:]])
    method = options.recipe.test
    found = base = Traces(np.nan, np.nan)
    if method is not None:
        found = traces(cov, weighted, total)
        base = baseline_traces(cov[np.ix_(correlated, correlated)], weighted.weight[correlated], total)
    if choose_trace(options, df, total) == "debiased":
        units = units_of(clustered, task.answers.n_clusters, total)
        found, base = found.debiased(units), base.debiased(units)
    correlations = target.values[correlated]
    if options.recipe.full:
        # What is free beside the correlations takes its best values: their weight is the inverse of their own block.
        inner = np.linalg.solve(cov[np.ix_(correlated, correlated)], correlations)
        base_value = correlations @ (problem.per_moment((problem.n - 1) / problem.n)[correlated] * inner) / total
    else:
        base_value = target.weight[correlated] @ correlations**2
    test = correct(total * value, df, found, method)
    base_test = correct(total * float(base_value), groups * pairs, base, method)
    fit = correlation_fit(values, cov, weighted, problem, task.samples) if method else NONE
    full = np.zeros(task.whole.table.n_free)
    full[problem.active] = theta
    residuals = [_residuals(g, every, task) for g, every in enumerate(implied_moments(full, task))]
    measures = fit_measures(test, base_test, fit, problem, residuals, npar=task.npar, method=method)
    return measures, fit.undefined


def _notes(task: CategoricalTask, undefined: str) -> tuple[str, ...]:
    notes = notes_on(task.answers, task.samples)
    if undefined:
        notes = (*notes, f"There is no robust CFI, TLI or RMSEA: {undefined}.")
    if not few_clusters(task.answers.n_clusters, task.df):
        return notes
    return (
        f"The chi-square has {task.df} degrees of freedom and {task.answers.n_clusters} clusters: it is weak evidence. "
        "Read the mean-scaled test beside it, models of fewer variables, SRMR and residuals.",
        *notes,
    )


def _matrix(values: np.ndarray, pairs: np.ndarray, variance: np.ndarray) -> np.ndarray:
    found = np.diag(variance)
    i, j = pairs.T
    found[i, j] = found[j, i] = values
    return found


def _residuals(group: int, values: np.ndarray, task: CategoricalTask) -> GroupResiduals:
    """values (m,): implied moments, of thresholds of their own too."""
    sample, layout = task.samples[group], task.problem.layout
    moments = sample.moments.values
    variance = np.ones(task.problem.model.n_observed)
    variance[layout.continuous] = values[layout.variances : layout.covariances]
    implied = _matrix(values[layout.covariances :], layout.pairs, variance)
    recipe = task.options.recipe
    if recipe.full:
        weight = inverse(gamma(sample.columns, sample.n), task.answers.labels[group])
    else:
        weight = 1 / sample.variance if recipe.weighted else np.ones(len(moments))
    away = moments - values
    thresholds = np.setdiff1d(np.arange(layout.slopes), layout.first[layout.continuous])
    return GroupResiduals(
        sample.moments.covariances, implied, away[thresholds], len(thresholds),
        float(away @ times(weight, away)), float(moments @ times(weight, moments)), len(moments),
    )  # fmt: skip


def _unusable(status: Status, task: CategoricalTask, steps: int) -> CategoricalFit:
    q = task.whole.table.n_free
    certificate = Certificate(np.nan, steps, 0, task.held.basis.shape[1], ())
    return _result(status, np.full(q, np.nan), np.full((q, q), np.nan), task, certificate, {}, ())


def _result(
    status: Status, theta: np.ndarray, vcov: np.ndarray, task: CategoricalTask, certificate: Certificate,
    measures: dict[str, float], notes: tuple[str, ...],
) -> CategoricalFit:  # fmt: skip
    if np.isfinite(theta).all():
        value, standard = standardise_rows(theta, task.whole, task.problem, task.samples)
    else:
        value, standard = unknown_rows(task.whole.table)
    clusters = task.answers.n_clusters
    df = clusters - 1 if clusters else np.inf
    estimates = frame_of(task.whole.table, task.answers.labels, value, vcov, standard, df)
    return CategoricalFit(
        status, estimates, measures, certificate, task.options, task.answers.labels, vcov, None, notes, theta, task
    )
