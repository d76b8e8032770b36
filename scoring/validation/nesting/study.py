"""The part "nesting": how far units differ, how far people inside them agree, and one structure or two."""

from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from scoring.validation.nesting.agreement import (
    agreement_summary,
    agreement_table,
    spread_of_units,
    within_correlation,
)
from scoring.validation.nesting.two_level import TwoLevelTables, two_level_tables
from scoring.validation.nesting.variance import FEWEST_UNITS, VarianceShares, unit_means, variance_shares
from scoring.validation.nesting.verdicts import bounds_table, verdict_row
from scoring.validation.panel import Panel
from scoring.validation.part import Part, Shortfall, StudyOptions
from scoring.validation.scale_scores import scale_scores

NAME = "nesting"
FEWEST_RESPONDENTS = 2
# What tables are looked up by, which an empty one has too.
KEYS = {
    "icc": ["scale", "statistic", "est", "ci_low", "ci_high", "n", "n_units"],
    "design": ["scale", "design_effect", "n_effective", "n", "n_units"],
    "item_icc": ["scale", "item", "est", "ci_low", "ci_high", "n", "n_units"],
    "agreement": ["scale", "null", "rwg_median", "share_beating_chance", "n_units"],
    "agreement_units": ["scale", "unit", "null", "rwg", "ad"],
    "verdicts": ["scale", "verdict"],
}


def study_nesting(panel: Panel, options: StudyOptions, progress: Callable[[str], None] | None = None) -> Part:
    """ICC, design effects, agreement and two-level structure of the scales of a panel."""
    if not panel.nested:
        return Part(NAME, {}, {}, (Shortfall(NAME, "Respondents belong to no units."),))
    # The matrices are small: threads would mostly wait for each other, and sums would depend on their number.
    with threadpool_limits(limits=1, user_api="blas"):
        return _study(panel, options, progress or (lambda _: None))


def _study(panel: Panel, options: StudyOptions, say: Callable[[str], None]) -> Part:
    weights = _rng(options, "draws").multinomial(
        panel.n_units, np.full(panel.n_units, 1 / panel.n_units), size=options.draws
    )
    say("variance")
    scales = _variance(panel, weights)
    shortfalls = [_few(name, one) for name, one in scales.items() if np.isnan(one.icc1.ci_low)]
    say("agreement")
    by_unit, summary = _agreement(panel, options)
    verdicts = [
        {"scale": name} | verdict_row(one, pd.DataFrame(summary[name]))
        for name, one in scales.items()
        if name in summary
    ]
    say("two levels")
    levels = TwoLevelTables() if options.quick else two_level_tables(panel)
    if options.quick:
        shortfalls.append(Shortfall("two levels", "Left out of the short study."))
    tables = {
        "icc": _frame("icc", [{"scale": name} | row for name, one in scales.items() for row in one.rows()]),
        "design": _frame("design", [_design(name, one) for name, one in scales.items()]),
        "item_icc": _items(panel, weights),
        "agreement": _frame("agreement", [{"scale": name} | row for name, rows in summary.items() for row in rows]),
        "agreement_units": pd.concat(by_unit, ignore_index=True) if by_unit else _frame("agreement_units", []),
        "verdicts": _frame("verdicts", verdicts),
        "bounds": bounds_table(),
        **levels.tables,
    }
    return Part(NAME, tables, {"n_units": panel.n_units, "n": panel.n}, (*shortfalls, *levels.shortfalls))


def _rng(options: StudyOptions, step: str) -> np.random.Generator:
    return np.random.default_rng([options.seed, crc32(f"{NAME}.{step}".encode())])


def _variance(panel: Panel, weights: np.ndarray) -> dict[str, VarianceShares]:
    """Of the scores on every scale that some respondents have."""
    scores = scale_scores(panel, panel.reflective)
    found = {}
    for j, name in enumerate(scores.scales):
        score = scores.score[:, [j]]
        if not np.isnan(score).all():
            found[name] = variance_shares(unit_means(score, panel.unit, panel.n_units), weights)
    return found


def _few(name: str, found: VarianceShares) -> Shortfall:
    if found.n <= found.n_units:
        return Shortfall(name, "No unit has two respondents with a score.", FEWEST_RESPONDENTS, 1, "respondents")
    why = f"There are {found.n_units} units with a score; an interval of ICC takes {FEWEST_UNITS}."
    return Shortfall(name, why, FEWEST_UNITS, found.n_units, "units")


def _design(name: str, found: VarianceShares) -> dict[str, Any]:
    fields = (
        "f", "df1", "df2", "p", "mean_size", "size_unequal", "size_weighted", "design_effect", "design_effect_unequal",
        "n_effective", "n", "n_units",
    )  # fmt: skip
    return {"scale": name} | {field: getattr(found, field) for field in fields}


def _items(panel: Panel, weights: np.ndarray) -> pd.DataFrame:
    rows = []
    for name, items in panel.reflective.items():
        for item, column in zip(items, panel.columns(items), strict=True):
            means = unit_means(panel.keyed[:, [column]], panel.unit, panel.n_units)
            if means.size.any():
                row = variance_shares(means, weights).rows()[0]
                rows.append({"scale": name, "item": item} | {key: row[key] for key in row if key != "statistic"})
    return _frame("item_icc", rows)


def _frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a table; without any, the columns that the table is looked up by."""
    return pd.DataFrame(rows, columns=None if rows else KEYS[name])


def _agreement(panel: Panel, options: StudyOptions) -> tuple[list[pd.DataFrame], dict[str, list[dict[str, Any]]]]:
    """Tables per unit, and rows over units by scale; each scale has a generator of its own."""
    by_unit: list[pd.DataFrame] = []
    summary: dict[str, list[dict[str, Any]]] = {}
    for name, items in panel.reflective.items():
        columns = panel.columns(items)
        scale = panel.instrument.scale_of_item(panel.instrument.items[columns[0]])
        answers, n_answers = panel.keyed[:, columns], scale.max - scale.min + 1
        spread = spread_of_units(answers, panel.unit, panel.n_units, scale.min, n_answers)
        correlation = within_correlation(answers, panel.unit)
        found = agreement_table(spread, correlation, n_answers, _rng(options, f"chance.{name}"), options.draws)
        if not found.empty:
            found.insert(0, "scale", name)
            by_unit.append(found)
            summary[name] = agreement_summary(found)
    return by_unit, summary
