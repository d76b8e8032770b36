"""Score tests of the equality constraints of models of ordinal variables."""

from dataclasses import replace

import numpy as np

from scoring.sem.categorical.inference import spread
from scoring.sem.categorical.least_squares import all_slopes
from scoring.sem.categorical.problem import build_problem
from scoring.sem.categorical.task import CategoricalTask
from scoring.sem.least_squares.gains import gains
from scoring.sem.score_tests import ScoreTests, constraint_slopes, own_positions, released_rows


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
    clusters = task.answers.n_clusters
    found = gains(
        problem.target, implied, jacobian, slopes, sides, problem.total, task.npar,
        cov=spread(problem, task.samples, shared=task.answers.clusters is not None),
        reference_df=clusters - 1 if clusters else np.inf,
    )  # fmt: skip
    parameters = released_rows(whole.table, labels, rows, values, found.change, found.loose)
    return ScoreTests(found.chisq, found.df, found.p, found.constraints, parameters, found.scaled)
