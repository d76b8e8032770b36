"""Draws: their margins, their correlation, and that they are the same wherever a unit is scored."""

import numpy as np
import pytest
from scipy.stats import t

from scoring import score
from scoring.aggregation import MemberMeans, member_means
from scoring.assessment import assess
from scoring.draws import draw_scores, nearest_correlation, rng_of_unit, score_correlation
from scoring.unit_draws import _correlation_of_unit

DRAWS = 40_000
# Standard errors of a quantile and a correlation from 40,000 draws are below .012 (at these probabilities) and .005.
MONTE_CARLO = 0.05
MONTE_CARLO_CORRELATION = 0.02
EXACT = 1e-12
ROSTER = (
    0.05  # correlations; with a roster part of the variance comes from inside members, where G and G1 correlate alike
)
PUBLISHED = 5e-5  # Higham prints four decimals


def correlation_of(score_, member_of, means, **over):
    k = score_.shape[1]
    given = {
        "asked": np.full((k, k), np.nan),
        "assumed": np.zeros(k, dtype=bool),
        "within_variance": np.full(k, 100.0),
    }
    return score_correlation(score_, member_of, means, **{**given, **over})


def of_members(scores_of_members):
    """Rows, their members and the member means from lists of rows by member."""
    rows = np.concatenate([np.atleast_2d(one) for one in scores_of_members]).astype(float)
    size = np.array([len(np.atleast_2d(one)) for one in scores_of_members])
    member_of = np.repeat(np.arange(len(size)), size)
    return rows, member_of, member_means(rows, np.cumsum(size) - size)


def test_margins_are_score_plus_se_times_t():
    """Every margin has the quantiles of its own t distribution, whatever the correlation."""
    correlation = np.array([[1, 0.7], [0.7, 1]])
    centre, se, df = np.array([50.0, 70.0]), np.array([2.0, 5.0]), np.array([3.0, 20.0])
    drawn = draw_scores(np.random.default_rng(1), centre, se, df, correlation, DRAWS)
    probabilities = [0.1, 0.25, 0.5, 0.75, 0.9]
    found = (np.quantile(drawn, probabilities, axis=0) - centre) / se
    expected = np.column_stack([t.ppf(probabilities, d) for d in df])
    np.testing.assert_allclose(found, expected, rtol=0, atol=MONTE_CARLO)


def test_the_correlation_of_the_draws_is_the_one_given():
    """With many df the draws are all but normal, and correlate as asked."""
    correlation = np.array([[1, 0.8, -0.3], [0.8, 1, 0.1], [-0.3, 0.1, 1]])
    same = np.full(3, 50.0)
    drawn = draw_scores(np.random.default_rng(2), same, same / 10, np.full(3, 1e6), correlation, DRAWS)
    np.testing.assert_allclose(np.corrcoef(drawn.T), correlation, rtol=0, atol=MONTE_CARLO_CORRELATION)


def test_scores_without_an_interval_are_not_drawn():
    """And they do not disturb the others."""
    centre, se = np.array([50.0, 60.0, np.nan]), np.array([3.0, np.nan, np.nan])
    drawn = draw_scores(np.random.default_rng(3), centre, se, np.array([5.0, np.nan, np.nan]), np.eye(3), 10)
    assert [False, True, True] == np.isnan(drawn).all(axis=0).tolist()


def test_the_nearest_correlation_matrix_is_the_published_one():
    """Higham (2002), section 4: the matrix with ones on three diagonals."""
    found = nearest_correlation(np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]))
    expected = [[1, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]]
    np.testing.assert_allclose(found, expected, rtol=0, atol=PUBLISHED)


def test_a_correlation_matrix_is_its_own_nearest():
    """Nothing is changed that need not be, a singular matrix included."""
    for matrix in (np.eye(3), np.ones((3, 3)), np.array([[1, 0.5], [0.5, 1]])):
        np.testing.assert_array_equal(nearest_correlation(matrix), matrix)


def test_close_matrices_give_close_draws():
    """A row order that moves the last bit of a correlation must not give other draws."""
    rng = np.random.default_rng(4)
    correlation = np.eye(6)  # all eigenvalues equal: any basis is one of eigenvectors
    nudge = rng.normal(0, 1e-15, (6, 6))
    given = np.full(6, 50.0), np.full(6, 4.0), np.full(6, 8.0)
    first, second = (
        draw_scores(np.random.default_rng(5), *given, matrix, 100)
        for matrix in (correlation, correlation + (nudge + nudge.T) / 2)
    )
    np.testing.assert_allclose(first, second, rtol=0, atol=1e-6)


def naive_covariance(scores_of_members, asked):
    """The rule's covariance matrix by loops; every member has every score, N = asked members throughout."""
    members = [np.atleast_2d(one).astype(float) for one in scores_of_members]
    n, f = len(members), len(members) / asked if asked else 0.0
    between = np.cov(np.array([one.mean(axis=0) for one in members]).T, ddof=1)
    residuals = np.concatenate([one - one.mean(axis=0) for one in members])
    df = sum(len(one) - 1 for one in members)
    within = residuals.T @ residuals / df
    return ((1 - f) * between + f * within * np.mean([1 / len(one) for one in members])) / n


@pytest.mark.parametrize("asked", [None, 6, 9])
def test_the_correlation_is_that_of_the_two_stage_covariance(asked):
    """Against a loop, for members of one to three respondents."""
    rng = np.random.default_rng(6)
    members = [rng.normal(50, 15, 3) + rng.normal(0, 10, (size, 3)) for size in (3, 1, 2, 2, 3, 2)]
    rows, member_of, means = of_members(members)
    covariance = naive_covariance(members, asked)
    sd = np.sqrt(np.diag(covariance))
    residuals = np.concatenate([one - one.mean(axis=0) for one in members])
    found = correlation_of(
        rows, member_of, means,
        asked=np.full((3, 3), np.nan if asked is None else float(asked)),
        within_variance=(residuals**2).sum(axis=0) / 7,
    )  # fmt: skip
    np.testing.assert_allclose(found, covariance / np.outer(sd, sd), rtol=0, atol=EXACT)


@pytest.mark.parametrize("asked", [np.nan, 8.0, 12.0])
def test_one_respondent_each_correlate_as_their_means(asked):
    """Without anything seen inside members the correlations are those of the member means."""
    rng = np.random.default_rng(7)
    answers = rng.multivariate_normal([50, 50], [[100, 60], [60, 100]], 8)
    rows, member_of, means = of_members(list(answers))
    found = correlation_of(rows, member_of, means, asked=np.full((2, 2), asked), assumed=np.full(2, asked == asked))
    between = np.cov(answers.T)
    f = 0.0 if np.isnan(asked) else 8 / asked
    alike = np.corrcoef(answers.T)[0, 1]
    covariance = (1 - f) * between[0, 1] + f * alike * 100
    expected = covariance / np.sqrt(np.prod((1 - f) * np.diag(between) + f * 100))
    assert pytest.approx(expected, abs=EXACT) == found[0, 1]


def test_pairs_that_members_do_not_share_are_uncorrelated():
    """Two scores that fewer than three members have together say nothing of each other."""
    rows = np.array([[10, 20, np.nan], [30, 50, np.nan], [50, 40, 10], [70, 90, 60], [np.nan, np.nan, 20]])
    found = correlation_of(rows, np.arange(5), member_means(rows, np.arange(5)))
    assert (0, 0) == (found[0, 2], found[1, 2])
    assert found[0, 1] > 0.5


def test_people_who_answered_different_scales_say_nothing_of_their_pair():
    """A member whose two people each answered one of two scales adds no degree of freedom to what goes on inside."""
    rng = np.random.default_rng(8)
    members = [rng.normal(50, 20, 2) + rng.normal(0, 10, (2, 2)) for _ in range(4)]
    apart = [np.array([[40, np.nan], [np.nan, 60]]), np.array([[70, np.nan], [np.nan, 30]])]
    rows, member_of, means = of_members([*members, *apart])
    residuals = np.concatenate([one - one.mean(axis=0) for one in members])
    within = residuals.T @ residuals / 4
    found = correlation_of(rows, member_of, means, asked=np.full((2, 2), 6.0), within_variance=np.diag(within))
    # All members answered: only the inside counts, over m = 2 in four members, and m = 1 in the two others.
    inside = (4 / 2 + 2) / 6
    expected = within[0, 1] * inside / np.sqrt(np.prod(np.diag(within) * inside))
    assert pytest.approx(expected, abs=EXACT) == found[0, 1]


def test_shared_members_shrink_the_correlation_of_others():
    """Scores with few members in common covary less: n_jk / (n_j n_k)."""
    x = np.array([10.0, 30, 50, 70, 90, 20, 60])
    rows = np.column_stack([x, x])
    rows[:2, 0] = np.nan
    rows[5:, 1] = np.nan
    means = member_means(rows, np.arange(7))
    found = correlation_of(rows, np.arange(7), means)[0, 1]
    expected = 3 / 25 * np.var(x[2:5], ddof=1) / np.sqrt(np.var(x[2:], ddof=1) / 5 * np.var(x[:5], ddof=1) / 5)
    assert pytest.approx(expected, abs=EXACT) == found


def test_equal_answers_give_no_correlation_and_no_warning():
    """No variance, no correlation; the diagonal stays 1."""
    rows = np.full((5, 3), 75.0)
    found = correlation_of(rows, np.arange(5), MemberMeans(rows, np.ones((5, 3)), np.zeros((5, 3))))
    np.testing.assert_array_equal(found, np.eye(3))


def test_a_panel_of_single_respondents_keeps_its_correlations(build, panel):
    """A construct and its facet move together in the draws, whether or not there is a roster."""
    rows, roster = panel(11, members=10, missing=0)
    single = list({row["member"]: row for row in rows}.values())
    for members in (roster, None):
        found = assess(build(single, members=members))
        g, g1 = found.scales.ids.index("G"), found.scales.ids.index("G1")
        expected = np.corrcoef(found.members.mean[:, g], found.members.mean[:, g1])[0, 1]
        assert pytest.approx(expected, abs=ROSTER) == _correlation_of_unit(found, 0)[g, g1]


def test_each_unit_and_wave_has_its_own_generator():
    """The seed, the wave and the unit's id decide; nothing else does."""
    first = [rng_of_unit(*who).random() for who in ((1, "1", "a"), (1, "1", "b"), (1, "2", "a"), (2, "1", "a"))]
    assert len(set(first)) == 4
    assert first[0] == rng_of_unit(1, "1", "a").random()


def test_another_seed_moves_the_probabilities_a_little(build, panel):
    """The seed is part of the result, and only a Monte Carlo error depends on it."""
    rows, roster = panel(12, members=9)
    one, two = (score(build(rows, members=roster), seed=seed, draws=2000).stages["p_at_least"] for seed in (1, 2))
    assert not one.equals(two)
    # Six standard errors of a difference of two shares of 2,000 draws.
    np.testing.assert_allclose(one, two, rtol=0, atol=6 * np.sqrt(2 * 0.25 / 2000))
