"""Coefficients of ordinal answers, of the sample and of draws of whole units."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import joblib
import numpy as np

from scoring.sem.bootstrap.ordinal_moments import resampled_moments
from scoring.sem.ordinal import OrdinalData, OrdinalMoments, ordinal_moments
from scoring.validation.reliability import coefficients as of
from scoring.validation.reliability.categorical_omega import green_yang_omega
from scoring.validation.reliability.discriminant import htmt, htmt2
from scoring.validation.reliability.intervals import Scale
from scoring.validation.reliability.ordinal_factor import (
    OrdinalFactor,
    OrdinalSolution,
    drawn_rows,
    ordinal_solution,
    redrawn,
)

SCALES = {
    "omega_green_yang": Scale.REST,
    "omega_latent_response": Scale.REST,
    "alpha_ordinal": Scale.REST,
    "ave_ordinal": Scale.SHARE,
}
KINDS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "htmt_polychoric": htmt,
    "htmt2_polychoric": htmt2,
}


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalScale:
    """A scale's fitted model and the rows of the panel (n,) behind it."""

    factor: OrdinalFactor
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class OrdinalSide:
    """All that is computed anew in each draw.

    scales: by name.   answers: of the items to be correlated, moments: their correlations; None where there are none.
    places: positions of each scale's items among these.   pairs: of scales; NaN where one has no place.
    """

    scales: Mapping[str, OrdinalScale]
    answers: OrdinalData | None
    moments: OrdinalMoments | None
    places: Mapping[str, np.ndarray]
    pairs: Sequence[tuple[str, str]]

    @property
    def names(self) -> list[tuple[str, ...]]:
        """What each value is of: (scale, coefficient), then (scale_a, scale_b, kind)."""
        return [(scale, name) for scale in self.scales for name in SCALES] + [
            (*pair, kind) for pair in self.pairs for kind in KINDS
        ]

    def of_sample(self) -> np.ndarray:
        """The values of the answers themselves, in the order of `names`."""
        found = [_of_scale(ordinal_solution(one.factor)) for one in self.scales.values()]
        R = None if self.moments is None else self.moments.covariances
        return np.concatenate([*found, self._of_pairs(R)])

    def of_draw(self, weights: np.ndarray) -> np.ndarray:
        """The same where row i of the panel counts weights[i] times; NaN for what could not be computed."""
        found = [self._redrawn(one, weights) for one in self.scales.values()]
        return np.concatenate([*found, self._of_pairs(self._correlations(weights))])

    def of_draws(self, counts: np.ndarray, unit: np.ndarray, n_jobs: int) -> np.ndarray:
        """Values (K, names) of draws of whole units; counts (K, J), unit (n,): codes. Threads do, as the loops are
        compiled.
        """
        work: Iterable[np.ndarray] = joblib.Parallel(n_jobs=n_jobs, prefer="threads")(
            joblib.delayed(self.of_draw)(times[unit]) for times in counts
        )
        return np.array(list(work)).reshape(len(counts), len(self.names))

    def _redrawn(self, one: OrdinalScale, weights: np.ndarray) -> np.ndarray:
        try:
            return _of_scale(redrawn(one.factor, weights[one.rows]))
        except ValueError:  # a draw without moments
            return np.full(len(SCALES), np.nan)

    def _correlations(self, weights: np.ndarray) -> np.ndarray | None:
        if self.answers is None or self.moments is None:
            return None
        try:
            part = drawn_rows(self.answers, weights)
            found = resampled_moments(part, part.weights, self.moments.correlations, weighted=False)
        except ValueError:  # a draw in which nobody answered both of two items
            return None
        return found.moments.covariances

    def _of_pairs(self, R: np.ndarray | None) -> np.ndarray:
        found = np.full((len(self.pairs), len(KINDS)), np.nan)
        for k, (a, b) in enumerate(self.pairs):
            if R is not None and a in self.places and b in self.places:
                found[k] = [float(ratio(R, self.places[a], self.places[b])) for ratio in KINDS.values()]
        return found.ravel()


def correlated(answers: OrdinalData) -> OrdinalMoments | None:
    """Polychoric correlations of all items, None where some pair was never answered together."""
    try:
        return ordinal_moments(answers)
    except ValueError:
        return None


def _of_scale(solution: OrdinalSolution) -> np.ndarray:
    """The coefficients of `SCALES`, (4,)."""
    loadings, R = solution.loadings, solution.R
    if not solution.status.usable:
        return np.array([np.nan, np.nan, float(of.cronbach_alpha(R)), np.nan])
    return np.array([
        green_yang_omega(loadings, solution.thresholds, R=R, gaps=solution.gaps),
        float(of.omega(loadings, R)),
        float(of.cronbach_alpha(R)),
        float(of.average_variance_extracted(loadings)),
    ])  # fmt: skip
