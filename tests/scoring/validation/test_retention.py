"""Adequacy and the criteria for the number of factors, against psych 2.2.9 and R and on simulated answers."""

import numpy as np
import pytest
from factor_analyzer.factor_analyzer import calculate_bartlett_sphericity, calculate_kmo

from scoring.sem.ordinal import ordinal_data
from scoring.validation.dimensionality import (
    bartlett_sphericity,
    correlation_matrix,
    empirical_kaiser,
    kaiser_meyer_olkin,
    leading,
    minimum_average_partial,
    next_eigenvalue_sufficiency,
    pairwise_pearson,
    parallel_analysis,
    positive_definite,
    suggest,
)
from scoring.validation.dimensionality.references import one_factor_loadings, spectra
from tests.scoring.validation.dimensionality_data import BFI, COMPLETE, ORACLE, simple_structure, values

# The oracle is printed with ten decimals; Bartlett's chi-square is 18,146.
PRINTED, PRINTED_CHI2 = 1e-9, 1e-5
# The same sums in another order.
ROUNDING = 1e-11
# psych's polychoric correlations differ by 2e-5 (its search stops at 1e-4), and so do eigenvalues of 25 items.
PSYCH = 1e-4
# Higham's example is printed with four decimals.
HIGHAM = 5e-5
# Quantiles of 400 and of 50 draws of eigenvalues whose standard deviation is .015 or less: about four errors.
DRAWN = 0.015
# 80 data sets without factors: three Monte Carlo standard errors of a share of .05.
DATA_SETS = 80
FALSE_ALARMS = 0.05 + 3 * np.sqrt(0.05 * 0.95 / DATA_SETS)


@pytest.fixture(scope="module")
def bfi():
    return ordinal_data(COMPLETE)


@pytest.fixture(scope="module")
def pearson(bfi):
    return correlation_matrix(bfi, "pearson")


@pytest.fixture(scope="module")
def polychoric(bfi):
    return correlation_matrix(bfi, "polychoric")


def test_sampling_adequacy_is_that_of_psych_and_factor_analyzer(pearson):
    """KMO .848645 over all and item by item."""
    found = kaiser_meyer_olkin(pearson)
    assert ORACLE["kmo"] == pytest.approx(found.overall, abs=PRINTED)
    assert list(ORACLE["kmo_items"].values()) == pytest.approx(found.items, abs=PRINTED)
    of_items, overall = calculate_kmo(COMPLETE.to_numpy(float))
    assert overall == pytest.approx(found.overall, abs=ROUNDING)
    assert of_items == pytest.approx(found.items, abs=ROUNDING)


def test_sphericity_is_that_of_psych_and_factor_analyzer(pearson):
    """Bartlett's chi-square 18146.07 with 300 degrees of freedom."""
    found = bartlett_sphericity(pearson, len(COMPLETE))
    assert ORACLE["bartlett"]["chisq"] == pytest.approx(found.chi2, abs=PRINTED_CHI2)
    assert ORACLE["bartlett"]["df"] == found.df
    assert calculate_bartlett_sphericity(COMPLETE.to_numpy(float))[0] == pytest.approx(found.chi2, abs=PRINTED_CHI2)


def test_bartlett_rejects_unrelated_items_as_often_as_it_says():
    """Over 2,000 data sets of unrelated items the test rejects 5 % within three Monte Carlo standard errors."""
    rng = np.random.default_rng(1)
    p = [bartlett_sphericity(np.corrcoef(rng.standard_normal((6, 100))), 100).p for _ in range(2000)]
    assert abs(np.mean(np.array(p) < 0.05) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_eigenvalues_are_those_of_psych(pearson, polychoric):
    """Of the correlation matrices, and with one factor's communalities in the diagonal as `fa.parallel` has them."""
    for R, kind, tolerance in ((pearson, "pearson", PRINTED), (polychoric, "polychoric", PSYCH)):
        components, factors = spectra(R)
        assert ORACLE["eigen"][kind] == pytest.approx(components, abs=tolerance)
        assert ORACLE["factor_eigen"][kind] == pytest.approx(factors, abs=max(tolerance, PSYCH))


def test_one_factor_leaves_no_slope(polychoric):
    """At the loadings on one factor the squared residuals beside the diagonal have no slope."""
    loadings = one_factor_loadings(polychoric)
    residual = polychoric - np.outer(loadings, loadings)
    np.fill_diagonal(residual, 0.0)
    assert np.zeros(25) == pytest.approx(residual @ loadings, abs=1e-5)


def test_average_partials_are_those_of_psych(pearson):
    """Velicer's criterion and its fourth power; both say 5 factors for bfi."""
    found = minimum_average_partial(pearson)
    assert ORACLE["map"]["vss"] == pytest.approx(found.squared[1:11], abs=PRINTED)
    assert ORACLE["map"]["pearson"] == pytest.approx(found.squared[:11], abs=PRINTED)
    assert ORACLE["map"]["pearson_fourth"] == pytest.approx(found.fourth[:11], abs=PRINTED)
    assert (5, 5) == (found.n_squared, found.n_fourth)


def test_empirical_kaiser_references(pearson, polychoric):
    """Braeken and van Assen's references as written out in R."""
    for R, kind, tolerance in ((pearson, "pearson", PRINTED), (polychoric, "polychoric", PSYCH)):
        found = empirical_kaiser(np.linalg.eigvalsh(R)[::-1], len(COMPLETE))
        assert ORACLE["ekc"][kind] == pytest.approx(found, abs=tolerance)


def test_leading_stops_at_the_first_that_does_not_exceed():
    """An eigenvalue beyond its reference after one that is not does not count."""
    assert leading(np.array([3.0, 2.0, 0.9, 1.5]), np.ones(4)) == 2
    assert leading(np.array([3.0, 2.0]), np.ones(2)) == 2
    assert leading(np.array([0.5, 2.0]), np.ones(2)) == 0


@pytest.mark.parametrize("kind", ["pearson", "polychoric"])
def test_parallel_analysis_of_bfi(bfi, kind):
    """Five components and six factors, by Pearson and polychoric correlations."""
    found = parallel_analysis(bfi, kind, draws=20, n_jobs=2)
    assert (5, 6) == (found.n_factors("components"), found.n_factors("factors"))
    assert (5, 6) == (found.n_factors("components", "mean"), found.n_factors("factors", "mean"))


def test_parallel_analysis_does_not_depend_on_threads():
    """The same numbers from one thread and from two."""
    data = simple_structure(100, 2, 3)
    one, two = (parallel_analysis(data, "polychoric", draws=6, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert np.array_equal(one.references, two.references)
    other = parallel_analysis(data, "polychoric", draws=6, seed=2)
    assert not np.array_equal(one.references, other.references)


def test_references_keep_answers_and_holes():
    """Eigenvalues of references sum to the items; holes make them spread as pairs of fewer respondents do."""
    whole = simple_structure(400, 2, 4)
    frame = np.where(np.random.default_rng(2).random((400, 8)) < 0.5, np.nan, whole.codes.T)
    complete, sparse = (
        parallel_analysis(data, "pearson", draws=30).references[:, 0] for data in (whole, ordinal_data(frame))
    )
    assert np.full(30, 8.0) == pytest.approx(complete.sum(axis=1), abs=ROUNDING)
    # A correlation of a quarter of the pairs has four times the variance; so has the spread of eigenvalues.
    assert 3.0 < ((sparse - 1) ** 2).mean() / ((complete - 1) ** 2).mean() < 5.0


def test_unrelated_items_have_no_factors():
    """Parallel analysis and NEST find a factor in 5 % of data sets without any, within Monte Carlo error."""
    rng = np.random.default_rng(3)
    found = []
    for seed in range(DATA_SETS):
        data = ordinal_data(rng.integers(1, 5, (120, 5)))
        parallel = parallel_analysis(data, "pearson", draws=39, seed=seed).n_factors("components")
        nest = next_eigenvalue_sufficiency(data, "pearson", draws=39, seed=seed).n_factors
        found.append((parallel > 0, nest > 0))
    shares = np.mean(found, axis=0)
    assert (shares < FALSE_ALARMS).all()
    assert (shares > 0.0).any()


@pytest.mark.parametrize("kind", ["pearson", "polychoric"])
def test_all_criteria_find_clear_factors(kind):
    """Three factors with five items each, loadings .7 and correlations .3, 600 respondents."""
    found = suggest(simple_structure(600, 3, 5), kind, draws=40)
    assert set(found.numbers().values()) == {3}
    assert found.nest is not None
    assert len(found.nest.reference) == 4
    assert (found.nest.eigenvalue[:3] > found.nest.reference[:3]).all()


def test_nest_of_bfi_is_that_of_r(bfi):
    """Achim's test written out in R: the same references within Monte Carlo error, and eight factors."""
    found = next_eigenvalue_sufficiency(bfi, "pearson", draws=50, n_jobs=2)
    assert ORACLE["nest"] == pytest.approx(found.reference, abs=DRAWN)
    assert found.n_factors == 8


def test_nest_finds_a_weak_factor_that_parallel_analysis_misses():
    """A large first factor lowers the next eigenvalues: held against unrelated items the second one goes under."""
    data = simple_structure(700, 2, 4, loading=0.85, correlation=0.8)
    found = suggest(data, "polychoric", draws=40)
    assert found.parallel.n_factors("components") == 1
    assert found.nest is not None
    assert found.nest.n_factors == 2


def test_pairwise_correlation_of_incomplete_answers():
    """r(A1, A2) of bfi is that of R's pairwise option, and each pair that of its own complete rows."""
    R = pairwise_pearson(BFI.to_numpy(float))
    assert ORACLE["pairwise_r_A1_A2"] == pytest.approx(R[0, 1], abs=PRINTED)
    assert BFI.corr().to_numpy() == pytest.approx(R, abs=ROUNDING)


def test_weights_are_rows_repeated():
    """Weights of 0, 1, 2 give what leaving out and repeating rows gives."""
    x = BFI.to_numpy(float)[:300, :6]
    times = np.arange(300) % 3
    assert pairwise_pearson(np.repeat(x, times, axis=0)) == pytest.approx(pairwise_pearson(x, times), abs=ROUNDING)


def test_undefined_correlations_are_missing():
    """A pair without two rows, or constant in them, has no correlation."""
    x = np.array([[1.0, np.nan, 5], [2, np.nan, 5], [np.nan, 1, 5], [np.nan, 2, 4], [3, np.nan, 5]])
    R = pairwise_pearson(x)
    assert np.isnan(R[0, 1])
    assert np.isnan(R[0, 2])
    assert R[1, 2] == pytest.approx(-1.0, abs=ROUNDING)


def test_smoothing_is_the_nearest_correlation_matrix():
    """The example of Higham (2002, section 4); what is definite stays as it is."""
    R = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    near = positive_definite(R, floor=0.0)
    assert near.smoothed
    assert near.smallest == pytest.approx(1 - np.sqrt(2), abs=ROUNDING)
    assert [0.7607, 0.1573, 0.7607] == pytest.approx(near.R[[0, 0, 1], [1, 2, 2]], abs=HIGHAM)
    assert near.change == pytest.approx(0.2393, abs=HIGHAM)
    lifted = positive_definite(R)
    assert np.linalg.eigvalsh(lifted.R)[0] == pytest.approx(1e-3, abs=ROUNDING)
    assert np.ones(3) == pytest.approx(np.diag(lifted.R), abs=ROUNDING)
    definite = values(ORACLE["psych_polychoric"])
    assert positive_definite(definite).R is definite
