"""Do the test and the intervals of two-level models hold what they promise? A true model of clusters of ten rows."""

import numpy as np
import pandas as pd

from scoring.sem import TwoLevelFit, fit

CLUSTERS, ROWS = 100, 10
LOADINGS = {"fw": (1.0, 0.8, 0.9, 0.7), "fb": (1.0, 0.9, 0.8, 0.7)}
RESIDUAL = {1: (0.6, 0.7, 0.5, 0.8), 2: (0.10, 0.15, 0.10, 0.12)}
FACTOR = {1: 1.0, 2: 0.5}
MODEL = "level: 1\nfw =~ y1 + y2 + y3 + y4\nlevel: 2\nfb =~ y1 + y2 + y3 + y4"
LEVEL = 0.05


def draw(rng: np.random.Generator) -> pd.DataFrame:
    """A sample of the true model."""
    within = rng.normal(size=(CLUSTERS * ROWS, 1)) * np.sqrt(FACTOR[1]) * LOADINGS["fw"]
    within = within + rng.normal(size=within.shape) * np.sqrt(RESIDUAL[1])
    between = rng.normal(size=(CLUSTERS, 1)) * np.sqrt(FACTOR[2]) * LOADINGS["fb"]
    between = between + rng.normal(size=between.shape) * np.sqrt(RESIDUAL[2])
    data = pd.DataFrame(within + np.repeat(between, ROWS, axis=0), columns=["y1", "y2", "y3", "y4"])
    return data.assign(cluster=np.repeat(np.arange(CLUSTERS), ROWS))


def truth() -> pd.Series:
    """The free parameters, by level, lhs, op and rhs; the means are zero."""
    names = ("y1", "y2", "y3", "y4")
    true: dict[tuple[int, str, str, str], float] = {}
    for level, factor in ((1, "fw"), (2, "fb")):
        true |= {(level, factor, "=~", n): x for n, x in zip(names[1:], LOADINGS[factor][1:], strict=True)}
        true |= {(level, n, "~~", n): x for n, x in zip(names, RESIDUAL[level], strict=True)}
        true[level, factor, "~~", factor] = FACTOR[level]
    true |= {(2, n, "~1", ""): 0.0 for n in names}
    return pd.Series(true, name="true").rename_axis(["level", "lhs", "op", "rhs"])


def study(*, replications: int, seed: int, estimator: str = "ML") -> pd.DataFrame:
    """One row per promise (what, kept, promised, error): the test rejects a true model in 5 % of the samples, and each
    95 % interval holds its parameter in 95 %; error is the Monte Carlo standard error of what is promised.
    """
    rng, true = np.random.default_rng(seed), truth()
    rejected, inside = [], []
    for _ in range(replications):
        found = fit(MODEL, draw(rng), cluster="cluster", estimator=estimator)
        assert isinstance(found, TwoLevelFit)
        p = found.measures["pvalue.scaled" if estimator == "MLR" else "pvalue"]
        rejected.append(p < LEVEL)
        rows = found.estimates.set_index(true.index.names).loc[true.index]
        inside.append(((rows["ci_low"] <= true) & (true <= rows["ci_high"])).to_numpy())
    names = ["rejection"] + [" ".join(str(part) for part in key).strip() for key in true.index]
    kept = np.append(np.mean(rejected), np.mean(inside, axis=0))
    promised = np.append(LEVEL, np.full(len(true), 1 - LEVEL))
    error = np.sqrt(promised * (1 - promised) / replications)
    return pd.DataFrame({"what": names, "kept": kept, "promised": promised, "error": error})
