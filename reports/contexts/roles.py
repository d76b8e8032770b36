"""How the roles see the dimensions, and where two of them differ beyond chance."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.contexts.figures import Record, ScoreRow, known, score_row
from reports.contexts.words import Words
from reports.wording import gap_sentence
from scoring.scores import ScoreStatus


@dataclass(frozen=True, slots=True)
class RoleGroup:
    name: str
    rows: tuple[ScoreRow, ...]


@dataclass(frozen=True, slots=True)
class Roles:
    groups: tuple[RoleGroup, ...]
    gaps: tuple[str, ...]
    compared: int  # pairs of roles that could be compared at all


def roles(words: Words, rows: Sequence[Record], gaps: Sequence[Record]) -> Roles | None:
    """Printable role cells by dimension; None where the instrument has no roles or no cell may be printed."""
    printable = [row for row in rows if known(row["score"]) is not None]
    groups = []
    for construct in words.instrument.constructs:
        cells = [row for row in printable if row["scale"] == construct.id]
        if cells:
            named = tuple(score_row(words.texts, words.roles[str(row["role"])], row) for row in cells)
            groups.append(RoleGroup(words.of(construct.name), named))
    if not groups:
        return None
    compared = [row for row in gaps if known(row["gap"]) is not None]
    clear = sorted((row for row in compared if _excludes_zero(row)), key=lambda row: -abs(row["gap"]))
    return Roles(tuple(groups), tuple(_sentence(words, row) for row in clear), len(compared))


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
