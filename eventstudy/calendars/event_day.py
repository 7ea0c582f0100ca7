"""Announcement instant to event day: the first session in which the news could trade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

import numpy as np

from eventstudy.calendars.sessions import ExchangeCalendar, calendar
from eventstudy.sentences import Sentence, sentence

# code -> how the event day was found, in words
PATTERNS: Final[dict[str, str]] = {
    "day.instant": "announced {time} {city} time on {day}",
    "day.date": "announced on {day}, hour unknown",
    "day.before_open": "{announced}, before the {open} open: same session",
    "day.before_close": "{announced}, before the {close} close: same session",
    "day.at_close": "{announced}, exactly at the {close} close: {next}",
    "day.after_close": "{announced}, after the {close} close: {next}",
    "day.no_session": "{announced}, no session that day: {next}",
    "day.own_session": "{announced}: that date's session",
    "day.no_session_in": "{announced}, no session in {city} that day: {next}",
    "day.calendar_begins": "{announced}, before {city}'s calendar begins on {first}: no session to study",
    "day.calendar_ends": "{announced}, after {city}'s last known session, {last}: no session to study",
    "day.next": "next session",
    "day.next_on": "next session, {weekday} {day}",
    "day.of_year": "{day} {year}",
    **{
        f"day.weekday.{number}": name
        for number, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
    },
    **{
        f"day.month.{number}": f"{{day}} {name}"
        for number, name in enumerate(
            (
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ),
            start=1,
        )
    },
}  # fmt: skip
_said = partial(sentence, PATTERNS)


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
    sentence : Sentence
        The rule in words, with the exchange's local time, for a reader; a text that knows its code and its parts.

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
    sentence: Sentence


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
    announced = _said("day.instant", time=f"{local:%H:%M}", city=market.city, day=_day(local.date()))
    position = int(np.searchsorted(market.closes, _utc(announced_at), side="right"))
    session = _reached(local.date(), position, market)
    if session is None:
        return EventDay(None, "beyond_calendar", _outside(announced, local.date(), market))
    today = market.index_of(local.date())
    if today < 0:
        said = _said("day.no_session", announced=announced, next=_next(local.date(), session))
        return EventDay(session, "no_session", said)
    if position > today:
        code = "day.at_close" if market.closes[today] == _utc(announced_at) else "day.after_close"
        close, following = _clock(market.closes[today], market), _next(local.date(), session)
        return EventDay(session, "after_close", _said(code, announced=announced, close=close, next=following))
    if _utc(announced_at) < market.opens[today]:
        said = _said("day.before_open", announced=announced, open=_clock(market.opens[today], market))
    else:
        said = _said("day.before_close", announced=announced, close=_clock(market.closes[today], market))
    return EventDay(session, "before_close", said)


def _from_date(announced_on: date, market: ExchangeCalendar) -> EventDay:
    """The rule for an announcement of which only the date is known."""
    announced = _said("day.date", day=_day(announced_on))
    position = int(np.searchsorted(market.sessions, np.datetime64(announced_on, "D")))
    session = _reached(announced_on, position, market)
    if session is None:
        return EventDay(None, "beyond_calendar", _outside(announced, announced_on, market))
    if session == announced_on:
        return EventDay(session, "date_only", _said("day.own_session", announced=announced))
    following = _next(announced_on, session)
    said = _said("day.no_session_in", announced=announced, city=market.city, next=following)
    return EventDay(session, "date_only_no_session", said)


def _reached(day: date, position: int, market: ExchangeCalendar) -> date | None:
    """The session at ``position``, if the calendar covers the announcement and what follows it."""
    if np.datetime64(day, "D") < market.sessions[0] or position >= market.sessions.size:
        return None
    session: date = market.sessions[position].item()
    return session


def _outside(announced: Sentence, day: date, market: ExchangeCalendar) -> Sentence:
    """Which end of the calendar was passed."""
    first, last = (market.sessions[end].item() for end in (0, -1))
    if day < first:
        began = _said("day.of_year", day=_day(first), year=first.year)
        return _said("day.calendar_begins", announced=announced, city=market.city, first=began)
    ended = _said("day.of_year", day=_day(last), year=last.year)
    return _said("day.calendar_ends", announced=announced, city=market.city, last=ended)


def _next(day: date, session: date) -> Sentence:
    """The next session, named where it is not simply the next day."""
    if (session - day).days == 1:
        return _said("day.next")
    return _said("day.next_on", weekday=_said(f"day.weekday.{session.weekday()}"), day=_day(session))


def _day(day: date) -> Sentence:
    """Day and month in words, whatever the machine's language."""
    return _said(f"day.month.{day.month}", day=day.day)


def _clock(instant: np.datetime64[Any], market: ExchangeCalendar) -> str:
    """Local wall-clock time of a UTC instant."""
    moment: datetime = instant.astype("datetime64[us]").item()
    return f"{moment.replace(tzinfo=UTC).astimezone(market.timezone):%H:%M}"
