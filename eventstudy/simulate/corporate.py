"""What happens to one line beside its returns: listing, halts, dividends, splits, and its daily bars."""

from __future__ import annotations

from typing import Final

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray, IntArray
from eventstudy.calendars import calendar
from eventstudy.catalogue.universe import Security
from eventstudy.simulate.process import stream, weekdays
from eventstudy.simulate.traits import Traits

_SESSIONS_A_YEAR: Final = 250.0
_LONGEST_HALT: Final = 3
_SPLIT_ABOVE: Final = 4.0  # times the base price
_CONSOLIDATE_BELOW: Final = 0.12
_CONSOLIDATION: Final = 10.0
_DIVIDEND_MONTHS: Final = {
    "XTKS": (3, 9),
    "XKRX": (12,),
    "XASX": (3, 9),
    "XSHG": (6,),
    "XSHE": (6,),
    "XHKG": (6, 9),
}
_QUARTERS: Final = (2, 5, 8, 11)


def listed_sessions(security: Security) -> DayArray:
    """Sessions of the exchange on which the line is listed and the market simulated."""
    sessions = calendar(security.exchange).sessions
    first, last = weekdays()[0], weekdays()[-1]
    if security.first_trade is not None:
        first = max(first, np.datetime64(security.first_trade, "D"))
    if security.last_trade is not None:
        last = min(last, np.datetime64(security.last_trade, "D"))
    listed: DayArray = sessions[(sessions >= first) & (sessions <= last)]
    return listed[np.is_busday(listed)]


def traded(seed: int, security: Security, traits: Traits, sessions: DayArray) -> BoolArray:
    """Which of its sessions the line trades on: all but a few short halts, never the first or last."""
    open_days = np.ones(sessions.size, dtype=np.bool_)
    if traits.halts == 0.0 or sessions.size <= 2 * _LONGEST_HALT:
        return open_days
    draw = stream(seed, "halts", security.ticker)
    # Drawn on the grid of all weekdays, so that a later listing does not move the halts of the remaining days.
    begins = draw.random(weekdays().size) < traits.halts / _SESSIONS_A_YEAR
    lengths = draw.integers(1, _LONGEST_HALT + 1, weekdays().size)
    begins &= (weekdays() > sessions[0]) & (weekdays() < sessions[-1])
    for start in np.flatnonzero(begins):
        at = int(np.searchsorted(sessions, weekdays()[start]))
        open_days[at : at + int(lengths[start])] = False
    open_days[[0, -1]] = True
    return open_days


def dividends(security: Security, traits: Traits, sessions: DayArray) -> FloatArray:
    """Dividend on each session as a share of the close before; most are zero.

    The ex-date is the last session but one of the month in Tokyo, near the middle of it elsewhere.
    """
    paid = np.zeros(sessions.size)
    if traits.dividend_yield == 0.0:
        return paid
    months = _DIVIDEND_MONTHS.get(security.exchange, _QUARTERS)
    month_of = sessions.astype("datetime64[M]")
    edges = np.flatnonzero(np.diff(month_of.astype(np.int64)) != 0) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [sessions.size]])
    calendar_month = month_of[starts].astype(np.int64) % 12 + 1
    for start, end in zip(starts[np.isin(calendar_month, months)], ends[np.isin(calendar_month, months)], strict=True):
        at = int(end) - 2 if security.exchange == "XTKS" else int(start) + 9
        if start < at < end and at > 0:
            paid[at] = traits.dividend_yield / len(months)
    return paid


def splits(security: Security, traits: Traits, sessions: DayArray, level: FloatArray) -> FloatArray:
    """New shares for one old on each session; most are one.

    Decided at the beginning of each half-year (April and October in Tokyo, January and July elsewhere) from the
    price the line would have without any: dear shares are split, penny shares consolidated.

    Parameters
    ----------
    level : (S,) float
        Price over the base price, without splits.
    """
    ratios = np.ones(sessions.size)
    if traits.is_index:
        return ratios
    months = (4, 10) if security.exchange == "XTKS" else (1, 7)
    month_of = sessions.astype("datetime64[M]").astype(np.int64)
    begins = np.flatnonzero(np.diff(month_of) != 0) + 1
    shares = 1.0
    for at in begins[np.isin(month_of[begins] % 12 + 1, months)]:
        price = float(level[at - 1]) / shares
        if price > _SPLIT_ABOVE:
            ratio = next((whole for whole in (2.0, 3.0, 5.0) if price / whole < 2.0), 10.0)
        elif price < _CONSOLIDATE_BELOW:
            ratio = 1.0 / _CONSOLIDATION
        else:
            continue
        ratios[at] = ratio
        shares *= ratio
    return ratios


def bars(
    seed: int, ticker: str, traits: Traits, rows: IntArray, returns: FloatArray, paid: FloatArray, ratios: FloatArray
) -> FloatArray:
    """Daily bars of the traded sessions.

    Parameters
    ----------
    rows : (R,) int
        Their places on the weekday grid.
    returns : (R,) float
        Total return since the traded session before; 0 on the first.
    paid, ratios : (R,) float
        As from `dividends` and `splits`.

    Returns
    -------
    (6, R) float
        Open, high, low, close as traded at the time; the adjusted close, whose returns are ``returns``, equal to the
        close on the last day; volume in shares.
    """
    draw = stream(seed, "bars", ticker)
    gap, above, below, busy = draw.standard_normal((4, weekdays().size))[:, rows]
    scale = np.hypot(traits.deviation, traits.beta * 0.011)
    close = traits.base_price * np.cumprod((1.0 + returns - paid) / ratios)
    total = np.cumprod(1.0 + returns)
    adjusted = total * (close[-1] / total[-1])
    reference = close.copy()  # the close before, after dividend and split
    reference[1:] = close[:-1] * (1.0 - paid[1:]) / ratios[1:]
    opened = reference * (1.0 + 0.5 * returns + 0.3 * scale * np.clip(gap, -4.0, 4.0))
    high = np.maximum(opened, close) * (1.0 + 0.4 * scale * np.abs(above))
    low = np.minimum(opened, close) * (1.0 - 0.4 * scale * np.minimum(np.abs(below), 4.0))
    surprise = np.minimum(np.abs(returns) / scale, 5.0)
    volume = np.round(traits.base_volume * np.exp(0.45 * busy + 0.25 * surprise) * np.cumprod(ratios))
    return np.stack([opened, high, low, close, adjusted, volume])
