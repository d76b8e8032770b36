"""What the statements of a model owe each other."""

import re
from collections.abc import Sequence

from scoring.sem.syntax.cursor import Cursor
from scoring.sem.syntax.expressions import Expression, Name, names, walk
from scoring.sem.syntax.statements import Constraint, Define, Level, Model, Statement, Term

LEVELS = 2
AUTOMATIC = re.compile(r"\.p[0-9]+\.")  # lavaan's own names of parameters, by row of the table
SHOWN = 8  # labels named in a message


def check_model(cursor: Cursor, statements: Sequence[Statement]) -> None:
    """Raise ModelSyntaxError at the first statement that does not fit the others."""
    if not any(isinstance(statement, Term) for statement in statements):
        cursor.fail_at("the model names no parameter; expected a statement such as f =~ x1 + x2 + x3", 1, 1)
    _check_levels(cursor, statements)
    _check_repeats(cursor, statements)
    _check_expressions(cursor, statements)


def _check_levels(cursor: Cursor, statements: Sequence[Statement]) -> None:
    levels = [statement for statement in statements if isinstance(statement, Level)]
    if not levels:
        return
    early = next(statement for statement in statements if isinstance(statement, Term | Level))
    if isinstance(early, Term):
        cursor.fail_at("this stands above the first level; write level: within above it", early.line, early.column)
    if len(levels) == 1:
        cursor.fail_at("found one level, expected two: within and between", levels[0].line, levels[0].column)
    if len(levels) > LEVELS:
        cursor.fail_at("found a third level; models of two levels are supported", levels[2].line, levels[2].column)
    if levels[0].name == levels[1].name:
        cursor.fail_at(f"level '{levels[1].name}' is already above", levels[1].line, levels[1].column)
    for level, block in zip(levels, Model(tuple(statements)).blocks, strict=True):
        if not block.terms:
            cursor.fail_at(f"level '{level.name}' holds no parameter", level.line, level.column)


def _check_repeats(cursor: Cursor, statements: Sequence[Statement]) -> None:
    """A parameter may be named in one statement only; a covariance is the same from either side."""
    lines: dict[tuple[str, str, str, str], int] = {}
    level = ""
    for statement in statements:
        if isinstance(statement, Level):
            level = statement.name
        elif isinstance(statement, Term):
            lhs, op, rhs = statement.lhs, statement.op, statement.rhs
            pair = sorted((lhs, rhs)) if op == "~~" else (lhs, rhs)
            key = (level, op, pair[0], pair[1])
            if key in lines:
                shown = f"{lhs} ~ 1" if op == "~1" else f"{lhs} {op} {rhs}"
                cursor.fail_at(f"{shown} is already given on line {lines[key]}", statement.line, statement.column)
            lines[key] = statement.line


def _check_expressions(cursor: Cursor, statements: Sequence[Statement]) -> None:
    """Names in expressions are labels of parameters, or quantities defined further up."""
    labels = Model(tuple(statements)).labels
    defined: dict[str, int] = {}
    for statement in statements:
        if isinstance(statement, Define):
            if statement.name in labels:
                problem = f"'{statement.name}' is already the label of a parameter"
                cursor.fail_at(problem, statement.line, statement.column)
            if statement.name in defined:
                problem = f"'{statement.name}' is already defined on line {defined[statement.name]}"
                cursor.fail_at(problem, statement.line, statement.column)
            _check_names(cursor, statement.expression, (*labels, *defined))
            defined[statement.name] = statement.line
        elif isinstance(statement, Constraint):
            if not names(statement.left) and not names(statement.right):
                cursor.fail_at("this constraint names no parameter", statement.line, statement.column)
            _check_names(cursor, statement.left, (*labels, *defined))
            _check_names(cursor, statement.right, (*labels, *defined))


def _check_names(cursor: Cursor, expression: Expression, known: tuple[str, ...]) -> None:
    for node, _ in walk(expression):
        if isinstance(node, Name) and node.name not in known and not AUTOMATIC.fullmatch(node.name):
            shown = ", ".join(known[:SHOWN]) + (", ..." if len(known) > SHOWN else "")
            listed = f"known here: {shown}" if known else "the model gives no labels; write a*x to give one"
            problem = f"'{node.name}' is neither a label nor defined above; {listed}"
            cursor.fail_at(problem, node.line, node.column)
