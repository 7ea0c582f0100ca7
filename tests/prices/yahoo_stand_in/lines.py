"""What Yahoo knows of a ticker, and how it writes it: the JSON of ``/v8/finance/chart/TICKER``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

HOURS = {  # suffix -> zone, opening, closing, currency, Yahoo's name of the exchange
    "T": ("Asia/Tokyo", time(9), time(15, 30), "JPY", "JPX"),
    "AX": ("Australia/Sydney", time(10), time(16), "AUD", "ASX"),
    "L": ("Europe/London", time(8), time(16, 30), "GBp", "LSE"),
    "KS": ("Asia/Seoul", time(9), time(15, 30), "KRW", "KSC"),
    "SS": ("Asia/Shanghai", time(9, 30), time(15), "CNY", "SHH"),
    "SZ": ("Asia/Shanghai", time(9, 30), time(15), "CNY", "SHZ"),
    "HK": ("Asia/Hong_Kong", time(9, 30), time(16), "HKD", "HKG"),
    "TO": ("America/Toronto", time(9, 30), time(16), "CAD", "TOR"),
    "V": ("America/Toronto", time(9, 30), time(16), "CAD", "VAN"),
    "SA": ("America/Sao_Paulo", time(10), time(17), "BRL", "SAO"),
    "": ("America/New_York", time(9, 30), time(16), "USD", "NYQ"),
}


@dataclass(frozen=True)
class Line:
    """A ticker's daily bars, one on each weekday from ``first`` on unless ``days`` says otherwise.

    Attributes
    ----------
    ticker : str
        Its suffix gives zone, hours and currency.
    closes : tuple of float or None
        As traded, adjusted for splits only; None is a null bar.
    adjusted : tuple of float or None, optional
        Adjusted closes; nine tenths of the closes unless given.
    first : date
        Day of the first bar.
    days : tuple of date, optional
        Day of each bar.
    dividends : mapping of date to float
    splits : mapping of date to (numerator, denominator)
    stamps : tuple of int, optional
        Unix time of each bar, where it is not the opening.
    meta : mapping
        Laid over what Yahoo states beside the bars; a value of None takes the entry away.
    """

    ticker: str
    closes: tuple[float | None, ...] = (100.0, 101.0, 102.0)
    adjusted: tuple[float | None, ...] | None = None
    first: date = date(2026, 1, 5)
    days: tuple[date, ...] | None = None
    dividends: Mapping[date, float] = field(default_factory=dict)
    splits: Mapping[date, tuple[int, int]] = field(default_factory=dict)
    stamps: tuple[int, ...] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hours(self) -> tuple[ZoneInfo, time, time, str, str]:
        zone, opens, closes, currency, exchange = HOURS[self.ticker.rpartition(".")[2] if "." in self.ticker else ""]
        return ZoneInfo(zone), opens, closes, currency, exchange

    def sessions(self) -> tuple[date, ...]:
        """The day of each bar."""
        if self.days is not None:
            return self.days
        found: list[date] = []
        day = self.first
        while len(found) < len(self.closes):
            if day.weekday() < 5:
                found.append(day)
            day += timedelta(days=1)
        return tuple(found)

    def opening(self, day: date) -> int:
        """Unix time at which the session of a day opens."""
        zone, opens, *_ = self.hours
        return int(datetime.combine(day, opens, zone).timestamp())

    def closing(self, day: date) -> int:
        """Unix time at which the session of a day closes."""
        zone, _, closes, *_ = self.hours
        return int(datetime.combine(day, closes, zone).timestamp())

    def chart(self, begin: float, end: float) -> dict[str, Any]:
        """Yahoo's answer for the bars from ``begin`` to ``end``, Unix times."""
        adjusted = self.adjusted or tuple(None if close is None else close * 0.9 for close in self.closes)
        stamps = self.stamps or tuple(self.opening(day) for day in self.sessions())
        bars = [bar for bar in zip(stamps, self.closes, adjusted, strict=True) if begin <= bar[0] < end]
        result: dict[str, Any] = {"meta": self._meta()}
        if not bars:  # Yahoo leaves the times out
            result["indicators"] = {"quote": [{}], "adjclose": [{}]}
            return {"chart": {"result": [result], "error": None}}
        closes = [close for _, close, _ in bars]
        result["timestamp"] = [stamp for stamp, _, _ in bars]
        events = self._events(begin, end)
        if events:
            result["events"] = events
        result["indicators"] = {
            "quote": [
                {
                    "open": [None if close is None else close - 1 for close in closes],
                    "high": [None if close is None else close + 2 for close in closes],
                    "low": [None if close is None else close - 2 for close in closes],
                    "close": closes,
                    "volume": [None if close is None else 1000 for close in closes],
                }
            ],
            "adjclose": [{"adjclose": [value for _, _, value in bars]}],
        }
        return {"chart": {"result": [result], "error": None}}

    def _events(self, begin: float, end: float) -> dict[str, Any]:
        paid = {self.opening(day): amount for day, amount in self.dividends.items()}
        split = {self.opening(day): parts for day, parts in self.splits.items()}
        events = {
            "dividends": {str(at): {"amount": amount, "date": at} for at, amount in paid.items() if begin <= at < end},
            "splits": {
                str(at): {"date": at, "numerator": n, "denominator": d, "splitRatio": f"{n}:{d}"}
                for at, (n, d) in split.items()
                if begin <= at < end
            },
        }
        return {name: told for name, told in events.items() if told}

    def _meta(self) -> dict[str, Any]:
        zone, _, _, currency, exchange = self.hours
        last = self.sessions()[-1]
        offset = int(datetime.now(zone).utcoffset().total_seconds())  # type: ignore[union-attr]
        name = datetime.now(zone).tzname()

        def period(begin: int, end: int) -> dict[str, Any]:
            return {"timezone": name, "start": begin, "end": end, "gmtoffset": offset}

        opened, closed = self.opening(last), self.closing(last)
        told = {
            "currency": currency,
            "symbol": self.ticker,
            "exchangeName": exchange,
            "instrumentType": "EQUITY",
            "firstTradeDate": self.opening(self.sessions()[0]),
            "regularMarketTime": closed,
            "hasPrePostMarketData": False,
            "gmtoffset": offset,
            "timezone": name,
            "exchangeTimezoneName": str(zone),
            "regularMarketPrice": next((c for c in reversed(self.closes) if c is not None), None),
            "priceHint": 2,
            "currentTradingPeriod": {
                "pre": period(opened, opened),
                "regular": period(opened, closed),
                "post": period(closed, closed),
            },
            "dataGranularity": "1d",
            "range": "",
            "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
        } | dict(self.meta)
        return {entry: value for entry, value in told.items() if value is not None}


def utc(*moment: int) -> int:
    """Unix time of a moment given as year, month, day, hour … in UTC."""
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]
