"""From a YAML file to a checked `Instrument`: every problem in one pass, with its line and what to do."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from instrument.checks import Finding, Place, findings
from instrument.definition import FORMAT, Instrument
from instrument.faults import shorten
from instrument.structure import shown, structural

DEFAULT = "innovation_consortium"
DEEPEST = 20  # levels of nesting; the format needs six


@dataclass(frozen=True, slots=True)
class Problem:
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.where}: {self.message}" if self.where else f"line {self.line}: {self.message}"


class InstrumentError(ValueError):
    """An instrument file has faults; `problems` holds every one, in the order of the file."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        count = f"{len(problems)} problem" + ("s" if len(problems) != 1 else "")
        super().__init__("\n".join([f"{file}: {count}.", *(f"  {problem}" for problem in problems)]))


def library() -> tuple[str, ...]:
    """Names of the instruments shipped with Concord."""
    shelf = files("instrument") / "library"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in shelf.iterdir() if entry.name.endswith(".yaml")))


def load_instrument(source: str | Path = DEFAULT) -> Instrument:
    """Load an instrument from a path or by its name in the library.

    Raises InstrumentError with every problem of the file, or FileNotFoundError naming what the library holds.
    """
    name = str(source)
    if name in library():
        return _load(files("instrument") / "library" / f"{name}.yaml", f"{name}.yaml")
    path = Path(source)
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no instrument file '{name}', and the library has none of that name. "
            f"Give the path of a YAML file or one of: {', '.join(library())}."
        )
    return _load(path, path.name)


def _load(path: Path | Traversable, name: str) -> Instrument:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InstrumentError(name, [Problem(line, "", "the file is not UTF-8 text. Save it as UTF-8.")]) from None
    return parse_instrument(text, name)


def parse_instrument(text: str, name: str = "instrument.yaml") -> Instrument:
    """Check the text of an instrument file and freeze what it says."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        cause = error.problem or "the text cannot be read"
        raise InstrumentError(name, [Problem(line, "", f"this is not valid YAML: {cause}. Mend the line.")]) from None
    except yaml.YAMLError as error:
        message = f"this is not valid YAML: {error}. Is it an instrument file?"
        raise InstrumentError(name, [Problem(1, "", message)]) from None
    if not isinstance(node, yaml.MappingNode):
        message = "this is not an instrument: the file should start with 'format: 1'."
        raise InstrumentError(name, [Problem(1, "", message)])

    lines: dict[Place, int] = {}
    found: list[Finding] = []
    document = _construct(node, (), lines, found)
    declared = document.get("format")
    if isinstance(declared, int) and declared > FORMAT:
        message = f"format {declared} is newer than this Concord, which reads up to {FORMAT}. Install a newer Concord."
        raise InstrumentError(name, [Problem(lines[("format",)], "format", message)])

    instrument = None
    try:
        instrument = Instrument.model_validate(document)
    except ValidationError as error:
        found += structural(error.errors())
    found += findings(document)
    if instrument is None or found:
        problems = {Problem(_line(lines, f.place), _where(document, f.place), f.message) for f in found}
        raise InstrumentError(name, sorted(problems, key=lambda p: (p.line, p.where, p.message)))
    return instrument


class _Loader(yaml.SafeLoader):
    """Safe YAML whose only plain types are null, true/false, integers and decimals (YAML 1.2's core).

    Aliases are refused, because a few lines of them stand for a document without end; so is nesting beyond any need.
    """

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="an alias (*name) stands for text elsewhere", problem_mark=mark)
        if self.depth == DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"this is nested more than {DEEPEST} deep", problem_mark=mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


# YAML 1.1 would read the language tag "no" as False and an option "on" as True.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] in {"null", "int", "float"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_BOOLEANS = {"true": True, "false": False}


def _construct(node: yaml.Node, place: Place, lines: dict[Place, int], found: list[Finding]) -> Any:
    """Plain Python data of a node, noting the line of every place on the way."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node, place, found)
            inner = (*place, key)
            if key in mapping:
                message = f"'{shorten(str(key))}' stands here a second time. Keep one of the two."
                found.append(Finding(inner, message))
            mapping[key] = _construct(value_node, inner, lines, found)
            lines[inner] = key_node.start_mark.line + 1
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child, (*place, i), lines, found) for i, child in enumerate(node.value)]
    return _scalar(node, place, found)


def _scalar(node: yaml.Node, place: Place, found: list[Finding]) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return str(node.value)  # a list or mapping used as a key: the schema refuses it by name
    if node.style is None and node.value in _BOOLEANS:
        return _BOOLEANS[node.value]
    loader = _Loader("")
    try:
        return loader.construct_object(node)
    except (ValueError, yaml.YAMLError):
        kind = node.tag.rsplit(":", 1)[-1]
        found.append(Finding(place, f"{shown(node.value)} cannot be read as '{kind}'. Write a number or plain text."))
        return node.value
    finally:
        loader.dispose()


def _line(lines: dict[Place, int], place: Place) -> int:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _where(document: Any, place: Place) -> str:
    return ".".join(_steps(document, place))


def _steps(document: Any, place: Place) -> Iterator[str]:
    """`items.g1a.text` rather than `items.3.text`: a reader knows ids, not positions."""
    here = document
    for part in place:
        inside: Any = here[part] if (isinstance(here, dict) and part in here) or _is_index(here, part) else None
        if isinstance(here, list) and isinstance(part, int):
            named = isinstance(inside, dict) and isinstance(inside.get("id"), str)
            yield shorten(inside["id"]) if named else str(part + 1)
        else:
            yield shorten(str(part))
        here = inside


def _is_index(here: Any, part: Hashable) -> bool:
    return isinstance(here, list) and isinstance(part, int) and part < len(here)
