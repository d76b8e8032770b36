"""`concord power`: of a plan and of answers at hand."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from concord.commands.power import OF, QUESTIONS

Run = Callable[..., Result]
PLAN = ("power", "--units", 24, "--members", 10, "--respondents", 2)


def test_plan_says_what_it_can_and_cannot_show(run: Run, instrument: Path) -> None:
    """Both headings, the size, and that spreads are simulated."""
    said = run(*PLAN, "--instrument", instrument)
    first, *lines = said.stdout.splitlines()
    assert (0, "24 units, 10 members each, 480 respondents (planned; spreads are simulated)") == (said.exit_code, first)
    assert {"CAN show (at 80% power)", "CANNOT show (at 80% power)"} <= set(lines)


def test_json_has_every_question(run: Run, instrument: Path) -> None:
    """Each row as in the table, missing figures as null; the words of the text version cover all of them."""
    found = json.loads(run(*PLAN, "--instrument", instrument, "--json").stdout)
    assert ({"can", "cannot"}, found["can"] + found["cannot"]) == (
        {row["verdict"] for row in found["questions"]}, len(found["questions"]),
    )  # fmt: skip
    assert {row["question"] for row in found["questions"]} <= set(QUESTIONS)
    assert {row["of"] for row in found["questions"]} <= set(OF)
    percentile = next(row for row in found["questions"] if row["question"] == "percentile")
    assert ("cannot", 30, 24, None) == tuple(percentile[name] for name in ("verdict", "needs", "has", "power"))


def test_targets_are_those_asked_for(run: Run, instrument: Path) -> None:
    """A larger difference takes fewer members."""
    needs = []
    for difference in (8, 16):
        text = run(*PLAN, "--instrument", instrument, "--difference", difference, "--power", 0.9, "--json").stdout
        rows = json.loads(text)["questions"]
        needs.append(next(row["needs"] for row in rows if row["question"] == "difference_units"))
        assert difference == json.loads(text)["targets"]["difference"]
    assert needs[0] > needs[1]


def test_answers_at_hand(run: Run, instrument: Path, panel: Path) -> None:
    """The last wave of three units, the change from the first known; and the first wave, of two units."""
    last, first = (
        json.loads(run("power", panel, "--instrument", instrument, "--json", *wave).stdout)
        for wave in ((), ("--wave", "1"))
    )
    assert ([3, 36], [2, 34]) == ([last["units"], last["respondents"]], [first["units"], first["respondents"]])
    sources = [
        next(row["source"] for row in one["questions"] if row["question"] == "difference_waves")
        for one in (last, first)
    ]
    assert ["non-central t; members asked twice", "non-central t; other members"] == sources


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--units, --members, --respondents is missing"),
        (("--units", 5), "--members, --respondents is missing"),
        (("ANSWERS", "--units", 5), "leave out --units"),
        ((*PLAN[1:], "--wave", "1"), "A plan has no waves"),
        ((*PLAN[1:], "--difference", 0), "--difference"),
    ],
)
def test_wrong_usage_is_named(run: Run, panel: Path, arguments: tuple[object, ...], says: str) -> None:
    """Exit code 2, and what to do."""
    said = run("power", *(panel if one == "ANSWERS" else one for one in arguments))
    assert (2, True) == (said.exit_code, says in said.stderr)


def test_wave_that_is_not_there_is_named(run: Run, instrument: Path, panel: Path) -> None:
    """With the waves that are."""
    said = run("power", panel, "--instrument", instrument, "--wave", "7")
    assert (1, True) == (said.exit_code, "There is no wave '7'" in said.stderr)
