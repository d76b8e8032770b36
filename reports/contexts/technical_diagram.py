"""A path diagram of the declared measurement model: factors in a row, loadings below, correlations as arcs above."""

from reports.contexts.technical_blocks import Arc, Diagram, FactorBox, Indicator
from reports.contexts.technical_numbers import bounded
from reports.contexts.technical_voice import Voice
from reports.texts import N_

PART, DECLARED, MAIN = "confirmatory", "measurement", "WLSMV"
MARGIN, COLUMN, STEP, BOX = 50.0, 104.0, 17.0, 30.0
LABELLED = 0.40  # correlations whose value is written at the arc; all are in the table
LONGEST = 11  # letters of a factor that its ellipse holds
MOST_FACTORS = 12  # in a row that can be read


def diagram_of(v: Voice) -> Diagram | None:
    """None where the declared model has no solution, or more factors than a row can hold."""
    loadings, correlations = v.table_of(PART, "loadings"), v.table_of(PART, "correlations")
    if loadings.empty:
        return None
    chosen = loadings[(loadings["model"] == DECLARED) & (loadings["estimator"] == MAIN) & (loadings["sample"] == "all")]
    names = list(dict.fromkeys(chosen["factor"]))
    if not names or len(names) > MOST_FACTORS:
        return None
    place = {name: MARGIN + COLUMN * k for k, name in enumerate(names)}
    pairs = [] if correlations.empty else correlations[
        (correlations["model"] == DECLARED) & (correlations["estimator"] == MAIN) & (correlations["sample"] == "all")
    ].to_dict("records")  # fmt: skip
    pairs = [row for row in pairs if row["factor_a"] in place and row["factor_b"] in place]
    span = max((abs(names.index(row["factor_a"]) - names.index(row["factor_b"])) for row in pairs), default=0)
    base = 24 + 17.0 * span
    boxes, deepest = [], 0
    for name in names:
        rows = chosen[chosen["factor"] == name].to_dict("records")
        items = tuple(
            Indicator(str(row["item"]), bounded(row["std_all"]), base + BOX + 26 + STEP * k)
            for k, row in enumerate(rows)
        )
        deepest = max(deepest, len(rows))
        short = _short(str(name))
        boxes.append(FactorBox(short, v.scale(name), place[name], max(30.0, 3.9 * len(short) + 4), items))
    arcs = []
    for row in sorted(pairs, key=lambda one: abs(float(one["r"]))):
        left, right = sorted((place[row["factor_a"]], place[row["factor_b"]]))
        r = float(row["r"])
        rise = 34.0 * (right - left) / COLUMN  # of the control point: the curve itself rises half as far
        large = abs(r) >= LABELLED
        arcs.append(
            Arc(
                f"M{left:g} {base:g}Q{(left + right) / 2:g} {base - rise:g} {right:g} {base:g}",
                bounded(r) if large else "", (left + right) / 2, base - rise / 2 - 3,
                round(0.4 + 3 * abs(r), 2), r < 0,
            )
        )  # fmt: skip
    title = v.say(N_("The declared measurement model with standardised estimates"))
    note = v.say(
        N_(
            "Standardised loadings below each factor; arcs are correlations of factors, thicker the larger, dashed "
            "where negative, with their value from .40 on. WLSMV."
        )
    )
    reading = v.say(
        N_("%(factors)s factors and %(items)s items; every value stands in the tables below the drawing."),
        factors=len(names), items=chosen["item"].nunique(),
    )  # fmt: skip
    return Diagram(
        title, reading, 2 * MARGIN + COLUMN * (len(names) - 1), base + BOX + 26 + STEP * deepest, base, tuple(boxes),
        tuple(arcs), note,
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
