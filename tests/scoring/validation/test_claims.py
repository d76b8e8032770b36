"""Verdicts follow from the study's tables and the criteria alone."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from scoring.validation.claims import claims_of
from scoring.validation.criteria import Criterion, criteria
from scoring.validation.part import Part, Shortfall


def _reliability(**low: float) -> Part:
    table = pd.DataFrame({
        "scale": [*low, *low],
        "coefficient": ["omega"] * len(low) + ["alpha"] * len(low),
        "ci_low": [*low.values(), *[0.1] * len(low)],
    })  # fmt: skip
    lacking = (Shortfall("omega of T", "Two items are too few for a factor model.", 3, 2, "items"),)
    return Part("reliability", {"coefficients": table}, {}, lacking)


def _of(kind: str) -> list[Criterion]:
    return [one for one in criteria() if one.claim.startswith(kind)]


def test_bounds_decide() -> None:
    """A lower limit on the bound holds, one below it fails, a missing one is unknown with the reason of its part."""
    found = {one.id: one for one in claims_of({"reliability": _reliability(G=0.6, L=0.599, T=np.nan)}, _of("score"))}
    assert {name: one.verdict for name, one in found.items()} == {
        "score:G": "holds", "score:L": "fails", "score:T": "unknown",
    }  # fmt: skip
    assert found["score:L"].value == 0.599
    assert found["score:L"].blocks == ("score",)
    assert found["score:T"].reason == "Two items are too few for a factor model."


def test_upper_bounds_and_words() -> None:
    """Below means below; of words any listed one will do."""
    table = pd.DataFrame({"scale_a": ["C", "C"], "scale_b": ["T", "L"], "kind": "htmt", "ci_high": [0.9, 0.899]})
    ladder = pd.DataFrame({"grouping": ["language"] * 2, "scale": ["T", "G"], "verdict": ["partial", "metric"]})
    parts = {
        "reliability": Part("reliability", {"htmt": table}), "invariance": Part("invariance", {"verdicts": ladder})
    }  # fmt: skip
    found = {one.id: one.verdict for one in claims_of(parts, [*_of("distinct"), *_of("compare")])}
    assert found == {
        "distinct:C~T": "fails", "distinct:C~L": "holds", "compare:language:T": "holds", "compare:language:G": "fails",
    }  # fmt: skip


def test_a_comparison_quotes_its_own_shortfall() -> None:
    """Of one scale and one grouping, not of the scale's other grouping."""
    table = pd.DataFrame({"grouping": ["family", "language"], "scale": "G", "verdict": [None, None]})
    short = (
        Shortfall("family G", "Few of the public side.", 150, 90),
        Shortfall("language G", "Few in Chinese.", 150, 3),
    )
    found = claims_of({"invariance": Part("invariance", {"verdicts": table}, {}, short)}, _of("compare"))
    assert [one.reason for one in found] == ["Few of the public side.", "Few in Chinese."]


def test_what_was_not_computed_is_unknown() -> None:
    """Without its part a claim is unknown and says so; it neither holds nor fails."""
    found = claims_of({}, criteria())
    assert [one.id for one in found] == ["score", "distinct", "stage_order", "compare", "careful"]
    assert {one.verdict for one in found} == {"unknown"}
    assert found[0].reason == "The part 'reliability' was not computed."


def test_a_criterion_has_one_bound() -> None:
    """Two bounds, or none, are refused."""
    plain = criteria()[0].model_dump()
    with pytest.raises(ValidationError, match="exactly one"):
        Criterion.model_validate(plain | {"below": 1.0})
    with pytest.raises(ValidationError, match="exactly one"):
        Criterion.model_validate(plain | {"at_least": None})


def test_sources_stand_in_both_languages() -> None:
    """Every criterion says where its bound comes from, in English and Chinese."""
    assert [one.claim for one in criteria() if set(one.source) != {"en", "zh-Hans"}] == []
