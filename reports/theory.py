"""The paths a theory assumes, and how to draw them: boxes in layers, arrows that only lead onwards."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from unicodedata import east_asian_width

Path = tuple[str, str]  # from cause to effect
Direction = Literal["right", "down"]
DIRECTIONS: tuple[Direction, ...] = ("right", "down")
Spot = tuple[int, float]  # layer, and place in it in slots from the middle

LETTER = 7  # px of a Latin letter at the figure's 13 px; a Chinese character takes two
LINE = 17  # px from one line of a name to the next
BASELINE = 4.5  # px from the middle of a line of letters down to where they stand
BOX_WIDTH = 104  # px
PADDING = 8  # px above and below a name; half of it beside the longest line
GAP = {"right": (30, 18), "down": (30, 16)}  # px between layers, and between boxes of a layer
TIP = 7  # px, length of an arrow's tip
SWEEPS = 4  # passes that move boxes nearer to what they are joined to; small figures settle in two
# A regression: not =~ (measurement), ~~ (covariance), := or == (definitions and constraints).
REGRESSION = re.compile(r"^([A-Za-z][\w.]*)\s*~\s*([^~=].*)$")


@dataclass(frozen=True, slots=True)
class Box:
    """A construct, its name in lines; px from the top left of the figure."""

    id: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]

    @property
    def baselines(self) -> tuple[tuple[float, str], ...]:
        """Every line of the name with the height it stands at, the name in the middle of the box."""
        first = self.y + self.height / 2 - LINE * (len(self.lines) - 1) / 2 + BASELINE
        return tuple((first + LINE * number, line) for number, line in enumerate(self.lines))


@dataclass(frozen=True, slots=True)
class Arrow:
    """A path: points from the edge of one box to the edge of another, through the free places between them."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    width: float
    height: float
    direction: Direction
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def regressions(syntax: str) -> tuple[Path, ...]:
    """The paths of a model in lavaan's syntax, in order.

    Measurement, covariances, intercepts, definitions and constraints draw no arrow; nor does a path fixed at zero.
    """
    paths: dict[Path, None] = {}
    for statement in _statements(syntax):
        found = REGRESSION.match(statement)
        if not found:
            continue
        for term in found[2].split("+"):
            *modifiers, cause = (part.strip() for part in term.split("*"))
            if re.fullmatch(r"[A-Za-z][\w.]*", cause) and "0" not in modifiers:
                paths[cause, found[1]] = None
    return tuple(paths)


def _statements(syntax: str) -> Iterable[str]:
    """Statements without comments, each on one line whatever its line breaks."""
    plain = re.sub(r"[#!].*", "", syntax)
    joined = re.sub(r"([~+*=])\s*\n\s*|\s*\n\s*(?=[+*])", r"\1", plain)
    return (statement.strip() for statement in re.split(r"[;\n]", joined))


def onward(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The paths that can be drawn in one direction: in order, each that does not lead back to where it comes from."""
    kept: list[Path] = []
    for source, target in paths:
        if source != target and source not in _reached(target, kept):
            kept.append((source, target))
    return tuple(kept)


def _reached(start: str, paths: Sequence[Path]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        fresh = {target for source, target in paths if source == here} - found
        found |= fresh
        waiting.extend(fresh)
    return found


def layers(paths: Sequence[Path]) -> dict[str, int]:
    """The layer of every construct: the length of the longest way that leads to it. The paths hold no circle."""
    layer = {name: 0 for path in paths for name in path}
    for _ in layer:
        for source, target in paths:
            layer[target] = max(layer[target], layer[source] + 1)
    return layer


def draw(names: Mapping[str, str], paths: Sequence[Path], direction: Direction) -> Figure:
    """Lay a theory out, causes first.

    names: what is printed for each construct, in the order they are listed; paths: as `onward` gives them, not empty.
    """
    layer = layers(paths)
    listed = [name for name in names if name in layer]
    routes = {path: _route(path, layer) for path in paths}
    slots = _slots(listed, layer, routes)
    wrapped = {name: _lines(names[name]) for name in listed}
    height = 2 * PADDING + LINE * max(map(len, wrapped.values()))
    size = (BOX_WIDTH, height) if direction == "right" else (height, BOX_WIDTH)  # along and across the layers
    between, beside = GAP[direction]
    spread = [place for _, place in slots.values()]
    least, most = min(spread), max(spread)

    def start(name: str) -> tuple[float, float]:
        depth, place = slots[name]
        return depth * (size[0] + between) + 1, (place - least) * (size[1] + beside) + 1

    def turned(along: float, across: float) -> tuple[float, float]:
        return (along, across) if direction == "right" else (across, along)

    boxes = tuple(Box(name, *turned(*start(name)), BOX_WIDTH, height, wrapped[name]) for name in listed)
    arrows = []
    for (source, target), route in routes.items():
        ends = []
        for name in route:
            along, across = start(name)
            middle = across + size[1] / 2
            ends += [turned(along, middle), turned(along + size[0], middle)]
        arrows.append(Arrow(source, target, tuple(ends[1:-1])))
    along = max(depth for depth, _ in slots.values()) * (size[0] + between) + size[0] + 2
    width, tall = turned(along, (most - least) * (size[1] + beside) + size[1] + 2)
    return Figure(width, tall, direction, boxes, tuple(arrows))


def _route(path: Path, layer: Mapping[str, int]) -> tuple[str, ...]:
    """The construct a path leaves, a free place in every layer it crosses, the construct it reaches."""
    source, target = path
    between = range(layer[source] + 1, layer[target])
    return (source, *(f"{source}>{target}@{depth}" for depth in between), target)


def _slots(listed: Sequence[str], layer: Mapping[str, int], routes: Mapping[Path, tuple[str, ...]]) -> dict[str, Spot]:
    """Where every construct and every free place stands: neighbours close to each other, layers centred."""
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for name in listed:
        rows[layer[name]].append(name)
    for route in routes.values():
        for step, place in enumerate(route[1:-1], start=1):
            rows[layer[route[0]] + step].insert(0, place)
    joined: dict[str, list[str]] = {}
    for a, b in (pair for route in routes.values() for pair in pairwise(route)):
        joined.setdefault(a, []).append(b)
        joined.setdefault(b, []).append(a)
    slots = _centred(rows)
    for _ in range(SWEEPS):
        for row in rows:
            row.sort(key=lambda name: _mean([slots[near][1] for near in joined.get(name, [])]))
        slots = _centred(rows)
    return slots


def _centred(rows: Sequence[Sequence[str]]) -> dict[str, Spot]:
    return {name: (depth, i - (len(row) - 1) / 2) for depth, row in enumerate(rows) for i, name in enumerate(row)}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def curve(arrow: Arrow, direction: Direction) -> str:
    """An arrow as an SVG path without its tip; every bend lies between two layers, so that it crosses no box."""
    points = list(arrow.points)
    (x, y), (end_x, end_y) = points[0], points[-1]
    points[-1] = (end_x - TIP, end_y) if direction == "right" else (end_x, end_y - TIP)
    parts = [f"M{x:g} {y:g}"]
    for bend, ((x, y), (to_x, to_y)) in enumerate(pairwise(points)):
        if bend % 2 or x == to_x or y == to_y:
            parts.append(f"L{to_x:g} {to_y:g}")
        elif direction == "right":
            middle = (x + to_x) / 2
            parts.append(f"C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}")
        else:
            middle = (y + to_y) / 2
            parts.append(f"C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}")
    return "".join(parts)


def tip(arrow: Arrow, direction: Direction) -> str:
    """The tip of an arrow as an SVG path."""
    x, y = arrow.points[-1]
    half = TIP / 2
    if direction == "right":
        return f"M{x:g} {y:g}l{-TIP} {-half:g}v{TIP}z"
    return f"M{x:g} {y:g}l{-half:g} {-TIP}h{TIP}z"


def _lines(name: str) -> tuple[str, ...]:
    """A name in lines that fit a box; a word too long for one is cut."""
    room = BOX_WIDTH - PADDING
    lines = [""]
    # Between Chinese characters a line may end anywhere, elsewhere at blanks and after hyphens only.
    for word in re.findall(r"[⺀-鿿＀-￯]|[^\s⺀-鿿＀-￯]+?(?:-|(?=[\s⺀-鿿＀-￯]|$))|\s+", name):
        text = " " if word.isspace() else word
        if lines[-1] and _width(lines[-1] + text) > room:
            lines.append("")
        for letter in text:
            if _width(lines[-1] + letter) > room:
                lines.append("")
            if lines[-1] or letter != " ":
                lines[-1] += letter
    return tuple(line.rstrip() for line in lines if line.strip())


def _width(text: str) -> float:
    return LETTER * sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
