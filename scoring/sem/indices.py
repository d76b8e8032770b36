"""Every fit measure of a model, gathered under lavaan's names."""

import numpy as np

from scoring.sem import measures
from scoring.sem.chi_square import Test
from scoring.sem.likelihood import Problem
from scoring.sem.options import Options
from scoring.sem.structure import entries_of, moments


def n_moments(problem: Problem, options: Options, covariates: np.ndarray) -> int:
    """Sample moments that a model answers for: those of the covariates are given."""
    p, k = problem.n_observed, len(covariates)
    per_group = p * (p + 1) // 2 - k * (k + 1) // 2 + (p - k if options.meanstructure else 0)
    return len(problem.share) * per_group


def fit_measures(
    theta: np.ndarray, problem: Problem, test: Test, base: Test, *, npar: int, total: float, options: Options,
    log_likelihoods: tuple[float, float], traces: tuple[float, float], covariates: np.ndarray,
) -> dict[str, float]:  # fmt: skip
    """Every measure under lavaan's name. traces: tr(B0 A0^-1) and tr(B1 A1^-1), NaN where nothing is robust.
    covariates: positions of the variables whose moments are given.
    """
    groups = len(problem.share)
    logl, saturated = log_likelihoods
    found = {"npar": npar, "fmin": test.chisq / (2 * total), "chisq": test.chisq, "df": test.df}
    found["pvalue"] = measures.p_value(test.chisq, test.df)
    found |= {"baseline.chisq": base.chisq, "baseline.df": base.df}
    found["baseline.pvalue"] = measures.p_value(base.chisq, base.df)
    found |= compared(test.chisq, test.df, base.chisq, base.df, "")
    if options.robust:
        found |= robust_indices(test, base, total, groups)
    found |= {"logl": logl, "unrestricted.logl": saturated, "ntotal": total}
    found |= measures.information_criteria(logl, npar, total)
    if options.estimator == "MLR":
        counted = n_moments(problem, options, covariates)
        found |= {"scaling.factor.h1": traces[1] / counted, "scaling.factor.h0": traces[0] / npar if npar else np.nan}
    found |= measures.rmsea(test.chisq, test.df, total, groups)
    return found | _absolute(theta, problem, test, npar, total, options, covariates)


def compared(chisq: float, df: float, base_chisq: float, base_df: float, ending: str) -> dict[str, float]:
    given = (chisq, df, base_chisq, base_df)
    both = {"cfi": measures.cfi(*given), "tli": measures.tli(*given)} | measures.incremental(*given)
    return {f"{name}{ending}": value for name, value in both.items()}


def robust_indices(test: Test, base: Test, total: float, groups: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for prefix, one in (("", test), ("baseline.", base)):
        found |= {
            f"{prefix}chisq.scaled": one.scaled,
            f"{prefix}df.scaled": one.scaled_df,
            f"{prefix}pvalue.scaled": measures.p_value(one.scaled, one.scaled_df),
            f"{prefix}chisq.scaling.factor": one.factor,
        }
        if one.correction == "scaled.shifted":
            found[f"{prefix}chisq.shift"] = one.shift
    found |= compared(test.scaled, test.scaled_df, base.scaled, base.scaled_df, ".scaled")
    # Brosseau-Liard & Savalei (2014): the expected value of T is c df, not df.
    c, base_c = (one.scaling if one.df else 1.0 for one in (test, base))
    found |= {
        "cfi.robust": measures.cfi(test.chisq, c * test.df, base.chisq, base_c * base.df),
        "tli.robust": measures.robust_tli(test.chisq, test.df, c, base.chisq, base.df, base_c),
    }
    found["nnfi.robust"] = found["tli.robust"]
    away, base_away = test.chisq - c * test.df, base.chisq - base_c * base.df
    found["rni.robust"] = 1 - measures.ratio(away, base_away)
    robust = measures.rmsea(test.chisq, test.df, total, groups, c)
    if test.correction == "scaled.shifted":
        scaled = measures.rmsea(test.scaled, test.df, total, groups)
        # The point estimate needs the mean of T only; interval and tests take the shifted one, as lavaan.
        interval = measures.rmsea(test.scaled * test.factor, test.df, total, groups, test.factor)
        robust = interval | {"rmsea": robust["rmsea"]}
    else:
        # Satorra & Bentler (1994): T against a chi-square with c df degrees of freedom.
        scaled = measures.rmsea(test.chisq, c * test.df, total, groups, c=np.sign(c))
    kept = ("rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue", "rmsea.notclose.pvalue")
    return found | {f"{n}.scaled": scaled[n] for n in kept} | {f"{n}.robust": robust[n] for n in kept}


def _absolute(
    theta: np.ndarray, problem: Problem, test: Test, npar: int, total: float, options: Options, covariates: np.ndarray
) -> dict[str, float]:
    residual: dict[str, float] = {}
    gfi = 0.0
    for g, share in enumerate(problem.share):
        at = entries_of(problem.at, problem.bounds[g], problem.bounds[g + 1])
        implied = moments(theta, at, problem.n_observed, problem.n_variables)
        mean, implied_mean = (problem.mean[g], implied.mu) if options.meanstructure else (None, None)
        for name, value in measures.residual_measures(problem.cov[g], implied.sigma, mean, implied_mean).items():
            residual[name] = residual.get(name, 0.0) + share * value
        of_model, of_sample = measures.weighted_squares(problem.cov[g], implied.sigma, mean, implied_mean, covariates)
        gfi += share * (1 - of_model / of_sample)
    residual["srmr_bentler"], residual["srmr_bentler_nomean"] = residual["srmr"], residual["srmr_nomean"]
    counted = n_moments(problem, options, covariates[:0])
    return residual | measures.absolute(test.chisq, test.df, total, npar, gfi, counted)
