"""Reliability of every scale and validity of every pair, each coefficient by its own name."""

import pandas as pd

from reports.contexts.technical_blocks import Block, Cell, Row, Section, Table, Text
from reports.contexts.technical_numbers import NOTHING, bounded, interval, missing, tone, whole
from reports.contexts.technical_voice import Column, Voice
from reports.texts import N_

PART = "reliability"
# Those that a reader asks for first; the others are in the folded table.
FIRST = ("omega", "omega_green_yang", "alpha", "composite_reliability", "spearman_brown", "ave")


def validity_section(v: Voice) -> Section:
    title = v.say(N_("Reliability and validity"))
    table = v.table_of(PART, "coefficients")
    if table.empty:
        return v.without_figures("reliability", title, PART)
    blocks: list[Block] = [
        Text(
            v.say(
                N_(
                    "Intervals are of 95%% and come from draws of whole units, so that they allow for people of one "
                    "unit being alike. Each coefficient is named by what it is computed from; none stands for another."
                )
            )
        ),
        _first(v, table),
        _all(v, table),
        _definitions(v),
    ]
    blocks += [*_htmt(v), *_fornell_larcker(v)]
    return Section("reliability", title, tuple(blocks))


def _first(v: Voice, table: pd.DataFrame) -> Table:
    """Scales in rows, coefficients in columns."""
    names = [name for name in FIRST if name in set(table["coefficient"])]
    found = table.set_index(["scale", "coefficient"])
    rows = []
    for scale in dict.fromkeys(table["scale"]):
        cells = []
        for name in names:
            if (scale, name) not in found.index:
                cells.append(Cell(NOTHING))
                continue
            row = found.loc[(scale, name)]
            span = "" if missing(row["ci_low"]) else f" {interval(row['ci_low'], row['ci_high'])}"
            cells.append(Cell(bounded(row["est"]) + span))
        own = table[table["scale"] == scale].iloc[0]
        rows.append(Row(v.scale(scale), (Cell(whole(own["n_items"])), Cell(whole(own["n"])), *cells)))
    heads = (v.say(N_("Scale")), v.say(N_("Items")), "n", *(v.coded("coefficient", name) for name in names))
    note = v.say(
        N_(
            "In brackets 95%% intervals. AVE = average variance extracted. A dash: the coefficient is not defined for "
            "the scale, or could not be computed; see the last table."
        )
    )
    return Table(
        v.say(N_("Reliability and average variance extracted")),
        heads,
        tuple(rows),
        note,
        "reliability/coefficients.csv",
    )


def _all(v: Voice, table: pd.DataFrame) -> Table:
    columns = [
        Column(v.say(N_("Estimate")), "est", bounded),
        Column(v.say(N_("SE")), "se", lambda one: bounded(one, 3)),
        Column(v.say(N_("95%% CI")), "ci_low", high="ci_high"),
        Column("n", "n", whole),
    ]
    return v.sheet(
        table, v.say(N_("Every coefficient")), v.say(N_("Coefficient")),
        lambda row: v.coded("coefficient", row["coefficient"]), columns, csv="reliability/coefficients.csv",
        folded=True, grouped=lambda row: v.scale(row["scale"]),
    )  # fmt: skip


def _definitions(v: Voice) -> Table:
    columns = [
        Column(v.say(N_("Answers as")), "answers", v.term, words=True),
        Column(v.say(N_("Model")), "model", v.term, words=True),
        Column(v.say(N_("Source")), "source", words=True),
    ]
    return v.sheet(
        v.table_of(PART, "definitions"), v.say(N_("What each coefficient is")), v.say(N_("Coefficient")),
        lambda row: v.coded("coefficient", row["coefficient"]), columns, csv="reliability/definitions.csv", folded=True,
    )  # fmt: skip


def _htmt(v: Voice) -> list[Block]:
    table = v.table_of(PART, "htmt")
    table = table if table.empty else table[table["kind"] == "htmt"]
    if table.empty:
        return []
    names = list(dict.fromkeys([*table["scale_a"], *table["scale_b"]]))
    cells = {}
    for row in table.to_dict("records"):
        cell = Cell(bounded(row["est"]), tone(row["est"], full=1.0, least=0.5))
        cells[row["scale_b"], row["scale_a"]] = cell
    heads = {name: v.scale(name) for name in names}
    highest = table.sort_values("ci_high", ascending=False, kind="stable").iloc[0]
    blocks: list[Block] = []
    if not missing(highest["ci_high"]):
        blocks.append(
            Text(
                v.say(
                    N_("The highest upper limit of HTMT is %(limit)s, of %(first)s and %(second)s."),
                    limit=bounded(highest["ci_high"]), first=v.scale(highest["scale_a"]),
                    second=v.scale(highest["scale_b"]),
                )
            )
        )  # fmt: skip
    note = v.say(N_("HTMT = heterotrait-monotrait ratio of correlations; a ground from .50 on, darkest from .67 on."))
    blocks.append(
        v.square(
            v.say(N_("Heterotrait-monotrait ratios")), names, cells, heads=heads, note=note, csv="reliability/htmt.csv"
        )
    )
    columns = [
        Column("HTMT", "est", bounded),
        Column(v.say(N_("95%% CI")), "ci_low", high="ci_high"),
        Column("n", "n", whole),
    ]
    blocks.append(
        v.sheet(
            table.sort_values("est", ascending=False, kind="stable"),
            v.say(N_("Heterotrait-monotrait ratios, intervals")), v.say(N_("Scales")),
            lambda row: v.say(
                N_("%(first)s and %(second)s"), first=v.scale(row["scale_a"]), second=v.scale(row["scale_b"])
            ),
            columns, csv="reliability/htmt.csv", folded=True,
        )
    )  # fmt: skip
    return blocks


def _fornell_larcker(v: Voice) -> list[Block]:
    table = v.table_of(PART, "fornell_larcker")
    if table.empty:
        return []
    apart = int(table["told_apart"].sum())
    text = v.say(
        N_("By the criterion of Fornell and Larcker (1981) %(apart)s of %(pairs)s pairs are told apart."),
        apart=apart, pairs=len(table),
    )  # fmt: skip
    columns = [
        Column("r", "r", bounded),
        Column("r²", "r_squared", bounded),
        Column(v.say(N_("AVE of the first")), "ave_a", bounded),
        Column(v.say(N_("AVE of the second")), "ave_b", bounded),
        Column(v.say(N_("Told apart")), "told_apart", lambda one: v.say(N_("yes")) if one else v.say(N_("no"))),
    ]
    return [
        Text(text),
        v.sheet(
            table, v.say(N_("Fornell-Larcker criterion")), v.say(N_("Scales")),
            lambda row: v.say(
                N_("%(first)s and %(second)s"), first=v.scale(row["scale_a"]), second=v.scale(row["scale_b"])
            ),
            columns, csv="reliability/fornell_larcker.csv", folded=True,
        ),
    ]  # fmt: skip
