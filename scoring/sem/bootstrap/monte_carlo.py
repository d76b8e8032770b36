"""Monte Carlo intervals of what a model defines (MacKinnon, Lockwood & Williams 2004; Preacher & Selig 2012)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem.bootstrap.defined import defined_values
from scoring.sem.bootstrap.intervals import check_count, check_level, percentile_interval, spread
from scoring.sem.table import ModelError, ParameterTable

FEWEST_DRAWS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class MonteCarlo:
    """Draws of the defined quantities.

    draws: one row per draw, a column per definition; NaN or infinite outside its domain.   df: of the t distribution
    the parameters were drawn from, infinite for the normal one.   estimates: the fit's own.   level: of the intervals.
    """

    draws: pd.DataFrame
    df: float
    estimates: pd.DataFrame
    level: float

    @property
    def summary(self) -> dict[str, Any]:
        """How many draws there are, from what, and how many have no value of each definition where some have none."""
        undefined = (~np.isfinite(self.draws)).sum()
        return {
            "draws": len(self.draws),
            "df": self.df,
            "undefined": {str(name): int(count) for name, count in undefined.items() if count},
            "level": self.level,
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per definition: lhs, op, rhs, est, se (of the draws), ci_low, ci_high."""
        own = self.estimates.loc[self.estimates["op"] == ":=", ["lhs", "op", "rhs", "est"]].reset_index(drop=True)
        values = self.draws.to_numpy()
        low, high = percentile_interval(values, self.level)
        return own.assign(se=spread(values), ci_low=low, ci_high=high)


def monte_carlo_of(
    table: ParameterTable, theta: np.ndarray, vcov: np.ndarray, estimates: pd.DataFrame, *, n: int, seed: int,
    level: float, df: float,
) -> MonteCarlo:  # fmt: skip
    """Definitions at n draws of the parameters around theta (q,), vcov (q, q).

    The parameters are drawn from the normal distribution; with J clusters from the multivariate t with df = J - 1
    degrees of freedom, so that a linear definition has the interval that stands in the table of estimates.
    Raises ModelError where there is nothing defined or no covariance matrix.
    """
    check_count("n", n, FEWEST_DRAWS)
    if seed is None:
        raise ModelError("seed=None: give a whole number, so that the same draws can be made again.")
    check_count("seed", seed, 0)
    check_level(level)
    if not table.definitions:
        raise ModelError("The model defines nothing with :=, such as 'indirect := a*b', of which to draw.")
    if not np.isfinite(vcov).all():
        raise ModelError("This fit has no covariance matrix of its estimates to draw from.")
    rng = np.random.default_rng(int(seed))
    size, vectors = np.linalg.eigh(vcov)
    draws = rng.standard_normal((int(n), len(theta))) * np.sqrt(np.clip(size, 0, None)) @ vectors.T
    if np.isfinite(df):
        draws /= np.sqrt(rng.chisquare(df, size=(int(n), 1)) / df)
    fixed = estimates["est"].to_numpy(dtype=float)[: len(table.rows)]
    padded = np.column_stack([theta + draws, np.zeros(int(n))])
    rows = np.where(table.free >= 0, padded[:, table.free], fixed)
    names = [one.name for one in table.definitions]
    return MonteCarlo(pd.DataFrame(defined_values(table, rows), columns=names), df, estimates, level)
