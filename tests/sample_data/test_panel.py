import json

import pandas as pd

from instrument.loading import load_instrument
from instrument.reading import read_responses
from scoring.simulation import simulate

MOST_BYTES = 2_500_000


def test_drawing_the_panel_again_gives_the_same_bytes(sample_data, tmp_path):
    """The committed panel is what the command in its README writes."""
    simulate(load_instrument(), units=24, waves=2, seed=1).write(tmp_path)
    for name in ("responses.csv", "members.csv", "units.csv", "truth.json"):
        assert (sample_data / "panel" / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_the_panel_is_small(sample_data):
    """The panel does not weigh the package down."""
    assert sum(file.stat().st_size for file in (sample_data / "panel").iterdir()) < MOST_BYTES


def test_the_panel_reads_without_faults(sample_data):
    """The panel is a data set as Concord reads it, known to be synthetic."""
    responses = read_responses(sample_data / "panel", load_instrument())
    assert (responses.waves, responses.answers["unit"].nunique(), responses.synthetic) == (("1", "2"), 24, True)


def test_the_panel_shows_what_it_is_for(sample_data):
    """Both languages, both forms, every role, all kinds of missing answers, members of one and of several people."""
    answers = pd.read_csv(sample_data / "panel" / "responses.csv", dtype=str)
    instrument = load_instrument()
    items = answers[list(instrument.item_ids)]
    assert set(instrument.languages) == set(answers["language"])
    assert {"full", "short"} == set(answers["form"])
    assert set(instrument.role_ids) == set(answers["role"])
    assert {"97", "98", "99"} <= set(items.stack().unique())
    people = answers.groupby(["wave", "unit", "member"]).size()
    assert 0.3 <= (people >= 2).mean() < 1
    languages_in_unit = answers.groupby(["wave", "unit"])["language"].nunique()
    assert (languages_in_unit == 2).mean() > 0.5


def test_the_truth_names_every_stage_of_the_ladder(sample_data):
    """The panel holds units at every stage, none included, in both waves."""
    truth = json.loads((sample_data / "panel" / "truth.json").read_text(encoding="utf-8"))
    for wave in ("1", "2"):
        assert {"0", "V1", "V2", "V3", "V4"} == set(truth["stages"][wave].values())
