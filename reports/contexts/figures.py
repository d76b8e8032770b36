"""Rows of figures: a score as it is printed, drawn and read aloud."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.charts import DotMark, dot_mark
from reports.texts import Texts
from reports.wording import CEILING, FLOOR, count_text, interval_text, reading, score_status, score_text

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One line of a chart and of the table behind it; `value` is "" where `status` says why there is no score."""

    name: str
    value: str
    interval: str
    reading: str
    note: str
    status: str
    mark: DotMark | None
    members: str
    respondents: str


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dictionaries, taken out of it all at once, which is what makes a page cheap."""
    columns = frame.columns.tolist()
    return [dict(zip(columns, row, strict=True)) for row in frame.to_numpy(dtype=object).tolist()]


def known(value: Any) -> float | None:
    """A number, or None where the frame has none."""
    return None if value is None or value != value else float(value)  # NaN alone differs from itself


def score_row(t: Texts, name: str, record: Record, *, note: str = "") -> ScoreRow:
    """The printed row of a masked score."""
    score = known(record["score"])
    low, high = known(record["ci_low"]), known(record["ci_high"])
    interval = "" if score is None else interval_text(low, high)
    status = score_status(t, record["status"])
    if score is None:
        value, read, mark = "", status, None
    else:
        value = score_text(t, score, record["cap"])
        read = reading(t, value, interval)
        mark = dot_mark(score, low, high, floor=FLOOR, ceiling=CEILING)
    return ScoreRow(
        name=name,
        value=value,
        interval=interval,
        reading=read,
        note=note,
        status=status,
        mark=mark,
        members=count_text(t, known(record["members"]), known(record["members_total"])),
        respondents=count_text(t, known(record["respondents"]), None),
    )
