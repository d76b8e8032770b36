"""Statements of parameters: variables, an operator, and variables with their modifiers."""

import re
from dataclasses import dataclass, field
from itertools import product
from typing import NoReturn, cast

from scoring.sem.syntax.cursor import Cursor
from scoring.sem.syntax.lexer import NAME, NUMBER, Token
from scoring.sem.syntax.modifiers import begins_modifier, parse_modifier, refuse_call
from scoring.sem.syntax.statements import Modifier, Operator, Term

OPERATORS = ("=~", "~", "~~", "|", "~*~")
COMPOSITE = (
    "composites (<~) are not supported: work out the weighted sum as a column of the data and use it as a variable"
)
INTERACTION = "interactions (x1:x2) are not supported: make the product a column of the data and name that column"
THRESHOLD = re.compile(r"t[1-9][0-9]*")
INTERCEPT = ""


@dataclass
class Right:
    """A right-hand variable and the modifiers given for it so far."""

    token: Token
    modifiers: list[Modifier] = field(default_factory=list)


def parse_formula(cursor: Cursor) -> list[Term]:
    """One term for each left-hand and each right-hand variable; the right-hand ones change fastest."""
    left = _left_side(cursor)
    operator = cursor.take()
    right = _right_side(cursor, operator.kind)
    terms = []
    for variable, (rhs, found) in product(left, right.items()):
        _check_pair(cursor, variable.text, operator.kind, rhs, found.token)
        op = cast(Operator, "~1" if rhs == INTERCEPT else operator.kind)
        terms.append(Term(variable.text, op, rhs, tuple(found.modifiers), found.token.line, found.token.column))
    return terms


def _left_side(cursor: Cursor) -> list[Token]:
    if cursor.token.kind == NAME and cursor.following.kind == "(":
        refuse_call(cursor)
    variables = [cursor.name("a variable at the beginning of a statement")]
    while cursor.skip("+"):
        variables.append(cursor.name("a variable after '+'"))
    if cursor.token.kind not in OPERATORS:
        _refuse_operator(cursor)
    return variables


def _refuse_operator(cursor: Cursor) -> NoReturn:
    kind = cursor.token.kind
    if kind == "<~":
        cursor.fail(COMPOSITE)
    if kind == ":":
        cursor.fail(INTERACTION)
    if kind in ("*", "?"):
        cursor.fail("modifiers belong to the variables on the right of the operator")
    cursor.expected(f"an operator: one of {' '.join(OPERATORS)} := ==")


def _right_side(cursor: Cursor, operator: str) -> dict[str, Right]:
    """The right-hand variables in order of first mention; `a*x + start(.3)*x` is one variable with two modifiers."""
    cursor.skip("+")
    right: dict[str, Right] = {}
    _add(cursor, operator, right)
    while cursor.skip("+"):
        _add(cursor, operator, right)
    return right


def _add(cursor: Cursor, operator: str, right: dict[str, Right]) -> None:
    modifiers = []
    if begins_modifier(cursor) and not _bare_number(cursor):
        modifiers.append(parse_modifier(cursor))
        if begins_modifier(cursor) and not _bare_number(cursor):
            cursor.fail("a variable takes one modifier at a time: write a*x + start(0.5)*x")
    token = cursor.token
    if token.kind == NUMBER:
        name = _intercept(cursor, operator, modifiers)
    else:
        name = cursor.name("a variable or a modifier" if not modifiers else "the variable of this modifier").text
        if cursor.token.kind == ":":
            cursor.fail(INTERACTION)
    known = right.setdefault(name, Right(token))
    if known.token is not token and not modifiers:
        shown = f"'{name}'" if name else "the intercept"
        where = f"line {known.token.line}, column {known.token.column}"
        cursor.fail(f"{shown} is already on this right-hand side, at {where}", token)
    for modifier in modifiers:
        _check_modifier(cursor, known.modifiers, modifier)
    known.modifiers += modifiers


def _bare_number(cursor: Cursor) -> bool:
    """A number that stands for the intercept, not before a star."""
    return cursor.token.kind == NUMBER and cursor.following.kind not in ("*", "?", "/", "^")


def _intercept(cursor: Cursor, operator: str, modifiers: list[Modifier]) -> str:
    """The 1 or 0 of `y ~ 1`, `y ~ 2*1` and `y ~ 0`, which fixes the intercept to 0."""
    token = cursor.token
    if operator == "=~":
        cursor.fail("found a number, expected an indicator; for a factor without indicators write f =~ 0*x1")
    if operator != "~":
        cursor.expected("a variable")
    if float(token.text) == 0 and not modifiers:
        modifiers.append(Modifier("fix", values=(0.0,), line=token.line, column=token.column))
    elif float(token.text) != 1:
        cursor.fail(f"found the number {token.text}; the intercept is written 1, and {token.text}*1 fixes its value")
    cursor.take()
    return INTERCEPT


def _check_modifier(cursor: Cursor, known: list[Modifier], modifier: Modifier) -> None:
    same = ("label", "equal") if modifier.kind in ("label", "equal") else (modifier.kind,)
    given = next((other.kind for other in known if other.kind in same), None)
    if given:
        words = {"fix": "a fixed value", "start": "a starting value", "label": "a label", "equal": "an equality"}
        cursor.fail_at(f"this variable already has {words[given]}", modifier.line, modifier.column)
    lengths = {len(other.values or other.labels) for other in [*known, modifier]} - {1}
    if len(lengths) > 1:
        problem = f"modifiers of one variable are for {' and for '.join(map(str, sorted(lengths)))} groups"
        cursor.fail_at(problem, modifier.line, modifier.column)


def _check_pair(cursor: Cursor, lhs: str, operator: str, rhs: str, token: Token) -> None:
    if operator == "=~" and lhs == rhs:
        cursor.fail(f"the factor '{lhs}' cannot be measured by itself", token)
    if operator == "~" and lhs == rhs:
        cursor.fail(f"'{lhs}' cannot be regressed on itself; a variance is written {lhs} ~~ {lhs}", token)
    if operator == "~*~" and lhs != rhs:
        cursor.fail(f"a scaling factor is written with the same variable twice: {lhs} ~*~ {lhs}", token)
    if operator == "|" and not THRESHOLD.fullmatch(rhs):
        cursor.fail(f"found '{rhs}', expected a threshold: t1, t2, ...", token)
