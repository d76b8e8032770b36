"""Likelihood-ratio tests of a model of two levels and of its baseline against the unrestricted model."""

import numpy as np

from scoring.sem.chi_square import Test, scaling_factor
from scoring.sem.curvature import Curvature
from scoring.sem.solve import Stop
from scoring.sem.two_level.curvature import curvature
from scoring.sem.two_level.task import TwoLevelTask
from scoring.sem.two_level.unrestricted import MomentModel, everything, moment_model

NOISE = 1e-12  # of a discrepancy, relative: by which rounding may bring it below the unrestricted one


def comparable(value: float, task: TwoLevelTask) -> bool:
    """Whether a minimum of that discrepancy has a chi-square.

    It has none where no unrestricted maximum was found, or where, with impossible variances between clusters, it lies
    beyond it: the unrestricted covariance matrix between clusters is one that can be.
    """
    return task.free.found and value >= task.free.value - NOISE * abs(task.free.value)


def whole_trace(task: TwoLevelTask) -> float:
    """tr(B1 A1^-1) of the unrestricted model, with the observed information; NaN where nothing is robust."""
    if not task.options.robust:
        return np.nan
    return unrestricted_curvature(task).trace


def unrestricted_model(task: TwoLevelTask) -> MomentModel:
    """The unrestricted model with its moments as parameters, at their values."""
    moments = task.free.moments
    kept = np.ones_like(moments.cov[0], dtype=bool), np.ones_like(moments.cov[1], dtype=bool)
    return moment_model(task.sample.blocks, task.between, moments, kept, task.given)


def unrestricted_curvature(task: TwoLevelTask) -> Curvature:
    """Information, and covariance of the unrestricted moments."""
    model = unrestricted_model(task)
    return curvature(model.start, model.problem, everything(len(model.start)), task.sample, task.options)


def baseline(task: TwoLevelTask, whole: float) -> Test:
    """The model in which nothing correlates at either level but exogenous variables. whole: as `whole_trace` gives it.

    chisq is NaN where its search finds no minimum.
    """
    moments = task.free.moments
    kept = [np.eye(len(one), dtype=bool) | (one[:, None] & one) for one in task.correlated]
    model = moment_model(task.sample.blocks, task.between, moments, (kept[0], kept[1]), task.given)
    search = model.minimum()
    df = task.n_moments - len(search.theta)
    if search.stop != Stop.CONVERGED:
        return Test(np.nan, df, np.nan)
    chisq = task.sample.blocks.total * max(search.value - task.free.value, 0.0)
    if not task.options.robust:
        return Test(chisq, df, np.nan)
    own = curvature(search.theta, model.problem, everything(len(search.theta)), task.sample, task.options)
    return Test(chisq, df, scaling_factor(whole, own.trace, df))
