"""What commands share: progress for people, silence for programs."""

import io
import sys

import pytest

from concord.options import DEFAULT_INSTRUMENT, progress
from instrument.loading import DEFAULT


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "shown"), [(Terminal(), True), (io.StringIO(), False)])
def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, shown: bool) -> None:
    """Every item comes through; a bar is drawn only where somebody watches."""
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(progress(["a", "b"], "Writing")) == ["a", "b"]
    assert ("Writing" in stream.getvalue()) == shown
    assert shown or stream.getvalue() == ""


def test_default_questionnaire_is_the_loader_s() -> None:
    """The command line, which must not load the loader for its help, names the same default."""
    assert DEFAULT_INSTRUMENT == DEFAULT
