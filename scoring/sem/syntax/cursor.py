"""The place the parser has reached, and what it says when it cannot go on."""

from typing import NoReturn

from scoring.sem.syntax.errors import ModelSyntaxError
from scoring.sem.syntax.lexer import END, NAME, NUMBER, TEXT, Token, tokenize

RESERVED = frozenset({"NA", "NaN", "Inf", "TRUE", "FALSE", "NULL"})


class Cursor:
    """Reads the tokens of a model from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens, self.lines = tokenize(text)
        self.at = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def following(self) -> Token:
        """The token after this one; the last token follows itself."""
        return self.tokens[min(self.at + 1, len(self.tokens) - 1)]

    @property
    def exhausted(self) -> bool:
        return self.at == len(self.tokens) - 1

    def ahead(self, *kinds: str) -> Token:
        """The next token of one of these kinds, this one included, else the last token."""
        last = len(self.tokens) - 1
        at = self.at
        while at < last and self.tokens[at].kind not in kinds:
            at += 1
        return self.tokens[at]

    def take(self) -> Token:
        """The token here; moves on, though never past the last one."""
        token = self.token
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def skip(self, *kinds: str) -> bool:
        """Move past the token if it is of one of these kinds."""
        found = self.token.kind in kinds
        if found:
            self.take()
        return found

    def expect(self, kind: str, what: str) -> Token:
        if self.token.kind != kind:
            self.expected(what)
        return self.take()

    def name(self, what: str) -> Token:
        """A name that is not a reserved word."""
        if self.token.kind == NAME and self.token.text in RESERVED:
            self.fail(f"'{self.token.text}' is a reserved word; expected {what}")
        return self.expect(NAME, what)

    def expected(self, what: str) -> NoReturn:
        self.fail(f"found {self._found()}, expected {what}")

    def fail(self, problem: str, at: Token | None = None) -> NoReturn:
        token = at or self.token
        self.fail_at(problem, token.line, token.column)

    def fail_at(self, problem: str, line: int, column: int) -> NoReturn:
        raise ModelSyntaxError(problem, line, column, self.lines[line - 1])

    def _found(self) -> str:
        token = self.token
        if self.exhausted:
            return "the end of the model"
        if token.kind == END and not token.text:
            return "the end of the line"
        kinds = {NUMBER: "the number ", TEXT: "the quoted text ", NAME: ""}
        return f"{kinds.get(token.kind, '')}'{token.text}'"
