"""How many factors? Criteria that need the correlation matrix only."""

from dataclasses import dataclass

import numpy as np

# A column of partial variances below this is nothing but rounding: no partial correlation is left.
NOTHING_LEFT = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class MinimumAveragePartial:
    """squared, fourth (m,): mean power of the partial correlations after 0, 1, ... components have been taken out."""

    squared: np.ndarray
    fourth: np.ndarray

    @property
    def n_squared(self) -> int:
        """Number of components at which the mean square is least (Velicer 1976)."""
        return int(np.nanargmin(self.squared))

    @property
    def n_fourth(self) -> int:
        """The same by the mean fourth power (Velicer, Eaton & Fava 2000)."""
        return int(np.nanargmin(self.fourth))


def minimum_average_partial(R: np.ndarray) -> MinimumAveragePartial:
    """Partial correlations of the items given the first components of R (p, p), up to p - 2 components.

    Sources: Velicer (1976, Psychometrika 41); Velicer, Eaton & Fava (2000, in Goffin & Helmes) for the fourth power.
    """
    p = len(R)
    values, vectors = np.linalg.eigh(R)
    components = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0.0))
    below = np.tril_indices(p, -1)
    squared, fourth = np.full(max(p - 1, 1), np.nan), np.full(max(p - 1, 1), np.nan)
    rest = R.copy()
    for m in range(len(squared)):
        scale = np.diag(rest)
        if scale.min() < NOTHING_LEFT:
            break
        partial = (rest / np.sqrt(np.outer(scale, scale)))[below]
        squared[m], fourth[m] = np.mean(partial**2), np.mean(partial**4)
        rest = rest - np.outer(components[:, m], components[:, m])
    return MinimumAveragePartial(squared, fourth)


def empirical_kaiser(eigenvalues: np.ndarray, n: float) -> np.ndarray:
    """The reference (p,) that each falling eigenvalue has to exceed, given those before it and n respondents.

    max((p - sum before) / (p - j + 1) (1 + sqrt(p / n))^2, 1). Source: Braeken & van Assen (2017, Psychological Methods
    22, eq. 2). It was derived for Pearson correlations of normal data; on polychoric ones it keeps too many.
    """
    p = len(eigenvalues)
    before = np.concatenate([[0.0], np.cumsum(eigenvalues)[:-1]])
    return np.maximum((p - before) / np.arange(p, 0, -1) * (1.0 + np.sqrt(p / n)) ** 2, 1.0)


def leading(eigenvalues: np.ndarray, reference: np.ndarray) -> int:
    """How many eigenvalues exceed their reference before the first that does not; (p,) each."""
    beyond = eigenvalues > reference
    return int(len(beyond) if beyond.all() else np.argmin(beyond))
