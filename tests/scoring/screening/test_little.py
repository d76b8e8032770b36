"""Little's test."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scoring.screening.little import McarStatus, em_moments, little_mcar

ORACLES = Path(__file__).resolve().parents[2] / "oracles" / "screening"
NANIAR = (35.1, 14, 0.00142, 4)  # naniar's documentation of mcar_test(airquality), three digits
EM = 1e-6  # relative, both programs' stopping rules


@pytest.fixture(scope="module")
def airquality() -> np.ndarray:
    return pd.read_csv(ORACLES / "airquality.csv").to_numpy(float)


@pytest.fixture(scope="module")
def oracle() -> dict:
    return json.loads((ORACLES / "screening.json").read_text(encoding="utf-8"))["airquality"]


def test_published_example(airquality):
    """The example in naniar's documentation, as printed there."""
    found = little_mcar(airquality)
    assert NANIAR == (float(f"{found.chisq:.3g}"), found.df, float(f"{found.p:.3g}"), found.patterns)
    assert (153, McarStatus.OK) == (found.rows, found.status)


def test_moments_and_chi_square_equal_those_of_r(airquality, oracle):
    """Means and covariances of lavaan's saturated model, and Little's sum over patterns from them in R."""
    moments = em_moments(airquality)
    assert moments.arrived
    assert oracle["mean"] == pytest.approx(moments.mean, rel=EM)
    sd = np.sqrt(np.diag(oracle["cov"]))
    scaled = np.outer(sd, sd)
    assert (np.array(oracle["cov"]) / scaled).ravel() == pytest.approx((moments.cov / scaled).ravel(), abs=EM)
    found = little_mcar(airquality)
    assert oracle["chisq"] == pytest.approx(found.chisq, rel=EM)
    assert (oracle["df"], oracle["patterns"]) == (found.df, found.patterns)


def _panel(rng: np.random.Generator, *, at_random: bool) -> np.ndarray:
    x = rng.normal(size=(250, 1)) + rng.normal(size=(250, 3))
    chance = np.full(250, 0.25) if at_random else np.where(x[:, 0] > 0.5, 0.6, 0.1)
    x[rng.random(250) < chance, 1] = np.nan
    x[rng.random(250) < 0.15, 2] = np.nan
    return x


@pytest.mark.simulation
def test_rejects_as_often_as_it_says_under_mcar_and_nearly_always_under_mar():
    """400 panels: five in a hundred rejected within three standard errors, p uniform; and power where it depends."""
    rng = np.random.default_rng(11)
    p = np.array([little_mcar(_panel(rng, at_random=True)).p for _ in range(400)])
    assert abs((p < 0.05).mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 400)
    largest_gap = np.abs(np.sort(p) - (np.arange(400) + 0.5) / 400).max()
    assert largest_gap < 1.63 / np.sqrt(400)  # Kolmogorov's bound at .01
    dependent = np.array([little_mcar(_panel(rng, at_random=False)).p for _ in range(100)])
    assert (dependent < 0.05).mean() > 0.95


def test_complete_data_need_no_test():
    """Nothing missing is said, not tested."""
    found = little_mcar(np.random.default_rng(1).normal(size=(60, 3)))
    assert found.status is McarStatus.COMPLETE
    assert np.isnan(found.p)


@pytest.mark.parametrize(
    ("rows", "items", "status"),
    [(60, 1, McarStatus.FEW_ITEMS), (20, 3, McarStatus.FEW_ROWS), (0, 3, McarStatus.FEW_ITEMS)],
)
def test_too_little_says_why(rows, items, status):
    """One item, few rows or none give a reason instead of a figure."""
    values = np.random.default_rng(2).normal(size=(rows, items))
    values[: rows // 3, 0] = np.nan
    assert status is little_mcar(values).status


def test_items_that_determine_each_other_are_told():
    """An item that stands in the data twice leaves no covariance matrix to test by."""
    values = np.random.default_rng(3).normal(size=(200, 2))
    values = np.column_stack([values, values[:, 0]])
    values[:40, 1] = np.nan
    found = little_mcar(values)
    assert found.status is McarStatus.NOT_CONVERGED
    assert np.isnan(found.p)


def test_an_item_that_never_varies_and_an_empty_row_change_nothing(airquality):
    """A constant column and rows without any value are left out."""
    more = np.column_stack([airquality, np.full(len(airquality), 3.0)])
    more = np.vstack([more, np.full(more.shape[1], np.nan)])
    assert little_mcar(airquality) == little_mcar(more)
