"""Where the search begins: one-factor loadings of each latent variable's own indicators."""

from collections.abc import Sequence

import numpy as np

from scoring.sem.categorical.data import GroupSample
from scoring.sem.categorical.table import CategoricalTable
from scoring.sem.ordinal import Layout
from scoring.sem.table import Row

ROUNDS = 10
LARGEST = 0.95  # of a loading or correlation at the start


def starting_values(whole: CategoricalTable, samples: Sequence[GroupSample], layout: Layout) -> np.ndarray:
    """Where estimation begins, shape (q,)."""
    table = whole.table
    places = {name: j for j, name in enumerate(whole.outcomes)}
    start = np.zeros(table.n_free)
    starts = [_Starts(whole, sample, g, places, layout) for g, sample in enumerate(samples)]
    for row, free in reversed(list(zip(table.rows, table.free, strict=True))):
        if free >= 0:
            start[free] = row.start if row.start is not None else starts[row.group].of(row)
    return start


class _Starts:
    """Starting values of a group's parameters."""

    def __init__(
        self, whole: CategoricalTable, sample: GroupSample, group: int, places: dict[str, int], layout: Layout
    ) -> None:
        self.places, self.layout, self.moments = places, layout, sample.moments
        self.sd = np.sqrt(sample.moments.margins.variance)
        self.correlations = sample.moments.covariances / np.outer(self.sd, self.sd)
        rows = [row for row in whole.table.rows if row.group == group]
        self.scores = {name: self._axis(name, rows) for name in whole.table.latent}
        unit = {row.lhs for row in rows if row.op == "~~" and row.lhs == row.rhs and row.fixed == 1.0}
        self.unit = {name: self._unit(name, rows) for name in whole.table.latent if name not in unit}

    def _axis(self, name: str, rows: Sequence[Row]) -> np.ndarray:
        """Loadings (p,) of a factor of variance 1 by principal axes, the first one's not negative; 0 elsewhere."""
        inside = [self.places[row.rhs] for row in rows if row.op == "=~" and row.lhs == name and row.rhs in self.places]
        found = np.zeros(len(self.places))
        if len(inside) < 2:
            found[inside] = 0.7
            return found
        part = self.correlations[np.ix_(inside, inside)].copy()
        np.fill_diagonal(part, np.abs(part - np.eye(len(part))).max(axis=1))
        for _ in range(ROUNDS):
            values, vectors = np.linalg.eigh(part)
            loadings = np.clip(vectors[:, -1] * np.sqrt(max(values[-1], 0.01)), -LARGEST, LARGEST)
            np.fill_diagonal(part, loadings**2)
        found[inside] = loadings if loadings[0] >= 0 else -loadings
        return found

    def _unit(self, name: str, rows: Sequence[Row]) -> float:
        """Standard deviation of a latent variable whose scale a fixed loading sets."""
        for row in rows:
            if row.op == "=~" and row.lhs == name and row.rhs in self.places and row.fixed:
                j = self.places[row.rhs]
                loading = self.scores[name][j] * self.sd[j] / row.fixed
                return float(loading) if abs(loading) > 0.1 else float(np.copysign(0.1, loading))
        return 0.7

    def of(self, row: Row) -> float:
        """A free parameter's starting value."""
        places = self.places
        if row.op == "|":
            return float(self.moments.values[self.layout.first[places[row.lhs]] + int(row.rhs[1:]) - 1])
        if row.op == "~*~":
            return 1.0
        if row.op == "~1":
            return float(self.moments.margins.mean[places[row.lhs]]) if row.lhs in places else 0.0
        if row.op == "=~":
            if row.rhs not in places:
                return 0.7
            j = places[row.rhs]
            return float(self.scores[row.lhs][j] * self.sd[j] / self.unit.get(row.lhs, 1.0))
        if row.op != "~~":
            return 0.0
        if row.lhs != row.rhs:
            if row.lhs in places or row.rhs in places:
                return 0.0
            return self._correlation(row.lhs, row.rhs) * self.unit.get(row.lhs, 1.0) * self.unit.get(row.rhs, 1.0)
        if row.lhs in places:
            return float(self.moments.margins.variance[places[row.lhs]]) / 2
        return self.unit.get(row.lhs, 1.0) ** 2

    def _correlation(self, first: str, second: str) -> float:
        """Of two latent variables: the mean product of their indicators' correlations, loadings taken out."""
        a, b = self.scores[first], self.scores[second]
        apart = np.outer(a, b) * ((a == 0) | (b == 0))[:, None] if (a * b).any() else np.outer(a, b)
        squares = (apart**2).sum()
        value = (apart * self.correlations).sum() / squares if squares > 0 else 0.0
        return float(np.clip(value, -LARGEST, LARGEST))
