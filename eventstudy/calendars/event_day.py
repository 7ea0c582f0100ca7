"""Announcement instant to event day: the first session in which the news could trade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from eventstudy.calendars.sessions import ExchangeCalendar, calendar

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True)
class EventDay:
    """The session that is event day 0 on one exchange, and why it is.

    Attributes
    ----------
    session : date or None
        Local date of the session; None where the calendar does not reach.
    rule : str
        ``before_close``, ``after_close`` (at the close or later), ``no_session`` (closed on the local date),
        ``date_only``, ``date_only_no_session`` or ``beyond_calendar``.
    sentence : str
        The rule in words, with the exchange's local time, for a reader.

    Examples
    --------
    >>> from datetime import datetime
    >>> from eventstudy.calendars import event_day
    >>> found = event_day(datetime.fromisoformat("2026-01-06T16:38+08:00"), "XTKS")
    >>> found.session.isoformat(), found.rule
    ('2026-01-07', 'after_close')
    """

    session: date | None
    rule: str
    sentence: str


def event_day(announced_at: datetime | date, mic: str) -> EventDay:
    """First session of an exchange that closes after an announcement, with the rule that chose it.

    Parameters
    ----------
    announced_at : datetime or date
        An instant with its UTC offset, or a plain date where the hour is unknown. A date maps to its own
        session or, if there is none, to the next.
    mic : str
        The exchange, one of ``KNOWN_EXCHANGES``.

    Returns
    -------
    EventDay
        ``session`` is None if the announcement lies outside the exchange's calendar.

    Raises
    ------
    ValueError
        If the datetime has no UTC offset or the exchange is unknown.

    Notes
    -----
    News exactly at the close belongs to the next session: nobody could trade on it before.

    Examples
    --------
    >>> notice = datetime.fromisoformat("2026-01-06T16:38:24+08:00")
    >>> event_day(notice, "XTKS")  # doctest: +NORMALIZE_WHITESPACE
    EventDay(session=datetime.date(2026, 1, 7), rule='after_close',
             sentence='announced 17:38 Tokyo time on 6 January, after the 15:30 close: next session')
    >>> event_day(notice, "XNYS").sentence
    'announced 03:38 New York time on 6 January, before the 09:30 open: same session'
    >>> event_day(date(2026, 1, 10), "XTKS").sentence
    'announced on 10 January, hour unknown, no session in Tokyo that day: next session, Tuesday 13 January'
    """
    market = calendar(mic)
    if isinstance(announced_at, datetime):
        if announced_at.utcoffset() is None:
            raise ValueError(f"{announced_at.isoformat()} has no UTC offset; give one, or a plain date")
        return _from_instant(announced_at, market)
    return _from_date(announced_at, market)


def _utc(moment: datetime) -> np.datetime64[Any]:
    """An aware datetime as a UTC ``datetime64``."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _from_instant(announced_at: datetime, market: ExchangeCalendar) -> EventDay:
    """The rule for an announcement whose hour is known."""
    local = announced_at.astimezone(market.timezone)
    head = f"announced {local:%H:%M} {market.city} time on {_day(local.date())}"
    position = int(np.searchsorted(market.closes, _utc(announced_at), side="right"))
    session = _reached(local.date(), position, market)
    if session is None:
        return EventDay(None, "beyond_calendar", f"{head}, {_outside(local.date(), market)}")
    today = market.index_of(local.date())
    if today < 0:
        return EventDay(session, "no_session", f"{head}, no session that day: {_next(local.date(), session)}")
    if position > today:
        close = _clock(market.closes[today], market)
        relation = "exactly at" if market.closes[today] == _utc(announced_at) else "after"
        return EventDay(session, "after_close", f"{head}, {relation} the {close} close: {_next(local.date(), session)}")
    if _utc(announced_at) < market.opens[today]:
        relation = f"before the {_clock(market.opens[today], market)} open"
    else:
        relation = f"before the {_clock(market.closes[today], market)} close"
    return EventDay(session, "before_close", f"{head}, {relation}: same session")


def _from_date(announced_on: date, market: ExchangeCalendar) -> EventDay:
    """The rule for an announcement of which only the date is known."""
    head = f"announced on {_day(announced_on)}, hour unknown"
    position = int(np.searchsorted(market.sessions, np.datetime64(announced_on, "D")))
    session = _reached(announced_on, position, market)
    if session is None:
        return EventDay(None, "beyond_calendar", f"{head}, {_outside(announced_on, market)}")
    if session == announced_on:
        return EventDay(session, "date_only", f"{head}: that date's session")
    closed = f"no session in {market.city} that day"
    return EventDay(session, "date_only_no_session", f"{head}, {closed}: {_next(announced_on, session)}")


def _reached(day: date, position: int, market: ExchangeCalendar) -> date | None:
    """The session at ``position``, if the calendar covers the announcement and what follows it."""
    if np.datetime64(day, "D") < market.sessions[0] or position >= market.sessions.size:
        return None
    session: date = market.sessions[position].item()
    return session


def _outside(day: date, market: ExchangeCalendar) -> str:
    """Which end of the calendar was passed."""
    first, last = (market.sessions[end].item() for end in (0, -1))
    if day < first:
        return f"before {market.city}'s calendar begins on {_day(first)} {first.year}: no session to study"
    return f"after {market.city}'s last known session, {_day(last)} {last.year}: no session to study"


def _next(day: date, session: date) -> str:
    """The next session, named where it is not simply the next day."""
    if (session - day).days == 1:
        return "next session"
    return f"next session, {_WEEKDAYS[session.weekday()]} {_day(session)}"


def _day(day: date) -> str:
    """Day and month in words, whatever the machine's language."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _clock(instant: np.datetime64[Any], market: ExchangeCalendar) -> str:
    """Local wall-clock time of a UTC instant."""
    moment: datetime = instant.astype("datetime64[us]").item()
    return f"{moment.replace(tzinfo=UTC).astimezone(market.timezone):%H:%M}"
