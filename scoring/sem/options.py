"""What `fit` is asked for, checked once and written in full."""

from dataclasses import dataclass
from typing import Literal

from scoring.sem.table import ModelError

Estimator = Literal["ML", "MLM", "MLR"]
Information = Literal["expected", "observed"]
Missing = Literal["listwise", "fiml"]
ESTIMATORS: tuple[Estimator, ...] = ("ML", "MLM", "MLR")


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is estimated.

    estimator: ML with normal-theory standard errors; MLM with Satorra and Bentler's (1994) robust ones and scaled test;
    MLR with sandwich ones and Yuan and Bentler's (2000) scaled test in Mplus's form.
    information: behind the standard errors; None takes the estimator's own.
    missing: "listwise" drops rows without a value of some variable, "fiml" takes from every row what it has.
    """

    estimator: Estimator
    information: Information
    meanstructure: bool
    clustered: bool
    missing: Missing = "listwise"

    @property
    def robust(self) -> bool:
        return self.estimator != "ML"


def read_options(
    *, estimator: str | None, information: str | None, meanstructure: bool | None, clustered: bool, groups: int,
    intercepts: bool, missing: str = "listwise",
) -> Options:  # fmt: skip
    """The options in full; intercepts: whether the model writes any. Raises ModelError for what does not exist."""
    default: Estimator = "MLR" if clustered else "ML"
    name = default if estimator is None else _known(estimator)
    if clustered and name != "MLR":
        raise ModelError(f"cluster= needs estimator='MLR'; {name} would pass over the clusters.")
    if name == "MLM" and information == "observed":
        raise ModelError("MLM rests on the expected information. Take estimator='MLR' for the observed one.")
    incomplete = _keeps_incomplete(missing)
    if incomplete and name == "MLM":
        raise ModelError("MLM needs complete rows. Take estimator='MLR' with missing='fiml'.")
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
    raise ModelError(f"estimator='{estimator}' is not known. Known: {', '.join(ESTIMATORS)}.")
