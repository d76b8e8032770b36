"""Draws of a unit's true scores: the one source of every probability that is printed."""

from zlib import crc32

import numpy as np
from scipy.special import ndtr, stdtrit

from scoring.aggregation import MemberMeans

PAIR_MEMBERS = 3  # members having both scores below which their correlation is taken to be 0
EIGEN_SLACK = 1e-10  # an eigenvalue above minus this is rounding: LAPACK's error on a 40 x 40 matrix is near 1e-14
HIGHAM_STEPS = 200
HIGHAM_TOLERANCE = 1e-9  # change of the largest entry; correlations enter draws, whose Monte Carlo error is near .02


def rng_of_unit(seed: int, wave: str, unit: str) -> np.random.Generator:
    """The generator of one unit and wave, so that a unit scored alone equals itself in a panel."""
    return np.random.default_rng([seed, crc32(f"{wave}/{unit}".encode())])


def score_correlation(
    score: np.ndarray,
    member_of: np.ndarray,
    means: MemberMeans,
    *,
    asked: np.ndarray,
    assumed: np.ndarray,
    within_variance: np.ndarray,
) -> np.ndarray:
    """Correlation of the sampling errors of a unit's scores, from the two-stage covariance.

    cov_jk = n_jk / (n_j n_k) [(1 - f_jk) s_b,jk + f_jk mean(s_w,jk / m_i)] over the n_jk members having both scores,
    f_jk = n_jk / N_jk; s_w,jk is pooled over members, m_i the smaller of the member's two numbers of respondents.

    Parameters
    ----------
    score : (rows, scales) the unit's respondents, NaN for none
    member_of : (rows,) member of each, counted from the unit's first
    means : the unit's members
    asked : (scales, scales) members asked both scales, NaN where the membership is unknown
    assumed : (scales,) bool, scores on the default spread, whose within correlations are those of the member means,
        as are those of pairs that no member has two respondents with
    within_variance : (scales,) variance inside members that each score's own interval rests on

    Returns
    -------
    (scales, scales) symmetric, unit diagonal, 0 for pairs fewer than three members have; not necessarily positive
    semidefinite.
    """
    has = (~np.isnan(means.mean)).astype(float)
    n_both = has.T @ has
    n = np.diag(n_both)
    x = np.where(has > 0, means.mean - _column_means(means.mean), 0.0)
    total = x.T @ has  # pairwise centring: sums over the members that have both
    with np.errstate(invalid="ignore", divide="ignore"):
        between = (x.T @ x - total * total.T / n_both) / (n_both - 1)
        spread = np.sqrt(np.diag(between))
        like_means = between / np.outer(spread, spread)
        observed = _within_covariance(score, member_of, means)
        within_spread = np.sqrt(np.diag(observed))
        unseen = assumed[:, None] | assumed[None, :] | np.isnan(observed)
        alike = np.nan_to_num(np.where(unseen, like_means, observed / np.outer(within_spread, within_spread)))
        np.fill_diagonal(alike, 1.0)
        within = alike * np.sqrt(np.outer(within_variance, within_variance))
        fraction = np.where(np.isnan(asked), 0.0, n_both / np.fmax(asked, n_both))
        size = np.fmin(means.size[:, :, None], means.size[:, None, :])
        inverse_size = np.divide(1.0, size, out=np.zeros(size.shape), where=size > 0).sum(axis=0) / n_both
        covariance = n_both / np.outer(n, n) * ((1 - fraction) * between + fraction * within * inverse_size)
        sd = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(sd, sd)
    correlation[(n_both < PAIR_MEMBERS) | ~np.isfinite(correlation)] = 0.0
    correlation = np.clip((correlation + correlation.T) / 2, -1, 1)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _within_covariance(score: np.ndarray, member_of: np.ndarray, means: MemberMeans) -> np.ndarray:
    """Pooled covariance of respondents around their member's means; NaN where no member has two with both scores."""
    has = ~np.isnan(score)
    around = np.where(has, score - means.mean[member_of], 0.0)
    both = has[:, :, None] & has[:, None, :]
    starts = np.flatnonzero(np.diff(member_of, prepend=-1))
    df = both.sum(axis=0) - np.logical_or.reduceat(both, starts, axis=0).sum(axis=0)
    return np.divide(around.T @ around, df, out=np.full(df.shape, np.nan), where=df > 0)


def _column_means(mean: np.ndarray) -> np.ndarray:
    has = ~np.isnan(mean)
    return np.where(has, mean, 0.0).sum(axis=0) / np.maximum(has.sum(axis=0), 1)


def nearest_correlation(matrix: np.ndarray) -> np.ndarray:
    """The correlation matrix nearest in the Frobenius norm, by alternating projections (Higham 2002, algorithm 3.3).

    matrix (k, k) symmetric with unit diagonal; returned as it is where it is positive semidefinite.
    """
    if np.linalg.eigvalsh(matrix)[0] >= -EIGEN_SLACK:
        return matrix
    y, correction = matrix, np.zeros_like(matrix)
    for _ in range(HIGHAM_STEPS):
        shifted = y - correction
        values, vectors = np.linalg.eigh(shifted)
        x = (vectors * np.maximum(values, 0)) @ vectors.T
        correction = x - shifted
        previous, y = y, x.copy()
        np.fill_diagonal(y, 1.0)
        if np.abs(y - previous).max() < HIGHAM_TOLERANCE:
            break
    return y


def draw_scores(
    rng: np.random.Generator, score: np.ndarray, se: np.ndarray, df: np.ndarray, correlation: np.ndarray, draws: int
) -> np.ndarray:
    """Draws of true scores: normal draws with the given correlation, each margin turned into score + se t(df).

    score, se, df (scales,), NaN where a score has no interval; correlation (scales, scales).
    Returns (draws, scales), NaN for scales without an interval.
    """
    z = rng.standard_normal((draws, len(score)))
    known = np.isfinite(score) & np.isfinite(se) & np.isfinite(df)
    result = np.full(z.shape, np.nan)
    if known.any():
        inner = nearest_correlation(correlation[np.ix_(known, known)])
        values, vectors = np.linalg.eigh(inner)
        # The symmetric root: unlike the eigenvectors, it barely moves when rounding moves the matrix.
        root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
        # Unit length rows: whatever the last projection left over must not change a margin.
        root /= np.linalg.norm(root, axis=1, keepdims=True)
        normal = z[:, known] @ root.T
        result[:, known] = score[known] + se[known] * stdtrit(df[known], ndtr(normal))
    return result
