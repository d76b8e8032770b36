"""Whether a person answers alike what is alike."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.screening.consistency import PANEL, correlation_within, even_odd_consistency, find_pairs, pair_consistency

ORACLES = Path(__file__).resolve().parents[2] / "oracles"
ROUNDING = 1e-12
PRINTED = 1e-10  # digits of the oracle


@pytest.fixture(scope="module")
def bfi() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "sem" / "bfi.csv").iloc[:, :25]


def test_even_odd_of_a_written_out_example():
    """Halves 10 20 30 40 against 20 10 40 30 correlate .6 over four facets: stepped up 1.2 / 1.6 = .75."""
    keyed = np.array([[10.0, 20, 20, 10, 30, 40, 40, 30]])
    found = even_odd_consistency(keyed, np.repeat([0, 1, 2, 3], 2))
    assert found.r[0] == pytest.approx(0.75, abs=ROUNDING)
    assert found.n[0] == 4


def test_even_odd_takes_means_of_the_halves_and_leaves_out_what_is_missing():
    """A facet with nothing in one half drops out; one with an item left in each half stays."""
    keyed = np.array([[10.0, 0, 10, 20, 50, 40, 50, np.nan, 70, 80, np.nan, 70, 90, np.nan, 80, np.nan]])
    facet = np.repeat([0, 1, 2, 3], 4)
    found = even_odd_consistency(keyed, facet)
    odd, even = np.array([10.0, 50, 70]), np.array([10.0, 40, 75])
    r = np.corrcoef(odd, even)[0, 1]
    assert found.n[0] == 3
    assert found.r[0] == pytest.approx(2 * r / (1 + r), abs=ROUNDING)


def test_even_odd_stops_at_minus_one():
    """Opposite halves give -1, as do those whose stepped-up value would lie below it."""
    keyed = np.array([[10.0, 40, 20, 30, 30, 20, 40, 10], [10.0, 40, 20, 20, 30, 30, 40, 20]])
    assert [-1.0, -1.0] == even_odd_consistency(keyed, np.repeat([0, 1, 2, 3], 2)).r.tolist()


def test_even_odd_says_nothing_without_variance_or_facets():
    """A half that is the same everywhere, and facets of one item, leave the correlation undefined."""
    assert np.isnan(even_odd_consistency(np.full((1, 8), 50.0), np.repeat([0, 1, 2, 3], 2)).r[0])
    alone = even_odd_consistency(np.full((1, 3), 50.0), np.arange(3))
    assert np.isnan(alone.r[0])
    assert alone.n[0] == 0


def test_pairs_are_those_of_r(bfi):
    """The one pair of bfi at .60 or more, N1 and N2, and its correlation over the rows that have both, are R's."""
    oracle = json.loads((ORACLES / "screening" / "screening.json").read_text(encoding="utf-8"))["strong_pairs"]
    found = find_pairs(bfi.to_numpy(float))
    assert [(oracle["first"], oracle["second"])] == [
        (bfi.columns[i], bfi.columns[j]) for i, j in zip(found.first, found.second, strict=True)
    ]
    assert found.r[0] == pytest.approx(oracle["r"], abs=PRINTED)
    assert len(find_pairs(bfi.to_numpy(float), antonyms=True).first) == 0


def test_antonyms_are_found_among_raw_answers(bfi):
    """Turning N1 over makes the synonyms antonyms of the same size."""
    turned = bfi.to_numpy(float).copy()
    column = bfi.columns.get_loc("N1")
    turned[:, column] = 7 - turned[:, column]
    assert len(find_pairs(turned).first) == 0
    assert find_pairs(turned, antonyms=True).r[0] == pytest.approx(-find_pairs(bfi.to_numpy(float)).r[0], abs=PRINTED)


def test_pairs_need_a_panel():
    """Below `PANEL` rows a correlation of 1 makes no pair."""
    x = np.arange(float(PANEL))
    assert len(find_pairs(np.stack([x, x], axis=1)).first) == 1
    assert len(find_pairs(np.stack([x[1:], x[1:]], axis=1)).first) == 0


def test_pair_consistency_is_the_correlation_over_a_persons_pairs():
    """Somebody who follows three pairs has 1, somebody who goes against them -1, and two pairs are too few."""
    rng = np.random.default_rng(1)
    latent = rng.normal(size=(400, 3))
    points = np.repeat(latent, 2, axis=1) + 0.1 * rng.normal(size=(400, 6))
    points[:3] = [[1, 1, 2, 2, 4, 4], [1, 4, 2, 2.5, 4, 1], [1, 1, 2, 2, np.nan, 4]]
    pairs = find_pairs(points)
    assert {(0, 1), (2, 3), (4, 5)} == set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    found = pair_consistency(points, pairs)
    assert found.r[0] == pytest.approx(1.0, abs=ROUNDING)
    assert found.r[1] < -0.9
    assert np.isnan(found.r[2])
    assert [3, 3, 2] == found.n[:3].tolist()


def test_correlation_within_equals_numpy():
    """Row by row the correlation over known columns is NumPy's."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 5, 9))
    x[rng.random(x.shape) < 0.2] = np.nan
    found = correlation_within(x, y)
    for row in range(5):
        known = ~np.isnan(x[row])
        assert found.r[row] == pytest.approx(np.corrcoef(x[row, known], y[row, known])[0, 1], abs=ROUNDING)
        assert found.n[row] == known.sum()
