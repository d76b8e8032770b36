"""The theory fitted to the answers as they are, and to what is left of them inside units."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from scoring.sem import CategoricalFit, DataError, Fit, ModelError, Status, fit
from scoring.validation.confirmatory.misfit import holm
from scoring.validation.panel import Panel
from scoring.validation.theory.paths import Path, Theory

Level = Literal["pooled", "within", "between"]
Estimator = Literal["MLR", "WLSMV", "EIV"]
# Whom a coefficient speaks of. Pooled ones mix how people differ with how their units do.
ABOUT = {"pooled": "mixed", "within": "people_inside_units", "between": "units"}
PATH_COLUMNS = (
    "level", "about", "estimator", "source", "target", "adjusted_for", "headline", "est", "se", "ci_low", "ci_high",
    "std", "std_se", "std_ci_low", "std_ci_high", "df", "p", "p_holm", "n", "n_units", "status", "verdict",
)  # fmt: skip
LEVEL = 0.95
IMPROPER = "improper"  # the solution cannot be meant: the coefficients are there to be looked at, not to be quoted


@dataclass(frozen=True, slots=True, eq=False)
class StructuralFit:
    """A structural model at one level.

    fit: None where the data or the model were refused; fault says why.   n, n_units: rows with any answer, and units.
    """

    name: str
    level: Level
    estimator: Estimator
    theory: Theory
    fit: Fit | CategoricalFit | None
    fault: str
    n: int
    n_units: int

    @property
    def solution(self) -> Fit | CategoricalFit | None:
        """The fit that may be read, or None."""
        return self.fit if self.fit is not None and self.fit.status.usable else None

    @property
    def status(self) -> str:
        return "REFUSED" if self.fit is None else self.fit.status.name

    @property
    def df(self) -> float:
        """Degrees of freedom of t: units less one; infinite without units."""
        return float(self.n_units - 1) if self.n_units else np.inf


def respondents(panel: Panel, theory: Theory) -> pd.DataFrame:
    """Keyed answers of whoever answered any item of the theory, with the column `unit`."""
    items = list(theory.items)
    found = panel.frame(items)[[*items, "unit"]]
    return found[found[items].notna().any(axis=1)].reset_index(drop=True)


def centred_within(data: pd.DataFrame, items: list[str]) -> pd.DataFrame:
    """Answers less the mean of the unit's answers to the item: what is left says how people inside one unit differ.

    With n answers in a unit the covariances shrink by (n - 1) / n, alike for all items, which leaves standardised
    effects as they are (Muthen 1994, Sociological Methods & Research 22, on the pooled within matrix).
    """
    means = data.groupby("unit", observed=True)[items].transform("mean")
    return data.assign(**(data[items] - means))


def fit_structure(
    theory: Theory, data: pd.DataFrame, *, name: str = "theory", level: Level = "pooled", estimator: Estimator = "MLR",
    clustered: bool = True, extra: tuple[str, ...] = (),
) -> StructuralFit:  # fmt: skip
    """The theory fitted to answers with a column `unit`; never raises for what they are like.

    MLR by full information where answers are missing; WLSMV on pairwise polychoric correlations. Errors are robust
    against clustering in units, and p and intervals are of t with J - 1 degrees of freedom.
    """
    n_units = int(data["unit"].nunique()) if clustered else 0
    cluster = "unit" if clustered else None
    text = theory.syntax(extra)
    found: Fit | CategoricalFit | None = None
    fault = ""
    try:
        if estimator == "WLSMV":
            fitted = fit(text, data, estimator="WLSMV", ordered=True, missing="pairwise", cluster=cluster)
        else:
            missing = "fiml" if data[list(theory.items)].isna().any(axis=None) else "listwise"
            fitted = fit(text, data, estimator="MLR", missing=missing, cluster=cluster, meanstructure=True)
        found = fitted if isinstance(fitted, Fit | CategoricalFit) else None
    except (DataError, ModelError, np.linalg.LinAlgError) as error:
        fault = str(error)
    return StructuralFit(name, level, estimator, theory, found, fault, len(data), n_units)


def path_row(found: StructuralFit, path: Path, *, adjusted_for: str = "", headline: bool = True) -> dict[str, Any]:
    """One row of the table of paths, by `PATH_COLUMNS`; p_holm is left to whoever knows the others."""
    row: dict[str, Any] = dict.fromkeys(PATH_COLUMNS, np.nan)
    row |= {
        "level": found.level, "about": ABOUT[found.level], "estimator": found.estimator, "source": path.source,
        "target": path.target, "adjusted_for": adjusted_for, "headline": headline, "df": found.df, "n": found.n,
        "n_units": found.n_units, "status": found.status, "verdict": "",
    }  # fmt: skip
    if found.solution is None:
        return row
    if found.solution.status is Status.IMPROPER:
        row["verdict"] = IMPROPER
    table = found.solution.estimates
    one = table[(table["op"] == "~") & (table["label"] == path.label)].iloc[0]
    row |= {name: float(one[name]) for name in ("est", "se", "ci_low", "ci_high", "p")}
    return row | standardised(float(one["std_all"]), float(one["std_se"]), found.df)


def standardised(std: float, std_se: float, df: float) -> dict[str, float]:
    """std, std_se and the interval std -+ t(df) std_se."""
    reach = float(stdtrit(min(df, 1e12), (1 + LEVEL) / 2)) * std_se
    return {"std": std, "std_se": std_se, "std_ci_low": std - reach, "std_ci_high": std + reach}


def path_rows(found: StructuralFit, *, headline: bool = True) -> list[dict[str, Any]]:
    """One row per path; each coefficient holds the other predictors of its target constant."""
    return [
        path_row(
            found, path, headline=headline,
            adjusted_for=";".join(name for name in found.theory.predictors(path.target) if name != path.source),
        )
        for path in found.theory.paths
    ]  # fmt: skip


def paths_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows as a table, p_holm over the paths of one level, estimator and kind (Holm 1979)."""
    table = pd.DataFrame(rows, columns=list(PATH_COLUMNS))
    for _, part in table.groupby(["level", "estimator", "headline"], sort=False):
        known = part.index[part["p"].notna()]
        table.loc[known, "p_holm"] = holm(part.loc[known, "p"].to_numpy(float))
    return table
