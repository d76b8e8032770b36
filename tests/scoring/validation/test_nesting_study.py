"""The part "nesting" on panels: its tables, what it leaves open, and that it rests on nothing but the seed."""

from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest

from instrument import load_instrument, read_responses
from scoring.validation.nesting import study_nesting
from scoring.validation.nesting.variance import VarianceShares, unit_means, variance_shares
from scoring.validation.nesting.verdicts import bounds_table, verdict_row
from scoring.validation.panel import Panel, panel_of
from scoring.validation.part import Part, StudyOptions

QUICK = StudyOptions(draws=100, quick=True)


def panel_named(name: str) -> Panel:
    with as_file(files("sample_data") / name) as folder:
        own = folder / "instrument.yaml"
        found = read_responses(folder, load_instrument(own) if own.exists() else load_instrument())
    return panel_of(found.of_wave(found.waves[-1]))


@pytest.fixture(scope="module")
def leadership() -> Part:
    return study_nesting(panel_named("leadership_2002"), StudyOptions(draws=100))


@pytest.fixture(scope="module")
def panel() -> Panel:
    return panel_named("panel")


@pytest.fixture(scope="module")
def part(panel: Panel) -> Part:
    return study_nesting(panel, QUICK)


def test_leadership_has_known_answers(leadership: Part) -> None:
    """ICC(1) .088 and ICC(2) .80 of leadership, above 0 and .70 by their intervals, as the literature has them."""
    table = leadership.tables["icc"].set_index(["scale", "statistic"])
    np.testing.assert_allclose(table.loc[("leadership", "icc1"), "est"], 0.08795622, rtol=1e-6)
    np.testing.assert_allclose(table.loc[("leadership", "icc2"), "est"], 0.80075437, rtol=1e-6)
    assert (table["ci_low"] > 0).all()
    design = leadership.tables["design"].set_index("scale").loc["leadership"]
    np.testing.assert_allclose(design["design_effect"], 1 + (2042 / 49 - 1) * 0.08795622, rtol=1e-6)
    assert leadership.tables["cross_level"]["verdict"].unique().tolist() == ["not_enough_units"]
    assert {one.needed for one in leadership.shortfalls if one.found == 49} == {50}


def test_every_scale_has_its_rows(panel: Panel, part: Part) -> None:
    """Each scale has three coefficients, four nulls, a design and a verdict; each item has its ICC(1)."""
    scales = list(panel.reflective)
    for name, times in (("icc", 3), ("design", 1), ("agreement", 4), ("verdicts", 1)):
        assert part.tables[name]["scale"].tolist() == np.repeat(scales, times).tolist()
    assert part.tables["item_icc"]["item"].tolist() == [item for items in panel.reflective.values() for item in items]
    assert part.tables["agreement_units"].groupby(["scale", "null"]).size().unique().tolist() == [24]


def test_the_short_study_says_what_it_leaves_out(part: Part) -> None:
    """Without two-level models their tables are empty, with their columns, and a shortfall says so."""
    assert [part.tables[name].empty for name in ("two_level_fit", "two_level_loadings", "cross_level")] == [True] * 3
    assert "verdict" in part.tables["cross_level"].columns
    assert [one.what for one in part.shortfalls] == ["two levels"]


def test_the_seed_decides_everything(panel: Panel, part: Part) -> None:
    """The same seed gives the same tables, whatever number of processes; another gives other draws."""
    again = study_nesting(panel, StudyOptions(draws=100, quick=True, n_jobs=1))
    for name, table in part.tables.items():
        assert table.equals(again.tables[name])
    other = study_nesting(panel, StudyOptions(draws=100, quick=True, seed=2))
    assert (other.tables["icc"]["ci_low"] != part.tables["icc"]["ci_low"]).all()
    assert other.tables["icc"]["est"].equals(part.tables["icc"]["est"])


def test_few_units() -> None:
    """Five units have coefficients without intervals; the verdict says so, the models say how many they take."""
    found = study_nesting(panel_named("cases"), StudyOptions(draws=50))
    assert found.tables["icc"]["ci_low"].isna().all()
    assert found.tables["icc"]["est"].notna().all()
    assert found.tables["verdicts"]["verdict"].unique().tolist() == ["few_units"]
    assert {one.needed for one in found.shortfalls if one.what == "V1"} == {6, 8}
    assert found.tables["two_level_fit"].empty


def summary(rwg: float, chance: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"null": ["uniform", "slightly_skewed"], "rwg_median": [1.0, rwg], "share_beating_chance": [1.0, chance]}
    )


def shares(icc: float) -> VarianceShares:
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(40), 12)
    values = np.sqrt(icc) * rng.standard_normal(40)[unit] + np.sqrt(1 - icc) * rng.standard_normal(480)
    weights = rng.multinomial(40, np.full(40, 1 / 40), size=200)
    return variance_shares(unit_means(values[:, None], unit, 40), weights)


@pytest.mark.parametrize(
    ("icc", "rwg", "chance", "verdict"),
    [
        (0.5, 0.8, 0.9, "aggregate"),
        (0.1, 0.8, 0.9, "unreliable_means"),
        (0.5, 0.6, 0.9, "little_agreement"),
        (0.5, 0.8, 0.4, "little_agreement"),
        (0.0, 0.8, 0.9, "no_unit_differences"),
    ],
)
def test_verdicts(icc: float, rwg: float, chance: float, verdict: str) -> None:
    """Each rule that fails has its own word, and the slightly skewed null counts where there is one."""
    found = verdict_row(shares(icc), summary(rwg, chance))
    assert [found["verdict"], found["null"]] == [verdict, "slightly_skewed"]
    assert set(bounds_table()["rule"]) >= {"icc1", "icc2", "rwg", "chance", "ad"}
