"""The BMP t, and the same adjusted for cross-correlation."""

from __future__ import annotations

import math

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.correlation import UNDEFINED
from eventstudy.inference.group_state import GroupState, Summarised
from eventstudy.inference.moments import mean_over_error
from eventstudy.inference.reasons import because

NULL = "mean SCAR is zero"
DOFS = ("satterthwaite", "paper")


def _bmp(state: GroupState) -> float:
    """mean(SCAR) over sd(SCAR)/√N; NaN where SCARs do not vary."""
    statistic = mean_over_error(state.scar)
    return math.nan if statistic is None else statistic


def bmp_t(group: Summarised) -> StatisticResult:
    """mean(SCAR) over sd(SCAR)/√N, t(N - 1): Boehmer, Musumeci & Poulsen 1991; for independent observations.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.bmp import bmp_t
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = bmp_t(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (7.36, '0.0007', 't(5)')
    """
    if group.n < 2:
        return missing(group, "bmp_t", NULL, because("none.two_observations"))
    return t_result(group, "bmp_t", NULL, _bmp(group.state), group.n - 1)


def adjusted_bmp_t(group: Summarised, *, floor: float | None = 0.0, dof: str = "satterthwaite") -> StatisticResult:
    """The BMP t times √((1 - r̄)/(1 + (N - 1) r̄)), t(ν): Kolari & Pynnönen 2010, ν of Satterthwaite.

    Parameters
    ----------
    group : GroupSample or GroupState
        One group over one window.
    floor : {0.0, None}
        Negative correlations are set to zero; or left as they are, as in the paper. Then the statistic is undefined
        at r̄ ≤ -1/(N - 1), and just above it explodes.
    dof : {"satterthwaite", "paper"}
        ν counts what several dates leave of N - 1; or it is N - 1 always, which with two dates of 20 observations and a
        correlation of 0.45 rejects 6.4% at 5%, against 3.5%. On one date both are N - 1.

    Returns
    -------
    StatisticResult
        NaN with the reason below two observations, where all move as one, or where r̄ leaves no variance.

    Raises
    ------
    ValueError
        If ``floor`` or ``dof`` is another value.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.bmp import adjusted_bmp_t
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = adjusted_bmp_t(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (7.36, '0.0007', 't(5)')
    """
    name = "adjusted_bmp_t"
    if dof not in DOFS:
        raise ValueError(f"dof: {dof!r} unknown; choose from {', '.join(DOFS)}")
    correlation = group.state.correlation_above(floor)
    if group.n < 2:
        return missing(group, name, NULL, because("none.two_observations"))
    if not correlation.inflation > 0:
        return missing(group, name, NULL, UNDEFINED)
    # identical residuals leave r̄ a rounding error below one
    if not (correlation.floored < 1 - 1e-9 and correlation.dof > 0):
        return missing(group, name, NULL, because("none.as_one"))
    shrink = math.sqrt((1.0 - correlation.floored) / correlation.inflation)
    freedom = group.n - 1.0 if dof == "paper" else correlation.dof
    return t_result(group, name, NULL, _bmp(group.state) * shrink, freedom)
