"""Where the search begins: one-factor loadings of each latent variable's own indicators, whichever sets its scale."""

from collections.abc import Sequence

import numpy as np

from scoring.sem.sample import Sample
from scoring.sem.table import ParameterTable, Row

ROUNDS = 5
LARGEST = 0.95  # of a loading or correlation at the start
SMALLEST = 0.1  # of the loading that sets a latent variable's scale
USUAL = np.sqrt(0.5)  # a loading of which nothing is known


def starting_values(table: ParameterTable, sample: Sample, *, alike: bool = False) -> np.ndarray:
    """Where estimation begins, shape (q,).

    Loadings by principal axes of each latent variable's own indicators, and correlations of the latent variables that
    follow from them; `alike` takes half of every variance for its own and no correlations instead, a second start.
    Both imply the same moments whichever loading or variance sets the scale.
    """
    start = np.zeros(table.n_free)
    starts = [_Starts(table, sample, g, alike=alike) for g in range(table.groups)]
    for row, free in reversed(list(zip(table.rows, table.free, strict=True))):
        if free >= 0:
            start[free] = row.start if row.start is not None else starts[row.group].of(row)
    return start


class _Starts:
    """Starting values of a group's parameters."""

    def __init__(self, table: ParameterTable, sample: Sample, group: int, *, alike: bool) -> None:
        self.cov, self.mean = sample.cov[group], sample.mean[group]
        self.places = {name: j for j, name in enumerate(table.observed)}
        self.sd = np.sqrt(np.diag(self.cov))
        self.alike = alike
        self.correlations = self.cov / np.outer(self.sd, self.sd)
        rows = [row for row in table.rows if row.group == group]
        self.indicators = {row.rhs for row in rows if row.op == "=~"}
        self.loads = {name: [row for row in rows if row.op == "=~" and row.lhs == name] for name in table.latent}
        self.scores = {name: self._axis(loads) for name, loads in self.loads.items()}
        self.unit = {
            row.lhs: float(np.sqrt(row.fixed))
            for row in rows
            if row.op == "~~" and row.lhs == row.rhs and row.lhs in self.loads and row.fixed
        }
        for name in table.latent:
            self._set_unit(name, ())

    def _axis(self, loads: Sequence[Row]) -> np.ndarray:
        """Loadings (p,) of a factor of variance 1, the first one's not negative; 0 elsewhere."""
        inside = [self.places[row.rhs] for row in loads if row.rhs in self.places]
        found = np.zeros(len(self.places))
        if not inside:
            return found
        part = self.correlations[np.ix_(inside, inside)].copy()
        loadings = np.where(part[0] < 0, -USUAL, USUAL)
        if not self.alike and len(inside) > 2:
            part.ravel()[:: len(part) + 1] = np.abs(part - np.eye(len(part))).max(axis=1)
            for _ in range(ROUNDS):
                values, vectors = np.linalg.eigh(part)
                loadings = np.clip(vectors[:, -1] * np.sqrt(max(values[-1], 0.01)), -LARGEST, LARGEST)
                part.ravel()[:: len(part) + 1] = loadings**2
        found[inside] = loadings if loadings[0] >= 0 else -loadings
        return found

    def _set_unit(self, name: str, above: tuple[str, ...]) -> None:
        """The standard deviation of a latent variable, which a fixed loading sets where the variance is not fixed."""
        if name in self.unit or name in above:
            return
        self.unit[name] = 1.0
        for row in self.loads[name]:
            if row.fixed:
                if row.rhs in self.places:
                    j = self.places[row.rhs]
                    size = self.scores[name][j]
                    size = np.copysign(max(abs(size), SMALLEST), size) * self.sd[j]
                else:
                    self._set_unit(row.rhs, (*above, name))
                    size = USUAL * self.unit.get(row.rhs, 1.0)
                self.unit[name] = float(size / row.fixed)
                return

    def of(self, row: Row) -> float:
        """A free parameter's starting value."""
        places = self.places
        if row.op == "~1":
            return float(self.mean[places[row.lhs]]) if row.lhs in places else 0.0
        if row.op == "=~":
            if row.rhs in places:
                j = places[row.rhs]
                return float(self.scores[row.lhs][j] * self.sd[j] / self.unit[row.lhs])
            return float(USUAL * self.unit[row.rhs] / self.unit[row.lhs])
        if row.op != "~~":
            return 0.0
        if row.lhs != row.rhs:
            if self.alike or row.lhs in places or row.rhs in places:
                return 0.0
            return self._correlation(row.lhs, row.rhs) * self.unit[row.lhs] * self.unit[row.rhs]
        if row.lhs in places:
            return float(self.cov[places[row.lhs], places[row.lhs]]) / 2
        return self.unit[row.lhs] ** 2 * (1 - USUAL**2 if row.lhs in self.indicators else 1.0)

    def _correlation(self, first: str, second: str) -> float:
        """Of two latent variables: the mean product of their indicators' correlations, loadings taken out."""
        a, b = self.scores[first], self.scores[second]
        apart = np.outer(np.where(b == 0, a, 0.0), np.where(a == 0, b, 0.0))
        squares = (apart**2).sum()
        value = (apart * self.correlations).sum() / squares if squares > 0 else 0.0
        return float(np.clip(value, -LARGEST, LARGEST))
