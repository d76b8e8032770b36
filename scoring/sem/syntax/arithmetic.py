"""Expressions and constants, read with R's precedence: ^ binds before the minus sign, then * and /, then + and -."""

import math
from collections.abc import Callable

from scoring.sem.syntax.cursor import Cursor
from scoring.sem.syntax.expressions import (
    FUNCTIONS,
    Binary,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    evaluate,
    names,
    walk,
)
from scoring.sem.syntax.lexer import NAME, NUMBER

MAX_NESTING = 40  # parentheses and signs within each other
MAX_DEPTH = 100  # of a tree; evaluation and differentiation walk it by recursion


def parse_expression(cursor: Cursor) -> Expression:
    """An expression over names."""
    return _shallow(cursor, _sum)


def parse_constant(cursor: Cursor) -> float:
    """A number, or arithmetic over numbers without a product, which would be a modifier's star."""
    first = cursor.token
    expression = _shallow(cursor, _quotient)
    inside = names(expression)
    if inside:
        cursor.fail(f"found the name '{inside[0]}' where only numbers can stand", first)
    value = float(evaluate(expression, {}))
    if not math.isfinite(value):
        cursor.fail("this value is not a finite number", first)
    return value


def begins_constant(cursor: Cursor) -> bool:
    token = cursor.token
    call = token.kind == NAME and token.text in FUNCTIONS and cursor.following.kind == "("
    return call or token.kind in (NUMBER, "-", "(")


def _shallow(cursor: Cursor, rule: Callable[[Cursor, int], Expression]) -> Expression:
    first = cursor.token
    expression = rule(cursor, 0)
    if max(depth for _, depth in walk(expression)) > MAX_DEPTH:
        cursor.fail(f"this expression has more than {MAX_DEPTH} steps in a row; define parts of it with :=", first)
    return expression


def _sum(cursor: Cursor, nesting: int) -> Expression:
    left = _product(cursor, nesting)
    while cursor.token.kind in ("+", "-"):
        left = Binary("+" if cursor.take().kind == "+" else "-", left, _product(cursor, nesting))
    return left


def _product(cursor: Cursor, nesting: int) -> Expression:
    left = _signed(cursor, nesting)
    while cursor.token.kind in ("*", "/"):
        left = Binary("*" if cursor.take().kind == "*" else "/", left, _signed(cursor, nesting))
    return left


def _quotient(cursor: Cursor, nesting: int) -> Expression:
    left = _signed(cursor, nesting)
    while cursor.skip("/"):
        left = Binary("/", left, _signed(cursor, nesting))
    return left


def _signed(cursor: Cursor, nesting: int) -> Expression:
    if nesting > MAX_NESTING:
        cursor.fail(f"more than {MAX_NESTING} parentheses or signs within each other")
    if cursor.skip("-"):
        return Negative(_signed(cursor, nesting + 1))
    base = _atom(cursor, nesting)
    if cursor.token.kind == "**":
        cursor.fail("found '**'; a power is written with ^")
    return Binary("^", base, _signed(cursor, nesting + 1)) if cursor.skip("^") else base


def _atom(cursor: Cursor, nesting: int) -> Expression:
    token = cursor.token
    if token.kind == NUMBER:
        if not math.isfinite(float(token.text)):
            cursor.fail(f"{token.text} is too large for a number")
        cursor.take()
        return Number(float(token.text))
    if token.kind == "(":
        return _parenthesised(cursor, nesting)
    if token.kind == NAME and cursor.following.kind == "(":
        if token.text not in FUNCTIONS:
            cursor.fail(f"unknown function {token.text}(); there are {', '.join(FUNCTIONS)}")
        cursor.take()
        return Call(token.text, _parenthesised(cursor, nesting))
    cursor.name("a number, a label or an opening parenthesis")
    return Name(token.text, token.line, token.column)


def _parenthesised(cursor: Cursor, nesting: int) -> Expression:
    opening = cursor.take()
    inner = _sum(cursor, nesting + 1)
    close(cursor, opening.line, opening.column)
    return inner


def close(cursor: Cursor, line: int, column: int) -> None:
    """Take the parenthesis that closes the one opened there."""
    if cursor.token.kind != ")":
        cursor.expected(f"')' for the parenthesis opened at line {line}, column {column}")
    cursor.take()
