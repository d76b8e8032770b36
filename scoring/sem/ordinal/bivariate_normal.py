"""The bivariate normal distribution: probabilities of quadrants and of the cells that thresholds cut."""

from math import asin, cos, erfc, exp, inf, isnan, pi, sin, sqrt

import numpy as np

from scoring.sem.compiled import compiled, inner

# Gauss-Legendre nodes that leave errors near 1e-16 on 0 .. asin(rho) up to these |rho| (Genz 2004, section 2.4).
RHO_SHORT, RHO_MIDDLE, RHO_ONE_PANEL = 0.3, 0.75, 0.925
SHORT, SHORT_WEIGHTS = np.polynomial.legendre.leggauss(6)
MIDDLE, MIDDLE_WEIGHTS = np.polynomial.legendre.leggauss(12)
LONG, LONG_WEIGHTS = np.polynomial.legendre.leggauss(20)


def bivariate_normal_cdf(h: np.ndarray | float, k: np.ndarray | float, rho: np.ndarray | float) -> np.ndarray:
    """P(X <= h, Y <= k) of standard normal X and Y with correlation rho; error below 1e-14.

    h, k, rho broadcast; infinite bounds are allowed, |rho| > 1 and NaN give NaN.   Source: the identity of
    Plackett (1954, Biometrika 41, eq. 3), integrated over asin(rho) as Drezner & Wesolowsky (1990) and Genz (2004,
    Statistics and Computing 14, eq. 3), here over panels that halve the distance to |rho| = 1.
    """
    h, k, rho = np.broadcast_arrays(*(np.asarray(part, dtype=np.float64) for part in (h, k, rho)))
    out = np.empty(h.size)
    _fill_cdf(np.ravel(h), np.ravel(k), np.ravel(rho), out)
    return out.reshape(h.shape)


@inner
def normal_cdf(x: float) -> float:
    return 0.5 * erfc(-x / sqrt(2.0))


@inner
def normal_pdf(x: float) -> float:
    return exp(-0.5 * x * x) / sqrt(2.0 * pi)


@inner
def quadrature(rho: float) -> np.ndarray:
    """Nodes (nodes, 3) of Plackett's integral for |rho| < 1.

    Their columns a = sin / cos^2, b = 1 / (2 cos^2) and c = weight / 2 pi give P(X <= h, Y <= k) as
    Phi(h) Phi(k) + sum of c exp(a h k - b (h^2 + k^2)).
    """
    nodes, weights = LONG, LONG_WEIGHTS
    if abs(rho) <= RHO_SHORT:
        nodes, weights = SHORT, SHORT_WEIGHTS
    elif abs(rho) <= RHO_MIDDLE:
        nodes, weights = MIDDLE, MIDDLE_WEIGHTS
    end, sign = asin(abs(rho)), -1.0 if rho < 0.0 else 1.0
    first_end, panels = end, 1
    if abs(rho) > RHO_ONE_PANEL:
        first_end, panels = pi / 4, 2
        while 0.5 * pi * (1.0 - 0.5**panels) < end:
            panels += 1
    out = np.empty((panels * len(nodes), 3))
    left, right = 0.0, first_end
    for panel in range(panels):
        half = 0.5 * (right - left)
        for node in range(len(nodes)):
            angle = left + half * (1.0 + nodes[node])
            square = cos(angle) ** 2
            row = panel * len(nodes) + node
            out[row, 0] = sign * sin(angle) / square
            out[row, 1] = 0.5 / square
            out[row, 2] = sign * half * weights[node] / (2.0 * pi)
        left, right = right, min(end, 0.5 * (right + 0.5 * pi))
    return out


@inner
def dependence(h: float, k: float, nodes: np.ndarray) -> float:
    """P(X <= h, Y <= k) - P(X <= h) P(Y <= k) by the nodes of `quadrature`; 0 at infinite bounds."""
    if abs(h) == inf or abs(k) == inf:
        return 0.0
    total, product, squares = 0.0, h * k, h * h + k * k
    for node in range(len(nodes)):
        total += nodes[node, 2] * exp(product * nodes[node, 0] - squares * nodes[node, 1])
    return total


@inner
def quadrant(h: float, k: float, rho: float) -> float:
    """P(X <= h, Y <= k) for one point."""
    if isnan(h) or isnan(k) or not abs(rho) <= 1.0:
        return np.nan
    if h == -inf or k == -inf:
        return 0.0
    if h == inf or k == inf or rho == 1.0:
        return normal_cdf(min(h, k))
    if rho == -1.0:
        return max(normal_cdf(h) - normal_cdf(-k), 0.0)
    total = normal_cdf(h) * normal_cdf(k) + dependence(h, k, quadrature(rho))
    return min(max(total, 0.0), 1.0)


@inner
def quadrant_slope(h: float, k: float, rho: float) -> float:
    """d P(X <= h, Y <= k) / d h = phi(h) Phi((k - rho h) / sqrt(1 - rho^2)), 0 at infinite h; |rho| < 1."""
    if abs(h) == inf:
        return 0.0
    return normal_pdf(h) * normal_cdf((k - rho * h) / sqrt(1.0 - rho * rho))


@inner
def density(h: float, k: float, rho: float) -> float:
    """Density at (h, k), which is also d P(X <= h, Y <= k) / d rho (Plackett 1954); 0 at infinite points."""
    if abs(h) == inf or abs(k) == inf:
        return 0.0
    rest = 1.0 - rho * rho
    return exp(-0.5 * (h * h - 2.0 * rho * h * k + k * k) / rest) / (2.0 * pi * sqrt(rest))


@inner
def density_slope(h: float, k: float, rho: float) -> float:
    """d density / d rho, over the density; h and k finite."""
    rest = 1.0 - rho * rho
    return rho / rest + ((1.0 + rho * rho) * h * k - rho * (h * h + k * k)) / (rest * rest)


@inner
def cell_probabilities(
    a: np.ndarray, b: np.ndarray, share_a: np.ndarray, share_b: np.ndarray, rho: float, cells: np.ndarray
) -> None:
    """Fill cells (A, B) with the probabilities of the rectangles between thresholds a (A-1,) and b (B-1,).

    share_a (A,), share_b (B,): probabilities of the margins.
    """
    nodes = quadrature(rho)
    for i in range(len(share_a)):
        for j in range(len(share_b)):
            cells[i, j] = share_a[i] * share_b[j]
    for i in range(len(a)):
        for j in range(len(b)):
            corner = dependence(a[i], b[j], nodes)
            cells[i, j] += corner
            cells[i + 1, j] -= corner
            cells[i, j + 1] -= corner
            cells[i + 1, j + 1] += corner


@compiled
def _fill_cdf(h: np.ndarray, k: np.ndarray, rho: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(h)):
        out[i] = quadrant(h[i], k[i], rho[i])
