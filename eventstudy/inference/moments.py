"""Count, mean and central sums of a sample, which add."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from eventstudy._arrays import FloatArray

Amount = TypeVar("Amount", float, FloatArray)


@dataclass(frozen=True, eq=False)
class Moments(Generic[Amount]):
    """Count, mean and central sums of a sample, or of several side by side.

    Attributes
    ----------
    count : float or (L,) float
        Values N.
    mean : float or (L,) float
        Their mean; 0 where there are none.
    m2, m3 : float or (L,) float
        Σ(x - mean)² and Σ(x - mean)³.

    Notes
    -----
    Chan, Golub & LeVeque 1983, the third moment by Pébay 2008. Powers about zero would lose as many digits as the mean
    is larger than the spread, twice for m2 and three times for m3.

    Examples
    --------
    2 and 4 have mean 3 and m2 = 2; with 9 the mean is 5, m2 = 9 + 1 + 16, m3 = -27 - 1 + 64.

    >>> both = Moments.of(np.array([2.0, 4.0])) + Moments.of(np.array([9.0]))
    >>> [round(float(value), 9) for value in (both.count, both.mean, both.m2, both.m3)]
    [3.0, 5.0, 26.0, 36.0]
    """

    count: Amount
    mean: Amount
    m2: Amount
    m3: Amount

    @staticmethod
    def of(values: FloatArray) -> Moments[float]:
        """Of (N,) values; one that is missing makes all of it missing."""
        count = len(values)
        mean = float(np.add.reduce(values)) / max(count, 1)
        apart = values - mean
        squares = apart * apart
        return Moments(float(count), mean, float(np.add.reduce(squares)), float(np.add.reduce(squares * apart)))

    @staticmethod
    def of_columns(values: FloatArray) -> Moments[FloatArray]:
        """Of every column of (N, L) values, NaN left out."""
        gone = ~np.isfinite(values)
        whole = not gone.any()
        count = len(values) - gone.sum(axis=0, dtype=np.float64)
        known = values if whole else np.where(gone, 0.0, values)
        mean = known.sum(axis=0) / np.maximum(count, 1.0)
        apart = known - mean
        if not whole:
            apart[gone] = 0.0
        powers = apart * apart
        m2 = powers.sum(axis=0)
        powers *= apart
        return Moments(count, mean, m2, powers.sum(axis=0))

    def __add__(self, other: Moments[Amount]) -> Moments[Amount]:
        """Of both samples together."""
        count = self.count + other.count
        left = self.count / (count + (count == 0))
        right = other.count / (count + (count == 0))
        apart = other.mean - self.mean
        square = apart * apart
        m2 = self.m2 + other.m2 + square * left * other.count
        m3 = self.m3 + other.m3 + square * apart * left * other.count * (left - right)
        return Moments(count, self.mean + apart * right, m2, m3 + 3.0 * apart * (left * other.m2 - right * self.m2))


def deviation(moments: Moments[float]) -> float:
    """Standard deviation with divisor N - 1; NaN below two values.

    Examples
    --------
    >>> deviation(Moments.of(np.array([1.0, 3.0, 5.0])))
    2.0
    """
    return math.sqrt(moments.m2 / (moments.count - 1.0)) if moments.count > 1 else math.nan


def mean_over_error(moments: Moments[float]) -> float | None:
    """Mean over sd/√N, for two values or more; None where they are equal up to rounding.

    Examples
    --------
    >>> mean_over_error(Moments.of(np.array([1.0, 3.0]))), mean_over_error(Moments.of(np.array([2.0, 2.0])))
    (2.0, None)
    """
    spread = deviation(moments)
    if not spread > 1e-12 * abs(moments.mean):
        return None
    return moments.mean / (spread / math.sqrt(moments.count))
