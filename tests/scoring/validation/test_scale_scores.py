"""Scores from a panel are those of `scoring.score`."""

from importlib.resources import as_file, files

import numpy as np
import pytest

from instrument import Responses, load_instrument, read_responses
from scoring import score
from scoring.validation.panel import panel_of
from scoring.validation.scale_scores import scale_scores, unit_scores

ROUNDING = 1e-10  # of sums of numbers up to 100, taken in another order


@pytest.fixture(scope="module", params=["panel", "leadership_2002"])
def responses(request: pytest.FixtureRequest) -> Responses:
    with as_file(files("sample_data") / request.param) as folder:
        own = folder / "instrument.yaml"
        found = read_responses(folder, load_instrument(own) if own.exists() else load_instrument())
    return found.of_wave(found.waves[-1])


def test_scores_are_those_of_scoring(responses: Responses) -> None:
    """Every respondent and every unit has the same score on every scale, or none in both."""
    panel = panel_of(responses)
    ours = scale_scores(panel, panel.groups)
    theirs = score(responses, draws=0)
    assert theirs.respondents is not None
    keys = ["unit", "respondent"]
    people = responses.answers[keys].astype(str)
    expected = people.merge(theirs.respondents.astype(dict.fromkeys(keys, str)), on=keys, how="left")
    units = unit_scores(panel, ours).units
    for j, scale in enumerate(ours.scales):
        np.testing.assert_allclose(ours.score[:, j], expected[scale].to_numpy(float), rtol=0, atol=ROUNDING)
        of_scale = theirs.scales[theirs.scales["scale"] == scale].sort_values("unit")
        np.testing.assert_allclose(units.score[:, j], of_scale["score"].to_numpy(float), rtol=0, atol=ROUNDING)
        assert units.respondents[:, j].tolist() == of_scale["respondents"].tolist()


def test_membership_counts_as_unknown(responses: Responses) -> None:
    """A unit's variance is that of its members' means over their number, as scoring's is without a roster."""
    panel = panel_of(responses)
    scores = scale_scores(panel, panel.groups)
    found = unit_scores(panel, scores)
    assert panel.instrument.within_member_sd is not None
    for u, j in ((0, 0), (3, 1), (10, 2)):
        means = found.members.mean[found.unit_of == u, j]
        means = means[~np.isnan(means)]
        rows = (panel.unit == u) & ~np.isnan(scores.score[:, j])
        least = panel.instrument.within_member_sd.variance(scores.answered[rows, j].mean()) / 4
        expected = max(means.var(ddof=1), least) / len(means)
        np.testing.assert_allclose(found.units.variance[u, j], expected, rtol=1e-9)
    if not panel.instrument.has_members:
        theirs = score(responses, draws=0).scales.sort_values("unit", kind="stable")
        for j, scale in enumerate(scores.scales):
            expected_se = theirs.loc[theirs["scale"] == scale, "se"].to_numpy(float)
            np.testing.assert_allclose(found.units.se[:, j], expected_se, rtol=1e-9)
