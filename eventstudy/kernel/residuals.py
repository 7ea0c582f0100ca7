"""Residuals of a large study, made again when a sum wants them: standardised, by day, by cluster, ranked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np

from eventstudy._arrays import FloatArray, IntArray, SmallArray
from eventstudy.inference.moments import Moments
from eventstudy.kernel.estimates import HARD, Fits, begins_of
from eventstudy.kernel.late import Reference
from eventstudy.kernel.securities import Securities
from eventstudy.threads import each, evenly

CHUNKS = 64
# numbers that chunks may hold together while they add up
SUMMED = 400_000
# observations whose residuals are worth a chunk
WORTH_A_CHUNK = 2_048
# observations that are ranked at a time, so that they stay near the processor
RANKED = 256
# security, position, first gap, coefficients, variance, inverse, centres and number of coefficients
_Observations = tuple[IntArray, IntArray, SmallArray, FloatArray, FloatArray, FloatArray, FloatArray, int]


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
    def over(cls, numbers: FloatArray, clusters: int, sessions: int) -> SessionSums:
        """In (5 C T,) numbers that are there, as they are."""
        total, present, scaled, mean, known = numbers.reshape(5, clusters, sessions)
        squares, scaled_squares = np.zeros((2, clusters))
        return cls(total, squares, present, scaled, scaled_squares, mean, known)


@dataclass(frozen=True, eq=False)
class Residuals:
    """What makes the residuals of N observations on demand; they stand in the order of security and session.

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
    def begins(self) -> IntArray:
        """(n + 1,) where the observations of each security begin."""
        return begins_of(self.security, len(self.securities.values))

    @cached_property
    def gaps(self) -> SmallArray:
        """(N,) where the returns after gaps of each estimation window begin in the lists."""
        from eventstudy.kernel import residual_loops

        found = np.zeros(len(self.security), dtype=np.int32)

        def work(rows: IntArray) -> None:
            residual_loops.first_gaps(
                self.securities.gap_begin, self.securities.gap_day, rows, self.begins, self.position, self.first, found
            )

        each(work, evenly(np.diff(self.begins), CHUNKS))
        return found

    @cached_property
    def gram(self) -> tuple[FloatArray, FloatArray]:
        """(N, p, p) inverse for centred regressors, NaN where running sums give none; centres by security."""
        begins = self.begins
        # sums of clusters, as large as the inverses, are asked for before ranks
        self._room.clear()
        n, p = self.coefficients.shape
        gram, centres = np.full((n, p, p), np.nan), np.zeros((len(begins) - 1, p))
        window = (self.first, self.first + self.sessions - 1)

        def work(rows: IntArray) -> None:
            own = slice(begins[rows[0]], begins[rows[-1] + 1])
            made = Fits.room(own.stop - own.start, p - 1, 0)
            made.fit(
                self.securities, rows, begins - own.start, self.position[own], window, (), 1, self.estimated, False,
                False, (gram[own], centres),
            )  # fmt: skip
            if not self.estimated:
                gram[own][made.code != HARD] = 0.0

        each(work, evenly(np.diff(begins), CHUNKS))
        return gram, centres

    def _read(self, rows: IntArray) -> _Observations:
        """What standardised residuals of some rows are made of, in their order: what is read together lies together."""
        for known, read in self._last:
            if np.array_equal(known, rows):
                return read
        gram, centres = self.gram
        columns: list[Any] = [self.security, self.position, self.gaps, self.coefficients, self.variance, gram]
        security, position, gaps, coefficients, variance, inverse = _gathered(columns, rows)
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
        _, hard = _hard(read)
        if len(hard):
            given, reference = rows[hard], self.reference
            found[hard] = reference.estimation_sar(given) if inside else reference.sar(given, first, sessions)
        return found

    def day_moments(self, rows: IntArray, first: int, days: int) -> tuple[Moments[FloatArray], Moments[FloatArray]]:
        """Of the SAR of some rows by event day from ``first`` on, and of their standardised residuals by session."""
        from eventstudy.kernel import residual_loops

        read = self._read(rows)
        easy, hard = _hard(read)

        def work(chosen: IntArray) -> tuple[Moments[FloatArray], Moments[FloatArray]]:
            event, estimation = np.zeros((4, days)), np.zeros((4, self.sessions))
            residual_loops.day_moments(
                *self.securities.lists, easy[chosen], *read, first, days, event, self.first, self.sessions, estimation
            )
            return Moments(*event), Moments(*estimation)

        found = each(work, _parts(len(easy)))
        if len(hard):
            whole = (
                self.standardised(rows[hard], first, days),
                self.standardised(rows[hard], self.first, self.sessions),
            )
            found.append((Moments.of_columns(whole[0]), Moments.of_columns(whole[1])))
        event, estimation = zip(*found, strict=True)
        return reduce(add, event), reduce(add, estimation)

    def rank_sums(
        self, rows: IntArray, first: int, scale: FloatArray, event: FloatArray, scar: FloatArray
    ) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        """Sums of centred ranks of some rows by day, and how many rows have the day.

        Parameters
        ----------
        rows : (n,) int
            Observations.
        first : int
            First day of the event.
        scale, event : (T,) and (L,) float
            What each estimation session and each day of the event is divided by; NaN leaves it out.
        scar : (n,) float
            SCAR, divided already.

        Returns
        -------
        (total, present), (total, present)
            (T + L,) with the days of the event among those of the estimation window; (T + 1,) with SCAR.
        """

        from eventstudy.kernel import rank_loops

        read = self._read(rows)
        easy, hard = _hard(read)
        days = len(event)
        width = self.sessions + days + 1

        def work(chosen: IntArray) -> FloatArray:
            sums, room = np.zeros((3, width)), np.empty((RANKED, width))
            for begin in range(0, len(chosen), RANKED):
                some = easy[chosen[begin : begin + RANKED]]
                lines = room[: len(some)]
                rank_loops.rank_lines(*self.securities.lists, some, *read, self.first, scale, first, event, scar, lines)
                add_line_ranks(lines, self.sessions, sums)
            return sums

        parts = each(work, _parts(len(easy)))
        if len(hard):
            lines = [
                self.standardised(rows[hard], self.first, self.sessions) / scale,
                self.standardised(rows[hard], first, days) / event,
                scar[hard, None],
            ]
            parts.append(np.zeros((3, width)))
            add_line_ranks(np.hstack(lines), self.sessions, parts[-1])
        by_day, by_window, present = reduce(add, parts)
        day, window = np.arange(width - 1), np.append(np.arange(self.sessions), width - 1)
        return (by_day[day], present[day]), (by_window[window], present[window])

    @cached_property
    def rising(self) -> FloatArray:
        """(N,) share of positive residuals, as far as asked for."""
        return np.full(len(self.security), np.nan)

    def expect(self, groups: Sequence[IntArray]) -> None:
        """Sum the residuals of several groups, none with a row of another, in one pass over the securities."""

        from eventstudy.kernel import sum_loops

        keys = [rows.tobytes() for rows in groups]
        new = [place for place, key in enumerate(keys) if key not in self._days and len(groups[place])]
        if not new:
            return
        group = np.full(len(self.security), -1, dtype=np.int32)
        for number, place in enumerate(new):
            group[groups[place]] = number
        shape = (len(new), self.sessions)

        def work(rows: IntArray) -> tuple[FloatArray, FloatArray]:
            total, traded = np.zeros(shape), np.zeros(shape)
            sum_loops.day_sums(
                *self.securities.lists, rows, self.begins, self.position, group, self.coefficients, self.first,
                self.sessions, self.rising, total, traded,
            )  # fmt: skip
            return total, traded

        # every chunk has sums of its own, so that they are few where groups are many
        chunks = max(min(CHUNKS, SUMMED // (shape[0] * shape[1])), 2)
        total, traded = np.zeros(shape), np.zeros(shape)
        for one, other in each(work, evenly(np.diff(self.begins), chunks)):
            total += one
            traded += other
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
            Where to.
        """

        from eventstudy.kernel import sum_loops

        sums = SessionSums.of_none(len(starts), self.sessions) if room is None else room
        ends = np.append(starts, len(members))
        # what a member needs lies beside what the next one needs
        columns: list[Any] = [
            self.security, self.position, self.gaps, self.coefficients, self.centre, self.variance, self.dof, self.count
        ]  # fmt: skip
        read = _gathered(columns, members)
        security, position, gaps, coefficients, centre, variance, dof, count = read
        # the mean square of a row's residuals is s² d/M
        spread = np.sqrt(variance)
        scale = spread * np.sqrt(dof / count)

        def work(which: IntArray) -> None:
            sum_loops.cluster_sums(
                *self.securities.lists, which, ends, security, position, gaps,
                coefficients, centre, scale, spread, self.first, self.sessions,
                sums.total, sums.squares, sums.present, sums.scaled, sums.scaled_squares, sums.mean, sums.known,
            )  # fmt: skip
            if finish is not None:
                finish(which, sums)

        each(work, evenly(np.diff(ends), chunks(len(members))))
        return sums

    def room(self, clusters: int) -> SessionSums:
        """Room for the sums of so many clusters, until the next call: new memory costs as much as the sums."""
        wanted = 5 * clusters * self.sessions
        if not self._room or len(self._room[0]) < wanted:
            self._room[:] = [np.empty(wanted)]
        return SessionSums.over(self._room[0][:wanted], clusters, self.sessions)


def add_line_ranks(lines: FloatArray, sessions: int, sums: FloatArray) -> None:
    """Centred ranks of the numbers of each line, added to sums by day.

    Parameters
    ----------
    lines : (n, T + L + 1) float
        Days of the estimation window, those of the event, and SCAR; NaN where there is none.
    sessions : int
        T.
    sums : (3, T + L + 1) float
        Σ of rank/(V + 1) - 1/2 with the event's days among those of the estimation window, SCAR left out; the same with
        SCAR among them, the event's days left out; how many lines have the day.
    """
    from eventstudy.kernel import rank_loops

    shift = np.uint32((lines.shape[1] - 1).bit_length())
    keys = np.empty(lines.shape, dtype=np.uint32)
    rank_loops.rank_keys(lines, shift, keys)
    keys.sort(axis=1)
    rank_loops.add_ranks(lines, keys, shift, sessions, *sums)


def _gathered(columns: Sequence[Any], rows: IntArray) -> list[Any]:
    """Some rows of every column; on threads where they are many."""
    if len(rows) < WORTH_A_CHUNK:
        return [column[rows] for column in columns]
    return each(lambda column: column[rows], columns)


def _hard(read: _Observations) -> tuple[IntArray, IntArray]:
    """Numbers of what running sums do justice to, and of the rest."""
    hard = np.isnan(read[5][:, 0, 0])
    return np.flatnonzero(~hard), np.flatnonzero(hard)


def chunks(count: int) -> int:
    """Chunks of so many observations that are worth a thread."""
    return min(CHUNKS, count // WORTH_A_CHUNK + 1)


def _parts(count: int) -> list[IntArray]:
    """Numbers in such chunks."""
    return evenly(np.ones(count, dtype=np.int64), chunks(count))
