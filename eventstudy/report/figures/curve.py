"""The specification curve: estimates from the lowest to the highest, and under each the choices that made it."""

from __future__ import annotations

import math

from eventstudy.report.figures.sheet import Sheet, shorten, text_width, tick_text, ticks
from eventstudy.report.model import CurvePlot, CurvePoint
from eventstudy.report.tokens import AXIS, ROLE_COLOUR
from eventstudy.report.wording import figures as say
from eventstudy.report.wording import numbers

_HEAD = 26.0


def draw_curve(
    plot: CurvePlot, *, width: float, theme: str = "light", compact: bool = False, simulated: bool = False
) -> Sheet:
    """The curve over its dot matrix, both on one horizontal scale: a column a specification.

    Parameters
    ----------
    plot : CurvePlot
        Estimates in per cent, ascending.
    width : float
        Pixels; below 480 names take less room.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    compact : bool
        Lower rows, for a sheet of paper.
    simulated : bool
        Whether to lay the word "simulated" across.

    Returns
    -------
    Sheet
    """
    narrow = width < 480
    names = 106.0 if narrow else 150.0
    panel = 130.0 if compact or narrow else 170.0
    pitch, gap, lead = (14.0, 8.0, 17.0) if compact else (17.0, 12.0, 19.0)
    matrix = sum(lead + pitch * len(choice.values) + gap for choice in plot.choices)
    foot = 24.0
    height = _HEAD + panel + gap + matrix + foot
    sheet = Sheet(width, height, theme, simulated=simulated)
    left, right = names + 6, width - 8
    column = (right - left) / max(len(plot.points), 1)
    across = [left + column * (place + 0.5) for place in range(len(plot.points))]
    colour = ROLE_COLOUR[plot.role]

    for x, point in zip(across, plot.points, strict=True):
        sheet.spot(x - column / 2, _HEAD, column, height - _HEAD - foot, _spoken(plot, point))
    sheet.text(0, 12, plot.head, AXIS, "muted")
    _estimates(sheet, plot, across, column, names, width, panel, colour)
    y = _HEAD + panel + gap
    radius = min(column * 0.36, 3.1)
    for number, choice in enumerate(plot.choices):
        sheet.lines([[(0, y), (width, y)]], "rule")
        sheet.text(0, y + lead - 5, shorten(choice.title, names, AXIS, bold=True), AXIS, "muted", bold=True)
        for value, name in enumerate(choice.values):
            row = y + lead + pitch * (value + 0.5)
            sheet.text(0, row + 4, shorten(name, names, AXIS), AXIS)
            taken = [point.picks[number] == value for point in plot.points]
            told = [point.told for point in plot.points]
            # a faint line leads the eye from the name along its row
            sheet.lines([[(left, row), (right, row)]], "grid")
            for filled in (False, True):
                centres = [(x, row) for x, own, sure in zip(across, taken, told, strict=True) if own and sure is filled]
                sheet.circles(centres, radius, colour if filled else "ordinary")
        y += lead + pitch * len(choice.values) + gap
    _legend(sheet, height - 5, plot, width, colour)
    return sheet


def _spoken(plot: CurvePlot, point: CurvePoint) -> str:
    """One specification in a line: its estimate, interval and choices."""
    picked = [
        choice.values[pick]
        for choice, pick in zip(plot.choices, point.picks, strict=True)
        if 0 <= pick < len(choice.values)
    ]
    known = math.isfinite(point.low) and math.isfinite(point.high)
    between = f" ({numbers.interval(point.low / 100, point.high / 100)})" if known else ""
    return f"{numbers.percent(point.estimate / 100)}%{between}: {', '.join(picked)}"


def _estimates(
    sheet: Sheet,
    plot: CurvePlot,
    across: list[float],
    column: float,
    names: float,
    width: float,
    panel: float,
    colour: str,
) -> None:
    """Marks and intervals on a vertical scale that holds every one of them."""
    values = [0.0]
    for point in plot.points:
        values += [number for number in (point.estimate, point.low, point.high) if math.isfinite(number)]
    low, high = min(values), max(values)
    if high - low < 0.5:
        low, high = low - 0.25, high + 0.25
    room = (high - low) * 0.04
    low, high = low - room, high + room
    scale = [tick for tick in ticks(low, high, 5) if low <= tick <= high]

    def down(value: float) -> float:
        return _HEAD + (high - value) / (high - low) * panel

    for tick in scale:
        text = tick_text(tick) + ("%" if tick == scale[-1] else "")
        sheet.text(names, down(tick) + 4, text, AXIS, "muted", anchor="end")
    sheet.lines([[(names + 6, down(tick)), (width, down(tick))] for tick in scale if tick != 0], "grid")
    sheet.lines([[(names + 6, down(0)), (width, down(0))]], "ink", 1.2)
    line = max(min(column * 0.3, 2.0), 0.8)
    radius = max(min(column * 0.4, 3.6), 1.2)
    for told in (False, True):
        shown = [(x, point) for x, point in zip(across, plot.points, strict=True) if point.told is told]
        sheet.lines(
            [
                [(x, down(point.low)), (x, down(point.high))]
                for x, point in shown
                if math.isfinite(point.low) and math.isfinite(point.high)
            ],
            colour if told else "ordinary",
            line,
        )
        centres = [(x, down(point.estimate)) for x, point in shown if math.isfinite(point.estimate)]
        sheet.circles(centres, radius, colour if told else "paper", edge=colour, line=1.2)
    if math.isfinite(plot.middle):
        at = down(plot.middle)
        sheet.lines([[(names + 6, at), (width, at)]], colour, 1.2, dash=(4.0, 3.0))
        # above the panel: inside it, intervals stand everywhere
        wide = text_width(plot.middle_text, AXIS) * 1.03
        sheet.lines([[(width - wide - 26, 8), (width - wide - 6, 8)]], colour, 1.2, dash=(4.0, 3.0))
        sheet.text(width, 12, plot.middle_text, AXIS, colour, anchor="end")


def _legend(sheet: Sheet, base: float, plot: CurvePlot, width: float, colour: str) -> None:
    """What filled and open marks say; only what is shown."""
    if not plot.points:
        return
    entries = []
    if any(point.told for point in plot.points):
        entries.append((True, "p < 0.05"))
    if any(not point.told for point in plot.points):
        entries.append((False, say.NOT_TOLD))
    x = 0.0
    for told, words in entries:
        sheet.circles([(x + 5, base - 4)], 3.6, colour if told else "paper", edge=colour, line=1.2)
        sheet.text(x + 15, base, words, AXIS, "muted")
        x += 15 + text_width(words, AXIS) * 1.03 + 17
    words = say.INTERVAL
    if x + 24 + text_width(words, AXIS) <= width:
        sheet.lines([[(x + 5, base - 12), (x + 5, base + 3)]], colour, 2.0)
        sheet.text(x + 14, base, words, AXIS, "muted")
