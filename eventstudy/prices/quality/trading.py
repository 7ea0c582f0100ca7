"""Prices of days without trading: zeros, prices without volume, closes that do not change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from eventstudy.prices.quality.findings import Finding, at, said_of
from eventstudy.prices.quality.series import Series
from eventstudy.prices.quality.sessions import runs
from eventstudy.prices.words import said

STALE_CLOSES: Final = 5
STALE_ROWS: Final = 130  # rows on each side that say how often closes stand still anyway
STALE_CHANCE: Final = 0.005  # runs so long that so many would be expected in those rows


def check_trading(series: Series) -> Iterator[Finding]:
    """Prices of zero or below, prices on days without volume, and runs of unchanged closes."""
    yield from _zeros(series)
    yield from _without_volume(series)
    yield from _stale(series)


def _zeros(series: Series) -> Iterator[Finding]:
    zero = np.zeros(series.all_days.size, dtype=np.bool_)
    for column in ("close", "adj_close"):
        zero |= series.columns[column] <= 0
    for low, high in runs(zero):
        days = series.all_days[low : high + 1]
        yield at(series.ticker, "zero_price", days, said_of(days, "check.zero_price"))


def _without_volume(series: Series) -> Iterator[Finding]:
    idle = series.traded & (series.columns["volume"] == 0)
    if not bool((series.columns["volume"] > 0).any()):
        return  # indices and funds come with volumes of zero throughout
    for low, high in runs(idle):
        days = series.all_days[low : high + 1]
        yield at(series.ticker, "zero_volume", days, said_of(days, "check.zero_volume"))


def _stale(series: Series) -> Iterator[Finding]:
    """Five or more identical prices in a row, and more than coarse ticks make of themselves."""
    price, days = series.price, series.days
    still = np.diff(price) == 0
    for low, high in runs(still):
        count = int(high - low) + 2
        if count < STALE_CLOSES:
            continue
        around = np.concatenate([still[max(low - STALE_ROWS, 0) : low], still[high + 1 : high + 1 + STALE_ROWS]])
        share = float(around.mean()) if around.size else 0.0
        if around.size * share ** (count - 1) >= STALE_CHANCE:
            continue
        run = days[low : high + 2]
        column, value = said(f"column.{series.column}"), float(price[low])
        detail = said("check.stale_run", count=count, column=column, value=value, first=run[0], last=run[-1])
        yield at(series.ticker, "stale_run", run, detail)
