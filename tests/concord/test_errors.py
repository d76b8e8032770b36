"""What a user can cause becomes a sentence; what Concord gets wrong keeps its traceback."""

import errno
import os

import click
import pytest

from concord.errors import RequestError, explain
from instrument.faults import DataError, Fault
from instrument.languages import UnknownLanguageError


def raised_by_the_system(code: int) -> OSError:
    return OSError(code, os.strerror(code), "/data/out")


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (raised_by_the_system(errno.ENOSPC), 1, "/data/out: the disk is full. Free some space"),
        (raised_by_the_system(errno.EROFS), 1, "/data/out: this place can only be read. Choose another --out."),
        (raised_by_the_system(errno.EACCES), 1, "/data/out: access is not permitted."),
        (raised_by_the_system(errno.EIO), 1, "/data/out: Input/output error."),
        (FileNotFoundError("There is no instrument 'x'."), 1, "There is no instrument 'x'."),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "The disk is full."),
        (MemoryError(), 1, "--wave"),
        (RequestError("There is no wave '9'."), 1, "There is no wave '9'."),
        (DataError([Fault("a.csv", "the cell is odd.", row=3, column="t1a")]), 1, "a.csv, row 3, column t1a: the cell"),
        (UnknownLanguageError("There is no language 'fr'."), 2, "There is no language 'fr'."),
    ],
)
def test_explained(error: Exception, code: int, part: str) -> None:
    """Each kind of error a user can cause has its exit code and says what was found."""
    explained = explain(error)
    assert explained is not None
    assert (explained.exit_code, part in explained.message) == (code, True)


def test_a_move_names_its_target() -> None:
    """Where moving a finished file fails, the message names the place the user gave, not the hidden draft."""
    error = OSError(errno.EACCES, "Permission denied", "/out/.concord-1.tmp/a.csv", None, "/out/a.csv")
    explained = explain(error)
    assert explained is not None
    assert explained.message.startswith("/out/a.csv: ")


def test_several_faults_are_counted_and_listed() -> None:
    """All faults of a file come in one message."""
    explained = explain(DataError([Fault("a.csv", "first.", row=2), Fault("a.csv", "second.", row=3)]))
    assert explained is not None
    expected = "2 faults; nothing was written.\n  a.csv, row 2: first.\n  a.csv, row 3: second."
    assert expected == explained.message


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), BrokenPipeError(), click.UsageError("x")])
def test_not_explained(error: Exception) -> None:
    """A defect keeps its traceback; click shows its own errors and quiet pipes itself."""
    assert explain(error) is None
