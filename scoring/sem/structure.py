"""A group's model as numbers: where each parameter stands, the moments it implies, and the directions it moves them in.

Every model is written with three arrays over its variables, the observed first, then the latent (McArdle & McDonald
1984): A, directed effects (A[i, j] is the effect of j on i); S, (residual) variances and covariances; m, intercepts.
With E = (I - A)^-1 and F keeping the observed rows,

    Sigma = F E S E' F',    mu = F E m.

A free entry moves Sigma in the direction w (a b' + b a'), where a and b are columns of Z = [F E, F E S E'], so that
gradients, information and Hessian of any discrepancy come from a few products with Z (`Entries`).
"""

from typing import NamedTuple

import numpy as np

from scoring.sem.compiled import compiled

DIRECTED, SYMMETRIC, INTERCEPT = 0, 1, 2
ROUNDING = 1e-14  # a pivot this small beside its diagonal may be zero


class Entries(NamedTuple):
    """The non-zero entries of A, S and m of one group. All arrays are (entries,).

    kind: which of the three.   row, col: its place (col is 0 for intercepts; of a covariance one of the two places).
    free: position of its parameter, -1 where it is fixed.   value: what it is fixed to.
    left, right: columns a and b of Z; for intercepts left only.   weight: w, 1/2 for a variance.
    """

    kind: np.ndarray
    row: np.ndarray
    col: np.ndarray
    free: np.ndarray
    value: np.ndarray
    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray


class Moments(NamedTuple):
    """What a model implies at one parameter vector: p observed of v variables.

    sigma (p, p), mu (p,): moments of the observed.   total (v, v): E, total effects.   covariance (v, v), mean (v,):
    moments of all variables.   z (p, 2 v): the directions.
    """

    sigma: np.ndarray
    mu: np.ndarray
    total: np.ndarray
    covariance: np.ndarray
    mean: np.ndarray
    z: np.ndarray


def entries(
    kind: np.ndarray, row: np.ndarray, col: np.ndarray, free: np.ndarray, value: np.ndarray, n_variables: int
) -> Entries:
    """Entries with their directions worked out."""
    directed, variance = kind == DIRECTED, (kind == SYMMETRIC) & (row == col)
    return Entries(
        kind.astype(np.int64),
        row.astype(np.int64),
        col.astype(np.int64),
        free.astype(np.int64),
        value.astype(float),
        row.astype(np.int64),
        np.where(directed, n_variables + col, col).astype(np.int64),
        np.where(variance, 0.5, 1.0),
    )


@compiled
def moments(theta: np.ndarray, at: Entries, n_observed: int, n_variables: int) -> Moments:
    """The moments implied by theta (q,)."""
    directed = np.zeros((n_variables, n_variables))
    symmetric = np.zeros((n_variables, n_variables))
    intercept = np.zeros(n_variables)
    for e in range(len(at.kind)):
        value = theta[at.free[e]] if at.free[e] >= 0 else at.value[e]
        if at.kind[e] == DIRECTED:
            directed[at.row[e], at.col[e]] = value
        elif at.kind[e] == SYMMETRIC:
            symmetric[at.row[e], at.col[e]] = value
            symmetric[at.col[e], at.row[e]] = value
        else:
            intercept[at.row[e]] = value
    total = np.linalg.inv(np.eye(n_variables) - directed)
    covariance = total @ symmetric @ total.T
    mean = total @ intercept
    z = np.empty((n_observed, 2 * n_variables))
    z[:, :n_variables] = total[:n_observed]
    z[:, n_variables:] = covariance[:n_observed]
    sigma = covariance[:n_observed, :n_observed].copy()
    return Moments(sigma, mean[:n_observed].copy(), total, covariance, mean, z)


@compiled
def cholesky(matrix: np.ndarray) -> tuple[np.ndarray, bool]:
    """Lower Cholesky factor, and whether the matrix is positive definite (the factor is of no use where it is not)."""
    n = len(matrix)
    factor = np.zeros((n, n))
    for j in range(n):
        pivot = matrix[j, j]
        for k in range(j):
            pivot -= factor[j, k] ** 2
        if not pivot > ROUNDING * matrix[j, j]:
            return factor, False
        factor[j, j] = np.sqrt(pivot)
        for i in range(j + 1, n):
            value = matrix[i, j]
            for k in range(j):
                value -= factor[i, k] * factor[j, k]
            factor[i, j] = value / factor[j, j]
    return factor, True


@compiled
def cholesky_solve(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The solution x (n,) of L L' x = right, with L as `cholesky` gives it."""
    n = len(right)
    x = right.copy()
    for i in range(n):
        for k in range(i):
            x[i] -= factor[i, k] * x[k]
        x[i] /= factor[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            x[i] -= factor[k, i] * x[k]
        x[i] /= factor[i, i]
    return x


@compiled
def entries_of(at: Entries, first: int, last: int) -> Entries:
    """Entries first to last - 1."""
    return Entries(
        at.kind[first:last],
        at.row[first:last],
        at.col[first:last],
        at.free[first:last],
        at.value[first:last],
        at.left[first:last],
        at.right[first:last],
        at.weight[first:last],
    )


@compiled
def mean_directions(at: Entries, implied: Moments) -> np.ndarray:
    """Direction in which each entry moves mu. Shape (entries, p)."""
    directions = np.zeros((len(at.kind), len(implied.mu)))
    for e in range(len(at.kind)):
        if at.kind[e] == INTERCEPT:
            directions[e] = implied.z[:, at.row[e]]
        elif at.kind[e] == DIRECTED:
            directions[e] = implied.z[:, at.row[e]] * implied.mean[at.col[e]]
    return directions


@compiled
def jacobian(at: Entries, implied: Moments, n_free: int) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of vech(Sigma), its lower triangle column by column, and of mu. Shapes (p(p+1)/2, q) and (p, q)."""
    p = len(implied.mu)
    of_sigma, of_mu = np.zeros((p * (p + 1) // 2, n_free)), np.zeros((p, n_free))
    directions = mean_directions(at, implied)
    for e in range(len(at.kind)):
        k = at.free[e]
        if k < 0:
            continue
        of_mu[:, k] += directions[e]
        if at.kind[e] == INTERCEPT:
            continue
        a, b = at.left[e], at.right[e]
        place = 0
        for j in range(p):
            for i in range(j, p):
                product = implied.z[i, a] * implied.z[j, b] + implied.z[j, a] * implied.z[i, b]
                of_sigma[place, k] += at.weight[e] * product
                place += 1
    return of_sigma, of_mu
