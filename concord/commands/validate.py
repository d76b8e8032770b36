"""`concord validate`: do the answers measure what the questionnaire says?"""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from concord.options import answers_to_study, lang_option, out_folder
from concord.wording import counted

if TYPE_CHECKING:
    from instrument import Responses

SIGNS = {"holds": "+", "fails": "-", "unknown": "?"}


@click.command()
@answers_to_study
@click.option("--wave", metavar="WAVE", help="The wave to study; the last one if left out.")
@click.option("--quick", is_flag=True, help="Fewer draws and without the parts that take long; the file says so.")
@click.option("--draws", type=click.IntRange(100, 100_000), help="Draws of whole units behind every interval.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="How many workers at once.")
@lang_option
@out_folder
def validate(
    responses: "Responses", wave: str | None, quick: bool, draws: int | None, jobs: int, lang: str | None, seed: int,
    exclude_flagged: bool, as_json: bool, out: Path,
) -> None:  # fmt: skip
    """Study whether the scores may be trusted, and for what.

    Writes technical.html, the report of the study; validation.json, whose verdicts `concord report --validation` quotes
    and obeys; and a folder of tables for every part: items, dimensionality, factor models, reliability, invariance,
    nesting, order of the stages, theory.

    RESPONSES is a file (CSV, Excel, Parquet) or a folder that holds responses, members and units.

    \b
    Example:
      concord validate panel --out study
      concord report panel --validation study/validation.json --out reports
    """
    from concord.pipeline import one_wave
    from concord.screening import without_flagged
    from concord.validation import write_validation
    from scoring.validation import QUICK, StudyOptions

    options = replace(QUICK if quick else StudyOptions(), seed=seed, n_jobs=jobs)
    chosen = one_wave(responses, wave)
    if exclude_flagged:
        chosen, _ = without_flagged(chosen)
    study = write_validation(
        chosen, out, options if draws is None else replace(options, draws=draws), lang=lang,
        without_flagged=exclude_flagged,
        progress=None if as_json else lambda what: click.echo(f"  {what}", err=True),
    )  # fmt: skip
    if as_json:
        click.echo(json.dumps({**study.summary, "out": str(out)}, ensure_ascii=False, indent=2))
        return
    found = study.summary
    click.echo(f"{counted(found['respondents'], 'respondent')} of wave {found['wave']} studied: {out}")
    for claim in study.claims:
        if claim.verdict != "holds":
            click.echo(f"  {SIGNS[claim.verdict]} {claim.id}: {claim.reason}")
    click.echo(f"{found['holds']} claims hold, {found['fails']} fail, {found['unknown']} cannot be told.")
