"""The documents say what the program does, and what they show works."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import click
import pytest
from click.testing import Result
from pydantic import BaseModel

from concord.cli import cli
from instrument import definition
from instrument.loading import parse_instrument
from instrument.reading import read_responses
from scoring.scores import Scores

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
QUESTIONNAIRE = (ROOT / "docs" / "questionnaire.md").read_text(encoding="utf-8")
DATA = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
OPTION = r"--[a-z]+(?:-[a-z]+)*"


def leaves(command: click.Command, path: str = "concord") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from leaves(inner, f"{path} {name}")
    else:
        yield path, command


def section(name: str) -> str:
    """The text below the heading of a command, up to the next heading."""
    found = re.search(rf"^###? `{re.escape(name)}`$(.*?)(?=^##|\Z)", COMMANDS, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


LEAVES = dict(leaves(cli))


@pytest.mark.parametrize("name", LEAVES)
def test_command_is_documented(name: str) -> None:
    """Each command has a section in docs/cli.md that names all its options and shows an example."""
    options = {option for parameter in LEAVES[name].params for option in parameter.opts if option.startswith("--")}
    documented = set(re.findall(OPTION, section(name)))
    assert options - documented == set()
    assert f"\n{name} " in section(name)


def test_no_command_is_documented_that_is_not_there() -> None:
    """Every heading and every option of docs/cli.md exists."""
    groups = {name.rsplit(" ", 1)[0] for name in LEAVES}
    assert set(re.findall(r"^###? `(.+)`$", COMMANDS, re.MULTILINE)) <= set(LEAVES) | groups
    existing = {option for command in LEAVES.values() for parameter in command.params for option in parameter.opts}
    assert set(re.findall(OPTION, COMMANDS)) <= existing | {"--help", "--version"}


@pytest.mark.parametrize("name", LEAVES)
def test_help_shows_an_example_that_parses(name: str) -> None:
    """The help of each command ends in an example whose options are known."""
    command = LEAVES[name]
    example = re.search(r"Example:\n +(concord .+)", command.help or "")
    assert example is not None
    arguments = shlex.split(example[1])[len(name.split()) :]
    assert command.make_context(name, list(arguments)).params


def test_every_table_that_score_writes_is_described() -> None:
    """docs/data.md names a file for each frame of the scores."""
    frames = {field for field, kind in Scores.__annotations__.items() if "DataFrame" in str(kind)}
    described = set(re.findall(r"`([a-z_]+)\.csv`", DATA))
    assert frames - {"members", "respondents"} == described


def test_readme_example_works(run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's questionnaire, answers and command, copied as they stand, give one unit's pages and no other."""
    blocks = {kind: re.search(rf"```{kind}\n(.*?)```", README, re.DOTALL) for kind in ("yaml", "csv")}
    command = re.search(r"```sh\n(concord report .*)\n```", README)
    assert blocks["yaml"] is not None
    assert blocks["csv"] is not None
    assert command is not None
    monkeypatch.chdir(tmp_path)
    Path("team.yaml").write_text(blocks["yaml"][1], encoding="utf-8")
    Path("answers.csv").write_text(blocks["csv"][1], encoding="utf-8")
    told = run(*shlex.split(command[1])[1:])
    assert told.exit_code == 0
    assert "No report: South" in told.output
    pages = sorted(page.name.split(".", 1) for page in Path("reports").iterdir())
    assert {"index", "north"} == {name.split("-", 1)[0] for name, _ in pages}
    assert ["board.html", "html", "html", "respondents.html"] == sorted(edition for _, edition in pages)


def words_of(model: type[BaseModel]) -> set[str]:
    """Every word of the format that a part of an instrument, and the parts inside it, may hold."""
    inner = {name for name, kind in vars(definition).items() if isinstance(kind, type) and issubclass(kind, BaseModel)}
    used = {name for field in model.model_fields.values() for name in inner if name in str(field.annotation)}
    return set(model.model_fields).union(*(words_of(getattr(definition, name)) for name in used))


def test_questionnaire_example_shows_every_part(tmp_path: Path) -> None:
    """The example loads, uses every word of the format, and its answers read without a fault."""
    text, answers = (re.search(rf"```{kind}\n(.*?)```", QUESTIONNAIRE, re.DOTALL) for kind in ("yaml", "csv"))
    assert text is not None
    assert answers is not None
    instrument = parse_instrument(text[1])
    shown = set(re.findall(r"\b(\w+):", re.sub(r"#.*", "", text[1])))
    assert words_of(definition.Instrument) - shown == set()
    kinds = {construct.kind for construct in instrument.constructs}
    assert kinds == {"reflective", "formative", "outcome"}
    assert {pattern.kind for pattern in instrument.patterns} == {"concern", "strength", "check"}
    assert {fact.type for fact in instrument.facts} == set(get_args(definition.Fact.model_fields["type"].annotation))
    (tmp_path / "answers.csv").write_text(answers[1], encoding="utf-8")
    assert len(read_responses(tmp_path / "answers.csv", instrument).answers) == 3


def test_export_writes_the_guide(run: Callable[..., Result], tmp_path: Path) -> None:
    """`concord instrument export --to guide` writes the page that stands in docs/, to a file or to stdout."""
    told = run("instrument", "export", "--to", "guide", "--out", str(tmp_path / "guide.md"))
    assert told.exit_code == 0
    page = (ROOT / "docs" / "instrument.md").read_text(encoding="utf-8")
    assert page == (tmp_path / "guide.md").read_text(encoding="utf-8")
    assert page == run("instrument", "export", "--to", "guide").output


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/index.md",
        "docs/cli.md",
        "docs/data.md",
        "docs/instrument.md",
        "docs/questionnaire.md",
        "docs/scoring.md",
        "docs/screening.md",
    ],
)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link of a document leads to a file of the project."""
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert [link for link in links if not ((ROOT / name).parent / link).exists()] == []
