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

DEFAULT_INSTRUMENT = "innovation_consortium"
MOST_DRAWS = 100_000  # beyond, draws take gigabytes and change no printed figure
MOST_IGNORED = 20  # columns left out that are named; the others are counted


class _NamedPath(click.Path):
    """A path that is not empty: an empty one would silently mean the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if str(value) == "":
            self.fail("the path is empty. Name a file or folder; '.' is the current one.", param, ctx)
        return super().convert(value, param, ctx)


PATH = _NamedPath(path_type=Path)


def _minimum(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    """`MEMBERS,RESPONDENTS` as two whole numbers that the disclosure rules accept."""
    from instrument.faults import shorten

    parts = value.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise click.BadParameter(f"'{shorten(value)}' is not two whole numbers such as 3,5 (members, respondents).")
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
_minimum_option = click.option(
    "--minimum", callback=_minimum, default="3,5", show_default=True, metavar="MEMBERS,RESPONDENTS",
    help="What a figure needs to be shown; not below 3,3.",
)  # fmt: skip
_exclude_flagged = click.option(
    "--exclude-flagged", is_flag=True,
    help="Leave out the answers that `concord screen` recommends to leave out, and say so.",
)  # fmt: skip
_scoring = (
    _minimum_option,
    seed_option,
    click.option(
        "--draws", type=click.IntRange(100, MOST_DRAWS), default=2000, show_default=True,
        help="Draws behind every probability.",
    ),
    _exclude_flagged,
)  # fmt: skip


def answers(command: Command) -> Callable[..., Any]:
    """Let a command take RESPONSES and how to read and score it; it is called with the `Responses` read."""
    return _reader(command, _scoring, "scoring")


def answers_to_screen(command: Command) -> Callable[..., Any]:
    """As `answers`, for a command that draws nothing and leaves nobody out."""
    return _reader(command, (_minimum_option,), "screening")


def answers_to_study(command: Command) -> Callable[..., Any]:
    """As `answers`, for a command that studies the questionnaire and has draws of its own."""
    return _reader(command, (seed_option, _exclude_flagged), "studying")


def _reader(command: Command, further: tuple[Callable[..., Any], ...], doing: str) -> Callable[..., Any]:
    @wraps(command)
    def with_answers(
        responses: Path, instrument: str, members: Path | None, units: Path | None, audit: Path | None, **options: Any
    ) -> Any:
        found = _read(responses, instrument, members, units, audit)
        if sys.stderr.isatty() and not options["as_json"]:
            click.echo(f"{len(found.answers)} answers read; {doing} them.", err=True)
        return command(found, **options)

    decorated: Callable[..., Any] = with_answers
    for decorate in reversed((*_reading, *further, json_option)):
        decorated = decorate(decorated)
    return decorated


def _read(path: Path, instrument: str, members: Path | None, units: Path | None, audit: Path | None) -> "Responses":
    from instrument import load_instrument, read_responses
    from instrument.faults import shorten

    responses = read_responses(path, load_instrument(instrument), members=members, units=units, audit=audit)
    if responses.ignored_columns:
        named = ", ".join(map(shorten, responses.ignored_columns[:MOST_IGNORED]))
        more = len(responses.ignored_columns) - MOST_IGNORED
        others = f" and {more} more" if more > 0 else ""
        click.echo(f"Left out, not part of the questionnaire: {named}{others}.", err=True)
    return responses


def progress(items: Sequence[T], label: str) -> Iterator[T]:
    """The items one by one, with a bar on stderr where somebody is watching."""
    if not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, label=label, file=sys.stderr) as bar:
        yield from bar
