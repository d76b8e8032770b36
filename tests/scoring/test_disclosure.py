"""What may be shown of a group without showing one of its members: the arithmetic, against brute force."""

from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from scoring.disclosure import (
    CAP_HIGH,
    CAP_LOW,
    LEAST_RANGE,
    Cells,
    Minimum,
    cap,
    choose_cells,
    insider_range,
    printed,
    sum_bounds,
)

SOLVER = 1e-6  # points; what the simplex leaves open
GRID = 0.01  # points between neighbouring means of the brute force


@pytest.mark.parametrize(("members", "respondents"), [(2, 5), (3, 2), (0, 0)])
def test_no_setting_goes_below_the_floor(members, respondents):
    """Three members and three respondents are the least."""
    with pytest.raises(ValueError, match="The lowest is 3 members and 3 respondents"):
        Minimum(members, respondents)


def test_the_minimum_is_three_members_and_five_respondents():
    """Each edge, with the settings as shipped and at the floor."""
    members, respondents = np.array([3, 3, 2, 5]), np.array([5, 4, 9, 5])
    assert [True, False, False, True] == Minimum().met(members, respondents).tolist()
    assert [True, True, False, True] == Minimum(3, 3).met(members, respondents).tolist()


@pytest.mark.parametrize(
    ("score", "shown", "side"),
    [
        (100, 90, "high"),
        (90.01, 90, "high"),
        (90, 90, ""),
        (89.4, 89, ""),
        (10, 10, ""),
        (9.9, 10, "low"),
        (0, 10, "low"),
    ],
)
def test_the_caps(score, shown, side):
    """Above 90 prints as "90 or more", below 10 as "10 or less", the caps themselves as they are."""
    value = np.array([float(score)])
    assert (printed(value)[0], str(cap(value)[0])) == (shown, side)


def test_what_a_printed_mean_says_of_the_sum():
    """The bounds are those of all means that print alike: not wider, not narrower."""
    mean = np.arange(0, 100 + GRID / 2, GRID).clip(0, 100)
    low, high = sum_bounds(mean, np.full(mean.shape, 3))
    shown, side = printed(mean), cap(mean)
    for label in set(zip(shown.tolist(), side.tolist(), strict=True)):
        alike = (shown == label[0]) & (side == label[1])
        bounds = [low[alike].min(), low[alike].max(), high[alike].min(), high[alike].max()]
        expected = 3 * np.array([mean[alike].min()] * 2 + [mean[alike].max()] * 2)
        np.testing.assert_allclose(bounds, expected, rtol=0, atol=3 * GRID + 1e-9, err_msg=str(label))


scores = st.floats(0, 100, width=32) | st.sampled_from([0.0, 100.0, 50.0])


def open_range(constraints, known, victim, n):
    """Greatest minus least value of a member's score, the sums within bounds and some scores known."""
    bounds = [(known[i], known[i]) if i in known else (0.0, 100.0) for i in range(n)]
    rows, limits = [], []
    for members, low, high in constraints:
        row = np.isin(np.arange(n), members).astype(float)
        rows += [row, -row]
        limits += [high + 1e-9, 1e-9 - low]
    objective = np.zeros(n)
    objective[victim] = 1
    ends = [linprog(sign * objective, rows, limits, bounds=bounds) for sign in (1, -1)]
    assert all(end.status == 0 for end in ends)
    return -ends[1].fun - ends[0].fun


@settings(max_examples=25, deadline=None)
@given(st.lists(scores, min_size=2, max_size=5), st.floats(0, 20), st.floats(0, 20))
def test_the_insiders_bound_is_that_of_linear_programming(members, below, above):
    """The closed form is the least that any member leaves open of any other, by solving for it."""
    x, n = np.array(members, dtype=float), len(members)
    low, high = max(x.sum() - below, 0), min(x.sum() + above, 100 * n)
    brute = min(open_range([(range(n), low, high)], {i: x[i]}, (i + 1) % n, n) for i in range(n))
    closed = insider_range(np.array(low), np.array(high), np.array(n), x.min(), x.max())
    assert pytest.approx(brute, abs=SOLVER) == float(closed)


def test_cells_of_one_and_of_none():
    """A cell of one leaves an outsider the width of the sum; an empty cell says nothing."""
    score = np.array([50, 0])
    found = insider_range(np.array([49.5, 0]), np.array([50.5, 0]), np.array([1, 0]), score, score)
    assert found.tolist() == [1, 100]


@dataclass(frozen=True)
class Group:
    """A role's member scores, each with so many respondents."""

    scores: tuple[float, ...]
    respondents: int = 2
    consent: bool = False


def cells_of(groups):
    return Cells(
        score=np.array([np.mean(g.scores) for g in groups]),
        members=np.array([len(g.scores) for g in groups]),
        respondents=np.array([len(g.scores) * g.respondents for g in groups]),
        least=np.array([min(g.scores) for g in groups]),
        greatest=np.array([max(g.scores) for g in groups]),
        consent=np.array([g.consent for g in groups]),
    )


def choose(groups, minimum=None):
    unit = float(np.mean([score for g in groups for score in g.scores]))
    return choose_cells(unit, cells_of(groups), minimum or Minimum()).tolist()


MIDDLE = (30.0, 50.0, 70.0)


def test_two_large_roles_are_both_printed():
    """Each is the other's complement, and both meet the minimum."""
    assert ["", ""] == choose([Group(MIDDLE), Group(MIDDLE)])


@pytest.mark.parametrize("alone", [(50.0,), (40.0, 60.0)])
def test_a_role_whose_complement_is_one_or_two_is_withheld(alone):
    """The unit minus the role would be one or two members."""
    assert ["complement", "too_few"] == choose([Group(MIDDLE * 2), Group(alone)])


def test_two_roles_that_leave_one_member_are_not_both_printed():
    """Alone each has a large complement; together they leave one member."""
    found = choose([Group(MIDDLE), Group(MIDDLE + MIDDLE), Group((50.0,))])
    assert ["complement", "", "too_few"] == found


def test_three_members_with_four_respondents_are_too_few():
    """Both minima bind; a lower setting opens the cell."""
    groups = [Group(MIDDLE, respondents=1), Group(MIDDLE * 2)]
    assert (["too_few", "complement"], ["", ""]) == (choose(groups), choose(groups, Minimum(3, 3)))


def test_a_lone_lead_is_shown_with_its_consent_only():
    """Then the others must be enough by themselves; they are not shown, being all but one."""
    for consent, expected in ((False, ["too_few", "complement"]), (True, ["", "complement"])):
        assert expected == choose([Group((80.0,), consent=consent), Group(MIDDLE)])
    assert ["complement", "too_few"] == choose([Group((80.0,), consent=True), Group((40.0, 60.0))])


def test_a_member_apart_from_the_others_needs_the_bound():
    """A mean of 90 tells the one at 70 that both others are above 98."""
    assert ["insider", "", ""] == choose([Group((70.0, 100.0, 99.0)), Group(MIDDLE), Group(MIDDLE)])


def test_somebody_elsewhere_may_know_enough():
    """A lone member at 0 knows that "10 or less" is 0; with its cell printed, three at 100 would be open to it."""
    lone = [Group((0.0,), consent=True), Group((62.0,), consent=True)]
    found = choose([*lone, Group((100.0, 100.0, 100.0))])
    assert found != ["", "", "complement"]


@pytest.mark.parametrize("value", [0.0, 100.0])
def test_cells_at_the_ends_print_their_cap(value):
    """Everybody at an end prints as "90 or more" or "10 or less", which is exempt."""
    assert ["", ""] == choose([Group((value,) * 3), Group((value,) * 4)])


def test_an_empty_cell_disturbs_nobody():
    """A role without members on the scale is too few, and the others stay."""
    cells = cells_of([Group(MIDDLE), Group(MIDDLE)])
    padded = Cells(**{field.name: np.append(getattr(cells, field.name), 0) for field in fields(cells)})
    assert ["", "", "too_few"] == choose_cells(50.0, padded, Minimum()).tolist()


groups = st.builds(
    Group,
    st.integers(0, 3).flatmap(lambda n: st.lists(scores, min_size=(3, 4, 3, 1)[n], max_size=4)).map(tuple),
    respondents=st.integers(2, 3),
    consent=st.sampled_from([False, False, False, True]),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(groups, min_size=2, max_size=3))
def test_whatever_is_printed_leaves_every_member_room(given_groups):
    """No member can tell another to less than ten points from the unit's and the roles' printed scores together."""
    reason = np.array(choose(given_groups))
    values = np.array([score for g in given_groups for score in g.scores])
    group_of = np.repeat(np.arange(len(given_groups)), [len(g.scores) for g in given_groups])
    n = len(values)
    shown = [c for c in range(len(given_groups)) if reason[c] == ""]
    constraints = [(range(n), *(float(b) for b in sum_bounds(values.mean(), np.array(n))))]
    for c in shown:
        inside = np.flatnonzero(group_of == c)
        constraints.append((inside, *(float(b) for b in sum_bounds(values[inside].mean(), np.array(len(inside))))))
    exempt = {c for c in shown if given_groups[c].consent or cap(np.mean(given_groups[c].scores)) != ""}
    if not shown:
        return  # the unit's own score is decided by `mask`
    for part in [{c} for c in shown if c not in exempt] + [set(range(len(given_groups))) - set(shown)]:
        inside = np.flatnonzero(np.isin(group_of, list(part)))
        for insider in range(n):
            for victim in inside[inside != insider][:1]:  # the others of the part are as open
                assert open_range(constraints, {insider: values[insider]}, victim, n) >= LEAST_RANGE - SOLVER


@settings(max_examples=100, deadline=None)
@given(st.lists(groups, min_size=1, max_size=4))
def test_every_printed_role_meets_the_minima(given_groups):
    """The cell, its complement, and the members outside all printed cells each are none, enough, or have agreed."""
    minimum = Minimum()
    reason = choose(given_groups)
    size = [(len(g.scores), len(g.scores) * g.respondents) for g in given_groups]
    hidden = [s for s, why in zip(size, reason, strict=True) if why]
    parts = [hidden] if len(hidden) < len(size) else []
    for c, why in enumerate(reason):
        if not why:
            assert given_groups[c].consent or minimum.met(np.array(size[c][0]), np.array(size[c][1]))
            parts.append(size[:c] + size[c + 1 :])
    for part in parts:
        members, respondents = (sum(one[i] for one in part) for i in (0, 1))
        assert not members or minimum.met(np.array(members), np.array(respondents))


def test_the_caps_are_where_the_rules_put_them():
    """10 and 90, and ten points left open."""
    assert (10, 90, 10) == (CAP_LOW, CAP_HIGH, LEAST_RANGE)
