"""The main models by another program: agreement, refusals and failures."""

import numpy as np
import pytest

from scoring.validation.confirmatory import refit, refusal, study_models, study_second_engine
from scoring.validation.confirmatory.study_engine import basis_of
from scoring.validation.part import QUICK
from tests.scoring.validation.confirmatory_data import ORACLE, answers, read_panel

HS = [f"x{k}" for k in range(1, 10)]
AGREE = 1e-5  # between two searches that stop where the slope is flat
ROUNDING = 1e-8


def test_programs_agree():
    """Three and one factor of Holzinger and Swineford: estimates to 1e-5, the chi-square of lavaan, errors to 1e-4."""
    data = answers("holzinger_swineford_1939")[HS]
    for name, chisq, df in (("three", 85.305522, 24), ("second", 85.305522, 24)):
        found = refit(ORACLE["models"][name], data)
        assert (found.status, found.df, found.df_second) == ("agrees", df, df)
        assert found.largest < AGREE
        assert found.largest_se < 1e-4  # semopy's errors follow its estimates
        assert found.chisq == pytest.approx(chisq, abs=1e-6)  # as published to six decimals
        assert found.chisq_second == pytest.approx(chisq, abs=1e-5)
        assert found.estimates["est_second"].notna().all()


@pytest.mark.parametrize(
    "syntax",
    [
        "f =~ NA*x1 + x2 + x3\nf ~~ 1*f",
        "f =~ x1 + a*x2 + a*x3 + x4",
        "f =~ x1 + start(0.5)*x2 + x3 + x4",
        "f =~ x1 + x2 + x3 + x4\nx1 ~ 1",
        "f =~ x1 + b*x2 + x3 + x4\nb == 1",
        "f =~ x1 + b*x2 + x3 + x4\nd := 2*b",
    ],
)
def test_what_semopy_misreads_is_refused(syntax):
    """Freed markers, labels, starts, intercepts, constraints and definitions are not given to semopy."""
    assert refusal(syntax) != ""
    found = refit(syntax, answers("holzinger_swineford_1939")[HS])
    assert found.status == "refused"
    assert np.isnan(found.largest)
    assert found.note == refusal(syntax)


def test_fixed_values_are_passed_on():
    """Uncorrelated factors: both programs hold the zeros."""
    syntax = f"{ORACLE['models']['three']}\nvisual ~~ 0*textual + 0*speed\ntextual ~~ 0*speed"
    found = refit(syntax, answers("holzinger_swineford_1939")[HS])
    assert (found.status, found.df_second) == ("agrees", 27)
    assert found.largest < AGREE


def test_failure_is_reported(monkeypatch):
    """Whatever semopy raises stands in the note, with its kind."""
    import semopy

    def broken(text):
        raise KeyError("no such thing")

    monkeypatch.setattr(semopy, "Model", broken)
    found = refit(ORACLE["models"]["three"], answers("holzinger_swineford_1939")[HS])
    assert (found.status, found.note) == ("failed", "KeyError: 'no such thing'")
    assert found.chisq == pytest.approx(85.305522, abs=1e-6)  # as published to six decimals


def test_differences_are_told(monkeypatch):
    """An estimate that is another one is a difference, whatever its size beyond the third decimal."""
    from scoring.validation.confirmatory import second_engine

    whole = second_engine._semopy

    def shifted(text, rows):
        found = whole(text, rows)
        found["estimates"] = found["estimates"].assign(Estimate=found["estimates"]["Estimate"].astype(float) + 0.002)
        return found

    monkeypatch.setattr(second_engine, "_semopy", shifted)
    found = refit(ORACLE["models"]["three"], answers("holzinger_swineford_1939")[HS])
    assert found.status == "differs"
    assert found.largest == pytest.approx(0.002, abs=AGREE)


def test_part_of_complete_answers():
    """On leadership_2002 every model is refitted to all 2,042 respondents and agrees."""
    part = study_second_engine(read_panel("leadership_2002"), QUICK)
    models = part.tables["models"].set_index("model")
    assert list(models.index) == ["measurement", "scale:leadership", "scale:significance", "scale:hostility"]
    assert set(models["basis"]) == {"complete"}
    assert set(models["n"]) == {2042}
    assert (part.figures["agree"], part.figures["same_df"]) == (4, True)
    assert part.figures["largest_difference"] < AGREE
    assert part.figures["largest_chisq_difference"] < AGREE
    assert "rivals" in {one.what for one in part.shortfalls}


def test_moments_stand_in_for_complete_rows():
    """Too few answered every item of the panel's model: rows with exactly the moments that full information estimates,
    and a shortfall that says so; a scale that enough answered in full has its own rows."""
    panel = read_panel("panel")
    models = {model.name: model for model in study_models(panel, panel.items)[0]}
    from dataclasses import replace

    both = replace(models["scale:G"], name="both", items=(*models["scale:G"].items, *models["scale:V2"].items))
    whole = basis_of(panel, both)
    assert whole.name == ("two_stage" if whole.shortfalls else "complete")
    scale = basis_of(panel, models["scale:G"])
    assert (scale.name, scale.shortfalls) == ("complete", ())
    assert scale.rows.notna().all(axis=None)
    few = replace(panel, keyed=np.where(np.arange(panel.n)[:, None] < 200, panel.keyed, np.nan))
    stand_in = basis_of(few, models["scale:G"])
    assert stand_in.name == "two_stage"
    assert stand_in.shortfalls[0].needed == 150
    assert stand_in.rows.notna().all(axis=None)
