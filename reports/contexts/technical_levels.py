"""Units and stages: how far units differ, how far people agree, and whether the stages come in order."""

from typing import Any

from reports.contexts.technical_blocks import Block, Section, Text
from reports.contexts.technical_numbers import bounded, decimal, degrees, missing, percent, probability, whole
from reports.contexts.technical_voice import Column, Voice
from reports.texts import N_

NULL = "slightly_skewed"
SCOPE = "unit"
FEW_PATTERNS = 10


def nesting_section(v: Voice) -> Section:
    """ICC, design effect, agreement, and whether answers may be averaged to units."""
    title = v.say(N_("Units: nesting and agreement"))
    icc = v.table_of("nesting", "icc")
    if icc.empty:
        return v.without_figures("nesting", title, "nesting")
    wide = icc.pivot_table(
        index="scale", columns="statistic", values=["est", "ci_low", "ci_high"], sort=False, dropna=False
    )
    wide.columns = [f"{statistic}_{name}" for name, statistic in wide.columns]
    table = wide.reset_index()
    for name in ("design", "verdicts"):
        more = v.table_of("nesting", name)
        if len(more):
            table = table.merge(more.drop(columns=["icc2", "se"], errors="ignore"), on="scale", how="left")
    table = table.rename(columns={"n_x": "n"})
    columns = [
        Column("ICC(1)", "icc1_est", bounded),
        Column(v.say(N_("95%% CI")), "icc1_ci_low", high="icc1_ci_high"),
        Column("ICC(2)", "icc2_est", bounded),
        Column(v.say(N_("95%% CI")), "icc2_ci_low", high="icc2_ci_high"),
        Column("DEFF", "design_effect", decimal),
        Column("rWG(J)", "rwg_median", bounded),
        Column(v.say(N_("Beyond chance")), "share_beating_chance", percent),
        Column(v.say(N_("May answers be averaged?")), "verdict", lambda one: v.coded("nesting", one), words=True),
    ]
    note = v.say(
        N_(
            "ICC(1) = share of variance between units; ICC(2) = reliability of a unit’s mean; DEFF = design effect; "
            "rWG(J) = median over units of the agreement within a unit, against slightly skewed random answers where "
            "there are enough categories; beyond chance = units whose rWG(J) is rarer than 5%% by chance."
        )
    )
    kept = [column for column in columns if column.key in table]
    blocks: list[Block] = [
        v.sheet(
            table,
            v.say(N_("Differences between units and agreement within them")),
            v.say(N_("Scale")),
            "scale",
            kept,
            note=note,
            csv="nesting/icc.csv",
        ),
        *_agreement(v),
        *_two_levels(v),
    ]  # fmt: skip
    return Section("nesting", title, tuple(blocks))


def _agreement(v: Voice) -> list[Block]:
    table = v.table_of("nesting", "agreement")
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Median")), "rwg_median", bounded),
        Column(v.say(N_("Quartiles")), "rwg_q25", high="rwg_q75"),
        Column(v.say(N_(".70 or more")), "share_strong", percent),
        Column(v.say(N_("Beyond chance")), "share_beating_chance", percent),
        Column(v.say(N_("AD, median")), "ad_median", decimal),
        Column(v.say(N_("AD within bound")), "share_ad_within", percent),
        Column(v.say(N_("Units")), "n_units", whole),
    ]
    note = v.say(N_("rWG(J) by what random answers are taken to look like; AD = average deviation from the mean."))
    return [
        v.sheet(
            table, v.say(N_("Agreement within units")), v.say(N_("Random answers")),
            lambda row: v.coded("null", row["null"]),
            columns, note=note, csv="nesting/agreement.csv", folded=True, grouped=lambda row: v.scale(row["scale"]),
        )
    ]  # fmt: skip


def _two_levels(v: Voice) -> list[Block]:
    table = v.table_of("nesting", "cross_level")
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Test")), "test", lambda one: v.coded("cross", one), words=True),
        Column("Δχ²", "chisq", decimal),
        Column("Δdf", "df", degrees),
        Column("p", "p", probability),
        Column(v.say(N_("Verdict")), "verdict", lambda one: v.coded("cross", one), words=True),
        Column("n", "n", whole),
        Column(v.say(N_("Units")), "n_units", whole),
    ]
    return [
        v.sheet(
            table, v.say(N_("One structure within and between units?")), v.say(N_("Scale")), "scale", columns,
            csv="nesting/cross_level.csv",
        )
    ]  # fmt: skip


def stages_section(v: Voice) -> Section:
    """Loevinger's H, the order of the stages, violations, and how surely a unit's stage is found."""
    title = v.say(N_("Order of the stages"))
    table = v.table_of("stage_order", "scalability")
    if table.empty:
        return v.without_figures("stages", title, "stage_order")
    blocks: list[Block] = []
    chosen = table[table["scope"] == SCOPE]
    if len(chosen) and not missing(chosen["h"].iloc[0]):
        row = chosen.iloc[0]
        span = "" if missing(row["ci_low"]) else f" [{bounded(row['ci_low'])}, {bounded(row['ci_high'])}]"
        text = N_(
            "Units pass stages in the declared order with H = %(h)s%(span)s. Of %(units)s units with all stages "
            "%(ordered)s show no later stage without every earlier one."
        )
        blocks.append(
            Text(
                v.say(
                    text, h=bounded(row["h"]), span=span, units=v.figure("stage_order", "units_with_all_stages"),
                    ordered=v.figure("stage_order", "units_in_order"),
                )
            )
        )  # fmt: skip
    columns = [
        Column("H", "h", bounded),
        Column(v.say(N_("95%% CI")), "ci_low", high="ci_high"),
        Column(v.say(N_("Errors")), "errors", whole),
        Column(v.say(N_("Errors expected")), "expected_errors", lambda one: decimal(one, 1)),
        Column("n", "n", whole),
        Column(v.say(N_("Units")), "n_units", whole),
    ]
    note = v.say(
        N_(
            "H = Loevinger’s coefficient: 1 less the errors over those expected of unrelated stages. The claim rests "
            "on the first row."
        )
    )
    blocks.append(
        v.sheet(
            table, v.say(N_("Scalability of the stages")), v.say(N_("What is ordered")),
            lambda row: v.coded("scope", row["scope"]), columns, note=note, csv="stage_order/scalability.csv",
        )
    )  # fmt: skip
    blocks += [*_order(v), *_violations(v), *_patterns(v), *_classification(v)]
    return Section("stages", title, tuple(blocks))


def _pair(v: Voice, row: Any) -> str:
    return v.say(N_("%(first)s before %(second)s"), first=v.scale(row["earlier"]), second=v.scale(row["later"]))


def _order(v: Voice) -> list[Block]:
    table = v.table_of("stage_order", "order")
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Difference in points")), "difference", lambda one: decimal(one, 1)),
        Column(v.say(N_("95%% CI")), "ci_low", high="ci_high", unit=False),
        Column("p", "p_holm", probability),
        Column(v.say(N_("Verdict")), "verdict", lambda one: v.coded("order", one), words=True),
        Column(v.say(N_("Units")), "n_units", whole),
    ]
    note = v.say(
        N_("Paired t tests over units, one-sided, for the difference the order predicts; p adjusted after Holm over "
           "neighbouring pairs, the only ones tested.")
    )  # fmt: skip
    return [
        v.sheet(
            table, v.say(N_("Levels of the stages")), v.say(N_("Stages")), lambda row: _pair(v, row), columns,
            note=note, csv="stage_order/order.csv",
        )
    ]  # fmt: skip


def _violations(v: Voice) -> list[Block]:
    table = v.table_of("stage_order", "violations")
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Violations")), "violations", whole),
        Column(v.say(N_("Share")), "share", percent),
        Column(v.say(N_("Expected of unrelated stages")), "expected_share", percent),
        Column(v.say(N_("Certain")), "certain", whole),
        Column(v.say(N_("Units")), "n_units", whole),
    ]
    note = v.say(
        N_(
            "Violation: the later stage is passed and the earlier is not. Certain: the later score lies above the "
            "earlier by more than two standard errors of the difference, whether or not either is passed."
        )
    )
    return [
        v.sheet(
            table, v.say(N_("Violations of the order")), v.say(N_("Stages")), lambda row: _pair(v, row), columns,
            note=note, csv="stage_order/violations.csv", folded=True,
        )
    ]  # fmt: skip


def _patterns(v: Voice) -> list[Block]:
    table = v.table_of("stage_order", "patterns")
    table = table if table.empty else table[table["level"] == SCOPE].head(FEW_PATTERNS)
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Units")), "n", whole),
        Column(v.say(N_("Share")), "share", percent),
        Column(v.say(N_("Stages passed in a row")), "stage", whole),
        Column(v.say(N_("Errors")), "errors", whole),
    ]
    note = v.say(N_("One digit for each stage in the declared order; 1: passed, 0: not."))
    return [
        v.sheet(
            table, v.say(N_("Patterns of stages passed")), v.say(N_("Pattern")), lambda row: str(row["pattern"]),
            columns, note=note, csv="stage_order/patterns.csv", folded=True,
        )
    ]  # fmt: skip


def _classification(v: Voice) -> list[Block]:
    table = v.table_of("stage_order", "classification")
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Accuracy")), "accuracy", bounded),
        Column(v.say(N_("Too high")), "over", percent),
        Column(v.say(N_("Too low")), "under", percent),
        Column(v.say(N_("Consistency")), "consistency", bounded),
        Column("κ", "kappa", bounded),
        Column(v.say(N_("One stage named")), "named", percent),
        Column(v.say(N_("Rightly")), "accuracy_named", percent),
    ]
    note = v.say(
        N_(
            "Simulated from the spread of these units. Accuracy: the observed stage is the true one; consistency: two "
            "rounds of asking agree; κ = accuracy beyond chance. Share 0%%: the members are a sample of many."
        )
    )
    return [
        v.sheet(
            table, v.say(N_("How surely a unit’s stage is found")), v.say(N_("Members who answer")),
            lambda row: v.say(
                N_("%(count)s, %(share)s of all"), count=whole(row["members"]), share=percent(row["fraction"])
            ),
            columns, note=note, csv="stage_order/classification.csv",
        )
    ]  # fmt: skip
