"""Numbers to printed phrases: caps, intervals, chances, statuses, differences."""

from collections.abc import Mapping

from reports.texts import N_, Texts
from scoring.scores import PatternStatus, ScoreStatus

CEILING = 90  # scores beyond these print as "90 or more" and "10 or less", bounds as 90+ and ≤10
FLOOR = 10

SCORE_STATUS = {  # what concerns the interval only is said once below the chart, not in every row
    ScoreStatus.NOT_ASKED: N_("not asked"),
    ScoreStatus.NOT_APPLICABLE: N_("does not apply yet, most say"),
    ScoreStatus.CANNOT_JUDGE: N_("most cannot judge"),
    ScoreStatus.REFUSED: N_("most declined to answer"),
    ScoreStatus.NO_ANSWERS: N_("nobody answered"),
    ScoreStatus.TOO_FEW_ANSWERS: N_("too few statements answered"),
    ScoreStatus.WITHHELD: N_("withheld to protect the people who answered"),
    ScoreStatus.NOT_VALID: N_("not shown: the answers to its statements do not hold together"),
}
WITHHELD_REASON = {
    "too_few": N_("too few answers stand behind the figure"),
    "complement": N_("the figure would give away a small group by subtraction"),
    "insider": N_("somebody who knows one answer could work out another"),
    "nested": N_("beside the score of its dimension the figure would show a single member"),
    "consent": N_("not all whose own view it is have agreed to have it shown"),
}
OTHER_REASON = N_("the disclosure rules do not allow it")
PATTERN_COUNTS = {  # by status, in the order in which they are told
    PatternStatus.HOLDS: N_("%(count)s found"),
    PatternStatus.ABSENT: N_("%(count)s not found"),
    PatternStatus.CANNOT_BE_TOLD: N_("%(count)s undecided"),
    PatternStatus.UNKNOWN: N_("%(count)s not checkable, as facts or scores are missing"),
    PatternStatus.WITHHELD: N_("%(count)s resting on withheld figures"),
    PatternStatus.NOT_VALID: N_("%(count)s resting on scores that do not hold together"),
}
# LeBreton and Senter (2008), Organizational Research Methods 11, 815-852, table 3.
AGREEMENT_BANDS = (
    (0.91, N_("very strong agreement")),
    (0.71, N_("strong agreement")),
    (0.51, N_("moderate agreement")),
    (0.31, N_("weak agreement")),
    (float("-inf"), N_("hardly any agreement")),
)


def score_status(t: Texts, status: str) -> str:
    """Why there is no score; "" where there is one."""
    return t.gettext(SCORE_STATUS[ScoreStatus(status)]) if status in SCORE_STATUS else ""


def score_text(t: Texts, score: float, cap: str = "") -> str:
    """A score as a page prints it: a whole number or its cap."""
    if cap == "high":
        return t.gettext("%(bound)s or more", bound=CEILING)
    if cap == "low":
        return t.gettext("%(bound)s or less", bound=FLOOR)
    return f"{score:.0f}"


def interval_text(low: float | None, high: float | None) -> str:
    """`64–78`, with capped bounds as `64–90+` and `≤10–25`; empty where there is no interval."""
    if low is None or high is None:
        return ""
    lower = f"≤{FLOOR}" if low <= FLOOR else f"{low:.0f}"
    upper = f"{CEILING}+" if high >= CEILING else f"{high:.0f}"
    if low >= CEILING:
        return upper
    return lower if high <= max(low, FLOOR) else f"{lower}–{upper}"


def reading(t: Texts, value: str, interval: str) -> str:
    """What a chart row says to somebody who cannot see it."""
    if interval:
        return t.gettext("%(value)s of 100, 95%% interval %(interval)s", value=value, interval=interval)
    return t.gettext("%(value)s of 100", value=value)


def chance_text(t: Texts, p: float) -> str:
    """A probability as `87 in 100`; never a certainty."""
    if p >= 0.995:
        return t.gettext("over 99 in 100")
    if p < 0.005:
        return t.gettext("under 1 in 100")
    return t.gettext("%(count)s in 100", count=f"{100 * p:.0f}")


def count_text(t: Texts, count: float | None, total: float | None) -> str:
    """`9 of 12`, or `9` where the whole is unknown."""
    if count is None:
        return ""
    if total is None:
        return f"{count:.0f}"
    return t.gettext("%(count)s of %(total)s", count=f"{count:.0f}", total=f"{total:.0f}")


def agreement_text(t: Texts, rwg: float) -> str:
    """Within-group agreement in words, by the bands of LeBreton and Senter (2008)."""
    return t.gettext(next(words for bound, words in AGREEMENT_BANDS if rwg >= bound))


def gap_sentence(t: Texts, *, scale: str, higher: str, lower: str, points: int, interval: str, capped: bool) -> str:
    """How far two roles differ on a scale, the higher one first."""
    values = {"scale": scale, "higher": higher, "lower": lower, "interval": interval}
    if capped:
        return t.ngettext(
            "%(scale)s: %(higher)s at least %(count)s point above %(lower)s.",
            "%(scale)s: %(higher)s at least %(count)s points above %(lower)s.",
            points, **values,
        )  # fmt: skip
    return t.ngettext(
        "%(scale)s: %(higher)s %(count)s point above %(lower)s (95%% interval %(interval)s).",
        "%(scale)s: %(higher)s %(count)s points above %(lower)s (95%% interval %(interval)s).",
        points, **values,
    )  # fmt: skip


def pattern_counts(t: Texts, statuses: Mapping[str, int]) -> str:
    """How many patterns were looked for and what became of them; statuses: number of patterns by status."""
    counts = [t.gettext(words, count=statuses[status]) for status, words in PATTERN_COUNTS.items() if statuses[status]]
    total = sum(statuses.values())
    return t.ngettext(
        "%(count)s pattern was checked: %(counts)s.", "%(count)s patterns were checked: %(counts)s.",
        total, counts=t.listing(counts),
    )  # fmt: skip


def self_view_gap(t: Texts, points: float, *, own_cap: str, others_cap: str) -> str:
    """How far a role's view of itself lies above or below the others'; "" where caps hide it.

    points: the printed own score less the printed one of the others.
    """
    count = abs(round(points))
    may_be_higher = own_cap == "high" or others_cap == "low"
    may_be_lower = own_cap == "low" or others_cap == "high"
    if not (may_be_higher or may_be_lower):
        if points > 0:
            return t.ngettext("%(count)s point higher", "%(count)s points higher", count)
        return t.ngettext("%(count)s point lower", "%(count)s points lower", count) if count else t.gettext("the same")
    if points > 0 and not may_be_lower:
        return t.ngettext("at least %(count)s point higher", "at least %(count)s points higher", count)
    if points < 0 and not may_be_higher:
        return t.ngettext("at least %(count)s point lower", "at least %(count)s points lower", count)
    return ""
