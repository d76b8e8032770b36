"""`concord screen`, and `--exclude-flagged` on the commands that score."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from concord.cli import cli

Run = Callable[..., Result]
TABLES = {"rules.csv", "little.csv", "missing_items.csv", "missing_pages.csv", "scores_both_ways.csv", "screening.json"}
PRIVATE = {f"CONFIDENTIAL-{name}.csv" for name in ("respondents", "organisations", "duplicates", "scores_both_ways")}
UNITS = ("u02", "u04", "u05")
SENTENCE = {"en": "screening flagged as careless are left out", "zh": "经筛查标记为不认真作答的答卷未计入本页"}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first wave of three units of the sample panel, some of whose people answered carelessly."""
    source, folder = files("sample_data") / "panel", tmp_path_factory.mktemp("few")
    for name in ("responses", "members", "units"):
        table = pd.read_csv(str(source / f"{name}.csv"), dtype=str)
        kept = table[table["unit"].isin(UNITS)]
        if "wave" in table:
            kept = kept[kept["wave"] == "1"]
        kept.to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An instrument of respondents only and answers of six people, all of them one answer throughout."""
    folder = tmp_path_factory.mktemp("team")
    items = [f"{{id: a{n}, facet: A1, reverse: {str(n % 2 == 0).lower()}, text: {{en: x}}}}" for n in range(12)]
    text = (
        "format: 1\nid: all\nversion: 1\nname: {en: All}\nlanguages: [en]\nlevels: [LEVELS]\n"
        "scales: {s: {min: 1, max: 5}}\nwithin_member_sd: {person: 9, item: 17.5, source: assumed}\n"
        "constructs: [{id: A, name: {en: A}, scale: s, kind: reflective}]\n"
        f"facets: [{{id: A1, construct: A, name: {{en: A}}}}]\nitems: [{', '.join(items)}]\n"
    )
    (folder / "alone.yaml").write_text(text.replace("LEVELS", "respondent"), encoding="utf-8")
    (folder / "units.yaml").write_text(text.replace("LEVELS", "unit, respondent"), encoding="utf-8")
    lines = [",".join(["unit", "respondent", *(f"a{n}" for n in range(12))])]
    lines += [",".join(["u", f"p{k}", *["4"] * 12]) for k in range(6)]
    (folder / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder, folder / "answers.csv"


@pytest.fixture(scope="module")
def screened(few: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What one run of `concord screen` wrote and said."""
    out = tmp_path_factory.mktemp("screened") / "out"
    return out, CliRunner().invoke(cli, ["screen", str(few), "--out", str(out)], prog_name="concord").stdout


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_screen_writes_its_tables(run: Run, few: Path, screened: tuple[Path, str], tmp_path: Path) -> None:
    """Tables to share, and those that name people apart and marked; a rerun gives the same bytes."""
    out, _ = screened
    assert run("screen", few, "--out", tmp_path / "again").exit_code == 0
    assert names(out) == TABLES | {"confidential"}
    assert names(out / "confidential") == PRIVATE
    for path in out.rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(out)).read_bytes()
    for path in (out / "confidential").iterdir():
        assert path.read_text(encoding="utf-8").startswith("CONFIDENTIAL,")
    people = pd.read_csv(out / "confidential" / "CONFIDENTIAL-respondents.csv", dtype=str)
    shared = "".join((out / name).read_text(encoding="utf-8") for name in TABLES)
    assert not any(respondent in shared for respondent in people["respondent"])
    assert "withheld" in set(pd.read_csv(out / "missing_items.csv")["status"])


def test_screen_says_what_it_found_and_what_to_do(
    run: Run, few: Path, screened: tuple[Path, str], tmp_path: Path
) -> None:
    """How many by which rule, what could not be judged, where the names stand, and the next step."""
    out, told = screened
    summary = json.loads((out / "screening.json").read_text(encoding="utf-8"))
    assert summary["recommended"] > 0
    assert f"{summary['recommended']} recommended to leave out" in told
    assert f"one_answer{summary['by_rule']['one_answer']:>13}" in told
    assert "Nothing to judge by for instructed_item" in told
    assert "CONFIDENTIAL" in told
    assert "--exclude-flagged" in told
    assert json.loads(run("screen", few, "--json", "--out", tmp_path / "s").stdout)["by_rule"] == summary["by_rule"]


def test_score_shows_both_versions(run: Run, few: Path, screened: tuple[Path, str], tmp_path: Path) -> None:
    """Without the flagged answers fewer people are counted, the summary says so, and a table has everybody beside."""
    plain, less = tmp_path / "plain", tmp_path / "less"
    run("score", few, "--draws", "100", "--out", plain)
    told = run("score", few, "--draws", "100", "--exclude-flagged", "--out", less)
    assert "scores_both_ways.csv" in told.stdout
    assert names(less) - names(plain) == {"scores_both_ways.csv"}
    before, after = (json.loads((out / "scores.json").read_text(encoding="utf-8")) for out in (plain, less))
    assert (before["without_flagged"], after["without_flagged"]) == (False, True)
    summary = json.loads((screened[0] / "screening.json").read_text(encoding="utf-8"))
    assert before["respondents"] - after["respondents"] == summary["recommended"]
    both = pd.read_csv(less / "scores_both_ways.csv")
    scales = pd.read_csv(less / "scales.csv")
    assert scales["score"].fillna(-1).tolist() == both["score_without"].fillna(-1).tolist()


@pytest.mark.parametrize("lang", SENTENCE)
def test_pages_say_that_answers_are_left_out(run: Run, few: Path, tmp_path: Path, lang: str) -> None:
    """Every page made without flagged answers carries one sentence; the others do not."""
    options = ("--draws", "100", "--lang", lang, "--only", "u04")
    run("report", few, *options, "--exclude-flagged", "--out", tmp_path / "less")
    run("report", few, *options, "--out", tmp_path / "all")
    said = {
        out: [SENTENCE[lang] in p.read_text("utf-8") for p in (tmp_path / out).iterdir()] for out in ("less", "all")
    }
    assert said == {"less": [True] * 4, "all": [False] * 4}


def test_an_instrument_without_units_is_screened(run: Run, team: tuple[Path, Path], tmp_path: Path) -> None:
    """There are no scores to show both ways, and everything else is there."""
    folder, answers = team
    result = run("screen", answers, "--instrument", folder / "alone.yaml", "--out", tmp_path / "s")
    assert result.exit_code == 0
    assert names(tmp_path / "s") == (TABLES | {"confidential"}) - {"scores_both_ways.csv"}
    assert "--exclude-flagged" not in result.stdout


def test_everybody_flagged(run: Run, team: tuple[Path, Path], tmp_path: Path) -> None:
    """Screening still writes its tables; leaving everybody out is refused with the way out."""
    folder, answers = team
    options = (answers, "--instrument", folder / "units.yaml", "--out", tmp_path / "s")
    assert run("screen", *options).exit_code == 0
    assert json.loads((tmp_path / "s" / "screening.json").read_text(encoding="utf-8"))["recommended"] == 6
    for command in ("score", "report"):
        refused = run(command, *options, "--exclude-flagged")
        assert refused.exit_code == 1
        assert "nothing remains" in refused.stderr
