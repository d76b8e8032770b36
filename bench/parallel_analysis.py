"""`python -m bench.parallel_analysis`: parallel analysis on polychoric correlations beside psych's, in the same run.

The 25 items of bfi (2,436 complete rows), 100 simulated data sets. psych's `fa.parallel(cor = "poly")` takes minutes:
it is timed with fewer data sets, on one core, and scaled by what each further one takes; the output says so. Ours is
timed whole, with one thread and with two; linear algebra has one thread on either side. In each draw psych correlates
a resampled and a normal data set, we a shuffled one; both take eigenvalues of components and of factors.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import pandas as pd

from bench.clock import repeated
from scoring.sem.ordinal import ordinal_data
from scoring.validation.dimensionality import ParallelAnalysis, parallel_analysis

HERE = Path(__file__).parent
DATA = HERE.parent / "tests" / "oracles" / "sem" / "bfi.csv"
ENVIRONMENT = os.environ | dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
DRAWS, ROUNDS, THREADS, GOAL = 100, 3, (1, 2), 50
FEW, MORE = 1, 4


def main() -> int:
    answers = pd.read_csv(DATA).iloc[:, :25].dropna()
    theirs = psych(answers)
    if theirs is None:
        print("R with psych is not there (apt-get install r-cran-psych). Our own times stand alone.\n")
    data = ordinal_data(answers)
    found = parallel_analysis(data, "polychoric", draws=2)  # compiles
    print("| parallel analysis, polychoric, 25 items | s | theirs over ours | components, factors |")
    print("|---|---|---|---|")
    for threads in THREADS:

        def run(threads: int = threads) -> None:
            nonlocal found
            found = parallel_analysis(data, "polychoric", draws=DRAWS, n_jobs=threads)

        seconds = median(repeated(run, ROUNDS))
        ratio = "" if theirs is None else f"{theirs[0] / seconds:.0f}x (goal {GOAL}x)"
        name = f"ours, {DRAWS} draws, {threads} thread{'s'[: threads > 1]}"
        print(f"| {name} | {seconds:.2f} | {ratio} | {_numbers(found)} |", flush=True)
    if theirs is not None:
        seconds, numbers, version = theirs
        print(f"| psych, {DRAWS} draws scaled from {FEW} and {MORE} | {seconds:.0f} | | {numbers} |\n\n{version}")
    return 0


def psych(answers: pd.DataFrame) -> tuple[float, str, str] | None:
    """Seconds that psych would take for all draws, its suggestion, what ran; None where it is not installed."""
    if not shutil.which("Rscript") or subprocess.call(["Rscript", "-e", "library(psych)"], stderr=subprocess.DEVNULL):
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        answers.to_csv(path, index=False)
        command = ["Rscript", str(HERE / "parallel_analysis.R"), str(path), str(FEW), str(MORE)]
        out = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout
    found = json.loads(out.splitlines()[-1])
    each = (found["more"] - found["few"]) / (MORE - FEW)
    return found["few"] + (DRAWS - FEW) * each, f"{found['components']}, {found['factors']}", found["version"]


def _numbers(found: ParallelAnalysis) -> str:
    return f"{found.n_factors('components')}, {found.n_factors('factors')}"


if __name__ == "__main__":
    sys.exit(main())
