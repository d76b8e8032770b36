"""From the minimum to what is said about it: covariance of the estimates, test statistics, fit measures."""

from dataclasses import dataclass

import numpy as np

from scoring.sem import measures
from scoring.sem.likelihood import Problem, hessian, information
from scoring.sem.options import Options
from scoring.sem.problem import Restriction
from scoring.sem.robust import Cases, meat, saturated_trace, structured_trace
from scoring.sem.structure import INTERCEPT, SYMMETRIC, entries, entries_of, moments

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Curvature:
    """Information per case at the estimates and what follows from it, in the metric of all free parameters.

    information (q, q); rank of it within the constraints, of `free` parameters.   vcov (q, q): covariance of the
    estimates, NaN where the information has no inverse.   trace: tr(B0 A0^-1), NaN where nothing is robust.
    """

    information: np.ndarray
    rank: int
    free: int
    vcov: np.ndarray
    trace: float


RANK = 1e-9  # smallest eigenvalue of the scaled information, relative to the largest, that counts


def curvature(
    theta: np.ndarray, problem: Problem, restriction: Restriction, cases: Cases, options: Options
) -> Curvature:
    """Covariance of the estimates: A^-1 / N, or the sandwich A^-1 B A^-1 / N where the estimator is robust."""
    total = sum(float(weights.sum()) for weights in cases.weights)
    found = information(theta, problem) if options.information == "expected" else hessian(theta, problem) / 2
    basis = restriction.basis
    a = basis.T @ found @ basis
    scale = np.sqrt(np.abs(np.diag(a)))
    eigenvalues = np.linalg.eigvalsh(a / np.outer(scale, scale)) if (scale > 0).all() else np.zeros(len(a))
    rank = int((np.abs(eigenvalues) > RANK * np.abs(eigenvalues).max(initial=0)).sum())
    if rank < len(a):
        nothing = np.full(found.shape, np.nan)
        return Curvature(found, rank, len(a), nothing, np.nan)
    inverse = np.linalg.inv(a)
    if not options.robust:
        return Curvature(found, rank, len(a), basis @ inverse @ basis.T / total, np.nan)
    b = basis.T @ meat(theta, problem, cases, centred=options.estimator == "MLM") @ basis
    vcov = basis @ inverse @ b @ inverse @ basis.T / total
    return Curvature(found, rank, len(a), vcov, float(np.trace(inverse @ b)))


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """A model against the saturated one: T = N F, df, and c, the factor by which T is divided (NaN: not scaled)."""

    chisq: float
    df: int
    scaling: float

    @property
    def scaled(self) -> float:
        return self.chisq / self.scaling


def scaling_factor(theta: np.ndarray, problem: Problem, cases: Cases, trace: float, df: int, options: Options) -> float:
    """c of the scaled test, NaN without degrees of freedom.

    MLM: tr(U Gamma) / df at the model's Sigma. MLR: [tr(B1 A1^-1) - tr(B0 A0^-1)] / df (Asparouhov & Muthen 2005).
    """
    if not options.robust or df == 0:
        return np.nan
    if options.estimator == "MLM":
        whole = structured_trace(theta, problem, cases, means=options.meanstructure)
    else:
        whole = saturated_trace(problem, cases, means=options.meanstructure)
    return (whole - trace) / df


def baseline(
    problem: Problem, cases: Cases, options: Options, covariates: np.ndarray, total: float
) -> Test:
    """The model in which nothing correlates but the covariates, in closed form.

    covariates: positions of the observed variables whose moments are not modelled.
    """
    p, groups = problem.n_observed, len(problem.share)
    row, col = np.tril_indices(p)
    inside = np.isin(row, covariates) & np.isin(col, covariates)
    kept = (row == col) | inside
    row, col = row[kept], col[kept]
    given = np.isin(row, covariates) & np.isin(col, covariates)
    n = len(row) + (p if options.meanstructure else 0)
    kinds = np.full(n, SYMMETRIC)
    kinds[len(row) :] = INTERCEPT
    rows, cols = np.append(row, np.arange(n - len(row))), np.append(col, np.zeros(n - len(row), dtype=int))
    fixed = np.append(given, np.isin(np.arange(n - len(row)), covariates))
    parts, theta = [], []
    for g in range(groups):
        value = np.append(problem.cov[g][row, col], problem.mean[g][: n - len(row)])
        free = np.where(fixed, -1, np.cumsum(~fixed) - 1 + len(theta))
        theta += value[~fixed].tolist()
        parts.append(entries(kinds, rows, cols, free, value, p))
    at = type(parts[0])(*(np.concatenate([getattr(part, name) for part in parts]) for name in parts[0]._fields))
    base = problem._replace(at=at, bounds=np.arange(groups + 1) * n, n_variables=p)
    estimate = np.array(theta)
    chisq = 0.0
    for g in range(groups):
        implied = moments(estimate, entries_of(at, base.bounds[g], base.bounds[g + 1]), p, p)
        chisq += problem.share[g] * total * (np.linalg.slogdet(implied.sigma)[1] - problem.log_det[g])
    df = groups * int((~kept).sum())
    trace = np.nan
    if options.robust:
        everything = Restriction(np.eye(len(estimate)), np.zeros(len(estimate)))
        trace = curvature(estimate, base, everything, cases, options).trace
    return Test(float(chisq), df, scaling_factor(estimate, base, cases, trace, df, options))


def log_likelihood(problem: Problem, total: float, discrepancy: float, covariates: np.ndarray) -> tuple[float, float]:
    """Log-likelihood of the model and of the saturated one, given the covariates."""
    p = problem.n_observed
    saturated = -total / 2 * (p * (LOG_2PI + 1) + float(problem.share @ problem.log_det))
    if len(covariates):
        k = len(covariates)
        inner = np.linalg.slogdet(problem.cov[:, covariates[:, None], covariates])[1]
        saturated += total / 2 * (k * (LOG_2PI + 1) + float(problem.share @ inner))
    return saturated - total * discrepancy / 2, saturated


def fit_measures(
    theta: np.ndarray, problem: Problem, test: Test, base: Test, *, npar: int, total: float, options: Options,
    log_likelihoods: tuple[float, float], traces: tuple[float, float], covariates: int,
) -> dict[str, float]:  # fmt: skip
    """Every measure under lavaan's name. traces: tr(B0 A0^-1) and tr(B1 A1^-1), NaN where nothing is robust."""
    groups = len(problem.share)
    logl, saturated = log_likelihoods
    found = {"npar": npar, "fmin": test.chisq / (2 * total), "chisq": test.chisq, "df": test.df}
    found["pvalue"] = measures.p_value(test.chisq, test.df)
    found |= {"baseline.chisq": base.chisq, "baseline.df": base.df}
    found["baseline.pvalue"] = measures.p_value(base.chisq, base.df)
    found |= _compared(test.chisq, test.df, base.chisq, base.df, "")
    if options.robust:
        found |= _robust(test, base, total, groups)
    found |= {"logl": logl, "unrestricted.logl": saturated, "ntotal": total}
    found |= measures.information_criteria(logl, npar, total)
    if options.estimator == "MLR":
        p = problem.n_observed
        moments_per_group = p * (p + 1) // 2 + (p if options.meanstructure else 0)
        found |= {"scaling.factor.h1": traces[1] / (groups * moments_per_group), "scaling.factor.h0": traces[0] / npar}
    found |= measures.rmsea(test.chisq, test.df, total, groups)
    return found | _absolute(theta, problem, test, npar, total, options, covariates)


def _compared(chisq: float, df: int, base_chisq: float, base_df: int, ending: str) -> dict[str, float]:
    given = (chisq, df, base_chisq, base_df)
    both = {"cfi": measures.cfi(*given), "tli": measures.tli(*given)} | measures.incremental(*given)
    return {f"{name}{ending}": value for name, value in both.items()}


def _robust(test: Test, base: Test, total: float, groups: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for prefix, one in (("", test), ("baseline.", base)):
        found |= {
            f"{prefix}chisq.scaled": one.scaled,
            f"{prefix}df.scaled": one.df,
            f"{prefix}pvalue.scaled": measures.p_value(one.scaled, one.df),
            f"{prefix}chisq.scaling.factor": one.scaling,
        }
    found |= _compared(test.scaled, test.df, base.scaled, base.df, ".scaled")
    # Brosseau-Liard & Savalei (2014): the expected value of T is c df, not df.
    found |= {
        "cfi.robust": measures.cfi(test.chisq, test.scaling * test.df, base.chisq, base.scaling * base.df),
        "tli.robust": measures.robust_tli(test.chisq, test.df, test.scaling, base.chisq, base.df, base.scaling),
    }
    found["nnfi.robust"] = found["tli.robust"]
    away = test.chisq - test.scaling * test.df
    found["rni.robust"] = 1 - away / (base.chisq - base.scaling * base.df)
    # Satorra & Bentler (1994): T against a chi-square with c df degrees of freedom.
    scaled = measures.rmsea(test.chisq, test.scaling * test.df, total, groups)
    robust = measures.rmsea(test.chisq, test.df, total, groups, test.scaling)
    kept = ("rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue", "rmsea.notclose.pvalue")
    return found | {f"{n}.scaled": scaled[n] for n in kept} | {f"{n}.robust": robust[n] for n in kept}


def _absolute(
    theta: np.ndarray, problem: Problem, test: Test, npar: int, total: float, options: Options, covariates: int
) -> dict[str, float]:
    residual: dict[str, float] = {}
    above = below = 0.0
    for g, share in enumerate(problem.share):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        mean = (problem.mean[g], implied.mu) if options.meanstructure else (None, None)
        for name, value in measures.residual_measures(problem.cov[g], implied.sigma, *mean).items():
            residual[name] = residual.get(name, 0.0) + share * value
        of_model, of_sample = measures.weighted_squares(problem.cov[g], implied.sigma, *mean)
        above, below = above + share * of_model, below + share * of_sample
    p = problem.n_observed
    n_moments = len(problem.share) * (p * (p + 1) // 2 + (p if options.meanstructure else 0))
    n_moments -= len(problem.share) * covariates
    residual["srmr_bentler"], residual["srmr_bentler_nomean"] = residual["srmr"], residual["srmr_nomean"]
    gfi = 1 - above / below
    return residual | measures.absolute(test.chisq, test.df, total, npar, gfi, n_moments)
