"""What is drawn: respondents within groups, or whole clusters; always with replacement."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.sem.sample import DataError

FEWEST_CLUSTERS = 5  # four clusters have 35 different resamples, of which no quantile can be read


@dataclass(frozen=True, eq=False)
class Resampling:
    """Rows by group and the seed that all draws follow from.

    weights: (n_g,) per group, how often each row counts.   clusters: (n_g,) codes 0 .. J-1 counted over all groups, or
    None.

    Without clusters, as many respondents as there are of each group are drawn from it; a row of weight w is w of them.
    With clusters, J of them are drawn over all groups together, since a cluster may have members in several, and a
    cluster drawn twice is two clusters (Davison & Hinkley 1997, section 3.8); its rows keep their weights.
    Raises DataError for fewer than five clusters, and for weights that are no counts where there are no clusters.
    """

    weights: tuple[np.ndarray, ...]
    clusters: tuple[np.ndarray, ...] | None
    seed: int

    def __post_init__(self) -> None:
        if self.clusters is not None:
            if self.n_clusters < FEWEST_CLUSTERS:
                raise DataError(
                    f"{self.n_clusters} clusters are too few to resample: {FEWEST_CLUSTERS} are the least, and thirty "
                    "or more are needed for intervals that hold what they say."
                )
        elif any((weight != np.floor(weight)).any() for weight in self.weights):
            raise DataError(
                "Rows with weights that are no whole numbers are not so many respondents, which could be drawn. Give "
                "cluster= a column that numbers the clusters, or the rows, of the sample."
            )

    @cached_property
    def n_clusters(self) -> int:
        """J, 0 without clusters."""
        return 0 if self.clusters is None else int(max(code.max() for code in self.clusters)) + 1

    @cached_property
    def alike(self) -> bool:
        """Whether every row counts once."""
        return all((weight == 1).all() for weight in self.weights)

    def draw(self, first: int, last: int) -> tuple[np.ndarray, ...]:
        """How often each row counts in resamples first to last - 1: (last - first, n_g) per group.

        Each resample has a random generator of its own, so that it is the same whatever else is drawn.
        """
        drawn = [self._one(number) for number in range(first, last)]
        return tuple(np.array(part) for part in zip(*drawn, strict=True))

    def _one(self, number: int) -> list[np.ndarray]:
        # The numberth of the streams that SeedSequence(seed).spawn() would give.
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(number,)))
        if self.clusters is not None:
            times = _counts(rng, self.n_clusters)
            return [weight * times[code] for weight, code in zip(self.weights, self.clusters, strict=True)]
        if self.alike:
            return [_counts(rng, len(weight)) for weight in self.weights]
        return [rng.multinomial(round(weight.sum()), weight / weight.sum()).astype(float) for weight in self.weights]


def _counts(rng: np.random.Generator, n: int) -> np.ndarray:
    """How often each of n is among n drawn, (n,)."""
    return np.bincount(rng.integers(0, n, size=n), minlength=n).astype(float)
