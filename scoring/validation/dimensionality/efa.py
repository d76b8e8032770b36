"""Exploratory factor analysis: extraction, rotation, fit, and the declared structure beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scoring.validation.dimensionality.alignment import Match, match_factors, procrustes, tucker_congruence
from scoring.validation.dimensionality.extraction import Extraction, Unrotated, by_factor_analyzer, extract
from scoring.validation.dimensionality.fit_measures import FactorFit, factor_fit
from scoring.validation.dimensionality.rotation import RANDOM_STARTS, Method, Rotated, rotate

STARTS = {"geomin": RANDOM_STARTS}


@dataclass(frozen=True, slots=True, eq=False)
class EfaFit:
    """k factors of p items.

    R (p, p): what was factored; n: its (effective) respondents.   unrotated, rotated: loadings, uniquenesses,
    correlations of factors.   match: with the declared structure, its signs already applied; its order is that of
    `rotated`.   scales: names of the target's columns.   engine_difference: largest difference of a uniqueness from
    factor_analyzer's.
    """

    items: tuple[str, ...]
    scales: tuple[str, ...]
    extraction: Extraction
    rotation: Method
    R: np.ndarray
    n: float
    unrotated: Unrotated
    rotated: Rotated
    match: Match
    fit: FactorFit
    engine_difference: float

    @property
    def k(self) -> int:
        return self.rotated.loadings.shape[1]

    @property
    def factors(self) -> tuple[str, ...]:
        """F1, F2, ... in the order of `rotated`."""
        return tuple(f"F{a + 1}" for a in range(self.k))

    @property
    def scale_of_factor(self) -> tuple[str, ...]:
        """The declared scale that each factor stands for, "" for none."""
        return tuple(self.scales[column] if column >= 0 else "" for column in self.match.column)

    @property
    def summary(self) -> dict[str, float | int | str | bool]:
        return {
            "n_factors": self.k, "extraction": self.extraction, "rotation": self.rotation, "n": self.n,
            "converged": self.unrotated.converged, "heywood": int(self.unrotated.at_bound.sum()),
            "chi2": self.fit.chi2, "df": self.fit.df, "rmsea": self.fit.rmsea, "tli": self.fit.tli,
            "rmsr": self.fit.rmsr,
        }  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """A row for each item and factor: item, factor, scale, loading, structure."""
        p = len(self.items)
        return pd.DataFrame(
            {
                "item": np.repeat(self.items, self.k),
                "factor": np.tile(self.factors, p),
                "scale": np.tile(self.scale_of_factor, p),
                "loading": self.rotated.loadings.ravel(),
                "structure": self.rotated.structure.ravel(),
            }
        )


def fit_efa(
    R: np.ndarray,
    k: int,
    n: float,
    *,
    items: Sequence[str],
    extraction: Extraction = "minres",
    rotations: Sequence[Method] = ("oblimin",),
    target: pd.DataFrame | None = None,
    seed: int = 1,
) -> tuple[EfaFit, ...]:
    """Factor R (p, p), definite, of n respondents; one solution for each rotation of the same k factors.

    factor_analyzer extracts, `extract` carries its solution on to the minimum, factor_analyzer's Rotator rotates
    (geomin from 30 starts); correlations of factors, communalities and variances are computed here. Factors come by
    falling variance. target: weights of the declared scales, items in the index, scales in the columns; a factor's
    sign is that of its scale. Raises ValueError for k that leaves no degree of freedom.
    """
    names = tuple(items)
    declared = pd.DataFrame(index=list(names)) if target is None else target.loc[list(names)]
    weights = declared.to_numpy(float)
    of_engine = by_factor_analyzer(R, k, extraction)
    unrotated = extract(R, k, extraction, uniquenesses=of_engine)
    fit = factor_fit(R, unrotated.loadings @ unrotated.loadings.T, k, n)
    difference = float(np.abs(of_engine - unrotated.uniquenesses).max())
    found = []
    for method in rotations:
        rotated = rotate(unrotated.loadings, method, starts=STARTS.get(method, 1), seed=seed)
        match = _in_order(match_factors(rotated.loadings, weights))
        turned = rotated.arranged(np.arange(k), match.signs)
        found.append(
            EfaFit(names, tuple(declared.columns), extraction, method, R, n, unrotated, turned, match, fit, difference)
        )
    return tuple(found)


def declared_congruence(fit: EfaFit, target: pd.DataFrame) -> pd.DataFrame:
    """Tucker's congruence of factors and declared scales: rotation, scale, factor, congruence.

    Once for the rotated factors, matched, and, where there are as many factors as scales, once for the unrotated ones
    turned to the target by an orthogonal Procrustes rotation (rotation "procrustes"), which is the most favourable.
    """
    weights = target.loc[list(fit.items)].to_numpy(float)
    column = fit.match.column
    place = {int(scale): a for a, scale in enumerate(column) if scale >= 0}
    rows: list[tuple[str, str, str, float]] = [
        (
            fit.rotation,
            scale,
            fit.factors[place[j]] if j in place else "",
            fit.match.congruence[place[j]] if j in place else np.nan,
        )
        for j, scale in enumerate(fit.scales)
    ]
    if fit.k == weights.shape[1]:
        loadings = fit.unrotated.loadings
        turned = loadings @ procrustes(loadings, weights)
        own = np.diag(tucker_congruence(turned, weights))
        rows += [("procrustes", scale, "", own[j]) for j, scale in enumerate(fit.scales)]
    return pd.DataFrame(rows, columns=["rotation", "scale", "factor", "congruence"])


def _in_order(match: Match) -> Match:
    """A match whose factors stand in their own order."""
    back = np.argsort(match.order)
    return replace(
        match,
        order=match.order[back],
        signs=match.signs[back],
        column=match.column[back],
        congruence=match.congruence[back],
    )
