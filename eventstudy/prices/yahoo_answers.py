"""What Yahoo answered, read into rows of the store, or into the reason why there are none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray
from eventstudy.prices import store as price_store
from eventstudy.prices.pace import AGAIN, RATE
from eventstudy.prices.source import PRICE_COLUMNS
from eventstudy.prices.store import StoredPrices
from eventstudy.prices.wire import Heard, Stopped

_QUOTES = ("open", "high", "low", "close", "volume")
# Quotes of most exchanges come 15 to 20 minutes late, and a closing auction takes its time.
_SETTLING_SECONDS = 1800
_FEW_SESSIONS = 20  # too few to tell another security from a corrected one
_WRAPPING = re.compile(
    r"^Failed to perform, curl: \(\d+\) | after \d+ m(?:s|illiseconds)\b|\.? See https://curl\.se/.*$"
)
_UNREACHED = "Yahoo cannot be reached"
_NETWORK_ERRORS = {"ConnectionError", "DNSError", "ProxyError", "Timeout", "SSLError", "ConnectionRefusedError"}
_CHECK_TICKER = "check the ticker in universe.csv"
_OWN = "use --source PATH"


@dataclass(frozen=True)
class Failure:
    """Why a ticker did not come, what a person can do, and what to do next.

    ``kind`` is ``limited``, ``unreached``, ``odd`` (a second try may help) or ``final``.
    """

    reason: str
    remedy: str
    kind: str


EMPTY = Failure("Yahoo has no prices of this ticker (its answer is empty)", _CHECK_TICKER, "odd")


def contradiction(before: StoredPrices, answer: StoredPrices) -> Failure | None:
    """Why an answer is no newer history of what the store holds, if it is not.

    A split, a change of unit or a correction moves the ratio of new to old closes on few days; another security's
    prices, under a name used again or mistaken, move it on most.
    """
    adjusted = PRICE_COLUMNS.index("adj_close")
    if np.isfinite(before.values[adjusted]).any() and not np.isfinite(answer.values[adjusted]).any():
        return Failure("Yahoo's answer lacks the adjusted closes that the store has", AGAIN, "final")
    close = PRICE_COLUMNS.index("close")
    _, old, new = np.intersect1d(before.days, answer.days, assume_unique=True, return_indices=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = answer.values[close, new] / before.values[close, old]
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    moved = int((np.abs(np.diff(np.log(ratio))) > 1e-3).sum())
    if ratio.size <= _FEW_SESSIONS or 2 * moved <= ratio.size:
        return None
    reason = f"Yahoo's closes are not those of the store on {moved} of {ratio.size} days: another security's?"
    return Failure(reason, "check the ticker; if the new ones are right, move its file away", "final")


def rows_of(heard: Heard, ticker: str, asked_at: datetime, start: date) -> StoredPrices | Failure:
    """Yahoo's bars as rows of the store."""
    result = heard.result
    if result is None:
        return EMPTY
    told = result.get("meta") or {}
    symbol = told.get("symbol")
    if symbol not in (None, "", ticker, ticker.upper()):
        again = "run it again later; if that stays so, check the ticker"
        return Failure(f"Yahoo answered with the prices of {symbol!r}", again, "final")
    stamps, values = _bars(result)
    zone = _zone_of(result)
    if isinstance(zone, Failure):
        return zone
    days, doubtful = _session_dates(stamps, zone)
    priced = np.isfinite(values[3:5]).any(axis=0)
    if not priced.any():
        return Failure("Yahoo has no closes of this ticker", _CHECK_TICKER, "final")
    if 2 * int((doubtful & priced).sum()) > int(priced.sum()):
        reason = f"Yahoo stamps its bars at no session's opening in {zone}; their dates cannot be told"
        return Failure(reason, _OWN, "final")
    if days[priced].max() > np.datetime64(asked_at.date(), "D") + 1:
        return Failure(f"Yahoo has a bar of {days[priced].max()}, which is yet to come", AGAIN, "odd")
    priced &= days >= np.datetime64(start, "D")
    running = _running_session(told, zone, asked_at)
    if running is not None:
        priced &= days != running  # a price, but not yet a close
    order = np.lexsort((stamps, days))
    order = order[priced[order]]
    # a live quote may stand beside the bar of its day, which is stamped at the opening and so comes first
    first = np.append(True, np.diff(days[order]) > np.timedelta64(0, "D"))[: order.size]
    kept = order[first]
    if not kept.size:
        return Failure("Yahoo has no closes of this ticker yet", AGAIN, "final")
    return price_store.stored_from_frame(
        days[kept],
        values[:, kept],
        currency=str(told.get("currency") or ""),
        source="yahoo",
        fetched_at=asked_at,
        requested_start=start,
    )


def _bars(result: Mapping[str, Any]) -> tuple[np.ndarray[Any, np.dtype[np.int64]], FloatArray]:
    """Unix times of the bars, and their numbers in the order of ``PRICE_COLUMNS``, NaN where Yahoo has none."""
    stamps = np.array(result["timestamp"], dtype=np.int64)
    quote = result["indicators"]["quote"][0]
    given = {name: quote.get(name) for name in _QUOTES}
    adjusted = (result["indicators"].get("adjclose") or [{}])[0]
    given["adj_close"] = (adjusted or {}).get("adjclose")
    values = np.full((len(PRICE_COLUMNS), stamps.size), np.nan)
    for place, name in enumerate(PRICE_COLUMNS):
        column = given[name]
        if column is not None:
            if len(column) != stamps.size:
                raise ValueError(f"{len(column)} numbers of {name} for {stamps.size} bars")
            values[place] = np.array(column, dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    return stamps, values


def _zone_of(result: Mapping[str, Any]) -> str | Failure:
    """The exchange's time zone, without which a bar has no date."""
    from zoneinfo import ZoneInfo

    name = (result.get("meta") or {}).get("exchangeTimezoneName")
    try:
        return ZoneInfo(str(name)).key
    except (ValueError, OSError, KeyError):  # no such name, or no name at all
        return Failure(f"Yahoo states no known time zone ({name}); its dates cannot be told", _OWN, "odd")


def _session_dates(stamps: np.ndarray[Any, np.dtype[np.int64]], zone: str) -> tuple[DayArray, BoolArray]:
    """(R,) the exchange's date of each bar, and whether its time of day is one at which no session opens.

    A bar is stamped at the opening, or at midnight: of the exchange, where a change of clocks can make it 22:00 or
    23:00 of the day before, or of UTC, which is the evening before in America.

    Examples
    --------
    >>> stamps = np.array([1767623400, 1767657600])  # 2026-01-05 14:30 and 2026-01-06 00:00 UTC
    >>> _session_dates(stamps, "America/New_York")[0].tolist()
    [datetime.date(2026, 1, 5), datetime.date(2026, 1, 6)]
    """
    import pandas as pd

    local = pd.to_datetime(stamps, unit="s", utc=True).tz_convert(zone)
    days = local.tz_localize(None).to_numpy().astype("datetime64[D]")
    hour, minute = local.hour.to_numpy(), local.minute.to_numpy()
    before_midnight = (hour >= 22) & (minute == 0)
    midnight_utc = stamps % 86400 == 0
    days = np.where(before_midnight, days + 1, days)
    days = np.where(midnight_utc, stamps.astype("datetime64[s]").astype("datetime64[D]"), days)
    return days, (hour >= 12) & ~before_midnight & ~midnight_utc


def _running_session(told: Mapping[str, Any], zone: str, now: datetime) -> np.datetime64 | None:
    """The local date of a session that has not settled yet, by the times that Yahoo states; today's, if it does not."""
    from zoneinfo import ZoneInfo

    try:
        regular = told["currentTradingPeriod"]["regular"]
        begin, end = float(regular["start"]), float(regular["end"])
    except (KeyError, TypeError, ValueError):
        return np.datetime64(now.astimezone(ZoneInfo(zone)).date(), "D")
    if begin <= now.timestamp() < end + _SETTLING_SECONDS:
        return np.datetime64(datetime.fromtimestamp(begin, ZoneInfo(zone)).date(), "D")
    return None


def failure_of(error: Exception, heard: Heard | None, reached: bool) -> Failure:
    """What to tell of an error: by what Yahoo answered, where it did, else by the connection's own words."""
    names = {kind.__name__ for kind in type(error).__mro__}
    said = _WRAPPING.sub("", " ".join(str(error).split()))[:160]
    if isinstance(error, Stopped):
        return Failure(error.reason, error.remedy, "final")
    if "YFRateLimitError" in names:
        return Failure(RATE, AGAIN, "limited")
    if heard is None:
        if names & _NETWORK_ERRORS or isinstance(error, OSError):
            return Failure(*_connection(names, said, reached), "unreached")
        return Failure(f"yfinance failed ({type(error).__name__}: {said})", AGAIN, "odd")
    complaint = heard.complaint[:160]
    code = f"HTTP {heard.status}, {complaint}" if complaint else f"HTTP {heard.status}"
    if heard.status == 429:
        return Failure(RATE, AGAIN, "limited")
    if heard.status == 404 or complaint.startswith("No data found"):
        told = f" ({complaint})" if complaint else ""
        return Failure(f"Yahoo has no prices of this ticker{told}", _CHECK_TICKER, "final")
    if heard.status in (401, 403):
        return Failure(f"Yahoo refuses the request ({code})", AGAIN, "odd")
    if heard.status >= 400 or complaint:
        return Failure(f"Yahoo answered with an error ({code})", AGAIN, "odd")
    if heard.document is None:
        return Failure("Yahoo's answer cannot be read (it is no JSON)", AGAIN, "odd")
    if not isinstance(heard.document, dict) or "chart" not in heard.document:
        return Failure("Yahoo's answer cannot be read (it holds no chart)", AGAIN, "odd")
    if heard.result is None or "timestamp" not in heard.result:
        return EMPTY
    if isinstance(zone := _zone_of(heard.result), Failure):
        return zone
    return Failure(f"Yahoo's answer cannot be read ({type(error).__name__}: {said})", AGAIN, "odd")


def _connection(names: set[str], said: str, reached: bool) -> tuple[str, str]:
    """Reason and remedy of a failed connection."""
    if reached:
        return f"the connection to Yahoo broke ({said})", AGAIN
    if "CertificateVerifyError" in names or "certificate" in said.lower():
        remedy = "name the company's certificates in CURL_CA_BUNDLE"
    elif "ProxyError" in names or "CONNECT" in said or "proxy" in said.lower():
        remedy = "check HTTPS_PROXY"
    else:
        remedy = "check the connection, or HTTPS_PROXY"
    return f"{_UNREACHED} ({said})", remedy
