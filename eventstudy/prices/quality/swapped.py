"""Two tickers that have changed places, from a session on or over their whole length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray
from eventstudy.prices.quality.findings import Finding, at
from eventstudy.prices.quality.levels import Jumps
from eventstudy.prices.quality.series import Series
from eventstudy.prices.words import said

SWAP_DEVIATIONS: Final = 6.0
SWAP_FIT: Final = 4.0  # usual moves between a level and the other series' level the session before
SWAP_FIT_LEAST: Final = 0.02  # log
SWAP_FIT_SHARE: Final = 0.05  # of the jump
SECTOR_GAIN: Final = 0.35  # of correlation with sector funds, both lines together
SECTOR_GAIN_EACH: Final = 0.05
SECTOR_ROWS: Final = 250


def check_swaps(jumps: Mapping[str, Jumps]) -> tuple[list[Finding], dict[str, BoolArray]]:
    """Sessions from which on two tickers stand at each other's level, and which jumps that explains."""
    taken = {ticker: np.zeros(each.at.size, dtype=np.bool_) for ticker, each in jumps.items()}
    by_day: dict[np.datetime64, list[tuple[str, int]]] = {}
    for ticker, each in jumps.items():
        for place in np.flatnonzero(each.z > SWAP_DEVIATIONS):
            by_day.setdefault(each.series.days[each.at[place] + 1], []).append((ticker, int(place)))
    findings = []
    for day in sorted(by_day):
        for (one, first), (two, second) in _mates(jumps, by_day[day]):
            taken[one][first] = taken[two][second] = True
            for ticker, other in ((one, two), (two, one)):
                detail = said("check.swapped", day=day, other=other)
                findings.append(at(ticker, "swapped", np.array([day]), detail))
    return findings, taken


def _mates(
    jumps: Mapping[str, Jumps], here: Sequence[tuple[str, int]]
) -> Iterator[tuple[tuple[str, int], tuple[str, int]]]:
    """Pairs of jumps on one day that lead to each other's level, the best fits first."""
    if len(here) < 2:
        return
    size = np.array([float(jumps[ticker].size[place]) for ticker, place in here])
    usual = np.array([float(jumps[ticker].usual[place]) for ticker, place in here])
    before = np.array([float(jumps[t].series.level[jumps[t].at[place]]) for t, place in here])
    off = np.abs((before + size)[:, None] - before[None, :])  # i now against j before
    misfit = np.maximum(off, off.T)
    smaller = np.minimum(np.abs(size)[:, None], np.abs(size)[None, :])
    bound = SWAP_FIT * np.maximum(usual[:, None], usual[None, :])
    bound = np.maximum(np.maximum(bound, SWAP_FIT_LEAST), SWAP_FIT_SHARE * smaller)
    # a fit is worth nothing where the two levels are as near each other as their own moves
    fits = (misfit < bound) & (smaller > 2 * bound)
    np.fill_diagonal(fits, False)
    used: set[int] = set()
    order = np.argsort(np.where(fits, misfit, np.inf), axis=None)
    for flat in order[: int(fits.sum())]:
        one, two = divmod(int(flat), len(here))
        if one not in used and two not in used:
            used |= {one, two}
            yield here[min(one, two)], here[max(one, two)]


def check_sectors(series: Mapping[str, Series]) -> Iterator[Finding]:
    """Pairs of lines that each move with the other's sector fund and not with their own.

    Series that changed places over their whole length have no jump; what they move with still tells.
    """
    lines = [
        each
        for each in series.values()
        if each.security is not None and each.security.sector_benchmark in series and each.moves.size >= SECTOR_ROWS
    ]
    lines = [each for each in lines if each.ticker != _fund(each)]
    funds = list(dict.fromkeys(_fund(each) for each in lines))
    if len(funds) < 2:
        return
    days = np.unique(np.concatenate([each.days[1:] for each in lines]))
    with_fund = _correlation(
        np.stack([_on(days, each) for each in lines]), np.stack([_on(days, series[name]) for name in funds])
    )
    place = np.array([funds.index(_fund(each)) for each in lines])
    own = with_fund[np.arange(len(lines)), place]
    gain = with_fund[:, place] - own[:, None]  # of line i with the fund of line j
    both = np.triu((gain + gain.T > SECTOR_GAIN) & (np.minimum(gain, gain.T) > SECTOR_GAIN_EACH))
    for one, two in zip(*np.nonzero(both), strict=True):
        for this, that in ((one, two), (two, one)):
            line, other = lines[this], lines[that]
            detail = said(
                "check.swapped_sectors",
                its_fund=_fund(other),
                with_its=float(with_fund[this, place[that]]),
                other=other.ticker,
                own_fund=_fund(line),
                with_own=float(own[this]),
            )
            yield Finding(line.ticker, None, "swapped", detail)


def _fund(series: Series) -> str:
    return series.security.sector_benchmark if series.security is not None else ""


def _on(days: DayArray, series: Series) -> FloatArray:
    """A series' moves after the market on ``days``, large ones cut; NaN where it has none."""
    moves = series.moves
    bound = 4 * 1.4826 * float(np.median(np.abs(moves)))
    found = np.full(days.size, np.nan)
    place = np.searchsorted(days, series.days[1:])
    known = (place < days.size) & (days[np.minimum(place, days.size - 1)] == series.days[1:])
    found[place[known]] = np.clip(moves, -bound, bound)[known]
    return found


def _correlation(rows: FloatArray, others: FloatArray) -> FloatArray:
    """(N, K) correlation of each of ``rows`` with each of ``others`` where both are known."""
    x, y = rows - np.nanmean(rows, axis=1, keepdims=True), others - np.nanmean(others, axis=1, keepdims=True)
    has_x, has_y = np.isfinite(x).astype(np.float64), np.isfinite(y).astype(np.float64)
    x, y = np.nan_to_num(x), np.nan_to_num(y)
    scale = np.sqrt((x**2 @ has_y.T) * (has_x @ (y**2).T))
    found: FloatArray = np.divide(x @ y.T, scale, out=np.zeros(scale.shape), where=scale > 0)
    return found
