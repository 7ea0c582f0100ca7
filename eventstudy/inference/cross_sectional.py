"""Cross-sectional t: the spread of CARs over the group is the standard error."""

from __future__ import annotations

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.moments import Summarised, mean_over_error

NAME, NULL = "cross_sectional_t", "mean CAR is zero"


def cross_sectional_t(group: Summarised) -> StatisticResult:
    """CAAR over sd(CAR)/√N, t(N - 1); over-rejects when observations share a date."""
    if group.n < 2:
        return missing(group, NAME, NULL, "fewer than two observations")
    statistic = mean_over_error(group.state.car)
    if statistic is None:
        return missing(group, NAME, NULL, "all CARs are equal")
    return t_result(group, NAME, NULL, statistic, group.n - 1)
