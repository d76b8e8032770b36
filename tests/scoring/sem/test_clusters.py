"""Respondents nested in clusters: scores are summed within a cluster, over all groups."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from scoring.sem import DataError, Fit, Status, fit
from scoring.sem.clusters import finite_sample_scale

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
DATA = pd.read_csv(ORACLES / "lq2002.csv")
MODEL = "lead =~ LEAD01 + LEAD02 + LEAD03 + LEAD04"
LEAD = ["LEAD01", "LEAD02", "LEAD03", "LEAD04"]
SAME = 1e-8  # relative
LAVAAN = 2e-5  # relative, of errors and scaled tests where lavaan's search stopped early
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
    assert np.sqrt(2) * own == pytest.approx(error_of_difference(apart), rel=SEARCH)


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
    n = len(DATA) / 2
    for name in ("chisq.scaling.factor", "baseline.chisq.scaling.factor", "scaling.factor.h1"):
        assert independent.measures[name] * n / (n - 1) == pytest.approx(alone.measures[name], rel=SAME), name


NESTED = DATA.assign(half=np.where(DATA["COMPID"] % 3 == 0, "one", "two"))


@pytest.mark.parametrize("kind", ["ML", "FIML", "WLSMV"])
def test_groups_of_clusters_of_their_own_are_two_fits(kind: str) -> None:
    """Groups that share neither parameters nor clusters have the errors of two fits, with as many clusters as each."""
    rows, how = NESTED.copy(), {}
    if kind == "FIML":
        rows.loc[::7, "LEAD02"] = np.nan
        how = {"missing": "fiml"}
    if kind == "WLSMV":
        rows[LEAD] = rows[LEAD].clip(2, 4)
        how = {"ordered": LEAD}
    both = fit(MODEL, rows, group="half", cluster="COMPID", **how)
    scaled = 0.0
    for half in both.groups:
        alone = fit(MODEL, rows[rows["half"] == half], cluster="COMPID", **how)
        own = both.estimates.query("group == @half")
        assert alone.estimates["est"].to_numpy() == pytest.approx(own["est"].to_numpy(), rel=SEARCH, abs=SEARCH)
        if kind != "WLSMV":  # whose errors count N - groups
            assert alone.estimates["se"].to_numpy() == pytest.approx(own["se"].to_numpy(), rel=SEARCH)
        else:
            n, total = (rows["half"] == half).sum(), len(rows)
            factor = np.sqrt((total / (total - 2)) / (n / (n - 1)))
            assert factor * alone.estimates["se"].to_numpy() == pytest.approx(own["se"].to_numpy(), rel=SEARCH)
        scaled += alone.measures["df"] * alone.measures.get("chisq.scaling.factor", 0.0)
    if kind != "WLSMV":
        assert scaled == pytest.approx(both.measures["df"] * both.measures["chisq.scaling.factor"], rel=SEARCH)


@pytest.mark.parametrize("name", ["free", "equal", "fiml"])
def test_clusters_within_groups_agree_with_lavaan(name: str) -> None:
    """Estimates, errors and scaled tests of clusters that are nested in groups are lavaan's."""
    oracle = json.loads((ORACLES / "after_use.json").read_text())["clusters"]
    rows, expected = NESTED.copy(), oracle[name]
    if name == "fiml":
        rows.loc[::7, "LEAD02"] = np.nan
        rows.loc[::5, "LEAD04"] = np.nan
    found = fit(
        oracle["model"], rows, group="half", cluster="COMPID", equal=["loadings"] if name == "equal" else (),
        missing="fiml" if name == "fiml" else "listwise",
    )  # fmt: skip
    assert Status.PROPER == found.status
    for measure, value in expected["fit"].items():
        assert value == pytest.approx(found.measures[measure], rel=LAVAAN), measure
    ours = {(both.groups_of, both.lhs, both.op, both.rhs): both for both in found.estimates.assign(
        groups_of=[found.groups.index(group) + 1 for group in found.estimates["group"]]
    ).itertuples()}  # fmt: skip
    for row in expected["estimates"]:
        one = ours[row["group"], row["lhs"], row["op"], row["rhs"]]
        assert (row["est"], row["se"]) == pytest.approx((one.est, one.se), rel=LAVAAN, abs=LAVAAN)


def test_clusters_that_join_groups_count_together() -> None:
    """Groups joined by clusters they share, one through another, count the clusters of all; others their own."""
    clusters = (np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([2, 3]), np.array([4, 5, 6, 6]))
    together, alone = np.sqrt(4 / 3), np.sqrt(3 / 2)
    assert [together] * 4 + [alone] * 3 == pytest.approx(finite_sample_scale(clusters))


def test_a_group_that_is_one_cluster_is_refused() -> None:
    """A group with a single cluster of its own tells nothing of how clusters differ."""
    largest = DATA["COMPID"].value_counts().idxmax()
    rows = DATA.assign(half=np.where(DATA["COMPID"] == largest, "one", "two"))
    for name in LEAD:
        rows[name] = rows[name].clip(2, 4)
    for how in ({}, {"ordered": LEAD}):
        with pytest.raises(DataError, match="Group 'one' is a single cluster"):
            fit(MODEL, rows, group="half", cluster="COMPID", **how)
