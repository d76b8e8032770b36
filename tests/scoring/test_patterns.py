"""Patterns: conditions over draws in three values, what carries them, where their facts come from, what is printed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from instrument.conditions import parse
from instrument.definition import Fact, Option, Pattern
from scoring import mask, score
from scoring.patterns import Facts, Figures, draw_score, read, truth
from scoring.scores import PatternStatus

NAN = float("nan")
VALUES = {1: True, 0: False, NAN: None}  # of `x > 0`, and what it says in three values
DRAWS = 20_000
SHARE_ERROR = 4 * np.sqrt(0.25 / DRAWS)  # four Monte Carlo standard errors of a share

ROUNDING = 1e-12  # shares of 500 draws, summed in another order

# Ten draws each; the last score has no interval.
SCORES = {
    "A": np.array([40.0] * 9 + [60.0]),
    "B": np.array([60.0] * 4 + [40.0] * 6),
    "C": np.array([70.0] * 8 + [30.0] * 2),
    "L[lead]": np.array([70.0] * 10),
    "N": np.full(10, np.nan),
}
FACTS = Facts(
    {"planned": 10.0, "active": 4.0, "none_yet": 0.0},
    {"phase": frozenset({"start"}), "tools": frozenset({"land", "tax"})},
)
FIGURES = Figures(SCORES, FACTS)

CONDITIONS = {
    "low": "G < 50",
    "reached": "V1 >= 60",
    "both": "V1 >= 60 and V2 >= 60",
    "facet": "G1 >= 60",
    "gap": "G[chain] - G[user] > 0",
    "role": "V1[chain] >= 60",
    "of_start": "phase == start and G >= 60",
    "tasks": "active < 0.5 * planned",
    "wide": "count(tools) >= 2 and land in tools",
    "funded": "fund != no",
    "led": "leads == 1 and size > 8",
}


def reading(when: str):
    return read(parse(when, {"phase"}), FIGURES)


def answered(small, sizes, *, value=4.0):
    """Rows of members with two respondents each, so many per role."""
    return [
        {"member": f"{role}{i}", "role": role, **dict.fromkeys(small.item_ids, value)}
        for role, n in sizes.items()
        for i in range(n)
        for _ in range(2)
    ]


@pytest.fixture(scope="module")
def patterned(small):
    """The small instrument with one fact of each kind and one pattern for each kind of name."""
    facts = (
        Fact(id="phase", name={}, type="choice", options=(Option(id="start", name={}), Option(id="end", name={}))),
        Fact(id="tools", name={}, type="multiple", options=(Option(id="land", name={}), Option(id="tax", name={}))),
        Fact(id="fund", name={}, type="yes_no"),
        Fact(id="planned", name={}, type="number"),
        Fact(id="active", name={}, type="percent"),
    )
    patterns = tuple(Pattern(id=name, when=when, text={}) for name, when in CONDITIONS.items())
    return small.model_copy(update={"facts": facts, "patterns": patterns})


@pytest.fixture(scope="module")
def found(build, panel, patterned):
    """Scores of four units over two waves, without a table of facts."""
    rows, roster = panel(7, units=4, members=11, waves=2, silent=3)
    return score(build(rows, members=roster, instrument=patterned), draws=500)


@pytest.fixture
def status_of(build, patterned):
    """Status of every pattern in one unit, before masking or after."""

    def make(rows, *, members=None, units=None, masked=False):
        scores = score(build(rows, members=members, units=units, instrument=patterned), draws=100)
        frame = (mask(scores) if masked else scores).patterns
        return dict(zip(frame["pattern"].astype(str), frame["status"], strict=True))

    return make


@pytest.mark.parametrize("a", VALUES)
@pytest.mark.parametrize("b", VALUES)
def test_three_values(a, b):
    """What is unknown stays unknown unless the other part decides (Kleene's strong logic)."""
    figures = Figures({}, Facts({"a": a, "b": b}, {}))

    def value(when):
        one = truth(parse(when), figures)
        return True if one.true else False if one.false else None

    sides = {VALUES[a], VALUES[b]}
    assert (False if False in sides else None if None in sides else True) == value("a > 0 and b > 0")
    assert (True if True in sides else None if None in sides else False) == value("a > 0 or b > 0")
    assert {True: False, False: True, None: None}[VALUES[a]] == value("not a > 0")


@pytest.mark.parametrize(
    ("when", "p", "status"),
    [
        ("A < 50", 0.9, "holds"),
        ("A < 50 and B < 50", 0.5, "cannot_be_told"),
        ("A < 50 or B < 50", 1.0, "holds"),
        ("C >= 70", 0.8, "holds"),
        ("not C >= 70", 0.2, "absent"),
        ("A > 50", 0.1, "absent"),
        ("A + B <= 80", 0.5, "cannot_be_told"),
        ("2 * A - B / 2 - -1 == 51", 0.4, "cannot_be_told"),
        ("C != 70", 0.2, "absent"),
        ("L[lead] - A > 20", 0.9, "holds"),
        ("phase == start and A < 50", 0.9, "holds"),
        ("phase != start or A < 50", 0.9, "holds"),
        ("active < 0.5 * planned", 1.0, "holds"),
        ("count(tools) > 2", 0.0, "absent"),
        ("tax in tools and not sea in tools", 1.0, "holds"),
    ],
)
def test_the_share_of_draws_decides(when, p, status):
    """p is the share of the ten draws in which the condition is true; .80 of them make it hold, .20 absent."""
    assert (pytest.approx(p, abs=1e-12), status) == (reading(when).p, reading(when).status)


@pytest.mark.parametrize(
    ("when", "status"),
    [
        ("N < 50", "unknown"),
        ("not N < 50", "unknown"),
        ("N != 50", "unknown"),
        ("missing > 3", "unknown"),
        ("count(gone) >= 0", "unknown"),
        ("gone == here", "unknown"),
        ("planned / none_yet > 1", "unknown"),
        ("A < 50 and N < 50", "unknown"),
        ("B < 50 or N < 50", "unknown"),
        ("A < 50 or N < 50", "holds"),
        ("A > 50 and N < 50", "absent"),
        ("phase == end and N < 50", "absent"),
    ],
)
def test_what_is_unknown_counts_where_it_could_matter(when, status):
    """A missing fact, a score without interval, a share of nothing: a pattern is unknown unless the rest decides."""
    found = read(parse(when, {"phase", "gone"}), FIGURES)
    assert (status, status == "unknown") == (found.status, bool(np.isnan(found.p)))


@pytest.mark.parametrize(
    ("when", "trigger"),
    [
        ("A < 50 and B < 50", ""),
        ("L[lead] >= 70 and A < 50 and A < 55", "L[lead];A"),
        ("A < 50 or B < 50", "A"),
        ("B < 50 or B >= 50", ""),
        ("phase == end and L[lead] > 50 or phase == start and A < 50", "phase;A"),
        ("not (A > 50 or C < 20) and count(tools) == 2", "A;C;tools"),
        ("L[lead] - A > 20", "L[lead];A"),
        ("A > 50", ""),
    ],
)
def test_the_trigger_names_what_carries_a_pattern(when, trigger):
    """Named are the comparisons that hold in .80 of the draws by themselves, and none of a part that does not."""
    assert trigger == reading(when).trigger


def test_a_score_by_itself_is_drawn_from_its_t_distribution():
    """Shares below the quantiles of score + se t(df) are those of the quantiles; no interval gives no draws."""
    drawn = draw_score(np.random.default_rng(1), 60.0, 4.0, 5.0, DRAWS)
    for p in (0.05, 0.5, 0.9):
        assert abs(np.mean(drawn < 60 + 4 * t(5).ppf(p)) - p) < SHARE_ERROR
    assert np.isnan(draw_score(np.random.default_rng(1), 60.0, NAN, NAN, 3)).all()


def test_every_pattern_stands_in_every_unit(found):
    """One row per unit, wave and pattern, in the order of the instrument, with all names the condition has."""
    assert list(CONDITIONS) * len(found.keys) == found.patterns["pattern"].astype(str).tolist()
    first = found.patterns.iloc[: len(CONDITIONS)].set_index("pattern")["rests_on"]
    assert ["G", "V1;V2", "G[chain];G[user]", "tools"] == first[["low", "both", "gap", "wide"]].tolist()


def test_patterns_rest_on_the_draws_of_the_stages(found):
    """The share of draws beyond the stages' thresholds is the probability of having passed them."""
    p = found.patterns.astype({"pattern": str}).pivot(index=["unit", "wave"], columns="pattern", values="p")
    passed = found.stages.pivot(index=["unit", "wave"], columns="stage", values="p_at_least")
    known = passed["V2"].notna()
    assert known.any()
    expected, given = passed.loc[known, ["V1", "V2"]], p.loc[known, ["reached", "both"]]
    np.testing.assert_allclose(given, expected, rtol=0, atol=ROUNDING)


def test_patterns_leave_all_else_as_it_was(found, build, panel, small):
    """Every other frame is the same, to the last bit, for an instrument without patterns and facts."""
    rows, roster = panel(7, units=4, members=11, waves=2, silent=3)
    bare = score(build(rows, members=roster, instrument=small), draws=500)
    assert bare.patterns.empty
    for name in set(bare.frames) - {"patterns"}:
        pd.testing.assert_frame_equal(bare.frames[name], found.frames[name], obj=name)


def test_a_unit_alone_has_the_patterns_it_has_in_a_panel(found, build, panel, patterned):
    """Patterns of roles included, whose draws come last."""
    rows, roster = panel(7, units=4, members=11, waves=2, silent=3)
    responses = build(rows, members=roster, instrument=patterned)
    chosen = responses.answers[(responses.answers["unit"] == "u2") & (responses.answers["wave"] == "2")]
    alone = score(replace(responses, answers=chosen.reset_index(drop=True)), draws=500).patterns.astype(object)
    pd.testing.assert_frame_equal(found.of("u2", "2").patterns.astype(object), alone, rtol=0, atol=1e-6)


def test_without_draws_there_are_no_patterns(build, panel, patterned):
    """The frame is empty, has its columns, and masks."""
    rows, _ = panel(1)
    scores = score(build(rows, instrument=patterned), draws=0)
    columns = ["unit", "wave", "pattern", "rests_on", "p", "trigger", "status"]
    assert (0, columns) == (len(scores.patterns), list(scores.patterns))
    assert (0, columns) == (len(mask(scores).patterns), list(mask(scores).patterns))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"phase": "start", "tools": "tax;land", "fund": "yes", "planned": 9.0, "active": 4.0},
            {"of_start": "holds", "tasks": "holds", "wide": "holds", "funded": "holds"},
        ),
        (
            {"phase": "end", "tools": "tax", "fund": "no", "planned": 8.0, "active": 4.0},
            {"of_start": "absent", "tasks": "absent", "wide": "absent", "funded": "absent"},
        ),
        (
            {"phase": "", "tools": "", "fund": "", "planned": NAN, "active": 4.0},
            {"of_start": "unknown", "tasks": "unknown", "wide": "unknown", "funded": "unknown"},
        ),
    ],
)
def test_facts_come_from_the_table_of_units(small, status_of, facts, expected):
    """Options, several options, yes and no, and numbers are read; what is not given is unknown."""
    units = pd.DataFrame([{"unit": "a", "wave": "1", **facts}])
    status = status_of(answered(small, {"chain": 8, "user": 8}), units=units)
    assert expected == {name: status[name] for name in expected}


@pytest.mark.parametrize(
    ("over", "expected"),
    [({}, "holds"), ({"left": "2020-01-01"}, "absent"), ({"lead": True}, "absent"), ({"lead": None}, "unknown")],
)
def test_members_and_leads_come_from_the_roster_of_the_wave(small, status_of, over, expected):
    """A silent member counts while it belongs to the wave, a second lead is seen, and a missing flag leaves it open."""
    rows = [{**row, "submitted_at": "2025-03-01"} for row in answered(small, {"chain": 8})]
    roster = [{"member": f"chain{i}", "roles": "chain", "lead": False} for i in range(8)]
    roster[0]["lead"] = True
    silent = {"member": "silent", "roles": "chain", "lead": False, **over}
    assert expected == status_of(rows, members=[*roster, silent])["led"]
    assert "unknown" == status_of(rows)["led"]


@pytest.mark.parametrize(
    ("n", "printed"), [(4, set()), (5, {"low", "reached", "both"}), (7, {"low", "reached", "both"}),
                       (8, {"low", "reached", "both", "facet"})],
)  # fmt: skip
def test_a_pattern_needs_the_printed_interval_of_every_score_it_names(small, status_of, n, printed):
    """Five members for constructs and stages, eight for a facet."""
    rows = answered(small, {"chain": n})
    status = status_of(rows, masked=True)
    assert printed == {name for name in ("low", "reached", "both", "facet") if status[name] != "withheld"}


def test_facts_alone_are_public(small, status_of):
    """They print where no score of the unit does."""
    units = pd.DataFrame([{"unit": "a", "wave": "1", "tools": "land;tax", "planned": 9.0, "active": 4.0, "fund": "no"}])
    status = status_of(answered(small, {"chain": 2}), units=units, masked=True)
    expected = {"tasks": "holds", "wide": "holds", "funded": "absent", "low": "unknown", "of_start": "unknown"}
    assert expected == {name: status[name] for name in expected}


@pytest.mark.parametrize(
    ("users", "consent", "gap"), [(5, False, "absent"), (4, False, "withheld"), (4, True, "absent")]
)
def test_a_pattern_of_roles_needs_five_members_or_consent_in_each(small, status_of, users, consent, gap):
    """So does the interval of each role's score, which stands beside it."""
    rows = answered(small, {"chain": 6, "user": users})
    names = dict.fromkeys((row["member"], row["role"]) for row in rows)
    roster = [{"member": name, "roles": role, "show_own": consent and role == "user"} for name, role in names]
    rows = [{**row, **dict.fromkeys(small.item_ids, 5.0 if row["role"] == "user" else 2.0)} for row in rows]
    status = status_of(rows, members=roster, masked=True)
    assert (gap, "absent") == (status["gap"], status["role"])


def test_a_printed_pattern_shows_nothing_but_printed_scores(found):
    """Wherever there is a p, every score named has its interval on the page, and p has two decimals."""
    masked = mask(found)
    shown = masked.patterns[masked.patterns["p"].notna()]
    cells = pd.concat([masked.scales.assign(role=""), masked.roles]).dropna(subset=["ci_low"])
    names = cells["scale"].astype(str) + cells["role"].astype(str).map(lambda role: role and f"[{role}]")
    printed = set(zip(cells["unit"].astype(str), cells["wave"].astype(str), names, strict=True))
    scales = set(masked.scales["scale"].astype(str))
    for _, row in shown.iterrows():
        named = [name for name in row["rests_on"].split(";") if name.split("[")[0] in scales]
        assert {(row["unit"], row["wave"], name) for name in named} <= printed
    assert shown["p"].equals(shown["p"].round(2))


def test_a_withheld_pattern_says_nothing(found):
    """No probability, no trigger; and something is withheld in this panel, something not."""
    frame = mask(found).patterns
    hidden = frame[frame["status"] == PatternStatus.WITHHELD]
    assert 0 < len(hidden) < len(frame)
    assert (True, {""}) == (hidden["p"].isna().all(), set(hidden["trigger"]))
