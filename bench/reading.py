"""Reading and checking a million rows of CSV, beside plain `pandas.read_csv`."""

import tempfile
from pathlib import Path

import pandas as pd

from bench.clock import side_by_side
from bench.panels import synthetic_answers
from instrument.loading import load_instrument
from instrument.reading import read_responses

ROWS, UNITS = 1_000_000, 20_000
GOAL = 2.0


def run() -> None:
    instrument = load_instrument()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "responses.csv"
        answers = synthetic_answers(instrument, respondents=ROWS, units=UNITS)
        items = list(instrument.item_ids)
        answers[items] = answers[items].astype("Int8")
        answers.assign(submitted_at="2026-03-02T09:30:00").to_csv(path, index=False)
        found = side_by_side(lambda: read_responses(path, instrument), lambda: pd.read_csv(path))
        size = path.stat().st_size / 2**20
    print(
        f"reading: {ROWS:,} rows, {size:.0f} MiB of CSV (synthetic): {found.ours:.2f} s with every check, "
        f"pandas.read_csv {found.peer:.2f} s, ratio {found.ratio:.2f} (goal {GOAL:.0f})"
    )
