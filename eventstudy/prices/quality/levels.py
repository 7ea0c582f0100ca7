"""Moves that no market made: missed splits, stretches in another unit, joined sources, bad ticks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.prices.quality.findings import Finding, at
from eventstudy.prices.quality.series import Series
from eventstudy.prices.words import said
from eventstudy.sentences import Sentence

SMALLEST: Final = 0.03  # no move below this is looked at
LARGE: Final = 3.0  # ... nor one below so many usual moves

RATIOS: Final = np.array([1.5, *range(2, 21), 25, 30, 40, 50, 100, 200, 500, 1000], dtype=np.float64)
SPLIT_DEVIATIONS: Final = 6.0
CALM: Final = 2.5  # usual moves: what follows a fault is no larger, what follows news often is
FRACTION_CALM: Final = 1.5  # asked of a ratio of 3 to 2, which news makes more often than 2 to 1
FRACTION_DEVIATIONS: Final = 8.0

STRETCH: Final = 0.6  # log, of a stretch at another level
STRETCH_ROWS: Final = 260

SPIKE: Final = 0.15
SPIKE_DEVIATIONS: Final = 10.0
JUMP: Final = 0.40
JUMP_DEVIATIONS: Final = 8.0
JUMP_CALM: Final = 2.0

UNIT_RATIO: Final = 60.0  # beyond any split: another unit or currency

# A move that news made comes with volume, that day and the next, goes on within the session, and unsettles the days
# after; one that a join made does none of it. The size in usual moves is divided by what volume, session and aftermath
# account for; the exponents are those of a logistic fit on the moves of real series against moves made by joining.
SHIFT_LEAST: Final = 0.04  # log: no join below this is looked for
SHIFT_WITH_VOLUME: Final = 3.6
SHIFT_ALONE: Final = 15.0  # where no volume is given
SHIFT_WITH_GRAIN: Final = 4.0  # usual moves, where the decimals of the price change as well
OF_VOLUME: Final = 0.8
OF_NEXT_VOLUME: Final = 0.4
OF_SESSION: Final = 0.4
OF_AFTERMATH: Final = 0.5

VOLUME_STEADY: Final = 0.6  # median change of log volume beyond which volume says nothing

COLUMN_SHARE: Final = 0.25
COLUMN_ROWS: Final = 5  # opens on each side that must agree
GRAIN_ROWS: Final = 20
GRAIN_SHARE: Final = 0.6
# Prices cross from one tick, or from one number of significant digits, to another at these.
_STEPS: Final = np.array([0.1, 0.2, 0.5, 1, 2, 10, 100, 200, 1000, 3000, 5000, 10_000, 30_000, 50_000])


@dataclass(frozen=True, eq=False)
class Jumps:
    """The large moves of one series.

    Attributes
    ----------
    series : Series
        Whose.
    at : (J,) int
        Position of each in ``series.moves``; the row after it is the first at the new level.
    size : (J,) float
        Log move after the market, signed.
    usual : (J,) float
        How large moves usually are around it.
    after : (J,) float
        Mean size of the next three moves, in usual moves; NaN at the end of the series.
    """

    series: Series
    at: IntArray
    size: FloatArray
    usual: FloatArray
    after: FloatArray

    @property
    def z(self) -> FloatArray:
        """(J,) size in usual moves."""
        return np.abs(self.size) / self.usual


def find_jumps(series: Series) -> Jumps:
    """The moves of at least 3% and four usual ones."""
    moves = series.moves
    size = np.abs(moves)
    rough = 1.4826 * float(np.median(size)) if size.size else 0.0
    chosen = np.flatnonzero(size > max(SMALLEST, 2 * rough))
    usual = series.usual(chosen)
    large = size[chosen] > LARGE * usual
    chosen, usual = chosen[large], usual[large]
    padded = np.concatenate([size, np.full(3, np.nan)])
    following = np.stack([padded[chosen + step] for step in (1, 2, 3)]) if chosen.size else np.empty((3, 0))
    known = np.isfinite(following)
    total = np.where(known, following, 0.0).sum(axis=0)
    after = np.divide(total, known.sum(axis=0), out=np.full(chosen.size, np.nan), where=known.any(axis=0)) / usual
    return Jumps(series, chosen, moves[chosen], usual, after)


def explain(jumps: Jumps, left: BoolArray) -> Iterator[Finding]:
    """What is wrong at the jumps that are ``left`` by other findings; nothing where news may have made them.

    Jumps that a finding tells of are taken from ``left``.
    """
    yield from _stretches(jumps, left)
    yield from _splits(jumps, left)
    yield from _spikes(jumps, left)
    yield from _shifts(jumps, left)


def _nearest_ratio(size: float) -> tuple[float, float]:
    """The ratio nearest to a log move, and how far away it is."""
    distance = np.abs(np.log(RATIOS) - abs(size))
    nearest = int(distance.argmin())
    return float(RATIOS[nearest]), float(distance[nearest])


def _calm(after: float, bound: float = CALM) -> bool:
    return not after >= bound  # NaN: the series ends here


def _moved(series: Series, row: int) -> Sentence:
    before, now = float(series.price[row]), float(series.price[row + 1])
    return said("check.moved", column=_column(series), before=before, now=now, day=series.days[row + 1])


def _moved_after_market(series: Series, row: int, size: float) -> Sentence:
    return said("check.moved_after_market", moved=_moved(series, row), change=float(np.expm1(size)))


def _column(series: Series) -> Sentence:
    return said(f"column.{series.column}")


def _stretches(jumps: Jumps, left: BoolArray) -> Iterator[Finding]:
    """Rows between two opposite jumps by the same factor."""
    series = jumps.series
    able = np.flatnonzero(left & (np.abs(jumps.size) > STRETCH) & (jumps.z > JUMP_DEVIATIONS))
    for place, first in enumerate(able):
        if not left[first]:
            continue
        for last in able[place + 1 :]:
            rows = int(jumps.at[last] - jumps.at[first])
            if rows > STRETCH_ROWS:
                break
            usual = float(max(jumps.usual[first], jumps.usual[last]))
            if not left[last] or abs(float(jumps.size[first] + jumps.size[last])) > np.clip(6 * usual, 0.08, 0.25):
                continue
            if not _calm(float(jumps.after[last])) or (rows > 3 and not _calm(float(jumps.after[first]))):
                continue
            left[first] = left[last] = False
            days = series.days[jumps.at[first] + 1 : jumps.at[last] + 1]
            times = times_words(float(jumps.size[first] - jumps.size[last]) / 2, usual)
            value, column = float(series.price[jumps.at[first] + 1]), _column(series)
            detail = said("check.stretch", column=column, value=value, day=days[0], times=times)
            if days.size > 1:
                ends = {"first": days[0], "last": days[-1]}
                detail = said("check.stretch.many", count=days.size, column=column, times=times, **ends)
            yield at(series.ticker, "stretch", days, detail)
            break


def _splits(jumps: Jumps, left: BoolArray) -> Iterator[Finding]:
    series, z = jumps.series, jumps.z
    for place in np.flatnonzero(left & (z > SPLIT_DEVIATIONS)):
        size, usual, after = (float(each[place]) for each in (jumps.size, jumps.usual, jumps.after))
        row = int(jumps.at[place])
        day = series.days[row + 1 : row + 2]
        opens = open_says(series, row)
        if opens == "within":
            continue
        ratio, distance = _nearest_ratio(size)
        if abs(size) > np.log(UNIT_RATIO):
            if _calm(after):
                left[place] = False
                detail = said("check.units", moved=_moved(series, row), times=times_words(size, usual))
                yield at(series.ticker, "currency", day, detail)
            continue
        whole = ratio >= 2
        tolerance = np.clip(3 * usual, 0.03, 0.12) if whole else np.clip(1.5 * usual, 0.02, 0.06)
        if distance > tolerance or not (whole or z[place] > FRACTION_DEVIATIONS):
            continue
        if not _calm(after, CALM if whole else FRACTION_CALM) and opens != "on":
            continue
        left[place] = False
        large, small = (f"{ratio:g}", "1") if whole else ("3", "2")
        new, old = (large, small) if size < 0 else (small, large)
        code = "check.split_opens" if opens == "on" else "check.split"
        detail = said(code, moved=_moved(series, row), new=new, old=old)
        yield at(series.ticker, "suspected_split", day, detail)


def times_words(size: float, usual: float) -> Sentence:
    """A log move in words: '100 times higher', '2.5 times lower'; powers of ten are what it mostly is."""
    powers = np.log(10.0) * np.arange(1, 4)
    nearest = int(np.abs(powers - abs(size)).argmin())
    if abs(float(powers[nearest]) - abs(size)) < max(2 * usual, 0.03):
        times = f"{10 ** (nearest + 1)}"
    else:
        ratio, distance = _nearest_ratio(size)
        times = f"{ratio:g}" if distance < 0.03 else f"{np.exp(abs(size)):.3g}"
    return said("check.higher" if size > 0 else "check.lower", times=times)


def _spikes(jumps: Jumps, left: BoolArray) -> Iterator[Finding]:
    series, z = jumps.series, jumps.z
    for place in np.flatnonzero(left[:-1] & left[1:] & (np.diff(jumps.at) == 1)) if jumps.at.size else ():
        size, back = float(jumps.size[place]), float(jumps.size[place + 1])
        if not (left[place] and 0.8 < -back / size < 1.25 and abs(size) > SPIKE and z[place] > SPIKE_DEVIATIONS):
            continue
        left[place] = left[place + 1] = False
        row = int(jumps.at[place])
        detail = said("check.spike", moved=_moved_after_market(series, row, size))
        yield at(series.ticker, "jump", series.days[row + 1 : row + 2], detail)


def _shifts(jumps: Jumps, left: BoolArray) -> Iterator[Finding]:
    series, z = jumps.series, jumps.z
    for place in np.flatnonzero(left & (np.abs(jumps.size) >= SHIFT_LEAST)):
        size, after = float(jumps.size[place]), float(jumps.after[place])
        row = int(jumps.at[place])
        why = _why_shift(series, row, float(z[place]), float(jumps.usual[place]), after)
        jumped = abs(size) > JUMP and z[place] > JUMP_DEVIATIONS and _calm(after, JUMP_CALM)
        if not (why or jumped):
            continue
        left[place] = False
        moved = _moved_after_market(series, row, size)
        if why:
            detail = said("check.joined", moved=moved, why=why)
            yield at(series.ticker, "level_shift", series.days[row + 1 : row + 2], detail)
        else:
            yield at(series.ticker, "jump", series.days[row + 1 : row + 2], moved)


def _why_shift(series: Series, row: int, z: float, usual: float, after: float) -> Sentence | None:
    """Why a jump of ``SHIFT_LEAST`` or more is rather the source's than the market's; None where it may be news."""
    if abs(float(series.raw_moves[row])) > SHIFT_LEAST and open_says(series, row) == "on":
        return said("check.opens_went_on")
    grain = grain_change(series, row) if z > SHIFT_WITH_GRAIN and _calm(after, FRACTION_CALM) else None
    if grain:
        return grain
    left = z / (0.2 + (after if np.isfinite(after) else 0.8)) ** OF_AFTERMATH
    if left <= SHIFT_WITH_VOLUME:
        return None  # volume and session only take away
    crowd = volume_says(series, row)
    if not np.isfinite(crowd):
        return said("check.nothing_follows") if left > SHIFT_ALONE else None
    within = abs(float(series.open_over_price[row + 1])) / usual
    session = within - 1 if within > 1 else 0.0  # also where no open is given
    crowd_next = volume_says(series, row + 1) if row + 2 < series.days.size else 0.0
    next_volume = crowd_next if crowd_next > 0 else 0.0
    explained = OF_VOLUME * max(crowd, 0.0) + OF_NEXT_VOLUME * next_volume + OF_SESSION * session
    return said("check.ordinary_volume") if left * np.exp(-explained) > SHIFT_WITH_VOLUME else None


def volume_says(series: Series, row: int) -> float:
    """Log of the volume behind move ``row`` over the usual one; NaN where there is none, or none that is steady."""
    around = series.log_volume[max(row - 19, 0) : row + 22]
    now = float(series.log_volume[row + 1])
    around = around[np.isfinite(around)]
    if not np.isfinite(now) or around.size < 6 or _median(np.abs(np.diff(around))) > VOLUME_STEADY:
        return float("nan")
    return now - _median(around)


def open_says(series: Series, row: int) -> str:
    """What the opens say of move ``row``: ``overnight``, ``within`` the session, ``on`` (they went on); "" if nothing.

    Opens may be of another adjustment than closes, so they are compared by their usual ratio to them.
    """
    ratio, move = series.open_over_price, float(series.raw_moves[row])
    if not np.isfinite(ratio[row + 1]):
        return ""
    before, after = _usual(ratio[max(row - 19, 0) : row + 1]), _usual(ratio[row + 1 : row + 21])
    if not np.isfinite(before):
        return ""
    if np.isfinite(after) and abs(after - before + move) < COLUMN_SHARE * abs(move):
        return "on"
    gap = float(ratio[row + 1] + move) - before
    return "overnight" if abs(gap - move) < abs(move) / 2 else "within"


def _usual(ratio: FloatArray) -> float:
    """The median of what is known; NaN where that is little."""
    ratio = ratio[np.isfinite(ratio)]
    return _median(ratio) if ratio.size >= COLUMN_ROWS else float("nan")


def _median(few: FloatArray) -> float:
    """`np.median` of a few numbers, a tenth of its time."""
    ascending = np.sort(few)
    middle = few.size // 2
    return float(ascending[middle] if few.size % 2 else (ascending[middle - 1] + ascending[middle]) / 2)


def grain_change(series: Series, row: int) -> Sentence | None:
    """Words on the decimals of the price, where they change at move ``row``; None where they do not."""
    price = series.price
    start = max(row + 1 - GRAIN_ROWS, 0)
    if min(row + 1 - start, price.size - row - 1) < 8:
        return None
    low, high = min(price[row], price[row + 1]), max(price[row], price[row + 1])
    first_step, end = np.searchsorted(_STEPS, (0.95 * low, 1.05 * high))
    if first_step < end:
        return None
    first, second = series.decimals[start : row + 1], series.decimals[row + 1 : row + 1 + GRAIN_ROWS]
    for coarse, fine, when in ((first, second, "since"), (second, first, "before")):
        most = int(coarse.max())
        if np.count_nonzero(fine > most) / fine.size >= GRAIN_SHARE:
            return said(f"check.finer_{when}", most=most) if most else said(f"check.decimals_{when}")
    return None
