"""First step: thresholds, slopes, means and variances of one variable at a time, and the scores of its rows."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from scoring.sem.ordinal.data import OrdinalData

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
                raise ValueError(f"Nobody chose category {category:g} of {data.names[j]}; its thresholds are unknown.")
            margins.shares[j, :levels] = counts / counts.sum()
            margins.thresholds[j, : levels - 1] = ndtri(np.cumsum(counts)[:-1] / counts.sum())
            if data.x.shape[1]:
                margins.thresholds[j, : levels - 1], margins.slopes[j] = _ordered_probit(
                    data, j, margins.thresholds[j, : levels - 1]
                )
        else:
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
    """
    if data.levels[j]:
        bounds = row_bounds(margins, data, j)
        inside = _probability(bounds)
        scores = by_parameter(data, j, normal_pdf(bounds.upper) / inside, -normal_pdf(bounds.lower) / inside)
    else:
        z = np.nan_to_num(standardised(margins, data, j))
        sd = np.sqrt(margins.variance[j])
        seen = np.isfinite(data.values[j])
        scores = np.column_stack([z / sd, z[:, None] * data.x / sd, seen * (z * z - 1.0) / (2.0 * margins.variance[j])])
    return scores @ np.linalg.inv(scores.T @ (scores * data.weights[:, None]))


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
    design, y, w = np.column_stack([np.ones(seen.sum()), data.x[seen]]), data.values[j][seen], data.weights[seen]
    root = np.sqrt(w)
    coefficients, *_ = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)
    variance = float(w @ (y - design @ coefficients) ** 2 / w.sum())
    if variance <= ROUNDING * (w @ (y - w @ y / w.sum()) ** 2 / w.sum()):
        raise ValueError(f"{data.names[j]} is a linear combination of {', '.join(data.covariates)}.")
    return coefficients[0], coefficients[1:], variance


def _ordered_probit(data: OrdinalData, j: int, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds and slopes by Newton with halved steps (McKelvey & Zavoina 1975, J. Math. Sociology 4)."""
    levels, codes, q = int(data.levels[j]), data.codes[j], data.x.shape[1]
    seen = (codes < levels) & (data.weights > 0)
    codes, x, w = codes[seen], data.x[seen], data.weights[seen]
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
        if np.linalg.cond(hessian) * np.finfo(float).eps > 1.0:
            break
        step, before = np.linalg.solve(hessian, -gradient), w @ np.log(probability)
        for _ in range(STEPS):
            bounds, probability = inside(parameters + step)
            if (probability > 0).all() and w @ np.log(probability) >= before - ROUNDING * abs(before):
                break
            step = step / 2
        parameters = parameters + step
        if np.abs(step).max() < SHORT_STEP:
            return parameters[: levels - 1], parameters[levels - 1 :]
    raise ValueError(
        f"The probit regression of {data.names[j]} on {', '.join(data.covariates)} has no finite estimates: "
        "the covariates separate its categories."
    )
