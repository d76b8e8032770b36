"""The asymptotic covariance matrix of sample moments from their influence functions, with weights and clusters."""

import numpy as np


def collect(
    influence: np.ndarray, weights: np.ndarray, clusters: np.ndarray | None = None, *, scale: np.ndarray | None = None
) -> np.ndarray:
    """Columns (m, n or J) whose outer products add up to the covariance matrix of the m moments.

    influence (m, n).   weights (n,): frequencies, a row of weight two counts as two rows.
    clusters (n,): codes 0 .. J-1; the influences of a cluster are summed and scaled by sqrt(J / (J - 1)) (Binder 1983,
    Int. Statistical Review 51; as lavaan's cluster-robust ML).   scale (J,): of the clusters of all groups, in place of
    that; then groups that share clusters can be stacked: column c is cluster c in each.
    """
    if clusters is None:
        return influence if (weights == 1.0).all() else influence * np.sqrt(weights)
    if scale is None:
        j = int(clusters.max()) + 1
        scale = np.full(j, np.sqrt(j / (j - 1)))
    order = np.argsort(clusters, kind="stable")
    present, starts = np.unique(clusters[order], return_index=True)
    columns = np.zeros((len(influence), len(scale)))
    columns[:, present] = np.add.reduceat((influence * weights)[:, order], starts, axis=1)
    return columns * scale


def gamma(columns: np.ndarray, n: float) -> np.ndarray:
    """n times the covariance matrix of the moments (lavaan's Gamma or NACOV), (m, m), from the columns of `collect`."""
    return n * (columns @ columns.T)
