"""The mode of a normal density times probit likelihoods, by Newton's steps, row by row."""

from math import erfc, exp, inf, log, pi, sqrt

import numpy as np

from scoring.sem.compiled import compiled, inner
from scoring.sem.structure import cholesky, cholesky_solve

STEPS = 100
HALVINGS = 40
SHORT = 1e-20  # squared length of a step in the metric of the curvature
FAR = 25.0  # standard deviations beyond which a tail is taken from its expansion: erfc ends at 38
ROUNDING = 1e-14  # of the logarithm, relative


def posterior_modes(
    lower: np.ndarray, upper: np.ndarray, loadings: np.ndarray, precision: np.ndarray, pattern: np.ndarray,
    linear: np.ndarray, root: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Modes u (n, r) of -u'Qu/2 + b'u + sum_i log[Phi(upper_i - l_i u) - Phi(lower_i - l_i u)], and errors of root u.

    lower, upper (n, p): infinite both where an answer is missing.   loadings (p, r): l.   precision (patterns, r, r):
    positive definite Q.   pattern (n,): whose.   linear (n, r): b.   root (latent, r). The errors (n, latent) are the
    roots of diag(root H^-1 root') with H minus the Hessian at the mode. The function is strictly concave, so that
    Newton's steps, halved where they overshoot, end at its one mode.
    """
    n, r = linear.shape
    modes, errors = np.zeros((n, r)), np.zeros((n, len(root)))
    _search(
        lower, upper, np.ascontiguousarray(loadings), precision, pattern, linear, np.ascontiguousarray(root), modes,
        errors,
    )  # fmt: skip
    return modes, errors


@inner
def _interval(a: float, b: float) -> tuple[float, float, float]:
    """log P(a < z < b), and the slope and minus the bend of log P(a < z + t < b) in t at 0."""
    if a == -inf and b == inf:
        return 0.0, 0.0, 0.0
    sign = 1.0
    if a + b < 0.0:  # the upper tail keeps its digits
        a, b, sign = -b, -a, -1.0
    if a > FAR:
        slope = a + 1.0 / a - 2.0 / a**3
        part = 1.0 - 1.0 / a**2 + 3.0 / a**4
        return -0.5 * a * a - log(a * sqrt(2.0 * pi)) + log(part), sign * slope, slope * (slope - a)
    inside = 0.5 * (erfc(a / sqrt(2.0)) - erfc(b / sqrt(2.0)))
    low, high = 0.0, 0.0
    bend = 0.0
    if a != -inf:
        low = exp(-0.5 * a * a) / (sqrt(2.0 * pi) * inside)
        bend -= a * low
    if b != inf:
        high = exp(-0.5 * b * b) / (sqrt(2.0 * pi) * inside)
        bend += b * high
    slope = low - high
    return log(inside), sign * slope, bend + slope * slope


@inner
def _look(
    u: np.ndarray, row: int, lower: np.ndarray, upper: np.ndarray, loadings: np.ndarray, precision: np.ndarray,
    linear: np.ndarray, slope: np.ndarray, bend: np.ndarray,
) -> float:  # fmt: skip
    """The logarithm of a row's density at u, but for a constant; fills its slope (r,) and minus its Hessian (r, r)."""
    r, value = len(u), 0.0
    for j in range(r):
        slope[j] = linear[row, j]
        for k in range(r):
            slope[j] -= precision[j, k] * u[k]
            bend[j, k] = precision[j, k]
        value += 0.5 * u[j] * (linear[row, j] + slope[j])
    for i in range(lower.shape[1]):
        predicted = 0.0
        for j in range(r):
            predicted += loadings[i, j] * u[j]
        part, first, second = _interval(lower[row, i] - predicted, upper[row, i] - predicted)
        value += part
        for j in range(r):
            slope[j] += first * loadings[i, j]
            for k in range(r):
                bend[j, k] += second * loadings[i, j] * loadings[i, k]
    return value


@compiled
def _search(
    lower: np.ndarray, upper: np.ndarray, loadings: np.ndarray, precision: np.ndarray, pattern: np.ndarray,
    linear: np.ndarray, root: np.ndarray, modes: np.ndarray, errors: np.ndarray,
) -> None:  # fmt: skip
    """Fill modes (n, r) and errors (n, latent)."""
    r = modes.shape[1]
    slope, bend, moved = np.empty(r), np.empty((r, r)), np.empty(r)
    for row in range(len(modes)):
        u, q = modes[row], precision[pattern[row]]
        height = _look(u, row, lower, upper, loadings, q, linear, slope, bend)
        for _ in range(STEPS):
            factor, _positive = cholesky(bend)
            step = cholesky_solve(factor, slope)
            squared, size, found = 0.0, 1.0, height
            for j in range(r):
                squared += step[j] * slope[j]
            for _halving in range(HALVINGS):
                for j in range(r):
                    moved[j] = u[j] + size * step[j]
                found = _look(moved, row, lower, upper, loadings, q, linear, slope, bend)
                if found >= height - ROUNDING * abs(height):
                    break
                size *= 0.5
            height = found
            for j in range(r):
                u[j] = moved[j]
            if squared < SHORT:
                break
        factor, _positive = cholesky(bend)
        for latent in range(len(root)):
            solved = cholesky_solve(factor, root[latent])
            variance = 0.0
            for j in range(r):
                variance += solved[j] * root[latent, j]
            errors[row, latent] = sqrt(variance)
