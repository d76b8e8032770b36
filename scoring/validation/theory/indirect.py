"""Indirect effects: every one that the paths imply, with three kinds of interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem import Bootstrap, DataError, Fit, ModelError
from scoring.validation.theory.draws import takes_one_step, unit_bootstrap
from scoring.validation.theory.levels import ABOUT, StructuralFit, standardised
from scoring.validation.theory.paths import Route

MONTE_CARLO = 20_000
COLUMNS = (
    "level", "about", "estimator", "kind", "source", "target", "route", "method", "est", "se", "ci_low", "ci_high",
    "std", "std_se", "std_ci_low", "std_ci_high", "df", "p", "draws", "failed", "n", "n_units",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Effect:
    """An indirect effect: along one route ("specific"), or along all from source to target ("total")."""

    name: str
    kind: str
    source: str
    target: str
    routes: tuple[Route, ...]

    @property
    def definition(self) -> str:
        """As lavaan reads it."""
        return f"{self.name} := " + " + ".join("*".join(path.label for path in one.paths) for one in self.routes)

    @property
    def route(self) -> str:
        """The variables in between, as "L > C"; "" for several routes."""
        return " > ".join(self.routes[0].through) if len(self.routes) == 1 else ""


def effects(found: Sequence[Route]) -> tuple[Effect, ...]:
    """The total indirect effect of every pair of variables, and each route's where there are several."""
    result = []
    for source, target in dict.fromkeys((one.source, one.target) for one in found):
        own = tuple(one for one in found if (one.source, one.target) == (source, target))
        name = f"indirect_{source}_{target}"
        result.append(Effect(name, "total", source, target, own))
        if len(own) > 1:
            result += [
                Effect(f"{name}_{i}", "specific", source, target, (one,)) for i, one in enumerate(own, 1)
            ]  # fmt: skip
    return tuple(result)


def delta_rows(found: StructuralFit, wanted: Sequence[Effect]) -> list[dict[str, Any]]:
    """By the delta method (Sobel 1982), as the fit defines them."""
    if found.solution is None:
        return []
    table = found.solution.estimates.query("op == ':='").set_index("lhs")
    rows = []
    for effect in wanted:
        one = table.loc[effect.name]
        own = {name: float(one[name]) for name in ("est", "se", "ci_low", "ci_high", "p")}
        rows.append(
            _head(found, effect, "delta") | own | standardised(float(one["std_all"]), float(one["std_se"]), found.df)
        )
    return rows


def monte_carlo_rows(found: StructuralFit, wanted: Sequence[Effect], seed: int) -> list[dict[str, Any]]:
    """Percentiles over draws of the coefficients (MacKinnon, Lockwood & Williams 2004), of t with J - 1 df."""
    if found.solution is None:
        return []
    drawn = found.solution.monte_carlo(MONTE_CARLO, seed=seed)
    table = drawn.to_frame().set_index("lhs")
    return [
        _head(found, effect, "monte_carlo")
        | {name: float(table.loc[effect.name, name]) for name in ("est", "se", "ci_low", "ci_high")}
        | {"draws": len(drawn.draws), "failed": int((~np.isfinite(drawn.draws[effect.name])).sum())}
        for effect in wanted
    ]


def bootstrap_rows(
    found: StructuralFit, wanted: Sequence[Effect], draws: int, seed: int, n_jobs: int
) -> tuple[list[dict[str, Any]], Bootstrap | None, str]:
    """Percentiles over draws of whole units; the draws; and why there are none. One row of each effect."""
    if not isinstance(found.solution, Fit):
        return [], None, found.fault or "The model has no solution."
    try:
        drawn = unit_bootstrap(found.solution, draws, seed, n_jobs)
    except (DataError, ModelError) as error:
        return [], None, str(error)
    table = drawn.to_frame().query("op == ':='").set_index("lhs")
    method = "unit_bootstrap_one_step" if takes_one_step(found.solution) else "unit_bootstrap"
    names = {
        "est": "est", "se": "se", "ci_low": "ci_low", "ci_high": "ci_high", "std": "std_all", "std_se": "std_se",
        "std_ci_low": "std_low", "std_ci_high": "std_high",
    }  # fmt: skip
    counted = {"draws": drawn.summary["asked"], "failed": drawn.summary["failed"]}
    rows = [
        _head(found, effect, method)
        | {ours: float(table.loc[effect.name, one]) for ours, one in names.items()}
        | counted
        for effect in wanted
    ]
    return rows, drawn, ""


def _head(found: StructuralFit, effect: Effect, method: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, np.nan)
    return row | {
        "level": found.level, "about": ABOUT[found.level], "estimator": found.estimator, "kind": effect.kind,
        "source": effect.source, "target": effect.target, "route": effect.route, "method": method, "df": found.df,
        "draws": 0, "failed": 0, "n": found.n, "n_units": found.n_units,
    }  # fmt: skip


def indirect_table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The rows, by `COLUMNS`."""
    return pd.DataFrame(list(rows), columns=list(COLUMNS))
