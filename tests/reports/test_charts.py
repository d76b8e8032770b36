"""Where marks stand."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts import LABEL_GAP, DotMark, LikertScale, dot_mark, likert_cells, likert_scale, tone_names

ATOL = 0.03  # percent of a plot; positions are rounded to two decimals, a row has up to six boxes
ENDS = {"floor": 10, "ceiling": 90}
BELOW, ABOVE = ("2", "1"), ("4", "5")
counts = st.integers(0, 40)
spreads = st.fixed_dictionaries(dict.fromkeys(("1", "2", "4", "5"), counts))


def sums(spread: dict[str, int]) -> tuple[int, int]:
    return spread["1"] + spread["2"], spread["4"] + spread["5"]


def test_a_dot_stands_at_its_score_inside_its_interval() -> None:
    """Percent of the plot are points of the score."""
    assert DotMark(at=48, low=38, width=21) == dot_mark(48, 38, 59, **ENDS)


def test_a_score_without_an_interval_is_a_dot_alone() -> None:
    """Nothing is drawn where no interval may be printed."""
    assert DotMark(at=48, low=None, width=None) == dot_mark(48, None, None, **ENDS)


def test_what_is_told_no_further_than_a_cap_has_an_open_end() -> None:
    """A bound at a cap, and a score at it, may lie anywhere beyond."""
    assert DotMark(at=84, low=78, width=12, open_high=90) == dot_mark(84, 78, 90, **ENDS)
    assert DotMark(at=10, open_low=10) == dot_mark(10, None, None, **ENDS)


@pytest.mark.parametrize("values", [(-1, None, None), (101, None, None), (50, -2, 60), (50, 40, 100.5)])
def test_a_mark_off_the_scale_is_refused(values: tuple[float, float | None, float | None]) -> None:
    """A figure that cannot be true is not drawn."""
    with pytest.raises(ValueError, match="between 0 and 100"):
        dot_mark(*values, **ENDS)


def test_a_count_without_room_stands_beside_the_outermost_box() -> None:
    """One answer among many; a narrow box further in stays without its number."""
    scale = likert_scale([(51, 51)])
    cells = likert_cells({"1": 1, "2": 40, "4": 1, "5": 40}, BELOW, ABOVE, scale)
    expected = round(scale.axis - 41 * scale.unit - LABEL_GAP, 2)
    assert [expected, None, None, None] == [cell.outside for cell in cells]


@given(st.lists(spreads, min_size=1, max_size=8))
def test_every_statement_fits_the_common_scale_and_meets_at_the_axis(panel: list[dict[str, int]]) -> None:
    """Boxes lie side by side within the plot, as wide as their counts, and both sides end at the axis."""
    scale = likert_scale(sums(spread) for spread in panel)
    for spread in panel:
        cells = likert_cells(spread, BELOW, ABOVE, scale)
        assert sum(spread.values()) == sum(cell.count for cell in cells)
        for cell in cells:
            assert cell.width == pytest.approx(cell.count * scale.unit, abs=ATOL)
            assert -ATOL <= cell.x <= cell.x + cell.width <= 100 + ATOL
        for left, right in pairwise(cells):
            assert right.x == pytest.approx(left.x + left.width, abs=ATOL)
        below = [cell for cell in cells if cell.tone.startswith("below")]
        if below:
            assert below[-1].x + below[-1].width == pytest.approx(scale.axis, abs=ATOL)


@given(spreads.filter(lambda spread: sum(spread.values()) > 0))
def test_the_widest_statement_fills_the_plot(spread: dict[str, int]) -> None:
    """One statement alone leaves no room unused."""
    cells = likert_cells(spread, BELOW, ABOVE, likert_scale([sums(spread)]))
    assert sum(cell.width for cell in cells) == pytest.approx(100, abs=ATOL)


def test_nobody_on_one_side_puts_the_axis_at_the_edge() -> None:
    """All the answers on one side are no special case."""
    assert LikertScale(axis=0, unit=10) == likert_scale([(0, 10), (0, 4)])
    assert LikertScale(axis=100, unit=10) == likert_scale([(10, 0)])


def test_no_answer_at_all_has_a_scale_and_no_boxes() -> None:
    """Everybody neutral leaves an axis alone."""
    scale = likert_scale([(0, 0)])
    assert (LikertScale(axis=50, unit=0), []) == (scale, likert_cells({"3": 9}, BELOW, ABOVE, scale))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(1, ["2"]), (2, ["2", "3"]), (3, ["1", "2", "3"]), (5, ["1", "1", "2", "3", "3"])],
)
def test_tones_darken_outwards(steps: int, expected: list[str]) -> None:
    """Any number of categories finds its tones, the outermost the darkest."""
    assert [f"above{tone}" for tone in expected] == list(tone_names("above", steps))


def test_a_count_is_left_out_where_it_has_no_room() -> None:
    """One answer among a hundred is a line, not a number over its neighbours."""
    narrow, wide = likert_cells({"1": 1, "5": 99}, ("1",), ("5",), likert_scale([(1, 99)]))
    assert ((1, False), (99, True)) == ((narrow.count, narrow.fits), (wide.count, wide.fits))
