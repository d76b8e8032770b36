"""Votes for what to work on first: counted by unit, shown so that nobody's vote is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scoring import mask, score


@pytest.fixture
def cast(build):
    """Unmasked scores of people who vote: one list of facets per person, two people a member."""

    def make(*votes, each=2):
        rows = [{"member": f"m{i // each}", "role": "chain", "g1a": 3.0} for i in range(len(votes))]
        responses = build(rows)
        columns = {
            f"vote{place + 1}": pd.Categorical([chosen[place] if place < len(chosen) else "" for chosen in votes])
            for place in range(3)
        }
        responses = replace(responses, answers=responses.answers.assign(**columns))
        return score(responses, draws=0)

    return make


def shown(scores):
    return {row.facet: (row.votes, row.voters, row.note) for row in mask(scores).votes.itertuples()}


def reasons(scores):
    withheld = mask(scores).withheld
    return withheld.loc[withheld["table"] == "votes", ["scale", "reason"]].to_numpy().tolist()


def test_votes_are_counted_whatever_their_rank(cast):
    """The first, second and third vote weigh the same; who voted for nothing is no voter."""
    found = cast(["G1", "G2", "L1"], ["G2"], [], ["G2", "G1"]).votes
    assert [("G1", 2, 3), ("G2", 3, 3), ("L1", 1, 3)] == list(
        zip(found["facet"], found["votes"], found["voters"], strict=True)
    )
    assert ([2, 2, 2], [2, 2, 2]) == (found["members"].tolist(), found["largest"].tolist())
    assert ([1, 1, 0], [0, 0, 1]) == (found["others_for"].tolist(), found["others_against"].tolist())


def test_few_votes_are_left_out_and_nearly_all_is_a_note(cast):
    """Of ten voters: nine and ten are nearly all, three and five are counts, two are gone like none."""
    third = ["L1"] * 3 + ["V1"] * 2 + ["G3"] * 5
    votes = [["G1", "G2", facet] if i else ["G1", facet] for i, facet in enumerate(third)]
    found = {facet: (str(count), *rest) for facet, (count, *rest) in shown(cast(*votes, each=1)).items()}
    assert found == {
        "G1": ("nan", 10, "nearly_all"), "G2": ("nan", 10, "nearly_all"), "G3": ("5.0", 10, ""), "L1": ("3.0", 10, ""),
    }  # fmt: skip


@pytest.mark.parametrize("votes", [0, 1, 2])
def test_nobody_learns_whether_none_one_or_two_chose_a_facet(cast, votes):
    """The printed votes, and what is said to be withheld, are the same."""
    scores = cast(*[["G1", "L1"] if i < votes else ["G1"] for i in range(10)])
    assert (["G1"], []) == (list(shown(scores)), reasons(scores))


@pytest.mark.parametrize("others", [0, 1])
def test_a_member_cannot_see_whether_anybody_else_chose_what_it_chose(cast, others):
    """Three people of one member and nobody else, or one other: left out alike, so that neither shows."""
    votes = [["G1", "L1"]] * (3 + others) + [["G1"]] * (9 - others)
    assert ["G1"] == list(shown(cast(*votes, each=3)))


def test_what_enough_others_chose_is_listed(cast):
    """Two others beside three people of one member."""
    found = shown(cast(*[["G1", "L1"]] * 5, *[["G1"]] * 7, each=3))
    assert (5.0, 12, "") == found["L1"]


@pytest.mark.parametrize(("against", "reason"), [(2, "insider"), (3, "insider"), (4, "")])
def test_a_member_cannot_see_that_all_others_chose_a_facet(cast, against, reason):
    """Alone against a facet, a member of three would know all other votes; with one of another member it would not."""
    scores = cast(*[["G2"]] * against, *[["G1"]] * (12 - against), each=3)
    assert ([["", reason]] * bool(reason), bool(reason)) == (reasons(scores), shown(scores) == {})


@pytest.mark.parametrize(("voters", "reason"), [(7, [["", "too_few"]]), (8, [])])
def test_eight_people_must_have_voted(cast, voters, reason):
    """Voters count, not answers; one line says that votes are withheld, not for which facets."""
    scores = cast(*[["G1", "G2"]] * voters, *[[]] * 5)
    assert (reason, bool(reason)) == (reasons(scores), shown(scores) == {})


@pytest.mark.parametrize(("each", "reason"), [(6, "too_few"), (4, ""), (2, "")])
def test_three_members_must_have_voted(cast, each, reason):
    """Two members would see each other's votes."""
    scores = cast(*[["G1"]] * 12, each=each)
    assert [["", reason]] * bool(reason) == reasons(scores)


def test_a_member_that_could_subtract_its_own_votes_closes_them(cast):
    """Ten voters of one member, two each of two others: taking its own away, it would see those four."""
    first = [["G1"]] * 4 + [["G3"]] * 3 + [["L1"]] * 3
    second, third = [["G2"]] * 2 + [[]] * 8, [["G2"]] * 2
    assert [["", "insider"]] == reasons(cast(*first, *second, *third, each=10))
    assert [] == reasons(cast(*first, *second, *third, ["V1"], each=10))


def test_without_votes_there_is_nothing(small_scores):
    """A data set without columns of votes has none, masked or not."""
    assert (0, 0) == (len(small_scores.votes), len(mask(small_scores).votes))


def test_counts_are_whole_or_open(cast):
    """A count is a number of people, or not told at all."""
    votes = mask(cast(*[["G1", "G2", "G3"][: 1 + i % 3] for i in range(12)])).votes["votes"].to_numpy()
    assert np.array_equal(votes, [np.nan, 8.0, 4.0], equal_nan=True)
