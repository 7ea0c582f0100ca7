"""A line the size of a word: ten sessions before, ten after."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eventstudy.report.model import SparkCell

WIDTH = 112
HEIGHT = 26
_LEFT, _RIGHT, _TOP, _BOTTOM = 2.0, 110.0, 7.0, 23.0


@dataclass(frozen=True)
class SparkPlaces:
    """Where everything of a sparkline lies, in pixels from the top left."""

    line: list[tuple[float, float]]
    """The path; a height that is NaN breaks it."""
    zero: float
    """Height of the zero line."""
    before: float
    """Place of the close before the event day."""
    day: list[tuple[float, float]]
    """The event day's point: one or none."""
    up: list[tuple[float, float]]
    """Closes on the upper daily limit."""
    down: list[tuple[float, float]]
    """Closes on the lower daily limit."""


def spark_points(cell: SparkCell) -> SparkPlaces:
    """Where everything of a sparkline lies on 112 by 26 pixels.

    Parameters
    ----------
    cell : SparkCell
        Values in per cent on their own scale; zero is always on it.

    Returns
    -------
    SparkPlaces

    Examples
    --------
    >>> places = spark_points(SparkCell((-1, 0, 1), (0.0, 2.0, 1.0)))
    >>> places.line, places.zero
    ([(2.0, 23.0), (56.0, 7.0), (110.0, 15.0)], 23.0)
    """
    finite = [value for value in cell.values if math.isfinite(value)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    first, last = (cell.taus[0], cell.taus[-1]) if cell.taus else (-1, 1)

    def across(tau: float) -> float:
        return round(_LEFT + (tau - first) / max(last - first, 1) * (_RIGHT - _LEFT), 1)

    def up(value: float) -> float:
        if high == low:
            return (_TOP + _BOTTOM) / 2
        return round(_BOTTOM - (value - low) / (high - low) * (_BOTTOM - _TOP), 1)

    pairs = zip(cell.taus, cell.values, strict=True)
    place = {tau: (across(tau), up(value)) for tau, value in pairs if math.isfinite(value)}
    return SparkPlaces(
        line=[place.get(tau, (across(tau), math.nan)) for tau in cell.taus],
        zero=up(0.0),
        before=across(-1),
        day=[place[0]] if 0 in place else [],
        up=[place[tau] for tau, sign in cell.limits if sign > 0 and tau in place],
        down=[place[tau] for tau, sign in cell.limits if sign < 0 and tau in place],
    )
