"""Robust CFI and RMSEA of ordinal variables: are they what maximum likelihood would say of the variables behind them?

Two groups, six variables of two factors, a cross-loading that the model leaves out, a loading and an intercept that
differ between the groups. Known are the answers and what they were cut from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.sem import fit

ITEMS = [f"y{k}" for k in range(1, 7)]
LOADINGS = np.array([0.8, 0.7, 0.6, 0.7, 0.75, 0.65])
CUTS = {3: (-0.6, 0.5), 5: (-1.2, -0.4, 0.3, 1.1)}
MODEL = "f =~ NA*y1 + y2 + y3\ng =~ NA*y4 + y5 + y6\nf ~~ c(1, {free})*f\ng ~~ c(1, {free})*g\n{free_means}"


@dataclass(frozen=True, slots=True)
class Step:
    """What two groups have in common: nothing, thresholds, and then loadings and intercepts of the answers behind."""

    equal: tuple[str, ...]
    categories: int = 5


STEPS = [
    Step(equal, categories)
    for categories in (3, 5)
    for equal in ((), ("thresholds",), ("thresholds", "loadings"), ("thresholds", "loadings", "intercepts"))
]


def sample(n: int, categories: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """n rows of the variables behind, half in each group, and the answers."""
    half = np.repeat([0, 1], n // 2)
    root = np.linalg.cholesky([[1, 0.4], [0.4, 1]])
    factors = rng.normal(size=(len(half), 2)) @ root.T
    factors[half == 1] = 1.2 * factors[half == 1] + 0.3
    behind = np.repeat(factors, 3, axis=1) * LOADINGS
    behind[:, 1] += 0.35 * factors[:, 1]
    behind[half == 1, 2] -= 0.2 * factors[half == 1, 0]
    behind[half == 1, 4] += 0.3
    behind += rng.normal(size=behind.shape) * np.sqrt(1 - LOADINGS**2)
    answers = np.digitize(behind, CUTS[categories])
    return (
        pd.DataFrame(behind, columns=ITEMS).assign(half=half),
        pd.DataFrame(answers, columns=ITEMS).assign(half=half),
    )


def of_answers(step: Step, answers: pd.DataFrame) -> dict[str, float]:
    """Measures of the answers, identified as Wu and Estabrook (2016) do."""
    if "thresholds" not in step.equal:
        return fit("f =~ y1 + y2 + y3\ng =~ y4 + y5 + y6", answers, ordered=True, group="half").measures
    means = ["f ~ c(0, 0)*1", "g ~ c(0, 0)*1", *(f"{item} ~ c(0, NA)*1" for item in ITEMS)]
    freed = [] if "intercepts" in step.equal else means
    model = MODEL.format(free="NA" if "loadings" in step.equal else "1", free_means="\n".join(freed))
    equal = [kind for kind in step.equal if kind != "intercepts"]
    return fit(model, answers, ordered=True, group="half", equal=equal).measures


def of_the_variables_behind(step: Step, behind: pd.DataFrame) -> dict[str, float]:
    """Measures by maximum likelihood of the same model without thresholds."""
    equal = [kind for kind in step.equal if kind != "thresholds"]
    found = fit("f =~ y1 + y2 + y3\ng =~ y4 + y5 + y6", behind, group="half", equal=equal, meanstructure=True)
    return found.measures


def limits(steps: Sequence[Step], *, n: int, seed: int) -> pd.DataFrame:
    """Indices in one sample of many rows, of the answers and of what they were cut from."""
    rows = []
    for step in steps:
        behind, answers = sample(n, step.categories, np.random.default_rng([seed, step.categories]))
        ours, theirs = of_answers(step, answers), of_the_variables_behind(step, behind)
        rows.append((
            step.categories, "+".join(step.equal), ours["df.robust"], theirs["df"], ours["cfi.robust"], theirs["cfi"],
            ours["rmsea.robust"], theirs["rmsea"],
        ))  # fmt: skip
    return pd.DataFrame(
        rows, columns=["categories", "equal", "df", "df_behind", "cfi", "cfi_behind", "rmsea", "rmsea_behind"]
    )


def study(steps: Sequence[Step], *, n: int, replications: int, limit_n: int, seed: int) -> pd.DataFrame:
    """Means of robust CFI and squared RMSEA over samples of n rows, their Monte Carlo errors, and their limits."""
    rows = []
    for step in steps:
        rng = np.random.default_rng([seed, step.categories, len(step.equal)])
        found = np.empty((replications, 2))
        for replication in range(replications):
            measures = of_answers(step, sample(n, step.categories, rng)[1])
            found[replication] = measures["cfi.robust"], measures["rmsea.robust"] ** 2
        far = of_answers(step, sample(limit_n, step.categories, rng)[1])
        error = found.std(axis=0, ddof=1) / np.sqrt(replications)
        rows.append((
            step.categories, "+".join(step.equal), found[:, 0].mean(), far["cfi.robust"], error[0], found[:, 1].mean(),
            far["rmsea.robust"] ** 2, error[1],
        ))  # fmt: skip
    return pd.DataFrame(
        rows,
        columns=["categories", "equal", "cfi", "cfi_limit", "cfi_error", "rmsea2", "rmsea2_limit", "rmsea2_error"],
    )
