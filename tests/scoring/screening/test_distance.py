"""Mahalanobis distance."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from scoring.screening.distance import mahalanobis, pairwise_moments

ORACLES = Path(__file__).resolve().parents[2] / "oracles"
PRINTED = 1e-9  # relative: ten decimals of the oracle
ROUNDING = 1e-9


def test_distances_of_complete_data_equal_those_of_psych():
    """psych::outlier on the complete rows of bfi (25 items, N 2,436)."""
    oracle = json.loads((ORACLES / "screening" / "screening.json").read_text(encoding="utf-8"))["outlier"]
    items = pd.read_csv(ORACLES / "sem" / "bfi.csv").iloc[:, :25].dropna().to_numpy(float)
    found = mahalanobis(items)
    assert oracle["n"] == len(found.d2)
    assert oracle["first"] == pytest.approx(found.d2[:20], rel=PRINTED)
    assert oracle["sum"] == pytest.approx(found.d2.sum(), rel=PRINTED)
    assert oracle["max"] == pytest.approx(found.d2.max(), rel=PRINTED)
    assert {25} == set(found.df.tolist())
    assert chi2.sf(found.d2, 25) == pytest.approx(found.p, abs=ROUNDING)


def test_a_row_with_gaps_is_measured_on_what_it_has():
    """With means and covariances of the rest of the data, its distance is that of the items it answered."""
    rng = np.random.default_rng(3)
    points = rng.normal(50, 10, (300, 4)) + rng.normal(0, 10, (300, 1))
    points[0, [1, 3]] = np.nan
    mean, cov = pairwise_moments(points)
    away = points[0, [0, 2]] - mean[[0, 2]]
    expected = away @ np.linalg.solve(cov[np.ix_([0, 2], [0, 2])], away)
    found = mahalanobis(points)
    assert expected == pytest.approx(found.d2[0], rel=ROUNDING)
    assert found.df[0] == 2


def test_pairwise_moments_are_those_of_pandas():
    """Means and covariances over the rows that have both items, none of whose eigenvalues needs raising."""
    rng = np.random.default_rng(4)
    points = rng.normal(50, 10, (500, 5)) + rng.normal(0, 5, (500, 1))
    points[rng.random(points.shape) < 0.1] = np.nan
    mean, cov = pairwise_moments(points)
    frame = pd.DataFrame(points)
    assert frame.mean().to_numpy() == pytest.approx(mean, rel=ROUNDING)
    assert frame.cov().to_numpy() == pytest.approx(cov, rel=ROUNDING)


def test_items_that_never_meet_or_never_vary_do_no_harm():
    """Two halves of a panel asked different items, and an item that all answer alike, give finite distances."""
    rng = np.random.default_rng(5)
    points = rng.normal(50, 10, (200, 5))
    points[:100, 0] = np.nan
    points[100:, 1] = np.nan
    points[:, 4] = 40.0
    found = mahalanobis(points)
    assert np.isfinite(found.d2).all()
    assert (np.linalg.eigvalsh(pairwise_moments(points)[1]) > 0).all()


def test_nothing_answered_has_no_p_value():
    """A row without answers has distance 0 on no degrees of freedom and no p-value."""
    points = np.vstack([np.random.default_rng(6).normal(size=(50, 3)), np.full(3, np.nan)])
    found = mahalanobis(points)
    assert (0.0, 0) == (found.d2[-1], found.df[-1])
    assert np.isnan(found.p[-1])
