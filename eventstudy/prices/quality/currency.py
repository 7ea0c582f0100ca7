"""Signs of another currency: what the source states, and closes on no tick of their exchange."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from eventstudy.prices.quality.findings import Finding, at
from eventstudy.prices.quality.levels import decimals
from eventstudy.prices.quality.series import Series
from eventstudy.prices.quality.sessions import runs

LATEST: Final = 20  # last closes, which no later split has adjusted
OFF_TICK: Final = 0.5  # of them on no tick
# Decimals of the finest tick. Closes adjusted for splits stand between ticks, but not those after the last split.
_DECIMALS: Final = {"XTKS": 1, "XKRX": 0, "XSHG": 3, "XSHE": 3, "XHKG": 3}


def check_currency(series: Series, stated: str) -> Iterator[Finding]:
    """Another currency than the universe's, several, or latest closes that no share of this exchange could have."""
    units = [unit for unit in stated.split(" / ") if unit]
    security = series.security
    if len(units) > 1:
        yield Finding(series.ticker, None, "currency", f"prices are stated in {' and in '.join(units)}")
    elif units and security is not None and security.currency and units[0] != security.currency:
        detail = f"prices are in {units[0]}, the universe says {security.currency}"
        yield Finding(series.ticker, None, "currency", detail)
    finest = _DECIMALS.get(series.exchange)
    if finest is None or series.ticker.startswith("^"):
        return
    close = series.columns["close"]
    stands = close > 0
    close, days = close[stands], series.all_days[stands]
    between = decimals(close) > finest
    latest = between[-LATEST:]
    if latest.size < LATEST or float(latest.mean()) <= OFF_TICK:
        return
    # from the last stretch of closes on the tick to the end
    on_tick = [last for first, last in runs(~between) if last - first + 1 >= LATEST]
    begin = int(on_tick[-1]) + 1 if on_tick else 0
    days = days[begin + int(np.argmax(between[begin:])) :]
    detail = (
        f"closes from {days[0]} to the last stand between the exchange's ticks: in another currency, or adjusted for "
        "more than splits"
    )
    yield at(series.ticker, "currency", days, detail)
