"""`make bench`: how fast and how much memory, beside a peer measured in the same run; ratios are what to compare."""

import os
import subprocess
import sys

# One core on either side: a ratio should not depend on how many the machine lends.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


def main(arguments: list[str]) -> int:
    from bench import reading, reports, scoring

    benches = {"reading": reading.run, "scoring": scoring.run, "reports": reports.run}
    unknown = set(arguments) - set(benches)
    if unknown:
        print(f"No bench named {', '.join(sorted(unknown))}. There are: {', '.join(benches)}.", file=sys.stderr)
        return 2
    if len(arguments) == 1:
        benches[arguments[0]]()
        return 0
    # Each in a process of its own: what one leaves in memory should not slow the next, nor count as its peak.
    return max(subprocess.call([sys.executable, "-m", "bench", name]) for name in arguments or benches)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
