"""From the estimates of a sample to those of a resample."""

from typing import NamedTuple

import numpy as np

from scoring.sem.bootstrap.refits import Outcome
from scoring.sem.compiled import compiled, inner
from scoring.sem.curvature import rank_of
from scoring.sem.fitting import STATIONARY
from scoring.sem.likelihood import EXPECTED, OBSERVED, SLOPE, Problem, derivatives, gradient, hessian
from scoring.sem.problem import Restriction
from scoring.sem.search import MAX_STEPS, TOLERANCE
from scoring.sem.solve import SUFFICIENT, Stop, minimise
from scoring.sem.status import standardised_gradient
from scoring.sem.structure import Entries, cholesky, cholesky_solve, multiply, transposed

EVALUATIONS = 60  # of the discrepancy
SHORTEST = 1e-6  # of a step's length
ARRIVED = 1e-9  # decrement of a last step; the next one's would be about its square
THIN = 1e-6  # pivot of the scaled curvature below which the rank is looked at closely


class Resamples(NamedTuple):
    """What K resamples change in a `Problem`; with missing values its patterns change too.

    cov (K, groups, p, p), mean (K, groups, p), share (K, groups).   value (K, entries): what entries are fixed to.
    """

    cov: np.ndarray
    mean: np.ndarray
    share: np.ndarray
    value: np.ndarray


class Within(NamedTuple):
    """theta = basis x + shift (`problem.Restriction`); all_free: x is theta."""

    basis: np.ndarray
    shift: np.ndarray
    all_free: bool


@inner
def resampled(problem: Problem, own: Resamples, number: int) -> Problem:
    """The problem of one of the resamples; log_det is left, as it does not move the minimum."""
    at = problem.at
    fixed = Entries(at.kind, at.row, at.col, at.free, own.value[number], at.left, at.right, at.weight)
    return Problem(
        fixed, problem.bounds, problem.n_observed, problem.n_variables, own.cov[number], own.mean[number],
        problem.log_det, own.share[number], problem.patterns,
    )  # fmt: skip


@inner
def newton(start: np.ndarray, chord: np.ndarray, within: Within, problem: Problem) -> tuple[np.ndarray, bool]:
    """x (r,) from start (r,), and whether it is surely a minimum.

    chord (r, r): Cholesky factor of the whole sample's curvature at its estimates, where the search starts; there the
    resample's own is a worse guide, and often not positive definite.
    """
    x, value, factor, order = start, np.inf, chord, SLOPE
    step, size, decrement = np.zeros(len(start)), 1.0, 0.0
    # One place that asks for derivatives, as each would be compiled on its own.
    for _ in range(EVALUATIONS):
        trial = np.empty(len(x))
        for j in range(len(x)):
            trial[j] = x[j] - size * step[j]
        found, slope, curvature = derivatives(_theta(trial, within), problem, order)
        if order != EXPECTED and not found <= value - SUFFICIENT * size * decrement:
            size /= 2
            if size < SHORTEST:
                break
            continue
        x, value = trial, found
        if order != SLOPE:
            factor, sure = _factor(curvature, within)
            if not sure and order == EXPECTED:
                break
            if not sure:
                order, size = EXPECTED, 0.0  # at the same place
                continue
        descent = _reduced(slope, within)
        step, order, size, decrement = cholesky_solve(factor, descent), OBSERVED, 1.0, 0.0
        for j in range(len(x)):
            decrement += descent[j] * step[j]
        if decrement < ARRIVED:  # a slope of exactly zero is one where Sigma is not positive definite
            for j in range(len(x)):
                trial[j] -= step[j]
            return trial, decrement > 0
    return x, False


@inner
def _theta(x: np.ndarray, within: Within) -> np.ndarray:
    theta = within.shift.copy()
    if within.all_free:
        for i in range(len(theta)):
            theta[i] += x[i]
        return theta
    for i in range(len(theta)):
        for j in range(len(x)):
            theta[i] += within.basis[i, j] * x[j]
    return theta


@inner
def _reduced(slope: np.ndarray, within: Within) -> np.ndarray:
    """The slope (r,) in x from that in theta (q,)."""
    if within.all_free:
        return slope
    found = np.zeros(within.basis.shape[1])
    for j in range(len(found)):
        for i in range(len(slope)):
            found[j] += within.basis[i, j] * slope[i]
    return found


@inner
def _factor(curvature: np.ndarray, within: Within) -> tuple[np.ndarray, bool]:
    """Cholesky factor (r, r) of the curvature in x, and whether no parameter is nearly determined by others."""
    reduced = curvature
    if not within.all_free:
        reduced = multiply(transposed(within.basis), multiply(curvature, within.basis))
    factor, sure = cholesky(reduced)
    for j in range(len(factor)):
        sure = sure and factor[j, j] * factor[j, j] > THIN * reduced[j, j]
    return factor, sure


@compiled
def newton_each(
    start: np.ndarray, chord: np.ndarray, within: Within, problem: Problem, own: Resamples, sound: np.ndarray,
    x: np.ndarray, found: np.ndarray,
) -> None:  # fmt: skip
    """Fill x (K, r) and found (K,) for the resamples that are sound (K,)."""
    for number in range(len(sound)):
        if sound[number]:
            ended, found[number] = newton(start, chord, within, resampled(problem, own, number))
            for j in range(len(ended)):  # element by element, as assigning a row takes seconds to compile
                x[number, j] = ended[j]


def search(starts: tuple[np.ndarray, ...], problem: Problem, held: Restriction) -> tuple[np.ndarray, Outcome]:
    """x (r,) and what came of it, with all care: from one start after the other as long as no minimum is found."""
    x, outcome = starts[0], Outcome.NO_START
    for start in starts:
        x, _, _, stop = minimise(start, held.basis, held.shift, problem, MAX_STEPS, TOLERANCE)
        outcome = _judge(x, Stop(stop), problem, held)
        if outcome == Outcome.PROPER:
            break
    return x, outcome


def _judge(x: np.ndarray, stop: Stop, problem: Problem, held: Restriction) -> Outcome:
    if stop == Stop.NO_START:
        return Outcome.NO_START
    theta = held.basis @ x + held.shift
    curved = held.basis.T @ hessian(theta, problem) @ held.basis / 2
    slope = standardised_gradient(held.basis.T @ gradient(theta, problem), curved)
    if stop != Stop.CONVERGED and not slope <= STATIONARY:
        return Outcome.NOT_CONVERGED
    return Outcome.PROPER if rank_of(curved) == len(curved) else Outcome.NOT_IDENTIFIED
