"""The arguments and options that several commands share, and the reading of answers behind them."""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from instrument import Responses

Command = TypeVar("Command", bound=Callable[..., Any])
T = TypeVar("T")

PATH = click.Path(path_type=Path)
DEFAULT_INSTRUMENT = "innovation_consortium"


def _minimum(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    """`MEMBERS,RESPONDENTS` as two whole numbers that the disclosure rules accept."""
    parts = value.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise click.BadParameter(f"'{value}' is not two whole numbers such as 3,5 (members, respondents).")
    from scoring.disclosure import Minimum

    members, respondents = int(parts[0]), int(parts[1])
    try:
        Minimum(members, respondents)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return members, respondents


instrument_option = click.option(
    "--instrument", default=DEFAULT_INSTRUMENT, show_default=True, metavar="FILE|NAME",
    help="The questionnaire: a YAML file, or the name of one shipped with Concord.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of every random draw."
)
lang_option = click.option(
    "--lang", metavar="LANG", help="Language, such as en or zh; the questionnaire's first if left out."
)
out_folder = click.option(
    "--out", type=PATH, required=True, metavar="DIR", help="Folder to write into; it is made where it is missing."
)
_reading = (
    click.argument("responses", type=PATH, metavar="RESPONSES"),
    instrument_option,
    click.option("--members", type=PATH, metavar="FILE", help="The roster, where it is not beside the answers."),
    click.option("--units", type=PATH, metavar="FILE", help="Facts of the units, where not beside the answers."),
    click.option("--audit", type=PATH, metavar="FILE", help="The audit log, where it is not beside the answers."),
)
_scoring = (
    click.option(
        "--minimum", callback=_minimum, default="3,5", show_default=True, metavar="MEMBERS,RESPONDENTS",
        help="What a figure needs to be shown; not below 3,3.",
    ),
    seed_option,
    click.option(
        "--draws", type=click.IntRange(min=100), default=2000, show_default=True,
        help="Draws behind every probability.",
    ),
)  # fmt: skip


def answers(command: Command) -> Callable[..., Any]:
    """Let a command take RESPONSES and how to read and score it; it is called with the `Responses` read."""

    @wraps(command)
    def with_answers(
        responses: Path, instrument: str, members: Path | None, units: Path | None, audit: Path | None, **options: Any
    ) -> Any:
        found = _read(responses, instrument, members, units, audit)
        if sys.stderr.isatty() and not options["as_json"]:
            click.echo(f"{len(found.answers)} answers read; scoring them.", err=True)
        return command(found, **options)

    decorated: Callable[..., Any] = with_answers
    for decorate in reversed((*_reading, *_scoring, json_option)):
        decorated = decorate(decorated)
    return decorated


def _read(path: Path, instrument: str, members: Path | None, units: Path | None, audit: Path | None) -> "Responses":
    from instrument import load_instrument, read_responses

    responses = read_responses(path, load_instrument(instrument), members=members, units=units, audit=audit)
    if responses.ignored_columns:
        click.echo(f"Left out, not part of the questionnaire: {', '.join(responses.ignored_columns)}.", err=True)
    return responses


def progress(items: Sequence[T], label: str) -> Iterator[T]:
    """The items one by one, with a bar on stderr where somebody is watching."""
    if not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, label=label, file=sys.stderr) as bar:
        yield from bar
