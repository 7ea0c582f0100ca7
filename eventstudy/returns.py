"""Prices to returns: one definition, no filling.

A return runs from one price of the security to its next. It spans n sessions of the exchange, n = 1 without a gap, and
carries its regressors over the same n sessions (Maynes & Rumsey 1993, trade-to-trade). Simple returns of the adjusted
close are the default; log returns take the log of both the security and its market.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy._arrays import DayArray, FloatArray, IntArray
from eventstudy.calendars import calendar
from eventstudy.catalogue import Security, Universe
from eventstudy.prices.source import PriceHistory

# what a model calls its regressors -> the column of universe.csv that names the ticker
REGRESSOR_COLUMNS = {"market": "benchmark", "sector": "sector_benchmark"}
STILL_TRADES = np.iinfo(np.int64).max // 2
_SHIFTED = re.compile(r"(market|sector)([+-]\d+)")


def split_shift(name: str) -> tuple[str, int]:
    """A regressor's series and by how many sessions it is read later (a lead) or earlier (a lag).

    Examples
    --------
    >>> split_shift("market-1"), split_shift("market"), split_shift("usd-2")
    (('market', -1), ('market', 0), ('usd-2', 0))
    """
    found = _SHIFTED.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, 0)


def shifted(values: FloatArray, shift: int) -> FloatArray:
    """The value ``shift`` sessions later on every session, NaN beyond the ends.

    Examples
    --------
    >>> shifted(np.array([1.0, 2.0, 3.0]), -1)
    array([nan,  1.,  2.])
    """
    out = np.full(len(values), np.nan)
    place = np.arange(len(values)) + shift
    inside = (place >= 0) & (place < len(values))
    out[inside] = values[place[inside]]
    return out


@dataclass(frozen=True, eq=False)
class ReturnTable:
    """Returns of n securities on their exchanges' sessions, padded to the longest calendar with S sessions.

    Attributes
    ----------
    tickers : tuple of str
        The securities, in the order of the rows.
    calendars : tuple of str
        Calendar of each row, a key of ``sessions``.
    sessions : mapping of str to array
        Sessions of each calendar, ascending; dates, or the labels of the index that the user brought.
    returns : (n, S) float
        Decimal return ending on that session, NaN where there is none.
    span : (n, S) float
        Sessions that the return spans, also where it was dropped for spanning several; 0 where there is none. 1 without
        a return is a change of symbol that no price links.
    regressors : (n, S, K) float
        Regressors over the same sessions as the return.
    regressor_key : (n, K) int
        Which regressor series it is: equal numbers are the same series on the same calendar; -1 where none.
    one_session : (R, S) float
        Each distinct regressor series by single sessions.
    fault : tuple of str
        Empty, or the attrition reason for which no event of this security can be used.
    first, last : (n,) int
        Position of the first and last price, -1 where there is none.
    ends : (n,) int, or None
        Position of the last session before a line stopped trading for good, ``STILL_TRADES`` where it is not known to
        have stopped; None where nothing is known of any.
    """

    tickers: tuple[str, ...]
    calendars: tuple[str, ...]
    sessions: Mapping[str, DayArray]
    returns: FloatArray
    span: FloatArray
    regressors: FloatArray
    regressor_key: IntArray
    one_session: FloatArray
    fault: tuple[str, ...]
    first: IntArray
    last: IntArray
    ends: IntArray | None = None

    def row(self, ticker: str) -> int:
        """Row of a ticker; ``KeyError`` where there is none."""
        try:
            return self.tickers.index(ticker)
        except ValueError:
            raise KeyError(ticker) from None


def price_on_sessions(frame: pd.DataFrame, sessions: DayArray, security: Security | None = None) -> FloatArray:
    """The price that returns are made of, on the sessions of one calendar.

    The adjusted close where the source has any for this ticker, else the close; the two are never mixed in one
    series. Zero and negative prices are no trade. Prices outside ``first_trade`` … ``last_trade`` are not used.

    Parameters
    ----------
    frame : DataFrame
        One ticker of ``PriceHistory.frames``.
    sessions : (S,) datetime64[D]
        Sessions of the exchange.
    security : Security, optional
        The universe line that limits the dates.

    Returns
    -------
    (S,) float
        Price, NaN on sessions without one; rows on other days are ignored (and reported by the quality checks).
    """
    column = "adj_close" if frame["adj_close"].notna().any() else "close"
    dates = frame.index.to_numpy().astype("datetime64[D]")
    values = frame[column].to_numpy(dtype=np.float64)
    usable = np.isfinite(values) & (values > 0)
    if security is not None and security.first_trade is not None:
        usable &= dates >= np.datetime64(security.first_trade)
    if security is not None and security.last_trade is not None:
        usable &= dates <= np.datetime64(security.last_trade)
    dates, values = dates[usable], values[usable]
    place = np.searchsorted(sessions, dates)
    on_session = np.flatnonzero(place < len(sessions))
    on_session = on_session[sessions[place[on_session]] == dates[on_session]]
    price = np.full(len(sessions), np.nan)
    price[place[on_session]] = values[on_session]
    return price


def joined_prices(
    frames: Mapping[str, pd.DataFrame], sessions: DayArray, ticker: str, security: Security | None = None
) -> tuple[FloatArray, list[int]]:
    """The price of a line under all its symbols, so that returns across a change of symbol are those of the share.

    Up to the last session of a former symbol the prices are that symbol's, scaled to what follows: to the new symbol's
    own price of the last session it has in common, else so that the return between the two is that of the closes, times
    the stated ratio. Where no ratio is stated and the closes halve or double, shares were exchanged at a ratio that is
    not known: no return is made across the change.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        As in ``PriceHistory``.
    sessions : (S,) datetime64[D]
        Sessions of the exchange.
    ticker : str
        The present symbol.
    security : Security, optional
        Its universe line.

    Returns
    -------
    price : (S,) float
        As of :func:`price_on_sessions`.
    unlinked : list of int
        Positions of the sessions whose return would cross a change that nothing links.
    """
    nothing = np.full(len(sessions), np.nan)
    price = price_on_sessions(frames[ticker], sessions, security) if ticker in frames else nothing
    unlinked: list[int] = []
    newer = ticker
    for former in reversed(security.previous if security is not None else ()):
        if former.ticker not in frames:
            continue
        end = int(np.searchsorted(sessions, np.datetime64(former.last_session), side="right"))
        old = price_on_sessions(frames[former.ticker], sessions, security)
        traded, later = np.flatnonzero(np.isfinite(old[:end])), np.flatnonzero(np.isfinite(price[end:])) + end
        if not len(traded):
            continue
        last, scale = int(traded[-1]), 1.0
        if np.isfinite(price[last]):
            scale = price[last] / old[last]
        elif len(later):
            first = int(later[0])
            step = _close(frames, sessions, newer)[first] / _close(frames, sessions, former.ticker)[last]
            step *= 1.0 if former.ratio is None else former.ratio
            if former.ratio is None and not 0.5 < step < 2.0:
                unlinked.append(first)
            elif np.isfinite(step) and step > 0:
                scale = price[first] / (step * old[last])
            else:  # no closes to compare
                unlinked.append(first)
        price = np.concatenate([old[:end] * scale, price[end:]])
        newer = former.ticker
    return price, unlinked


def _close(frames: Mapping[str, pd.DataFrame], sessions: DayArray, ticker: str) -> FloatArray:
    """The close as traded on each session; the adjusted one where the source has no other."""
    frame = frames[ticker]
    as_traded = frame.assign(adj_close=np.nan) if frame["close"].notna().any() else frame
    return price_on_sessions(as_traded, sessions)


def _growth(later: FloatArray, earlier: FloatArray, kind: str) -> FloatArray:
    """Simple or log return between two prices."""
    ratio = later / earlier
    return np.log(ratio) if kind == "log" else ratio - 1.0


def _on_dates(column: pd.Series, sessions: DayArray) -> FloatArray:
    """A factor on the sessions of one calendar: the row of the same date, NaN where there is none."""
    dates = column.index.to_numpy().astype("datetime64[D]")
    out = np.full(len(sessions), np.nan)
    place = np.searchsorted(sessions, dates)
    on_session = np.flatnonzero(place < len(sessions))
    on_session = on_session[sessions[place[on_session]] == dates[on_session]]
    out[place[on_session]] = column.to_numpy(dtype=np.float64)[on_session]
    return out


def _sum_over(single: FloatArray, first: IntArray, last: IntArray) -> FloatArray:
    """Sums of a factor over stretches of sessions, both ends included; NaN where one of them has no value."""
    there = np.isfinite(single)
    total = np.concatenate([[0.0], np.cumsum(np.where(there, single, 0.0))])
    holes = np.concatenate([[0], np.cumsum(~there)])
    over = np.where(holes[last + 1] > holes[first], np.nan, total[last + 1] - total[first])
    # a single session keeps its own digits
    return np.where(last == first, single[last], over)


def returns_from_prices(
    history: PriceHistory,
    universe: Universe,
    securities: Sequence[Security],
    regressors: tuple[str, ...],
    kind: str = "simple",
    gaps: str = "trade-to-trade",
    factors: pd.DataFrame | None = None,
) -> ReturnTable:
    """Returns of catalogue securities, with the regressors of a model over the same sessions.

    Parameters
    ----------
    history : PriceHistory
        Prices of the securities and of their benchmarks.
    universe : Universe
        Where a benchmark's own line (its first and last session) is looked up.
    securities : sequence of Security
        The rows wanted.
    regressors : tuple of str
        ``market``, ``sector``, their leads and lags, and columns of ``factors``, in the order of the coefficients.
    kind : {"simple", "log"}
        Of the security and of its regressors alike.
    gaps : {"trade-to-trade", "drop"}
        Keep a return over several sessions with its span, or leave it out.
    factors : DataFrame, optional
        Decimal returns of factors by date. A session takes the row of its own date; without one it has no factor, and
        a return over such a session is missing. Over a gap factors add.

    Returns
    -------
    ReturnTable
        One row a security, also for those with a fault.
    """
    sessions = {security.exchange: calendar(security.exchange).sessions for security in securities}
    length = max((len(days) for days in sessions.values()), default=0)
    n, k = len(securities), len(regressors)
    returns, span = np.full((n, length), np.nan), np.zeros((n, length))
    table = np.full((n, length, k), np.nan)
    keys = np.full((n, k), -1, dtype=np.int64)
    first, last = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    faults: list[str] = []
    lines = {security.ticker: security for security in universe}
    known: dict[tuple[str, str, int], tuple[int, FloatArray]] = {}
    singles: list[FloatArray] = []
    for row, security in enumerate(securities):
        days = sessions[security.exchange]
        price, unlinked = joined_prices(history.frames, days, security.ticker, security)
        traded = np.flatnonzero(np.isfinite(price))
        fault = "" if len(traded) else "no_prices"
        if len(traded):
            first[row], last[row] = traded[0], traded[-1]
        earlier, later = traded[:-1], traded[1:]
        steps = later - earlier
        span[row, later] = steps
        kept = steps == 1 if gaps == "drop" else steps > 0
        earlier, later = earlier[kept], later[kept]
        returns[row, later] = _growth(price[later], price[earlier], kind)
        returns[row, unlinked], span[row, unlinked] = np.nan, 1.0
        for column, (name, shift) in enumerate(map(split_shift, regressors)):
            if factors is not None and name in factors.columns:
                if (name, security.exchange, shift) not in known:
                    single = shifted(_on_dates(factors[name], days), shift)
                    known[name, security.exchange, shift] = (len(known), single)
                    singles.append(single)
                keys[row, column], single = known[name, security.exchange, shift]
                if not np.isfinite(single).any():
                    fault = fault or "no_factors"
                table[row, later, column] = _sum_over(single, earlier + 1, later)
                continue
            ticker = getattr(security, REGRESSOR_COLUMNS[name])
            missing = "no_benchmark" if name == "market" else "no_sector_benchmark"
            if not ticker or ticker not in history.frames:
                fault = fault or missing
                continue
            if (ticker, security.exchange, shift) not in known:
                level, breaks = joined_prices(history.frames, days, ticker, lines.get(ticker))
                level[: max(breaks, default=0)] = np.nan
                level = shifted(level, shift)
                known[ticker, security.exchange, shift] = (len(known), level)
                singles.append(np.concatenate([[np.nan], _growth(level[1:], level[:-1], kind)]))
            keys[row, column], level = known[ticker, security.exchange, shift]
            table[row, later, column] = _growth(level[later], level[earlier], kind)
        faults.append(fault)
    one_session = np.full((len(singles), length), np.nan)
    for key, single in enumerate(singles):
        one_session[key, : len(single)] = single
    return ReturnTable(
        tickers=tuple(security.ticker for security in securities),
        calendars=tuple(security.exchange for security in securities),
        sessions=sessions,
        returns=returns,
        span=span,
        regressors=table,
        regressor_key=keys,
        one_session=one_session,
        fault=tuple(faults),
        first=first,
        last=last,
        ends=np.array([_end(security, sessions[security.exchange]) for security in securities], dtype=np.int64),
    )


def _end(security: Security, sessions: DayArray) -> int:
    """Position of a line's last session, ``STILL_TRADES`` where it is not known or the calendar does not reach it."""
    if security.last_trade is None or np.datetime64(security.last_trade) >= sessions[-1]:
        return int(STILL_TRADES)
    return int(np.searchsorted(sessions, np.datetime64(security.last_trade), side="right")) - 1


def returns_from_frame(
    returns: pd.DataFrame,
    factors: pd.DataFrame,
    compound: Sequence[bool],
    gaps: str = "trade-to-trade",
) -> ReturnTable:
    """Returns that the user brought, on one calendar: the frame's index.

    A missing return is a session without trade, so the next one spans it too; a security's first return spans one
    session. Over several sessions a market compounds, factors and log returns add.

    Parameters
    ----------
    returns : (S, n) DataFrame
        Decimal returns by session and security; NaN = no trade.
    factors : (S, K) DataFrame
        Regressors by session, same index.
    compound : sequence of bool
        Whether each regressor compounds over a gap.
    gaps : {"trade-to-trade", "drop"}
        As in :func:`returns_from_prices`.

    Returns
    -------
    ReturnTable
        One calendar named ``index``.
    """
    values = returns.to_numpy(dtype=np.float64).T.copy()
    valid = np.isfinite(values)
    values[~valid] = np.nan
    n, length = values.shape
    place = np.where(valid, np.arange(length), -1)
    before = np.full((n, length), -1, dtype=np.int64)
    before[:, 1:] = np.maximum.accumulate(place, axis=1)[:, :-1]
    span = np.where(valid, np.where(before >= 0, np.arange(length) - before, 1), 0).astype(np.float64)
    if gaps == "drop":
        values[span > 1] = np.nan
    single = factors.to_numpy(dtype=np.float64)
    table = np.full((n, length, single.shape[1]), np.nan)
    gap_row, gap_day = np.nonzero(span > 1)
    for column in range(single.shape[1]):
        table[:, :, column] = np.where(span > 0, single[:, column], np.nan)
        steps = np.log1p(single[:, column]) if compound[column] else single[:, column]
        total = np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(steps), steps, 0.0))])
        holes = np.concatenate([[0], np.cumsum(~np.isfinite(steps))])
        begin = gap_day + 1 - span[gap_row, gap_day].astype(np.int64)
        over = total[gap_day + 1] - total[begin]
        over = np.expm1(over) if compound[column] else over
        table[gap_row, gap_day, column] = np.where(holes[gap_day + 1] > holes[begin], np.nan, over)
    if gaps == "drop":
        table[gap_row, gap_day] = np.nan
    any_valid = np.isfinite(values).any(axis=1)
    first = np.where(any_valid, valid.argmax(axis=1), -1)
    last = np.where(any_valid, length - 1 - valid[:, ::-1].argmax(axis=1), -1)
    return ReturnTable(
        tickers=tuple(str(name) for name in returns.columns),
        calendars=("index",) * n,
        sessions={"index": returns.index.to_numpy()},
        returns=values,
        span=span,
        regressors=table,
        regressor_key=np.tile(np.arange(single.shape[1], dtype=np.int64), (n, 1)),
        one_session=single.T.copy(),
        fault=tuple("" if usable else "no_prices" for usable in any_valid),
        first=first.astype(np.int64),
        last=last.astype(np.int64),
    )
