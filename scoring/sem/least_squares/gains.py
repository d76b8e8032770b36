"""What releasing equality constraints would take off a sum of weighted squares."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc, stdtr

from scoring.sem.curvature import RANK
from scoring.sem.least_squares.search import Target, times
from scoring.sem.score_tests import all_released, directions, each


class Gains(NamedTuple):
    """The fields of `ScoreTests`, and of each row when all is released its change (rows,) and whether it is loose."""

    chisq: float
    df: int
    p: float
    constraints: pd.DataFrame
    scaled: float | None
    change: np.ndarray
    loose: np.ndarray


def gains(
    target: Target, implied: np.ndarray, jacobian: np.ndarray, slopes: np.ndarray, sides: Sequence[tuple[str, str]],
    total: float, npar: int, *, cov: np.ndarray | None, reference_df: float,
) -> Gains:  # fmt: skip
    """Score tests of constraints whose slopes are (constraints, rows) and whose two sides are in words.

    implied (m,), jacobian (m, rows): moments and their slopes in the rows' own parameters.   npar: free parameters
    within the constraints.   cov (m, m): covariance matrix of the moments, None where the weight is its inverse and
    gains are chi-squares.   reference_df: of t, of a single test.
    """
    weighed, away = times(target.weight, jacobian), target.values - implied
    information, score = jacobian.T @ weighed, weighed.T @ away
    frame = pd.DataFrame(sides, columns=["lhs", "rhs"]).join(each(score, information, slopes, total))
    change, loose, rank = all_released(score, information)
    chisq, df, scaled = total * float(score @ change), rank - npar, None
    if cov is not None:
        pulled = total * weighed @ directions(information, slopes)[0]
        gain, variance = pulled.T @ away, pulled.T @ cov @ pulled
        frame["chisq_scaled"] = np.where(frame["chisq"].isna(), np.nan, gain**2 / np.diag(variance))
        frame["p"] = 2 * stdtr(reference_df, -np.sqrt(frame["chisq_scaled"].to_numpy()))
        scaled = _together(gain, variance, df)
    p = float(chdtrc(df, chisq if scaled is None else scaled)) if df > 0 else np.nan
    frame = frame.sort_values("chisq", ascending=False, kind="stable", ignore_index=True)
    return Gains(chisq, df, p, frame, scaled, change, loose)


def _together(gain: np.ndarray, variance: np.ndarray, df: int) -> float:
    """g'V^- g over the df largest directions of V in the units of its diagonal."""
    told = np.diag(variance) > RANK * np.diag(variance).max(initial=0.0)
    scale = 1 / np.sqrt(np.diag(variance)[told])
    sizes, vectors = np.linalg.eigh(variance[np.ix_(told, told)] * np.outer(scale, scale))
    kept = slice(len(sizes) - df, None)
    return float(((vectors[:, kept].T @ (scale * gain[told])) ** 2 / sizes[kept]).sum())
