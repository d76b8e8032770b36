"""What is wrong with a file somebody handed us: one record per fault, one exception for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SHOWN = 50  # a message longer than a screen is not read; the total is always told
LONGEST = 60  # characters of a found value that a message repeats


def shorten(found: str) -> str:
    """A found value on one line and short enough to repeat in a message."""
    return escape(" ".join(found[: 2 * LONGEST].split()), whole=len(found) <= 2 * LONGEST)


def escape(found: str, *, whole: bool = True) -> str:
    """The same with blanks as they stand; what cannot be seen is written as `\\n` or `\\x01`."""
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in found[: 2 * LONGEST])
    return line if whole and len(line) <= LONGEST else line[: LONGEST - 3] + "..."


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it stands, what was found, what to do."""

    file: str
    message: str
    row: int | None = None  # line of the file as an editor or a spreadsheet counts it, header = 1
    column: str | None = None

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {shorten(self.column)}")
        return f"{', '.join(place)}: {self.message}"


class DataError(ValueError):
    """A file has faults; `faults` holds every one, the message the first of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[:SHOWN]]
        if len(self.faults) > SHOWN:
            lines.append(f"... and {len(self.faults) - SHOWN} more faults of {len(self.faults)}.")
        super().__init__("\n".join(lines))


def fault_error(file: str | Path, message: str, *, row: int | None = None, column: str | None = None) -> DataError:
    """A `DataError` with a single fault."""
    return DataError([Fault(Path(file).name, message, row=row, column=column)])
