"""Then versus now: the episodes of a catalogue side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eventstudy.report import numbers, wording
from eventstudy.report.chapter import Chapter, episode_name
from eventstudy.report.model import (
    Column,
    Empty,
    Figure,
    MultiplesPlot,
    NumberCell,
    Row,
    RowGroup,
    Section,
    SmallPanel,
    SmallPath,
    Table,
    TextCell,
)
from eventstudy.report.sections import _cells as cells

TOPIC = "Then and now"


def build(chapters: Sequence[Chapter]) -> Section:
    """One row an episode, for the exposed and for the beneficiaries."""
    groups = []
    for role in ("exposed", "beneficiary"):
        rows = [row for row in (_row(chapter, role) for chapter in chapters) if row is not None]
        if rows:
            typed = cells.role_value(role)
            groups.append(RowGroup(tuple(rows), wording.ROLE_TITLES[typed], "", typed))
    if not groups:
        return Section(
            "", TOPIC, "No episode could be measured", "then-and-now", blocks=(Empty("No episode has a usable share."),)
        )
    table = Table(
        id="table-then-and-now",
        label="Table A",
        title="Episodes side by side",
        subtitle="Mean cumulated abnormal return of each episode’s tightening announcements, pooled; of its only one; "
        "or, where it has none, of its relief or support",
        columns=(
            Column("when", "From", wrap=False),
            Column("episode", "Episode", grow=2.0),
            Column("announcements", "Announcements", "number", phone=False),
            Column("observations", "Observations", "number", phone=False),
            Column("window", "Window"),
            Column("caar", "CAAR, %", "number"),
            Column("interval", "95% interval", "interval", phone=False),
            Column("p", "p", "p"),
            Column("adj_p", "adj. p", "p", phone=False),
            Column("reading", "Reading", "reading"),
        ),
        groups=tuple(groups),
        note=("Windows with day +1 where the hour of an announcement is unknown. adj. p: Holm within each episode.",),
    )
    figure = _paths(chapters)
    return Section("", TOPIC, _finding(chapters), "then-and-now", blocks=(table, figure) if figure else (table,))


def _paths(chapters: Sequence[Chapter]) -> Figure | None:
    """The paths of every episode's event, small and on one scale."""
    panels = []
    for chapter in chapters:
        paths = {role: chapter.evidence.path(chapter.focus.event_id, role) for role in ("exposed", "beneficiary")}
        taus = tuple(range(-10, 11))
        lines = []
        for role, points in paths.items():
            level = {point.tau: 100 * point.caar for point in points if point.n}
            values = tuple(level.get(tau, math.nan) for tau in taus)
            if any(math.isfinite(value) for value in values):
                typed = cells.role_value(role)
                lines.append(SmallPath(typed, wording.ROLE_TITLES[typed].lower(), values))
        if lines:
            name = episode_name(chapter.episode, chapter.events)
            panels.append(SmallPanel(name, numbers.month_year(chapter.focus.announced_date), taus, tuple(lines)))
    if len(panels) < 2:
        return None
    return Figure(
        id="figure-then-and-now",
        label="Figure B",
        title=f"The paths of {numbers.counted(len(panels), 'episode')}",
        subtitle="Mean cumulated abnormal return around the announcement that each chapter shows, %, zero at the close "
        "before the event day; ten sessions before to ten after, all on one scale",
        alt=f"{_finding(chapters)}. One small panel an episode, exposed shares and beneficiaries.",
        drawing=MultiplesPlot(
            tuple(panels), tuple((role, wording.ROLE_TITLES[role]) for role in ("exposed", "beneficiary"))
        ),
        described_by="table-then-and-now",
    )


def _row(chapter: Chapter, role: str) -> Row | None:
    measure = chapter.measure(role)
    if measure is None or not measure.measured:
        return None
    first = chapter.pooled[0].announced_date
    kind = chapter.pooled[0].news
    name = episode_name(chapter.episode, chapter.events)
    return Row(
        (
            TextCell(f"{numbers.day_short(first)[-3:]} {first.year}", sort=first.isoformat()),
            TextCell(name, "" if kind == "tightening" else kind),
            NumberCell(numbers.integer(len(chapter.pooled)), len(chapter.pooled)),
            NumberCell(numbers.integer(measure.n), measure.n),
            TextCell(numbers.window(chapter.window)),
            cells.percent_cell(measure.caar, strong=True),
            cells.interval_cell(measure),
            cells.p_cell(measure.p),
            cells.p_cell(measure.holm),
            TextCell(wording.table_word(measure)),
        ),
        strong=measure.reading == "clear",
    )


def _finding(chapters: Sequence[Chapter]) -> str:
    """How many episodes tell each group from noise, and how many of these survive adjustment."""
    counts, standing = [], 0
    for role, noun in (("exposed", "the exposed"), ("beneficiary", "the beneficiaries")):
        measures = [
            measure
            for measure in (chapter.measure(role) for chapter in chapters)
            if measure is not None and measure.measured
        ]
        told = sum(1 for measure in measures if measure.told)
        standing += sum(1 for measure in measures if measure.reading == "clear")
        counts.append((noun, told, len(measures)))
    (first, told, total), (second, also, _) = counts
    tail = ""
    if told + also:
        tail = f"; {numbers.number_word(standing) if standing else 'none'} {'stands' if standing < 2 else 'stand'} "
        tail += "after adjustment"
    if not total:
        return f"{numbers.capitalised(second)} are told from noise in {numbers.counted(also, 'episode')}{tail}"
    words = [numbers.number_word(count) if count else "none" for count in (told, also)]
    where = f"In {words[0]} of {numbers.counted(total, 'episode')}"
    return f"{where} {first} are told from noise, {second} in {words[1]}{tail}"
