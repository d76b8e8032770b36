"""Comparison of two models of two levels of which one is the other with more restrictions."""

from typing import NamedTuple

import numpy as np

from scoring.sem.measures import p_value
from scoring.sem.table import ModelError
from scoring.sem.two_level.result import TwoLevelFit


class Difference(NamedTuple):
    """chisq (NaN where the sample gives a negative factor), df, p, and what the plain difference is divided by."""

    chisq: float
    df: int
    p: float
    factor: float


def compare_two_level(first: TwoLevelFit, second: TwoLevelFit) -> Difference:
    """Likelihood-ratio test, in whichever order; with MLR scaled by c = (df0 c0 - df1 c1) / (df0 - df1) (Satorra &
    Bentler 2001). Raises ModelError for fits that are not of the same sample in the same way.
    """
    _check(first, second)
    small, large = sorted((first, second), key=lambda one: -one.measures["df"])
    df0, df1 = small.measures["df"], large.measures["df"]
    df = int(df0 - df1)
    # Of the log-likelihoods, so that it does not depend on the unrestricted model.
    difference = 2 * (large.measures["logl"] - small.measures["logl"])
    if not small.options.robust:
        return Difference(difference, df, p_value(difference, df), 1.0)
    q0, q1 = small.measures["npar"], large.measures["npar"]
    c0, c1 = small.measures["scaling.factor.h0"], large.measures["scaling.factor.h0"]
    factor = (q1 * c1 - q0 * c0) / df
    scaled = difference / factor if factor > 0 else np.nan
    return Difference(scaled, df, p_value(scaled, df) if factor > 0 else np.nan, float(factor))


def _check(first: TwoLevelFit, second: TwoLevelFit) -> None:
    for one in (first, second):
        if not one.status.usable:
            raise ModelError(f"A fit without a solution cannot be compared: {one.status}")
    same = (
        first.options.estimator == second.options.estimator,
        *(
            set(a.observed) == set(b.observed) and set(a.covariates) == set(b.covariates)
            for a, b in zip(first.task.table.levels, second.task.table.levels, strict=True)
        ),
        np.array_equal(first.task.sample.size, second.task.sample.size),
    )
    if not all(same):
        raise ModelError(
            "The fits are not comparable: nested models have the same data, variables of each level and estimator."
        )
    if first.measures["df"] == second.measures["df"]:
        raise ModelError("The models have the same degrees of freedom, so neither restricts the other.")
