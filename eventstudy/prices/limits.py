"""Closes at the exchange's daily price limit: such a return is cut off, and the report says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray
from eventstudy.calendars import calendar
from eventstudy.catalogue import Universe
from eventstudy.prices.source import PriceHistory
from eventstudy.prices.words import said
from eventstudy.sentences import Sentence

# Tokyo: a base price below the first number moves by at most the second, in yen; the last band has no upper end.
# https://www.jpx.co.jp/english/equities/trading/domestic/06.html
_TOKYO_BELOW: Final = np.array([100, 200, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000], dtype=np.float64)
_TOKYO_BAND: Final = np.array([30, 50, 80, 100, 150, 300, 400, 500, 700, 1000], dtype=np.float64)
_TOKYO_CYCLE_BELOW: Final = np.array([10, 15, 20, 30, 50, 70], dtype=np.float64)
_TOKYO_CYCLE_BAND: Final = np.array([1.5, 3, 4, 5, 7, 10], dtype=np.float64)
_POWERS: Final = (1e3, 1e4, 1e5, 1e6)
TOKYO_BELOW: Final = np.concatenate([_TOKYO_BELOW, *(_TOKYO_CYCLE_BELOW * power for power in _POWERS)])[:-1]
TOKYO_BAND: Final = np.concatenate([_TOKYO_BAND, *(_TOKYO_CYCLE_BAND * power for power in _POWERS)])
TOKYO_TOLERANCE: Final = 0.05  # yen
# Tick by price, up to and including the first number: the wider of the two tables. A limit between ticks is rounded up.
_TOKYO_TICK_UP_TO: Final = np.array([3e3, 5e3, 3e4, 5e4, 3e5, 5e5, 3e6, 5e6, 3e7, 5e7])
_TOKYO_TICK: Final = np.array([1, 5, 10, 50, 100, 500, 1e3, 5e3, 1e4, 5e4, 1e5])

CHINEXT_WIDENED: Final = np.datetime64("2020-08-24", "D")
SEOUL_WIDENED: Final = np.datetime64("2015-06-15", "D")
# Seoul's tick by price: before and since 2023-01-25. A limit is an amount cut to whole ticks.
_SEOUL_TICKS: Final = (
    ((1000, 5000, 10_000, 50_000, 100_000, 500_000), (1, 5, 10, 50, 100, 500, 1000)),
    ((2000, 5000, 20_000, 50_000, 200_000, 500_000), (1, 5, 10, 50, 100, 500, 1000)),
)


TOKYO_SCALES: Final = range(2, 21)  # splits by which a source may have adjusted its closes
WHOLE_ROWS: Final = 20  # closes of whole yen before a move, which show that they are not adjusted for a split
LISTING_ROWS: Final = 10  # first sessions of a line, which may have no limit
SHARE_MARGIN: Final = 0.02  # dividends and rounding, where the limit is a share of the base price


@dataclass(frozen=True)
class LimitClose:
    """A close at the daily limit, or further from the close before than the limit lets it be.

    Attributes
    ----------
    session : date
        The session.
    side : int
        +1 above the close before, -1 below.
    reached : bool
        Whether the close equals the limit; False where it lies beyond any.
    base, close : float
        The close before and the close, on the source's scale.
    band : float
        How far the close may lie from the base, on the exchange's scale; NaN where the limit is a share of the base.
    beyond : float
        By how much the move exceeds the band, on the exchange's scale: a limit between two ticks is rounded up.
    scale : int
        The exchange's price over the source's, which is adjusted for later splits; 1 where it is not.
    """

    session: date
    side: int
    reached: bool
    base: float
    close: float
    band: float
    beyond: float
    scale: int = 1

    def words(self) -> Sentence:
        """What happened, without a full stop.

        Examples
        --------
        >>> LimitClose(date(2026, 1, 7), 1, True, 3585.0, 4285.0, 700.0, 0.0).words()
        'closed at its upper limit: 3585 to 4285, +700 where the band is 700'
        >>> LimitClose(date(2026, 1, 23), 1, True, 4775.0, 5480.0, 700.0, 5.0).words()
        'closed at its upper limit: 4775 to 5480, +705 where the band is 700, 5 beyond it: rounded up to the tick'
        """
        move = self.scale * (self.close - self.base)
        ends = {"base": self.base, "close": self.close}
        if self.scale > 1:
            moved = said("check.limit_scaled", **ends)
        elif np.isnan(self.band):
            moved = said("check.limit_share", **ends, change=self.close / self.base - 1)
        else:
            moved = said("check.limit_band", **ends, move=move, band=self.band)
        side = "upper" if self.side > 0 else "lower"
        if not self.reached:
            return said(f"check.beyond_{side}_limit", moved=moved)
        if self.beyond > 0 and self.scale == 1:
            moved = said("check.limit_rounded", moved=moved, beyond=self.beyond)
        return said(f"check.{side}_limit", moved=moved)


def limit_closes(history: PriceHistory, universe: Universe) -> dict[str, dict[date, int]]:
    """Sessions on which a security closed at its daily limit: +1 at the upper, -1 at the lower.

    The limit is computed from the close of the session before, and counts only where the close equals it: within
    0.05 yen in Tokyo (an upper limit between two ticks is rounded up), to the tick on the mainland and in Seoul.
    It is judged on ``close``, never on adjusted closes. A source's closes are often adjusted for later splits; before
    such a split they do not stand on the exchange's levels. In Tokyo a move that its band would not allow is then
    judged on the level before a split of 2 to 20 for 1; other limits reached then are mostly not found. Limits
    that the exchange had widened for a day, and mainland shares under special treatment, are not known here.

    Parameters
    ----------
    history : PriceHistory
        Daily prices.
    universe : Universe
        Says on which exchange each ticker trades; benchmarks and other exchanges have no limits.

    Returns
    -------
    dict of str to dict of date to int
        Only tickers with a limit close.
    """
    found = {}
    for security in universe:
        if security.role == "benchmark" or security.ticker not in history.frames:
            continue
        frame = history.frames[security.ticker]
        days = frame.index.to_numpy().astype("datetime64[D]")
        moves = limit_moves(security.ticker, security.exchange, days, frame["close"].to_numpy(dtype=np.float64))
        at_limit = {move.session: move.side for move in moves if move.reached}
        if at_limit:
            found[security.ticker] = at_limit
    return found


def limit_moves(ticker: str, exchange: str, days: DayArray, close: FloatArray) -> tuple[LimitClose, ...]:
    """Closes of one line at its daily limit or beyond it, in order.

    Parameters
    ----------
    ticker, exchange : str
        The line, and the MIC of its exchange; an exchange without limits has none.
    days : (R,) datetime64[D]
        Dates.
    close : (R,) float
        Closes; NaN, zero or less on days without trading.
    """
    rule = _RULES.get(exchange)
    if rule is None:
        return ()
    traded = np.isfinite(close) & (close > 0)
    close, days = close[traded], days[traded]
    if close.size < 2:
        return ()
    place = np.searchsorted(calendar(exchange).sessions, days)
    # after a halt of several sessions the base is not the last close
    follows = np.diff(place) == 1
    return tuple(
        move
        for move in rule(ticker, days[1:], close)
        if follows[int(np.searchsorted(days, np.datetime64(move.session, "D"))) - 1]
    )


def tokyo_band(base: FloatArray) -> FloatArray:
    """The yen by which a price may move from its base price in one session.

    Examples
    --------
    >>> tokyo_band(np.array([99.0, 100.0, 1499.0, 3600.0, 5000.0, 9_990.0, 12_000.0, 6e7])).tolist()
    [30.0, 50.0, 300.0, 700.0, 1000.0, 1500.0, 3000.0, 10000000.0]
    """
    return TOKYO_BAND[np.searchsorted(TOKYO_BELOW, base, side="right")]


def _tokyo(ticker: str, days: DayArray, closes: FloatArray) -> Iterator[LimitClose]:
    base, close = closes[:-1], closes[1:]
    band, up, down = _tokyo_limits(base, close, TOKYO_TOLERANCE)
    tick = _TOKYO_TICK[np.searchsorted(_TOKYO_TICK_UP_TO, np.maximum(base, close), side="left")]
    past = np.abs(close - base) > band + tick
    for row in np.flatnonzero(up | down | past):
        day, side = days[row].item(), 1 if close[row] > base[row] else -1
        one, other = float(base[row]), float(close[row])
        if up[row] or down[row]:
            beyond = abs(other - one) - float(band[row])
            yield LimitClose(day, side, True, one, other, float(band[row]), beyond if beyond > TOKYO_TOLERANCE else 0.0)
            continue
        # decimals of half a unit, at both ends, grow with the scale
        scales = [scale for scale in TOKYO_SCALES if _reached(scale * one, scale * other, 0.05 + 0.01 * scale)]
        if scales:
            wide = float(tokyo_band(np.array([scales[0] * one]))[0])
            beyond = scales[0] * abs(other - one) - wide
            yield LimitClose(day, side, True, one, other, wide, beyond if beyond > 0.5 else 0.0, scales[0])
            continue
        before = closes[max(row + 1 - WHOLE_ROWS, 0) : row + 1]
        unadjusted = before.size == WHOLE_ROWS and bool((before == np.rint(before)).all())
        allowed = (tokyo_band(scale * base[row : row + 1])[0] / scale for scale in TOKYO_SCALES)
        on_scale = bool((np.abs(before * 100 - np.rint(before * 100)) < 0.01).all())
        if row >= LISTING_ROWS and on_scale and (unadjusted or abs(other - one) > max(allowed) + float(tick[row])):
            yield LimitClose(day, side, False, one, other, float(band[row]), abs(other - one) - float(band[row]))


def _tokyo_limits(base: FloatArray, close: FloatArray, tolerance: float) -> tuple[FloatArray, BoolArray, BoolArray]:
    """The band of each base price, and whether each close stands at the upper and at the lower limit."""
    band = tokyo_band(base)
    upper, lower = base + band, base - band
    tick = _TOKYO_TICK[np.searchsorted(_TOKYO_TICK_UP_TO, upper, side="left")]
    # the finest shares stand on a tenth of a yen; the others' limit is rounded up to their own tick
    up = np.abs(close - upper) < tolerance
    for size in (np.ones_like(tick), tick):
        up |= np.abs(close - np.ceil(upper / size - 1e-6) * size) < tolerance
    return band, up, np.abs(close - lower) < tolerance


def _reached(base: float, close: float, tolerance: float) -> bool:
    _, up, down = _tokyo_limits(np.array([base]), np.array([close]), tolerance)
    return bool(up[0] or down[0])


def _mainland(ticker: str, days: DayArray, closes: FloatArray) -> Iterator[LimitClose]:
    base, close = closes[:-1], closes[1:]
    code, _, suffix = ticker.partition(".")
    if not (code.startswith("6") if suffix == "SS" else code[:1] in ("0", "3") and not code.startswith("399")):
        return  # indices and funds
    share = np.full(days.size, 0.10)
    if code.startswith(("688", "689")):
        share[:] = 0.20
    elif suffix == "SZ" and code.startswith(("300", "301")):
        share[days >= CHINEXT_WIDENED] = 0.20
    fen_base, fen_close = np.rint(base * 100), np.rint(close * 100)
    on_tick = (np.abs(base * 100 - fen_base) < 0.01) & (np.abs(close * 100 - fen_close) < 0.01)
    upper = np.floor(fen_base * (1 + share) + 0.5 + 1e-9)
    lower = np.floor(fen_base * (1 - share) + 0.5 + 1e-9)
    up, down = on_tick & (fen_close == upper), on_tick & (fen_close == lower)
    yield from _by_share(days, base, close, up, down, np.where(on_tick, share, np.inf))


def _seoul(ticker: str, days: DayArray, closes: FloatArray) -> Iterator[LimitClose]:
    base, close = closes[:-1], closes[1:]
    share = np.where(days >= SEOUL_WIDENED, 0.30, 0.15)
    whole = (np.abs(base - np.rint(base)) < 0.01) & (np.abs(close - np.rint(close)) < 0.01)
    won_base, won_close = np.rint(base), np.rint(close)
    up, down = np.zeros(days.size, dtype=np.bool_), np.zeros(days.size, dtype=np.bool_)
    for below, ticks in _SEOUL_TICKS:
        sizes = np.array(ticks, dtype=np.float64)
        own = sizes[np.searchsorted(below, won_base, side="right")]
        amount = np.floor(won_base * share / own + 1e-9) * own
        high, low = won_base + amount, won_base - amount
        high_tick = sizes[np.searchsorted(below, high, side="right")]
        low_tick = sizes[np.searchsorted(below, low, side="right")]
        up |= won_close == np.floor(high / high_tick + 1e-9) * high_tick
        down |= won_close == np.ceil(low / low_tick - 1e-9) * low_tick
    yield from _by_share(days, base, close, up & whole, down & whole, np.where(whole, share, np.inf))


def _by_share(
    days: DayArray, base: FloatArray, close: FloatArray, up: BoolArray, down: BoolArray, share: FloatArray
) -> Iterator[LimitClose]:
    """Closes at a limit that is a share of the base, and those well beyond it; infinite where nothing can be said."""
    past = np.abs(close / base - 1) > share + SHARE_MARGIN
    past[:LISTING_ROWS] = False
    for row in np.flatnonzero(up | down | past):
        reached = bool(up[row] or down[row])
        side = 1 if close[row] > base[row] else -1
        yield LimitClose(days[row].item(), side, reached, float(base[row]), float(close[row]), float("nan"), 0.0)


_Rule = Callable[[str, DayArray, FloatArray], Iterator[LimitClose]]
_RULES: Final[dict[str, _Rule]] = {"XTKS": _tokyo, "XSHG": _mainland, "XSHE": _mainland, "XKRX": _seoul}
