"""The part of the study: its tables and figures, what it leaves out and why."""

import json
from dataclasses import replace
from importlib.resources import as_file, files

import numpy as np
import pytest

from instrument import load_instrument, read_responses
from scoring.validation.dimensionality import study_dimensionality, suggest
from scoring.validation.dimensionality.efa import STARTS, fit_efa
from scoring.validation.dimensionality.efa_tables import COLUMNS, efa_tables
from scoring.validation.dimensionality.study import usable_items
from scoring.validation.panel import panel_of
from scoring.validation.part import StudyOptions

FEW = StudyOptions(references=20, ordinal_draws=8)
QUICK = StudyOptions(references=10, ordinal_draws=0, quick=True)
ROUNDING = 1e-9
# As published for factors that are the same (Lorenzo-Seva & ten Berge 2006), and for fair ones.
SAME, FAIR = 0.95, 0.85
# Congruence with the reversed items beyond any scale's.
OF_WORDING, OF_SCALES = 0.8, 0.5


def _panel(name):
    with as_file(files("sample_data") / name) as folder:
        own = folder / "instrument.yaml"
        instrument = load_instrument(own) if own.exists() else load_instrument()
        responses = read_responses(folder / "responses.csv" if own.exists() else folder, instrument)
    return panel_of(responses.of_wave(responses.waves[-1]))


@pytest.fixture(scope="module")
def leadership():
    return _panel("leadership_2002")


@pytest.fixture(scope="module")
def consortia():
    return _panel("panel")


@pytest.fixture(scope="module")
def part(leadership):
    return study_dimensionality(leadership, FEW)


@pytest.fixture(scope="module")
def quick(consortia):
    return study_dimensionality(consortia, QUICK)


def test_tables_are_complete(part):
    """Every criterion for every set of items, by both kinds of correlation; the columns of each table."""
    suggested = part.tables["suggested"]
    assert set(suggested["scope"]) == {"all", "leadership", "hostility"}
    assert (suggested.groupby(["scope", "correlation"]).size() == 8).all()
    criteria = {"parallel_components", "parallel_factors", "map", "map_fourth", "ekc", "nest"}
    assert criteria == set(suggested["criterion"])
    assert set(suggested["n_units"]) == {49}
    assert suggested.loc[suggested["scope"] == "all", "declared"].unique().tolist() == [3]
    drawn = suggested[suggested["criterion"] != "nest"]
    assert (drawn["ci_low"] <= drawn["ci_high"]).all()
    for name, columns in COLUMNS.items():
        assert list(part.tables[name].columns) == columns
        assert len(part.tables[name])
    assert part.shortfalls == ()


def test_eigenvalues_stand_beside_their_references(part):
    """What the table of eigenvalues says leads to the numbers of the other one."""
    table = part.tables["eigenvalues"]
    numbers = part.tables["suggested"].set_index(["scope", "correlation", "criterion", "rule"])["n_factors"]
    for (scope, kind), of_scope in table[table["kind"] == "components"].groupby(["scope", "correlation"]):
        ordered = of_scope.sort_values("position")
        for column, key in (("mean", ("parallel_components", "mean")), ("p95", ("parallel_components", "p95"))):
            below = ordered["eigenvalue"] <= ordered[f"reference_{column}"]
            assert numbers[(scope, kind, *key)] == below.to_numpy().argmax()
        assert len(ordered) == pytest.approx(ordered["eigenvalue"].sum(), abs=ROUNDING)
        assert ordered["reference_nest"].notna().sum() >= numbers[(scope, kind, "nest", "")]


def test_leadership_has_its_declared_factors(part):
    """Three factors by MAP and by polychoric parallel analysis of components, close to the declared scales."""
    suggested = part.tables["suggested"].query("scope == 'all' and correlation == 'polychoric'")
    numbers = suggested.set_index(["criterion", "rule"])["n_factors"]
    assert numbers["map", ""] == numbers["parallel_components", "p95"] == 3
    congruence = part.tables["congruence"].query("n_factors == 3 and extraction == 'minres' and rotation == 'oblimin'")
    assert set(congruence["scale"]) == {"leadership", "significance", "hostility"}
    assert (congruence["congruence"] > FAIR).all()
    assert part.figures["declared"] == 3
    assert part.figures["headline"] == "3:minres:oblimin"


def test_loadings_have_intervals_from_draws_of_units(part):
    """The first solution has standard errors, the others none; figures can be written as JSON."""
    loadings = part.tables["loadings"]
    first = (loadings["extraction"] == "minres") & (loadings["rotation"] == "oblimin") & (loadings["n_factors"] == 3)
    assert loadings.loc[first, "se"].gt(0).all()
    assert loadings.loc[~first, "se"].isna().all()
    assert part.figures["headline_draws"] == 8
    assert json.loads(json.dumps(part.summary))["draws"] == 8


def test_threads_do_not_change_numbers(leadership):
    """One thread and two give the same tables."""
    options = StudyOptions(references=4, ordinal_draws=3, quick=True)
    one, two = (study_dimensionality(leadership, replace(options, n_jobs=n_jobs)) for n_jobs in (1, 2))
    for name, table in one.tables.items():
        assert table.equals(two.tables[name])


def test_sample_panel_shows_its_eight_scales(quick):
    """Role forms and all: each scale matches a factor of its own."""
    congruence = quick.tables["congruence"].query("n_factors == 8 and extraction == 'minres' and rotation == 'oblimin'")
    assert set(congruence["scale"]) == {"G", "L", "C", "T", "V1", "V2", "V3", "V4"}
    assert congruence["factor"].nunique() == 8
    large = congruence.set_index("scale")["congruence"]
    assert large.min() > 0.8
    assert large[["G", "C", "V4"]].min() > SAME
    suggested = quick.tables["suggested"]
    of_scales = suggested[(suggested["scope"] != "all") & (suggested["criterion"] == "map")]
    assert set(of_scales["n_factors"]) == {1}


def test_ninth_factor_of_the_sample_panel_is_wording(consortia):
    """Who does not read answers reversed items like the others: a ninth factor is theirs, and no scale is lost."""
    usable, _ = usable_items(consortia)
    fits = fit_efa(usable.R["polychoric"], 9, usable.n, items=usable.data.names, target=usable.target)
    turned = [item.id for item in consortia.instrument.items if item.reverse]
    factors = efa_tables(fits, usable.target, reversed_items=turned)["factors"].set_index("scale")
    assert factors.loc["", "wording"] > OF_WORDING
    assert factors.drop(index="")["wording"].max() < OF_SCALES
    assert factors.drop(index="")["congruence"].min() > FAIR


def test_without_the_careless_the_eight_declared_factors_remain():
    """truth.json names who answered without reading; without those 22 of 589, criteria agree on eight factors."""
    with as_file(files("sample_data") / "panel") as folder:
        responses = read_responses(folder, load_instrument())
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    wave = responses.of_wave("2")
    careless = [name for of_wave, name, _ in truth["careless"] if of_wave == "2"]
    attentive = ~wave.answers["respondent"].isin(careless).to_numpy()
    panel = panel_of(wave)
    usable, _ = usable_items(replace(panel, keyed=np.where(attentive[:, None], panel.keyed, np.nan)))
    assert len(usable.unit) == len(attentive) - len(careless) == 567
    found = suggest(usable.data, "polychoric", draws=20, nest=False).numbers()
    for criterion in (("parallel_components", "p95"), ("parallel_factors", "p95"), ("map", "")):
        assert found[criterion] == 8


def test_quick_study_says_what_it_left_out(quick):
    """No NEST, no draws of units, no maximum likelihood, each with a shortfall."""
    assert [one.what for one in quick.shortfalls] == ["nest", "intervals", "efa:ml"]
    assert set(quick.tables["efa_fit"]["extraction"]) == {"minres"}
    assert "nest" not in set(quick.tables["suggested"]["criterion"])
    assert quick.tables["suggested"]["ci_low"].isna().all()
    assert quick.tables["loadings"]["se"].isna().all()


def test_thin_pairs_are_named(monkeypatch):
    """Five units of cases: pairs under 100 respondents are listed and counted, the matrix is smoothed and says so."""
    monkeypatch.setitem(STARTS, "geomin", 1)
    part = study_dimensionality(_panel("cases"), QUICK)
    thin = part.tables["thin_pairs"]
    assert len(thin) == part.figures["pairs_under_100"] > 0
    assert thin["n"].max() < 100
    assert thin["n"].min() == part.figures["n_smallest_pair"]
    assert part.figures["smoothed_polychoric"] is True
    assert part.figures["smallest_eigenvalue_polychoric"] < 0 < part.figures["smoothing_polychoric"]
    assert part.figures["smoothed_pearson"] is False


def test_items_that_nobody_answered_together_are_left_out(leadership):
    """One item of a form of its own goes, the others stay; a constant one goes too."""
    keyed = leadership.keyed.copy()
    own = np.arange(len(keyed)) < 300
    keyed[own, 1:] = np.nan
    keyed[~own, 0] = np.nan
    keyed[:, 5] = np.where(np.isnan(keyed[:, 5]), np.nan, 3.0)
    part = study_dimensionality(replace(leadership, keyed=keyed), QUICK)
    lone, constant = leadership.items[0], leadership.items[5]
    reasons = {one.what: one.why for one in part.shortfalls}
    assert "too few" in reasons[lone]
    assert "alike" in reasons[constant]
    assert part.figures["items"] == 17
    assert lone not in set(part.tables["loadings"]["item"])


def test_too_few_respondents(leadership):
    """Fifty respondents are no study: no tables, and a shortfall with the number it takes."""
    few = replace(leadership, keyed=np.where(np.arange(leadership.n)[:, None] < 50, leadership.keyed, np.nan))
    part = study_dimensionality(few, QUICK)
    assert not part.tables
    (shortfall,) = part.shortfalls
    assert (100, 50, "respondents") == (shortfall.needed, shortfall.found, shortfall.of)


def test_too_few_items(leadership):
    """Three items with answers carry no question of factors."""
    keyed = np.where(np.arange(19) < 3, leadership.keyed, np.nan)
    part = study_dimensionality(replace(leadership, keyed=keyed), QUICK)
    assert not part.tables
    assert part.shortfalls[-1].of == "items"


def test_progress_is_told(leadership):
    """Each step names the part."""
    told: list[str] = []
    few = replace(leadership, keyed=np.where(np.arange(leadership.n)[:, None] < 300, leadership.keyed, np.nan))
    study_dimensionality(few, StudyOptions(references=2, ordinal_draws=0, quick=True), told.append)
    assert len(told) == 3
    assert all(one.startswith("dimensionality: ") for one in told)
