"""`bootstrap` and `monte_carlo` of fits of every kind."""

import numpy as np

from scoring.sem.bootstrap.incomplete import IncompleteRefitter
from scoring.sem.bootstrap.least_squares import LeastSquaresRefitter
from scoring.sem.bootstrap.maximum_likelihood import CompleteRefitter, NormalModel
from scoring.sem.bootstrap.monte_carlo import MonteCarlo, monte_carlo_of
from scoring.sem.bootstrap.ordinal import OrdinalRefitter
from scoring.sem.bootstrap.refits import Refitter
from scoring.sem.bootstrap.resampling import Resampling
from scoring.sem.bootstrap.result import Bootstrap
from scoring.sem.bootstrap.run import Progress, check_arguments, gathered, resample_and_refit
from scoring.sem.bootstrap.two_level import TwoLevelRefitter
from scoring.sem.categorical import CategoricalFit
from scoring.sem.least_squares.result import LeastSquaresFit
from scoring.sem.result import Fit
from scoring.sem.status import Status
from scoring.sem.table import ModelError, ParameterTable
from scoring.sem.two_level import TwoLevelFit
from scoring.sem.two_level.table import LEVELS

AnyFit = Fit | CategoricalFit | LeastSquaresFit | TwoLevelFit


def bootstrap_of(
    fit: AnyFit, n: int, seed: int, n_jobs: int, level: float, progress: Progress | bool | None
) -> Bootstrap:
    """As `Fit.bootstrap` says."""
    check_arguments(n, seed, n_jobs, level)
    refitter, resampling = refitter_of(fit), resampling_of(fit, int(seed))
    refits = resample_and_refit(refitter, resampling, int(n), int(n_jobs), progress)
    table = _table(fit)
    moving = table.free >= 0
    if isinstance(fit, CategoricalFit):
        moving |= fit.task.whole.derived
    parts = LEVELS if isinstance(fit, TwoLevelFit) else fit.groups
    return gathered(refits, table, fit.estimates, parts, moving, resampling.n_clusters, level)


def refitter_of(fit: AnyFit) -> Refitter:
    """The model, ready to be fitted to resamples. Raises ModelError where refits could not follow the fit."""
    _check_solution(fit)
    if fit.options.bounds is not None or fit.status == Status.BOUNDED:
        raise ModelError(
            "Resamples are fitted without bounds, and this fit has some. Take the bootstrap of the fit without bounds: "
            "it counts how many of its refits are improper."
        )
    if isinstance(fit, CategoricalFit):
        if fit.options.recipe.full:
            raise ModelError(
                f"There is no bootstrap of estimator='{fit.options.estimator}', whose weight matrix few resamples "
                "would have. Take WLSMV."
            )
        return OrdinalRefitter(fit.task, fit.theta)
    if isinstance(fit, TwoLevelFit):
        return TwoLevelRefitter(fit.task, fit.theta)
    if isinstance(fit, LeastSquaresFit):
        return LeastSquaresRefitter(NormalModel(fit.task.task, fit.theta))
    model = NormalModel(fit.task, fit.theta)
    return IncompleteRefitter(model) if fit.task.problem.incomplete else CompleteRefitter(model)


def resampling_of(fit: AnyFit, seed: int) -> Resampling:
    """What is drawn. Raises DataError where it cannot be."""
    if isinstance(fit, CategoricalFit):
        answers = fit.task.answers
        return Resampling(tuple(data.weights for data in answers.groups), answers.clusters, seed)
    if isinstance(fit, TwoLevelFit):
        size = fit.task.sample.size
        return Resampling((np.ones(size.sum()),), (np.repeat(np.arange(len(size)), size),), seed)
    sample = fit.task.task.sample if isinstance(fit, LeastSquaresFit) else fit.task.sample
    return Resampling(sample.weights, sample.clusters, seed)


def monte_carlo_fit(fit: AnyFit, n: int, seed: int, level: float) -> MonteCarlo:
    """As `Fit.monte_carlo` says."""
    _check_solution(fit)
    return monte_carlo_of(
        _table(fit), fit.theta, fit.vcov, fit.estimates, n=n, seed=seed, level=level, df=_reference_df(fit)
    )


def _table(fit: AnyFit) -> ParameterTable:
    match fit:
        case CategoricalFit():
            return fit.task.whole.table
        case TwoLevelFit():
            return fit.task.table.whole
        case LeastSquaresFit():
            return fit.task.task.table
        case _:
            return fit.task.table


def _reference_df(fit: AnyFit) -> float:
    if isinstance(fit, LeastSquaresFit):
        return np.inf
    if not isinstance(fit, CategoricalFit):
        return fit.task.reference_df
    clusters = fit.task.answers.n_clusters
    return clusters - 1 if clusters else np.inf


def _check_solution(fit: AnyFit) -> None:
    if not fit.status.usable:
        raise ModelError(f"This fit has no solution that could be used. {fit.status}")
