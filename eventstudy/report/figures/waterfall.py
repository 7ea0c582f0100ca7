"""What moves are made of: bars that begin where the one before ends, and the sum at the foot."""

from __future__ import annotations

import math

from eventstudy.report.figures.sheet import Sheet, shorten, text_width, tick_text, ticks
from eventstudy.report.model import WaterfallPanel, WaterfallPlot
from eventstudy.report.tokens import AXIS, ROLE_COLOUR, TEXT

_TITLE, _FOOT, _GAP = 30.0, 30.0, 30.0
_LOW_TITLE, _LOW_FOOT = 25.0, 23.0
_ROW, _LOW_ROW = 23.0, 17.0
_APART = 26.0  # pixels between two numbers of the scale, at the least


def draw_waterfall(
    plot: WaterfallPlot, *, width: float, theme: str = "light", compact: bool = False, simulated: bool = False
) -> Sheet:
    """The bars, one panel a group, side by side (wide) or under one another (narrow).

    Parameters
    ----------
    plot : WaterfallPlot
        Per cent.
    width : float
        Pixels; below 480 one panel a line.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    compact : bool
        Lower rows and three panels a line, for a sheet of paper.
    simulated : bool
        Whether to lay the word "simulated" across.
    """
    columns = 1 if width < 480 else 3 if compact and len(plot.panels) > 2 else 2
    pitch = _LOW_ROW if compact else _ROW
    panel_width = (width - _GAP * (columns - 1)) / columns
    title, foot = (_LOW_TITLE, _LOW_FOOT) if compact else (_TITLE, _FOOT)
    tall = title + foot + pitch * max(len(panel.bars) for panel in plot.panels)
    lines = math.ceil(len(plot.panels) / columns)
    sheet = Sheet(width, lines * tall + (lines - 1) * 14.0, theme, simulated=simulated)
    levels = [level for panel in plot.panels for level in _levels(panel)]
    low, high = min(0.0, *levels), max(0.0, *levels)
    if high - low < 1.0:
        low, high = low - 0.5, high + 0.5
    scale = ticks(low, high, 5)
    for number, panel in enumerate(plot.panels):
        line, column = divmod(number, columns)
        _panel(sheet, panel, column * (panel_width + _GAP), line * (tall + 14.0), panel_width, scale, pitch, title)
    return sheet


def _levels(panel: WaterfallPanel) -> list[float]:
    """Where bars end."""
    found, level = [], 0.0
    for bar in panel.bars:
        level = bar.value if bar.total else level + bar.value
        found.append(level)
    return found


def _panel(
    sheet: Sheet,
    panel: WaterfallPanel,
    x: float,
    y: float,
    width: float,
    scale: list[float],
    pitch: float,
    title: float,
) -> None:
    colour = ROLE_COLOUR[panel.role]
    names = min(max(text_width(bar.label, TEXT) for bar in panel.bars) + 14, (0.42 if width > 300 else 0.56) * width)
    left, right = x + names, x + width - (44.0 if width > 300 else 34.0)
    top, bottom = y + title, y + title + pitch * len(panel.bars)

    def across(value: float) -> float:
        return left + (value - scale[0]) / (scale[-1] - scale[0]) * (right - left)

    size = 14.0 if width > 300 else 12.5
    room = width - text_width(panel.title, size, bold=True) * 1.1 - 5
    tail = shorten(panel.subtitle, room, 12.5)
    # a word cut to a letter tells nothing
    tail = "" if tail != panel.subtitle and len(tail) < 8 else tail
    sheet.text(
        x, y + 14, shorten(panel.title, width, size, bold=True), size, colour, bold=True, tail=tail, tail_size=12.5
    )
    sheet.lines([[(across(tick), top), (across(tick), bottom)] for tick in scale if tick != 0], "grid")
    half, level = min(6.5, 0.3 * pitch), 0.0
    for row, bar in enumerate(panel.bars):
        begin, end = (0.0, bar.value) if bar.total else (level, level + bar.value)
        level = end
        middle = top + pitch * (row + 0.5)
        one, other = sorted((across(begin), across(end)))
        sheet.spot(x, middle - pitch / 2, width, pitch, f"{panel.title}, {bar.label}: {bar.text}")
        fill = colour if bar.total or bar.rest else "ordinary"
        sheet.rectangle(one, middle - half, max(other - one, 1.0), 2 * half, fill)
        if row + 1 < len(panel.bars) and not panel.bars[row + 1].total:
            sheet.lines([[(across(end), middle - half), (across(end), middle + pitch - half)]], "muted", 0.8)
        sheet.text(x, middle + 4, shorten(bar.label, names - 8, TEXT), TEXT, "ink", bold=bar.total)
        # a number that the zero line would cross stands beyond it
        place, zero = other + 5, across(0.0)
        if place - 2 < zero < place + text_width(bar.text, AXIS, bold=bar.total) + 2:
            place = zero + 5
        sheet.text(place, middle + 4, bar.text, AXIS, "ink", bold=bar.total, halo=True)
    sheet.lines([[(across(0.0), top - 2), (across(0.0), bottom)]], "ink", 1.2)
    # where they stand too close every other one is named, zero among them
    close = len(scale) > 1 and across(scale[1]) - across(scale[0]) < _APART
    for tick in scale[scale.index(0.0) % 2 :: 2] if close else scale:
        sheet.text(across(tick), bottom + 15, tick_text(tick), AXIS, "muted", anchor="middle")
