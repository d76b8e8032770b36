"""Models against each other: nested ones by a test, all by their indices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from instrument.models import WORDING
from scoring.sem import CategoricalFit, Comparison, DataError, Fit, ModelError, Status, compare, fit
from scoring.sem.likelihood import discrepancy
from scoring.sem.nested import Method
from scoring.validation.confirmatory.fits import AnyFit, FittedModel
from scoring.validation.confirmatory.models import DECLARED, MeasurementModel

Relation = Literal["a_in_b", "b_in_a", "equivalent", "not_nested", "undetermined"]
# Discrepancy per case that rounding and boundaries leave where a model can meet another's moments; the least of those
# that are not nested, in the models declared, is a thousand times as large.
NESTED_BELOW = 1e-5
METHODS: tuple[Method, ...] = ("satorra-bentler-2001", "satorra-bentler-2010")
# The factor is a difference of two large sums over few degrees of freedom: outside .1 to 10 it is what is left of them,
# and with few units it is often negative.
LEAST_SCALING = 0.1
UNTESTED = "No test: this sample gives no scaling factor of use. Read the changes of the indices."


@dataclass(frozen=True, slots=True)
class Nesting:
    """Whether one model is the other with more restrictions.

    discrepancy: what the model with fewer degrees of freedom leaves of the moments that the other implies.
    """

    relation: Relation
    discrepancy: float


def rows_with_moments(cov: np.ndarray, n: int, seed: int = 0) -> np.ndarray:
    """Rows (n, p) with mean 0 and exactly the covariance matrix cov (p, p), divisor n. n above p."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, len(cov)))
    whitened, _ = np.linalg.qr(x - x.mean(axis=0))
    return np.sqrt(n) * whitened @ np.linalg.cholesky(cov).T


def nesting(first: FittedModel, second: FittedModel) -> Nesting:
    """Whether first is nested in second, or the other way round, by what they can imply (Bentler & Satorra 2010,
    Psychological Methods 15): the model with fewer degrees of freedom is fitted to the moments that the other implies,
    and it is nested if nothing is left."""
    if first.solution is None or second.solution is None or first.model.items != second.model.items:
        return Nesting("undetermined", np.nan)
    of_first, of_second = (one.solution.measures["df"] for one in (first, second) if one.solution is not None)
    small, large = (first, second) if of_first >= of_second else (second, first)
    left = what_is_left(small, large.model)
    if not np.isfinite(left):
        return Nesting("undetermined", left)
    if left > NESTED_BELOW:
        return Nesting("not_nested", left)
    if of_first == of_second:
        return Nesting("equivalent", left)
    return Nesting("a_in_b" if small is first else "b_in_a", left)


def what_is_left(small: FittedModel, large: MeasurementModel) -> float:
    """Discrepancy per case of a model from the moments that a fitted one implies; NaN where that is not found."""
    if small.solution is None:
        return np.nan
    implied = small.solution.implied()[0]["cov"].loc[list(large.items), list(large.items)].to_numpy()
    try:
        rows = pd.DataFrame(rows_with_moments(implied, 2 * len(implied)), columns=list(large.items))
        found = fit(large.syntax, rows, estimator="ML")
    except (DataError, ModelError, np.linalg.LinAlgError):
        return np.nan
    if not isinstance(found, Fit) or not np.isfinite(found.theta).all():
        return np.nan
    return max(float(discrepancy(found.theta, found.task.problem)), 0.0)


def pairs_to_compare(models: Sequence[MeasurementModel]) -> list[tuple[str, str]]:
    """The declared model with each rival, both with the factor of wording too, and each model with and without it."""
    names = [model.name for model in models if model.kind != "scale"]
    plain = [name for name in names if not name.endswith(f"_{WORDING}")]
    found = [(DECLARED, name) for name in plain if name != DECLARED and DECLARED in names]
    worded = [(f"{a}_{WORDING}", f"{b}_{WORDING}") for a, b in found]
    beside = [(name, f"{name}_{WORDING}") for name in plain]
    return [pair for pair in [*found, *worded, *beside] if set(pair) <= set(names)]


def nestings(fits: Mapping[str, FittedModel], pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Nesting]:
    """Of each pair. A model is nested in itself with the factor of wording, whose variance it sets to zero, and the
    same factor added to both changes nothing."""
    found: dict[tuple[str, str], Nesting] = {}
    for a, b in pairs:
        plain = (a.removesuffix(f"_{WORDING}"), b.removesuffix(f"_{WORDING}"))
        if plain[0] == plain[1]:
            found[a, b] = Nesting("a_in_b", 0.0)
        elif plain in found:
            found[a, b] = found[plain]
        else:
            found[a, b] = nesting(fits[a], fits[b])
    return found


def comparisons_table(fits: Mapping[str, FittedModel], related: Mapping[tuple[str, str], Nesting]) -> pd.DataFrame:
    """One row per pair; the models of one estimator.

    Columns: model_a, model_b, estimator, relation, left (see `Nesting`), method, chisq, df, p (NaN where not nested),
    scaling, delta_cfi, delta_rmsea (robust), delta_srmr, delta_aic, delta_bic (b less a), note. The test is that of
    `difference`; note says where there is none.
    """
    return pd.DataFrame([_row(fits[a], fits[b], found) for (a, b), found in related.items() if {a, b} <= fits.keys()])


def _row(a: FittedModel, b: FittedModel, found: Nesting) -> dict[str, object]:
    row: dict[str, object] = {
        "model_a": a.model.name, "model_b": b.model.name, "estimator": a.estimator, "relation": found.relation,
        "left": found.discrepancy, "method": "", "chisq": np.nan, "df": np.nan, "p": np.nan, "scaling": np.nan,
    }  # fmt: skip
    note = ""
    comparable = a.model.items == b.model.items
    if not comparable:
        note = "The models have different items."
    elif a.solution is None or b.solution is None:
        note = f"{(a if a.solution is None else b).model.name} has no solution."
    elif found.relation in ("a_in_b", "b_in_a"):
        test = difference(a.solution, b.solution)
        row |= {"method": test.method, "chisq": test.chisq, "df": float(test.df), "p": test.p, "scaling": test.scaling}
        if np.isnan(test.chisq):
            note = UNTESTED
        elif Status.FEW_CLUSTERS in (a.solution.status, b.solution.status):
            note = "Few units: the test is weak evidence. Read the changes of the indices."
    changes = {f"delta_{name}": _change(a, b, key) if comparable else np.nan for name, key in DELTAS.items()}
    return row | changes | {"note": note}


def difference(first: AnyFit, second: AnyFit) -> Comparison:
    """Test of nested models: Satorra (2000) for ordinal items; by maximum likelihood Satorra & Bentler (2001), or,
    where that has no scaling factor of use, theirs of 2010; without chi-square where neither has."""
    if isinstance(first, CategoricalFit):
        return compare(first, second)
    small, large = sorted((first, second), key=lambda one: -one.measures["df"])
    df = int(small.measures["df"] - large.measures["df"])
    if small.options.estimator == "ML":
        return compare(first, second)
    for method in METHODS:
        try:
            test = compare(first, second, method=method)
        except ModelError:  # the restricted model's moments were not met by the other's search
            continue
        if LEAST_SCALING <= test.scaling <= 1 / LEAST_SCALING:
            return test
    return Comparison("", np.nan, df, np.nan, np.nan)


DELTAS = {"cfi": "cfi.robust", "rmsea": "rmsea.robust", "srmr": "srmr", "aic": "aic", "bic": "bic"}


def _change(a: FittedModel, b: FittedModel, name: str) -> float:
    if a.solution is None or b.solution is None:
        return np.nan
    return float(b.solution.measures.get(name, np.nan) - a.solution.measures.get(name, np.nan))
