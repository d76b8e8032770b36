"""Who answered, how completely, and what single items show."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from reports.contexts.technical_blocks import Block, Cell, Row, Section, Table, Text
from reports.contexts.technical_numbers import decimal, percent, whole
from reports.contexts.technical_voice import Column, Voice
from reports.texts import N_
from scoring.validation.panel import Panel

KEYS = ("item", "scale", "language", "role", "family")  # first columns of the tables of items that are printed
MOST_ROWS, MOST_COLUMNS = 60, 12


def sample_section(v: Voice) -> Section:
    """Respondents, units, forms, languages, and how much is missing."""
    panel = v.study.panel
    blocks: list[Block] = [Text(_sentence(v, panel)), _composition(v, panel), _missing(v, panel)]
    share = v.table_of("screening", "share")
    if len(share):
        row = share.iloc[0]
        message = N_("Of the answers studied, screening recommends to leave out %(count)s of %(n)s (%(share)s).")
        blocks.append(
            Text(v.say(message, count=whole(row["recommended"]), n=whole(row["n"]), share=percent(row["share"])))
        )
    return Section("sample", v.say(N_("Sample")), tuple(blocks))


def _sentence(v: Voice, panel: Panel) -> str:
    people = v.t.ngettext("%(count)s person", "%(count)s people", panel.n)
    if not panel.nested:
        return v.say(
            N_("%(people)s answered in wave %(wave)s; they belong to no units."), people=people, wave=panel.wave
        )
    sizes = np.bincount(panel.unit)
    return v.say(
        N_(
            "%(people)s of %(units)s units answered in wave %(wave)s, %(least)s to %(most)s in a unit "
            "(median %(median)s)."
        ),
        people=people, units=whole(panel.n_units), wave=panel.wave, least=whole(sizes.min()), most=whole(sizes.max()),
        median=decimal(np.median(sizes), 1 if np.median(sizes) % 1 else 0),
    )  # fmt: skip


def _composition(v: Voice, panel: Panel) -> Table:
    """Respondents by language, form and role."""
    rows: list[Row] = []
    for title, values in (
        (N_("Language"), panel.language), (N_("Form"), panel.form), (N_("Role"), panel.role),
    ):  # fmt: skip
        names, counts = np.unique(values[values != ""], return_counts=True)
        if not len(names):
            continue
        rows.append(Row(v.say(title)))
        order = np.argsort(-counts, kind="stable")
        rows += [Row(v.group(names[k]), (Cell(whole(counts[k])), Cell(percent(counts[k] / panel.n)))) for k in order]
        if counts.sum() < panel.n:
            left = panel.n - int(counts.sum())
            rows.append(Row(v.say(N_("unknown")), (Cell(whole(left)), Cell(percent(left / panel.n)))))
    return Table(v.say(N_("Respondents")), (v.say(N_("Group")), "n", "%"), tuple(rows))


def _missing(v: Voice, panel: Panel) -> Table:
    """Of the answers asked for, how many there are not: by scale."""
    rows = []
    gone = panel.asked & np.isnan(panel.keyed)
    for scale, items in panel.groups.items():
        columns = panel.columns(items)
        asked = int(panel.asked[:, columns].sum())
        by_item = [
            gone[:, j].sum() / panel.asked[:, j].sum() for j in columns if panel.asked[:, j].any()
        ]  # fmt: skip
        answered = int((~np.isnan(panel.keyed[:, columns])).any(axis=1).sum())
        rows.append(
            Row(
                v.scale(scale),
                (
                    Cell(whole(len(items))),
                    Cell(whole(answered)),
                    Cell(percent(panel.asked[:, columns].mean())),
                    Cell(percent(gone[:, columns].sum() / asked if asked else np.nan)),
                    Cell(percent(max(by_item, default=np.nan))),
                ),
            )
        )
    heads = (
        v.say(N_("Scale")), v.say(N_("Items")), v.say(N_("Respondents")), v.say(N_("Asked")),
        v.say(N_("Missing of those asked")), v.say(N_("Most of one item")),
    )  # fmt: skip
    note = v.say(N_("Asked: share of respondents and items in which the form put the item to the respondent."))
    return Table(v.say(N_("Missing answers")), heads, tuple(rows), note)


def items_section(v: Voice) -> Section:
    """The items that show most: floors, ceilings, low correlations with their scale. All are in the CSV files."""
    title = v.say(N_("Items"))
    part = v.study.parts.get("items")
    used = v.table_of("confirmatory", "items")
    blocks: list[Block] = []
    if part is None:
        blocks.append(Text(v.say(N_("This part of the study was not computed: %(part)s."), part=title), "note"))
    if len(used):
        columns = [
            Column("n", "n", whole),
            Column(v.say(N_("Categories used")), "categories", whole),
            Column(v.say(N_("Categories there are")), "possible", whole),
            Column(v.say(N_("Answers in the rarest")), "smallest", whole),
            Column(v.say(N_("Modelled")), "used", lambda one: v.say(N_("yes")) if one else v.say(N_("no"))),
        ]
        blocks.append(
            v.sheet(
                used, v.say(N_("Items and their categories")), v.say(N_("Item")), _item, columns,
                csv="confirmatory/items.csv", folded=True, grouped=lambda row: v.scale(row["scale"]),
            )
        )  # fmt: skip
    if part is not None:
        tables = {name: table for name, table in part.tables.items() if len(table)}
        blocks += [_raw(v, name, table) for name, table in tables.items() if table.columns[0] in KEYS]
    return Section("items", title, tuple(blocks))


def _raw(v: Voice, name: str, table: pd.DataFrame) -> Table:
    """A table as it was written, by the names of its columns: single items are looked up, not read."""
    key, *others = map(str, table.columns[:MOST_COLUMNS])
    columns = [Column(name, name, _plain, words=table[name].dtype.kind not in "fiub") for name in others]
    title = v.say(N_("Items: %(table)s"), table=name)
    return v.sheet(
        table.head(MOST_ROWS), title, key, lambda row: v.scale(row[key]), columns, csv=f"items/{name}.csv", folded=True,
        note="" if len(table) <= MOST_ROWS else v.say(N_("The first %(count)s rows."), count=MOST_ROWS),
    )  # fmt: skip


def _plain(value: object) -> str:
    return decimal(value, 3).removesuffix(".000") if isinstance(value, float) else str(value)


def _item(row: Mapping[str, object]) -> str:
    return str(row["item"])
