"""Figure 1: estimates with their intervals, sectors under their roles, every company a thin tick."""

from __future__ import annotations

import math

from eventstudy.report.figures.sheet import Sheet, shorten, text_width, tick_text, ticks
from eventstudy.report.model import IntervalPlot, IntervalRow
from eventstudy.report.tokens import AXIS, ROLE_COLOUR, TEXT
from eventstudy.report.wording import figures as say
from eventstudy.report.wording import numbers

MOST_DOTS = 12
_MANY_ROWS = 14


class _Axis:
    """Per cent to pixels, over everything that is drawn, so that nothing is clipped."""

    def __init__(self, plot: IntervalPlot, left: float, right: float) -> None:
        values = [0.0]
        for row in _rows(plot):
            values += [value for value in (row.estimate, row.low, row.high, *row.members) if math.isfinite(value)]
        low, high = min(values), max(values)
        if high - low < 1.0:
            low, high = low - 0.5, high + 0.5
        room = max(high - low, 1.0) * 0.02
        self.low, self.high, self.left, self.right = low - room, high + room, left, right
        scale = ticks(low, high, 5)
        inside = [tick for tick in scale if self.low <= tick <= self.high]
        step = scale[1] - scale[0]
        # a mean close to zero needs a scale too
        self.ticks = inside if len(inside) > 1 else [*inside, step] if high > -low else [-step, *inside]
        self.low, self.high = min(self.low, self.ticks[0]), max(self.high, self.ticks[-1])

    def __call__(self, value: float) -> float:
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)


def _rows(plot: IntervalPlot) -> list[IntervalRow]:
    return [row for group in plot.groups for row in (group.total, *group.rows)]


def draw_interval(
    plot: IntervalPlot, *, width: float, theme: str = "light", compact: bool = False, simulated: bool = False
) -> Sheet:
    """The interval plot, with names at the left (wide) or above their marks (narrow).

    Parameters
    ----------
    plot : IntervalPlot
        Estimates in per cent.
    width : float
        Pixels; below 480 the narrow layout.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    compact : bool
        Rows of 17.5 pixels or fewer in place of 25, for a sheet of paper.
    simulated : bool
        Whether to lay the word "simulated" across.

    Returns
    -------
    Sheet
    """
    if width < 480:
        return _narrow(plot, width, theme, simulated)
    return _wide(plot, width, theme, compact, simulated)


def _wide(plot: IntervalPlot, width: float, theme: str, compact: bool, simulated: bool) -> Sheet:
    # on paper many rows stand closer, so that Table 1 follows on their sheet
    close = 16.5 if len(_rows(plot)) > _MANY_ROWS else 17.5
    pitch, lead, tail = (close, 12.0, 13.5) if compact else (25.0, 16.5, 18.5)
    head = 30.0
    height = head + sum(lead + (1 + len(group.rows)) * pitch + tail - pitch + 1 for group in plot.groups)
    bottom = height
    height += 30
    sheet = Sheet(width, height, theme, simulated=simulated)
    names, breadth, estimates = 196.0, width - 94, width - 106
    head_left = estimates - text_width(plot.estimate_head, AXIS)
    axis = _Axis(plot, names + 4, head_left - 18)

    label_y = 14.0
    sheet.text(0, label_y, plot.row_head, AXIS, "muted")
    sheet.text(estimates, label_y, plot.estimate_head, AXIS, "muted", anchor="end")
    sheet.text(breadth, label_y, plot.breadth_head, AXIS, "muted")
    _tick_labels(sheet, axis, label_y, text_width(plot.row_head, AXIS) + 12, head_left - 6)
    sheet.lines([[(axis(t), head), (axis(t), bottom)] for t in axis.ticks if t != 0], "grid")

    y = head
    rules, centres = [], []
    for group in plot.groups:
        rules.append(y)
        y += lead
        for index, row in enumerate((group.total, *group.rows)):
            centres.append((y, group.role, row, index == 0))
            y += pitch + (1.0 if index == 0 else 0.0)
        y += tail - pitch
    rules.append(y)
    sheet.lines([[(0, at), (width, at)] for at in rules], "rule")
    sheet.lines([[(axis(0), head - 10), (axis(0), bottom)]], "ink", 1.2)

    for y, role, row, total in centres:
        sheet.spot(0, y - pitch / 2, width, pitch, _spoken(row))
        base = y + 4.3
        colour = ROLE_COLOUR[role]
        count = str(row.n)
        room = names - 8 - text_width(count, TEXT)
        label = shorten(row.label, room, TEXT, bold=total)
        sheet.text(0, base, label, TEXT, colour if total else "ink", bold=total, tail=count)
        sheet.text(estimates, base, row.text, TEXT, anchor="end", bold=total)
        _estimate(sheet, axis, y, role, row, total)
        _breadth(sheet, breadth, y, base, role, row)
    _legend(sheet, height - 5, plot, width)
    return sheet


def _narrow(plot: IntervalPlot, width: float, theme: str, simulated: bool) -> Sheet:
    pitch, lead, gap, head = 38.0, 18.0, 10.0, 26.0
    bottom = head + sum((1 + len(group.rows)) * pitch + gap for group in plot.groups)
    legend_lines = 2
    height = bottom + 20 + 19 * legend_lines
    sheet = Sheet(width, height, theme, simulated=simulated)
    axis = _Axis(plot, 10, width - 76)
    sheet.text(width, 12, plot.estimate_head, AXIS, "muted", anchor="end")
    _tick_labels(sheet, axis, 12, 0, width - 66)

    y = head
    rules, rows = [], []
    for group in plot.groups:
        rules.append(y)
        for index, row in enumerate((group.total, *group.rows)):
            rows.append((y + lead, group.role, row, index == 0))
            y += pitch
        y += gap
    rules.append(y)
    lanes = [at + 15 for at, *_ in rows]
    sheet.lines([[(0, at), (width, at)] for at in rules], "rule")
    # scale lines stand in the lanes of the marks alone, so that no name is crossed
    sheet.lines([[(axis(t), at - 8), (axis(t), at + 8)] for t in axis.ticks if t != 0 for at in lanes], "rule")
    sheet.lines([[(axis(t), head - 9), (axis(t), head)] for t in axis.ticks if t != 0], "rule")
    zero = [(at - 9, at + 9) for at in lanes]
    sheet.lines([[(axis(0), top), (axis(0), end)] for top, end in [(head - 9, head), *zero]], "ink", 1.2)
    for base, role, row, total in rows:
        sheet.spot(0, base - 14, width, pitch, _spoken(row))
        count = str(row.n)
        label = row.short_label or row.label
        room = width - 60 - text_width(count, TEXT)
        label = shorten(row.label if text_width(row.label, TEXT, bold=total) <= room else label, room, TEXT, bold=total)
        sheet.text(0, base, label, TEXT, ROLE_COLOUR[role] if total else "ink", bold=total, tail=count)
        sheet.text(width, base, row.text, TEXT, anchor="end", bold=total)
        if row.n:
            sheet.text(width, base + 17, say.up_of(row.up, row.n), AXIS, "muted", anchor="end")
        _estimate(sheet, axis, base + 15, role, row, total)
    _legend(sheet, bottom + 24, plot, width)
    return sheet


def _spoken(row: IntervalRow) -> str:
    """A row in one line: estimate, interval, breadth."""
    if not math.isfinite(row.estimate):
        return f"{row.label}: {row.text}"
    known = math.isfinite(row.low) and math.isfinite(row.high)
    between = f" ({numbers.interval(row.low / 100, row.high / 100)})" if known else ""
    return say.interval_spoken(row.label, row.text, between, row.up, row.n)


def _tick_labels(sheet: Sheet, axis: _Axis, y: float, left: float, right: float) -> None:
    """The scale's numbers, the last with the unit; one that would touch its neighbour is left out."""
    end = -math.inf
    for index, tick in enumerate(axis.ticks):
        text = tick_text(tick) + ("%" if index == len(axis.ticks) - 1 else "")
        half = text_width(text, AXIS) / 2
        x = min(max(axis(tick), left + half), right - half)
        if abs(x - axis(tick)) < 5 and (x - half > end + 6 or tick == 0):
            sheet.text(x, y, text, AXIS, "muted", anchor="middle")
            end = x + half


def _estimate(sheet: Sheet, axis: _Axis, y: float, role: str, row: IntervalRow, total: bool) -> None:
    colour = ROLE_COLOUR[role]
    reach = 6.0 if total else 5.5
    members = [axis(value) for value in row.members if math.isfinite(value)]
    if not row.one_share:
        sheet.lines([[(x, y - reach), (x, y + reach)] for x in members], colour, 1.0, alpha=0.34)
    if math.isfinite(row.low) and math.isfinite(row.high):
        sheet.lines(
            [[(axis(row.low), y), (axis(row.high), y)]],
            colour,
            3.2 if total else 2.0,
            dash=(2.0, 2.4) if row.one_share else (),
        )
    if math.isfinite(row.estimate):
        sheet.mark(axis(row.estimate), y, role, 6.0 if total else 4.8, row.reading)


def _breadth(sheet: Sheet, x: float, y: float, base: float, role: str, row: IntervalRow) -> None:
    if row.n > MOST_DOTS:
        sheet.text(x, base, say.of_total(row.up, row.n), TEXT)
        return
    pitch = 7.9
    centres = [(x + 3 + pitch * index, y) for index in range(row.n)]
    sheet.circles(centres[: row.up], 3.1, ROLE_COLOUR[role])
    sheet.circles(centres[row.up :], 2.6, "paper", edge=ROLE_COLOUR[role], line=1.0)


def _legend(sheet: Sheet, base: float, plot: IntervalPlot, width: float) -> None:
    """Marks and what they say; only what the drawing shows of it, on as many lines as it takes."""
    readings = {row.reading for row in _rows(plot) if math.isfinite(row.estimate)}
    entries: list[tuple[str, str]] = [
        ("clear", say.CLEAR),
        ("suggestive", say.UNUSUAL_OR_SUGGESTIVE),
        ("noise", say.NOT_TOLD),
    ]
    if any(row.members and not row.one_share for row in _rows(plot)):
        entries.append(("company", say.ONE_COMPANY))
    entries.append(("interval", say.INTERVAL))
    if any(row.one_share for row in _rows(plot)):
        entries.append(("dotted", say.ONE_SHARE))
    if not readings:
        return
    x = 0.0
    for kind, words in entries:
        symbol = {"company": 8.0, "interval": 28.0, "dotted": 26.0}.get(kind, 17.0)
        needed = symbol + text_width(words, AXIS) * 1.03
        if x and x + needed > width:
            x, base = 0.0, base + 19
        y = base - 4.0
        if kind == "company":
            sheet.lines([[(x + 1, y - 6), (x + 1, y + 6)]], "muted")
        elif kind in {"interval", "dotted"}:
            sheet.lines([[(x, y), (x + symbol - 6, y)]], "ink", 2.0, dash=(2.0, 2.4) if kind == "dotted" else ())
        else:
            sheet.mark(x + 6, y, "legend", 5.0, kind)
        sheet.text(x + symbol, base, words, AXIS, "muted")
        x += needed + 17
