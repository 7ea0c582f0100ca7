"""When the announcements of an episode came: tightening above a line of time, relief and support below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from eventstudy.report.figures.sheet import Sheet, text_width
from eventstudy.report.model import TimelinePlot, TimelinePoint
from eventstudy.report.tokens import AXIS, TEXT
from eventstudy.report.wording import numbers

_STEP, _HEAD = 17.0, 8.0


def draw_timeline(plot: TimelinePlot, *, width: float, theme: str = "light", simulated: bool = False) -> Sheet:
    """The announcements on one line of time, each with its number in the table.

    Parameters
    ----------
    plot : TimelinePlot
        In time order, on two days at least.
    width : float
        Pixels.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    simulated : bool
        Whether to lay the word "simulated" across.
    """
    first, last = plot.points[0].day, plot.points[-1].day
    span = max((last - first).days, 1)
    left, right = 14.0, width - 14.0

    def across(day: date) -> float:
        return left + (day - first).days / span * (right - left)

    places = {above: _stacked(plot.points, above, across(first), right - left, first, span) for above in (True, False)}
    rows = {above: max((level for level, _ in found), default=-1) + 1 for above, found in places.items()}
    axis = _HEAD + 16 + _STEP * max(rows[True], 1) + 8
    under = axis + 26
    bottom = under + (_STEP * rows[False] + 22 if rows[False] else 4)
    sheet = Sheet(width, bottom, theme, simulated=simulated)
    sheet.text(0, _HEAD + 6, plot.above, AXIS, "muted")
    if rows[False]:
        sheet.text(0, bottom - 4, plot.below, AXIS, "muted")
    sheet.lines([[(0, axis), (width, axis)]], "ink", 1.2)
    placed = []
    for above, found in places.items():
        chosen = [point for point in plot.points if point.above is above]
        for point, (level, _) in zip(chosen, found, strict=True):
            base = axis - 16 - _STEP * level if above else under + 12 + _STEP * level
            placed.append((point, across(point.day), base))
    # every stem before any number, whose halo then keeps it clear
    stems = [(x, base + 3, axis - 9) if point.above else (x, axis + 9, base - 11) for point, x, base in placed]
    sheet.lines([[(x, top), (x, end)] for x, top, end in stems if end - top > 6], "rule")
    _ticks(sheet, first, last, across, axis, width)
    for point, x, base in placed:
        _point(sheet, point, x, axis, base)
    return sheet


def _stacked(
    points: Sequence[TimelinePoint], above: bool, start: float, room: float, first: date, span: int
) -> list[tuple[int, float]]:
    """Level and right end of each number of one side: the lowest level on which it covers no other."""
    ends: list[float] = []
    found = []
    for point in points:
        if point.above is not above:
            continue
        x = start + (point.day - first).days / span * room
        half = text_width(point.number, TEXT, bold=True) / 2 + 7
        level = next((place for place, end in enumerate(ends) if x - half >= end), len(ends))
        ends[level : level + 1] = [x + half]
        found.append((level, x + half))
    return found


def _point(sheet: Sheet, point: TimelinePoint, x: float, axis: float, base: float) -> None:
    """A triangle at the line, its number as far from it as its neighbours force it."""
    if point.above:
        outline = [(x - 5.0, axis - 9), (x + 5.0, axis - 9), (x, axis - 1)]
        top, tall = base - 12, axis - base + 12
    else:
        outline = [(x - 5.0, axis + 9), (x + 5.0, axis + 9), (x, axis + 1)]
        top, tall = axis, base - axis + 4
    sheet.area([outline], "ink" if point.above else "paper", edge="ink", width=1.4)
    sheet.text(x, base, point.number, TEXT, anchor="middle", bold=point.current, halo=True)
    sheet.spot(x - 8, top, 16, tall, point.text)


def _ticks(sheet: Sheet, first: date, last: date, across: Callable[[date], float], axis: float, width: float) -> None:
    """Months or years under the line, as many as fit."""
    ends = 0.0
    for day, words in _dates(first, last):
        x = across(day)
        half = text_width(words, AXIS) / 2 + 5
        if x - half < ends or x + half > width + 4:
            continue
        sheet.lines([[(x, axis), (x, axis + 5)]], "ink", 1.0)
        sheet.text(x, axis + 20, words, AXIS, "muted", anchor="middle", halo=True)
        ends = x + half


def _dates(first: date, last: date) -> list[tuple[date, str]]:
    """Beginnings of years, quarters, months or weeks between two days, the year once.

    Examples
    --------
    >>> [words for _, words in _dates(date(2026, 1, 6), date(2026, 3, 9))]
    ['1 Feb 2026', '1 Mar']
    """
    span = (last - first).days
    if span > 4 * 365:
        days = [date(year, 1, 1) for year in range(first.year, last.year + 2)]
        return [(day, str(day.year)) for day in days if first <= day <= last]
    if span <= 45:
        days = [first + timedelta(days=step) for step in range(0, span + 1, 7 if span > 10 else 2)]
    else:
        step = 1 if span < 400 else 3 if span < 900 else 6
        months = range(first.year * 12, (last.year + 1) * 12, step)
        days = [date(month // 12, month % 12 + 1, 1) for month in months]
    found, year = [], 0
    for day in days:
        if first <= day <= last:
            found.append((day, f"{numbers.day_short(day)} {day.year}" if day.year != year else numbers.day_short(day)))
            year = day.year
    return found
