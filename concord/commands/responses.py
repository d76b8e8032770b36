"""`concord responses`: the files that answers come in."""

from pathlib import Path

import click

from concord.options import PATH, instrument_option, lang_option


@click.group()
def responses() -> None:
    """Prepare files of answers."""


@responses.command()
@instrument_option
@lang_option
@click.option("--out", type=PATH, required=True, metavar="FILE.xlsx", help="The workbook to write.")
def template(instrument: str, lang: str | None, out: Path) -> None:
    """Write an empty workbook to fill in: responses, members, units and a codebook.

    \b
    Example:
      concord responses template --lang zh --out answers.xlsx
    """
    from instrument import load_instrument
    from instrument.languages import match_language
    from instrument.template import write_template

    if out.suffix.lower() != ".xlsx":
        raise click.UsageError(f"The template is an Excel workbook; '{out.name}' does not end in .xlsx. Rename it.")
    if out.exists():
        raise click.UsageError(f"{out} exists, and answers may stand in it. Choose another --out.")
    questionnaire = load_instrument(instrument)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_template(questionnaire, out, language=match_language(lang or questionnaire.language, questionnaire.languages))
    click.echo(f"{out}")
