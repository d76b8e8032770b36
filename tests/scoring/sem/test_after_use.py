"""What an analyst met on real data: reversed effects, scales given covariates, thresholds freed again."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scoring.sem import ModelError, Status, fit

ORACLES = Path(__file__).parents[2] / "oracles" / "sem"
EXPECTED: dict[str, Any] = json.loads((ORACLES / "after_use.json").read_text())
SCHOOLS = pd.read_csv(ORACLES / "holzinger_swineford_1939.csv")
BFI = pd.read_csv(ORACLES / "bfi.csv")
LAVAAN = 1e-4  # absolute, at estimates where lavaan stopped early
EQUAL = ["thresholds", "loadings"]


def test_effects_are_tested_against_their_direction_reversed() -> None:
    """Indices of all effects are lavaan's but for those on covariates, which are given here."""
    oracle = EXPECTED["effects"]
    found = fit(oracle["model"], SCHOOLS).modification_indices().query("op == '~'").set_index(["lhs", "rhs"])
    wanted = [row for row in oracle["indices"] if row["lhs"] != "ageyr"]
    assert {(row["lhs"], row["rhs"]) for row in wanted} == set(found.index)
    for row in wanted:
        ours = found.loc[(row["lhs"], row["rhs"])]
        assert [row["mi"], row["epc"], row["sepc.lv"], row["sepc.all"]] == pytest.approx(
            list(ours[["mi", "epc", "sepc_lv", "sepc_all"]]), abs=LAVAAN, rel=LAVAAN
        )


def test_scales_with_theta_are_given_the_covariates() -> None:
    """`~*~` under theta is one over the deviation behind the answer given the covariates, as in lavaan."""
    oracle = EXPECTED["scales"]
    rows = BFI.assign(age=BFI["age"] / 10)
    found = fit(oracle["model"], rows, ordered=True, parameterization="theta").estimates.query("op == '~*~'")
    assert oracle["lhs"] == list(found["lhs"])
    assert oracle["est"] == pytest.approx(list(found["est"]), abs=LAVAAN)


@pytest.mark.parametrize("parameterization", ["delta", "theta"])
def test_partial_frees_a_threshold(parameterization: str) -> None:
    """A threshold named in partial= is each group's own; estimates, errors and the test are lavaan's."""
    oracle = EXPECTED["freed"][parameterization]
    found = fit(
        "e =~ E1 + E2 + E3 + E4", BFI, ordered=True, group="gender", equal=EQUAL, partial=["E2|t1"],
        parameterization=parameterization,
    )  # fmt: skip
    assert Status.PROPER == found.status
    for name, value in oracle["fit"].items():
        assert value == pytest.approx(found.measures[name], rel=LAVAAN), name
    ours = found.estimates.query("op == '|'").set_index(["group", "lhs", "rhs"])
    for row in oracle["thresholds"]:
        one = ours.loc[(found.groups[row["group"] - 1], row["lhs"], row["rhs"])]
        assert [row["est"], row["se"]] == pytest.approx([one["est"], one["se"]], abs=LAVAAN)
    first = ours.xs(("E2", "t1"), level=["lhs", "rhs"])["est"]
    assert first.iloc[0] != first.iloc[1]


def test_partial_names_what_is_no_threshold() -> None:
    """A threshold that no item has is refused by name."""
    with pytest.raises(ModelError, match=r"'E2\|t9'"):
        fit("e =~ E1 + E2 + E3 + E4", BFI, ordered=True, group="gender", equal=EQUAL, partial=["E2|t9"])
