"""What a message repeats of a file, and how it names the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.faults import LONGEST, Fault, escape, shorten


@given(st.text())
def test_a_repeated_value_is_short_and_visible(text):
    """Whatever a cell holds, a message shows at most sixty characters of it, each of which can be seen."""
    for told in (shorten(text), escape(text)):
        assert len(told) <= LONGEST
        assert told.isprintable()


@pytest.mark.parametrize("text", ["u1", "清华大学", "a b", "x" * LONGEST])
def test_a_short_value_stands_as_it_is(text):
    """What fits is not touched."""
    assert (text, text) == (shorten(text), escape(text))


def test_what_cannot_be_seen_is_written_out():
    """Where a line break is the fault it is shown; elsewhere blanks are one blank."""
    assert ("a b\\x1b", "a\\n\\tb\\x1b") == (shorten("a\n\tb\x1b"), escape("a\n\tb\x1b"))


def test_the_name_of_a_column_is_shortened():
    """A heading of ten thousand letters does not fill the screen."""
    assert len(str(Fault("a.csv", "wrong.", 1, "x" * 10_000))) < 100
