"""What a schema cannot say of an instrument: ids that must meet, texts every language needs, scales that must fit.

The checks read the plain document, not the model, so that a misspelt word in one item does not hide the problems of
all the others. Each is a generator of findings; parts that the schema refuses anyway are passed over.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from instrument.conditions import ConditionError, parse
from instrument.faults import shorten
from instrument.vocabulary import Vocabulary, misuses

Place = tuple[Hashable, ...]  # keys and positions from the top of the document


@dataclass(frozen=True, slots=True)
class Finding:
    place: Place
    message: str


Document = dict[str, Any]

# Where texts stand; * is any key or position. The first group must be there, the second may be left out or empty.
REQUIRED_TEXTS = (
    "name", "roles.*.name", "role_families.*.name", "constructs.*.name", "facets.*.name", "items.*.text",
    "instructed.*.text",
    "facts.*.name", "facts.*.options.*.name", "facts.*.references.*.says", "patterns.*.text",
    "glossary.*.term", "glossary.*.meaning", "sources.*.concepts.*.name",
)  # fmt: skip
OPTIONAL_TEXTS = (
    "stem", "source", "unit_name", "member_name", "missing.*", "constructs.*.about",
    "scales.*.labels", "facets.*.discuss", "patterns.*.name", "patterns.*.discuss",
    "facts.*.mark.source", "facts.*.references.*.source", "cover.intro", "cover.consent", "cover.thanks",
    "sources.*.citation", "sources.*.note", "pilot.questions", "pilot.protocol",
)  # fmt: skip
RESERVED_COLUMNS = (
    "respondent", "unit", "member", "role", "wave", "language", "form", "version", "started_at", "submitted_at",
    "vote1", "vote2", "vote3", "synthetic",
)  # fmt: skip
MOST_ANSWERS = 101  # of one scale: every answer is counted by itself
NEVER_AGAIN = "never recycle a retired one, because stored answers refer to it."
UNIT_COLUMNS = ("unit", "wave", "name", "sponsor", "closed")


def findings(document: Document) -> list[Finding]:
    """Every problem the schema cannot see, in no particular order."""
    checks = (
        _duplicate_ids, _unknown_references, _facets_without_items, _missing_languages, _scales, _missing_codes,
        _instructed, _levels, _stages, _families, _forms, _columns, _conditions, _held_by,
    )  # fmt: skip
    return list(chain.from_iterable(check(document) for check in checks))


def _entries(document: Document, part: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    listed = document.get(part)
    for number, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, dict):
            yield (part, number), entry


def _ids(document: Document, part: str) -> set[str]:
    declared = document.get(part)
    if isinstance(declared, dict):
        return {str(key) for key in declared}
    return {entry["id"] for _, entry in _entries(document, part) if isinstance(entry.get("id"), str)}


def _strings(value: Any) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _duplicate_ids(document: Document) -> Iterator[Finding]:
    # Constructs and facets share one name space: both become values of the column `scale`.
    alone = ("roles", "role_families", "facts", "patterns", "stages")
    for parts in (("constructs", "facets"), ("items", "instructed"), *((part,) for part in alone)):
        among = chain.from_iterable(_entries(document, part) for part in parts)
        yield from _repeated(among, f"Give it a new id; {NEVER_AGAIN}")
    for part in ("glossary", "sources"):
        yield from _repeated(_entries(document, part), "Give it another.")
    for place, source in _entries(document, "sources"):
        concepts = (((*place, *inner), entry) for inner, entry in _entries(source, "concepts"))
        yield from _repeated(concepts, "Give it another.")


def _repeated(entries: Iterable[tuple[Place, dict[str, Any]]], advice: str) -> Iterator[Finding]:
    first: dict[str, Place] = {}
    for place, entry in entries:
        key = entry.get("id")
        if not isinstance(key, str):
            continue
        folded = key.lower()  # exchange formats and spreadsheets do not tell case apart
        if folded in first:
            *_, part, number = first[folded]
            message = f"the id '{shorten(key)}' is already used by {part}[{int(str(number)) + 1}]."
            yield Finding((*place, "id"), f"{message} {advice}")
        first.setdefault(folded, place)


def _unknown_references(document: Document) -> Iterator[Finding]:
    links = (
        ("constructs", "scale", "scales"), ("constructs", "self_view", "roles"), ("facets", "construct", "constructs"),
        ("items", "facet", "facets"), ("items", "roles", "roles"), ("stages", "id", "facets"),
        ("stages", "needs_roles", "roles"), ("role_families", "roles", "roles"),
        ("instructed", "scale", "scales"), ("instructed", "after", "items"),
    )  # fmt: skip
    for part, field, target in links:
        known = _ids(document, target)
        for place, entry in _entries(document, part):
            value = entry.get(field)
            named = [value] if isinstance(value, str) else _strings(value)
            for name in named:
                if name not in known:
                    message = f"'{shorten(name)}' is not declared under {target}. Declared: {_listed(known)}."
                    yield Finding((*place, field), message)
    known = _ids(document, "facts") | {"size"}  # size is the number of members, which Concord counts itself
    for number, name in enumerate(_strings(document.get("peers"))):
        if name not in known:
            message = f"'{shorten(name)}' is not declared under facts. Declared: {_listed(known)}."
            yield Finding(("peers", number), message)


def _listed(names: set[str]) -> str:
    return ", ".join(map(shorten, sorted(names))) or "none"


def _facets_without_items(document: Document) -> Iterator[Finding]:
    for part, user, field in (("facets", "items", "facet"), ("constructs", "facets", "construct")):
        used = {entry[field] for _, entry in _entries(document, user) if isinstance(entry.get(field), str)}
        for place, entry in _entries(document, part):
            if isinstance(entry.get("id"), str) and entry["id"] not in used:
                yield Finding(place, f"'{shorten(entry['id'])}' has no {user}. Add one or remove it.")


def _at(document: Any, pattern: str) -> Iterator[tuple[Place, Any]]:
    """Every place that a pattern such as `items.*.text` names; a part that should be there and is not gives None."""
    found: list[tuple[Place, Any]] = [((), document)]
    for part in pattern.split("."):
        inner: list[tuple[Place, Any]] = []
        for place, here in found:
            if part != "*":
                inner += [((*place, part), here.get(part))] if isinstance(here, dict) else []
            elif isinstance(here, dict):
                inner += [((*place, key), value) for key, value in here.items()]
            elif isinstance(here, list):
                inner += [((*place, number), value) for number, value in enumerate(here)]
        found = inner
    yield from found


def _missing_languages(document: Document) -> Iterator[Finding]:
    languages = _strings(document.get("languages"))
    places = chain(
        ((True, *at) for pattern in REQUIRED_TEXTS for at in _at(document, pattern)),
        ((False, *at) for pattern in OPTIONAL_TEXTS for at in _at(document, pattern)),
    )
    for required, place, text in places:
        if not isinstance(text, dict) or (not text and not required):
            continue
        for language in languages:
            if not text.get(language):
                message = f"the text in '{shorten(language)}' is missing. Add it; every declared language needs it."
                yield Finding(place, message)
        for language in text:
            if language not in languages:
                declared = ", ".join(map(shorten, languages))
                message = f"'{shorten(str(language))}' is not a declared language ({declared}). Declare or remove it."
                yield Finding(place, message)
        lengths = {len(value) for value in text.values() if isinstance(value, list)}
        if len(lengths) > 1:
            yield Finding(place, "the languages hold different numbers of texts. Give each language the same list.")


def _scales(document: Document) -> Iterator[Finding]:
    scales = document.get("scales")
    for name, scale in scales.items() if isinstance(scales, dict) else ():
        low, high = (scale.get("min"), scale.get("max")) if isinstance(scale, dict) else (None, None)
        if not (isinstance(low, int) and isinstance(high, int)):
            continue
        if not low < high:
            yield Finding(("scales", name), f"min {low} is not below max {high}. Correct the two.")
        elif high - low >= MOST_ANSWERS:
            message = f"the scale has {high - low + 1:,} answers; {MOST_ANSWERS} are the most, as in 0 to 100."
            yield Finding(("scales", name), f"{message} Take a coarser scale.")
        labels = scale.get("labels")
        for language, texts in labels.items() if isinstance(labels, dict) else ():
            if isinstance(texts, list) and len(texts) != high - low + 1:
                yield Finding(
                    ("scales", name, "labels", language),
                    f"{len(texts)} labels for the {high - low + 1} answers {low} to {high}. Give one label for each.",
                )


def _missing_codes(document: Document) -> Iterator[Finding]:
    codes, scales = document.get("missing"), document.get("scales")
    for code in codes if isinstance(codes, dict) else ():
        for name, scale in scales.items() if isinstance(scales, dict) else ():
            low, high = (scale.get("min"), scale.get("max")) if isinstance(scale, dict) else (None, None)
            if isinstance(code, int) and isinstance(low, int) and isinstance(high, int) and low <= code <= high:
                message = f"the missing code {code} lies on the scale '{shorten(str(name))}'. Choose another."
                yield Finding(("missing", code), message)


def _instructed(document: Document) -> Iterator[Finding]:
    scales = document.get("scales")
    for place, entry in _entries(document, "instructed"):
        scale = scales.get(entry.get("scale")) if isinstance(scales, dict) else None
        low, high = (scale.get("min"), scale.get("max")) if isinstance(scale, dict) else (None, None)
        answer = entry.get("answer")
        if isinstance(answer, int) and isinstance(low, int) and isinstance(high, int) and not low <= answer <= high:
            message = f"the answer {answer} lies off the scale {low} to {high}. Ask for one that can be ticked."
            yield Finding((*place, "answer"), message)


def _levels(document: Document) -> Iterator[Finding]:
    levels = document.get("levels", ["unit", "member", "respondent"])
    if levels not in (["unit", "member", "respondent"], ["unit", "respondent"], ["respondent"]):
        allowed = "[unit, member, respondent], [unit, respondent] or [respondent]"
        yield Finding(("levels",), f"levels are {allowed}. Use one of these.")
    elif "unit" in levels and document.get("within_member_sd") is None:
        yield Finding(
            ("within_member_sd",),
            "an instrument that scores units needs within_member_sd: {person, item, source}. Add it; "
            "'source: assumed' where nothing is known.",
        )


def _stages(document: Document) -> Iterator[Finding]:
    scored = _ids(document, "roles")
    levels = document.get("levels")
    if document.get("stages") and isinstance(levels, list) and "unit" not in levels:
        yield Finding(("stages",), "stages belong to units, and levels has no unit. Remove them or add the level.")
    for place, entry in _entries(document, "roles"):
        target = entry.get("merge_into")
        if isinstance(target, str) and target in scored:
            advice = "Name a wider group, such as research_side."
            yield Finding((*place, "merge_into"), f"'{shorten(target)}' is itself a role. {advice}")


def _families(document: Document) -> Iterator[Finding]:
    family_of: dict[str, object] = {}
    for place, entry in _entries(document, "role_families"):
        for role in _strings(entry.get("roles")):
            if role in family_of:
                message = f"'{shorten(role)}' is already in the family '{family_of[role]}'. A role is in one family."
                yield Finding((*place, "roles"), message)
            family_of.setdefault(role, entry.get("id"))


def _forms(document: Document) -> Iterator[Finding]:
    forms, known = document.get("forms"), _ids(document, "items")
    for name, form in forms.items() if isinstance(forms, dict) else ():
        items = form.get("items") if isinstance(form, dict) else None
        for item in _strings(items):
            if item not in known:
                message = f"'{shorten(item)}' is no item of the instrument. Remove or correct it."
                yield Finding(("forms", name, "items"), message)
        listed = _strings(items)
        for item in sorted({item for item in listed if listed.count(item) > 1}):
            yield Finding(("forms", name, "items"), f"'{shorten(item)}' is listed twice. Keep one.")
    if isinstance(forms, dict) and "full" not in forms:
        yield Finding(("forms",), "there is no form 'full', where answers without form belong. Add full: {items: all}.")


def _columns(document: Document) -> Iterator[Finding]:
    columns, items = document.get("columns"), _ids(document, "items") | _ids(document, "instructed")
    for place, entry in chain(_entries(document, "items"), _entries(document, "instructed")):
        if entry.get("id") in RESERVED_COLUMNS:
            yield Finding((*place, "id"), f"'{entry['id']}' is the name of a column Concord keeps. Rename the item.")
    for place, entry in _entries(document, "facts"):
        if entry.get("id") in UNIT_COLUMNS:
            yield Finding((*place, "id"), f"'{entry['id']}' is a column of every table of units. Rename the fact.")
    targets = [ours for ours in columns.values() if isinstance(ours, str)] if isinstance(columns, dict) else []
    for theirs, ours in columns.items() if isinstance(columns, dict) else ():
        if not isinstance(ours, str):
            continue
        if ours not in items and ours not in RESERVED_COLUMNS:
            message = f"'{shorten(ours)}' is neither an item nor one of {', '.join(RESERVED_COLUMNS)}."
            yield Finding(("columns", theirs), f"{message} Correct the name on the right.")
        elif theirs != ours and (theirs in items or theirs in RESERVED_COLUMNS):
            message = f"'{theirs}' is a name of Concord's own and cannot stand for '{ours}'."
            yield Finding(("columns", theirs), f"{message} Rename the column in the file.")
        elif targets.count(ours) > 1:
            yield Finding(("columns", theirs), f"two columns are mapped to '{shorten(ours)}'. Keep one.")


def _conditions(document: Document) -> Iterator[Finding]:
    facts = {entry["id"]: entry for _, entry in _entries(document, "facts") if isinstance(entry.get("id"), str)}
    kinds = {name: str(entry.get("type")) for name, entry in facts.items()}
    options = {name: _ids(entry, "options") for name, entry in facts.items() if "options" in entry}
    options |= {name: {"yes", "no"} for name, kind in kinds.items() if kind == "yes_no"}
    scales = _ids(document, "constructs") | _ids(document, "facets")
    known = Vocabulary(scales, _ids(document, "roles"), kinds, options)
    for place, entry in _entries(document, "patterns"):
        when = entry.get("when")
        if not isinstance(when, str):
            continue
        try:
            faults = list(misuses(parse(when, known.choices), known))
        except ConditionError as error:
            faults = [error]
        yield from (Finding((*place, "when"), str(fault)) for fault in faults)


def _held_by(document: Document) -> Iterator[Finding]:
    known = _ids(document, "facets") | _ids(document, "facts") | _ids(document, "patterns")
    for place, held in _at(document, "sources.*.concepts.*.held_by"):
        for name in _strings(held):
            if name not in known:
                message = f"'{shorten(name)}' is not declared under facets, facts or patterns."
                yield Finding(place, f"{message} Declared: {_listed(known)}.")
