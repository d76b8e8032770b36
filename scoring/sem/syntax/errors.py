"""What is said about a model that cannot be read."""

from unicodedata import combining, east_asian_width

WIDTH = 100  # characters of a long line that are shown around the fault
INDENT = "    "
WIDE_SPACE = "\u3000"


class ModelSyntaxError(ValueError):
    """A model that does not follow the syntax.

    problem: what was found and what was expected.   line, column: counted from 1.   source: the text of that line.
    """

    def __init__(self, problem: str, line: int, column: int, source: str) -> None:
        super().__init__(problem, line, column, source)
        self.problem = problem
        self.line = line
        self.column = column
        self.source = source

    def __str__(self) -> str:
        first = max(0, self.column - 1 - WIDTH // 2)
        before, after = self.source[first : self.column - 1], self.source[self.column - 1 : first + WIDTH]
        left = "… " if first else ""
        right = " …" if first + WIDTH < len(self.source) else ""
        pointer = " " * len(left) + "".join(map(_blank, before)) + "^"
        where = f"line {self.line}, column {self.column}"
        return f"{where}: {self.problem}\n{INDENT}{left}{before}{after}{right}\n{INDENT}{pointer}"


def _blank(character: str) -> str:
    """White space as wide as the character, so that the caret stands below its mark."""
    if character == "\t":
        return character
    if combining(character):
        return ""
    return WIDE_SPACE if east_asian_width(character) in "WF" else " "
