"""CFI, TLI and RMSEA that do not move with the amount of missing values (Zhang & Savalei 2023).

The chi-square of incomplete rows weighs a misfit by how often it could be seen. Here the estimates are held against the
saturated model's moments as if those were of complete rows, and the expected value of that distance under the model is
taken off: FIML-C, in the version with both taken at the saturated model.
"""

from dataclasses import dataclass

import numpy as np

from scoring.sem import measures
from scoring.sem.chi_square import independence
from scoring.sem.fiml.patterns import COMPLETE
from scoring.sem.fiml.unrestricted import Unrestricted
from scoring.sem.likelihood import Problem, discrepancy
from scoring.sem.structure import entries_of, jacobian, moments
from scoring.sem.task import Task


@dataclass(frozen=True, slots=True)
class Distance:
    """chisq: N times the complete-data discrepancy of the estimates from the saturated moments.   expected: of it, were
    the model true.   df: the model's.
    """

    chisq: float
    expected: float
    df: int

    @property
    def scaling(self) -> float:
        return self.expected / self.df if self.df else 1.0


def robust_measures(theta: np.ndarray, df: int, base_df: int, task: Task) -> dict[str, float]:
    """The measures of a model with missing values from its estimates theta (q,)."""
    problem, own, total = task.problem, task.unrestricted, task.sample.total
    model = distance(theta, problem, task.held.basis, own, total, df)
    free, estimates = independence(problem, True, task.correlated, task.covariates)
    base = distance(estimates, free, np.eye(len(estimates)), own, total, base_df)
    return corrected_measures(model, base, total, len(problem.share))


def distance(
    theta: np.ndarray, problem: Problem, basis: np.ndarray, own: Unrestricted, total: float, df: int
) -> Distance:
    """Of estimates theta (q,) within constraints basis (q, r).

    With A, B and W of `Unrestricted` and D the slopes of the moments the estimates leave (I - D H^-1 D' A) of the
    saturated moments' errors, H = D' A D, so that the expected value is

        tr(W A^-1 B A^-1) - 2 tr(H^-1 D' B A^-1 W D) + tr(H^-1 D' B D H^-1 D' W D).
    """
    whole = problem._replace(patterns=COMPLETE, log_det=np.linalg.slogdet(problem.cov)[1])
    slopes = [_moment_slopes(theta, problem, g)[own.kept] @ basis for g in range(len(problem.share))]
    carried = [one @ d for one, d in zip(own.ratio, slopes, strict=True)]  # A^-1 W D
    h = np.linalg.inv(sum(d.T @ a @ d for d, a in zip(slopes, own.information, strict=True)))
    inner = sum(d.T @ w @ d for d, w in zip(slopes, own.complete, strict=True))
    between, outer = np.zeros_like(h), np.zeros_like(h)
    for (g, k), b in own.meat.items():
        pulled = slopes[g].T @ b
        between += pulled @ carried[k]
        outer += pulled @ slopes[k]
    expected = own.spread - 2 * float(np.trace(h @ between)) + float(np.trace(h @ outer @ h @ inner))
    return Distance(total * float(discrepancy(theta, whole)), expected, df)


def _moment_slopes(theta: np.ndarray, problem: Problem, group: int) -> np.ndarray:
    at = entries_of(problem.at, problem.bounds[group], problem.bounds[group + 1])
    implied = moments(theta, at, problem.n_observed, problem.n_variables)
    return np.vstack(jacobian(at, implied, len(theta)))


def corrected_measures(model: Distance, base: Distance, total: float, groups: int) -> dict[str, float]:
    """cfi.robust, tli.robust, rmsea.robust and their kin from the distances of the model and of the baseline."""
    away, base_away = model.chisq - model.expected, base.chisq - base.expected
    tli = measures.robust_tli(model.chisq, model.df, model.scaling, base.chisq, base.df, base.scaling)
    found = {
        "cfi.robust": measures.cfi(model.chisq, model.expected, base.chisq, base.expected),
        "tli.robust": tli,
        "nnfi.robust": tli,
        "rni.robust": 1 - measures.ratio(away, base_away),
    }
    rmsea = measures.rmsea(model.chisq, model.df, total, groups, model.scaling)
    kept = ("rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue", "rmsea.notclose.pvalue")
    return found | {f"{name}.robust": rmsea[name] for name in kept}
