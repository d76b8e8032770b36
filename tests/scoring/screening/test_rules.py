"""The table of rules and the page about it say the same."""

import re
from pathlib import Path

import pytest

from scoring.screening import RULES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "screening.md").read_text(encoding="utf-8")
ROWS = {match[1]: match[0].split("|") for match in re.finditer(r"^\| `(\w+)` \|.*$", PAGE, re.MULTILINE)}


def test_the_page_has_every_rule_in_order():
    """One row for each rule and no other."""
    assert [rule.id for rule in RULES] == list(ROWS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_page_says_what_the_rule_does(rule):
    """Sign and kind, raw or keyed, the bound and its side, and every year cited."""
    _, _, sign, index, flagged, source, _ = ROWS[rule.id]
    assert f"{rule.sign}, {rule.kind}" == sign.strip()
    said = re.match(r" (raw|keyed):", index)
    assert rule.answers == (said[1] if said else "none")
    words = {("high", False): "or more", ("high", True): "above", ("low", True): "below"}
    assert words[rule.bad, rule.strictly] in flagged
    assert rule.bound == float(re.search(r"\d+(\.\d+)?", flagged)[0])
    assert set(re.findall(r"\d{4}", f"{rule.source} {rule.bound_source}")) <= set(re.findall(r"\d{4}", PAGE))
    assert re.findall(r"\d{4}", rule.bound_source) == re.findall(r"\d{4}", source)


def test_reasons_print_their_value():
    """The sentence of every rule takes the value of its index."""
    for rule in RULES:
        assert rule.says.format(value=0.5) != rule.says
