"""The theory between units: unit scores with errors in variables, one outcome at a time where units are few."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.sem import DataError, Fit, ModelError, fit
from scoring.validation.panel import Panel
from scoring.validation.scale_scores import scale_scores, unit_scores
from scoring.validation.theory.levels import StructuralFit
from scoring.validation.theory.paths import Path, Theory

UNITS_FOR_CLAIMS = 50  # units below which the between level says little (Maas & Hox 2005, Methodology 1)
UNITS_FOR_SYSTEM = 100  # units from which all paths are estimated at once
UNITS_FOR_FIGURES = 10  # units below which there are no figures either
ENOUGH, TOO_FEW = "enough_units", "not_enough_units"
UNIT = "unit_"
TRUE = "true_"  # before a scale's id: the latent variable behind its unit score


@dataclass(frozen=True, slots=True, eq=False)
class UnitMoments:
    """Scores of units and how far their errors account for what they show.

    scales: ids.   units (J,): codes.   score (J, K): POMP, NaN where there is none.
    error (J, K, K): covariances of the errors of the scores, from drawing members and people inside them.
    """

    scales: tuple[str, ...]
    units: np.ndarray
    score: np.ndarray
    error: np.ndarray

    def among(self, scales: Sequence[str]) -> "UnitMoments":
        """These scales, and the units that have a score and its error on all of them."""
        at = [self.scales.index(name) for name in scales]
        score, error = self.score[:, at], self.error[:, at][:, :, at]
        known = np.isfinite(score).all(axis=1) & np.isfinite(error).all(axis=(1, 2))
        return UnitMoments(tuple(scales), self.units[known], score[known], error[known])

    @property
    def mean_error(self) -> np.ndarray:
        """Mean covariance matrix of the errors, (K, K)."""
        return np.asarray(self.error.mean(axis=0))

    @property
    def true(self) -> np.ndarray:
        """Covariance matrix of the units' true scores, (K, K): of the scores less that of their errors (Fuller 1987,
        section 3.1)."""
        return np.atleast_2d(np.cov(self.score, rowvar=False)) - self.mean_error


def unit_moments(panel: Panel, theory: Theory) -> UnitMoments:
    """Unit scores on the variables of the theory, with the covariances of their errors.

    Variances are those of `scoring.score`, v = s2_b / n (membership unknown). Covariances are n_jk / (n_j n_k) s_jk,
    s_jk over the n_jk members that have both scores. Raises ValueError for an instrument without `within_member_sd`.
    """
    scales = {name: theory.indicators[name] for name in theory.variables}
    found = unit_scores(panel, scale_scores(panel, scales))
    units, members = found.units, found.members.mean
    error = np.full((panel.n_units, len(scales), len(scales)), np.nan)
    for unit in range(panel.n_units):
        error[unit] = _error(members[found.unit_of == unit], units.variance[unit])
    return UnitMoments(tuple(scales), np.arange(panel.n_units), units.score, error)


def _error(members: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Covariance matrix (K, K) of the means of member scores (n, K); variance (K,): its diagonal."""
    seen = np.isfinite(members)
    both = seen.T.astype(float) @ seen
    filled = np.where(seen, members, 0.0)
    shared = seen.astype(float)
    sums = filled.T @ shared  # of j over members that have k too
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = (filled.T @ filled - sums * sums.T / both) / (both - 1)
        n = np.diag(both)
        found = np.where(both > 1, covariance * both / np.outer(n, n), 0.0)
    found[np.diag_indices(len(n))] = variance
    return np.asarray(found)


def between_syntax(theory_paths: Sequence[Path], moments: UnitMoments, extra: Sequence[str] = ()) -> str:
    """lavaan syntax of paths between true scores, the errors' covariances fixed.

    Sample covariances of the estimator have the divisor J, those of the errors are taken down likewise.
    """
    names, shrink = moments.scales, (len(moments.units) - 1) / len(moments.units)
    error = shrink * moments.mean_error
    lines = [f"{TRUE}{name} =~ 1*{name}" for name in names]
    for j, a in enumerate(names):
        lines += [f"{a} ~~ {float(error[j, k])!r}*{b}" for k, b in enumerate(names) if k >= j]
    lines += [f"{TRUE}{path.target} ~ {path.label}*{TRUE}{path.source}" for path in theory_paths]
    return "\n".join([*lines, *extra])


def fit_between(
    theory: Theory, moments: UnitMoments, *, name: str = "theory", extra: Sequence[str] = ()
) -> StructuralFit:
    """Paths between units' true scores by maximum likelihood with errors of known covariance (Fuller 1987, ch. 2).

    Errors are robust; p and intervals of t with J - 1 degrees of freedom, which cover .92 to .93 with 24 and 50 units,
    those of standardised paths .89 to .92 (250 simulated sets each, scores with a reliability near .85). Never raises
    for what the scores are like.
    """
    chosen = moments.among([one for one in moments.scales if one in theory.variables])
    found, fault, n = None, "", len(chosen.units)
    if n < UNITS_FOR_FIGURES:
        fault = f"{n} units have a score on all of {', '.join(chosen.scales)}."
    elif (np.diag(chosen.true) <= 0).any():
        still = [one for one, value in zip(chosen.scales, np.diag(chosen.true), strict=True) if value <= 0]
        fault = f"Units do not differ in {', '.join(still)} beyond the error of their scores."
    else:
        data = pd.DataFrame(chosen.score, columns=list(chosen.scales)).assign(**{UNIT: np.arange(n)})
        try:
            fitted = fit(between_syntax(theory.paths, chosen, extra), data, estimator="MLR", cluster=UNIT)
            found = fitted if isinstance(fitted, Fit) else None
        except (DataError, ModelError, np.linalg.LinAlgError) as error:
            fault = str(error)
    return StructuralFit(name, "between", "EIV", theory, found, fault, n, n)


def equations(theory: Theory) -> tuple[tuple[Theory, bool], ...]:
    """What is fitted while units are few: every outcome with all its predictors, which are the headline (True), and,
    where there are several, with one predictor alone (False), which asks less of the units."""
    found = []
    for target in dict.fromkeys(path.target for path in theory.paths):
        own = tuple(path for path in theory.paths if path.target == target)
        found.append((_part(theory, own), True))
        found += [(_part(theory, (path,)), False) for path in own if len(own) > 1]
    return tuple(found)


def _part(theory: Theory, paths: tuple[Path, ...]) -> Theory:
    ends = {end for path in paths for end in path}
    return Theory("", paths, {name: items for name, items in theory.indicators.items() if name in ends})


def scores_table(moments: UnitMoments) -> pd.DataFrame:
    """What unit scores hold, one row per scale: scale, variance (of the scores), error_variance (mean of v),
    true_variance, reliability (true over observed), n_units."""
    rows = []
    for name in moments.scales:
        one = moments.among([name])
        if len(one.units) < 2:
            continue
        observed, error = float(np.var(one.score[:, 0], ddof=1)), float(one.mean_error[0, 0])
        rows.append({
            "scale": name, "variance": observed, "error_variance": error, "true_variance": observed - error,
            "reliability": (observed - error) / observed if observed > 0 else np.nan, "n_units": len(one.units),
        })  # fmt: skip
    columns = ["scale", "variance", "error_variance", "true_variance", "reliability", "n_units"]
    return pd.DataFrame(rows, columns=columns)
