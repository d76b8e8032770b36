"""Writing all or nothing: files are made in a hidden folder and moved into place when the last one is complete."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder to write into; when the block ends well its files stand in `folder`, otherwise no trace is left.

    Files of the same name are replaced one by one, others in `folder` stay.
    """
    existed = folder.is_dir()
    if folder.exists() and not existed:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if not existed:
        folder.parent.mkdir(parents=True, exist_ok=True)
    # On the same file system as the target, so that moving is renaming.
    stage = (folder if existed else folder.parent) / f".concord-{secrets.token_hex(4)}.tmp"
    with _named(folder):
        stage.mkdir()
    try:
        yield stage
        if existed:
            _move_into(stage, folder)
        else:
            stage.rename(folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let an error name the place the caller knows, not the hidden one beside it."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def _move_into(stage: Path, folder: Path) -> None:
    for source in sorted(stage.rglob("*")):
        target = folder / source.relative_to(stage)
        if source.is_dir():
            target.mkdir(exist_ok=True)
        else:
            os.replace(source, target)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file that is either complete or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with _named(path):
            draft.write_text(text, encoding="utf-8", newline="\n")
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
