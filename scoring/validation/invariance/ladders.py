"""Ladders of measurement invariance as model syntax: one factor, several groups, more held equal step by step.

Each item has a rung of its own: it takes part in the restrictions up to that rung and in no later one. A model is thus
given by the rung of the ladder that it stands on and the rungs at which items were freed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

FACTOR = "the_factor"  # name of the factor in the syntax; ids of items have no underscore

Kind = Literal["continuous", "ordinal", "waves"]


class Continuous(IntEnum):
    """Rungs where answers count as numbers (Meredith 1993)."""

    CONFIGURAL = 0
    METRIC = 1
    SCALAR = 2
    STRICT = 3


class Ordinal(IntEnum):
    """Rungs where answers are categories (Wu & Estabrook 2016)."""

    CONFIGURAL = 0
    THRESHOLDS = 1
    LOADINGS = 2
    INTERCEPTS = 3
    RESIDUALS = 4


Rung = Continuous | Ordinal
# What a rung holds equal, as the operator of its parameters. By kind, as rungs of two kinds are equal as numbers.
HOLDS: dict[Kind, dict[int, str]] = {
    "continuous": {Continuous.METRIC: "=~", Continuous.SCALAR: "~1", Continuous.STRICT: "~~"},
    "waves": {Continuous.METRIC: "=~", Continuous.SCALAR: "~1", Continuous.STRICT: "~~"},
    "ordinal": {Ordinal.THRESHOLDS: "|", Ordinal.LOADINGS: "=~", Ordinal.INTERCEPTS: "~1", Ordinal.RESIDUALS: "~~"},
}


@dataclass(frozen=True, slots=True)
class Ladder:
    """What is compared.

    kind: groups compared on "continuous" or "ordinal" answers; "waves": occasions of the same people, whose answers are
    columns of their own (`occasion_syntax`).   items: ids.   n_groups: groups or occasions, at least two.
    thresholds: of each item with ordinal answers, categories less one; empty otherwise.
    """

    kind: Kind
    items: tuple[str, ...]
    n_groups: int
    thresholds: Mapping[str, int]

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The rungs that are models of their own, in order; the others are in `equivalent`."""
        every: tuple[Rung, ...] = tuple(Ordinal) if self.kind == "ordinal" else tuple(Continuous)
        return tuple(rung for rung in every if rung not in self.equivalent)

    @property
    def equivalent(self) -> dict[Rung, str]:
        """Rungs that restrict nothing beyond the one before, with the reason.

        Three categories have two thresholds, which set a location and a scale; with two categories neither the
        distance of thresholds nor, without another item that tells the factor's variance, a loading can be compared
        (Wu & Estabrook 2016, propositions 4 to 12).
        """
        if self.kind != "ordinal":
            return {}
        most = max(self.thresholds.values())
        several = sum(count > 1 for count in self.thresholds.values())
        found: dict[Rung, str] = {}
        if most < 3:
            found[Ordinal.THRESHOLDS] = f"equivalent to configural: no item has more than {most + 1} categories"
        if several < 2:
            found[Ordinal.LOADINGS] = "cannot be told apart from thresholds: items have two categories"
        return found

    @property
    def tested(self) -> tuple[Rung, ...]:
        """The rungs that are tested on the way to the top."""
        return tuple(rung for rung in self.rungs[1:] if rung <= self.top)

    @property
    def top(self) -> Rung:
        """The rung from which on means of the factor may be compared."""
        return Ordinal.INTERCEPTS if self.kind == "ordinal" else Continuous.SCALAR

    @property
    def loadings(self) -> Rung:
        """The rung of equal loadings."""
        return Ordinal.LOADINGS if self.kind == "ordinal" else Continuous.METRIC

    def holds(self, rung: Rung) -> str:
        """The operator of the parameters that a rung holds equal."""
        return HOLDS[self.kind][rung]

    def syntax(self, rung: Rung, freed: Mapping[str, int]) -> str:
        """The model on a rung. freed: items by the highest rung they still take part in."""
        match self.kind:
            case "continuous":
                return continuous_syntax(self.items, self.n_groups, int(rung), freed)
            case "waves":
                return occasion_syntax(self.items, self.n_groups, int(rung), freed)
            case "ordinal":
                return ordinal_syntax(self.items, self.thresholds, self.n_groups, int(rung), freed)


def continuous_syntax(items: Sequence[str], n_groups: int, rung: int, freed: Mapping[str, int]) -> str:
    """One factor with mean 0 and variance 1 in the first group, and in all where nothing ties the groups together.

    Labels: `l.item`, `i.item`, `r.item` (loading, intercept, residual variance) with the ending `.g` for group g, from
    1, where they differ; `mean.g` and `variance.g` of the factor.
    """
    lines = []
    for item in items:
        held = min(rung, freed.get(item, rung))
        loading, intercept, residual = (
            _labels(f"{letter}.{item}", n_groups, held >= at) for letter, at in (("l", 1), ("i", 2), ("r", 3))
        )
        lines += [
            f"{FACTOR} =~ {_same('NA', n_groups)}*{item} + {loading}*{item}",
            f"{item} ~ {intercept}*1",
            f"{item} ~~ {residual}*{item}",
        ]
    return "\n".join([*lines, *_factor(n_groups, scaled=rung >= 1, located=rung >= 2)])


def ordinal_syntax(
    items: Sequence[str], thresholds: Mapping[str, int], n_groups: int, rung: int, freed: Mapping[str, int]
) -> str:
    """The same with thresholds, for parameterization="theta" (Wu & Estabrook 2016; Svetina et al. 2020).

    An item that is freed on the first rung keeps intercept 0 and residual variance 1 in every group. Labels as in
    `continuous_syntax`; thresholds `t.item.k`.
    """
    lines = []
    for item in items:
        held = min(rung, freed.get(item, rung))
        loading = _labels(f"l.{item}", n_groups, held >= Ordinal.LOADINGS)
        several = thresholds[item] > 1
        shifted = held in (Ordinal.THRESHOLDS, Ordinal.LOADINGS)
        stretched = Ordinal.THRESHOLDS <= held <= Ordinal.INTERCEPTS and (several or held > Ordinal.THRESHOLDS)
        lines.append(f"{FACTOR} =~ {_same('NA', n_groups)}*{item} + {loading}*{item}")
        lines += [
            f"{item} | {_labels(f't.{item}.{k}', n_groups, held >= Ordinal.THRESHOLDS)}*t{k}"
            for k in range(1, thresholds[item] + 1)
        ]
        lines += [
            f"{item} ~ {_first('0', n_groups, free=shifted)}*1 + {_labels(f'i.{item}', n_groups, False)}*1",
            f"{item} ~~ {_first('1', n_groups, free=stretched)}*{item}",
        ]
    scaled, located = rung >= Ordinal.LOADINGS, rung >= Ordinal.INTERCEPTS
    return "\n".join([*lines, *_factor(n_groups, scaled=scaled, located=located)])


def occasion_column(item: str, occasion: int) -> str:
    """What an item is called on an occasion, from 1."""
    return f"{item}_{occasion}"


def occasion_syntax(items: Sequence[str], n_occasions: int, rung: int, freed: Mapping[str, int]) -> str:
    """One model of several occasions: a factor for each, residuals of an item correlated between occasions.

    Labels as in `continuous_syntax`, the occasion in the place of the group (Meredith & Horn 2001; Widaman, Ferrer &
    Conger 2010).
    """
    occasions = range(1, n_occasions + 1)
    lines = []
    for item in items:
        held = min(rung, freed.get(item, rung))
        names = [occasion_column(item, t) for t in occasions]
        for t, name in zip(occasions, names, strict=True):
            loading, intercept, residual = (
                f"{letter}.{item}" if held >= at else f"{letter}.{item}.{t}"
                for letter, at in (("l", 1), ("i", 2), ("r", 3))
            )
            lines += [
                f"{FACTOR}_{t} =~ NA*{name} + {loading}*{name}",
                f"{name} ~ {intercept}*1",
                f"{name} ~~ {residual}*{name}",
            ]
        lines += [f"{one} ~~ {other}" for k, one in enumerate(names) for other in names[k + 1 :]]
    for t in occasions:
        mean, variance = ("NA" if rung >= at and t > 1 else value for at, value in ((2, "0"), (1, "1")))
        lines += [
            f"{FACTOR}_{t} ~ {mean}*1 + mean.{t}*1",
            f"{FACTOR}_{t} ~~ {variance}*{FACTOR}_{t} + variance.{t}*{FACTOR}_{t}",
        ]
    return "\n".join(lines)


def _factor(n_groups: int, *, scaled: bool, located: bool) -> list[str]:
    mean, variance = (_labels(name, n_groups, False) for name in ("mean", "variance"))
    return [
        f"{FACTOR} ~ {_first('0', n_groups, free=located)}*1 + {mean}*1",
        f"{FACTOR} ~~ {_first('1', n_groups, free=scaled)}*{FACTOR} + {variance}*{FACTOR}",
    ]


def _labels(name: str, n_groups: int, equal: bool) -> str:
    return f"c({', '.join(name if equal else f'{name}.{g}' for g in range(1, n_groups + 1))})"


def _same(value: str, n_groups: int) -> str:
    return f"c({', '.join([value] * n_groups)})"


def _first(value: str, n_groups: int, *, free: bool) -> str:
    """A value in the first group; in the others too unless they are free."""
    return f"c({', '.join([value, *['NA' if free else value] * (n_groups - 1)])})"
