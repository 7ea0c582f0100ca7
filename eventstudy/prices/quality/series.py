"""One ticker's prices as arrays, its moves after the market, and how large its moves usually are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray, IntArray
from eventstudy.catalogue import Security, Universe
from eventstudy.prices.source import PriceHistory

HALF_WINDOW: Final = 60  # rows on each side that say how large a move usually is
LEAST_USUAL: Final = 0.0015  # no share moves less than this, whatever its rounding says
CLIP: Final = 4.0  # robust deviations to which moves are cut before beta is fitted
MARKET_ODD: Final = 1.5  # usual moves between a market and the median of its followers beyond which it is not believed
MARKET_WITNESSES: Final = 5  # ... if there are so many

_EXCHANGE_OF_SUFFIX: Final = {
    "T": "XTKS",
    "AX": "XASX",
    "SS": "XSHG",
    "SZ": "XSHE",
    "HK": "XHKG",
    "KS": "XKRX",
    "KQ": "XKRX",
    "TO": "XTSE",
    "V": "XTSX",
}


def among(days: DayArray, sorted_days: DayArray) -> BoolArray:
    """Whether each of ``days`` is one of ``sorted_days``; np.isin takes five times as long.

    Examples
    --------
    >>> among(np.array([1, 5]), np.array([1, 2, 3])).tolist()
    [True, False]
    """
    if not sorted_days.size:
        return np.zeros(days.shape, dtype=np.bool_)
    place = np.minimum(np.searchsorted(sorted_days, days), sorted_days.size - 1)
    found: BoolArray = sorted_days[place] == days
    return found


def exchange_of(ticker: str) -> str:
    """The exchange that a ticker's spelling names; "" where it names none.

    Examples
    --------
    >>> exchange_of("7203.T"), exchange_of("MP"), exchange_of("^GSPC"), exchange_of("JPY=X")
    ('XTKS', 'XNYS', '', '')
    """
    stem, dot, suffix = ticker.rpartition(".")
    if dot and stem:
        return _EXCHANGE_OF_SUFFIX.get(suffix, "")
    return "XNYS" if ticker.isascii() and ticker.isalpha() and ticker.isupper() else ""


@dataclass(frozen=True, eq=False)
class Series:
    """One ticker: all its rows, and those with a price that the returns are made of.

    Attributes
    ----------
    ticker, exchange : str
        The exchange is a MIC, "" where it is not known.
    security : Security or None
        Its line of the universe.
    column : str
        ``adj_close`` where there is any, else ``close``: what the returns are made of.
    all_days : (R,) datetime64[D]
        Dates of all rows.
    columns : mapping of str to (R,) float
        Every column of the frame.
    market : (T - 1,) float or None
        The market's log return between the same dates, 0 where it is not known; None without a market. That of a
        benchmark is the median of those that have it as theirs.
    """

    ticker: str
    exchange: str
    security: Security | None
    column: str
    all_days: DayArray
    columns: Mapping[str, FloatArray]
    market: FloatArray | None = None

    @cached_property
    def traded(self) -> BoolArray:
        """(R,) rows with a price above zero."""
        price = self.columns[self.column]
        return np.isfinite(price) & (price > 0)

    @cached_property
    def days(self) -> DayArray:
        """(T,) dates with a price."""
        return self.all_days[self.traded]

    def of(self, column: str) -> FloatArray:
        """(T,) one column on the dates with a price; NaN where it is empty, zero or below."""
        values = self.columns[column][self.traded]
        return np.where(values > 0, values, np.nan)

    @cached_property
    def price(self) -> FloatArray:
        """(T,) the price that returns are made of."""
        return self.columns[self.column][self.traded]

    @cached_property
    def decimals(self) -> IntArray:
        """(T,) how many decimals, up to six, each price has."""
        return decimals(self.price)

    @cached_property
    def level(self) -> FloatArray:
        """(T,) its logarithm."""
        return np.log(self.price)

    @cached_property
    def log_volume(self) -> FloatArray:
        """(T,) log of the volume; NaN where there is none."""
        return np.log(self.of("volume"))

    @cached_property
    def open_over_price(self) -> FloatArray:
        """(T,) log of the open over the price of the same row; NaN where there is no open."""
        found: FloatArray = np.log(self.of("open") / self.price)
        return found

    @cached_property
    def raw_moves(self) -> FloatArray:
        """(T - 1,) log returns from row to row."""
        return np.diff(self.level)

    @cached_property
    def moves(self) -> FloatArray:
        """(T - 1,) log returns less beta times the market's."""
        own = self.raw_moves
        if self.market is None:
            return own
        x, y = _clipped(self.market), _clipped(own)
        square = float(x @ x)
        after: FloatArray = own - (float(x @ y) / square if square > 0 else 0.0) * self.market
        return after

    def usual(self, at: IntArray) -> FloatArray:
        """How large moves usually are around each of the moves ``at``: one robust standard deviation.

        The larger of 1.4826 median |move| and 1.6 times the mean of the smaller nine tenths (both one standard
        deviation of a normal; the second sees more of fat tails), over 60 moves on each side, without those on which
        the price stood still.
        """
        if not at.size:
            return np.empty(0)
        size = np.where(self.raw_moves == 0, np.nan, np.abs(self.moves))
        padding = np.full(HALF_WINDOW, np.nan)
        around = np.lib.stride_tricks.sliding_window_view(
            np.concatenate([padding, size, padding]), 2 * HALF_WINDOW + 1
        )[at]
        ordered = np.sort(around, axis=1)  # NaN last
        count = np.isfinite(ordered).sum(axis=1)
        rows = np.arange(at.size)
        median = (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]) / 2
        kept = np.maximum((0.9 * count).astype(np.int64), 1)
        mean = np.cumsum(np.nan_to_num(ordered), axis=1)[rows, kept - 1] / kept
        found: FloatArray = np.maximum(np.fmax(1.4826 * median, 1.6 * mean), LEAST_USUAL)
        return found


def decimals(price: FloatArray) -> IntArray:
    """How many decimals, up to six, each price has."""
    found = np.full(price.shape, 6, dtype=np.int64)
    for count in range(5, -1, -1):
        scaled = price * 10.0**count
        found[np.abs(scaled - np.rint(scaled)) < 1e-7 + 1e-9 * np.abs(scaled)] = count
    return found


def _clipped(moves: FloatArray) -> FloatArray:
    bound = CLIP * 1.4826 * float(np.median(np.abs(moves))) if moves.size else 0.0
    cut: FloatArray = np.clip(moves, -bound, bound)
    return cut


def read_series(history: PriceHistory, universe: Universe) -> dict[str, Series]:
    """Every ticker with prices; lines of the universe first, in its order, then the others by name."""
    lines = {security.ticker: security for security in universe}
    order = [ticker for ticker in lines if ticker in history.frames]
    order += sorted(set(history.frames) - set(lines))
    found: dict[str, Series] = {}
    for ticker in order:
        frame, security = history.frames[ticker], lines.get(ticker)
        columns = {str(name): frame[name].to_numpy(dtype=np.float64) for name in frame.columns}
        days = frame.index.to_numpy().astype("datetime64[D]")
        column = "adj_close" if bool(np.isfinite(columns["adj_close"]).any()) else "close"
        exchange = security.exchange if security is not None else exchange_of(ticker)
        found[ticker] = Series(ticker, exchange, security, column, days, columns)
    return {ticker: replace(each, market=market) for ticker, each, market in _markets(found, universe)}


def _markets(series: Mapping[str, Series], universe: Universe) -> list[tuple[str, Series, FloatArray | None]]:
    """Each series with its market on its own days: its benchmark, or the one usual on its exchange."""
    usual: dict[str, str] = {}
    for security in universe:
        if security.benchmark in series and security.benchmark != security.ticker:
            usual.setdefault(security.exchange, security.benchmark)
    followers: dict[str, list[Series]] = {}
    for each in series.values():
        name = each.security.benchmark if each.security is not None else ""
        if name not in series:
            name = usual.get(each.exchange, "")
        if name in series and name != each.ticker and each.days.size > 1:
            followers.setdefault(name, []).append(each)
    found: dict[str, FloatArray] = {}
    for name, following in followers.items():
        market = series[name]
        if market.days.size < 2:
            continue
        median = _median_moves(market, following)
        level = np.concatenate([[0.0], np.cumsum(_believable(market, median))])
        for each in following:
            place = np.clip(np.searchsorted(market.days, each.days), 0, market.days.size - 1)
            known = np.where(market.days[place] == each.days, level[place], np.nan)
            found[each.ticker] = np.nan_to_num(np.diff(known), nan=0.0)
        found.setdefault(name, np.nan_to_num(median, nan=0.0))
    return [(ticker, each, found.get(ticker)) for ticker, each in series.items()]


def _median_moves(market: Series, following: list[Series]) -> FloatArray:
    """(T - 1,) what the followers of a market did between its dates, in the median; NaN where they are few."""
    shared = np.full((len(following), market.raw_moves.size), np.nan)
    for row, each in enumerate(following):
        place = np.minimum(np.searchsorted(market.days, each.days), market.days.size - 1)
        both = (market.days[place[1:]] == each.days[1:]) & (place[1:] - place[:-1] == 1)
        shared[row, place[1:][both] - 1] = each.raw_moves[both]
    asked = np.flatnonzero(np.isfinite(shared).sum(axis=0) >= MARKET_WITNESSES)
    median = np.full(market.raw_moves.size, np.nan)
    # np.nanmedian of few rows goes by masked arrays, which take five times as long
    ordered = np.sort(shared[:, asked], axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    column = np.arange(asked.size)
    median[asked] = (ordered[(count - 1) // 2, column] + ordered[count // 2, column]) / 2
    return median


def _believable(market: Series, median: FloatArray) -> FloatArray:
    """The market's log returns, those that its followers do not share replaced by their median.

    A fault of the benchmark, or a distribution that its closes do not know, would otherwise be found in all of them.
    """
    moves = market.raw_moves.copy()
    usual = 1.4826 * float(np.median(np.abs(moves)))
    odd = np.abs(median - moves) > MARKET_ODD * usual
    moves[odd] = median[odd]
    return moves
