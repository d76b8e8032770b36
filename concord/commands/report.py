"""`concord report`: answers to the pages of every unit."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from concord.options import PATH, answers, lang_option, out_folder, progress
from concord.wording import counted

if TYPE_CHECKING:
    from instrument import Responses


@click.command()
@answers
@click.option("--only", metavar="UNIT", help="One unit only.")
@lang_option
@click.option("--wave", metavar="WAVE", help="The wave to report on; the last one if left out.")
@click.option(
    "--date", "printed", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="The date on the pages; the day of the last answer if left out.",
)  # fmt: skip
@click.option(
    "--validation",
    type=PATH,
    metavar="FILE",
    help="The validation.json of these answers: its verdicts are quoted, and what failed is not shown.",
)
@out_folder
def report(
    responses: "Responses", only: str | None, lang: str | None, wave: str | None, minimum: tuple[int, int],
    printed: datetime | None, seed: int, draws: int, exclude_flagged: bool, validation: Path | None,
    as_json: bool, out: Path,
) -> None:  # fmt: skip
    """Write the report of every unit and index.html, which says what was withheld and why.

    Each report has three editions: in full, one page for a board, and one for those who answered.

    RESPONSES is a file (CSV, Excel, Parquet) or a folder that holds responses, members and units.

    \b
    Example:
      concord report panel --lang zh --out reports
    """
    from concord.pipeline import silent, write_reports
    from scoring import Minimum

    run = write_reports(
        responses, out, only=only, lang=lang, wave=wave, minimum=Minimum(*minimum),
        printed=printed.date() if printed else None, seed=seed, draws=draws,
        exclude_flagged=exclude_flagged, validation=validation, progress=silent if as_json else progress,
    )  # fmt: skip
    if as_json:
        click.echo(json.dumps(run.summary, ensure_ascii=False, indent=2))
        return
    for reason in run.reasons:
        click.echo(f"No report: {reason}")
    click.echo(f"{counted(len(run.pages), 'report')} of wave {run.wave}: {run.index}")
