"""Patell's Z, and the same adjusted for cross-correlation."""

from __future__ import annotations

import math

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.moments import GroupState, Summarised

NULL = "mean SCAR is zero"


def _z(state: GroupState) -> float:
    """Σ SCAR/√ΣQ; NaN where it cannot be had."""
    return state.scar.count * state.scar.mean / math.sqrt(state.quality) if state.quality > 0 else math.nan


def patell_z(group: Summarised) -> StatisticResult:
    """Σ SCAR/√ΣQ, N(0, 1): Patell 1976; for independent observations."""
    if not group.n:
        return missing(group, "patell_z", NULL, "no observations")
    return t_result(group, "patell_z", NULL, _z(group.state), math.inf)


def adjusted_patell_z(group: Summarised) -> StatisticResult:
    """Patell's Z over √(1 + (N - 1) r̄), N(0, 1): Kolari & Pynnönen 2010."""
    name = "adjusted_patell_z"
    if group.n < 2:
        return missing(group, name, NULL, "fewer than two observations")
    return t_result(group, name, NULL, _z(group.state) / math.sqrt(group.state.correlation.inflation), math.inf)
