"""The panel as the steps of this part read it: scales, their items, and moments of the answers and of draws."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from scoring.validation.panel import Panel
from scoring.validation.part import StudyOptions
from scoring.validation.reliability.intervals import FEWEST_UNITS
from scoring.validation.reliability.moments import PairMoments, draw_counts, pair_moments, within_moments

UNIT = "unit"  # column of a panel's frame


@dataclass(frozen=True, eq=False)
class ScaleAnswers:
    """A panel and how much is to be computed."""

    panel: Panel
    options: StudyOptions

    @cached_property
    def scales(self) -> dict[str, tuple[str, ...]]:
        """Scales that claim to be one thing and have two items or more."""
        return {name: items for name, items in self.panel.reflective.items() if len(items) > 1}

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Items of all scales."""
        return self.items_of(self.scales)

    @cached_property
    def places(self) -> dict[str, np.ndarray]:
        """Positions of each scale's items among `items`."""
        return self.places_in(self.scales)

    @cached_property
    def sound(self) -> tuple[str, ...]:
        """Scales whose items vary and were answered together."""
        cor = self.sample.cor[0] if self.scales else np.empty((0, 0))
        return tuple(name for name, at in self.places.items() if np.isfinite(cor[np.ix_(at, at)]).all())

    def items_of(self, scales: Iterable[str]) -> tuple[str, ...]:
        """Items of some scales, each once: a stage may be part of a construct."""
        return tuple(dict.fromkeys(item for name in scales for item in self.scales[name]))

    def places_in(self, scales: Iterable[str]) -> dict[str, np.ndarray]:
        """Positions of each of some scales' items among `items_of` these."""
        names = tuple(scales)
        at = {item: j for j, item in enumerate(self.items_of(names))}
        return {name: np.array([at[item] for item in self.scales[name]]) for name in names}

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Scales that share no item."""
        return [(a, b) for a, b in combinations(self.scales, 2) if not set(self.scales[a]) & set(self.scales[b])]

    @cached_property
    def values(self) -> np.ndarray:
        """Answers to `items`, (n, p)."""
        return self.panel.keyed[:, self.panel.columns(self.items)]

    @property
    def units(self) -> int:
        """What is drawn: units, or respondents where there are none."""
        return self.panel.n_units

    @property
    def unit(self) -> str | None:
        """The column that respondents are nested by, None where they are not or there is one unit."""
        return UNIT if self.panel.nested and self.units > 1 else None

    def counts(self, step: str, draws: int) -> np.ndarray:
        """Draws of units, (K, J); none where there are too few units to draw from."""
        rng = np.random.default_rng([self.options.seed, zlib.crc32(f"reliability.{step}".encode())])
        return draw_counts(rng, draws if self.units >= FEWEST_UNITS else 0, self.units)

    @cached_property
    def drawn(self) -> np.ndarray:
        """The draws of all coefficients of covariances, (K, J)."""
        return self.counts("draws", self.options.draws)

    @cached_property
    def sample(self) -> PairMoments:
        return pair_moments(self.values, self.panel.unit, np.ones((1, self.units)))

    @cached_property
    def draws(self) -> PairMoments:
        return pair_moments(self.values, self.panel.unit, self.drawn)

    @cached_property
    def within(self) -> tuple[PairMoments, PairMoments] | None:
        """Moments within units, of the answers and of the draws; None without units."""
        if self.unit is None:
            return None
        codes, whole = self.panel.unit, np.ones((1, self.units))
        return within_moments(self.values, codes, whole), within_moments(self.values, codes, self.drawn)

    def answered(self, scale: str) -> np.ndarray:
        """Whether a respondent answered any item of a scale, (n,)."""
        return np.asarray(~np.isnan(self.values[:, self.places[scale]]).all(axis=1))

    def sizes(self, scale: str) -> dict[str, int]:
        """Respondents, units and items of a scale, and the least respondents behind one pair of items."""
        rows, inside = self.answered(scale), self.sample.of(self.places[scale])
        return {
            "n": int(rows.sum()),
            "n_units": len(np.unique(self.panel.unit[rows])),
            "n_items": len(self.scales[scale]),
            "n_pair": int(inside.n.min()),
        }
