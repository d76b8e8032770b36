"""The order in which the sample moments stand: lavaan's."""

from dataclasses import dataclass

import numpy as np

from scoring.sem.ordinal.data import OrdinalData


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where each moment stands in the vector (m,), in lavaan's order.

    Thresholds (for a continuous variable minus its mean) by variable; slopes by covariate, then variable; variances of
    the continuous variables; covariances column by column below the diagonal.
    first (p,): place of a variable's first threshold.   slopes, variances, covariances: places where the blocks begin.
    pairs (p(p-1)/2, 2): the two variables of each covariance.
    """

    first: np.ndarray
    slopes: int
    variances: int
    covariances: int
    pairs: np.ndarray
    continuous: np.ndarray
    covariates: int

    @property
    def size(self) -> int:
        return self.covariances + len(self.pairs)

    def of_variable(self, j: int) -> np.ndarray:
        """Places of variable j's own parameters: thresholds and slopes, or mean, slopes and variance."""
        end = self.first[j + 1] if j + 1 < len(self.first) else self.slopes
        slopes = self.slopes + j + len(self.first) * np.arange(self.covariates)
        variance = self.variances + np.flatnonzero(self.continuous == j)
        return np.concatenate([np.arange(self.first[j], end), slopes, variance])


def layout_of(data: OrdinalData) -> Layout:
    """The order of the moments of these data."""
    p, q = len(data.names), data.x.shape[1]
    widths = np.maximum(data.levels - 1, 1)
    continuous = np.flatnonzero(data.levels == 0)
    first, second = np.triu_indices(p, 1)
    slopes = int(widths.sum())
    variances = slopes + p * q
    return Layout(
        first=np.cumsum(widths) - widths,
        slopes=slopes,
        variances=variances,
        covariances=variances + len(continuous),
        pairs=np.column_stack([first, second]),
        continuous=continuous,
        covariates=q,
    )


def moment_parts(data: OrdinalData) -> list[tuple[str, str, str]]:
    """What each moment is of, as rows of a model: y | t1, y ~1, y ~ x, y ~~ y, y ~~ z."""
    parts = [
        part
        for name, levels in zip(data.names, data.levels, strict=True)
        for part in ([(name, "|", f"t{c}") for c in range(1, levels)] if levels else [(name, "~1", "")])
    ]
    parts += [(name, "~", x) for x in data.covariates for name in data.names]
    layout = layout_of(data)
    parts += [(data.names[j], "~~", data.names[j]) for j in layout.continuous]
    return parts + [(data.names[i], "~~", data.names[j]) for i, j in layout.pairs]


def moment_names(data: OrdinalData) -> list[str]:
    """lavaan's names of the moments: y|t1, y~1 (minus the mean), y~x, y~~y, y~~z."""
    return ["".join(part) for part in moment_parts(data)]


def tabular_pairs(data: OrdinalData, layout: Layout) -> np.ndarray:
    """Which pairs are two ordinal variables without covariates, so that their table says all."""
    if layout.covariates:
        return np.zeros(len(layout.pairs), dtype=bool)
    return (data.levels[layout.pairs] > 0).all(axis=1)
