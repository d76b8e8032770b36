"""Version, times and votes beside the answers: what they may be."""

import pytest

from instrument.faults import DataError
from instrument.reading import read_responses

HEADER = "unit,respondent,version,started_at,submitted_at,vote1,vote2,vote3,form,g1a\n"
ROWS = "u,a,1,2026-01-01T09:00,2026-01-01T09:05,G1,L1,,short,5\nu,b,,,2026-01-01,,,,short,4\n"
BAD_CIRCUMSTANCES = {
    "another version": (
        "u,a,1",
        "u,a,2",
        "row 2, column version: 2 is not the version of 'small_consortium' in use, 1.",
    ),
    "version in letters": ("u,a,1", "u,a,v1", "row 2, column version: 'v1' is not a whole number"),
    "vote for no facet": ("G1,L1", "G1,G9", "row 2, column vote2: 'G9' is no facet. The facets: G1, L1, V1."),
    "vote for one twice": ("G1,L1", "G1,G1", "row 2, column vote2: 'G1' is chosen twice. Keep one of the two."),
    "vote twice apart": ("G1,L1,,", "G1,,G1,", "row 2, column vote3: 'G1' is chosen twice."),
    "sent before begun": ("09:05", "08:59", "row 2, column submitted_at: submitted before it was started. Correct one"),
}


@pytest.mark.parametrize("name", BAD_CIRCUMSTANCES)
def test_circumstances_of_answering_are_checked(name, write, consortium):
    """Version, votes and times make sense or are told, once each."""
    old, new, message = BAD_CIRCUMSTANCES[name]
    assert len(read_responses(write("a.csv", HEADER + ROWS), consortium).answers) == 2
    with pytest.raises(DataError) as caught:
        read_responses(write("a.csv", HEADER + ROWS.replace(old, new, 1)), consortium)
    assert [True] == [message in str(fault) for fault in caught.value.faults], caught.value.faults
