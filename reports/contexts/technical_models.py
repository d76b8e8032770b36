"""The declared measurement model beside its rivals: fit, estimates, misfit in words, and a second engine."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.contexts.technical_blocks import Block, Cell, Row, Section, Table, Text
from reports.contexts.technical_diagram import diagram_of
from reports.contexts.technical_numbers import bounded, decimal, degrees, percent, probability, scientific, tone, whole
from reports.contexts.technical_voice import Column, Voice
from reports.texts import N_

PART, DECLARED = "confirmatory", "measurement"
MAIN = "WLSMV"
UNCORRECTED = {
    "chisq_scaled": "chisq", "p_scaled": "p", "cfi_robust": "cfi", "tli_robust": "tli", "rmsea_robust": "rmsea",
}  # fmt: skip
ORDER = {"all": 0, "WLSMV": 0, "MLR": 1, "ML": 2}
FEW_LISTED = 10  # residuals and modification indices that are printed
MUCH = 1.5  # times its part of the squared residuals from which a place of misfit is named


def model_name(v: Voice, name: Any) -> str:
    """A model by its printed name."""
    text = str(name)
    if text.startswith("scale:"):
        return v.say(N_("%(scale)s alone"), scale=v.scale(text.removeprefix("scale:")))
    if text.endswith("_wording"):
        return v.say(N_("%(model)s, with a factor of wording"), model=model_name(v, text.removesuffix("_wording")))
    return v.coded("model", text)


def models_section(v: Voice) -> Section:
    """Fit of all models, the declared one drawn, what it leaves unexplained."""
    title = v.say(N_("Factor models"))
    fits = v.table_of(PART, "fits")
    if fits.empty:
        blocks: list[Block] = [Text(v.why_empty(PART), "note")]
        return Section("models", title, (*blocks, *_second_engine(v)))
    blocks = [
        Text(
            v.say(
                N_(
                    "The declared model and its rivals were fixed before the data were looked at. Items are taken as "
                    "ordered categories (WLSMV on polychoric correlations); the same models with items as numbers "
                    "(MLR) stand beside them. Nothing was respecified: what follows says where the declared model "
                    "misses, and frees nothing."
                )
            )
        ),
        _fit_table(v, fits),
    ]
    weak = fits[(fits["status"] == "FEW_CLUSTERS")]
    if len(weak):
        message = N_(
            "With %(units)s units the chi-square of a model of many degrees of freedom is weak evidence: read the "
            "smaller models, SRMR and the residuals first."
        )
        blocks.append(Text(v.say(message, units=whole(weak["n_units"].max())), "note"))
    blocks += [*_comparisons(v), *_expected(v)]
    if (drawn := diagram_of(v)) is not None:
        blocks += [drawn, _loading_table(v), *_correlation_table(v)]
    blocks += _misfit(v)
    return Section("models", title, (*blocks, *_second_engine(v)))


def _fit_table(v: Voice, fits: pd.DataFrame) -> Table:
    shown = fits[(fits["solution"] == "free")].sort_values(
        ["estimator", "sample"], key=lambda one: one.map(ORDER).fillna(len(ORDER)), kind="stable"
    )
    plain = shown["estimator"] == "ML"  # has no correction
    for name, own in UNCORRECTED.items():
        shown[name] = shown[name].where(~plain, shown[own])
    columns = [
        Column(v.say(N_("χ² (scaled)")), "chisq_scaled", decimal),
        Column("df", "df", degrees),
        Column("p", "p_scaled", probability),
        Column(v.say(N_("CFI (robust)")), "cfi_robust", lambda one: bounded(one, 3)),
        Column(v.say(N_("TLI (robust)")), "tli_robust", lambda one: bounded(one, 3)),
        Column(v.say(N_("RMSEA (robust)")), "rmsea_robust", lambda one: bounded(one, 3)),
        Column(v.say(N_("90%% CI")), "rmsea_robust_ci_low", high="rmsea_robust_ci_high", digits=3),
        Column("SRMR", "srmr", lambda one: bounded(one, 3)),
        Column("BIC", "bic", lambda one: whole(one)),
        Column("n", "n", whole),
        Column(v.say(N_("Solution")), "status", lambda one: v.coded("status", one), words=True),
    ]
    note = v.say(
        N_(
            "CI = confidence interval of RMSEA; SRMR = standardised root mean square residual. By ML the figures are "
            "not corrected. A dash: the model is saturated, or the figure does not exist for the estimator."
        )
    )
    return v.sheet(
        shown, v.say(N_("Fit of the declared model and its rivals")), v.say(N_("Model")),
        lambda row: model_name(v, row["model"]), columns, note=note, csv="confirmatory/fits.csv",
        grouped=lambda row: _estimated_by(v, row),
    )  # fmt: skip


def _estimated_by(v: Voice, row: Mapping[str, Any]) -> str:
    sample = v.coded("sample", row["sample"])
    return v.say(N_("%(estimator)s, %(sample)s"), estimator=row["estimator"], sample=sample)


def _comparisons(v: Voice) -> list[Block]:
    table = v.table_of(PART, "comparisons")
    if table.empty:
        return []
    table = table[(table["model_a"] == DECLARED)]
    columns = [
        Column(v.say(N_("Relation")), "relation", lambda one: v.coded("relation", one), words=True),
        Column("Δχ²", "chisq", decimal),
        Column("Δdf", "df", degrees),
        Column("p", "p", probability),
        Column("ΔCFI", "delta_cfi", lambda one: bounded(one, 3)),
        Column("ΔRMSEA", "delta_rmsea", lambda one: bounded(one, 3)),
        Column("ΔBIC", "delta_bic", lambda one: decimal(one, 1)),
    ]
    note = v.say(N_("Differences are the rival’s figure less the declared model’s; only nested models are tested."))
    return [
        v.sheet(
            table, v.say(N_("Rivals against the declared model")), v.say(N_("Rival")),
            lambda row: model_name(v, row["model_b"]), columns, note=note, csv="confirmatory/comparisons.csv",
            grouped=lambda row: str(row["estimator"]),
        )
    ]  # fmt: skip


def _expected(v: Voice) -> list[Block]:
    table = v.table_of(PART, "expected")
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Observed")), "observed", lambda one: bounded(one, 3)),
        Column(v.say(N_("mean")), "mean", lambda one: bounded(one, 3)),
        Column(v.say(N_("5th percentile")), "low", lambda one: bounded(one, 3)),
        Column(v.say(N_("95th percentile")), "high", lambda one: bounded(one, 3)),
    ]
    note = v.say(N_("From data sets of this size, with these units and missing answers, in which the model holds."))
    return [
        v.sheet(
            table, v.say(N_("What the fit would be if the declared model were true")), v.say(N_("Index")),
            lambda row: v.coded("index", row["index"]), columns, note=note, csv="confirmatory/expected.csv",
        )
    ]  # fmt: skip


def _of_declared(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return table
    return table[(table["model"] == DECLARED) & (table["estimator"] == MAIN) & (table["sample"] == "all")]


def _loading_table(v: Voice) -> Table:
    columns = [
        Column("λ", "std_all", bounded),
        Column(v.say(N_("SE")), "std_se", lambda one: bounded(one, 3)),
        Column(v.say(N_("95%% CI")), "std_ci_low", high="std_ci_high"),
    ]
    return v.sheet(
        _of_declared(v.table_of(PART, "loadings")), v.say(N_("Standardised loadings of the declared model")),
        v.say(N_("Item")), lambda row: str(row["item"]), columns,
        note=v.say(N_("λ = standardised loading; SE = standard error.")),
        csv="confirmatory/loadings.csv", folded=True, grouped=lambda row: v.scale(row["factor"]),
    )  # fmt: skip


def _correlation_table(v: Voice) -> list[Block]:
    table = _of_declared(v.table_of(PART, "correlations"))
    if table.empty:
        return []
    columns = [
        Column("r", "r", bounded),
        Column(v.say(N_("95%% CI")), "ci_low", high="ci_high"),
        Column("p", "p", probability),
    ]
    return [
        v.sheet(
            table, v.say(N_("Correlations of the factors")), v.say(N_("Factors")),
            lambda row: v.say(
                N_("%(first)s and %(second)s"), first=v.scale(row["factor_a"]), second=v.scale(row["factor_b"])
            ),
            columns, csv="confirmatory/correlations.csv", folded=True,
        )
    ]  # fmt: skip


def _misfit(v: Voice) -> list[Block]:
    """Where the declared model misses, in words, then as a heat table, then pair by pair."""
    residuals, localised = v.table_of(PART, "residuals"), v.table_of(PART, "localised")
    if residuals.empty or localised.empty:
        return []
    large = int(residuals["large"].sum())
    lines = [
        v.t.ngettext(
            "%(count)s of %(pairs)s residual correlations lies beyond ±.10 (%(share)s).",
            "%(count)s of %(pairs)s residual correlations lie beyond ±.10 (%(share)s).",
            large, pairs=whole(len(residuals)), share=percent(residuals["large"].mean()),
        )
    ]  # fmt: skip
    reasons = localised[localised["scope"] == "reason"].sort_values("ratio", ascending=False, kind="stable")
    named = reasons[reasons["ratio"] >= MUCH]
    if named.empty:
        lines.append(v.say(N_("No kind of pair holds much more than its part of the misfit.")))
    for row in named.to_dict("records"):
        lines.append(  # noqa: PERF401  # a sentence a place, in a loop that reads as one
            v.say(
                N_(
                    "Pairs of items %(reason)s are %(pairs)s of all pairs and hold %(share)s of the squared residuals, "
                    "%(ratio)s times their part."
                ),
                reason=v.coded("reason", row["a"]), pairs=percent(row["share_of_pairs"]), share=percent(row["share"]),
                ratio=decimal(row["ratio"], 1),
            )
        )  # fmt: skip
    factors = localised[localised["scope"] == "factor"].sort_values("ratio", ascending=False, kind="stable")
    if len(factors):
        row = factors.iloc[0]
        lines.append(
            v.say(
                N_("Of the factors, %(factor)s misses most: its residuals have a root mean square of %(rms)s."),
                factor=v.scale(row["a"]), rms=bounded(row["rms"], 3),
            )
        )  # fmt: skip
    blocks: list[Block] = [Text(v.paragraph(lines))]
    blocks += [_residual_heat(v, localised), _residual_table(v, residuals), *_modification(v)]
    return blocks


def _residual_heat(v: Voice, localised: pd.DataFrame) -> Table:
    blocks = localised[localised["scope"] == "block"]
    names = [name for name in v.scales if name in set(blocks["a"]) | set(blocks["b"])]
    names += sorted((set(blocks["a"]) | set(blocks["b"])) - set(names))
    found = {}
    for row in blocks.to_dict("records"):
        found[row["a"], row["b"]] = found[row["b"], row["a"]] = row["rms"]
    rows = []
    for place, name in enumerate(names):
        cells = [
            Cell(bounded(found.get((name, other)), 3), tone(found.get((name, other)), full=0.12, least=0.05))
            if other in names[: place + 1] else Cell("")
            for other in names
        ]  # fmt: skip
        rows.append(Row(f"{place + 1} {v.scale(name)}", tuple(cells)))
    note = v.say(
        N_(
            "Root mean square of the residual correlations between the items of two factors, and within a factor on "
            "the diagonal; a ground from .05 on, darkest from .08 on."
        )
    )
    heads = (v.say(N_("Factor")), *(str(place) for place in range(1, len(names) + 1)))
    return Table(
        v.say(N_("Residuals of the declared model")), heads, tuple(rows), note, "confirmatory/localised.csv", heat=True
    )


def _residual_table(v: Voice, residuals: pd.DataFrame) -> Table:
    columns = [
        Column(v.say(N_("Observed")), "sample", bounded),
        Column(v.say(N_("Implied")), "implied", bounded),
        Column(v.say(N_("Residual")), "residual", bounded, lambda one: tone(one, full=0.3, least=0.1)),
        Column("p", "p_holm", probability),
        Column("n", "n", whole),
        Column(v.say(N_("What the two share")), "reason", lambda one: v.coded("reason", one), words=True),
    ]
    note = v.say(N_("The largest in size. p is adjusted after Holm over all pairs."))
    return v.sheet(
        residuals.head(FEW_LISTED), v.say(N_("The largest residual correlations")), v.say(N_("Items")),
        lambda row: v.say(N_("%(first)s, %(last)s"), first=row["item_a"], last=row["item_b"]), columns, note=note,
        csv="confirmatory/residuals.csv",
    )  # fmt: skip


def _modification(v: Voice) -> list[Block]:
    table = v.table_of(PART, "modification")
    if table.empty:
        return []
    columns = [
        Column(v.say(N_("Kind")), "kind", lambda one: v.coded("kind", one), words=True),
        Column("MI", "mi", decimal),
        Column(v.say(N_("MI (scaled)")), "mi_scaled", decimal),
        Column("p", "p_holm", probability),
        Column(v.say(N_("Expected change")), "sepc_all", bounded),
    ]
    note = v.say(
        N_(
            "MI = modification index, the drop of the chi-square if one parameter were free; expected change = "
            "standardised. p is adjusted after Holm over the %(tested)s parameters tested. None was freed."
        ),
        tested=whole(table["tested"].iloc[0]),
    )
    return [
        v.sheet(
            table.head(FEW_LISTED), v.say(N_("The largest modification indices")), v.say(N_("Parameter")),
            lambda row: f"{row['lhs']} {row['op']} {row['rhs']}", columns, note=note,
            csv="confirmatory/modification.csv", folded=True,
        )
    ]  # fmt: skip


def _second_engine(v: Voice) -> list[Block]:
    table = v.table_of("second_engine", "models")
    if table.empty:
        return []
    largest, agree = v.figure("second_engine", "largest_difference"), v.figure("second_engine", "agree")
    text = v.say(
        N_(
            "A second engine (semopy) fitted %(models)s of these models again by maximum likelihood; %(agree)s agree. "
            "The largest difference of an estimate is %(largest)s."
        ),
        models=len(table),
        agree=whole(agree),
        largest=scientific(largest),
    )
    columns = [
        Column(v.say(N_("Verdict")), "status", lambda one: v.coded("engine", one), words=True),
        Column("χ²", "chisq", decimal),
        Column(v.say(N_("χ², second engine")), "chisq_second", decimal),
        Column("df", "df", degrees),
        Column(v.say(N_("Largest difference")), "largest_difference", scientific),
        Column("n", "n", whole),
    ]
    return [
        Text(text),
        v.sheet(
            table, v.say(N_("The same models by a second engine")), v.say(N_("Model")),
            lambda row: model_name(v, row["model"]), columns, csv="second_engine/models.csv", folded=True,
        ),
    ]  # fmt: skip
