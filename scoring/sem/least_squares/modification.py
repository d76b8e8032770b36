"""Modification indices of least squares: the score test of each parameter that a model fixes or leaves out."""

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from scoring.sem.least_squares.moments import implied_slopes
from scoring.sem.least_squares.search import times
from scoring.sem.least_squares.task import LeastSquares
from scoring.sem.modification import TOLD_APART, extended
from scoring.sem.standardised import scales


def modification_indices(theta: np.ndarray, ls: LeastSquares) -> pd.DataFrame:
    """mi = g^2 / v, the drop of the chi-square, and epc = g / v, the change, that freeing a parameter would bring.

    theta (q,). With e the residuals of the moments, W the weights of T = e'We, and d the slopes of the moments in the
    parameter less what the free parameters explain of them in the metric of W: g = d'We, v = d'Wd (Sorbom 1989).

    Where W is not the inverse covariance matrix Omega of the moments (ULS, DWLS and their robust forms), mi follows no
    chi-square distribution. mi_scaled = g^2 / (d'W Omega W d), the generalised score statistic (Boos 1992, American
    Statistician 46), has one with 1 df where the model holds; it is mi for GLS and WLS. p is its tail.

    Parameters that could not be identified are left out. Columns: group, lhs, op, rhs, mi, p, epc, sepc_lv, sepc_all,
    mi_scaled; the largest mi first.
    """
    task, q = ls.task, len(theta)
    rows, value, problem = extended(task)
    full = np.concatenate([theta, value])
    values, jacobian = implied_slopes(full, problem, ls.at)
    weight = ls.target.weight * task.sample.total
    inner, tested = jacobian[:, :q] @ task.held.basis, jacobian[:, q:]
    pulled = times(weight, inner)
    left = tested - inner @ np.linalg.solve(inner.T @ pulled, pulled.T @ tested)
    drawn = times(weight, left)
    information = (left * drawn).sum(axis=0)
    kept = np.flatnonzero(information > TOLD_APART * (tested * times(weight, tested)).sum(axis=0))
    score, information = drawn[:, kept].T @ (ls.target.values - values), information[kept]
    epc = score / information
    mi = score * epc
    scaled = mi if ls.recipe.efficient else score**2 / (drawn[:, kept] * (ls.cov @ drawn[:, kept])).sum(axis=0)
    of_latent, of_all = scales(full, problem)
    at = np.flatnonzero(problem.at.free >= q)
    place = at[np.argsort(problem.at.free[at])][kept]
    chosen = [rows[k] for k in kept]
    frame = pd.DataFrame({
        "group": [task.sample.labels[row.group] for row in chosen],
        "lhs": [row.lhs for row in chosen],
        "op": [row.op for row in chosen],
        "rhs": [row.rhs for row in chosen],
        "mi": mi,
        "p": chdtrc(1, scaled),
        "epc": epc,
        "sepc_lv": epc * of_latent[place],
        "sepc_all": epc * of_all[place],
        "mi_scaled": scaled,
    })  # fmt: skip
    return frame.sort_values("mi", ascending=False, kind="stable", ignore_index=True)
