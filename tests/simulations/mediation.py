"""Do intervals of a mediated effect hold it, and do they leave out what they should? Percentile bootstrap, Monte Carlo
and delta method on regressions whose indirect effect is known (sizes of effects as Fritz & MacKinnon 2007).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import joblib
import numpy as np
import pandas as pd

from scoring.sem import fit

MODEL = "m ~ a*x\ny ~ b*m + x\nindirect := a*b"
METHODS = ("percentile", "monte carlo", "delta", "rows drawn")
DRAWS = 2000  # of a Monte Carlo interval
BOUNDS = (0.92, 0.97)  # of the coverage of percentile and Monte Carlo intervals
TOO_NARROW = 0.85  # which intervals from rows drawn one by one do not reach in clusters


@dataclass(frozen=True, slots=True)
class Condition:
    """rows: of a sample.   a, b: the effects.   nested: clusters of ten rows share half of each residual's variance."""

    rows: int
    a: float
    b: float
    nested: bool = False


CONDITIONS = (
    Condition(100, 0.39, 0.39),
    Condition(200, 0.39, 0.14),
    Condition(100, 0.0, 0.39),
    Condition(100, 0.0, 0.0),
    Condition(600, 0.39, 0.39, nested=True),
)


def study(
    conditions: Sequence[Condition], *, replications: int, resamples: int, seed: int, jobs: int = 1
) -> pd.DataFrame:
    """Rows a, b, rows, nested, method: coverage of 95 % intervals and its Monte Carlo standard error; missed below and
    above, shares of intervals that lie wholly beneath the truth or beyond it.
    """
    found = []
    for condition in conditions:
        seeds = np.random.SeedSequence([seed, condition.rows, round(100 * condition.a)]).generate_state(replications)
        one = joblib.delayed(intervals)
        ends = np.array(
            joblib.Parallel(n_jobs=jobs)(one(condition, resamples=resamples, seed=int(state)) for state in seeds)
        )
        truth = condition.a * condition.b
        for method, (low, high) in zip(METHODS, ends.transpose(1, 2, 0), strict=True):
            if np.isnan(low).any():
                continue
            covered = float(((low <= truth) & (truth <= high)).mean())
            error = float(np.sqrt(covered * (1 - covered) / replications))
            found.append({
                "a": condition.a, "b": condition.b, "rows": condition.rows, "nested": condition.nested,
                "method": method, "coverage": covered, "mc_error": error,
                "missed_below": float((high < truth).mean()), "missed_above": float((low > truth).mean()),
            })  # fmt: skip
    return pd.DataFrame(found)


def intervals(condition: Condition, *, resamples: int, seed: int) -> np.ndarray:
    """Ends of the 95 % intervals of one sample: (methods, 2); NaN where a method is not tried."""
    data = sample(condition, np.random.default_rng(seed))
    found = fit(MODEL, data, cluster="cluster" if condition.nested else None)
    boot = found.bootstrap(resamples, seed).to_frame()
    carlo = found.monte_carlo(DRAWS, seed=seed).to_frame()
    ends = ["ci_low", "ci_high"]
    rows = fit(MODEL, data).bootstrap(resamples, seed).to_frame()[ends].iloc[-1] if condition.nested else [np.nan] * 2
    return np.array([boot[ends].iloc[-1], carlo[ends].iloc[-1], found.estimates[ends].iloc[-1], rows], dtype=float)


def sample(condition: Condition, rng: np.random.Generator) -> pd.DataFrame:
    """Rows x, m, y with residual variance 1, and the cluster of each."""
    cluster = np.arange(condition.rows) // 10

    def residual() -> np.ndarray:
        own = rng.standard_normal(condition.rows)
        return (own + rng.standard_normal(condition.rows)[cluster]) / np.sqrt(2) if condition.nested else own

    x = residual()
    m = condition.a * x + residual()
    return pd.DataFrame({"x": x, "m": m, "y": condition.b * m + residual(), "cluster": cluster})


def astray(found: pd.DataFrame, *, errors: float) -> list[str]:
    """What of a study is not as it should be; errors: Monte Carlo standard errors that count as none.

    Percentile and Monte Carlo intervals hold the effect as often as they say; more often where it is zero, since two
    paths have to be found. Intervals from rows that were drawn one by one out of clusters hold it too rarely. The delta
    method is shown beside them: it misses on one side.
    """
    low, high = BOUNDS
    slack, covered = errors * found["mc_error"], found["coverage"]
    good = found["method"].isin(["percentile", "monte carlo"])
    there = found["a"] * found["b"] != 0
    wrong = good & ((covered < low - slack) | (there & (covered > high + slack)))
    wrong |= (found["method"] == "rows drawn") & (covered > TOO_NARROW + slack)
    return [
        f"{row.method}, a {row.a}, b {row.b}, {row.rows} rows: coverage {row.coverage:.3f}"
        for row in found[wrong].itertuples(index=False)
    ]
