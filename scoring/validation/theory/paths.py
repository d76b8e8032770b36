"""The theory read as a graph: its paths, the routes through them, and the text of models that hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from scoring.sem.syntax import Modifier, Term, parse


class Path(NamedTuple):
    """One directed effect."""

    source: str
    target: str

    @property
    def label(self) -> str:
        """What the coefficient is called in a model."""
        return f"b_{self.source}_{self.target}"


class Route(NamedTuple):
    """A way from one variable to another over at least one in between; `through` are those, in order."""

    source: str
    target: str
    through: tuple[str, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The effects along the way, in order."""
        stops = (self.source, *self.through, self.target)
        return tuple(Path(a, b) for a, b in pairwise(stops))


@dataclass(frozen=True, slots=True)
class Theory:
    """A structural model.

    measurement: every term that is no path, one a line.   paths: in the order of the text.
    indicators: items by latent variable; latents of latents are among neither.
    """

    measurement: str
    paths: tuple[Path, ...]
    indicators: Mapping[str, tuple[str, ...]]

    @property
    def variables(self) -> tuple[str, ...]:
        """Whatever a path begins or ends at, in the order of the measurement model."""
        ends = {end for path in self.paths for end in path}
        return tuple(name for name in self.indicators if name in ends)

    @property
    def items(self) -> tuple[str, ...]:
        """The items, in the order of the measurement model."""
        return tuple(dict.fromkeys(item for items in self.indicators.values() for item in items))

    def predictors(self, target: str) -> tuple[str, ...]:
        """What has a path to a variable."""
        return tuple(path.source for path in self.paths if path.target == target)

    def syntax(self, extra: Sequence[str] = ()) -> str:
        """lavaan syntax: the measurement, every path with its label, and further lines."""
        return "\n".join([self.measurement, *(f"{b} ~ {Path(a, b).label}*{a}" for a, b in self.paths), *extra])


def read_theory(syntax: str) -> Theory:
    """Paths and measurement of a model.

    Raises ValueError for what the levels cannot be given alike: constraints and definitions, paths with values fixed,
    and paths that do not join latent variables with items.
    """
    tree = parse(syntax)
    if len(tree.terms) < len(tree.statements):
        raise ValueError("The theory has constraints or definitions; only paths and covariances can be read.")
    latents = set(tree.latents)
    indicators = {
        name: tuple(term.rhs for term in tree.terms if term.op == "=~" and term.lhs == name) for name in tree.latents
    }
    paths = []
    for term in tree.terms:
        if term.op != "~":
            continue
        if any(one.kind != "label" for one in term.modifiers):
            raise ValueError(f"The path {term.lhs} ~ {term.rhs} has a value of its own; only free paths can be read.")
        paths.append(Path(term.rhs, term.lhs))
    for end in {end for path in paths for end in path}:
        if end not in latents or latents & set(indicators[end]):
            raise ValueError(f"'{end}' has a path and is no latent variable with items of its own.")
    measurement = "\n".join(_line(term) for term in tree.terms if term.op != "~")
    first_order = {name: items for name, items in indicators.items() if not latents & set(items)}
    return Theory(measurement, tuple(dict.fromkeys(paths)), first_order)


def _line(term: Term) -> str:
    right = "1" if term.op == "~1" else term.rhs
    operator = "~" if term.op == "~1" else term.op
    return f"{term.lhs} {operator} {' + '.join(_prefixed(one, right) for one in term.modifiers) or right}"


def _prefixed(modifier: Modifier, name: str) -> str:
    if modifier.kind == "label":
        return f"{modifier.labels[0]}*{name}"
    value = modifier.values[0]
    number = "NA" if value is None else repr(value)
    return f"start({number})*{name}" if modifier.kind == "start" else f"{number}*{name}"


def is_recursive(paths: Sequence[Path]) -> bool:
    """Whether no variable acts on itself in the end."""
    left = set(paths)
    while left:
        ends = {path.target for path in left}
        first = {path for path in left if path.source not in ends}
        if not first:
            return False
        left -= first
    return True


def routes(paths: Sequence[Path]) -> tuple[Route, ...]:
    """Every directed way over at least one variable in between, by source and target in the order of the paths.

    Raises ValueError where a variable acts on itself in the end.
    """
    if not is_recursive(paths):
        raise ValueError("A variable acts on itself in the end: there is no end of indirect effects.")
    names = tuple(dict.fromkeys(end for path in paths for end in path))
    found = [route for name in names for route in _onwards(paths, (name,))]
    rank = {name: i for i, name in enumerate(names)}
    return tuple(sorted(found, key=lambda one: (rank[one.source], rank[one.target], len(one.through))))


def _onwards(paths: Sequence[Path], stops: tuple[str, ...]) -> list[Route]:
    found = []
    for path in paths:
        if path.source == stops[-1]:
            longer = (*stops, path.target)
            if len(longer) > 2:
                found.append(Route(longer[0], longer[-1], longer[1:-1]))
            found += _onwards(paths, longer)
    return found


def ancestors(paths: Sequence[Path], name: str) -> tuple[str, ...]:
    """What acts on a variable, directly or not, in the order of the paths."""
    known: set[str] = set()
    waiting = [name]
    while waiting:
        for path in paths:
            if path.target == waiting[-1] and path.source not in known:
                known.add(path.source)
                waiting.insert(0, path.source)
        waiting.pop()
    return tuple(dict.fromkeys(path.source for path in paths if path.source in known))
