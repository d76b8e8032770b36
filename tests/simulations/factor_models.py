"""Populations whose every parameter is known, samples drawn from them, and what became of the fits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from scoring.sem import CategoricalFit, Fit

LOADINGS = (0.8, 0.7, 0.6, 0.75, 0.65)  # of the items of a factor, in turn
CORRELATIONS = (0.5, 0.3, 0.4)
CUTS = np.array([-1.3, -0.4, 0.3, 1.2])  # five unequal categories: .10 .24 .27 .27 .12 of a normal variable
WILD, SPREAD = 0.1, 2.0  # share of rows that lie twice as far out: fourth moments are 1.48 times those of normal data
LEVEL = 0.05
SHIFTS = np.array([0.0, 0.15, -0.15])  # of the thresholds, item by item, so that categories differ between items


@dataclass(frozen=True)
class Population:
    """factors: items of each.   beside: correlation of the residuals of the first two items, in the model too.
    between: correlations of the factors, pair by pair, in turn.

    Every variable, latent or observed, has variance 1, so that standardised and plain parameters are the same.
    """

    factors: tuple[int, ...]
    beside: float = 0.0
    between: tuple[float, ...] = CORRELATIONS

    @cached_property
    def items(self) -> list[list[str]]:
        """Names by factor."""
        return [[f"y{factor + 1}{item + 1}" for item in range(count)] for factor, count in enumerate(self.factors)]

    @cached_property
    def names(self) -> list[str]:
        return [name for names in self.items for name in names]

    @cached_property
    def model(self) -> str:
        lines = [f"f{factor + 1} =~ " + " + ".join(names) for factor, names in enumerate(self.items)]
        return "\n".join([*lines, *([f"{self.names[0]} ~~ {self.names[1]}"] if self.beside else [])])

    @property
    def df(self) -> int:
        p, k = len(self.names), len(self.factors)
        return p * (p - 1) // 2 - p - k * (k - 1) // 2 - bool(self.beside)

    @cached_property
    def loadings(self) -> np.ndarray:
        """Shape (items, factors)."""
        found = np.zeros((len(self.names), len(self.factors)))
        of_item = [(factor, LOADINGS[k % 5]) for factor, count in enumerate(self.factors) for k in range(count)]
        for item, (factor, value) in enumerate(of_item):
            found[item, factor] = value
        return found

    @cached_property
    def correlations(self) -> np.ndarray:
        """Of the factors, shape (factors, factors)."""
        found = np.eye(len(self.factors))
        for number, (a, b) in enumerate(combinations(range(len(self.factors)), 2)):
            found[a, b] = found[b, a] = self.between[number % len(self.between)]
        return found

    @cached_property
    def residuals(self) -> np.ndarray:
        """Covariance matrix of what the factors leave, shape (items, items)."""
        found = np.diag(1 - (self.loadings**2).sum(axis=1))
        if self.beside:
            found[0, 1] = found[1, 0] = self.beside * np.sqrt(found[0, 0] * found[1, 1])
        return found

    @cached_property
    def truth(self) -> dict[tuple[str, str, str], float]:
        """Loadings and correlations of the factors, by lhs, op and rhs of the table of estimates."""
        names = [f"f{factor + 1}" for factor in range(len(self.factors))]
        loadings = {
            (names[factor], "=~", item): float(self.loadings[self.names.index(item), factor])
            for factor, items in enumerate(self.items) for item in items
        }  # fmt: skip
        pairs = combinations(range(len(names)), 2)
        return loadings | {(names[a], "~~", names[b]): float(self.correlations[a, b]) for a, b in pairs}

    def parts(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Items' common parts and residuals, both (n, items), normal and independent of each other."""
        factors = rng.standard_normal((n, len(self.factors))) @ np.linalg.cholesky(self.correlations).T
        unique = rng.standard_normal((n, len(self.names))) @ np.linalg.cholesky(self.residuals).T
        return factors @ self.loadings.T, unique

    def frame(self, values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, columns=self.names)


def normal(population: Population, rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Rows of a multivariate normal distribution."""
    return population.frame(sum(population.parts(rng, n)))


def heavy(population: Population, rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Rows of a contaminated normal distribution, scaled to the population's covariance matrix.

    Its moments are all finite, as the theory behind robust tests asks; those of multivariate t above the eighth are not
    with the same fourth ones.
    """
    scale = np.where(rng.random(n) < WILD, SPREAD, 1.0) / np.sqrt(1 + WILD * (SPREAD**2 - 1))
    return normal(population, rng, n) * scale[:, None]


def nested(population: Population, rng: np.random.Generator, *, clusters: int, size: int) -> pd.DataFrame:
    """Normal rows in clusters (column `unit`): a fifth of the factors' variance and a tenth of the residuals' lies
    between them, so that items have intraclass correlations of .14 to .16, and the model holds at both levels.
    """
    unit = np.repeat(np.arange(clusters), size)
    between, within = population.parts(rng, clusters), population.parts(rng, len(unit))
    values = sum(
        np.sqrt(share) * b[unit] + np.sqrt(1 - share) * w
        for share, b, w in zip((0.2, 0.1), between, within, strict=True)
    )
    return population.frame(values).assign(unit=unit)


def categories(data: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """The data with the named variables cut into five unequal categories."""
    cut = {name: np.digitize(data[name], CUTS + SHIFTS[k % 3]) for k, name in enumerate(names)}
    return data.assign(**cut)


Outcome = Mapping[str, np.ndarray | float | str]
Fits = Mapping[str, Outcome]


def outcome(found: Fit | CategoricalFit, population: Population, column: str = "est") -> Outcome:
    """What a replication keeps of a fit: status, test, and the parameters of `Population.truth` with their intervals.

    column: "est", or "std_all" for the standardised values. A model that is not the population's has no truth.
    """
    if not found.measures:
        return {"status": found.status.name}
    robust = np.isfinite(found.measures.get("chisq.scaled", np.nan))
    ending = ".scaled" if robust else ""
    rows = found.estimates.set_index(["lhs", "op", "rhs"]).reindex(list(population.truth))
    reach = (rows["ci_high"] - rows["ci_low"]) / (2 * rows["se"])  # of normal or t, as the fit has it
    se = rows["se" if column == "est" else "std_se"]
    return {
        "status": found.status.name,
        "chisq": found.measures[f"chisq{ending}"],
        "pvalue": found.measures[f"pvalue{ending}"],
        "mean_scaled": found.measures.get("chisq.mean.scaled", np.nan),
        "df": found.measures["df"],
        "est": rows[column].to_numpy(),
        "se": se.to_numpy(),
        "reach": (reach * se).to_numpy(),
    }


def replicate(one: Callable[[int], Fits], replications: int, *, jobs: int) -> dict[str, dict[str, np.ndarray]]:
    """Outcomes of `one(number)` for every replication, stacked, by method."""
    found = Parallel(n_jobs=jobs, batch_size=20)(delayed(one)(number) for number in range(replications))
    return {method: _stacked([fits[method] for fits in found]) for method in found[0]}


def _stacked(outcomes: Sequence[Outcome]) -> dict[str, np.ndarray]:
    usable = [one for one in outcomes if len(one) > 1]
    kept = {name: np.array([one[name] for one in usable]) for name in usable[0] if name != "status"}
    return kept | {"status": np.array([one["status"] for one in outcomes])}


def rejections(pvalue: np.ndarray) -> dict[str, float]:
    """Share of p below .05 and its Monte Carlo standard error."""
    share = float((pvalue < LEVEL).mean())
    return {"rejects": share, "rejects_mc": float(np.sqrt(share * (1 - share) / len(pvalue)))}


def intervals(found: Mapping[str, np.ndarray], population: Population) -> dict[str, float]:
    """What estimates and their 95 % intervals come to; columns ending in _mc are Monte Carlo standard errors.

    loadings, correlations: share of intervals that hold the truth.   bias: the worst mean error of a parameter over
    its empirical standard deviation, in absolute value.   se: mean ratio of standard errors to these deviations;
    se_low, se_high: the least and greatest.
    """
    replications = len(found["est"])
    error = found["est"] - np.array(list(population.truth.values()))
    sd = error.std(axis=0, ddof=1)
    ratio = found["se"].mean(axis=0) / sd
    summary = {}
    covered = np.abs(error) <= found["reach"]
    is_loading = np.array([op == "=~" for _, op, _ in population.truth])
    for name, which in (("loadings", is_loading), ("correlations", ~is_loading)):
        share = covered[:, which].mean(axis=1) if which.any() else np.array([np.nan])
        summary |= {name: float(share.mean()), f"{name}_mc": float(share.std() / np.sqrt(replications))}
    return summary | {
        "bias": float(np.abs(error.mean(axis=0) / sd).max()),
        "bias_mc": float(1 / np.sqrt(replications)),
        "se": float(ratio.mean()),
        "se_low": float(ratio.min()),
        "se_high": float(ratio.max()),
        "se_mc": float(1 / np.sqrt(2 * replications)),
    }


def moments_of_test(chisq: np.ndarray, df: int) -> dict[str, float]:
    """Mean and variance of a statistic over those of chi-square, with Monte Carlo standard errors."""
    root, squares = np.sqrt(len(chisq)), (chisq - chisq.mean()) ** 2
    return {
        "mean": float(chisq.mean() / df),
        "mean_mc": float(chisq.std() / df / root),
        "variance": float(squares.mean() / (2 * df)),
        "variance_mc": float(squares.std() / (2 * df) / root),
    }


def printed(frame: pd.DataFrame) -> str:
    """The table, each figure that has one with its Monte Carlo standard error behind it."""
    shown = frame[[name for name in frame if not name.endswith("_mc")]].copy()
    for name in shown:
        if f"{name}_mc" in frame:
            pairs = zip(frame[name], frame[f"{name}_mc"], strict=True)
            shown[name] = [f"{value:.3f} ({error:.3f})" for value, error in pairs]
    return shown.to_string(index=False, float_format="%.3f")
