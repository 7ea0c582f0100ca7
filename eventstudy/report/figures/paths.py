"""Figure 2: what came before the first day and what followed, one panel a role on one vertical axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eventstudy.report.figures.marks import Point
from eventstudy.report.figures.path_labels import Box, Frame, Placer
from eventstudy.report.figures.sheet import Sheet, shorten, text_width, tick_text, ticks
from eventstudy.report.model import PathPanel, PathsPlot
from eventstudy.report.tokens import AXIS, ROLE_COLOUR, TEXT
from eventstudy.report.wording import figures as say
from eventstudy.report.wording import numbers


def draw_paths(
    plot: PathsPlot, *, width: float, theme: str = "light", compact: bool = False, simulated: bool = False
) -> Sheet:
    """The paths, panels side by side (wide) or under one another (narrow).

    Parameters
    ----------
    plot : PathsPlot
        Per cent, zero at the close of tau -1.
    width : float
        Pixels; below 480 one panel a line.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    compact : bool
        Lower panels, for a sheet of paper.
    simulated : bool
        Whether to lay the word "simulated" across.

    Returns
    -------
    Sheet
    """
    panels = plot.panels
    if compact and len(panels) == 1:
        # alone, it takes half a sheet, with its words beside it
        width = (width - 26.0) / 2
    columns = 1 if width < 480 else 2
    gap = 44.0 if width > 900 else 26.0
    panel_width = (width - gap * (columns - 1)) / columns
    plot_height = 150.0 if compact else 198.0 if width < 480 else 206.0 if width < 900 else 244.0
    title, foot, between = (27.0, 38.0, 14.0) if compact else (32.0, 42.0, 20.0)
    lines = math.ceil(len(panels) / columns)
    height = lines * (title + plot_height + foot) + (lines - 1) * between
    sheet = Sheet(width, height, theme, simulated=simulated)

    scale = _scale(panels)
    first = min((panel.taus[0] for panel in panels), default=-10)
    last = max((panel.taus[-1] for panel in panels), default=10)
    margin = max(text_width(tick_text(tick), AXIS) for tick in scale) + 9
    for index, panel in enumerate(panels):
        line, column = divmod(index, columns)
        x = column * (panel_width + gap)
        y = line * (title + plot_height + foot + between)
        frame = Frame(
            x + margin, x + panel_width - 11, y + title, y + title + plot_height, (first, last), (scale[0], scale[-1])
        )
        _panel(
            sheet,
            frame,
            panel,
            x,
            y,
            scale,
            plot.axis_text,
            name_ordinary=index == 0,
            name_interval=index == len(panels) - 1,
        )
    return sheet


def _scale(panels: Sequence[PathPanel]) -> list[float]:
    values = [
        value
        for panel in panels
        for series in (panel.values, panel.low, panel.high, panel.ordinary_low, panel.ordinary_high, panel.other)
        for value in series
        if math.isfinite(value)
    ]
    low, high = min(values, default=-1.0), max(values, default=1.0)
    if high - low < 1.0:
        low, high = low - 0.5, high + 0.5
    return ticks(low, high, 7)


def _panel(
    sheet: Sheet,
    frame: Frame,
    panel: PathPanel,
    x: float,
    y: float,
    scale: Sequence[float],
    axis_text: str,
    *,
    name_ordinary: bool,
    name_interval: bool,
) -> None:
    colour = ROLE_COLOUR[panel.role]
    sheet.text(
        x,
        y + 13,
        panel.title,
        14,
        colour,
        bold=True,
        tail=shorten(panel.subtitle, frame.right - x - text_width(panel.title, 14, bold=True) - 12, 12.5),
        tail_size=12.5,
    )
    sheet.lines([[(frame.left, frame.y(t)), (frame.right, frame.y(t))] for t in scale if t != 0], "grid")
    for tick in scale:
        sheet.text(frame.left - 7, frame.y(tick) + 4, tick_text(tick), AXIS, "muted", anchor="end")

    outlines = _band(frame, panel)
    sheet.area(outlines, f"{colour}-band" if panel.role else "control-band")
    sheet.lines([[(frame.left, frame.y(0)), (frame.right, frame.y(0))]], "ink", 1.2)
    ordinary = [
        frame.line(panel.taus, series)
        for series in (panel.ordinary_low, panel.ordinary_high)
        if len(series) == len(panel.taus)
    ]
    sheet.lines(ordinary, "muted", 1.0, dash=(3.5, 3.0))
    before = frame.x(-1)
    sheet.lines([[(before, frame.top - 4), (before, frame.bottom)]], "ink", 1.0, dash=(1.2, 2.2))
    path = frame.line(panel.taus, panel.values)
    other = frame.line(panel.taus, panel.other) if panel.other else []
    sheet.lines([other], "ink", 1.6, dash=(6.0, 3.0))
    sheet.lines([path], colour, 2.6)

    placer = Placer(sheet, frame, path, other, ordinary)
    for label in panel.labels:
        at = (frame.x(label.tau), frame.y(label.value))
        if label.mark:
            sheet.mark(*at, panel.role, 4.8, panel.reading if label.tau == 0 else "noise")
            placer.boxes.append((at[0] - 6, at[1] - 6, at[0] + 6, at[1] + 6))
    if panel.news:
        _news(sheet, frame, panel, placer)
    for label in panel.labels:
        placer.put(frame.x(label.tau), frame.y(label.value), label.text, TEXT, "ink", bold=True)
    if other and panel.other_text:
        spots = [(x, y + lift) for x, y in other[2:] for lift in (-8, -16, -26, 16, 24, 34)]
        placer.choose(spots, panel.other_text, AXIS, "ink", italic=True)
    if name_interval and outlines:
        _name_band(frame, panel, placer, colour)
    if name_ordinary and ordinary:
        _name_ordinary(frame, panel, placer)

    _tell(sheet, frame, panel)
    for tau in range(frame.taus[0], frame.taus[1] + 1):
        if tau % 5 == 0:
            sheet.text(frame.x(tau), frame.bottom + 19, tick_text(tau), AXIS, "muted", anchor="middle")
    sheet.text((frame.left + frame.right) / 2, frame.bottom + 36, axis_text, AXIS, "muted", anchor="middle")


def _tell(sheet: Sheet, frame: Frame, panel: PathPanel) -> None:
    """What each day shows: the mean, its interval, the other path or the ordinary range."""
    step = (frame.right - frame.left) / max(frame.taus[1] - frame.taus[0], 1)
    for place, tau in enumerate(panel.taus):
        if not math.isfinite(panel.values[place]):
            continue
        words = say.path_spoken(panel.title, tick_text(tau), panel.values[place])
        if tau != -1:
            words += _between(panel.low, panel.high, place, " (", ")")
            if panel.other and math.isfinite(panel.other[place]):
                words += f"; {panel.other_text} {numbers.percent(panel.other[place] / 100)}%"
            words += _between(panel.ordinary_low, panel.ordinary_high, place, say.ORDINARY_RANGE_SPOKEN, "")
        sheet.spot(frame.x(tau) - step / 2, frame.top, step, frame.bottom - frame.top, words)


def _between(low: Sequence[float], high: Sequence[float], place: int, before: str, after: str) -> str:
    if len(low) <= place or not (math.isfinite(low[place]) and math.isfinite(high[place])):
        return ""
    return f"{before}{numbers.interval(low[place] / 100, high[place] / 100)}{after}"


def _band(frame: Frame, panel: PathPanel) -> list[list[Point]]:
    """The interval's outlines, one for each unbroken stretch of days."""
    outlines: list[list[Point]] = []
    run: list[tuple[float, float, float]] = []
    for tau, low, high in [*zip(panel.taus, panel.low, panel.high, strict=True), (0, math.nan, math.nan)]:
        if math.isfinite(low) and math.isfinite(high):
            run.append((frame.x(tau), frame.y(low), frame.y(high)))
            continue
        if len(run) > 1:
            outlines.append([(at, top) for at, _, top in run] + [(at, floor) for at, floor, _ in reversed(run)])
        run = []
    return outlines


def _news(sheet: Sheet, frame: Frame, panel: PathPanel, placer: Placer) -> None:
    at = [frame.x(tau) for tau in panel.news if frame.taus[0] <= tau <= frame.taus[1]]
    if not at:
        return
    sheet.lines([[(x, frame.bottom - 7), (x, frame.bottom)] for x in at], "ink", 1.4)
    text = shorten(panel.news_text, frame.right - frame.left, AXIS)
    half = text_width(text, AXIS) / 2
    top = frame.bottom - 23

    def box(middle: float) -> Box:
        return (middle - half, top, middle + half, frame.bottom)

    first, last = frame.left + half, frame.right - half
    wanted = min(max(sum(at) / len(at), first), last)
    steps = [first + (last - first) * step / 24 for step in range(25)]
    spots = sorted([wanted, *steps], key=lambda middle: abs(middle - wanted))
    middle = next((each for each in spots if placer.clear(box(each))), wanted)
    sheet.text(middle, frame.bottom - 12, text, AXIS, "muted", anchor="middle", halo=True)
    placer.boxes.append(box(middle))


def _name_band(frame: Frame, panel: PathPanel, placer: Placer, colour: str) -> None:
    def spots() -> list[Point]:
        found = []
        for tau, low, high in zip(panel.taus, panel.low, panel.high, strict=True):
            if tau >= 2 and math.isfinite(low) and math.isfinite(high) and frame.y(low) - frame.y(high) > 22:
                found += [(frame.x(tau) - 4, frame.y(low) - 6), (frame.x(tau) - 4, frame.y(high) + 14)]
        return found

    placer.choose(spots(), say.INTERVAL, AXIS, colour, italic=True)


def _name_ordinary(frame: Frame, panel: PathPanel, placer: Placer) -> None:
    spots = []
    for tau, low, high in zip(panel.taus, panel.ordinary_low, panel.ordinary_high, strict=True):
        if tau >= 3 and math.isfinite(low) and math.isfinite(high):
            spots += [(frame.x(tau), frame.y(low) + 15), (frame.x(tau), frame.y(high) - 7)]
    placer.choose(spots, say.ORDINARY_RANGE, AXIS, "muted", italic=True)
