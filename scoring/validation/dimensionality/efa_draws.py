"""How sure loadings and correlations of factors are: the same analysis in draws of whole units."""

from dataclasses import dataclass

import numpy as np

from scoring.validation.dimensionality.alignment import match_factors, procrustes
from scoring.validation.dimensionality.correlations import positive_definite
from scoring.validation.dimensionality.efa import EfaFit
from scoring.validation.dimensionality.extraction import extract
from scoring.validation.dimensionality.rotation import Rotated, rotate
from scoring.validation.dimensionality.threads import each_draw
from scoring.validation.dimensionality.unit_draws import INTERVAL, UnitDraws


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Standard deviation and the middle 95 % of a statistic over draws, each in its shape."""

    se: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class EfaDraws:
    """loadings: spread of the pattern (p, k).   phi: of the correlations of factors (k, k).   draws: how many."""

    loadings: Spread
    phi: Spread
    draws: int


def efa_draws(fit: EfaFit, drawn: UnitDraws, *, n_jobs: int = 1) -> EfaDraws:
    """Extraction and rotation repeated in every draw of the matrix, NaN spreads for fewer than two.

    Extraction starts from the solution of all answers, rotation from loadings turned towards it by an orthogonal
    Procrustes rotation; then factors are put in its order and signs by congruence, because those are arbitrary in each
    draw (Zhang, Preacher & Luo 2010, Multivariate Behavioral Research 45). Where a draw's factors are others than the
    solution's the intervals are wide, which is meant.
    """
    centre = fit.rotated.loadings

    def one(draw: int) -> Rotated:
        R = positive_definite(drawn.R[draw]).R
        plain = extract(R, fit.k, fit.extraction, uniquenesses=fit.unrotated.uniquenesses).loadings
        turned = rotate(plain @ procrustes(plain, centre), fit.rotation)
        match = match_factors(turned.loadings, centre)
        return turned.arranged(match.order, match.signs)

    found = each_draw(one, len(drawn.R), n_jobs)
    return EfaDraws(
        _spread([one.loadings for one in found], centre.shape),
        _spread([one.phi for one in found], (fit.k, fit.k)),
        len(found),
    )


def _spread(drawn: list[np.ndarray], shape: tuple[int, ...]) -> Spread:
    if len(drawn) < 2:
        none = np.full(shape, np.nan)
        return Spread(none, none, none)
    values = np.array(drawn)
    low, high = np.quantile(values, INTERVAL, axis=0)
    return Spread(values.std(axis=0, ddof=1), low, high)
