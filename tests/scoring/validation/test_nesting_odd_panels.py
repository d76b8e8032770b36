"""Panels that leave little or nothing to compute: every part says so and none breaks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from instrument.definition import Instrument
from instrument.responses import Responses
from scoring.validation.nesting import study_nesting
from scoring.validation.panel import panel_of
from scoring.validation.part import StudyOptions
from scoring.validation.stage_order import study_stage_order

OPTIONS = StudyOptions(draws=25)
Answer = Callable[[int, int], float]
PANELS: dict[str, tuple[int, int, Answer]] = {
    "one person": (1, 1, lambda _unit, _one: 3.0),
    "one unit": (1, 6, lambda unit, one: 1.0 + (unit + one) % 5),
    "nobody answers": (3, 4, lambda _unit, _one: np.nan),
    "all the same": (12, 6, lambda _unit, _one: 4.0),
    "units agree entirely": (12, 6, lambda unit, _one: 1.0 + 4 * (unit % 2)),
    "no unit differs": (12, 5, lambda unit, one: 1.0 + (unit + one) % 5),
    "one person a unit": (20, 1, lambda unit, _one: 1.0 + unit % 5),
}


def panel_rows(instrument: Instrument, name: str) -> list[dict[str, Any]]:
    units, people, answer = PANELS[name]
    return [
        {"unit": f"u{unit}"} | {item: answer(unit, one) for item in instrument.item_ids}
        for unit in range(units)
        for one in range(people)
    ]


@pytest.mark.parametrize("name", list(PANELS))
def test_odd_panels_end_in_tables_and_shortfalls(build: Callable[..., Responses], flat: Instrument, name: str) -> None:
    """Every part ends in frames; where a coefficient cannot be, a shortfall names it."""
    panel = panel_of(build(panel_rows(flat, name), instrument=flat))
    order, nesting = study_stage_order(panel, OPTIONS), study_nesting(panel, OPTIONS)
    assert all(isinstance(table, pd.DataFrame) for part in (order, nesting) for table in part.tables.values())
    low = order.tables["scalability"].set_index("scope").loc["unit", "ci_low"]
    unknown = "stage_order" in {one.what for one in order.shortfalls}
    assert unknown == bool(np.isnan(low)) == (name != "units agree entirely")
    icc = nesting.tables["icc"]
    without = set(icc.loc[icc["ci_low"].isna(), "scale"])
    assert without <= {one.what for one in nesting.shortfalls}
    assert {"scale", "verdict"} <= set(nesting.tables["verdicts"].columns)
