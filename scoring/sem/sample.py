"""Observations to sample statistics: what of a data frame a model uses, checked, by group."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


class DataError(ValueError):
    """Observations that a model cannot be fitted to, with what to do about it."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Complete observations by group, in the order of the model's observed variables.

    values: one array (n, p) per group.   weights: (n,) per group, ones where none are given.
    clusters: (n,) codes per group, counted over all groups; None without clusters.   labels: what groups are called.
    mean (groups, p), cov (groups, p, p): divisor n.   dropped: rows left out because a value is missing.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    values: tuple[np.ndarray, ...]
    weights: tuple[np.ndarray, ...]
    clusters: tuple[np.ndarray, ...] | None
    mean: np.ndarray
    cov: np.ndarray
    dropped: int

    @property
    def n(self) -> np.ndarray:
        """Observations per group, or the sum of their weights. Shape (groups,)."""
        return np.array([weight.sum() for weight in self.weights])

    @property
    def total(self) -> float:
        return float(self.n.sum())


def read_sample(
    data: pd.DataFrame,
    names: Sequence[str],
    *,
    group: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> Sample:
    """The complete rows of a data frame. Raises DataError where the model could not be fitted to them."""
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data= takes a pandas DataFrame with a column per variable, not {type(data).__name__}.")
    _check_columns(data, names, group=group, cluster=cluster, weights=weights)
    wanted = data[list(names)]
    _check_numeric(wanted)
    values = wanted.to_numpy(dtype=float, na_value=np.nan)
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        raise DataError(f"'{names[int(infinite.argmax())]}' holds infinite values. Replace or remove them.")
    complete = ~np.isnan(values).any(axis=1)
    for column in (group, cluster, weights):
        if column is not None:
            complete &= data[column].notna().to_numpy()
    if not complete.any():
        raise DataError("No row has a value for every variable of the model.")
    values = values[complete]
    weight = np.ones(len(values)) if weights is None else _weights(data[weights].to_numpy(float)[complete], weights)
    code, labels = _codes(data[group][complete]) if group else (np.zeros(len(values), dtype=int), ("",))
    inside = [np.flatnonzero(code == g) for g in range(len(labels))]
    clusters = None
    if cluster:
        cluster_code, _ = _codes(data[cluster][complete])
        clusters = tuple(cluster_code[rows] for rows in inside)
    parts = [np.ascontiguousarray(values[rows]) for rows in inside]
    weight_parts = [weight[rows] for rows in inside]
    sums = [_moments(x, w) for x, w in zip(parts, weight_parts, strict=True)]
    mean, cov = (np.stack(one) for one in zip(*sums, strict=True))
    sample = Sample(
        tuple(names), labels, tuple(parts), tuple(weight_parts), clusters, mean, cov, int((~complete).sum())
    )
    _check_variation(sample)
    return sample


def _moments(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (p,) and covariance (p, p) with the sum of the weights as divisor."""
    mean = weights @ values / weights.sum()
    away = values - mean
    return mean, away.T @ (away * weights[:, None]) / weights.sum()


def _check_columns(data: pd.DataFrame, names: Sequence[str], **others: str | None) -> None:
    missing = [name for name in names if name not in data.columns]
    if missing:
        raise DataError(f"The data have no column {_listed(missing)}, which the model names.")
    for argument, column in others.items():
        if column is not None and column not in data.columns:
            raise DataError(f"{argument}='{column}' is no column of the data.")
        if column is not None and column in names:
            raise DataError(f"'{column}' is given as {argument}= and is a variable of the model too. It can be one only.")
    if len(set(data.columns)) < data.shape[1]:
        twice = data.columns[data.columns.duplicated()]
        raise DataError(f"The data have more than one column {_listed(list(twice))}.")


def _check_numeric(wanted: pd.DataFrame) -> None:
    texts = [name for name, kind in wanted.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    if texts:
        raise DataError(f"{_listed(texts)} holds texts, not numbers. Convert it, or leave it out of the model.")


def _weights(weight: np.ndarray, name: str) -> np.ndarray:
    if not (weight > 0).all():
        raise DataError(f"weights='{name}' holds values that are not positive. Leave such rows out of the data.")
    return weight


def _codes(column: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes in the order of first appearance, as lavaan orders groups, and their labels."""
    codes, values = pd.factorize(column)
    return codes, tuple(map(str, values))


def _check_variation(sample: Sample) -> None:
    p = len(sample.names)
    for label, values in zip(sample.labels, sample.values, strict=True):
        where = f" in group '{label}'" if label else ""
        constant = [name for name, column in zip(sample.names, values.T, strict=True) if np.ptp(column) == 0]
        if constant:
            raise DataError(f"{_listed(constant)} has one value only{where}. A model needs variables that vary.")
        if len(values) <= p:
            raise DataError(
                f"{len(values)} complete rows{where} are too few for {p} variables: more rows than variables are needed."
            )
    for label, cov in zip(sample.labels, sample.cov, strict=True):
        where = f" in group '{label}'" if label else ""
        scale = np.sqrt(np.diag(cov))
        correlation = cov / np.outer(scale, scale)
        smallest = np.linalg.eigvalsh(correlation)[0]
        if smallest < SINGULAR:
            i, j = np.unravel_index(np.argmax(np.abs(np.tril(correlation, -1))), correlation.shape)
            raise DataError(
                f"The covariance matrix is singular{where}: some variable is a combination of others (the highest "
                f"correlation, {correlation[i, j]:.4f}, is that of '{sample.names[i]}' and '{sample.names[j]}')."
            )


SINGULAR = 1e-10  # smallest eigenvalue of a correlation matrix that still has an inverse of use


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
