"""Order, violations, accuracy of stages, and the whole part on panels."""

import numpy as np

from instrument.definition import WithinMemberSd
from scoring.aggregation import group_means, member_means
from scoring.validation.scale_scores import ScaleScores, UnitScores
from scoring.validation.stage_order.classification import (
    Spread,
    classify,
    error_covariance,
    naming,
    spread_of,
)
from scoring.validation.stage_order.ladder import Ladder
from scoring.validation.stage_order.order import page_test, pattern_table

THRESHOLDS = np.full(4, 60.0)
UNITS = 2000
SD = 10.0


def spread(true_sd: float = SD, correlation: float = 0.6) -> Spread:
    ones = np.ones((4, 4))
    shape = (1 - correlation) * np.eye(4) + correlation * ones
    return Spread(np.array([68.0, 63.0, 57.0, 52.0]), true_sd**2 * shape, 144 * shape, 60 * shape)


def test_patterns() -> None:
    """Patterns are counted, with the stage they give and the errors they hold; incomplete rows are left out."""
    passed = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1], [np.nan, 1, 1]])
    found = pattern_table(passed).set_index("pattern")
    assert found["n"].to_dict() == {"110": 2, "101": 1, "011": 1}
    assert found.loc[["110", "101", "011"], "stage"].tolist() == [2, 1, 0]
    assert found.loc[["110", "101", "011"], "errors"].tolist() == [0, 1, 2]
    assert found["share"].sum() == 1.0


def test_page_of_a_falling_order() -> None:
    """Rows that all fall give the largest L, n k (k + 1) (2 k + 1) / 6; the reverse gives a p near 1."""
    rng = np.random.default_rng(1)
    falling = np.sort(rng.standard_normal((12, 4)), axis=1)[:, ::-1]
    found = page_test(falling)
    assert [found["page_l"], found["page_n"]] == [12 * 4 * 5 * 9 / 6, 12.0]
    assert found["page_p"] < 1e-6
    assert page_test(falling[:, ::-1])["page_p"] > 1 - 1e-6
    assert np.isnan(page_test(falling[:1])["page_l"])


def test_exact_measurement_is_always_right() -> None:
    """Without error every unit is placed right and twice alike; with ever more error accuracy falls to chance."""
    exact = classify(np.random.default_rng(2), spread(), np.zeros((4, 4)), THRESHOLDS, UNITS)
    assert [exact.accuracy, exact.consistency, exact.over, exact.under, exact.kappa] == [1.0, 1.0, 0.0, 0.0, 1.0]
    accuracies = [
        classify(np.random.default_rng(3), spread(), sd**2 * np.eye(4), THRESHOLDS, UNITS).accuracy
        for sd in (2, 5, 10, 30)
    ]
    assert accuracies == sorted(accuracies, reverse=True)


def test_one_stage_has_a_closed_form() -> None:
    """With one stage accuracy is the chance that two correlated normals lie on one side of the threshold."""
    one = Spread(np.array([60.0]), np.array([[SD**2]]), np.eye(1), np.eye(1))
    found = classify(np.random.default_rng(4), one, np.array([[36.0]]), np.array([60.0]), UNITS)
    # At the mean, two normals of correlation r agree in sign with probability 1/2 + asin(r) / pi (Sheppard 1899).
    r, consistent = SD / np.sqrt(136), SD**2 / 136
    three_errors = 3 * 0.5 / np.sqrt(UNITS)
    assert abs(found.accuracy - (0.5 + np.arcsin(r) / np.pi)) < three_errors
    assert abs(found.consistency - (0.5 + np.arcsin(consistent) / np.pi)) < three_errors
    np.testing.assert_allclose(found.accuracy + found.over + found.under, 1.0, rtol=1e-12)


def test_named_stages_are_right_more_often() -> None:
    """More units of exact scores get a named stage, and named ones are right in .80."""
    small, large = (
        naming(np.random.default_rng(5), spread(14.0), sd**2 * np.eye(4), THRESHOLDS, 300, df=15) for sd in (2.0, 6.0)
    )
    assert small["named"] > large["named"]
    for found in (small, large):
        units = 300 * found["named"]
        assert found["accuracy_named"] > 0.80 - 3 * np.sqrt(0.16 / units)


def test_errors_of_a_full_response_come_from_inside_members() -> None:
    """Everybody asked: only respondents inside members are a sample; nobody known: only members are."""
    found = spread()
    np.testing.assert_allclose(error_covariance(found, 10, 1.0), found.inside / 10, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(error_covariance(found, 10, 0.0), found.members / 10, rtol=1e-9, atol=1e-9)


def normal_ladder(rng: np.random.Generator, units: int, members: int, people: int) -> Ladder:
    """Two stages: units vary with SD 8 and correlation .5, members with SD 10 alike, people with SD 6 apart."""
    shape = np.linalg.cholesky(np.array([[1.0, 0.5], [0.5, 1.0]])).T
    unit_of = np.repeat(np.arange(units), members)
    member = np.repeat(np.arange(units * members), people)
    of_units = 60 + 8 * rng.standard_normal((units, 2)) @ shape
    of_members = of_units[unit_of] + 10 * rng.standard_normal((units * members, 2)) @ shape
    score = of_members[member] + 6 * rng.standard_normal((len(member), 2))
    means = member_means(score, np.arange(0, len(member), people))
    groups = group_means(
        means,
        unit_of,
        units,
        asked=np.full((units, 2), np.nan),
        items=np.full((units, 2), 4.0),
        default=WithinMemberSd(person=1, item=1, source="test"),
    )
    respondents = ScaleScores(("a", "b"), score, np.full(score.shape, 4.0))
    return Ladder(("a", "b"), np.array([60.0, 60.0]), respondents, UnitScores(means, unit_of, groups), groups.score)


def test_spread_of_units_is_freed_of_error() -> None:
    """The covariance of units' true scores is recovered from scores that sampling errors spread by a third."""
    found = spread_of(normal_ladder(np.random.default_rng(6), 600, 4, 2))
    assert found is not None
    three_errors = 3 * np.sqrt(2 / 600) * (64 + 118 / 4)  # of a variance of 600 observed units
    assert np.abs(found.true - 64 * np.array([[1.0, 0.5], [0.5, 1.0]])).max() < three_errors
    of_members = 3 * np.sqrt(2 / 1800) * 118
    assert np.abs(found.members - np.array([[118.0, 50.0], [50.0, 118.0]])).max() < of_members
    inside = 3 * np.sqrt(2 / 2400) * 18
    assert np.abs(np.diag(found.inside) - 18.0).max() < inside
    assert spread_of(normal_ladder(np.random.default_rng(7), 9, 4, 2)) is None
