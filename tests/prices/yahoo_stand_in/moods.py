"""How an answer of Yahoo is spoilt on its way: each mood is a value, and says what it is."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Chart = dict[str, Any]


@dataclass(frozen=True)
class Mood:
    """One way of answering.

    Attributes
    ----------
    name : str
        For messages and the log.
    status : int
        The HTTP status.
    headers : mapping
        Further headers.
    body : bytes, optional
        Sent in place of the answer.
    alter : callable, optional
        Chart -> the chart that is sent in its place.
    cut : float
        Share of the body after which the connection is closed.
    drip_seconds : float
        Pause before each single byte of the body, where positive.
    wait_seconds : float
        Pause before the answer.
    reset : bool
        Break the connection instead of answering.
    """

    name: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    alter: Callable[[Chart], Chart] | None = None
    cut: float = 1.0
    drip_seconds: float = 0.0
    wait_seconds: float = 0.0
    reset: bool = False


def limited(retry_after: object = None) -> Mood:
    """429, with or without the seconds, or the date, after which to ask again."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Mood("limited", 429, headers, b"Edge: Too Many Requests\r\n")


NOT_FOUND = b'{"code":"Not Found","description":"No data found, symbol may be delisted"}'
UNAUTHORIZED = b'{"code":"Unauthorized","description":"Invalid Crumb"}'
CRUMB_EXPIRED = Mood(
    "crumb expired",
    401,
    body=b'{"finance":{"result":null,"error":' + UNAUTHORIZED + b"}}",
)
DELISTED = Mood(
    "delisted",
    404,
    body=b'{"chart":{"result":null,"error":' + NOT_FOUND + b"}}",
)
BROKEN = Mood("broken", 500, body=b"<html><body>Internal Server Error</body></html>")
EMPTY_RESULT = Mood("empty result", body=b'{"chart":{"result":[],"error":null}}')
NULL_RESULT = Mood("null result", body=b'{"chart":{"result":null,"error":null}}')
EMPTY_BODY = Mood("empty body", body=b"")
TRUNCATED = Mood("truncated", cut=0.5)
NO_JSON = Mood("no JSON", body=b"<!doctype html><html><body>Will be with you shortly</body></html>")
CLOSED = Mood("closed for repairs", body=b"<html><body>Will be right back...</body></html>")
OTHER_JSON = Mood("other JSON", body=b'["no", "chart"]')
RESET = Mood("reset", reset=True)


CONSENT_ASKED = Mood("consent asked", 302)  # the server says where, and sends back from there


def dripping(seconds: float = 0.05) -> Mood:
    """One byte at a time, without end in any useful time."""
    return Mood("dripping", drip_seconds=seconds)


def waiting(seconds: float) -> Mood:
    """A good answer, late."""
    return Mood("waiting", wait_seconds=seconds)


def _altered(name: str, change: Callable[[Chart], None]) -> Mood:
    def alter(chart: Chart) -> Chart:
        changed = copy.deepcopy(chart)
        for result in changed["chart"]["result"]:
            if "timestamp" in result:
                change(result)
        return changed

    return Mood(name, alter=alter)


def meta(**entries: object) -> Mood:
    """Another statement beside the bars; None takes it away."""

    def change(result: Chart) -> None:
        for name, value in entries.items():
            if value is None:
                result["meta"].pop(name, None)
            else:
                result["meta"][name] = value

    return _altered(f"meta {sorted(entries)}", change)


def nulls(*places: int) -> Mood:
    """Bars without any number."""

    def change(result: Chart) -> None:
        for place in places:
            for column in result["indicators"]["quote"][0].values():
                column[place] = None
            result["indicators"]["adjclose"][0]["adjclose"][place] = None

    return _altered(f"nulls at {places}", change)


def null(column: str, *places: int) -> Mood:
    """Single numbers missing."""

    def change(result: Chart) -> None:
        told = result["indicators"]["adjclose" if column == "adjclose" else "quote"][0][column]
        for place in places:
            told[place] = None

    return _altered(f"{column} null at {places}", change)


def doubled(close: float, seconds_later: int) -> Mood:
    """The live quote beside the daily bar of the last day."""

    def change(result: Chart) -> None:
        result["timestamp"].append(result["timestamp"][-1] + seconds_later)
        for column in result["indicators"]["quote"][0].values():
            column.append(close)
        result["indicators"]["adjclose"][0]["adjclose"].append(close)

    return _altered("live bar", change)


NO_ADJUSTED_CLOSE = _altered("no adjusted close", lambda result: result["indicators"].pop("adjclose"))
UNEVEN = _altered("columns of unequal length", lambda result: result["indicators"]["quote"][0]["close"].pop())
WORDS = _altered(
    "words for numbers", lambda result: result["indicators"]["quote"][0].update(close=["x"] * len(result["timestamp"]))
)


def scaled(factor: float, since: int) -> Mood:
    """Prices in another unit from one bar on, as between pence and pounds."""

    def change(result: Chart) -> None:
        columns = [result["indicators"]["quote"][0][name] for name in ("open", "high", "low", "close")]
        for column in (*columns, result["indicators"]["adjclose"][0]["adjclose"]):
            column[since:] = [value * factor for value in column[since:]]

    return _altered("another unit", change)
