"""The ladder of stages in words: where a unit stands, which stages are uncertain, and why some cannot be assessed."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.texts import N_, Texts
from reports.wording import chance_text
from scoring.scores import MaturityStatus, StageStatus

STAGE_STATUS = {
    StageStatus.FEW_MEMBERS: N_("fewer than five answered"),
    StageStatus.NOT_APPLICABLE_YET: N_("does not apply yet"),
    StageStatus.NOT_ASSESSABLE: N_("cannot be assessed"),
    StageStatus.BEYOND_LADDER: N_("not assessed, because an earlier stage is not"),
    StageStatus.WITHHELD: N_("withheld to protect the people who answered"),
    StageStatus.NOT_VALID: N_("no chance is given, as no stage is named"),
}
NO_STAGE = {
    MaturityStatus.FEW_MEMBERS: N_("No stage is named: fewer than five answered."),
    MaturityStatus.NOT_ASSESSABLE: N_("No stage is named: the first stage cannot be assessed."),
    MaturityStatus.WITHHELD: N_("No stage is named, to protect the people who answered."),
    MaturityStatus.NOT_VALID: N_(
        "No stage is named: the study of the questionnaire does not bear out the order of the stages on these answers."
    ),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The stages that a unit may stand at, low to high; "0" for none. end: the last stage assessed."""

    low: str
    high: str
    end: str

    @property
    def open(self) -> bool:
        """Whether a stage beyond the last one assessed may be reached as well, for all that is known."""
        return self.high == self.end


def stage_status(t: Texts, status: str, *, share: str = "", missing: str = "", few_judge: bool = False) -> str:
    """Why a stage has no probability; "" where it has one.

    share: of those asked to whom it does not apply yet; missing: roles that a stage needs and that did not answer.
    """
    if status == StageStatus.NOT_APPLICABLE_YET and share:
        return not_yet_text(t, share)
    if status == StageStatus.NOT_ASSESSABLE and missing:
        return t.gettext("cannot be assessed without answers of the role %(role)s", role=missing)
    if status == StageStatus.NOT_ASSESSABLE and few_judge:
        return t.gettext("cannot be assessed, because too few of those asked can judge")
    return t.gettext(STAGE_STATUS[StageStatus(status)]) if status in STAGE_STATUS else ""


def not_yet_text(t: Texts, share: str) -> str:
    """How many say that a stage does not apply yet."""
    return t.gettext("does not apply yet, say %(share)s of those asked", share=share)


def maturity_sentence(
    t: Texts, standing: Standing, *, p: float | None, status: str, names: Mapping[str, str], chances: Mapping[str, str]
) -> str:
    """Where a unit stands on the ladder.

    p: of the range; names: of the stages, in the ladder's order; chances: of having reached each stage, as printed.
    """
    found = MaturityStatus(status)
    if found in NO_STAGE or p is None:
        return t.gettext(NO_STAGE.get(found, NO_STAGE[MaturityStatus.NOT_ASSESSABLE]))
    ladder = list(names)
    low, high = standing.low, standing.high
    if high == "0":
        message = N_("The first stage, %(high)s, is not yet reached (probability %(chance)s).")
        return t.gettext(message, high=names[ladder[0]], chance=chance_text(t, p))
    if low == "0" and standing.open:  # the range holds everything there is
        return t.gettext("These answers cannot tell which stage is reached.")
    if low == "0":
        message = N_("At most the stage %(high)s is reached (probability %(chance)s).")
    elif standing.open and high != ladder[-1]:
        return _open_sentence(t, ladder[ladder.index(low) : ladder.index(high) + 1], p, names, chances)
    elif low == high:
        message = N_("Stage reached: %(high)s (probability %(chance)s).")
    elif ladder.index(high) - ladder.index(low) == 1:
        message = N_(
            "The stage reached is %(low)s or %(high)s (probability %(chance)s); which of the two is uncertain."
        )
    else:
        message = N_("The stage reached is anywhere from %(low)s to %(high)s (probability %(chance)s).")
    return t.gettext(message, low=names.get(low, ""), high=names[high], chance=chance_text(t, p))


def _open_sentence(t: Texts, stages: list[str], p: float, names: Mapping[str, str], chances: Mapping[str, str]) -> str:
    """The first of these stages is reached with p, the others perhaps; what comes after them was not assessed."""
    first, *others = stages
    if not others:
        message = N_("Stage reached: at least %(stage)s (probability %(chance)s).")
        return t.gettext(message, stage=names[first], chance=chance_text(t, p))
    uncertain = [t.gettext("%(stage)s (%(chance)s)", stage=names[stage], chance=chances[stage]) for stage in others]
    return t.gettext(
        "Stage reached: %(stage)s (probability %(chance)s); uncertain: %(uncertain)s.",
        stage=names[first], chance=chance_text(t, p), uncertain=t.listing(uncertain),
    )  # fmt: skip


def unassessed_sentence(t: Texts, stage: str, status: str) -> str:
    """Which stage ended the ladder, and why, as `stage_status` puts it."""
    return t.gettext("%(stage)s: %(why)s.", stage=stage, why=status)


def position_text(t: Texts, standing: Standing, names: Mapping[str, str]) -> str:
    """A position on the ladder in a few words; "" where there is none."""
    named = {"0": t.gettext("no stage")} | {
        stage: t.gettext("stage %(stage)s", stage=name) for stage, name in names.items()
    }
    ladder = list(named)
    if standing.low not in named or standing.high not in named:
        return ""
    low, high = named[standing.low], named[standing.high]
    if standing.open and standing.high not in ("0", ladder[-1]) and standing.low != "0":
        return t.gettext("at least %(stage)s", stage=low)
    if standing.low == standing.high:
        return low
    if ladder.index(standing.high) - ladder.index(standing.low) == 1:
        return t.gettext("%(low)s or %(high)s", low=low, high=high)
    return t.gettext("anywhere from %(low)s to %(high)s", low=low, high=high)
