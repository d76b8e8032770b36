"""From the least-squares estimates of a sample to those of a resample.

Gauss and Newton's steps leave out second derivatives of the moments, and misfit makes them slow. A resample's misfit is
nearly the sample's, so that what they leave out is taken from there once for all resamples.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky

from scoring.sem.categorical.implied import MomentModel
from scoring.sem.categorical.least_squares import all_slopes
from scoring.sem.least_squares.search import Target
from scoring.sem.problem import Restriction

STEPS = 30
ARRIVED = 1e-12  # squared length of a last step per case: below 1e-4 standard errors in samples up to 10,000
THIN = 1e-3  # pivot of the scaled curvature below which the search is left to one with more care
DIFFERENCE = 1e-4  # between two slopes, in lengths of the metric


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The sample's minimum. x (r,), values (m,) and slopes (m, r): of the moments.   rest (r, r): what the products of
    slopes leave out of half the discrepancy's second derivatives.
    """

    x: np.ndarray
    values: np.ndarray
    slopes: np.ndarray
    rest: np.ndarray


def place_at(x: np.ndarray, model: MomentModel, target: Target, held: Restriction) -> Place:
    """At the minimum x (r,) of the sample itself; second derivatives by differences of slopes."""
    values, slopes = _moments(x, model, held)
    products = slopes.T @ (slopes * target.weight[:, None])
    length = np.sqrt(np.diag(products))
    steps = DIFFERENCE / np.where(length > 0, length, 1.0)
    curvature = np.empty_like(products)
    for k, step in enumerate(steps):
        move = step * (np.arange(len(x)) == k)
        ends = (_descent(x + sign * move, model, target, held) for sign in (1, -1))
        ahead, behind = ends
        curvature[k] = (behind - ahead) / (2 * step)
    return Place(x, values, slopes, (curvature + curvature.T) / 2 - products)


def follow(place: Place, model: MomentModel, target: Target, held: Restriction) -> tuple[np.ndarray, bool]:
    """x (r,) for another target, and whether it is surely its minimum."""
    x, last = place.x, np.inf
    values, slopes = place.values, place.slopes
    for _ in range(STEPS):
        weighted = slopes * target.weight[:, None]
        products = slopes.T @ weighted + place.rest
        length = np.sqrt(np.abs(np.diag(products)))
        try:
            factor = cholesky(products / np.outer(length, length), lower=True)
        except (LinAlgError, ValueError):  # not positive definite, or not finite
            break
        step = cho_solve((factor, True), weighted.T @ (target.values - values) / length) / length
        decrement = float(((factor.T @ (step * length)) ** 2).sum())
        if not decrement < last or np.diag(factor).min(initial=1.0) < THIN:
            break
        x, last = x + step, decrement
        if decrement < ARRIVED:
            return x, True
        try:
            values, slopes = _moments(x, model, held)
        except LinAlgError:
            break
    return x, False


def _moments(x: np.ndarray, model: MomentModel, held: Restriction) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(all="ignore"):
        values, jacobian = all_slopes(held.basis @ x + held.shift, model)
    return values, jacobian @ held.basis


def _descent(x: np.ndarray, model: MomentModel, target: Target, held: Restriction) -> np.ndarray:
    values, slopes = _moments(x, model, held)
    return np.asarray(slopes.T @ (target.weight * (target.values - values)))
