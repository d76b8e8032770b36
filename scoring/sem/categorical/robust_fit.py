"""Robust fit of models of ordinal variables: what maximum likelihood would say of the variables behind the answers.

Savalei (2021, Multivariate Behavioral Research 56): the ML discrepancy between the polychoric correlations and those
implied by the least-squares estimates, X = N F_ML, has under the true model the expectation

    k = tr[(I - P)' V (I - P) Gamma],    P = Delta E Delta' W,

with the normal-theory weight V at the implied correlations. CFI, TLI and RMSEA are made of X - k, and the baseline's.

Where thresholds are equal across groups or fixed, sample and model can differ in means and variances too, and the
discrepancy is that of continuous variables with a mean structure. Its sample moments are those of the variables y*
behind the answers in the units of the model: where the model implies the thresholds sigma_c of a variable in a group
and the sample has s_c, y* has the standard deviation 1 / b and the mean -a / b, with s = a + b sigma by least squares
in the weights of the fit (b = 1 where one threshold only is fitted). What is left of the thresholds then, such as
distances between them that are not equal in truth, says nothing of means, variances and correlations, and neither do
the degrees of freedom it has: RMSEA and TLI divide by the others, `CorrelationFit.df`. So two groups with equal
thresholds and all else free have the robust indices of the same groups without any equality; with equal loadings or
intercepts too those of the models that one would fit to y* itself (`tests/simulations/robust_indices.py`). V and k are
those of means, variances and correlations, as linear in thresholds and correlations.

There is no such measure with continuous variables, covariates or a correlation matrix that is not positive definite.
Weights are one for each moment (DWLS, ULS).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.sem.categorical.data import GroupSample
from scoring.sem.categorical.inference import Weighted
from scoring.sem.categorical.problem import CategoricalProblem
from scoring.sem.compiled import compiled

TOLD_APART = 1e-7  # smallest singular value, relative to the largest, that counts


@dataclass(frozen=True, slots=True)
class CorrelationFit:
    """X and its expectation k under the model, and both of the model without correlations; df: see above.

    undefined: why there are none and all are NaN, "" where there are.
    """

    chisq: float
    expected: float
    df: int
    base_chisq: float
    base_expected: float
    undefined: str = ""


NONE = CorrelationFit(np.nan, np.nan, 0, np.nan, np.nan)  # where it is not asked for


def _none(why: str) -> CorrelationFit:
    return CorrelationFit(np.nan, np.nan, 0, np.nan, np.nan, why)


@dataclass(frozen=True, slots=True, eq=False)
class _Behind:
    """Means and standard deviations of y* of a group in the units of the model, and their slopes in the thresholds.

    mean, sd (p,).   of_mean, of_sd (p, k): at mean 0 and sd 1, in the k fitted thresholds.
    directions (k, 2 p): in which means and standard deviations move these.
    """

    mean: np.ndarray
    sd: np.ndarray
    of_mean: np.ndarray
    of_sd: np.ndarray
    directions: np.ndarray


def correlation_fit(
    values: np.ndarray, cov: np.ndarray, weighted: Weighted, problem: CategoricalProblem,
    samples: Sequence[GroupSample],
) -> CorrelationFit:  # fmt: skip
    """values (m,): the fitted moments as implied.   cov (m, m): covariance matrix of the sample's."""
    model, bounds = problem.model, problem.own_bounds
    if model.n_covariates or not model.ordinal.all():
        return _none("the model has covariates or continuous variables")
    pairs = problem.layout.pairs
    implied = [_matrix(values[end - len(pairs) : end], pairs) for end in bounds[1:]]
    observed = [sample.moments.covariances for sample in samples]
    if any(np.linalg.eigvalsh(one)[0] <= 0 for one in (*implied, *observed)):
        return _none("a matrix of correlations is not positive definite")
    behind = [_behind(values, g, problem) for g in range(len(samples))]
    if any((one.sd <= 0).any() for one in behind):
        return _none("the thresholds of a variable run against those of the model")
    chisq = base_chisq = expected = 0.0
    step = weighted.bread @ (weighted.slopes * weighted.weight[:, None]).T
    pulled = step @ cov
    inner = pulled @ step.T
    for g, (n, sigma, r, one) in enumerate(zip(problem.n, implied, observed, behind, strict=True)):
        base = -np.linalg.slogdet(r)[1]
        away = r * np.outer(one.sd, one.sd) + np.outer(one.mean, one.mean)
        trace = np.trace(np.linalg.solve(sigma, away)) - len(r)
        chisq += n * (np.linalg.slogdet(sigma)[1] + base - 2 * np.log(one.sd).sum() + trace)
        base_chisq += n * base
        own = slice(bounds[g], bounds[g + 1])
        slopes = weighted.slopes[own]
        value, weighed = _weigh(sigma, one, pairs, cov[own, own], slopes)
        expected += n * (value - 2 * (weighed * pulled[:, own].T).sum() + ((slopes.T @ weighed) * inner).sum())
    correlated = np.concatenate([np.arange(end - len(pairs), end) for end in bounds[1:]])
    base_expected = float(problem.per_moment(problem.n)[correlated] @ np.diag(cov)[correlated])
    df = _df(weighted, behind, problem)
    return CorrelationFit(float(chisq), float(expected), df, float(base_chisq), base_expected)


def _matrix(values: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    found = np.eye(int(pairs.max(initial=0)) + 1)
    i, j = pairs.T
    found[i, j] = found[j, i] = values
    return found


def _behind(values: np.ndarray, group: int, problem: CategoricalProblem) -> _Behind:
    model, start = problem.model, problem.own_bounds[group]
    variable = model.locations.variable[model.location_bounds[group] : model.location_bounds[group + 1]]
    p, k = model.n_observed, len(variable)
    found = _Behind(np.zeros(p), np.ones(p), np.zeros((p, k)), np.zeros((p, k)), np.zeros((k, 2 * p)))
    weight = problem.target.weight[start : start + k]
    sigma, s = values[start : start + k], problem.target.values[start : start + k]
    for j in np.unique(variable):
        own = np.flatnonzero(variable == j)
        found.directions[own, j] = 1.0
        design = np.ones((len(own), 1))
        if len(own) > 1:
            found.directions[own, p + j] = sigma[own]
            design = np.column_stack([design, sigma[own]])
        weighed = design * weight[own, None]
        slopes = np.linalg.solve(design.T @ weighed, weighed.T)
        a, *rest = slopes @ (s[own] - sigma[own])
        b = 1.0 + sum(rest)
        found.mean[j], found.sd[j] = -a / b, 1 / b
        found.of_mean[j, own] = -slopes[0]
        if len(own) > 1:
            found.of_sd[j, own] = -slopes[1]
    return found


def _weigh(
    sigma: np.ndarray, behind: _Behind, pairs: np.ndarray, cov: np.ndarray, slopes: np.ndarray
) -> tuple[float, np.ndarray]:
    """tr(V cov) and V slopes, with V (m, m): m' S^-1 m + tr[(S^-1 C)^2] / 2 of what a group's moments make of its means
    m and covariances S + C.

    sigma (p, p): the implied correlations S.   cov (m, m), slopes (m, r): of thresholds, then correlations.
    """
    inverse, (i, j) = np.linalg.inv(sigma), pairs.T
    k, r = behind.of_mean.shape[1], slopes.shape[1]
    # With C = e_i e_j' + e_j e_i' for a correlation V is S^-1 C S^-1, for its whole block the loop below.
    columns = np.zeros((r, len(sigma), len(sigma)))
    columns[:, i, j] = columns[:, j, i] = slopes[k:].T
    weighed = (inverse @ columns @ inverse)[:, i, j].T
    value = _weigh_correlations(inverse, cov[k:, k:])
    if not k:
        return value, weighed
    # A deviation d of y* from 1 moves C by d_i S_ij + S_ij d_j, so that V of d is S^-1 * S + I,
    own = behind.of_mean.T @ inverse @ behind.of_mean
    own += behind.of_sd.T @ (inverse * sigma + np.eye(len(sigma))) @ behind.of_sd
    # and of d and a correlation tr(S^-1 C S^-1 (D S + S D)) / 2 = (S^-1)_ij (d_i + d_j).
    crossed = inverse[i, j][:, None] * (behind.of_sd[i] + behind.of_sd[j])
    value += float((own * cov[:k, :k]).sum() + 2 * (crossed * cov[k:, :k]).sum())
    return value, np.vstack([own @ slopes[:k] + crossed.T @ slopes[k:], crossed @ slopes[:k] + weighed])


@compiled
def _weigh_correlations(inverse: np.ndarray, matrix: np.ndarray) -> float:
    """tr(V M) for M (m, m) over pairs, V_(ij)(kl) = s_ik s_jl + s_il s_jk with the elements of inverse (p, p)."""
    p, total, row = len(inverse), 0.0, 0
    for j in range(p):
        for i in range(j + 1, p):
            column = 0
            for b in range(p):
                for a in range(b + 1, p):
                    weight = inverse[i, a] * inverse[j, b] + inverse[i, b] * inverse[j, a]
                    total += weight * matrix[row, column]
                    column += 1
            row += 1
    return total


def _df(weighted: Weighted, behind: Sequence[_Behind], problem: CategoricalProblem) -> int:
    """Moments less parameters, without what the thresholds have beyond means and variances."""
    df = len(problem.target.values) - weighted.slopes.shape[1]
    places = [start + np.arange(len(one.directions)) for start, one in zip(problem.own_bounds, behind, strict=False)]
    located = np.concatenate(places)
    if not len(located):
        return df
    p = problem.model.n_observed
    moved = np.zeros((len(located), 2 * p * len(behind)))
    at = 0
    for g, one in enumerate(behind):
        moved[at : at + len(one.directions), 2 * p * g : 2 * p * (g + 1)] = one.directions
        at += len(one.directions)
    whole = np.hstack([weighted.slopes[located], moved])
    length = np.sqrt((whole**2).sum(axis=0))
    sizes = np.linalg.svd(whole[:, length > 0] / length[length > 0], compute_uv=False)
    return df - len(located) + int((sizes > TOLD_APART * sizes[0]).sum())
