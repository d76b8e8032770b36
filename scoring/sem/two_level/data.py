"""Observations in clusters to what the likelihood needs: moments within clusters, and of the means by cluster size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scoring.sem.sample import DataError, check_definite, quoted, read_rows


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Statistically independent parts of the data, each with a covariance matrix of its own.

    The first holds what rows deviate from their cluster's mean, the others the means of the clusters of one size n,
    largest n last, beside the variables that belong to clusters. All with p variables, of which the first `n_within`
    vary within clusters.

    count (b,): degrees of freedom N - J, then numbers of clusters.   within, between (b,): how much of the covariance
    within and between clusters a block's covariance holds: 1 and 0, then 1 / n and 1.   size (b,): n, 1 for the first.
    mean (b, p), cov (b, p, p): divisor `count`.
    """

    count: np.ndarray
    within: np.ndarray
    between: np.ndarray
    size: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    n_within: int

    @property
    def total(self) -> float:
        """Rows, N."""
        return float((self.count[1:] * self.size[1:]).sum())

    @property
    def located(self) -> np.ndarray:
        """Which blocks are of means. Shape (b,)."""
        return np.asarray((self.between > 0) & (self.size > 0))

    @property
    def apparent_icc(self) -> np.ndarray:
        """Share of variance between clusters, by the analysis of variance (Donner 1986). Shape (n_within,)."""
        inner = slice(self.n_within)
        rows, clusters = self.count[1:] * self.size[1:], self.count[1:].sum()
        means = self.mean[1:, inner]
        away = means - np.average(means, axis=0, weights=rows)
        spread = rows @ (np.diagonal(self.cov[1:], axis1=1, axis2=2)[:, inner] + away**2) / (clusters - 1)
        within = np.diag(self.cov[0])[inner]
        typical = (self.total - rows @ self.size[1:] / self.total) / (clusters - 1)
        return np.asarray((spread - within) / (spread + (typical - 1) * within))

    def of(self, kept: np.ndarray) -> "Blocks":
        """The blocks of some of the variables."""
        return replace(
            self,
            mean=self.mean[:, kept],
            cov=self.cov[:, kept[:, None], kept],
            n_within=int((kept < self.n_within).sum()),
        )


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredSample:
    """Complete rows, cluster by cluster.

    names: variables within clusters, then those that are constant in every cluster.   deviations (N, p): from the
    cluster's mean.   means (J, p).   first (J,): a cluster's first row.   size (J,).   dropped: rows left out.
    cluster: the column that tells the clusters apart.   blocks: all that maximum likelihood needs.
    """

    names: tuple[str, ...]
    deviations: np.ndarray
    means: np.ndarray
    first: np.ndarray
    size: np.ndarray
    dropped: int
    cluster: str
    blocks: Blocks


def read_clusters(
    data: pd.DataFrame, within: Sequence[str], between: Sequence[str], *, cluster: str
) -> ClusteredSample:
    """The complete rows of a data frame, by cluster. Raises DataError where no model of two levels could be fitted.

    within, between: the variables observed at each level.
    """
    alone = [name for name in between if name not in within]
    names = (*within, *alone)
    rows = read_rows(data, names, _complete, group=None, cluster=cluster, weights=None)
    assert rows.clusters is not None
    code = rows.clusters[0]
    order = np.argsort(code, kind="stable")
    values = rows.values[0][order]
    _, first, size = np.unique(code[order], return_index=True, return_counts=True)
    if size.max() == 1:
        raise DataError(f"Every cluster of '{cluster}' has one row: nothing varies within clusters. Fit one level.")
    low, high = np.minimum.reduceat(values, first), np.maximum.reduceat(values, first)
    _check_constancy(names, len(within), low, high)
    means = np.add.reduceat(values, first) / size[:, None]
    means[:, len(within) :] = low[:, len(within) :]
    deviations = values - np.repeat(means, size, axis=0)
    blocks = blocks_of(within, between, deviations, means, size)
    return ClusteredSample(names, deviations, means, first, size, rows.dropped, cluster, blocks)


def blocks_of(
    within: Sequence[str], between: Sequence[str], deviations: np.ndarray, means: np.ndarray, size: np.ndarray
) -> Blocks:
    """The blocks of rows and clusters as `ClusteredSample` holds them, its variables those within, then the others.

    Raises DataError where no model of two levels could be fitted to them.
    """
    names = (*within, *(name for name in between if name not in within))
    _check_counts(within, between, len(deviations), len(size))
    pooled = deviations.T @ deviations / (len(deviations) - len(size))
    _check_level("Within clusters", within, pooled[: len(within), : len(within)])
    upper = [names.index(name) for name in between]
    _check_level("Between clusters", between, np.cov(means[:, upper].T, bias=True).reshape(len(upper), -1))
    return _blocks(pooled, means, size, len(within))


def _complete(values: np.ndarray) -> np.ndarray:
    return np.asarray(~np.isnan(values).any(axis=1))


def _check_constancy(names: Sequence[str], n_within: int, low: np.ndarray, high: np.ndarray) -> None:
    varies = np.asarray((high > low).any(axis=0))
    constant = [name for name, moved in zip(names[:n_within], varies, strict=False) if not moved]
    if constant:
        raise DataError(
            f"{quoted(constant)} has one value only in every cluster: it can stand at the between level alone."
        )
    moving = [name for name, moved in zip(names[n_within:], varies[n_within:], strict=True) if moved]
    if moving:
        raise DataError(
            f"{quoted(moving)} stands at the between level alone and varies within clusters. Name it at the within "
            "level too, or take its cluster mean as a column of the data."
        )


def _check_counts(within: Sequence[str], between: Sequence[str], rows: int, clusters: int) -> None:
    if rows - clusters <= len(within):
        raise DataError(
            f"{rows} complete rows in {clusters} clusters are too few for {len(within)} variables within clusters: "
            "more rows than clusters and variables together are needed."
        )
    if clusters <= len(between):
        raise DataError(
            f"{clusters} clusters are too few for {len(between)} variables between them: more clusters than variables "
            "are needed."
        )


def _check_level(where: str, names: Sequence[str], cov: np.ndarray) -> None:
    flat = [name for name, variance in zip(names, np.diag(cov), strict=True) if not variance > 0]
    if flat:
        raise DataError(f"{where}: {quoted(flat)} has one value only. A model needs variables that vary.")
    try:
        check_definite(names, ("",), cov[None])
    except DataError as error:
        raise DataError(f"{where}: {error}") from None


def _blocks(pooled: np.ndarray, means: np.ndarray, size: np.ndarray, n_within: int) -> Blocks:
    sizes, count = np.unique(size, return_counts=True)
    mean, cov = [np.zeros(len(pooled))], [pooled]
    for n in sizes:
        own = means[size == n]
        mean.append(own.mean(axis=0))
        away = own - mean[-1]
        cov.append(away.T @ away / len(own))
    return Blocks(
        count=np.append(size.sum() - len(size), count).astype(float),
        within=np.append(1.0, 1 / sizes),
        between=np.append(0.0, np.ones(len(sizes))),
        size=np.append(1.0, sizes),
        mean=np.array(mean),
        cov=np.array(cov),
        n_within=n_within,
    )
