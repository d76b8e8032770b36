"""The table of fits."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from scoring.sem.sample import FEW
from scoring.validation.confirmatory.fits import AnyFit, FittedModel

# Column of the table: lavaan's name of the measure.
MEASURES = {
    "npar": "npar",
    "chisq": "chisq",
    "df": "df",
    "p": "pvalue",
    "chisq_scaled": "chisq.scaled",
    "p_scaled": "pvalue.scaled",
    "chisq_mean_scaled": "chisq.mean.scaled",
    "p_mean_scaled": "pvalue.mean.scaled",
    "cfi_robust": "cfi.robust",
    "tli_robust": "tli.robust",
    "rmsea_robust": "rmsea.robust",
    "rmsea_robust_ci_low": "rmsea.ci.lower.robust",
    "rmsea_robust_ci_high": "rmsea.ci.upper.robust",
    "cfi_scaled": "cfi.scaled",
    "tli_scaled": "tli.scaled",
    "rmsea_scaled": "rmsea.scaled",
    "rmsea_scaled_ci_low": "rmsea.ci.lower.scaled",
    "rmsea_scaled_ci_high": "rmsea.ci.upper.scaled",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "srmr": "srmr",
    "aic": "aic",
    "bic": "bic",
    "n": "ntotal",
}
TESTED = ("p", "chisq", "cfi", "tli", "rmsea", "srmr")  # what a saturated model has none of
INDICES = tuple(name for name in MEASURES if name.startswith(TESTED))


def fits_table(fits: Iterable[FittedModel]) -> pd.DataFrame:
    """One row per model, estimator and sample, and another where there is a solution within bounds beside it.

    Columns: model, kind, estimator, sample, solution ("free", "bounded"), status, saturated, those of `MEASURES` (NaN
    where there is none), n_units (0: not clustered), items, n_pair_min, pairs_few (under 100 respondents), improper,
    notes. The interval of rmsea has 90 %. A saturated model has no test and no index; chisq_mean_scaled of MLR is its
    chisq_scaled.
    """
    rows = []
    for one in fits:
        rows.append(_row(one, one.fit, "free"))
        if one.bounded is not None:
            rows.append(_row(one, one.bounded, "bounded"))
    return pd.DataFrame(rows)


def _row(one: FittedModel, found: AnyFit | None, solution: str) -> dict[str, object]:
    measures = {} if found is None else found.measures
    pairs = one.pair_n[np.triu_indices(len(one.pair_n), 1)]
    notes = [*one.model.notes, *(() if found is None else found.notes), *([one.fault] if one.fault else [])]
    row = {column: float(measures.get(name, np.nan)) for column, name in MEASURES.items()}
    if row["df"] == 0:
        # What fits any sample has no fit: an index of 1 would be read as one.
        row |= dict.fromkeys(INDICES, np.nan)
        notes.append("Saturated: nothing is tested.")
    if one.estimator == "MLR":
        # The correction of Yuan & Bentler (2000) is one of the mean alone.
        row |= {"chisq_mean_scaled": row["chisq_scaled"], "p_mean_scaled": row["p_scaled"]}
    return {
        "model": one.model.name,
        "kind": one.model.kind,
        "estimator": one.estimator,
        "sample": one.sample,
        "solution": solution,
        "status": one.status if solution == "free" or found is None else found.status.name,
        "saturated": row["df"] == 0,
        **row,
        "n_units": one.n_units if one.clustered and one.estimator != "ML" else 0,
        "items": len(one.model.items),
        "n_pair_min": float(pairs.min()) if len(pairs) else np.nan,
        "pairs_few": int((pairs < FEW).sum()),
        "improper": " ".join(() if found is None else found.certificate.improper),
        "notes": " ".join(notes),
    }


def thin_pairs(one: FittedModel) -> pd.DataFrame:
    """Pairs of items that fewer than 100 respondents answered both of, the thinnest first: item_a, item_b, n."""
    i, j = np.triu_indices(len(one.pair_n), 1)
    names = np.array(one.model.items, dtype=object)
    found = pd.DataFrame({"item_a": names[i], "item_b": names[j], "n": one.pair_n[i, j]})
    return found[found["n"] < FEW].sort_values("n", kind="stable", ignore_index=True)
