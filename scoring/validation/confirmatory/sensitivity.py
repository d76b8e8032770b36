"""What the declared model's estimates owe to the forms and to the estimator."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from scoring.validation.panel import Panel

# Fewer rows carry no model of dozens of parameters (Wolf, Harrington, Clark & Miller 2013 need 150 and more).
FEWEST_ROWS = 150


def full_form_rows(panel: Panel, items: Sequence[str]) -> np.ndarray:
    """Respondents (n,), bool, who were asked every one of these items."""
    return np.asarray(panel.asked[:, panel.columns(items)].all(axis=1))


def complete_rows(panel: Panel, items: Sequence[str]) -> np.ndarray:
    """Those of them who answered every one."""
    return full_form_rows(panel, items) & np.isfinite(panel.keyed[:, panel.columns(items)]).all(axis=1)


def rows_needed(n_items: int) -> int:
    """Complete rows that a fit by maximum likelihood to so many items takes to be worth reading: 150, and three for
    each item, as the chi-square of fewer is inflated (Yuan, Tian & Yanagihara 2015)."""
    return max(FEWEST_ROWS, 3 * n_items)


def sensitivity_table(estimates: pd.DataFrame, reference: tuple[str, str]) -> pd.DataFrame:
    """Standardised loadings and factor correlations of one model, estimated in every way, beside the reference.

    reference: estimator and sample.   Columns: model, estimator, sample, parameter, lhs, op, rhs, std_all, std_se,
    reference, difference.
    """
    chosen = estimates[estimates["parameter"].isin(["loading", "factor_correlation"])]
    keys = ["model", "parameter", "lhs", "op", "rhs"]
    own = (chosen["estimator"] == reference[0]) & (chosen["sample"] == reference[1])
    base = chosen.loc[own, [*keys, "std_all"]].rename(columns={"std_all": "reference"})
    found = chosen.loc[~own, [*keys, "estimator", "sample", "std_all", "std_se"]].merge(base, on=keys)
    found["difference"] = found["std_all"] - found["reference"]
    return found[[
        "model", "estimator", "sample", "parameter", "lhs", "op", "rhs", "std_all", "std_se", "reference", "difference",
    ]]  # fmt: skip


def largest_differences(table: pd.DataFrame) -> Mapping[str, float]:
    """The largest absolute difference from the reference, by `estimator:sample`."""
    grouped = table["difference"].abs().groupby(table["estimator"] + ":" + table["sample"]).max()
    return {str(name): float(value) for name, value in grouped.items()}
