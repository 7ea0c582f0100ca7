"""A large study on one calendar as the statistics read it: estimates by observation, and the sums of any group."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.abnormal import WindowReturns
from eventstudy.inference.correlation import CrossCorrelation, pooled_correlation
from eventstudy.inference.moments import ClusterState, GroupState, Moments
from eventstudy.inference.portfolio import pairwise_variance, pooled_variance
from eventstudy.inference.rank import over_deviation
from eventstudy.inference.sample import GroupSample, StudyArrays
from eventstudy.kernel.estimates import Estimates, by_security
from eventstudy.kernel.late import ByRow, LateAbnormal, LateFit, LatePanel, Reference
from eventstudy.kernel.securities import Securities
from eventstudy.models.base import ReturnModel
from eventstudy.panel.windows import Window, window_length
from eventstudy.threads import each, evenly

CHUNKS = 64
# numbers that chunks may hold together while they add up
SUMMED = 4_000_000
# observations whose residuals are worth a chunk
WORTH_A_CHUNK = 2_048
# security, position, first gap, coefficients, variance, inverse, centres and number of coefficients
_Observations = tuple[IntArray, IntArray, IntArray, FloatArray, FloatArray, FloatArray, FloatArray, int]


@dataclass(frozen=True, eq=False)
class SessionSums:
    """Sums by estimation session over the members of C clusters; those of parts of the members add.

    Attributes
    ----------
    total : (C, T) float
        Σ z, z a residual over the root of its own mean square.
    squares : (C,) float
        Σ z² over sessions too.
    present : (C, T) float
        Members with a residual.
    scaled : (C, T) float
        Σ s z, s² a member's residual variance.
    scaled_squares : (C,) float
        Σ s²z² over sessions too.
    mean : (C, T) float
        Σ e, on one session's scale.
    known : (C, T) float
        Members whose return spans one session.
    """

    total: FloatArray
    squares: FloatArray
    present: FloatArray
    scaled: FloatArray
    scaled_squares: FloatArray
    mean: FloatArray
    known: FloatArray

    @classmethod
    def of_none(cls, clusters: int, sessions: int) -> SessionSums:
        """Of clusters without members."""
        return cls.over(np.zeros(5 * clusters * sessions), clusters, sessions)

    @classmethod
    def over(cls, zeros: FloatArray, clusters: int, sessions: int) -> SessionSums:
        """The same in (5 C T,) zeros that are there."""
        total, present, scaled, mean, known = zeros.reshape(5, clusters, sessions)
        squares, scaled_squares = np.zeros((2, clusters))
        return cls(total, squares, present, scaled, scaled_squares, mean, known)


@dataclass(frozen=True, eq=False)
class Residuals:
    """What makes the residuals of N observations on demand.

    Attributes
    ----------
    securities : Securities
        Returns.
    security, position : (N,) int
        Row of the security; session of the event.
    first, sessions : int
        First event day of the estimation window, and its length T.
    coefficients, centre : (N, 1 + K), (N,) float
        As in ``Estimates``.
    variance, dof, count : (N,) float
        s², d and M.
    estimated : bool
        Whether the model estimates coefficients.
    reference : Reference
        What running sums cannot do justice to.
    """

    securities: Securities
    security: IntArray
    position: IntArray
    first: int
    sessions: int
    coefficients: FloatArray
    centre: FloatArray
    variance: FloatArray
    dof: FloatArray
    count: FloatArray
    estimated: bool
    reference: Reference
    _days: dict[bytes, tuple[FloatArray, FloatArray]] = field(default_factory=dict, init=False, repr=False)
    # of the rows that were asked for last, which are asked for several times
    _last: list[tuple[IntArray, _Observations]] = field(default_factory=list, init=False, repr=False)
    _room: list[FloatArray] = field(default_factory=list, init=False, repr=False)

    @cached_property
    def ordered(self) -> tuple[IntArray, IntArray, IntArray]:
        """Rows in the order of security and session, where each security's begin, and their sessions."""
        order, begins = by_security(self.security, self.position, *self.securities.values.shape)
        return order, begins, self.position[order]

    @cached_property
    def gaps(self) -> IntArray:
        """(N,) where the returns after gaps of each estimation window begin in the lists."""
        from eventstudy.kernel import residual_loops

        order, begins, position = self.ordered
        found = np.zeros(len(order), dtype=np.int64)

        def work(rows: IntArray) -> None:
            residual_loops.first_gaps(
                self.securities.gap_begin, self.securities.gap_day, rows, begins, position, self.first, found
            )

        each(work, evenly(np.diff(begins), CHUNKS))
        given = np.empty_like(found)
        given[order] = found
        return given

    @cached_property
    def gram(self) -> tuple[FloatArray, FloatArray]:
        """(N, p, p) inverse for centred regressors, NaN where running sums give none; centres by security."""
        from eventstudy.kernel import loops

        order, begins, position = self.ordered
        n, p = self.coefficients.shape
        gram, centres = np.full((n, p, p), np.nan), np.zeros((len(begins) - 1, p))
        code, count = np.zeros((2, n), dtype=np.int64)
        centre, variance, r_squared = np.zeros((3, n))
        nothing, coefficients = np.zeros((0, n)), np.zeros((n, p))
        window = np.array([self.first, self.first + self.sessions - 1], dtype=np.int64)

        def work(rows: IntArray) -> None:
            loops.fit_securities(
                *self.securities.lists, rows, begins, position, window, np.zeros((0, 2), dtype=np.int64), 1,
                self.estimated, False, False, code, count, coefficients, centre, variance, r_squared, gram,
                centres, True, nothing, nothing, nothing, nothing, np.zeros((0, n), dtype=bool),
            )  # fmt: skip

        each(work, evenly(np.diff(begins), CHUNKS))
        if not self.estimated:
            gram[code != loops.HARD] = 0.0
        given = np.empty_like(gram)
        given[order] = gram
        return given, centres

    def _read(self, rows: IntArray) -> _Observations:
        """What standardised residuals of some rows are made of, in their order: what is read together lies together."""
        for known, read in self._last:
            if np.array_equal(known, rows):
                return read
        gram, centres = self.gram
        columns: list[Any] = [
            self.security, self.position, self.gaps, self.coefficients, self.variance, gram
        ]  # fmt: skip
        security, position, gaps, coefficients, variance, inverse = (column[rows] for column in columns)
        fitted = self.coefficients.shape[1] if self.estimated else 0
        self._last[:] = [(rows, (security, position, gaps, coefficients, variance, inverse, centres, fitted))]
        return self._last[0][1]

    def standardised(self, rows: IntArray, first: int, sessions: int) -> FloatArray:
        """(n, sessions) standardised residuals or abnormal returns of some rows from an event day on."""
        from eventstudy.kernel import residual_loops

        read = self._read(rows)
        inside = first == self.first
        found = np.empty((len(rows), sessions))

        def work(chosen: IntArray) -> None:
            residual_loops.standardised(
                *self.securities.lists, chosen, *read, -1.0 if inside else 1.0, first, sessions, found
            )

        each(work, _parts(len(rows)))
        hard = np.flatnonzero(np.isnan(read[5][:, 0, 0]))
        if len(hard):
            found[hard] = self.reference.standardised(rows[hard])[inside]
        return found

    def estimation_moments(self, rows: IntArray) -> Moments[FloatArray]:
        """Of the standardised residuals of some rows by session of the estimation window."""
        from eventstudy.kernel import residual_loops

        read = self._read(rows)
        hard = np.isnan(read[5][:, 0, 0])
        easy = np.flatnonzero(~hard)

        def work(chosen: IntArray) -> Moments[FloatArray]:
            found = np.zeros((4, self.sessions))
            residual_loops.standardised_moments(
                *self.securities.lists, easy[chosen], *read, -1.0, self.first, self.sessions, *found
            )
            return Moments(*found)

        found = each(work, _parts(len(easy)))
        if hard.any():
            found.append(Moments.of_columns(self.standardised(rows[hard], self.first, self.sessions)))
        return reduce(add, found)

    def rank_sums(
        self, rows: IntArray, scale: FloatArray, event: FloatArray, scar: FloatArray
    ) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        """Sums of centred ranks of some rows by day, and how many rows have the day.

        Parameters
        ----------
        rows : (n,) int
            Observations.
        scale : (T,) float
            What each estimation session is divided by; NaN leaves it out.
        event : (n, L) float
            Days of the event, divided already.
        scar : (n, 1) float
            SCAR, divided already.

        Returns
        -------
        (total, present), (total, present)
            (T + L,) with the days of the event among those of the estimation window; (T + 1,) with SCAR.
        """
        from eventstudy.kernel import residual_loops

        read = self._read(rows)
        hard = np.isnan(read[5][:, 0, 0])
        easy = np.flatnonzero(~hard)
        event, scar = np.ascontiguousarray(event), np.ascontiguousarray(scar)

        def nothing() -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
            days, window = np.zeros((2, self.sessions + event.shape[1])), np.zeros((2, self.sessions + 1))
            return days[0], days[1], window[0], window[1]

        def work(chosen: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
            found = nothing()
            residual_loops.rank_sums(
                *self.securities.lists, easy[chosen], *read, self.first, self.sessions, scale, event, scar, *found
            )
            return found

        whole, parts = nothing(), each(work, _parts(len(easy)))
        if hard.any():
            given, found = self.standardised(rows[hard], self.first, self.sessions) / scale, nothing()
            residual_loops.rank_given(given, event[hard], scar[hard], *found)
            parts.append(found)
        for part in parts:
            for into, values in zip(whole, part, strict=True):
                into += values
        return whole[:2], whole[2:]

    @cached_property
    def rising(self) -> FloatArray:
        """(N,) share of positive residuals, as far as asked for."""
        return np.full(len(self.security), np.nan)

    def expect(self, groups: Sequence[IntArray]) -> None:
        """Sum the residuals of several groups, none with a row of another, in one pass over the securities."""
        from eventstudy.kernel import loops

        keys = [rows.tobytes() for rows in groups]
        new = [place for place, key in enumerate(keys) if key not in self._days and len(groups[place])]
        if not new:
            return
        group = np.full(len(self.security), -1, dtype=np.int64)
        for number, place in enumerate(new):
            group[groups[place]] = number
        order, begins, position = self.ordered
        # observations lie in the order in which they are read
        group, coefficients = group[order], self.coefficients[order]
        rising, shape = np.full(len(order), np.nan), (len(new), self.sessions)

        def work(rows: IntArray) -> tuple[FloatArray, FloatArray]:
            total, traded = np.zeros(shape), np.zeros(shape)
            loops.day_sums(
                *self.securities.lists, rows, begins, position, group, coefficients, self.first, self.sessions,
                rising, total, traded,
            )  # fmt: skip
            return total, traded

        # every chunk has sums of its own, so that they are few where groups are many
        chunks = max(min(CHUNKS, SUMMED // (shape[0] * shape[1])), 2)
        total, traded = np.zeros(shape), np.zeros(shape)
        for one, other in each(work, evenly(np.diff(begins), chunks)):
            total += one
            traded += other
        asked = group >= 0
        self.rising[order[asked]] = rising[asked]
        for number, place in enumerate(new):
            self._days[keys[place]] = total[number], traded[number]

    def by_day(self, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """Σ residual as fitted, and number of residuals, by estimation day over some rows; fills their ``rising``."""
        self.expect([rows])
        return self._days[rows.tobytes()]

    def cluster_sums(
        self,
        members: IntArray,
        starts: IntArray,
        finish: Callable[[IntArray, SessionSums], None] | None = None,
        room: SessionSums | None = None,
    ) -> SessionSums:
        """Sums over the members of clusters, whose event session is one, in their order.

        Parameters
        ----------
        members : (n,) int
            Rows of all clusters.
        starts : (C,) int
            Where each cluster's begin.
        finish : function of some clusters and the sums, optional
            Called as soon as the sums of these clusters are whole, while they are near the processor.
        room : SessionSums, optional
            Where to; zeros.
        """
        from eventstudy.kernel import residual_loops

        sums = SessionSums.of_none(len(starts), self.sessions) if room is None else room
        ends = np.append(starts, len(members))
        # the mean square of a row's residuals is s² d/M
        spread = np.sqrt(self.variance[members])
        scale = spread * np.sqrt(self.dof[members] / self.count[members])

        # what a member needs lies beside what the next one needs
        security, position, gaps = self.security[members], self.position[members], self.gaps[members]
        coefficients, centre = self.coefficients[members], self.centre[members]

        def work(which: IntArray) -> None:
            residual_loops.cluster_sums(
                *self.securities.lists, which, ends, security, position, gaps,
                coefficients, centre, scale, spread, self.first, self.sessions,
                sums.total, sums.squares, sums.present, sums.scaled, sums.scaled_squares, sums.mean, sums.known,
            )  # fmt: skip
            if finish is not None:
                finish(which, sums)

        each(work, evenly(np.diff(ends), _chunks(len(members))))
        return sums

    def room(self, clusters: int) -> SessionSums:
        """Zeros for the sums of so many clusters, until the next call: new memory costs as much as the sums."""
        wanted = 5 * clusters * self.sessions
        if not self._room or len(self._room[0]) < wanted:
            self._room[:] = [np.zeros(wanted)]
        whole = self._room[0][:wanted]
        whole.fill(0.0)
        return SessionSums.over(whole, clusters, self.sessions)


def _chunks(count: int) -> int:
    """Chunks of so many observations that are worth a thread."""
    return min(CHUNKS, count // WORTH_A_CHUNK + 1)


def _parts(count: int) -> list[IntArray]:
    """Numbers in such chunks."""
    return evenly(np.ones(count, dtype=np.int64), _chunks(count))


@dataclass(frozen=True, eq=False)
class LargeArrays(StudyArrays):
    """The arrays of a large study: by observation now, by day when someone asks.

    Attributes
    ----------
    residuals : Residuals
        What the sums of groups are made of.
    """

    residuals: Residuals | None = None
    # the last group that was ranked
    _ranked: list[tuple[tuple[GroupSample, GroupState, str | None], dict[bool, tuple[FloatArray, FloatArray]]]] = field(
        default_factory=list, init=False, repr=False
    )

    def expect(self, samples: Sequence[GroupSample], sums: Set[str]) -> None:
        """Residuals by day of all samples of a window in one pass; other sums are made when they are asked for."""
        if self.residuals is not None and "days" in sums:
            for number in range(len(self.windows)):
                self.residuals.expect([sample.rows for sample in samples if sample.number == number])

    def summed_ranks(
        self, sample: GroupSample, state: GroupState, cumulated: bool, restandardise: str | None, on: str
    ) -> tuple[FloatArray, FloatArray] | None:
        """Ranks by compiled loops; those of days and of the window come from one sort, and wait to be asked for."""
        if on != "sar" or not sample.n or self.residuals is None:
            return None
        for asked, found in self._ranked:
            if asked[0] is sample and asked[1] is state and asked[2] == restandardise and cumulated in found:
                return found[cumulated]
        kinds = False, True
        event, scale = zip(*(over_deviation(sample, state, kind, restandardise, on) for kind in kinds), strict=True)
        own = np.ones(self.residuals.sessions) if scale[cumulated] is None else scale[cumulated]
        sums = self.residuals.rank_sums(sample.rows, own, *event)
        same = [kind for kind in kinds if (scale[kind] is None) == (scale[cumulated] is None)]
        self._ranked[:] = [((sample, state, restandardise), {kind: sums[kind] for kind in same})]
        return sums[cumulated]

    def group_state(self, sample: GroupSample) -> GroupState:
        """The sums of one of the study's groups, by compiled loops."""
        return LargeState.of(sample) if self.residuals is not None and sample.n else GroupState.of(sample)


def large_arrays(
    securities: Securities,
    model: ReturnModel,
    estimates: Estimates,
    used: IntArray,
    security: IntArray,
    event: IntArray,
    position: IntArray,
    estimation: Window,
    days: Window,
    fewest: int,
    reference: Reference,
    made: Callable[..., Residuals] = Residuals,
) -> LargeArrays:
    """The arrays of the used observations.

    Parameters
    ----------
    securities, model, estimates
        Returns, and what was made of them by observation.
    used : (N,) int
        Those observations that are used.
    security, event, position : (P,) int
        Of all observations.
    estimation, days : (int, int)
        Estimation window and event range.
    fewest : int
        Fewest complete columns for a portfolio's variance.
    reference : Reference
        Of the used observations.
    made : function
        What makes residuals on demand, of the fields of ``Residuals``.
    """
    whole = len(used) == len(security)

    def taken(values: FloatArray) -> FloatArray:
        return values if whole else values[used]

    rows, events, sessions = (values if whole else values[used] for values in (security, event, position))
    count = taken(estimates.count.astype(np.float64))
    dof = count - estimates.parameters
    variance, coefficients = taken(estimates.variance), taken(estimates.coefficients)
    quality = np.divide(dof, dof - 2.0, out=np.full(len(dof), np.nan), where=dof > 2)
    estimated = model.estimated
    fit = LateFit.knowing(
        {
            "alpha": coefficients[:, 0] if estimated else np.full(len(used), np.nan),
            "beta": coefficients[:, 1] if estimated and coefficients.shape[1] > 1 else np.full(len(used), np.nan),
            "n_estimation": count,
            "residual_variance": variance,
            "dof": dof,
            "n_parameters": estimates.parameters,
            "r_squared": taken(estimates.r_squared),
        },
        lambda name: getattr(reference.whole()[1], name),
    )
    panel = LatePanel.knowing(
        {"taus": np.arange(days[0], days[1] + 1), "security": rows, "event": events},
        lambda name: getattr(reference.whole()[0], name),
    )
    residuals = made(
        securities=securities,
        security=rows,
        position=sessions,
        first=estimation[0],
        sessions=window_length(estimation),
        coefficients=coefficients,
        centre=taken(estimates.centre),
        variance=variance,
        dof=dof,
        count=count,
        estimated=estimated,
        reference=reference,
    )
    abnormal = LateAbnormal.knowing(
        {
            "taus": panel.taus,
            "quality": quality,
            "sar": ByRow(
                (len(used), len(panel.taus)), lambda chosen: residuals.standardised(chosen, days[0], len(panel.taus))
            ),
            "estimation_sar": ByRow(
                (len(used), residuals.sessions),
                lambda chosen: residuals.standardised(chosen, residuals.first, residuals.sessions),
            ),
        },
        reference.abnormal,
    )
    return LargeArrays(
        panel=panel,
        fit=fit,
        abnormal=abnormal,
        windows=tuple(_of_rows(window, used, whole) for window in estimates.windows),
        cluster=events,
        calendar=np.zeros(len(used), dtype=np.int64),
        position=sessions,
        min_estimation=fewest,
        residuals=residuals,
    )


def _of_rows(window: WindowReturns, used: IntArray, whole: bool) -> WindowReturns:
    """CARs of the used observations."""
    if whole:
        return window
    return replace(
        window,
        car=window.car[used],
        car_variance=window.car_variance[used],
        scar=window.scar[used],
        bhar=window.bhar[used],
        k=window.k[used],
        present=window.present[used],
    )


class LargeState(GroupState):
    """The sums of a group of a large study; those that nobody asks for are not made."""

    _arrays: LargeArrays
    _rows: IntArray
    _number: int

    @classmethod
    def of(cls, sample: GroupSample) -> LargeState:
        """Of all observations of a sample, one at least."""
        arrays, window, rows, car = sample.arrays, sample.window, sample.rows, sample.car
        assert isinstance(arrays, LargeArrays)
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

    @cached_property
    def sar(self) -> Moments[FloatArray]:
        """Of SAR by event day."""
        return Moments.of_columns(self._arrays.abnormal.sar[self._rows])

    @cached_property
    def estimation_ar(self) -> Moments[FloatArray]:
        """Of residuals as fitted, by session of the estimation window."""
        return Moments.of_columns(self._arrays.fit.residuals[self._rows])

    @cached_property
    def estimation_sar(self) -> Moments[FloatArray]:
        """Of standardised residuals by session of the estimation window."""
        return self._residuals.estimation_moments(self._rows)

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
        from eventstudy.kernel import residual_loops

        made = self._residuals
        count = len(self._starts)
        within, mean_squares, columns = np.zeros((3, count))
        enough = np.zeros(count, dtype=bool)

        def finish(which: IntArray, sums: SessionSums) -> None:
            residual_loops.finish_clusters(
                which, self.sizes, self.min_estimation, sums.total, sums.squares, sums.present, sums.mean, sums.known,
                within, enough, mean_squares, columns,
            )  # fmt: skip

        sums = made.cluster_sums(self._order, self._starts, finish, made.room(count))
        dof = columns - float(self.parameters)
        variance = np.divide(mean_squares, dof, out=np.full(count, np.nan), where=dof > 0)
        own = np.add.reduceat(made.variance[self._order], self._starts)
        single = self.sizes == 1
        variance[single] = own[single]
        dof[single] = np.add.reduceat(made.dof[self._order], self._starts)[single]
        few = np.flatnonzero(~enough & ~single)
        variance[few], dof[few] = pairwise_variance(
            sums.present[few], sums.scaled[few], sums.scaled_squares[few], own[few] / self.sizes[few], self.sizes[few],
            self.parameters,
        )  # fmt: skip
        # partners of a cluster are the next ones that begin before its window is over
        session = self._session
        partners = np.searchsorted(session, session + self.length) - np.arange(count) - 1
        begins = np.concatenate([[0], np.cumsum(partners)])
        first = np.repeat(np.arange(count), partners)
        second = np.arange(begins[-1]) - begins[first] + first + 1
        between, covariance = np.zeros((2, len(first)))

        def pairs(which: IntArray) -> None:
            residual_loops.overlapping_products(
                which, session, self.length, begins, enough, sums.total, sums.present, sums.scaled, sums.mean,
                sums.known, between, covariance,
            )  # fmt: skip

        if len(first):
            each(pairs, evenly(partners, _chunks(len(first))))
        overlap = (self.length - (session[second] - session[first])) / self.length
        between *= overlap
        covariance *= overlap * self.length
        variance *= self.k / self.sizes
        correlation = pooled_correlation(self.sizes, within, first, second, between, floored)
        if count == 1:
            return correlation, (float(variance[0]), float(dof[0]))
        return correlation, pooled_variance(self.sizes / self.n, variance, dof, first, second, covariance)
