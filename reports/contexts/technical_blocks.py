"""What a technical report is built of: paragraphs, tables in APA style, charts, code; as its template prints it."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

Verdict = Literal["holds", "fails", "unknown"]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; role "note" is set smaller, "lead" larger. lang: of the text where it is not the page's."""

    text: str
    role: Literal["plain", "lead", "note"] = "plain"
    kind: ClassVar[str] = "text"


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences, one a line."""

    lines: tuple[str, ...]
    kind: ClassVar[str] = "points"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure or words. tone: of the ground behind it, "below3" to "above3"; sign: of a verdict, a shape beside words.
    foreign: words for which the page's language has none."""

    text: str
    tone: str = ""
    sign: Verdict | Literal[""] = ""
    words: bool = False
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; without cells it is a heading over the rows that follow."""

    head: str
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Heads of the columns, that of the rows first.   note: abbreviations and sources, below the table.
    csv: the file that holds every row.   folded: to be opened, as where it stands behind a chart.   heat: cells have
    tones."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    csv: str = ""
    folded: bool = False
    heat: bool = False
    number: int = 0
    kind: ClassVar[str] = "table"

    @property
    def wordy(self) -> tuple[bool, ...]:
        """Of each column after the first, whether it holds words, which stand to the left."""
        full = [row.cells for row in self.rows if row.cells]
        return tuple(any(cells[k].words for cells in full) for k in range(len(self.heads) - 1))


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a line chart, in user units of its drawing."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its points as SVG writes them, its name, and how it is drawn."""

    points: str
    name: str
    style: Literal["observed", "p95", "mean"]
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Scree:
    """Eigenvalues by position with the lines they have to exceed."""

    title: str
    reading: str
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    across_name: str
    up_name: str
    unit: float
    note: str = ""
    number: int = 0
    kind: ClassVar[str] = "scree"


@dataclass(frozen=True, slots=True)
class Indicator:
    """An item of a factor in a path diagram: its name, standardised loading, and where it stands."""

    name: str
    value: str
    y: float


@dataclass(frozen=True, slots=True)
class FactorBox:
    """A factor of a path diagram: where it stands, half its width, its items one below the other."""

    id: str
    name: str
    x: float
    half: float
    items: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Arc:
    """A correlation of two factors: a curve with its value where it is large enough to be told from the others."""

    path: str
    value: str
    x: float
    y: float
    weight: float
    negative: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """A path diagram: correlations as arcs above, factors in a row, loadings as columns below."""

    title: str
    reading: str
    width: float
    height: float
    base: float
    factors: tuple[FactorBox, ...]
    arcs: tuple[Arc, ...]
    note: str = ""
    number: int = 0
    kind: ClassVar[str] = "diagram"


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be run elsewhere, folded under its title."""

    title: str
    text: str
    kind: ClassVar[str] = "code"


Block = Text | Points | Table | Scree | Diagram | Code


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. blocks: () where there is nothing to say."""

    id: str
    title: str
    blocks: tuple[Block, ...] = field(default=())
