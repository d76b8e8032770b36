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

from scoring.sem.compiled import compiled, inner

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
    """The moments implied by theta (q,); NaN where I - A has no inverse."""
    # Plain loops, here and below: each array expression takes a part of a second to compile, in every caller anew.
    p, v = n_observed, n_variables
    directed, symmetric, intercept = np.zeros((v, v)), np.zeros((v, v)), np.zeros(v)
    for e in range(len(at.kind)):
        value = theta[at.free[e]] if at.free[e] >= 0 else at.value[e]
        if at.kind[e] == DIRECTED:
            directed[at.row[e], at.col[e]] = value
        elif at.kind[e] == SYMMETRIC:
            symmetric[at.row[e], at.col[e]] = value
            symmetric[at.col[e], at.row[e]] = value
        else:
            intercept[at.row[e]] = value
    total = total_effects(directed)
    covariance = multiply(multiply(total, symmetric), transposed(total))
    mean, mu = np.zeros(v), np.empty(p)
    sigma, z = np.empty((p, p)), np.empty((p, 2 * v))
    for i in range(v):
        for j in range(v):
            mean[i] += total[i, j] * intercept[j]
    for i in range(p):
        mu[i] = mean[i]
        for j in range(v):
            z[i, j], z[i, v + j] = total[i, j], covariance[i, j]
        for j in range(p):
            sigma[i, j] = covariance[i, j]
    return Moments(sigma, mu, total, covariance, mean, z)


@inner
def total_effects(directed: np.ndarray) -> np.ndarray:
    """(I - A)^-1 by elimination with pivots; most columns of A are zero and cost nothing."""
    n = len(directed)
    rest, total = np.zeros((n, n)), np.zeros((n, n))
    for i in range(n):
        total[i, i] = 1.0
        for j in range(n):
            rest[i, j] = total[i, j] - directed[i, j]
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(rest[i, k]) > abs(rest[best, k]):
                best = i
        pivot = rest[best, k]
        for j in range(n):
            rest[best, j], rest[k, j] = rest[k, j], rest[best, j] / pivot
            total[best, j], total[k, j] = total[k, j], total[best, j] / pivot
        for i in range(n):
            factor = rest[i, k]
            if i != k and factor != 0.0:
                for j in range(n):
                    rest[i, j] -= factor * rest[k, j]
                    total[i, j] -= factor * total[k, j]
    return total


@inner
def multiply(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """left (m, k) times right (k, n); zeros of left cost nothing, and the matrices of models are full of them."""
    product = np.zeros((left.shape[0], right.shape[1]))
    for i in range(left.shape[0]):
        for k in range(left.shape[1]):
            factor = left[i, k]
            if factor != 0.0:
                for j in range(right.shape[1]):
                    product[i, j] += factor * right[k, j]
    return product


@inner
def transposed(matrix: np.ndarray) -> np.ndarray:
    """The transpose, by rows in memory as compiled code expects every matrix."""
    turned = np.empty((matrix.shape[1], matrix.shape[0]))
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[1]):
            turned[j, i] = matrix[i, j]
    return turned


@inner
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


@inner
def cholesky_solve(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The solution x (n,) of L L' x = right, with L as `cholesky` gives it."""
    n = len(right)
    x = np.empty(n)
    for i in range(n):
        x[i] = right[i]
        for k in range(i):
            x[i] -= factor[i, k] * x[k]
        x[i] /= factor[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            x[i] -= factor[k, i] * x[k]
        x[i] /= factor[i, i]
    return x


@inner
def cholesky_inverse(factor: np.ndarray) -> np.ndarray:
    """(L L')^-1 (n, n), with L as `cholesky` gives it."""
    n = len(factor)
    root, inverse = np.zeros((n, n)), np.zeros((n, n))  # root: L^-1
    for i in range(n):
        root[i, i] = 1.0
        for k in range(i):
            for j in range(k + 1):
                root[i, j] -= factor[i, k] * root[k, j]
        for j in range(i + 1):
            root[i, j] /= factor[i, i]
    for k in range(n):
        for i in range(k + 1):
            for j in range(i + 1):
                inverse[i, j] += root[k, i] * root[k, j]
    for i in range(n):
        for j in range(i):
            inverse[j, i] = inverse[i, j]
    return inverse


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
        if at.kind[e] != SYMMETRIC:
            times = implied.mean[at.col[e]] if at.kind[e] == DIRECTED else 1.0
            for i in range(len(implied.mu)):
                directions[e, i] = implied.z[i, at.row[e]] * times
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
        for i in range(p):
            of_mu[i, k] += directions[e, i]
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
