"""Draws shared out among threads: the compiled loops let go of the interpreter's lock."""

from collections.abc import Callable
from typing import TypeVar

from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

Drawn = TypeVar("Drawn")


def each_draw(one: Callable[[int], Drawn], draws: int, n_jobs: int) -> list[Drawn]:
    """one(0), one(1), ... in their order, with as many threads; linear algebra keeps to one in each."""
    with threadpool_limits(limits=1, user_api="blas"):
        return list(Parallel(n_jobs=n_jobs, prefer="threads")(delayed(one)(draw) for draw in range(draws)))
