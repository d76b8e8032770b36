"""Correlations of a pair whose likelihood differs from row to row: with a continuous variable, or given covariates."""

from typing import NamedTuple

import numpy as np

from scoring.sem.compiled import compiled, inner
from scoring.sem.ordinal.bivariate_normal import (
    density,
    density_slope,
    dependence,
    normal_cdf,
    normal_pdf,
    quadrant_slope,
    quadrature,
)
from scoring.sem.ordinal.root import NEAR_BOUND, RHO_LIMIT, STEPS, Z_LIMIT, next_correlation
from scoring.sem.ordinal.tables import AT_BOUND, CONVERGED, NOT_CONVERGED, PROBABILITY_FLOOR

SMALLEST = float(np.finfo(np.float64).tiny)


class PairScores(NamedTuple):
    """Derivatives (n,) of each row's log-likelihood: in rho, and in what each of the two margins gives the row.

    An ordinal margin gives an upper and a lower bound; a continuous one z, the upper then being the derivative in z and
    the lower 0.
    """

    rho: np.ndarray
    first_upper: np.ndarray
    first_lower: np.ndarray
    second_upper: np.ndarray
    second_lower: np.ndarray


@compiled
def correlate_intervals(
    lower: np.ndarray, upper: np.ndarray, left: np.ndarray, right: np.ndarray, weights: np.ndarray, start: float
) -> tuple[float, int]:
    """Correlation of two ordinal variables whose answers lie between bounds (n,) of their own, and its status."""
    rho, low, high = start, -Z_LIMIT, Z_LIMIT
    for _ in range(STEPS):
        nodes = quadrature(rho)
        gradient, hessian = 0.0, 0.0
        for i in range(len(weights)):
            if weights[i] > 0.0:
                probability = max(_rectangle(lower[i], upper[i], left[i], right[i], nodes), PROBABILITY_FLOOR)
                slope, bend = _rectangle_slopes(lower[i], upper[i], left[i], right[i], rho)
                score = slope / probability
                gradient += weights[i] * score
                hessian += weights[i] * (bend / probability - score * score)
        rho, low, high, last = next_correlation(rho, low, high, gradient, hessian)
        if last:
            return rho, AT_BOUND if abs(rho) > NEAR_BOUND else CONVERGED
    return rho, NOT_CONVERGED


@compiled
def score_intervals(
    lower: np.ndarray, upper: np.ndarray, left: np.ndarray, right: np.ndarray, seen: np.ndarray, rho: float
) -> PairScores:
    """Scores of two ordinal variables, 0 where `seen` is False."""
    n = len(seen)
    out = PairScores(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n))
    nodes = quadrature(rho)
    for i in range(n):
        if seen[i]:
            a, b, c, d = lower[i], upper[i], left[i], right[i]
            probability = max(_rectangle(a, b, c, d, nodes), PROBABILITY_FLOOR)
            out.rho[i] = _rectangle_slopes(a, b, c, d, rho)[0] / probability
            out.first_upper[i] = (quadrant_slope(b, d, rho) - quadrant_slope(b, c, rho)) / probability
            out.first_lower[i] = (quadrant_slope(a, c, rho) - quadrant_slope(a, d, rho)) / probability
            out.second_upper[i] = (quadrant_slope(d, b, rho) - quadrant_slope(d, a, rho)) / probability
            out.second_lower[i] = (quadrant_slope(c, a, rho) - quadrant_slope(c, b, rho)) / probability
    return out


@compiled
def correlate_polyserial(
    z: np.ndarray, lower: np.ndarray, upper: np.ndarray, weights: np.ndarray, start: float
) -> tuple[float, int]:
    """Correlation of z (n,), standardised, with the variable behind an ordinal one, and its status.

    Source: Olsson, Drasgow & Dorans (1982, Psychometrika 47), two-step.
    """
    rho, low, high = start, -Z_LIMIT, Z_LIMIT
    for _ in range(STEPS):
        gradient, hessian = 0.0, 0.0
        for i in range(len(weights)):
            if weights[i] > 0.0:
                score, bend, _, _ = _polyserial_scores(z[i], lower[i], upper[i], rho)
                gradient += weights[i] * score
                hessian += weights[i] * (bend - score * score)
        rho, low, high, last = next_correlation(rho, low, high, gradient, hessian)
        if last:
            return rho, AT_BOUND if abs(rho) > NEAR_BOUND else CONVERGED
    return rho, NOT_CONVERGED


@compiled
def score_polyserial(z: np.ndarray, lower: np.ndarray, upper: np.ndarray, seen: np.ndarray, rho: float) -> PairScores:
    """Scores of a continuous and an ordinal variable, 0 where `seen` is False."""
    n, root = len(seen), np.sqrt(1.0 - rho * rho)
    out = PairScores(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n))
    for i in range(n):
        if seen[i]:
            out.rho[i], _, above, below = _polyserial_scores(z[i], lower[i], upper[i], rho)
            out.first_upper[i] = -z[i] - rho * (above - below) / root
            out.second_upper[i] = above / root
            out.second_lower[i] = -below / root
    return out


def correlate_pearson(z: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    """Correlation of two standardised variables given their margins: the product moment where no row is missing.

    Else the root of the likelihood equation -r^3 + c r^2 + (1 - a - b) r + c = 0, where a, b, c are the mean squares
    and the mean product of z and y (n,) over the rows that have both.
    """
    n = weights.sum()
    a, b, c = weights @ (z * z) / n, weights @ (y * y) / n, weights @ (z * y) / n
    roots = np.roots([-1.0, c, 1.0 - a - b, c])
    real = np.clip(roots[np.abs(roots.imag) < 1e-8].real, -RHO_LIMIT, RHO_LIMIT)
    rest = 1.0 - real * real
    likelihood = -0.5 * np.log(rest) - 0.5 * (a - 2.0 * real * c + b) / rest
    return float(real[np.argmax(likelihood)])


def score_pearson(z: np.ndarray, y: np.ndarray, seen: np.ndarray, rho: float) -> PairScores:
    """Scores of two continuous variables, 0 where `seen` is False."""
    z, y = np.where(seen, z, 0.0), np.where(seen, y, 0.0)
    rest, none = 1.0 - rho * rho, np.zeros(len(z))
    score = (seen * rho + z * y) / rest - rho * (z * z - 2.0 * rho * z * y + y * y) / rest**2
    return PairScores(score, -(z - rho * y) / rest, none, -(y - rho * z) / rest, none)


@inner
def _rectangle(a: float, b: float, c: float, d: float, nodes: np.ndarray) -> float:
    independent = (normal_cdf(b) - normal_cdf(a)) * (normal_cdf(d) - normal_cdf(c))
    shift = dependence(b, d, nodes) - dependence(a, d, nodes) - dependence(b, c, nodes) + dependence(a, c, nodes)
    return independent + shift


@inner
def _rectangle_slopes(a: float, b: float, c: float, d: float, rho: float) -> tuple[float, float]:
    slope, bend = 0.0, 0.0
    for sign, h, k in ((1.0, b, d), (-1.0, a, d), (-1.0, b, c), (1.0, a, c)):
        height = sign * density(h, k, rho)
        if height != 0.0:
            slope += height
            bend += height * density_slope(h, k, rho)
    return slope, bend


@inner
def _polyserial_scores(z: float, lower: float, upper: float, rho: float) -> tuple[float, float, float, float]:
    """Score in rho, second derivative of the probability over it, and the densities at both bounds over it."""
    root = np.sqrt(1.0 - rho * rho)
    above, below = (upper - rho * z) / root, (lower - rho * z) / root
    # The nearer tail keeps its digits, so that the floor can be the smallest number there is.
    sign = -1.0 if above + below > 0.0 else 1.0
    probability = max(abs(normal_cdf(sign * above) - normal_cdf(sign * below)), SMALLEST)
    score, bend, heights = 0.0, 0.0, np.zeros(2)
    for side, (bound, point, height_sign) in enumerate(((upper, above, 1.0), (lower, below, -1.0))):
        if abs(bound) < np.inf:
            height = normal_pdf(point) / probability
            heights[side] = height
            slope = (rho * bound - z) / root**3
            score += height_sign * height * slope
            bend += (
                height_sign
                * height
                * (bound / root**3 + 3.0 * rho * (rho * bound - z) / root**5 - point * slope * slope)
            )
    return score, bend, heights[0], heights[1]
