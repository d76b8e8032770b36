"""Scores of clusters, and the sandwich they are the meat of."""

import numpy as np

from scoring.sem.structure import INTERCEPT, mean_directions
from scoring.sem.two_level.data import ClusteredSample
from scoring.sem.two_level.likelihood import TwoLevelProblem, state


def cluster_scores(theta: np.ndarray, problem: TwoLevelProblem, sample: ClusteredSample) -> np.ndarray:
    """Derivative of each cluster's log-likelihood. Shape (J, q).

    An entry that moves Sigma_W in the direction w (ab' + ba') has the slope w (a'Ab + b'Aa), where A holds, from the
    deviations, [W S_j W - (n - 1) W] / 2 with W = Sigma_W^-1, and from the mean [V dd'V - V] / 2 / n with
    V = (Sigma_B + Sigma_W / n)^-1; for Sigma_B it is the mean's part alone, without 1 / n.
    """
    now, blocks = state(theta, problem), problem.blocks
    block = np.searchsorted(blocks.size[1:], sample.size) + 1
    mu = np.zeros(len(sample.names))
    for one, implied in zip(problem.levels, now.implied, strict=True):
        mu[one.place] += implied.mu
    inverse = now.inverse[block]
    pull = np.einsum("jab,jb->ja", inverse, sample.means - mu)
    rows = sample.deviations @ now.inverse[0]
    scores = np.zeros((len(sample.size), len(theta)))
    for number, (one, implied) in enumerate(zip(problem.levels, now.implied, strict=True)):
        z = np.zeros((len(mu), implied.z.shape[1]))
        z[one.place] = implied.z
        along, of_rows = pull @ z, rows @ z
        directions = mean_directions(one.at, implied)
        part = 1 / sample.size if number == 0 else np.ones(len(sample.size))
        expected = z.T @ now.inverse[0] @ z
        for e in np.flatnonzero(one.at.free >= 0):
            value = pull[:, one.place] @ directions[e]
            if one.at.kind[e] != INTERCEPT:
                a, b = one.at.left[e], one.at.right[e]
                of_mean = np.einsum("jab,a,b->j", inverse, z[:, a], z[:, b])
                slope = part * (along[:, a] * along[:, b] - of_mean)
                if number == 0:
                    slope += np.add.reduceat(of_rows[:, a] * of_rows[:, b], sample.first)
                    slope -= (sample.size - 1) * expected[a, b]
                value = value + one.at.weight[e] * slope
            scores[:, one.at.free[e]] += value
    return scores


def meat(theta: np.ndarray, problem: TwoLevelProblem, sample: ClusteredSample) -> np.ndarray:
    """Sum over clusters of the outer product of their scores, per row. Shape (q, q)."""
    scores = cluster_scores(theta, problem, sample)
    return scores.T @ scores / sample.blocks.total
