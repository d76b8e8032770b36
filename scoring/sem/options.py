"""What `fit` is asked for, checked once and written in full."""

from dataclasses import dataclass
from typing import Literal

from scoring.sem.bounds import Bounds, read_bounds
from scoring.sem.table import ModelError

Estimator = Literal[
    "ML", "MLM", "MLR", "MLMV", "MLMVS", "GLS", "WLS", "DWLS", "WLSM", "WLSMV", "ULS", "ULSM", "ULSMV"
]  # fmt: skip
Information = Literal["expected", "observed"]
Missing = Literal["listwise", "fiml"]
Correction = Literal["mean", "scaled.shifted", "mean.var.adjusted"]
ESTIMATORS: tuple[Estimator, ...] = ("ML", "MLM", "MLR", "MLMV", "MLMVS")
OF_MOMENTS = ("MLM", "MLMV", "MLMVS")  # robust by the fourth moments of the sample, at the expected information


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is estimated.

    estimator: ML with normal-theory standard errors; MLM with Satorra and Bentler's (1994) robust ones and scaled test;
    MLR with sandwich ones and Yuan and Bentler's (2000) scaled test in Mplus's form. MLMV and MLMVS have MLM's errors
    and a test adjusted to the mean and variance of a chi-square (`chi_square.Test`).
    information: behind the standard errors; None takes the estimator's own.
    missing: "listwise" drops rows without a value of some variable, "fiml" takes from every row what it has.
    bounds: on variances, loadings and covariances (`bounds.py`), None for none.
    """

    estimator: Estimator
    information: Information
    meanstructure: bool
    clustered: bool
    missing: Missing = "listwise"
    bounds: Bounds | None = None

    @property
    def robust(self) -> bool:
        return self.estimator != "ML"

    @property
    def of_moments(self) -> bool:
        """Whether robust errors and tests are of the sample's moments, as MLM's, and not of case scores, as MLR's."""
        return self.estimator in OF_MOMENTS

    @property
    def correction(self) -> Correction:
        """How the chi-square is corrected where the estimator is robust."""
        match self.estimator:
            case "MLMV":
                return "scaled.shifted"
            case "MLMVS":
                return "mean.var.adjusted"
            case _:
                return "mean"


def read_options(
    *, estimator: str | None, information: str | None, meanstructure: bool | None, clustered: bool, groups: int,
    intercepts: bool, missing: str = "listwise", bounds: str | None = None,
) -> Options:  # fmt: skip
    """The options in full; intercepts: whether the model writes any. Raises ModelError for what does not exist."""
    default: Estimator = "MLR" if clustered else "ML"
    name = default if estimator is None else _known(estimator)
    if clustered and name != "MLR":
        raise ModelError(f"cluster= needs estimator='MLR'; {name} would pass over the clusters.")
    if name in OF_MOMENTS and information == "observed":
        raise ModelError(f"{name} rests on the expected information. Take estimator='MLR' for the observed one.")
    incomplete = _keeps_incomplete(missing)
    if incomplete and name in OF_MOMENTS:
        raise ModelError(f"{name} needs complete rows. Take estimator='MLR' with missing='fiml'.")
    if incomplete and meanstructure is False:
        raise ModelError("missing='fiml' needs the means, and meanstructure=False leaves them out. Drop one.")
    needed = clustered or groups > 1 or intercepts or incomplete
    default_information: Information = "observed" if name == "MLR" or incomplete else "expected"
    if meanstructure is False and intercepts:
        raise ModelError("The model writes intercepts (~ 1), and meanstructure=False leaves them out. Drop one.")
    return Options(
        estimator=name,
        information=default_information if information is None else _information(information),
        meanstructure=needed if meanstructure is None else meanstructure,
        clustered=clustered,
        missing="fiml" if incomplete else "listwise",
        bounds=read_bounds(bounds),
    )


def _information(name: str) -> Information:
    if name not in ("expected", "observed"):
        raise ModelError(f"information='{name}' is not known. Known: expected, observed.")
    return "observed" if name == "observed" else "expected"


def _keeps_incomplete(missing: str) -> bool:
    if missing not in ("listwise", "fiml"):
        raise ModelError(f"missing='{missing}' is not known. Known: listwise, fiml.")
    return missing == "fiml"


def _known(estimator: str) -> Estimator:
    for name in ESTIMATORS:
        if str(estimator).upper() == name:
            return name
    raise ModelError(
        f"estimator='{estimator}' is not known. Known: {', '.join(ESTIMATORS)}; by least squares GLS, WLS, DWLS, WLSM, "
        "WLSMV, ULS, ULSM, ULSMV."
    )
