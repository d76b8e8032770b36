"""Rows with missing values to the moments of the saturated model, by group; checked."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scoring.sem.fiml.patterns import find_patterns, order_by_pattern
from scoring.sem.fiml.saturated import saturated, unstructured
from scoring.sem.sample import DataError, Sample, check_definite, group_name, quoted, read_rows


def read_incomplete(
    data: pd.DataFrame,
    names: Sequence[str],
    covariates: Sequence[str],
    *,
    group: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> Sample:
    """Every row with a value of some variable and of every covariate, in the order of the patterns of its group.

    Rows without a covariate are dropped because the model says nothing of it. Raises DataError where the means and
    covariances could not be estimated.
    """
    given = np.isin(names, covariates)

    def usable(values: np.ndarray) -> np.ndarray:
        observed = ~np.isnan(values)
        return np.asarray(observed[:, ~given].any(axis=1) & observed[:, given].all(axis=1))

    rows = read_rows(data, names, usable, group=group, cluster=cluster, weights=weights)
    orders = [order_by_pattern(values) for values in rows.values]
    values, weight = (
        tuple(np.ascontiguousarray(part[order]) for part, order in zip(parts, orders, strict=True))
        for parts in (rows.values, rows.weights)
    )
    clusters = rows.clusters
    if clusters is not None:
        clusters = tuple(code[order] for code, order in zip(clusters, orders, strict=True))
    _check_coverage(names, rows.labels, values)
    patterns = find_patterns(values, weight)
    bare = unstructured(patterns, len(names))
    found = [saturated(bare, g) for g in range(len(values))]
    for label, one in zip(rows.labels, found, strict=True):
        if not one.found:
            raise DataError(
                f"The means and covariances{group_name(label)} could not be estimated from rows with missing values: "
                "some variables are too rarely observed together, or one is a combination of others."
            )
    cov, mean = np.stack([one.cov for one in found]), np.stack([one.mean for one in found])
    check_definite(names, rows.labels, cov)
    return Sample(
        tuple(names), rows.labels, values, weight, clusters, mean, cov, rows.dropped, group, patterns,
        np.array([one.value for one in found]),
    )  # fmt: skip


def _check_coverage(names: Sequence[str], labels: Sequence[str], parts: Sequence[np.ndarray]) -> None:
    for label, values in zip(labels, parts, strict=True):
        observed = ~np.isnan(values)
        together = observed.T.astype(float) @ observed
        never = [name for name, count in zip(names, np.diag(together), strict=True) if count == 0]
        if never:
            raise DataError(f"{quoted(never)} has no value{group_name(label)}. Leave it out of the model.")
        with_values = np.where(observed, values, -np.inf).max(axis=0), np.where(observed, values, np.inf).min(axis=0)
        constant = [name for name, high, low in zip(names, *with_values, strict=True) if high == low]
        if constant:
            raise DataError(
                f"{quoted(constant)} has one value only{group_name(label)}. A model needs variables that vary."
            )
        apart = np.argwhere(together == 0)
        if len(apart):
            i, j = apart[0]
            raise DataError(
                f"'{names[i]}' and '{names[j]}' are never observed together{group_name(label)}: "
                "their covariance cannot be estimated. Leave one of them out of the model."
            )
