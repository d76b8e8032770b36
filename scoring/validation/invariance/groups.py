"""Who is compared on what: groups with enough answers, and the items that all of them were asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.validation.panel import Panel
from scoring.validation.part import Shortfall

GROUPINGS = ("family", "language")
FEWEST_ANSWERS = 150  # respondents of a group
FEWEST_ITEMS = 3  # of a factor model
ASKED_SHARE = 0.6  # of a group that an item has to be asked of, as of a role for its score


@dataclass(frozen=True, slots=True, eq=False)
class Comparable:
    """Groups that can be compared on a scale.

    data: columns of the items, `group` and `unit`; the reference, which is the largest group, first.
    items: those that all groups were asked.   of_items: how many the scale has.   groups, n: in the order of data.
    n_units: units that answered, 0 where respondents belong to none.
    """

    grouping: str
    scale: str
    items: tuple[str, ...]
    of_items: int
    groups: tuple[str, ...]
    n: tuple[int, ...]
    left_out: tuple[str, ...]
    n_units: int
    data: pd.DataFrame

    @property
    def cluster(self) -> str | None:
        return "unit" if self.n_units else None


def comparable(
    panel: Panel, grouping: str, scale: str, items: Sequence[str]
) -> tuple[Comparable | None, tuple[Shortfall, ...]]:
    """The groups with enough answers to a scale on the items that all of them were asked.

    An item counts as asked of a group where at least `ASKED_SHARE` of those who belong to it were asked. Groups with
    fewer than `FEWEST_ANSWERS` answers are left out; where the items in common are fewer than `FEWEST_ITEMS`, the group
    that was asked the fewest is left out too. Each is a shortfall.
    """
    label = getattr(panel, grouping)
    columns, subject = panel.columns(items), f"{grouping} {scale}"
    keyed, asked = panel.keyed[:, columns], panel.asked[:, columns]
    answered = ~np.isnan(keyed).all(axis=1)
    everyone = groups_of(panel, grouping)
    names, lacking = list(everyone), list[Shortfall]()
    kept = np.ones(len(columns), dtype=bool)
    common = {name: asked[label == name].mean(axis=0) >= ASKED_SHARE for name in names}

    def of(name: str, kept: np.ndarray) -> int:
        return int((~np.isnan(keyed[:, kept]).all(axis=1) & (label == name)).sum())

    while len(names) > 1:
        kept = np.logical_and.reduce([common[name] for name in names])
        if kept.sum() < FEWEST_ITEMS:
            least = min(names, key=lambda name: (common[name].sum(), of(name, common[name])))
            why = "the groups were not asked enough items in common"
            lacking.append(Shortfall(f"{subject} {least}", why, FEWEST_ITEMS, int(kept.sum()), "items"))
            names.remove(least)
            continue
        small = [name for name in names if of(name, kept) < FEWEST_ANSWERS]
        if not small:
            break
        why = "too few answers of the group"
        lacking += [Shortfall(f"{subject} {one}", why, FEWEST_ANSWERS, of(one, kept)) for one in small]
        names = [name for name in names if name not in small]
    if len(names) < 2:
        return None, tuple(lacking)
    left_out = tuple(name for name in everyone if name not in names)
    names.sort(key=lambda name: (-of(name, kept), name))
    chosen = tuple(np.array(items)[kept].tolist())
    parts = [_rows(panel, chosen, (label == name) & answered, name) for name in names]
    data = pd.concat(parts, ignore_index=True)
    n_units = data["unit"].nunique() if panel.nested else 0
    sizes = tuple(len(part) for part in parts)
    return Comparable(grouping, scale, chosen, len(items), tuple(names), sizes, left_out, n_units, data), tuple(lacking)


def groups_of(panel: Panel, grouping: str) -> tuple[str, ...]:
    """The groups that respondents name, "family" or "language"; those without one belong to none."""
    return tuple(str(name) for name in np.unique(getattr(panel, grouping)) if name)


def _rows(panel: Panel, items: Sequence[str], mask: np.ndarray, name: str) -> pd.DataFrame:
    frame = pd.DataFrame(panel.keyed[np.ix_(mask, panel.columns(items))], columns=list(items))
    frame = frame.assign(group=name, unit=panel.unit[mask])
    return frame[frame[list(items)].notna().any(axis=1)]
