"""A line the size of a word: ten sessions before, ten after."""

from __future__ import annotations

import math

from eventstudy.report.model import SparkCell

WIDTH = 112
HEIGHT = 26
_LEFT, _RIGHT, _TOP, _BOTTOM = 2.0, 110.0, 7.0, 23.0


def spark_points(cell: SparkCell) -> dict[str, list[tuple[float, float]] | float]:
    """Where everything of a sparkline lies on 112 by 26 pixels.

    Parameters
    ----------
    cell : SparkCell
        Values in per cent on their own scale; zero is always on it.

    Returns
    -------
    dict
        ``line`` (points; NaN where broken), ``zero`` (height of the zero line), ``before`` (place of tau -1),
        ``day`` (the event day's point, one or none), ``up`` and ``down`` (closes on a daily limit).

    Examples
    --------
    >>> points = spark_points(SparkCell((-1, 0, 1), (0.0, 2.0, 1.0)))
    >>> points["line"], points["zero"]
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

    place = {
        tau: (across(tau), up(value)) for tau, value in zip(cell.taus, cell.values, strict=True) if math.isfinite(value)
    }
    return {
        "line": [place.get(tau, (across(tau), math.nan)) for tau in cell.taus],
        "zero": up(0.0),
        "before": across(-1),
        "day": [place[0]] if 0 in place else [],
        "up": [place[tau] for tau, sign in cell.limits if sign > 0 and tau in place],
        "down": [place[tau] for tau, sign in cell.limits if sign < 0 and tau in place],
    }
