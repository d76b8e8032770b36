"""Growth of a fit with rows and with items: `python -m bench.sem_growth [--quick]` prints Markdown tables."""

import sys
from statistics import median

import numpy as np
import pandas as pd

from bench.clock import repeated
from bench.sem_rows import synthetic_answers
from scoring.sem import fit

ROWS, ITEMS, PEOPLE = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000), (9, 15, 25, 40, 60), 2_000
QUICK_ROWS, QUICK_ITEMS = (500, 2_000), (9, 25)
PER_FACTOR, MISSING = 5, 0.02
KINDS = {"ML": {}, "WLSMV": {"ordered": True}, "FIML": {"missing": "fiml"}}
REPEATS = 3


def main(quick: bool) -> None:
    print(f"| {PER_FACTOR * 5} items, 5 factors; N | {' | '.join(KINDS)} |")
    print("|---|" + "---|" * len(KINDS))
    for n in QUICK_ROWS if quick else ROWS:
        print(f"| {n:,} | {' | '.join(_times(5, PER_FACTOR * 5, n))} |")
    print(f"\n| N {PEOPLE:,}; items | {' | '.join(KINDS)} |")
    print("|---|" + "---|" * len(KINDS))
    for items in QUICK_ITEMS if quick else ITEMS:
        print(f"| {items} | {' | '.join(_times(3 if items < 15 else items // PER_FACTOR, items, PEOPLE))} |")
    print(f"\nMilliseconds, median of {REPEATS}, synthetic answers; FIML with {MISSING:.0%} of them missing at random.")


def _times(factors: int, items: int, n: int) -> list[str]:
    per_factor = items // factors
    names = tuple((f"f{k}", tuple(f"y{k}_{i}" for i in range(per_factor))) for k in range(factors))
    model = "\n".join(f"{factor} =~ {' + '.join(own)}" for factor, own in names)
    data = synthetic_answers(names, n)
    found = []
    for kind, options in KINDS.items():
        used = data if kind != "FIML" else _with_holes(data)
        fit(model, used, **options)
        found.append(f"{1000 * median(repeated(lambda u=used, o=options: fit(model, u, **o), REPEATS)):.1f}")
    return found


def _with_holes(data: pd.DataFrame) -> pd.DataFrame:
    return data.mask(np.random.default_rng(1).random(data.shape) < MISSING)


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
