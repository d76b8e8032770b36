"""An expression as a user would write it."""

from scoring.sem.syntax.expressions import Binary, Call, Expression, Name, Negative, Number

BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}  # how tightly an operation holds; a sign stands between


def written(expression: Expression, outside: int = 0) -> str:
    """The text, in parentheses where what stands outside holds more tightly."""
    match expression:
        case Number(value):
            return f"{value:g}"
        case Name(name):
            return name
        case Call(function, argument):
            return f"{function}({written(argument)})"
        case Negative(operand):
            text, own = f"-{written(operand, 3)}", 3
        case Binary(symbol, left, right):
            own = BINDING[symbol]
            # a - (b - c) and (a^b)^c keep theirs: only one side of an operation may hold as tightly as itself.
            sides = (own + 1, own) if symbol == "^" else (own, own + 1)
            text = f"{written(left, sides[0])}{symbol}{written(right, sides[1])}"
    return f"({text})" if own < outside else text
