"""How much one person's answers vary."""

import numpy as np
import pytest

from scoring.screening.variability import intra_individual_variability, within_scale_variance_ratio

ROUNDING = 1e-12


def test_irv_is_the_sample_standard_deviation_of_raw_answers():
    """Dunn et al. (2018): 1 to 5 on five points lie 25 points apart, so that the SD is 25 times that of 1 to 5."""
    points = np.array([[0.0, 25, 50, 75, 100], [50, np.nan, 50, 50, 50], [0, np.nan, np.nan, np.nan, np.nan]])
    found = intra_individual_variability(points)
    assert [25 * np.sqrt(2.5), 0.0] == pytest.approx(found[:2], abs=ROUNDING)
    assert np.isnan(found[2])


def test_within_scale_ratio_of_a_written_out_example():
    """Two people mirror each other around the item means, with deviations 25 and -25 on one scale and 0 on another.

    Each has 25^2 + 25^2 squared points on one degree of freedom there and none on the other: 1250 over two times the
    variance of uniform answers on five points, 100^2 (5^2 - 1) / 12 / 4^2 = 1250.
    """
    keyed = np.array([[75.0, 25, 50, 50], [25.0, 75, 50, 50]])
    ratio, df = within_scale_variance_ratio(keyed, np.full(4, 4.0), np.array([0, 0, 1, 1]))
    assert [0.5, 0.5] == pytest.approx(ratio, abs=ROUNDING)
    assert [2, 2] == df.tolist()


def test_within_scale_ratio_is_one_for_random_answers():
    """Uniform answers, on scales of different length and with gaps, give 1 on average within four standard errors."""
    rng = np.random.default_rng(5)
    steps = np.array([4.0] * 8 + [6.0] * 8)
    keyed = 100 * np.floor(rng.random((2_000, 16)) * (steps + 1)) / steps
    keyed[rng.random(keyed.shape) < 0.1] = np.nan
    ratio, _ = within_scale_variance_ratio(keyed, steps, np.repeat([0, 1, 2, 3], 4))
    assert abs(ratio.mean() - 1) < 4 * ratio.std() / np.sqrt(len(ratio))


def test_within_scale_ratio_ignores_difficulty_and_level():
    """Whoever answers every item at the panel's mean plus a constant contradicts nobody."""
    means = np.array([20.0, 50, 60, 30, 40, 70])
    keyed = means + np.array([[-10.0], [0], [10]])
    ratio, _ = within_scale_variance_ratio(keyed, np.full(6, 4.0), np.array([0, 0, 0, 1, 1, 1]))
    assert [0.0, 0.0, 0.0] == pytest.approx(ratio, abs=ROUNDING)


def test_within_scale_ratio_needs_two_items_of_a_scale():
    """One answer to each scale says nothing."""
    ratio, df = within_scale_variance_ratio(np.array([[0.0, 100], [50, 50]]), np.full(2, 4.0), np.array([0, 1]))
    assert np.isnan(ratio).all()
    assert [0, 0] == df.tolist()
