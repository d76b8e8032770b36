"""Figures as the Publication Manual of the APA (7th ed., 6.36) prints them, and the tones behind them."""

import math
from typing import Any

MINUS = "\u2212"
NOTHING = "\u2013"
TONES = 3
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
CERTAIN = 0.9995  # prints as 1.000, which a probability below 1 is not


def missing(value: Any) -> bool:
    """Whether a table has no figure here."""
    return value is None or value != value or (isinstance(value, float) and math.isinf(value))


def decimal(value: Any, digits: int = 2) -> str:
    """A figure that can exceed 1: with its leading zero."""
    if missing(value):
        return NOTHING
    text = f"{float(value):.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", MINUS)


def bounded(value: Any, digits: int = 2) -> str:
    """A figure that cannot exceed 1 in size, as a correlation: without a leading zero."""
    text = decimal(value, digits)
    sign, size = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
    return sign + size.removeprefix("0") if size.startswith("0.") else text


def probability(value: Any) -> str:
    """A p value: exact to three decimals, "< .001" below."""
    if missing(value):
        return NOTHING
    if float(value) < 0.001:
        return "< .001"
    return "> .999" if float(value) >= CERTAIN else bounded(value, 3)


def whole(value: Any) -> str:
    """A count, or rounded to one."""
    return NOTHING if missing(value) else f"{float(value):,.0f}".replace("-", MINUS)


def degrees(value: Any) -> str:
    """Degrees of freedom, which are written without a comma."""
    return NOTHING if missing(value) else f"{float(value):.0f}"


def scientific(value: Any) -> str:
    """A very small figure as `5.1 × 10⁻⁷`."""
    if missing(value):
        return NOTHING
    size, _, power = f"{float(value):.1e}".partition("e")
    return f"{size} × 10{str(int(power)).translate(RAISED)}" if int(power) else size


def percent(value: Any) -> str:
    """A share of 1 as a percentage."""
    return NOTHING if missing(value) else f"{100 * float(value):.0f}%"


def interval(low: Any, high: Any, digits: int = 2, *, unit: bool = True) -> str:
    """`[.12, .34]`."""
    if missing(low) or missing(high):
        return NOTHING
    show = bounded if unit else decimal
    return f"[{show(low, digits)}, {show(high, digits)}]"


def tone(value: Any, *, full: float, least: float = 0.0) -> str:
    """The ground of a figure between -full and full, darker the larger it is; none below `least`."""
    if missing(value) or abs(float(value)) < max(least, 1e-12):
        return ""
    step = min(TONES, 1 + int(TONES * abs(float(value)) / full))
    return f"{'above' if float(value) > 0 else 'below'}{step}"
