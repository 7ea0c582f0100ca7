"""Prices against the exchange's calendar: holes, days that are no session, dates of another time zone or exchange."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, IntArray
from eventstudy.calendars import calendar
from eventstudy.calendars.sessions import KNOWN_EXCHANGES
from eventstudy.prices.quality.findings import Finding, at, said_of
from eventstudy.prices.quality.series import Series, among
from eventstudy.prices.words import said

DAY: Final = np.timedelta64(1, "D")
NEIGHBOURS: Final = np.timedelta64(21, "D")  # misplaced days of one cause follow each other at least so closely
WEEK: Final = np.timedelta64(7, "D")
MISFITS: Final = 0.05  # of a shifted stretch's dates that may still not fit
OTHER_MISFITS: Final = 8  # dates that do not fit before another exchange's calendar is tried


def check_sessions(series: Series) -> Iterator[Finding]:
    """What of a series' dates does not fit its exchange's sessions."""
    if not series.exchange or not series.days.size:
        return
    sessions = calendar(series.exchange).sessions
    days = series.days[(series.days >= sessions[0]) & (series.days <= sessions[-1])]
    if not days.size:
        return
    unknown = days[~among(days, sessions)]
    missing = _expected(series, sessions, days)
    missing = missing[~among(missing, days)]
    other = _other_calendar(series, days, unknown, missing)
    if other is not None:
        yield other
        return
    for step in (1, -1):
        for stretch, lost in _shifted(days, sessions, unknown, missing, step):
            code = "check.early" if step == 1 else "check.late"
            detail = said(code, prices=said_of(stretch, "check.price"))
            yield at(series.ticker, "shifted_dates", stretch, detail)
            unknown = unknown[(unknown < stretch[0]) | (unknown > stretch[-1])]
            first, last = min(stretch[0], stretch[0] + step * DAY), max(stretch[-1], stretch[-1] + step * DAY)
            missing = np.sort(np.concatenate([missing[(missing < first) | (missing > last)], lost]))
    yield from _missing(series, sessions, missing)
    yield from _unknown(series, unknown)


def _expected(series: Series, sessions: DayArray, days: DayArray) -> DayArray:
    """Sessions on which a price is due: from first to last, within what the universe says of the line."""
    begin, end = days[0], days[-1]
    security = series.security
    if security is not None and security.first_trade is not None:
        begin = max(begin, np.datetime64(security.first_trade, "D"))
    if security is not None and security.last_trade is not None:
        end = min(end, np.datetime64(security.last_trade, "D"))
    found: DayArray = sessions[(sessions >= begin) & (sessions <= end)]
    return found


def runs(flags: BoolArray) -> IntArray:
    """(R, 2) first and last position of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    found: IntArray = edges.reshape(-1, 2).astype(np.int64)
    found[:, 1] -= 1
    return found


def _missing(series: Series, sessions: DayArray, missing: DayArray) -> Iterator[Finding]:
    """Neighbouring sessions in one finding; apart those of which the source itself says that nothing traded."""
    volume, price = series.columns["volume"], series.columns[series.column]
    idle = series.all_days[(volume == 0) & ~np.isfinite(price)]
    if not missing.size:
        return
    zero = series.all_days[price <= 0]  # told as zero prices
    missing = missing[~among(missing, zero)]
    quiet = among(missing, idle)
    for chosen, kind in ((~quiet, "missing_sessions"), (quiet, "no_trade")):
        flags = among(sessions, missing[chosen])
        for low, high in runs(flags):
            days = sessions[low : high + 1]
            yield at(series.ticker, kind, days, said_of(days, f"check.{kind}"))


def _unknown(series: Series, unknown: DayArray) -> Iterator[Finding]:
    if not unknown.size:
        return
    flags = among(series.days, unknown)
    for low, high in runs(flags):
        days = series.days[low : high + 1]
        detail = said_of(days, "check.unknown_session")
        if days.size == 1 and low > 0 and series.price[low] == series.price[low - 1]:
            detail = said("check.carried", found=detail)
        yield at(series.ticker, "unknown_session", days, detail)


def _shifted(
    days: DayArray, sessions: DayArray, unknown: DayArray, missing: DayArray, step: int
) -> Iterator[tuple[DayArray, DayArray]]:
    """Stretches of ``days`` that fit the sessions once moved by ``step`` days, and do not where they stand.

    With each come the sessions that have no price even then.
    """
    able = unknown[among(unknown + step * DAY, sessions)]
    if not able.size or not missing.size:
        return
    witnesses = np.sort(np.concatenate([able, missing]))
    for low, high in runs(np.concatenate([np.diff(witnesses) <= NEIGHBOURS, [False]])):
        group = witnesses[low : high + 2]
        inside = able[(able >= group[0]) & (able <= group[-1])]
        if not inside.size:
            continue
        first, last = _ends(days, group, able, step)
        stretch = days[(days >= first) & (days <= last)]
        if stretch.size < 2:
            continue
        moved = stretch + step * DAY
        due = sessions[(sessions >= moved[0]) & (sessions <= moved[-1])]
        lost = due[~among(due, moved)]
        if int((~among(moved, sessions)).sum()) + lost.size <= MISFITS * stretch.size:
            yield stretch, lost


def _ends(days: DayArray, group: DayArray, able: DayArray, step: int) -> tuple[np.datetime64, np.datetime64]:
    """First and last date of a shifted stretch between its first and last witness.

    Dates stamped early begin with a day that is no session and end on the day before one that is missing; dates
    stamped late the other way round. Where the other kind of witness stands at an end, the series began or ended
    within the stretch.
    """
    opens, closes = among(group[[0]], able)[0] == (step == 1), among(group[[-1]], able)[0] == (step == -1)
    first, last = (group[0], group[-1] - DAY) if step == 1 else (group[0] + DAY, group[-1])
    if not opens and group[0] - days[0] < WEEK:
        first = days[0]
    if not closes and days[-1] - group[-1] < WEEK:
        last = days[-1]
    return first, last


def _other_calendar(series: Series, days: DayArray, unknown: DayArray, missing: DayArray) -> Finding | None:
    """That the dates, from the first that does not fit on, are those of another exchange."""
    if min(unknown.size, missing.size) < OTHER_MISFITS:
        return None
    first = min(unknown[0], missing[0])
    own = unknown.size + missing.size
    rest = days[days >= first]
    best, fewest = "", own
    for mic in dict.fromkeys(KNOWN_EXCHANGES):
        sessions = calendar(mic).sessions
        if rest[-1] > sessions[-1]:
            continue
        due = sessions[(sessions >= rest[0]) & (sessions <= rest[-1])]
        misfits = int((~among(rest, due)).sum() + (~among(due, rest)).sum())
        if misfits < fewest:
            best, fewest = mic, misfits
    if not best or fewest > own / 5:
        return None
    detail = said(
        "check.other_calendar", unknown=unknown.size, missing=missing.size, first=first, city=calendar(best).city
    )
    return at(series.ticker, "other_calendar", rest, detail)
