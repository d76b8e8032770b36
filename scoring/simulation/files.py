"""A simulated panel's files: written together, told apart from what people answered, never put in its place."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

TRUTH = "truth.json"
PARTS = frozenset({"responses", "members", "units", "audit"})  # names, without ending, that a data set's files have


def write_files(folder: Path, tables: Mapping[str, pd.DataFrame], truth: Mapping[str, Any]) -> None:
    """Write a CSV for each table, and truth.json, which records their SHA-256; a failure leaves none half written.

    Files of an older simulation are replaced or removed. Raises FileExistsError as `refuse_foreign_files` does.
    """
    refuse_foreign_files(folder)
    texts = {f"{name}.csv": table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    texts[TRUTH] = json.dumps({**truth, "files": hashes}, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    older = set(_recorded(folder)) - set(texts)
    with TemporaryDirectory(dir=folder, prefix=".simulated-") as stage:
        for name, text in texts.items():
            (Path(stage) / name).write_text(text, encoding="utf-8", newline="\n")
        for name in texts:
            os.replace(Path(stage) / name, folder / name)
    for name in older:
        (folder / name).unlink(missing_ok=True)


def refuse_foreign_files(folder: Path) -> None:
    """Raise FileExistsError where a folder holds data that no simulation wrote, or that were changed since."""
    if not folder.is_dir():
        return
    recorded = _recorded(folder)
    for file in sorted(folder.iterdir()):
        if not _is_data(file.name) or (file.is_file() and recorded.get(file.name) == _sha256(file)):
            continue
        raise FileExistsError(
            f"{file} was not simulated, or was changed since; nothing was written. Choose another --out."
        )


def _recorded(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of data that the truth in a folder was written with."""
    path = folder / TRUTH
    if not path.exists():
        return {}
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        truth = None
    if not isinstance(truth, dict) or truth.get("synthetic") is not True:
        raise FileExistsError(f"{path} is not the truth of a simulation; nothing was written. Choose another --out.")
    files = truth.get("files", {})
    known = files if isinstance(files, dict) else {}
    return {name: digest for name, digest in known.items() if _is_data(name)}


def _is_data(name: str) -> bool:
    """Whether `read_responses` might take a file of this name, or one that somebody saved beside it, for data."""
    part, dot, ending = name.lower().partition(".")
    return part in PARTS and bool(dot) and "/" not in ending


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
