"""Every fit measure of least squares, gathered under lavaan's names."""

import numpy as np

from scoring.sem import measures
from scoring.sem.categorical.corrections import CorrectedTest, correct
from scoring.sem.categorical.indices import RMSEA, compared, corrected_measures
from scoring.sem.categorical.inference import Traces, Weighted, metric, traces
from scoring.sem.least_squares.search import rooted, times
from scoring.sem.least_squares.task import LeastSquares
from scoring.sem.structure import entries_of, moments


def fit_measures(theta: np.ndarray, chisq: float, weighted: Weighted, ls: LeastSquares) -> dict[str, float]:
    """Every measure at a minimum theta (q,), T = chisq. No likelihood, so no information criteria.

    Without weights (ULS) T follows no chi-square, and there is no p.
    """
    task, method = ls.task, ls.recipe.test
    groups, total = len(ls.n), task.sample.total
    n = total - groups
    nothing = Traces(np.nan, np.nan)
    found_traces = traces(ls.cov, weighted, total) if method else nothing
    test = correct(chisq, ls.df, found_traces, method)
    base_chisq, base_weighted = baseline(ls)
    base_traces = traces(ls.cov, base_weighted, total) if method else nothing
    base = correct(base_chisq, len(ls.target.values) - base_weighted.rank, base_traces, method)
    found = {"npar": float(task.npar), "fmin": chisq / (2 * total), "chisq": chisq, "df": float(test.df)}
    found["pvalue"] = _p_value(test, ls)
    found |= {"baseline.chisq": base.chisq, "baseline.df": float(base.df), "baseline.pvalue": _p_value(base, ls)}
    found |= compared(test.chisq, test.df, base.chisq, base.df, "") | {"ntotal": total}
    found |= measures.rmsea(test.chisq, test.df, n, groups)
    if method is not None:
        found |= corrected_measures(test, base, n, groups, method) | _robust(test, base, n, groups)
    return found | _absolute(theta, test, ls, n)


def _robust(test: CorrectedTest, base: CorrectedTest, n: float, groups: int) -> dict[str, float]:
    """The expected value of T is c df, not df (Brosseau-Liard & Savalei 2014)."""
    c, base_c = (one.mean_factor if one.df else 1.0 for one in (test, base))
    tli = measures.robust_tli(test.chisq, test.df, c, base.chisq, base.df, base_c)
    away, base_away = test.chisq - c * test.df, base.chisq - base_c * base.df
    # The point estimate needs the mean of T only; interval and tests take what T is corrected to, as lavaan.
    interval = measures.rmsea(test.scaled * test.factor, test.df, n, groups, test.factor)
    rmsea = interval | {"rmsea": measures.rmsea(test.chisq, test.df, n, groups, c)["rmsea"]}
    return {
        "cfi.robust": measures.cfi(test.chisq, c * test.df, base.chisq, base_c * base.df),
        "tli.robust": tli,
        "nnfi.robust": tli,
        "rni.robust": 1 - measures.ratio(away, base_away),
    } | {f"{name}.robust": rmsea[name] for name in RMSEA}


def _p_value(test: CorrectedTest, ls: LeastSquares) -> float:
    return np.nan if ls.recipe.weight == "none" else measures.p_value(test.chisq, test.df)


def baseline(ls: LeastSquares) -> tuple[float, Weighted]:
    """T of the model in which nothing correlates but the exogenous variables, and that model.

    It is linear: means, variances and exogenous covariances are free, all other moments 0.
    """
    task, at = ls.task, ls.at
    exogenous = np.isin(at.row, task.correlated) & np.isin(at.col, task.correlated)
    kept = np.append(np.ones(len(at.means), dtype=bool), (at.row == at.col) | exogenous)
    slopes = np.eye(len(ls.target.values))[:, np.tile(kept, len(ls.n))]
    inner, values = rooted(ls.target.weight, slopes), rooted(ls.target.weight, ls.target.values)
    away = values - inner @ np.linalg.lstsq(inner, values, rcond=None)[0]
    return task.sample.total * float(away @ away), metric(slopes, ls.information_weight)


def _absolute(theta: np.ndarray, test: CorrectedTest, ls: LeastSquares, n: float) -> dict[str, float]:
    task, problem, m = ls.task, ls.task.problem, ls.at.size
    away = ls.target.values - ls.values(theta)
    residual: dict[str, float] = {}
    gfi = 0.0
    for g, share in enumerate(problem.share):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        mean, implied_mean = (problem.mean[g], implied.mu) if task.options.meanstructure else (None, None)
        for name, value in measures.residual_measures(problem.cov[g], implied.sigma, mean, implied_mean).items():
            residual[name] = residual.get(name, 0.0) + share * value
        own = slice(g * m, (g + 1) * m)
        weight = ls.target.weight[own] if ls.target.weight.ndim == 1 else ls.target.weight[own, own]
        above, below = (float(part[own] @ times(weight, part[own])) for part in (away, ls.target.values))
        gfi += share * (1 - measures.ratio(above, below))
    residual["srmr_bentler"], residual["srmr_bentler_nomean"] = residual["srmr"], residual["srmr_nomean"]
    p = problem.n_observed
    counted = len(ls.n) * (p * (p + 1) // 2 + (p if task.options.meanstructure else 0))
    return residual | measures.absolute(test.chisq, test.df, n, task.npar, gfi, counted)
