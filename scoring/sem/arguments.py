"""Whether the arguments of `fit` are of the kinds it takes, before any of them is read."""

from typing import Any

from scoring.sem.table import ModelError

COLUMNS = ("group", "cluster", "weights")
NAMES = ("estimator", "information", "bounds", "trace")
FLAGS = ("std_lv", "fixed_x")


def check_arguments(model: object, given: dict[str, Any]) -> None:
    """Raise ModelError for a value of the wrong kind. given: the keyword arguments of `fit`, by name."""
    if not isinstance(model, str):
        raise ModelError(f"model= takes a text in lavaan's language, not {type(model).__name__}.")
    for name in COLUMNS:
        if given[name] is not None and not _is_column(given[name]):
            raise ModelError(f"{name}= takes the name of a column, not {_shown(given[name])}.")
    for name in NAMES:
        if given[name] is not None and not _is_name(given[name]):
            raise ModelError(f"{name}= takes a name, not {_shown(given[name])}.")
    for name in ("missing", "parameterization"):
        if not _is_name(given[name]):
            raise ModelError(f"{name}= takes a name, not {_shown(given[name])}.")
    for name in FLAGS:
        if not isinstance(given[name], bool):
            raise ModelError(f"{name}= takes True or False, not {_shown(given[name])}.")
    if given["meanstructure"] is not None and not isinstance(given["meanstructure"], bool):
        raise ModelError(f"meanstructure= takes True, False or None, not {_shown(given['meanstructure'])}.")
    if not isinstance(given["ordered"], bool) and not _are_names(given["ordered"]):
        raise ModelError(f"ordered= takes True or names of variables, not {_shown(given['ordered'])}.")
    for name, example in (("equal", "loadings"), ("partial", "x2~1")):
        if not _are_names(given[name]):
            raise ModelError(f"{name}= takes names, as in {name}=['{example}'], not {_shown(given[name])}.")


def check_effects(given: dict[str, Any]) -> None:
    """Raise ModelError for choices that would go by without an effect in a model of one level."""
    if len(given["equal"]) and given["group"] is None:
        raise ModelError("equal= holds parameters equal across groups, and group= names none. Give group=, or labels.")
    if len(given["partial"]) and not len(given["equal"]):
        raise ModelError("partial= frees what equal= holds, and equal= names nothing. Give both, or neither.")
    ordinal = given["ordered"] is True or (given["ordered"] is not False and len(given["ordered"]) > 0)
    if given["parameterization"] != "delta" and not ordinal:
        raise ModelError(
            f"parameterization='{given['parameterization']}' is a choice for ordered variables; name them in ordered=."
        )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_column(value: object) -> bool:
    # Data frames have columns called by numbers too.
    return _is_name(value) or (isinstance(value, int) and not isinstance(value, bool))


def _are_names(value: object) -> bool:
    if isinstance(value, str):
        return True
    return isinstance(value, list | tuple | set | frozenset) and all(isinstance(name, str) for name in value)


def _shown(value: object) -> str:
    """A value short enough for a sentence; of what is long, its kind."""
    text = repr(value)
    return text if len(text) <= 40 else type(value).__name__
