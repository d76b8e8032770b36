"""Bivariate normal probabilities against values of 40 digits and against identities."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from scoring.sem.ordinal.bivariate_normal import (
    bivariate_normal_cdf,
    cell_probabilities,
    density,
    density_slope,
    quadrant_slope,
)

# A few units in the last place of numbers up to 1; measured: 7e-16.
ROUNDING = 3e-15
# Central differences with steps of 1e-5 lose about 4e-9 where the density bends most.
NUMERIC = 1e-8
STEP = 1e-5

# h, k, rho, P(X <= h, Y <= k): mpmath 1.4.1 at 40 digits, quad of npdf(x) ncdf((k - rho x) / sqrt(1 - rho^2)).
REFERENCE = [
    (0.0, 0.0, 0.5, 0.33333333333333333),
    (-1.2, 0.4, 0.3, 0.095145641277717638),
    (0.7, 1.9, -0.85, 0.72931982558290906),
    (-2.5, -2.1, 0.96, 0.0059336299347978555),
    (0.3, 0.25, 0.99, 0.58528204830105343),
    (-0.4, 0.5, -0.995, 0.03904636965622548),
    (1.5, 1.5, 0.9999, 0.93246208155949835),
    (-3.0, 2.5, -0.2, 0.0013091917357814223),
    (2.2, -0.6, 0.75, 0.27425133588960542),
    (-1.0, -1.0, 0.925, 0.12127116007176211),
    (0.1, -0.2, -0.93, 0.041562906730361756),
    (-4.0, -4.5, 0.6, 2.4744283720145985e-7),
    (0.0, 1.0, 0.9, 0.49929519499952619),
    (-2.0, 2.1, -0.9999, 0.0048857113853627266),
]
RHOS = np.concatenate([np.linspace(-0.99, 0.99, 67), [-0.9999, -0.925, -0.75, -0.3, 0.3, 0.75, 0.925, 0.9999]])


@pytest.fixture
def points():
    return np.random.default_rng(3).normal(0, 1.3, (2, 40, 1))


@pytest.mark.parametrize(("h", "k", "rho", "expected"), REFERENCE)
def test_reference_values(h, k, rho, expected):
    """Fifteen digits at every strength of correlation."""
    assert expected == pytest.approx(float(bivariate_normal_cdf(h, k, rho)), rel=0, abs=ROUNDING)


def test_orthants():
    """P(X <= 0, Y <= 0) = 1/4 + asin(rho) / 2 pi (Sheppard 1899)."""
    expected = 0.25 + np.arcsin(RHOS) / (2 * np.pi)
    np.testing.assert_allclose(bivariate_normal_cdf(0.0, 0.0, RHOS), expected, rtol=0, atol=ROUNDING)


def test_symmetry_and_reflection(points):
    """The order of the bounds does not matter, and both halves of the second variable add up to the first."""
    h, k = points
    found = bivariate_normal_cdf(h, k, RHOS)
    np.testing.assert_allclose(found, bivariate_normal_cdf(k, h, RHOS), rtol=0, atol=ROUNDING)
    both = found + bivariate_normal_cdf(h, -k, -RHOS)
    np.testing.assert_allclose(both, np.broadcast_to(ndtr(h), both.shape), rtol=0, atol=ROUNDING)


def test_bounds_at_infinity_and_perfect_correlation():
    """Infinite bounds leave the other margin, and at |rho| = 1 one variable decides."""
    found = bivariate_normal_cdf([-np.inf, np.inf, np.inf, 0.3, 0.3, -0.3], [1.0, 0.4, np.inf, 1.0, -0.1, 0.1], 1.0)
    np.testing.assert_array_equal(found, ndtr([-np.inf, 0.4, np.inf, 0.3, -0.1, -0.3]))
    opposed = bivariate_normal_cdf([1.0, -1.0], [0.5, 0.5], -1.0)
    np.testing.assert_allclose(opposed, [ndtr(1.0) - ndtr(-0.5), 0.0], rtol=0, atol=ROUNDING)


def test_no_answer_outside_the_range():
    """A correlation above 1 and missing bounds give NaN."""
    found = bivariate_normal_cdf([0.0, np.nan, 0.0], [0.0, 0.0, 0.0], [1.1, 0.5, np.nan])
    np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan])


@pytest.mark.parametrize("rho", [-0.97, -0.4, 0.2, 0.8, 0.999])
def test_cells_are_rectangles(rho):
    """The cells between thresholds are differences of quadrants and sum to the margins."""
    a, b = np.array([-1.1, 0.2, 1.7]), np.array([-0.3, 0.9])
    edges = [np.concatenate([[-np.inf], part, [np.inf]]) for part in (a, b)]
    shares = [np.diff(ndtr(part)) for part in edges]
    cells = np.empty((4, 3))
    cell_probabilities(a, b, *shares, rho, cells)
    expected = np.diff(np.diff(bivariate_normal_cdf(edges[0][:, None], edges[1], rho), axis=0), axis=1)
    np.testing.assert_allclose(cells, expected, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(cells.sum(axis=1), shares[0], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize(("h", "k", "rho"), [(0.4, -0.7, 0.3), (-1.2, -1.0, 0.9), (1.5, 0.1, -0.6)])
def test_derivatives(h, k, rho):
    """Density, its slope in rho and the slope in a bound are the numeric derivatives."""
    in_rho = np.diff(bivariate_normal_cdf(h, k, [rho - STEP, rho + STEP]))[0] / (2 * STEP)
    in_h = np.diff(bivariate_normal_cdf([h - STEP, h + STEP], k, rho))[0] / (2 * STEP)
    of_density = (density(h, k, rho + STEP) - density(h, k, rho - STEP)) / (2 * STEP) / density(h, k, rho)
    found = [density(h, k, rho), quadrant_slope(h, k, rho), density_slope(h, k, rho)]
    np.testing.assert_allclose(found, [in_rho, in_h, of_density], rtol=NUMERIC, atol=NUMERIC)


def test_derivatives_vanish_at_infinity():
    """A bound at infinity neither moves nor depends on rho."""
    found = [density(np.inf, 0.2, 0.5), density(0.2, -np.inf, 0.5), quadrant_slope(np.inf, 0.2, 0.5)]
    assert found == [0.0, 0.0, 0.0]


def test_inverse_agrees_with_the_margin():
    """The margin of the distribution is the one that thresholds invert."""
    shares = np.array([0.01, 0.2, 0.5, 0.97])
    np.testing.assert_allclose(bivariate_normal_cdf(ndtri(shares), np.inf, 0.4), shares, rtol=0, atol=ROUNDING)
