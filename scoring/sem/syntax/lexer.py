"""From text to tokens: names, numbers, quoted texts, operators and ends of statements.

A line ends a statement, and so does a semicolon. A line goes on where a parenthesis is open, where it ends with an
operator, a comma or an opening parenthesis, and where the next line begins with an operator, a comma or a parenthesis;
blank lines and comments between do not count. A comment runs from # or ! to the end of its line.
"""

import re
from typing import NamedTuple

from scoring.sem.syntax.errors import ModelSyntaxError

NAME, NUMBER, TEXT, END = "name", "number", "text", "end"
OPERANDS = frozenset({NAME, NUMBER, TEXT})

TOKENS = re.compile(
    r"""(?P<space>[^\S\r\n]+)
      | (?P<line>\r\n|\r|\n)
      | (?P<comment>[#!][^\r\n]*)
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>(?:[A-Za-z_.]|[^\x00-\x7f\s])(?:[A-Za-z0-9_.]|[^\x00-\x7f\s])*)
      | (?P<text>"[^"\r\n]*"|'[^'\r\n]*')
      | (?P<operator>=~|~\*~|~~|~|==|:=|<~|<=|>=|\*\*|[-+*/^?|:,()<>=;])
    """,
    re.VERBOSE,
)
LINES = re.compile(r"\r\n|\r|\n")
# What a word processor or an input method puts in the place of a mark.
LOOKALIKES = dict(zip("～˜∼＝＋＊－−–｜：；，（）“”‘’＂", '~~~=+*---|:;,()""\'\'"', strict=True))


class Token(NamedTuple):
    """kind: "name", "number", "text", "end" (of a statement), or the operator itself.   line, column: from 1."""

    kind: str
    text: str
    line: int
    column: int


def tokenize(text: str) -> tuple[list[Token], list[str]]:
    """The tokens of a model, the last one an end, and its lines as written.

    Raises ModelSyntaxError at a character that begins no token.
    """
    text = text.removeprefix("\ufeff")
    lines = LINES.split(text)
    tokens: list[Token] = []
    line, line_start, position, depth = 1, 0, 0, 0
    broken: Token | None = None  # the end of a line that may be the end of the statement
    while position < len(text):
        column = position - line_start + 1
        match = TOKENS.match(text, position)
        if match is None:
            raise ModelSyntaxError(_unreadable(text[position]), line, column, lines[line - 1])
        kind, word, position = str(match.lastgroup), match.group(), match.end()
        if kind == "line":
            broken = broken or Token(END, "", line, column)
            line, line_start = line + 1, position
        elif kind not in ("space", "comment"):
            token = _token(kind, word, line, column, lines[line - 1])
            if kind == NUMBER and position < len(text) and _in_name(text[position]):
                problem = f"a name begins with a letter, and '{word}' runs into the next word; write {word}*name"
                raise ModelSyntaxError(problem, line, column, lines[line - 1])
            if broken and depth == 0 and tokens and _ends(tokens[-1].kind) and token.kind in OPERANDS:
                tokens.append(broken)
            broken = None
            depth = max(0, depth + (token.kind == "(") - (token.kind == ")"))
            tokens.append(token)
    tokens.append(broken or Token(END, "", line, len(text) - line_start + 1))
    return tokens, lines


def _token(kind: str, word: str, line: int, column: int, source: str) -> Token:
    if kind == "operator":
        return Token(END if word == ";" else word, word, line, column)
    if kind == NAME and not (word.isascii() and word.strip(".")):
        wrong = next((at for at, letter in enumerate(word) if not _in_name(letter)), None)
        if wrong is not None:
            raise ModelSyntaxError(_unreadable(word[wrong]), line, column + wrong, source)
        if not word.replace(".", "_").isidentifier() or not word.strip("."):
            raise ModelSyntaxError(f"found '{word}', expected a name that begins with a letter", line, column, source)
    return Token(kind, word[1:-1] if kind == TEXT else word, line, column)


def _ends(kind: str) -> bool:
    """Whether a statement can be over after a token of this kind."""
    return kind in OPERANDS or kind == ")"


def _in_name(character: str) -> bool:
    return character == "." or f"_{character}".isidentifier()


def _unreadable(character: str) -> str:
    if character in "\"'":
        return f"the quotation mark {character} is not closed on this line"
    if character in LOOKALIKES:
        return f"found '{character}' (U+{ord(character):04X}), which only looks like {LOOKALIKES[character]}"
    shown = f"'{character}'" if character.isprintable() else "a character"
    return f"found {shown} (U+{ord(character):04X}), which has no meaning in a model"
