"""Coverage of the intervals of reliability and HTMT from draws of whole units, answers ordinal and clustered.

Two scales of six five-point items, loadings .55 to .80, factors that correlate .70; 15 % of the factors' variance and
5 % of the residuals' lie between units of 20 respondents. The true values are those of the population's covariances.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.validation.reliability.categorical_omega import ordinal_covariances
from scoring.validation.reliability.continuous import SCALES, from_covariances, from_factor
from scoring.validation.reliability.discriminant import htmt, htmt2
from scoring.validation.reliability.factor_model import FactorSolution, factor_solution, one_factor_draws
from scoring.validation.reliability.intervals import Scale, unit_interval
from scoring.validation.reliability.moments import PairMoments, draw_counts, pair_moments

LOADINGS = np.tile([0.55, 0.6, 0.65, 0.7, 0.75, 0.8], 2)
FIRST, SECOND = np.arange(6), np.arange(6, 12)
BETWEEN, RESIDUAL_BETWEEN, CORRELATION = 0.15, 0.05, 0.7
EVEN, SKEWED = (-1.5, -0.7, 0.2, 1.1), (-2.2, -1.6, -0.9, 0.1)
RESPONDENTS = 20  # of a unit
METRIC = {name: SCALES[name] for name in ("omega", "alpha", "ave")} | {"htmt": Scale.RATIO, "htmt2": Scale.RATIO}


@dataclass(frozen=True)
class Condition:
    """units: how many.   thresholds: that cut the latent responses."""

    units: int
    thresholds: tuple[float, ...]


CONDITIONS = tuple(Condition(units, cut) for cut in (EVEN, SKEWED) for units in (8, 12, 24, 50))


def answers(rng: np.random.Generator, condition: Condition) -> tuple[np.ndarray, np.ndarray]:
    """Answers 1 to 5 (n, 12) and the unit of each respondent (n,)."""
    unit = np.repeat(np.arange(condition.units), RESPONDENTS)
    root = np.linalg.cholesky([[1, CORRELATION], [CORRELATION, 1]]).T
    factors = _nested(rng, unit, 2, BETWEEN) @ root
    residuals = np.sqrt(1 - LOADINGS**2) * _nested(rng, unit, len(LOADINGS), RESIDUAL_BETWEEN)
    latent = factors[:, np.repeat([0, 1], 6)] * LOADINGS + residuals
    return 1.0 + (latent[:, :, None] > np.array(condition.thresholds)).sum(axis=2), unit


def _nested(rng: np.random.Generator, unit: np.ndarray, columns: int, between: float) -> np.ndarray:
    of_unit = rng.normal(size=(unit.max() + 1, columns))
    return np.sqrt(between) * of_unit[unit] + np.sqrt(1 - between) * rng.normal(size=(len(unit), columns))


def population(thresholds: tuple[float, ...]) -> PairMoments:
    """Covariances and correlations of the answers, without sampling."""
    scale = np.repeat([0, 1], 6)
    phi = np.where(scale[:, None] == scale, 1.0, CORRELATION)
    rho = phi * np.outer(LOADINGS, LOADINGS)
    np.fill_diagonal(rho, 1.0)
    cov = ordinal_covariances(rho, [np.array(thresholds)] * len(LOADINGS))[None]
    size = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    return PairMoments(cov, cov / (size[:, :, None] * size[:, None, :]), np.full_like(cov, np.inf))


def values(moments: PairMoments, start: FactorSolution | None = None) -> dict[str, np.ndarray]:
    """The coefficients of K samples (K,) each; start: where their factors are searched from."""
    first = moments.of(FIRST)
    if start is None:
        one = factor_solution(first.cov[0], [FIRST])
        of_factor = from_factor(one.loadings[None], one.residuals[None], first.cov)
    else:
        found = one_factor_draws(first.cov, start)
        of_factor = from_factor(found.loadings, found.residuals, first.cov)
    ratios = {"htmt": htmt(moments.cor, FIRST, SECOND), "htmt2": htmt2(moments.cor, FIRST, SECOND)}
    return {name: (from_covariances(first) | of_factor | ratios)[name] for name in METRIC}


def study(conditions: tuple[Condition, ...], *, replications: int, draws: int, seed: int) -> pd.DataFrame:
    """One row per condition and coefficient: coverage of the interval, and of the quantiles of the same draws."""
    rows = []
    for number, condition in enumerate(conditions):
        true = {name: float(value[0]) for name, value in values(population(condition.thresholds)).items()}
        hits = dict.fromkeys(METRIC, 0)
        plain = dict.fromkeys(METRIC, 0)
        for replication in range(replications):
            rng = np.random.default_rng([seed, number, replication])
            data, unit = answers(rng, condition)
            sample = pair_moments(data, unit, np.ones((1, condition.units)))
            counts = draw_counts(rng, draws, condition.units)
            start = factor_solution(sample.of(FIRST).cov[0], [FIRST])
            est, drawn = values(sample), values(pair_moments(data, unit, counts), start)
            for name, metric in METRIC.items():
                interval = unit_interval(float(est[name][0]), drawn[name], condition.units, metric)
                hits[name] += interval.ci_low <= true[name] <= interval.ci_high
                low, high = np.nanquantile(drawn[name], [0.025, 0.975])
                plain[name] += low <= true[name] <= high
        rows += [
            (condition.units, condition.thresholds == EVEN, name, true[name], hits[name] / replications,
             plain[name] / replications)
            for name in METRIC
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["units", "even", "coefficient", "true", "coverage", "quantiles"])
