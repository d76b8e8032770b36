"""What must hold of every estimator alike: of complete rows, of rows with holes, and of categories."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.sem import fit

FOLDER = Path(__file__).parents[2] / "oracles" / "sem"
ITEMS = ["C1", "C2", "C3", "N1", "N2", "N3"]
MODEL = "C =~ C1 + C2 + C3\nN =~ N1 + N2 + N3"
DIFFERENCE = "C =~ C1 + c(a, b)*C2 + C3\nN =~ N1 + N2 + N3\ndifference := a - b"
SAME = 1e-6  # relative: two searches end within 1e-6 standard errors of one minimum
NOTHING = 1e-7  # of the error of a difference that is zero: the root of rounding in a variance
WAYS: dict[str, dict[str, Any]] = {
    "MLR": {"estimator": "MLR"},
    "FIML": {"missing": "fiml", "estimator": "MLR"},
    "WLSMV": {"ordered": True},
    "WLSMV, pairwise": {"ordered": True, "missing": "pairwise"},
}
every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """500 answers, some missing, of 50 units whose members are of both kinds; the two lowest categories are one."""
    frame = pd.read_csv(FOLDER / "bfi.csv").iloc[:500][ITEMS].clip(lower=2)
    holes = {name: np.arange(500) % (11 + 2 * k) == 3 for k, name in enumerate(ITEMS)}
    return frame.mask(pd.DataFrame(holes).reindex(columns=frame.columns, fill_value=False)).assign(
        unit=np.arange(500) % 50, kind=np.where(np.arange(500) % 2, "one", "two")
    )


def errors_of(found: Any) -> pd.DataFrame:
    """Estimates and errors by what they are of."""
    frame = found.estimates
    swap = (frame["op"] == "~~") & (frame["rhs"] < frame["lhs"])
    names = [
        frame["group"],
        frame["op"],
        frame["lhs"].where(~swap, frame["rhs"]),
        frame["rhs"].where(~swap, frame["lhs"]),
    ]
    return frame.set_index(names)[["est", "se", "std_all"]].sort_index()


def assert_same(expected: Any, actual: Any) -> None:
    assert expected.status == actual.status
    assert expected.measures == pytest.approx(actual.measures, rel=SAME, abs=SAME, nan_ok=True)
    pd.testing.assert_frame_equal(errors_of(expected), errors_of(actual), rtol=SAME, atol=SAME, check_names=False)


@every_way
def test_order_of_rows_items_and_lines(answers: pd.DataFrame, way: str) -> None:
    """Rows, columns and lines of the model in another order give the same fit."""
    mixed = answers.sample(frac=1, random_state=1)[answers.columns[::-1]]
    turned = "N =~ N1 + N3 + N2\nC =~ C1 + C3 + C2"
    assert_same(fit(MODEL, answers, **WAYS[way]), fit(turned, mixed, **WAYS[way]))


@every_way
def test_order_of_groups(answers: pd.DataFrame, way: str) -> None:
    """With the other group first every group keeps its estimates, and the measures stay."""
    kept = WAYS[way] | {"group": "kind", "equal": ("loadings",)}
    first, other = (fit(MODEL, data, **kept) for data in (answers, answers.iloc[::-1]))
    assert first.groups == other.groups[::-1]
    assert_same(first, other)


@every_way
def test_names_and_order_of_clusters(answers: pd.DataFrame, way: str) -> None:
    """Clusters are known by who is in them: other names and another order change nothing."""
    named = answers.assign(unit="unit " + (997 - 13 * answers["unit"]).astype(str)).sample(frac=1, random_state=2)
    assert_same(fit(MODEL, answers, cluster="unit", **WAYS[way]), fit(MODEL, named, cluster="unit", **WAYS[way]))


@every_way
def test_weights_of_one(answers: pd.DataFrame, way: str) -> None:
    """Weights of one are none."""
    assert_same(fit(MODEL, answers, **WAYS[way]), fit(MODEL, answers.assign(w=1.0), weights="w", **WAYS[way]))


@every_way
def test_a_weight_of_two_is_a_row_twice_in_groups(answers: pd.DataFrame, way: str) -> None:
    """Also where groups share loadings, a row that counts twice is that row given twice."""
    twice = 1 + np.arange(len(answers)) % 2
    kept = WAYS[way] | {"group": "kind", "equal": ("loadings",)}
    weighted = fit(MODEL, answers.assign(w=twice), weights="w", **kept)
    assert_same(fit(MODEL, answers.loc[answers.index.repeat(twice)], **kept), weighted)


@every_way
def test_free_groups_are_fits_of_their_own(answers: pd.DataFrame, way: str) -> None:
    """Groups without equalities have the estimates of separate fits, and chi-squares and degrees of freedom add up."""
    kept = WAYS[way] | ({} if "ordered" in WAYS[way] else {"meanstructure": True})
    both = fit(MODEL, answers, group="kind", **kept)
    apart = {label: fit(MODEL, answers[answers["kind"] == label], **kept) for label in both.groups}
    for name in ("chisq", "df", "npar"):
        assert sum(one.measures[name] for one in apart.values()) == pytest.approx(both.measures[name], rel=SAME)
    for label, one in apart.items():
        own = both.estimates[both.estimates["group"] == label]
        assert one.estimates["std_all"].to_numpy() == pytest.approx(own["std_all"].to_numpy(), rel=SAME, abs=SAME)


@every_way
def test_a_repeated_group_is_no_news(answers: pd.DataFrame, way: str) -> None:
    """A group and its copy in the same clusters differ by nothing, surely; held equal, they are no surer than one."""
    copies = pd.concat([answers.assign(kind="one"), answers.assign(kind="copy")], ignore_index=True)
    kept = WAYS[way] | {"cluster": "unit"}
    shared = fit(DIFFERENCE, copies, group="kind", **kept)
    assert 0.0 == pytest.approx(shared.estimates.set_index("lhs").loc["difference", "se"], abs=NOTHING)
    equal = ("thresholds", "loadings") if "ordered" in kept else ("loadings", "intercepts")
    once, held = fit(MODEL, answers, **kept), fit(MODEL, copies, group="kind", equal=equal, **kept)
    single = once.estimates.query("op == '=~'")["se"].to_numpy()
    both = held.estimates.query("op == '=~' and group == 'one'")["se"].to_numpy()
    assert single == pytest.approx(both, rel=SAME)


@pytest.mark.parametrize("equal", [(), ("loadings",), ("thresholds", "loadings")])
def test_delta_and_theta_in_groups(answers: pd.DataFrame, equal: tuple[str, ...]) -> None:
    """Both ways of setting scales fit alike in groups, configural and with thresholds and loadings held equal."""
    kept: dict[str, Any] = {"ordered": True, "group": "kind", "equal": equal}
    delta, theta = (fit(MODEL, answers, parameterization=name, **kept) for name in ("delta", "theta"))
    assert delta.measures["df"] == theta.measures["df"]
    if equal != ("loadings",):  # held equal alone they are of two metrics: of the answers, and of their residuals
        for name in ("chisq", "chisq.scaled", "srmr"):
            assert delta.measures[name] == pytest.approx(theta.measures[name], rel=SAME), name


@pytest.mark.parametrize("way", ["WLSMV", "WLSMV, pairwise"])
def test_categories_have_an_order_and_no_size(answers: pd.DataFrame, way: str) -> None:
    """Other numbers for the categories in the same order change nothing, in groups and with clusters too."""
    renamed = answers.assign(**{name: 10.0 ** answers[name] - 7 for name in ITEMS})
    kept = WAYS[way] | {"group": "kind", "cluster": "unit", "equal": ("thresholds", "loadings")}
    assert_same(fit(MODEL, answers, **kept), fit(MODEL, renamed, **kept))
