"""A failed claim takes figures out of masked scores and alters none."""

from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest

from instrument import Instrument, load_instrument, read_responses
from scoring import Scores, mask, score
from scoring.scores import MaturityStatus, PatternStatus, ScoreStatus, StageStatus
from scoring.validation.claims import Claim, Verdict
from scoring.validation.exchange import Verdicts
from scoring.validation.gate import gate

BLOCKS = {"score": ("score",), "stage_order": ("stage_name",), "compare": ("compare",), "distinct": ("separate",)}


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return load_instrument()


@pytest.fixture(scope="module")
def masked(instrument: Instrument) -> Scores:
    with as_file(files("sample_data") / "panel") as folder:
        return mask(score(read_responses(folder, instrument).of_wave("2"), draws=400))


def verdicts(**claims: Verdict) -> Verdicts:
    made = {
        name: Claim(name, verdict, None, "", "", BLOCKS[name.partition(":")[0]])
        for name, verdict in ((name.replace("__", ":"), verdict) for name, verdict in claims.items())
    }
    return Verdicts("innovation_consortium", 1, "2", 589, 24, "ab", False, True, made)


def same(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    return first.reset_index(drop=True).equals(second.reset_index(drop=True))


def test_claims_that_hold_change_nothing(masked: Scores, instrument: Instrument) -> None:
    """What holds and what is unknown leaves every frame as it was; so does what only changes words."""
    found = gate(masked, verdicts(score__T="holds", stage_order="unknown", compare__family__T="unknown"), instrument)
    assert [name for name, frame in masked.frames.items() if not same(frame, found.frames[name])] == []


def test_a_failed_score_is_taken_out(masked: Scores, instrument: Instrument) -> None:
    """The construct, its facets, its cells by role, its gaps and the patterns that rest on it go; the rest stays."""
    found = gate(masked, verdicts(score__T="fails"), instrument)
    gone = {"T", *(facet.id for facet in instrument.facets if facet.construct == "T")}
    for name in ("scales", "roles"):
        before, after = masked.frames[name], found.frames[name]
        rows = before["scale"].astype(str).isin(gone).to_numpy()
        assert before.loc[rows, "score"].notna().any()
        assert after.loc[rows, ["score", "ci_low", "ci_high"]].isna().all(axis=None)
        had = rows & before["score"].notna().to_numpy()
        assert set(after.loc[had, "status"]) == {ScoreStatus.NOT_VALID}
        assert same(before[~had], after[~had])
    assert gone.isdisjoint(found.gaps["scale"].astype(str))
    assert gone.isdisjoint(found.extremes["scale"].astype(str))
    rests = found.patterns["rests_on"].str.contains(r"(?:^|;)T[0-9]?(?:\[|;|$)")
    assert rests.any()
    assert set(found.patterns.loc[rests, "status"]) == {PatternStatus.NOT_VALID}
    assert same(masked.patterns[~rests], found.patterns[~rests])
    assert same(masked.stages, found.stages)


@pytest.mark.parametrize("claim", ["stage_order", "score__V2"])
def test_without_an_order_no_stage_is_named(masked: Scores, instrument: Instrument, claim: str) -> None:
    """Where the order of the stages fails, or the score of one, no stage is named and no chance given."""
    found = gate(masked, verdicts(**{claim: "fails"}), instrument)
    assert masked.maturity["status"].isin([MaturityStatus.NAMED, MaturityStatus.RANGE]).any()
    assert not found.maturity["status"].isin([MaturityStatus.NAMED, MaturityStatus.RANGE]).any()
    assert found.stages[["p_at_least", "p_exact"]].isna().all(axis=None)
    had = masked.stages["p_exact"].notna()
    assert set(found.stages.loc[had, "status"]) == {StageStatus.NOT_VALID}
    stays = found.scales["scale"].isin(["V1", "V3", "V4"])
    assert same(masked.scales[stays], found.scales[stays])


def test_roles_that_read_otherwise_are_not_compared(masked: Scores, instrument: Instrument) -> None:
    """Gaps between families go on the scale concerned; those inside a family stay."""
    rows = pd.DataFrame({
        "unit": "u01", "wave": "2", "scale": ["T", "T", "C"], "role_a": ["lead", "university", "lead"],
        "role_b": ["university", "institute", "university"], "gap": [5.0, 6.0, 7.0], "ci_low": np.nan,
        "ci_high": np.nan,
    })  # fmt: skip
    given = gate(
        masked.__class__(**{**{n: getattr(masked, n) for n in masked.__dataclass_fields__}, "gaps": rows}),
        verdicts(compare__family__T="fails", compare__language__C="fails"),
        instrument,
    )
    assert given.gaps["gap"].tolist() == [6.0, 7.0]
