"""Likelihood-ratio tests of a model and of the baseline against the saturated model, plain and scaled."""

from dataclasses import dataclass

import numpy as np

from scoring.sem.adjusted import second_trace
from scoring.sem.curvature import Curvature, curvature
from scoring.sem.fiml.saturated import apart
from scoring.sem.likelihood import Problem, discrepancy
from scoring.sem.options import Correction
from scoring.sem.problem import Restriction
from scoring.sem.robust import saturated_trace, structured_trace
from scoring.sem.structure import INTERCEPT, SYMMETRIC, Entries, entries
from scoring.sem.task import Task

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """A model against the saturated one: T = N F, df, and what corrects T.

    scaling: c = E(T) / df, NaN where nothing is robust or the model is saturated; a sample can make it negative, which
    scales nothing.   second: half the variance of T, tr((U Gamma)^2), for the corrections that need it.
    correction: "mean" divides T by c. "scaled.shifted" makes it a T + b with the mean and variance of a chi-square,
    a = sqrt(df / tr2), b = df - a tr (Asparouhov & Muthen 2010). "mean.var.adjusted" takes T tr / tr2 against
    tr^2 / tr2 degrees of freedom (Satterthwaite 1941; Satorra & Bentler 1994).
    """

    chisq: float
    df: int
    scaling: float
    second: float = np.nan
    correction: Correction = "mean"

    @property
    def factor(self) -> float:
        """What T is divided by; NaN where there is nothing to divide by."""
        if self.correction == "mean" or self.df == 0:
            return self.scaling
        if self.correction == "scaled.shifted":
            return float(np.sqrt(self.second / self.df))
        return self.second / (self.scaling * self.df)

    @property
    def shift(self) -> float:
        """What is added then."""
        return self.df * (1 - self.scaling / self.factor) if self.correction == "scaled.shifted" and self.df else 0.0

    @property
    def scaled(self) -> float:
        if self.df == 0:
            return self.chisq
        return self.chisq / self.factor + self.shift if self.factor > 0 else np.nan

    @property
    def scaled_df(self) -> float:
        if self.correction != "mean.var.adjusted" or self.df == 0:
            return self.df
        return (self.scaling * self.df) ** 2 / self.second


def whole_trace(theta: np.ndarray, problem: Problem, task: Task) -> float:
    """What the parameters' trace is taken from: tr(V Gamma) for MLM, tr(B1 A1^-1) for MLR, NaN for plain ML."""
    options, cases, covariates = task.options, task.cases, task.covariates
    if not options.robust:
        return np.nan
    if problem.incomplete:
        return task.unrestricted.trace
    if options.of_moments:
        return structured_trace(theta, problem, cases, means=options.meanstructure, covariates=covariates)
    return saturated_trace(problem, cases, means=options.meanstructure, covariates=covariates)


def scaling_factor(whole: float, trace: float, df: int) -> float:
    """c of the scaled test, NaN without degrees of freedom.

    MLM: tr(U Gamma) / df at the model's Sigma (Satorra & Bentler 1994). MLR: [tr(B1 A1^-1) - tr(B0 A0^-1)] / df
    (Yuan & Bentler 2000 in the form of Asparouhov & Muthen 2005).
    """
    return (whole - trace) / df if df > 0 else np.nan


def baseline(task: Task) -> Test:
    """The model in which nothing correlates but the exogenous variables, in closed form."""
    problem, cases, options, covariates = task.problem, task.cases, task.options, task.covariates
    base, theta = independence(problem, options.meanstructure, task.correlated, covariates)
    p, groups, total = problem.n_observed, len(problem.share), task.sample.total
    chisq = total * max(discrepancy(theta, base), 0.0)
    k = len(task.correlated)
    df = groups * (p * (p - 1) // 2 - k * (k - 1) // 2)
    if not options.robust:
        return Test(float(chisq), df, np.nan)
    everything = Restriction(np.eye(len(theta)), np.zeros(len(theta)))
    curved = curvature(theta, base, everything, cases, options, covariates)
    return corrected(float(chisq), df, theta, base, task, everything, curved)


def corrected(
    chisq: float, df: int, theta: np.ndarray, problem: Problem, task: Task, held: Restriction, curved: Curvature
) -> Test:
    """The test of a minimum theta (q,) of a problem with what its estimator corrects it by."""
    c = scaling_factor(whole_trace(theta, problem, task), curved.trace, df)
    correction = task.options.correction
    if correction == "mean" or df == 0:
        return Test(chisq, df, c)
    second = second_trace(
        theta, problem, held, curved.information, task.cases, means=task.options.meanstructure,
        covariates=task.covariates,
    )  # fmt: skip
    return Test(chisq, df, c, second, correction)


def independence(
    problem: Problem, means: bool, correlated: np.ndarray, covariates: np.ndarray
) -> tuple[Problem, np.ndarray]:
    """The baseline as a problem, and its estimates: the sample's own variances, means and exogenous covariances.

    correlated: positions of the exogenous.   covariates: of those whose moments are given, not estimated.
    """
    p, groups = problem.n_observed, len(problem.share)
    row, col = np.tril_indices(p)
    kept = (row == col) | (np.isin(row, correlated) & np.isin(col, correlated))
    row, col = row[kept], col[kept]
    m = p if means else 0
    kinds = np.repeat([SYMMETRIC, INTERCEPT], [len(row), m])
    rows, cols = np.append(row, np.arange(m)), np.append(col, np.zeros(m, dtype=int))
    given = np.append(np.isin(row, covariates) & np.isin(col, covariates), np.isin(np.arange(m), covariates))
    if problem.incomplete:
        sides = [apart(problem, g, correlated) for g in range(groups)]
    else:
        sides = list(zip(problem.cov, problem.mean, strict=True))
    values = [np.append(cov[row, col], mean[:m]) for cov, mean in sides]
    per_group = int((~given).sum())
    parts = [
        entries(kinds, rows, cols, np.where(given, -1, np.cumsum(~given) - 1 + g * per_group), value, p)
        for g, value in enumerate(values)
    ]
    at = Entries(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    base = problem._replace(at=at, bounds=np.arange(groups + 1) * len(kinds), n_variables=p)
    return base, np.concatenate([value[~given] for value in values])


def log_likelihood(problem: Problem, total: float, discrepancy: float, covariates: np.ndarray) -> tuple[float, float]:
    """Log-likelihood of the model and of the saturated one, given the covariates."""
    p = problem.n_observed
    observed = float(problem.patterns.share @ problem.patterns.size) if problem.incomplete else p  # values per case
    saturated = -total / 2 * (observed * LOG_2PI + p + float(problem.share @ problem.log_det))
    if len(covariates):
        k = len(covariates)
        inner = np.linalg.slogdet(problem.cov[:, covariates[:, None], covariates])[1]
        saturated += total / 2 * (k * (LOG_2PI + 1) + float(problem.share @ inner))
    return saturated - total * discrepancy / 2, saturated
