"""What the schema finds wrong with an instrument, in the words of somebody who writes YAML."""

from collections.abc import Iterable, Iterator
from typing import Any

from instrument.checks import Finding
from instrument.faults import shorten

# Parts of pydantic's places that are no part of the document: the branch of a choice, and "this is about the key".
NO_PLACE = frozenset({"literal['all']", "tuple[constrained-str, ...]", "[key]"})
TEXT = "a text is needed. Put quotation marks around what looks like a number."
WHOLE = "a whole number is needed. Write it in digits, as 5."
NUMBER = "a number is needed. Write it in digits, as 17.5."
LIST = "a list is needed. Write it as [one, two]."
MAPPING = "a mapping is needed. Write it as {name: value}."
NEEDED = {
    "string_type": TEXT,
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "bool_type": "true or false is needed. Write one of the two.",
    "bool_parsing": "true or false is needed. Write one of the two.",
    "tuple_type": LIST,
    "dict_type": MAPPING,
    "model_type": MAPPING,
}
FORMS = {  # pattern -> what is wrong with a text that does not match it
    r"^[A-Za-z][A-Za-z0-9_]*$": "does not have the form of an id: a letter, then letters, digits or _. Rename it.",
    r"^[A-Za-z][A-Za-z0-9]{0,7}$": (
        "does not have the form of an id of an item: a letter, then up to seven letters or digits. Rename it."
    ),
    r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$": "is no language tag. Write one such as en or zh-Hans.",
}


def structural(details: Iterable[Any]) -> Iterator[Finding]:
    """pydantic's findings, each as a sentence that says what to do."""
    for detail in details:
        if not _follows_from_another(detail):
            place = tuple(part for part in detail["loc"] if part not in NO_PLACE)
            yield Finding(place, _sentence(detail, place[-1] if place else ""))


def _follows_from_another(detail: Any) -> bool:
    # Entries with faults are not counted, and of a form's two shapes the other one always fails too.
    length_of_unsound = detail["type"] == "too_short" and bool(detail["input"])
    other_shape = detail["loc"][-1:] == ("literal['all']",) and isinstance(detail["input"], list)
    text_as_list = detail["loc"][-1:] == ("tuple[constrained-str, ...]",) and detail["type"] == "tuple_type"
    return length_of_unsound or other_shape or text_as_list


def _sentence(detail: Any, name: Any) -> str:
    found, context = shown(detail["input"]), detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return f"'{shorten(str(name))}' is missing. Add it."
        case "extra_forbidden":
            return f"'{shorten(str(name))}' is not a word of the format. Remove it or correct its spelling."
        case "string_pattern_mismatch":
            return f"{found} {FORMS[context['pattern']]}"
        case "literal_error" if context["expected"] == "'all'":
            return f"{found} is neither 'all' nor a list of item ids. Write one of the two."
        case "literal_error":
            return f"{found} is not one of {context['expected']}. Use one of these."
        case "greater_than_equal":
            return f"{found} is below {context['ge']:g}. Correct it."
        case "less_than_equal":
            return f"{found} is above {context['le']:g}. Correct it."
        case "string_too_long":
            return f"{found} has more than {context['max_length']} characters. Shorten it."
        case "too_short":
            return "nothing is listed here. Add at least one entry."
        case kind:
            return f"{found} cannot stand here: {NEEDED[kind]}" if kind in NEEDED else f"{found} cannot stand here."


def shown(value: Any) -> str:
    """A value of the document as a message repeats it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
    try:
        return f"'{shorten(value)}'" if isinstance(value, str) else shorten(repr(value))
    except ValueError:  # Python prints no integer of more than 4,300 digits
        return "a number of thousands of digits"
