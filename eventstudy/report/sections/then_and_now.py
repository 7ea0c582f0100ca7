"""Then versus now: the episodes of a catalogue side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eventstudy.report import wording
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
from eventstudy.report.wording import numbers
from eventstudy.report.wording import then_and_now as say


def build(chapters: Sequence[Chapter]) -> Section:
    """One row an episode, for the exposed and for the beneficiaries."""
    groups = []
    for role in ("exposed", "beneficiary"):
        rows = [row for row in (_row(chapter, role) for chapter in chapters) if row is not None]
        if rows:
            typed = cells.role_value(role)
            groups.append(RowGroup(tuple(rows), wording.ROLE_TITLES[typed], "", typed))
    if not groups:
        return Section("", say.TOPIC, say.NOTHING_MEASURED, "then-and-now", blocks=(Empty(say.NO_USABLE_SHARE),))
    table = Table(
        id="table-then-and-now",
        label=say.TABLE_LABEL,
        title=say.TABLE_TITLE,
        subtitle=say.TABLE_SUBTITLE,
        columns=(
            Column("when", say.HEADS["when"], wrap=False),
            Column("episode", say.HEADS["episode"], grow=2.0),
            Column("announcements", say.HEADS["announcements"], "number", phone=False),
            Column("observations", say.HEADS["observations"], "number", phone=False),
            Column("window", say.HEADS["window"]),
            Column("caar", say.HEADS["caar"], "number"),
            Column("interval", say.HEADS["interval"], "interval", phone=False),
            Column("p", "p", "p"),
            Column("adj_p", say.HEADS["adj_p"], "p", phone=False),
            Column("reading", say.HEADS["reading"], "reading"),
        ),
        groups=tuple(groups),
        note=(say.TABLE_NOTE,),
    )
    figure = _paths(chapters)
    return Section("", say.TOPIC, _finding(chapters), "then-and-now", blocks=(table, figure) if figure else (table,))


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
        label=say.FIGURE_LABEL,
        title=say.figure_title(len(panels)),
        subtitle=say.FIGURE_SUBTITLE,
        alt=say.figure_alt(_finding(chapters)),
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
            TextCell(numbers.month_short(first), sort=first.isoformat()),
            TextCell(name, "" if kind == "tightening" else wording.DIRECTIONS[kind]),
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
    for role, noun in (("exposed", say.EXPOSED), ("beneficiary", say.BENEFICIARIES)):
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
        tail = say.standing(standing)
        tail += say.AFTER_ADJUSTMENT
    if not total:
        return say.only_second(second, also, tail)
    words = [numbers.number_word(count) if count else say.NONE for count in (told, also)]
    where = say.in_episodes(words[0], total)
    return say.finding(where, first, second, words[1], tail)
