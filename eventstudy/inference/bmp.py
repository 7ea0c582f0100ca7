"""The BMP t, and the same adjusted for cross-correlation."""

from __future__ import annotations

import math

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.moments import GroupState, Summarised, mean_over_error

NULL = "mean SCAR is zero"


def _bmp(state: GroupState) -> float:
    """mean(SCAR) over sd(SCAR)/√N; NaN where SCARs do not vary."""
    statistic = mean_over_error(state.scar)
    return math.nan if statistic is None else statistic


def bmp_t(group: Summarised) -> StatisticResult:
    """mean(SCAR) over sd(SCAR)/√N, t(N - 1): Boehmer, Musumeci & Poulsen 1991; for independent observations."""
    if group.n < 2:
        return missing(group, "bmp_t", NULL, "fewer than two observations")
    return t_result(group, "bmp_t", NULL, _bmp(group.state), group.n - 1)


def adjusted_bmp_t(group: Summarised) -> StatisticResult:
    """The BMP t times √((1 - r̄)/(1 + (N - 1) r̄)), t(ν): Kolari & Pynnönen 2010, ν of Satterthwaite."""
    name = "adjusted_bmp_t"
    if group.n < 2:
        return missing(group, name, NULL, "fewer than two observations")
    correlation = group.state.correlation
    # identical residuals leave r̄ a rounding error below one
    if not (correlation.floored < 1 - 1e-9 and correlation.dof > 0):
        return missing(group, name, NULL, "the observations move as one")
    shrink = math.sqrt((1.0 - correlation.floored) / correlation.inflation)
    return t_result(group, name, NULL, _bmp(group.state) * shrink, correlation.dof)
