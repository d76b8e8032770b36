"""What factor_analyzer 0.5.1 gets wrong, shown where it runs, and that our figures are right."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from factor_analyzer import FactorAnalyzer, ModelSpecificationParser, Rotator

from scoring.sem import fit
from scoring.sem.ordinal import ordinal_data
from scoring.validation.dimensionality import (
    correlation_matrix,
    efa_draws,
    extract,
    fit_efa,
    pairwise_pearson,
    rotate,
    unit_draws,
)
from scoring.validation.dimensionality.extraction import DISCREPANCIES, by_factor_analyzer
from tests.scoring.validation.dimensionality_data import BFI, COMPLETE, FOLDER, ITEMS, ORACLE, simple_structure, values

# scikit-learn 1.6 and 1.7 warn of the argument that 1.8 removed.
pytestmark = pytest.mark.filterwarnings("ignore:'force_all_finite' was renamed:FutureWarning")

# psych's searches stop within this of our minima.
PSYCH = 5e-5
# factor_analyzer's too, by numeric derivatives.
NUMERIC = 1e-3
# Its singular vectors are of random projections.
RANDOMISED = 5e-3
ROUNDING = 1e-9
# A deviation that is no rounding: half of the least that the notes on factor_analyzer report.
WRONG = 0.05

N = len(COMPLETE)
OBLIQUE = ("oblimin", "promax", "geomin_obl")


@pytest.fixture(scope="module")
def R():
    return correlation_matrix(ordinal_data(COMPLETE), "pearson")


@pytest.fixture(scope="module")
def ours(R):
    fits = fit_efa(R, 5, N, items=ITEMS, rotations=("oblimin", "promax", "geomin"))
    return dict(zip(OBLIQUE, fits, strict=True))


@pytest.fixture(scope="module")
def theirs(R):
    return {method: _fitted(R, method) for method in (None, *OBLIQUE)}


def _fitted(R, rotation):
    with np.errstate(all="ignore"):
        return FactorAnalyzer(n_factors=5, rotation=rotation, method="minres", is_corr_matrix=True).fit(R.copy())


def _misfit(R, loadings, phi):
    residual = R - loadings @ phi @ loadings.T
    return np.sqrt(np.mean(residual[np.tril_indices(len(R), -1)] ** 2))


def test_1_an_argument_that_scikit_learn_removed():
    """Extraction runs because the project keeps scikit-learn below 1.8."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
    (pin,) = [one for one in project["project"]["dependencies"] if one.startswith("scikit-learn")]
    assert pin.endswith("<1.8")
    assert by_factor_analyzer(np.eye(6) + 0.3 * (1 - np.eye(6)), 1, "minres").shape == (6,)


@pytest.mark.parametrize("method", OBLIQUE)
def test_2_correlations_of_factors_in_another_order(method, R, ours, theirs):
    """Their phi does not belong to their loadings: the residuals are four times as large as ours, which are psych's."""
    found = theirs[method]
    assert _misfit(R, found.loadings_, found.phi_) > ORACLE["minres"]["rms"] + WRONG
    assert ORACLE["minres"]["rms"] == pytest.approx(ours[method].fit.rmsr, abs=PSYCH)
    rotated = ours[method].rotated
    assert ORACLE["minres"]["rms"] == pytest.approx(_misfit(R, rotated.loadings, rotated.phi), abs=PSYCH)


@pytest.mark.parametrize("method", OBLIQUE)
def test_3_communalities_and_variances_without_phi(method, R, ours, theirs):
    """Their communalities change with rotation; ours are psych's whatever the rotation, and so is their sum."""
    truth = np.array(list(ORACLE["minres"]["communalities"].values()))
    assert np.abs(theirs[method].get_communalities() - truth).max() > WRONG
    assert np.abs(theirs[method].get_uniquenesses() - (1 - truth)).max() > WRONG
    assert abs(theirs[method].get_factor_variance()[2][-1] - truth.mean()) > WRONG / 5
    rotated = ours[method].rotated
    assert truth == pytest.approx(rotated.communalities, abs=PSYCH)
    assert truth.sum() == pytest.approx(rotated.variance.sum(), abs=25 * PSYCH)


def test_4_chi_square_changes_with_rotation(ours, theirs, R):
    """Their test of sufficiency gives another chi-square after oblimin; ours is the same for each rotation."""
    plain, rotated = (theirs[method].sufficiency(N)[0] for method in (None, "oblimin"))
    assert abs(plain - rotated) > 10.0
    assert len({fit.fit.chi2 for fit in ours.values()}) == 1
    assert ORACLE["minres"]["chisq"] == pytest.approx(ours["oblimin"].fit.chi2, rel=PSYCH)
    assert ORACLE["minres"]["df"] == ours["oblimin"].fit.df


@pytest.mark.parametrize("method", OBLIQUE)
def test_5_rotation_matrix_of_other_factors(method, ours, theirs):
    """Unrotated loadings times their rotation matrix are not their loadings; with ours they are."""
    found = theirs[method]
    assert np.abs(theirs[None].loadings_ @ found.rotation_matrix_ - found.loadings_).max() > WRONG
    one = ours[method]
    turned = one.unrotated.loadings @ one.rotated.transformation
    assert one.rotated.loadings == pytest.approx(turned, abs=ROUNDING)


def test_6_equamax_that_is_quartimax():
    """Their default turns equamax into quartimax; ours is Crawford and Ferguson's of GPArotation."""
    loadings = values(ORACLE["rotations"]["unrotated"])
    equamax, quartimax = (Rotator(method=name).fit_transform(loadings) for name in ("equamax", "quartimax"))
    truth = np.sort((values(ORACLE["rotations"]["equamax"]["loadings"]) ** 2).sum(axis=0))
    assert (quartimax**2).sum(axis=0) == pytest.approx((equamax**2).sum(axis=0), abs=NUMERIC)
    assert np.abs(np.sort((equamax**2).sum(axis=0)) - truth).max() > WRONG
    assert truth == pytest.approx(np.sort(rotate(loadings, "equamax").variance), abs=PSYCH)


def test_7_medians_put_in_silently():
    """They correlate A1 and A2 with medians in place of missing answers; ours are the pairs that answered both."""
    engine = FactorAnalyzer(n_factors=1, rotation=None).fit(BFI[["A1", "A2", "A3", "A4"]])
    truth = ORACLE["pairwise_r_A1_A2"]
    assert abs(engine.corr_[0, 1] - truth) > 100 * ROUNDING
    assert truth == pytest.approx(pairwise_pearson(BFI.to_numpy(float))[0, 1], abs=ROUNDING)


def test_8_principal_factors_that_are_components(R):
    """Their principal axis loadings are those of components; we offer minimum residuals and maximum likelihood."""
    engine = FactorAnalyzer(n_factors=5, rotation=None, method="principal").fit(COMPLETE)
    eigenvalues, vectors = np.linalg.eigh(R)
    components = vectors[:, ::-1][:, :5] * np.sqrt(eigenvalues[::-1][:5])
    assert np.abs(components) == pytest.approx(np.abs(engine.loadings_), abs=RANDOMISED)
    assert np.abs((components**2).sum(axis=1) - extract(R, 5).communalities).max() > WRONG
    with pytest.raises(ValueError, match="not 'principal'"):
        extract(R, 5, "principal")


@pytest.mark.parametrize("extraction", ["minres", "ml"])
def test_9_numeric_derivatives_stop_short(extraction, R):
    """At their uniquenesses the discrepancy still has a slope; at ours a tenth of it at most, and no more value."""
    psi, found = by_factor_analyzer(R, 5, extraction), extract(R, 5, extraction)
    short, slope = DISCREPANCIES[extraction](psi, R, 5)
    value, flat = DISCREPANCIES[extraction](found.uniquenesses, R, 5)
    assert np.abs(flat).max() < 0.1 * np.abs(slope).max()
    assert value <= short


def test_10_confirmatory_models_fail():
    """Theirs cannot be specified under pandas 3; ours counts 21 parameters and has lavaan's AIC."""
    data = pd.read_csv(FOLDER / "sem" / "holzinger_swineford_1939.csv")
    scales = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
    items = data[[item for of_scale in scales.values() for item in of_scale]]
    with pytest.raises(ValueError, match="read-only"):
        ModelSpecificationParser.parse_model_specification_from_dict(items, scales)
    found = fit("\n".join(f"{scale} =~ {' + '.join(of_scale)}" for scale, of_scale in scales.items()), data)
    truth = json.loads((FOLDER / "sem" / "hs39_ml.json").read_text(encoding="utf-8"))["fit"]
    assert found.measures["npar"] == 21
    assert truth["aic"] == pytest.approx(found.measures["aic"], rel=ROUNDING)


def test_11_no_kaiser_rows_no_starts_no_errors():
    """Their `normalize` leaves oblimin as it is; ours gives GPArotation's, and starts and standard errors besides."""
    loadings = values(ORACLE["rotations"]["unrotated"])
    plain, normal = (Rotator("oblimin", normalize=normalize).fit_transform(loadings) for normalize in (False, True))
    assert np.array_equal(plain, normal)
    kaiser = np.sort((values(ORACLE["rotations"]["oblimin_kaiser"]["loadings"]) ** 2).sum(axis=0))
    found = rotate(loadings, "oblimin", kaiser=True)
    assert kaiser == pytest.approx(np.sort((found.loadings**2).sum(axis=0)), abs=5 * PSYCH)
    assert np.abs(kaiser - np.sort((plain**2).sum(axis=0))).max() > 5 * PSYCH
    assert rotate(loadings, "geomin", starts=3).starts == 3
    data = simple_structure(150, 2, 4)
    (one,) = fit_efa(correlation_matrix(data, "pearson"), 2, 150, items=data.names)
    errors = efa_draws(one, unit_draws(data, np.arange(150), "pearson", draws=5)).loadings.se
    assert (errors > 0.0).all()
