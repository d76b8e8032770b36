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
    others_for, others_against: people who chose the facet, and voters who did not, apart from those of the one member
    that has most of them.
    """

    unit_of: np.ndarray
    facet_of: np.ndarray
    votes: np.ndarray
    voters: np.ndarray
    members: np.ndarray
    largest: np.ndarray
    others_for: np.ndarray
    others_against: np.ndarray


def votes(responses: Responses, keyed: Keyed) -> Votes:
    """Count the votes of every unit; nothing where no column of votes is there."""
    facets = [facet.id for facet in responses.instrument.facets]
    chose = np.zeros((len(keyed.members), len(facets)), dtype=np.int64)
    voted = np.zeros(len(keyed.order), dtype=bool)
    for name in VOTES:
        if name not in responses.answers:
            continue
        column = responses.answers[name].cat.set_categories(facets)
        chosen = column.cat.codes.to_numpy(np.intp)[keyed.order]
        rows = np.flatnonzero(chosen >= 0)
        np.add.at(chose, (keyed.member_of[rows], chosen[rows]), 1)
        voted[rows] = True
    by_member = np.bincount(keyed.member_of[voted], minlength=len(keyed.members))
    against = by_member[:, np.newaxis] - chose
    voters, largest = (f.reduceat(by_member, keyed.unit_starts) for f in (np.add, np.maximum))
    members = np.add.reduceat((by_member > 0).astype(np.int64), keyed.unit_starts)
    counts = np.add.reduceat(chose, keyed.unit_starts)
    others = [
        np.add.reduceat(part, keyed.unit_starts) - np.maximum.reduceat(part, keyed.unit_starts)
        for part in (chose, against)
    ]
    at = unit, facet = np.nonzero(counts)
    return Votes(unit, facet, counts[at], voters[unit], members[unit], largest[unit], others[0][at], others[1][at])
