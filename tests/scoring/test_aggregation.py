"""Members and units: the two-stage mean, its variance, degrees of freedom and interval."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from instrument.definition import WithinMemberSd
from scoring import score
from scoring.aggregation import group_means, member_means

EXACT = 1e-10  # points, or degrees of freedom; sums of a few dozen numbers of two digits
DEFAULT = WithinMemberSd(person=9, item=17.5, source="assumed")


def naive(scores_of_members, *, total, n_items):
    """Score, variance, df and whether the spread is assumed, from lists of respondents' scores by member."""
    means = [np.mean(scores) for scores in scores_of_members]
    n, m = len(means), np.array([len(scores) for scores in scores_of_members])
    f = 0.0 if total is None else n / max(total, n)
    default = 9**2 + 17.5**2 / n_items
    between = max(np.var(means, ddof=1), default / 4)
    df_within = int((m - 1).sum())
    within = sum(((np.array(one) - np.mean(one)) ** 2).sum() for one in scores_of_members)
    within, df_within = (max(within / df_within, default / 4), df_within) if df_within >= 3 else (default, 30)
    first, second = (1 - f) * between / n, f * np.mean(within / m) / n
    df = (first + second) ** 2 / (first**2 / (n - 1) + second**2 / df_within)
    return np.mean(means), first + second, df, df_within == 30 and f > 0


def aggregate(scores_of_members, *, total, n_items, nested=True):
    flat = np.concatenate(scores_of_members)[:, None]
    size = np.array([len(scores) for scores in scores_of_members])
    means = member_means(flat, np.cumsum(size) - size)
    return group_means(
        means,
        np.zeros(len(size), dtype=np.intp),
        1,
        asked=np.array([[np.nan if total is None else total]], dtype=float),
        items=np.array([[n_items]], dtype=float),
        default=DEFAULT,
        nested=nested,
    )


@pytest.mark.parametrize("total", [None, 4, 8, 25])
@pytest.mark.parametrize("sizes", [(1, 1, 1), (3, 1, 2, 2), (2, 2, 2, 1, 1, 3, 2), (1, 1, 2, 2, 1)])
def test_the_variance_is_the_loop_over_the_rules(sizes, total):
    """Score, variance, Satterthwaite's df and the interval, with and without a roster, observed and assumed spread."""
    rng = np.random.default_rng(len(sizes))
    members = [50 + rng.normal(0, 15) + rng.normal(0, 12, size) for size in sizes]
    found = aggregate(members, total=total, n_items=4)
    mean, variance, df, assumed = naive(members, total=total, n_items=4)
    half = t.ppf(0.975, df) * np.sqrt(variance)
    expected = [mean, variance, df, max(mean - half, 0), min(mean + half, 100)]
    got = [found.score, found.variance, found.df, found.low, found.high]
    np.testing.assert_allclose(np.concatenate(got).ravel(), expected, rtol=EXACT, atol=EXACT)
    assert assumed == found.assumed.item()
    assert [len(sizes), sum(sizes)] == [found.members.item(), found.respondents.item()]


@pytest.mark.parametrize("total", [None, 6, 12])
def test_equal_answers_still_leave_an_interval(total):
    """Where nobody differs from anybody both variances are floored at a quarter of the default."""
    members = [np.full(2, 75.0)] * 6
    found = aggregate(members, total=total, n_items=1)
    floor = (9**2 + 17.5**2) / 4
    f = 0 if total is None else 6 / total
    assert pytest.approx((1 - f) * floor / 6 + f * floor / 2 / 6, abs=EXACT) == found.variance.item()


def test_three_within_df_are_observed_and_two_are_not():
    """The default spread gives way at exactly three degrees of freedom."""
    two = aggregate([np.array([40.0, 60]), np.array([50.0, 52]), np.array([50.0])], total=3, n_items=2)
    three = aggregate([np.array([40.0, 60]), np.array([50.0, 52]), np.array([50.0, 50])], total=3, n_items=2)
    assert [True, False] == [two.assumed.item(), three.assumed.item()]


def test_at_full_response_only_the_members_inside_count():
    """With every member in, v is the within part alone, and df are those of the within variance."""
    members = [np.array([40.0, 60.0]), np.array([30.0, 70.0]), np.array([50.0, 58.0]), np.array([20.0, 22.0])]
    found = aggregate(members, total=4, n_items=4)
    within = (200 + 800 + 32 + 2) / 4
    np.testing.assert_allclose([within / 2 / 4, 4], [found.variance.item(), found.df.item()], rtol=EXACT)


def test_two_members_have_a_score_and_no_interval():
    """Under three answering members there is nothing but the score."""
    found = aggregate([np.array([40.0]), np.array([60.0])], total=5, n_items=4)
    assert found.score.item() == 50
    assert np.isnan([found.variance.item(), found.df.item(), found.low.item(), found.high.item()]).all()


def test_intervals_stay_on_the_scale():
    """Limits beyond 0 and 100 are cut there."""
    found = aggregate([np.array([100.0]), np.array([100.0]), np.array([90.0])], total=None, n_items=4)
    assert (found.high.item(), found.low.item() < 96) == (100, True)


def test_without_members_the_variance_is_that_of_respondents(build, flat, row_of):
    """[unit, respondent]: v = s2 / n with n - 1 df, however many a roster might name."""
    values = [1.0, 2.0, 4.0, 4.0, 5.0, 3.0]
    found = score(build([{"o1a": v} for v in values], instrument=flat), draws=0)
    row = row_of(found.scales, scale="O1")
    expected = [np.var(25 * np.array(values), ddof=1) / 6, 5, 6, 6]
    np.testing.assert_allclose([row["se"] ** 2, row["df"], row["members"], row["respondents"]], expected, rtol=EXACT)
    assert np.isnan(row["members_total"])


def answers(n, *, unit="a", **over):
    return [{"unit": unit, "member": f"m{i}", "role": "chain", "g2a": float(1 + i % 5), **over} for i in range(n)]


def roster(n, *, unit="a", **over):
    return [{"unit": unit, "member": f"m{i}", "roles": "chain", **over} for i in range(n)]


def test_without_a_roster_the_membership_is_unknown(build, row_of):
    """f is 0 and N is not a number."""
    row = row_of(score(build(answers(4)), draws=0).scales, scale="G2")
    assert np.isnan(row["members_total"])
    expected = max(np.var([0, 25, 50, 75], ddof=1), (81 + 17.5**2) / 4) / 4
    assert pytest.approx(expected, rel=EXACT) == row["se"] ** 2


def test_the_population_of_a_scale_is_whom_it_was_asked(build, row_of):
    """Six on the roster, of whom the lead is not asked about itself and research too little of V2."""
    members = [*roster(4), {"member": "m4", "roles": "lead"}, {"member": "m5", "roles": "research"}]
    found = score(build(answers(3), members=members), draws=0).scales
    assert [6, 5, 5] == [row_of(found, scale=s)["members_total"] for s in ("G", "L", "V2")]


@pytest.mark.parametrize(
    ("joined", "left", "belongs"),
    [
        (None, None, True),
        ("2026-03-31", None, True),  # joined on the closing day
        ("2026-04-01", None, False),
        (None, "2026-03-31", False),  # left on the closing day
        (None, "2026-04-01", True),
    ],
)
def test_a_member_belongs_if_joined_by_the_close_and_not_left(build, row_of, joined, left, belongs):
    """joined <= closed < left, and an empty date means always."""
    members = [*roster(3), {"member": "m9", "roles": "chain", "joined": joined, "left": left}]
    units = pd.DataFrame({"unit": ["a"], "wave": ["1"], "closed": pd.to_datetime(["2026-03-31"])})
    found = score(build(answers(3), members=members, units=units), draws=0)
    total = 4 if belongs else 3
    assert [total, total] == [found.waves["members_total"].item(), row_of(found.scales, scale="G2")["members_total"]]


@pytest.mark.parametrize(("dated", "total"), [(True, 3), (False, 4)])
def test_without_a_closing_date_the_last_answer_closes_the_wave(build, dated, total):
    """And where no answer has a date either, everybody on the roster belongs."""
    rows = answers(3, submitted_at=pd.Timestamp("2026-03-31T09:00")) if dated else answers(3)
    members = [*roster(3), {"member": "m9", "roles": "chain", "joined": "2026-04-02"}]
    assert total == score(build(rows, members=members), draws=0).waves["members_total"].item()


def test_whoever_answered_is_a_member(build, row_of):
    """Three of four members and one who had left answered: N is five, in the unit, its scales and its roles."""
    members = [*roster(5)]
    members[3]["left"] = "2026-01-01"
    units = pd.DataFrame({"unit": ["a"], "wave": ["1"], "closed": pd.to_datetime(["2026-03-31"])})
    found = score(build(answers(4), members=members, units=units), draws=0)
    totals = [found.waves["members_total"].item(), row_of(found.scales, scale="G2")["members_total"]]
    totals.append(row_of(found.roles, scale="G2", role="chain")["members_total"])
    assert totals == [5, 5, 5]


def test_a_role_has_its_own_population(build, row_of):
    """The fraction of a role is of the role's members."""
    members = [*roster(4), *({"member": f"u{i}", "roles": "user"} for i in range(6))]
    rows = [*answers(4), *({"member": f"u{i}", "role": "user", "g2a": 3.0} for i in range(3))]
    found = score(build(rows, members=members), draws=0).roles
    rows = [row_of(found, scale="G2", role=role) for role in ("chain", "user")]
    assert [(4, 4), (3, 6)] == [(row["members"], row["members_total"]) for row in rows]


def test_a_unit_is_the_mean_of_its_members_not_of_its_people(build, row_of):
    """A member with many respondents weighs no more than one with a single one."""
    rows = [*({"member": "big", "g2a": 5.0} for _ in range(5)), {"member": "small", "g2a": 1.0}]
    row = row_of(score(build(rows), draws=0).scales, scale="G2")
    assert (row["score"], row["members"], row["respondents"]) == (50, 2, 6)
