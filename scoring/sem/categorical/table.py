"""The parameter table of a model with ordinal variables: thresholds, scale factors and what follows from the rest.

To the model as written are added, for every ordinal variable, what is unsaid: all thresholds, a scale factor of 1 and
an intercept of 0. Where thresholds are equal across groups, scales (delta) or residual variances (theta) and latent
means are free from the second group on, as lavaan sets them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scoring.sem.categorical.options import Parameterization
from scoring.sem.syntax import Model, Modifier, Term
from scoring.sem.table import ModelError, ParameterTable, TableOptions, parameter_table


@dataclass(frozen=True, eq=False)
class CategoricalTable:
    """A table with what its rows are.

    outcomes: observed variables but the covariates, in the order of the moments.   ordered: the ordinal ones.
    tested: how many of the last parameters are values that the model fixes, asked for their slopes.
    """

    table: ParameterTable
    outcomes: tuple[str, ...]
    ordered: tuple[str, ...]
    parameterization: Parameterization
    tested: int = 0

    @cached_property
    def thresholds(self) -> np.ndarray:
        """Which rows are thresholds. Shape (rows,)."""
        return np.array([row.op == "|" for row in self.table.rows])

    @cached_property
    def scales(self) -> np.ndarray:
        """Which rows are scale factors."""
        return np.array([row.op == "~*~" for row in self.table.rows])

    @cached_property
    def derived(self) -> np.ndarray:
        """Which rows follow from the others: residual variances with delta, scale factors with theta."""
        if self.parameterization == "theta":
            return self.scales
        ordered = frozenset(self.ordered)
        return np.array([row.op == "~~" and row.lhs == row.rhs and row.lhs in ordered for row in self.table.rows])

    @cached_property
    def own_threshold(self) -> np.ndarray:
        """Which rows are thresholds with a parameter that stands nowhere else: they fit whatever the rest is."""
        free = self.table.free
        uses = np.bincount(free[free >= 0], minlength=self.table.n_free)
        own = self.thresholds & (free >= 0) & (free < self.table.n_free - self.tested)
        own[own] = uses[free[own]] == 1
        if not self.table.constraints:
            return own
        unlabelled = np.array([not row.label for row in self.table.rows])
        return own & unlabelled


def categorical_table(
    model: Model, options: TableOptions, levels: Mapping[str, int], outcomes: Sequence[str],
    parameterization: Parameterization,
) -> CategoricalTable:  # fmt: skip
    """The complete table. levels: categories of every ordinal variable. Raises ModelError for a contradiction."""
    _check_terms(model.terms, levels, parameterization)
    ordered = tuple(name for name in outcomes if name in levels)
    completed = Model((*model.statements, *_unsaid(model, options, levels, ordered, parameterization)))
    table = parameter_table(completed, replace(options, meanstructure=True))
    found = CategoricalTable(table, tuple(outcomes), ordered, parameterization)
    # What follows from other parameters is none itself.
    position = np.where(found.derived, -1, table.free)
    return replace(found, table=replace(table, free=position))


def _unsaid(
    model: Model, options: TableOptions, levels: Mapping[str, int], ordered: Sequence[str],
    parameterization: Parameterization,
) -> list[Term]:  # fmt: skip
    said = {(term.lhs, term.op, term.rhs) for term in model.terms}
    freed = options.groups > 1 and "thresholds" in options.equal
    after_first = (Modifier("fix", (1.0, *([None] * (options.groups - 1)))),)
    one, none = (Modifier("fix", (1.0,)),), (Modifier("fix", (0.0,)),)
    delta = parameterization == "delta"
    added = [Term(y, "|", f"t{c}") for y in ordered for c in range(1, levels[y])]
    added += [Term(y, "~~", y, after_first if freed and not delta else one) for y in ordered]
    added += [Term(y, "~*~", y, after_first if freed and delta else one) for y in ordered]
    added += [Term(y, "~1", "", none) for y in ordered]
    if freed and "means" not in options.equal:
        means = (Modifier("fix", (0.0, *([None] * (options.groups - 1)))),)
        added += [Term(name, "~1", "", means) for name in model.latents]
    return [term for term in added if (term.lhs, term.op, term.rhs) not in said]


def _check_terms(terms: Sequence[Term], levels: Mapping[str, int], parameterization: Parameterization) -> None:
    for term in terms:
        where = f"Line {term.line}, column {term.column}:"
        if term.op in ("|", "~*~") and term.lhs not in levels:
            what = "threshold" if term.op == "|" else "scale factor"
            raise ModelError(f"{where} '{term.lhs}' is given a {what} and is not among the ordered variables.")
        if term.op == "|":
            number = term.rhs[1:]
            if not number.isdigit() or not 0 < int(number) < levels[term.lhs]:
                raise ModelError(
                    f"{where} '{term.lhs}' has {levels[term.lhs]} categories and so the thresholds t1 to "
                    f"t{levels[term.lhs] - 1}; '{term.rhs}' is none of them."
                )
        own_variance = term.op == "~~" and term.lhs == term.rhs and term.lhs in levels
        if own_variance and parameterization == "delta":
            raise ModelError(
                f"{where} with parameterization='delta' the residual variance of the ordered '{term.lhs}' follows from "
                "the rest. Take parameterization='theta' to model it."
            )
        if term.op == "~*~" and parameterization == "theta":
            raise ModelError(
                f"{where} with parameterization='theta' the scale factor of '{term.lhs}' follows from the rest. "
                "Take parameterization='delta' to model it."
            )
