"""The bootstrap: resamples drawn, the model fitted to each, the replicates gathered (Efron 1979)."""

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence

import joblib
import numpy as np
import pandas as pd

from scoring.sem.bootstrap.defined import defined_values, parameter_names
from scoring.sem.bootstrap.intervals import check_count, check_level
from scoring.sem.bootstrap.refits import REASONS, Outcome, Refits, Refitter
from scoring.sem.bootstrap.resampling import Resampling
from scoring.sem.bootstrap.result import Bootstrap
from scoring.sem.table import ModelError, ParameterTable

Progress = Callable[[int, int], None]
FEW_CLUSTERS = 30  # below which intervals from resampled clusters are too narrow as a rule
MANY_FAILED = 0.05  # share of refits


def check_arguments(n: int, seed: int, n_jobs: int, level: float) -> None:
    """Raise ModelError for what cannot be asked for."""
    check_count("n", n, 1)
    if seed is None:
        raise ModelError("seed=None: give a whole number, so that the same replicates can be drawn again.")
    check_count("seed", seed, 0)
    check_level(level)
    if n_jobs != -1:
        check_count("n_jobs", n_jobs, 1)


def resample_and_refit(
    refitter: Refitter, resampling: Resampling, n: int, n_jobs: int, progress: Progress | bool | None
) -> Refits:
    """The refits to n resamples, the same whatever n_jobs is.

    Threads do, as the compiled searches let go of the interpreter's lock; a surrounding `joblib.parallel_config` may
    choose other workers. progress: called with how many of n are done, or True for a line on the standard error.
    """
    report = _line if progress is True else progress if callable(progress) else None
    size = refitter.at_once
    bounds = [(first, min(first + size, n)) for first in range(0, n, size)]
    parallel = joblib.Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")
    blocks = parallel(joblib.delayed(_block)(refitter, resampling, *one) for one in bounds)
    parts = []
    try:
        for (_, last), part in zip(bounds, blocks, strict=True):
            parts.append(part)
            if report is not None:
                report(last, n)
    finally:
        with warnings.catch_warnings():  # joblib's, that an interrupt leaves blocks unused
            warnings.simplefilter("ignore", UserWarning)
            blocks.close()
    return Refits(*(np.concatenate(one) for one in zip(*map(_fields, parts), strict=True)))


def _block(refitter: Refitter, resampling: Resampling, first: int, last: int) -> Refits:
    return refitter.refit(resampling.draw(first, last))


def _fields(part: Refits) -> Iterator[np.ndarray]:
    yield from (part.theta, part.rows, part.standardised, part.outcome)


def _line(done: int, n: int) -> None:
    sys.stderr.write(f"\r{done} of {n} resamples" + ("\n" if done == n else ""))
    sys.stderr.flush()


def gathered(
    refits: Refits, table: ParameterTable, estimates: pd.DataFrame, groups: Sequence[str], moving: np.ndarray,
    n_clusters: int, level: float,
) -> Bootstrap:  # fmt: skip
    """The result. moving (rows,): which rows are estimated, or follow from what is."""
    est = estimates["est"].to_numpy(dtype=float)[: len(table.rows)]
    usable = (refits.outcome <= Outcome.IMPROPER)[:, None]
    rows = np.where(moving, refits.rows, np.where(usable, est, np.nan))
    defined = defined_values(table, rows)
    standardised = np.hstack([refits.standardised, defined_values(table, refits.standardised)])
    names = parameter_names(table.rows, table.free, groups) + [one.name for one in table.definitions]
    replicates = pd.DataFrame(np.hstack([refits.theta, defined]), columns=names)
    replicates.index.name = "resample"
    return Bootstrap(
        replicates, refits.outcome, np.hstack([rows, defined]), standardised, estimates, level,
        _notes(refits.outcome, n_clusters),
    )  # fmt: skip


def _notes(outcome: np.ndarray, n_clusters: int) -> tuple[str, ...]:
    notes = []
    failed = outcome[outcome > Outcome.IMPROPER]
    if len(failed) > MANY_FAILED * len(outcome):
        codes, counts = np.unique(failed, return_counts=True)
        reasons = "; ".join(f"{REASONS[Outcome(code)]}: {count}" for code, count in zip(codes, counts, strict=True))
        notes.append(
            f"{len(failed)} of {len(outcome)} refits failed and stand in no interval, which are those of the samples "
            f"that can be fitted ({reasons})."
        )
    if 0 < n_clusters < FEW_CLUSTERS:
        notes.append(
            f"{n_clusters} clusters were resampled; with fewer than {FEW_CLUSTERS} intervals are too narrow as a rule."
        )
    return tuple(notes)
