"""Comparison of two fitted models of which one is the other with more restrictions."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from scoring.sem.categorical import CategoricalFit, compare_categorical
from scoring.sem.chi_square import scaling_factor, whole_trace
from scoring.sem.curvature import curvature
from scoring.sem.fiml.patterns import COMPLETE
from scoring.sem.least_squares.nested import compare_least_squares
from scoring.sem.least_squares.result import LeastSquaresFit
from scoring.sem.measures import p_value
from scoring.sem.restricted import difference as corrected_difference
from scoring.sem.result import Fit
from scoring.sem.sample import same_moments
from scoring.sem.solve import Stop, minimise
from scoring.sem.structure import Moments, entries_of, moments
from scoring.sem.table import ModelError
from scoring.sem.two_level.nested import compare_two_level
from scoring.sem.two_level.result import TwoLevelFit

Method = Literal["satorra-bentler-2001", "satorra-bentler-2010", "satorra-2000"]
METHODS: tuple[Method, ...] = ("satorra-bentler-2001", "satorra-bentler-2010", "satorra-2000")
SAME = 1e-9  # discrepancy between two solutions that are one
MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Comparison:
    """A test that the restrictions of one model, beside those of the other, hold.

    chisq (NaN where the sample gives a negative scaling factor), df, p; scaling: the factor by which the difference of
    the plain chi-squares was divided, 1 for the plain test.   method: "plain" or the name of the scaled one.
    """

    method: str
    chisq: float
    df: int
    p: float
    scaling: float


AnyFit = Fit | CategoricalFit | LeastSquaresFit | TwoLevelFit
KINDS = {
    Fit: "by maximum likelihood",
    CategoricalFit: "with ordered variables",
    LeastSquaresFit: "by least squares",
    TwoLevelFit: "with levels",
}


class _Difference(Protocol):
    """What each kind of comparison returns."""

    @property
    def chisq(self) -> float: ...
    @property
    def df(self) -> int: ...
    @property
    def p(self) -> float: ...
    @property
    def factor(self) -> float: ...


def compare(first: AnyFit, second: AnyFit, *, method: Method | None = None) -> Comparison:
    """Likelihood-ratio test of nested models, in whichever order; scaled where the estimator is robust.

    satorra-bentler-2001: c = (df0 c0 - df1 c1) / (df0 - df1) (Satorra & Bentler 2001). satorra-bentler-2010 takes c1 at
    the restricted model's estimates, which keeps c positive (Satorra & Bentler 2010). satorra-2000 takes mean and
    variance of the difference from the fourth moments, for MLM, MLMV and MLMVS: scaled and shifted (Satorra 2000;
    Asparouhov & Muthen 2010). None is satorra-2000 for MLMV and MLMVS, the first of the three otherwise.

    Models of ordinal variables, and those fitted by least squares, are compared by the test of Satorra (2000), models
    of two levels by satorra-bentler-2001 where they are robust, whatever the method.

    Raises ModelError for fits that cannot be read, or that are not of the same sample in the same way.
    """
    if isinstance(first, CategoricalFit) and isinstance(second, CategoricalFit):
        return _named(first.options.recipe.test is not None, "satorra-2000", compare_categorical(first, second))
    if isinstance(first, LeastSquaresFit) and isinstance(second, LeastSquaresFit):
        return _named(first.task.recipe.test is not None, "satorra-2000", compare_least_squares(first, second))
    if isinstance(first, TwoLevelFit) and isinstance(second, TwoLevelFit):
        return _named(first.options.robust, "satorra-bentler-2001", compare_two_level(first, second))
    if not isinstance(first, Fit) or not isinstance(second, Fit):
        one, other = (KINDS.get(type(fit), f"of kind {type(fit).__name__}") for fit in (first, second))
        raise ModelError(f"A fit {one} and one {other} cannot be compared.")
    return _of_likelihoods(first, second, _method(first, method))


def _named(scaled: bool, name: str, found: _Difference) -> Comparison:
    return Comparison(name if scaled else "plain", found.chisq, found.df, found.p, found.factor)


def _of_likelihoods(first: Fit, second: Fit, method: Method) -> Comparison:
    _check(first, second)
    small, large = sorted((first, second), key=lambda one: -one.measures["df"])
    df = int(small.measures["df"] - large.measures["df"])
    difference = small.measures["chisq"] - large.measures["chisq"]
    if not small.options.robust:
        return Comparison("plain", difference, df, p_value(difference, df), 1.0)
    if method == "satorra-2000":
        test = corrected_difference(difference, df, (small.theta, small.task), (large.theta, large.task))
        return Comparison(method, test.scaled, df, p_value(test.scaled, df), test.factor)
    df0, df1 = small.measures["df"], large.measures["df"]
    c0 = small.measures["chisq.scaling.factor"]
    if df1 == 0:
        c1 = 0.0
    elif method == "satorra-bentler-2001":
        c1 = large.measures["chisq.scaling.factor"]
    else:
        c1 = _scaling_at(large, small)
    scaling = (df0 * c0 - df1 * c1) / df
    scaled = difference / scaling if scaling > 0 else np.nan
    return Comparison(method, float(scaled), df, p_value(scaled, df) if scaling > 0 else np.nan, float(scaling))


def _method(one: Fit, method: str | None) -> Method:
    adjusted = one.options.correction != "mean"
    if method is None:
        return "satorra-2000" if adjusted else "satorra-bentler-2001"
    if method not in METHODS:
        raise ModelError(f"method='{method}' is not known. Known: {', '.join(METHODS)}.")
    name = METHODS[METHODS.index(method)]
    if adjusted and name != "satorra-2000":
        raise ModelError(f"{name} scales by the mean alone, and {one.options.estimator} by the variance too: take MLM.")
    if name == "satorra-2000" and one.options.robust and not one.options.of_moments:
        raise ModelError("satorra-2000 rests on the fourth moments of complete rows: take MLM, MLMV or MLMVS.")
    return name


def _check(first: Fit, second: Fit) -> None:
    for one in (first, second):
        if not one.status.usable:
            raise ModelError(f"A fit without a solution cannot be compared: {one.status}")
    same = (
        first.options.estimator == second.options.estimator,
        set(first.task.table.observed) == set(second.task.table.observed),
        first.task.table.covariates == second.task.table.covariates or not first.task.table.covariates,
        first.groups == second.groups and np.array_equal(first.task.sample.n, second.task.sample.n),
        first.options.meanstructure == second.options.meanstructure,
        first.options.information == second.options.information,
    )
    if not all(same) or not same_moments(first.task.sample, second.task.sample):
        raise ModelError(
            "The fits are not comparable: nested models have the same data, variables, groups, estimator, information "
            "and means."
        )
    if first.measures["df"] == second.measures["df"]:
        raise ModelError("The models have the same degrees of freedom, so neither restricts the other.")


def _scaling_at(large: Fit, small: Fit) -> float:
    """c of the larger model at the estimates of the smaller one."""
    theta = _carried(large, small)
    task = large.task
    trace = curvature(theta, task.problem, task.held, task.cases, task.options, task.covariates).trace
    whole = whole_trace(theta, task.problem, task)
    return scaling_factor(whole, trace, int(large.measures["df"]))


def _carried(large: Fit, small: Fit) -> np.ndarray:
    """The smaller model's solution in the parameters of the larger one: that which implies the same moments."""
    task, problem = large.task, large.task.problem
    order = [small.task.table.observed.index(name) for name in task.table.observed]
    states = [_moments(small, g) for g in range(len(large.groups))]
    cov = np.stack([state.sigma[np.ix_(order, order)] for state in states])
    mean = np.stack([state.mu[order] for state in states])
    target = problem._replace(
        cov=cov,
        mean=mean if large.options.meanstructure else problem.mean,
        log_det=np.linalg.slogdet(cov)[1],
        patterns=COMPLETE,
    )
    basis, shift = task.held.basis, task.held.shift
    start = np.linalg.lstsq(basis, large.theta - shift, rcond=None)[0]
    x, away, _, stop = minimise(start, basis, shift, target, MAX_STEPS, SAME**2)
    if stop != Stop.CONVERGED or not away < SAME:
        raise ModelError(
            "No solution of the model with fewer degrees of freedom implies what the other does: they are not nested."
        )
    return np.asarray(basis @ x + shift)


def _moments(one: Fit, group: int) -> Moments:
    problem = one.task.problem
    at = entries_of(problem.at, problem.bounds[group], problem.bounds[group + 1])
    return moments(one.theta, at, problem.n_observed, problem.n_variables)
