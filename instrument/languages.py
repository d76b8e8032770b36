"""Language tags (BCP 47): which declared language answers a request."""

from collections.abc import Sequence

from instrument.faults import shorten


class UnknownLanguageError(ValueError):
    """The instrument has no such language; the message names those it has."""


# Places whose usual script decides between two written languages.
SCRIPT_OF: dict[tuple[str, ...], str] = {
    ("zh", "cn"): "hans",
    ("zh", "sg"): "hans",
    ("zh", "tw"): "hant",
    ("zh", "hk"): "hant",
    ("zh", "mo"): "hant",
}


def match_language(requested: str, declared: Sequence[str]) -> str:
    """The declared tag that serves a request: itself, else a narrower or a wider one.

    "zh" and "zh-CN" find "zh-Hans", "en-GB" finds "en"; "zh-Hant" and "zh-TW" do not find "zh-Hans".
    """
    wanted = _subtags(requested)
    for tag in declared:
        if tag.lower() == requested.replace("_", "-").lower():
            return tag
    for tag in declared:
        offered = _subtags(tag)
        shared = min(len(wanted), len(offered))
        if wanted[:shared] == offered[:shared]:
            return tag
    listed = ", ".join(declared)
    raise UnknownLanguageError(f"The instrument has no language '{shorten(requested)}'. It has: {listed}.")


def _subtags(tag: str) -> tuple[str, ...]:
    """The parts of a tag in lower case, with the script that its place implies."""
    parts = tuple(tag.replace("_", "-").lower().split("-"))
    script = SCRIPT_OF.get(parts[:2])
    return (parts[0], script, *parts[1:]) if script else parts
