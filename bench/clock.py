"""Timing two things side by side, and the memory of the process."""

import resource
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """Least time of each over the rounds, which alternate so that both meet the same machine. Seconds."""

    ours: float
    peer: float

    @property
    def ratio(self) -> float:
        return self.ours / self.peer


def side_by_side(ours: Callable[[], Any], peer: Callable[[], Any], *, rounds: int = 3) -> Comparison:
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(rounds):
        for name, work in (("peer", peer), ("ours", ours)):
            start = perf_counter()
            work()
            times[name].append(perf_counter() - start)
    return Comparison(min(times["ours"]), min(times["peer"]))


def peak_memory() -> float:
    """Largest resident size of this process so far, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def repeated(work: Callable[[], Any], times: int) -> list[float]:
    """Seconds of each of some runs; a first one that compiles or loads is the caller's."""
    found = []
    for _ in range(times):
        start = perf_counter()
        work()
        found.append(perf_counter() - start)
    return found
