"""One row of the estimator's bench in a process of its own: `python -m bench.sem_ours ROW DATA.csv REPEATS REPLICATES`.

Prints one line of JSON as `lavaan.R` does. REPEATS 0 runs it once, for its own sake.
"""

import json
import sys

import pandas as pd

from bench.clock import peak_memory, repeated
from bench.sem_rows import ROWS, work


def main(name: str, path: str, repeats: int, replicates: int) -> None:
    row = next(row for row in ROWS if row.name == name)
    run = work(row, pd.read_csv(path), replicates)
    figure = run()
    times = repeated(run, repeats)
    found = {"times": times, "figure": None if figure != figure else figure, "memory": peak_memory()}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
