"""The page: figures with their captions, blocks, sections, chapters, the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from eventstudy.report.model.drawings import Drawing
from eventstudy.report.model.tables import Table
from eventstudy.report.model.text import Rich, Strong
from eventstudy.report.wording import frame as say


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
    contents_heading: str = say.CONTENTS
    simulated: bool = False
    simulated_notice: Rich = (
        Strong(say.SIMULATED_TITLE),
        say.SIMULATED_NOTICE,
        Strong("eventstudy report --source yahoo"),
    )
    language: str = say.LANGUAGE
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
