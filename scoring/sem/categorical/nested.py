"""Nested models of ordinal variables compared: the difference of two chi-squares, scaled and shifted (Satorra 2000)."""

from typing import NamedTuple

import numpy as np

from scoring.sem.categorical.corrections import choose_trace, correct, units_of
from scoring.sem.categorical.inference import Traces, outer
from scoring.sem.categorical.least_squares import all_slopes
from scoring.sem.categorical.result import CategoricalFit
from scoring.sem.categorical.thresholds import own_thresholds
from scoring.sem.measures import p_value
from scoring.sem.sample import SAME
from scoring.sem.table import ModelError


class Difference(NamedTuple):
    """chisq: the difference, corrected where the estimator is robust.   df, p.   factor: what it was divided by."""

    chisq: float
    df: int
    p: float
    factor: float


def compare_categorical(first: CategoricalFit, second: CategoricalFit) -> Difference:
    """Test of nested models, in whichever order.

    U = W [D1 E1 D1' - D1 H (H' E1^-1 H)^-1 H' D1'] W with the larger model's slopes D1 and H, which carries the smaller
    model's slopes into them (Satorra 2000); the traces of U Gamma scale and shift as those of a model's own test.
    Raises ModelError for fits that cannot be read, or that are not of the same sample in the same way.
    """
    _check(first, second)
    small, large = sorted((first, second), key=lambda one: -one.task.df)
    df = small.task.df - large.task.df
    away = small.measures["chisq"] - large.measures["chisq"]
    method = large.options.recipe.test
    if method is None:
        return Difference(away, df, p_value(away, df), 1.0)
    found, task = _traces(small, large), large.task
    total, clusters = task.problem.total, task.answers.n_clusters
    if choose_trace(large.options, df, total) == "debiased":
        found = found.debiased(units_of(clusters > 0, clusters, total))
    test = correct(away, df, found, method)
    return Difference(test.scaled, df, p_value(test.scaled, df), test.factor)


def _check(first: CategoricalFit, second: CategoricalFit) -> None:
    for one in (first, second):
        if not one.status.usable:
            raise ModelError(f"A fit without a solution cannot be compared: {one.status}")
    ours, theirs = first.task, second.task
    same = (
        first.options.estimator == second.options.estimator,
        first.options.missing == second.options.missing,
        ours.whole.outcomes == theirs.whole.outcomes,
        ours.whole.ordered == theirs.whole.ordered,
        ours.whole.table.covariates == theirs.whole.table.covariates,
        first.groups == second.groups and np.array_equal(ours.problem.n, theirs.problem.n),
        ours.answers.n_clusters == theirs.answers.n_clusters,
    )
    if not all(same) or not _same_moments(first, second):
        raise ModelError(
            "The fits are not comparable: nested models have the same data, variables in the same order, groups, "
            "clusters and estimator."
        )
    if ours.df == theirs.df:
        raise ModelError("The models have the same degrees of freedom, so neither restricts the other.")


def _same_moments(first: CategoricalFit, second: CategoricalFit) -> bool:
    """Whether the samples are of the same answers: thresholds and correlations are then the same but for rounding."""
    return all(
        np.allclose(a.moments.values, b.moments.values, rtol=0.0, atol=SAME)
        for a, b in zip(first.task.samples, second.task.samples, strict=True)
    )


def _traces(small: CategoricalFit, large: CategoricalFit) -> Traces:
    task = large.task
    problem, weighted = task.problem, large.options.recipe.weighted
    share = problem.n / problem.total
    root = np.concatenate([
        np.sqrt(part / sample.variance) if weighted else np.full(len(sample.variance), np.sqrt(part))
        for part, sample in zip(share, task.samples, strict=True)
    ])  # fmt: skip
    tested = tested_directions(_whole_slopes(large), _whole_slopes(small), root)
    bounds = np.cumsum([0, *(len(sample.variance) for sample in task.samples)])
    parts = [
        (slice(None), tested[bounds[g] : bounds[g + 1]].T @ sample.columns) for g, sample in enumerate(task.samples)
    ]
    inner = problem.total * outer(parts, tested.shape[1], shared=task.answers.clusters is not None)
    return Traces(float(np.trace(inner)), float((inner**2).sum()))


def tested_directions(wide: np.ndarray, narrow: np.ndarray, root: np.ndarray) -> np.ndarray:
    """A (m, df) with A A' the U of Satorra (2000).

    wide, narrow (m, parameters): slopes of all moments in the larger and the smaller model.   root (m,): of weights.
    """
    carried = wide @ np.linalg.lstsq(wide, narrow, rcond=None)[0]
    base, _ = np.linalg.qr(wide * root[:, None])
    turned, _ = np.linalg.qr(base.T @ (carried * root[:, None]), mode="complete")
    return np.asarray(base @ turned[:, narrow.shape[1] :] * root[:, None])


def _whole_slopes(fit: CategoricalFit) -> np.ndarray:
    """Slopes of all moments of all groups, those of thresholds of their own included, within the constraints."""
    task, problem = fit.task, fit.task.problem
    theta = fit.theta[problem.active]
    own = own_thresholds(theta, task.whole, problem, task.samples)
    _, fitted = all_slopes(theta, problem.model)
    r, size = fitted.shape[1], problem.layout.size
    place, blocks = r, []
    for g, one in enumerate(own):
        block = np.zeros((size, r + sum(len(each.free) for each in own)))
        block[problem.kept[g], :r] = fitted[problem.own_bounds[g] : problem.own_bounds[g + 1]]
        block[one.places, :r] = one.slopes
        block[one.places, place + np.arange(len(one.free))] = one.scale
        place += len(one.free)
        blocks.append(block)
    whole = np.concatenate(blocks)
    return np.hstack([whole[:, :r] @ task.held.basis, whole[:, r:]])
