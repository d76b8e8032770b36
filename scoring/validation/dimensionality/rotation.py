"""Rotation of factors by factor_analyzer's Rotator, from several starts, with the bookkeeping done here."""

import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from factor_analyzer import Rotator

Method = Literal["oblimin", "geomin", "promax", "varimax", "equamax"]
OBLIQUE: tuple[Method, ...] = ("oblimin", "promax", "geomin")
RANDOM_STARTS = 30

NAMES = {"oblimin": "quartimin", "geomin": "geomin_obl", "promax": "promax", "varimax": "varimax", "equamax": "equamax"}
GEOMIN_DELTA, PROMAX_POWER = 0.01, 4
# A gradient this short ends oblimin and geomin; varimax compares sums of singular values, where rounding is the limit.
ROTATOR_STEPS, SHORT_GRADIENT, SMALL_GAIN = 2000, 1e-6, 1e-12
# Two starts have come to the same solution where their criteria differ by no more than this.
SAME_CRITERION = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Rotated:
    """k rotated factors of p items.

    loadings (p, k): pattern.   phi (k, k): correlations of the factors.   transformation T (k, k): loadings are the
    unrotated ones times T, phi is (T'T)^-1.   criterion: at the best of the starts, NaN where a rotation has none.
    starts, reached: how many there were and how many came to it.
    """

    loadings: np.ndarray
    phi: np.ndarray
    transformation: np.ndarray
    criterion: float
    starts: int
    reached: int

    @property
    def structure(self) -> np.ndarray:
        """Correlations (p, k) of items and factors."""
        return self.loadings @ self.phi

    @property
    def communalities(self) -> np.ndarray:
        """Diagonal of L phi L', (p,): rotation does not change it."""
        return np.einsum("ia,ab,ib->i", self.loadings, self.phi, self.loadings)

    @property
    def variance(self) -> np.ndarray:
        """Variance (k,) that each factor accounts for: diagonal of phi L'L; it sums to that of the communalities."""
        return np.einsum("ab,ia,ib->a", self.phi, self.loadings, self.loadings)

    def arranged(self, order: np.ndarray, signs: np.ndarray) -> "Rotated":
        """The factors in another order (k,) and with other signs (k,), in everything at once."""
        return Rotated(
            self.loadings[:, order] * signs,
            self.phi[np.ix_(order, order)] * np.outer(signs, signs),
            self.transformation[:, order] * signs,
            self.criterion,
            self.starts,
            self.reached,
        )


def rotate(
    loadings: np.ndarray,
    method: Method = "oblimin",
    *,
    kaiser: bool = False,
    starts: int = 1,
    seed: int = 1,
) -> Rotated:
    """Rotate unrotated orthogonal loadings (p, k); factors come by falling variance, each with a positive sum.

    oblimin: direct, gamma 0, which is quartimin (Jennrich & Sampson 1966, Psychometrika 31).   geomin: Yates (1987),
    with .01 added to squared loadings.   promax: power 4 after varimax, rows normalised (Hendrickson & White 1964).
    varimax (Kaiser 1958), equamax: orthogonal; equamax is Crawford & Ferguson's (1970) kappa k / 2p.
    kaiser: rows of unit length during oblimin and geomin, which promax and varimax do anyway.   starts: the first from
    the loadings as they are, further ones from random orthogonal rotations of them (Hattori, Zhang & Preacher 2017,
    Multivariate Behavioral Research 52); the least criterion wins.
    """
    if method not in NAMES:
        raise ValueError(f"Rotation is one of {', '.join(NAMES)}, not {method!r}.")
    p, k = loadings.shape
    if k == 1:
        sign = 1.0 if loadings.sum() >= 0.0 else -1.0
        return Rotated(loadings * sign, np.eye(1), np.array([[sign]]), np.nan, 1, 1)
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True)) if kaiser else np.ones((p, 1))
    rows = loadings / np.where(length > 0.0, length, 1.0)
    found = [_rotator(method, p, k).fit_transform(rows)]
    rng = np.random.default_rng([seed, zlib.crc32(b"dimensionality.rotation")])
    for _ in range(starts - 1):
        turn, _ = np.linalg.qr(rng.standard_normal((k, k)))
        found.append(_rotator(method, p, k).fit_transform(rows @ turn))
    criteria = np.array([_criterion(method, one) for one in found])
    best = 0 if np.isnan(criteria).all() else int(np.nanargmin(criteria))
    reached = 1 if np.isnan(criteria).all() else int((criteria <= criteria[best] + SAME_CRITERION).sum())
    rotated = found[best] * length
    transformation = np.linalg.lstsq(loadings, rotated, rcond=None)[0]
    phi = np.eye(k) if method in ("varimax", "equamax") else _unit(np.linalg.inv(transformation.T @ transformation))
    plain = Rotated(rotated, phi, transformation, float(criteria[best]), starts, reached)
    order = np.argsort(-plain.variance, kind="stable")
    return plain.arranged(order, np.where(rotated[:, order].sum(axis=0) < 0.0, -1.0, 1.0))


def _rotator(method: Method, p: int, k: int) -> Rotator:
    return Rotator(
        method=NAMES[method],
        normalize=True,
        power=PROMAX_POWER,
        kappa=k / (2 * p),
        delta=GEOMIN_DELTA,
        max_iter=ROTATOR_STEPS,
        tol=SMALL_GAIN if method in ("promax", "varimax") else SHORT_GRADIENT,
    )


def _criterion(method: Method, loadings: np.ndarray) -> float:
    squared = loadings**2
    if method == "geomin":
        return float(np.exp(np.log(squared + GEOMIN_DELTA).mean(axis=1)).sum())
    if method == "oblimin":
        return float((squared.sum(axis=1) ** 2 - (squared**2).sum(axis=1)).sum() / 4.0)
    return np.nan


def _unit(phi: np.ndarray) -> np.ndarray:
    """A correlation matrix from one that rounding has moved off its diagonal."""
    scale = np.sqrt(np.diag(phi))
    return phi / np.outer(scale, scale)
