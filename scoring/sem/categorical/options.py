"""What `fit` is asked for where variables are ordinal, checked once and written in full."""

from dataclasses import dataclass
from typing import Literal

from scoring.sem.bounds import Bounds, read_bounds
from scoring.sem.options import ESTIMATORS
from scoring.sem.table import ModelError

Missing = Literal["listwise", "pairwise"]
Parameterization = Literal["delta", "theta"]
Trace = Literal["plain", "debiased"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an estimator's name stands for.

    weighted: moments by the inverse of their variances (DWLS), else alike (ULS).   robust: standard errors.
    test: how the chi-square is corrected, None for not at all.   full: weighted by the inverse of the moments' whole
    covariance matrix (WLS), so that neither errors nor test need a correction.
    """

    weighted: bool
    robust: bool
    test: Literal["scaled.shifted", "satorra.bentler"] | None
    full: bool = False


RECIPES = {
    "WLSMV": Recipe(True, True, "scaled.shifted"),
    "WLSM": Recipe(True, True, "satorra.bentler"),
    "DWLS": Recipe(True, False, None),
    "ULSMV": Recipe(False, True, "scaled.shifted"),
    "ULSM": Recipe(False, True, "satorra.bentler"),
    "ULS": Recipe(False, False, None),
    "WLS": Recipe(True, False, None, full=True),
}


@dataclass(frozen=True, slots=True)
class CategoricalOptions:
    """How a model of ordinal variables is estimated.

    estimator: WLSMV (Muthen, du Toit & Spisic 1997; test of Asparouhov & Muthen 2010) and its kin, see `RECIPES`.
    missing: "listwise" or "pairwise".   parameterization: "delta" sets the scale of an answer by the variance behind
    it, "theta" by its residual variance.   trace: of the second moment of the test, None chooses (`corrections.py`).
    bounds: as of `Options`.
    """

    estimator: str
    missing: Missing
    parameterization: Parameterization
    trace: Trace | None
    clustered: bool
    bounds: Bounds | None = None

    @property
    def recipe(self) -> Recipe:
        return RECIPES[self.estimator]


def read_categorical_options(
    *, estimator: str | None, missing: str, parameterization: str, trace: str | None, clustered: bool,
    bounds: str | None = None,
) -> CategoricalOptions:  # fmt: skip
    """The options in full. Raises ModelError for what does not exist."""
    name = (estimator or "WLSMV").upper()
    if name in ESTIMATORS and name not in RECIPES:
        raise ModelError(
            f"estimator='{estimator}' takes answers as numbers, and ordered= names some as categories. "
            "Leave out one of the two; the estimator for categories is WLSMV."
        )
    if name not in RECIPES:
        raise ModelError(f"estimator='{estimator}' is not known for ordered variables. Known: {', '.join(RECIPES)}.")
    recipe = RECIPES[name]
    if clustered and not recipe.robust:
        raise ModelError(f"cluster= needs robust standard errors; {name} would pass over the clusters. Take WLSMV.")
    _check("missing", missing, ("listwise", "pairwise"))
    _check("parameterization", parameterization, ("delta", "theta"))
    if trace is not None:
        _check("trace", trace, ("plain", "debiased"))
    within = read_bounds(bounds)
    return CategoricalOptions(name, missing, parameterization, trace, clustered, within)  # type: ignore[arg-type]  # as checked


def _check(argument: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ModelError(f"{argument}='{value}' is not known for ordered variables. Known: {', '.join(known)}.")


def check_choices(*, meanstructure: bool | None, information: str | None) -> None:
    """Raise ModelError for choices of maximum likelihood that there are not with ordered variables."""
    if meanstructure is False:
        raise ModelError("meanstructure=False would leave out the thresholds of ordered variables. Leave it out.")
    if information not in (None, "expected"):
        raise ModelError(f"information='{information}' is not known for ordered variables. Known: expected.")


def check_numbers(*, missing: str, trace: str | None) -> None:
    """Raise ModelError for choices that only ordered variables have."""
    if missing == "pairwise":
        raise ModelError("missing='pairwise' needs ordered variables; with numbers it would bias the fit.")
    if trace is not None:
        raise ModelError(f"trace='{trace}' is a choice for ordered variables; name them with ordered=.")
