"""The tree of a model. Positions (line and column, from 1) take no part in comparisons."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from scoring.sem.syntax.expressions import Expression

Operator = Literal["=~", "~", "~~", "~1", "|", "~*~"]
ModifierKind = Literal["fix", "label", "start", "equal"]


@dataclass(frozen=True, slots=True)
class Modifier:
    """What is said of one parameter, one entry for each group or a single entry for all of them.

    values: of "fix" and "start", None where the text has NA: free, or started as usual.
    labels: of "label" ("" where a group has none) and of "equal" (a label, or a parameter written as `f=~x2`).
    """

    kind: ModifierKind
    values: tuple[float | None, ...] = ()
    labels: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Term:
    """One parameter as written: `lhs op rhs`, where rhs is "" for "~1" and "t1", "t2", ... for "|".

    modifiers: at most one of each kind.   line, column: of the variable on the right, or of the 1 or 0.
    """

    lhs: str
    op: Operator
    rhs: str
    modifiers: tuple[Modifier, ...] = ()
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Level:
    """`level: name`: the terms from here on hold at this level."""

    name: str
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Define:
    """`name := expression`, a quantity worked out from the parameters."""

    name: str
    expression: Expression
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Constraint:
    """`left == right`, which holds at the estimates."""

    left: Expression
    right: Expression
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


Statement = Term | Level | Define | Constraint


@dataclass(frozen=True, slots=True)
class Block:
    """The terms of one level; level is its name as written, "" in a model without levels."""

    level: str
    terms: tuple[Term, ...]

    @property
    def latents(self) -> tuple[str, ...]:
        return _latents(self.terms)

    @property
    def observed(self) -> tuple[str, ...]:
        return _observed(self.terms)


@dataclass(frozen=True, slots=True)
class Model:
    """The statements of a model in the order of the text."""

    statements: tuple[Statement, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(statement for statement in self.statements if isinstance(statement, Term))

    @property
    def definitions(self) -> tuple[Define, ...]:
        return tuple(statement for statement in self.statements if isinstance(statement, Define))

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        return tuple(statement for statement in self.statements if isinstance(statement, Constraint))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """One block in a model without levels, else one for each level, in the order of the text."""
        parts: list[tuple[str, list[Term]]] = []
        for statement in self.statements:
            if isinstance(statement, Level):
                parts.append((statement.name, []))
            elif isinstance(statement, Term):
                if not parts:
                    parts.append(("", []))
                parts[-1][1].append(statement)
        return tuple(Block(level, tuple(terms)) for level, terms in parts)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of parameters, each once, by first mention."""
        modifiers = (modifier for term in self.terms for modifier in term.modifiers if modifier.kind == "label")
        return tuple(dict.fromkeys(label for modifier in modifiers for label in modifier.labels if label))

    @property
    def latents(self) -> tuple[str, ...]:
        """Variables on the left of =~, each once, by first mention."""
        return _latents(self.terms)

    @property
    def observed(self) -> tuple[str, ...]:
        """All other variables, each once, by first mention."""
        return _observed(self.terms)


def _latents(terms: Iterable[Term]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term.lhs for term in terms if term.op == "=~"))


def _observed(terms: tuple[Term, ...]) -> tuple[str, ...]:
    latents = set(_latents(terms))
    sides = ((term.lhs, "" if term.op == "|" else term.rhs) for term in terms)
    mentioned = dict.fromkeys(variable for pair in sides for variable in pair if variable)
    return tuple(variable for variable in mentioned if variable not in latents)
