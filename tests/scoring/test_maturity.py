"""The maturity ladder: statuses of stages, probabilities, and the words they allow."""

import numpy as np
import pytest

from scoring import score
from scoring.maturity import climb, out_of_order, shortest_range, stage_status, stages_passed
from scoring.scores import MaturityStatus, StageStatus

STAGES = ("V1", "V2", "V3", "V4")


def unit(small, value, *, n=8, **over):
    """Members with the same answers everywhere; over: values of some items instead."""
    return [
        {"member": f"m{i}", "role": "user" if i == 0 else "chain", **dict.fromkeys(small.item_ids, value), **over}
        for i in range(n)
    ]


def stage(small, name):
    return [item.id for item in small.items if item.facet == name]


@pytest.mark.parametrize(("value", "reached"), [(5.0, "V4"), (1.0, "0")])
def test_the_ends_of_the_ladder(build, small, value, reached):
    """All 5: the last stage, certain. All 1: none, certain."""
    found = score(build(unit(small, value)), draws=400)
    position = found.maturity.iloc[0]
    assert (position["status"], position["low"], position["high"], position["p"]) == ("named", reached, reached, 1)
    assert {reached} == set(position[["low_55", "high_55", "low_65", "high_65"]])
    assert position["end"] == "V4"
    exactly = dict(zip(found.stages["stage"], found.stages["p_exact"], strict=True))
    assert exactly == {name: float(name == reached) for name in ("0", *STAGES)}


def test_probabilities_add_up(small_scores):
    """Exactly sums to 1, at least falls from 1 and is its sum from above, wherever a unit has a place."""
    frame = small_scores.stages[small_scores.stages["p_exact"].notna()]
    assert len(frame)
    for _, rows in frame.groupby(["unit", "wave"], observed=True):
        np.testing.assert_allclose(rows["p_exact"].sum(), 1, atol=1e-12)
        np.testing.assert_allclose(rows["p_at_least"], rows["p_exact"][::-1].cumsum()[::-1], atol=1e-12)


def test_stages_are_passed_in_a_row():
    """A stage above its threshold does not count once an earlier one was missed; the threshold itself is passed."""
    draws = np.array([[70, 50, 90], [60, 60, 59.9], [10, 90, 90], [80, 80, 80]])
    assert stages_passed(draws, np.full(3, 60.0)).tolist() == [1, 2, 0, 3]


@pytest.mark.parametrize(
    ("exactly", "expected"),
    [
        ([0.1, 0.8, 0.1], (1, 1, 0.8)),  # named at exactly .80
        ([0.1, 0.79, 0.11], (1, 2, 0.9)),
        ([0.4, 0.4, 0.1, 0.1], (0, 1, 0.8)),
        ([0.1, 0.4, 0.4, 0.1], (1, 2, 0.8)),
        ([0.45, 0.1, 0.45], (0, 2, 1.0)),
        ([0.4, 0.1, 0.4, 0.05, 0.05], (0, 2, 0.9)),
        ([0.1, 0.4, 0.0, 0.4, 0.1], (1, 3, 0.8)),
        ([0.0, 0.425, 0.15, 0.425], (1, 3, 1.0)),
        ([0.2] * 5, (0, 3, 0.8)),  # the lower of two that are as likely
    ],
)
def test_the_shortest_range(exactly, expected):
    """The shortest run that holds .80, the likelier of two, the lower of two as likely."""
    low, high, p = shortest_range(np.array(exactly))
    assert (low, high) == expected[:2]
    assert pytest.approx(expected[2], abs=1e-12) == p


def test_a_range_is_put_into_words_where_no_stage_holds_enough():
    """Draws split between two stages give the range of both, with its probability."""
    draws = np.column_stack([np.full(1000, 80.0), np.where(np.arange(1000) < 600, 70.0, 50.0)])
    found = climb(draws, draws.mean(axis=0), np.full(2, 60.0), [StageStatus.OK] * 2, enough=True)
    assert (found.result, found.low, found.high, found.p) == (MaturityStatus.RANGE, 1, 2, 1.0)
    assert found.exactly.tolist() == [0, 0.4, 0.6]


def test_other_thresholds_are_shown_beside():
    """A stage score of 57 is passed at 55 and missed at 60 and 65."""
    draws = np.full((100, 1), 57.0)
    found = climb(draws, np.array([57.0]), np.array([60.0]), [StageStatus.OK], enough=True)
    assert ((found.low, found.high), found.lower, found.higher) == ((0, 0), (1, 1), (0, 0))


def statuses(**own):
    """Statuses of three stages of which the second has figures of its own."""
    fine = {"members": 8, "not_yet": 0.0, "can_judge": 1.0, "role_missing": False}
    return stage_status(**{name: np.array([[ok, own.get(name, ok), ok]]) for name, ok in fine.items()})[0].tolist()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, StageStatus.OK),
        ({"not_yet": 0.40}, StageStatus.OK),
        ({"not_yet": 0.41}, StageStatus.NOT_APPLICABLE_YET),
        ({"can_judge": 0.60}, StageStatus.OK),
        ({"can_judge": 0.59}, StageStatus.NOT_ASSESSABLE),
        ({"can_judge": np.nan}, StageStatus.NOT_ASSESSABLE),
        ({"role_missing": True}, StageStatus.NOT_ASSESSABLE),
        ({"members": 5}, StageStatus.OK),
        ({"members": 4}, StageStatus.FEW_MEMBERS),
        ({"not_yet": 0.5, "can_judge": 0.3, "members": 2}, StageStatus.NOT_APPLICABLE_YET),
    ],
)
def test_the_status_of_a_stage(given, expected):
    """Each bound at its edge; what comes after a stage without probability lies beyond the ladder."""
    beyond = StageStatus.OK if expected == StageStatus.OK else StageStatus.BEYOND_LADDER
    assert [StageStatus.OK, expected, beyond] == statuses(**given)


@pytest.mark.parametrize(("saying", "status"), [(4, "ok"), (5, "not_applicable_yet")])
def test_not_yet_applicable(build, small, row_of, saying, status):
    """Over 40 % of the members asked answer 97 at least half the time: the ladder ends below the stage."""
    rows = unit(small, 5.0, n=10)
    for row in rows[-saying:]:
        row.update(v3a=97.0)  # one of two items is half
    found = score(build(rows), draws=200)
    own = row_of(found.stages, stage="V3")
    assert (own["share_97"], own["status"]) == (saying / 10, status)
    after = row_of(found.stages, stage="V4")
    assert after["status"] == ("ok" if saying == 4 else "beyond_ladder")
    assert np.isnan(after["p_at_least"]) == (saying == 5)
    assert row_of(found.scales, scale="V4")["score"] == 100
    assert found.maturity["end"].item() == ("V4" if saying == 4 else "V2")


@pytest.mark.parametrize(("judging", "status"), [(6, "ok"), (5, "not_assessable")])
def test_too_few_can_judge(build, small, row_of, judging, status):
    """Under 60 % with a score on the stage: not assessable, and the ladder goes no further."""
    rows = unit(small, 5.0, n=10)
    for row in rows[judging:]:
        row.update(dict.fromkeys(stage(small, "V2"), 98.0))
    found = score(build(rows), draws=200)
    own = row_of(found.stages, stage="V2")
    assert (own["can_judge"], own["status"], own["share_97"]) == (judging / 10, status, 0)
    assert row_of(found.stages, stage="V3")["status"] == ("ok" if status == "ok" else "beyond_ladder")


def test_the_shares_are_of_the_members_asked(build, small, row_of):
    """Research is asked too little of V2 and counts neither for nor against it."""
    rows = unit(small, 5.0, n=6)
    some = {**dict.fromkeys(small.item_ids, 5.0), "v2a": 97.0, "v2b": 97.0, "v2c": np.nan, "v2d": np.nan, "v2e": np.nan}
    rows += [{"member": f"x{i}", "role": "research", **some} for i in range(6)]
    own = row_of(score(build(rows), draws=100).stages, stage="V2")
    assert (own["share_97"], own["can_judge"], own["status"]) == (0, 1, "ok")


def test_answers_on_a_form_that_does_not_enter_do_not_count_as_not_yet(build, row_of):
    """Of a research member's two people the one on the long form does not enter V2, so its 97 is no half."""
    rows = [
        {"member": "m", "role": "research", "form": "full", "v2a": 97.0, "v2b": 4.0},
        {"member": "m", "role": "research", "form": "short", "v2a": 4.0, "v2b": 4.0},
    ]
    assert row_of(score(build(rows), draws=10).stages, stage="V2")["share_97"] == 0


@pytest.mark.parametrize(("role", "status"), [("user", "ok"), ("chain", "not_assessable")])
def test_the_last_stage_needs_the_users(build, small, row_of, role, status):
    """Without a user's score win-win cannot be judged; the stages before it can."""
    rows = unit(small, 5.0)
    rows[0]["role"] = role
    found = score(build(rows), draws=100)
    assert (row_of(found.stages, stage="V4")["status"], row_of(found.stages, stage="V3")["status"]) == (status, "ok")


def test_a_user_who_skips_the_stage_does_not_serve(build, small, row_of):
    """The role must be among those with a score there."""
    rows = unit(small, 5.0)
    rows[0].update(dict.fromkeys(stage(small, "V4"), 98.0))
    assert row_of(score(build(rows), draws=100).stages, stage="V4")["status"] == "not_assessable"


@pytest.mark.parametrize(("n", "status"), [(4, "few_members"), (5, "named")])
def test_five_members_name_a_stage(build, small, n, status):
    """Under five answering members there is no name and no probability."""
    found = score(build(unit(small, 5.0, n=n)), draws=100)
    assert status == found.maturity["status"].item()
    assert (n < 5) == bool(found.stages["p_at_least"].isna().all())


def test_a_first_stage_that_cannot_be_judged(build, small):
    """No probability anywhere, and the position says why."""
    found = score(build(unit(small, 5.0, **dict.fromkeys(stage(small, "V1"), 98.0))), draws=100)
    assert (found.maturity["status"].item(), found.maturity["low"].item()) == ("not_assessable", "")
    assert ["not_assessable", "not_assessable", *["beyond_ladder"] * 3] == found.stages["status"].tolist()


def test_out_of_order_needs_two_standard_errors():
    """A later stage 10 points above: called out of order with standard errors of 4.9, not of 5.1."""
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(4000)
    noise = (noise - noise.mean()) / noise.std()
    for se, expected in ((4.9, ((1, 0),)), (5.1, ())):
        draws = np.column_stack([np.full(4000, 50.0), 60 + se * noise])
        assert expected == out_of_order(draws, np.array([50.0, 60.0]))


def test_out_of_order_is_said_by_the_names_of_the_stages(build, small):
    """Symbiosis far above sharing: read the profile."""
    found = score(build(unit(small, 4.0, **dict.fromkeys(stage(small, "V2"), 1.0))), draws=300)
    assert found.maturity["out_of_order"].item() == "V3>V2;V4>V2"
    assert found.maturity["low"].item() == "V1"


@pytest.mark.parametrize("n", [3, 4])
def test_small_units_say_nothing_of_order(build, small, n):
    """Where no stage is named nothing is said to be reached out of order either."""
    found = score(build(unit(small, 4.0, n=n, **dict.fromkeys(stage(small, "V2"), 1.0))), draws=300)
    assert found.maturity["out_of_order"].item() == ""
