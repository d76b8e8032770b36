"""What every column of the answers means and takes, row by row, for whoever fills them in."""

from collections.abc import Iterator

from instrument.definition import Fact, Instrument, Item

HEADINGS = ("item", "text", "facet", "construct", "scale", "reversed", "asked of", "forms")
COLUMN_HEADINGS = ("column", "meaning", "sheet", "takes")
DATE, YES_NO = "a date, as 2026-03-31", "yes or no"
OF_TYPE = {
    "number": "a number",
    "percent": "0 to 100, without the sign",
    "date": DATE,
    "yes_no": YES_NO,
    "text": "text",
}


def items(instrument: Instrument, language: str) -> Iterator[list[str | int]]:
    """A row under `HEADINGS` for each item, then for each missing code with its meaning."""
    for item in instrument.items:
        yield [*_item(instrument, item, language)]
    for code, meaning in instrument.missing.items():
        yield [code, meaning.get(language, "")]


def columns(instrument: Instrument, language: str) -> Iterator[list[str]]:
    """A row under `COLUMN_HEADINGS` for each column that is no item, facts of the units included."""
    for name, meaning, sheet, takes in (
        *_responses(instrument, language), *_members(instrument, language), *_units(instrument, language),
    ):  # fmt: skip
        yield [name, meaning, sheet, takes]


def _item(instrument: Instrument, item: Item, language: str) -> list[str]:
    scale = instrument.scale_of_item(item)
    labels = scale.labels.get(language) or ("",) * (scale.max - scale.min + 1)
    answers = [f"{value} {label}".strip() for value, label in enumerate(labels, start=scale.min)]
    return [
        item.id,
        item.text[language],
        instrument.facet_of[item.facet].name[language],
        instrument.construct_of_item(item).name[language],
        "; ".join(answers),
        "yes" if item.reverse else "",
        "; ".join(instrument.role_ids if item.roles is None else item.roles),
        "; ".join(form for form in instrument.forms if instrument.is_on_form(item, form)),
    ]


Row = tuple[str, str, str, str]


def _roles(instrument: Instrument, language: str) -> str:
    return "; ".join(f"{role.id} ({role.name[language]})" for role in instrument.roles)


def _responses(instrument: Instrument, language: str) -> Iterator[Row]:
    sheet = "responses"
    forms = [
        f"{form} (items: {sum(instrument.is_on_form(item, form) for item in instrument.items)})"
        for form in instrument.forms
    ]
    facets = [f"{facet.id} ({facet.name[language]})" for facet in instrument.facets]
    yield "respondent", "who answers", sheet, "an id of your choice"
    if "unit" in instrument.levels:
        yield "unit", "what is assessed", "all", "an id, the same in every sheet"
    if instrument.has_members:
        yield "member", "the organisation answered for", "responses, members", "an id, the same in every sheet"
        yield "role", "the role answered in; empty: everything may be answered", sheet, _roles(instrument, language)
    yield "wave", "round of asking; empty in every row: 1", "responses, units", "a number or a name"
    yield "language", "language answered", sheet, "; ".join(instrument.languages)
    yield "form", "form answered; empty: full", sheet, "; ".join(forms)
    yield "version", "version of the questionnaire", sheet, str(instrument.version)
    yield (
        "started_at, submitted_at",
        "when answering began and ended",
        sheet,
        "a date with time, as 2026-03-31T09:30:00",
    )
    for statement in instrument.instructed:
        codes = "".join(f"; {code}" for code in instrument.missing)
        scale = instrument.scales[statement.scale]
        yield statement.id, statement.text[language], sheet, f"{scale.min} to {scale.max}{codes}"
    yield "vote1, vote2, vote3", "up to three facets to work on first", sheet, "; ".join(facets)


def _members(instrument: Instrument, language: str) -> Iterator[Row]:
    if instrument.has_members:
        sheet = "members"
        yield "organisation", "who it is; the same one may be a member of several units", sheet, "text"
        yield "roles", "every role it has, separated by ;", sheet, _roles(instrument, language)
        yield "lead", "whether it leads; empty: the roles decide", sheet, YES_NO
        yield "joined, left", "from when, and before when, it is a member; empty: always", sheet, DATE
        yield "invited", "how many of its people were invited", sheet, "a whole number"
        yield "show_own", "whether it consents to its own answers being shown; empty: no", sheet, YES_NO


def _units(instrument: Instrument, language: str) -> Iterator[Row]:
    if "unit" in instrument.levels:
        sheet = "units"
        yield "name, sponsor", "what reports call the unit; who funds it", sheet, "text"
        yield "closed", "when the wave was closed", sheet, DATE
        for fact in instrument.facts:
            yield fact.id, fact.name[language], sheet, _takes(fact, language)


def _takes(fact: Fact, language: str) -> str:
    options = "; ".join(f"{option.id} ({option.name[language]})" for option in fact.options)
    several = "several, separated by ;: " if fact.type == "multiple" else ""
    return OF_TYPE.get(fact.type, f"{several}{options}")
