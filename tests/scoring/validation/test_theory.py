"""The theory at three levels: graph, paths between units against lavaan and simulated truth, indirect effects."""

import json
from pathlib import Path as FilePath

import numpy as np
import pandas as pd
import pytest

from instrument.definition import Instrument
from instrument.loading import load_instrument
from instrument.models import theory_model
from instrument.reading import read_responses
from scoring.sem import Fit, compare, fit
from scoring.sem.bootstrap.maximum_likelihood import NormalModel
from scoring.sem.bootstrap.of_fit import resampling_of
from scoring.sem.bootstrap.run import resample_and_refit
from scoring.simulation import PanelDesign, simulate
from scoring.validation.panel import Panel, panel_of
from scoring.validation.part import QUICK, Part
from scoring.validation.theory import (
    Path,
    Route,
    StructuralFit,
    Theory,
    UnitMoments,
    ancestors,
    bootstrap_rows,
    centred_within,
    comparison_table,
    delta_rows,
    effects,
    equations,
    first_factor_share,
    fit_between,
    fit_structure,
    is_recursive,
    monte_carlo_rows,
    path_rows,
    read_theory,
    respondents,
    rival_theories,
    routes,
    study_theory,
    unit_bootstrap,
    unit_moments,
    with_method_factor,
)
from scoring.validation.theory.draws import OneStepRefitter
from scoring.validation.theory.rivals import FREE

ORACLES = FilePath(__file__).parents[2] / "oracles"
ORACLE = json.loads((ORACLES / "validation" / "theory.json").read_text(encoding="utf-8"))
ESTIMATES = 1e-5  # lavaan's search stops before the minimum
ERRORS = 1e-4  # relative; the same
CHAIN = (Path("a", "b"), Path("b", "c"), Path("a", "c"), Path("c", "d"))
MEASURED = "a =~ a1 + a2 + a3\nb =~ b1 + b2 + b3\nc =~ c1 + c2 + c3\nd =~ d1 + d2 + d3\n"
UNITS = 200


@pytest.fixture(scope="module")
def consortium() -> Instrument:
    return load_instrument("innovation_consortium")


@pytest.fixture(scope="module")
def leadership(sample_data: FilePath) -> Panel:
    folder = sample_data / "leadership_2002"
    return panel_of(read_responses(folder, load_instrument(folder / "instrument.yaml")))


@pytest.fixture(scope="module")
def study(leadership: Panel) -> Part:
    return study_theory(leadership, QUICK)


@pytest.fixture(scope="module")
def large(
    consortium: Instrument, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Panel, dict[tuple[str, str], float]]:
    """200 simulated units whose scores differ by their traits alone, and the true standardised paths between them."""
    folder = tmp_path_factory.mktemp("large")
    design = PanelDesign(facet_sd=0.0, phase_effect=0.0, role_sd=0.0, careless=0.0, not_yet_early=0.03)
    drawn = simulate(consortium, units=UNITS, waves=1, seed=5, design=design)
    drawn.write(folder)
    truth = {(path[0], path[1]): path[2] for path in drawn.truth["design"]["between"]}
    return panel_of(read_responses(folder, consortium)), truth


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Simulated answers of 40 units to four scales of three items, d the end of a chain."""
    rng = np.random.default_rng(11)
    unit = np.repeat(np.arange(40), 10)
    a = rng.normal(size=400) + 0.5 * rng.normal(size=40)[unit]
    b = 0.6 * a + rng.normal(size=400)
    c = 0.5 * b + rng.normal(size=400)
    d = 0.5 * c + rng.normal(size=400)
    traits = {"a": a, "b": b, "c": c, "d": d}
    columns = {f"{name}{i}": x + rng.normal(0, 0.7, 400) for name, x in traits.items() for i in (1, 2, 3)}
    return pd.DataFrame(columns).assign(unit=unit)


@pytest.fixture(scope="module")
def chain() -> Theory:
    return read_theory(f"{MEASURED}b ~ a\nc ~ b\nd ~ c\n")


@pytest.fixture(scope="module")
def fitted(chain: Theory, answers: pd.DataFrame) -> StructuralFit:
    return fit_structure(chain, answers, extra=tuple(one.definition for one in effects(routes(chain.paths))))


# The graph


def test_routes_are_all_ways_round() -> None:
    """Every directed way over at least one variable."""
    expected = {
        Route("a", "c", ("b",)), Route("a", "d", ("c",)), Route("a", "d", ("b", "c")), Route("b", "d", ("c",)),
    }  # fmt: skip
    assert expected == set(routes(CHAIN))


def test_route_names_its_paths() -> None:
    """In order."""
    assert (Path("a", "b"), Path("b", "c"), Path("c", "d")) == Route("a", "d", ("b", "c")).paths


def test_circle_has_no_routes() -> None:
    """A variable that acts on itself in the end has no end of indirect effects."""
    circle = (*CHAIN, Path("d", "a"))
    assert (True, False) == (is_recursive(CHAIN), is_recursive(circle))
    with pytest.raises(ValueError, match="acts on itself"):
        routes(circle)


def test_ancestors_act_directly_or_not() -> None:
    """In the order of the paths."""
    assert ("a", "b", "c") == ancestors(CHAIN, "d")


def test_theory_of_the_consortium_is_read(consortium: Instrument) -> None:
    """Nine paths among eight variables; 31 routes, and 19 pairs of variables that they join."""
    theory = read_theory(theory_model(consortium))
    wanted = effects(routes(theory.paths))
    assert (9, 8, 52) == (len(theory.paths), len(theory.variables), len(theory.items))
    assert (31, 19) == (len(routes(theory.paths)), sum(one.kind == "total" for one in wanted))


@pytest.mark.parametrize("extra", ["b ~ 0.5*a", "b ~ x*a\nx == 0.5", "b ~ a1"])
def test_theory_of_another_kind_is_refused(extra: str) -> None:
    """Fixed paths, constraints, and items as predictors."""
    with pytest.raises(ValueError, match=r"path|constraints"):
        read_theory(MEASURED + extra)


def test_syntax_is_the_declared_model(leadership: Panel) -> None:
    """Labels change no fit: as many parameters, the same chi-square as the text of the instrument."""
    data = leadership.frame()
    declared = fit(theory_model(leadership.instrument), data)
    ours = fit(read_theory(theory_model(leadership.instrument)).syntax(), data)
    assert ours.measures["npar"] == declared.measures["npar"]
    assert ours.measures["chisq"] == pytest.approx(declared.measures["chisq"])


# Levels


def test_centred_answers_have_no_units_left(answers: pd.DataFrame) -> None:
    """Unit means are zero, and differences inside units are as they were."""
    items = [name for name in answers if name != "unit"]
    found = centred_within(answers, items)
    assert found.groupby("unit")[items].mean().to_numpy() == pytest.approx(np.zeros((40, 12)))
    assert np.diff(found.loc[:9, "a1"]) == pytest.approx(np.diff(answers.loc[:9, "a1"]))


def test_path_rows_are_the_fits(fitted: StructuralFit) -> None:
    """Estimate, error and t interval of the estimator; standardised ones with its error."""
    row = path_rows(fitted)[0]
    table = fitted.solution.estimates  # type: ignore[union-attr]  # it has one
    one = table[(table["op"] == "~") & (table["lhs"] == "b")].iloc[0]
    assert (one["est"], one["se"], one["ci_low"], one["std_all"], 39.0) == (
        row["est"], row["se"], row["ci_low"], row["std"], row["df"],
    )  # fmt: skip


def test_unit_moments_take_the_errors_of_the_scores(leadership: Panel) -> None:
    """Variances of company scores and of their errors are those of R; errors of hostility are a little larger here, as
    no company's variance is taken below its floor."""
    found = unit_moments(leadership, read_theory(theory_model(leadership.instrument)))
    assert np.var(found.score, axis=0, ddof=1) == pytest.approx(ORACLE["variance"], rel=1e-9)
    assert np.diag(found.mean_error)[:2] == pytest.approx(ORACLE["error_variance"][:2], rel=1e-9)
    assert np.diag(found.mean_error)[2] > ORACLE["error_variance"][2]


def test_paths_between_companies_agree_with_lavaan(leadership: Panel) -> None:
    """Errors in variables with known covariances; our errors have the factor J / (J - 1) of clusters."""
    theory = read_theory(theory_model(leadership.instrument))
    found = unit_moments(leadership, theory)
    error = found.error.copy()
    error[:, 2, 2] *= ORACLE["error_variance"][2] / found.mean_error[2, 2]  # R's, without a floor
    fitted = fit_between(theory, UnitMoments(found.scales, found.units, found.score, error))
    rows = {(row["source"][0].upper(), row["target"][0].upper()): row for row in path_rows(fitted)}
    name = {"L": "L", "T": "S", "H": "H"}
    for one in ORACLE["paths"]:
        row, factor = rows[name[one["source"]], name[one["target"]]], np.sqrt(ORACLE["units"] / (ORACLE["units"] - 1))
        assert (row["est"], row["std"]) == pytest.approx((one["est"], one["std"]), abs=ESTIMATES)
        assert row["se"] == pytest.approx(one["se"] * factor, rel=ERRORS)
        assert row["std_se"] == pytest.approx(one["std_se"] * factor, rel=ERRORS)


def test_paths_between_units_recover_the_truth(large: tuple[Panel, dict[tuple[str, str], float]]) -> None:
    """Each of nine standardised paths of 200 units lies within 3.5 errors of the true one (p = .004 together)."""
    panel, truth = large
    theory = read_theory(theory_model(panel.instrument))
    rows = path_rows(fit_between(theory, unit_moments(panel, theory)))
    away = [(row["std"] - truth[row["source"], row["target"]]) / row["std_se"] for row in rows]
    assert (9, True) == (len(away), bool(np.abs(away).max() < 3.5))


@pytest.mark.parametrize("wave", ["1", "2"])
def test_sample_panel_recovers_its_units(consortium: Instrument, sample_data: FilePath, wave: str) -> None:
    """The paths between the true scores of the very 24 units, as truth.json has them, lie within three errors of what
    is found, and all signs are right."""
    panel = panel_of(read_responses(sample_data / "panel", consortium).of_wave(wave))
    truth = json.loads((sample_data / "panel" / "truth.json").read_text(encoding="utf-8"))["scores"][wave]
    theory = read_theory(theory_model(consortium))
    moments = unit_moments(panel, theory)
    scores = pd.DataFrame(truth).T.sort_index()[list(moments.scales)].to_numpy(float)
    exact = UnitMoments(moments.scales, moments.units, scores, np.zeros_like(moments.error))
    rows = [
        (found["std"], found["std_se"], true["std"])
        for part, headline in equations(theory)
        if headline
        for found, true in zip(path_rows(fit_between(part, moments)), path_rows(fit_between(part, exact)), strict=True)
    ]
    std, error, true = np.array(rows).T
    assert (9, True, True) == (len(rows), bool((std > 0).all()), bool((np.abs(std - true) < 3 * error).all()))


def test_error_in_scores_is_not_taken_for_a_weak_path() -> None:
    """5,000 units of which a third of what is seen is error: the naive slope is .40 instead of .60, ours is not."""
    rng = np.random.default_rng(3)
    x = rng.normal(0, 10, 5000)
    true = np.column_stack([x, 0.6 * x + rng.normal(0, 8, 5000)])
    error = np.broadcast_to(np.diag([50.0, 50.0]), (5000, 2, 2))
    moments = UnitMoments(("a", "b"), np.arange(5000), true + rng.normal(0, np.sqrt(50), (5000, 2)), error)
    row = path_rows(fit_between(Theory("", (Path("a", "b"),), {"a": (), "b": ()}), moments))[0]
    naive = np.polyfit(moments.score[:, 0], moments.score[:, 1], 1)[0]
    assert abs(row["est"] - 0.6) < 3 * row["se"] < 0.6 - naive


def test_units_that_do_not_differ_have_no_paths() -> None:
    """Where error accounts for all that scores show, the reason is given."""
    rng = np.random.default_rng(4)
    moments = UnitMoments(
        ("a", "b"), np.arange(30), rng.normal(0, 1, (30, 2)), np.broadcast_to(np.diag([9.0, 0.1]), (30, 2, 2))
    )
    found = fit_between(Theory("", (Path("a", "b"),), {"a": (), "b": ()}), moments)
    assert (None, "Units do not differ in a beyond the error of their scores.") == (found.solution, found.fault)


def test_outcomes_are_taken_one_at_a_time(consortium: Instrument) -> None:
    """Seven outcomes with all their predictors, and C and V1, which have two, with each alone."""
    parts = equations(read_theory(theory_model(consortium)))
    assert (7, 4) == (sum(head for _, head in parts), sum(not head for _, head in parts))


# Indirect effects


def test_delta_is_the_product(fitted: StructuralFit, chain: Theory) -> None:
    """The estimate is the product of the coefficients along the way, and so is the standardised one."""
    wanted = effects(routes(chain.paths))
    paths = {(row["source"], row["target"]): row for row in path_rows(fitted)}
    row = next(one for one in delta_rows(fitted, wanted) if (one["source"], one["target"]) == ("a", "d"))
    for name in ("est", "std"):
        assert row[name] == pytest.approx(paths["a", "b"][name] * paths["b", "c"][name] * paths["c", "d"][name])


def test_three_intervals_of_an_indirect_effect_agree(fitted: StructuralFit, chain: Theory) -> None:
    """With 40 units and an effect far from zero their errors are within a third of each other's."""
    wanted = effects(routes(chain.paths))
    drawn, _, why = bootstrap_rows(fitted, wanted, 300, 1, 1)
    rows = [*delta_rows(fitted, wanted), *monte_carlo_rows(fitted, wanted, 1), *drawn]
    table = pd.DataFrame(rows).pivot_table(index=["source", "target"], columns="method", values="se")
    assert ("", 3) == (why, table.shape[1])
    assert (table.max(axis=1) / table.min(axis=1)).max() < 4 / 3


def test_complete_answers_are_fitted_anew(fitted: StructuralFit) -> None:
    """Then the draws are those of `Fit.bootstrap`."""
    assert isinstance(fitted.fit, Fit)
    assert unit_bootstrap(fitted.fit, 20, 1).replicates.equals(fitted.fit.bootstrap(20, 1).replicates)


def test_one_step_is_near_the_refit(answers: pd.DataFrame, chain: Theory) -> None:
    """The same draws of units with a tenth of the answers missing: the paths of one step correlate .95 or more with
    those of refits, and vary as much within a tenth."""
    rng = np.random.default_rng(6)
    items = list(chain.items)
    holes = answers.assign(**answers[items].mask(rng.random((len(answers), len(items))) < 0.1))
    found = fit_structure(chain, holes).fit
    assert isinstance(found, Fit)
    whole = found.bootstrap(40, 2)
    step = resample_and_refit(
        OneStepRefitter(NormalModel(found.task, found.theta)), resampling_of(found, 2), 40, 1, None
    )
    paths = np.flatnonzero(found.estimates["op"] == "~")
    for one, other in zip(whole.rows[:, paths].T, step.rows[:, paths].T, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.95
        assert 0.9 < other.std() / one.std() < 1.1


# Rivals and common method


def test_rivals_of_the_consortium(consortium: Instrument) -> None:
    """All paths turned round, all roundabout ones added, stages side by side, and no structure."""
    rivals = rival_theories(read_theory(theory_model(consortium)), consortium.stage_ids)
    sizes = {name: len(one.paths) for name, one in rivals.items()}
    # Roundabout: G to T, V1-4 and L to V1-4 (9), C and T to V2-4 (6), V1 to V3-4 and V2 to V4 (3); 18 beside nine.
    assert {"reversed_order": 9, "direct_paths": 27, "independent_stages": 12, FREE: 0} == sizes
    assert "V1 ~~ 0*V2" in rivals["independent_stages"].measurement


def test_theory_is_held_against_its_rivals(chain: Theory, answers: pd.DataFrame, fitted: StructuralFit) -> None:
    """A true chain: direct paths gain nothing by BIC and no test says they are missed; turned round, the chain cannot
    be told apart; nested models are tested as `compare` does."""
    fits = {"theory": fitted} | {
        name: fit_structure(one, answers, name=name) for name, one in rival_theories(chain).items()
    }
    table = comparison_table(fits).set_index("model")
    assert ("less_restricted", "equivalent") == (
        table.loc["direct_paths", "relation"], table.loc["reversed_order", "relation"],
    )  # fmt: skip
    assert table.loc["direct_paths", "delta_bic"] > 0
    test = compare(fitted.fit, fits["direct_paths"].fit, method="satorra-bentler-2010")  # type: ignore[arg-type]
    assert (test.chisq, 3.0) == (table.loc["direct_paths", "test_chisq"], table.loc["direct_paths", "test_df"])
    assert table.loc["direct_paths", "test_p"] > 0.01


def test_missing_path_is_noticed(answers: pd.DataFrame) -> None:
    """A theory that sends a straight to d and nothing through c is told apart from no structure."""
    wrong = read_theory(f"{MEASURED}b ~ a\nc ~ a\nd ~ a\nc ~~ 0*d\nb ~~ 0*c\nb ~~ 0*d\n")
    fits = {"theory": fit_structure(wrong, answers)}
    fits["direct_paths"] = fit_structure(
        Theory(wrong.measurement, (*wrong.paths, Path("c", "d"), Path("b", "c")), wrong.indicators), answers,
        name="direct_paths",
    )  # fmt: skip
    row = comparison_table(fits).set_index("model").loc["direct_paths"]
    assert ("less_restricted", True, True) == (row["relation"], row["test_p"] < 1e-6, row["delta_bic"] < 0)


def test_first_factor_share_of_equal_correlations() -> None:
    """Items that all correlate r: the first component takes up (1 + (p - 1) r) / p."""
    rng = np.random.default_rng(7)
    raw = rng.normal(size=(500, 6))
    white, _ = np.linalg.qr(raw - raw.mean(axis=0))
    correlation = np.full((6, 6), 0.3) + 0.7 * np.eye(6)
    assert first_factor_share(white @ np.linalg.cholesky(correlation).T) == pytest.approx((1 + 5 * 0.3) / 6)


def test_method_factor_finds_what_items_share(chain: Theory, answers: pd.DataFrame) -> None:
    """A common part of variance .49 in every item is estimated within four errors, and the paths of the chain come
    back, which without it are too large."""
    rng = np.random.default_rng(8)
    items = list(chain.items)
    shared = answers.assign(**answers[items].add(rng.normal(0, 0.7, len(answers)), axis=0))
    with_it = fit_structure(chain, shared, extra=with_method_factor(chain)).fit
    assert isinstance(with_it, Fit)
    table = with_it.estimates
    one = table[(table["lhs"] == "common_method") & (table["rhs"] == "common_method")].iloc[0]
    assert abs(one["est"] - 0.49) < 4 * one["se"]
    plain = path_rows(fit_structure(chain, shared))
    label = table.set_index("label")
    for row, truth in zip(plain, (0.6, 0.5, 0.5), strict=True):
        beside = label.loc[Path(row["source"], row["target"]).label]
        assert abs(beside["est"] - truth) < 4 * beside["se"]
    assert sum(row["est"] for row in plain) > sum(
        label.loc[Path(row["source"], row["target"]).label, "est"] for row in plain
    )


# The part


def test_levels_are_never_merged(study: Part) -> None:
    """Each level says whom it speaks of, and only the one between units speaks of units."""
    paths = study.tables["paths"]
    expected = {"pooled": "mixed", "within": "people_inside_units", "between": "units"}
    assert expected == dict(paths[["level", "about"]].drop_duplicates().to_numpy().tolist())
    assert {"pooled": 3, "within": 3, "between": 5} == paths["level"].value_counts().to_dict()


def test_49_companies_are_not_enough_units(study: Part) -> None:
    """Figures between units stand, with the verdict, and the shortfall names how many it takes."""
    between = study.tables["paths"].query("level == 'between'")
    needed = {one.what: (one.needed, one.found) for one in study.shortfalls}
    assert ({"not_enough_units"}, True) == (set(between["verdict"]), bool(between["est"].notna().all()))
    assert {"between": (50, 49), "indirect between": (100, 49)} == needed


def test_pooled_fit_of_leadership_is_poor(study: Part) -> None:
    """The declared theory is as poor as the three factors it stands on: robust CFI .85."""
    assert study.tables["rivals"]["cfi_robust"].iloc[0] == pytest.approx(0.848, abs=0.001)


def test_holm_adjusts_within_a_level(study: Part) -> None:
    """The smallest of three p-values is multiplied by three."""
    pooled = study.tables["paths"].query("level == 'between' and headline").sort_values("p")
    assert pooled["p_holm"].iloc[0] == pytest.approx(3 * pooled["p"].iloc[0])


def test_study_is_the_same_for_the_same_seed(leadership: Panel, study: Part) -> None:
    """Whatever n_jobs is."""
    again = study_theory(leadership, type(QUICK)(draws=200, ordinal_draws=0, references=20, quick=True, n_jobs=1))
    for name, table in study.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])


def test_five_units_have_a_shortfall_for_every_level(consortium: Instrument, sample_data: FilePath) -> None:
    """Nothing is fitted to five units, and each level says what it would take."""
    responses = read_responses(sample_data / "cases", consortium)
    found = study_theory(panel_of(responses.of_wave(responses.waves[-1])), QUICK)
    needed = {one.what: (one.needed, one.found) for one in found.shortfalls}
    assert {"pooled within": (10, 5), "between": (50, 5)} == needed
    assert (0, 0) == (len(found.tables["paths"]), len(found.tables["indirect"]))


def test_instrument_without_theory_says_so(leadership: Panel) -> None:
    """A shortfall, no table."""
    bare = leadership.instrument.model_copy(
        update={"models": leadership.instrument.models.model_copy(update={"theory": ""})}
    )
    panel = panel_of_instrument(leadership, bare)
    found = study_theory(panel, QUICK)
    assert ({}, "The instrument declares no theory.") == (dict(found.tables), found.shortfalls[0].why)


def test_only_who_answered_counts(leadership: Panel) -> None:
    """Rows without any answer to the theory's items are left out, and the unit stays with its row."""
    keyed = leadership.keyed.copy()
    keyed[0] = np.nan
    emptied = Panel(**{name: getattr(leadership, name) for name in Panel.__dataclass_fields__} | {"keyed": keyed})
    found = respondents(emptied, read_theory(theory_model(leadership.instrument)))
    assert (2041, leadership.unit[1]) == (len(found), found["unit"].iloc[0])


def panel_of_instrument(panel: Panel, other: Instrument) -> Panel:
    return Panel(**{name: getattr(panel, name) for name in Panel.__dataclass_fields__} | {"instrument": other})
