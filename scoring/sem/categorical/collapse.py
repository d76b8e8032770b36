"""Which categories to join where groups do not use all of them, so that groups are compared on the same categories."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scoring.sem.ordinal.data import column_numbers
from scoring.sem.sample import DataError, quoted

NOTE = "scoring.sem: categories joined"  # the key of DataFrame.attrs that a fit reads its notes from
LOG = logging.getLogger(__name__)


class Join(NamedTuple):
    """A category that becomes another one, and why."""

    item: str
    category: Any
    into: Any
    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.item}: {self.category}, {self.reason}, is joined with {self.into}."


@dataclass(frozen=True, slots=True)
class CollapsePlan:
    """Categories to join in all groups.

    joins: what becomes what; a category that takes others in keeps its name.   left_out: items that no joining helps,
    because a group would be left with one category: the model, or the group, has to do without them.
    """

    joins: tuple[Join, ...]
    left_out: tuple[str, ...]

    def apply(self, data: pd.DataFrame) -> pd.DataFrame:
        """A copy of the data with the categories joined.

        Each join is logged (`scoring.sem.categorical.collapse`, INFO) and stands in the notes of a fit to the copy.
        Raises DataError for a column that is not there.
        """
        joined = data.copy()
        for item in dict.fromkeys(join.item for join in self.joins):
            if item not in data.columns:
                raise DataError(f"The data have no column '{item}', whose categories the plan joins.")
            becomes = {join.category: join.into for join in self.joins if join.item == item}
            joined[item] = _recoded(data[item], becomes)
        sentences = tuple(join.sentence for join in self.joins)
        for sentence in sentences:
            LOG.info(sentence)
        joined.attrs = {**data.attrs, NOTE: (*data.attrs.get(NOTE, ()), *sentences)}
        return joined

    def to_frame(self) -> pd.DataFrame:
        """One row per join: item, category, into, reason."""
        return pd.DataFrame(self.joins, columns=list(Join._fields))


def collapse_plan(
    data: pd.DataFrame, ordered: Sequence[str], group: str | None = None, *, missing: str = "listwise",
    others: Sequence[str] = (),
) -> CollapsePlan:  # fmt: skip
    """A joining of neighbours after which every group uses every category of every ordered variable.

    An empty category joins the neighbour with fewer answers over all groups, the lower one where they are as many; what
    is joined counts as one category from then on. missing: "listwise" passes over rows with a gap in any variable,
    "pairwise" over none, as the fit will; others: further variables of the model, whose gaps matter for that too.
    Raises DataError for columns that are not there or hold neither numbers nor ordered categories.
    """
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data= takes a pandas DataFrame with a column per variable, not {type(data).__name__}.")
    names = (ordered,) if isinstance(ordered, str) else tuple(ordered)
    used = [*names, *others, *([] if group is None else [group])]
    absent = [name for name in used if name not in data.columns]
    if absent:
        raise DataError(f"The data have no column {quoted(absent)}.")
    if not data[used].columns.is_unique:
        raise DataError(f"The data have more than one column of the same name among {quoted(used)}.")
    if missing not in ("listwise", "pairwise"):
        raise DataError(f"missing='{missing}' is not known. Known: listwise, pairwise.")
    try:
        for name in names:
            column_numbers(data[name], name)
    except ValueError as fault:
        raise DataError(str(fault)) from fault
    rows = data[data[used].notna().all(axis=1)] if missing == "listwise" else data
    if group is None:
        code, values = np.zeros(len(rows), dtype=int), [""]
    else:
        code, values = pd.factorize(rows[group])
    labels = tuple(map(str, values))
    tables = []
    for name in names:
        seen = (rows[name].notna() & (code >= 0)).to_numpy()
        answers = rows[name][seen]
        categories = _categories(answers)
        counts = np.zeros((len(labels), len(categories)))
        np.add.at(counts, (code[seen], pd.Index(categories).get_indexer(answers.astype(object))), 1)
        tables.append((name, categories, counts))
    return plan_of(tables, labels)


def plan_of(tables: Sequence[tuple[str, np.ndarray, np.ndarray]], labels: Sequence[str]) -> CollapsePlan:
    """tables: of each item its name, its categories (C,) ascending and who chose them, (groups, C)."""
    joins: list[Join] = []
    left_out: list[str] = []
    for name, categories, counts in tables:
        found = _joins(name, categories, counts, labels)
        if found is None:
            left_out.append(name)
        else:
            joins += found
    return CollapsePlan(tuple(joins), tuple(left_out))


def _joins(name: str, categories: np.ndarray, counts: np.ndarray, labels: Sequence[str]) -> list[Join] | None:
    """Of one item; None where one category would be left."""
    kept = list(range(len(categories)))
    members = {c: [c] for c in kept}
    counts = counts.copy()
    reasons: dict[int, str] = {}
    while len(kept) > 1:
        empty = [at for at, c in enumerate(kept) if (counts[:, c] == 0).any()]
        if not empty:
            break
        at = empty[0]
        beside = [near for near in (at - 1, at + 1) if 0 <= near < len(kept)]
        into = kept[min(beside, key=lambda near: counts[:, kept[near]].sum())]
        joined = kept.pop(at)
        absent = [label for label, count in zip(labels, counts[:, joined], strict=True) if count == 0]
        where = f" in group {quoted(absent)}" if len(labels) > 1 else ""
        for member in members.pop(joined):
            reasons[member] = f"chosen by nobody{where}"
            members[into].append(member)
        counts[:, into] += counts[:, joined]
    if len(kept) < 2:
        return None
    holder = {member: c for c in kept for member in members[c]}
    return [
        Join(name, _plain(categories[c]), _plain(categories[holder[c]]), reasons[c]) for c in sorted(reasons)
    ]  # fmt: skip


def _recoded(column: pd.Series, becomes: dict[Any, Any]) -> pd.Series:
    if not _categorical(column):
        return column.replace(becomes)
    kept = [one for one in column.cat.categories if one not in becomes]
    values = column.astype(object).map(lambda value: becomes.get(value, value), na_action="ignore")
    return pd.Series(pd.Categorical(values, categories=kept, ordered=True), index=column.index, name=column.name)


def _categorical(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def _categories(answers: pd.Series) -> np.ndarray:
    """The answers there are, ascending."""
    if _categorical(answers):
        return np.array([one for one in answers.cat.categories if (answers == one).any()], dtype=object)
    return np.sort(answers.astype(object).unique())


def _plain(value: Any) -> Any:
    """A category without NumPy's type around it."""
    if not isinstance(value, Real):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number
