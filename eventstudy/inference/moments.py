"""What a group's closed-form statistics are made of: sums that add, so that chunks of observations are one group.

A state knows no observation, only sums over them. Two states of disjoint observations of one study and window add to
the state of both: ``GroupState.of(one) + GroupState.of(other)``. Nothing is squared before a cluster is complete.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import add
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.inference.correlation import (
    ClusterSums,
    CrossCorrelation,
    NewsClocks,
    cross_correlation,
    overlap_matrix,
    overlapping_pairs,
    separate_dates,
)
from eventstudy.panel.windows import Window, window_length

if TYPE_CHECKING:
    from eventstudy.inference.sample import GroupSample, StudyArrays

Amount = TypeVar("Amount", float, FloatArray)


@dataclass(frozen=True, eq=False)
class Moments(Generic[Amount]):
    """Count, mean and central sums of a sample, or of several side by side.

    Attributes
    ----------
    count : float or (L,) float
        Values N.
    mean : float or (L,) float
        Their mean; 0 where there are none.
    m2, m3 : float or (L,) float
        Σ(x - mean)² and Σ(x - mean)³.

    Notes
    -----
    Chan, Golub & LeVeque 1983, the third moment by Pébay 2008. Powers about zero would lose as many digits as the mean
    is larger than the spread, twice for m2 and three times for m3.

    Examples
    --------
    2 and 4 have mean 3 and m2 = 2; with 9 the mean is 5, m2 = 9 + 1 + 16, m3 = -27 - 1 + 64.

    >>> both = Moments.of(np.array([2.0, 4.0])) + Moments.of(np.array([9.0]))
    >>> [round(float(value), 9) for value in (both.count, both.mean, both.m2, both.m3)]
    [3.0, 5.0, 26.0, 36.0]
    """

    count: Amount
    mean: Amount
    m2: Amount
    m3: Amount

    @staticmethod
    def of(values: FloatArray) -> Moments[float]:
        """Of (N,) values; one that is missing makes all of it missing."""
        count = len(values)
        mean = float(np.add.reduce(values)) / max(count, 1)
        apart = values - mean
        squares = apart * apart
        return Moments(float(count), mean, float(np.add.reduce(squares)), float(np.add.reduce(squares * apart)))

    @staticmethod
    def of_columns(values: FloatArray) -> Moments[FloatArray]:
        """Of every column of (N, L) values, NaN left out."""
        gone = ~np.isfinite(values)
        whole = not gone.any()
        count = len(values) - gone.sum(axis=0, dtype=np.float64)
        known = values if whole else np.where(gone, 0.0, values)
        mean = known.sum(axis=0) / np.maximum(count, 1.0)
        apart = known - mean
        if not whole:
            apart[gone] = 0.0
        powers = apart * apart
        m2 = powers.sum(axis=0)
        powers *= apart
        return Moments(count, mean, m2, powers.sum(axis=0))

    def __add__(self, other: Moments[Amount]) -> Moments[Amount]:
        """Of both samples together."""
        count = self.count + other.count
        left = self.count / (count + (count == 0))
        right = other.count / (count + (count == 0))
        apart = other.mean - self.mean
        square = apart * apart
        m2 = self.m2 + other.m2 + square * left * other.count
        m3 = self.m3 + other.m3 + square * apart * left * other.count * (left - right)
        return Moments(count, self.mean + apart * right, m2, m3 + 3.0 * apart * (left * other.m2 - right * self.m2))


def deviation(moments: Moments[float]) -> float:
    """Standard deviation with divisor N - 1; NaN below two values.

    Examples
    --------
    >>> deviation(Moments.of(np.array([1.0, 3.0, 5.0])))
    2.0
    """
    return math.sqrt(moments.m2 / (moments.count - 1.0)) if moments.count > 1 else math.nan


def mean_over_error(moments: Moments[float]) -> float | None:
    """Mean over sd/√N, for two values or more; None where they are equal up to rounding.

    Examples
    --------
    >>> mean_over_error(Moments.of(np.array([1.0, 3.0]))), mean_over_error(Moments.of(np.array([2.0, 2.0])))
    (2.0, None)
    """
    spread = deviation(moments)
    if not spread > 1e-12 * abs(moments.mean):
        return None
    return moments.mean / (spread / math.sqrt(moments.count))


@dataclass(frozen=True, eq=False)
class ClusterState:
    """Sums over members of one calendar cluster; the same whatever the window.

    Members of one event on one calendar are a *cell*: their sessions are the same. Sums are held by cell and
    session, because the clock on which the cluster's sessions meet is that of its first event, which one part of a
    cluster may not hold.

    Attributes
    ----------
    number : int
        The cluster's number in the study; clusters are in the order of time.
    size : int
        Members N_c.
    event, calendar, position : tuples of G int
        Of each cell: its event, its calendar, and the place of the event session in that calendar.
    column : tuple of G (T,) int arrays
        News-clock column of each estimation session on the event's own clock, -1 where it has none.
    total, squares : (G, T) float
        Σ z and Σ z² over the cell's members, z a residual over the root of its own mean square.
    scaled, scaled_squares : (G, T) float
        Σ s z and Σ s²z², s² a member's residual variance.
    present, complete : (G, T) float
        Members with a residual; those of them whose return spans one session.
    residual : (G, T) float
        Σ e, on one session's scale.
    variance, dof : float
        Σ s² and Σ d, which are a single member's own.
    quality : float
        Σ Q.
    rising : float
        Σ p̂, the share of positive one-day abnormal returns over the estimation window.
    ar, sar : Moments
        Of AR and SAR by event day.
    estimation_ar, estimation_sar : Moments
        Of residuals as fitted, and standardised, by session of the estimation window.
    clocks : NewsClocks
        What the events' hours make of the sessions.
    min_estimation : int
        Fewest complete columns for a portfolio's variance.
    """

    number: int
    size: int
    event: tuple[int, ...]
    calendar: tuple[int, ...]
    position: tuple[int, ...]
    column: tuple[IntArray, ...]
    total: FloatArray
    squares: FloatArray
    scaled: FloatArray
    scaled_squares: FloatArray
    present: FloatArray
    complete: FloatArray
    residual: FloatArray
    variance: float
    dof: float
    quality: float
    rising: float
    ar: Moments[FloatArray]
    sar: Moments[FloatArray]
    estimation_ar: Moments[FloatArray]
    estimation_sar: Moments[FloatArray]
    clocks: NewsClocks
    min_estimation: int
    _placed: dict[int, ClusterSums] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, arrays: StudyArrays, rows: IntArray) -> ClusterState:
        """Of the observations of one cluster.

        Parameters
        ----------
        arrays : StudyArrays
            The study.
        rows : (n,) int
            The observations, at least one.
        """
        panel, fit, abnormal = arrays.panel, arrays.fit, arrays.abnormal
        cell = arrays.cell[rows]
        if (cell == cell[0]).all():
            grouped, starts = rows, np.zeros(1, dtype=np.int64)
        else:
            order = np.argsort(cell, kind="stable")
            grouped, starts = rows[order], np.flatnonzero(np.diff(cell[order], prepend=-1))
        first = grouped[starts]

        def summed(values: FloatArray | BoolArray) -> FloatArray:
            found: FloatArray
            if len(starts) == 1:
                found = np.add.reduce(values, axis=0, dtype=np.float64, keepdims=True)
            else:
                found = np.add.reduceat(values, starts, axis=0, dtype=np.float64)
            return found

        sessions = arrays.sessions
        standard = sessions.standard[grouped]
        scaled = standard * np.sqrt(fit.residual_variance[grouped])[:, None]
        return cls(
            number=int(arrays.cluster[rows[0]]),
            size=len(rows),
            event=tuple(panel.event[first].tolist()),
            calendar=tuple(arrays.calendar[first].tolist()),
            position=tuple(arrays.position[first].tolist()),
            column=tuple(panel.estimation_column[row] for row in first.tolist()),
            total=summed(standard),
            squares=summed(standard * standard),
            scaled=summed(scaled),
            scaled_squares=summed(scaled * scaled),
            present=summed(sessions.there[grouped]),
            complete=summed(sessions.whole[grouped]),
            residual=summed(sessions.residual[grouped]),
            variance=float(fit.residual_variance[rows].sum()),
            dof=float(fit.dof[rows].sum()),
            quality=float(abnormal.quality[rows].sum()),
            rising=float(arrays.rising[rows].sum()),
            ar=Moments.of_columns(abnormal.ar[rows]),
            sar=Moments.of_columns(abnormal.sar[rows]),
            estimation_ar=Moments.of_columns(fit.residuals[rows]),
            estimation_sar=Moments.of_columns(abnormal.estimation_sar[rows]),
            clocks=arrays.clocks,
            min_estimation=arrays.min_estimation,
        )

    def __add__(self, other: ClusterState) -> ClusterState:
        """Of both parts of the cluster."""
        mine, theirs = tuple(self._cells()), tuple(other._cells())
        cells = sorted({*mine, *theirs})
        place = {cell: number for number, cell in enumerate(cells)}
        left, right = [place[cell] for cell in mine], [place[cell] for cell in theirs]
        column: dict[int, IntArray] = dict(zip(left + right, self.column + other.column, strict=True))

        def both(one: FloatArray, two: FloatArray) -> FloatArray:
            found = np.zeros((len(cells), one.shape[1]))
            found[left] = one
            found[right] += two
            return found

        return ClusterState(
            number=self.number,
            size=self.size + other.size,
            event=tuple(cell[0] for cell in cells),
            calendar=tuple(cell[1] for cell in cells),
            position=tuple(cell[2] for cell in cells),
            column=tuple(column[number] for number in range(len(cells))),
            total=both(self.total, other.total),
            squares=both(self.squares, other.squares),
            scaled=both(self.scaled, other.scaled),
            scaled_squares=both(self.scaled_squares, other.scaled_squares),
            present=both(self.present, other.present),
            complete=both(self.complete, other.complete),
            residual=both(self.residual, other.residual),
            variance=self.variance + other.variance,
            dof=self.dof + other.dof,
            quality=self.quality + other.quality,
            rising=self.rising + other.rising,
            ar=self.ar + other.ar,
            sar=self.sar + other.sar,
            estimation_ar=self.estimation_ar + other.estimation_ar,
            estimation_sar=self.estimation_sar + other.estimation_sar,
            clocks=self.clocks + other.clocks,
            min_estimation=self.min_estimation,
        )

    def knowing(self, clocks: NewsClocks) -> ClusterState:
        """The same sums beside the clocks of events that other parts of the group hold."""
        return self if clocks is self.clocks else replace(self, clocks=clocks)

    def _cells(self) -> Iterator[tuple[int, int, int, bytes]]:
        """What tells the cells apart."""
        for event, calendar, position, column in zip(
            self.event, self.calendar, self.position, self.column, strict=True
        ):
            yield event, calendar, position, column.tobytes()

    @cached_property
    def sums(self) -> ClusterSums:
        """By news-clock column, on the clock of the cluster's first event."""
        return self.on_clock(min(self.event))

    @cached_property
    def alone(self) -> CrossCorrelation:
        """Mean cross-correlation of the cluster's residuals, and what follows from it; whatever the window."""
        return cross_correlation([self.sums], np.zeros((1, 1)))

    def on_clock(self, event: int) -> ClusterSums:
        """By news-clock column of any event: sessions that its hour puts into one column are one.

        Parameters
        ----------
        event : int
            The event whose hour sets the clock.
        """
        first = min(self.event)
        own = all(self.clocks.agree(one, event) for one in set(self.event))
        name = -1 if own else event  # every column already is that clock's
        if name not in self._placed:
            if own:
                self._placed[name] = self._by_column(self.column)
            else:
                seen = tuple(
                    self.clocks.seen(calendar, position, column, event)
                    for calendar, position, column in zip(self.calendar, self.position, self.column, strict=True)
                )
                # sessions that another event does not know leave no cluster with too few full columns
                self._placed[name] = self._by_column(seen, None if event == first else self.sums.enough)
        return self._placed[name]

    def _by_column(self, column: tuple[IntArray, ...], enough: bool | None = None) -> ClusterSums:
        """The sums of all cells; the mean residual of full columns alone."""
        placed = np.array(column)
        known = placed >= 0
        place = placed[known]
        start = int(place.min(initial=np.iinfo(np.int64).max)) if len(place) else 0
        place = place - start
        width = int(place.max(initial=-1)) + 1

        def summed(values: FloatArray) -> FloatArray:
            found: FloatArray = np.bincount(place, values[known], minlength=width).astype(np.float64, copy=False)
            return found

        total, squares, present = summed(self.total), summed(self.squares), summed(self.present)
        scaled, scaled_squares = summed(self.scaled), summed(self.scaled_squares)
        everybody = (summed(self.complete) == self.size) & (present > 0)
        enough = int(everybody.sum()) >= self.min_estimation if enough is None else enough
        mean = np.divide(summed(self.residual), present, out=np.full(width, np.nan), where=everybody)
        return ClusterSums(start, total, squares, present, scaled, scaled_squares, mean, self.size, enough)


@dataclass(frozen=True, eq=False)
class GroupState:
    """One group of observations over one window, as sums that add.

    Attributes
    ----------
    study : str
        Whose observations; states of one study add.
    window : (int, int)
        First and last event day.
    parameters : int
        Fitted coefficients p of the model.
    min_estimation : int
        Fewest complete columns for a portfolio's variance.
    car, scar : Moments
        Of the CARs and SCARs.
    positive, negative : int
        CARs above and below zero.
    inverse : float
        Σ (1/σ), σ the standard error of a CAR.
    clusters : tuple of C ClusterState
        The calendar clusters, in the order of time.
    k : (C,) float
        Σ Var(CAR)/s² of each cluster.
    totals : (C,) float
        Σ CAR of each cluster.

    Notes
    -----
    Every closed-form statistic and the headline take a state as they take a sample: ``bmp_t(one.state + other.state)``.
    In another order of adding they agree to 1e-12, in the same order bit for bit. Ranks need a second pass, because the
    deviations that divide a group's days are known only when its state is whole: ``inference.rank.DayRanks``.
    """

    study: str
    window: Window
    parameters: int
    min_estimation: int
    car: Moments[float]
    scar: Moments[float]
    positive: int
    negative: int
    inverse: float
    clusters: tuple[ClusterState, ...]
    k: FloatArray
    totals: FloatArray

    @classmethod
    def of(cls, sample: GroupSample) -> GroupState:
        """Of all observations of a sample."""
        arrays, window, car = sample.arrays, sample.window, sample.car
        parts = sample.clusters
        return cls(
            study=arrays.key,
            window=window.window,
            parameters=arrays.fit.n_parameters,
            min_estimation=arrays.min_estimation,
            car=Moments.of(car),
            scar=Moments.of(sample.scar),
            positive=int(np.count_nonzero(car > 0)),
            negative=int(np.count_nonzero(car < 0)),
            inverse=float(np.add.reduce(1.0 / sample.sigma)),
            clusters=tuple(arrays.cluster_state(rows) for rows in parts),
            k=np.array([np.add.reduce(window.k[rows]) for rows in parts], dtype=np.float64),
            totals=np.array([np.add.reduce(window.car[rows]) for rows in parts], dtype=np.float64),
        )

    def __add__(self, other: GroupState) -> GroupState:
        """Of both groups together, which share no observation.

        Raises
        ------
        ValueError
            If the windows or the studies differ.
        """
        if self.window != other.window:
            raise ValueError(
                f"window: {self.window} and {other.window} are two windows; add states of one window at a time"
            )
        mine = (self.study, self.parameters, self.min_estimation)
        theirs = (other.study, other.parameters, other.min_estimation)
        if mine != theirs:
            raise ValueError(
                f"study: {mine} and {theirs} are two studies (key, coefficients, fewest sessions); "
                "add states of one study, whose parts carry its key"
            )
        found: dict[int, ClusterState] = {one.number: one for one in self.clusters}
        for one in other.clusters:
            found[one.number] = found[one.number] + one if one.number in found else one
        clocks = reduce(add, (one.clocks for one in (*self.clusters[:1], *other.clusters[:1])), NewsClocks({}))
        order = sorted(found)
        place = {number: where for where, number in enumerate(order)}

        def both(one: FloatArray, two: FloatArray) -> FloatArray:
            total = np.zeros(len(order))
            total[[place[cluster.number] for cluster in self.clusters]] = one
            total[[place[cluster.number] for cluster in other.clusters]] += two
            return total

        return GroupState(
            study=self.study,
            window=self.window,
            parameters=self.parameters,
            min_estimation=self.min_estimation,
            car=self.car + other.car,
            scar=self.scar + other.scar,
            positive=self.positive + other.positive,
            negative=self.negative + other.negative,
            inverse=self.inverse + other.inverse,
            clusters=tuple(found[number].knowing(clocks) for number in order),
            k=both(self.k, other.k),
            totals=both(self.totals, other.totals),
        )

    @property
    def state(self) -> GroupState:
        """Itself: statistics take a state as they take a sample."""
        return self

    @property
    def portfolio(self) -> tuple[float, float] | None:
        """V and d of ``portfolio_variance`` where they are already known; None where clusters are to be asked."""
        return None

    @property
    def n(self) -> int:
        """Number of observations N."""
        return int(self.car.count)

    @property
    def length(self) -> int:
        """Number of sessions L of the window."""
        return window_length(self.window)

    @property
    def caar(self) -> float:
        """Mean CAR."""
        return self.car.mean if self.n else math.nan

    @cached_property
    def sizes(self) -> FloatArray:
        """(C,) members of each cluster."""
        return np.array([one.size for one in self.clusters], dtype=np.float64)

    @cached_property
    def quality(self) -> float:
        """Σ Q."""
        return sum(one.quality for one in self.clusters)

    @property
    def rising(self) -> float:
        """Σ p̂."""
        return sum(one.rising for one in self.clusters)

    @cached_property
    def mean_residual(self) -> FloatArray:
        """(T,) mean residual by event day of the estimation window, NaN on a day on which nobody traded."""
        by_day = self.estimation_ar
        return np.where(by_day.count > 0, by_day.mean, np.nan)

    @cached_property
    def ar(self) -> Moments[FloatArray]:
        """Of AR by event day; AAR is its mean. Not of an empty group."""
        return reduce(add, (one.ar for one in self.clusters))

    @cached_property
    def sar(self) -> Moments[FloatArray]:
        """Of SAR by event day. Not of an empty group."""
        return reduce(add, (one.sar for one in self.clusters))

    @cached_property
    def estimation_ar(self) -> Moments[FloatArray]:
        """Of residuals as fitted, by session of the estimation window. Not of an empty group."""
        return reduce(add, (one.estimation_ar for one in self.clusters))

    @cached_property
    def estimation_sar(self) -> Moments[FloatArray]:
        """Of standardised residuals by session of the estimation window. Not of an empty group."""
        return reduce(add, (one.estimation_sar for one in self.clusters))

    def beside(self, one: int, other: int) -> ClusterSums:
        """Residual sums of one cluster on the clock of another, so that common sessions share their columns."""
        return self.clusters[other].on_clock(min(self.clusters[one].event))

    @cached_property
    def overlap(self) -> FloatArray:
        """(C, C) share of sessions common to two clusters' windows, zero on the diagonal."""
        if len(self.clusters) < 2:
            return np.zeros((len(self.clusters),) * 2)
        return overlap_matrix(
            [np.array(one.calendar) for one in self.clusters],
            [np.array(one.position) for one in self.clusters],
            self.length,
        )

    @cached_property
    def overlapping(self) -> tuple[tuple[int, int], ...]:
        """Pairs of clusters whose windows have sessions in common, each once."""
        return overlapping_pairs(self.overlap) if len(self.clusters) > 1 else ()

    @cached_property
    def date(self) -> IntArray:
        """(C,) separate date of each cluster, clusters with overlapping windows on one."""
        return separate_dates(len(self.clusters), self.overlapping)

    @cached_property
    def n_dates(self) -> int:
        """Number of separate dates."""
        return int(self.date.max()) + 1 if len(self.clusters) > 1 else len(self.clusters)

    @cached_property
    def correlation(self) -> CrossCorrelation:
        """Mean cross-correlation of the group's residuals, and what follows from it."""
        if len(self.clusters) == 1:
            return self.clusters[0].alone
        return self._correlation(floored=True)

    @cached_property
    def _unfloored(self) -> CrossCorrelation:
        return self._correlation(floored=False)

    def _correlation(self, floored: bool) -> CrossCorrelation:
        return cross_correlation([one.sums for one in self.clusters], self.overlap, self.beside, floored)

    def correlation_above(self, floor: float | None) -> CrossCorrelation:
        """``correlation``, whose negative parts are zero in a variance, or with them as they are.

        Parameters
        ----------
        floor : {0.0, None}
            Zero or none.

        Raises
        ------
        ValueError
            If it is another value.
        """
        if floor not in (0.0, None):
            raise ValueError(f"floor: {floor!r} unknown; choose from 0.0, None")
        return self._unfloored if floor is None else self.correlation


class Summarised(Protocol):
    """What a closed-form statistic takes: a sample, or the sum of the states of its parts."""

    @property
    def n(self) -> int:
        """Number of observations."""
        ...

    @property
    def state(self) -> GroupState:
        """The sums."""
        ...
