"""Part 6: is this announcement special; and the heat map of several."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from eventstudy.catalogue.events import Event
from eventstudy.inference.multiplicity import holm
from eventstudy.report import wording
from eventstudy.report.chapter import Chapter, reading_window
from eventstudy.report.evidence import Evidence
from eventstudy.report.measures import event_scope
from eventstudy.report.model import (
    Empty,
    Figure,
    HeatCell,
    HeatColumn,
    HeatMap,
    HeatRow,
    Role,
    Section,
)
from eventstudy.report.sections import _cells as cells
from eventstudy.report.wording import Measure, numbers
from eventstudy.report.wording import other_announcements as say

MOST_COLUMNS = 14

# Words of an event id as they are spelt; all others stay small.
_SPELT = {word.lower(): word for word in (
    "US", "EU", "REE", "WTO", "MP", "NYT", "FT", "WSJ", "JL", "MAG", "MIIT", "DoD", "G7", "PLA", "Mofcom", "Kyodo",
    "Japan", "China", "Xi", "Trump", "Busan", "Takaichi", "Geneva", "London", "Apple", "Senkaku", "Molycorp", "Taiwan",
    "Beijing", "Australia", "Kuala", "Lumpur", "H1", "H2", "F35",
)}  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """Sectors by events: each event read over its own window, p adjusted over all cells."""

    events: tuple[Event, ...]
    windows: tuple[str, ...]
    rows: tuple[tuple[Role, str], ...]
    cells: tuple[tuple[Measure | None, ...], ...]
    adjusted: tuple[tuple[float, ...], ...]

    @property
    def counted(self) -> int:
        """How many cells have a p."""
        return sum(1 for line in self.cells for cell in line if cell is not None and not math.isnan(cell.p))

    @property
    def standing(self) -> list[tuple[int, int]]:
        """Row and column of the cells that survive adjustment."""
        return [
            (row, column)
            for row, line in enumerate(self.adjusted)
            for column, p in enumerate(line)
            if not math.isnan(p) and p < 0.05
        ]


def make_grid(evidence: Evidence, events: Sequence[Event]) -> Grid:
    """The sector means of some events side by side; sectors and events without any number are left out."""
    found: dict[tuple[Role, str], dict[str, Measure]] = {}
    mean = evidence.means([event.event_id for event in events])
    windows = {event.event_id: reading_window([event], evidence.windows) for event in events}
    for role in cells.MAIN_ROLES:
        for event in events:
            for sector in evidence.sectors(event_scope(event.event_id), role):
                measure = mean(event.event_id, role, sector, windows[event.event_id])
                if measure is not None and measure.measured:
                    found.setdefault((role, sector), {})[event.event_id] = measure
    shown = tuple(event for event in events if any(event.event_id in line for line in found.values()))
    order = {role: index for index, role in enumerate(cells.MAIN_ROLES)}
    rows = tuple(sorted(found, key=lambda key: (order[key[0]], -len(found[key]), key[1])))
    grid = tuple(tuple(found[row].get(event.event_id) for event in shown) for row in rows)
    flat = np.array([math.nan if cell is None else cell.p for line in grid for cell in line], dtype=np.float64)
    adjusted = holm(flat).tolist() if flat.size else []
    width = len(shown)
    return Grid(
        shown,
        tuple(windows[event.event_id] for event in shown),
        rows,
        grid,
        tuple(tuple(adjusted[index * width : (index + 1) * width]) for index in range(len(rows))),
    )


def neighbours(evidence: Evidence, focus: Sequence[Event], most: int = MOST_COLUMNS) -> list[Event]:
    """The events that a comparison shows: those in focus, then confirmed tightening nearest in time, in time order."""
    wanted = {event.event_id: event for event in focus}
    centre = focus[0].announced_date if focus else date.today()

    def sectors(event: Event) -> int:
        scope = event_scope(event.event_id)
        return sum(len(evidence.sectors(scope, role)) for role in cells.MAIN_ROLES)

    fewest = max((sectors(event) for event in focus), default=0) / 2

    def rank(event: Event) -> tuple[bool, bool, int]:
        distance = abs((event.announced_date - centre).days)
        return event.news != "tightening", event.confidence != "confirmed", distance

    for event in sorted(evidence.catalogue, key=rank):
        if len(wanted) >= most:
            break
        if event.news == "tightening" and sectors(event) >= max(fewest, 1):
            wanted.setdefault(event.event_id, event)
    return sorted(wanted.values(), key=lambda event: (event.announced_date, event.event_id))


def build(chapter: Chapter) -> Section:
    """Figure 4: sectors by announcements, this chapter's among others."""
    number, anchor = chapter.part(6), chapter.anchored("other-announcements")
    inside = [event for event in chapter.events if chapter.evidence.used(event.event_id)]
    if len(inside) > 1:
        events = inside if len(inside) <= MOST_COLUMNS else _most_telling(inside, chapter.focus)
    else:
        events = neighbours(chapter.evidence, [chapter.focus])
    grid = make_grid(chapter.evidence, events)
    if len(grid.events) < 2:
        reason = say.nothing_to_compare(len(chapter.evidence.catalogue))
        return Section(
            number,
            say.TOPIC,
            say.NO_OTHER,
            anchor,
            blocks=(Empty(say.no_heat_map(reason)),),
        )
    left_out = len(inside) - len(events)
    current = () if chapter.is_pooled else (chapter.focus.event_id,)
    figure = heat_figure(
        grid,
        id=chapter.anchored("figure-4"),
        label=chapter.label(wording.FIGURE, 4),
        current=current or (chapter.focus.event_id,),
        note=say.not_shown(left_out) if left_out > 0 else "",
    )
    return Section(number, say.TOPIC, grid_finding(grid), anchor, blocks=(figure,))


def _most_telling(events: Sequence[Event], focus: Event) -> list[Event]:
    """Of too many events those that matter most: confirmed restrictions first, the focus always, in time order."""
    order = {"restriction": 0, "escalation": 1, "relief": 2, "support": 2}
    ranked = sorted(
        events,
        key=lambda event: (
            event.event_id != focus.event_id,
            order[event.direction],
            event.confidence != "confirmed",
            -event.announced_date.toordinal(),
        ),
    )[:MOST_COLUMNS]
    return sorted(ranked, key=lambda event: (event.announced_date, event.event_id))


def grid_finding(grid: Grid) -> str:
    """How many sector reactions survive adjustment, and in whose."""
    standing = grid.standing
    total = numbers.integer(grid.counted)
    first = min(grid.events, key=lambda event: event.announced_date).announced_date.year
    if not standing:
        return say.none_survives(total, first)
    verb = say.survives(len(standing))
    count = numbers.capitalised(numbers.number_word(len(standing)))
    text = say.some_survive(count, total, first, verb)
    exposed = sum(1 for row, _ in standing if grid.rows[row][0] == "exposed")
    if exposed == 0:
        return say.not_exposed(len(standing), text)
    if exposed == len(standing):
        return say.all_exposed(text, exposed)
    where = say.exposed_sectors(exposed)
    return say.some_exposed(text, exposed, where)


def short_title(event: Event, words: int = 3) -> str:
    """An event in two or three words: its own ``short_title`` in the catalogue, else the last words of its id.

    Examples
    --------
    >>> short_title(Event("2023-07-03-gallium-germanium-licensing", date(2023, 7, 3), "", "", "restriction"))
    'Gallium germanium licensing'
    >>> short_title(Event("2026-01-06-japan-dual-use-ban", date(2026, 1, 6), "", "", "restriction"))
    'Japan dual-use ban'
    """
    own = event.extra.get("short_title", "").strip()
    if own:
        return own
    slug = event.event_id.replace("dual-use", "dual_use").replace("rare-earth", "rare_earth")
    parts = [part for part in slug.split("-") if part not in ("the", "of", "and", "for", "to", "by", "report")]
    while parts and parts[0].isdigit():
        parts = parts[1:]
    kept = [_SPELT.get(part, part).replace("_", "-").replace("pct", "%") for part in parts[-words:]]
    text = re.sub(r"(\d+) (\d+)", r"\1–\2", " ".join(kept))
    return numbers.capitalised(text) or event.title


def heat_figure(
    grid: Grid,
    *,
    id: str,
    label: str,
    current: Sequence[str] = (),
    note: str = "",
    names: Mapping[str, str] | None = None,
) -> Figure:
    """The heat map of a grid."""
    names = names or {}
    columns = tuple(
        HeatColumn(
            year=str(event.announced_date.year),
            name=names.get(event.event_id) or short_title(event),
            date=numbers.day_short(event.announced_date) + ("" if window == "[0,0]" else "*"),
            current=event.event_id in current,
        )
        for event, window in zip(grid.events, grid.windows, strict=True)
    )
    drawn = tuple(
        tuple(
            None
            if measure is None
            else HeatCell(
                100 * measure.caar,
                numbers.percent(measure.caar),
                told=not math.isnan(measure.p) and measure.p < 0.05,
                stands=not math.isnan(adjusted) and adjusted < 0.05,
            )
            for measure, adjusted in zip(line, adjusted_line, strict=True)
        )
        for line, adjusted_line in zip(grid.cells, grid.adjusted, strict=True)
    )
    other = sorted({window for window in grid.windows if window != "[0,0]"})
    star = say.hour_unknown([numbers.window(window) for window in other]) if other else ""
    what = say.on_what(other)
    finding = grid_finding(grid)
    return Figure(
        id=id,
        label=label,
        title=say.figure_title(len(grid.events)),
        subtitle=say.figure_subtitle(what),
        alt=f"{finding}.",
        drawing=HeatMap(
            tuple(HeatRow(role, wording.short_sector(sector)) for role, sector in grid.rows), columns, drawn
        ),
        note=(cells.joined([star, note]),) if star or note else (),
    )
