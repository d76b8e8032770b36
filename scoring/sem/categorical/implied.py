"""What a model of ordinal and mixed variables implies for their sample moments, and the slopes of that.

Behind an ordinal answer stands y* with the structure of `structure.py`; categories tell nothing of its mean and unit.
So whatever the parameterisation, a model speaks of the standardised

    (tau_ic - mu_i) D_i,    D_i (F E)_ix,    Sigma_ij D_i D_j,    D_i = Sigma_ii^(-1/2)  (1 where i is continuous),

thresholds, slopes on covariates x and correlations given x (Muthen 1984; Muthen & Asparouhov 2002). In the delta
parameterisation Sigma_ii = 1 / delta_i^2 with the scale factor delta_i, and the residual variances r follow: Sigma_ii
is linear in them, with the squares of total effects as coefficients. They stand behind the free parameters in an
extended vector.
"""

from typing import NamedTuple

import numpy as np

from scoring.sem.structure import DIRECTED, Entries, Moments, entries_of, jacobian, moments


class Locations(NamedTuple):
    """Thresholds that are fitted, and minus the means of continuous variables (a threshold of 0). All are (k,).

    variable: whose.   free: position of the parameter, -1 where it is fixed.   value: what it is fixed to.
    """

    variable: np.ndarray
    free: np.ndarray
    value: np.ndarray


class MomentModel(NamedTuple):
    """A model of the moments of all groups: p outcomes, then latent variables, then k covariates make v variables.

    at: entries of A, S and m; those of group g from bounds[g] on. Free positions run over n_free parameters; behind
    them p positions for residual variances that follow from the rest.   ordinal (p,): of the outcomes.
    locations: those of group g from location_bounds[g] on.   derived: whether residual variances follow (delta).
    scale_free, scale (groups, p): position and value of the scale factors delta.
    """

    at: Entries
    bounds: np.ndarray
    n_observed: int
    n_variables: int
    n_covariates: int
    n_free: int
    ordinal: np.ndarray
    locations: Locations
    location_bounds: np.ndarray
    derived: bool
    scale_free: np.ndarray
    scale: np.ndarray


class Slopes(NamedTuple):
    """moments (m, n_free): Jacobian of a group's moments.   residuals (p, n_free): of the residual variances that
    follow, 0 for others.
    """

    moments: np.ndarray
    residuals: np.ndarray


def _values(theta: np.ndarray, free: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    return np.where(free >= 0, np.append(theta, 0.0)[free], fixed)


def extend(theta: np.ndarray, model: MomentModel, group: int) -> np.ndarray:
    """theta (n_free,) with a group's residual variances behind it, (n_free + p,); those not derived are 0."""
    extended = np.append(theta, np.zeros(model.n_observed))
    if not model.derived:
        return extended
    implied = _implied(extended, model, group)
    inside = np.flatnonzero(model.ordinal)
    scale = _values(theta, model.scale_free[group], model.scale[group])[inside]
    missing = 1 / scale**2 - np.diag(implied.sigma)[inside]
    extended[model.n_free + inside] = np.linalg.solve(implied.total[np.ix_(inside, inside)] ** 2, missing)
    return extended


def _implied(extended: np.ndarray, model: MomentModel, group: int) -> Moments:
    at = entries_of(model.at, model.bounds[group], model.bounds[group + 1])
    return moments(extended, at, model.n_observed, model.n_variables)


def _scaling(implied: Moments, model: MomentModel) -> np.ndarray:
    """D, shape (p,)."""
    return np.where(model.ordinal, np.diag(implied.sigma), 1.0) ** -0.5


def group_moments(theta: np.ndarray, model: MomentModel, group: int) -> np.ndarray:
    """A group's moments (m,).

    Order: locations; slopes by covariate, then variable; variances of continuous variables; covariances column by
    column below the diagonal.
    """
    return _standardise(theta, _implied(extend(theta, model, group), model, group), model, group)


def _standardise(theta: np.ndarray, implied: Moments, model: MomentModel, group: int) -> np.ndarray:
    p, d = model.n_observed, _scaling(implied, model)
    own = slice(model.location_bounds[group], model.location_bounds[group + 1])
    variable, free, fixed = (part[own] for part in model.locations)
    j, i = np.triu_indices(p, 1)
    covariates = slice(model.n_variables - model.n_covariates, None)
    return np.concatenate([
        (_values(theta, free, fixed) - implied.mu[variable]) * d[variable],
        (implied.total[:p, covariates] * d[:, None]).T.ravel(),
        np.diag(implied.sigma)[~model.ordinal],
        implied.sigma[i, j] * d[i] * d[j],
    ])  # fmt: skip


def group_slopes(theta: np.ndarray, model: MomentModel, group: int) -> tuple[np.ndarray, Slopes]:
    """A group's moments (m,) and their slopes."""
    p, q = model.n_observed, model.n_free
    at = entries_of(model.at, model.bounds[group], model.bounds[group + 1])
    implied = moments(extend(theta, model, group), at, p, model.n_variables)
    of_sigma, of_mu = jacobian(at, implied, q + p)
    column, row = np.triu_indices(p)
    diagonal = np.flatnonzero(row == column)
    of_residual = _residual_slopes(theta, model, group, of_sigma[diagonal, :q], implied.total)
    of_sigma, of_mu = (part[:, :q] + part[:, q:] @ of_residual for part in (of_sigma, of_mu))
    d = _scaling(implied, model)
    of_d = np.where(model.ordinal, -0.5 * d**3, 0.0)[:, None] * of_sigma[diagonal]
    own = slice(model.location_bounds[group], model.location_bounds[group + 1])
    variable, free, fixed = (part[own] for part in model.locations)
    away = _values(theta, free, fixed) - implied.mu[variable]
    located = away[:, None] * of_d[variable] - d[variable, None] * of_mu[variable]
    inside = np.flatnonzero(free >= 0)
    located[inside, free[inside]] += d[variable[inside]]
    off = np.flatnonzero(row != column)
    i, j = row[off], column[off]
    value = implied.sigma[i, j]
    correlated = (d[i] * d[j])[:, None] * of_sigma[off]
    correlated += (value * d[j])[:, None] * of_d[i] + (value * d[i])[:, None] * of_d[j]
    parts = (located, _effect_slopes(at, implied, model, d, of_d), of_sigma[diagonal[~model.ordinal]], correlated)
    return _standardise(theta, implied, model, group), Slopes(np.concatenate(parts), of_residual)


def _residual_slopes(
    theta: np.ndarray, model: MomentModel, group: int, of_variance: np.ndarray, total: np.ndarray
) -> np.ndarray:
    """Slopes (p, n_free) of the residual variances that follow, from those of the variances at given residuals."""
    slopes = np.zeros((model.n_observed, model.n_free))
    if not model.derived:
        return slopes
    inside = np.flatnonzero(model.ordinal)
    free = model.scale_free[group, inside]
    wanted = -of_variance[inside]
    scaled = np.flatnonzero(free >= 0)
    wanted[scaled, free[scaled]] -= 2 / theta[free[scaled]] ** 3
    slopes[inside] = np.linalg.solve(total[np.ix_(inside, inside)] ** 2, wanted)
    return slopes


def _effect_slopes(at: Entries, implied: Moments, model: MomentModel, d: np.ndarray, of_d: np.ndarray) -> np.ndarray:
    """Slopes (k p, n_free) of the standardised total effects of the covariates."""
    p, total = model.n_observed, implied.total
    moving = np.flatnonzero((at.kind == DIRECTED) & (at.free >= 0) & (at.free < model.n_free))
    which = np.zeros((len(moving), model.n_free))
    which[np.arange(len(moving)), at.free[moving]] = 1.0
    parts = [np.empty((0, model.n_free))]
    for x in range(model.n_variables - model.n_covariates, model.n_variables):
        through = (total[:p, at.row[moving]] * total[at.col[moving], x]) @ which
        parts.append(total[:p, x, None] * of_d + d[:, None] * through)
    return np.concatenate(parts)
