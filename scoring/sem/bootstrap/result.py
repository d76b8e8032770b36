"""What `bootstrap` returns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem.bootstrap.intervals import bias_corrected_interval, percentile_interval, spread
from scoring.sem.bootstrap.refits import REASONS, Outcome

KEYS = ["group", "level", "lhs", "op", "rhs", "label", "free"]


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """A fit and its refits to n resamples.

    replicates: one row per resample, a column per free parameter, in the order of estimates.free, then one per defined
    quantity; NaN where the refit failed.   outcomes (n,): what came of each, as sentences of `reasons`.
    rows, standardised (n, rows): every row of the table of estimates, and completely standardised.
    estimates: the fit's own.   level: of the intervals.   notes: what to know of them, one sentence each.
    """

    replicates: pd.DataFrame
    outcomes: np.ndarray
    rows: np.ndarray
    standardised: np.ndarray
    estimates: pd.DataFrame
    level: float
    notes: tuple[str, ...]

    @property
    def summary(self) -> dict[str, Any]:
        """How many refits were asked for, are usable, are improper (which are usable), and failed, by reason."""
        counts = {reason: int((self.outcomes == code).sum()) for code, reason in REASONS.items()}
        usable = int((self.outcomes <= Outcome.IMPROPER).sum())
        return {
            "asked": len(self.outcomes),
            "usable": usable,
            "improper": int((self.outcomes == Outcome.IMPROPER).sum()),
            "failed": len(self.outcomes) - usable,
            "reasons": {reason: count for reason, count in counts.items() if count},
            "level": self.level,
            "notes": list(self.notes),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per row of the estimates.

        est, std_all: the fit's.   se, std_se: standard deviations of the usable replicates.   bias: their mean less
        est.   ci_low, ci_high: percentile interval.   bc_low, bc_high: bias-corrected interval (Efron 1981).
        std_low, std_high: percentile interval of std_all. A row with nothing to estimate has se 0 and both ends at est.
        """
        est, std_all = (self.estimates[name].to_numpy(dtype=float) for name in ("est", "std_all"))
        low, high = percentile_interval(self.rows, self.level)
        bc_low, bc_high = bias_corrected_interval(self.rows, est, self.level)
        std_low, std_high = percentile_interval(self.standardised, self.level)
        finite = np.where(np.isfinite(self.rows), self.rows, 0.0)
        counts = np.isfinite(self.rows).sum(axis=0)
        mean = np.divide(finite.sum(axis=0), counts, out=np.full(len(est), np.nan), where=counts > 0)
        return self.estimates[KEYS].assign(
            est=est, se=spread(self.rows), bias=mean - est, ci_low=low, ci_high=high, bc_low=bc_low, bc_high=bc_high,
            std_all=std_all, std_se=spread(self.standardised), std_low=std_low, std_high=std_high,
        )  # fmt: skip
