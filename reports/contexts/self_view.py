"""How those whom a dimension is about see themselves, beside what the others see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from instrument.definition import Construct
from reports.contexts.figures import Record, ScoreRow, known, score_row
from reports.contexts.words import Words
from reports.wording import score_text, self_view_gap


@dataclass(frozen=True, slots=True)
class SelfViewRow:
    others: ScoreRow  # its reading tells both views
    own: str
    own_at: float  # percent of the plot's width
    gap: str  # from the others' score to the own one; "" where caps hide it


@dataclass(frozen=True, slots=True)
class SelfViewGroup:
    name: str
    several: str  # of how many organisations the own view is the mean; "" for one
    rows: tuple[SelfViewRow, ...]


@dataclass(frozen=True, slots=True)
class SelfViews:
    groups: tuple[SelfViewGroup, ...]
    unseen: tuple[str, ...]  # roles that have not agreed to be shown


def self_views(
    words: Words, rows: Sequence[Record], withheld: Sequence[Record], scored: Mapping[str, Record]
) -> SelfViews | None:
    """None where no role is asked about itself, or none answered."""
    declared = [(construct, role) for construct in words.instrument.constructs for role in construct.self_view]
    found = {(row["role"], row["scale"]): row for row in rows}
    groups = [_group(words, construct, role, found, scored) for construct, role in declared]
    silent = {row["role"] for row in withheld if row["table"] == "self_views" and row["reason"] == "consent"}
    unseen = tuple(name for role, name in words.roles.items() if role in silent)
    shown = tuple(group for group in groups if group.rows)
    return SelfViews(shown, unseen) if shown or unseen else None


def _group(
    words: Words,
    construct: Construct,
    role: str,
    found: Mapping[tuple[str, str], Record],
    scored: Mapping[str, Record],
) -> SelfViewGroup:
    facets = words.instrument.facets_of_construct(construct.id)
    scales = [construct.id, *(facet.id for facet in facets if len(facets) > 1)]
    rows = tuple(_row(words, scale, found[role, scale], scored[scale]) for scale in scales if (role, scale) in found)
    name = words.texts.gettext(
        "%(role)s about itself: %(scale)s", role=words.roles[role], scale=words.of(construct.name)
    )
    members = known(found[role, construct.id]["members"]) if (role, construct.id) in found else None
    several = ""
    if words.instrument.has_members and members is not None and members > 1:
        several = words.texts.ngettext(
            "the mean of %(count)s organisation", "the mean of %(count)s organisations", int(members)
        )
    return SelfViewGroup(name, several, rows)


def _row(words: Words, scale: str, own: Record, others: Record) -> SelfViewRow:
    t = words.texts
    row = score_row(t, words.scale(scale), others)
    value = score_text(t, own["score"], own["cap"])
    reading = t.gettext("itself %(own)s of 100; the others %(others)s", own=value, others=row.reading)
    return SelfViewRow(
        others=replace(row, reading=reading),
        own=value,
        own_at=own["score"],
        gap=self_view_gap(t, own["score"] - others["score"], own_cap=own["cap"], others_cap=others["cap"]),
    )
