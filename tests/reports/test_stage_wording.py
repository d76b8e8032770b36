"""Where a unit stands on the ladder, in words."""

import pytest

from reports.stage_wording import Standing, maturity_sentence, position_text, stage_status, unassessed_sentence
from reports.texts import Texts, texts_for
from scoring.scores import MaturityStatus, StageStatus

EN, ZH = texts_for("en"), texts_for("zh-Hans")
STAGES = {"V1": "consensus", "V2": "sharing", "V3": "symbiosis", "V4": "win-win"}
CHINESE = {"V1": "价值共识", "V2": "价值共享", "V3": "价值共生"}
CHANCES = dict(zip(STAGES, ("over 99 in 100", "87 in 100", "36 in 100", ""), strict=True))


def told(t: Texts = EN, names: dict[str, str] = STAGES, status: str = "range", **place: str) -> str:
    standing = Standing(place["low"], place["high"], place["end"])
    p = 0.87 if place["high"] else None
    return maturity_sentence(t, standing, p=p, status=status, names=names, chances=CHANCES)


@pytest.mark.parametrize(
    ("low", "high", "end", "expected"),
    [
        ("V2", "V2", "V4", "Stage reached: sharing (probability 87 in 100)."),
        ("V2", "V2", "V3", "Stage reached: sharing (probability 87 in 100)."),
        ("V4", "V4", "V4", "Stage reached: win-win (probability 87 in 100)."),
        ("V2", "V2", "V2", "Stage reached: at least sharing (probability 87 in 100)."),
        ("V2", "V3", "V3", "Stage reached: sharing (probability 87 in 100); uncertain: symbiosis (36 in 100)."),
        ("V1", "V3", "V3", "Stage reached: consensus (probability 87 in 100); uncertain: sharing (87 in 100) and "
                           "symbiosis (36 in 100)."),
        ("0", "V2", "V2", "These answers cannot tell which stage is reached."),
        ("0", "V4", "V4", "These answers cannot tell which stage is reached."),
        ("0", "0", "V4", "The first stage, consensus, is not yet reached (probability 87 in 100)."),
        ("0", "V1", "V4", "At most the stage consensus is reached (probability 87 in 100)."),
        ("V2", "V3", "V4", "The stage reached is sharing or symbiosis (probability 87 in 100); "
                           "which of the two is uncertain."),
        ("V2", "V4", "V4", "The stage reached is anywhere from sharing to win-win (probability 87 in 100)."),
    ],
)  # fmt: skip
def test_every_position_on_the_ladder_has_its_sentence(low: str, high: str, end: str, expected: str) -> None:
    """The stage is named, bracketed or denied, always with its probability."""
    assert expected == told(low=low, high=high, end=end)


@pytest.mark.parametrize("status", [MaturityStatus.FEW_MEMBERS, MaturityStatus.NOT_ASSESSABLE, MaturityStatus.WITHHELD])
def test_no_stage_is_named_without_grounds(status: MaturityStatus) -> None:
    """Each reason for naming no stage is told."""
    assert told(low="", high="", end="V3", status=status).startswith("No stage is named")


def test_the_reasons_for_naming_no_stage_differ() -> None:
    """Three reasons are three sentences."""
    reasons = (MaturityStatus.FEW_MEMBERS, MaturityStatus.NOT_ASSESSABLE, MaturityStatus.WITHHELD)
    assert 3 == len({told(low="", high="", end="0", status=why) for why in reasons})


@pytest.mark.parametrize(
    ("low", "high", "end", "expected"),
    [
        ("0", "V1", "V4", "no stage or stage consensus"), ("V2", "V2", "V4", "stage sharing"),
        ("V2", "V3", "V3", "at least stage sharing"), ("V4", "V4", "V4", "stage win-win"), ("0", "0", "V2", "no stage"),
        ("V2", "V4", "V4", "anywhere from stage sharing to stage win-win"), ("", "", "", ""),
    ],
)  # fmt: skip
def test_a_position_is_told_in_a_few_words(low: str, high: str, end: str, expected: str) -> None:
    """The ladder has a ground, and an end beyond which nothing was assessed."""
    assert expected == position_text(EN, Standing(low, high, end), STAGES)


def test_a_stage_without_a_probability_says_why() -> None:
    """Only a stage that was assessed needs no words."""
    assert {StageStatus.OK} == {status for status in StageStatus if not stage_status(EN, status)}
    unassessable, not_yet = StageStatus.NOT_ASSESSABLE, StageStatus.NOT_APPLICABLE_YET
    assert "cannot be assessed without answers of the role User" == stage_status(EN, unassessable, missing="User")
    assert stage_status(EN, unassessable, few_judge=True).endswith("too few of those asked can judge")
    assert "does not apply yet, say 65% of those asked" == stage_status(EN, not_yet, share="65%")


def test_chinese_sentences_have_chinese_marks() -> None:
    """Full-width punctuation, no blanks, a probability as a percentage."""
    named = told(ZH, CHINESE, "named", low="V2", high="V2", end="V3")
    either = told(ZH, CHINESE, low="V1", high="V2", end="V3")
    assert "已达到“价值共享”阶段（概率87%）。" == named
    assert "已达到的阶段为“价值共识”或“价值共享”（概率87%），尚不能确定是哪一个。" == either
    reason = stage_status(ZH, StageStatus.NOT_ASSESSABLE, missing="用户单位")
    assert "“价值共生”：没有用户单位作答，无法评定。" == unassessed_sentence(ZH, "价值共生", reason)


def test_a_ladder_may_have_one_stage() -> None:
    """One stage is first and last at once."""
    one = {"V1": "consensus"}
    reached, denied = (told(names=one, status="named", low=at, high=at, end="V1") for at in ("V1", "0"))
    assert reached == "Stage reached: consensus (probability 87 in 100)."
    assert denied == "The first stage, consensus, is not yet reached (probability 87 in 100)."
