"""Do tests and errors hold where respondents are nested in few clusters? WLSMV and MLR with `cluster=`.

Items have intraclass correlations of about .15. With at most three clusters for each degree of freedom, where the
status warns (`FEW_CLUSTERS`), rejections are reported and not bounded; with 60 clusters the fits without `cluster=`
show what is at stake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from scoring.sem import fit
from scoring.sem.status import CLUSTERS_PER_DF
from tests.simulations.factor_models import (
    Fits,
    Population,
    categories,
    intervals,
    moments_of_test,
    nested,
    outcome,
    rejections,
    replicate,
)

MODELS = (Population((6,)), Population((6, 5, 5), beside=0.2), Population((5, 5, 5, 5, 5)))  # df 9, 100 and 265
CLUSTERS = (30, 60, 100)
SIZE = 20  # respondents in each
MISFIT = "two factors of three items that correlate .9, fitted as one"
TWO = Population((3, 3), between=(0.9,))
ONE_FACTOR = "f1 =~ " + " + ".join(TWO.names)
# At the true model where clusters are enough; the test of MLR is scaled to its mean only and rejects more often.
REJECTS = {"WLSMV, clusters": (0.03, 0.08), "MLR, clusters": (0.03, 0.10)}
COVERS = {"loadings": (0.93, 0.97), "correlations": (0.93, 0.97)}
POWER = 0.80
WAYS: dict[str, dict[str, Any]] = {
    "WLSMV, clusters": {"ordered": True, "cluster": "unit"},
    "WLSMV without": {"ordered": True},
    "MLR, clusters": {"cluster": "unit"},
    "MLR without": {"estimator": "MLR"},
}


@dataclass(frozen=True)
class Condition:
    """population: the truth.   model: what is fitted.   clusters: how many, of `SIZE` respondents each."""

    population: Population
    model: str
    clusters: int
    ways: tuple[str, ...] = tuple(WAYS)


AWARE = ("WLSMV, clusters", "MLR, clusters")
TRUE = tuple(
    Condition(population, population.model, clusters, ways=tuple(WAYS) if clusters == 60 else AWARE)
    for population in MODELS for clusters in CLUSTERS
)  # fmt: skip
ENOUGH = tuple(replace(one, ways=AWARE) for one in TRUE if one.clusters > CLUSTERS_PER_DF * one.population.df)
WEAK = Condition(MODELS[1], MODELS[1].model, 60)
FALSE = Condition(TWO, ONE_FACTOR, 60, ways=AWARE)


def one(condition: Condition, seed: int, number: int) -> Fits:
    """A sample, fitted in every way: as categories and, before it was cut into them, as numbers."""
    rng = np.random.default_rng([seed, condition.clusters, len(condition.population.names), number])
    numbers = nested(condition.population, rng, clusters=condition.clusters, size=SIZE)
    answers = categories(numbers, condition.population.names)
    return {
        way: outcome(
            fit(condition.model, answers if "ordered" in WAYS[way] else numbers, std_lv=True, **WAYS[way]),
            condition.population,
        )
        for way in condition.ways
    }


def study(conditions: Sequence[Condition], *, replications: int, seed: int, jobs: int) -> pd.DataFrame:
    """One row for each condition and way.

    mean_scaled: rejections of the test that is scaled to its mean only, which stands beside that of WLSMV.
    warned: share with the status `FEW_CLUSTERS`. The rest as `factor_models` has it; intervals are from t with J - 1
    degrees of freedom where the fit knows of clusters.
    """
    rows = []
    for condition in conditions:
        found = replicate(partial(one, condition, seed), replications, jobs=jobs)
        rows += [{"clusters": condition.clusters, "fitted": way} | _summary(found[way], condition) for way in found]
    return pd.DataFrame(rows)


def _summary(found: Mapping[str, np.ndarray], condition: Condition) -> dict[str, float]:
    df, mean_scaled = int(found["df"][0]), found["mean_scaled"]
    return {
        "df": df,
        "warned": float((found["status"] == "FEW_CLUSTERS").mean()),
        "used": len(found["pvalue"]) / len(found["status"]),
        **rejections(found["pvalue"]),
        "mean_scaled": np.nan if np.isnan(mean_scaled).any() else rejections(chi2.sf(mean_scaled, df))["rejects"],
        **moments_of_test(found["chisq"], df),
        **(intervals(found, condition.population) if condition.model == condition.population.model else {}),
    }


def astray(found: pd.DataFrame, *, errors: float) -> list[str]:
    """Which rejections at the true model leave their bounds where clusters are enough, and which intervals; sentences.

    errors: Monte Carlo standard errors by which bounds are widened.
    """
    sentences = []
    for row in found.to_dict("records"):
        if row["fitted"] not in AWARE:
            continue
        weak = row["clusters"] <= CLUSTERS_PER_DF * row["df"]
        if row["warned"] != weak:
            sentences.append(f"{row['clusters']} clusters, df {row['df']}: {row['warned']:.0%} of the fits warn.")
        bounds = COVERS if weak else COVERS | {"rejects": REJECTS[row["fitted"]]}
        for name, (low, high) in bounds.items():
            reach = errors * row[f"{name}_mc"]
            if not (np.isnan(row[name]) or low - reach <= row[name] <= high + reach):
                sentences.append(
                    f"{row['fitted']}, df {row['df']}, {row['clusters']} clusters: {name} is {row[name]:.3f}, "
                    f"not {low} to {high}."
                )
    return sentences


def blind(found: pd.DataFrame, *, errors: float) -> list[str]:
    """Which tests of the false model reject in fewer than four samples of five, one sentence each."""
    return [
        f"{row['fitted']}, df {row['df']}, {row['clusters']} clusters: {MISFIT} is told in {row['rejects']:.0%}."
        for row in found.to_dict("records")
        if row["rejects"] + errors * row["rejects_mc"] < POWER
    ]
