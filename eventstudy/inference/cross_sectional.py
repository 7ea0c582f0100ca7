"""Cross-sectional t: the spread of CARs over the group is the standard error."""

from __future__ import annotations

from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.group_state import Summarised
from eventstudy.inference.moments import Moments, mean_over_error
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import observed

NAME = "cross_sectional_t"


def cross_sectional_t(group: Summarised, *, on: str = "car") -> StatisticResult:
    """CAAR over sd(CAR)/√N, t(N - 1); over-rejects when observations share a date.

    Parameters
    ----------
    group : GroupSample or GroupState
        One group over one window. BHARs want the observations themselves.
    on : {"car", "bhar"}
        What is averaged.

    Returns
    -------
    StatisticResult
        NaN with the reason below two observations, or where they are all equal.

    Raises
    ------
    ValueError
        If ``on`` is another word, or a state is given where observations are wanted.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.cross_sectional import cross_sectional_t
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = cross_sectional_t(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (7.87, '0.0005', 't(5)')
    """
    if on not in ("car", "bhar"):
        raise ValueError(f"on: {on!r} unknown; choose from car, bhar")
    null = f"mean {on.upper()} is zero"
    moments = Moments.of(observed(group, on)) if on == "bhar" else group.state.car
    if group.n < 2:
        return missing(group, NAME, null, because("none.two_observations"))
    statistic = mean_over_error(moments)
    if statistic is None:
        return missing(group, NAME, null, because("none.equal", measure=on.upper()))
    return t_result(group, NAME, null, statistic, group.n - 1)
