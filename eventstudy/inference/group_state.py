"""What a group's closed-form statistics are made of: sums that add, so that chunks of observations are one group.

A state knows no observation, only sums over them. Two states of disjoint observations of one study and window add to
the state of both: ``GroupState.of(one) + GroupState.of(other)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add
from typing import TYPE_CHECKING, Protocol

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.cluster_state import ClusterState
from eventstudy.inference.correlation import (
    ClusterSums,
    CrossCorrelation,
    NewsClocks,
    cross_correlation,
    overlap_matrix,
    overlapping_pairs,
    separate_dates,
)
from eventstudy.inference.moments import Moments
from eventstudy.panel.windows import Window, window_length

if TYPE_CHECKING:
    from eventstudy.inference.sample import GroupSample


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

    def release(self) -> None:
        """Let go of what is found again in no time; there is nothing of the kind in sums."""

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
