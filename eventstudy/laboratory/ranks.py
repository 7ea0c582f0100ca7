"""Ranks of many draws at once: the arithmetic of the rank tests with a leading axis for draws."""

from __future__ import annotations

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray
from eventstudy.inference.rank import FEWEST_PRESENT, midranks


def daily_deviation(values: FloatArray) -> FloatArray:
    """(B, D) cross-sectional sd of each day of (B, N, D), NaN where fewer than four are present or all are equal."""
    there = np.isfinite(values)
    count = there.sum(axis=1)
    mean = np.where(there, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(there, values - mean[:, None, :], 0.0) ** 2).sum(axis=1)
    sd = np.sqrt(squares / np.maximum(count - 1, 1))
    return np.where((count >= FEWEST_PRESENT) & (sd > 1e-12 * np.abs(mean)), sd, np.nan)


def over_deviation(event: FloatArray) -> tuple[FloatArray, BoolArray]:
    """(B, N, L) days of the event over their deviations, or as given in (B,) draws where not all have one."""
    scale = daily_deviation(event)
    divided: BoolArray = np.isfinite(scale).min(axis=1, initial=True)
    return np.where(divided[:, None, None], event / scale[:, None, :], event), divided


def mean_of_sums(total: FloatArray, count: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means, 0 where nobody is present, and how many are."""
    return np.divide(total, count, out=np.zeros(count.shape), where=count > 0), count


def mean_centred_ranks(estimation: FloatArray, event: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean over observations of rank/(V + 1) - 1/2 by day, and how many were present.

    Parameters
    ----------
    estimation, event : (B, N, T), (B, N, L) float
        Standardised abnormal returns; NaN where there is none. In draws whose event days all have a cross-sectional
        deviation, every day is divided by its own.

    Returns
    -------
    (B, T + L) float, (B, T + L) float
        Estimation days first.
    """
    event, divided = over_deviation(event)
    estimation = np.where(divided[:, None, None], estimation / daily_deviation(estimation)[:, None, :], estimation)
    days = np.concatenate([estimation, event], axis=2)
    ranks = midranks(days.reshape(-1, days.shape[2])).reshape(days.shape)
    there = np.isfinite(ranks)
    valid = there.sum(axis=2, keepdims=True)
    scaled = np.where(there, ranks / (valid + 1.0) - 0.5, 0.0)
    return mean_of_sums(scaled.sum(axis=1), there.sum(axis=1).astype(np.float64))
