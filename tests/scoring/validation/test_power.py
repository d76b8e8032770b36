"""What a panel can show: closed forms against published values and R, spreads against simulation, plans."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instrument.loading import load_instrument
from instrument.reading import read_responses
from scoring.validation.panel import panel_of
from scoring.validation.power import (
    PowerStudy,
    Spread,
    Targets,
    attenuated,
    correlation_power,
    correlation_sample,
    degrees_of_freedom,
    icc_power,
    icc_units,
    power_of_answers,
    power_of_plan,
    rmsea_power,
    rmsea_sample,
    smallest_correlation,
    smallest_difference,
    smallest_icc,
    spreads,
    t_power,
)
from scoring.validation.power.spread import members_needed
from scoring.validation.scale_scores import scale_scores, unit_scores

ORACLE = json.loads(
    (Path(__file__).parents[2] / "oracles" / "validation" / "power.json").read_text(encoding="utf-8")
)  # fmt: skip
SAME = 1e-9  # two programs' distribution functions
INVERTED = 1e-6  # power.t.test stops its search at .Machine$double.eps^.25 of its own units
REPLICATIONS = 4000


@pytest.fixture(scope="module")
def sample(sample_data: Path) -> PowerStudy:
    responses = read_responses(sample_data / "panel", load_instrument("innovation_consortium"))
    return power_of_answers(responses)


@pytest.fixture(scope="module")
def plan() -> PowerStudy:
    return power_of_plan(load_instrument("innovation_consortium"), units=24, members=10, respondents=2)


@pytest.mark.parametrize(("actual", "expected"), [(0.08, 0.955), (0.01, 0.870)])
def test_power_of_close_fit_is_the_published_one(actual: float, expected: float) -> None:
    """MacCallum, Browne & Sugawara (1996), table 2: 100 degrees of freedom, 200 cases."""
    assert expected == round(rmsea_power(100, 200, 0.05, actual), 3)


@pytest.mark.parametrize(("df", "actual", "expected"), [(100, 0.08, 132), (50, 0.08, 214), (100, 0.01, 178)])
def test_sample_for_close_fit_is_the_published_one(df: int, actual: float, expected: int) -> None:
    """The same, table 4: power .80."""
    assert expected == rmsea_sample(df, 0.05, actual)


@pytest.mark.parametrize("row", ORACLE["rmsea"])
def test_rmsea_power_agrees_with_r(row: dict[str, Any]) -> None:
    """Non-central chi-squares of R."""
    assert rmsea_power(row["df"], row["n"], 0.05, row["actual"]) == pytest.approx(row["power"], abs=SAME)


@pytest.mark.parametrize("row", ORACLE["icc"])
def test_icc_power_agrees_with_r(row: dict[str, Any]) -> None:
    """F distributions of R."""
    assert icc_power(row["icc"], row["units"], row["size"]) == pytest.approx(row["power"], abs=SAME)


@pytest.mark.parametrize("row", ORACLE["two_groups"])
def test_smallest_difference_agrees_with_power_t_test(row: dict[str, Any]) -> None:
    """Two groups of n with a standard deviation of 13."""
    found = smallest_difference(2 * 13**2 / row["n"], 2 * row["n"] - 2)
    assert found == pytest.approx(row["difference"], rel=INVERTED)


@pytest.mark.parametrize(("r", "expected"), [(0.10, 783), (0.30, 85)])
def test_sample_for_a_correlation_is_the_published_one(r: float, expected: int) -> None:
    """Cohen (1992, Psychological Bulletin 112), table 2: power .80, two-sided .05."""
    assert expected == correlation_sample(r)
    assert correlation_power(r, expected - 1) < 0.80 <= correlation_power(r, expected)


@pytest.mark.parametrize("n", [24, 60, 200])
def test_smallest_correlation_has_the_power(n: int) -> None:
    """It is the inverse of the power but for the other tail, which holds less than a millionth."""
    assert correlation_power(smallest_correlation(n), n) == pytest.approx(0.80, abs=1e-6)


def test_smallest_icc_has_the_power_in_simulated_units() -> None:
    """F tests of simulated units reject as often as said, within three Monte Carlo errors."""
    units, size, rng = 24, 8, np.random.default_rng(1)
    icc = smallest_icc(units, size)
    effects = rng.normal(0, np.sqrt(icc), (REPLICATIONS, units, 1))
    x = effects + rng.normal(0, np.sqrt(1 - icc), (REPLICATIONS, units, size))
    means = x.mean(axis=2)
    f = size * means.var(axis=1, ddof=1) / ((x - means[:, :, None]) ** 2).sum(axis=(1, 2)) * units * (size - 1)
    null = rng.f(units - 1, units * (size - 1), 200_000)
    rejected = (f > np.quantile(null, 0.95)).mean()
    assert abs(rejected - 0.80) < 3 * np.sqrt(0.8 * 0.2 / REPLICATIONS) + 0.005  # the quantile's own error


@pytest.mark.parametrize(("icc", "size"), [(0.05, 10), (0.1, 25), (0.25, 4)])
def test_units_for_an_icc_are_the_least(icc: float, size: int) -> None:
    """One unit fewer has less than the power."""
    found = icc_units(icc, size)
    assert found is not None
    assert icc_power(icc, found - 1, size) < 0.80 <= icc_power(icc, found, size)


def test_one_respondent_to_a_unit_shows_no_icc() -> None:
    """There is nothing inside units to compare with."""
    assert (None, True) == (icc_units(0.1, 1), bool(np.isnan(smallest_icc(24, 1))))


def test_difference_between_units_is_found_as_often_as_said() -> None:
    """Simulated members: Student's t test of two units of 12, within three Monte Carlo errors."""
    spread, rng = Spread(170.0, 140.0, 80.0, 0.5, None, False), np.random.default_rng(2)
    variance, df = spread.error(12, complete=False)
    difference = smallest_difference(2 * variance, 2 * df)
    a = rng.normal(0, np.sqrt(170), (REPLICATIONS, 12))
    b = rng.normal(difference, np.sqrt(170), (REPLICATIONS, 12))
    pooled = (a.var(axis=1, ddof=1) + b.var(axis=1, ddof=1)) / 12
    critical = 2.0738730679040147  # t of 22 degrees of freedom, .975
    found = ((b.mean(axis=1) - a.mean(axis=1)) / np.sqrt(pooled) > critical).mean()
    assert abs(found - 0.80) < 3 * np.sqrt(0.8 * 0.2 / REPLICATIONS)


def test_members_needed_are_the_least() -> None:
    """One member fewer does not find the difference."""
    spread = Spread(170.0, 140.0, 80.0, 0.5, None, False)
    needed = members_needed(spread, 10.0, 0.80, complete=False)
    assert needed is not None
    powers = [t_power(10.0, 2 * 170 / n, 2 * (n - 1)) for n in (needed - 1, needed)]
    assert powers[0] < 0.80 <= powers[1]


def test_error_of_a_complete_unit_is_that_of_its_people() -> None:
    """v = mean(s2_w / m) / n, degrees of freedom n (m - 1); a sample of members has v = s2_b / n."""
    spread = Spread(170.0, 140.0, 80.0, 0.5, None, False)
    assert ((7.0, 10.0), (17.0, 9.0)) == (spread.error(10, complete=True), spread.error(10, complete=False))


def test_spread_is_that_of_the_unit_scores(sample_data: Path) -> None:
    """With as many members in each unit, the pooled error variance is the mean of the units' own."""
    instrument = load_instrument(sample_data / "leadership_2002" / "instrument.yaml")
    responses = read_responses(sample_data / "leadership_2002", instrument)
    unit = responses.answers["unit"]
    first = responses.where((unit.groupby(unit, observed=True).cumcount() < 15).to_numpy())
    sizes = first.answers["unit"].value_counts()
    panel = panel_of(first.where(first.answers["unit"].isin(sizes.index[sizes == 15]).to_numpy()))
    found = spreads(panel)["leadership"]
    scores = unit_scores(panel, scale_scores(panel, panel.reflective))
    j = list(panel.reflective).index("leadership")
    assert found.error(15, complete=False)[0] == pytest.approx(scores.units.variance[:, j].mean(), rel=SAME)


def test_degrees_of_freedom_of_the_declared_model() -> None:
    """52 items on eight correlated factors: 1378 moments, 132 parameters."""
    measurement = load_instrument("innovation_consortium").models.measurement
    assert 1378 - (52 + 44 + 8 + 28) == degrees_of_freedom(measurement)


def test_attenuated_correlation() -> None:
    """Spearman's formula."""
    assert attenuated(0.5, 0.8, 0.8) == pytest.approx(0.4)


def test_sample_panel_can_and_cannot(sample: PowerStudy) -> None:
    """24 units show ICC(1) of .10 and quantiles, and no paths between units, no percentile, no order."""
    table = sample.table[sample.table["scope"] == ""].set_index("question")["verdict"]
    expected = {
        "icc1": "can", "peer_quantiles": "can", "stage_named": "can", "correlation_scores": "cannot",
        "paths_between_units": "cannot", "all_paths_at_once": "cannot", "percentile": "cannot", "ranks": "cannot",
    }  # fmt: skip
    assert expected == {name: table[name] for name in expected}


def test_verdict_follows_from_needs_and_has(sample: PowerStudy) -> None:
    """Of every row; where a power is given, it is at least what was asked for exactly where the panel can."""
    table = sample.table
    assert ((table["has"] >= table["needs"]) == (table["verdict"] == "can")).all()
    found = table[table["power"].notna() & ~table["question"].str.startswith(("score", "misfit"))]
    assert ((found["power"] >= sample.targets.power) == (found["verdict"] == "can")).all()


def test_members_asked_twice_show_smaller_changes(plan: PowerStudy) -> None:
    """The change of the same members varies less than the difference of others."""
    smallest = plan.table.pivot_table(index="scope", columns="question", values="smallest").loc[list(plan.spreads)]
    assert (smallest["difference_waves"] < smallest["difference_units"]).all()


def test_plan_is_the_same_for_the_same_seed(plan: PowerStudy) -> None:
    """And has the size that was asked for."""
    again = power_of_plan(load_instrument("innovation_consortium"), units=24, members=10, respondents=2)
    assert again.table.equals(plan.table)
    assert (24, 10, 480, True) == (plan.size.units, plan.size.members, plan.size.n, plan.planned)


def test_more_units_only_add_to_what_units_show(plan: PowerStudy) -> None:
    """The rows that count units, at 120 instead of 24."""
    more = power_of_plan(load_instrument("innovation_consortium"), units=120, members=10, respondents=2)
    count = [study.table.query("of == 'units'").set_index(["question", "scope"]) for study in (plan, more)]
    could = count[0].index[count[0]["verdict"] == "can"]
    assert (count[1].loc[could, "verdict"] == "can").all()
    assert "can" == count[1].loc[("all_paths_at_once", ""), "verdict"]


def test_respondents_without_members_are_counted_themselves(sample_data: Path) -> None:
    """There is no unit of which every member answers, and no stage to be named."""
    folder = sample_data / "leadership_2002"
    table = power_of_answers(read_responses(folder, load_instrument(folder / "instrument.yaml"))).table
    scores = table[table["question"].str.startswith(("score", "difference"))]
    assert {"score_half_width", "difference_units", "difference_waves"} == set(scores["question"])
    assert ({"respondents_per_unit"}, False) == (set(scores["of"]), bool((table["question"] == "stage_named").any()))


def test_answers_without_units_have_models_only(sample_data: Path) -> None:
    """An instrument of respondents alone is asked nothing about units."""
    instrument = load_instrument(sample_data / "leadership_2002" / "instrument.yaml")
    alone = instrument.model_copy(update={"levels": ("respondent",)})
    responses = read_responses(sample_data / "leadership_2002", instrument)
    found = power_of_answers(type(responses)(alone, responses.answers, None, None, None, responses.sha256), Targets())
    assert {"misfit"} == set(found.table["question"])
