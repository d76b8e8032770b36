import hashlib

import pytest

from instrument.loading import load_instrument
from instrument.reading import read_responses

HALF_STEP = 0.25  # points; the file gives the two figures to half a point

RESPONSES_SHA256 = "9eedc0c72fa50aa72f478a5a67a95f3f1251e9babb3e5796b7ac824f330bde72"


@pytest.fixture
def instrument(sample_data):
    return load_instrument(sample_data / "leadership_2002" / "instrument.yaml")


def test_the_answers_are_the_published_ones(sample_data):
    """The file is the export of the package's data set, byte for byte."""
    found = (sample_data / "leadership_2002" / "responses.csv").read_bytes()
    assert hashlib.sha256(found).hexdigest() == RESPONSES_SHA256


def test_the_answers_read_without_faults(sample_data, instrument):
    """2,042 soldiers in 49 companies, nothing missing, under the package's own column names."""
    responses = read_responses(sample_data / "leadership_2002", instrument)
    assert (len(responses.answers), responses.answers["unit"].nunique()) == (2042, 49)
    assert not responses.answers[list(instrument.item_ids)].isna().to_numpy().any()
    assert responses.members is None
    assert responses.synthetic is False


def test_the_assumed_spread_is_that_of_the_answers(sample_data, instrument):
    """person and item of within_member_sd are the pooled variances inside companies, as the file says."""
    responses = read_responses(sample_data / "leadership_2002", instrument)
    person, item = [], []
    for construct in instrument.constructs:
        items = [entry for entry in instrument.items if instrument.construct_of_item(entry) is construct]
        scale = instrument.scales[construct.scale]
        points = (responses.answers[[entry.id for entry in items]] - scale.min) * 100 / (scale.max - scale.min)
        points = points.astype(float).assign(score=points.mean(axis=1))
        centred = points - points.groupby(responses.answers["unit"].astype(str)).transform("mean")
        variance = (centred**2).sum() / (len(points) - 49)
        single, mean = variance.drop("score").mean(), variance["score"]
        item.append((single - mean) / (1 - 1 / len(items)))
        person.append(single - item[-1])
    declared = instrument.within_member_sd
    assert declared.person == pytest.approx((sum(person) / 3) ** 0.5, abs=HALF_STEP)
    assert declared.item == pytest.approx((sum(item) / 3) ** 0.5, abs=HALF_STEP)
