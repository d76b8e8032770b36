"""Coefficients from covariances of the answers as numbers, and their intervals from draws of whole units."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scoring.validation.reliability import coefficients as of
from scoring.validation.reliability.factor_model import (
    FEWEST_ITEMS,
    FactorDraws,
    FactorSolution,
    factor_solution,
    one_factor_draws,
)
from scoring.validation.reliability.intervals import Interval, Scale, unit_interval
from scoring.validation.reliability.moments import PairMoments

SCALES = {
    "omega": Scale.REST,
    "alpha": Scale.REST,
    "alpha_standardised": Scale.REST,
    "omega_implied": Scale.REST,
    "composite_reliability": Scale.REST,
    "spearman_brown": Scale.REST,
    "omega_pooled_within": Scale.REST,
    "ave": Scale.SHARE,
    "ave_weighted": Scale.SHARE,
}
MODEL_FREE = ("alpha", "alpha_standardised", "spearman_brown")


@dataclass(frozen=True, slots=True, eq=False)
class FactorReliability:
    """A one-factor model of the sample and of the draws."""

    sample: FactorSolution
    draws: FactorDraws


@dataclass(frozen=True, slots=True, eq=False)
class ScaleReliability:
    """One scale. intervals: by coefficient.   factor: the one-factor model, None for two items, which identify none.
    within: the same within units, None without units.
    """

    intervals: Mapping[str, Interval]
    factor: FactorReliability | None
    within: FactorReliability | None

    def model_of(self, coefficient: str) -> FactorReliability | None:
        """The model behind a coefficient, None where it needs none."""
        if coefficient == "omega_pooled_within":
            return self.within
        return None if coefficient in MODEL_FREE else self.factor


def scale_reliability(
    sample: PairMoments, draws: PairMoments, units: int, *, within: tuple[PairMoments, PairMoments] | None = None
) -> ScaleReliability:
    """Coefficients of p items, two or more.

    sample: moments of the answers (1, p, p).   draws: of K draws of J units (K, p, p).   within: the same two within
    units, where there are units.   Two items have alpha, Spearman-Brown and no omega.   A coefficient of a model that
    has no solution is NaN.
    """
    whole, drawn = from_covariances(sample), from_covariances(draws)
    factor, inside = None, None
    if sample.cov.shape[1] >= FEWEST_ITEMS:
        factor = _factor(sample, draws)
        whole |= from_factor(factor.sample.loadings[None], factor.sample.residuals[None], sample.cov)
        drawn |= from_factor(factor.draws.loadings, factor.draws.residuals, draws.cov)
        if within is not None:
            inside = _factor(*within)
            whole["omega_pooled_within"] = of.omega(inside.sample.loadings[None], within[0].cov)
            drawn["omega_pooled_within"] = of.omega(inside.draws.loadings, within[1].cov)
    intervals = {
        name: unit_interval(float(whole[name][0]), drawn[name], units, scale)
        for name, scale in SCALES.items()
        if name in whole
    }
    return ScaleReliability(intervals, factor, inside)


def _factor(sample: PairMoments, draws: PairMoments) -> FactorReliability:
    p = sample.cov.shape[1]
    factor = factor_solution(sample.cov[0], [np.arange(p)])
    if factor.status.usable:
        return FactorReliability(factor, one_factor_draws(draws.cov, factor))
    nothing, failed = np.full((len(draws.cov), p), np.nan), np.ones(len(draws.cov), dtype=bool)
    return FactorReliability(factor, FactorDraws(nothing, nothing, failed, ~failed))


def from_covariances(moments: PairMoments) -> dict[str, np.ndarray]:
    """Coefficients that need no model, (K,) each: alpha, standardised alpha; of two items Spearman-Brown too."""
    found = {"alpha": of.cronbach_alpha(moments.cov), "alpha_standardised": of.cronbach_alpha(moments.cor)}
    if moments.cov.shape[1] == 2:
        found["spearman_brown"] = of.spearman_brown(moments.cor[:, 0, 1])
    return found


def from_factor(loadings: np.ndarray, residuals: np.ndarray, cov: np.ndarray) -> dict[str, np.ndarray]:
    """Coefficients of the one-factor model, (K,) each. loadings, residuals (K, p), cov (K, p, p) as observed."""
    size = np.sqrt(loadings**2 + residuals)
    return {
        "omega": of.omega(loadings, cov),
        "omega_implied": of.omega_implied(loadings, residuals),
        "composite_reliability": of.omega_implied(loadings / size, residuals / size**2),
        "ave": of.average_variance_extracted(loadings / size),
        "ave_weighted": of.weighted_variance_extracted(loadings, residuals),
    }
