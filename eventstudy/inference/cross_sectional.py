"""Cross-sectional t: the spread of CARs over the group is the standard error."""

from __future__ import annotations

import math

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.sample import GroupSample

NAME, NULL = "cross_sectional_t", "mean CAR is zero"


def cross_sectional_t(sample: GroupSample) -> StatisticResult:
    """CAAR over sd(CAR)/√N, t(N - 1); over-rejects when observations share a date."""
    if sample.n < 2:
        return missing(sample, NAME, NULL, "fewer than two observations")
    spread = float(sample.car.std(ddof=1))
    if not spread > 1e-12 * abs(sample.caar):
        return missing(sample, NAME, NULL, "all CARs are equal")
    return t_result(sample, NAME, NULL, sample.caar / (spread / math.sqrt(sample.n)), sample.n - 1)
