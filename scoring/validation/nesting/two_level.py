"""Tables of the two-level models of every scale, and what could not be fitted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from scoring.sem import DataError, ModelError
from scoring.validation.nesting.blocks import FEWEST_ITEMS, Block, widest_block
from scoring.validation.nesting.levels import (
    UNITS_FOR_CLAIMS,
    LevelFits,
    congruence,
    cross_level_rows,
    fit_levels,
    fit_rows,
    loading_rows,
    reliability_rows,
    units_needed,
)
from scoring.validation.panel import Panel
from scoring.validation.part import Shortfall

COLUMNS = {
    "two_level_data": ("scale", "items", "roles", "n", "n_asked", "n_units", "congruence"),
    "two_level_fit": ("scale", "model", "status", "chisq", "df", "pvalue", "n", "n_units"),
    "two_level_loadings": ("scale", "item", "within", "between", "n", "n_units"),
    "cross_level": ("scale", "test", "chisq", "df", "p", "verdict", "n", "n_units"),
    "level_reliability": ("scale", "coefficient", "model", "est", "se", "ci_low", "ci_high", "df", "n", "n_units"),
}


@dataclass(frozen=True, slots=True)
class TwoLevelTables:
    """Rows by table, and what there is not."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    shortfalls: list[Shortfall] = field(default_factory=list)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """As frames; one without rows has the columns that are always there."""
        return {name: pd.DataFrame(rows, columns=None if rows else COLUMNS[name]) for name, rows in self.rows.items()}


def two_level_tables(panel: Panel) -> TwoLevelTables:
    """One factor at both levels for every reflective scale."""
    found = TwoLevelTables()
    for name, items in panel.reflective.items():
        columns = panel.columns(items)
        block = widest_block(panel.keyed[:, columns], panel.asked[:, columns])
        if block is None:
            why = f"There are no {FEWEST_ITEMS} items that the same people were asked."
            found.shortfalls.append(Shortfall(name, why))
            continue
        n_units = len(np.unique(panel.unit[block.rows]))
        fewest = units_needed(len(block.items), "no_unit_residuals")
        if n_units < fewest or len(block.rows) <= n_units:
            why = f"A model of {len(block.items)} items at two levels takes {fewest} units."
            found.shortfalls.append(Shortfall(name, why, fewest, n_units, "units"))
            continue
        _add(found, panel, name, items, block)
    return found


def _add(found: TwoLevelTables, panel: Panel, name: str, items: tuple[str, ...], block: Block) -> None:
    chosen = [items[i] for i in block.items]
    answers = panel.frame(chosen).loc[block.rows, chosen]
    try:
        fitted = fit_levels(answers, panel.unit[block.rows])
    except (DataError, ModelError) as fault:
        found.shortfalls.append(Shortfall(name, f"A model of two levels cannot be fitted: {fault}"))
        return
    loadings = loading_rows(fitted)
    data = {
        "items": ";".join(chosen),
        "roles": ";".join(sorted(set(panel.role[block.rows].tolist()) - {""})),
        "n": fitted.n,
        "n_asked": block.asked,
        "n_units": fitted.n_units,
        "congruence": congruence(loadings) if loadings else np.nan,
    }
    of_tables = (data,), fit_rows(fitted), loadings, cross_level_rows(fitted), reliability_rows(fitted)
    for table, rows in zip(COLUMNS, of_tables, strict=True):
        found.rows[table] += [{"scale": name} | row for row in rows]
    found.shortfalls.extend(_shortfalls(name, fitted))


def _shortfalls(name: str, fitted: LevelFits) -> Iterator[Shortfall]:
    free = units_needed(len(fitted.items))
    if "free" not in fitted.fits:
        why = f"Loadings of {len(fitted.items)} items at both levels, each with its own, take {free} units."
        yield Shortfall(name, why, free, fitted.n_units, "units")
    elif fitted.solution("free") is None:
        yield Shortfall(name, f"The model of two levels has no solution: {fitted.fits['free'].status}")
    if fitted.n_units < UNITS_FOR_CLAIMS:
        why = f"Whether both levels have one structure takes {UNITS_FOR_CLAIMS} units."
        yield Shortfall(name, why, UNITS_FOR_CLAIMS, fitted.n_units, "units")
