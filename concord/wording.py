"""Words that commands share."""


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it needs one."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
