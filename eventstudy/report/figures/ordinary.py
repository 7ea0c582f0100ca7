"""Figure 3: the group's mean on ordinary days, and where the event day stands among them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eventstudy.report.figures.sheet import Sheet, shorten, text_width, tick_text
from eventstudy.report.model import OrdinaryDaysPlot, OrdinaryPanel
from eventstudy.report.tokens import AXIS, ROLE_COLOUR
from eventstudy.report.wording import figures as say

_BIN = 0.2
_FARTHEST = 7.0


def draw_ordinary(
    plot: OrdinaryDaysPlot, *, width: float, theme: str = "light", compact: bool = False, simulated: bool = False
) -> Sheet:
    """The histograms, side by side (wide) or under one another (narrow).

    The edges of the bars lie at the event day's distance from zero, on both sides, so that coloured area over all
    area is the placebo p. Days beyond seven standard errors stand in the outermost bar.

    Parameters
    ----------
    plot : OrdinaryDaysPlot
        Studentised means.
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
    if compact and len(plot.panels) == 1:
        # alone, it takes half a sheet, with its words beside it
        width = (width - 30.0) / 2
    columns = 1 if width < 480 else 2
    gap = 56.0 if width > 900 else 30.0
    panel_width = (width - gap * (columns - 1)) / columns
    bars = 92.0 if compact or width < 480 else 110.0
    reach = _reach(plot.panels)
    # where the event day's words do not fit beside its mark, they have a line of their own
    own_line = not all(_fits(panel, panel_width, reach) for panel in plot.panels)
    head, foot, between = 58.0 if own_line else 42.0, 22.0, 22.0
    lines = math.ceil(len(plot.panels) / columns)
    height = lines * (head + bars + foot) + (lines - 1) * between
    sheet = Sheet(width, height, theme, simulated=simulated)
    for index, panel in enumerate(plot.panels):
        line, column = divmod(index, columns)
        _panel(
            sheet,
            panel,
            column * (panel_width + gap),
            line * (head + bars + foot + between),
            panel_width,
            head,
            bars,
            reach,
        )
    return sheet


def _reach(panels: Sequence[OrdinaryPanel]) -> float:
    """How far from zero the axis goes, the same for all panels."""
    values = [abs(value) for panel in panels for value in panel.statistics if math.isfinite(value)]
    events = [abs(panel.observed) for panel in panels if math.isfinite(panel.observed)]
    return max(min(max(values, default=3.0), _FARTHEST), max(events, default=0.0), 3.0) + _BIN * 2


def _fits(panel: OrdinaryPanel, width: float, reach: float) -> bool:
    """Whether the event day's words have room at the right or the left of its mark."""
    if not math.isfinite(panel.observed):
        return True
    at = (panel.observed + reach) / (2 * reach) * width
    return text_width(panel.label, 12) * 1.03 + 12 <= max(at, width - at)


def bars_of(statistics: Sequence[float], observed: float, reach: float) -> list[tuple[float, float, float, bool]]:
    """Bars as (left, right, days per unit of width, coloured), coloured where as far from zero as ``observed``.

    Examples
    --------
    >>> found = bars_of([0.0, 0.05, 1.0, -1.3], 1.0, 3.0)
    >>> sum((right - left) * high for left, right, high, coloured in found if coloured).__round__(6)
    2.0
    """
    edge = abs(observed)
    inner = max(1, round(2 * edge / _BIN))
    inner_width = 2 * edge / inner
    counts: dict[tuple[float, float, bool], int] = {}
    for value in statistics:
        if not math.isfinite(value):
            continue
        if abs(value) >= edge:
            steps = int((min(abs(value), reach - 1e-9) - edge) / _BIN + 1e-9)
            near, away = edge + steps * _BIN, edge + (steps + 1) * _BIN
            key = (near, away, True) if value >= 0 else (-away, -near, True)
        else:
            step = min(int((value + edge) / inner_width), inner - 1)
            key = (-edge + step * inner_width, -edge + (step + 1) * inner_width, False)
        counts[key] = counts.get(key, 0) + 1
    return sorted((left, right, count / (right - left), coloured) for (left, right, coloured), count in counts.items())


def _panel(
    sheet: Sheet, panel: OrdinaryPanel, x: float, y: float, width: float, head: float, height: float, reach: float
) -> None:
    colour = ROLE_COLOUR[panel.role]
    room = width - text_width(panel.title, 14, bold=True) - 10
    sheet.text(x, y + 13, panel.title, 14, colour, bold=True, tail=shorten(panel.subtitle, room, 12.5), tail_size=12.5)
    base = y + head + height

    def across(value: float) -> float:
        return x + (value + reach) / (2 * reach) * width

    bars = bars_of(panel.statistics, panel.observed, reach) if math.isfinite(panel.observed) else []
    # a sliver between two close edges may stand for few days and still tower: it ends with the others
    usual = [high for left, right, high, _ in bars if right - left > _BIN * 0.4]
    most = max(usual, default=max((high for *_, high, _ in bars), default=1.0))
    for left, right, high, coloured in bars:
        days = say.ordinary_count(round(high * (right - left)))
        between = say.standard_errors(left, right)
        far = say.AS_FAR if coloured else ""
        sheet.spot(
            across(left),
            base - height,
            across(right) - across(left),
            height,
            say.ordinary_spoken(panel.title, days, between, far),
        )
    for coloured in (False, True):
        outlines = []
        for left, right, high, filled in bars:
            if filled is coloured:
                top = base - min(high / most, 1.0) * (height - 6)
                start, end = across(left) + 0.5, max(across(right) - 0.5, across(left) + 1.0)
                outlines.append([(start, top), (end, top), (end, base), (start, base)])
        sheet.area(outlines, colour if coloured else "ordinary")
    sheet.lines([[(x, base), (x + width, base)]], "ink", 1.2)
    steps = range(-int(reach // 2) * 2, int(reach // 2) * 2 + 1, 2)
    for tick in steps:
        text = tick_text(tick) + (" s.e." if tick == steps[-1] else "")
        # the number stands under its place, the unit after it
        half = text_width(tick_text(tick), AXIS) / 2
        left = max(min(across(tick) - half, x + width - text_width(text, AXIS)), x)
        sheet.text(left, base + 17, text, AXIS, "muted")
    if math.isfinite(panel.observed):
        _event_day(sheet, panel, across(panel.observed), x, y, width, base, head > 50)


def _event_day(
    sheet: Sheet, panel: OrdinaryPanel, at: float, x: float, y: float, width: float, base: float, own_line: bool
) -> None:
    colour = ROLE_COLOUR[panel.role]
    top = y + (50 if own_line else 34)
    sheet.lines([[(at, top), (at, base)]], "paper", 4.0)
    sheet.lines([[(at, top), (at, base)]], colour, 2.0)
    sheet.mark(at, top, panel.role, 4.8, panel.reading)
    wide = text_width(panel.label, 12) * 1.03
    if own_line:
        # centred over its mark as far as the panel allows
        left = min(max(at - wide / 2, x), max(x + width - wide, x))
        sheet.text(left, y + 34, shorten(panel.label, width, 12), 12)
    elif at + 12 + wide <= x + width:
        sheet.text(at + 12, top + 4, panel.label, 12, halo=True)
    else:
        sheet.text(at - 12, top + 4, panel.label, 12, anchor="end", halo=True)
