"""Rank Z: each observation's days ranked among themselves (Corrado 1989; Corrado & Zivney 1992).

Every day is first divided by its cross-sectional deviation, so that the event day stays exchangeable with the
estimation days.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.inference.base import StatisticResult, missing, t_result
from eventstudy.inference.group_state import GroupState
from eventstudy.inference.moments import Moments
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample
from eventstudy.threads import each

FEWEST_PRESENT = 4  # days with fewer observations have no deviation worth dividing by
BLOCK = 1 << 17  # values that are ranked at a time
RESTANDARDISE = ("day", "event", None)


def midranks(values: FloatArray) -> FloatArray:
    """Ranks 1 … V along each row, ties sharing their mean rank; NaN stays NaN.

    Examples
    --------
    >>> midranks(np.array([[3.0, 1.0, 3.0, np.nan]]))
    array([[2.5, 1. , 2.5, nan]])
    """
    found = np.empty(values.shape)
    # a block at a time stays in the processor's cache
    rows = max(BLOCK // max(values.shape[1], 1), 1)
    blocks = [slice(begin, begin + rows) for begin in range(0, len(values), rows)]
    each(lambda block: _midranks(values[block], found[block]), blocks)
    return found


def _midranks(values: FloatArray, ranks: FloatArray) -> None:
    """The ranks of a few rows, into ``ranks``."""
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    rows, width = values.shape
    place = np.broadcast_to(np.arange(width, dtype=np.float64), (rows, width))
    equal = ordered[:, 1:] == ordered[:, :-1]
    if equal.any():
        fresh = np.ones((rows, width), dtype=bool)
        fresh[:, 1:] = ~equal
        start = np.maximum.accumulate(np.where(fresh, place, 0.0), axis=1)
        final = np.ones((rows, width), dtype=bool)
        final[:, :-1] = fresh[:, 1:]
        end = np.minimum.accumulate(np.where(final, place, width)[:, ::-1], axis=1)[:, ::-1]
        place = (start + end) / 2.0
    np.put_along_axis(ranks, order, place + 1.0, axis=1)
    ranks[np.isnan(values)] = np.nan


def daily_deviation(days: Moments[FloatArray]) -> FloatArray:
    """(D,) cross-sectional sd of each day, NaN where fewer than four are present or all are equal.

    Examples
    --------
    >>> daily_deviation(Moments.of_columns(np.array([[1.0, 2.0], [3.0, np.nan], [3.0, 5.0], [5.0, 1.0]]))).round(4)
    array([1.633,   nan])
    """
    sd = np.sqrt(days.m2 / np.maximum(days.count - 1.0, 1.0))
    # equal values leave a rounding error of a deviation
    varied = sd > 1e-12 * np.abs(days.mean)
    return np.where((days.count >= FEWEST_PRESENT) & varied, sd, np.nan)


def centred_rank_sums(ranks: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum over observations of rank/(V + 1) - 1/2 by day, V the observation's own days, and how many were present.

    Examples
    --------
    >>> centred_rank_sums(np.array([[1.0, 2.0, 3.0], [2.0, 1.0, np.nan]]))
    (array([-0.08333333, -0.16666667,  0.25      ]), array([2., 2., 1.]))
    """
    there = np.isfinite(ranks)
    valid = there.sum(axis=1, keepdims=True)
    centred = np.where(there, ranks / (valid + 1.0) - 0.5, 0.0)
    return centred.sum(axis=0), there.sum(axis=0).astype(np.float64)


@dataclass(frozen=True, eq=False)
class DayRanks:
    """Centred ranks of a group's days, summed over its observations: the second pass of the rank tests.

    Attributes
    ----------
    state : GroupState
        Of the whole group, whose deviations divided the days: the sum of the states of its parts.
    cumulated : bool
        Whether the window is one day of its own, SCAR among the days of the estimation window (GRANK), or its days
        stand by themselves (rank Z).
    restandardise, on : str
        As in :func:`rank_z`.
    ranked : int
        Observations in the sums.
    total, present : (D,) float
        Σ U, U = rank/(V + 1) - 1/2 of an observation's V days, and over how many observations; the T days of the
        estimation window, then those of the event.

    Notes
    -----
    In parts: ``whole = one.state + other.state``, then ``DayRanks.of(one, whole) + DayRanks.of(other, whole)``, which
    the tests take as they take a sample.
    """

    state: GroupState
    cumulated: bool
    restandardise: str | None
    on: str
    ranked: int
    total: FloatArray
    present: FloatArray

    @classmethod
    def of(
        cls,
        sample: GroupSample,
        state: GroupState | None = None,
        *,
        cumulated: bool = False,
        restandardise: str | None = "day",
        on: str = "sar",
    ) -> DayRanks:
        """Of all observations of a sample.

        Parameters
        ----------
        sample : GroupSample
            A group, or part of one.
        state : GroupState, optional
            Of the whole group; by default the sample is the group.
        cumulated, restandardise, on
            As the attributes.

        Returns
        -------
        DayRanks
            Under ``"day"`` every day is divided by its cross-sectional deviation, and days of the estimation window
            with fewer than four values are left out; under ``"event"`` those of the event alone are divided. If a day
            of the event has fewer than four values, nothing is.

        Raises
        ------
        ValueError
            If ``restandardise`` or ``on`` is another word.
        """
        if restandardise not in RESTANDARDISE:
            raise ValueError(f"restandardise: {restandardise!r} unknown; choose from day, event, None")
        if on not in ("sar", "ar"):
            raise ValueError(f"on: {on!r} unknown; choose from sar, ar")
        state = sample.state if state is None else state
        found = sample.arrays.summed_ranks(sample, state, cumulated, restandardise, on)
        if found is None:
            arrays, rows = sample.arrays, sample.rows
            estimation = (arrays.abnormal.estimation_sar if on == "sar" else arrays.fit.residuals)[rows]
            event, scale = over_deviation(sample, state, cumulated, restandardise, on)
            divided = estimation if scale is None else estimation / scale
            found = centred_rank_sums(midranks(np.concatenate([divided, event], axis=1)))
        total, present = found
        return cls(state, cumulated, restandardise, on, sample.n, total, present)

    def __add__(self, other: DayRanks) -> DayRanks:
        """Of both parts, which share no observation.

        Raises
        ------
        ValueError
            If they were ranked in another way, or by the deviations of another group.
        """
        if self._kind != other._kind:
            raise ValueError(
                f"ranks: {self._kind} and {other._kind} are two rankings (study, window, observations, how); "
                "rank every part by the state of the whole group, in one way"
            )
        return replace(
            self,
            ranked=self.ranked + other.ranked,
            total=self.total + other.total,
            present=self.present + other.present,
        )

    @property
    def _kind(self) -> tuple[object, ...]:
        group = self.state
        return group.study, group.window, group.n, self.cumulated, self.restandardise, self.on

    @property
    def n(self) -> int:
        """Number of observations N of the group."""
        return self.state.n

    @property
    def mean(self) -> FloatArray:
        """(D,) Ū of each day, 0 on a day that nobody has."""
        mean: FloatArray = np.divide(self.total, self.present, out=np.zeros(len(self.total)), where=self.present > 0)
        return mean


def over_deviation(
    sample: GroupSample, state: GroupState, cumulated: bool, restandardise: str | None, on: str
) -> tuple[FloatArray, FloatArray | None]:
    """(n, L) days of the event, divided where they are to be, and what the days of the estimation window are."""
    abnormal = sample.arrays.abnormal
    inside = _inside(sample)
    by_day = abnormal.sar if on == "sar" else abnormal.ar
    event = sample.scar[:, None] if cumulated else by_day[sample.rows, inside]
    own, scale = deviations(sample, state, cumulated, restandardise, on)
    return event if own is None else event / own, scale


def deviations(
    sample: GroupSample, state: GroupState, cumulated: bool, restandardise: str | None, on: str
) -> tuple[FloatArray | None, FloatArray | None]:
    """(L,) deviations of the event's days, or of SCAR, and (T,) of the estimation window's; None divides nothing."""
    if restandardise is None or not state.n:
        return None, None
    of_event = state.sar if on == "sar" else state.ar
    own = daily_deviation(_single(state.scar) if cumulated else _between(of_event, _inside(sample)))
    if not np.isfinite(own).all():
        return None, None
    if restandardise == "event":
        return own, None
    return own, daily_deviation(state.estimation_sar if on == "sar" else state.estimation_ar)


def _inside(sample: GroupSample) -> slice:
    """The window's days among the event days."""
    first = sample.window.window[0] - int(sample.arrays.abnormal.taus[0])
    return slice(first, first + sample.length)


def _single(moments: Moments[float]) -> Moments[FloatArray]:
    """Of one day."""
    return Moments(*(np.array([value]) for value in (moments.count, moments.mean, moments.m2, moments.m3)))


def _between(moments: Moments[FloatArray], days: slice) -> Moments[FloatArray]:
    """Of some days alone."""
    return Moments(moments.count[days], moments.mean[days], moments.m2[days], moments.m3[days])


def day_ranks(
    group: GroupSample | DayRanks, *, cumulated: bool, restandardise: str | None, on: str = "sar"
) -> DayRanks:
    """The group's ranks, made now or given.

    Raises
    ------
    ValueError
        If those given were taken in another way, or of a part of the group alone.
    """
    if isinstance(group, GroupSample):
        return DayRanks.of(group, cumulated=cumulated, restandardise=restandardise, on=on)
    given, wanted = (group.cumulated, group.restandardise, group.on), (cumulated, restandardise, on)
    if given != wanted:
        raise ValueError(
            f"ranks: taken with cumulated, restandardise, on = {given}, asked for with {wanted}; take them as asked for"
        )
    if group.ranked != group.n:
        raise ValueError(
            f"ranks: of {group.ranked} of the group's {group.n} observations; add those of its other parts"
        )
    return group


def rank_z(
    group: GroupSample | DayRanks,
    *,
    restandardise: str | None = "day",
    on: str = "sar",
    sum_correction: bool = True,
) -> StatisticResult:
    """Rank Z over the days of the window, N(0, 1): Corrado 1989, Corrado & Zivney 1992; METHODS 5.2.

    Z = Σ_W √N Ū / √(L (T - L)/(T - 1) · (1/T) Σ_{E∪W} N Ū²); the factor (T - L)/(T - 1) because the ranks of an
    observation sum to a constant.

    Parameters
    ----------
    group : GroupSample or DayRanks
        One group over one window, or the sum of its parts' ranks.
    restandardise : {"day", "event", None}
        Every day is divided by its cross-sectional deviation; those of the window alone, as Corrado & Zivney 1992; or
        none.
    on : {"sar", "ar"}
        What is ranked. Plain AR with ``restandardise=None`` is Corrado 1989.
    sum_correction : bool
        Whether the factor (T - L)/(T - 1) is in the variance. Corrado & Zivney leave it out; for L = 1 it is 1.

    Returns
    -------
    StatisticResult
        NaN with the reason where a day of the window has no return, or ranks do not vary.

    Raises
    ------
    ValueError
        If ``restandardise`` or ``on`` is another word, or not that of the ranks given.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.inference.rank import rank_z
    >>> results = es.study_returns(*es.example_returns(), es.StudySpec(windows=((0, 0),)))
    >>> sample = results.evidence.sample(results.evidence.row, 0)
    >>> found = rank_z(sample)
    >>> round(found.statistic, 2), f"{found.pvalue:.1g}", found.distribution
    (3.68, '0.0002', 'N(0,1)')
    """
    name, null = "rank_z", "event days rank as ordinary days"
    ranks = day_ranks(group, cumulated=False, restandardise=restandardise, on=on)
    if ranks.n < 2:
        return missing(ranks, name, null, because("none.two_observations"))
    length = ranks.state.length
    if not (ranks.present[-length:] > 0).all():
        return missing(ranks, name, null, because("none.day_without_return"))
    mean, count = ranks.mean, ranks.present
    used = count > 0
    total = int(used.sum())
    variance = float((count * mean**2)[used].sum()) / total
    variance *= length * (total - length) / (total - 1.0) if sum_correction else length
    if not variance > 0:
        return missing(ranks, name, null, because("none.ranks"))
    statistic = float((np.sqrt(count[-length:]) * mean[-length:]).sum()) / math.sqrt(variance)
    return t_result(ranks, name, null, statistic, math.inf)
