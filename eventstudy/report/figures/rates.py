"""Rejection rates of tests, with their intervals, against the nominal level and the band around it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eventstudy.report.figures.sheet import Sheet, shorten, text_width
from eventstudy.report.tokens import AXIS, MEDIUM, TEXT
from eventstudy.report.wording import figures as say

_TICKS = (0.0, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
_CROWDED = 10


def draw_rates(
    names: Sequence[str],
    rates: Sequence[Sequence[float]],
    low: Sequence[Sequence[float]],
    high: Sequence[Sequence[float]],
    *,
    level: float = 0.05,
    band: tuple[float, float] = (0.025, 0.075),
    width: float = MEDIUM,
    theme: str = "light",
    simulated: bool = False,
) -> Sheet:
    """One row a test, one dot with its interval a group; the axis is the square root of the rate.

    On that axis a rate's standard error is the same everywhere, and the band around the level keeps its room beside
    rates of 40 per cent. Intervals beyond the band are orange, those inside it or across its bounds blue.

    Parameters
    ----------
    names : sequence of str
        T tests.
    rates, low, high : T sequences of float
        Rate of each group and the ends of its interval, shares of one; NaN is left out.
    level : float
        Nominal level: the line.
    band : (float, float)
        Rates that count as held: the shaded band.
    width : float
        Pixels.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``.
    simulated : bool
        Whether to lay the word "simulated" across.

    Returns
    -------
    Sheet

    Examples
    --------
    >>> draw_rates(["bmp_t"], [[0.33]], [[0.31]], [[0.35]]).figure().get_size_inches() * 72
    array([690.,  70.])
    """
    most = max((end for row in high for end in row if math.isfinite(end)), default=0.0)
    reach = next((tick for tick in _TICKS if tick >= max(most, 0.1)), 1.0)
    left = min(max((text_width(name, TEXT) for name in names), default=0.0) + 16.0, width * 0.4)
    right = width - 12.0

    def across(rate: float) -> float:
        return left + math.sqrt(max(rate, 0.0) / reach) * (right - left)

    head = 26.0
    step = 5.0 if max(map(len, rates), default=0) <= _CROWDED else 3.2
    heights = [max(22.0, step * len(row) + 9.0) for row in rates]
    bottom = head + sum(heights)
    sheet = Sheet(width, bottom + 22.0, theme, simulated=simulated)
    sheet.rectangle(across(band[0]), head, across(band[1]) - across(band[0]), bottom - head, "control-band")
    inside = [tick for tick in _TICKS if tick <= reach]
    sheet.lines([[(across(tick), head), (across(tick), bottom)] for tick in inside if tick != level], "grid")
    sheet.lines([[(across(level), head - 6), (across(level), bottom)]], "ink", 1.2)
    end = -math.inf
    for tick in inside:
        text = f"{100 * tick:g}" + ("%" if tick == reach else "")
        half = text_width(text, AXIS) / 2
        at = min(across(tick), width - half)
        if at - half > end + 5:
            sheet.text(at, head - 10, text, AXIS, "muted", anchor="middle")
            end = at + half
    y = head
    for name, row, ends, tops, height in zip(names, rates, low, high, heights, strict=True):
        sheet.lines([[(0, y), (width, y)]], "rule")
        sheet.text(0, y + height / 2 + 4.3, shorten(name, left - 10, TEXT), TEXT)
        for colour, beyond in (("beneficiary", False), ("exposed", True)):
            bars, dots = [], []
            for place, (rate, start, stop) in enumerate(zip(row, ends, tops, strict=True)):
                if (
                    not all(map(math.isfinite, (rate, start, stop)))
                    or (start > band[1] or stop < band[0]) is not beyond
                ):
                    continue
                at = y + height / 2 + (place - (len(row) - 1) / 2) * step
                bars.append([(across(start), at), (across(stop), at)])
                dots.append((across(rate), at))
            sheet.lines(bars, colour, 1.0)
            sheet.circles(dots, 1.9, colour)
        y += height
    sheet.lines([[(0, y), (width, y)]], "rule")
    sheet.text(0, bottom + 16, say.rejections(level), AXIS, "muted")
    return sheet
