"""Models that the answers cannot carry are left out, with the reason."""

from dataclasses import replace

import numpy as np
import pytest

from scoring.validation.confirmatory import fit_measurement, study_confirmatory
from scoring.validation.confirmatory.feasible import (
    joint_needs,
    of_group_factors,
    one_factor_only,
    without_factor,
    wording_residual,
)
from scoring.validation.confirmatory.models import study_models
from scoring.validation.part import QUICK
from tests.scoring.validation.confirmatory_data import model, read_panel

ITEMS = "a1 a2 a3 a4 b1 b2 b3 b4"
SYNTAX = "A =~ a1 + a2 + a3 + a4\nB =~ b1 + b2 + b3 + b4"


def _answers(correlation: float, loading: float = 0.8, reversed_share: float = 0.0):
    import pandas as pd

    rng = np.random.default_rng(5)
    n = 800
    first = rng.standard_normal(n)
    second = correlation * first + np.sqrt(1 - correlation**2) * rng.standard_normal(n)
    wording = rng.standard_normal(n)
    latent = loading * np.column_stack([first] * 4 + [second] * 4)
    own = np.full(8, 1 - loading**2)
    for item in (3, 7):
        latent[:, item] += np.sqrt(reversed_share) * wording
        own[item] -= reversed_share
    latent += np.sqrt(own) * rng.standard_normal((n, 8))
    codes = np.digitize(latent, [-1.2, -0.4, 0.5, 1.3]).astype(float)
    return pd.DataFrame(codes, columns=ITEMS.split()).assign(unit=np.arange(n))


def _fitted(**facts):
    return fit_measurement(model(SYNTAX, ITEMS), _answers(**facts), "WLSMV", clustered=False)


def test_factors_that_are_one():
    """Two factors correlated .5 are two; those of one general factor are one."""
    assert not one_factor_only(_fitted(correlation=0.5))
    assert one_factor_only(_fitted(correlation=1.0))


def test_what_reversed_items_share():
    """Reversed items of two factors with a tenth of their variance in common leave a residual; others leave none."""
    assert wording_residual(_fitted(correlation=0.5, reversed_share=0.1), ["a4", "b4"]) > 0.05
    assert abs(wording_residual(_fitted(correlation=0.5), ["a4", "b4"])) < 0.03
    assert np.isnan(wording_residual(_fitted(correlation=0.5), ["a4"]))


def test_scales_without_a_factor():
    """Uncorrelated items are no scale; those of a factor are."""
    scale = replace(model("A =~ a1 + a2 + a3 + a4", "a1 a2 a3 a4"), kind="scale")
    noise = fit_measurement(scale, _answers(correlation=0.0, loading=0.0), "WLSMV", clustered=False)
    good = fit_measurement(scale, _answers(correlation=0.0), "WLSMV", clustered=False)
    assert without_factor({"noise": noise, "good": good}) == ("noise",)


@pytest.mark.parametrize(("n", "enough"), [(259, False), (260, True)])
def test_respondents_for_all_items(n, enough):
    """Five respondents for each of 52 items in every pair, by the harmonic mean."""
    panel = read_panel("panel")
    models = study_models(panel, panel.items)[0]
    short = joint_needs(models, np.full((52, 52), float(n)))
    assert (short is None) == enough
    if short is not None:
        assert (short.needed, short.found) == (260, 259)


def test_models_of_group_factors():
    """Second-order, bifactor and wording models have factors that need room beside the others; others do not."""
    panel = read_panel("panel")
    found = {one.name: of_group_factors(one) for one in study_models(panel, panel.items)[0] if one.kind != "scale"}
    plain = {"measurement", "five_factors", "one_factor"}
    assert plain == {name for name, grouped in found.items() if not grouped}


def test_noise_has_no_model_of_several_scales():
    """Answers drawn at random: no scale has a factor, and no search is begun for eight of them."""
    panel = read_panel("panel")
    rng = np.random.default_rng(1)
    drawn = rng.choice([1.0, 2.0, 3.0, 4.0, 5.0], p=[0.1, 0.2, 0.3, 0.25, 0.15], size=panel.keyed.shape)
    part = study_confirmatory(replace(panel, keyed=np.where(np.isfinite(panel.keyed), drawn, np.nan)), QUICK)
    assert set(part.tables["fits"]["kind"]) == {"scale"}
    assert {"measurement", "factor of scale:G"} <= {one.what for one in part.shortfalls}
