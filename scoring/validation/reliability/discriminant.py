"""Whether two scales measure different things: HTMT, HTMT2 and the criterion of Fornell and Larcker."""

from collections.abc import Callable

import numpy as np


def htmt(cor: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Heterotrait-monotrait ratio of correlations of two sets of items.

    cor (..., p, p): correlations.   a, b: positions of the items of either scale, two or more each.
    Mean absolute correlation across the scales over the geometric mean of the mean absolute correlations within them.
    Source: Henseler, Ringle & Sarstedt (2015, J. Academy of Marketing Science 43, eq. 6); absolute values as in Ringle,
    Sarstedt, Sinkovics & Sinkovics (2023, Data in Brief 48).
    """
    return _ratio(cor, a, b, lambda values: values.mean(axis=-1))


def htmt2(cor: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The same with geometric means, which loadings that differ do not bias.

    Source: Roemer, Schuberth & Henseler (2021, Industrial Management & Data Systems 121, eq. 8).
    """

    def geometric(values: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):  # a correlation of exactly zero makes its mean zero
            return np.asarray(np.exp(np.log(values).mean(axis=-1)))

    return _ratio(cor, a, b, geometric)


def _ratio(cor: np.ndarray, a: np.ndarray, b: np.ndarray, mean: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    size = np.abs(cor)
    across = size[..., a[:, None], b].reshape(*cor.shape[:-2], len(a) * len(b))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(mean(across) / np.sqrt(mean(_within(size, a)) * mean(_within(size, b))))


def _within(size: np.ndarray, items: np.ndarray) -> np.ndarray:
    i, j = np.tril_indices(len(items), -1)
    return np.asarray(size[..., items[i], items[j]])


def fornell_larcker(extracted: np.ndarray, phi: np.ndarray) -> np.ndarray:
    """Which pairs of m factors each explain more of their own items than of one another, bool (m, m).

    extracted (m,): average variance extracted.   phi (m, m): correlations of the factors. A pair is told apart where
    both averages exceed its squared correlation. Source: Fornell & Larcker (1981, p. 46).
    """
    least = np.minimum(extracted[:, None], extracted[None, :])
    return np.asarray((phi**2 < least) | np.eye(len(phi), dtype=bool))
