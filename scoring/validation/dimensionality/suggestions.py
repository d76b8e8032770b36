"""All criteria for the number of factors of one set of items, in one table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.sem.ordinal import OrdinalData
from scoring.validation.dimensionality.correlations import Correlation, effective_n, pair_counts
from scoring.validation.dimensionality.references import (
    KINDS,
    RULES,
    NextEigenvalue,
    ParallelAnalysis,
    next_eigenvalue_sufficiency,
    parallel_analysis,
    spectra,
)
from scoring.validation.dimensionality.retention import (
    MinimumAveragePartial,
    empirical_kaiser,
    leading,
    minimum_average_partial,
)
from scoring.validation.dimensionality.unit_draws import UnitDraws, interval

SOURCES = {
    "parallel_components": "Horn 1965; Glorfeld 1995",
    "parallel_factors": "Humphreys & Montanelli 1975; Revelle",
    "map": "Velicer 1976",
    "map_fourth": "Velicer, Eaton & Fava 2000",
    "ekc": "Braeken & van Assen 2017",
    "nest": "Achim 2017",
}


@dataclass(frozen=True, slots=True, eq=False)
class Suggested:
    """What the criteria say of p items and one kind of correlation.

    n: effective respondents.   ekc (p,): references of the empirical Kaiser criterion.   nest: None where left out.
    """

    correlation: Correlation
    n: float
    parallel: ParallelAnalysis
    partial: MinimumAveragePartial
    ekc: np.ndarray
    nest: NextEigenvalue | None

    def numbers(self) -> dict[tuple[str, str], int]:
        """Number of factors by criterion and rule (of parallel analysis: p95, mean; else "")."""
        found: dict[tuple[str, str], int] = {
            (f"parallel_{kind}", rule): self.parallel.n_factors(kind, rule) for kind in KINDS for rule in RULES
        }
        found["map", ""] = self.partial.n_squared
        found["map_fourth", ""] = self.partial.n_fourth
        found["ekc", ""] = leading(self.parallel.observed[0], self.ekc)
        if self.nest is not None:
            found["nest", ""] = self.nest.n_factors
        return found

    def in_draws(self, drawn: UnitDraws) -> dict[tuple[str, str], np.ndarray]:
        """The numbers (draws,) in draws of whole units, held against the references of all answers; none for NEST."""
        names = [key for key in self.numbers() if key[0] != "nest"]
        found: dict[tuple[str, str], list[int]] = {name: [] for name in names}
        for R, n in zip(drawn.R, drawn.n, strict=True):
            parallel = ParallelAnalysis(R, spectra(R), self.parallel.references)
            ekc = empirical_kaiser(parallel.observed[0], n)
            again = Suggested(self.correlation, n, parallel, minimum_average_partial(R), ekc, None)
            for name, number in again.numbers().items():
                found[name].append(number)
        return {name: np.array(numbers) for name, numbers in found.items()}

    def to_frame(self, drawn: UnitDraws | None = None) -> pd.DataFrame:
        """A row for each criterion: criterion, rule, correlation, n_factors, ci_low, ci_high, n, source."""
        spread = {} if drawn is None else self.in_draws(drawn)
        rows = []
        for (criterion, rule), number in self.numbers().items():
            low, high = interval(spread.get((criterion, rule), np.empty(0)))
            rows.append((criterion, rule, self.correlation, number, low, high, self.n, SOURCES[criterion]))
        columns = ["criterion", "rule", "correlation", "n_factors", "ci_low", "ci_high", "n", "source"]
        return pd.DataFrame(rows, columns=columns)

    def eigenvalues(self) -> pd.DataFrame:
        """A row for each eigenvalue: correlation, kind, position, eigenvalue, and its references where it has them."""
        p = len(self.ekc)
        none = np.full(p, np.nan)
        nest = none.copy()
        if self.nest is not None:
            nest[: len(self.nest.reference)] = self.nest.reference
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "correlation": self.correlation,
                        "kind": kind,
                        "position": np.arange(1, p + 1),
                        "eigenvalue": self.parallel.observed[row],
                        "reference_mean": self.parallel.reference(kind, "mean"),
                        "reference_p95": self.parallel.reference(kind, "p95"),
                        "reference_ekc": self.ekc if kind == "components" else none,
                        "reference_nest": nest if kind == "components" else none,
                    }
                )
                for row, kind in enumerate(KINDS)
            ],
            ignore_index=True,
        )

    def partials(self) -> pd.DataFrame:
        """A row for each number of components taken out: correlation, n_factors, map, map_fourth."""
        m = len(self.partial.squared)
        return pd.DataFrame(
            {
                "correlation": self.correlation,
                "n_factors": np.arange(m),
                "map": self.partial.squared,
                "map_fourth": self.partial.fourth,
            }
        )


def suggest(
    data: OrdinalData,
    correlation: Correlation,
    *,
    draws: int = 100,
    nest: bool = True,
    seed: int = 1,
    n_jobs: int = 1,
) -> Suggested:
    """Every criterion for ordinal items, pairwise where answers are missing; draws: simulated references."""
    parallel = parallel_analysis(data, correlation, draws=draws, seed=seed, n_jobs=n_jobs)
    n = effective_n(pair_counts(data))
    sufficient = next_eigenvalue_sufficiency(data, correlation, draws=draws, seed=seed, n_jobs=n_jobs) if nest else None
    return Suggested(
        correlation=correlation,
        n=n,
        parallel=parallel,
        partial=minimum_average_partial(parallel.R),
        ekc=empirical_kaiser(parallel.observed[0], n),
        nest=sufficient,
    )


def most_frequent(numbers: pd.Series) -> int:
    """The number that most criteria suggest; of several the smallest."""
    return int(numbers.mode().min())
