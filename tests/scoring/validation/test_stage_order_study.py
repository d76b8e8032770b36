"""The part "stage_order" on panels: its tables, what it leaves open, and that it rests on nothing but the seed."""

from importlib.resources import as_file, files
from pathlib import Path as Folder

import numpy as np
import pytest
from scipy.stats import ttest_rel

from instrument import load_instrument, read_responses
from scoring.simulation import PanelDesign, Path, simulate
from scoring.validation.claims import claims_of
from scoring.validation.criteria import criteria
from scoring.validation.panel import Panel, panel_of
from scoring.validation.part import Part, StudyOptions
from scoring.validation.stage_order import study_stage_order
from scoring.validation.stage_order.guttman import loevinger_h, pass_errors
from scoring.validation.stage_order.ladder import Ladder, ladder_of
from scoring.validation.stage_order.order import order_table, unit_correlations, violation_table

OPTIONS = StudyOptions(draws=100, quick=True)
# Among units the stages all but follow from one another.
PATHS = (
    Path("G", "L", 0.6), Path("L", "T", 0.6), Path("T", "V1", 0.7), Path("V1", "V2", 0.95), Path("V2", "V3", 0.95),
    Path("V3", "V4", 0.95),
)  # fmt: skip


def panel_named(name: str) -> Panel:
    with as_file(files("sample_data") / name) as folder:
        own = folder / "instrument.yaml"
        found = read_responses(folder, load_instrument(own) if own.exists() else load_instrument())
    return panel_of(found.of_wave(found.waves[-1]))


@pytest.fixture(scope="module")
def panel() -> Panel:
    return panel_named("panel")


@pytest.fixture(scope="module")
def ladder(panel: Panel) -> Ladder:
    return ladder_of(panel)


@pytest.fixture(scope="module")
def part(panel: Panel) -> Part:
    return study_stage_order(panel, OPTIONS)


def test_the_claims_row(part: Part, ladder: Ladder) -> None:
    """One row has the scope of the criterion: units' stages passed or not, errors by the declared order."""
    table = part.tables["scalability"]
    row = table[table["scope"] == "unit"]
    assert row[["level", "scores", "order"]].to_numpy().tolist() == [["unit", "pass", "declared"]]
    counts = pass_errors(ladder.passed(ladder.unit), np.ones((1, len(ladder.unit))))
    expected = float(loevinger_h(counts.errors.sum(), counts.expected.sum()))
    assert row["h"].tolist() == [expected]
    assert row[["n", "n_units"]].to_numpy().tolist() == [[24, 24]]
    claim = next(one for one in claims_of({"stage_order": part}, criteria()) if one.id == "stage_order")
    assert [claim.verdict, claim.value] == ["fails", row["ci_low"].iloc[0]]


def test_coefficients_add_up(part: Part) -> None:
    """Errors and expected errors of the pairs are those of the whole, and twice over those of the stages."""
    whole = part.tables["scalability"].set_index("scope")
    for name, times in (("pair_scalability", 1), ("stage_scalability", 2)):
        sums = part.tables[name].groupby("scope")[["errors", "expected_errors"]].sum()
        expected = times * whole[["errors", "expected_errors"]].astype(float)
        np.testing.assert_allclose(sums.loc[whole.index].to_numpy(float), expected.to_numpy(), rtol=1e-9)
    inside = whole[(whole["ci_low"] <= whole["h"]) & (whole["h"] <= whole["ci_high"])]
    assert inside.index.tolist() == whole.index.tolist()


def test_order_is_a_paired_t_test(ladder: Ladder) -> None:
    """Differences of stages, their intervals and p are those of SciPy's paired t test; Holm is over adjacent pairs."""
    table = order_table(ladder)
    for (i, j), row in zip([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], table.to_dict("records"), strict=True):
        both = ~np.isnan(ladder.unit[:, [i, j]]).any(axis=1)
        expected = ttest_rel(ladder.unit[both, i], ladder.unit[both, j], alternative="greater")
        np.testing.assert_allclose([row["p"], row["df"]], [expected.pvalue, expected.df], rtol=1e-9)
        two_sided = ttest_rel(ladder.unit[both, i], ladder.unit[both, j]).confidence_interval()
        np.testing.assert_allclose([row["ci_low"], row["ci_high"]], [two_sided.low, two_sided.high], rtol=1e-9)
        verdict = "as_declared" if two_sided.low > 0 else "reversed" if two_sided.high < 0 else "not_told_apart"
        assert row["verdict"] == verdict
    adjacent = table[table["adjacent"]]
    smallest = adjacent["p"].min()
    np.testing.assert_allclose(adjacent["p_holm"].min(), 3 * smallest, rtol=1e-9)
    assert table.loc[~table["adjacent"], "p_holm"].isna().all()


def test_violations_are_counted(panel: Panel, ladder: Ladder) -> None:
    """A violation passes the later stage and not the earlier; certain ones differ by two standard errors."""
    correlations = unit_correlations(ladder, panel.unit, panel.member)
    table = violation_table(ladder, correlations, np.random.default_rng(1)).set_index(["earlier", "later"])
    expected = 0
    for unit in ladder.unit:
        expected += bool(unit[1] < 60 <= unit[2])
    assert table.loc[("V2", "V3"), "violations"] == expected
    assert (table["certain"] <= table["n_units"]).all()
    above = sum(bool(unit[2] > unit[1]) for unit in ladder.unit)
    assert table.loc[("V2", "V3"), "certain"] <= above


def test_classification_improves_with_members(part: Part) -> None:
    """More members, and more of the membership, place a unit more surely; every unit with all stages has a row."""
    table = part.tables["classification"].set_index(["members", "fraction"])
    by_size = [table.loc[(n, 0.0), "accuracy"] for n in (5, 8, 12, 25)]
    assert by_size == sorted(by_size)
    assert table.loc[(25, 1.0), "accuracy"] > table.loc[(25, 0.0), "accuracy"]
    assert len(part.tables["classification_units"]) == part.figures["units_with_all_stages"]


def test_the_seed_decides_everything(panel: Panel, part: Part) -> None:
    """The same seed gives the same tables, whatever number of processes; another gives other draws."""
    again = study_stage_order(panel, StudyOptions(draws=100, quick=True, n_jobs=1))
    for name, table in part.tables.items():
        assert table.equals(again.tables[name])
    other = study_stage_order(panel, StudyOptions(draws=100, quick=True, seed=2))
    assert (other.tables["scalability"]["ci_low"] != part.tables["scalability"]["ci_low"]).all()
    assert other.tables["scalability"]["h"].equals(part.tables["scalability"]["h"])


def test_a_panel_without_stages() -> None:
    """An instrument without stages has no tables and says why."""
    found = study_stage_order(panel_named("leadership_2002"), OPTIONS)
    assert found.tables == {}
    assert [one.why for one in found.shortfalls] == ["The instrument declares no stages."]


def test_few_units() -> None:
    """Five units have H and no interval, no simulation, and the number of units that either would take."""
    found = study_stage_order(panel_named("cases"), OPTIONS)
    row = found.tables["scalability"].set_index("scope").loc["unit"]
    assert [bool(np.isnan(row["h"])), bool(np.isnan(row["ci_low"])), row["n_units"]] == [False, True, 5]
    assert "classification" not in found.tables
    assert {(one.what, one.needed, one.found) for one in found.shortfalls} == {
        ("stage_order", 10, 5),
        ("classification", 10, 5),
    }
    claim = next(one for one in claims_of({"stage_order": found}, criteria()) if one.id == "stage_order")
    assert claim.verdict == "unknown"


def verdict_on(folder: Folder, design: PanelDesign) -> str:
    instrument = load_instrument()
    simulate(instrument, units=50, waves=1, seed=1, design=design).write(folder)
    part = study_stage_order(panel_of(read_responses(folder, instrument)), OPTIONS)
    return next(one for one in claims_of({"stage_order": part}, criteria()) if one.id == "stage_order").verdict


@pytest.mark.simulation
def test_a_steep_ladder_holds_and_no_ladder_fails(tmp_path: Folder) -> None:
    """Units far apart on stages ten points apart keep the claim; stages that know nothing of each other do not."""
    steep = PanelDesign(stage_first=15.0, stage_step=10.0, between=PATHS, unit_sd=20.0)
    assert verdict_on(tmp_path / "steep", steep) == "holds"
    assert verdict_on(tmp_path / "none", PanelDesign(neutral=True)) == "fails"
