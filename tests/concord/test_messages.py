"""What people get wrong ends in one clear message, never in a traceback, and writes nothing."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result

Run = Callable[..., Result]
Write = Callable[..., Path]
FILES_OF_ONE_UNIT = 4  # three editions of its report, and the index
LONGEST = 2_000  # characters of a message about one fault


@pytest.fixture
def refused(run: Run, instrument: Path, tmp_path: Path) -> Callable[..., str]:
    """Scores and reports a file that cannot be used, and gives the message both end with."""

    def messages(answers: Path) -> str:
        out = tmp_path / "out"
        results = [run(command, answers, "--instrument", instrument, "--out", out) for command in ("score", "report")]
        assert [(result.exit_code, result.stdout) for result in results] == [(1, "")] * 2
        assert results[0].stderr == results[1].stderr
        assert not out.exists()
        assert len(results[0].stderr) < LONGEST
        return results[0].stderr

    return messages


def row(values: str = "4,2,5", *, unit: str = "North", role: str = "maker") -> str:
    return f"{unit},m1,r1,{role},1,2026-03-01T09:00:00,{values}"


def test_missing_file(refused: Callable[..., str], tmp_path: Path) -> None:
    """A file that is not there is named."""
    assert "nowhere.csv" in refused(tmp_path / "nowhere.csv")


def test_folder_without_responses(refused: Callable[..., str], tmp_path: Path) -> None:
    """A folder that holds no answers says what it should hold."""
    (tmp_path / "empty").mkdir()
    assert "responses" in refused(tmp_path / "empty")


def test_empty_file(refused: Callable[..., str], tmp_path: Path) -> None:
    """A file of no bytes is named as empty."""
    (tmp_path / "answers.csv").write_text("")
    assert "empty" in refused(tmp_path / "answers.csv")


def test_header_only(refused: Callable[..., str], write_answers: Write) -> None:
    """A header without a row below it is told."""
    assert "answers.csv" in refused(write_answers())


@pytest.mark.parametrize("name", ["answers.csv", "answers.xlsx", "answers.parquet"])
def test_binary_file(refused: Callable[..., str], tmp_path: Path, name: str) -> None:
    """Bytes that are no table are refused whatever the file is called."""
    (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    assert name in refused(tmp_path / name)


def test_wrong_questionnaire(refused: Callable[..., str], write_answers: Write) -> None:
    """Answers to other questions: the message asks whether this is the right questionnaire."""
    answers = write_answers("North,r1,4", header="unit,respondent,colour")
    assert "instrument" in refused(answers)


def test_no_unit_column(refused: Callable[..., str], write_answers: Write) -> None:
    """Without a column of units the message names the column."""
    answers = write_answers("r1,4,2,5", header="respondent,t1a,t1b,t1c")
    assert "unit" in refused(answers)


def test_value_off_the_scale(refused: Callable[..., str], write_answers: Write) -> None:
    """A value off the scale is named by file, row, column and what was found."""
    message = refused(write_answers(row("4,7,5")))
    assert all(part in message for part in ("answers.csv", "row 2", "column t1b", "7"))


def test_unknown_role(refused: Callable[..., str], write_answers: Write) -> None:
    """A role the questionnaire does not have is named beside those it has."""
    message = refused(write_answers(row(role="judge")))
    assert all(part in message for part in ("row 2", "column role", "judge", "maker", "buyer"))


def test_enormous_cell(refused: Callable[..., str], write_answers: Write) -> None:
    """A cell of ten megabytes is refused without being echoed."""
    assert "row 2" in refused(write_answers(row("4,2," + "9" * 10_000_000)))


def test_several_faults_come_together(refused: Callable[..., str], write_answers: Write) -> None:
    """Every fault is in the one message, with their number."""
    message = refused(write_answers(row("4,7,5"), row("0,2,5").replace("r1", "r2")))
    assert message.startswith("Error: 2 faults; nothing was written.\n")


def test_unknown_questionnaire(run: Run, write_answers: Write, tmp_path: Path) -> None:
    """A questionnaire that is neither a file nor shipped is told, with what is shipped."""
    result = run("score", write_answers(row()), "--instrument", "nope", "--out", tmp_path / "out")
    assert (result.exit_code, "innovation_consortium" in result.stderr) == (1, True)


@pytest.mark.parametrize("out", ["taken", "taken/below"])
@pytest.mark.parametrize("command", ["score", "report", "simulate", "demo"])
def test_out_under_a_file(run: Run, instrument: Path, panel: Path, tmp_path: Path, command: str, out: str) -> None:
    """A file where the folder should be is named, and stays as it is."""
    (tmp_path / "taken").write_text("mine")
    answers = (panel, "--instrument", instrument) if command in {"score", "report"} else ()
    result = run(command, *answers, "--out", tmp_path / out)
    assert (result.exit_code, "a file stands where a folder is needed" in result.stderr) == (1, True)
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize(
    "command",
    [
        ("score", "ANSWERS", "--out", ""),
        ("score", "", "--out", "o"),
        ("score", "ANSWERS", "--units", "", "--out", "o"),
        ("report", "ANSWERS", "--out", ""),
        ("simulate", "--out", ""),
        ("demo", "--out", ""),
        ("responses", "template", "--out", ""),
        ("instrument", "export", "--to", "schema", "--out", ""),
    ],
)
def test_an_empty_path_is_wrong_usage(run: Run, panel: Path, command: tuple[str, ...]) -> None:
    """An empty path is not taken for the current folder."""
    result = run(*(str(panel) if word == "ANSWERS" else word for word in command))
    assert (result.exit_code, "the path is empty. Name a file or folder" in result.stderr) == (2, True)


def test_draws_have_a_bound(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """More draws than any machine needs are wrong usage."""
    command = ("score", panel, "--instrument", instrument, "--out", tmp_path / "s", "--draws")
    assert [run(*command, number).exit_code for number in (99, 100, 100_001)] == [2, 0, 2]


def test_one_unit_gets_its_report(
    run: Run, instrument: Path, write_answers: Write, many: list[str], tmp_path: Path
) -> None:
    """A file with a single unit is nothing unusual."""
    result = run("report", write_answers(*many), "--instrument", instrument, "--out", tmp_path / "p")
    assert (result.exit_code, len(list((tmp_path / "p").iterdir()))) == (0, FILES_OF_ONE_UNIT)


@pytest.mark.parametrize("values", ["3,3,3", "5,5,5", "1,1,1"])
def test_answers_without_any_difference(
    run: Run, instrument: Path, write_answers: Write, many: list[str], tmp_path: Path, values: str
) -> None:
    """All answers equal make a table and a page like any other."""
    answers = write_answers(*(line.rsplit(",", 3)[0] + "," + values for line in many))
    for command in ("score", "report"):
        assert run(command, answers, "--instrument", instrument, "--out", tmp_path / command).exit_code == 0
    status = pd.read_csv(tmp_path / "score" / "scales.csv")["status"]
    assert len(status) == 2


@pytest.mark.parametrize(("values", "status"), [(",,", "no_answers"), ("97,97,97", "not_applicable")])
def test_answers_that_make_no_score(
    run: Run, instrument: Path, write_answers: Write, many: list[str], tmp_path: Path, values: str, status: str
) -> None:
    """All blank or all 'does not apply': a table that says so, no page, and the reason."""
    answers = write_answers(*(line.rsplit(",", 3)[0] + "," + values for line in many))
    assert run("score", answers, "--instrument", instrument, "--out", tmp_path / "score").exit_code == 0
    assert set(pd.read_csv(tmp_path / "score" / "scales.csv")["status"]) == {status}
    result = run("report", answers, "--instrument", instrument, "--out", tmp_path / "report")
    assert (result.exit_code, "that answered: 0" in result.stderr) == (1, True)
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("unit", ["../../etc/x", "/etc/x", "..", "CON", "a/b\\c", "联盟 甲", "=1+1", "x" * 400])
def test_unit_ids_never_leave_the_folder(
    run: Run, instrument: Path, write_answers: Write, many: list[str], tmp_path: Path, unit: str
) -> None:
    """A unit's page stays inside --out whatever the unit is called."""
    answers = write_answers(*(line.replace("North", unit, 1) for line in many))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    result = run("report", answers, "--instrument", instrument, "--out", tmp_path / "p")
    assert result.exit_code == 0
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert (len(new), {path.parent for path in new}) == (FILES_OF_ONE_UNIT, {tmp_path / "p"})


def test_ids_keep_their_text(run: Run, instrument: Path, write_answers: Write, many: list[str], tmp_path: Path) -> None:
    """Leading zeros of a unit's id survive into the tables."""
    answers = write_answers(*(line.replace("North", "007", 1) for line in many))
    run("score", answers, "--instrument", instrument, "--out", tmp_path / "s")
    assert set(pd.read_csv(tmp_path / "s" / "scales.csv", dtype=str)["unit"]) == {"007"}


def test_too_few_respondents_without_members(run: Run, instrument: Path, write_answers: Write, tmp_path: Path) -> None:
    """Where nothing stands between unit and respondent, a minimum below five respondents is wrong usage."""
    text = instrument.read_text(encoding="utf-8").replace("[unit, member, respondent]", "[unit, respondent]")
    instrument.write_text(text, encoding="utf-8")
    answers = write_answers("North,r1,4,2,5", header="unit,respondent,t1a,t1b,t1c")
    result = run("score", answers, "--instrument", instrument, "--minimum", "3,3", "--out", tmp_path / "s")
    assert (result.exit_code, "--minimum 3,5" in result.stderr) == (2, True)


def test_ignored_columns_are_told_in_short(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """Long names are shortened, control characters are shown, and many names are counted."""
    lines = panel.read_text(encoding="utf-8").splitlines()
    names = ["x" * 10_000, "a\x1b[31mred", *(f"remark {number} of many" for number in range(98))]
    header = f"{lines[0]},{','.join(names)}"
    panel.write_text("\n".join([header, *(f"{line}{',' * 100}" for line in lines[1:])]), encoding="utf-8")
    told = run("score", panel, "--instrument", instrument, "--out", tmp_path / "s").stderr
    assert ("x..., answers.csv: a\\x1b[31mred, " in told, " and 80 more." in told, len(told) < 1000) == (True,) * 3


def test_ignored_columns_are_told(run: Run, instrument: Path, panel: Path, tmp_path: Path) -> None:
    """A column that is no part of the questionnaire is left out, and said to be."""
    lines = panel.read_text(encoding="utf-8").splitlines()
    panel.write_text("\n".join([f"{lines[0]},comment", *(f"{line},fine" for line in lines[1:])]), encoding="utf-8")
    result = run("score", panel, "--instrument", instrument, "--out", tmp_path / "s")
    assert (result.exit_code, result.stderr) == (0, "Left out, not part of the questionnaire: answers.csv: comment.\n")
