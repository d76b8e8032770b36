"""The plain facts of a wave: who answered, when, how far people agree, what is withheld."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from reports.contexts.figures import Record, known
from reports.contexts.words import Words
from reports.texts import Texts
from reports.wording import OTHER_REASON, WITHHELD_REASON, agreement_text, count_text


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled fact; `note` is printed small below it."""

    name: str
    value: str
    note: str = ""
    wide: bool = False  # needs the whole width


@dataclass(frozen=True, slots=True)
class AgreementRow:
    name: str
    words: str
    inside: str  # how many organisations disagree within themselves; "" where none does
    rwg_uniform: str
    rwg_skewed: str
    ad: str
    icc1: str
    icc2: str


@dataclass(frozen=True, slots=True)
class Agreement:
    rows: tuple[AgreementRow, ...]
    united: bool  # no organisation disagrees within itself on anything
    across: bool  # whether units were compared as well


@dataclass(frozen=True, slots=True)
class Withheld:
    count: int
    reasons: tuple[str, ...]


def day_text(t: Texts, value: Any) -> str:
    """A date or time stamp as the language writes a day; "" where there is none."""
    if value is None or value == "" or pd.isna(value):
        return ""
    return t.day(value if type(value) is date else pd.Timestamp(value).date())


def wave_lines(
    words: Words, wave_id: str, wave: Record, by_role: Sequence[tuple[str, float, float | None]]
) -> tuple[Line, ...]:
    """Who answered and when."""
    t = words.texts
    lines = []
    if words.instrument.has_members:
        total = known(wave["members_total"])
        lines.append(Line(
            t.gettext("Organisations that answered"),
            count_text(t, known(wave["members"]), total),
            t.gettext("membership unknown") if total is None else t.share(wave["members"] / total),
        ))  # fmt: skip
    lines.append(Line(t.gettext("People who answered"), count_text(t, known(wave["respondents"]), None)))
    lines.append(Line(t.gettext("Wave"), wave_id))
    days = (
        (t.gettext("First answer"), wave["first_submitted"]),
        (t.gettext("Last answer"), wave["last_submitted"]),
        (t.gettext("Closed"), wave["closed"]),
    )
    lines += [Line(name, printed) for name, day in days if (printed := day_text(t, day))]
    if isinstance(wave["sponsor"], str) and wave["sponsor"]:
        lines.append(Line(t.gettext("Sponsor"), wave["sponsor"]))
    if by_role:
        listed = [
            t.gettext("%(role)s %(count)s", role=role, count=count_text(t, count, total))
            for role, count, total in by_role
        ]
        lines.append(Line(t.gettext("By role (roles that may be shown)"), t.listing(listed), wide=True))
    return tuple(lines)


def agreement(words: Words, frame: Sequence[Record], icc: Sequence[Record]) -> Agreement | None:
    """How far the people of the unit agree on each dimension, in words and figures; None where nothing is printed."""
    across = {row["scale"]: row for row in icc}
    rows, differing = [], []
    for row in frame:
        uniform, skewed = known(row["rwg_uniform"]), known(row["rwg_skewed"])
        strictest = min(value for value in (uniform, skewed, 2.0) if value is not None)
        if row["scale"] not in words.instrument.construct_of or strictest > 1:
            continue
        wide = across.get(row["scale"], {})
        if known(row["members_compared"]):
            differing.append(known(row["members_differ"]))
        rows.append(AgreementRow(
            name=words.scale(row["scale"]),
            words=agreement_text(words.texts, strictest),
            inside=_inside(words.texts, known(row["members_compared"]), known(row["members_differ"])),
            rwg_uniform=_two_digits(uniform),
            rwg_skewed=_two_digits(skewed),
            ad=_two_digits(known(row["ad"])),
            icc1=_two_digits(known(wide.get("icc1"))),
            icc2=_two_digits(known(wide.get("icc2"))),
        ))  # fmt: skip
    if not rows:
        return None
    return Agreement(
        rows=tuple(rows),
        united=bool(differing) and all(differ == 0 for differ in differing),
        across=any(row.icc1 or row.icc2 for row in rows),
    )


def _inside(t: Texts, compared: float | None, differ: float | None) -> str:
    if not compared or not differ:
        return ""
    return t.ngettext(
        "%(differ)s of %(count)s organisation disagrees within itself",
        "%(differ)s of %(count)s organisations disagree within themselves",
        int(compared), differ=int(differ),
    )  # fmt: skip


def _two_digits(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def withheld(t: Texts, rows: Sequence[Record]) -> Withheld:
    """How many figures are held back and why, the commonest reason first."""
    reasons = Counter(str(row["reason"]) for row in rows)
    ordered = sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0]))
    return Withheld(
        count=len(rows),
        reasons=tuple(
            t.gettext("%(count)s: %(reason)s", count=count, reason=t.gettext(WITHHELD_REASON.get(reason, OTHER_REASON)))
            for reason, count in ordered
        ),
    )
