"""What a two-level fit is asked for: checked, and what there is not refused by name."""

from collections.abc import Sequence
from typing import get_args

from scoring.sem.options import Information, Options
from scoring.sem.table import ModelError

ABSENT = {
    "trace": "trace= is of models with ordered variables.",
    "group": "Models of two levels are fitted to one group at a time: fit the rows of each group alone.",
    "weights": "Models of two levels take no weights.",
    "bounds": "bounds= is for models of one level. An improper solution of two levels has one within bounds beside it.",
}


def read_two_level_options(
    *, estimator: str | None, missing: str, information: str | None, meanstructure: bool | None,
    equal: Sequence[str], partial: Sequence[str], ordered: Sequence[str] | bool, absent: dict[str, object],
) -> Options:  # fmt: skip
    """The options in full. absent: arguments that must be None. Raises ModelError for what does not exist."""
    for name, message in ABSENT.items():
        if absent.get(name) is not None:
            raise ModelError(message)
    if ordered is True or (not isinstance(ordered, bool) and len(ordered)):
        raise ModelError("Models of two levels take continuous variables: leave ordered= out, or fit one level.")
    if equal or partial:
        raise ModelError("equal= and partial= are of groups. What both levels have in common bears one label at both.")
    if missing == "fiml":
        raise ModelError(
            "missing='fiml' is for models of one level. With levels rows without a value are left out: "
            "missing='listwise'."
        )
    if missing != "listwise":
        raise ModelError(f"missing='{missing}' is not there with levels, which take complete rows: missing='listwise'.")
    if meanstructure is False:
        raise ModelError("A model of levels has means, and meanstructure=False leaves them out. Drop it.")
    name = "ML" if estimator is None else str(estimator).upper()
    if name not in ("ML", "MLR"):
        raise ModelError(f"estimator='{estimator}' is not there with levels. Known: ML, MLR.")
    if information is not None and information not in get_args(Information):
        raise ModelError(f"information='{information}' is not known. Known: expected, observed.")
    return Options(
        estimator="MLR" if name == "MLR" else "ML",
        information="expected" if information == "expected" else "observed",
        meanstructure=True,
        clustered=True,
    )
