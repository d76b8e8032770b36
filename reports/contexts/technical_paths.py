"""The theory at its three levels, what speaks of units, indirect effects, rivals and common method."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.contexts.technical_blocks import Block, Section, Text
from reports.contexts.technical_numbers import NOTHING, bounded, decimal, degrees, missing, probability, whole
from reports.contexts.technical_voice import Column, Voice
from reports.texts import N_

PART = "theory"
LEVELS = ("between", "within", "pooled")
SHOWN_METHODS = (
    "unit_bootstrap",
    "unit_bootstrap_one_step",
    "monte_carlo",
    "delta",
)  # the first that there is is shown


def paths_section(v: Voice) -> Section:
    title = v.say(N_("Theory"))
    table = v.table_of(PART, "paths")
    if table.empty:
        return v.without_figures("paths", title, PART)
    blocks: list[Block] = [
        Text(
            v.say(
                N_(
                    "Only the rows “between units” speak of consortia or other units as wholes. Those “within units” "
                    "say how people of one unit differ; pooled ones mix the two and speak of neither. Paths are "
                    "associations in answers given at one time; they do not show what causes what."
                )
            )
        ),
        _paths(v, table),
    ]
    if v.figure(PART, "speaks_of_units") and (table["verdict"] == "not_enough_units").any():
        blocks.append(
            Text(v.say(N_("There are too few units for statements about units; those rows are a description.")), "note")
        )
    blocks += [*_indirect(v), *_rivals(v), *_method(v)]
    return Section("paths", title, tuple(blocks))


def _paths(v: Voice, table: pd.DataFrame) -> Any:
    chosen = table[table["headline"].astype(bool)]
    order = {name: place for place, name in enumerate(LEVELS)}
    shown = chosen.sort_values("level", key=lambda one: one.map(order), kind="stable")
    columns = [
        Column("β", "std", bounded),
        Column(v.say(N_("95%% CI")), "std_ci_low", high="std_ci_high"),
        Column("p", "p", probability),
        Column(v.say(N_("p (Holm)")), "p_holm", probability),
        Column(v.say(N_("Holding constant")), "adjusted_for", lambda one: _listed(v, one), words=True),
        Column("n", "n", whole),
        Column(v.say(N_("Units")), "n_units", whole),
        Column(v.say(N_("Note")), "verdict", lambda one: v.coded("path", one) if one else "", words=True),
    ]
    note = v.say(
        N_(
            "β = standardised coefficient. Between units: scores of units with allowance for their error of "
            "measurement; within and pooled: latent variables, errors robust against clustering."
        )
    )
    return v.sheet(
        shown, v.say(N_("Paths of the theory")), v.say(N_("Path")), lambda row: _arrow(v, row), columns, note=note,
        csv="theory/paths.csv", grouped=lambda row: v.coded("level", row["level"]),
    )  # fmt: skip


def _arrow(v: Voice, row: Mapping[str, Any]) -> str:
    return f"{v.scale(row['source'])} → {v.scale(row['target'])}"


def _listed(v: Voice, names: Any) -> str:
    return NOTHING if missing(names) or not names else v.scale_list(str(names).split(";"))


def _indirect(v: Voice) -> list[Block]:
    table = v.table_of(PART, "indirect")
    if table.empty:
        return []
    table = table[table["kind"] == "total"]
    methods = [name for name in SHOWN_METHODS if name in set(table["method"])]
    kept = []
    for _, rows in table.groupby(["level", "kind", "source", "target", "route"], sort=False, dropna=False):
        ranked = sorted(
            rows.to_dict("records"),
            key=lambda row: (missing(row["ci_low"]), methods.index(row["method"]) if row["method"] in methods else 9),
        )
        kept.append(ranked[0])
    columns = [
        Column(v.say(N_("By way of")), "route", lambda one: _route(v, one), words=True),
        Column(v.say(N_("Estimate")), "est", decimal),
        Column(v.say(N_("95%% CI")), "ci_low", high="ci_high", unit=False),
        Column(v.say(N_("Interval by")), "method", lambda one: v.coded("method", one), words=True),
        Column(v.say(N_("Draws")), "draws", whole),
        Column("n", "n", whole),
    ]
    note = v.say(N_("Products of unstandardised paths, summed over all routes; single routes are in the file."))
    if not kept:
        return []
    return [
        v.sheet(
            pd.DataFrame(kept), v.say(N_("Indirect effects")), v.say(N_("Effect")), lambda row: _arrow(v, row), columns,
            note=note, csv="theory/indirect.csv", folded=True, grouped=lambda row: v.coded("level", row["level"]),
        )
    ]  # fmt: skip


def _route(v: Voice, route: Any) -> str:
    if missing(route) or not route:
        return v.say(N_("all routes"))
    return " → ".join(v.scale(name.strip()) for name in str(route).split(">"))


def _rivals(v: Voice) -> list[Block]:
    table = v.table_of(PART, "rivals")
    if len(table) < 2:
        return []
    columns = [
        Column(v.say(N_("χ² (scaled)")), "chisq_scaled", decimal),
        Column("df", "df", degrees),
        Column(v.say(N_("CFI (robust)")), "cfi_robust", lambda one: bounded(one, 3)),
        Column(v.say(N_("RMSEA (robust)")), "rmsea_robust", lambda one: bounded(one, 3)),
        Column("ΔBIC", "delta_bic", lambda one: decimal(one, 1)),
        Column(v.say(N_("Relation")), "relation", lambda one: v.coded("relation", one), words=True),
        Column("Δχ²", "test_chisq", decimal),
        Column("p", "test_p", probability),
    ]
    note = v.say(N_("Pooled, by MLR. ΔBIC: the rival’s less the theory’s; negative speaks for the rival."))
    return [
        v.sheet(
            table, v.say(N_("Rival theories")), v.say(N_("Theory")), lambda row: v.coded("theory", row["model"]),
            columns, note=note, csv="theory/rivals.csv",
        )
    ]  # fmt: skip


def _method(v: Voice) -> list[Block]:
    table = v.table_of(PART, "common_method")
    table = table if table.empty else table[table["value"].notna()]
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Statistic")), "statistic", lambda one: v.coded("method", one), words=True),
        Column(v.say(N_("Value")), "value", decimal),
        Column("n", "n", whole),
    ]
    note = v.say(
        N_(
            "One large factor neither shows nor rules out common method variance. A latent method factor takes up "
            "whatever all items share, substance included: paths that hold beside it are supported, paths that vanish "
            "are not refuted."
        )
    )
    return [
        v.sheet(
            table, v.say(N_("Common method")), v.say(N_("Check")), lambda row: v.coded("method", row["check"]), columns,
            note=note, csv="theory/common_method.csv",
        )
    ]  # fmt: skip
