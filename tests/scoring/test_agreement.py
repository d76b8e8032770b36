"""Agreement is a finding: it flags a member and never drops it."""

import numpy as np
import pytest

from scoring import score
from scoring.agreement import agreement, item_spread

EXACT = 1e-12
VALUES = np.arange(1, 6)


def spread_of(answers):
    """Spread of one unit's items from answers (respondents, items), NaN for none."""
    counts = np.array([[[np.sum(column == value) for value in VALUES] for column in np.array(answers, dtype=float).T]])
    return item_spread(counts, VALUES.astype(float))


def naive_rwg(answers, null):
    columns = [column[~np.isnan(column)] for column in np.array(answers, dtype=float).T]
    columns = [column for column in columns if len(column) >= 2]
    j, share = len(columns), min(np.mean([np.var(column, ddof=1) for column in columns]) / null, 1)
    return j * (1 - share) / (j * (1 - share) + share)


def test_rwg_and_ad_of_random_items():
    """Against the formulas item by item, with answers missing."""
    rng = np.random.default_rng(1)
    answers = np.clip(np.round(rng.normal(3.5, 0.7, (9, 4))), 1, 5)
    answers[rng.random(answers.shape) < 0.2] = np.nan
    found = agreement(spread_of(answers), np.arange(4), 5)
    columns = [column[~np.isnan(column)] for column in answers.T]
    ad = np.mean([np.mean(np.abs(column - column.mean())) for column in columns])
    expected = [naive_rwg(answers, 2.0), naive_rwg(answers, 1.34), ad, 4]
    got = [found.rwg_uniform[0], found.rwg_skewed[0], found.ad[0], found.items[0]]
    np.testing.assert_allclose(got, expected, rtol=0, atol=EXACT)


@pytest.mark.parametrize(("answers", "rwg"), [([[4, 2]] * 5, 1.0), ([[1, 1], [5, 5], [1, 1], [5, 5]], 0.0)])
def test_the_ends_of_rwg(answers, rwg):
    """Perfect agreement is 1; more variance than chance is 0, never negative."""
    assert rwg == agreement(spread_of(answers), np.arange(2), 5).rwg_uniform[0]


def test_one_answer_has_no_agreement():
    """With one respondent there is nothing to agree with."""
    found = agreement(spread_of([[4, 2]]), np.arange(2), 5)
    assert (found.items[0], np.isnan(found.rwg_uniform[0]), np.isnan(found.ad[0])) == (0, True, True)


def test_the_skewed_null_is_of_five_answers():
    """Its variance is published for five answers; other scales have the uniform null only."""
    counts = np.array([[[2, 1, 0, 0, 0, 0, 1]]])
    found = agreement(item_spread(counts, np.arange(1.0, 8)), np.arange(1), 7)
    assert (np.isnan(found.rwg_skewed[0]), np.isnan(found.rwg_uniform[0])) == (True, False)


@pytest.fixture
def icc_of(build, flat):
    """ICC of an outcome of one item from the answers of each unit."""

    def find(groups):
        rows = [{"unit": f"u{u}", "o1a": value} for u, group in enumerate(groups) for value in group]
        return score(build(rows, instrument=flat), draws=0).icc.set_index("scale").loc["O"]

    return find


def test_icc_of_unequal_groups(icc_of):
    """Against the analysis of variance written out; who did not answer is in no group."""
    groups = [np.array([1.0, 2, 3]), np.array([4.0, 5, np.nan]), np.array([2.0, 4, 4, 5])]
    found = icc_of(groups)
    groups = [group[~np.isnan(group)] for group in groups]
    grand = np.concatenate(groups).mean()
    between = sum(len(g) * (g.mean() - grand) ** 2 for g in groups) / 2
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / 6
    expected = [(between - within) / (between + (3 - 1) * within), (between - within) / between, 3, 9]
    np.testing.assert_allclose(found[["icc1", "icc2", "units", "respondents"]].astype(float), expected, rtol=1e-10)


@pytest.mark.parametrize("groups", [[[1.0, 2.0, 3.0]], [[1.0], [2.0], [4.0]], [[3.0, 3.0], [3.0, 3.0]]])
def test_icc_needs_two_units_and_somebody_to_compare(icc_of, groups):
    """One unit, one respondent in each, or no difference at all gives no number."""
    assert icc_of(groups)[["icc1", "icc2"]].isna().all()


@pytest.fixture
def divided(build, small):
    """A member whose two respondents answer 1 and 5 throughout, and four of one mind."""
    rows = [{"member": "torn", "role": "chain", **dict.fromkeys(small.item_ids, value)} for value in (1.0, 5.0)]
    rows += [{"member": f"m{i}", "role": "chain", **dict.fromkeys(small.item_ids, 4.0)} for i in range(4) for _ in "ab"]
    return build(rows)


def test_disagreement_flags_a_member(divided):
    """The member is named where its respondents differ, and nobody else is."""
    found = score(divided, draws=0)
    members = found.members.set_index("member")
    assert {"torn"} == set(members.index[members["differs_G"]])
    constructs = found.agreement.set_index("scale")
    assert constructs.loc["G", ["members_compared", "members_differ"]].tolist() == [5, 1]


def test_disagreement_drops_nobody(divided, row_of):
    """The divided member counts in the mean as any other: (50 + 4 * 75) / 5."""
    row = row_of(score(divided, draws=0).scales, scale="G2")
    assert (row["score"], row["members"], row["respondents"]) == (70, 5, 10)


@pytest.mark.parametrize(("pair", "differs"), [((3.0, 5.0), True), ((3.0, 4.0), False)])
def test_the_limit_is_a_sixth_of_the_answers(build, small, pair, differs):
    """Two answers two steps apart have AD 1, beyond 5/6; one step apart .5, within."""
    rows = [{"member": "m", "role": "chain", **dict.fromkeys(small.item_ids, value)} for value in pair]
    assert differs == score(build(rows), draws=0).members["differs_G"].item()
