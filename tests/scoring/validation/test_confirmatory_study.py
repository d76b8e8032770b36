"""The confirmatory part of the study: its tables and figures, what it leaves out and why."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scoring.validation.confirmatory import study_confirmatory
from scoring.validation.part import QUICK, StudyOptions
from tests.scoring.validation.confirmatory_data import read_panel

FEW = StudyOptions(ordinal_draws=20, n_jobs=1)
ROUNDING = 1e-9


@pytest.fixture(scope="module")
def leadership():
    return read_panel("leadership_2002")


@pytest.fixture(scope="module")
def part(leadership):
    return study_confirmatory(leadership, FEW)


def test_every_model_is_fitted_in_both_ways(part):
    """The declared model, two rivals and three scales by WLSMV and MLR; the complete rows by ML; none invented."""
    fits = part.tables["fits"]
    names = ["measurement", "one_factor", "officers_and_ncos"]
    names += ["scale:leadership", "scale:significance", "scale:hostility"]
    for estimator in ("WLSMV", "MLR"):
        assert names == fits.loc[(fits["estimator"] == estimator), "model"].tolist()
    assert fits.loc[fits["estimator"] == "ML", "sample"].tolist() == ["complete"]
    assert not fits.duplicated(["model", "estimator", "sample", "solution"]).any()
    assert set(fits.loc[fits["estimator"] != "ML", "n_units"]) == {49}
    assert len(part.tables["syntax"]) == len(fits)


def test_leadership_2002_is_as_known(part):
    """Three factors fit poorly (robust CFI .85 by MLR), one far worse, and the misfit is leadership's."""
    fits = part.tables["fits"].set_index(["estimator", "model"])
    assert 0.848 == pytest.approx(fits.loc[("MLR", "measurement"), "cfi_robust"], abs=0.001)  # rules of the project
    assert fits.loc[("MLR", "one_factor"), "cfi_robust"] < 0.7
    assert part.figures["largest_misfit_factor"] == "leadership"
    assert part.figures["largest_misfit_ratio"] > 1
    compared = part.tables["comparisons"].set_index(["estimator", "model_b"])
    assert compared.loc[("WLSMV", "one_factor"), "relation"] == "b_in_a"
    assert compared.loc[("WLSMV", "officers_and_ncos"), "relation"] == "a_in_b"
    assert (compared.loc["MLR", "delta_bic"] != 0).all()
    assert part.figures["expected"]["cfi_robust"]["worse"] == 0


def test_headline_is_that_of_the_table(part):
    """The figures are the declared model's row by WLSMV."""
    row = part.tables["fits"].query("model == 'measurement' and estimator == 'WLSMV'").iloc[0]
    assert part.figures["declared"]["cfi_robust"] == row["cfi_robust"]
    assert part.figures["declared"]["n_pair_min"] == 2042
    json.dumps(part.summary)


def test_differences_are_from_the_headline(part):
    """Sensitivity compares parameter by parameter with WLSMV of everybody."""
    table = part.tables["sensitivity"]
    assert set(table["estimator"] + ":" + table["sample"]) == {"MLR:all", "ML:complete"}
    assert (table["std_all"] - table["reference"]).to_numpy() == pytest.approx(
        table["difference"].to_numpy(), abs=ROUNDING
    )
    assert len(table) == 2 * (19 + 3)


def test_threads_change_nothing(leadership, part):
    """The same tables with two threads."""
    again = study_confirmatory(leadership, replace(FEW, n_jobs=2))
    for name, table in part.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])


def test_quick_study_leaves_rivals_by_likelihood_out(leadership):
    """The declared model and the scales by MLR, and it says what is left out."""
    said: list[str] = []
    quick = study_confirmatory(leadership, QUICK, said.append)
    fits = quick.tables["fits"]
    assert set(fits.loc[fits["estimator"] == "MLR", "kind"]) == {"declared", "scale"}
    assert {"rivals by MLR", "expected fit"} <= {one.what for one in quick.shortfalls}
    assert "expected" not in quick.tables
    assert any("WLSMV" in line for line in said)


def test_too_few_respondents_are_a_shortfall(leadership):
    """Sixty respondents: no fit, and how many it would need."""
    kept = slice(0, 60)
    fields = ("keyed", "asked", "unit", "member", "role", "family", "language", "form")
    few = replace(leadership, **{name: getattr(leadership, name)[kept] for name in fields})
    part = study_confirmatory(few, QUICK)
    assert set(part.tables) == {"items"}
    short = part.shortfalls[-1]
    assert (short.what, short.needed, short.found) == ("all", 100, 60)


def test_item_that_nobody_answered_is_named(leadership):
    """The models go on without it."""
    keyed = leadership.keyed.copy()
    keyed[:, leadership.columns(["TSIG02"])] = np.nan
    part = study_confirmatory(replace(leadership, keyed=keyed), QUICK)
    assert ("TSIG02", "left out: nobody_answered") in {(one.what, one.why) for one in part.shortfalls}
    assert "scale:significance" in {one.what for one in part.shortfalls}
    row = part.tables["fits"].iloc[0]
    assert (row["model"], row["items"]) == ("measurement", 18)
    assert "TSIG02" in row["notes"]
