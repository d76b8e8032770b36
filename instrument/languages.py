"""Language tags (BCP 47): which declared language answers a request."""

from collections.abc import Sequence


class UnknownLanguageError(ValueError):
    """The instrument has no such language; the message names those it has."""


def match_language(requested: str, declared: Sequence[str]) -> str:
    """The declared tag that serves a request: itself, a narrower or a wider one ("zh" and "zh-CN" find "zh-Hans")."""
    wanted = requested.replace("_", "-").lower()
    for tag in declared:
        if tag.lower() == wanted:
            return tag
    for tag in declared:
        if tag.lower().split("-")[0] == wanted.split("-")[0]:
            return tag
    raise UnknownLanguageError(f"The instrument has no language '{requested}'. It has: {', '.join(declared)}.")
