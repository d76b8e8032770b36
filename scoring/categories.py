"""What a cell of the answers can hold: the values of the response scales and the kinds of missing."""

from dataclasses import dataclass

import numpy as np

from instrument.definition import Instrument


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """Everything a cell can hold, as columns of a count: values of all scales, missing codes, and three more.

    labels: what each column is called in a frame.   values (values,): the numbers on the scales, first columns.
    pomp (items, values): what a value is worth on each item, reversed items turned; NaN off the item's scale.
    lookup: the column of each number from `lookup_offset` on.
    """

    labels: tuple[str, ...]
    values: np.ndarray
    pomp: np.ndarray
    lookup: np.ndarray
    lookup_offset: int

    @property
    def n_values(self) -> int:
        return len(self.values)

    @property
    def blank(self) -> int:
        return self.labels.index("blank")

    @property
    def not_asked(self) -> int:
        return self.labels.index("not_asked")

    @property
    def self_view(self) -> int:
        return self.labels.index("self_view")

    @property
    def not_applicable(self) -> int:
        """Position of code 97, -1 where the instrument has none."""
        return self.labels.index("97") if "97" in self.labels else -1


def categories_of(instrument: Instrument) -> Categories:
    """The categories of an instrument, values first."""
    scales = [instrument.scale_of_item(item) for item in instrument.items]
    values = np.arange(min(s.min for s in scales), max(s.max for s in scales) + 1)
    codes = sorted(instrument.missing)
    labels = (*map(str, values), *map(str, codes), "blank", "not_asked", "self_view")
    low, high = (np.array([[getattr(scale, end)] for scale in scales], dtype=float) for end in ("min", "max"))
    turned = np.array([[item.reverse] for item in instrument.items])
    pomp = 100 * np.where(turned, high - values, values - low) / (high - low)
    pomp[(values < low) | (values > high)] = np.nan
    every = [*values.tolist(), *codes]
    lookup = np.full(max(every) - min(every) + 1, len(every), dtype=np.uint8)
    lookup[np.array(every) - min(every)] = np.arange(len(every))
    return Categories(labels, values, pomp, lookup, min(every))
