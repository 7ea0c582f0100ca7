"""Patell's Z, and the same adjusted for cross-correlation."""

from __future__ import annotations

import math

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.sample import GroupSample

NULL = "mean SCAR is zero"


def _z(sample: GroupSample) -> float:
    """Σ SCAR/√ΣQ; NaN where it cannot be had."""
    total = float(sample.quality.sum()) if sample.n else math.nan
    return float(sample.scar.sum()) / math.sqrt(total) if total > 0 else math.nan


def patell_z(sample: GroupSample) -> StatisticResult:
    """Σ SCAR/√ΣQ, N(0, 1): Patell 1976; for independent observations."""
    if not sample.n:
        return missing(sample, "patell_z", NULL, "no observations")
    return t_result(sample, "patell_z", NULL, _z(sample), math.inf)


def adjusted_patell_z(sample: GroupSample) -> StatisticResult:
    """Patell's Z over √(1 + (N - 1) r̄), N(0, 1): Kolari & Pynnönen 2010."""
    name = "adjusted_patell_z"
    if sample.n < 2:
        return missing(sample, name, NULL, "fewer than two observations")
    return t_result(sample, name, NULL, _z(sample) / math.sqrt(sample.correlation.inflation), math.inf)
