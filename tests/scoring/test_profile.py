"""What stands out inside a unit: strongest and weakest facets, gaps between roles."""

import numpy as np
import pytest

from scoring import score
from scoring.profile import extremes, gaps

DRAWS = 2000
# Six standard errors of a 2.5 % quantile of 2,000 draws from t(8) with a spread of 6 points (density there near .01).
MONTE_CARLO = 3.0


def facets(levels, spread=1.0):
    """Draws of facets around these levels."""
    return np.array(levels, dtype=float) + spread * np.random.default_rng(1).standard_normal((DRAWS, len(levels)))


def found(draws, **over):
    n = draws.shape[1]
    given = {"compared": np.ones(n, dtype=bool), "favourable_low": np.zeros(n, dtype=bool), "most": 3, **over}
    return {(e.kind, e.scale): e for e in extremes(draws, **given)}


def test_a_third_of_the_facets_at_each_end():
    """Of six facets two are named at each end, with the share of draws and how many are looked for."""
    named = found(facets([10, 20, 50, 60, 80, 90]))
    assert {("strongest", 5), ("strongest", 4), ("weakest", 0), ("weakest", 1)} == set(named)
    assert {(1.0, 2)} == {(e.p, e.k) for e in named.values()}


@pytest.mark.parametrize("most", [1, 3])
def test_never_more_than_asked_for(most):
    """Fifteen facets: as many at each end as are wanted."""
    assert 2 * most == len(found(facets(np.arange(15) * 6), most=most))


def test_what_cannot_be_told_apart_is_not_named():
    """Equal facets name nobody; one that leads in 80 % of the draws is named."""
    assert not found(facets([50, 50, 50, 50, 50, 50], spread=10))
    draws = np.tile([10.0, 20.0, 30.0], (100, 1))
    draws[:20, 2] = 5.0
    assert {("strongest", 2), ("weakest", 0)} == set(found(draws))
    draws[20, 2] = 5.0
    assert set() == set(found(draws))


def test_lower_is_better_where_the_instrument_says_so():
    """The lowest facet of such a construct is the strongest."""
    named = found(facets([10, 50, 90]), favourable_low=np.ones(3, dtype=bool))
    assert {("strongest", 0), ("weakest", 2)} == set(named)


def test_only_facets_that_can_be_compared():
    """Scales that are not to be compared or have no draws are left out; one alone is no end of anything."""
    draws = facets([10, 50, 90, 95])
    assert {("strongest", 2), ("weakest", 0)} == set(found(draws, compared=np.array([True, True, True, False])))
    draws[:, 1] = np.nan
    assert {("strongest", 3), ("weakest", 0)} == set(found(draws))
    draws[:, [0, 2]] = np.nan
    assert set() == set(found(draws))


def test_stages_outcomes_and_lone_facets_are_not_ranked(build, small):
    """Constructs are compared with each other, and of the facets only the three of goals."""
    answers = {"g1a": 5.0, "g1b": 1.0, "g3a": 1.0, "g3b": 1.0, "o1a": 5.0, **dict.fromkeys(("l1a", "l1b", "l1c"), 5.0)}
    stages = {item.id: 1.0 for item in small.items if item.facet in small.stage_ids}
    rows = [{"role": "chain", **dict.fromkeys(small.item_ids, 3.0), **stages, **answers} for _ in range(12)]
    named = score(build(rows), draws=200).extremes
    expected = {("strongest", "L"), ("weakest", "V"), ("strongest", "G1"), ("weakest", "G3")}
    assert expected == set(zip(named["kind"], named["scale"], strict=True))


def test_gaps_have_the_interval_of_a_difference_of_t():
    """Two roles of 8 df: a minus b, and the quantiles of the difference of two independent t."""
    centre, se, df = np.array([[70.0], [50.0]]), np.array([[4.0], [3.0]]), np.array([[8.0], [8.0]])
    (gap,) = gaps(np.random.default_rng(2), centre, se, df, np.array([0]), DRAWS)
    t = np.random.default_rng(3).standard_t(8, (2, 200_000))
    expected = np.quantile(20 + 4 * t[0] - 3 * t[1], [0.025, 0.975])
    assert (gap.role_a, gap.role_b, gap.gap) == (0, 1, 20)
    np.testing.assert_allclose([gap.low, gap.high], expected, rtol=0, atol=MONTE_CARLO)


def test_roles_without_an_interval_have_no_gap():
    """Of three roles the one without a standard error is compared with nobody."""
    centre, df = np.array([[70.0], [50.0], [60.0]]), np.full((3, 1), 8.0)
    pairs = gaps(np.random.default_rng(4), centre, np.array([[4.0], [np.nan], [3.0]]), df, np.array([0]), 50)
    assert [(0, 2)] == [(gap.role_a, gap.role_b) for gap in pairs]


@pytest.mark.parametrize("n", [2, 3])
def test_gaps_are_of_constructs_stages_and_outcomes(build, small, n):
    """Roles of three members have gaps on constructs, stages and outcomes, not on facets; of two, none."""
    rows = [
        {"member": f"{role}{i}", "role": role, **dict.fromkeys(small.item_ids, 2.0 + i)}
        for role in ("chain", "user")
        for i in range(n)
    ]
    found_ = score(build(rows), draws=50).gaps
    assert ({"G", "L", "O", "V", "V1", "V2", "V3", "V4"} if n == 3 else set()) == set(found_["scale"])
    assert {0.0} >= set(found_["gap"])
