"""What a model defines with `:=`, over many sets of parameters at once."""

from collections.abc import Sequence

import numpy as np

from scoring.sem.syntax import evaluate
from scoring.sem.table import ParameterTable, Row


def defined_values(table: ParameterTable, rows: np.ndarray) -> np.ndarray:
    """Values (K, definitions) from those of every row of the table, (K, rows); NaN or infinite where there are none."""
    known = {row.label: rows[:, at] for at, row in reversed(list(enumerate(table.rows))) if row.label}
    found = np.empty((len(rows), len(table.definitions)))
    for at, one in enumerate(table.definitions):
        found[:, at] = evaluate(one.expression, known)
        known[one.name] = found[:, at]
    return found


def parameter_names(rows: Sequence[Row], free: np.ndarray, groups: Sequence[str]) -> list[str]:
    """A name for each free parameter: its label, or what it is and, with groups, of which, as in "x ~~ y [north]"."""
    names: dict[int, str] = {}
    for row, position in zip(rows, free.tolist(), strict=True):
        if position >= 0 and position not in names:
            where = f" [{groups[row.group]}]" if len(groups) > 1 else ""
            names[position] = row.label or f"{row.lhs} {row.op} {row.rhs}".rstrip() + where
    return [names[position] for position in sorted(names)]
