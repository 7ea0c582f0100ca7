"""Signs of another currency: what the source states, and closes on no tick of their exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Final

import numpy as np

from eventstudy._arrays import DayArray
from eventstudy.prices.quality.findings import Finding, at
from eventstudy.prices.quality.series import Series, decimals
from eventstudy.prices.quality.sessions import runs
from eventstudy.prices.words import said

LATEST: Final = 20  # last closes, which no later split has adjusted
OFF_TICK: Final = 0.5  # of them on no tick
COMMON: Final = 0.5  # of all lines: then it is how the source adjusts, and no line's fault
LINES: Final = 4  # ... if there are so many
# Decimals of the finest tick. Closes adjusted for splits stand between ticks, but not those after the last split.
_DECIMALS: Final = {"XTKS": 1, "XKRX": 0, "XSHG": 3, "XSHE": 3, "XHKG": 3}


def check_currency(series: Series, stated: str) -> Iterator[Finding]:
    """Another currency than the universe's, or several."""
    units = [unit for unit in stated.split(" / ") if unit]
    security = series.security
    if len(units) > 1:
        listed = reduce(lambda one, other: said("check.unit_and_unit", one=one, other=other), units)
        yield Finding(series.ticker, None, "currency", said("check.currencies", units=listed))
    elif units and security is not None and security.currency and units[0] != security.currency:
        detail = said("check.currency", unit=units[0], expected=security.currency)
        yield Finding(series.ticker, None, "currency", detail)


def check_ticks(series: Iterable[Series]) -> Iterator[Finding]:
    """Latest closes that no share of their exchange could have; nothing where a source has most of its lines so."""
    lines = [each for each in series if each.exchange in _DECIMALS and not each.ticker.startswith("^")]
    odd = [(each, days) for each in lines if (days := _between_ticks(each)).size]
    if len(odd) > COMMON * len(lines) and len(lines) >= LINES:
        return
    for each, days in odd:
        yield at(each.ticker, "currency", days, said("check.ticks", first=days[0]))


def _between_ticks(series: Series) -> DayArray:
    """The days from the first of the latest closes between ticks on; none where those closes stand on ticks."""
    close = series.columns["close"]
    stands = close > 0
    close, days = close[stands], series.all_days[stands]
    between = decimals(close) > _DECIMALS[series.exchange]
    latest = between[-LATEST:]
    if latest.size < LATEST or float(latest.mean()) <= OFF_TICK:
        return days[:0]
    # from the last stretch of closes on the tick to the end
    on_tick = [last for first, last in runs(~between) if last - first + 1 >= LATEST]
    begin = int(on_tick[-1]) + 1 if on_tick else 0
    return days[begin + int(np.argmax(between[begin:])) :]
