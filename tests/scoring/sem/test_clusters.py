"""Respondents nested in clusters: scores are summed within a cluster, over all groups."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from scoring.sem import Fit, Status, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
DATA = pd.read_csv(ORACLES / "lq2002.csv")
MODEL = "lead =~ LEAD01 + LEAD02 + LEAD03 + LEAD04"
SAME = 1e-8  # relative
SEARCH = 1e-6  # relative, of errors at the ends of two searches that went different ways


def error_of_difference(found: Fit) -> float:
    """Standard error of the difference between the groups' loadings of the second item."""
    return float(found.estimates.loc[found.estimates["lhs"] == "difference", "se"].item())


def test_few_clusters_are_said() -> None:
    """Up to three clusters for each degree of freedom the status calls the test weak and a note says what to read."""
    many = "lead =~ " + " + ".join(f"LEAD{number:02d}" for number in range(1, 12))
    few, enough = fit(many, DATA, cluster="COMPID"), fit(MODEL, DATA, cluster="COMPID")
    assert (Status.FEW_CLUSTERS, Status.PROPER) == (few.status, enough.status)
    assert few.status.usable
    assert "44 degrees of freedom and 49 clusters" in few.notes[0]
    assert () == enough.notes


def test_every_row_its_own_cluster() -> None:
    """Clusters of one respondent give the sandwich of independent cases, times J / (J - 1)."""
    alone = fit(MODEL, DATA.assign(row=np.arange(len(DATA))), cluster="row")
    independent = fit(MODEL, DATA, estimator="MLR", meanstructure=True)
    n = len(DATA)
    assert independent.vcov * n / (n - 1) == pytest.approx(alone.vcov, rel=SAME, abs=SAME * independent.vcov.max())


def test_copies_in_one_cluster_are_no_news() -> None:
    """Every respondent twice in the cluster leaves the cluster-robust errors as they were."""
    once = fit(MODEL, DATA, cluster="COMPID")
    twice = fit(MODEL, pd.concat([DATA, DATA]), cluster="COMPID")
    assert once.estimates["se"].to_numpy() == pytest.approx(twice.estimates["se"].to_numpy(), rel=SEARCH)


def test_groups_that_share_clusters_are_not_independent() -> None:
    """A group that repeats the other one adds nothing: the difference between them is zero and so is its error."""
    copies = pd.concat([DATA.assign(half="one"), DATA.assign(half="two")])
    model = "lead =~ LEAD01 + c(a, b)*LEAD02 + LEAD03 + LEAD04\ndifference := a - b"
    shared = fit(model, copies, group="half", cluster="COMPID")
    own_clusters = copies.assign(COMPID=copies["COMPID"].astype(str) + copies["half"])
    apart = fit(model, own_clusters, group="half", cluster="COMPID")
    one = fit(MODEL, DATA, cluster="COMPID")
    own = one.estimates.query("rhs == 'LEAD02' and op == '=~'")["se"].item()
    assert error_of_difference(shared) == pytest.approx(0.0, abs=SAME)
    # Independent groups would have the root of twice the variance, but for the factor J / (J - 1) of twice the J.
    j = DATA["COMPID"].nunique()
    expected = np.sqrt(2) * own * np.sqrt((2 * j / (2 * j - 1)) / (j / (j - 1)))
    assert expected == pytest.approx(error_of_difference(apart), rel=SEARCH)


def test_groups_that_share_clusters_keep_an_equality() -> None:
    """With the loadings equal, a repeated group does not shrink their error."""
    copies = pd.concat([DATA.assign(half="one"), DATA.assign(half="two")])
    equal = fit(MODEL, copies, group="half", equal=("loadings", "intercepts"), cluster="COMPID")
    one = fit(MODEL, DATA, cluster="COMPID")
    kept = equal.estimates.query("group == 'one' and op == '=~'")["se"].to_numpy()
    assert one.estimates.query("op == '=~'")["se"].to_numpy() == pytest.approx(kept, rel=SEARCH)


def test_reference_is_t() -> None:
    """With J clusters p and the interval are from t with J - 1 degrees of freedom."""
    found = fit(MODEL, DATA, cluster="COMPID")
    row = found.estimates.query("rhs == 'LEAD02' and op == '=~'").iloc[0]
    df = DATA["COMPID"].nunique() - 1
    assert 2 * t.sf(row["z"], df) == pytest.approx(row["p"], rel=SAME)
    assert row["est"] + t.ppf(0.975, df) * row["se"] == pytest.approx(row["ci_high"], rel=SAME)


def test_clusters_leave_estimates_alone() -> None:
    """Clusters change errors and scaled tests, never the estimates or the plain chi-square."""
    clustered, plain = fit(MODEL, DATA, cluster="COMPID"), fit(MODEL, DATA, estimator="MLR", meanstructure=True)
    assert plain.estimates["est"].to_numpy() == pytest.approx(clustered.estimates["est"].to_numpy(), rel=SAME)
    assert plain.measures["chisq"] == clustered.measures["chisq"]
    assert plain.measures["chisq.scaled"] != clustered.measures["chisq.scaled"]


def test_saturated_trace_is_one_for_all_groupings() -> None:
    """The scaled test of groups that are clusters of their own is that of independent cases, up to J / (J - 1)."""
    halves = DATA.assign(half=np.where(np.arange(len(DATA)) % 2, "one", "two"), row=np.arange(len(DATA)))
    alone = fit(MODEL, halves, group="half", cluster="row", equal=("loadings",))
    independent = fit(MODEL, halves, group="half", estimator="MLR", equal=("loadings",))
    n = len(DATA)
    for name in ("chisq.scaling.factor", "baseline.chisq.scaling.factor", "scaling.factor.h1"):
        assert independent.measures[name] * n / (n - 1) == pytest.approx(alone.measures[name], rel=SAME), name
