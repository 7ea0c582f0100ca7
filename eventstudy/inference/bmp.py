"""The BMP t, and the same adjusted for cross-correlation."""

from __future__ import annotations

import math

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.sample import GroupSample

NULL = "mean SCAR is zero"


def _bmp(sample: GroupSample) -> float:
    """mean(SCAR) over sd(SCAR)/√N; NaN where SCARs do not vary."""
    spread = float(sample.scar.std(ddof=1))
    mean = float(sample.scar.mean())
    return mean / (spread / math.sqrt(sample.n)) if spread > 1e-12 * abs(mean) else math.nan


def bmp_t(sample: GroupSample) -> StatisticResult:
    """mean(SCAR) over sd(SCAR)/√N, t(N - 1): Boehmer, Musumeci & Poulsen 1991; for independent observations."""
    if sample.n < 2:
        return missing(sample, "bmp_t", NULL, "fewer than two observations")
    return t_result(sample, "bmp_t", NULL, _bmp(sample), sample.n - 1)


def adjusted_bmp_t(sample: GroupSample) -> StatisticResult:
    """The BMP t times √((1 - r̄)/(1 + (N - 1) r̄)), t(ν): Kolari & Pynnönen 2010, ν of Satterthwaite."""
    name = "adjusted_bmp_t"
    if sample.n < 2:
        return missing(sample, name, NULL, "fewer than two observations")
    correlation = sample.correlation
    # identical residuals leave r̄ a rounding error below one
    if not (correlation.floored < 1 - 1e-9 and correlation.dof > 0):
        return missing(sample, name, NULL, "the observations move as one")
    shrink = math.sqrt((1.0 - correlation.floored) / correlation.inflation)
    return t_result(sample, name, NULL, _bmp(sample) * shrink, correlation.dof)
