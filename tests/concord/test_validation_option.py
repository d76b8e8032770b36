"""`concord report --validation`: a study's verdicts are quoted and obeyed, or refused with a reason."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
SAMPLE = Path(__file__).parents[2] / "sample_data" / "panel"
STUDY: dict[str, Any] = {
    "format": 1,
    "concord": "0.1.0",
    "instrument": {"id": "innovation_consortium", "version": 1, "sha256": "ab"},
    "data": {"sha256": "cd" * 32, "wave": "2", "respondents": 589, "units": 24, "synthetic": True},
    "options": {"quick": False},
    "claims": [
        {"id": "score:T", "verdict": "fails", "value": 0.41, "bound": ">= 0.6", "reason": "", "blocks": ["score"]},
        {"id": "score:G", "verdict": "holds", "value": 0.81, "bound": ">= 0.6", "reason": "", "blocks": ["score"]},
    ],
}


def written(folder: Path, **changed: Any) -> Path:
    path = folder / "validation.json"
    path.write_text(json.dumps(STUDY | changed), encoding="utf-8")
    return path


def test_failed_scores_are_not_shown(run: Run, tmp_path: Path) -> None:
    """The page names what failed and prints no score for it; the rest is as without a study."""
    plain, gated = tmp_path / "plain", tmp_path / "gated"
    assert run("report", str(SAMPLE), "--only", "u01", "--draws", "200", "--out", str(plain)).exit_code == 0
    found = run(
        "report", str(SAMPLE), "--only", "u01", "--draws", "200", "--validation", str(written(tmp_path)), "--out",
        str(gated),
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    page, before = ((folder / "u01.html").read_text(encoding="utf-8") for folder in (gated, plain))
    assert "The questionnaire was validated on other answers, not on these (589 people, wave 2" in page
    assert "The answers to the statements of Trust do not hold together, so that no score is shown." in page
    assert "not shown: the answers to its statements do not hold together" in page
    assert "not shown: the answers to its statements do not hold together" not in before
    assert "has not been validated" in before


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": 2}, "has format 2; this Concord reads up to 1"),
        ({"format": "new"}, "is no validation.json: it has no format"),
        (
            {"instrument": {"id": "innovation_consortium", "version": 2}},
            "is a study of 'innovation_consortium', version 2",
        ),
        ({"instrument": {"id": "other", "version": 1}}, "is a study of 'other', version 1"),
        ({"claims": [{"id": "score:T", "verdict": "maybe"}]}, "is damaged"),
        ({"claims": "none"}, "is damaged"),
        ({"data": None}, "is damaged"),
    ],
)
def test_studies_that_cannot_be_used_are_refused(
    run: Run, tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    """A newer format, another questionnaire, or a damaged file: one message, exit 1, nothing written."""
    out = tmp_path / "out"
    found = run("report", str(SAMPLE), "--validation", str(written(tmp_path, **changed)), "--out", str(out))
    assert found.exit_code == 1
    assert message in found.output
    assert "Traceback" not in found.output
    assert not out.exists()


def test_files_that_are_none_are_refused(run: Run, tmp_path: Path) -> None:
    """A file that is not there, holds no JSON, or is a folder."""
    (tmp_path / "text.json").write_text("hello", encoding="utf-8")
    (tmp_path / "latin.json").write_bytes(b"\xff\xfe{")
    for name, message in (
        ("missing.json", "cannot be read"), ("text.json", "holds no JSON"), ("latin.json", "holds no JSON"),
        (".", "cannot be read"),
    ):  # fmt: skip
        found = run("report", str(SAMPLE), "--validation", str(tmp_path / name), "--out", str(tmp_path / "out"))
        assert found.exit_code == 1, name
        assert message in found.output
