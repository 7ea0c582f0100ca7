"""The sums of a group of a large study; those that nobody asks for are not made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.inference.cluster_state import ClusterState
from eventstudy.inference.correlation import CrossCorrelation, pooled_correlation
from eventstudy.inference.group_state import GroupState
from eventstudy.inference.moments import Moments
from eventstudy.inference.portfolio import pairwise_variance, pooled_variance
from eventstudy.inference.sample import GroupSample, StudyArrays
from eventstudy.kernel.residuals import Residuals, SessionSums, chunks
from eventstudy.threads import each, evenly

if TYPE_CHECKING:
    from eventstudy.kernel.study import LargeArrays


class LargeState(GroupState):
    """The sums of a group of a large study; those that nobody asks for are not made."""

    _arrays: LargeArrays
    _rows: IntArray
    _number: int

    @classmethod
    def of(cls, sample: GroupSample) -> LargeState:
        """Of all observations of a sample, one at least."""
        arrays, window, rows, car = cast("LargeArrays", sample.arrays), sample.window, sample.rows, sample.car
        made = object.__new__(cls)
        made.__dict__.update(
            window=window.window,
            parameters=arrays.fit.n_parameters,
            min_estimation=arrays.min_estimation,
            car=Moments.of(car),
            scar=Moments.of(sample.scar),
            positive=int(np.count_nonzero(car > 0)),
            negative=int(np.count_nonzero(car < 0)),
            inverse=float(np.add.reduce(1.0 / sample.sigma)),
            _arrays=arrays,
            _rows=rows,
            _number=sample.number,
        )
        return made

    def __getattr__(self, name: str) -> object:
        if name not in ("study", "clusters", "k", "totals") or "_arrays" not in self.__dict__:
            raise AttributeError(name)
        value: object
        if name == "study":
            value = self._arrays.key
        elif name == "clusters":
            value = self._cluster_states(self._arrays)
        else:
            window = self._arrays.windows[self._number]
            value = np.add.reduceat((window.k if name == "k" else window.car)[self._order], self._starts)
        self.__dict__[name] = value
        return value

    def _cluster_states(self, arrays: StudyArrays) -> tuple[ClusterState, ...]:
        """The clusters as states that add to those of other parts; by the reference."""
        return tuple(arrays.cluster_state(np.sort(part)) for part in np.split(self._order, self._starts[1:]))

    def release(self) -> None:
        """Let go of the order of the rows, which is found again."""
        vars(self).pop("_order", None)

    @cached_property
    def _order(self) -> IntArray:
        """(n,) rows in the order of their sessions."""
        position = self._arrays.position[self._rows]
        # counting sort: sessions are few beside observations
        small = position.astype(np.uint16) if position.max() < 1 << 16 else position
        return self._rows[np.argsort(small, kind="stable")]

    @cached_property
    def _starts(self) -> IntArray:
        """(C,) where the rows of each cluster begin."""
        return np.flatnonzero(np.diff(self._arrays.position[self._order], prepend=-1))

    @cached_property
    def sizes(self) -> FloatArray:
        """(C,) members of each cluster."""
        return np.diff(self._starts, append=len(self._rows)).astype(np.float64)

    @property
    def _residuals(self) -> Residuals:
        assert self._arrays.residuals is not None
        return self._arrays.residuals

    @cached_property
    def _session(self) -> IntArray:
        """(C,) event session of each cluster."""
        return self._arrays.position[self._order[self._starts]]

    @cached_property
    def quality(self) -> float:
        """Σ Q."""
        return float(self._arrays.abnormal.quality[self._rows].sum())

    @property
    def rising(self) -> float:
        """Σ p̂."""
        self._residuals.by_day(self._rows)
        return float(self._residuals.rising[self._rows].sum())

    @cached_property
    def mean_residual(self) -> FloatArray:
        """(T,) mean residual by event day of the estimation window, NaN on a day on which nobody traded."""
        total, traded = self._residuals.by_day(self._rows)
        mean: FloatArray = np.divide(total, traded, out=np.full(len(total), np.nan), where=traded > 0)
        return mean

    @cached_property
    def date(self) -> IntArray:
        """(C,) separate date of each cluster, clusters with overlapping windows on one."""
        return np.cumsum(np.diff(self._session, prepend=self._session[0]) >= self.length)

    @cached_property
    def n_dates(self) -> int:
        """Number of separate dates."""
        return int(self.date[-1]) + 1

    @cached_property
    def correlation(self) -> CrossCorrelation:
        """Mean cross-correlation of the group's residuals, and what follows from it."""
        return self._correlation(floored=True)

    def _correlation(self, floored: bool) -> CrossCorrelation:
        return self._summed[0] if floored else self._pooled(floored)[0]

    @cached_property
    def ar(self) -> Moments[FloatArray]:
        """Of AR by event day."""
        return Moments.of_columns(self._arrays.abnormal.ar[self._rows])

    @property
    def sar(self) -> Moments[FloatArray]:
        """Of SAR by event day."""
        return self._day_moments[0]

    @cached_property
    def estimation_ar(self) -> Moments[FloatArray]:
        """Of residuals as fitted, by session of the estimation window."""
        return Moments.of_columns(self._arrays.fit.residuals[self._rows])

    @property
    def estimation_sar(self) -> Moments[FloatArray]:
        """Of standardised residuals by session of the estimation window."""
        return self._day_moments[1]

    @cached_property
    def _day_moments(self) -> tuple[Moments[FloatArray], Moments[FloatArray]]:
        """Both, which are made in one pass over the returns."""
        taus = self._arrays.abnormal.taus
        return self._residuals.day_moments(self._rows, int(taus[0]), len(taus))

    @property
    def portfolio(self) -> tuple[float, float]:
        """V and d of ``portfolio_variance``."""
        return self._summed[1]

    @cached_property
    def _summed(self) -> tuple[CrossCorrelation, tuple[float, float]]:
        """Correlation with negative parts at zero; V and d."""
        return self._pooled(floored=True)

    def _pooled(self, floored: bool) -> tuple[CrossCorrelation, tuple[float, float]]:
        """What is made of the residual sums of every cluster; the pairs, many times the clusters, are not kept."""

        from eventstudy.kernel import sum_loops

        made = self._residuals
        count = len(self._starts)
        sums, clusters = finished_clusters(
            made, self._order, self._starts, self.min_estimation, self.parameters, made.room(count)
        )
        within, enough, dof = clusters.within, clusters.enough, clusters.dof
        variance = clusters.variance
        # partners of a cluster are the next ones that begin before its window is over
        session = self._session
        partners = np.searchsorted(session, session + self.length) - np.arange(count) - 1
        begins = np.concatenate([[0], np.cumsum(partners)])
        first = np.repeat(np.arange(count), partners)
        second = np.arange(begins[-1]) - begins[first] + first + 1
        between, covariance = np.zeros((2, len(first)))

        def pairs(which: IntArray) -> None:
            sum_loops.overlapping_products(
                which, session, self.length, begins, enough, sums.total, sums.present, sums.scaled, sums.mean,
                sums.known, between, covariance,
            )  # fmt: skip

        if len(first):
            each(pairs, evenly(partners, chunks(len(first))))
        overlap = (self.length - (session[second] - session[first])) / self.length
        between *= overlap
        covariance *= overlap * self.length
        variance *= self.k / self.sizes
        correlation = pooled_correlation(self.sizes, within, first, second, between, floored)
        if count == 1:
            return correlation, (float(variance[0]), float(dof[0]))
        return correlation, pooled_variance(self.sizes / self.n, variance, dof, first, second, covariance)


@dataclass(frozen=True, eq=False)
class ClusterResiduals:
    """What residuals say of C clusters, each for itself.

    Attributes
    ----------
    within : (C,) float
        Mean correlation of two members, 0 where there is no pair.
    enough : (C,) bool
        Whether sessions on which every member has a residual are enough for a variance.
    variance, dof : (C,) float
        s_P² of the mean residual, and its degrees of freedom.
    """

    within: FloatArray
    enough: BoolArray
    variance: FloatArray
    dof: FloatArray


def finished_clusters(
    made: Residuals, members: IntArray, starts: IntArray, fewest: int, parameters: int, room: SessionSums | None = None
) -> tuple[SessionSums, ClusterResiduals]:
    """Sums by session over the members of every cluster, and what is made of them.

    Parameters
    ----------
    made : Residuals
        Of all observations.
    members : (n,) int
        Rows of all clusters, which have one event session each.
    starts : (C,) int
        Where each cluster's begin.
    fewest : int
        Fewest complete sessions for a variance of their own.
    parameters : int
        p.
    room : SessionSums, optional
        Where to.
    """
    from eventstudy.kernel import sum_loops

    count = len(starts)
    sizes = np.diff(starts, append=len(members)).astype(np.float64)
    within, mean_squares, columns = np.zeros((3, count))
    enough = np.zeros(count, dtype=bool)

    def finish(which: IntArray, sums: SessionSums) -> None:
        sum_loops.finish_clusters(
            which, sizes, fewest, sums.total, sums.squares, sums.present, sums.mean, sums.known,
            within, enough, mean_squares, columns,
        )  # fmt: skip

    sums = made.cluster_sums(members, starts, finish, room)
    dof = columns - float(parameters)
    variance = np.divide(mean_squares, dof, out=np.full(count, np.nan), where=dof > 0)
    own = np.add.reduceat(made.variance[members], starts)
    single = sizes == 1
    variance[single] = own[single]
    dof[single] = np.add.reduceat(made.dof[members], starts)[single]
    few = np.flatnonzero(~enough & ~single)
    variance[few], dof[few] = pairwise_variance(
        sums.present[few], sums.scaled[few], sums.scaled_squares[few], own[few] / sizes[few], sizes[few], parameters
    )
    return sums, ClusterResiduals(within, enough, variance, dof)
