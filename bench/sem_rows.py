"""The estimator's work that is timed: models, data, and how each is called here. `lavaan.R` calls the same there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ORACLES = Path(__file__).parent.parent / "tests" / "oracles" / "sem"
REPLICATES = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """What is done, on which data with which model, how often it is timed here and there, and the ratio wanted.

    options: of `fit`; the trace of the test is lavaan's where ours would be debiased.   figure: the measure that shows
    that both sides computed the same.
    """

    name: str
    text: str
    data: str
    factors: tuple[tuple[str, tuple[str, ...]], ...]
    options: dict[str, Any]
    figure: str
    repeats: int
    peer_repeats: int
    goal: float

    @property
    def model(self) -> str:
        return "\n".join(f"{factor} =~ {' + '.join(items)}" for factor, items in self.factors)


def _numbered(prefixes: str, count: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((f"f{one}", tuple(f"{one}{i}" for i in range(1, count + 1))) for one in prefixes)


ABILITIES = (("visual", ("x1", "x2", "x3")), ("textual", ("x4", "x5", "x6")), ("speed", ("x7", "x8", "x9")))
TRAITS = _numbered("ACENO", 5)
MANY = _numbered("abcdef", 10)
EQUAL = ("thresholds", "loadings")

ROWS = (
    Row("ml", "ML, 9 items, N 301", "abilities", ABILITIES, {}, "chisq", 51, 21, 20),
    Row("mlr", "MLR, 25 items, N 2,436", "traits", TRAITS, {"estimator": "MLR"}, "chisq.scaled", 25, 7, 20),
    Row("wlsmv", "WLSMV, 25 items, N 2,436", "traits", TRAITS, {"ordered": True}, "chisq.scaled", 15, 5, 40),
    Row("polychoric", "polychoric matrix, 25 items, N 2,436", "traits", TRAITS, {}, "", 25, 5, 60),
    Row(
        "fiml", "FIML and MLR, 25 items, N 2,800", "traits_missing", TRAITS,
        {"estimator": "MLR", "missing": "fiml"}, "chisq.scaled", 9, 3, 50,
    ),
    Row(
        "groups", "WLSMV, two groups, thresholds and loadings equal, 25 items, N 2,436", "traits_gender", TRAITS,
        {"ordered": True, "group": "gender", "equal": EQUAL, "trace": "plain"}, "chisq.scaled", 9, 3, 40,
    ),
    Row("bootstrap", f"bootstrap, {REPLICATES:,} ML refits, 9 items", "abilities", ABILITIES, {}, "", 5, 0, 80),
    Row(
        "wlsmv_large", "WLSMV, 60 items, 6 factors, N 5,000", "many", MANY,
        {"ordered": True, "trace": "plain"}, "chisq.scaled", 3, 0, 20,
    ),
)  # fmt: skip


def write_data(folder: Path) -> None:
    """The rows' data as CSV files in a folder."""
    bfi = pd.read_csv(ORACLES / "bfi.csv")
    items = [item for _, items in TRAITS for item in items]
    complete = bfi.dropna(subset=items)
    pd.read_csv(ORACLES / "holzinger_swineford_1939.csv").to_csv(folder / "abilities.csv", index=False)
    complete[items].to_csv(folder / "traits.csv", index=False)
    complete[[*items, "gender"]].to_csv(folder / "traits_gender.csv", index=False)
    bfi[items].to_csv(folder / "traits_missing.csv", index=False)
    synthetic_answers(MANY, 5_000).to_csv(folder / "many.csv", index=False)


def synthetic_answers(factors: tuple[tuple[str, tuple[str, ...]], ...], n: int, *, seed: int = 1) -> pd.DataFrame:
    """Answers in five unequal categories of n people: loadings .5 to .8, factors that correlate .4."""
    rng = np.random.default_rng(seed)
    count = len(factors)
    latent = rng.multivariate_normal(np.zeros(count), np.full((count, count), 0.4) + 0.6 * np.eye(count), n)
    columns = {}
    for k, (_, items) in enumerate(factors):
        for item, loading in zip(items, np.linspace(0.5, 0.8, len(items)), strict=True):
            answer = loading * latent[:, k] + np.sqrt(1 - loading**2) * rng.standard_normal(n)
            columns[item] = 1 + np.searchsorted([-1.6, -0.8, 0.1, 1.1], answer)
    return pd.DataFrame(columns)


def work(row: Row, data: pd.DataFrame, replicates: int) -> Callable[[], float]:
    """The row's work: returns the figure by which results are compared."""
    from scoring.sem import fit, polychoric

    if row.name == "polychoric":
        return lambda: float(polychoric(data).R.to_numpy().sum())
    if row.name == "bootstrap":
        fitted = fit(row.model, data)

        def bootstrap() -> float:
            fitted.bootstrap(replicates, seed=1, n_jobs=1)
            return np.nan

        return bootstrap
    return lambda: float(fit(row.model, data, **row.options).measures[row.figure])
