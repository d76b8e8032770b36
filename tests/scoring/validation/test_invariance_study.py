"""The part of the study: who is compared on what, its tables, and what it says where there is too little."""

import dataclasses
from importlib.resources import as_file, files

import numpy as np
import pytest

from instrument import Responses, load_instrument, read_responses
from scoring.validation.claims import claims_of
from scoring.validation.criteria import criteria
from scoring.validation.invariance import comparable, occasions_of, side_by_side, study_invariance, study_waves
from scoring.validation.invariance.study import COLUMNS
from scoring.validation.invariance.waves import COLUMNS as WAVE_COLUMNS
from scoring.validation.panel import Panel, panel_of
from scoring.validation.part import Part, StudyOptions

SHIFT = 1.0  # of one stage's item in English, in categories
SHORT = ("V4",)  # the scale that is compared where the suite has no time for all


@pytest.fixture(scope="module")
def responses() -> Responses:
    with as_file(files("sample_data") / "panel") as folder:
        return read_responses(folder, load_instrument())


@pytest.fixture(scope="module")
def panel(responses: Responses) -> Panel:
    return panel_of(responses.of_wave("2"))


def only(panel: Panel, scales: tuple[str, ...]) -> Panel:
    """The panel without answers to other scales."""
    kept = np.zeros(len(panel.items), dtype=bool)
    kept[panel.columns([item for scale in scales for item in panel.reflective[scale]])] = True
    return dataclasses.replace(panel, keyed=np.where(kept, panel.keyed, np.nan))


def shifted(panel: Panel, item: str, by: float) -> Panel:
    """The panel with an item that is easier in English."""
    keyed, column = panel.keyed.copy(), panel.columns([item])[0]
    english = panel.language == "en"
    keyed[english, column] = np.clip(keyed[english, column] + by, 1, 5)
    return dataclasses.replace(panel, keyed=keyed)


@pytest.fixture(scope="module")
def part(panel: Panel) -> Part:
    return study_invariance(only(shifted(panel, "v4b", SHIFT), SHORT), StudyOptions())


def test_a_shifted_item_is_the_verdict(part: Part) -> None:
    """The item that is easier in English makes the scale partly invariant, is named, and biases the score upwards."""
    verdicts = part.tables["verdicts"].set_index(["grouping", "scale"])
    row = verdicts.loc[("language", "V4")]
    assert (row["verdict"], row["freed"], row["n_freed"], row["n_items"]) == ("partial", "v4b", 1, 4)
    assert (row["ordinal"], row["continuous"]) == ("partial", "partial")
    items = part.tables["items"].query("grouping == 'language'").set_index("item")
    assert list(items.index[items["freed"]]) == ["v4b"]
    assert items["dmacs"].idxmax() == "v4b"
    bias = part.tables["scores"].query("grouping == 'language'").iloc[0]
    # One category is 25 points of an item and, of four items, 6.25 of the scale, less where answers were 5 already.
    assert 0 < bias["ci_low"] < bias["est"] < 25 * SHIFT / 4
    assert row["bias"] == abs(bias["est"])


def test_tables_have_their_columns(part: Part) -> None:
    """Every table is there with its columns, a row of the ladder for each model, and figures count the verdicts."""
    assert {name: tuple(table.columns) for name, table in part.tables.items()} == COLUMNS
    ladder = part.tables["ladder"]
    assert set(ladder["ladder"]) == {"ordinal", "continuous"}
    assert len(part.tables["syntax"]) == len(ladder)
    assert (ladder["n_units"] == 24).all()
    means = part.tables["means"].query("grouping == 'family'")
    assert set(means["group"]) == {"research", "public"}
    assert ((means["ci_low"] < means["est"]) & (means["est"] < means["ci_high"])).all()
    assert part.figures["language"] == {"not enough data": 7, "partial": 1}


def test_claims_read_the_verdicts(part: Part) -> None:
    """A comparison that is partly invariant holds; one that could not be made is unknown, and its row says why."""
    wanted = [one for one in criteria() if one.part == "invariance"]
    found = {claim.id: claim for claim in claims_of({"invariance": part}, wanted)}
    assert found["compare:language:V4"].verdict == "holds"
    assert found["compare:language:G"].verdict == "unknown"
    notes = part.tables["verdicts"].set_index(["grouping", "scale"])["note"]
    assert notes.loc[("language", "G")] == "not enough data: too few answers of the group"


def test_items_that_all_groups_were_asked(panel: Panel) -> None:
    """Public members are asked two items of goals, so that the other families are compared on all of them."""
    goals, lacking = comparable(panel, "family", "G", panel.reflective["G"])
    assert goals is not None
    assert (goals.groups, goals.left_out, len(goals.items)) == (("enterprise", "research"), ("public",), 8)
    assert [(one.what, one.needed, one.found, one.of) for one in lacking] == [("family G public", 3, 2, "items")]
    coordination, lacking = comparable(panel, "family", "C", panel.reflective["C"])
    assert coordination is not None
    assert (len(coordination.groups), coordination.items, lacking) == (3, ("c2a", "c2b", "c6a"), ())
    assert coordination.data["group"].iloc[0] == max(coordination.groups, key=dict(
        zip(coordination.groups, coordination.n, strict=True)
    ).get)  # fmt: skip  # type: ignore[arg-type]


def test_small_groups_are_not_compared(panel: Panel) -> None:
    """A group below 150 answers is left out with the numbers, and without two groups there is no comparison."""
    few = dataclasses.replace(panel, language=np.where(np.arange(panel.n) < 149, "en", "zh-Hans"))
    found, lacking = comparable(few, "language", "T", panel.reflective["T"])
    assert found is None
    assert [(one.what, one.needed, one.found) for one in lacking] == [("language T en", 150, 149)]
    enough = dataclasses.replace(panel, language=np.where(np.arange(panel.n) < 150, "en", "zh-Hans"))
    assert comparable(enough, "language", "T", panel.reflective["T"])[0] is not None


def test_tiny_and_plain_panels_fall_short() -> None:
    """Five units give no verdict and say why; answers without languages or families are no crash."""
    with as_file(files("sample_data") / "cases") as folder:
        cases = study_invariance(panel_of(read_responses(folder, load_instrument())), StudyOptions())
    assert cases.tables["verdicts"]["verdict"].isna().all()
    assert cases.shortfalls
    with as_file(files("sample_data") / "leadership_2002") as folder:
        plain = panel_of(read_responses(folder / "responses.csv", load_instrument(folder / "instrument.yaml")))
    leadership = study_invariance(plain, StudyOptions())
    assert len(leadership.tables["verdicts"]) == 0
    assert [one.what for one in leadership.shortfalls] == ["family", "language"]


def test_quick_has_the_ordinal_ladder_only(panel: Panel) -> None:
    """The quick study says that the continuous ladders are left out, and a line for each comparison that is made."""
    lines: list[str] = []
    quick = study_invariance(only(panel, SHORT), StudyOptions(quick=True), lines.append)
    assert set(quick.tables["ladder"]["ladder"]) == {"ordinal"}
    assert quick.tables["verdicts"].set_index(["grouping", "scale"]).loc[("language", "V4"), "verdict"] == "scalar"
    assert "continuous ladders" in [one.what for one in quick.shortfalls]
    assert lines == ["invariance: family V4", "invariance: language V4"]


def test_people_and_members_recur(responses: Responses) -> None:
    """The same person of the same unit stands in one row, and so do a member's means."""
    occasions, items = occasions_of(responses), ("v1a", "v1b", "v1c", "v1d")
    people, recurring = side_by_side(occasions, items, "respondent")
    answers = responses.answers
    given = answers[["unit", "respondent", "wave"]].astype(str)[
        (answers[list(items)].to_numpy(float) <= 5).any(axis=1)
    ]  # fmt: skip
    waves = given.groupby(["unit", "respondent"])["wave"].nunique()
    assert (len(people), recurring) == (len(waves), int((waves == 2).sum()))
    members, again = side_by_side(occasions, items, "member")
    assert (len(members), again) == (342, 281)
    first = occasions.panels[0]
    one = occasions.member[0] == occasions.member[0][0]
    wanted = np.nanmean(first.keyed[one][:, first.columns(["v1a"])])
    place = np.searchsorted(np.unique(np.concatenate(occasions.member)), occasions.member[0][0])
    assert members["v1a_1"].iloc[place] == pytest.approx(wanted, rel=1e-12)


def test_change_is_the_truth(responses: Responses) -> None:
    """The stage that rose by 5 points in truth did so in the model of both waves, for people and for members."""
    occasions = occasions_of(responses)
    kept = dataclasses.replace(occasions, panels=tuple(only(panel, ("V1",)) for panel in occasions.panels))
    part = study_waves(kept, StudyOptions())
    assert {name: tuple(table.columns) for name, table in part.tables.items()} == WAVE_COLUMNS
    verdicts = part.tables["verdicts"]
    risen = verdicts["scale"] == "V1"
    assert verdicts.loc[risen, ["by", "verdict"]].to_numpy().tolist() == [
        ["respondent", "scalar"],
        ["member", "scalar"],
    ]
    means = part.tables["means"]
    assert (means["ci_low"] > 0).all()
    # Units, members and people spread by sqrt(10^2 + 10^2 + 9^2) points, members by sqrt(10^2 + 10^2) and a part of 9.
    spread = np.sqrt(10**2 + 10**2 + 9**2)
    respondent = means.set_index("by").loc["respondent"]
    assert respondent["ci_low"] < 5 / spread < respondent["ci_high"]
    assert verdicts.loc[~risen, "verdict"].isna().all()
    assert {one.why for one in part.shortfalls} == {"too few answered in both waves"}


def test_few_that_recur(responses: Responses) -> None:
    """Where almost nobody answered twice there is no verdict on the waves, and the number is said."""
    occasions = occasions_of(responses)
    first, second = occasions.respondent
    strangers = np.where(np.arange(len(second)) < 50, second, second + first.max() + second.max() + 1)
    part = study_waves(dataclasses.replace(occasions, respondent=(first, strangers)), StudyOptions(quick=True))
    assert part.tables["verdicts"]["verdict"].isna().all()
    lacking = next(one for one in part.shortfalls if one.what == "wave V1 respondent")
    assert (lacking.needed, lacking.of) == (100, "respondents")
    assert lacking.found is not None
    assert lacking.found <= 50


def test_one_wave_has_no_occasions(responses: Responses) -> None:
    """A data set of one wave is refused."""
    with pytest.raises(ValueError, match="there is 1"):
        occasions_of(responses.of_wave("2"))
