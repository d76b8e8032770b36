"""Polychoric correlations as an analyst asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem.ordinal.acov import collect
from scoring.sem.ordinal.data import OrdinalData, ordinal_data
from scoring.sem.ordinal.influence_functions import influence
from scoring.sem.ordinal.layout import moment_names
from scoring.sem.ordinal.moments import STATUSES, OrdinalMoments, PairStatus, ordinal_moments
from scoring.sem.sample import DataError


@dataclass(frozen=True, eq=False)
class Polychoric:
    """Polychoric correlations of p ordinal items.

    R (p, p).   thresholds: one array of C-1 for each item.   n: respondents with any answer, by weight.
    pair_n (p, p): respondents who answered both.   status: of each pair, in the order of `to_frame`.
    data, moments: what they were computed from, for further work.
    """

    R: pd.DataFrame
    thresholds: dict[str, np.ndarray]
    n: float
    pair_n: pd.DataFrame
    status: tuple[PairStatus, ...]
    data: OrdinalData
    moments: OrdinalMoments

    @cached_property
    def acov(self) -> pd.DataFrame:
        """Covariance matrix (m, m) of all thresholds and correlations, in lavaan's order; computed when asked for.

        With clusters it allows for their dependence. n times it is lavaan's Gamma (NACOV).
        """
        names, columns = moment_names(self.data), self._columns()
        return pd.DataFrame(columns @ columns.T, index=names, columns=names)

    def _columns(self) -> np.ndarray:
        return collect(influence(self.data, self.moments), self.data.weights, self.data.clusters)

    @property
    def summary(self) -> dict[str, float | int]:
        """Counts that say how far the matrix can be trusted; `smallest_eigenvalue` below 0: not positive definite."""
        return {
            "items": len(self.R),
            "n": self.n,
            "smallest_pair_n": float(self.pair_n.to_numpy().min()),
            "smallest_eigenvalue": float(np.linalg.eigvalsh(self.R.to_numpy())[0]),
            "pairs_with_empty_cells": int((self.moments.empty_cells > 0).sum()),
            **{f"pairs_{status.name.lower()}": sum(found is status for found in self.status) for status in PairStatus},
        }

    def to_frame(self) -> pd.DataFrame:
        """A row for each pair: item_a, item_b, rho, se, n, empty_cells, status; column by column below the diagonal."""
        i, j = self.moments.layout.pairs.T
        names = np.array(self.data.names, dtype=object)
        return pd.DataFrame(
            {
                "item_a": names[i],
                "item_b": names[j],
                "rho": self.moments.correlations,
                "se": np.linalg.norm(self._columns()[self.moments.layout.covariances :], axis=1),
                "n": self.pair_n.to_numpy()[i, j],
                "empty_cells": self.moments.empty_cells,
                "status": [status.value for status in self.status],
            }
        )


def polychoric(
    data: pd.DataFrame | np.ndarray,
    *,
    weights: Sequence[float] | np.ndarray | None = None,
    cluster: Sequence[Any] | np.ndarray | None = None,
) -> Polychoric:
    """Polychoric correlations and thresholds of all columns, in two steps (Olsson 1979, Psychometrika 44).

    data (n, p): ordered codes; NaN is missing, and each pair uses the rows with both answers.   weights (n,):
    frequencies.   cluster (n,): labels of the groups whose members resemble each other.   Half an answer is moved into
    the only empty cell of a 2x2 table; larger tables stay as they are.   Raises ValueError with the column's name for
    data that cannot be correlated.
    """
    answers = ordinal_data(data, weights=weights, cluster=cluster)
    if len(answers.names) < 2:
        raise DataError("One column has no correlation; give two or more.")
    moments = ordinal_moments(answers)
    names = list(answers.names)
    return Polychoric(
        R=pd.DataFrame(moments.covariances, index=names, columns=names),
        thresholds={name: moments.margins.thresholds[j, : answers.levels[j] - 1] for j, name in enumerate(names)},
        n=moments.n,
        pair_n=pd.DataFrame(moments.pair_n, index=names, columns=names),
        status=tuple(STATUSES[code] for code in moments.status),
        data=answers,
        moments=moments,
    )
