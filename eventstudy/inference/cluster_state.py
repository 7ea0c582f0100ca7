"""Sums over the members of one calendar cluster, which add; nothing is squared before a cluster is complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.inference.correlation import (
    ClusterSums,
    CrossCorrelation,
    NewsClocks,
    cross_correlation,
)
from eventstudy.inference.moments import Moments

if TYPE_CHECKING:
    from eventstudy.inference.sample import StudyArrays


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
