"""Patell's Z, and the same adjusted for cross-correlation."""

from __future__ import annotations

import math

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.correlation import UNDEFINED
from eventstudy.inference.group_state import GroupState, Summarised
from eventstudy.inference.reasons import because

NULL = "mean SCAR is zero"


def _z(state: GroupState) -> float:
    """Σ SCAR/√ΣQ; NaN where it cannot be had."""
    return state.scar.count * state.scar.mean / math.sqrt(state.quality) if state.quality > 0 else math.nan


def patell_z(group: Summarised) -> StatisticResult:
    """Σ SCAR/√ΣQ, N(0, 1): Patell 1976; for independent observations.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.patell import patell_z
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = patell_z(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (5.07, '4e-07', 'N(0,1)')
    """
    if not group.n:
        return missing(group, "patell_z", NULL, because("none.observations"))
    return t_result(group, "patell_z", NULL, _z(group.state), math.inf)


def adjusted_patell_z(group: Summarised, *, floor: float | None = 0.0) -> StatisticResult:
    """Patell's Z over √(1 + (N - 1) r̄), N(0, 1): Kolari & Pynnönen 2010.

    Parameters
    ----------
    group : GroupSample or GroupState
        One group over one window.
    floor : {0.0, None}
        Negative correlations are set to zero; or left as they are, as in the paper: undefined at r̄ ≤ -1/(N - 1).

    Returns
    -------
    StatisticResult
        NaN with the reason below two observations, or where r̄ leaves no variance.

    Raises
    ------
    ValueError
        If ``floor`` is another value.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.patell import adjusted_patell_z
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = adjusted_patell_z(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (5.07, '4e-07', 'N(0,1)')
    """
    name = "adjusted_patell_z"
    correlation = group.state.correlation_above(floor)
    if group.n < 2:
        return missing(group, name, NULL, because("none.two_observations"))
    if not correlation.inflation > 0:
        return missing(group, name, NULL, UNDEFINED)
    return t_result(group, name, NULL, _z(group.state) / math.sqrt(correlation.inflation), math.inf)
