"""The news clock: which days of different exchanges belong side by side."""

from __future__ import annotations

from datetime import date, datetime, time

import numpy as np

from eventstudy._arrays import IntArray
from eventstudy.calendars.sessions import FIRST_DAY, calendar


def clock_columns(announced_at: datetime | date, mic: str) -> IntArray:
    """For each session the first date whose announcement, at the event's own hour, would reach it.

    Parameters
    ----------
    announced_at : datetime or date
        As for `event_day`: its wall-clock time and offset, or its lack of an hour, is repeated on every
        calendar date D from 2005-01-01 on.
    mic : str
        The exchange, one of ``KNOWN_EXCHANGES``.

    Returns
    -------
    (S,) int
        D as days since 1970-01-01; -1 where no D leads to the session. Increasing where it is not -1.

    Raises
    ------
    ValueError
        If the datetime has no UTC offset or the exchange is unknown.

    Notes
    -----
    Sessions of two exchanges with the same column saw the same news first. New York on D thereby stands
    beside Tokyo on D + 1 for an announcement between the two closes; same-date alignment does not do that.

    Examples
    --------
    An announcement at 17:38 Tokyo time: New York's Tuesday and Tokyo's Wednesday share a column.

    >>> notice = datetime.fromisoformat("2026-01-06T16:38:24+08:00")
    >>> [np.datetime64(int(clock_columns(notice, mic)[calendar(mic).index_of(day)]), "D").item().isoformat()
    ...  for mic, day in (("XNYS", "2026-01-06"), ("XTKS", "2026-01-07"))]
    ['2026-01-06', '2026-01-06']
    """
    market = calendar(mic)
    dates = np.arange(np.datetime64(FIRST_DAY, "D"), market.sessions[-1] + np.timedelta64(1, "D"))
    if isinstance(announced_at, datetime):
        offset = announced_at.utcoffset()
        if offset is None:
            raise ValueError(f"{announced_at.isoformat()} has no UTC offset; give one, or a plain date")
        of_day = np.timedelta64(announced_at.replace(tzinfo=None) - datetime.combine(announced_at.date(), time()), "us")
        instants = dates.astype("datetime64[us]") + (of_day - np.timedelta64(offset, "us"))
        reached = np.searchsorted(market.closes, instants, side="right")
    else:
        reached = np.searchsorted(market.sessions, dates)
    columns = np.full(market.sessions.size, -1, dtype=np.int64)
    known = reached < market.sessions.size
    sessions, first = np.unique(reached[known], return_index=True)
    columns[sessions] = dates[known][first].astype(np.int64)
    return columns
