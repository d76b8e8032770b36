"""What stands before the star of a right-hand variable: fixed values, labels, starting values, equality."""

from scoring.sem.syntax.arithmetic import begins_constant, close, parse_constant
from scoring.sem.syntax.cursor import Cursor
from scoring.sem.syntax.lexer import NAME, TEXT, Token
from scoring.sem.syntax.statements import Modifier

CALLS = ("c", "start", "label", "equal")
REFUSED = {
    "efa": "exploratory blocks are not supported: rotate in an EFA, then fix to 0 here the loadings that are small",
    "rv": "random slopes are not supported: let the effect be the same in all clusters",
    "prior": "prior distributions are not supported: fix the parameter, or give it a starting value with start()",
    "lower": "bounds of single parameters are not supported: choose `bounds` when fitting",
    "upper": "bounds of single parameters are not supported: choose `bounds` when fitting",
}
VALUE_OR_LABEL = "a number, NA or a label"


def begins_modifier(cursor: Cursor) -> bool:
    """Whether a modifier stands here, rather than a variable or an intercept."""
    token, following = cursor.token, cursor.following
    if token.kind == NAME:
        return following.kind in ("*", "?", "(")
    return token.kind == TEXT or begins_constant(cursor)


def parse_modifier(cursor: Cursor) -> Modifier:
    """A modifier with the star, or the question mark of a starting value, that follows it."""
    first = cursor.token
    modifier = _modifier(cursor, first)
    if cursor.skip("?"):
        if modifier.kind != "fix" or set(modifier.values) == {None}:
            cursor.fail("the operator ? takes starting values, as in 0.5?x", first)
        return Modifier("start", values=modifier.values, line=first.line, column=first.column)
    cursor.expect("*", "'*' and the variable that this modifier belongs to")
    return modifier


def refuse_call(cursor: Cursor) -> None:
    """Say why a call here is not understood."""
    name = cursor.token.text
    if name in REFUSED:
        cursor.fail(f"{name}(): {REFUSED[name]}")
    cursor.fail(f"unknown modifier {name}(); there are {', '.join(f'{call}()' for call in CALLS)}")


def _modifier(cursor: Cursor, first: Token) -> Modifier:
    if first.kind != NAME or cursor.following.kind != "(" or begins_constant(cursor):
        return _from_entries(cursor, first, [_entry(cursor)])
    if first.text not in CALLS:
        refuse_call(cursor)
    if first.text == "c":
        return _from_entries(cursor, first, _vector(cursor))
    call = cursor.take()
    opening = cursor.take()
    vector = cursor.token.text == "c" and cursor.following.kind == "("
    entries = _vector(cursor) if vector else [_entry(cursor)]
    close(cursor, opening.line, opening.column)
    modifier = _from_entries(cursor, first, entries)
    if call.text == "start":
        if modifier.kind != "fix" or set(modifier.values) == {None}:
            cursor.fail("start() takes numbers, as in start(0.5)*x", first)
        return Modifier("start", values=modifier.values, line=first.line, column=first.column)
    if modifier.kind != "label":
        cursor.fail(f'{call.text}() takes labels, as in {call.text}("a")*x', first)
    if call.text == "equal":
        others = tuple("".join(label.split()) for label in modifier.labels)
        return Modifier("equal", labels=others, line=first.line, column=first.column)
    return modifier


def _vector(cursor: Cursor) -> list[float | str | None]:
    """The entries of c(...), one for each group."""
    cursor.take()
    opening = cursor.take()
    entries = [_entry(cursor)]
    while cursor.skip(","):
        entries.append(_entry(cursor))
    if cursor.token.kind != ")":
        where = f"line {opening.line}, column {opening.column}"
        cursor.expected(f"',' and the value of the next group, or ')' for the parenthesis opened at {where}")
    cursor.take()
    return entries


def _entry(cursor: Cursor) -> float | str | None:
    """A number, a label, or None for NA."""
    token = cursor.token
    if token.kind == TEXT:
        return cursor.take().text.strip()
    if begins_constant(cursor):
        return parse_constant(cursor)
    if token.kind == NAME and token.text == "NA":
        cursor.take()
        return None
    if token.kind == NAME and cursor.following.kind == "(":
        cursor.fail(f"{token.text}() cannot stand here; expected {VALUE_OR_LABEL}")
    return cursor.name(VALUE_OR_LABEL).text


def _from_entries(cursor: Cursor, first: Token, entries: list[float | str | None]) -> Modifier:
    numbers = [entry for entry in entries if isinstance(entry, float)]
    labels = [entry for entry in entries if isinstance(entry, str)]
    if numbers and labels:
        problem = f"c() mixes the number {numbers[0]:g} and the label '{labels[0]}'; write c(numbers)*x + c(labels)*x"
        cursor.fail(problem, first)
    if labels:
        if not any(labels):
            cursor.fail("a label is empty", first)
        texts = tuple(entry if isinstance(entry, str) else "" for entry in entries)
        return Modifier("label", labels=texts, line=first.line, column=first.column)
    values = tuple(entry if isinstance(entry, float) else None for entry in entries)
    return Modifier("fix", values=values, line=first.line, column=first.column)
