"""Models of two levels: what algebra, symmetry and closed forms say of them."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from scoring.sem import ModelError, TwoLevelFit, compare, fit
from scoring.sem.syntax import parse
from scoring.sem.two_level.data import Blocks
from scoring.sem.two_level.likelihood import discrepancy, gradient, hessian, information, state
from scoring.sem.two_level.scores import cluster_scores
from scoring.sem.two_level.table import two_level_table
from tests.scoring.sem.two_level_data import EXACT, SAME, demo, uneven

STEP = 1e-5
NUMERIC = 1e-7  # of central differences with that step, relative to values of order one
QUOTED = 5e-5  # where lavaan's search ends
GIVEN = 1e-3  # of effects: the covariates' own moments beside those estimated with all variables

FACTORS = """
    level: within
        fw =~ y1 + y2 + y3
        gw =~ y4 + y5 + y6
    level: between
        fb =~ y1 + y2 + y3
        gb =~ y4 + y5 + y6
"""
# Effects between latent and observed variables at both levels, variables of one level alone, covariates, means, a label
# at both levels: every kind of pair of entries that the algebra tells apart.
EVERYTHING = """
    level: 1
        fw =~ y1 + a*y2 + y3
        y4 ~ fw + x1
        fw ~ x1 + x2
        y5 ~ y4
        y5 ~~ y1
    level: 2
        fb =~ y1 + a*y2 + y3
        w1 ~ fb
        fb ~ w2
        y5 ~ fb + w2
        w1 ~~ y5
"""


@cache
def fitted(model: str, **arguments: Any) -> TwoLevelFit:
    found = fit(model, uneven(), cluster="cluster", **arguments)
    assert isinstance(found, TwoLevelFit)
    return found


def numeric_slopes(value: Any, theta: np.ndarray) -> np.ndarray:
    moves = STEP * np.eye(len(theta))
    return np.array([(value(theta + move) - value(theta - move)) / (2 * STEP) for move in moves])


def nearby(found: TwoLevelFit, seed: int) -> np.ndarray:
    """Parameters away from the minimum, where nothing vanishes."""
    return found.theta + 0.05 * np.random.default_rng(seed).uniform(-1, 1, len(found.theta))


@pytest.mark.parametrize("fixed_x", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_derivatives_equal_numeric_ones(seed: int, fixed_x: bool) -> None:
    """Gradient and Hessian of every kind of parameter are the central differences of what they derive."""
    found = fitted(EVERYTHING, fixed_x=fixed_x)
    theta, problem = nearby(found, seed), found.task.problem
    slopes = numeric_slopes(lambda t: discrepancy(t, problem), theta)
    assert slopes == pytest.approx(gradient(theta, problem), rel=NUMERIC, abs=NUMERIC)
    curvature = numeric_slopes(lambda t: gradient(t, problem), theta)
    assert curvature == pytest.approx(hessian(theta, problem), rel=NUMERIC, abs=NUMERIC)


def test_information_is_the_hessian_where_the_model_is_exact() -> None:
    """Where every block's moments are those the model implies, half the Hessian is the expected information."""
    found = fitted(EVERYTHING)
    theta, problem = nearby(found, 3), found.task.problem
    blocks, now = problem.blocks, state(theta, problem)
    held = np.diagonal(now.inverse, axis1=1, axis2=2) > 0
    sigma = np.linalg.inv(now.inverse + np.eye(len(held[0])) * ~held[:, :, None]) * held[:, :, None] * held[:, None, :]
    mean = np.where(blocks.located[:, None], blocks.mean, 0.0) - np.einsum("bij,bj->bi", sigma, now.pull)
    exact = Blocks(blocks.count, blocks.within, blocks.between, blocks.size, mean, sigma, blocks.n_within)
    problem = problem._replace(blocks=exact)
    assert np.zeros(len(theta)) == pytest.approx(gradient(theta, problem), abs=EXACT)
    assert 2 * information(theta, problem) == pytest.approx(hessian(theta, problem), rel=EXACT, abs=EXACT)


def stacked(found: TwoLevelFit, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of a cluster's values: the rows' variables row by row, then its own."""
    within, between = found.implied()
    rows, own = list(within["mean"].index), [v for v in between["mean"].index if v not in within["mean"].index]
    spread = between["cov"].reindex(index=rows + own, columns=rows + own).fillna(0.0).to_numpy()
    mean = between["mean"].reindex(rows + own).fillna(0.0).to_numpy().copy()
    mean[: len(rows)] += within["mean"].to_numpy()
    p = len(rows)
    lift = np.zeros((n * p + len(own), p + len(own)))
    lift[: n * p, :p], lift[n * p :, p:] = np.tile(np.eye(p), (n, 1)), np.eye(len(own))
    cov = lift @ spread @ lift.T
    cov[: n * p, : n * p] += np.kron(np.eye(n), within["cov"].to_numpy())
    return lift @ mean, cov


def values_of(found: TwoLevelFit, rows: pd.DataFrame) -> np.ndarray:
    within, between = (table.observed for table in found.task.table.levels)
    own = [name for name in between if name not in within]
    return np.append(rows[list(within)].to_numpy().ravel(), rows[own].iloc[0].to_numpy())


def test_log_likelihood_is_the_density_of_every_cluster() -> None:
    """The log-likelihood is the sum over clusters of the normal density of all their values stacked."""
    found = fitted(EVERYTHING, fixed_x=False)
    total = 0.0
    for _, rows in uneven().groupby("cluster"):
        mean, cov = stacked(found, len(rows))
        total += multivariate_normal(mean, cov).logpdf(values_of(found, rows))
    assert total == pytest.approx(found.measures["logl"], rel=EXACT)


def test_given_covariates_leave_estimates_and_chi_square_alone() -> None:
    """Covariates of one level alone may be given or modelled: everything but their own likelihood is the same."""
    given, modelled = fitted(EVERYTHING), fitted(EVERYTHING, fixed_x=False)
    for name in ("chisq", "df", "cfi", "rmsea", "srmr_within"):
        assert modelled.measures[name] == pytest.approx(given.measures[name], abs=SAME), name
    # Within three moments and two means, between one of each.
    assert 7 == modelled.measures["npar"] - given.measures["npar"]
    keys = ["level", "lhs", "op", "rhs"]
    both = given.estimates.merge(modelled.estimates, on=keys, suffixes=("", "_modelled"))
    both = both[both["free"] > 0]
    assert both["est_modelled"].to_numpy() == pytest.approx(both["est"].to_numpy(), abs=SAME)


def test_cluster_scores_are_derivatives_of_each_density() -> None:
    """A cluster's score is the slope of its own density; over all clusters they sum to the gradient."""
    found = fitted(EVERYTHING, fixed_x=False)
    theta, task = nearby(found, 4), found.task
    scores = cluster_scores(theta, task.problem, task.sample)
    half = -task.sample.blocks.total / 2
    assert half * gradient(theta, task.problem) == pytest.approx(scores.sum(axis=0), rel=1e-9, abs=1e-9)
    one = np.flatnonzero(task.sample.size == 4)[0]
    rows = uneven()[uneven()["cluster"] == uneven()["cluster"].unique()[one]]

    def density(t: np.ndarray) -> float:
        mean, cov = stacked(TwoLevelFit(**{**fields(found), "theta": t}), 4)
        return float(multivariate_normal(mean, cov).logpdf(values_of(found, rows)))

    assert numeric_slopes(density, theta) == pytest.approx(scores[one], rel=1e-6, abs=1e-6)


def fields(found: TwoLevelFit) -> dict[str, Any]:
    return {name: getattr(found, name) for name in TwoLevelFit.__slots__}


def test_factor_scores_are_expectations_given_the_cluster() -> None:
    """Scores of both levels and their errors are those of the normal distribution of all of a cluster's values."""
    found = fitted(FACTORS)
    scores = found.factor_scores(uneven())
    rows = uneven()[uneven()["cluster"] == 5]
    n = len(rows)
    mean, cov = stacked(found, n)
    away = np.linalg.solve(cov, values_of(found, rows) - mean)
    est = found.estimates.set_index(["level", "lhs", "op", "rhs"])["est"]
    for level, factor in ((1, "fw"), (2, "gb")):
        latents = ("fw", "gw") if level == 1 else ("fb", "gb")
        with_items = np.zeros(6)
        for latent in latents:
            pair = tuple(sorted((factor, latent)))
            covariance = est[level, factor, "~~", factor] if latent == factor else est[(level, pair[0], "~~", pair[1])]
            with_items += covariance * np.array([est.get((level, latent, "=~", f"y{k}"), 0.0) for k in range(1, 7)])
        for i in (0, n - 1):
            reach = np.kron(np.eye(n)[i] if level == 1 else np.ones(n), with_items)
            row = scores.loc[rows.index[i]]
            assert reach @ away == pytest.approx(row[factor], abs=EXACT)
            left = est[level, factor, "~~", factor] - reach @ np.linalg.solve(cov, reach)
            assert np.sqrt(left) == pytest.approx(row[f"{factor}_se"], abs=EXACT)


def test_rows_without_a_value_are_left_out_and_have_no_score() -> None:
    """A row with a missing value is dropped, counted and not scored."""
    data = uneven().copy()
    data.iloc[[0, 7], 0] = np.nan
    found = fit(FACTORS, data, cluster="cluster")
    assert len(data) - 2 == found.measures["ntotal"]
    assert ("Rows left out: 2. They have no value of some variable or of the cluster.",) == found.notes
    scores = found.factor_scores(data)
    assert [0, 7] == np.flatnonzero(scores["fb"].isna()).tolist()
    assert data.index.equals(scores.index)


def test_variable_of_rows_alone_that_differs_between_clusters_is_noted() -> None:
    """A variable within only is named where its clusters differ, by the analysis of variance; x1 and x2 do not."""
    found = fitted(EVERYTHING)
    y4 = uneven().groupby("cluster")["y4"]
    size, total, clusters = y4.size(), len(uneven()), y4.ngroups
    between = (size * (y4.mean() - uneven()["y4"].mean()) ** 2).sum() / (clusters - 1)
    within = ((uneven()["y4"] - y4.transform("mean")) ** 2).sum() / (total - clusters)
    typical = (total - (size**2).sum() / total) / (clusters - 1)
    share = (between - within) / (between + (typical - 1) * within)
    assert (
        f"y4 stands at the within level alone, and {share:.0%} of its variance lies between clusters: the model gives "
        "it none there.",
    ) == found.notes


def test_order_of_rows_and_names_of_clusters_do_not_matter() -> None:
    """Rows in any order and clusters by any name give the same fit."""
    first = fitted(FACTORS)
    shuffled = uneven().sample(frac=1, random_state=1)
    second = fit(FACTORS, shuffled.assign(cluster="k" + shuffled["cluster"].astype(str)), cluster="cluster")
    assert first.theta == pytest.approx(second.theta, abs=SAME)
    assert first.measures["chisq"] == pytest.approx(second.measures["chisq"], rel=EXACT)


def test_order_of_items_and_levels_does_not_matter() -> None:
    """Items and levels in another order imply the same moments."""
    second = fit(
        """
        level: 2
            gb =~ y4 + y6 + y5
            fb =~ y1 + y3 + y2
        level: 1
            fw =~ y1 + y2 + y3
            gw =~ y4 + y5 + y6
        """,
        uneven(),
        cluster="cluster",
    )
    for ours, other in zip(fitted(FACTORS).implied(), second.implied(), strict=True):
        names = ours["cov"].index
        assert ours["cov"].to_numpy() == pytest.approx(other["cov"].loc[names, names].to_numpy(), abs=SAME)
    assert fitted(FACTORS).measures["chisq"] == pytest.approx(second.measures["chisq"], rel=SAME)


def test_scale_of_latent_variables_does_not_matter() -> None:
    """Variances of 1 instead of first loadings of 1 give the same test and the same standardised solution."""
    marker, unit = fitted(FACTORS), fitted(FACTORS, std_lv=True)
    assert marker.measures["chisq"] == pytest.approx(unit.measures["chisq"], rel=EXACT)
    loadings = marker.estimates["op"] == "=~"
    assert marker.estimates["std_all"][loadings].to_numpy() == pytest.approx(
        unit.estimates["std_all"][loadings].to_numpy(), abs=SAME
    )
    assert marker.estimates["std_se"][loadings].to_numpy() == pytest.approx(
        unit.estimates["std_se"][loadings].to_numpy(), rel=SAME
    )


def test_saturated_model_leaves_nothing() -> None:
    """A model with every moment free has chi-square, degrees of freedom and residuals of zero."""
    free = "y1 ~~ y2 + y3\ny2 ~~ y3\n"
    found = fit(f"level: 1\n{free}level: 2\n{free}", uneven(), cluster="cluster")
    assert 0 == found.measures["df"]
    assert 0.0 == pytest.approx(found.measures["chisq"], abs=1e-9)
    assert found.measures["unrestricted.logl"] == pytest.approx(found.measures["logl"], abs=1e-9)
    assert (found.residuals()["raw"].abs() < SAME).all()
    assert (1.0, 0.0) == (found.measures["cfi"], found.measures["rmsea"])


def test_balanced_data_have_muthens_closed_form() -> None:
    """With clusters of one size S_W = S_PW and S_B = (S_B* - S_PW) / n, from Muthen's (1990) two matrices."""
    data = demo()[demo().groupby("cluster").cumcount() < 5]
    names = ["y1", "y2", "y3"]
    free = "y1 ~~ y2 + y3\ny2 ~~ y3\n"
    found = fit(f"level: 1\n{free}level: 2\n{free}", data, cluster="cluster")
    values, means = data[names].to_numpy(), data.groupby("cluster")[names].transform("mean").to_numpy()
    clusters = data["cluster"].nunique()
    pooled = (values - means).T @ (values - means) / (len(data) - clusters)
    away = means - means.mean(axis=0)
    within, between = found.implied()
    assert [5] == np.unique(found.task.sample.size).tolist()
    assert pooled == pytest.approx(within["cov"].to_numpy(), rel=SAME)
    assert (away.T @ away / clusters - pooled) / 5 == pytest.approx(between["cov"].to_numpy(), rel=SAME)
    variance = np.diag(between["cov"]) / (np.diag(between["cov"]) + np.diag(within["cov"]))
    assert variance == pytest.approx(found.icc().to_numpy(), rel=SAME)


def test_no_variance_between_clusters_is_one_level() -> None:
    """With variances of zero between clusters the model is that of one level, its likelihood included."""
    nothing = "\n".join(f"y{k} ~~ 0*y{k}" for k in range(1, 5))
    two = fit(f"level: 1\nf =~ y1 + y2 + y3 + y4\nlevel: 2\n{nothing}", uneven(), cluster="cluster")
    one = fit("f =~ y1 + y2 + y3 + y4", uneven(), meanstructure=True, information="observed")
    assert one.measures["logl"] == pytest.approx(two.measures["logl"], rel=EXACT)
    assert (one.measures["npar"], 12) == (two.measures["npar"], two.measures["df"])
    rows = two.estimates.query("level == 1 and op == '=~'")
    loadings = one.estimates.query("op == '=~'")
    assert loadings["est"].to_numpy() == pytest.approx(rows["est"].to_numpy(), abs=SAME)
    assert loadings["se"].to_numpy() == pytest.approx(rows["se"].to_numpy(), rel=SAME)


def test_loadings_equal_across_levels() -> None:
    """A label at both levels is one parameter; the test of it has as many degrees of freedom as labels."""
    labels = FACTORS.replace("y2 + y3", "a*y2 + b*y3").replace("y5 + y6", "c*y5 + d*y6")
    equal, free = fitted(labels), fitted(FACTORS)
    assert 4 == equal.measures["df"] - free.measures["df"] == free.measures["npar"] - equal.measures["npar"]
    by_label = equal.estimates[equal.estimates["label"] != ""].groupby("label")["est"].nunique()
    assert [1, 1, 1, 1] == by_label.tolist()
    found = compare(free, equal)
    assert 4 == found.df
    assert equal.measures["chisq"] - free.measures["chisq"] == pytest.approx(found.chisq, abs=1e-9)
    pair = FACTORS.replace("fw =~ y1 + y2", "fw =~ y1 + u*y2").replace("fb =~ y1 + y2", "fb =~ y1 + v*y2")
    written = fitted(f"{pair}\nu == v")
    called = fitted(FACTORS.replace("fb =~ y1 + y2", 'fb =~ y1 + equal("fw=~y2")*y2'))
    labelled = fitted(FACTORS.replace("=~ y1 + y2", "=~ y1 + a*y2"))
    for other in (written, called):
        assert labelled.measures["df"] == other.measures["df"]
        assert labelled.measures["chisq"] == pytest.approx(other.measures["chisq"], abs=SAME)


def test_scaled_comparison_is_of_the_likelihoods_factors() -> None:
    """With MLR the difference is divided by (q1 c1 - q0 c0) / df, which is what the scaled tests' factors give too."""
    labels = FACTORS.replace("y2 + y3", "a*y2 + b*y3")
    small, large = fitted(labels, estimator="MLR"), fitted(FACTORS, estimator="MLR")
    found = compare(small, large)
    c = [one.measures["chisq.scaling.factor"] * one.measures["df"] for one in (small, large)]
    assert (c[0] - c[1]) / found.df == pytest.approx(found.scaling, rel=SAME)
    assert (small.measures["chisq"] - large.measures["chisq"]) / found.scaling == pytest.approx(found.chisq, rel=SAME)


@pytest.mark.parametrize(("level", "pair"), [(1, ("y3", "y6")), (2, ("y1", "y6"))])
def test_modification_index_is_the_score_test_of_the_larger_model(level: int, pair: tuple[str, str]) -> None:
    """The index of a left-out covariance is the score test, in the model that has it, of its being zero."""
    found = fitted(FACTORS)
    line, marker = f"        {pair[0]} ~~ {pair[1]}\n", "    level: between"
    larger = fitted(FACTORS.replace(marker, line + marker) if level == 1 else FACTORS + line)
    keys = ["level", "lhs", "op", "rhs"]
    both = (
        larger.estimates[larger.estimates["free"] > 0].merge(found.estimates, on=keys, how="left").fillna({"est_y": 0})
    )
    theta = both.sort_values("free_x")["est_y"].to_numpy()
    problem = larger.task.problem
    slope = gradient(theta, problem) * problem.blocks.total / 2
    step = np.linalg.solve(information(theta, problem) * problem.blocks.total, slope)
    indices = found.modification_indices()
    row = indices.query("level == @level and op == '~~' and lhs == @pair[0] and rhs == @pair[1]").iloc[0]
    assert slope @ step == pytest.approx(row["mi"], rel=SAME)
    added = int(larger.estimates.query("level == @level and lhs == @pair[0] and rhs == @pair[1]")["free"].iloc[0]) - 1
    assert -step[added] == pytest.approx(row["epc"], rel=SAME)
    assert indices["mi"].is_monotonic_decreasing
    assert indices.query("op == '=~' and lhs == 'fw' and rhs in ['y1', 'y2', 'y3']").empty


def test_fits_that_cannot_be_compared() -> None:
    """Fits of other rows, or of the same freedom, are no nested pair."""
    other = fit(FACTORS, demo(), cluster="cluster")
    with pytest.raises(ModelError, match="not comparable"):
        compare(fitted(FACTORS), other)
    with pytest.raises(ModelError, match="same degrees of freedom"):
        compare(fitted(FACTORS), fitted(FACTORS, std_lv=True))
    with pytest.raises(ModelError, match="with levels and one by maximum likelihood"):
        compare(fitted(FACTORS), fit("f =~ y1 + y2 + y3", demo(), cluster="cluster"))


def test_explained_variance_is_of_the_level() -> None:
    """R2 of an indicator is its squared loading in standard deviations of its own level."""
    found = fitted(FACTORS)
    shares = found.r_squared().set_index(["level", "variable"])["r2"]
    loadings = found.estimates[found.estimates["op"] == "=~"].set_index(["level", "rhs"])["std_all"]
    assert len(loadings) == len(shares) == 12
    assert np.abs(loadings**2 - shares.loc[loadings.index]).max() < EXACT


def test_p_values_are_from_t_with_clusters_less_one() -> None:
    """The reference is t with J - 1 degrees of freedom, for both estimators."""
    for arguments in ({}, {"estimator": "MLR"}):
        found = fitted(FACTORS, **arguments)
        row = found.estimates.query("op == '=~' and se > 0").iloc[0]
        assert 199.0 == found.task.reference_df == found.measures["nclusters"] - 1
        assert row["ci_high"] - row["est"] == pytest.approx(1.971957 * row["se"], rel=1e-6)


def test_covariates_of_both_levels_are_given_at_both_or_at_none() -> None:
    """A covariate within that is an outcome between is modelled at both levels."""
    outcome = two_level_table(parse("level: 1\ny1 ~ x1 + x2\nlevel: 2\ny1 ~ w1\nx1 ~ w1"), std_lv=False, fixed_x=True)
    assert ((), ("w1",)) == tuple(table.covariates for table in outcome.levels)
    given = two_level_table(parse("level: 1\ny1 ~ x1 + x2\nlevel: 2\ny1 ~ w1 + x1"), std_lv=False, fixed_x=True)
    assert (("x1", "x2"), ("w1", "x1")) == tuple(table.covariates for table in given.levels)


def test_effects_of_a_covariate_of_both_levels() -> None:
    """A covariate may stand at both levels; modelled there, its effects are lavaan 0.6-14's for the same data. Given,
    they are near them: its moments are then those of its own unrestricted model.
    """
    data = uneven()
    mean = data.groupby("cluster")["y5"].transform("mean")
    data = data.assign(x1=data["x1"] + 0.5 * data["w1"] + 0.3 * mean)
    model = "level: 1\nfw =~ y1 + y2 + y3\nfw ~ x1\nlevel: 2\nfb =~ y1 + y2 + y3\nfb ~ x1 + w2"
    modelled = fit(model, data, cluster="cluster", fixed_x=False)
    effects = modelled.estimates.query("op == '~'")
    assert [0.529243907, 0.465468066, 0.146542104] == pytest.approx(effects["est"].tolist(), abs=QUOTED)
    assert [0.039552719, 0.161473000, 0.083541241] == pytest.approx(effects["se"].tolist(), abs=QUOTED)
    given = fit(model, data, cluster="cluster")
    assert effects["est"].tolist() == pytest.approx(given.estimates.query("op == '~'")["est"].tolist(), abs=GIVEN)
    assert (6, 6) == (given.measures["df"], modelled.measures["df"])
    # Of x1 a variance within and, of x1 and w2, three moments and two means between.
    assert given.measures["npar"] + 6 == modelled.measures["npar"]


def test_standardised_residuals_vary_by_one_where_the_model_holds() -> None:
    """Over simulated samples of a true model the squares of the standardised residuals average one."""
    rng = np.random.default_rng(8)
    squares = []
    for _ in range(24):
        size = np.repeat(np.arange(100), 4 + np.arange(100) % 5)
        between = rng.normal(size=(100, 1)) * [0.7, 0.6, 0.7, 0.6] + 0.5 * rng.normal(size=(100, 4))
        rows = rng.normal(size=(len(size), 1)) * [1, 0.8, 0.9, 0.7] + 0.8 * rng.normal(size=(len(size), 4))
        data = pd.DataFrame(rows + between[size], columns=["a", "b", "c", "d"]).assign(team=size)
        found = fit("level: 1\nf =~ a + b + c + d\nlevel: 2\ng =~ a + b + c + d", data, cluster="team")
        squares.append(found.residuals()["standardised"].to_numpy() ** 2)
    means = np.nanmean(np.array(squares), axis=1)
    assert 1.0 == pytest.approx(means.mean(), abs=3 * means.std(ddof=1) / np.sqrt(len(means)))
