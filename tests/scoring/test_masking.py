"""`mask`: nothing slips through, and what is held back is held back everywhere."""

import numpy as np
import pandas as pd
import pytest

from scoring import Minimum, mask, score

STAGES = ("V1", "V2", "V3", "V4")
PROBABILITIES = ("p", "p_at_least", "p_exact", "share_97", "can_judge")
SKEW = 2  # points; the draws of a gap of two t margins are not symmetric, and both limits are rounded
TWO_DECIMALS = ("rwg_uniform", "rwg_skewed", "ad", "icc1", "icc2")


def people(small, values, *, role="chain", each=2, prefix="m", **over):
    """One member per value, whose respondents all answer it everywhere."""
    return [
        {"member": f"{prefix}{i}", "role": role, **dict.fromkeys(small.item_ids, float(value)), **over}
        for i, value in enumerate(values)
        for _ in range(each)
    ]


@pytest.fixture(scope="module")
def masked(small_scores):
    return mask(small_scores)


@pytest.fixture
def masked_of(build):
    """Masked scores of one unit's rows."""

    def make(rows, *, members=None, minimum=None, draws=100):
        return mask(score(build(rows, members=members), draws=draws), minimum)

    return make


def test_masked_frames_hold_no_members(masked, small_scores):
    """Members and respondents are gone, what was withheld is listed, and the original is untouched."""
    assert (masked.members, masked.respondents, masked.masked) == (None, None, True)
    assert (small_scores.members is None, small_scores.masked) == (False, False)
    assert {"unit", "wave", "table", "scale", "role", "reason"} == set(masked.withheld)


def test_masking_twice_is_refused(masked):
    """A mask over a mask would take rounded figures for exact ones."""
    with pytest.raises(ValueError, match="masked already"):
        mask(masked)


@pytest.mark.parametrize("table", ["scales", "roles"])
def test_printed_scores_are_whole_numbers_within_the_caps(masked, table):
    """No score, limit or standard error of the unmasked frames slips through."""
    frame = masked.frames[table]
    shown = frame[["score", "ci_low", "ci_high"]].stack().dropna()
    assert len(shown)
    assert ((shown == shown.round()) & shown.between(10, 90)).all()
    assert frame[["se", "df"]].isna().all().all()


def test_every_number_of_every_frame_is_of_a_kind_that_may_be_printed(masked):
    """Whole numbers, probabilities, or agreement to two decimals; nothing else that is numeric."""
    for name, frame in masked.frames.items():
        for column in frame.select_dtypes("number"):
            values = frame[column].dropna()
            if column in PROBABILITIES:
                assert values.between(0, 1).all(), (name, column)
            elif column in TWO_DECIMALS:
                np.testing.assert_allclose(values, values.round(2), rtol=0, atol=1e-12, err_msg=f"{name}.{column}")
            elif column != "ad_limit":  # a constant of the response scale
                assert (values == values.round()).all(), (name, column)


def test_withheld_rows_say_so(masked):
    """A score that is not shown has the status withheld and stands in the list with a reason; all others have none."""
    for table in ("scales", "roles"):
        frame = masked.frames[table]
        hidden = frame["score"].isna() & (frame["members"] > 0)
        assert (hidden == (frame["status"] == "withheld")).all()
        listed = masked.withheld[masked.withheld["table"] == table]
        assert hidden.sum() == len(listed)
        assert set(listed["reason"]) <= {"too_few", "complement", "insider", "nested"}


def test_masking_one_unit_is_masking_all(small_scores, masked):
    """A unit's masked frames are the same whether masked alone or with the others, but for the ICC, which is of all."""
    for unit, wave in small_scores.keys[:3]:
        expected, found = masked.of(unit, wave), mask(small_scores.of(unit, wave))
        for name, frame in expected.frames.items():
            if name == "icc":
                continue
            pd.testing.assert_frame_equal(
                frame.astype(object), found.frames[name].astype(object), check_dtype=False, obj=name
            )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "each", "reason"),
    [((2, 3), 4, "too_few"), ((2, 3, 4), 1, "too_few"), ((2, 3, 4), 2, ""), ((2, 3, 4, 5), 2, "")],
)
def test_a_unit_needs_three_members_and_five_respondents(small, masked_of, row_of, values, each, reason):
    """Units of two to four members, at the edges of both minima; no interval below five members."""
    found = masked_of(people(small, values, each=each))
    row = row_of(found.scales, scale="G2")
    assert np.isnan(row["score"]) == bool(reason)
    assert np.isnan([row["ci_low"], row["ci_high"]]).all()
    assert {reason} - {""} == set(found.withheld.query("table == 'scales'")["reason"])


def test_a_lower_minimum_opens_the_unit(small, masked_of, row_of):
    """Three members and three respondents are enough where the setting says so."""
    row = row_of(masked_of(people(small, (2, 3, 4), each=1), minimum=Minimum(3, 3)).scales, scale="G2")
    assert row["score"] == 50


def test_the_insider_closes_a_unit(build, masked_of, row_of):
    """One at 70, two at 100: the one at 70 would know the others."""
    answers = enumerate([(4, 3), (5, 5), (5, 5)])
    rows = [{"member": f"m{i}", "role": "chain", "g2a": a, "g2b": b} for i, (a, b) in answers for _ in "ab"]
    found = masked_of(rows)
    row = row_of(found.scales, scale="G2")
    assert (row["status"], row["cap"]) == ("withheld", "")
    reasons = found.withheld[found.withheld["scale"] == "G2"]
    assert {("scales", ""): "insider", ("roles", "chain"): "insider"} == reasons.set_index(["table", "role"])[
        "reason"
    ].to_dict()


@pytest.mark.parametrize(("value", "shown", "side"), [(5, 90, "high"), (1, 10, "low")])
@pytest.mark.parametrize("n", [3, 4, 8])
def test_units_at_an_end_print_the_cap(small, masked_of, row_of, n, value, shown, side):
    """All 100 or all 0 prints as "90 or more" or "10 or less" and tells no more."""
    rows = people(small, [value] * n, g1b=6.0 - value)
    found = masked_of(rows)
    for scale in ("G", "G1", "L", "V1", "O"):
        row = row_of(found.scales, scale=scale)
        assert (row["score"], row["cap"]) == (shown, side)
        limits = [row["ci_low"], row["ci_high"]]
        assert np.isnan(limits).all() or (min(limits) >= 10 and max(limits) <= 90)


@pytest.mark.parametrize(
    ("n", "construct", "facet"), [(4, False, False), (5, True, False), (7, True, False), (8, True, True)]
)
def test_intervals_need_five_members_and_facets_eight(small, masked_of, row_of, n, construct, facet):
    """Agreement follows the same bound; stages are bound as constructs."""
    found = masked_of(people(small, [2 + i % 3 for i in range(n)]))
    shown = [bool(np.isfinite(row_of(found.scales, scale=scale)["ci_low"])) for scale in ("G", "V1", "G2")]
    assert [construct, construct, facet] == shown
    agreed = [bool(np.isfinite(row_of(found.agreement, scale=scale)["ad"])) for scale in ("G", "V1", "G2")]
    assert [construct, construct, facet] == agreed


@pytest.fixture
def two_roles(small):
    """Five chain enterprises and five users, ten respondents each."""
    return [*people(small, (2, 3, 3, 4, 3)), *people(small, (3, 4, 4, 5, 4), role="user", prefix="u")]


def test_gaps_are_differences_of_printed_scores(masked_of, two_roles, row_of):
    """Whoever subtracts the printed scores gets the printed gap."""
    found = masked_of(two_roles)
    assert len(found.gaps)
    for gap in found.gaps.itertuples():
        sides = [row_of(found.roles, scale=gap.scale, role=role)["score"] for role in (gap.role_a, gap.role_b)]
        assert gap.gap == sides[0] - sides[1]
        assert gap.ci_low <= gap.gap <= gap.ci_high
        assert max(abs(gap.ci_low), abs(gap.ci_high)) <= 80


def test_a_gap_does_not_tell_what_a_cap_hides(small, masked_of):
    """With one role at 100, shown as 90, the gap's interval lies around the gap that is shown."""
    rows = [*people(small, [5] * 5), *people(small, (3, 3, 4, 3, 2), role="user", prefix="u")]
    found = masked_of(rows, draws=2000).gaps.set_index("scale").loc["L"]
    assert (found["gap"], bool(found["cap"])) == (40, True)
    assert pytest.approx(40, abs=SKEW) == (found["ci_low"] + found["ci_high"]) / 2


@pytest.mark.parametrize("others", [1, 2])
def test_a_role_whose_complement_is_tiny_is_withheld(small, masked_of, others):
    """The unit minus the role would show one or two members."""
    users = people(small, (3, 4)[:others], role="user", prefix="u", each=4)
    found = masked_of([*people(small, (2, 3, 4, 3, 2)), *users])
    assert found.roles["score"].isna().all()
    reasons = found.withheld[found.withheld["table"] == "roles"].groupby("role")["reason"].agg(set).to_dict()
    assert {"chain": {"complement"}, "user": {"too_few"}} == reasons


def test_two_roles_that_leave_one_member_are_not_both_shown(small, masked_of, row_of):
    """Chain and research would leave the one user; the smaller of them is withheld."""
    rows = [*people(small, (2, 3, 4, 3)), *people(small, (2, 3, 3), role="research", prefix="r")]
    found = masked_of([*rows, *people(small, [4], role="user", prefix="u")])
    shown = found.roles[(found.roles["scale"] == "G") & found.roles["score"].notna()]["role"].tolist()
    assert ["chain"] == shown


def test_members_without_a_role_are_never_left_alone(small, masked_of):
    """Two roles and one member that named none: not both roles, and not the equal weights."""
    rows = [*people(small, (2, 3, 4, 3)), *people(small, (2, 3, 3), role="user", prefix="u")]
    found = masked_of([*rows, *people(small, [4], role="", prefix="x")])
    shown = found.roles[(found.roles["scale"] == "G") & found.roles["score"].notna()]["role"].tolist()
    assert ["chain"] == shown


@pytest.mark.parametrize("consent", [False, True])
def test_a_lone_lead_is_shown_with_consent_only(small, masked_of, row_of, consent):
    """The score alone, without interval; and its own view of leadership never."""
    rows = [*people(small, [4], role="lead", prefix="lead", each=1), *people(small, (2, 3, 4, 3, 2))]
    roster = [{"member": "lead0", "roles": "lead", "show_own": consent}]
    roster += [{"member": f"m{i}", "roles": "chain"} for i in range(5)]
    found = masked_of(rows, members=roster)
    lead = row_of(found.roles, scale="V1", role="lead")
    assert (lead["status"] == "withheld", np.isnan(lead["ci_low"])) == (not consent, True)
    assert not len(found.roles[(found.roles["scale"] == "L") & (found.roles["role"] == "lead")])


def test_consent_of_some_is_not_consent(small, masked_of, row_of):
    """A role is shown by consent only if every one of its members agreed."""
    rows = [*people(small, (4, 3), role="user", prefix="u", each=1), *people(small, (2, 3, 4, 3, 2))]
    roster = [{"member": f"u{i}", "roles": "user", "show_own": not i} for i in range(2)]
    roster += [{"member": f"m{i}", "roles": "chain"} for i in range(5)]
    assert row_of(masked_of(rows, members=roster).roles, scale="V1", role="user")["status"] == "withheld"


def test_equal_weights_are_the_mean_of_printed_roles(masked_of, two_roles, row_of):
    """Equal weight per role where both are printed: the mean of 50 and 75, as a whole number."""
    row = row_of(masked_of(two_roles).sensitivity, scale="L")
    assert (row["equal_roles"], row["groups"]) == (62, 2)


def test_equal_weights_count_the_rest_as_one_group(small, masked_of, row_of):
    """Two roles of two members each are one group beside the printed one, if together they are enough."""
    chain = people(small, [2] * 5)
    rest = [*people(small, (4, 4), role="user", prefix="u"), *people(small, (4, 4), role="research", prefix="r")]
    found = masked_of([*chain, *rest]).sensitivity.set_index("scale")
    assert found.loc["L", ["equal_roles", "groups"]].tolist() == [50, 2]


def test_equal_weights_are_no_way_around_the_bound(build, small, masked_of):
    """They would print the mean of the rest (one at 70, two at 100) as exactly as a cell that is withheld for it."""
    near = {"l1a": 4.0, "l1b": 4.0, "l1c": 3.0}
    chain = people(small, (2, 3, 4, 3, 2))
    rest = [*people(small, (5, 5), role="user", prefix="u"), *people(small, [5], role="research", prefix="r", **near)]
    assert "L" not in set(masked_of([*chain, *rest]).sensitivity["scale"])


def counts(found, item="g2a"):
    rows = found.items[found.items["item"] == item]
    return {row.category: (row.count_, row.note) for row in rows.rename(columns={"count": "count_"}).itertuples()}


SPREAD = (1, 2, 4, 5, 3, 4, 2, 5, 4, 3, 4, 5)


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (7, {"": (None, "withheld")}),
        (8, {"disagree": (3, ""), "3": (1, ""), "agree": (4, "")}),
        (11, {"disagree": (3, ""), "3": (2, ""), "agree": (6, "")}),
        (12, {"1": (1, ""), "2": (2, ""), "3": (2, ""), "4": (4, ""), "5": (3, "")}),
    ],
)
def test_counts_of_answers(small, masked_of, n, expected):
    """None below eight respondents, pooled below twelve."""
    found = counts(masked_of(people(small, SPREAD[:n], each=1)))
    assert expected == {key: (None if np.isnan(count) else count, note) for key, (count, note) in found.items()}


@pytest.mark.parametrize("answered", [7, 8, 12])
def test_only_who_answered_an_item_counts(small, masked_of, answered):
    """Fourteen were asked; who cannot judge gives no cover to those who did answer."""
    rows = people(small, [SPREAD[i % 12] for i in range(14)], each=1)
    for row in rows[answered:]:
        row["g2a"] = 98.0
    found = counts(masked_of(rows))
    if answered == 7:
        assert found[""][1] == "withheld"
    else:
        assert found["no_answer"] == (14 - answered, "")
        assert ("agree" in found, "4" in found) == (answered == 8, answered == 12)


@pytest.mark.parametrize(("odd", "one_sided"), [(0, True), (1, True), (2, False)])
@pytest.mark.parametrize("silent", [0, 3])
def test_nearly_all(small, masked_of, odd, one_sided, silent):
    """All, or all but one, of those who answered in one printed category: no number, and no other category."""
    rows = people(small, [4] * (9 - odd) + [1] * odd + [3] * silent, each=1)
    for row in rows[9:]:
        row["g2a"] = np.nan
    found = counts(masked_of(rows))
    if one_sided:
        assert (["agree"], "nearly_all", True) == (list(found), found["agree"][1], np.isnan(found["agree"][0]))
    else:
        assert found["agree"] == (7, "")
        assert found["disagree"] == (2, "")


def test_nearly_all_looks_at_the_printed_category(small, masked_of):
    """Twelve who agree, half of them strongly: two categories are printed, neither is nearly all."""
    found = counts(masked_of(people(small, [4, 5] * 6, each=1)))
    assert found == {"4": (6, ""), "5": (6, "")}


def test_counts_are_withheld_with_their_score(build, masked_of):
    """Where the facet's score is withheld its items are too."""
    rows = [{"member": f"m{i}", "g2a": float(1 + i), "g2b": 3.0} for i in range(2) for _ in range(6)]
    found = masked_of(rows)
    assert {"withheld"} == set(found.items["note"])


def test_a_withheld_stage_takes_the_ladder_with_it(small, masked_of, row_of):
    """A stage's probability is worked out from those before it, so with one score withheld none is printed."""
    rows = people(small, (3, 4, 4, 5, 4, 3, 4))
    for row in rows[:6]:
        row["role"] = "user"
    found = masked_of(rows, minimum=Minimum(5, 5))
    assert found.maturity["status"].item() in ("named", "range")
    for row in rows[10:]:
        row.update(v3a=98.0, v3b=98.0)
    held = masked_of(rows, minimum=Minimum(6, 5))
    assert held.stages[["p_at_least", "p_exact"]].isna().all().all()
    assert row_of(held.scales, scale="V1")["status"] != "withheld"
    assert {"withheld"} == set(held.stages["status"])
    position = held.maturity.iloc[0]
    assert (position["status"], position["low"], position["high"], position["end"]) == ("withheld", "", "", "")
    assert np.isnan(position["p"])


@pytest.mark.parametrize("column", ["p_at_least", "p_exact"])
def test_a_stage_without_probability_says_why(masked, column):
    """No stage is called assessed while its probability is missing."""
    assert (masked.stages[column].isna() == (masked.stages["status"] != "ok")).all()


@pytest.mark.parametrize(("asked", "share"), [(6, 0.67), (4, np.nan)])
def test_the_share_not_yet_is_printed_where_five_were_asked(small, masked_of, row_of, asked, share):
    """Two can judge sharing and the others say it does not apply yet: a finding, though two make no score."""
    rows = people(small, [4] * asked)
    for row in rows[4:]:
        row.update(dict.fromkeys(("v2a", "v2b", "v2c", "v2d", "v2e"), 97.0))
    own = row_of(masked_of(rows).stages, stage="V2")
    np.testing.assert_equal((own["asked"], own["share_97"]), (asked, share))


def test_a_withheld_stage_beyond_the_ladder_leaves_it_standing(small, masked_of, row_of):
    """Two of seven judge sharing: the ladder ends below it, so what is withheld there says nothing of consensus."""
    rows = people(small, (3, 4, 4, 5, 4, 3, 4))
    for row in rows[4:]:
        row.update(dict.fromkeys(("v2a", "v2b", "v2c", "v2d", "v2e"), 98.0))
    found = masked_of(rows)
    assert row_of(found.stages, stage="V2")["status"] == "withheld"
    assert row_of(found.stages, stage="V1")["status"] == "ok"
    assert found.maturity["status"].item() in ("named", "range")
    assert found.maturity["end"].item() == "V1"


def test_probabilities_have_two_decimals(masked):
    """The seed is known, so an exact share of draws would tell more than the interval does."""
    shown = pd.concat([masked.stages[["p_at_least", "p_exact"]].stack(), masked.maturity["p"], masked.extremes["p"]])
    assert len(shown.dropna())
    assert (shown.dropna() == shown.dropna().round(2)).all()


def test_a_small_unit_is_called_small_even_where_a_stage_is_withheld(small, masked_of):
    """Four members: the reason for naming no stage is their number, not what was withheld beside it."""
    rows = people(small, (4, 4, 4, 3))
    for row in rows[4:]:
        row.update(dict.fromkeys(("v2a", "v2b", "v2c", "v2d", "v2e"), 98.0))
    found = masked_of(rows)
    assert "withheld" in set(found.stages["status"])
    assert found.maturity["status"].item() == "few_members"


def test_counts_say_why_they_are_withheld(build, masked_of, small):
    """Where the insider closes a score, its items say insider; where few answered, too few."""
    closed = masked_of(people(small, [5, 5, 3], each=4)).withheld
    few = masked_of(people(small, [4, 4, 4], each=2)).withheld
    reasons = [set(found.loc[found["table"] == "items", "reason"]) for found in (closed, few)]
    assert reasons == [{"insider"}, {"too_few"}]


def test_nothing_of_order_or_extremes_from_small_units(small, masked_of):
    """Four members: scores, and not a word that rests on their spread."""
    values = dict.fromkeys(("v2a", "v2b", "v2c", "v2d", "v2e"), 1.0)
    found = masked_of(people(small, (4, 4, 4, 3), **values, g3a=5.0, g3b=5.0), draws=300)
    assert (found.maturity["out_of_order"].item(), len(found.extremes)) == ("", 0)
    assert found.agreement[["rwg_uniform", "rwg_skewed", "ad", "members_differ"]].isna().all().all()


def test_a_stage_of_few_members_says_nothing_of_order(small, masked_of):
    """Six members, of whom four judged sharing: it is not said to lie below the others."""
    values = dict.fromkeys(("v2a", "v2b", "v2c", "v2d", "v2e"), 1.0)
    rows = people(small, (4, 4, 4, 3, 4, 4), **values)
    for row in rows[8:]:
        row.update(dict.fromkeys(values, 98.0))
    assert "V2" not in masked_of(rows, draws=300).maturity["out_of_order"].item()


def test_without_members_respondents_are_counted(build, flat, row_of):
    """[unit, respondent]: five respondents are needed, eight for a facet's interval."""
    for n, shown in ((4, False), (5, True)):
        rows = [{"g2a": float(1 + i % 5), "g2b": 3.0} for i in range(n)]
        found = mask(score(build(rows, instrument=flat), draws=0))
        assert shown == bool(np.isfinite(row_of(found.scales, scale="G2")["score"]))


def test_a_facet_does_not_show_the_member_its_construct_lacks(small, masked_of, row_of):
    """Three members answer all, a fourth half of the facet only: facet and construct together would give it away."""
    rows = people(small, (2, 3, 4), each=2)
    rows += [{"member": "d", "role": "chain", "g2a": 5.0, "g2b": 5.0}]
    few = masked_of(rows)
    assert (row_of(few.scales, scale="G2")["status"], row_of(few.scales, scale="G")["score"]) == ("withheld", 50)
    assert {"nested"} == set(few.withheld.loc[few.withheld["scale"] == "G2", "reason"])
    many = masked_of(people(small, (2, 3, 4, 2, 3, 4), each=2) + rows[-1:])
    assert row_of(many.scales, scale="G2")["status"] != "withheld"


def test_agreement_does_not_say_that_all_answered_alike(small, masked_of, row_of):
    """Ten who answer 4 everywhere agree to .95 or more; ten who answer 5 have a cap, and no agreement is printed."""
    alike = row_of(masked_of(people(small, [4] * 10, each=1)).agreement, scale="G")
    assert (alike["rwg_uniform"], alike["rwg_skewed"], alike["ad"]) == (0.95, 0.95, 0.25)
    capped = row_of(masked_of(people(small, [5] * 10, each=1)).agreement, scale="V1")
    assert capped[["rwg_uniform", "rwg_skewed", "ad"]].isna().all()


@pytest.mark.parametrize(("sizes", "open_"), [((3, 3, 3), True), ((5, 2, 2), False), ((5, 3, 2), True)])
def test_counts_are_not_shown_to_a_member_that_holds_most_of_them(small, masked_of, sizes, open_):
    """Whoever takes its own answers away must be left with those of five others."""
    rows = [row for i, size in enumerate(sizes) for row in people(small, [2 + i], each=size, prefix=f"m{i}")]
    found = counts(masked_of(rows), item="g2a")
    assert ("" not in found) == open_


def test_moments_become_days(build, small):
    """The second of an answer would show whose it is."""
    moments = pd.to_datetime(["2026-03-02T09:30:01", "2026-03-04T17:00:59"] * 3)
    rows = [{**row, "submitted_at": when} for row, when in zip(people(small, (2, 3, 4)), moments, strict=True)]
    waves = mask(score(build(rows), draws=0)).waves
    days = [waves[column].item() for column in ("first_submitted", "last_submitted", "closed")]
    assert days == [pd.Timestamp("2026-03-02"), pd.Timestamp("2026-03-04"), pd.Timestamp("2026-03-04")]


@pytest.mark.parametrize(("units", "known"), [(9, False), (10, True)])
def test_icc_is_of_printed_units_and_of_ten_at_least(build, small, units, known):
    """A withheld unit does not count, and with few units one would show the other."""
    rows = [{"unit": f"u{u}", **row} for u in range(units) for row in people(small, (2, 3, 3 + u % 3), each=2)]
    shown = mask(score(build(rows), draws=0)).icc
    rows += [{"unit": "tiny", **row} for row in people(small, (5,), each=1)]
    with_tiny = mask(score(build(rows), draws=0)).icc
    pd.testing.assert_frame_equal(shown, with_tiny)
    assert shown["icc1"].notna().any() == known
    assert set(shown["units"]) == {units}
