"""Fit measures of a model of two levels, under lavaan's names."""

import numpy as np

from scoring.sem import measures
from scoring.sem.chi_square import Test
from scoring.sem.indices import compared, robust_indices
from scoring.sem.structure import moments
from scoring.sem.two_level.task import TwoLevelTask
from scoring.sem.two_level.unrestricted import correlations


def fit_measures(
    theta: np.ndarray, value: float, test: Test, base: Test, traces: tuple[float, float], task: TwoLevelTask
) -> dict[str, float]:
    """Every measure under lavaan's name. value: of the discrepancy.   traces: tr(B0 A0^-1) and tr(B1 A1^-1)."""
    total = task.sample.blocks.total
    logl = task.log_likelihood(value)
    found = {"npar": task.npar, "fmin": test.chisq / (2 * total), "chisq": test.chisq, "df": test.df}
    found["pvalue"] = measures.p_value(test.chisq, test.df)
    found |= {"baseline.chisq": base.chisq, "baseline.df": base.df}
    found["baseline.pvalue"] = measures.p_value(base.chisq, base.df)
    found |= compared(test.chisq, test.df, base.chisq, base.df, "")
    if task.options.robust:
        found |= robust_indices(test, base, total, 1)
        found["scaling.factor.h1"] = traces[1] / task.n_moments
        found["scaling.factor.h0"] = traces[0] / task.npar if task.npar else np.nan
    found |= {"logl": logl, "unrestricted.logl": task.log_likelihood(task.free.value)}
    found |= {"ntotal": total, "nclusters": task.clusters}
    found |= measures.information_criteria(logl, task.npar, total)
    found |= measures.rmsea(test.chisq, test.df, total)
    within, between = (_srmr(theta, task, number) for number in (0, 1))
    return found | {"srmr": within + between, "srmr_within": within, "srmr_between": between}


def _srmr(theta: np.ndarray, task: TwoLevelTask, number: int) -> float:
    """Root of the mean squared residual correlation of a level, its p (p + 1) / 2 moments counted (Ryu & West 2009)."""
    level = task.problem.levels[number]
    implied = moments(theta, level.at, level.n_observed, level.n_variables).sigma
    if not (np.diag(implied) > 0).all():
        return np.nan
    away = correlations(task.free.moments.cov[number]) - correlations(implied)
    lower = away[np.tril_indices(len(away))]
    return float(np.sqrt((lower**2).mean()))
