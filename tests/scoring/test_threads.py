"""Compiled loops: the same results without a cache; every group in exactly one run; the t quantile."""

import numpy as np
import pytest
from numba.core.caching import FunctionCache
from scipy.special import stdtrit

from scoring.aggregation import _t_975
from scoring.sem.compiled import compiled
from scoring.threads import share_out

SAME_QUANTILE = 1e-13  # relative; ten times what the polynomial was seen to miss, a millionth of what is printed


def ratio(top: float, bottom: float) -> float:
    return top / bottom


def test_division_by_zero_is_numpy_s():
    assert np.isnan(compiled(ratio)(0.0, 0.0))
    assert compiled(ratio)(1.0, 0.0) == np.inf


def test_without_a_folder_to_write_in_it_still_runs(monkeypatch):
    def none_to_write_in(self, function):
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(FunctionCache, "__init__", none_to_write_in)
    assert compiled(ratio)(1.0, 4.0) == 0.25


@pytest.mark.parametrize("sizes", [[1], [3, 0, 9, 1, 1, 30, 2], [100], [0, 0], [5] * 40])
@pytest.mark.parametrize("run_rows", [1, 7, 1000])
def test_every_group_is_in_one_run(sizes, run_rows):
    seen = np.zeros(len(sizes), dtype=int)

    def work(first, last):
        seen[first:last] += 1

    share_out(work, np.cumsum(sizes) - sizes, sum(sizes), run_rows)
    assert np.array_equal(np.ones(len(sizes)), seen)


def test_quantile_of_student_s_t():
    df = np.concatenate([np.linspace(2, 100, 1001), np.geomspace(100, 1e12, 101)])
    found = np.array([_t_975(one) for one in df])
    assert np.max(np.abs(found / stdtrit(df, 0.975) - 1)) < SAME_QUANTILE
