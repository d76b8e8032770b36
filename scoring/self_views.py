"""How the roles that a construct is about see themselves: their answers to it, which enter no score."""

from dataclasses import dataclass

import numpy as np

from instrument.roles import Asked
from scoring.aggregation import member_means
from scoring.categories import Categories
from scoring.keying import Keyed, Scales
from scoring.respondents import SLACK


@dataclass(frozen=True, slots=True, eq=False)
class SelfViews:
    """One row per unit, role and scale that has a self-view. All arrays are (rows,).

    unit_of, role_of, scale_of: positions.   score: POMP.   members, respondents: behind it.
    """

    unit_of: np.ndarray
    role_of: np.ndarray
    scale_of: np.ndarray
    score: np.ndarray
    members: np.ndarray
    respondents: np.ndarray


def self_views(keyed: Keyed, scales: Scales, categories: Categories) -> SelfViews:
    """Plain means of respondents, then members, then the role each member counts in.

    A respondent's score is the plain mean POMP of the self-view items answered, where the share of them that the scale
    requires is answered: too few people stand behind a self-view to fill in what is missing.
    """
    asked_by_form = keyed.forms.asked == Asked.SELF_VIEW
    rows = np.flatnonzero(asked_by_form.any(axis=1)[keyed.forms.code])
    asked = asked_by_form[keyed.forms.code[rows]]
    score = _respondent_scores(keyed.answers[keyed.order[rows]], asked, scales, categories)
    members, first = np.unique(keyed.member_of[rows], return_index=True)
    own = member_means(score, first)
    role = keyed.members["role"].cat.codes.to_numpy(np.intp)[members]
    n_roles = len(keyed.members["role"].cat.categories)
    cells, cell_of = np.unique(keyed.unit_of_member[members] * n_roles + role, return_inverse=True)
    order = np.argsort(cell_of, kind="stable")
    cell_starts = np.searchsorted(cell_of[order], np.arange(len(cells)))
    found = member_means(own.mean[order], cell_starts)
    people = np.zeros(found.size.shape)
    np.add.at(people, cell_of, own.size)
    cell, scale = np.nonzero(found.size)
    unit_of, role_of = np.divmod(cells[cell], n_roles)
    return SelfViews(
        unit_of, role_of, scale, found.mean[cell, scale],
        found.size[cell, scale].astype(np.int64), people[cell, scale].astype(np.int64),
    )  # fmt: skip


def _respondent_scores(answers: np.ndarray, asked: np.ndarray, scales: Scales, categories: Categories) -> np.ndarray:
    """Mean POMP over the asked items answered, NaN where too few are. answers, asked (rows, items)."""
    blank = np.isnan(answers)
    place = np.where(blank, categories.lookup_offset, answers).astype(np.intp) - categories.lookup_offset
    kind = categories.lookup[place]
    answered = asked & ~blank & (kind < categories.n_values)
    value = categories.pomp[np.arange(kind.shape[1]), np.where(answered, kind, 0)]
    n_asked, n_answered = asked @ scales.holds, answered @ scales.holds
    total = np.where(answered, value, 0) @ scales.holds
    enough = (n_answered > 0) & (n_answered >= scales.required * n_asked - SLACK)
    return np.divide(total, n_answered, out=np.full(total.shape, np.nan), where=enough)
