"""Answers of a wave become the arrays of the study."""

from importlib.resources import as_file, files

import numpy as np
import pytest

from instrument import Responses, load_instrument, read_responses
from scoring.validation.panel import panel_of


@pytest.fixture(scope="module")
def responses() -> Responses:
    with as_file(files("sample_data") / "panel") as folder:
        return read_responses(folder, load_instrument())


def test_reversed_items_are_turned(responses: Responses) -> None:
    """A reversed item's 5 counts as 1, another's as 5."""
    wave = responses.of_wave("2")
    panel = panel_of(wave)
    turned = next(item.id for item in panel.instrument.items if item.reverse)
    plain = next(item.id for item in panel.instrument.items if not item.reverse)
    for name, of_five in ((turned, 1.0), (plain, 5.0)):
        column = panel.columns([name])[0]
        rows = (wave.answers[name] == 5).to_numpy() & panel.asked[:, column]
        assert rows.any()
        assert (panel.keyed[rows, column] == of_five).all()


def test_codes_and_self_views_are_missing(responses: Responses) -> None:
    """97, 98, 99, blanks, items of other forms and what a lead says of itself are no answers."""
    wave = responses.of_wave("2")
    panel = panel_of(wave)
    raw = wave.answers.loc[:, list(panel.items)].to_numpy(float)
    assert np.isnan(panel.keyed[(raw > 5) | np.isnan(raw)]).all()
    of_leadership = panel.columns(panel.groups["L"])
    leads = panel.role == "lead"
    assert (raw[leads][:, of_leadership] < 6).any()
    assert np.isnan(panel.keyed[leads][:, of_leadership]).all()
    assert not panel.asked[leads][:, of_leadership].any()


def test_scales_and_families(responses: Responses) -> None:
    """Stages are scales of their own, the formative whole claims nothing, families follow the instrument."""
    panel = panel_of(responses.of_wave("2"))
    assert list(panel.reflective) == ["G", "L", "C", "T", "V1", "V2", "V3", "V4"]
    assert set(panel.family[panel.role == "user"]) == {"public"}
    assert panel.n_units == panel.frame()["unit"].nunique()


def test_one_wave_only(responses: Responses) -> None:
    """Two waves at once are refused."""
    with pytest.raises(ValueError, match="one wave; there are 2"):
        panel_of(responses)
