"""Files are written whole or not at all."""

import errno
from pathlib import Path

import pytest

from concord.files import staged, write_text


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("existed", [False, True])
def test_staged_files_appear_together(tmp_path: Path, existed: bool) -> None:
    """Files and folders stand in the target once the block ends, and nothing else does."""
    target = tmp_path / "deep" / "out"
    if existed:
        target.mkdir(parents=True)
        (target / "other.txt").write_text("kept")
    with staged(target) as stage:
        (stage / "a.csv").write_text("a")
        (stage / "inner").mkdir()
        (stage / "inner" / "b.csv").write_text("b")
        assert not (target / "a.csv").exists()
    assert names(target) == ["a.csv", "inner", "inner/b.csv", *(["other.txt"] if existed else [])]
    assert names(tmp_path / "deep")[0] == "out"


@pytest.mark.parametrize("existed", [False, True])
@pytest.mark.parametrize("stop", [OSError, KeyboardInterrupt])
def test_an_interrupted_block_leaves_nothing(tmp_path: Path, existed: bool, stop: type[BaseException]) -> None:
    """After an error or Ctrl-C the target is as it was."""
    target = tmp_path / "out"
    if existed:
        target.mkdir()
        (target / "a.csv").write_text("old")
    before = names(tmp_path)

    def write_and_stop() -> None:
        with staged(target) as stage:
            (stage / "a.csv").write_text("new")
            raise stop

    with pytest.raises(stop):
        write_and_stop()
    assert names(tmp_path) == before
    assert not existed or (target / "a.csv").read_text() == "old"


def test_a_file_where_the_folder_should_be_is_left_alone(tmp_path: Path) -> None:
    """The target is never taken from a file that has its name."""
    target = tmp_path / "out"
    target.write_text("mine")
    with pytest.raises(NotADirectoryError), staged(target):
        pass
    assert (names(tmp_path), target.read_text()) == (["out"], "mine")


def test_an_unwritable_place_is_named_as_the_caller_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the hidden folder cannot be made, the error names the target."""

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OSError, match="Read-only") as caught, staged(tmp_path):
        pass
    assert caught.value.filename == str(tmp_path)


def test_write_text_replaces_the_whole_file(tmp_path: Path) -> None:
    """A file written twice holds the second text in UTF-8 with plain line ends, and no draft stays."""
    path = tmp_path / "new" / "a.json"
    write_text(path, "first, which is longer\n")
    write_text(path, "第二\n")
    assert path.read_bytes() == "第二\n".encode()
    assert names(tmp_path / "new") == ["a.json"]
