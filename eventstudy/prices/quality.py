"""What looks wrong in prices: found, located and told, never repaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray, DayArray, FloatArray, IntArray
from eventstudy.calendars import calendar
from eventstudy.catalogue import Security, Universe
from eventstudy.prices.frames import place_of
from eventstudy.prices.source import PriceHistory

STALE_CLOSES: Final = 5  # identical closes in a row
SPLIT_TOLERANCE: Final = 0.08  # of the log ratio, after the market
SPLIT_RATIOS: Final = np.arange(2, 21, dtype=np.float64)
JUMP: Final = 0.40  # a return, after the market
SPIKE_DEVIATIONS: Final = 10.0  # robust standard deviations, for a move that the next session takes back
SPIKE: Final = 0.15  # ... and at least this return
MANY: Final = 10  # findings of one kind for one ticker beyond which they are told in one


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
        ``missing_sessions``, ``unknown_session``, ``stale_run``, ``zero_price``, ``suspected_split``, ``jump``,
        ``currency`` or ``no_prices``.
    detail : str
        A sentence without its full stop.
    """

    ticker: str
    session: date | None
    kind: str
    detail: str


@dataclass(frozen=True, eq=False)
class _Series:
    """One ticker's days and the price that its returns are made of."""

    days: DayArray
    price: FloatArray
    column: str


def check_prices(history: PriceHistory, universe: Universe) -> tuple[Finding, ...]:
    """Everything that looks wrong in a price history, by ticker and date; nothing is changed.

    Parameters
    ----------
    history : PriceHistory
        The prices.
    universe : Universe
        Exchange, currency, benchmark, first and last session of each line. Tickers of ``history`` that are not in
        it are checked too, as far as that goes without a calendar.

    Returns
    -------
    tuple of Finding
        Lines of the universe first, in its order; then the others by name.

    Notes
    -----
    missing_sessions : sessions of the exchange without a price between the line's first and last price (and
        ``first_trade`` and ``last_trade``), neighbouring ones in one finding.
    unknown_session : prices on days on which the exchange was closed.
    stale_run : five or more identical closes in a row.
    zero_price : prices of zero or below. They count as no trade.
    suspected_split : a return whose ratio to the market's is within 8% of n or 1/n, n = 2, 3, … 20, that
        happened overnight (where opens are known) and was not taken back in the next session; or a close that
        moved by a factor which its adjusted close did not.
    jump : any other return beyond 40% after the market; or beyond 15% and ten robust standard deviations (1.4826
        MAD) if the next session takes four fifths of it back.
    currency : another currency than the universe's, or several.
    no_prices : a line of the universe without prices, with the source's reason.

    More than ten findings of one kind for one ticker are told in one.
    """
    series = {ticker: _series(frame) for ticker, frame in history.frames.items()}
    findings: list[Finding] = []
    lines: dict[str, Security | None] = {security.ticker: security for security in universe}
    for ticker in sorted(set(history.frames) - set(lines)):
        lines[ticker] = None
    usual = {place_of(s.ticker): series[s.benchmark] for s in universe if s.benchmark in series}
    for ticker, security in lines.items():
        if ticker not in series:
            reason = history.missing.get(ticker, "the source was not asked for it")
            findings.append(Finding(ticker, None, "no_prices", reason))
            continue
        findings += _check_currency(ticker, history.currencies.get(ticker, ""), security)
        frame, own = history.frames[ticker], series[ticker]
        market = series.get(security.benchmark if security is not None else "") or usual.get(place_of(ticker))
        market = None if market is own else market
        for kind, spans in (
            ("missing_sessions", _missing_sessions(own, security)),
            ("unknown_session", _unknown_sessions(own, security)),
            ("stale_run", _stale_runs(own)),
            ("zero_price", _zero_prices(own, frame)),
            ("suspected_split", [*_splits_and_jumps(own, frame, market, splits=True), *_disagreements(frame)]),
            ("jump", _splits_and_jumps(own, frame, market, splits=False)),
        ):
            findings += _told(ticker, kind, list(spans))
    return tuple(findings)


@dataclass(frozen=True)
class _Span:
    """A fault from ``first`` to ``last``, ``count`` rows or sessions of it, in words."""

    first: np.datetime64
    last: np.datetime64
    count: int
    detail: str
    shifted: bool = False  # each of its days is the day before a session


_MANY_DETAIL: Final = {
    "missing_sessions": "{count} sessions without a price in {spans} stretches, {first} to {last}",
    "unknown_session": "{count} prices on days that are no session, {first} to {last}",
    "stale_run": "{spans} runs of five or more identical closes, {first} to {last}",
    "zero_price": "{count} prices of zero or below, {first} to {last}",
    "suspected_split": "{spans} returns like unadjusted splits, {first} to {last}",
    "jump": "{spans} unexplained jumps, {first} to {last}",
}


def _told(ticker: str, kind: str, spans: Sequence[_Span]) -> Iterator[Finding]:
    """One finding a span, or one for all where they are many."""
    if len(spans) > MANY:
        first, last = min(span.first for span in spans), max(span.last for span in spans)
        count = sum(span.count for span in spans)
        detail = _MANY_DETAIL[kind].format(count=count, spans=len(spans), first=first, last=last)
        if kind == "unknown_session" and all(span.shifted for span in spans):
            detail += "; each is the day before a session, as if stamped with another time zone's date"
        yield Finding(ticker, _date(first), kind, detail)
    else:
        for span in spans:
            yield Finding(ticker, _date(span.first), kind, span.detail)


def _date(day: np.datetime64) -> date:
    return date.fromisoformat(str(day))


def _series(frame: pd.DataFrame) -> _Series:
    """Adjusted closes where there are any, else closes, as the returns have it."""
    column = "adj_close" if bool(frame["adj_close"].notna().any()) else "close"
    days = frame.index.to_numpy().astype("datetime64[D]")
    return _Series(days, frame[column].to_numpy(dtype=np.float64), column)


def _traded(series: _Series) -> BoolArray:
    return np.isfinite(series.price) & (series.price > 0)


def _runs(flags: BoolArray) -> IntArray:
    """(R, 2) first and last position of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    runs: IntArray = edges.reshape(-1, 2).astype(np.int64)
    runs[:, 1] -= 1
    return runs


def _check_currency(ticker: str, stated: str, security: Security | None) -> Iterator[Finding]:
    units = [unit for unit in stated.split(" / ") if unit]
    if len(units) > 1:
        yield Finding(ticker, None, "currency", f"prices are stated in {' and in '.join(units)}")
    elif units and security is not None and security.currency and units[0] != security.currency:
        yield Finding(ticker, None, "currency", f"prices are in {units[0]}, the universe says {security.currency}")


def _stretch(first: np.datetime64, last: np.datetime64, count: int, one: str, several: str) -> _Span:
    when = str(first) if first == last else f"{first} to {last}"
    return _Span(first, last, count, f"{one if count == 1 else f'{count} {several}'}, {when}")


def _missing_sessions(series: _Series, security: Security | None) -> Iterator[_Span]:
    if security is None:
        return
    priced = series.days[_traded(series)]
    if not priced.size:
        return
    sessions = calendar(security.exchange).sessions
    begin, end = priced[0], priced[-1]
    if security.first_trade is not None:
        begin = max(begin, np.datetime64(security.first_trade, "D"))
    if security.last_trade is not None:
        end = min(end, np.datetime64(security.last_trade, "D"))
    expected = sessions[(sessions >= begin) & (sessions <= end)]
    for low, high in _runs(~np.isin(expected, priced)):
        count = int(high - low) + 1
        yield _stretch(expected[low], expected[high], count, "a session without a price", "sessions without a price")


def _unknown_sessions(series: _Series, security: Security | None) -> Iterator[_Span]:
    if security is None:
        return
    sessions = calendar(security.exchange).sessions
    days = series.days[_traded(series)]
    within = (days >= sessions[0]) & (days <= sessions[-1])
    for low, high in _runs(within & ~np.isin(days, sessions)):
        run = days[low : high + 1]
        told = _stretch(run[0], run[-1], run.size, "a price on a day that is no session", "prices on no session")
        yield replace(told, shifted=bool(np.isin(run + np.timedelta64(1, "D"), sessions).all()))


def _stale_runs(series: _Series) -> Iterator[_Span]:
    traded = _traded(series)
    days, price = series.days[traded], series.price[traded]
    for low, high in _runs(np.diff(price) == 0):
        count = int(high - low) + 2
        if count >= STALE_CLOSES:
            first, last = days[low], days[high + 1]
            yield _Span(first, last, count, f"{count} identical closes of {price[low]:.10g}, {first} to {last}")


def _zero_prices(series: _Series, frame: pd.DataFrame) -> Iterator[_Span]:
    bad = (frame["close"].le(0) | frame["adj_close"].le(0)).to_numpy(dtype=np.bool_)
    for low, high in _runs(bad):
        count = int(high - low) + 1
        yield _stretch(
            series.days[low], series.days[high], count, "a price of zero or below", "prices of zero or below"
        )


def _splits_and_jumps(series: _Series, frame: pd.DataFrame, market: _Series | None, *, splits: bool) -> Iterator[_Span]:
    """Returns like unadjusted splits, or the other unexplained ones."""
    traded = _traded(series)
    days, price = series.days[traded], series.price[traded]
    if price.size < 3:
        return
    moves = np.diff(np.log(price)) - _market_moves(market, days)
    large = np.flatnonzero(np.abs(moves) > np.log1p(SPIKE))
    if not large.size:
        return
    spread = 1.4826 * float(np.median(np.abs(moves - np.median(moves))))
    opens = frame["open"].to_numpy(dtype=np.float64)[traded]
    taken_back_on = -1
    for at in large:
        if at == taken_back_on:
            continue  # the way back from a finding
        move = float(moves[at])
        after = float(moves[at + 1]) if at + 1 < moves.size else 0.0
        reversed_next = 0.8 < -after / move < 1.25
        distance = np.abs(np.log(SPLIT_RATIOS) - abs(move))
        nearest = int(distance.argmin())
        like_split = bool(distance[nearest] < SPLIT_TOLERANCE) and not reversed_next
        like_split = like_split and _overnight(opens, price, int(at), move)
        beyond = abs(np.expm1(move)) > JUMP
        spike = reversed_next and abs(move) > SPIKE_DEVIATIONS * spread
        if reversed_next and (beyond or spike):
            taken_back_on = int(at) + 1
        if splits and like_split:
            ratio = f"{SPLIT_RATIOS[nearest]:g}"
            times = f"{ratio} to 1" if move < 0 else f"1 to {ratio}"
            detail = (
                f"{series.column} {price[at]:.6g} to {price[at + 1]:.6g} on {days[at + 1]}, "
                f"like a split of {times} that was not adjusted"
            )
            yield _Span(days[at + 1], days[at + 1], 1, detail)
        elif not splits and not like_split and (beyond or spike):
            taken_back = ", taken back in the next session" if reversed_next else ""
            detail = (
                f"{series.column} {price[at]:.6g} to {price[at + 1]:.6g} on {days[at + 1]} "
                f"({np.expm1(move):+.1%} after the market){taken_back}"
            )
            yield _Span(days[at + 1], days[at + 1], 1, detail)


def _disagreements(frame: pd.DataFrame) -> Iterator[_Span]:
    """Days on which the close moved by a factor that the adjusted close did not."""
    both = frame[["close", "adj_close"]]
    both = both[(both > 0).all(axis=1)]
    if len(both) < 2:
        return
    close, adjusted = (both[name].to_numpy(dtype=np.float64) for name in both.columns)
    days = both.index.to_numpy().astype("datetime64[D]")
    moves, adjusted_moves = np.diff(np.log(close)), np.diff(np.log(adjusted))
    apart = np.abs(moves - adjusted_moves) > np.log1p(JUMP)
    for at in np.flatnonzero(apart & (np.abs(moves) > np.abs(adjusted_moves))):
        detail = (
            f"close {close[at]:.6g} to {close[at + 1]:.6g} on {days[at + 1]} while adj_close moved by "
            f"{np.expm1(adjusted_moves[at]):+.1%}: the closes before are not adjusted, the returns are"
        )
        yield _Span(days[at + 1], days[at + 1], 1, detail)


def _overnight(opens: FloatArray, price: FloatArray, at: int, move: float) -> bool:
    """Whether a move happened between two sessions, as a split does; True where opens cannot tell.

    Opens may be of another adjustment than closes, so they are compared by their usual ratio to the closes: either
    the open jumped with the close, or the opens went on while the closes changed their level for good.
    """
    before, after = _usual_ratio(opens, price, at - 19, at + 1), _usual_ratio(opens, price, at + 2, at + 22)
    if not np.isfinite(before) or not np.isfinite(opens[at + 1]) or opens[at + 1] <= 0:
        return True
    if np.isfinite(after) and abs(np.log(after / before) + move) < abs(move) / 2:
        return True
    return bool(abs(np.log(opens[at + 1] / price[at] / before) - move) < abs(move) / 2)


def _usual_ratio(opens: FloatArray, price: FloatArray, low: int, high: int) -> float:
    """Median of open over close on rows ``low`` to ``high``; NaN where there is no open."""
    ratio = opens[max(low, 0) : high] / price[max(low, 0) : high]
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    return float(np.median(ratio)) if ratio.size else float("nan")


def _market_moves(market: _Series | None, days: DayArray) -> FloatArray:
    """Log return of the market between neighbouring days; 0 where it is not known."""
    if market is None:
        return np.zeros(days.size - 1)
    traded = _traded(market)
    known, level = market.days[traded], np.log(market.price[traded])
    if not known.size:
        return np.zeros(days.size - 1)
    place = np.clip(np.searchsorted(known, days), 0, known.size - 1)
    on_day = np.where(known[place] == days, level[place], np.nan)
    return np.nan_to_num(np.diff(on_day), nan=0.0)
