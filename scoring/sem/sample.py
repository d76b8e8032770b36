"""Observations to sample statistics: what of a data frame a model uses, checked, by group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.sem.clusters import finite_sample_scale
from scoring.sem.fiml.patterns import COMPLETE, Patterns

FEW = 100  # rows with both of two variables below which their correlation is named
MOST_OFF = 2.0  # by which the sum of weights that count no rows may miss the number of rows
SAME = 1e-6  # standard deviations between moments of the same rows, added up or estimated in another order
TINY = 1e-100  # range of a variable: squares of smaller ones, and of their inverses, leave the range of numbers
SINGULAR = 1e-10  # smallest eigenvalue of a correlation matrix that still has an inverse of use


class DataError(ValueError):
    """Observations that a model cannot be fitted to, with what to do about it."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Observations by group, in the order of the model's observed variables.

    values: one array (n, p) per group.   weights: (n,) per group, ones where none are given.
    clusters: (n,) codes per group, counted over all groups; None without clusters.   labels: what groups are called.
    mean (groups, p), cov (groups, p, p): divisor n.   dropped: rows left out because a value is missing.
    group: the column that tells the groups apart.
    With missing values kept, the moments are the saturated model's; patterns: the rows' own; saturated (groups,): the
    least value of the discrepancy, which that model has. Complete rows have neither.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    values: tuple[np.ndarray, ...]
    weights: tuple[np.ndarray, ...]
    clusters: tuple[np.ndarray, ...] | None
    mean: np.ndarray
    cov: np.ndarray
    dropped: int
    group: str | None
    patterns: Patterns = COMPLETE
    saturated: np.ndarray | None = None

    @property
    def n(self) -> np.ndarray:
        """Observations per group, or the sum of their weights. Shape (groups,)."""
        return np.array([weight.sum() for weight in self.weights])

    @property
    def total(self) -> float:
        return float(self.n.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows that are used, by group; the fields are those of `Sample`."""

    labels: tuple[str, ...]
    values: tuple[np.ndarray, ...]
    weights: tuple[np.ndarray, ...]
    clusters: tuple[np.ndarray, ...] | None
    dropped: int


def read_sample(
    data: pd.DataFrame,
    names: Sequence[str],
    *,
    group: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> Sample:
    """The complete rows of a data frame. Raises DataError where the model could not be fitted to them."""
    rows = read_rows(data, names, _complete, group=group, cluster=cluster, weights=weights)
    _check_variation(names, rows.labels, rows.values)
    sums = [_moments(x, w) for x, w in zip(rows.values, rows.weights, strict=True)]
    mean, cov = (np.stack(one) for one in zip(*sums, strict=True))
    check_definite(names, rows.labels, cov)
    return Sample(tuple(names), rows.labels, rows.values, rows.weights, rows.clusters, mean, cov, rows.dropped, group)


def _complete(values: np.ndarray) -> np.ndarray:
    return np.asarray(~np.isnan(values).any(axis=1))


def read_rows(
    data: pd.DataFrame,
    names: Sequence[str],
    usable: Callable[[np.ndarray], np.ndarray],
    *,
    group: str | None,
    cluster: str | None,
    weights: str | None,
) -> Rows:
    """Rows of a data frame. usable: which of values (n, p), NaN where missing, are kept, as a mask (n,)."""
    columns = {"group": group, "cluster": cluster, "weights": weights}
    values = numeric_columns(data, names)
    _check_columns(data, names, columns)
    kept = usable(values)
    for column in filter(None, columns.values()):
        kept = kept & data[column].notna().to_numpy()
    if not kept.any():
        raise DataError("No row has a value for every variable of the model.")
    values = values[kept]
    _check_range(names, values)
    weight = np.ones(len(values)) if weights is None else _weights(data[weights][kept])
    code, labels = group_codes(data[group], kept) if group else (np.zeros(len(values), dtype=int), ("",))
    inside = [np.flatnonzero(code == g) for g in range(len(labels))]
    clusters = _clusters(data[cluster][kept], inside, labels) if cluster else None
    return Rows(
        labels, tuple(np.ascontiguousarray(values[rows]) for rows in inside), tuple(weight[rows] for rows in inside),
        clusters, int((~kept).sum()),
    )  # fmt: skip


def numeric_columns(data: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """The values of the columns, NaN where missing. Shape (n, p). Raises DataError for what is not numbers."""
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data= takes a pandas DataFrame with a column per variable, not {type(data).__name__}.")
    missing = [name for name in names if name not in data.columns]
    if missing:
        raise DataError(f"The data have no column {quoted(missing)}, which the model names.")
    wanted = data[list(names)]
    if wanted.shape[1] > len(names):
        twice = wanted.columns[wanted.columns.duplicated()]
        raise DataError(f"The data have more than one column {quoted(list(dict.fromkeys(twice)))}.")
    texts = [name for name, kind in wanted.dtypes.items() if not _is_real(kind)]
    if texts:
        raise DataError(f"{quoted(texts)} does not hold numbers. Convert it, or leave it out of the model.")
    values = wanted.to_numpy(dtype=float, na_value=np.nan)
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        raise DataError(f"'{names[int(infinite.argmax())]}' holds infinite values. Replace or remove them.")
    return values


def _is_real(kind: object) -> bool:
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind)


def _moments(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (p,) and covariance (p, p) with the sum of the weights as divisor."""
    mean = weights @ values / weights.sum()
    away = values - mean
    return mean, away.T @ (away * weights[:, None]) / weights.sum()


def _check_columns(data: pd.DataFrame, names: Sequence[str], columns: dict[str, str | None]) -> None:
    for argument, column in columns.items():
        if column is None:
            continue
        if column not in data.columns:
            raise DataError(f"{argument}='{column}' is no column of the data.")
        if column in names:
            raise DataError(f"'{column}' is given as {argument}= and is a variable of the model. It can be one only.")
        if isinstance(data[column], pd.DataFrame):
            raise DataError(f"The data have more than one column '{column}'.")


def _weights(column: pd.Series) -> np.ndarray:
    if not _is_real(column.dtype):
        raise DataError(f"weights='{column.name}' does not hold numbers.")
    weight = column.to_numpy(dtype=float)
    if not ((weight > 0) & np.isfinite(weight)).all():
        raise DataError(f"weights='{column.name}' holds values that are not positive. Leave such rows out of the data.")
    check_weights(weight, str(column.name))
    return weight


def check_weights(weight: np.ndarray, name: str) -> None:
    """Raise DataError where weights can neither count rows nor have the mean 1 of a survey's."""
    total, n = float(weight.sum()), len(weight)
    counts = bool((weight == np.round(weight)).all())
    if total < n / MOST_OFF or (not counts and total > n * MOST_OFF):
        raise DataError(
            f"weights='{name}' sum to {total:.6g}, and there are {n} rows. Weights count a row as so many; those of a "
            "survey have the mean 1: divide them by their mean."
        )


def group_codes(column: pd.Series, kept: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Group of each row that is kept, in the order in which groups appear among all rows, and what they are called.

    Rows that are left out do not turn the order, by which `c(a, b)*` tells groups apart. Raises DataError where two
    groups have one name.
    """
    codes, labels = _codes(column)
    twice = [label for k, label in enumerate(labels) if label in labels[:k]]
    if twice:
        raise DataError(f"Of group=, two values of '{column.name}' read '{twice[0]}'. Give them one type.")
    return codes[kept], labels


def _clusters(column: pd.Series, inside: Sequence[np.ndarray], groups: Sequence[str]) -> tuple[np.ndarray, ...]:
    code, labels = _codes(column)
    if len(labels) < 2:
        raise DataError(f"cluster='{column.name}' has one value only. Two clusters are the least, and many are needed.")
    found = tuple(code[rows] for rows in inside)
    check_clusters(found, groups)
    return found


def check_clusters(clusters: Sequence[np.ndarray], labels: Sequence[str]) -> None:
    """Raises DataError for a group that is a single cluster, which no other group shares.

    clusters: codes (n,) of each group's rows, counted over all groups.   labels: of the groups.
    """
    scale = finite_sample_scale(clusters)
    alone = np.flatnonzero([np.isinf(scale[code]).any() for code in clusters])
    if len(alone):
        raise DataError(
            f"Group '{labels[alone[0]]}' is a single cluster: nothing tells how clusters differ in it. Two clusters "
            "are the least, and many are needed."
        )


def _check_range(names: Sequence[str], values: np.ndarray) -> None:
    seen = np.abs(np.where(np.isnan(values), 0.0, values)).max(axis=0)
    lost = [name for name, one in zip(names, seen, strict=True) if 0 < one < TINY or one > 1 / TINY]
    if lost:
        raise DataError(f"The values of {quoted(lost)} are too small or too large to compute with. Take other units.")


def _codes(column: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes in the order of first appearance, as lavaan orders groups, and their labels."""
    codes, values = pd.factorize(column)
    return codes, tuple(map(str, values))


def _check_variation(names: Sequence[str], labels: Sequence[str], parts: Sequence[np.ndarray]) -> None:
    for label, values in zip(labels, parts, strict=True):
        if len(values) <= len(names):
            raise DataError(
                f"{len(values)} complete rows{group_name(label)} are too few for {len(names)} variables: "
                "more rows than variables are needed."
            )
        constant = [name for name, column in zip(names, values.T, strict=True) if np.ptp(column) == 0]
        if constant:
            raise DataError(
                f"{quoted(constant)} has one value only{group_name(label)}. A model needs variables that vary."
            )


def check_definite(names: Sequence[str], labels: Sequence[str], covs: np.ndarray) -> None:
    for label, cov in zip(labels, covs, strict=True):
        scale = np.sqrt(np.diag(cov))
        correlation = cov / np.outer(scale, scale)
        if np.linalg.eigvalsh(correlation)[0] < SINGULAR:
            i, j = divmod(int(np.argmax(np.abs(np.tril(correlation, -1)))), len(names))
            raise DataError(
                f"The covariance matrix is singular{group_name(label)}: some variable is a combination of others (the "
                f"highest correlation, {correlation[i, j]:.4f}, is that of '{names[i]}' and '{names[j]}')."
            )


def group_name(label: str) -> str:
    return f" in group '{label}'" if label else ""


def listed(names: Sequence[str], shown: int = 6) -> str:
    """The first of the names, and how many more there are."""
    return "; ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def same_moments(first: Sample, second: Sample) -> bool:
    """Whether two samples of the same variables, in whatever order, are of the same rows, by their moments."""
    order = [second.names.index(name) for name in first.names]
    mean, cov = second.mean[:, order], second.cov[:, order][:, :, order]
    scale = np.sqrt(np.diagonal(first.cov, axis1=1, axis2=2))
    away = np.abs(first.mean - mean) / scale, np.abs(first.cov - cov) / (scale[:, :, None] * scale[:, None, :])
    return bool(all((part < SAME).all() for part in away))
