"""Flags with reasons, and whom to leave out."""

from dataclasses import replace
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
import yaml

from instrument import load_instrument, read_responses
from instrument.loading import parse_instrument
from scoring.screening import RULES, screen
from scoring.screening.screening import recommend

ROWS = 400


@pytest.fixture(scope="module")
def shipped():
    folder = files("sample_data") / "panel"
    return read_responses(str(folder), load_instrument())


@pytest.fixture(scope="module")
def screened(shipped):
    return screen(shipped)


def _flags(**raised: bool) -> dict[str, np.ndarray]:
    return {rule.id: np.array([raised.get(rule.id, False)]) for rule in RULES}


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if rule.sign == "hard"])
def test_one_hard_sign_recommends(rule):
    """A hard sign is enough."""
    assert recommend(_flags(**{rule: True}))[0]


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if rule.sign == "soft"])
def test_one_soft_sign_does_not(rule):
    """A soft sign by itself is a flag and no more."""
    assert not recommend(_flags(**{rule: True}))[0]


def test_soft_signs_must_be_of_two_kinds():
    """Two signs of the same kind say the same thing twice; two of different kinds converge."""
    assert not recommend(_flags(long_string=True, low_irv=True))[0]
    assert not recommend(_flags(even_odd=True, synonyms=True, antonyms=True))[0]
    assert recommend(_flags(within_scale=True, mahalanobis=True))[0]


def test_bounds_are_inclusive_unless_they_say_otherwise():
    """90 % of one answer is flagged, exactly two seconds are not, and what is not known never is."""
    rules = {rule.id: rule for rule in RULES}
    assert [True, False, False] == rules["one_answer"].flags(np.array([0.9, 0.89, np.nan])).tolist()
    assert [True, False, False] == rules["total_time"].flags(np.array([1.9, 2.0, np.nan])).tolist()


def test_nobody_is_dropped(shipped, screened):
    """The table has everybody, in the order of waves; the recommended ones are marked in the order of the answers."""
    assert len(shipped.answers) == len(screened.respondents) == len(screened.recommended)
    assert screened.recommended.sum() == screened.respondents["recommended"].sum()
    marked = set(shipped.answers.loc[screened.recommended, "respondent"])
    assert marked == set(screened.respondents.loc[screened.respondents["recommended"], "respondent"])
    assert len(shipped.answers) == screened.summary["respondents"]


def test_each_flag_has_its_reason(screened):
    """As many reasons as flags, the index beyond the bound behind each, and nobody recommended without a flag."""
    table = screened.respondents
    flags = [named.split(";") if named else [] for named in table["flags"]]
    reasons = [said.split("; ") if said else [] for said in table["reasons"]]
    assert list(map(len, flags)) == list(map(len, reasons))
    for rule in RULES:
        held = [rule.id in named for named in flags]
        assert held == rule.flags(table[rule.index].to_numpy(float)).tolist()
    assert (table.loc[table["recommended"], "flags"] != "").all()


def test_rules_count_what_the_table_holds(screened):
    """Flagged and judged of every rule and wave are those of the respondents' table."""
    for rule in screened.rules.to_dict("records"):
        values = screened.respondents.loc[screened.respondents["wave"] == rule["wave"], rule["index"]]
        assert values.notna().sum() == rule["judged"]
        assert rule["flagged"] <= rule["judged"]
        assert rule["judged"] or rule["note"]


def test_a_wave_screened_alone_equals_itself_in_the_panel(shipped, screened):
    """What other waves hold changes nothing."""
    alone = screen(shipped.of_wave("2"))
    whole = screened.respondents[screened.respondents["wave"] == "2"].reset_index(drop=True)
    pd.testing.assert_frame_equal(whole, alone.respondents)


def test_the_careless_of_the_sample_panel_are_found(screened):
    """truth.json names 42 careless answers: nine in ten are recommended, and nobody else."""
    truth = yaml.safe_load((files("sample_data") / "panel" / "truth.json").read_text(encoding="utf-8"))["careless"]
    careless = {(wave, respondent) for wave, respondent, _ in truth}
    table = screened.respondents[screened.respondents["recommended"]]
    found = set(zip(table["wave"], table["respondent"], strict=True))
    assert found <= careless
    assert len(found) >= 0.9 * len(careless)


def test_organisations_say_how_many_tick_one_answer(build):
    """The share of people with one answer is that of the organisation, whatever the unit."""
    items = [f"g{n}{x}" for n in (1, 2, 3) for x in "ab"] + ["l1a", "l1b", "l1c", "v1a", "v1b", "v2a", "v2b"]
    rng = np.random.default_rng(1)
    rows = [
        {"unit": unit, "member": "m", "respondent": f"{unit}{k}", "role": "chain"}
        | {item: 4 if k < 2 else float(rng.integers(1, 6)) for item in items}
        for unit in "ab"
        for k in range(4)
    ]
    roster = [{"unit": unit, "member": "m", "roles": "chain", "organisation": "Works"} for unit in "ab"]
    found = screen(build(rows, members=roster)).organisations
    assert [("Works", 8, 4, 0.5)] == list(
        found[["organisation", "respondents", "one_answer", "share"]].itertuples(index=False, name=None)
    )
    assert ["a/m", "b/m"] == screen(build(rows)).organisations["organisation"].tolist()


def test_copies_across_organisations_are_told_apart(shipped):
    """A respondent who repeats another of a different organisation is named with it."""
    frame = shipped.of_wave("1").answers.copy()
    ids = list(shipped.instrument.item_ids)
    chain = frame.index[(frame["role"] == "chain") & (frame["form"] == "full")]
    first, second = chain[0], chain[-1]
    frame.loc[second, ids] = frame.loc[first, ids]
    found = screen(replace(shipped, answers=frame)).duplicates
    pair = found[found["respondent_a"] == frame.loc[first, "respondent"]]
    assert [(frame.loc[second, "respondent"], 1.0, True)] == list(
        pair[["respondent_b", "match", "across"]].itertuples(index=False, name=None)
    )


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_a_handful_of_people_is_screened_without_a_crash(build, rows):
    """Few people: what cannot be judged says why."""
    people = [{"role": "chain", "g1a": 3, "g1b": 2 + k % 3} for k in range(rows)]
    found = screen(build(people))
    assert (found.rules.loc[found.rules["judged"] == 0, "note"] != "").all()
    assert not found.recommended.any()


def test_nobody_answered_anything(build):
    """Rows without a single answer are no error."""
    found = screen(build([{"role": "chain"}, {"role": "lead"}, {}]))
    assert 0 == found.summary["flagged"]


def test_one_item_per_construct_without_units():
    """An instrument of respondents only, with one item to each construct, screens as far as it goes."""
    names = "ABCDEFGHIJKL"
    document = {
        "format": 1, "id": "single", "version": 1, "name": {"en": "Single"}, "languages": ["en"],
        "levels": ["respondent"], "scales": {"s": {"min": 1, "max": 7}},
        "constructs": [{"id": n, "name": {"en": n}, "scale": "s", "kind": "reflective"} for n in names],
        "facets": [{"id": f"{n}1", "construct": n, "name": {"en": n}} for n in names],
        "items": [{"id": f"{n.lower()}1", "facet": f"{n}1", "text": {"en": n}} for n in names],
    }  # fmt: skip
    instrument = parse_instrument(yaml.safe_dump(document))
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"respondent": [f"p{k}" for k in range(ROWS)], "wave": "1", "language": "", "form": "full"})
    for item in instrument.item_ids:
        frame[item] = rng.integers(1, 8, ROWS).astype(np.float32)
    template = read_responses(str(files("sample_data") / "panel"), load_instrument())
    found = screen(replace(template, instrument=instrument, answers=frame, members=None, units=None))
    notes = found.rules.set_index("rule")["note"]
    assert "Nobody answered enough items of the same scales." == notes["within_scale"]
    assert "Needs 10 facets with two items answered; there are 0 at most." == notes["even_odd"]
    assert "The questionnaire has no reversed items." == notes["one_answer"]
    assert ROWS == found.rules.set_index("rule").loc["mahalanobis", "judged"]


def test_instructed_statements(shipped):
    """Another answer than asked is a hard sign; a missing code or a blank is none."""
    instructed = {"id": "x1", "scale": "agree5", "answer": 4, "after": "g1a"}
    text = dict.fromkeys(shipped.instrument.languages, "x")
    instrument = type(shipped.instrument).model_validate(
        {**shipped.instrument.model_dump(), "instructed": [{**instructed, "text": text}]}
    )
    frame = shipped.of_wave("1").answers.iloc[:40].copy()
    frame.insert(frame.columns.get_loc("g1a"), "x1", np.float32(4))
    frame.loc[frame.index[:4], "x1"] = [2, 98, np.nan, 5]
    found = screen(replace(shipped, instrument=instrument, answers=frame))
    failed = found.respondents["instructed_failed"]
    assert [1.0, 1.0] == failed.iloc[[0, 3]].tolist()
    assert failed.iloc[[1, 2]].isna().all()
    assert (failed.iloc[4:] == 0).all()
    assert found.respondents["recommended"].iloc[[0, 3]].all()
    rule = found.rules.set_index("rule").loc["instructed_item"]
    assert (38, 2, "") == (rule["judged"], rule["flagged"], rule["note"])


def test_times_of_the_audit_log_are_a_hard_sign(shipped):
    """Somebody with a second for every page of five items is recommended, somebody with a minute is not."""
    frame = shipped.of_wave("1").answers.iloc[:40].drop(columns=["started_at", "submitted_at"])
    frame = frame.reset_index(drop=True)
    events = [
        {
            "wave": "1",
            "unit": str(frame["unit"][row]),
            "respondent": str(frame["respondent"][row]),
            "node": f"/d/{page}",
        }
        | {"event": "group questions", "start": 0.0, "end": 1000.0 * seconds}
        for row, seconds in ((0, 1), (1, 60))
        for page in ("G", "T", "C")
    ]
    found = screen(replace(shipped, answers=frame, audit=pd.DataFrame(events)))
    assert "page_time" in found.respondents["flags"][0]
    assert found.respondents["recommended"][0]
    assert "page_time" not in found.respondents["flags"][1]
    assert 2 == found.rules.set_index("rule").loc["page_time", "judged"]
    assert "started_at" in found.rules.set_index("rule").loc["total_time", "note"]
