"""What a check tells: one finding a fault, or one for many of a kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from eventstudy._arrays import DayArray
from eventstudy.prices.words import SUMMED, said
from eventstudy.sentences import Sentence

MANY: Final = 10  # findings of one kind for one ticker beyond which `summed` tells them in one

FACTS: Final = frozenset({"limit_close", "no_trade", "no_prices", "raw_close"})
"""Kinds that say what happened in the market, or how the source writes it; every other kind says that a price looks
wrong."""


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
        A sentence without its full stop; a ``Sentence``, which a report says in its own language, but where a source
        gave its own reason.
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
    if len(group) <= many or first.kind not in SUMMED:
        yield from group
        return
    sessions = tuple(sorted({day for finding in group for day in finding.sessions}))
    detail = said(
        f"summed.{first.kind}", count=len(group), sessions=len(sessions), first=sessions[0], last=sessions[-1]
    )
    yield Finding(first.ticker, sessions[0], first.kind, detail, sessions)


def said_of(days: DayArray, code: str) -> Sentence:
    """'a price of zero, 2026-01-06' or '3 prices of zero, 2026-01-06 to 2026-01-08'."""
    if days.size == 1:
        return said(code, day=days[0])
    return said(f"{code}.many", count=days.size, first=days[0], last=days[-1])
