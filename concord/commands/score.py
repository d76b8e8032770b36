"""`concord score`: answers to tables of scores."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from concord.options import answers, out_folder
from concord.wording import counted

if TYPE_CHECKING:
    from instrument import Responses


@click.command()
@answers
@click.option("--wave", metavar="WAVE", help="One wave; all of them if left out.")
@click.option(
    "--confidential", is_flag=True,
    help="Also write the unmasked tables, members and respondents, into DIR/confidential. Not to be passed on.",
)  # fmt: skip
@out_folder
def score(
    responses: "Responses", wave: str | None, minimum: tuple[int, int], seed: int, draws: int, exclude_flagged: bool,
    confidential: bool, as_json: bool, out: Path,
) -> None:  # fmt: skip
    """Score the answers and write one CSV per table and scores.json.

    RESPONSES is a file (CSV, Excel, Parquet) or a folder that holds responses, members and units. Figures that could
    give a member away are withheld in every file.

    \b
    Example:
      concord score panel --out scores
    """
    from concord.pipeline import write_scores
    from scoring import Minimum

    scores = write_scores(
        responses, out, wave=wave, minimum=Minimum(*minimum), seed=seed, draws=draws, confidential=confidential,
        exclude_flagged=exclude_flagged,
    )  # fmt: skip
    withheld = len(scores.withheld) if scores.withheld is not None else 0
    if as_json:
        click.echo(json.dumps({**scores.summary, "withheld": withheld, "out": str(out)}, ensure_ascii=False, indent=2))
        return
    found = scores.summary
    size = [counted(found[f"{noun}s"], noun) for noun in ("unit", "wave", "respondent")]
    click.echo(f"{', '.join(size)} scored: {out}")
    figures = "1 figure is" if withheld == 1 else f"{withheld} figures are"
    click.echo(f"{figures} withheld to protect the people who answered (withheld.csv).")
    if exclude_flagged:
        click.echo("Flagged answers are left out; scores_both_ways.csv shows the scores of everybody beside these.")
    if confidential:
        click.echo(f"CONFIDENTIAL, not to be passed on: {out / 'confidential'}")
