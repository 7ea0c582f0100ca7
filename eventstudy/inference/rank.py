"""Rank Z: each observation's days ranked among themselves (Corrado 1989; Corrado & Zivney 1992).

Every day is first divided by its cross-sectional deviation, so that the event day stays exchangeable with the
estimation days.
"""

from __future__ import annotations

import math

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.sample import GroupSample

FEWEST_PRESENT = 4  # days with fewer observations have no deviation worth dividing by
RESTANDARDISE = ("day", "event", None)


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


def daily_deviation(values: FloatArray) -> FloatArray:
    """Cross-sectional sd of each day, NaN where fewer than four are present or all are equal."""
    there = np.isfinite(values)
    count = there.sum(axis=0)
    safe = np.maximum(count, 1)
    mean = np.where(there, values, 0.0).sum(axis=0) / safe
    squares = (np.where(there, values - mean, 0.0) ** 2).sum(axis=0)
    sd = np.sqrt(squares / np.maximum(count - 1, 1))
    return np.where((count >= FEWEST_PRESENT) & (sd > 0), sd, np.nan)


def mean_centred_ranks(ranks: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean over observations of rank/(V + 1) - 1/2 by day, and how many were present."""
    there = np.isfinite(ranks)
    valid = there.sum(axis=1, keepdims=True)
    scaled = np.where(there, ranks / (valid + 1.0) - 0.5, 0.0)
    count = there.sum(axis=0).astype(np.float64)
    mean = np.divide(scaled.sum(axis=0), count, out=np.zeros(len(count)), where=count > 0)
    return mean, count


def restandardised(estimation: FloatArray, event: FloatArray, restandardise: str | None) -> FloatArray:
    """Days of estimation and event side by side, divided by their cross-sectional deviations.

    Parameters
    ----------
    estimation, event : (N, T), (N, L) float
        Values by day; NaN where there is none.
    restandardise : {"day", "event", None}
        Every day is divided by its own deviation, those of the event alone, or none.

    Returns
    -------
    (N, T + L) float
        Days of the estimation window with fewer than four values are NaN under ``"day"``. If a day of the event has so
        few, nothing is divided.

    Raises
    ------
    ValueError
        If ``restandardise`` is another word.
    """
    if restandardise not in RESTANDARDISE:
        raise ValueError(f"restandardise: {restandardise!r} unknown; choose from day, event, None")
    scale = daily_deviation(event)
    if restandardise is not None and np.isfinite(scale).all():
        event = event / scale
        if restandardise == "day":
            estimation = estimation / daily_deviation(estimation)
    return np.concatenate([estimation, event], axis=1)


def rank_z(
    sample: GroupSample, *, restandardise: str | None = "day", on: str = "sar", sum_correction: bool = True
) -> StatisticResult:
    """Rank Z over the days of the window, N(0, 1): Corrado 1989, Corrado & Zivney 1992; METHODS 5.2.

    Z = Σ_W √N Ū / √(L (T - L)/(T - 1) · (1/T) Σ_{E∪W} N Ū²); the factor (T - L)/(T - 1) because the ranks of an
    observation sum to a constant.

    Parameters
    ----------
    sample : GroupSample
        One group over one window.
    restandardise : {"day", "event", None}
        Every day is divided by its cross-sectional deviation; those of the window alone, as Corrado & Zivney 1992; or
        none.
    on : {"sar", "ar"}
        What is ranked. Plain AR with ``restandardise=None`` is Corrado 1989.
    sum_correction : bool
        Whether the factor (T - L)/(T - 1) is in the variance. Corrado & Zivney leave it out; for L = 1 it is 1.

    Returns
    -------
    StatisticResult
        NaN with the reason where a day of the window has no return, or ranks do not vary.

    Raises
    ------
    ValueError
        If ``restandardise`` or ``on`` is another word.
    """
    name, null = "rank_z", "event days rank as ordinary days"
    if on not in ("sar", "ar"):
        raise ValueError(f"on: {on!r} unknown; choose from sar, ar")
    if sample.n < 2:
        return missing(sample, name, null, "fewer than two observations")
    abnormal = sample.arrays.abnormal
    first = sample.window.window[0] - int(abnormal.taus[0])
    inside = slice(first, first + sample.length)
    if on == "sar":
        estimation, event = abnormal.estimation_sar[sample.rows], abnormal.sar[sample.rows, inside]
    else:
        estimation, event = sample.arrays.fit.residuals[sample.rows], abnormal.ar[sample.rows, inside]
    if not np.isfinite(event).any(axis=0).all():
        return missing(sample, name, null, "a day of the window has no return")
    days = restandardised(estimation, event, restandardise)
    mean, count = mean_centred_ranks(midranks(days))
    used = count > 0
    total, length = int(used.sum()), sample.length
    variance = float((count * mean**2)[used].sum()) / total
    variance *= length * (total - length) / (total - 1.0) if sum_correction else length
    if not variance > 0:
        return missing(sample, name, null, "ranks do not vary")
    window = slice(days.shape[1] - length, None)
    statistic = float((np.sqrt(count[window]) * mean[window]).sum()) / math.sqrt(variance)
    return t_result(sample, name, null, statistic, math.inf)
