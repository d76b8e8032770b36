"""The parameter table of a model of two levels: one for each level, with the free parameters counted over both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.sem.syntax import Block, Model
from scoring.sem.table import ModelError, ParameterTable, Row, TableOptions, fixed_covariates, parameter_table

LEVELS = ("within", "between")
NAMES = {"1": 0, "within": 0, "2": 1, "between": 1}  # what a user may call the levels


@dataclass(frozen=True, slots=True, eq=False)
class TwoLevelTable:
    """levels: the tables of the within and of the between level, their `free` counted over both; a label that stands
    at both levels is one parameter.   whole: all rows, with 0 (within) or 1 (between) as group.
    """

    levels: tuple[ParameterTable, ParameterTable]
    whole: ParameterTable


def level_models(model: Model) -> tuple[Model, Model]:
    """The model of each level, within first. Raises ModelError where the levels are not called so."""
    found: dict[int, Block] = {}
    for block in model.blocks:
        number = NAMES.get(block.level.lower())
        if number is None or number in found:
            raise ModelError(
                f"Level '{block.level}' is not known beside the other. Call the levels 1 and 2, or within and between."
            )
        found[number] = block
    return Model(found[0].terms), Model(found[1].terms)


def two_level_table(model: Model, *, std_lv: bool, fixed_x: bool) -> TwoLevelTable:
    """The complete table. Raises ModelError where the model contradicts itself.

    Variables of both levels have their intercept between, where it is free, and zero within; variables of the within
    level alone have it there.
    """
    models = level_models(model)
    tables = []
    for one, fixed in zip(models, _fixed(models, fixed_x), strict=True):
        tables.append(parameter_table(one, TableOptions(meanstructure=True, std_lv=std_lv, fixed_x=fixed)))
    for name in set(tables[0].latent) & set(tables[1].observed) | set(tables[1].latent) & set(tables[0].observed):
        raise ModelError(f"'{name}' is latent at one level and observed at the other. It can be one only.")
    written = {term.lhs for term in models[0].terms if term.op == "~1"}
    centred = set(tables[1].observed) & set(tables[0].observed) - written
    rows = [_without_mean(row, centred) for row in tables[0].rows]
    rows += [replace(row, group=1) for row in tables[1].rows]
    free = _positions(rows, np.concatenate([table.free for table in tables]))
    cut = len(tables[0].rows)
    levels = (
        replace(tables[0], rows=tuple(rows[:cut]), free=free[:cut]), replace(tables[1], free=free[cut:])
    )  # fmt: skip
    whole = replace(
        tables[0], rows=tuple(rows), free=free, definitions=model.definitions, constraints=model.constraints, groups=2
    )
    return TwoLevelTable(levels, whole)


def _fixed(models: tuple[Model, Model], wanted: bool) -> tuple[bool, bool]:
    """Whether the covariates of each level are given: those of both levels at both, or at none."""
    fixed = [wanted, wanted]
    for _ in models:  # one level that loses them can make the other lose them, and no more can happen
        given = [
            set(fixed_covariates(one, TableOptions(fixed_x=flag))) for one, flag in zip(models, fixed, strict=True)
        ]
        for level, other in ((0, 1), (1, 0)):
            if given[level] & set(models[other].observed) - given[other]:
                fixed[level] = False
    return fixed[0], fixed[1]


def _without_mean(row: Row, centred: set[str]) -> Row:
    if row.op != "~1" or row.lhs not in centred:
        return row
    return replace(row, fixed=0.0, exogenous=False)


def _positions(rows: Sequence[Row], own: np.ndarray) -> np.ndarray:
    """Position of every row's parameter among the free ones of both levels. own: among those of its level."""
    spelt = {f"{row.lhs}{row.op}{row.rhs}": (row.group, at) for row, at in reversed(list(zip(rows, own, strict=True)))}
    position: dict[object, int] = {}
    free = np.full(len(rows), -1)
    n_free = 0
    for number, (row, at) in enumerate(zip(rows, own, strict=True)):
        if at < 0 or row.fixed is not None:
            continue
        # `equal("fw=~y2")` names a row; a label names all rows that bear it.
        word = spelt.get("".join(row.equals.split()), row.equals or (row.group, at))
        known = position.get(word, position.get((row.group, at), n_free))
        free[number] = position[word] = position[row.group, at] = known
        n_free = max(n_free, known + 1)
    return free
