"""Scoring a million respondents, beside bare NumPy passes over the same array."""

import numpy as np

from bench.clock import peak_memory, side_by_side
from bench.panels import synthetic_responses
from instrument.loading import load_instrument
from scoring.unit_scores import score

RESPONDENTS, UNITS = 1_000_000, 20_000
GOAL = 15.0  # times the bare pass, without draws


def unit_means(array: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean of every item in every unit: the least that any scoring has to work out."""
    seen = ~np.isnan(array)
    total = np.add.reduceat(np.where(seen, array, 0.0), starts, axis=0)
    n = np.add.reduceat(seen.astype(float), starts, axis=0)
    return np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)


def run() -> None:
    responses = synthetic_responses(load_instrument(), respondents=RESPONDENTS, units=UNITS)
    items = list(responses.instrument.item_ids)
    array = responses.answers[items].to_numpy(np.float64)
    starts = np.flatnonzero(np.diff(responses.answers["unit"].cat.codes, prepend=-1))
    before = peak_memory()
    bare = side_by_side(lambda: score(responses, draws=0), lambda: np.nanmean(array, axis=0))
    peak = peak_memory()
    by_unit = side_by_side(lambda: None, lambda: unit_means(array, starts))
    print(
        f"scoring: {RESPONDENTS:,} respondents x {len(items)} items, {UNITS:,} units (synthetic): {bare.ours:.2f} s; "
        f"np.nanmean over the array {bare.peer:.2f} s, ratio {bare.ratio:.1f} (goal {GOAL:.0f}); unit means of the "
        f"items {by_unit.peer:.2f} s, ratio {bare.ours / by_unit.peer:.1f}; "
        f"peak memory {peak:.2f} GiB, of which {before:.2f} before scoring"
    )
