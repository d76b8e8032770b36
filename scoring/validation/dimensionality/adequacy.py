"""Is there anything to factor? Sampling adequacy and sphericity of a correlation matrix."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2


@dataclass(frozen=True, slots=True, eq=False)
class Adequacy:
    """overall: the measure of sampling adequacy, 0 to 1.   items (p,): of each item."""

    overall: float
    items: np.ndarray


@dataclass(frozen=True, slots=True)
class Sphericity:
    """Bartlett's test that all correlations are zero."""

    chi2: float
    df: int
    p: float


def kaiser_meyer_olkin(R: np.ndarray) -> Adequacy:
    """Squared correlations over those and the squared partial correlations given all other items; R (p, p), definite.

    Source: Kaiser (1970, Psychometrika 35), Kaiser & Rice (1974, Educ. Psychol. Meas. 34).
    """
    inverse = np.linalg.inv(R)
    scale = np.sqrt(np.diag(inverse))
    off = ~np.eye(len(R), dtype=bool)
    plain, partial = R**2 * off, (inverse / np.outer(scale, scale)) ** 2 * off
    by_item = plain.sum(axis=0) / (plain.sum(axis=0) + partial.sum(axis=0))
    return Adequacy(float(plain.sum() / (plain.sum() + partial.sum())), by_item)


def bartlett_sphericity(R: np.ndarray, n: float) -> Sphericity:
    """-(n - 1 - (2p + 5) / 6) ln |R|, chi-square with p(p - 1) / 2 df; R (p, p) definite, of n independent rows.

    Source: Bartlett (1951, Biometrika 38).
    """
    p = len(R)
    statistic = -(n - 1 - (2 * p + 5) / 6) * float(np.linalg.slogdet(R)[1])
    df = p * (p - 1) // 2
    return Sphericity(statistic, df, float(chi2.sf(statistic, df)))
