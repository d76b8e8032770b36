"""From the text of a model to its tree."""

from collections.abc import Sequence

from scoring.sem.syntax.arithmetic import parse_expression
from scoring.sem.syntax.checks import check_model
from scoring.sem.syntax.cursor import Cursor
from scoring.sem.syntax.formulas import INTERACTION, OPERATORS, parse_formula
from scoring.sem.syntax.lexer import END, NAME, NUMBER, TEXT
from scoring.sem.syntax.statements import Constraint, Define, Level, Model, Statement, Term

INEQUALITIES = ("<", ">", "<=", ">=")
REFUSED_BLOCKS = {
    "group": "group blocks are not supported: choose `group` when fitting and give values by group as c(a, b)*x",
    "class": "latent classes are not supported",
    "block": "the only blocks are levels: write level: within and level: between",
}


def parse(text: str) -> Model:
    """Read a model written in lavaan's syntax.

    A statement ends with its line or at a semicolon. A line goes on where a parenthesis is open, where it ends with an
    operator, a comma or an opening parenthesis, and where the next line begins with an operator, a comma or a
    parenthesis. Comments run from # or ! to the end of the line.

    Source: Rosseel (2012), lavaan: An R package for structural equation modeling, J. Stat. Software 48(2), section 3.

    Parameters
    ----------
    text : str
        Statements `lhs op rhs`, op being =~ (is measured by), ~ (is regressed on, with 1 the intercept), ~~ (covaries
        with), | (thresholds t1, t2, ...), ~*~ (scaling factor), := (defined quantity), == (equality constraint); and
        `level: name` above the statements of each of two levels.

    Returns
    -------
    Model
        The statements in the order of the text, one Term for each pair of a left-hand and a right-hand variable.

    Raises
    ------
    ModelSyntaxError
        With the line, the column, what was found and what was expected there.
    """
    cursor = Cursor(text)
    statements: list[Statement] = []
    while not cursor.exhausted:
        if cursor.skip(END):
            continue
        statements += _statement(cursor)
        if cursor.token.kind != END:
            cursor.expected("'+' or the end of the line" if isinstance(statements[-1], Term) else "the end of the line")
    check_model(cursor, statements)
    return Model(tuple(statements))


def _statement(cursor: Cursor) -> Sequence[Statement]:
    first = cursor.token
    if first.kind == NAME and cursor.following.kind == ":":
        return [_level(cursor)]
    operator = cursor.ahead(*OPERATORS, *INEQUALITIES, "<~", "==", ":=", END)
    if operator.kind == "==":
        left = parse_expression(cursor)
        cursor.expect("==", "'=='")
        return [Constraint(left, parse_expression(cursor), first.line, first.column)]
    if operator.kind == ":=":
        name = cursor.name("the name of the defined quantity")
        cursor.expect(":=", "':=' after the name of the defined quantity")
        return [Define(name.text, parse_expression(cursor), first.line, first.column)]
    if operator.kind in INEQUALITIES:
        problem = f"inequality constraints ({operator.kind}) are not supported: choose `bounds` when fitting"
        cursor.fail(problem, operator)
    return parse_formula(cursor)


def _level(cursor: Cursor) -> Level:
    word = cursor.take()
    kind = word.text.lower()
    if kind in REFUSED_BLOCKS:
        cursor.fail(f"{word.text}: {REFUSED_BLOCKS[kind]}", word)
    if kind != "level":
        cursor.fail(f"'{word.text}:' begins no block; a level is written level: within, and {INTERACTION}", word)
    cursor.take()
    if cursor.token.kind not in (NAME, NUMBER, TEXT) or not cursor.token.text:
        cursor.expected("the name or number of the level")
    return Level(cursor.take().text, word.line, word.column)
