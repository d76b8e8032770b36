"""What `fit` is asked for where continuous variables are fitted by least squares."""

from dataclasses import dataclass
from typing import Literal

from scoring.sem.options import Estimator, Options
from scoring.sem.table import ModelError

Weight = Literal["normal", "whole", "diagonal", "none"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an estimator's name stands for.

    weight: of the moments. "normal" is the inverse of their covariance matrix under normality, at the sample's moments
    (GLS, Browne 1974); "whole" that of the matrix from fourth moments, free of any distribution (WLS, Browne 1984);
    "diagonal" of its diagonal (DWLS); "none" counts all moments alike (ULS).
    robust: standard errors.   test: how the chi-square is corrected, None for not at all.
    """

    weight: Weight
    robust: bool
    test: Literal["scaled.shifted", "satorra.bentler"] | None

    @property
    def efficient(self) -> bool:
        """Whether the weight is the inverse of the moments' covariance matrix, so that chi-squares are such."""
        return self.weight in ("normal", "whole")


RECIPES: dict[Estimator, Recipe] = {
    "GLS": Recipe("normal", False, None),
    "WLS": Recipe("whole", False, None),
    "DWLS": Recipe("diagonal", False, None),
    "WLSM": Recipe("diagonal", True, "satorra.bentler"),
    "WLSMV": Recipe("diagonal", True, "scaled.shifted"),
    "ULS": Recipe("none", False, None),
    "ULSM": Recipe("none", True, "satorra.bentler"),
    "ULSMV": Recipe("none", True, "scaled.shifted"),
}


def least_squares_name(estimator: str | None) -> Estimator | None:
    """The estimator's name where it is one of least squares, else None."""
    return next((name for name in RECIPES if name == str(estimator).upper()), None)


def check_least_squares(
    name: str, *, information: str | None, missing: str, clustered: bool, trace: str | None, bounds: str | None
) -> None:
    """Raise ModelError for choices that least squares does not have."""
    if clustered:
        raise ModelError(
            f"cluster= needs estimator='MLR'; {name} of continuous variables would pass over the clusters."
        )
    if missing != "listwise":
        raise ModelError(
            f"missing='{missing}' is not there with {name} of continuous variables, which takes complete rows. "
            "Rows with missing values are used by estimator='MLR' with missing='fiml'."
        )
    if information not in (None, "expected"):
        raise ModelError(f"{name} has no information='{information}'; its standard errors are of the expected one.")
    if trace is not None:
        raise ModelError(f"trace='{trace}' is a choice for ordered variables; name them with ordered=.")
    if bounds is not None:
        raise ModelError(f"bounds= is not there with {name}. Where a solution is improper, its refit is within bounds.")


def least_squares_options(name: Estimator, *, meanstructure: bool | None, groups: int, intercepts: bool) -> Options:
    """The options in full; intercepts: whether the model writes any. Raises ModelError where they contradict it."""
    if meanstructure is False and intercepts:
        raise ModelError("The model writes intercepts (~ 1), and meanstructure=False leaves them out. Drop one.")
    means = groups > 1 or intercepts if meanstructure is None else meanstructure
    return Options(estimator=name, information="expected", meanstructure=means, clustered=False)
