"""Measurement invariance: the ladder of every scale and grouping, and what differences of items come to."""

from collections.abc import Mapping
from typing import Any

from reports.contexts.technical_blocks import Block, Section, Text
from reports.contexts.technical_numbers import bounded, decimal, degrees, probability, whole
from reports.contexts.technical_voice import Column, Voice
from reports.texts import N_

PART = "invariance"
FEW_ITEMS = 10  # items of the largest dMACS that are printed


def groups_section(v: Voice) -> Section:
    title = v.say(N_("Measurement invariance"))
    verdicts = v.table_of(PART, "verdicts")
    if verdicts.empty:
        return v.without_figures("invariance", title, PART)
    blocks: list[Block] = [
        Text(
            v.say(
                N_(
                    "Items are compared as ordered categories along the ladder of Wu and Estabrook (2016): same form, "
                    "equal thresholds, equal loadings, equal intercepts, equal residual variances. A step is refused "
                    "where its test, corrected for the number of tests, rejects and CFI falls by more than .01 (Cheung "
                    "& Rensvold, 2002); items are then freed one by one, and the scale is called partially invariant."
                )
            )
        ),
    ]
    columns = [
        Column(v.say(N_("Verdict")), "verdict", lambda one: v.coded("invariance", one), words=True),
        Column(v.say(N_("Groups")), "groups", lambda one: _names(v, one), words=True),
        Column(v.say(N_("Items, of all")), "items_of", words=False),
        Column(v.say(N_("Freed")), "freed", lambda one: str(one).replace(";", ", ") or "–", words=True),
        Column("dMACS", "dmacs", decimal),
        Column("n", "n", whole),
        Column(v.say(N_("Smallest group")), "n_smallest", whole),
    ]
    shown = verdicts.assign(
        items_of=[f"{whole(n)}/{whole(of)}" for n, of in zip(verdicts["n_items"], verdicts["of_items"], strict=True)]
    )
    note = v.say(
        N_(
            "dMACS = largest standardised difference of an item between groups (Nye & Drasgow, 2011). Items, of all: "
            "those that all groups were asked. A dash under “Verdict”: not enough data."
        )
    )
    blocks.append(
        v.sheet(
            shown, v.say(N_("How far every scale is invariant")), v.say(N_("Scale")), "scale", columns, note=note,
            csv="invariance/verdicts.csv", grouped=lambda row: _grouping(v, row),
        )
    )  # fmt: skip
    blocks += [*_ladder(v), *_items(v)]
    return Section("invariance", title, tuple(blocks))


def _grouping(v: Voice, row: Mapping[str, Any]) -> str:
    return v.say(N_("By %(grouping)s"), grouping=v.term(row["grouping"]))


def _names(v: Voice, groups: Any) -> str:
    return v.t.listing([v.group(name) for name in str(groups).split(";")])


def _ladder(v: Voice) -> list[Block]:
    table = v.table_of(PART, "ladder")
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Freed")), "freed", lambda one: str(one).replace(";", ", ") or "–", words=True),
        Column("χ²", "chisq", decimal),
        Column("df", "df", degrees),
        Column("CFI", "cfi", lambda one: bounded(one, 3)),
        Column("RMSEA", "rmsea", lambda one: bounded(one, 3)),
        Column("Δχ²", "diff_chisq", decimal),
        Column("Δdf", "diff_df", degrees),
        Column("p", "diff_p_adjusted", probability),
        Column("ΔCFI", "d_cfi", lambda one: bounded(one, 3)),
        Column("ΔRMSEA", "d_rmsea", lambda one: bounded(one, 3)),
        Column(v.say(N_("Step holds")), "holds", lambda one: v.say(N_("yes")) if one else v.say(N_("no")), words=True),
    ]
    note = v.say(
        N_(
            "Δ = change against the step before; p = of the scaled difference test, corrected over all tests of a "
            "grouping. Freed: items whose parameters may differ."
        )
    )
    return [
        v.sheet(
            table, v.say(N_("The ladder, step by step")), v.say(N_("Step")), lambda row: v.coded("step", row["step"]),
            columns, note=note, csv="invariance/ladder.csv", folded=True,
            grouped=lambda row: v.say(
                N_("%(scale)s, by %(grouping)s (%(ladder)s)"), scale=v.scale(row["scale"]),
                grouping=v.term(row["grouping"]), ladder=v.coded("ladder", row["ladder"]),
            ),
        )
    ]  # fmt: skip


def _items(v: Voice) -> list[Block]:
    table = v.table_of(PART, "items")
    if table.empty:
        return []
    largest = table.sort_values("dmacs", ascending=False, kind="stable").head(FEW_ITEMS)
    columns = [
        Column(v.say(N_("Scale")), "scale", v.scale, words=True),
        Column(v.say(N_("Group")), "group", v.group, words=True),
        Column(v.say(N_("Compared with")), "reference", v.group, words=True),
        Column("dMACS", "dmacs", decimal),
        Column(v.say(N_("Signed dMACS")), "signed_dmacs", decimal),
        Column("p", "p_adjusted", probability),
        Column("n", "n", whole),
    ]
    note = v.say(
        N_(
            "The largest. Of the answers as numbers; p = of the intercept’s difference, corrected for the number of "
            "tests."
        )
    )
    return [
        v.sheet(
            largest, v.say(N_("Items that differ most between groups")), v.say(N_("Item")),
            lambda row: str(row["item"]), columns, note=note, csv="invariance/items.csv", folded=True,
        )
    ]  # fmt: skip
