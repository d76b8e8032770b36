"""First step: thresholds, slopes, means and variances of one variable at a time, and the scores of its rows."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from scoring.sem.curvature import rank_of
from scoring.sem.ordinal.data import OrdinalData, location_and_spread, told_apart
from scoring.sem.sample import DataError

# Newton on the concave log-likelihood of a probit: this small a step leaves an error of about its square.
SHORT_STEP = 1e-9
STEPS = 50
# Rounding in a log-likelihood, relative; and the share of a variance below which nothing is left.
ROUNDING = 1e-9
ROOT_2PI = np.sqrt(2.0 * np.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """Maximum-likelihood estimates of each variable's own distribution given x.

    thresholds (p, C-1): of y* = slopes x + e, e standard normal; padded with NaN.   shares (p, C): of the categories
    without x.   mean (p,): of a continuous variable where x is 0.   slopes (p, q).   variance (p,): divisor n, residual
    where there is x; 1 for an ordinal variable.
    """

    thresholds: np.ndarray
    shares: np.ndarray
    slopes: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """The interval of e in which each row's ordinal answer lies, (n,) each; where missing, the whole line."""

    lower: np.ndarray
    upper: np.ndarray


def fit_margins(data: OrdinalData) -> Margins:
    """Estimates of each variable from all rows that answered it (Muthen 1984, step 1)."""
    p, most = len(data.names), max(int(data.levels.max()), 1)
    margins = Margins(
        thresholds=np.full((p, most - 1), np.nan),
        shares=np.full((p, most), np.nan),
        slopes=np.zeros((p, data.x.shape[1])),
        mean=np.zeros(p),
        variance=np.ones(p),
    )
    for j, levels in enumerate(data.levels):
        if levels:
            counts = np.bincount(data.codes[j], data.weights, minlength=levels)[:levels]
            if not counts.all():
                category = data.categories[j][np.argmin(counts)]
                raise DataError(f"Nobody chose category {category:g} of {data.names[j]}; its thresholds are unknown.")
            margins.shares[j, :levels] = counts / counts.sum()
            margins.thresholds[j, : levels - 1] = ndtri(np.cumsum(counts)[:-1] / counts.sum())
            if data.x.shape[1]:
                _check_covariates(data, j)
                margins.thresholds[j, : levels - 1], margins.slopes[j] = _ordered_probit(
                    data, j, margins.thresholds[j, : levels - 1]
                )
        else:
            _check_covariates(data, j)
            margins.mean[j], margins.slopes[j], margins.variance[j] = _regression(data, j)
    return margins


def threshold_influence(margins: Margins, data: OrdinalData) -> np.ndarray:
    """Influence (p, C+1, C-1) of an answer in each category on the thresholds, without x; 0 for missing and padding.

    (1{y <= c} - P_c) / (phi(tau_c) n_j): the delta method on tau_c = inverse Phi(P_c).
    """
    p, most = margins.shares.shape
    influence = np.zeros((p, most + 1, most - 1))
    for j, levels in enumerate(data.levels):
        if levels:
            thresholds = margins.thresholds[j, : levels - 1]
            n = data.weights[data.codes[j] < levels].sum()
            below = np.arange(levels)[:, None] <= np.arange(levels - 1)
            influence[j, :levels, : levels - 1] = (below - ndtr(thresholds)) / (normal_pdf(thresholds) * n)
    return influence


def row_bounds(margins: Margins, data: OrdinalData, j: int) -> Bounds:
    """The bounds of ordinal variable j."""
    levels = data.levels[j]
    return _bounds(margins.thresholds[j, : levels - 1], data.x @ margins.slopes[j], data.codes[j], levels)


def standardised(margins: Margins, data: OrdinalData, j: int) -> np.ndarray:
    """Residuals (n,) of continuous variable j in its standard deviations, NaN where missing."""
    return (data.values[j] - margins.mean[j] - data.x @ margins.slopes[j]) / np.sqrt(margins.variance[j])


def row_influence(margins: Margins, data: OrdinalData, j: int) -> np.ndarray:
    """Influence (n, k) of each row on variable j's own k parameters, 0 where it is missing.

    Parameters: thresholds and slopes, or mean, slopes and variance. The scores over their outer product, as lavaan.
    Raises ValueError where that has no inverse.
    """
    centre, spread = location_and_spread(data.x[data.observed(j)])
    x = (data.x - centre) / spread
    if data.levels[j]:
        bounds = row_bounds(margins, data, j)
        inside = _probability(bounds)
        upper, lower = normal_pdf(bounds.upper) / inside, -normal_pdf(bounds.lower) / inside
        scores = by_parameter(replace(data, x=x), j, upper, lower)
    else:
        z = np.nan_to_num(standardised(margins, data, j))
        scores = np.column_stack([z, z[:, None] * x, np.isfinite(data.values[j]) * (z * z - 1.0) / 2.0])
    products = scores.T @ (scores * data.weights[:, None])
    length = np.sqrt(np.diag(products))
    if (length**2 <= ROUNDING * data.weights.sum()).any() or rank_of(products) < len(products):
        raise DataError(_unsure(data, j))
    influence = (scores / length) @ np.linalg.inv(products / np.outer(length, length)) / length
    own = _own_units(data, j, centre, spread)
    if not data.levels[j]:
        own[:-1] *= np.sqrt(margins.variance[j])
        own[-1] *= margins.variance[j]
    return influence @ own.T


def _unsure(data: OrdinalData, j: int) -> str:
    """Why there is no standard error of what describes variable j."""
    name, covariates = data.names[j], ", ".join(data.covariates)
    if data.levels[j]:
        return (
            f"So few rows do not tell how sure the probit regression of {name} on {covariates} is. Leave out "
            f"covariates or join categories of {name}."
        )
    values = data.values[j][data.observed(j)]
    if len(np.unique(values)) == 2:
        return (
            f"{name} has two values, each in half of the rows, so that its squares do not vary: its variance has no "
            "standard error and no weight. Name it in ordered=."
        )
    return (
        f"{len(values)} rows do not tell how sure mean and variance of {name}"
        + (f" and its regression on {covariates}" if covariates else "")
        + " are. More rows are needed, or fewer covariates."
    )


def _own_units(data: OrdinalData, j: int, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """What variable j's parameters are multiplied by where covariates were (x - centre) / spread, (k, k)."""
    levels, q = int(data.levels[j]), len(centre)
    located = levels - 1 if levels else 1
    found = np.eye(located + q + (not levels))
    slopes = slice(located, located + q)
    found[slopes, slopes] = np.diag(1 / spread)
    found[:located, slopes] = centre / spread if levels else -centre / spread
    return found


def _check_covariates(data: OrdinalData, j: int) -> None:
    if not told_apart(data.x[data.observed(j) & (data.weights > 0)]):
        raise DataError(
            f"Among the rows with an answer to {data.names[j]}, the covariates {', '.join(data.covariates)} are "
            "constant or a linear combination of each other. Leave some out."
        )


def by_parameter(data: OrdinalData, j: int, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Derivatives (n, k) in thresholds and slopes of ordinal variable j from those in its bounds, (n,) each."""
    levels, codes = data.levels[j], data.codes[j][:, None]
    steps = np.arange(levels - 1)
    thresholds = upper[:, None] * (codes == steps) + lower[:, None] * (codes == steps + 1)
    slopes = -((upper + lower) * (data.codes[j] < levels))[:, None] * data.x
    return np.column_stack([thresholds, slopes])


def normal_pdf(x: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * x * x) / ROOT_2PI


def _bounds(thresholds: np.ndarray, predicted: np.ndarray, codes: np.ndarray, levels: int) -> Bounds:
    upper = np.concatenate([thresholds, [np.inf, np.inf]])[codes] - predicted
    lower = np.concatenate([[-np.inf], thresholds, [-np.inf]])[codes] - predicted
    return Bounds(lower, upper)


def _probability(bounds: Bounds) -> np.ndarray:
    # The nearer tail keeps its digits.
    sign = np.where(bounds.lower > 0.0, -1.0, 1.0)
    return np.abs(ndtr(sign * bounds.upper) - ndtr(sign * bounds.lower)) * (bounds.upper > bounds.lower)


def _regression(data: OrdinalData, j: int) -> tuple[float, np.ndarray, float]:
    seen = np.isfinite(data.values[j])
    centre, spread = location_and_spread(data.x[seen])
    design = np.column_stack([np.ones(seen.sum()), (data.x[seen] - centre) / spread])
    y, w = data.values[j][seen], data.weights[seen]
    root = np.sqrt(w)
    coefficients, *_ = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)
    variance = float(w @ (y - design @ coefficients) ** 2 / w.sum())
    if variance <= ROUNDING * (w @ (y - w @ y / w.sum()) ** 2 / w.sum()):
        raise DataError(f"{data.names[j]} is a linear combination of {', '.join(data.covariates)}.")
    own = _own_units(data, j, centre, spread)[:-1, :-1] @ coefficients
    return own[0], own[1:], variance


def _ordered_probit(data: OrdinalData, j: int, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds and slopes by Newton with halved steps (McKelvey & Zavoina 1975, J. Math. Sociology 4)."""
    levels, codes, q = int(data.levels[j]), data.codes[j], data.x.shape[1]
    seen = (codes < levels) & (data.weights > 0)
    centre, spread = location_and_spread(data.x[seen])
    codes, x, w = codes[seen], (data.x[seen] - centre) / spread, data.weights[seen]
    steps = np.arange(levels - 1)
    upper_design = np.column_stack([codes[:, None] == steps, -x])
    lower_design = np.column_stack([codes[:, None] == steps + 1, -x])

    def inside(parameters: np.ndarray) -> tuple[Bounds, np.ndarray]:
        bounds = _bounds(parameters[: levels - 1], x @ parameters[levels - 1 :], codes, levels)
        return bounds, _probability(bounds)

    parameters = np.concatenate([start, np.zeros(q)])
    bounds, probability = inside(parameters)
    for _ in range(STEPS):
        up, low = normal_pdf(bounds.upper) / probability, normal_pdf(bounds.lower) / probability
        gradient = upper_design.T @ (w * up) - lower_design.T @ (w * low)
        bend_up = w * (-np.where(up > 0, bounds.upper, 0.0) * up - up * up)
        bend_low = w * (np.where(low > 0, bounds.lower, 0.0) * low - low * low)
        cross = upper_design.T @ ((w * up * low)[:, None] * lower_design)
        hessian = (
            upper_design.T @ (bend_up[:, None] * upper_design)
            + lower_design.T @ (bend_low[:, None] * lower_design)
            + cross
            + cross.T
        )
        if rank_of(hessian) < len(hessian):
            break
        step, before = np.linalg.solve(hessian, -gradient), w @ np.log(probability)
        for _ in range(STEPS):
            bounds, probability = inside(parameters + step)
            if (probability > 0).all() and w @ np.log(probability) >= before - ROUNDING * abs(before):
                break
            step = step / 2
        parameters = parameters + step
        if np.abs(step).max() < SHORT_STEP:
            parameters = _own_units(data, j, centre, spread) @ parameters
            return parameters[: levels - 1], parameters[levels - 1 :]
    raise DataError(
        f"The probit regression of {data.names[j]} on {', '.join(data.covariates)} has no finite estimates: "
        "the covariates separate its categories. Leave out the covariate that does, or join categories."
    )
