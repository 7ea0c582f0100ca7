"""Two tickers with one series: the same prices, or the same returns on another level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray
from eventstudy.prices.quality.findings import Finding, at
from eventstudy.prices.quality.series import Series
from eventstudy.prices.words import said

BLOCK: Final = 60  # sessions compared at once
LEAST: Final = 30  # ... of which both must have moved so often
COSINE: Final = 0.97  # of two blocks of returns, below which they are not looked at row by row
SAME_SHARE: Final = 0.95  # of a block's returns that must be equal but for rounding
COARSE: Final = 0.25  # share of a usual move beyond which rounding makes different series look equal


def check_identical(series: Mapping[str, Series], currencies: Mapping[str, str]) -> Iterator[Finding]:
    """Stretches of at least thirty returns that two tickers have in common."""
    lines = [each for each in series.values() if each.moves.size >= LEAST]
    if len(lines) < 2:
        return
    days = np.unique(np.concatenate([each.days for each in lines]))
    levels = np.full((len(lines), days.size), np.nan)
    for row, each in enumerate(lines):
        levels[row, np.searchsorted(days, each.days)] = each.level
    returns = np.diff(levels, axis=1)
    found: dict[tuple[int, int], list[int]] = {}
    for begin in range(0, returns.shape[1], BLOCK):
        for pair in _alike(returns[:, begin : begin + BLOCK]):
            found.setdefault(pair, []).append(begin)
    steps = {row: _rounding(lines[row], days) for row in {row for pair in found for row in pair}}
    for (one, two), begins in found.items():
        both = returns[[one, two]]
        known: BoolArray = np.isfinite(both[0]) & np.isfinite(both[1])
        allowed = steps[one] + steps[two]
        same = known & (np.abs(both[0] - both[1]) <= allowed[1:] + allowed[:-1])
        for first, last in _spans(both, known, same, allowed, begins):
            span = days[first : last + 1]
            ratio = float(np.exp(np.nanmedian(levels[one, first : last + 1] - levels[two, first : last + 1])))
            yield from _told(lines[one], lines[two], span, ratio, currencies)
            yield from _told(lines[two], lines[one], span, 1 / ratio, currencies)


def _alike(returns: FloatArray) -> list[tuple[int, int]]:
    """Pairs of rows that point the same way within a block, and each moved often enough in it."""
    values = np.nan_to_num(returns)
    enough = np.flatnonzero((values != 0).sum(axis=1) >= min(LEAST, returns.shape[1] // 2))
    values = values[enough]
    values /= np.sqrt((values**2).sum(axis=1, keepdims=True))
    close = np.argwhere(np.triu(values @ values.T > COSINE, 1))
    return [(int(enough[one]), int(enough[two])) for one, two in close]


def _rounding(series: Series, days: DayArray) -> FloatArray:
    """Half a unit of the last decimal of each price, over the price; NaN on days without one."""
    found = np.full(days.size, np.nan)
    half = 0.51 * 10.0 ** -float(np.percentile(series.decimals, 95))
    found[np.searchsorted(days, series.days)] = half / series.price + 1e-9
    return found


def _spans(
    both: FloatArray, known: BoolArray, same: BoolArray, allowed: FloatArray, begins: list[int]
) -> Iterator[tuple[int, int]]:
    """First and last day of each stretch on which two rows have the same returns."""
    end = -1
    for begin in begins:
        block = slice(begin, begin + BLOCK)
        inside = known[block]
        usual = float(np.median(np.abs(both[0][block][inside]))) if inside.any() else 0.0
        coarse = float(np.median(allowed[1:][block][inside])) if inside.any() else 0.0
        if (
            begin <= end
            or inside.sum() < LEAST
            or float(same[block][inside].mean()) < SAME_SHARE
            or coarse > COARSE * usual
        ):
            continue
        first, last = begin, min(begin + BLOCK, known.size) - 1
        while first > 0 and (same[first - 1] or not known[first - 1]):
            first -= 1
        while last + 1 < known.size and (same[last + 1] or not known[last + 1]):
            last += 1
        while not same[first]:
            first += 1
        while not same[last]:
            last -= 1
        end = last
        yield first, last + 1


def _told(
    line: Series, other: Series, span: DayArray, ratio: float, currencies: Mapping[str, str]
) -> Iterator[Finding]:
    same_level = abs(ratio - 1) < 1e-3
    what = said("check.same_prices") if same_level else said("check.same_returns", ratio=ratio)
    own = span[np.isin(span, line.days)]
    detail = said("check.identical", what=what, other=other.ticker, days=own.size, first=own[0], last=own[-1])
    yield at(line.ticker, "identical", own, detail)
    mine, its = currencies.get(line.ticker, ""), currencies.get(other.ticker, "")
    if same_level and mine and its and mine != its:
        detail = said("check.other_currency", unit=mine, other=other.ticker, other_unit=its)
        yield at(line.ticker, "currency", own, detail)
