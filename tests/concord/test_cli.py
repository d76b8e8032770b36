"""The commands as a user types them: what they write, what they print, how they end."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result

from reports.render import file_slug

EDITIONS = (".html", ".board.html", ".respondents.html")
Run = Callable[..., Result]


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_check_gives_a_verdict_in_one_line(run: Run, instrument: Path) -> None:
    """A sound questionnaire gets one line and exit code 0."""
    result = run("instrument", "check", instrument)
    assert (result.exit_code, result.stdout) == (0, "team, version 1: sound. 3 items in en, zh-Hans.\n")


def test_check_names_every_problem(run: Run, instrument: Path) -> None:
    """An unsound questionnaire gets all problems with their lines and exit code 1."""
    text = instrument.read_text(encoding="utf-8")
    instrument.write_text(text.replace("facet: T1, text", "facet: T9, text", 2), encoding="utf-8")
    result = run("instrument", "check", instrument)
    assert (result.exit_code, result.stderr.count("'T9' is not declared under facets")) == (1, 2)
    assert "line 16, items.t1a.facet" in result.stderr


def test_show_counts_items_per_role(run: Run, instrument: Path) -> None:
    """The overview as JSON has texts in the language asked for and counts per form and role."""
    result = run("instrument", "show", instrument, "--lang", "zh", "--json")
    found = json.loads(result.stdout)
    assert found["name"] == "团队调查"
    assert found["forms"] == {"full": {"maker": 3, "buyer": 3}}
    assert [item["reverse"] for item in found["constructs"][0]["facets"][0]["items"]] == [False, True, False]


def test_show_reads_well(run: Run, instrument: Path) -> None:
    """The overview as text names constructs, facets, items and the counts."""
    shown = run("instrument", "show", instrument).stdout
    assert "T  Trust (reflective, answers 1 to 5)" in shown
    assert "        t1b      (-) Members keep mistakes to themselves." in shown
    assert shown.splitlines()[-2:] == ["          maker  buyer", "    full      3      3"]


def test_show_lists_facts_with_their_options(run: Run) -> None:
    """What may stand in the table of units is shown, as text and as JSON."""
    shown = run("instrument", "show").stdout
    assert "    phase           choice    Technology phase\n        development           Development\n" in shown
    facts = json.loads(run("instrument", "show", "--json").stdout)["facts"]
    assert facts[0]["options"][0] == {"id": "development", "name": "Development"}


def test_undeclared_language_is_wrong_usage(run: Run, instrument: Path) -> None:
    """A language the questionnaire does not have exits with 2 and names those it has."""
    result = run("instrument", "show", instrument, "--lang", "fr")
    assert (result.exit_code, "It has: en, zh-Hans." in result.stderr) == (2, True)


def test_schema_goes_to_stdout_or_a_file(run: Run, instrument: Path, tmp_path: Path) -> None:
    """The same JSON Schema is printed or written whole."""
    printed = run("instrument", "export", instrument, "--to", "schema").stdout
    assert run("instrument", "export", "--to", "schema", "--out", tmp_path / "s.json").exit_code == 0
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == printed
    assert json.loads(printed)["title"] == "Instrument"


def test_export_never_replaces_the_questionnaire(run: Run, instrument: Path) -> None:
    """The file that is exported stays as it is, however its path is written."""
    before = instrument.read_bytes()
    same = instrument.parent / "." / ".." / instrument.parent.name / instrument.name
    result = run("instrument", "export", instrument, "--to", "schema", "--out", same)
    assert (result.exit_code, "is the questionnaire itself" in result.stderr) == (1, True)
    assert instrument.read_bytes() == before


def test_template_is_written_once(run: Run, instrument: Path, tmp_path: Path) -> None:
    """A workbook is written, but never over one in which answers may stand."""
    command = ("responses", "template", "--instrument", instrument, "--out", tmp_path / "a.xlsx")
    assert [run(*command).exit_code, run(*command).exit_code] == [0, 2]
    assert {"responses", "members", "units"} <= set(pd.read_excel(tmp_path / "a.xlsx", sheet_name=None))


def test_template_is_a_workbook(run: Run, tmp_path: Path) -> None:
    """Another ending than .xlsx is wrong usage."""
    assert run("responses", "template", "--out", tmp_path / "a.csv").exit_code == 2


def test_score_writes_a_table_per_frame(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """All waves are scored; every frame is a CSV, the summary a JSON; members and respondents are not there."""
    out = tmp_path / "scores"
    result = run("score", panel, "--instrument", instrument, "--out", out)
    assert result.exit_code == 0
    assert {"scales.csv", "stages.csv", "withheld.csv", "scores.json"} <= names(out)
    assert not {"members.csv", "respondents.csv"} & names(out)
    keys = pd.read_csv(out / "scales.csv", dtype=str)[["unit", "wave"]].drop_duplicates()
    assert len(keys) == 5
    assert json.loads((out / "scores.json").read_text(encoding="utf-8"))["masked"] is True


def test_score_of_one_wave(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """With --wave no other wave is written, and the outcome as JSON counts its units."""
    result = run("score", panel, "--instrument", instrument, "--wave", "1", "--json", "--out", tmp_path / "s")
    assert json.loads(result.stdout)["units"] == 2
    assert set(pd.read_csv(tmp_path / "s" / "scales.csv", dtype=str)["wave"]) == {"1"}


def test_confidential_files_say_so(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """Unmasked tables stand apart; every file is marked in its name and in its content."""
    run("score", panel, "--instrument", instrument, "--confidential", "--out", tmp_path / "s")
    private = sorted((tmp_path / "s" / "confidential").iterdir())
    assert {"CONFIDENTIAL-members.csv", "CONFIDENTIAL-respondents.csv"} <= {path.name for path in private}
    for path in private:
        assert path.name.startswith("CONFIDENTIAL-")
        assert path.read_text(encoding="utf-8").lstrip('{ \n"').startswith("CONFIDENTIAL")
    assert not any("CONFIDENTIAL" in path.read_text(encoding="utf-8") for path in (tmp_path / "s").glob("*.*"))


def test_minimum_has_a_floor(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """A minimum below 3,3, or one that is not two numbers, is wrong usage and says why."""
    command = ("score", panel, "--instrument", instrument, "--out", tmp_path / "s", "--minimum")
    found = {value: run(*command, value).exit_code for value in ("2,5", "3,2", "5", "a,b", "3,3")}
    assert found == {"2,5": 2, "3,2": 2, "5": 2, "a,b": 2, "3,3": 0}


def test_report_writes_three_editions_and_an_index(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """The last wave is reported; a unit with one member gets no page and is named with the reason."""
    out = tmp_path / "pages"
    result = run("report", panel, "--instrument", instrument, "--out", out)
    assert result.exit_code == 0
    editions = [f"{file_slug(unit)}{edition}" for unit in ("North", "South") for edition in EDITIONS]
    assert names(out) == {"index.html", *editions}
    assert "No report: East: organisations that answered: 1; a report needs 3.\n" in result.stdout
    assert result.stdout.endswith(f"2 reports of wave 2: {out / 'index.html'}\n")
    assert "East" in (out / "index.html").read_text(encoding="utf-8")


def test_report_in_chinese(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """`--lang zh` finds zh-Hans, on the pages and the index."""
    run("report", panel, "--instrument", instrument, "--lang", "zh", "--out", tmp_path / "p")
    assert all('lang="zh-Hans"' in path.read_text(encoding="utf-8") for path in (tmp_path / "p").iterdir())


def test_reruns_are_byte_identical(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """The same answers give the same bytes, and the date on the page is that of the last answer."""
    for out in ("a", "b"):
        run("report", panel, "--instrument", instrument, "--only", "North", "--out", tmp_path / out)
        run("score", panel, "--instrument", instrument, "--confidential", "--out", tmp_path / out)
    assert names(tmp_path / "a") == names(tmp_path / "b")
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_date_is_printed_as_asked(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """`--date` replaces the day of the last answer; another form of date is wrong usage."""
    command = ("report", panel, "--instrument", instrument, "--out", tmp_path / "p", "--date")
    assert [run(*command, "2031-07-04").exit_code, run(*command, "4.7.2031").exit_code] == [0, 2]
    assert "2031" in (tmp_path / "p" / "index.html").read_text(encoding="utf-8")


def test_report_as_json(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """The outcome as JSON lists pages and units withheld, and nothing else is on stdout."""
    found = json.loads(run("report", panel, "--instrument", instrument, "--json", "--out", tmp_path / "p").stdout)
    assert (list(found["pages"]), list(found["withheld"])) == (["North", "South"], ["East"])
    assert [["report", "board", "respondents"]] * 2 == [list(pages) for pages in found["pages"].values()]
    files = [file for pages in found["pages"].values() for file in pages.values()]
    assert all((tmp_path / "p" / file).is_file() for file in files)


def test_unknown_unit_names_near_ones(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """A misspelt --only exits with 1 and suggests; nothing is written."""
    result = run("report", panel, "--instrument", instrument, "--only", "Nroth", "--out", tmp_path / "p")
    assert (result.exit_code, "Near it: North" in result.stderr) == (1, True)
    assert not (tmp_path / "p").exists()


def test_unknown_wave_names_the_waves(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """A wave without answers exits with 1 and lists those that have some."""
    result = run("report", panel, "--instrument", instrument, "--wave", "3", "--out", tmp_path / "p")
    assert (result.exit_code, "Waves: 1, 2." in result.stderr) == (1, True)


def test_no_unit_qualifies(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """Where every unit is below the minimum each is named, nothing is written, exit code 1."""
    result = run("report", panel, "--instrument", instrument, "--minimum", "30,60", "--out", tmp_path / "p")
    assert result.exit_code == 1
    assert all(f"{unit}: " in result.stderr for unit in ("North", "South", "East"))
    assert not (tmp_path / "p").exists()


def test_interrupt_leaves_nothing(
    run: Run, instrument: Path, panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while pages are written ends with 130, one sentence and no file."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("concord.pipeline.render_index", interrupt)
    before = names(tmp_path)
    result = run("report", panel, "--instrument", instrument, "--out", tmp_path / "p")
    assert (result.exit_code, result.stderr) == (130, "Stopped; nothing was left half written.\n")
    assert names(tmp_path) == before


def test_simulated_answers_can_be_reported(run: Run, tmp_path: Path) -> None:
    """Simulated answers read back, and every page says that they are synthetic."""
    panel = tmp_path / "panel"
    assert run("simulate", "--units", "2", "--waves", "1", "--seed", "3", "--out", panel).exit_code == 0
    assert run("report", panel, "--out", tmp_path / "p").exit_code == 0
    pages = list((tmp_path / "p").iterdir())
    assert len(pages) == 1 + 2 * len(EDITIONS)
    assert all("ynthetic" in page.read_text(encoding="utf-8") for page in pages)


REAL = {
    "answers": "responses.csv",
    "answers in a workbook": "responses.xlsx",
    "members alone": "members.csv",
    "units in capitals": "Units.CSV",
    "audit": "audit.csv",
    "packed answers": "responses.csv.gz",
}


@pytest.mark.parametrize("command", ["simulate", "demo"])
@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("simulated_before", [False, True])
def test_simulation_never_replaces_real_data(
    run: Run, tmp_path: Path, name: str, command: str, simulated_before: bool
) -> None:
    """A folder with data that no simulation wrote is refused and stays, even where one wrote into it before."""
    panel = tmp_path / "panel"
    if simulated_before:
        run("simulate", "--units", "1", "--waves", "1", "--out", panel)
    panel.mkdir(exist_ok=True)
    (panel / REAL[name]).write_text("unit,respondent\n")
    before = {path: path.read_bytes() for path in panel.iterdir()}
    result = run(command, "--out", panel if command == "simulate" else tmp_path)
    assert (result.exit_code, REAL[name] in result.stderr) == (1, True)
    assert {path: path.read_bytes() for path in panel.iterdir()} == before


@pytest.mark.parametrize("truth", ["mine", "[]", '{"synthetic": false}'])
def test_simulation_never_replaces_another_truth(run: Run, tmp_path: Path, truth: str) -> None:
    """A truth.json that is something else stays as it is."""
    (tmp_path / "truth.json").write_text(truth)
    result = run("simulate", "--units", "1", "--out", tmp_path)
    assert (result.exit_code, (tmp_path / "truth.json").read_text()) == (1, truth)
    assert "truth.json is not the truth of a simulation" in result.stderr


def test_simulation_counts_in_words(run: Run, tmp_path: Path) -> None:
    """One unit and one wave are not called units and waves."""
    assert "of 1 unit in 1 wave: " in run("simulate", "--units", "1", "--waves", "1", "--out", tmp_path).stdout


def test_date_comes_from_the_data(run: Run, instrument: Path, many: list[str], tmp_path: Path) -> None:
    """Without times of answering the wave's closing dates the pages; without that they carry no date."""
    answers, units = tmp_path / "undated.csv", tmp_path / "closing.csv"
    lines = [line.split(",") for line in many]
    undated = [",".join([*line[:5], *line[6:]]) for line in lines]
    answers.write_text("\n".join(["unit,member,respondent,role,wave,t1a,t1b,t1c", *undated]), encoding="utf-8")
    units.write_text("unit,wave,closed\nNorth,1,2031-04-30\n", encoding="utf-8")
    command = ("report", answers, "--instrument", instrument)
    assert run(*command, "--out", tmp_path / "without").exit_code == 0
    assert run(*command, "--units", units, "--out", tmp_path / "with").exit_code == 0
    index = {name: (tmp_path / name / "index.html").read_text(encoding="utf-8") for name in ("without", "with")}
    assert ("April 2031" in index["with"], "April" in index["without"]) == (True, False)
