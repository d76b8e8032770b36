"""What the text of one cell means. A text without a meaning raises ValueError: what was found and what to do."""

import re
from datetime import UTC, datetime

from instrument.faults import shorten

YES = frozenset({"yes", "true", "1"})
NO = frozenset({"no", "false", "0"})
CONTROL = r"[\x00-\x1f\x7f]"  # characters that no id may hold


def number(text: str) -> float:
    """A decimal number with a point, as in 4, 4.0 or -0.5."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", text, flags=re.ASCII):
        advice = _what_to_do(text, "Write it with digits, as 12 or 12.5")
        raise ValueError(f"'{shorten(text)}' is not a number. {advice}")
    return float(text)


def whole_number(text: str) -> int:
    try:
        found = number(text)
    except ValueError:
        found = 0.5
    if not found.is_integer():
        advice = _what_to_do(text, "Write a whole number in digits")
        raise ValueError(f"'{shorten(text)}' is not a whole number. {advice}")
    return int(found)


def yes_no(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise ValueError(f"'{shorten(text)}' is neither yes nor no. Write yes, no or leave the cell empty.")
    return text.lower() in YES


def moment(text: str) -> datetime:
    """A date or a date with a time (ISO 8601), in UTC; a time without an offset is taken as it stands."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        advice = _what_to_do(text, "Write it as 2026-03-31 or 2026-03-31T09:30:00")
        raise ValueError(f"'{shorten(text)}' is not a date. {advice}") from None


def _what_to_do(text: str, advice: str) -> str:
    stands_for_nothing = text.strip(".-/ ").lower() in {"", "na", "n/a", "nan", "null", "none", "#n/a"}
    return "Leave the cell empty where there is no answer." if stands_for_nothing else f"{advice}."
