"""semopy's fit of a model: `python -m bench.sem_semopy DATA.csv MODEL.txt REPEATS`. Prints JSON as `lavaan.R` does."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import semopy

from bench.clock import peak_memory, repeated


def main(path: str, model: str, repeats: int) -> None:
    data, text = pd.read_csv(path), Path(model).read_text()

    def run() -> float:
        fitted = semopy.Model(text)
        fitted.fit(data)
        fitted.inspect(std_est=True)
        return float(semopy.calc_stats(fitted)["chi2"].iloc[0])

    figure = run()
    found = {"times": repeated(run, repeats), "figure": figure, "memory": peak_memory()}
    print(json.dumps(found | {"version": f"semopy {version('semopy')}"}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
