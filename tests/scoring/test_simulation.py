import hashlib
import json
from importlib.resources import files
from pathlib import Path as FilePath

import numpy as np
import pandas as pd
import pytest

from instrument.loading import load_instrument, parse_instrument
from instrument.reading import read_responses
from scoring import score
from scoring.simulation import PanelDesign, Path, simulate
from scoring.simulation.answers import structured
from scoring.simulation.design import WITHIN, traits_of

MATCHED_CHANGE = 0.8  # points: answers are coarser than positions, and the ends of the scale pull in
NEUTRAL_MEAN = 0.1  # points: the answer's expectation is not quite linear in the position
NEUTRAL_UNIT = 1.2  # points: the same in the smallest units
COVERAGE = (0.912, 0.988)  # of 300 construct intervals: .95 and three Monte Carlo standard errors
BIAS = 0.7  # points: three standard errors of the mean of 300 differences with an SD of 4
QUESTIONNAIRE_ALONE = """
format: 1
id: mood
version: 1
name: {de: Stimmung}
languages: [de]
levels: [respondent]
scales: {three: {min: 0, max: 2}, six: {min: 1, max: 6}}
constructs:
  - {id: joy, name: {de: Freude}, scale: three, kind: reflective}
  - {id: calm, name: {de: Ruhe}, scale: six, kind: reflective}
facets:
  - {id: joys, construct: joy, name: {de: Freude}}
  - {id: calms, construct: calm, name: {de: Ruhe}}
items:
  - {id: a, facet: joys, text: {de: A}}
  - {id: b, facet: joys, reverse: true, text: {de: B}}
  - {id: c, facet: calms, text: {de: C}}
"""


@pytest.fixture(scope="module")
def questionnaire():
    return load_instrument()


@pytest.fixture(scope="module")
def leadership():
    return load_instrument(FilePath(str(files("sample_data") / "leadership_2002" / "instrument.yaml")))


@pytest.fixture(scope="module")
def panel(questionnaire):
    return simulate(questionnaire, units=60, seed=7)


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes(questionnaire, tmp_path):
    """A panel is a function of instrument, size, seed and design; another seed gives another panel."""
    for name, seed in (("one", 4), ("again", 4), ("other", 5)):
        simulate(questionnaire, units=3, seed=seed).write(tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "again")
    assert contents(tmp_path / "one") != contents(tmp_path / "other")


def test_writing_replaces_a_panel_and_leaves_nothing_else(questionnaire, tmp_path):
    """Written over an older panel, the folder holds the four files of the new one."""
    simulate(questionnaire, units=2, seed=1).write(tmp_path)
    newer = simulate(questionnaire, units=2, seed=2)
    newer.write(tmp_path)
    assert {"responses.csv", "members.csv", "units.csv", "truth.json"} == set(contents(tmp_path))
    written = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert newer.truth["scores"] == written["scores"]


def test_the_truth_records_the_files_it_belongs_to(questionnaire, tmp_path):
    """truth.json holds the SHA-256 of every other file."""
    simulate(questionnaire, units=1, seed=1).write(tmp_path)
    files = contents(tmp_path)
    recorded = json.loads(files.pop("truth.json"))["files"]
    assert {name: hashlib.sha256(content).hexdigest() for name, content in files.items()} == recorded


def test_an_older_panel_leaves_no_table_behind(questionnaire, leadership, tmp_path):
    """Simulated members do not stay beside answers to a questionnaire without members; real ones are never removed."""
    simulate(questionnaire, units=1).write(tmp_path)
    simulate(leadership, units=1).write(tmp_path)
    assert {"responses.csv", "units.csv", "truth.json"} == set(contents(tmp_path))
    (tmp_path / "members.csv").write_text("unit,member\n")
    with pytest.raises(FileExistsError, match=r"members\.csv was not simulated"):
        simulate(leadership, units=1).write(tmp_path)


@pytest.mark.parametrize(("units", "waves", "seed"), [(1, 1, 1), (20, 3, 2), (120, 1, 3)])
def test_a_panel_reads_back_without_faults(questionnaire, tmp_path, units, waves, seed):
    """Whatever its size, the reader has nothing to say against it, and knows it as synthetic."""
    made = simulate(questionnaire, units=units, waves=waves, seed=seed)
    made.write(tmp_path)
    found = read_responses(tmp_path, questionnaire)
    assert found.synthetic
    for item in questionnaire.item_ids:
        expected = made.responses[item].to_numpy(dtype=float, na_value=np.nan)
        np.testing.assert_array_equal(found.answers[item].to_numpy(dtype=float), expected)


def test_an_instrument_without_members_has_no_roster(leadership, tmp_path):
    """Companies and soldiers: no members file, no roles, scores on a scale from 0 as well."""
    made = simulate(leadership, units=8, seed=1)
    made.write(tmp_path)
    assert made.members is None
    assert not {"member", "role"} & set(made.responses.columns)
    assert not (tmp_path / "members.csv").exists()
    assert len(made.responses) == len(read_responses(tmp_path, leadership).answers)
    assert {0, 4} <= set(made.responses["HOSTIL01"].dropna())


def test_an_instrument_of_respondents_alone_has_neither_units_nor_scores(tmp_path):
    """Scales of different length, a language of its own, no units: still a panel that reads back."""
    instrument = parse_instrument(QUESTIONNAIRE_ALONE)
    made = simulate(instrument, units=5, waves=1)
    made.write(tmp_path)
    assert "unit" not in made.responses.columns
    assert "scores" not in made.truth
    assert len(made.responses) == len(read_responses(tmp_path, instrument).answers)
    assert set(range(3)) == set(made.responses["a"].dropna())
    assert set(range(1, 7)) >= set(made.responses["c"].dropna())


@pytest.mark.parametrize(("name", "units"), [("questionnaire", 60), ("leadership", 100)])
def test_scores_find_the_truth(name, units, request, tmp_path):
    """Intervals of attentive answers cover the true unit scores as often as they say, without bias."""
    instrument = request.getfixturevalue(name)
    made = simulate(instrument, units=units, waves=1, seed=11, design=PanelDesign(careless=0.0))
    made.write(tmp_path)
    scales = score(read_responses(tmp_path, instrument), draws=0).scales
    scales = scales[(scales["level"] == "construct") & scales["ci_low"].notna()]
    truth = pd.DataFrame(made.truth["scores"]["1"]).T.stack()
    true = truth.loc[list(zip(scales["unit"], scales["scale"], strict=True))].to_numpy(dtype=float)
    covered = ((scales["ci_low"] <= true) & (true <= scales["ci_high"])).mean()
    assert len(scales) > 280
    assert COVERAGE[0] <= covered <= COVERAGE[1]
    assert abs((scales["score"] - true).mean()) < BIAS


def test_matched_members_change_as_designed(questionnaire):
    """The mean change of matched members follows `change`, construct by construct."""
    design = PanelDesign(unit_change_sd=0.0, loadings=(1.0, 1.0), change=(4.0, 0.0, 3.0, -3.0, 5.0, 0.0))
    found = simulate(questionnaire, units=150, seed=3, design=design).truth["change_of_matched_members"]["1-2"]
    for number, construct in enumerate(questionnaire.constructs[:4]):  # phases move the stages as well
        mean = np.mean([unit[construct.id] for unit in found.values()])
        assert mean == pytest.approx(design.change[number], abs=MATCHED_CHANGE), construct.id


def test_a_neutral_panel_has_no_findings_to_offer(questionnaire):
    """Every facet and stage of every unit is truly at the mean, though members differ."""
    made = simulate(questionnaire, units=100, waves=1, seed=3, design=PanelDesign(neutral=True))
    facets = [facet.id for facet in questionnaire.facets]
    scores = pd.DataFrame(made.truth["scores"]["1"]).T[facets].astype(float)
    assert scores.mean().to_numpy() == pytest.approx(np.full(len(facets), 60.0), abs=NEUTRAL_MEAN)
    assert scores.to_numpy() == pytest.approx(np.full(scores.shape, 60.0), abs=NEUTRAL_UNIT)
    assert made.truth["careless"] == []
    assert made.responses["g1a"].std() > 0.5


def test_traits_correlate_as_their_paths_say(questionnaire):
    """Correlations of the drawn traits are those that path tracing gives, with unit variances."""
    n = 40_000
    traits = traits_of(questionnaire, PanelDesign())
    z = structured(n, traits, WITHIN, np.random.default_rng(1))
    R = np.corrcoef(z.T)
    at = {name: i for i, name in enumerate(traits.ids)}
    error = 4 / np.sqrt(n)
    expected = {("G", "L"): 0.4, ("G", "C"): 0.2 + 0.3 * 0.4, ("L", "C"): 0.3 + 0.2 * 0.4, ("G", "T"): 0.5 * 0.4}
    for (a, b), value in expected.items():
        assert R[at[a], at[b]] == pytest.approx(value, abs=error), (a, b)
    assert z.var(axis=0) == pytest.approx(np.ones(len(traits.ids)), abs=error * np.sqrt(2))


def test_other_instruments_get_a_chain_of_traits(leadership):
    """Each trait follows from the one before it, downwards where low is good for one of the two only."""
    expected = (("leadership", "significance", 0.6), ("significance", "hostility", -0.6))
    assert expected == simulate(leadership, units=2).truth["design"]["between"]


def test_nobody_answers_outside_their_membership(panel):
    """Members that joined late or left early have no answers in the other waves, and both kinds exist."""
    rows = panel.responses.merge(panel.members, on=["unit", "member"]).merge(panel.units, on=["unit", "wave"])
    assert (rows["joined"] <= rows["closed"]).all()
    assert ((rows["left"] == "") | (rows["closed"] < rows["left"])).all()
    assert panel.truth["joined"]
    assert panel.truth["left"]


def test_people_and_members_recur_and_change(panel):
    """Most respondents of a wave are in the other too, some are not, and none sits in two members."""
    waves = [set(panel.responses.loc[panel.responses["wave"] == wave, "respondent"]) for wave in ("1", "2")]
    share = len(waves[0] & waves[1]) / len(waves[0])
    assert 0.4 < share < 0.8
    assert panel.responses.groupby("respondent")["member"].nunique().max() == 1


def test_organisations_sit_in_several_units_but_once_in_each(panel):
    """An organisation links units and is one member of each."""
    units = panel.members.groupby("organisation")["unit"]
    assert (units.nunique() > 1).any()
    assert (units.nunique() == units.size()).all()


def test_straight_liners_tick_one_answer_throughout(panel, questionnaire):
    """Careless people are named in the truth; the straight-liners among them tick one answer, on reversed items too."""
    rows = panel.responses.set_index(["wave", "respondent"])[list(questionnaire.item_ids)]
    lines = [(wave, person) for wave, person, kind in panel.truth["careless"] if kind == "straight_line"]
    assert len(lines) > 10
    assert (rows.loc[lines].nunique(axis=1) == 1).all()
    share = len(panel.truth["careless"]) / len(rows)
    error = (0.05 * 0.95 / len(rows)) ** 0.5
    assert abs(share - 0.05) <= 3 * error


def test_not_yet_belongs_to_later_stages_of_young_units(panel, questionnaire):
    """97 stands on the later stages only, and mostly in units of the first phase."""
    rows = panel.responses.merge(panel.units[["unit", "wave", "phase"]], on=["unit", "wave"])
    items = questionnaire.item_ids
    later = [item.id for item in questionnaire.items if item.facet in ("V3", "V4")]
    assert not (rows[[item for item in items if item not in later]] == 97).any().any()
    share = (rows[later] == 97).mean(axis=1).groupby(rows["phase"]).mean()
    assert share["development"] > 3 * share["application"]


@pytest.mark.parametrize(
    ("design", "message"),
    [
        (PanelDesign(between=(Path("G", "X", 0.5),)), "names a trait the instrument does not have"),
        (PanelDesign(between=(Path("T", "G", 0.5),)), "must come from earlier traits"),
        (PanelDesign(within=(Path("G", "L", 1.1),)), "explain no more than its variance"),
    ],
)
def test_impossible_paths_are_refused(questionnaire, design, message):
    """A structure that cannot be drawn is named instead of drawn wrongly."""
    with pytest.raises(ValueError, match=message):
        simulate(questionnaire, units=2, design=design)


@pytest.mark.parametrize(("units", "waves"), [(0, 1), (1, 0)])
def test_a_panel_needs_a_unit_and_a_wave(questionnaire, units, waves):
    """Nothing cannot be simulated."""
    with pytest.raises(ValueError, match="at least one unit and one wave"):
        simulate(questionnaire, units=units, waves=waves)
