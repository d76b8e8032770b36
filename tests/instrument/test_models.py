"""The declared models: rivals, the factor of wording, and the theory on top of the measurement."""

import pytest

from instrument import load_instrument
from instrument.models import latents, measurement_models, theory_model

RIVALS = {"measurement", "five_factors", "one_factor", "second_order", "bifactor"}


@pytest.fixture(scope="module")
def questionnaire():
    return load_instrument()


def test_every_model_also_has_a_factor_of_wording(questionnaire):
    """Five models, and each again with the reversed items on a factor that correlates with none."""
    models = measurement_models(questionnaire)
    assert RIVALS | {f"{name}_wording" for name in RIVALS} == set(models)
    reversed_items = {item.id for item in questionnaire.items if item.reverse}
    for name in RIVALS:
        base, extended = models[name], models[f"{name}_wording"]
        loadings, covariances = extended.removeprefix(base.rstrip()).strip().splitlines()
        assert reversed_items == set(loadings.removeprefix("wording =~ ").split(" + "))
        assert [f"0*{latent}" for latent in latents(base)] == covariances.removeprefix("wording ~~ ").split(" + ")


def test_eight_correlated_factors(questionnaire):
    """Four constructs and four stages; value co-creation enters as its stages."""
    assert ("G", "L", "C", "T", "V1", "V2", "V3", "V4") == latents(questionnaire.models.measurement)


def test_theory_speaks_of_the_measured_factors_only(questionnaire):
    """Each path runs between factors of the measurement model, and later stages follow earlier ones."""
    paths = [line.split("~") for line in questionnaire.models.theory.splitlines() if line.strip()]
    named = {name.strip() for left, right in paths for name in (left, *right.split("+"))}
    assert set(latents(questionnaire.models.measurement)) == named
    assert theory_model(questionnaire).startswith(questionnaire.models.measurement.rstrip())


def test_without_reversed_items_there_is_no_factor_of_wording(questionnaire):
    """Two reversed items would not identify one; the rivals stay as they are."""
    plain = questionnaire.model_copy(
        update={"items": tuple(item.model_copy(update={"reverse": False}) for item in questionnaire.items)}
    )
    assert RIVALS == set(measurement_models(plain))
