"""What people would work on first: their votes for facets, counted by unit."""

from dataclasses import dataclass

import numpy as np

from instrument.reading.circumstances import VOTES
from instrument.responses import Responses
from scoring.keying import Keyed


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """One row per unit and facet with a vote. All arrays are (rows,).

    unit_of, facet_of: positions.   votes: people who chose the facet.   voters: people of the unit with any vote.
    members: members they belong to.   largest: voters of the member that has most.
    """

    unit_of: np.ndarray
    facet_of: np.ndarray
    votes: np.ndarray
    voters: np.ndarray
    members: np.ndarray
    largest: np.ndarray


def votes(responses: Responses, keyed: Keyed) -> Votes:
    """Count the votes of every unit; nothing where no column of votes is there."""
    facets = [facet.id for facet in responses.instrument.facets]
    n_units, n_members = len(keyed.units), len(keyed.members)
    counts = np.zeros((n_units, len(facets)), dtype=np.int64)
    voted = np.zeros(len(keyed.order), dtype=bool)
    for name in VOTES:
        if name not in responses.answers:
            continue
        column = responses.answers[name].cat.set_categories(facets)
        chosen = column.cat.codes.to_numpy(np.intp)[keyed.order]
        rows = np.flatnonzero(chosen >= 0)
        np.add.at(counts, (keyed.unit_of[rows], chosen[rows]), 1)
        voted[rows] = True
    by_member = np.bincount(keyed.member_of[voted], minlength=n_members)
    voters, largest = (f.reduceat(by_member, keyed.unit_starts) for f in (np.add, np.maximum))
    members = np.add.reduceat((by_member > 0).astype(np.int64), keyed.unit_starts)
    unit, facet = np.nonzero(counts)
    return Votes(unit, facet, counts[unit, facet], voters[unit], members[unit], largest[unit])
