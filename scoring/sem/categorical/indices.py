"""Every fit measure of a model of ordinal variables, gathered under lavaan's names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.sem import measures
from scoring.sem.categorical.corrections import CorrectedTest
from scoring.sem.categorical.problem import CategoricalProblem
from scoring.sem.categorical.robust_fit import CorrelationFit

RMSEA = ("rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue", "rmsea.notclose.pvalue")


@dataclass(frozen=True, slots=True, eq=False)
class GroupResiduals:
    """A group's sample moments less those implied.

    cov, implied (p, p): covariances given the covariates, of variance 1 where ordinal.   located (k,): residuals of
    the thresholds that are fitted.   n_located: of all thresholds, those fitted exactly included.
    above, below: weighted squares of residuals and of sample moments.   n_moments: of the sample.
    """

    cov: np.ndarray
    implied: np.ndarray
    located: np.ndarray
    n_located: int
    above: float
    below: float
    n_moments: int

    def measures(self) -> dict[str, float]:
        """Root mean squared residuals; with thresholds counted, as lavaan, and without."""
        found = measures.residual_measures(self.cov, self.implied, None, None)
        pairs = len(self.cov) * (len(self.cov) + 1) // 2
        squares = (self.located**2).sum()
        for name, count in (("rmr", pairs), ("srmr", pairs), ("crmr", pairs - len(self.cov))):
            alone = found[f"{name}_nomean"] ** 2 * count
            found[name] = float(np.sqrt((alone + squares) / (count + self.n_located)))
        return found


def fit_measures(
    test: CorrectedTest, base: CorrectedTest, fit: CorrelationFit, problem: CategoricalProblem,
    residuals: Sequence[GroupResiduals], *, npar: int, method: str | None,
) -> dict[str, float]:  # fmt: skip
    """Every measure. method: of the correction, see `corrections.correct`."""
    groups, total = len(problem.n), problem.total
    n = total - groups
    found = {"npar": float(npar), "fmin": test.chisq / (2 * total), "chisq": test.chisq, "df": float(test.df)}
    found["pvalue"] = measures.p_value(test.chisq, test.df)
    found |= {"baseline.chisq": base.chisq, "baseline.df": float(base.df)}
    found["baseline.pvalue"] = measures.p_value(base.chisq, base.df)
    found |= compared(test.chisq, test.df, base.chisq, base.df, "")
    found |= {"ntotal": total}
    found |= measures.rmsea(test.chisq, test.df, n, groups)
    if method is not None:
        found |= corrected_measures(test, base, n, groups, method)
        found |= robust_measures(fit, base.df, n, groups)
    return found | _absolute(test, problem, residuals, npar, n)


def compared(chisq: float, df: int, base_chisq: float, base_df: int, ending: str) -> dict[str, float]:
    given = (chisq, df, base_chisq, base_df)
    found = {"cfi": measures.cfi(*given), "tli": measures.tli(*given)} | measures.incremental(*given)
    return {f"{name}{ending}": value for name, value in found.items()}


def corrected_measures(
    test: CorrectedTest, base: CorrectedTest, n: float, groups: int, method: str
) -> dict[str, float]:
    found: dict[str, float] = {}
    for prefix, one in (("", test), ("baseline.", base)):
        found |= {
            f"{prefix}chisq.scaled": one.scaled,
            f"{prefix}df.scaled": float(one.df),
            f"{prefix}pvalue.scaled": measures.p_value(one.scaled, one.df),
            f"{prefix}chisq.scaling.factor": one.factor,
            f"{prefix}chisq.shift": one.shift,
            f"{prefix}chisq.mean.scaled": one.mean_scaled,
            f"{prefix}pvalue.mean.scaled": measures.p_value(one.mean_scaled, one.df),
        }
    found |= compared(test.scaled, test.df, base.scaled, base.df, ".scaled")
    if method == "scaled.shifted":
        scaled = measures.rmsea(test.scaled, test.df, n, groups)
    else:
        scaled = measures.rmsea(test.chisq, test.factor * test.df, n, groups)
    return found | {f"{name}.scaled": scaled[name] for name in RMSEA}


def robust_measures(fit: CorrelationFit, base_df: int, n: float, groups: int) -> dict[str, float]:
    """Savalei (2021): X - k in the place of T - df; df.robust are those that X has."""
    names = [f"{name}.robust" for name in ("df", "cfi", "tli", "nnfi", "rni", *RMSEA)]
    if np.isnan(fit.chisq):
        return dict.fromkeys(names, np.nan)
    df = fit.df
    c, base_c = (fit.expected / df if df else 1.0), fit.base_expected / base_df
    away, base_away = fit.chisq - fit.expected, fit.base_chisq - fit.base_expected
    rmsea = measures.rmsea(fit.chisq, df, n, groups, c)
    tli = measures.robust_tli(fit.chisq, df, c, fit.base_chisq, base_df, base_c)
    return {
        "df.robust": float(df),
        "cfi.robust": measures.cfi(fit.chisq, fit.expected, fit.base_chisq, fit.base_expected),
        "tli.robust": tli,
        "nnfi.robust": tli,
        "rni.robust": 1 - measures.ratio(away, base_away),
    } | {f"{name}.robust": rmsea[name] for name in RMSEA}


def _absolute(
    test: CorrectedTest, problem: CategoricalProblem, residuals: Sequence[GroupResiduals], npar: int, n: float
) -> dict[str, float]:
    share = problem.n / problem.total
    found: dict[str, float] = {}
    gfi = 0.0
    for part, one in zip(share, residuals, strict=True):
        own = one.measures()
        for name in ("rmr", "rmr_nomean", "srmr", "srmr_nomean", "crmr", "crmr_nomean"):
            found[name] = found.get(name, 0.0) + float(part) * own[name]
        gfi += float(part) * (1 - measures.ratio(one.above, one.below))
    # lavaan's srmr of ordinal variables is the one without thresholds.
    found["srmr_bentler"], found["srmr_bentler_nomean"] = found["srmr"], found["srmr_nomean"]
    found["srmr"] = found.pop("srmr_nomean")
    n_moments = sum(one.n_moments for one in residuals)
    rest = measures.absolute(test.chisq, test.df, n, npar, gfi, n_moments)
    del rest["ecvi"]
    return found | rest | {"wrmr": float(np.sqrt(test.chisq * len(residuals) / n_moments))}
