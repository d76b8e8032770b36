"""Scoring a million respondents, beside one bare NumPy pass over the same array."""

import numpy as np

from bench.clock import peak_memory, side_by_side
from bench.panels import synthetic_responses
from instrument.loading import load_instrument
from scoring.unit_scores import score

RESPONDENTS, UNITS = 1_000_000, 20_000
GOAL = 15.0  # times the bare pass, without draws


def run() -> None:
    responses = synthetic_responses(load_instrument(), respondents=RESPONDENTS, units=UNITS)
    items = list(responses.instrument.item_ids)
    array = responses.answers[items].to_numpy(np.float64)
    before = peak_memory()
    found = side_by_side(lambda: score(responses, draws=0), lambda: np.nanmean(array, axis=0))
    print(
        f"scoring: {RESPONDENTS:,} respondents x {len(items)} items, {UNITS:,} units (synthetic): {found.ours:.2f} s, "
        f"bare np.nanmean over the array {found.peer:.2f} s, ratio {found.ratio:.1f} (goal {GOAL:.0f}); "
        f"peak memory {peak_memory():.2f} GiB, of which {before:.2f} before scoring"
    )
