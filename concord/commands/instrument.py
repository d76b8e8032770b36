"""`concord instrument`: look at a questionnaire before asking or scoring it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from concord.files import write_text
from concord.options import DEFAULT_INSTRUMENT, PATH, json_option, lang_option

if TYPE_CHECKING:
    from instrument import Instrument

file_argument = click.argument("file", default=DEFAULT_INSTRUMENT, metavar="[FILE|NAME]")


@click.group()
def instrument() -> None:
    """Check, show or export a questionnaire; the shipped one if none is named."""


@instrument.command()
@file_argument
def check(file: str) -> None:
    """Say that a questionnaire is sound, or name every problem with its line.

    \b
    Example:
      concord instrument check my_instrument.yaml
    """
    from instrument import load_instrument

    found = load_instrument(file)
    languages = ", ".join(found.languages)
    click.echo(f"{found.id}, version {found.version}: sound. {len(found.items)} items in {languages}.")


@instrument.command()
@file_argument
@lang_option
@json_option
def show(file: str, lang: str | None, as_json: bool) -> None:
    """Show what a questionnaire asks, and of whom.

    \b
    Example:
      concord instrument show innovation_consortium --lang zh
    """
    from instrument import load_instrument
    from instrument.languages import match_language

    found = load_instrument(file)
    overview = _overview(found, match_language(lang or found.language, found.languages))
    click.echo(json.dumps(overview, ensure_ascii=False, indent=2) if as_json else "\n".join(_lines(overview)))


@instrument.command()
@file_argument
@click.option(
    "--to",
    type=click.Choice(["schema", "guide"]),
    required=True,
    help="schema: JSON Schema of the format. guide: the questionnaire as a Markdown page.",
)
@click.option("--out", type=PATH, metavar="FILE", help="The file to write; stdout if left out.")
def export(file: str, to: str, out: Path | None) -> None:
    """Write a questionnaire in another format.

    The guide is for reading: every item, fact and pattern in all languages, where each comes from, and what only a
    pilot can settle. The JSON Schema describes the format of every questionnaire file; editors use it to check while
    one types.

    \b
    Example:
      concord instrument export --to guide --out guide.md
    """
    from instrument import json_schema, load_instrument
    from instrument.guide import guide

    found = load_instrument(file)
    if out is not None and out.exists() and Path(file).exists() and out.samefile(file):
        raise click.ClickException(f"{out} is the questionnaire itself. Choose another --out.")
    text = guide(found) if to == "guide" else json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
        click.echo(f"{out}")


def _overview(found: "Instrument", lang: str) -> dict[str, Any]:
    asked_of = found.role_ids or ("",)
    return {
        "id": found.id,
        "version": found.version,
        "name": found.name[lang],
        "languages": list(found.languages),
        "levels": list(found.levels),
        "constructs": [
            {
                "id": construct.id,
                "name": construct.name[lang],
                "kind": construct.kind,
                "scale": [found.scales[construct.scale].min, found.scales[construct.scale].max],
                "facets": [
                    {
                        "id": facet.id,
                        "name": facet.name[lang],
                        "items": [
                            {"id": item.id, "reverse": item.reverse, "text": item.text[lang]}
                            for item in found.items_of_facet(facet.id)
                        ],
                    }
                    for facet in found.facets_of_construct(construct.id)
                ],
            }
            for construct in found.constructs
        ],
        "stages": [{"id": stage.id, "threshold": stage.threshold} for stage in found.stages],
        "forms": {
            form: {role: sum(found.is_asked(item, role, form) for item in found.items) for role in asked_of}
            for form in found.forms
        },
        "facts": [
            {
                "id": fact.id,
                "name": fact.name[lang],
                "type": fact.type,
                "options": [{"id": option.id, "name": option.name[lang]} for option in fact.options],
            }
            for fact in found.facts
        ],
    }


def _lines(overview: dict[str, Any]) -> Iterator[str]:
    """The overview for reading; names of any script stand last in a line, where their width does not matter."""
    yield f"{overview['name']} ({overview['id']}, version {overview['version']})"
    yield f"Languages: {', '.join(overview['languages'])}. Levels: {', '.join(overview['levels'])}."
    if overview["stages"]:
        stages = [f"{stage['id']} (from {stage['threshold']:g})" for stage in overview["stages"]]
        yield f"Stages: {', '.join(stages)}."
    for construct in overview["constructs"]:
        low, high = construct["scale"]
        yield ""
        yield f"{construct['id']}  {construct['name']} ({construct['kind']}, answers {low} to {high})"
        for facet in construct["facets"]:
            yield f"    {facet['id']}  {facet['name']}"
            for item in facet["items"]:
                yield f"        {item['id']:<9}{'(-) ' if item['reverse'] else '    '}{item['text']}"
    yield from _fact_lines(overview["facts"])
    yield ""
    yield "Items by form and role"
    roles = list(next(iter(overview["forms"].values())))
    wide = max(len(form) for form in overview["forms"])
    if roles != [""]:
        yield f"    {'':<{wide}}  " + "  ".join(roles)
    for form, counts in overview["forms"].items():
        cells = "  ".join(f"{count:>{max(len(role), 1)}}" for role, count in counts.items())
        yield f"    {form:<{wide}}  {cells}"


def _fact_lines(facts: list[dict[str, Any]]) -> Iterator[str]:
    if facts:
        yield ""
        yield "Facts of a unit"
    for fact in facts:
        yield f"    {fact['id']:<16}{fact['type']:<10}{fact['name']}"
        for option in fact["options"]:
            yield f"        {option['id']:<22}{option['name']}"
