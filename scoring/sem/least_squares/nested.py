"""Nested models fitted by least squares, compared."""

import numpy as np

from scoring.sem.categorical.corrections import correct
from scoring.sem.categorical.inference import Traces
from scoring.sem.categorical.nested import Difference, tested_directions
from scoring.sem.least_squares.result import LeastSquaresFit
from scoring.sem.measures import p_value
from scoring.sem.sample import same_moments
from scoring.sem.table import ModelError


def compare_least_squares(first: LeastSquaresFit, second: LeastSquaresFit) -> Difference:
    """Test of nested models, in whichever order: the difference of the chi-squares.

    Where the estimator is robust it is corrected as the chi-square itself is, by the traces of U Gamma with the U of
    Satorra (2000).

    Raises ModelError for fits that cannot be read, or that are not of the same sample in the same way,
    and for ULS, whose chi-squares follow no known distribution.
    """
    _check(first, second)
    small, large = sorted((first, second), key=lambda one: -one.task.df)
    df = small.task.df - large.task.df
    away = small.measures["chisq"] - large.measures["chisq"]
    recipe = large.task.recipe
    if recipe.test is None:
        return Difference(away, df, p_value(away, df), 1.0)
    test = correct(away, df, _traces(small, large), recipe.test)
    return Difference(test.scaled, df, p_value(test.scaled, df), test.factor)


def _check(first: LeastSquaresFit, second: LeastSquaresFit) -> None:
    for one in (first, second):
        if not one.status.usable:
            raise ModelError(f"A fit without a solution cannot be compared: {one.status}")
    ours, theirs = first.task.task, second.task.task
    same = (
        first.options == second.options,
        set(ours.table.observed) == set(theirs.table.observed),
        set(ours.table.covariates) == set(theirs.table.covariates),
        first.groups == second.groups and np.array_equal(ours.sample.n, theirs.sample.n),
    )
    if not all(same) or not same_moments(ours.sample, theirs.sample):
        raise ModelError(
            "The fits are not comparable: nested models have the same data, variables, covariates, groups, estimator "
            "and means."
        )
    if first.options.estimator == "ULS":
        raise ModelError(
            "Differences of ULS chi-squares follow no known distribution. Take estimator='ULSMV' for both."
        )
    if first.task.df == second.task.df:
        raise ModelError("The models have the same degrees of freedom, so neither restricts the other.")


def _traces(small: LeastSquaresFit, large: LeastSquaresFit) -> Traces:
    ls = large.task
    wide, narrow = (one.task.slopes(one.theta)[1] @ one.task.task.held.basis for one in (large, small))
    place = {key: k for k, key in enumerate(_keys(small))}
    tested = tested_directions(wide, narrow[[place[key] for key in _keys(large)]], np.sqrt(ls.information_weight))
    inner = ls.task.sample.total * (tested.T @ ls.cov @ tested)
    return Traces(float(np.trace(inner)), float((inner**2).sum()))


def _keys(fit: LeastSquaresFit) -> list[tuple[int, tuple[str, ...]]]:
    """What each moment is of, whatever the order of the variables."""
    at, names = fit.task.at, fit.task.task.table.observed
    own = [(names[j],) for j in at.means]
    own += [tuple(sorted((names[i], names[j]))) for i, j in zip(at.row, at.col, strict=True)]
    return [(g, key) for g in range(len(fit.groups)) for key in own]
