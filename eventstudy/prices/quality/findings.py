"""What a check tells: one finding a fault, or one for many of a kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from eventstudy._arrays import DayArray

MANY: Final = 10  # findings of one kind for one ticker beyond which `summed` tells them in one

FACTS: Final = frozenset({"limit_close", "no_trade", "no_prices", "raw_close"})
"""Kinds that say what happened in the market, or how the source writes it; every other kind says that a price looks
wrong."""

_SUMMED: Final = {
    "missing_sessions": "{sessions} sessions without a price in {count} stretches, {span}",
    "no_trade": "{sessions} sessions without a trade, as the source says, in {count} stretches, {span}",
    "unknown_session": "{sessions} prices on days that are no session, {span}",
    "shifted_dates": "{sessions} prices stamped on a neighbouring day in {count} stretches, {span}",
    "stale_run": "{count} runs of unchanged closes, {span}",
    "zero_price": "{sessions} prices of zero or below, {span}",
    "zero_volume": "{sessions} prices on days without volume, {span}",
    "raw_close": "{count} splits that the closes were not adjusted for, the returns were, {span}",
    "suspected_split": "{count} returns like unadjusted splits, {span}",
    "stretch": "{count} stretches at another level, {span}",
    "level_shift": "{count} changes of level, {span}",
    "jump": "{count} unexplained jumps, {span}",
    "columns": "{count} days on which the columns disagree, {span}",
    "swapped": "{count} exchanges of series with other tickers, {span}",
    "limit_close": "{count} closes at the daily limit, {span}",
    "beyond_limit": "{count} closes beyond the daily limit, {span}",
}


@dataclass(frozen=True)
class Finding:
    """One thing about a ticker's prices that a reader should know.

    Attributes
    ----------
    ticker : str
        Whose prices.
    session : date or None
        The first date concerned; None where the whole series is meant.
    kind : str
        One of the kinds that ``check_prices`` lists.
    detail : str
        A sentence without its full stop.
    sessions : tuple of date
        Every date concerned, in order; empty where the whole series is meant.
    """

    ticker: str
    session: date | None
    kind: str
    detail: str
    sessions: tuple[date, ...] = ()


def at(ticker: str, kind: str, days: DayArray, detail: str) -> Finding:
    """A finding on ``days``, which are in order and not empty."""
    sessions = tuple(np.atleast_1d(days).astype("datetime64[D]").tolist())
    return Finding(ticker, sessions[0], kind, detail, sessions)


def summed(findings: Iterable[Finding], many: int = MANY) -> tuple[Finding, ...]:
    """The same findings, those of one ticker and kind told in one where they are more than ``many``.

    The one finding has the sessions of all of them.

    Examples
    --------
    >>> days = [date(2026, 1, day) for day in (6, 7, 8)]
    >>> runs = [Finding("7203.T", day, "jump", "moved", (day,)) for day in days]
    >>> [finding.detail for finding in summed(runs, many=2)]
    ['3 unexplained jumps, 2026-01-06 to 2026-01-08']
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.ticker, finding.kind), []).append(finding)
    return tuple(told for group in groups.values() for told in _told(group, many))


def _told(group: list[Finding], many: int) -> Iterator[Finding]:
    first = group[0]
    if len(group) <= many or first.kind not in _SUMMED:
        yield from group
        return
    sessions = tuple(sorted({day for finding in group for day in finding.sessions}))
    span = f"{sessions[0]} to {sessions[-1]}"
    detail = _SUMMED[first.kind].format(count=len(group), sessions=len(sessions), span=span)
    yield Finding(first.ticker, sessions[0], first.kind, detail, sessions)


def span_words(days: DayArray, one: str, several: str) -> str:
    """'a price of zero, 2026-01-06' or '3 prices of zero, 2026-01-06 to 2026-01-08'."""
    if days.size == 1:
        return f"{one}, {days[0]}"
    return f"{days.size} {several}, {days[0]} to {days[-1]}"
