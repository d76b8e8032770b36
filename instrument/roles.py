"""Who counts as what: the roles a member has, which of them it counts in, and which items that makes it asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd

from instrument.definition import Instrument


class Asked(IntEnum):
    """How an item stands to a respondent's form."""

    NO = 0
    YES = 1
    SELF_VIEW = 2  # asked, but of the one whom the construct is about: kept apart


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """The distinct forms behind a table of answers.

    code (rows,): which form each row answered.   asked (forms, items): `Asked` as uint8.
    roles: the roles behind each form, the one it counts in first.   names: the form's name in the instrument.
    """

    code: np.ndarray
    asked: np.ndarray
    roles: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]


def lead_roles(instrument: Instrument) -> frozenset[str]:
    """Roles that some construct is about (the lead of a consortium)."""
    return frozenset(role for construct in instrument.constructs for role in construct.self_view)


def order_roles(instrument: Instrument, roles: Sequence[str]) -> tuple[str, ...]:
    """A member's roles with leads first; it counts in the first."""
    leads = lead_roles(instrument)
    return tuple(sorted(dict.fromkeys(roles), key=lambda role: role not in leads))


def split_roles(cell: object) -> tuple[str, ...]:
    """The roles of a `;`-separated cell."""
    return tuple(part.strip() for part in str(cell).split(";") if part.strip()) if isinstance(cell, str) else ()


def asked_row(instrument: Instrument, roles: Sequence[str], form: str) -> np.ndarray:
    """`Asked` of every item for somebody with these roles: the union of the roles' forms. Shape (items,), uint8."""
    held = roles or ("",)
    asked = np.zeros(len(instrument.items), dtype=np.uint8)
    for i, item in enumerate(instrument.items):
        if any(instrument.is_asked(item, role, form) for role in held):
            own = any(role in instrument.construct_of_item(item).self_view for role in roles)
            asked[i] = Asked.SELF_VIEW if own else Asked.YES
    return asked


def forms_of(instrument: Instrument, answers: pd.DataFrame, members: pd.DataFrame | None) -> Forms:
    """The form behind each row: the union of its member's roles where a roster is known, else its own role."""
    role_sets: list[tuple[str, ...]] = [()]
    if not instrument.has_members:
        set_code = np.zeros(len(answers), dtype=np.intp)
    elif members is None:
        roles = answers["role"].astype("category")
        role_sets = [order_roles(instrument, (role,) if role else ()) for role in roles.cat.categories]
        set_code = roles.cat.codes.to_numpy(np.intp)
    else:
        role_sets, set_code = _roster_roles(instrument, answers, members)
    form = answers["form"].astype("category")
    names = list(form.cat.categories)
    pair = set_code * len(names) + form.cat.codes.to_numpy(np.intp)
    used, code = np.unique(pair, return_inverse=True)
    sets = [role_sets[number // len(names)] for number in used]
    forms = [names[number % len(names)] for number in used]
    asked = [asked_row(instrument, roles, name) for roles, name in zip(sets, forms, strict=True)]
    shape = (len(used), len(instrument.items))
    return Forms(code, np.array(asked, dtype=np.uint8).reshape(shape), tuple(sets), tuple(forms))


def _roster_roles(
    instrument: Instrument, answers: pd.DataFrame, members: pd.DataFrame
) -> tuple[list[tuple[str, ...]], np.ndarray]:
    roster = pd.MultiIndex.from_arrays([members["unit"].astype(str), members["member"].astype(str)])
    ordered = [order_roles(instrument, split_roles(cell)) for cell in members["roles"]]
    distinct = list(dict.fromkeys([*ordered, ()]))
    number = {roles: i for i, roles in enumerate(distinct)}
    code_of_member = np.array([number[roles] for roles in [*ordered, ()]], dtype=np.intp)
    # One lookup per distinct (unit, member), not per respondent: a campaign has many more of the latter.
    keys = answers[["unit", "member"]].astype("category")
    width = len(keys["member"].cat.categories)
    pair = keys["unit"].cat.codes.to_numpy(np.int64) * width + keys["member"].cat.codes.to_numpy(np.int64)
    used, row = np.unique(pair, return_inverse=True)
    unit_names, member_names = (keys[name].cat.categories.astype(str) for name in ("unit", "member"))
    wanted = pd.MultiIndex.from_arrays([unit_names[used // width], member_names[used % width]])
    return distinct, code_of_member[roster.get_indexer(wanted)][row]
