"""A thousand diagnostic reports from scores that are ready, on one core."""

from datetime import date
from time import perf_counter

from bench.clock import peak_memory
from bench.panels import synthetic_responses
from instrument.loading import load_instrument
from reports.contexts import diagnostic_context
from reports.render import render_diagnostic
from scoring.masking import mask
from scoring.unit_scores import score

UNITS, PEOPLE = 1_000, 40
GOAL = 10.0  # milliseconds each


def run() -> None:
    instrument = load_instrument()
    responses = synthetic_responses(instrument, respondents=UNITS * PEOPLE, units=UNITS)
    start = perf_counter()
    scores = score(responses)
    scored = perf_counter()
    masked = mask(scores)
    masked_at = perf_counter()
    size = 0
    parts = dict(masked.split())
    for key in masked.keys:
        context = diagnostic_context(instrument, parts[key], lang="en", date=date(2026, 11, 22))
        size += len(render_diagnostic(context).encode())
    each = 1000 * (perf_counter() - masked_at) / UNITS
    print(
        f"reports: {UNITS:,} units of {PEOPLE} (synthetic), context to page {each:.1f} ms each on one core "
        f"(goal {GOAL:.0f}), {size / UNITS / 1024:.0f} KiB each; before that scoring with 2,000 draws "
        f"{1000 * (scored - start) / UNITS:.1f} ms and masking {1000 * (masked_at - scored) / UNITS:.1f} ms a unit; "
        f"peak memory {peak_memory():.2f} GiB"
    )
