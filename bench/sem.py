"""`make bench-sem`: the estimator beside lavaan, psych and semopy in the same run, as Markdown on the standard output.

Every row runs in processes of its own, first there, then here, each with one thread for linear algebra: what one leaves
in memory does not slow the next, and a ratio does not depend on how many cores the machine lends. `--quick` is for
trying it: few repetitions, few bootstrap replicates, short curves, and no lavaan where it takes minutes.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.sem_rows import REPLICATES, ROWS, Row, write_data

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
ENVIRONMENT = os.environ | dict.fromkeys(THREADS, "1")
PEERS = {"polychoric": ("polychoric", "psych")}  # works of lavaan.R that stand beside a row; else the one of its name
QUICK_REPEATS, QUICK_REPLICATES, TOO_LONG = 2, 50, "wlsmv_large"
FIRST_GOAL, IMPORT_GOAL, MEMORY_GOAL = 10.0, 1.3, 1.0  # seconds, ratio, GB
IMPORTS = ("import numba, pandas, scipy.optimize", "import scoring.sem", "from scoring.sem import fit")
IMPORT_ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of each run, the figure it gave, the peak of memory (GiB), and what ran."""

    times: list[float]
    figure: float | None
    memory: float | None
    version: str = "ours"
    system: str = ""

    @property
    def middle(self) -> float:
        return median(self.times)

    def __str__(self) -> str:
        if len(self.times) == 1:
            return _time(self.middle)
        return f"{_time(self.middle)} ({_time(min(self.times))} to {_time(max(self.times))})"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.sem", description="The estimator beside lavaan and semopy.")
    parser.add_argument("--quick", action="store_true", help="few repetitions, for trying it")
    parser.add_argument("--only", choices=[row.name for row in ROWS], help="one row and nothing else")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_data(home)
        rows = [row for row in ROWS if given.only in (None, row.name)]
        for line in table(rows, home, quick=given.quick):
            print(line, flush=True)
        if given.only is None:
            for line in (*first_fits(rows, home), *imports(), *curves(given.quick)):
                print(line, flush=True)
    return 0


def table(rows: list[Row], home: Path, *, quick: bool) -> Iterator[str]:
    """The Markdown table of times and ratios, line by line, and what it was measured with."""
    lavaan = _why_no_r()
    if lavaan:
        yield f"{lavaan} Our own times stand alone.\n"
    yield "| work | ours | beside | theirs | ratio | goal | | same figure to | peak, GiB |"
    yield "|---|---|---|---|---|---|---|---|---|"
    replicates = QUICK_REPLICATES if quick else REPLICATES
    seen: dict[str, None] = {}
    for row in rows:
        peers = [] if lavaan or (quick and row.name == TOO_LONG) else list(_peers(row, home, quick, replicates))
        if row.name in ("ml", "mlr"):
            peers += _semopy(row, home, quick)
        ours = _ours(row, home, QUICK_REPEATS if quick else row.repeats, replicates)
        for peer in peers:
            seen |= dict.fromkeys(text for text in (peer.version, peer.system) if text)
            yield _line(row, ours, peer)
        if not peers:
            yield f"| {row.text} | {ours} | none | | | {row.goal:.0f} | | | {ours.memory:.2f} |"
    yield f"\nPython {platform.python_version()} on {os.cpu_count()} cores, one thread each; {'; '.join(seen)}."
    yield "Medians, least and most in brackets; the first run is not timed, except of work that takes minutes."
    if quick:
        yield f"Quick: {QUICK_REPEATS} repetitions, {QUICK_REPLICATES} bootstrap replicates. No figures to quote."


def first_fits(rows: list[Row], home: Path) -> Iterator[str]:
    """Seconds of a whole process that fits once: with nothing compiled, and with everything in Numba's cache."""
    yield "\n| first fit of a process, seconds | nothing compiled | cached | goal | |"
    yield "|---|---|---|---|---|"
    for row in rows:
        if row.name in ("ml", "mlr", "wlsmv", "fiml", "groups"):
            with tempfile.TemporaryDirectory() as cache:
                cold, warm = (_whole_process(row, home, cache) for _ in range(2))
            met = _met(cold <= FIRST_GOAL)
            yield f"| {row.text} | {cold:.1f} | {warm:.1f} | {FIRST_GOAL:.0f} | {met} |"


def imports() -> Iterator[str]:
    """Seconds of imports in processes of their own, taking turns."""
    times: dict[str, list[float]] = {statement: [] for statement in IMPORTS}
    for _ in range(IMPORT_ROUNDS):
        for statement, found in times.items():
            code = f"from time import perf_counter as now; start = now(); {statement}; print(now() - start)"
            found.append(float(_run([sys.executable, "-c", code]).stdout))
    base = median(times[IMPORTS[0]])
    yield "\n| import | seconds | ratio | goal | |"
    yield "|---|---|---|---|---|"
    for statement, found in times.items():
        ratio = median(found) / base
        goal = "| |" if statement == IMPORTS[0] else f"{IMPORT_GOAL} | {_met(ratio <= IMPORT_GOAL)} |"
        yield f"| `{statement}` | {median(found):.2f} ({min(found):.2f} to {max(found):.2f}) | {ratio:.2f} | {goal}"


def curves(quick: bool) -> Iterator[str]:
    """Growth with rows and with items, in a process of its own."""
    yield "\n" + _run([sys.executable, "-m", "bench.sem_growth", *(["--quick"] if quick else [])]).stdout.rstrip()


def _peers(row: Row, home: Path, quick: bool, replicates: int) -> Iterator[Timing]:
    repeats = min(row.peer_repeats, QUICK_REPEATS) if quick else row.peer_repeats
    for work in PEERS.get(row.name, (row.name,)):
        call = ["Rscript", str(Path(__file__).with_name("lavaan.R")), work, *_files(row, home), str(repeats)]
        yield from _answer([*call, str(replicates)], work)


def _semopy(row: Row, home: Path, quick: bool) -> Iterator[Timing]:
    repeats = QUICK_REPEATS if quick else row.peer_repeats
    for found in _answer([sys.executable, "-m", "bench.sem_semopy", *_files(row, home), str(repeats)], "semopy"):
        yield found if row.figure == "chisq" else replace(found, figure=None)


def _answer(call: list[str], name: str) -> Iterator[Timing]:
    """What a peer's process printed; nothing where it failed, which is said."""
    try:
        ran = _run(call)
    except RuntimeError as error:
        print(f"Left out, {name}: {error}", file=sys.stderr)
        return
    yield Timing(**json.loads(ran.stdout.splitlines()[-1]))


def _ours(row: Row, home: Path, repeats: int, replicates: int) -> Timing:
    call = [sys.executable, "-m", "bench.sem_ours", row.name, _files(row, home)[0], str(repeats), str(replicates)]
    return Timing(**json.loads(_run(call).stdout.splitlines()[-1]))


def _files(row: Row, home: Path) -> tuple[str, str]:
    model = home / f"{row.name}.txt"
    model.write_text(row.model + "\n")
    return str(home / f"{row.data}.csv"), str(model)


def _whole_process(row: Row, home: Path, cache: str) -> float:
    start = perf_counter()
    call = [sys.executable, "-m", "bench.sem_ours", row.name, _files(row, home)[0], "0", "1"]
    _run(call, ENVIRONMENT | {"NUMBA_CACHE_DIR": cache})
    return perf_counter() - start


def _line(row: Row, ours: Timing, peer: Timing) -> str:
    ratio, goal = peer.middle / ours.middle, f"{row.goal:.0f}"
    met, small = _met(ratio >= row.goal), ours.memory is not None and ours.memory * 1.073741824 <= MEMORY_GOAL
    if peer.version.startswith("semopy"):
        goal = met = ""  # wanted as a second engine, not as a mark: it has no corrections
    if row.name == TOO_LONG:
        met += f"; {MEMORY_GOAL:.0f} GB {_met(small)}"
    same = ""
    if ours.figure and peer.figure:
        same = f"{abs(ours.figure / peer.figure - 1):.0e}"
    memory = " / ".join("?" if one.memory is None else f"{one.memory:.2f}" for one in (ours, peer))
    return f"| {row.text} | {ours} | {peer.version} | {peer} | {ratio:.0f} | {goal} | {met} | {same} | {memory} |"


def _why_no_r() -> str:
    """What is missing for the comparison with R; empty where nothing is."""
    if not shutil.which("Rscript"):
        return "R is not installed (Rscript is not on the path)."
    try:
        _run(["Rscript", "-e", "stopifnot(requireNamespace('lavaan'), requireNamespace('psych'))"])
    except RuntimeError:
        return "R has no package lavaan or psych."
    return ""


def _run(call: list[str], environment: dict[str, str] = ENVIRONMENT) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(call, env=environment, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(call[:4])} ended with {ran.returncode}: {ran.stderr.strip()[-500:]}")
    return ran


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.1 else f"{1000 * seconds:.1f} ms"


def _met(yes: bool) -> str:
    return "met" if yes else "not met"


if __name__ == "__main__":
    sys.exit(main())
