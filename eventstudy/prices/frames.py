"""Long rows of prices, sorted once, and the frames cut from them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce

import numpy as np
import pandas as pd

from eventstudy._arrays import DayArray, FloatArray, IntArray
from eventstudy.catalogue.markets import EXCHANGES
from eventstudy.prices.source import PRICE_COLUMNS
from eventstudy.prices.words import said
from eventstudy.sentences import Sentence

# Sessions before 1900 or after 2199 are slips of the pen, and outside what a nanosecond index holds safely.
FIRST_DAY = np.datetime64("1900-01-01", "D")
LAST_DAY = np.datetime64("2199-12-31", "D")

_COLUMNS = pd.Index(PRICE_COLUMNS)
_CITIES = {
    "T": EXCHANGES["XTKS"],
    "AX": EXCHANGES["XASX"],
    "SS": EXCHANGES["XSHG"],
    "SZ": EXCHANGES["XSHE"],
    "HK": EXCHANGES["XHKG"],
    "KS": EXCHANGES["XKRX"],
    "KQ": EXCHANGES["XKRX"],
    "TO": EXCHANGES["XTSE"],
    "V": EXCHANGES["XTSX"],
}


@dataclass(frozen=True, eq=False)
class PriceTable:
    """Prices of many tickers as one block, rows sorted by ticker and date.

    Attributes
    ----------
    tickers : tuple of str
        Sorted, unique.
    starts : (T + 1,) int
        Row at which each ticker begins; the last entry is the number of rows.
    days : (R,) datetime64[D]
        Session dates, strictly increasing within a ticker.
    values : (6, R) float
        ``PRICE_COLUMNS`` in order; NaN where the source has nothing.
    """

    tickers: tuple[str, ...]
    starts: IntArray
    days: DayArray
    values: FloatArray

    @cached_property
    def _position(self) -> dict[str, int]:
        return {ticker: place for place, ticker in enumerate(self.tickers)}

    def __contains__(self, ticker: str) -> bool:
        return ticker in self._position

    def frame(self, ticker: str, start: date | None = None, end: date | None = None) -> pd.DataFrame:
        """The rows of one ticker from ``start`` to ``end``, both inclusive, as a frame of its own."""
        place = self._position[ticker]
        low, high = int(self.starts[place]), int(self.starts[place + 1])
        days = self.days[low:high]
        if start is not None:
            low += int(np.searchsorted(days, np.datetime64(start, "D")))
        if end is not None:
            high = int(self.starts[place]) + int(np.searchsorted(days, np.datetime64(end, "D"), side="right"))
        return price_frame(self.days[low : max(low, high)], self.values[:, low : max(low, high)])


def price_frame(days: DayArray, values: FloatArray) -> pd.DataFrame:
    """The one shape prices have: a frame with index ``date`` and ``PRICE_COLUMNS``, sharing no memory.

    Parameters
    ----------
    days : (R,) datetime64[D]
        Sorted session dates.
    values : (6, R) float
        ``PRICE_COLUMNS`` in order.

    Returns
    -------
    DataFrame
        Index a naive ``DatetimeIndex`` named ``date``, columns float64.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.array(["2026-01-06", "2026-01-07"], dtype="datetime64[D]")
    >>> price_frame(days, np.array([[np.nan] * 2] * 3 + [[100.0, 98.5]] + [[np.nan] * 2] * 2))["close"].tolist()
    [100.0, 98.5]
    """
    index = pd.DatetimeIndex(days.astype("datetime64[ns]"), name="date")
    return pd.DataFrame(np.array(values, dtype=np.float64, order="C").T, index=index, columns=_COLUMNS)


def sort_rows(
    tickers: Sequence[str], codes: IntArray, days: DayArray, values: FloatArray
) -> tuple[PriceTable, IntArray]:
    """Rows in any order -> a ``PriceTable``, and the rows that repeat a ticker and date.

    Parameters
    ----------
    tickers : sequence of str
        Names that ``codes`` point to; a name may stand twice.
    codes : (R,) int
        Ticker of each row.
    days : (R,) datetime64[D]
        Date of each row.
    values : (6, R) float
        Prices of each row.

    Returns
    -------
    table : PriceTable
        The sorted rows. Usable only if ``repeats`` is empty.
    repeats : (D, 2) int
        Original row numbers (first, again) of every repeated ticker and date.
    """
    names = tuple(sorted({str(ticker) for ticker in tickers}))
    rank_of = {name: rank for rank, name in enumerate(names)}
    ranks = np.array([rank_of[str(ticker)] for ticker in tickers], dtype=np.int64)[codes]
    keys = ranks * 1_000_000 + (days - FIRST_DAY).astype(np.int64)
    order: IntArray | None = None
    if keys.size and not bool((np.diff(keys) > 0).all()):
        order = np.argsort(keys, kind="stable").astype(np.int64)
        keys, ranks, days, values = keys[order], ranks[order], days[order], values[:, order]
    same = np.flatnonzero(np.diff(keys) == 0)
    repeats = np.empty((0, 2), dtype=np.int64)
    if same.size and order is not None:
        repeats = np.column_stack([order[same], order[same + 1]]).astype(np.int64)
        repeats = repeats[np.argsort(repeats[:, 1], kind="stable")]
    present, first = np.unique(ranks, return_index=True)
    starts = np.append(first, keys.size).astype(np.int64)
    return PriceTable(tuple(names[int(rank)] for rank in present), starts, days, values), repeats


def _by_column(frame: pd.DataFrame) -> FloatArray:
    """(6, R) the values of a price frame, ``PRICE_COLUMNS`` in order."""
    ordered = frame if frame.columns is _COLUMNS or tuple(frame.columns) == PRICE_COLUMNS else frame[[*PRICE_COLUMNS]]
    values: FloatArray = ordered.to_numpy(dtype=np.float64).T
    return values


def prices_sha256(frames: Mapping[str, pd.DataFrame]) -> str:
    """Hash over tickers in alphabetical order, their dates and their values; 64 hex digits.

    Two histories with the same prices have the same hash, whatever file, order or request they came from.

    Examples
    --------
    >>> prices_sha256({}) == hashlib.sha256().hexdigest()
    True
    """
    digest = hashlib.sha256()
    for ticker in sorted(frames):
        frame = frames[ticker]
        digest.update(ticker.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(frame.index.to_numpy().astype("datetime64[D]").astype("<i8").tobytes())
        values = np.ascontiguousarray(_by_column(frame), dtype="<f8") + 0.0  # one zero
        values[np.isnan(values)] = np.nan  # one NaN
        digest.update(values.tobytes())
    return digest.hexdigest()


def place_of(ticker: str) -> Sentence:
    """Where a ticker is listed, in words, by its Yahoo suffix.

    Examples
    --------
    >>> place_of("7203.T"), place_of("MP"), place_of("^GSPC")
    ('Tokyo', 'New York', 'indices')
    """
    if ticker.startswith("^"):
        return said("place.indices")
    stem, dot, suffix = ticker.rpartition(".")
    return _CITIES.get(suffix, said("place.elsewhere")) if dot and stem else EXCHANGES["XNYS"]


def source_notes(frames: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """Sentences on what the columns hold and lack: the report prints them beside the source.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Frames as in ``PriceHistory``; none may be empty.

    Returns
    -------
    tuple of str
        At most four sentences; empty when every line has adjusted closes and a day's high and low.
    """
    known: dict[str, list[bool]] = {
        ticker: np.any(~np.isnan(_by_column(frame)), axis=1).tolist() for ticker, frame in frames.items()
    }
    has = {
        column: {ticker for ticker, some in known.items() if some[PRICE_COLUMNS.index(column)]}
        for column in ("close", "adj_close", "high", "low")
    }
    close_only = sorted(has["close"] - has["adj_close"])
    adjusted_only = sorted(has["adj_close"] - has["close"])
    both = sorted(has["close"] & has["adj_close"])
    notes: list[Sentence] = []
    if close_only and not adjusted_only and not both:
        notes.append(said("note.closes_only"))
    elif close_only:
        parts = [_of_lines("note.unadjusted", close_only)]
        parts += [_of_lines("note.adjusted", adjusted_only)] if adjusted_only else []
        parts += [_of_lines("note.both", both)] if both else []
        notes.append(said("note.end", said=reduce(lambda one, more: said("note.and", said=one, more=more), parts)))
        notes.append(said("note.without_dividends"))
    elif adjusted_only and not both:
        notes.append(said("note.adjusted_only"))
    elif adjusted_only:
        notes.append(said("note.end", said=_of_lines("note.adjusted", adjusted_only)))
    no_range = sorted(ticker for ticker in frames if ticker not in has["high"] or ticker not in has["low"])
    if frames and len(no_range) == len(frames):
        neither = not has["high"] and not has["low"]
        notes.append(said("note.no_high_low" if neither else "note.no_range"))
    elif no_range:
        notes.append(said("note.end", said=_of_lines("note.no_range", no_range)))
    gaps = sorted(
        ticker for ticker in both if bool((frames[ticker]["adj_close"].isna() & frames[ticker]["close"].notna()).any())
    )
    if gaps:
        notes.append(said("note.end", said=_of_lines("note.gaps", gaps)))
    return tuple(notes)


def _of_lines(code: str, tickers: Sequence[str]) -> Sentence:
    """What is said of '75 lines (Tokyo)', or of the tickers themselves where they are few."""
    lines = said("lines.few", tickers=tuple(tickers))
    if len(tickers) > 3:
        places = {str(place): place for place in map(place_of, tickers)}
        counts = sorted(places, key=lambda place: (-sum(place_of(ticker) == place for ticker in tickers), place))
        lines = said("lines.in_places", count=len(tickers), places=tuple(places[name] for name in counts))
    return said(f"{code}.one" if len(tickers) == 1 else f"{code}.many", lines=lines)
