"""The figure of the theory: the paths an instrument assumes between what it measures."""

from dataclasses import dataclass
from functools import cache

from reports.contexts.words import Words
from reports.texts import texts_for
from reports.theory import DIRECTIONS, Box, curve, draw, onward, regressions, tip


@dataclass(frozen=True, slots=True)
class Stroke:
    """An arrow as two SVG paths: its line and its tip."""

    line: str
    tip: str


@dataclass(frozen=True, slots=True)
class Drawing:
    direction: str  # "right" on wide screens and paper, "down" on telephones
    width: float
    height: float
    boxes: tuple[Box, ...]
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class Theory:
    drawings: tuple[Drawing, ...]
    paths: tuple[str, ...]  # one sentence for every arrow
    leading_back: tuple[str, ...]  # paths that would turn back and are not drawn


def theory(words: Words) -> Theory | None:
    """The theory of the instrument; None where it declares none."""
    instrument = words.instrument
    if not instrument.models.theory:
        return None
    names = [(construct.id, words.of(construct.name)) for construct in instrument.constructs]
    names += [(facet.id, words.of(facet.name)) for facet in instrument.facets]
    return _theory(instrument.models.theory, tuple(names), words.texts.lang)


@cache
def _theory(syntax: str, names: tuple[tuple[str, str], ...], lang: str) -> Theory | None:
    """The same for every unit of a run, hence kept."""
    listed = regressions(syntax)
    drawn = onward(listed)
    if not drawn:
        return None
    printed = {name: name for path in listed for name in path} | dict(names)
    drawings = []
    for direction in DIRECTIONS:
        figure = draw(printed, drawn, direction)
        strokes = tuple(Stroke(curve(arrow, direction), tip(arrow, direction)) for arrow in figure.arrows)
        drawings.append(Drawing(direction, figure.width, figure.height, figure.boxes, strokes))
    t = texts_for(lang)
    sentences = {
        (source, target): t.gettext(
            "%(source)s is assumed to further %(target)s.", source=printed[source], target=printed[target]
        )
        for source, target in listed
    }
    return Theory(
        drawings=tuple(drawings),
        paths=tuple(sentences[path] for path in drawn),
        leading_back=tuple(sentences[path] for path in listed if path not in drawn),
    )
