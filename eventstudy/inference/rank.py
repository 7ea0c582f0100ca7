"""Rank tests: Corrado & Zivney's rank Z, and Kolari & Pynnönen's generalised rank t (GRANK).

Both rank each observation's days among themselves, after dividing every day by its cross-sectional deviation, so that
the event day stays exchangeable with the estimation days.
"""

from __future__ import annotations

import math

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.sample import GroupSample

FEWEST_PRESENT = 4  # days with fewer observations have no deviation worth dividing by


def midranks(values: FloatArray) -> FloatArray:
    """Ranks 1 … V along each row, ties sharing their mean rank; NaN stays NaN.

    Examples
    --------
    >>> midranks(np.array([[3.0, 1.0, 3.0, np.nan]]))
    array([[2.5, 1. , 2.5, nan]])
    """
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    rows, width = values.shape
    place = np.broadcast_to(np.arange(width, dtype=np.float64), (rows, width))
    fresh = np.ones((rows, width), dtype=bool)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    start = np.maximum.accumulate(np.where(fresh, place, 0.0), axis=1)
    final = np.ones((rows, width), dtype=bool)
    final[:, :-1] = fresh[:, 1:]
    end = np.minimum.accumulate(np.where(final, place, width)[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty((rows, width))
    np.put_along_axis(ranks, order, (start + end) / 2.0 + 1.0, axis=1)
    ranks[np.isnan(values)] = np.nan
    return ranks


def _deviation(values: FloatArray) -> FloatArray:
    """Cross-sectional sd of each day, NaN where fewer than four are present or all are equal."""
    there = np.isfinite(values)
    count = there.sum(axis=0)
    safe = np.maximum(count, 1)
    mean = np.where(there, values, 0.0).sum(axis=0) / safe
    squares = (np.where(there, values - mean, 0.0) ** 2).sum(axis=0)
    sd = np.sqrt(squares / np.maximum(count - 1, 1))
    return np.where((count >= FEWEST_PRESENT) & (sd > 0), sd, np.nan)


def _centred(ranks: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean over observations of rank/(V + 1) - 1/2 by day, and how many were present."""
    there = np.isfinite(ranks)
    valid = there.sum(axis=1, keepdims=True)
    scaled = np.where(there, ranks / (valid + 1.0) - 0.5, 0.0)
    count = there.sum(axis=0).astype(np.float64)
    mean = np.divide(scaled.sum(axis=0), count, out=np.zeros(len(count)), where=count > 0)
    return mean, count


def rank_z(sample: GroupSample) -> StatisticResult:
    """Rank Z over the days of the window, N(0, 1): Corrado 1989, Corrado & Zivney 1992; METHODS 5.2.

    Z = Σ_W √N Ū / √(L (T - L)/(T - 1) · (1/T) Σ_{E∪W} N Ū²); the factor (T - L)/(T - 1) because the ranks of an
    observation sum to a constant.
    """
    name, null = "rank_z", "event days rank as ordinary days"
    if sample.n < 2:
        return missing(sample, name, null, "fewer than two observations")
    abnormal = sample.arrays.abnormal
    first = sample.window.window[0] - int(abnormal.taus[0])
    inside = slice(first, first + sample.length)
    estimation = abnormal.estimation_sar[sample.rows]
    event = abnormal.sar[sample.rows, inside]
    if not np.isfinite(event).any(axis=0).all():
        return missing(sample, name, null, "a day of the window has no return")
    scale = _deviation(event)
    if np.isfinite(scale).all():
        event = event / scale
        estimation = estimation / _deviation(estimation)
    days = np.concatenate([estimation, event], axis=1)
    mean, count = _centred(midranks(days))
    used = count > 0
    total, length = int(used.sum()), sample.length
    variance = float((count * mean**2)[used].sum()) / total
    variance *= length * (total - length) / (total - 1.0)
    if not variance > 0:
        return missing(sample, name, null, "ranks do not vary")
    window = slice(days.shape[1] - length, None)
    statistic = float((np.sqrt(count[window]) * mean[window]).sum()) / math.sqrt(variance)
    return t_result(sample, name, null, statistic, math.inf)


def grank_t(sample: GroupSample) -> StatisticResult:
    """Generalised rank t of the window as one virtual day, t(T - 2): Kolari & Pynnönen 2011; METHODS 5.3.

    Every day is divided by its cross-sectional deviation, not the event's SCAR alone: that keeps the size in small
    and in correlated groups.
    """
    name, null = "grank_t", "the window ranks as an ordinary day"
    if sample.n < 2:
        return missing(sample, name, null, "fewer than two observations")
    estimation = sample.arrays.abnormal.estimation_sar[sample.rows]
    event = sample.scar[:, None]
    scale = _deviation(event)
    if np.isfinite(scale).all():
        event = event / scale
        estimation = estimation / _deviation(estimation)
    mean, count = _centred(midranks(np.concatenate([estimation, event], axis=1)))
    used = count > 0
    total = int(used.sum())
    variance = float((count * mean**2)[used].sum()) / total
    if not (variance > 0 and total > 2):
        return missing(sample, name, null, "ranks do not vary")
    z = math.sqrt(count[-1]) * float(mean[-1]) / math.sqrt(variance)
    if not total - 1.0 - z**2 > 0:
        return missing(sample, name, null, "the ranks of the group move as one: no t, only a permutation p")
    return t_result(sample, name, null, z * math.sqrt((total - 2.0) / (total - 1.0 - z**2)), total - 2)
