"""Tables and what stands in their cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from eventstudy.report.model.text import Rich, Role


@dataclass(frozen=True)
class TextCell:
    """Words, with an optional grey second part (a ticker; under the words on a phone) and a short badge.

    ``sort`` replaces the words when the table is sorted by this column, say an ISO date.
    """

    text: str
    second: str = ""
    badge: str = ""
    mark: Role = ""
    strong: bool = False
    muted: bool = False
    sort: str | float | None = None


@dataclass(frozen=True)
class NumberCell:
    """A number as printed and as sorted.

    Parameters
    ----------
    text : str
        As printed, with sign and decimals: ``"+5.1"``, ``"−1.1 to +11.2"``, ``"< 0.001"``.
    value : float or None
        For sorting; None sorts last.
    raised : str
        A footnote mark, set as superscript after the number: ``"a"``, ``"†"``.
    after : str
        Words or a sign after the number that the figures should still align without: ``"▲"``.
    """

    text: str
    value: float | None = None
    strong: bool = False
    muted: bool = False
    raised: str = ""
    after: str = ""


@dataclass(frozen=True)
class MissingCell:
    """An en dash; ``reason`` is read aloud and shown on hovering."""

    reason: str = ""


@dataclass(frozen=True)
class DotsCell:
    """Breadth: one dot a share up to twelve (filled rose, open fell), else "16 of 34"."""

    up: int
    total: int
    role: Role = ""


@dataclass(frozen=True)
class SparkCell:
    """A small line: cumulated abnormal return in per cent, zero at the close of tau -1, on its own scale.

    Parameters
    ----------
    taus : tuple of int
        Ascending, as ``range(-10, 11)``.
    values : tuple of float
        As long; NaN is a gap.
    limits : tuple of (tau, sign)
        Closes on the daily limit: +1 upper (▲), -1 lower (▼).
    alt : str
        What the line shows in words.
    """

    taus: tuple[int, ...]
    values: tuple[float, ...]
    role: Role = ""
    limits: tuple[tuple[int, int], ...] = ()
    alt: str = ""


@dataclass(frozen=True)
class LinkCell:
    """Words that lead to an http(s) address; any other address shows as the words alone."""

    text: str
    url: str = ""
    muted: bool = False


@dataclass(frozen=True)
class RichCell:
    """A text with looks of its own."""

    runs: Rich


Cell: TypeAlias = TextCell | NumberCell | MissingCell | DotsCell | SparkCell | LinkCell | RichCell
ColumnKind: TypeAlias = Literal["text", "number", "p", "interval", "dots", "spark", "reading", "link"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    key : str
        A short name in ASCII, unique in the table: ``"adj_p"``.
    label : str
        The head, with its unit: ``"CAAR, %"``.
    kind : str
        Decides alignment (numbers, p and intervals right, all else left) and how the column sorts.
    phone : bool
        Whether a phone shows it.
    screen : bool
        Whether the HTML shows it at all; False is for columns of the PDF only.
    paper : bool
        Whether the PDF shows it.
    explanation : str
        The head in full for those who hover over it or listen: "smallest effect found four times in five".
    wrap : bool
        Whether long words may break into lines; columns of numbers never do.
    grow : float
        How eagerly a column of words takes spare width in the PDF, against the others.
    second : str
        What the grey second parts of its cells are ("Ticker"), for a file in which they are a column of their own.
    """

    key: str
    label: str
    kind: ColumnKind = "text"
    phone: bool = True
    screen: bool = True
    paper: bool = True
    explanation: str = ""
    wrap: bool = True
    grow: float = 1.0
    second: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a table: a cell a column, in the columns' order.

    ``strong`` sets it all in bold (it stands after adjustment), ``muted`` all in grey (never to be quoted).
    """

    cells: tuple[Cell, ...]
    strong: bool = False
    muted: bool = False


@dataclass(frozen=True)
class RowGroup:
    """Rows under a line that names them: a role with its mark, and a grey remainder ("34 shares, Tokyo").

    A group without ``title`` has no such line.
    """

    rows: tuple[Row, ...]
    title: str = ""
    rest: str = ""
    role: Role = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption.

    Parameters
    ----------
    id : str
        ASCII, unique in the report: ``"table-1"``; a chapter's tables carry the chapter's anchor before it.
    label : str
        ``"Table 1"``; the renderer puts the full stop.
    title : str
        Shown after the label.
    subtitle : str
        What is measured, in which unit, in which order; grey.
    columns, groups
        The body; at least one column.
    note : tuple of runs
        Under the table, grey; () for none.
    full : tuple of RowGroup
        All rows, where ``groups`` is a selection: the HTML folds them under ``full_label``, paper leaves them out
        and says so.
    paper : tuple of RowGroup
        A shorter selection for paper; () where ``groups`` is short enough.
    on_paper : bool
        Whether paper has it at all; where not, it says that the HTML report does.
    sortable : bool
        Whether a click on a head sorts the rows within their groups.
    compact : bool
        Narrow enough for a phone as it stands, so that it needs no box of its own to scroll in.
    """

    id: str
    label: str
    title: str
    subtitle: str
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    note: Rich = ()
    full: tuple[RowGroup, ...] = ()
    full_label: str = ""
    sortable: bool = True
    compact: bool = False
    paper: tuple[RowGroup, ...] = ()
    on_paper: bool = True

    def __post_init__(self) -> None:
        for group in (*self.groups, *self.full, *self.paper):
            for row in group.rows:
                if len(row.cells) != len(self.columns):
                    raise ValueError(
                        f"{self.id}: a row has {len(row.cells)} cells for {len(self.columns)} columns; give one each"
                    )
