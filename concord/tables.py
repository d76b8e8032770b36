"""Writing tables and what is known of them: CSV and JSON, marked where they are confidential."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

CONFIDENTIAL = "CONFIDENTIAL"
SHORT = "%.6g"  # of figures nobody computes with: what differs between machines lies beyond


def write_table(frame: pd.DataFrame, folder: Path, name: str, *, confidential: bool = False, digits: str = "") -> None:
    """Write a frame as CSV. A confidential one says so in its name and in a column of its own."""
    # A count with a gap in its column is a float to pandas; readers expect 7, not 7.0.
    shown = frame.assign(**frame.select_dtypes("float").convert_dtypes())
    if confidential:
        shown.insert(0, CONFIDENTIAL, CONFIDENTIAL)
    path = folder / f"{_prefix(confidential)}{name}.csv"
    shown.to_csv(path, index=False, lineterminator="\n", float_format=digits or None)


def write_summary(summary: dict[str, Any], folder: Path, name: str, *, confidential: bool = False) -> None:
    """Write a summary as JSON."""
    if confidential:
        summary = {CONFIDENTIAL: "Unmasked: not to be passed on.", **summary}
    text = json.dumps(summary, ensure_ascii=False, indent=2) + "\n"
    (folder / f"{_prefix(confidential)}{name}.json").write_text(text, encoding="utf-8")


def _prefix(confidential: bool) -> str:
    return f"{CONFIDENTIAL}-" if confidential else ""
