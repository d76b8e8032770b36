"""What is known of the unit beside the answers, with what publications report, and where the two do not fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from instrument.definition import Fact
from reports.contexts.wave import day_text
from reports.contexts.words import Words


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact; `notes` tell what publications report about it."""

    name: str
    value: str
    notes: tuple[str, ...]


def fact_lines(words: Words, values: Mapping[str, Any]) -> tuple[FactLine, ...]:
    """Every fact that is known, in the instrument's order; values by fact id."""
    return tuple(
        FactLine(words.of(fact.name), fact_text(words, fact, values[fact.id]), _notes(words, fact))
        for fact in words.instrument.facts
        if values.get(fact.id, "") != "" and not pd.isna(values[fact.id])
    )


def _notes(words: Words, fact: Fact) -> tuple[str, ...]:
    t = words.texts
    notes = [
        t.gettext("%(says)s (%(source)s)", says=words.of(reference.says), source=words.cited(reference.source))
        for reference in fact.references
    ]
    if fact.mark:
        mark = t.gettext(
            "published reference value %(value)s (%(source)s)",
            value=fact_text(words, fact, fact.mark.value), source=words.cited(fact.mark.source),
        )  # fmt: skip
        notes.insert(0, mark)
    return tuple(notes)


def fact_text(words: Words, fact: Fact, value: Any) -> str:
    """The value of a fact as the language writes it."""
    t = words.texts
    if fact.type in ("choice", "multiple"):
        names = {option.id: words.of(option.name) for option in fact.options}
        chosen = [part.strip() for part in str(value).split(";") if part.strip()]
        return t.listing([names.get(option, option) for option in chosen])
    if fact.type == "percent":
        return t.share(float(value) / 100)
    if fact.type == "number":
        return t.decimal(float(value))
    if fact.type == "date":
        return day_text(t, value)
    if fact.type == "yes_no":
        return t.gettext("Yes") if str(value).lower() in ("yes", "true", "1", "1.0") else t.gettext("No")
    return str(value)
