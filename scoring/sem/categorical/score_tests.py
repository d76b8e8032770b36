"""Score tests of the equality constraints of models of ordinal variables."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import chdtrc, stdtr

from scoring.sem.categorical.inference import spread
from scoring.sem.categorical.least_squares import all_slopes
from scoring.sem.categorical.problem import build_problem
from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.curvature import RANK
from scoring.sem.least_squares.search import times
from scoring.sem.score_tests import (
    ScoreTests,
    all_released,
    constraint_slopes,
    directions,
    each,
    own_positions,
    released_rows,
)


def score_tests(theta: np.ndarray, task: CategoricalTask) -> ScoreTests:
    """What releasing constraints would take off the chi-square, as `modification.modification_indices` counts it.

    With e the residuals of all moments, W their weights, D their slopes in the rows' own parameters and d the direction
    that releasing a constraint adds (`score_tests.directions`): chisq = (d'D'We)^2 / (d'D'WDd), scaled (d'D'We)^2 /
    (d'D'W Omega WDd) with the covariance matrix Omega of the moments; all together g'V^- g of the same directions
    (White 1982, Econometrica 50; Boos 1992, American Statistician 46). With J clusters a single constraint's p is from
    t with J - 1 degrees of freedom. theta (q,). Raises ModelError for a model without equality constraints.
    """
    whole, labels = task.whole, task.answers.labels
    rows = np.flatnonzero(whole.table.free >= 0)
    slopes, sides = constraint_slopes(whole.table, labels, rows)
    values = theta[whole.table.free[rows]]
    # As "tested" no threshold is left out of the moments, so that those that are held equal can be told apart.
    apart = replace(whole, table=replace(whole.table, free=own_positions(whole.table, rows)), tested=len(rows))
    recipe = task.options.recipe
    problem = build_problem(
        apart, task.samples, task.problem.layout, task.answers.groups[0].levels, weighted=recipe.weighted,
        labels=labels if recipe.full else (),
    )  # fmt: skip
    implied, jacobian = all_slopes(values, problem.model)
    weighed, total = times(problem.target.weight, jacobian), problem.total
    information, score = jacobian.T @ weighed, weighed.T @ (problem.target.values - implied)
    frame = pd.DataFrame(sides, columns=["lhs", "rhs"]).join(each(score, information, slopes, total))
    pulled = total * weighed @ directions(information, slopes)[0]
    cov = spread(problem, task.samples, shared=task.answers.clusters is not None)
    gain, variance = pulled.T @ (problem.target.values - implied), pulled.T @ cov @ pulled
    frame["chisq_scaled"] = np.where(frame["chisq"].isna(), np.nan, gain**2 / np.diag(variance))
    clusters = task.answers.n_clusters
    frame["p"] = 2 * stdtr(clusters - 1 if clusters else np.inf, -np.sqrt(frame["chisq_scaled"].to_numpy()))
    change, loose, rank = all_released(score, information)
    df = rank - task.npar
    scaled = _together(gain, variance, df)
    return ScoreTests(
        total * float(score @ change), df, float(chdtrc(df, scaled)) if df > 0 else np.nan,
        frame.sort_values("chisq", ascending=False, kind="stable", ignore_index=True),
        released_rows(whole.table, labels, rows, values, change, loose), scaled,
    )  # fmt: skip


def _together(gain: np.ndarray, variance: np.ndarray, df: int) -> float:
    """g'V^- g over the df largest directions of V in the units of its diagonal."""
    told = np.diag(variance) > RANK * np.diag(variance).max(initial=0.0)
    scale = 1 / np.sqrt(np.diag(variance)[told])
    sizes, vectors = np.linalg.eigh(variance[np.ix_(told, told)] * np.outer(scale, scale))
    kept = slice(len(sizes) - df, None)
    return float(((vectors[:, kept].T @ (scale * gain[told])) ** 2 / sizes[kept]).sum())
