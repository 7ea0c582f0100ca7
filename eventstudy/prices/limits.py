"""Closes at the exchange's daily price limit: such a return is cut off, and the report says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray
from eventstudy.calendars import calendar
from eventstudy.catalogue import Security, Universe
from eventstudy.prices.source import PriceHistory

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


def limit_closes(history: PriceHistory, universe: Universe) -> dict[str, dict[date, int]]:
    """Sessions on which a security closed at its daily limit: +1 at the upper, -1 at the lower.

    The limit is computed from the close of the session before, and counts only where the close equals it: within
    0.05 yen in Tokyo (an upper limit between two ticks is rounded up), to the tick on the mainland and in Seoul.
    It is judged on ``close``, never on adjusted closes. A source's closes are often adjusted for later splits; before
    such a split they do not stand on the exchange's levels, so that limits reached then are mostly not found. Limits
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
        rule = _RULES.get(security.exchange)
        if rule is None or security.role == "benchmark" or security.ticker not in history.frames:
            continue
        frame = history.frames[security.ticker]
        close = frame["close"].to_numpy(dtype=np.float64)
        days = frame.index.to_numpy().astype("datetime64[D]")
        traded = np.isfinite(close) & (close > 0)
        close, days = close[traded], days[traded]
        if close.size < 2:
            continue
        up, down = rule(security, days[1:], close[:-1], close[1:])
        place = np.searchsorted(calendar(security.exchange).sessions, days)
        side = np.where(up, 1, np.where(down, -1, 0)) * (np.diff(place) == 1)
        at_limit = {days[row + 1].item(): int(side[row]) for row in np.flatnonzero(side)}
        if at_limit:
            found[security.ticker] = at_limit
    return found


def tokyo_band(base: FloatArray) -> FloatArray:
    """The yen by which a price may move from its base price in one session.

    Examples
    --------
    >>> tokyo_band(np.array([99.0, 100.0, 1499.0, 3600.0, 5000.0, 9_990.0, 12_000.0, 6e7])).tolist()
    [30.0, 50.0, 300.0, 700.0, 1000.0, 1500.0, 3000.0, 10000000.0]
    """
    return TOKYO_BAND[np.searchsorted(TOKYO_BELOW, base, side="right")]


def _tokyo(security: Security, days: DayArray, base: FloatArray, close: FloatArray) -> tuple[BoolArray, BoolArray]:
    band = tokyo_band(base)
    upper, lower = base + band, base - band
    tick = _TOKYO_TICK[np.searchsorted(_TOKYO_TICK_UP_TO, upper, side="left")]
    # the finest shares stand on a tenth of a yen; the others' limit is rounded up to their own tick
    up = np.abs(close - upper) < TOKYO_TOLERANCE
    for size in (np.ones_like(tick), tick):
        up |= np.abs(close - np.ceil(upper / size - 1e-6) * size) < TOKYO_TOLERANCE
    return up, np.abs(close - lower) < TOKYO_TOLERANCE


def _mainland(security: Security, days: DayArray, base: FloatArray, close: FloatArray) -> tuple[BoolArray, BoolArray]:
    code, _, suffix = security.ticker.partition(".")
    nothing = np.zeros(days.size, dtype=np.bool_)
    if not (code.startswith("6") if suffix == "SS" else code[:1] in ("0", "3") and not code.startswith("399")):
        return nothing, nothing  # indices and funds
    share = np.full(days.size, 0.10)
    if code.startswith(("688", "689")):
        share[:] = 0.20
    elif suffix == "SZ" and code.startswith(("300", "301")):
        share[days >= CHINEXT_WIDENED] = 0.20
    fen_base, fen_close = np.rint(base * 100), np.rint(close * 100)
    on_tick = (np.abs(base * 100 - fen_base) < 0.01) & (np.abs(close * 100 - fen_close) < 0.01)
    upper = np.floor(fen_base * (1 + share) + 0.5 + 1e-9)
    lower = np.floor(fen_base * (1 - share) + 0.5 + 1e-9)
    return on_tick & (fen_close == upper), on_tick & (fen_close == lower)


def _seoul(security: Security, days: DayArray, base: FloatArray, close: FloatArray) -> tuple[BoolArray, BoolArray]:
    share = np.where(days >= SEOUL_WIDENED, 0.30, 0.15)
    whole = (np.abs(base - np.rint(base)) < 0.01) & (np.abs(close - np.rint(close)) < 0.01)
    base, close = np.rint(base), np.rint(close)
    up, down = np.zeros(days.size, dtype=np.bool_), np.zeros(days.size, dtype=np.bool_)
    for below, ticks in _SEOUL_TICKS:
        sizes = np.array(ticks, dtype=np.float64)
        own = sizes[np.searchsorted(below, base, side="right")]
        amount = np.floor(base * share / own + 1e-9) * own
        high, low = base + amount, base - amount
        high_tick = sizes[np.searchsorted(below, high, side="right")]
        low_tick = sizes[np.searchsorted(below, low, side="right")]
        up |= close == np.floor(high / high_tick + 1e-9) * high_tick
        down |= close == np.ceil(low / low_tick - 1e-9) * low_tick
    return up & whole, down & whole


_Rule = Callable[[Security, DayArray, FloatArray, FloatArray], tuple[BoolArray, BoolArray]]
_RULES: Final[dict[str, _Rule]] = {"XTKS": _tokyo, "XSHG": _mainland, "XSHE": _mainland, "XKRX": _seoul}
