"""What a report says, without saying how it looks: content that any renderer can set.

Nothing here is markup. A string is shown as it is, letter by letter, whatever it contains; what should look
different is a typed run (`Strong`, `Link`, ...), cell or drawing. Returns and intervals are in per cent here,
as they are printed, and every number a reader sees comes with its text, so that sentence, table and figure
cannot round one value in two ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["exposed", "beneficiary", "control", "exposed_elsewhere", ""]
Reading: TypeAlias = Literal["clear", "suggestive", "uneven", "noise", "not_testable"]


# Running text


@dataclass(frozen=True)
class Strong:
    """Words in bold."""

    text: str


@dataclass(frozen=True)
class Emphasis:
    """Words in italics."""

    text: str


@dataclass(frozen=True)
class Muted:
    """Words in grey: units, tickers, asides."""

    text: str


@dataclass(frozen=True)
class Code:
    """A command, a file name, an identifier: fixed width."""

    text: str


@dataclass(frozen=True)
class Raised:
    """A superscript: the mark of a footnote."""

    text: str


@dataclass(frozen=True)
class Link:
    """Words that lead to an http(s) address; any other address shows as the words alone."""

    text: str
    url: str


Run: TypeAlias = "str | Strong | Emphasis | Muted | Code | Raised | Link"
Rich: TypeAlias = tuple[Run, ...]


def plain(rich: Rich) -> str:
    """The words of a text without their looks.

    Examples
    --------
    >>> plain((Strong("7 January, Tokyo."), " The ministry spoke."))
    '7 January, Tokyo. The ministry spoke.'
    """
    return "".join(run if isinstance(run, str) else run.text for run in rich)


# Table cells


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


# Tables

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


# Figures, as data until drawn


@dataclass(frozen=True)
class IntervalRow:
    """One estimate of an interval plot.

    Parameters
    ----------
    label, short_label : str
        The name, and a shorter one for narrow drawings (empty: the same).
    n : int
        Shares behind it.
    estimate, low, high : float
        Per cent; NaN where there is none (an estimate without an interval is drawn as a mark alone).
    text : str
        The estimate as printed: ``"+5.1"``.
    reading : str
        Filled mark when clear, dot in ring when suggestive or uneven, ring when noise or not testable.
    up : int
        Shares that rose against the market.
    members : tuple of float
        Every share's own value in per cent, drawn as thin ticks.
    one_share : bool
        A single company: its interval is dotted.
    """

    label: str
    n: int
    estimate: float
    low: float
    high: float
    text: str
    reading: Reading
    up: int
    members: tuple[float, ...] = ()
    short_label: str = ""
    one_share: bool = False


@dataclass(frozen=True)
class IntervalGroup:
    """A role: its own row, then its sectors' in the order they should stand."""

    role: Role
    total: IntervalRow
    rows: tuple[IntervalRow, ...] = ()


@dataclass(frozen=True)
class IntervalPlot:
    """Figure 1: estimates with intervals, grouped by role, on one axis."""

    groups: tuple[IntervalGroup, ...]
    row_head: str = "Sector, number of shares"
    estimate_head: str = "CAAR, %"
    breadth_head: str = "Rising"


@dataclass(frozen=True)
class PathLabel:
    """A number told at a point of a path: ``text`` such as "+5.1 on day 0"; ``mark`` draws the role's mark there."""

    tau: int
    value: float
    text: str
    mark: bool = True


@dataclass(frozen=True)
class PathPanel:
    """The cumulated abnormal return of one role, per cent, zero at the close of tau -1.

    All sequences are as long as ``taus``; NaN where there is none. ``news`` are the sessions of later events of
    the catalogue, ``news_text`` names them once ("further news 9, 13, 15 Jan"). ``other`` is a second path, dashed,
    with its name in ``other_text``.
    """

    role: Role
    title: str
    subtitle: str
    taus: tuple[int, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    ordinary_low: tuple[float, ...] = ()
    ordinary_high: tuple[float, ...] = ()
    labels: tuple[PathLabel, ...] = ()
    news: tuple[int, ...] = ()
    news_text: str = ""
    reading: Reading = "noise"
    other: tuple[float, ...] = ()
    other_text: str = ""


@dataclass(frozen=True)
class PathsPlot:
    """Figure 2: one panel a role, all on the same vertical axis."""

    panels: tuple[PathPanel, ...]
    axis_text: str = "trading sessions from the event day"


@dataclass(frozen=True)
class OrdinaryPanel:
    """Studentised means of one role on ordinary days, and the event day's.

    Bars at least as far from zero as ``observed`` are coloured: coloured over all is the placebo p.
    ``label`` is what stands at the mark: "Event day +5.1%: 5 in 100 moved as far".
    """

    role: Role
    title: str
    subtitle: str
    statistics: tuple[float, ...]
    observed: float
    label: str
    reading: Reading = "noise"


@dataclass(frozen=True)
class OrdinaryDaysPlot:
    """Figure 3: one histogram a role."""

    panels: tuple[OrdinaryPanel, ...]


@dataclass(frozen=True)
class HeatRow:
    """A sector of the heat map, under its role's mark."""

    role: Role
    label: str
    short_label: str = ""


@dataclass(frozen=True)
class HeatColumn:
    """An event of the heat map: ``name`` in two or three words, ``date`` as "6 Jan"; ``current`` is framed."""

    year: str
    name: str
    date: str
    current: bool = False


@dataclass(frozen=True)
class HeatCell:
    """A number of the heat map: ``told`` where p < 0.05 (then filled), ``stands`` where it survives adjustment."""

    value: float
    text: str
    told: bool = False
    stands: bool = False


@dataclass(frozen=True)
class HeatMap:
    """Figure 4: sectors by events; ``cells[row][column]``, None where nothing could be measured."""

    rows: tuple[HeatRow, ...]
    columns: tuple[HeatColumn, ...]
    cells: tuple[tuple[HeatCell | None, ...], ...]

    def __post_init__(self) -> None:
        if len(self.cells) != len(self.rows) or any(len(line) != len(self.columns) for line in self.cells):
            raise ValueError(f"cells must be {len(self.rows)} rows of {len(self.columns)}; give None where empty")


@dataclass(frozen=True)
class CurveChoice:
    """A block of the dot matrix under a specification curve: what may be chosen, and the values it was given."""

    title: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class CurvePoint:
    """One specification: its estimate and interval in per cent, and which value of each choice it takes.

    ``picks`` has one index a choice, -1 where the choice does not bear on it. ``told`` fills the mark.
    """

    estimate: float
    low: float
    high: float
    picks: tuple[int, ...]
    told: bool = False


@dataclass(frozen=True)
class CurvePlot:
    """A specification curve: estimates from the lowest to the highest, their choices as a dot matrix below.

    ``middle_text`` names the median at its line ("median +4.8"), ``head`` what is measured.
    """

    role: Role
    points: tuple[CurvePoint, ...]
    choices: tuple[CurveChoice, ...]
    middle: float
    middle_text: str
    head: str = "CAAR, %"

    def __post_init__(self) -> None:
        if any(len(point.picks) != len(self.choices) for point in self.points):
            raise ValueError(f"picks: a point has another number than the {len(self.choices)} choices; give one each")


@dataclass(frozen=True)
class WaterfallBar:
    """A part of a sum, in per cent; ``total`` for the sum itself, which begins at zero."""

    label: str
    value: float
    text: str
    total: bool = False


@dataclass(frozen=True)
class WaterfallPanel:
    """One group's bars, each beginning where the one before ends."""

    role: Role
    title: str
    subtitle: str
    bars: tuple[WaterfallBar, ...]


@dataclass(frozen=True)
class WaterfallPlot:
    """What moves are made of: one panel a group, all on one scale."""

    panels: tuple[WaterfallPanel, ...]


@dataclass(frozen=True)
class TimelinePoint:
    """One announcement on a line of time: its ``number`` in the table, above the line or below.

    ``text`` is told to those who point at it; ``current`` is set bold.
    """

    day: date
    number: str
    text: str
    above: bool = True
    current: bool = False


@dataclass(frozen=True)
class TimelinePlot:
    """Announcements in time order; ``above`` and ``below`` name the two sides of the line."""

    points: tuple[TimelinePoint, ...]
    above: str
    below: str


@dataclass(frozen=True)
class SmallPath:
    """One line of a small panel, as long as the panel's ``taus``; NaN where there is none."""

    role: Role
    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class SmallPanel:
    """A few cumulated abnormal returns around one event, per cent, zero at the close of tau -1."""

    title: str
    subtitle: str
    taus: tuple[int, ...]
    paths: tuple[SmallPath, ...]


@dataclass(frozen=True)
class MultiplesPlot:
    """Small panels on one scale; ``roles`` names the lines once, above them all."""

    panels: tuple[SmallPanel, ...]
    roles: tuple[tuple[Role, str], ...]


Drawing: TypeAlias = (
    IntervalPlot | PathsPlot | OrdinaryDaysPlot | HeatMap | CurvePlot | WaterfallPlot | TimelinePlot | MultiplesPlot
)


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption.

    Parameters
    ----------
    id : str
        ASCII, unique in the report: ``"figure-1"``.
    label, title, subtitle : str
        "Figure 1", the finding, and what is measured (unit, interval).
    alt : str
        The finding in one or two sentences, for those who cannot see the drawing.
    drawing : IntervalPlot, PathsPlot or another drawing
        What to draw.
    described_by : str
        The id of the table with the same numbers; empty for none.
    note : tuple of runs
        Under the figure, grey.
    on_paper : bool
        Whether paper has it; where not, it says that the HTML report does.
    """

    id: str
    label: str
    title: str
    subtitle: str
    alt: str
    drawing: Drawing
    described_by: str = ""
    note: Rich = ()
    on_paper: bool = True


# The page


@dataclass(frozen=True)
class Note:
    """A grey paragraph under a section's blocks."""

    text: Rich


@dataclass(frozen=True)
class Empty:
    """One grey sentence in the place of a figure or table that has no data, with the reason."""

    reason: str


@dataclass(frozen=True)
class Definition:
    """A term and what it means; ``formula`` names one of ``eventstudy.report.formulas.FORMULAS``, "" for none."""

    term: str
    text: Rich
    formula: str = ""


@dataclass(frozen=True)
class Definitions:
    """Terms and their meanings, one under another."""

    items: tuple[Definition, ...]


@dataclass(frozen=True)
class ColumnList:
    """A heading over short items, each a paragraph between hairlines."""

    heading: str
    items: tuple[Rich, ...]


@dataclass(frozen=True)
class Columns:
    """Lists side by side; under one another on a phone."""

    columns: tuple[ColumnList, ...]


Block: TypeAlias = Figure | Table | Note | Empty | Columns | Definitions


@dataclass(frozen=True)
class FirstPage:
    """Figure 1 beside Table 1, or the reasons why one is missing."""

    figure: Figure | Empty
    table: Table | Empty


@dataclass(frozen=True)
class Section:
    """One part of the report.

    Parameters
    ----------
    number, topic : str
        Small, above the heading: "2", "Before and after the first day". Both may be empty.
    finding : str
        The heading: a sentence. Empty where the blocks carry their own headings.
    anchor : str
        ASCII, unique in the report.
    on_paper : bool
        Whether paper has it at all.
    """

    number: str
    topic: str
    finding: str
    anchor: str
    paragraphs: tuple[Rich, ...] = ()
    blocks: tuple[Block, ...] = ()
    on_paper: bool = True


@dataclass(frozen=True)
class Chapter:
    """One episode of a report on several: its own line, headline, lede, first page and sections.

    ``when`` is what stands before it in the contents: "January 2026", "7 Sep 2010". ``name`` is the episode's.
    """

    anchor: str
    when: str
    name: str
    event_line: EventLine
    headline: str
    lede: Rich
    first_page: FirstPage
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class EventLine:
    """Above the headline: the event's title in bold, then what kind, when, where the clock stood."""

    title: str
    rest: str = ""


@dataclass(frozen=True)
class Masthead:
    """The top line: what this is in bold, of what; and, at the right, which prices."""

    name: str
    of: str = ""
    right: str = ""


@dataclass(frozen=True)
class FooterColumn:
    """One of the closing columns: Method, Prices, Made by."""

    heading: str
    text: Rich


@dataclass(frozen=True)
class Report:
    """All that is said, in order.

    A report on one event has ``first_page`` and ``sections``. A report on several has ``sections`` as its opening
    (the heat map), then the contents made from ``chapters``, the chapters, and ``closing`` for the parts that
    stand once. Every ``id`` and ``anchor`` is unique.

    Parameters
    ----------
    title : str
        Of the document: the browser's tab, the PDF's metadata.
    file_stem : str
        File name without suffix; the renderer adds nothing to it, "-simulated" included.
    simulated : bool
        Band, watermarks; see also ``masthead``, ``headline`` and ``file_stem``, which the content marks itself.
    simulated_notice : tuple of runs
        The band's line.
    page_footer : str
        At the foot of every sheet of paper: version, prices, snapshot, seed.
    made_at : datetime or None
        The document's own date: the last fetch of its prices, never now, so that equal studies give equal bytes.
    """

    title: str
    file_stem: str
    masthead: Masthead
    event_line: EventLine
    headline: str
    lede: Rich
    first_page: FirstPage | None = None
    sections: tuple[Section, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    closing: tuple[Section, ...] = ()
    footer: tuple[FooterColumn, ...] = ()
    page_footer: str = ""
    contents_heading: str = "Episodes"
    simulated: bool = False
    simulated_notice: Rich = (
        Strong("Simulated prices."),
        " This report was made on the embedded market, which is invented. No number below describes a real share. "
        "For real prices: ",
        Strong("eventstudy report --source yahoo"),
    )
    language: str = "en"
    author: str = "eventstudy"
    keywords: tuple[str, ...] = ()
    made_at: datetime | None = None

    def blocks(self) -> Iterator[Block]:
        """Every block, in reading order, those of the first pages included."""
        if self.first_page is not None:
            yield from (self.first_page.figure, self.first_page.table)
        for section in self.sections:
            yield from section.blocks
        for chapter in self.chapters:
            yield from (chapter.first_page.figure, chapter.first_page.table)
            for section in chapter.sections:
                yield from section.blocks
        for section in self.closing:
            yield from section.blocks

    def __post_init__(self) -> None:
        names = [block.id for block in self.blocks() if isinstance(block, Figure | Table)]
        names += [section.anchor for section in (*self.sections, *self.closing)]
        for chapter in self.chapters:
            names += [chapter.anchor, *(section.anchor for section in chapter.sections)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: used more than once; ids and anchors are unique in a report")
