"""What moves are made of: bars that begin where the one before ends, and the sum at the foot."""

from __future__ import annotations

import math

from eventstudy.report.figures.sheet import Sheet, shorten, text_width, tick_text, ticks
from eventstudy.report.model import WaterfallPanel, WaterfallPlot
from eventstudy.report.tokens import AXIS, ROLE_COLOUR, TEXT

_ROW, _TITLE, _FOOT, _GAP = 23.0, 30.0, 30.0, 30.0


def draw_waterfall(plot: WaterfallPlot, *, width: float, theme: str = "light", simulated: bool = False) -> Sheet:
    """The bars, one panel a group, side by side (wide) or under one another (narrow).

    Parameters
    ----------
    plot : WaterfallPlot
        Per cent.
    width : float
        Pixels; below 480 one panel a line.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    simulated : bool
        Whether to lay the word "simulated" across.
    """
    columns = 1 if width < 480 else 2
    panel_width = (width - _GAP * (columns - 1)) / columns
    tall = _TITLE + _FOOT + _ROW * max(len(panel.bars) for panel in plot.panels)
    lines = math.ceil(len(plot.panels) / columns)
    sheet = Sheet(width, lines * tall + (lines - 1) * 14.0, theme, simulated=simulated)
    levels = [level for panel in plot.panels for level in _levels(panel)]
    low, high = min(0.0, *levels), max(0.0, *levels)
    if high - low < 1.0:
        low, high = low - 0.5, high + 0.5
    scale = ticks(low, high, 5)
    for number, panel in enumerate(plot.panels):
        line, column = divmod(number, columns)
        _panel(sheet, panel, column * (panel_width + _GAP), line * (tall + 14.0), panel_width, scale)
    return sheet


def _levels(panel: WaterfallPanel) -> list[float]:
    """Where bars end."""
    found, level = [], 0.0
    for bar in panel.bars:
        level = bar.value if bar.total else level + bar.value
        found.append(level)
    return found


def _panel(sheet: Sheet, panel: WaterfallPanel, x: float, y: float, width: float, scale: list[float]) -> None:
    colour = ROLE_COLOUR[panel.role]
    names = min(max(text_width(bar.label, TEXT) for bar in panel.bars) + 10, 0.42 * width)
    left, right = x + names, x + width - 44.0
    top, bottom = y + _TITLE, y + _TITLE + _ROW * len(panel.bars)

    def across(value: float) -> float:
        return left + (value - scale[0]) / (scale[-1] - scale[0]) * (right - left)

    sheet.text(
        x, y + 14, panel.title, 14, colour, bold=True,
        tail=shorten(panel.subtitle, width - text_width(panel.title, 14, bold=True) - 12, 12.5), tail_size=12.5,
    )  # fmt: skip
    sheet.lines([[(across(tick), top), (across(tick), bottom)] for tick in scale if tick != 0], "grid")
    level = 0.0
    for row, bar in enumerate(panel.bars):
        begin, end = (0.0, bar.value) if bar.total else (level, level + bar.value)
        level = end
        middle = top + _ROW * (row + 0.5)
        one, other = sorted((across(begin), across(end)))
        fill = colour if bar.total or bar.label == "remainder" else "ordinary"
        sheet.rectangle(one, middle - 6.5, max(other - one, 1.0), 13.0, fill)
        if row + 1 < len(panel.bars) and not panel.bars[row + 1].total:
            sheet.lines([[(across(end), middle - 6.5), (across(end), middle + _ROW - 6.5)]], "muted", 0.8)
        sheet.text(x, middle + 4, shorten(bar.label, names - 8, TEXT), TEXT, "ink", bold=bar.total)
        # a number that the zero line would cross stands beyond it
        place, zero = other + 5, across(0.0)
        if place - 2 < zero < place + text_width(bar.text, AXIS, bold=bar.total) + 2:
            place = zero + 5
        sheet.text(place, middle + 4, bar.text, AXIS, "ink", bold=bar.total, halo=True)
    sheet.lines([[(across(0.0), top - 2), (across(0.0), bottom)]], "ink", 1.2)
    for tick in scale:
        sheet.text(across(tick), bottom + 15, tick_text(tick), AXIS, "muted", anchor="middle")
