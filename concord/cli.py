"""The command `concord`: its group, and the one place where an exception becomes a sentence and an exit code.

`concord --help` loads click and the standard library only; every command imports what it needs when it runs.
"""

import os
import sys
from typing import Any

import click

from concord.commands.demo import demo
from concord.commands.instrument import instrument
from concord.commands.power import power
from concord.commands.report import report
from concord.commands.responses import responses
from concord.commands.score import score
from concord.commands.screen import screen
from concord.commands.simulate import simulate
from concord.commands.validate import validate
from concord.errors import explain

INTERRUPTED = 130  # what a shell reports of a program that SIGINT ended


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped; nothing was left half written.", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:
            explained = explain(error)
            if explained is None:
                raise
            raise explained from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="concord-assessment", prog_name="concord")
def cli() -> None:
    """Measure how well an innovation consortium works together.

    Answers go in as CSV, Excel or Parquet; scores come out as CSV, reports as HTML pages.

    \b
    Start here:
      concord demo                       everything once, on simulated answers
      concord responses template --out answers.xlsx
      concord report answers.xlsx --out reports

    Exit codes: 0 done, 1 the data has faults (each is named), 2 wrong usage.
    """


for command in (demo, instrument, responses, screen, validate, score, report, power, simulate):
    cli.add_command(command)


def main() -> None:
    # Closed by the caller, as in `2>&-`: without a stand-in the next file opened would take its place.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # Chinese names on a terminal that cannot show them
    cli(prog_name="concord")
