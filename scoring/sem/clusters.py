"""Clusters within and across groups: how far the sums of so few vary less than those of many would."""

from collections.abc import Sequence

import numpy as np


def components(clusters: Sequence[np.ndarray]) -> np.ndarray:
    """Of every group, a number that it has in common with all groups it shares clusters with. Shape (groups,).

    clusters: codes (n,) of each group's rows, counted over all groups. Groups are joined through others too.
    """
    number = np.arange(len(clusters))
    own = [np.unique(code) for code in clusters]
    for g in range(len(own)):
        for h in range(g):
            if np.intersect1d(own[g], own[h], assume_unique=True).size:
                number[number == number[g]] = number[h]
    return number


def finite_sample_scale(clusters: Sequence[np.ndarray]) -> np.ndarray:
    """sqrt(J / (J - 1)) of every cluster, by code. Shape (largest code + 1,).

    Scores and influences add up to zero within each group, which takes one of J degrees of freedom away (Binder 1983;
    Muthen & Satorra 1995). J counts the clusters of the groups that share some, directly or through others; a group
    whose clusters are its own has its own J, so that it is as if fitted alone. Infinite for a cluster all by itself.
    """
    number = components(clusters)
    scale = np.ones(max(int(code.max()) for code in clusters) + 1)
    for one in np.unique(number):
        inside = np.unique(np.concatenate([code for code, own in zip(clusters, number, strict=True) if own == one]))
        j = len(inside)
        scale[inside] = np.sqrt(j / (j - 1)) if j > 1 else np.inf
    return scale
