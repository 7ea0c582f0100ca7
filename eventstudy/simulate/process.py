"""Random series of unit variance: one stream a name, fat tails, moderate volatility clustering."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Final

import numpy as np

from eventstudy._arrays import DayArray, FloatArray, IntArray

FIRST_DAY: Final = date(2008, 1, 1)
LAST_DAY: Final = date(2026, 11, 20)

DEGREES_OF_FREEDOM: Final = 6.0
# Kept moderate, so that the variance over an estimation window is a fair estimate of any one day's.
ARCH: Final = 0.05
GARCH: Final = 0.90
_LARGEST: Final = 6.0  # standard deviations; no simple return can then reach -100 per cent


@cache
def weekdays() -> DayArray:
    """Every Monday to Friday from the first to the last day: the grid on which shocks are drawn."""
    days = np.arange(np.datetime64(FIRST_DAY, "D"), np.datetime64(LAST_DAY, "D") + np.timedelta64(1, "D"))
    grid: DayArray = days[np.is_busday(days)]
    grid.flags.writeable = False
    return grid


def stream(seed: int, *name: str) -> np.random.Generator:
    """The random stream of one name under a seed, the same in every process and whatever else is drawn.

    Examples
    --------
    >>> float(stream(0, "a").random()) == float(stream(0, "a").random())
    True
    >>> float(stream(0, "a").random()) == float(stream(0, "b").random())
    False
    """
    digest = hashlib.sha256("\0".join(name).encode("utf-8", "surrogatepass")).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def unit_series(seed: int, names: Sequence[tuple[str, ...]]) -> FloatArray:
    """Shocks of variance one for each name, on the weekday grid.

    Parameters
    ----------
    seed : int
        Seed of the market.
    names : sequence of tuple of str
        One stream each; K of them.

    Returns
    -------
    (K, T) float
        GARCH(1,1) with Student innovations. A row depends on the seed and its own name alone, to the last bit.
    """
    innovations = np.empty((len(names), weekdays().size))
    for row, name in enumerate(names):
        innovations[row] = stream(seed, "shock", *name).standard_t(DEGREES_OF_FREEDOM, weekdays().size)
    innovations *= np.sqrt((DEGREES_OF_FREEDOM - 2) / DEGREES_OF_FREEDOM)
    np.clip(innovations, -_LARGEST, _LARGEST, out=innovations)
    return cluster_volatility(innovations)


def cluster_volatility(innovations: FloatArray) -> FloatArray:
    """Independent innovations (K, T) of variance one -> GARCH(1,1) series of unconditional variance one.

    h_t+1 = (1 - a - b) + h_t (a z_t^2 + b), x_t = z_t sqrt(h_t), h_1 = 1. One pass over the days for all rows.

    Examples
    --------
    With z = 2 and then 1, h_2 = 0.05 + 0.05 * 4 + 0.90 = 1.15:

    >>> cluster_volatility(np.array([[2.0, 1.0]])).round(4)
    array([[2.    , 1.0724]])
    """
    growth = np.ascontiguousarray((ARCH * innovations**2 + GARCH).T)
    variance = np.empty_like(growth)
    variance[0] = 1.0
    for today, tomorrow, grown in zip(variance[:-1], variance[1:], growth, strict=False):
        np.multiply(today, grown, out=tomorrow)
        tomorrow += 1.0 - ARCH - GARCH
    series: FloatArray = innovations * np.ascontiguousarray(np.sqrt(variance).T)
    return series


def rows_of(sessions: DayArray) -> IntArray:
    """Positions of session dates on the weekday grid, sessions outside it left out by the caller."""
    found: IntArray = _row_of_day()[(sessions - weekdays()[0]).astype(np.int64)]
    return found


@cache
def _row_of_day() -> IntArray:
    """Position on the weekday grid of every day from its first to its last, of the next weekday where it is none."""
    return np.searchsorted(weekdays(), np.arange(weekdays()[0], weekdays()[-1] + np.timedelta64(1, "D")))
