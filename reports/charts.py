"""Numbers to geometry: where a mark stands, in percent of its plot's width, so that a chart fits any screen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

SCORE_TICKS = (0, 25, 50, 75, 100)
# A digit is about 7 px wide; the widest plot has 500 px, a telephone's 230 px.
SHARE_PER_DIGIT = 1.6
SHARE_PER_DIGIT_ON_PHONE = 3.6
LABEL_GAP = 0.6  # percent of the plot between a box and a count beside it
SHADES = 3  # tones on either side of the middle, palest first


@dataclass(frozen=True, slots=True)
class DotMark:
    """A score and its interval; positions in percent of the plot's width. No interval: low and width are None."""

    at: float
    low: float | None = None
    width: float | None = None
    open_low: float | None = None  # where the mark ends though the score or its interval may go on below
    open_high: float | None = None  # ... above


@dataclass(frozen=True, slots=True)
class Cell:
    """One category of one statement: a box as wide as the number of answers."""

    x: float
    width: float
    middle: float
    count: int
    tone: str  # "below1" (palest) to "below3", "above1" to "above3"
    fits: bool  # its count has room on a wide screen
    fits_phone: bool
    outside: float | None = None  # where its count stands instead: beside the outermost box, if that is too narrow


@dataclass(frozen=True, slots=True)
class LikertScale:
    """One scale for all panels: where the axis between disagreeing and agreeing stands, and the width of one answer."""

    axis: float
    unit: float


def dot_mark(score: float, low: float | None, high: float | None, *, floor: float, ceiling: float) -> DotMark:
    """Place a score of 0 to 100 and its interval; what is told no further than floor or ceiling has an open end.

    Raises
    ------
    ValueError
        The score or a bound lies off the scale.
    """
    values = [value for value in (score, low, high) if value is not None]
    if not all(0 <= value <= 100 for value in values):
        raise ValueError(f"A score and its interval lie between 0 and 100, not at {values}.")
    open_low = floor if min(values) <= floor else None
    open_high = ceiling if max(values) >= ceiling else None
    if low is None or high is None:
        return DotMark(at=score, open_low=open_low, open_high=open_high)
    return DotMark(at=score, low=low, width=high - low, open_low=open_low, open_high=open_high)


def likert_scale(sums: Iterable[tuple[int, int]]) -> LikertScale:
    """Fit one scale to the answers (below, above the middle) of every statement of a page."""
    pairs = list(sums)
    below = max((pair[0] for pair in pairs), default=0)
    above = max((pair[1] for pair in pairs), default=0)
    if below + above == 0:
        return LikertScale(axis=50, unit=0)
    unit = 100 / (below + above)
    return LikertScale(axis=below * unit, unit=unit)


@cache
def tone_names(side: str, steps: int) -> tuple[str, ...]:
    """Tones of the categories of one side, from the middle outwards, darkening."""
    if steps == 1:
        return (f"{side}2",)
    palest = 2 if steps == 2 else 1
    return tuple(f"{side}{palest + round(step * (SHADES - palest) / (steps - 1))}" for step in range(steps))


def likert_cells(
    counts: Mapping[str, int], below: Sequence[str], above: Sequence[str], scale: LikertScale
) -> list[Cell]:
    """Boxes of one statement, left to right; a category without answers has none.

    below, above: categories from the middle outwards.
    """
    left: list[Cell] = []
    edge = scale.axis
    for category, tone in zip(below, tone_names("below", len(below)), strict=True):
        width = counts.get(category, 0) * scale.unit
        edge -= width
        left.append(_cell(edge, width, counts.get(category, 0), tone))
    right: list[Cell] = []
    edge = scale.axis
    for category, tone in zip(above, tone_names("above", len(above)), strict=True):
        width = counts.get(category, 0) * scale.unit
        right.append(_cell(edge, width, counts.get(category, 0), tone))
        edge += width
    return [*reversed(_outermost_labelled(left, -1)), *_outermost_labelled(right, 1)]


def _outermost_labelled(side: Sequence[Cell], direction: int) -> list[Cell]:
    """The boxes of one side that hold answers, from the middle outwards."""
    filled = [cell for cell in side if cell.count]
    if not filled or filled[-1].fits:
        return filled
    *inner, last = filled
    edge = last.middle + direction * (last.width / 2 + LABEL_GAP)
    return [*inner, replace(last, outside=round(edge, 2))]


def _cell(x: float, width: float, count: int, tone: str) -> Cell:
    digits = len(str(count))
    return Cell(
        x=max(0.0, round(x, 2)),  # sums of widths may miss the edge by a rounding
        width=round(width, 2),
        middle=round(x + width / 2, 2),
        count=count,
        tone=tone,
        fits=width >= digits * SHARE_PER_DIGIT,
        fits_phone=width >= digits * SHARE_PER_DIGIT_ON_PHONE,
    )
