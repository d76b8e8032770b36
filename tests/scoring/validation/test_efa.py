"""Extraction, rotation, fit and alignment against psych 2.2.9 and GPArotation 2022.10-2, and by their algebra."""

import numpy as np
import pandas as pd
import pytest

from scoring.sem.ordinal import ordinal_data
from scoring.validation.dimensionality import (
    correlation_matrix,
    efa_draws,
    extract,
    factor_fit,
    fit_efa,
    match_factors,
    procrustes,
    rotate,
    tucker_congruence,
    unit_draws,
)
from scoring.validation.dimensionality.extraction import DISCREPANCIES, most_factors
from scoring.validation.dimensionality.rotation import OBLIQUE
from tests.scoring.validation.dimensionality_data import COMPLETE, ITEMS, ORACLE, simple_structure, values

# psych's searches stop within these of our minima.
EXTRACTED, ROTATED = 1e-5, 5e-5
# Our polychoric correlations differ from psych's by 2e-5.
ON_OURS = 1e-4
# psych's RMSEA divides by N in one term and N - 1 in the other; the interval by N - 1: 1/N of it.
RMSEA, RMSEA_INTERVAL = 1e-5, 3e-5
# Chi-squares of 1,500 at minima that differ by EXTRACTED.
CHI2 = 1e-2
ROUNDING = 1e-9
# Differences of the discrepancy over steps of 1e-6, one of the smaller derivatives being 1e-2.
NUMERIC = 1e-5
DATA_SETS, DRAWS = 20, 40

N = len(COMPLETE)
SCALES = pd.DataFrame({scale: [float(item[0] == scale) for item in ITEMS] for scale in "ACENO"}, index=list(ITEMS))
# Answers that count against the scale.
SCALES.loc[["A1", "C4", "C5", "E1", "E2", "O2", "O5"]] *= -1


@pytest.fixture(scope="module")
def pearson():
    return correlation_matrix(ordinal_data(COMPLETE), "pearson")


@pytest.fixture(scope="module")
def polychoric():
    return correlation_matrix(ordinal_data(COMPLETE), "polychoric")


@pytest.fixture(scope="module")
def unrotated():
    return values(ORACLE["rotations"]["unrotated"])


def aligned(found, oracle):
    """Our rotation in the order and signs of the oracle's columns, and the oracle's loadings and correlations."""
    loadings = values(oracle["loadings"])
    match = match_factors(found.loadings, loadings)
    return found.arranged(match.order, match.signs), loadings, values(oracle["Phi"]) if oracle["Phi"] else np.eye(5)


@pytest.mark.parametrize("extraction", ["minres", "ml"])
@pytest.mark.parametrize("kind", ["pearson", "polychoric"])
def test_extraction_is_that_of_psych(extraction, kind, pearson):
    """Communalities, and the measures of fit, of five factors."""
    name = extraction if kind == "pearson" else f"{extraction}_polychoric"
    R, oracle = pearson if kind == "pearson" else values(ORACLE["psych_polychoric"]), ORACLE[name]
    found = extract(R, 5, extraction)
    assert found.converged
    assert list(oracle["communalities"].values()) == pytest.approx(found.communalities, abs=EXTRACTED)
    fit = factor_fit(R, found.loadings @ found.loadings.T, 5, N)
    assert oracle["df"] == fit.df
    assert oracle["chisq"] == pytest.approx(fit.chi2, abs=CHI2)
    assert oracle["rms"] == pytest.approx(fit.rmsr, abs=EXTRACTED)
    assert oracle["rmsea"]["RMSEA"] == pytest.approx(fit.rmsea, abs=RMSEA)
    assert oracle["rmsea"]["lower"] == pytest.approx(fit.rmsea_low, abs=RMSEA_INTERVAL)
    assert oracle["rmsea"]["upper"] == pytest.approx(fit.rmsea_high, abs=RMSEA_INTERVAL)
    assert oracle["tli"] == pytest.approx(fit.tli, abs=EXTRACTED)


@pytest.mark.parametrize("name", ["oblimin", "oblimin_kaiser", "geomin", "promax", "varimax", "equamax"])
def test_rotation_is_that_of_gparotation(name, unrotated):
    """Loadings and correlations of factors from the same unrotated loadings."""
    method, _, kaiser = name.partition("_")
    found = rotate(unrotated, method, kaiser=bool(kaiser), starts=5 if method == "geomin" else 1)
    turned, loadings, phi = aligned(found, ORACLE["rotations"][name])
    assert loadings == pytest.approx(turned.loadings, abs=ROTATED)
    assert phi == pytest.approx(turned.phi, abs=ROTATED)
    if "criterion" in ORACLE["rotations"][name]:
        assert ORACLE["rotations"][name]["criterion"] == pytest.approx(found.criterion, abs=ROUNDING)


@pytest.mark.parametrize("kind", ["pearson", "polychoric"])
def test_minres_oblimin_of_bfi(kind, pearson, polychoric):
    """The whole way from answers: loadings, correlations of factors (MR2 with MR3 -.191) and communalities."""
    R, oracle = (pearson, polychoric)[kind == "polychoric"], ORACLE[f"minres_oblimin_{kind}"]
    (fit,) = fit_efa(R, 5, N, items=ITEMS, target=SCALES)
    turned, loadings, phi = aligned(fit.rotated, oracle)
    assert loadings == pytest.approx(turned.loadings, abs=ON_OURS)
    assert phi == pytest.approx(turned.phi, abs=ON_OURS)
    if kind == "pearson":
        assert turned.phi[0, 2] == pytest.approx(-0.19089, abs=ON_OURS)
    else:
        assert list(oracle["communalities"].values()) == pytest.approx(fit.rotated.communalities, abs=ON_OURS)
    assert sorted(fit.scale_of_factor) == list("ACENO")
    assert fit.engine_difference < ON_OURS


@pytest.mark.parametrize("extraction", ["minres", "ml"])
def test_derivatives_of_the_discrepancy(extraction, pearson):
    """The exact derivatives are those of differences, away from the minimum."""
    psi = np.linspace(0.3, 0.8, 25)
    _, slope = DISCREPANCIES[extraction](psi, pearson, 3)
    step = 1e-6 * np.eye(25)
    numeric = [
        (DISCREPANCIES[extraction](psi + one, pearson, 3)[0] - DISCREPANCIES[extraction](psi - one, pearson, 3)[0])
        / 2e-6
        for one in step
    ]
    assert numeric == pytest.approx(slope, abs=NUMERIC)


@pytest.mark.parametrize("method", [*OBLIQUE, "varimax", "equamax"])
def test_bookkeeping_of_rotations(method, unrotated):
    """L phi L' is that of the unrotated loadings, T brings them about, variances sum to the communalities."""
    found = rotate(unrotated, method)
    common = unrotated @ unrotated.T
    assert common == pytest.approx(found.loadings @ found.phi @ found.loadings.T, abs=ROUNDING)
    assert found.loadings == pytest.approx(unrotated @ found.transformation, abs=ROUNDING)
    assert np.diag(common) == pytest.approx(found.communalities, abs=ROUNDING)
    assert np.trace(common) == pytest.approx(found.variance.sum(), abs=ROUNDING)
    assert found.structure == pytest.approx(found.loadings @ found.phi, abs=ROUNDING)
    assert (np.diff(found.variance) <= 0).all()
    order, signs = np.array([2, 0, 1, 4, 3]), np.array([1.0, -1, 1, -1, 1])
    other = found.arranged(order, signs)
    assert common == pytest.approx(other.loadings @ other.phi @ other.loadings.T, abs=ROUNDING)
    assert other.loadings == pytest.approx(unrotated @ other.transformation, abs=ROUNDING)


def test_random_starts_leave_a_local_minimum():
    """Five factors of noise: geomin from the loadings as they are ends higher than from twelve starts."""
    rng = np.random.default_rng(7)
    loadings = extract(np.corrcoef(rng.standard_normal((12, 40))), 5).loadings
    alone, best = rotate(loadings, "geomin"), rotate(loadings, "geomin", starts=12)
    assert best.criterion < alone.criterion - 1e-3
    assert (best.starts, alone.starts) == (12, 1)
    assert 1 <= best.reached < 12
    assert np.array_equal(best.loadings, rotate(loadings, "geomin", starts=12).loadings)


def test_one_factor_needs_no_rotation():
    """One factor keeps its loadings, with a positive sum."""
    data = simple_structure(300, 1, 5)
    loadings = extract(correlation_matrix(data, "pearson"), 1).loadings
    found = rotate(-loadings, "oblimin")
    assert loadings == pytest.approx(found.loadings, abs=ROUNDING)
    assert found.phi.tolist() == [[1.0]]


def test_heywood_cases_are_flagged():
    """An item that another one repeats has its uniqueness at the bound."""
    R = np.array([[1.0, 0.9, 0.8, 0.1], [0.9, 1.0, 0.6, 0.05], [0.8, 0.6, 1.0, 0.4], [0.1, 0.05, 0.4, 1.0]])
    found = extract(R, 1)
    assert found.at_bound.tolist() == [True, False, False, False]
    assert found.converged


def test_too_many_factors_are_refused():
    """Four items carry one factor, three none; extraction and rotation have to be known ones."""
    assert (most_factors(4), most_factors(3), most_factors(6)) == (1, 0, 2)
    with pytest.raises(ValueError, match="4 items carry 1 to 1 factors, not 2"):
        extract(np.eye(4), 2)
    with pytest.raises(ValueError, match="minres, ml, not 'principal'"):
        extract(np.eye(6), 1, "principal")
    with pytest.raises(ValueError, match="not 'quartimax'"):
        rotate(np.eye(6)[:, :2], "quartimax")


def test_congruence_is_that_of_psych(pearson):
    """Tucker's coefficients of the Pearson and the polychoric solution."""
    first = values(ORACLE["minres_oblimin_pearson"]["loadings"])
    second = values(ORACLE["minres_oblimin_polychoric"]["loadings"])
    # psych rounds to two decimals.
    assert values(ORACLE["congruence"]) == pytest.approx(tucker_congruence(first, second), abs=0.005 + ROUNDING)


def test_procrustes_undoes_a_rotation(unrotated):
    """Loadings turned by any orthogonal matrix come back, and no other turn comes closer."""
    rng = np.random.default_rng(4)
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    assert turn.T == pytest.approx(procrustes(unrotated @ turn, unrotated), abs=ROUNDING)
    target = SCALES.to_numpy()
    best = ((unrotated @ procrustes(unrotated, target) - target) ** 2).sum()
    for _ in range(20):
        other = np.linalg.qr(rng.standard_normal((5, 5)))[0]
        assert best < ((unrotated @ other - target) ** 2).sum()


def test_factors_are_matched_to_scales_as_a_whole():
    """The best pairing, not the best column first; signs turned, factors without a scale last."""
    target = np.kron(np.eye(2), np.ones((3, 1)))
    loadings = np.column_stack([np.full(6, 0.1), -target[:, 1] * 0.7, target[:, 0] * 0.6])
    match = match_factors(loadings, target)
    assert match.order.tolist() == [2, 1, 0]
    assert match.signs.tolist() == [1.0, -1.0, 1.0]
    assert match.column.tolist() == [0, 1, -1]
    assert match.congruence[:2] == pytest.approx(np.ones(2), abs=ROUNDING)
    # Column by column the first factor would take the first scale and leave .2 for the second.
    greedy = np.array([[0.9, 0.85, 0.2], [0.88, 0.3, 0.2]]).T
    weights = np.eye(3)[:, :2]
    assert match_factors(greedy, weights).order.tolist() == [1, 0]


@pytest.mark.simulation
def test_intervals_of_loadings_cover():
    """Over 20 data sets, 95 % of intervals hold the loading that made the answers, within Monte Carlo error."""
    covered = []
    for seed in range(DATA_SETS):
        data = simple_structure(200, 2, 4, seed=100 + seed)
        R = correlation_matrix(data, "polychoric")
        target = pd.DataFrame(np.kron(np.eye(2), np.ones((4, 1))), index=list(data.names))
        (fit,) = fit_efa(R, 2, 200, items=data.names, target=target)
        drawn = efa_draws(fit, unit_draws(data, np.arange(200), "polychoric", draws=DRAWS, seed=seed))
        own = fit.match.column == np.repeat([0, 1], 4)[:, None]
        covered.append(((drawn.loadings.low < 0.7) & (drawn.loadings.high > 0.7))[own].mean())
    # Loadings of one data set are dependent: the error is that of the 20 shares. 40 draws hold a quantile to 1 in 40.
    error = np.std(covered, ddof=1) / np.sqrt(DATA_SETS)
    assert abs(np.mean(covered) - 0.95) < 3 * error + 1 / DRAWS


def test_draws_of_whole_units_are_wider():
    """Where all members of a unit answer alike, draws of units are as wide as the units are few."""
    data = simple_structure(40, 2, 4)
    many = ordinal_data(np.repeat(data.codes.T, 10, axis=0))
    R = correlation_matrix(many, "pearson")
    (fit,) = fit_efa(R, 2, 400, items=many.names)
    of_units, of_rows = (
        efa_draws(fit, unit_draws(many, unit, "pearson", draws=30)).loadings.se.mean()
        for unit in (np.repeat(np.arange(40), 10), np.arange(400))
    )
    assert of_units > 2.0 * of_rows
