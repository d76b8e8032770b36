"""Agreement and intraclass correlation against the R package multilevel (tests/oracles/multilevel/make.R)."""

import json
from pathlib import Path

import numpy as np
import pytest

# The oracle's figures carry eleven significant digits, and none exceeds 10.
PRINTED = 1e-8
SCALES = ("leadership", "significance")
ORACLE = json.loads(
    (Path(__file__).parents[1] / "oracles" / "multilevel" / "lq2002_aggregation.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module", params=SCALES)
def scale(request):
    return request.param


@pytest.fixture(scope="module")
def agreement(leadership, scale):
    frame = leadership.agreement
    return frame[frame["scale"] == scale].set_index("unit")


def by_group(scale, table, column, group="grpid"):
    return {str(row[group]): row[column] for row in ORACLE[scale][table]}


@pytest.mark.parametrize(
    ("ours", "table", "column"),
    [
        ("rwg_uniform", "rwgj", "rwg.j"),
        ("rwg_skewed", "rwgj_slightly_skewed_null_variance_1.34", "rwg.j"),
        ("ad", "ad", "AD.M"),
    ],
)
def test_agreement_in_every_company(agreement, scale, ours, table, column):
    """rwg(j) under both nulls and AD are multilevel's in each of the 49 companies."""
    expected = by_group(scale, table, column)
    assert set(expected) == set(agreement.index)
    np.testing.assert_allclose(agreement[ours].loc[list(expected)], list(expected.values()), rtol=0, atol=PRINTED)


def test_the_mean_and_median_rwg(agreement, scale):
    """The figures a paper would quote are multilevel's too."""
    expected = [ORACLE[scale]["rwgj_mean"], ORACLE[scale]["rwgj_median"]]
    found = [agreement["rwg_uniform"].mean(), agreement["rwg_uniform"].median()]
    np.testing.assert_allclose(found, expected, rtol=0, atol=PRINTED)


def test_intraclass_correlations(leadership, scale):
    """ICC(1) and ICC(2) are multilevel's, though our scores are percent of maximum possible."""
    found = leadership.icc[leadership.icc["scale"] == scale].iloc[0]
    expected = [ORACLE[scale]["icc1"], ORACLE[scale]["icc2"], 49, 2042]
    np.testing.assert_allclose(list(found[["icc1", "icc2", "units", "respondents"]]), expected, rtol=0, atol=PRINTED)


def test_group_means_and_sizes(leadership, scale):
    """Unit scores are the group means of the raw answers (1 to 5), put on 0 to 100."""
    ours = leadership.scales[leadership.scales["scale"] == scale].set_index("unit")
    expected = by_group(scale, "group_means", "x", group="group")
    raw = ours["score"].loc[list(expected)] / 25 + 1
    np.testing.assert_allclose(raw, list(expected.values()), rtol=0, atol=PRINTED)
    sizes = by_group(scale, "rwgj", "gsize")
    assert sizes == ours["respondents"].loc[list(sizes)].to_dict()
