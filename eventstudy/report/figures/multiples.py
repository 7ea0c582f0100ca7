"""Many small paths on one scale: the episodes of a catalogue side by side."""

from __future__ import annotations

import math

from eventstudy.report.figures.sheet import Sheet, shorten, text_width, tick_text, ticks
from eventstudy.report.model import MultiplesPlot, SmallPanel
from eventstudy.report.tokens import AXIS, ROLE_COLOUR
from eventstudy.report.wording import figures as say
from eventstudy.report.wording import numbers

_HEAD, _TALL, _FOOT, _GAP = 34.0, 96.0, 24.0, 18.0
_MANY = 9


def draw_multiples(
    plot: MultiplesPlot, *, width: float, theme: str = "light", compact: bool = False, simulated: bool = False
) -> Sheet:
    """The panels, two to five a line, all on one scale.

    Parameters
    ----------
    plot : MultiplesPlot
        Per cent, zero at the close of tau -1.
    width : float
        Pixels; below 480 two panels a line.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    compact : bool
        Lower panels, for a sheet of paper.
    simulated : bool
        Whether to lay the word "simulated" across.
    """
    columns = 2 if width < 480 else 3 if width < 900 else 5
    tall = 72.0 if compact else _TALL
    # between a title and what bounds its line
    apart = 14.0
    if compact and len(plot.panels) > _MANY:
        # half a sheet holds them; their dates may reach into the gap beside them
        columns, tall, apart = 4, 62.0, 9.0 - _GAP
    lines = math.ceil(len(plot.panels) / columns)
    legend = 24.0
    each = _HEAD + tall + _FOOT
    sheet = Sheet(width, legend + lines * each, theme, simulated=simulated)
    values = [value for panel in plot.panels for path in panel.paths for value in path.values if math.isfinite(value)]
    scale = ticks(min(values, default=-1.0), max(values, default=1.0), 4)
    margin = max(text_width(tick_text(tick), AXIS) for tick in scale) + 7
    room = (width - margin - _GAP * (columns - 1)) / columns
    x = margin
    for role, words in plot.roles:
        sheet.role_mark(x + 5, 8, role)
        sheet.text(x + 15, 12, words, 12, ROLE_COLOUR[role], bold=True)
        x += 15 + text_width(words, 12, bold=True) * 1.04 + 18
    for index, panel in enumerate(plot.panels):
        line, column = divmod(index, columns)
        left, top = margin + column * (room + _GAP), legend + line * each
        _panel(
            sheet,
            panel,
            left,
            top,
            room,
            tall,
            scale,
            apart if column < columns - 1 else max(apart, 2.0),
            named=column == 0,
        )
    return sheet


def _panel(
    sheet: Sheet,
    panel: SmallPanel,
    left: float,
    top: float,
    room: float,
    tall: float,
    scale: list[float],
    apart: float,
    *,
    named: bool,
) -> None:
    first, last = panel.taus[0], panel.taus[-1]
    begin, end = top + _HEAD, top + _HEAD + tall

    def across(tau: float) -> float:
        return left + (tau - first) / max(last - first, 1) * room

    def down(value: float) -> float:
        return end - (value - scale[0]) / (scale[-1] - scale[0]) * tall

    tail = shorten(panel.subtitle, room - text_width(panel.title, 12, bold=True) - apart, AXIS)
    title = shorten(panel.title, room - 4, 12, bold=True)
    sheet.text(left, top + 24, title, 12, bold=True, tail=tail if len(tail) > 4 else "", tail_size=AXIS)
    sheet.lines([[(left, down(tick)), (left + room, down(tick))] for tick in scale if tick != 0], "grid")
    sheet.lines([[(left, down(0)), (left + room, down(0))]], "ink", 1.0)
    sheet.lines([[(across(-1), begin), (across(-1), end)]], "ink", 1.0, dash=(1.2, 2.2))
    if named:
        for tick in scale:
            sheet.text(left - 6, down(tick) + 4, tick_text(tick), AXIS, "muted", anchor="end")
    for path in panel.paths:
        points = [(across(tau), down(value)) for tau, value in zip(panel.taus, path.values, strict=True)]
        # roles differ by their line too, where colours are not seen
        sheet.lines([points], ROLE_COLOUR[path.role], 2.0, dash=(5.0, 2.4) if path.role == "beneficiary" else ())
    for tau in (first, 0, last):
        anchor = "start" if tau == first else "end" if tau == last else "middle"
        sheet.text(across(tau), end + 15, tick_text(tau), 10.5, "muted", anchor=anchor)  # type: ignore[arg-type]
    step = room / max(last - first, 1)
    for place, tau in enumerate(panel.taus):
        told = [
            f"{path.name} {numbers.percent(path.values[place] / 100)}%"
            for path in panel.paths
            if math.isfinite(path.values[place])
        ]
        if told:
            words = say.multiples_spoken(panel.title, tick_text(tau), told)
            sheet.spot(across(tau) - step / 2, begin, step, tall, words)
