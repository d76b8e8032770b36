"""The figure of the theory: what is read from a model, and that its drawing can be read."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.definition import Instrument, Models
from reports.contexts.theory import theory
from reports.contexts.words import Words
from reports.theory import BOX_WIDTH, DIRECTIONS, Figure, curve, draw, layers, onward, regressions, tip

SHIPPED = (
    ("G", "L"), ("G", "C"), ("L", "C"), ("L", "T"), ("C", "V1"), ("T", "V1"), ("V1", "V2"), ("V2", "V3"), ("V3", "V4"),
)  # fmt: skip
NODES = "abcdefgh"
PATHS = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), min_size=1, max_size=14, unique=True)


@pytest.mark.parametrize(
    ("syntax", "paths"),
    [
        ("L ~ G", [("G", "L")]),
        ("C ~ G + L", [("G", "C"), ("L", "C")]),
        ("C ~ b1*G + 0.5*L", [("G", "C"), ("L", "C")]),
        ("C ~ G +\n  L  # why\n", [("G", "C"), ("L", "C")]),
        ("C ~ G\n  + L", [("G", "C"), ("L", "C")]),
        ("L ~ G; C ~ L", [("G", "L"), ("L", "C")]),
        ("L ~ G\nL ~ G", [("G", "L")]),
        ("L ~ 0*G", []),
        ("L ~ 1", []),
        ("G =~ g1 + g2\nG ~~ L\nG ~~ 0*L", []),
        ("ab := a*b\na == b\n! L ~ G", []),
        ("", []),
    ],
)  # fmt: skip
def test_only_regressions_are_paths(syntax: str, paths: list[tuple[str, str]]) -> None:
    """Measurement, covariances, intercepts, definitions, constraints and paths fixed at zero draw no arrow."""
    assert tuple(paths) == regressions(syntax)


def test_the_shipped_theory_is_read_whole(consortium: Instrument) -> None:
    """Nine paths, none of which leads back."""
    paths = regressions(consortium.models.theory)
    assert (SHIPPED, SHIPPED) == (paths, onward(paths))


def test_stages_are_a_chain_behind_what_they_rest_on(consortium: Instrument) -> None:
    """A construct stands one layer behind the last of its causes, however short another way to it is."""
    found = layers(regressions(consortium.models.theory))
    assert {"G": 0, "L": 1, "C": 2, "T": 2, "V1": 3, "V2": 4, "V3": 5, "V4": 6} == found


def test_a_path_that_leads_back_is_not_drawn() -> None:
    """Of a circle the path that closes it is left out, of a path to itself everything."""
    assert (("a", "b"), ("b", "c")) == onward([("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")])


def assert_readable(figure: Figure) -> None:
    along, across = (0, 1) if figure.direction == "right" else (1, 0)
    size = {box.id: (box.width, box.height) for box in figure.boxes}
    corner = {box.id: (box.x, box.y) for box in figure.boxes}
    for a, b in combinations(corner, 2):
        assert any(
            corner[a][side] + size[a][side] < corner[b][side] or corner[b][side] + size[b][side] < corner[a][side]
            for side in (0, 1)
        )
    for box in figure.boxes:
        assert 0 <= box.x <= box.x + box.width <= figure.width
        assert 0 <= box.y <= box.y + box.height <= figure.height
    for arrow in figure.arrows:
        assert arrow.points[0][along] == corner[arrow.source][along] + size[arrow.source][along]
        assert arrow.points[-1][along] == corner[arrow.target][along]
        assert all(a[along] < b[along] for a, b in zip(arrow.points, arrow.points[1:], strict=False))
        for start, end in zip(arrow.points[1:-1:2], arrow.points[2:-1:2], strict=True):  # runs beside a layer
            assert start[across] == end[across]
            for name in set(corner) - {arrow.source, arrow.target}:
                beside = corner[name][along] == start[along]
                inside = corner[name][across] <= start[across] <= corner[name][across] + size[name][across]
                assert not (beside and inside)


@given(PATHS)
def test_no_two_boxes_overlap_and_no_arrow_leads_back(paths: list[tuple[str, str]]) -> None:
    """In both directions, for any theory; no arrow runs through a box that it does not belong to."""
    drawn = onward(paths)
    if drawn:
        for direction in DIRECTIONS:
            assert_readable(draw({node: f"Construct {node}" for node in NODES}, drawn, direction))


def test_every_construct_of_a_path_has_a_box_and_no_other() -> None:
    """What no path touches is not part of the figure."""
    figure = draw({"a": "One", "b": "Two", "c": "Three"}, [("a", "b")], "right")
    assert ["a", "b"] == [box.id for box in figure.boxes]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Trust", ("Trust",)),
        ("Goal orientation", ("Goal", "orientation")),
        ("Value win-win", ("Value win-win",)),
        ("价值共创", ("价值共创",)),
        ("成员单位之间的协同机制", ("成员单位之间", "的协同机制")),
        ("Responsibilities-of-everybody", ("Responsibilit", "ies-of-", "everybody")),
    ],
)
def test_names_break_to_fit_their_box(name: str, lines: tuple[str, ...]) -> None:
    """Latin names break at blanks and hyphens, Chinese ones anywhere, a word too long for a box where it must."""
    (box, _) = draw({"a": name, "b": "B"}, [("a", "b")], "right").boxes
    assert (lines, BOX_WIDTH) == (box.lines, box.width)


def test_lines_of_a_name_stand_inside_their_box() -> None:
    """The first and the last line keep away from the edges."""
    (box, _) = draw({"a": "One two-three four-five six-seven", "b": "B"}, [("a", "b")], "down").boxes
    heights = [y for y, _ in box.baselines]
    assert box.y < min(heights) - 10 < max(heights) < box.y + box.height


def test_an_arrow_ends_in_its_tip() -> None:
    """The line stops where the tip begins, and the tip touches the box."""
    arrow = draw({"a": "A", "b": "B"}, [("a", "b")], "right").arrows[0]
    assert ("M105 17.5L128 17.5", "M135 17.5l-7 -3.5v7z") == (curve(arrow, "right"), tip(arrow, "right"))


def test_the_theory_is_told_in_words_too(consortium: Instrument) -> None:
    """One sentence for every arrow, in the instrument's own names and in every language."""
    english, chinese = (theory(Words(consortium, language)) for language in consortium.languages)
    assert english is not None
    assert chinese is not None
    assert "Goal orientation is assumed to further Leadership." == english.paths[0]
    assert "假定“目标导向”会促进“牵头引领”。" == chinese.paths[0]
    assert [len(SHIPPED)] * 2 == [len(english.paths), len(chinese.paths)]


def test_paths_that_lead_back_are_told_and_not_drawn(consortium: Instrument) -> None:
    """A theory with a loop keeps its figure; what would close the loop stands below it."""
    looped = consortium.model_copy(update={"models": consortium.models.model_copy(update={"theory": "L ~ G\nG ~ L"})})
    found = theory(Words(looped, "en"))
    assert found is not None
    assert ("Leadership is assumed to further Goal orientation.",) == found.leading_back
    assert [1, 1] == [len(drawing.strokes) for drawing in found.drawings]


def test_the_figure_stands_on_the_page_with_its_words(render: Any, consortium: Instrument) -> None:
    """Two drawings, for wide and narrow screens, each named and described; the list says the same."""
    section = render(consortium).one("#theory")
    described = [svg.one("desc").text for svg in section.all("svg")]
    assert 2 == len(described)
    assert [" ".join(item.text for item in section.all("li"))] * 2 == described
    assert [2 * len(SHIPPED)] * 2 == [len(svg.all("path")) for svg in section.all("svg")]


def test_without_a_theory_there_is_no_figure(render: Any, leadership: Instrument) -> None:
    """Neither the section nor its line in the contents."""
    page = render(leadership.model_copy(update={"models": Models()}))
    assert [] == page.all("#theory")
    assert "#theory" not in [link.attributes["href"] for link in page.one("nav").all("a")]
