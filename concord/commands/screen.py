"""`concord screen`: who may have answered without reading, and what is missing."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from concord.options import answers_to_screen, out_folder
from concord.wording import counted

if TYPE_CHECKING:
    from instrument import Responses


@click.command()
@answers_to_screen
@click.option("--wave", metavar="WAVE", help="One wave; all of them if left out.")
@out_folder
def screen(responses: "Responses", wave: str | None, minimum: tuple[int, int], as_json: bool, out: Path) -> None:
    """Look for careless answers, copies and patterns of what is missing; flag them and drop none.

    Writes the rules with their bounds, what is missing and whether at random, and the scores with and without the
    respondents it recommends to leave out. Who they are stands in DIR/confidential. Not to be passed on.

    RESPONSES is a file (CSV, Excel, Parquet) or a folder that holds responses, members, units and the audit log.

    \b
    Example:
      concord screen panel --out screening
    """
    from concord.pipeline import write_screen
    from scoring import Minimum

    screening = write_screen(responses, out, wave=wave, minimum=Minimum(*minimum))
    found = screening.summary
    if as_json:
        click.echo(json.dumps({**found, "out": str(out)}, ensure_ascii=False, indent=2))
        return
    click.echo(f"{counted(found['respondents'], 'respondent')} in {counted(found['waves'], 'wave')} screened: {out}")
    for rule, number in found["by_rule"].items():
        if number:
            click.echo(f"  {rule:<16}{number:>7}")
    click.echo(f"{counted(found['flagged'], 'respondent')} with any sign, which alone says little.")
    click.echo(f"{found['recommended']} recommended to leave out: a hard sign, or soft signs of two kinds.")
    silent = screening.rules.groupby("rule", sort=False)["judged"].sum()
    if (silent == 0).any():
        click.echo(f"Nothing to judge by for {', '.join(silent.index[silent == 0])} (rules.csv says why).")
    click.echo(f"CONFIDENTIAL, who and why: {out / 'confidential'}")
    if found["recommended"] and "unit" in responses.instrument.levels:
        click.echo("Next: read the reasons, compare scores_both_ways.csv, then decide on `score --exclude-flagged`.")
