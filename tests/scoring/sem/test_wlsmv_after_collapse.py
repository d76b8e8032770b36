"""Categories that a group does not use: the plan that joins them, and what else ordered data are refused for."""

import logging

import numpy as np
import pandas as pd
import pytest

from scoring.sem import CollapsePlan, DataError, collapse_plan, fit

MODEL = "f =~ y1 + y2 + y3 + y4"
ITEMS = ["y1", "y2", "y3", "y4"]


@pytest.fixture
def answers():
    rng = np.random.default_rng(8)
    behind = 0.9 * rng.normal(size=(600, 1)) + rng.normal(size=(600, 4))
    frame = pd.DataFrame(1 + np.digitize(behind, [-1.2, -0.2, 0.7, 1.6]), columns=ITEMS)
    return frame.assign(where=np.repeat(["a", "b", "c"], 200))


def joined(plan):
    return [(one.item, one.category, one.into) for one in plan.joins]


def without(answers, group, item, category, instead):
    """The answers with one category of an item unused in a group."""
    rows = (answers["where"] == group) & (answers[item] == category)
    return answers.assign(**{item: answers[item].mask(rows, instead)})


def test_nothing_to_join(answers):
    """Where all groups use all categories, and without groups, there is no plan."""
    assert CollapsePlan((), ()) == collapse_plan(answers, ITEMS, "where")
    assert CollapsePlan((), ()) == collapse_plan(without(answers, "b", "y1", 5, 4), ITEMS)


@pytest.mark.parametrize(("category", "instead", "into"), [(5, 4, 4), (1, 2, 2), (2, 3, 1), (4, 3, 5)])
def test_ends_and_middle(answers, category, instead, into):
    """An end joins its neighbour, a category between two the one with fewer answers; the reason names the group."""
    plan = collapse_plan(without(answers, "b", "y2", category, instead), ITEMS, "where")
    assert [("y2", category, into)] == joined(plan)
    assert "chosen by nobody in group 'b'" == plan.joins[0].reason
    assert ["item", "category", "into", "reason"] == list(plan.to_frame().columns)
    assert 1 == len(plan.to_frame())


def test_several_groups_and_items(answers):
    """Different gaps of three groups are closed together, one category after the other."""
    gaps = without(without(answers, "a", "y1", 5, 4), "c", "y1", 4, 3)
    gaps = without(without(gaps, "b", "y3", 1, 2), "c", "y3", 1, 2)
    plan = collapse_plan(gaps, ITEMS, "where")
    # 4 takes in 5, which group a does not use; so one joining closes the gaps of a and c.
    assert [("y1", 4, 5), ("y3", 1, 2)] == joined(plan)
    assert ["chosen by nobody in group 'c'", "chosen by nobody in group 'b', 'c'"] == [one.reason for one in plan.joins]
    recoded = plan.apply(gaps)
    for item in ITEMS:
        tables = recoded.groupby("where")[item].unique().map(sorted)
        assert tables["a"] == tables["b"] == tables["c"]
    assert fit(MODEL, recoded, ordered=True, group="where").measures["ntotal"] == 600


def test_a_chain_of_joins_ends_at_one_category(answers):
    """Where a category that took another in is empty itself, both go on to the next."""
    gaps = answers.assign(y1=answers["y1"].mask((answers["where"] == "b") & (answers["y1"] < 3), 3))
    plan = collapse_plan(gaps, ITEMS, "where")
    assert [("y1", 1, 3), ("y1", 2, 3)] == joined(plan)
    assert [3, 4, 5] == sorted(plan.apply(gaps)["y1"].unique())


def test_an_item_left_with_one_category(answers):
    """A group that gives one answer only cannot be helped: the item is named, here and by the fit."""
    gaps = answers.assign(y4=answers["y4"].mask(answers["where"] == "c", 3))
    plan = collapse_plan(gaps, ITEMS, "where")
    assert (("y4",), ()) == (plan.left_out, plan.joins)
    assert plan.apply(gaps)["y4"].equals(gaps["y4"])
    with pytest.raises(DataError, match=r"leaves 'y4' with a single one\. Leave such variables out"):
        fit(MODEL, gaps, ordered=True, group="where")


def test_fit_names_the_plan_and_follows_it(answers, caplog):
    """The error says what to join and where the plan is; applying it is logged and stands in the fit's notes."""
    gaps = without(answers, "b", "y2", 5, 4)
    with pytest.raises(DataError, match=r"y2: 5 is chosen by nobody in group 'b', join it with 4\. scoring\.sem\.coll"):
        fit(MODEL, gaps, ordered=True, group="where")
    plan = collapse_plan(gaps, ITEMS, "where")
    with caplog.at_level(logging.INFO, logger="scoring.sem"):
        recoded = plan.apply(gaps)
    sentence = "y2: 5, chosen by nobody in group 'b', is joined with 4."
    assert [sentence] == caplog.messages
    found = fit(MODEL, recoded, ordered=True, group="where")
    assert (sentence,) == found.notes
    assert [sentence] == list(found.summary["notes"])
    by_hand = fit(MODEL, gaps.assign(y2=gaps["y2"].replace({5: 4})), ordered=True, group="where")
    assert by_hand.measures == found.measures
    assert () == by_hand.notes
    assert () == fit("f =~ y1 + y3 + y4", recoded, ordered=True, group="where").notes
    assert 5 == gaps["y2"].nunique()


def test_rows_that_the_fit_drops_do_not_count(answers):
    """A category that only incomplete rows hold is empty listwise and used pairwise."""
    holed = answers.astype(dict.fromkeys(ITEMS, float))
    rows = (holed["where"] == "a") & (holed["y1"] == 5)
    holed.loc[rows, "y2"] = np.nan
    assert [("y1", 5, 4)] == joined(collapse_plan(holed, ITEMS, "where"))
    assert [] == joined(collapse_plan(holed, ITEMS, "where", missing="pairwise"))
    assert [] == joined(collapse_plan(holed, ["y1", "y3", "y4"], "where"))
    assert [("y1", 5, 4)] == joined(collapse_plan(holed, ["y1", "y3", "y4"], "where", others=["y2"]))
    assert 600 == fit(MODEL, holed, ordered=True, group="where", missing="pairwise").measures["ntotal"]


def test_named_categories(answers):
    """Ordered categories with names are joined by name, and stay ordered."""
    words = ["never", "rarely", "sometimes", "often", "always"]
    named = without(answers, "c", "y1", 5, 4)
    for item in ITEMS:
        named[item] = pd.Categorical.from_codes(named[item] - 1, words, ordered=True)
    plan = collapse_plan(named, ITEMS, "where")
    assert [("y1", "always", "often")] == joined(plan)
    recoded = plan.apply(named)
    assert words[:4] == list(recoded["y1"].cat.categories)
    assert recoded["y1"].cat.ordered
    assert fit(MODEL, recoded, ordered=True, group="where").measures["ntotal"] == 600


def test_intervals_as_categories(answers):
    """What `pandas.cut` makes of numbers is joined like named categories."""
    cut = without(answers, "c", "y1", 5, 4)
    cut["y1"] = pd.cut(cut["y1"], [0, 1, 2, 3, 4, 5])
    plan = collapse_plan(cut, ITEMS, "where")
    assert [("y1", pd.Interval(4, 5), pd.Interval(3, 4))] == joined(plan)
    assert 4 == plan.apply(cut)["y1"].nunique()


def test_plans_of_other_tables_refused(answers):
    """An array and a column given twice are named."""
    with pytest.raises(DataError, match="takes a pandas DataFrame"):
        collapse_plan(answers.to_numpy(), ITEMS)
    with pytest.raises(DataError, match="more than one column of the same name among 'y1'"):
        collapse_plan(pd.concat([answers, answers["y1"]], axis=1), ITEMS)


@pytest.mark.parametrize(
    ("items", "group", "missing", "message"),
    [
        (["y1", "y9"], "where", "listwise", "no column 'y9'"),
        (ITEMS, "side", "listwise", "no column 'side'"),
        (ITEMS, "where", "ml", "missing='ml' is not known"),
        (["where"], None, "listwise", "where holds 'a'; give numbers or ordered categories"),
    ],
)
def test_plans_refused(answers, items, group, missing, message):
    """What the plan is asked for and cannot be is named."""
    with pytest.raises(DataError, match=message):
        collapse_plan(answers, items, group, missing=missing)


def test_a_plan_of_other_data(answers):
    """Applied to data without its column a plan says so."""
    plan = collapse_plan(without(answers, "b", "y2", 5, 4), ITEMS, "where")
    with pytest.raises(DataError, match="no column 'y2', whose categories the plan joins"):
        plan.apply(answers.drop(columns="y2"))


@pytest.mark.parametrize(
    ("changed", "arguments", "message"),
    [
        ({"y1": lambda d: np.arange(600) % 300}, {}, "y1 is declared ordinal but holds 300 different values"),
        ({"y1": lambda d: 3}, {}, "y1 holds the single value 3; a constant has no correlation"),
        ({"y1": lambda d: d["y1"].map(str)}, {}, r"y1 holds '\d'; give numbers or ordered categories"),
        ({"y1": lambda d: pd.Categorical(d["y1"])}, {}, "y1 holds categories without an order"),
        ({"y1": lambda d: d["y1"].mask(d.index == 7, np.inf)}, {}, "y1 holds an infinite value"),
        ({"y1": lambda d: d["y1"].mask(d.index == 7, -np.inf)}, {"missing": "pairwise"}, "y1 holds an infinite value"),
        ({"where": lambda d: np.where(d.index < 4, "few", "rest")}, {"group": "where"}, "4 rows in group 'few' are"),
        ({"where": lambda d: np.where(d.index < 8, "few", "rest")}, {"group": "where"}, "some are empty|single one"),
        ({item: (lambda d, item=item: d[item].iloc[:9]) for item in ITEMS}, {}, "9 rows are too few for correlations"),
    ],
)
def test_ordered_data_refused(answers, changed, arguments, message):
    """Too many categories, one, text, infinities and tiny groups each have one sentence."""
    with pytest.raises(DataError, match=message) as told:
        fit(MODEL, answers.assign(**changed), ordered=True, **arguments)
    assert "\n" not in str(told.value)


def test_infinite_covariate(answers):
    """An infinite covariate is named."""
    spoiled = answers.assign(x=np.where(answers.index == 3, np.inf, 1.0 * answers.index))
    with pytest.raises(DataError, match="x holds an infinite value"):
        fit(MODEL + "\nf ~ x", spoiled, ordered=ITEMS)
