"""From a parameter table and a sample to the numbers that estimation works on."""

from dataclasses import dataclass

import numpy as np

from scoring.sem.likelihood import Problem
from scoring.sem.sample import Sample
from scoring.sem.structure import DIRECTED, INTERCEPT, SYMMETRIC, entries
from scoring.sem.syntax import Constraint, Expression, evaluate, gradient, names
from scoring.sem.syntax.written import written
from scoring.sem.table import ModelError, ParameterTable, Row

KIND = {"=~": DIRECTED, "~": DIRECTED, "~~": SYMMETRIC, "~1": INTERCEPT}
LINEAR = 1e-9  # change of a constraint's slope between two points that still counts as none


def build_problem(table: ParameterTable, sample: Sample, *, meanstructure: bool) -> Problem:
    """The problem of a sample; moments of covariates are fixed to the sample's."""
    cov = sample.cov
    mean = sample.mean if meanstructure else np.zeros(cov.shape[:2])
    at = {name: position for position, name in enumerate(table.variables)}
    kind, to, source, value = (np.empty(len(table.rows)) for _ in range(4))
    for number, row in enumerate(table.rows):
        if row.op not in KIND:
            raise ModelError(f"'{row.lhs} {row.op} {row.rhs}' is of categories: name {row.lhs} in ordered=.")
        kind[number] = KIND[row.op]
        # "f =~ x": f has an effect on x; "y ~ x": x on y.
        left, right = at[row.lhs], at[row.rhs] if row.rhs else 0
        to[number], source[number] = (right, left) if row.op == "=~" else (left, right)
        value[number] = _fixed_value(row, left, right, cov, mean)
    group = np.array([row.group for row in table.rows])
    return Problem(
        at=entries(kind, to.astype(int), source.astype(int), table.free, value, len(at)),
        bounds=np.searchsorted(group, np.arange(table.groups + 1)),
        n_observed=len(table.observed),
        n_variables=len(at),
        cov=cov,
        mean=mean,
        log_det=np.linalg.slogdet(cov)[1] if sample.saturated is None else sample.saturated - cov.shape[1],
        share=sample.n / sample.total,
        patterns=sample.patterns,
    )


def _fixed_value(row: Row, left: int, right: int, cov: np.ndarray, mean: np.ndarray) -> float:
    if row.exogenous:
        return float(mean[row.group, left] if row.op == "~1" else cov[row.group, left, right])
    return 0.0 if row.fixed is None else row.fixed


@dataclass(frozen=True, slots=True, eq=False)
class Restriction:
    """Linear equality constraints: theta = basis x + shift. basis (q, r), shift (q,)."""

    basis: np.ndarray
    shift: np.ndarray


def restriction(table: ParameterTable) -> Restriction:
    """The free parameters that `==` leaves. Raises ModelError for constraints that are not linear or contradict."""
    q = table.n_free
    if not table.constraints:
        return Restriction(np.eye(q), np.zeros(q))
    slope, offset = equations(table)
    shift, _, rank, _ = np.linalg.lstsq(slope, -offset, rcond=None)
    if not np.allclose(slope @ shift, -offset):
        raise ModelError("The constraints given with == contradict each other.")
    _, _, vt = np.linalg.svd(slope)
    # Contiguous as the identity above is, because compiled code exists once for each memory layout.
    return Restriction(np.ascontiguousarray(vt[rank:].T), shift)


def equations(table: ParameterTable) -> tuple[np.ndarray, np.ndarray]:
    """What `==` sets to zero: slopes (constraints, q) times the free parameters, plus offsets (constraints,).

    Raises ModelError for what is not linear.
    """
    position = {row.label: free for row, free in zip(table.rows, table.free, strict=True) if row.label and free >= 0}
    constants = {row.label: row.fixed for row in table.rows if row.label and row.fixed is not None}
    found = [_linear(one, position, constants, table.n_free) for one in table.constraints]
    slopes = np.array([slope for slope, _ in found]).reshape(len(found), table.n_free)
    return slopes, np.array([offset for _, offset in found])


def _linear(one: Constraint, position: dict[str, int], constants: dict[str, float], q: int) -> tuple[np.ndarray, float]:
    """Coefficients and constant of left - right. constants: values of labels whose parameters are fixed."""
    used = sorted({*names(one.left), *names(one.right)} - set(constants))
    unknown = [name for name in used if name not in position]
    if unknown:
        raise ModelError(f"Line {one.line}: '{unknown[0]}' is no label of a free parameter.")
    points = [
        constants | dict.fromkeys(used, 0.3), constants | {name: 0.7 + 0.1 * k for k, name in enumerate(used)}
    ]  # fmt: skip
    slopes = [{name: _slope(one.left, name, at) - _slope(one.right, name, at) for name in used} for at in points]
    if any(abs(slopes[0][name] - slopes[1][name]) > LINEAR for name in used):
        raise ModelError(
            f"Line {one.line}: '{written(one.left)} == {written(one.right)}' is not linear in the parameters, and only "
            "linear equality constraints can be held: sums of labels times numbers, as in 'a == 2*b + c - 1'. With := "
            "a function of any kind can be defined, which gives its estimate and standard error."
        )
    coefficients = np.zeros(q)
    for name in used:
        coefficients[position[name]] += slopes[0][name]
    at_first = float(evaluate(one.left, points[0]) - evaluate(one.right, points[0]))
    return coefficients, at_first - sum(slopes[0][name] * points[0][name] for name in used)


def _slope(expression: Expression, name: str, at: dict[str, float]) -> float:
    return float(gradient(expression, at).get(name, 0.0))
