from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from concord.cli import cli

TEAM = """\
format: 1
id: team
version: 1
name: {en: Team survey, zh-Hans: 团队调查}
languages: [en, zh-Hans]
levels: [unit, member, respondent]
scales: {agree: {min: 1, max: 5}}
missing: {97: {en: Does not apply yet, zh-Hans: 尚不适用}}
within_member_sd: {person: 9, item: 17.5, source: assumed}
roles:
  - {id: maker, name: {en: Maker, zh-Hans: 制造方}}
  - {id: buyer, name: {en: Buyer, zh-Hans: 采购方}}
constructs: [{id: T, name: {en: Trust, zh-Hans: 信任}, scale: agree, kind: reflective}]
facets: [{id: T1, construct: T, name: {en: Openness, zh-Hans: 开放}}]
items:
  - {id: t1a, facet: T1, text: {en: Members tell each other bad news early., zh-Hans: 成员及早互通坏消息。}}
  - {id: t1b, facet: T1, text: {en: Members keep mistakes to themselves., zh-Hans: 成员隐瞒错误。}, reverse: true}
  - {id: t1c, facet: T1, text: {en: Members keep their word., zh-Hans: 成员信守承诺。}}
"""
HEADER = "unit,member,respondent,role,wave,submitted_at,t1a,t1b,t1c"


def rows(unit: str, members: int, *, wave: str = "1") -> list[str]:
    """Answers of a unit, two respondents to a member, who differ a little."""
    return [
        f"{unit},m{m},{unit}-{m}-{r},{'maker' if m % 2 else 'buyer'},{wave},2026-03-{10 + m:02}T09:00:00,"
        + ",".join(str(1 + (m * step + r) % 5) for step in (1, 2, 3))
        for m in range(members)
        for r in range(2)
    ]


@pytest.fixture
def instrument(tmp_path: Path) -> Path:
    path = tmp_path / "team.yaml"
    path.write_text(TEAM, encoding="utf-8")
    return path


@pytest.fixture
def write_answers(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of answers from lines below the header."""

    def write(*lines: str, header: str = HEADER) -> Path:
        path = tmp_path / "answers.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def many() -> list[str]:
    """Answers of the unit North with enough members for a report."""
    return rows("North", 8)


@pytest.fixture
def panel(write_answers: Callable[..., Path]) -> Path:
    """Two waves; in the last, North and South have enough answers and East has one member."""
    first = rows("North", 8) + rows("South", 9)
    last = rows("North", 8, wave="2") + rows("South", 9, wave="2") + rows("East", 1, wave="2")
    return write_answers(*first, *last)


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs `concord` with arguments as typed."""
    runner = CliRunner()

    def invoke(*arguments: object) -> Result:
        result = runner.invoke(cli, [str(argument) for argument in arguments], prog_name="concord")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return invoke
