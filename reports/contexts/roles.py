"""How the roles see the dimensions, and where two of them differ beyond chance."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from instrument.definition import Construct, Instrument
from reports.contexts.figures import Record, ScoreRow, known, score_row
from reports.contexts.words import Words
from reports.texts import N_
from reports.wording import gap_sentence
from scoring.disclosure import FLOOR_MEMBERS
from scoring.keying import ROLE_SHARE
from scoring.scores import ScoreStatus


@dataclass(frozen=True, slots=True)
class RoleGroup:
    name: str
    rows: tuple[ScoreRow, ...]
    missing: tuple[str, ...]  # why roles that answered have no row here


@dataclass(frozen=True, slots=True)
class Roles:
    groups: tuple[RoleGroup, ...]
    gaps: tuple[str, ...]
    compared: int  # pairs of roles that could be compared at all


def roles(words: Words, rows: Sequence[Record], gaps: Sequence[Record]) -> Roles | None:
    """Printable role cells by dimension; None where the instrument has no roles or no cell may be printed."""
    groups = []
    answering = {row["role"] for row in rows}
    for construct in words.instrument.constructs:
        cells = {row["role"]: row for row in rows if row["scale"] == construct.id}
        printed = tuple(_row(words, row) for row in cells.values() if known(row["score"]) is not None)
        if printed:
            groups.append(RoleGroup(words.of(construct.name), printed, _missing(words, construct, answering, cells)))
    if not groups:
        return None
    compared = [row for row in gaps if known(row["gap"]) is not None]
    clear = sorted((row for row in compared if _excludes_zero(row)), key=lambda row: -abs(row["gap"]))
    return Roles(tuple(groups), tuple(_sentence(words, row) for row in clear), len(compared))


def _row(words: Words, row: Record) -> ScoreRow:
    note, members = "", known(row["members"])
    if words.instrument.has_members and members is not None and members < FLOOR_MEMBERS:
        note = words.texts.ngettext(
            "%(count)s organisation, shown with its consent", "%(count)s organisations, shown with their consent",
            int(members),
        )  # fmt: skip
    return score_row(words.texts, words.roles[str(row["role"])], row, note=note)


def _missing(
    words: Words, construct: Construct, answering: Collection[str], cells: Mapping[str, Record]
) -> tuple[str, ...]:
    """Roles whose figure is withheld, and roles too little of this dimension is asked of."""
    t = words.texts
    held = [role for role, row in cells.items() if row["status"] == ScoreStatus.WITHHELD]
    unscored = [role for role in answering if role not in cells and role not in construct.self_view]
    unasked = [role for role in unscored if _share_asked(words.instrument, construct, role) < ROLE_SHARE]
    reasons = ((N_("Withheld: %(roles)s."), held), (N_("Not asked, or too little to score: %(roles)s."), unasked))
    return tuple(
        t.gettext(message, roles=t.listing([name for role, name in words.roles.items() if role in listed]))
        for message, listed in reasons
        if listed
    )


def _share_asked(instrument: Instrument, construct: Construct, role: str) -> float:
    items = [item for item in instrument.items if instrument.construct_of_item(item).id == construct.id]
    return sum(item.roles is None or role in item.roles for item in items) / len(items)


def answered_by_role(words: Words, rows: Sequence[Record]) -> tuple[tuple[str, float, float | None], ...]:
    """Role, members answering and members in all, from its widest printable cell."""
    widest: dict[str, Record] = {}
    for row in rows:
        answered = known(row["members"])
        if row["status"] == ScoreStatus.WITHHELD or known(row["score"]) is None or answered is None:
            continue
        held = widest.get(row["role"])
        if held is None or answered > held["members"]:
            widest[row["role"]] = row
    ordered = [role for role in words.roles if role in widest]
    return tuple(
        (words.roles[role], float(widest[role]["members"]), known(widest[role]["members_total"])) for role in ordered
    )


def _excludes_zero(row: Record) -> bool:
    low, high = known(row["ci_low"]), known(row["ci_high"])
    return low is not None and high is not None and (low > 0 or high < 0)


def _sentence(words: Words, row: Record) -> str:
    a, b = words.roles[str(row["role_a"])], words.roles[str(row["role_b"])]
    bounds = sorted(abs(row[bound]) for bound in ("ci_low", "ci_high"))
    higher, lower = (a, b) if row["gap"] > 0 else (b, a)
    return gap_sentence(
        words.texts,
        scale=words.scale(row["scale"]),
        higher=higher,
        lower=lower,
        points=abs(round(row["gap"])),
        interval=f"{bounds[0]:.0f}–{bounds[1]:.0f}",
        capped=bool(row["cap"]),
    )
