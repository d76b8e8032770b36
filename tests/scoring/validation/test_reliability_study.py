"""The part `reliability`: its tables, shortfalls and verdicts."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from instrument import Responses, load_instrument, read_responses
from scoring.validation.claims import claims_of
from scoring.validation.criteria import criteria
from scoring.validation.panel import Panel, panel_of
from scoring.validation.part import Part, StudyOptions
from scoring.validation.reliability import study_reliability
from scoring.validation.reliability.answers import ScaleAnswers
from scoring.validation.reliability.definitions import COEFFICIENTS
from scoring.validation.reliability.study import _modelled_rows

SHORT = StudyOptions(draws=60, ordinal_draws=0, quick=True, n_jobs=1)
AT_ONE = 1e-4  # residual variances that the search within bounds holds at zero
SCALES = ["G", "L", "C", "T", "V1", "V2", "V3", "V4"]


@pytest.fixture(scope="module")
def panel_data(sample_data: Path) -> Panel:
    return panel_of(read_responses(sample_data / "panel", load_instrument()).of_wave("2"))


@pytest.fixture(scope="module")
def part(panel_data: Panel) -> Part:
    return study_reliability(panel_data, SHORT)


@pytest.fixture(scope="module")
def full(sample_data: Path) -> Part:
    """All steps, of US Army companies."""
    folder = sample_data / "leadership_2002"
    responses = read_responses(folder / "responses.csv", load_instrument(folder / "instrument.yaml"))
    return study_reliability(panel_of(responses), StudyOptions(draws=40, ordinal_draws=25))


def of_rows(panel: Panel, rows: np.ndarray) -> Panel:
    arrays = ("keyed", "asked", "unit", "member", "role", "family", "language", "form")
    return dataclasses.replace(panel, **{name: getattr(panel, name)[rows] for name in arrays})


def verdicts(part: Part, kind: str) -> set[str]:
    return {claim.verdict for claim in claims_of({"reliability": part}, criteria()) if claim.id.startswith(kind)}


def test_one_row_per_scale_and_coefficient(part: Part) -> None:
    """Every scale has omega and alpha, none is the formative whole, and no row stands twice."""
    table = part.tables["coefficients"]
    assert SCALES == table["scale"].unique().tolist()
    assert SCALES == table.loc[table["coefficient"] == "omega", "scale"].tolist()
    assert not table.duplicated(["scale", "coefficient"]).any()
    assert (table.loc[table["draws"] > 0, "ci_low"] < table.loc[table["draws"] > 0, "est"]).all()
    assert (table.loc[table["draws"] > 0, "est"] < table.loc[table["draws"] > 0, "ci_high"]).all()


def test_every_coefficient_is_defined(part: Part, full: Part) -> None:
    """Names in the tables are those of the table of definitions."""
    used = set(full.tables["coefficients"]["coefficient"]) | set(full.tables["htmt"]["kind"])
    assert used | set(part.tables["coefficients"]["coefficient"]) <= set(COEFFICIENTS)
    assert list(COEFFICIENTS) == full.tables["definitions"]["coefficient"].tolist()
    assert {"spearman_brown"} == set(COEFFICIENTS) - used


def test_a_clean_panel_passes(part: Part) -> None:
    """On the synthetic panel every scale keeps its bound and all pairs are told apart."""
    assert {"holds"} == verdicts(part, "score")
    assert {"holds"} == verdicts(part, "distinct")
    assert 8 * 7 / 2 == len(part.tables["htmt"].query("kind == 'htmt'"))
    assert part.tables["fornell_larcker"]["told_apart"].all()


def test_what_is_not_computed_is_said(part: Part) -> None:
    """The formative whole, outcomes and what a quick study leaves out are named with a reason."""
    said = {one.what: one.why for one in part.shortfalls}
    assert "make it up" in said["alpha V"]
    assert "each for itself" in said["alpha B"]
    assert {"omega_fiml", "omega_between", "intervals of ordinal coefficients"} <= set(said)
    ordinal = part.tables["coefficients"].query("coefficient == 'omega_green_yang'")
    assert ordinal["est"].notna().all()
    assert ordinal["ci_low"].isna().all()


def test_all_steps(full: Part) -> None:
    """Companies: all coefficients of three scales with intervals, both levels, and a general factor."""
    table = full.tables["coefficients"].set_index(["scale", "coefficient"])
    assert set(COEFFICIENTS) - {"spearman_brown"} == set(table.index.get_level_values(1)) | set(
        full.tables["htmt"]["kind"]
    )
    assert table["ci_low"].notna().all()
    assert (table["n_units"] == 49).all()
    assert (table["n"] == 2042).all()
    assert [40] == table["draws"].xs("omega", level=1).unique().tolist()
    assert [25] == table["draws"].xs("omega_green_yang", level=1).unique().tolist()
    assert full.tables["htmt"]["ci_high"].between(0, 0.9).all()
    assert () == full.shortfalls
    assert 0 < full.figures["omega_hierarchical"] < full.figures["omega_total"] < 1
    assert "significance" == full.figures["least_omega_scale"]


def test_the_same_numbers_for_any_number_of_jobs(panel_data: Panel) -> None:
    """Draws are made before they are shared out, so that threads do not change them; another seed does."""
    few = dataclasses.replace(panel_data, keyed=panel_data.keyed.copy())
    few.keyed[:, panel_data.columns([*panel_data.groups["V"], *panel_data.groups["C"], *panel_data.groups["L"]])] = (
        np.nan
    )
    options = dataclasses.replace(SHORT, draws=20, ordinal_draws=20)
    one, two = (study_reliability(few, dataclasses.replace(options, n_jobs=jobs)) for jobs in (1, 2))
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, two.tables[name], check_exact=True)
    other = study_reliability(few, dataclasses.replace(SHORT, draws=20, seed=2))
    omegas = [found.tables["coefficients"].query("coefficient == 'omega'")["ci_low"] for found in (one, other)]
    assert (omegas[0].dropna().to_numpy() != omegas[1].dropna().to_numpy()).all()


@pytest.mark.simulation
def test_noise_blocks_every_score(panel_data: Panel) -> None:
    """Answers drawn without regard to anything keep no bound, and none is unknown for want of a solution."""
    rng = np.random.default_rng(11)
    noise = np.where(np.isnan(panel_data.keyed), np.nan, rng.integers(1, 6, panel_data.keyed.shape))
    found = study_reliability(dataclasses.replace(panel_data, keyed=noise), SHORT)
    assert {"fails"} == verdicts(found, "score")
    assert {"fails"} == verdicts(found, "distinct")
    assert {"omega_green_yang"} == {one.what.split()[0] for one in found.shortfalls if "no factor" in one.why}


def test_one_factor_blocks_separate_scales(panel_data: Panel) -> None:
    """Where all items reflect one thing scores hold and no two scales are told apart."""
    rng = np.random.default_rng(12)
    trait = rng.normal(size=(panel_data.n, 1)) + 0.4 * rng.normal(size=panel_data.n_units)[panel_data.unit][:, None]
    latent = 3 + 0.8 * trait + 0.8 * rng.normal(size=panel_data.keyed.shape)
    answers = np.where(np.isnan(panel_data.keyed), np.nan, np.clip(np.round(latent), 1, 5))
    found = study_reliability(dataclasses.replace(panel_data, keyed=answers), SHORT)
    assert {"holds"} == verdicts(found, "score")
    assert {"fails"} == verdicts(found, "distinct")


def test_small_scales(build: Callable[..., Responses], panel: Callable[..., Any]) -> None:
    """Two items have Spearman and Brown's coefficient and say why there is no omega; scales that share items have no
    HTMT.
    """
    rows, roster = panel(5, units=6, members=12, missing=0.05)
    found = study_reliability(panel_of(build(rows, members=roster)), SHORT)
    table = found.tables["coefficients"].set_index(["scale", "coefficient"])
    assert ("V1", "omega") not in table.index
    assert table.loc[("V1", "spearman_brown"), "est"] == pytest.approx(table.loc[("V1", "alpha_standardised"), "est"])
    short = {one.what: one for one in found.shortfalls}
    assert (3, 2, "items") == (short["omega V1"].needed, short["omega V1"].found, short["omega V1"].of)
    pairs = set(zip(found.tables["htmt"]["scale_a"], found.tables["htmt"]["scale_b"], strict=True))
    assert ("V", "V1") not in pairs
    assert ("G", "V1") in pairs


def test_few_units(panel_data: Panel) -> None:
    """Three units give estimates without intervals and say how many units it would take."""
    part = study_reliability(of_rows(panel_data, np.flatnonzero(panel_data.unit < 3)), SHORT)
    table = part.tables["coefficients"].query("coefficient == 'alpha'")
    assert table["est"].notna().all()
    assert table["ci_low"].isna().all()
    short = next(one for one in part.shortfalls if one.what.startswith("intervals G"))
    assert (5, 3, "units") == (short.needed, short.found, short.of)
    assert {"unknown"} == verdicts(part, "score")


def test_an_item_nobody_answered(panel_data: Panel) -> None:
    """Its scale has no figures and says so; the others are as before."""
    empty = panel_data.keyed.copy()
    empty[:, panel_data.columns(["t1a"])] = np.nan
    found = study_reliability(dataclasses.replace(panel_data, keyed=empty), SHORT)
    table = found.tables["coefficients"].set_index(["scale", "coefficient"])["est"]
    assert np.isnan(table["T", "omega"])
    assert np.isnan(table["T", "alpha"])
    assert table[["G", "L", "C"]].notna().all()
    assert {"omega T", "omega_green_yang T", "fornell_larcker", "htmt L~T"} <= {one.what for one in found.shortfalls}


@pytest.fixture(scope="module")
def companies(sample_data: Path) -> Panel:
    folder = sample_data / "leadership_2002"
    return panel_of(read_responses(folder / "responses.csv", load_instrument(folder / "instrument.yaml")))


def test_an_item_that_does_not_vary(companies: Panel) -> None:
    """Its scale has no factor and no ratio; the other two keep theirs, polychoric ones too."""
    keyed = companies.keyed.copy()
    keyed[:, 0] = 3.0
    found = study_reliability(dataclasses.replace(companies, keyed=keyed), SHORT)
    pairs = found.tables["htmt"].set_index(["scale_a", "scale_b", "kind"])["est"]
    for kind in ("htmt", "htmt_polychoric"):
        assert np.isnan(pairs["leadership", "hostility", kind])
        assert 0 < pairs["significance", "hostility", kind] < 1
    said = {one.what: one.why for one in found.shortfalls}
    assert "singular" in said["omega leadership"]
    assert "no solution" in said["omega_green_yang leadership"]


def test_respondents_without_units(companies: Panel) -> None:
    """Without units respondents are drawn: as many degrees of freedom as there are of them, and no levels."""
    rows = np.arange(0, companies.n, 5)
    alone = companies.instrument.model_copy(update={"levels": ("respondent",)})
    few = dataclasses.replace(of_rows(companies, rows), instrument=alone, unit=np.arange(len(rows)))
    found = study_reliability(few, SHORT)
    table = found.tables["coefficients"].set_index(["scale", "coefficient"])
    assert len(rows) - 1 == table.loc[("hostility", "omega"), "df"]
    assert len(rows) == table.loc[("hostility", "omega"), "n_units"]
    assert "omega_pooled_within" not in table.index.get_level_values(1)
    assert 0 == found.figures["units"]


def test_too_few_answers_for_a_factor(companies: Panel) -> None:
    """Ten respondents and eleven items: alpha is given, omega says how many respondents it would take at least."""
    found = study_reliability(of_rows(companies, np.arange(0, 2000, 200)), SHORT)
    table = found.tables["coefficients"].set_index(["scale", "coefficient"])["est"]
    assert np.isfinite(table["leadership", "alpha"])
    assert np.isnan(table["leadership", "omega"])
    short = next(one for one in found.shortfalls if one.what == "omega leadership")
    assert (12, 10, "respondents") == (short.needed, short.found, short.of)


def test_between_units_without_residuals(panel_data: Panel) -> None:
    """Units of the synthetic panel differ in stage V3 as a whole: omega between them is 1 and says why it has no
    interval.
    """
    only = np.full_like(panel_data.keyed, np.nan)
    at = panel_data.columns(panel_data.groups["V3"])
    only[:, at] = panel_data.keyed[:, at]
    answers = ScaleAnswers(dataclasses.replace(panel_data, keyed=only), dataclasses.replace(SHORT, quick=False))
    rows, short = _modelled_rows(answers)
    found = {row["coefficient"]: row for row in rows}
    assert ["omega_fiml", "omega_within", "omega_between"] == list(found)
    assert found["omega_between"]["est"] == pytest.approx(1, abs=AT_ONE)
    assert np.isnan(found["omega_between"]["ci_low"])
    assert 0 < found["omega_within"]["ci_low"] < found["omega_within"]["est"]
    assert "held at zero" in next(one.why for one in short if one.what == "omega_between V3")
