"""What `fit` is asked for, checked once and written in full."""

from dataclasses import dataclass
from typing import Literal

from scoring.sem.table import ModelError

Estimator = Literal["ML", "MLM", "MLR"]
Information = Literal["expected", "observed"]
ESTIMATORS: tuple[Estimator, ...] = ("ML", "MLM", "MLR")


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is estimated.

    estimator: ML with normal-theory standard errors; MLM with Satorra and Bentler's (1994) robust ones and scaled test;
    MLR with sandwich ones and Yuan and Bentler's (2000) scaled test in Mplus's form.
    information: behind the standard errors; None takes the estimator's own.
    """

    estimator: Estimator
    information: Information
    meanstructure: bool
    clustered: bool

    @property
    def robust(self) -> bool:
        return self.estimator != "ML"


def read_options(
    *, estimator: str | None, information: str | None, meanstructure: bool | None, clustered: bool, groups: int,
    intercepts: bool,
) -> Options:  # fmt: skip
    """The options in full; intercepts: whether the model writes any. Raises ModelError for what does not exist."""
    name = (estimator or ("MLR" if clustered else "ML")).upper()
    if name not in ESTIMATORS:
        raise ModelError(f"estimator='{estimator}' is not known. Known: {', '.join(ESTIMATORS)}.")
    if clustered and name != "MLR":
        raise ModelError(f"cluster= needs estimator='MLR'; {name} would pass over the clusters.")
    if information not in (None, "expected", "observed"):
        raise ModelError(f"information='{information}' is not known. Known: expected, observed.")
    if name == "MLM" and information == "observed":
        raise ModelError("MLM rests on the expected information. Take estimator='MLR' for the observed one.")
    needed = clustered or groups > 1 or intercepts
    if meanstructure is False and intercepts:
        raise ModelError("The model writes intercepts (~ 1), and meanstructure=False leaves them out. Drop one of the two.")
    return Options(
        estimator=name,  # type: ignore[arg-type]  # one of ESTIMATORS, as checked
        information=information or ("observed" if name == "MLR" else "expected"),  # type: ignore[arg-type]
        meanstructure=needed if meanstructure is None else meanstructure,
        clustered=clustered,
    )
