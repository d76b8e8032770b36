"""`concord validate` writes the technical report beside its tables."""

from pathlib import Path
from typing import Any

import pytest

from concord import validation
from instrument import load_instrument, read_responses
from instrument.languages import UnknownLanguageError
from scoring.validation import QUICK
from tests.reports.technical_study import hand_made_study

CASES = Path(__file__).parents[2] / "sample_data" / "cases"


@pytest.fixture
def studied(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The answers of the cases; the study of them is the one made by hand, and how often it was made."""
    made = []

    def study(responses: Any, options: Any, *, progress: Any) -> Any:
        made.append(options)
        return hand_made_study(responses.instrument)

    monkeypatch.setattr(validation, "validate", study)
    return read_responses(CASES, load_instrument("innovation_consortium")), made


def test_the_report_stands_beside_the_tables(studied: Any, tmp_path: Path) -> None:
    """In the language asked for; every file that the page names is there; left-out answers are said at its head."""
    responses, _ = studied
    validation.write_validation(responses, tmp_path / "study", QUICK, lang="zh", without_flagged=True)
    page = (tmp_path / "study" / "technical.html").read_text(encoding="utf-8")
    assert '<html lang="zh-Hans">' in page
    assert page.count('class="banner"') == 2
    for name in ("confirmatory/fits.csv", "reliability/htmt.csv", "claims.csv", "validation.json"):
        assert name in page
        assert (tmp_path / "study" / name).exists()


def test_an_unknown_language_costs_no_study(studied: Any, tmp_path: Path) -> None:
    """It is refused before anything is computed."""
    responses, made = studied
    with pytest.raises(UnknownLanguageError):
        validation.write_validation(responses, tmp_path / "study", QUICK, lang="fr")
    assert made == []
    assert not (tmp_path / "study").exists()
