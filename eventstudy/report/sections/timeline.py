"""Part 1b: the episode's announcements in time, and what each moved."""

from __future__ import annotations

from eventstudy.catalogue.events import Event
from eventstudy.report import wording
from eventstudy.report.chapter import Chapter, reading_window
from eventstudy.report.measures import event_scope
from eventstudy.report.model import (
    Cell,
    Column,
    Figure,
    LinkCell,
    MissingCell,
    NumberCell,
    Row,
    RowGroup,
    Section,
    Table,
    TextCell,
    TimelinePlot,
    TimelinePoint,
)
from eventstudy.report.sections import _cells as cells
from eventstudy.report.wording import Measure, numbers
from eventstudy.report.wording import timeline as say

_ROLES = ("exposed", "beneficiary")


def build(chapter: Chapter) -> Section:
    """A line of time over a table with a row an announcement; the numbers of one are the other's rows.

    For chapters of several announcements: ``build_report`` leaves it out of the others.
    """
    number, anchor = f"{chapter.part(1)}b", chapter.anchored("announcements")
    finding = _finding(chapter)
    # in a report on many episodes paper has no room for every one's table
    on_paper = not chapter.number
    table = _table(chapter, on_paper)
    first, last = (numbers.day_year(event.announced_date) for event in (chapter.events[0], chapter.events[-1]))
    figure = Figure(
        id=chapter.anchored("figure-1b"),
        label=chapter.label(wording.FIGURE, 1) + "b",
        title=say.FIGURE_TITLE,
        subtitle=say.figure_subtitle(table.label),
        alt=say.figure_alt(finding, first, last),
        drawing=TimelinePlot(
            tuple(_point(chapter, event, place) for place, event in enumerate(chapter.events, start=1)),
            wording.NEWS_TITLES["tightening"],
            wording.NEWS_TITLES["relief"],
        ),
        described_by=table.id,
        on_paper=on_paper,
    )
    return Section(number, say.TOPIC, finding, anchor, blocks=(figure, table))


def _point(chapter: Chapter, event: Event, place: int) -> TimelinePoint:
    return TimelinePoint(
        day=event.announced_date,
        number=str(place),
        text=f"{numbers.day_year(event.announced_date)}: {event.title} ({wording.DIRECTIONS[event.direction]})",
        above=event.news == "tightening",
        current=event.event_id == chapter.focus.event_id,
    )


def _measures(chapter: Chapter, event: Event) -> list[Measure | None]:
    """What the exposed and the beneficiaries did, over the window in which the event is read."""
    window = reading_window([event], chapter.evidence.windows)
    return [chapter.evidence.measure(event_scope(event.event_id), role, "", window) for role in _ROLES]


def _table(chapter: Chapter, on_paper: bool) -> Table:
    rows = []
    for place, event in enumerate(chapter.events, start=1):
        window = numbers.window(reading_window([event], chapter.evidence.windows))
        measured = [cell for measure in _measures(chapter, event) for cell in _cells(measure)]
        rows.append(
            Row(
                (
                    TextCell(
                        f"{place} · {event.title}",
                        wording.event_kind(event.direction, event.confidence),
                        strong=event.event_id == chapter.focus.event_id,
                        sort=f"{place:04}",
                    ),
                    TextCell(numbers.day_year(event.announced_date), sort=event.announced_date.isoformat()),
                    TextCell(window),
                    *measured,
                    LinkCell(event.source_publisher or event.source_title, event.source_url, muted=True),
                )
            )
        )
    return Table(
        id=chapter.anchored("table-1b"),
        label=chapter.label(wording.TABLE, 1) + "b",
        title=say.TABLE_TITLE,
        subtitle=say.TABLE_SUBTITLE,
        columns=(
            Column("title", say.HEADS["title"], grow=3.0, second=say.KIND),
            Column("date", say.HEADS["date"], wrap=False),
            Column("window", say.HEADS["window"], phone=False),
            Column("exposed", say.HEADS["exposed"], "number"),
            Column("exposed_interval", say.HEADS["exposed_interval"], "interval", phone=False),
            Column("beneficiary", say.HEADS["beneficiary"], "number"),
            Column("beneficiary_interval", say.HEADS["beneficiary_interval"], "interval", phone=False),
            Column("source", say.HEADS["source"], "link", phone=False, paper=False),
        ),
        groups=(RowGroup(tuple(rows)),),
        compact=True,
        on_paper=on_paper,
    )


def _cells(measure: Measure | None) -> tuple[Cell, Cell]:
    if measure is None or not measure.measured:
        return MissingCell(say.NO_RETURN), MissingCell("")
    mean = NumberCell(numbers.percent(measure.caar), 100 * measure.caar, strong=measure.told, muted=not measure.told)
    return mean, cells.interval_cell(measure)


def _finding(chapter: Chapter) -> str:
    """How many announcements in how long a time, and how many moved each group."""
    events = chapter.events
    days = (events[-1].announced_date - events[0].announced_date).days
    span = say.ONE_DAY if days == 0 else say.days(days) if days < 60 else _months(days)
    measured = [_measures(chapter, event) for event in events]
    counts = [sum(1 for each in measured if (one := each[place]) is not None and one.told) for place in (0, 1)]
    words = [numbers.number_word(count) if count else say.NONE for count in counts]
    start = numbers.capitalised(say.announcements(len(events)))
    return say.finding(start, span, words[0], words[1])


def _months(days: int) -> str:
    return say.months(round(days / 30.4)) if days < 730 else say.years(round(days / 365.25))
