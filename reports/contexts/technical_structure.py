"""How many things the items measure: number of factors, scree, exploratory loadings and their congruence."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports.contexts.technical_blocks import Block, Cell, Line, Mark, Row, Scree, Section, Table, Text, Tick
from reports.contexts.technical_numbers import bounded, decimal, degrees, missing, probability, tone, whole
from reports.contexts.technical_voice import Column, Voice
from reports.texts import N_

PART, ALL, SHOWN = "dimensionality", "all", "polychoric"
MOST_EIGENVALUES = 15  # beyond, a scree says nothing
LEAST_LOADING = 0.20  # in size, from which a loading has a ground
MOST_ITEMS = 80
CONGRUENT = 0.85  # fair, .95 equal (Lorenzo-Seva & ten Berge 2006)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640.0, 300.0, 44.0, 12.0, 14.0, 40.0


def structure_section(v: Voice) -> Section:
    """Adequacy, suggested numbers, scree, and the solution with as many factors as are declared."""
    title = v.say(N_("Dimensionality"))
    numbers = v.table_of(PART, "suggested")
    if numbers.empty:
        return v.without_figures("dimensionality", title, PART)
    blocks: list[Block] = [Text(_sentence(v, numbers)), *_adequacy(v), _suggested(v, numbers)]
    if (scree := _scree(v, SHOWN)) is not None:
        blocks += [scree, _eigenvalue_table(v, SHOWN)]
    blocks += _solution(v)
    return Section("dimensionality", title, tuple(blocks))


def _sentence(v: Voice, numbers: pd.DataFrame) -> str:
    whole_set = numbers[(numbers["scope"] == ALL)]
    least, most = int(whole_set["n_factors"].min()), int(whole_set["n_factors"].max())
    return v.say(
        N_(
            "The instrument declares %(declared)s factors for these items. The criteria suggest between %(least)s and "
            "%(most)s; %(often)s is suggested most often."
        ),
        declared=int(whole_set["declared"].iloc[0]), least=least, most=most, often=v.figure(PART, "suggested"),
    )  # fmt: skip


def _adequacy(v: Voice) -> list[Block]:
    table = v.table_of(PART, "adequacy")
    if table.empty:
        return []
    columns = [
        Column("KMO", "kmo", bounded),
        Column(v.say(N_("Bartlett’s χ²")), "bartlett_chi2", decimal),
        Column("df", "df", degrees),
        Column("p", "p", probability),
        Column("n", "n", whole),
    ]
    note = v.say(
        N_("KMO = Kaiser-Meyer-Olkin measure of sampling adequacy; n = harmonic mean of the respondents of all pairs.")
    )
    return [
        v.sheet(
            table, v.say(N_("Adequacy of the correlations")), v.say(N_("Correlations")),
            lambda row: v.term(row["correlation"]), columns, note=note, csv="dimensionality/adequacy.csv",
        )
    ]  # fmt: skip


def _suggested(v: Voice, numbers: pd.DataFrame) -> Table:
    """Criteria in rows, kinds of correlation in columns, of all items."""
    chosen = numbers[numbers["scope"] == ALL]
    kinds = list(dict.fromkeys(chosen["correlation"]))
    rows = []
    for (criterion, rule), group in chosen.groupby(["criterion", "rule"], sort=False):
        by_kind = {row["correlation"]: row for row in group.to_dict("records")}
        name = v.coded("criterion", criterion)
        cells = [Cell(_number(by_kind.get(kind, {}))) for kind in kinds]
        label = name if not rule else v.say(N_("%(name)s, %(rule)s"), name=name, rule=v.coded("rule", rule))
        rows.append(Row(label, (*cells, Cell(str(group["source"].iloc[0]), words=True))))
    heads = (v.say(N_("Criterion")), *(v.term(kind) for kind in kinds), v.say(N_("Source")))
    note = v.say(N_("In brackets the 95%% interval over draws of whole units, where draws were taken."))
    return Table(v.say(N_("Suggested numbers of factors")), heads, tuple(rows), note, "dimensionality/suggested.csv")


def _number(row: Mapping[Any, Any]) -> str:
    if not row:
        return ""
    text = str(int(row["n_factors"]))
    if missing(row["ci_low"]):
        return text
    return f"{text} [{int(row['ci_low'])}, {int(row['ci_high'])}]"


def _eigenvalues(v: Voice, kind: str) -> pd.DataFrame:
    table = v.table_of(PART, "eigenvalues")
    if table.empty:
        return table
    of_kind = (table["scope"] == ALL) & (table["correlation"] == kind) & (table["kind"] == "components")
    return table[of_kind].sort_values("position").head(MOST_EIGENVALUES)


def _scree(v: Voice, kind: str) -> Scree | None:
    table = _eigenvalues(v, kind)
    if table.empty:
        return None
    series = {
        "observed": (v.say(N_("observed")), table["eigenvalue"].to_numpy(float)),
        "p95": (v.say(N_("parallel analysis, 95th percentile")), table["reference_p95"].to_numpy(float)),
        "mean": (v.say(N_("parallel analysis, mean")), table["reference_mean"].to_numpy(float)),
    }
    top = float(np.ceil(max(np.nanmax(values) for _, values in series.values())))
    step = max(1.0, float(np.ceil(top / 6)))
    top = float(np.ceil(top / step) * step)
    count = len(table)

    def place(k: int, value: float) -> Mark:
        across = LEFT + (WIDTH - LEFT - RIGHT) * (k / max(count - 1, 1))
        return Mark(round(across, 1), round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top), 1))

    lines = []
    for style, (name, values) in series.items():
        marks = tuple(place(k, value) for k, value in enumerate(values) if not missing(value))
        points = " ".join(f"{mark.x},{mark.y}" for mark in marks)
        lines.append(Line(points, name, style, marks if style == "observed" else ()))  # type: ignore[arg-type]  # its keys are the styles
    beyond = int(np.argmin([*(series["observed"][1] > series["p95"][1]), False]))
    reading = v.say(
        N_("%(count)s of the first %(shown)s eigenvalues lie above the 95th percentile of parallel analysis."),
        count=beyond, shown=count,
    )  # fmt: skip
    return Scree(
        v.say(N_("Scree of all items with parallel analysis (components of %(kind)s)"), kind=v.term(kind)), reading,
        WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM, tuple(lines),
        tuple(Tick(place(k, 0).x, str(k + 1)) for k in range(count)),
        tuple(Tick(place(0, value).y, f"{value:.0f}") for value in np.arange(0, top + step / 2, step)),
        v.say(N_("Position")), v.say(N_("Eigenvalue")), place(0, 1.0).y, reading,
    )  # fmt: skip


def _eigenvalue_table(v: Voice, kind: str) -> Table:
    columns = [
        Column(v.say(N_("Eigenvalue")), "eigenvalue", decimal),
        Column(v.say(N_("Mean of random data")), "reference_mean", decimal),
        Column(v.say(N_("95th percentile of random data")), "reference_p95", decimal),
        Column("EKC", "reference_ekc", decimal),
    ]
    table = _eigenvalues(v, kind)
    kept = [column for column in columns if column.key in table]
    note = v.say(N_("EKC = reference of the empirical Kaiser criterion."))
    return v.sheet(
        table, v.say(N_("Data table of the scree")), v.say(N_("Position")), lambda row: str(int(row["position"])), kept,
        note=note, csv="dimensionality/eigenvalues.csv", folded=True,
    )  # fmt: skip


def _solution(v: Voice) -> list[Block]:
    """The headline solution: loadings as a heat table, congruence with the declared scales, factor correlations."""
    headline = v.figure(PART, "headline")
    loadings = v.table_of(PART, "loadings")
    if not headline or loadings.empty:
        return []
    k, extraction, rotation = str(headline).split(":")

    def of_headline(table: pd.DataFrame) -> pd.DataFrame:
        return table[
            (table["n_factors"] == int(k)) & (table["extraction"] == extraction) & (table["rotation"] == rotation)
        ]

    chosen = of_headline(loadings)
    factors = list(dict.fromkeys(chosen["factor"]))
    names = {row["factor"]: row["scale"] for row in chosen.to_dict("records")}
    congruence = of_headline(v.table_of(PART, "factors")).set_index("factor")
    blocks: list[Block] = [
        Text(
            v.say(
                N_(
                    "The loadings below are of %(k)s factors, extracted by %(extraction)s from polychoric correlations "
                    "and rotated by %(rotation)s. Each factor carries the name of the declared scale that it is most "
                    "congruent with."
                ),
                k=k,
                extraction=v.coded("extraction", extraction),
                rotation=v.coded("rotation", rotation),
            )
        )
    ]
    low = [name for name in factors if not float(congruence.loc[name, "congruence"]) >= CONGRUENT]
    if low:
        listed = v.t.listing([_factor_name(v, name, names) for name in low])
        blocks.append(Text(v.say(N_("Congruence is below .85, that is, not even fair, for: %(names)s."), names=listed)))
    rows: list[Row] = [
        Row(
            v.say(N_("Congruence with the declared scale")),
            tuple(Cell(bounded(abs(float(congruence.loc[name, "congruence"])))) for name in factors),
        )
    ]
    by_item = {(row["item"], row["factor"]): row for row in chosen.to_dict("records")}
    last = None
    for item, declared in chosen.drop_duplicates("item")[["item", "declared"]].head(MOST_ITEMS).itertuples(index=False):
        if declared != last:
            rows.append(Row(v.scale(declared)))
            last = declared
        values = [by_item[item, name]["loading"] for name in factors]
        rows.append(Row(str(item), tuple(_heat(value) for value in values)))
    heads = (v.say(N_("Item")), *(_factor_name(v, name, names) for name in factors))
    note = v.say(
        N_(
            "Pattern coefficients; the darker the ground, the larger the coefficient, from .20 on; negative ones "
            "carry a minus sign. Congruence = Tucker’s coefficient; .85 to .94 is fair, .95 or more equal "
            "(Lorenzo-Seva & ten Berge, 2006)."
        )
    )
    blocks.append(
        Table(v.say(N_("Exploratory loadings")), heads, tuple(rows), note, "dimensionality/loadings.csv", heat=True)
    )
    blocks += _factor_correlations(v, of_headline(v.table_of(PART, "factor_correlations")), factors, names)
    return blocks


def _factor_name(v: Voice, factor: str, names: Mapping[str, str]) -> str:
    scale = names.get(factor, "")
    return v.scale(scale) if scale else factor


def _heat(value: float) -> Cell:
    return Cell(bounded(value), tone(value, full=0.9, least=LEAST_LOADING))


def _factor_correlations(v: Voice, table: pd.DataFrame, factors: list[str], names: Mapping[str, str]) -> list[Block]:
    if table.empty:
        return []
    cells = {}
    for row in table.to_dict("records"):
        cell = Cell(bounded(row["r"]), tone(row["r"], full=0.9, least=0.1))
        cells[row["factor_a"], row["factor_b"]] = cells[row["factor_b"], row["factor_a"]] = cell
    heads = {name: _factor_name(v, name, names) for name in factors}
    lower = {(a, b): cells[a, b] for i, a in enumerate(factors) for b in factors[:i] if (a, b) in cells}
    return [
        v.square(
            v.say(N_("Correlations of the exploratory factors")), factors, lower, heads=heads,
            csv="dimensionality/factor_correlations.csv", folded=True,
        )
    ]  # fmt: skip
