"""What the statistics may know: the study's arrays, and one group of them over one window."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.abnormal import AbnormalReturns, WindowReturns
from eventstudy.inference.correlation import (
    ClusterSums,
    CrossCorrelation,
    cross_correlation,
    overlap_matrix,
    overlapping_pairs,
)
from eventstudy.models.base import ModelFit
from eventstudy.models.factor import excess_panel
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.windows import window_length


@dataclass(frozen=True, eq=False)
class StudyArrays:
    """All that inference needs of a study's N used observations.

    Attributes
    ----------
    panel, fit, abnormal
        Row-aligned.
    windows : tuple of WindowReturns
        In the order of the specification.
    cluster : (N,) int
        Calendar cluster of each observation: events that fall on the same sessions share one.
    calendar : (N,) int
        Which calendar the observation's exchange keeps.
    position : (N,) int
        Position of the event session in that calendar.
    min_estimation : int
        Fewest complete columns for a portfolio's variance.
    riskless : bool
        Whether the model regresses returns in excess of its last regressor.
    """

    panel: EventPanel
    fit: ModelFit
    abnormal: AbnormalReturns
    windows: tuple[WindowReturns, ...]
    cluster: IntArray
    calendar: IntArray
    position: IntArray
    min_estimation: int
    riskless: bool = False
    _sums: dict[tuple[bytes, int], ClusterSums] = field(default_factory=dict, init=False)
    _same_clock: dict[tuple[int, int], bool] = field(default_factory=dict, init=False)

    @cached_property
    def origin(self) -> IntArray:
        """(N,) first news-clock column of each observation's event."""
        column = np.where(self.panel.estimation_column >= 0, self.panel.estimation_column, np.iinfo(np.int64).max)
        own = column.min(axis=1, initial=np.iinfo(np.int64).max)
        first = np.full(int(self.panel.event.max(initial=-1)) + 1, np.iinfo(np.int64).max)
        np.minimum.at(first, self.panel.event, own)
        return first[self.panel.event]

    @cached_property
    def regressed(self) -> EventPanel:
        """The panel as the model regresses it: in excess of the riskless return, and without it, where that is so."""
        return excess_panel(self.panel) if self.riskless else self.panel

    @cached_property
    def _residuals(self) -> tuple[FloatArray, FloatArray, BoolArray]:
        """(N, T) residuals on one session's scale, the same over the root of their mean square, which exist."""
        span = self.panel.estimation_span
        # the centred residual of a return over n sessions, brought to one session's scale
        residual = self.fit.centred_residuals / np.sqrt(np.where(span > 0, span, np.nan))
        scale = np.sqrt(np.nansum(residual**2, axis=1) / self.fit.n_estimation)
        return residual, residual / scale[:, None], np.isfinite(residual)

    @cached_property
    def _placed(self) -> tuple[FloatArray, FloatArray, BoolArray, BoolArray]:
        """Standardised residuals, residuals (0 where none), which exist and have no gap; columns from ``origin``."""
        panel = self.panel
        offset = np.where(panel.estimation_column >= 0, panel.estimation_column - self.origin[:, None], -1)
        width = int(offset.max(initial=-1)) + 1
        n = panel.n_observations
        residual, standard, usable = self._residuals
        row, session = np.nonzero(usable & (offset >= 0))
        place = offset[row, session]
        plain, scaled = np.zeros((2, n, width))
        plain[row, place] = residual[row, session]
        scaled[row, place] = standard[row, session]
        there, whole = np.zeros((n, width), dtype=bool), np.zeros((n, width), dtype=bool)
        there[row, place] = True
        whole[row, place] = panel.estimation_span[row, session] == 1
        return scaled, plain, there, whole

    def cluster_sums(self, rows: IntArray, event: int | None = None) -> ClusterSums:
        """Sums over the observations of one cluster, by news-clock column; the same whatever the window.

        Parameters
        ----------
        rows : (n,) int
            The cluster's observations.
        event : int, optional
            The event whose hour sets the clock, by default the cluster's first.
        """
        event = int(self.panel.event[rows].min()) if event is None else event
        if all(self._keeps_clock(other, event) for other in np.unique(self.panel.event[rows]).tolist()):
            event = -1  # every column already is that clock's
        key = rows.tobytes(), event
        if key not in self._sums:
            self._sums[key] = self._summed(rows) if event < 0 else self._summed_on(rows, event)
        return self._sums[key]

    @cached_property
    def _example(self) -> dict[int, dict[int, int]]:
        """An observation of each event on each calendar."""
        found: dict[int, dict[int, int]] = {}
        for row, (event, calendar) in enumerate(zip(self.panel.event.tolist(), self.calendar.tolist(), strict=True)):
            found.setdefault(event, {}).setdefault(calendar, row)
        return found

    def _columns_on(self, row: int, event: int) -> IntArray:
        """(T,) columns of an observation's estimation sessions as another event's hour sees them, -1 where unknown.

        Read off an observation of that event on the same calendar; its own columns where there is none.
        """
        own: IntArray = self.panel.estimation_column[row]
        like = self._example.get(event, {}).get(int(self.calendar[row]))
        if like is None:
            return own
        ahead = int(self.position[row] - self.position[like])
        place = np.arange(len(own)) + ahead
        inside = (place >= 0) & (place < len(own))
        seen: IntArray = np.where(inside, self.panel.estimation_column[like][np.where(inside, place, 0)], -1)
        return seen

    def _keeps_clock(self, one: int, other: int) -> bool:
        """Whether two events' hours put the same sessions into the same columns."""
        if one == other:
            return True
        key = (one, other)
        if key not in self._same_clock:
            self._same_clock[key] = True
            for row in self._example[one].values():
                own, seen = self.panel.estimation_column[row], self._columns_on(row, other)
                both = (own >= 0) & (seen >= 0)
                self._same_clock[key] &= bool((own[both] == seen[both]).all())
        return self._same_clock[key]

    def residuals_on_clock(self, rows: IntArray) -> tuple[FloatArray, BoolArray]:
        """Residuals of the observations of one cluster by news-clock column, and which columns are complete.

        Returns
        -------
        (n, T) float, (T,) bool
            On one session's scale, NaN where there is none; True where all have one over a single session.
        """
        event = int(self.panel.event[rows].min())
        column = np.array([self._columns_on(row, event) for row in rows.tolist()])
        residual, _, usable = self._residuals
        usable = usable[rows] & (column >= 0)
        known, place = np.unique(column[usable], return_inverse=True)
        row, session = np.nonzero(usable)
        found: FloatArray = np.full((len(rows), len(known)), np.nan)
        found[row, place] = residual[rows[row], session]
        whole = np.zeros(found.shape, dtype=bool)
        whole[row, place] = self.panel.estimation_span[rows[row], session] == 1
        complete: BoolArray = np.asarray(whole.all(axis=0))
        return found, complete

    def _summed_on(self, rows: IntArray, event: int) -> ClusterSums:
        """The sums on one event's clock: a session that two hours put into different columns has one."""
        column = np.array([self._columns_on(row, event) for row in rows.tolist()])
        residual, standard, usable = self._residuals
        usable = usable[rows] & (column >= 0)
        start = int(column[usable].min(initial=np.iinfo(np.int64).max)) if usable.any() else 0
        width = int(column[usable].max(initial=start)) - start + 1
        total, squares, present, mean, complete = np.zeros((5, width))
        row, session = np.nonzero(usable)
        place, chosen = column[row, session] - start, rows[row]
        z = standard[chosen, session]
        np.add.at(total, place, z)
        np.add.at(squares, place, z**2)
        np.add.at(present, place, 1.0)
        np.add.at(mean, place, residual[chosen, session])
        np.add.at(complete, place, self.panel.estimation_span[chosen, session] == 1)
        own = int(self.panel.event[rows].min())
        # sessions that the other event does not know leave no cluster with too few full columns
        enough = None if event == own else self.cluster_sums(rows).enough
        return self._sums_of(rows, start, total, squares, present, mean, complete, enough)

    def _summed(self, rows: IntArray) -> ClusterSums:
        """The sums, rows of a later origin shifted to the right."""
        standard, plain, there, whole = self._placed
        origin = self.origin[rows]
        start = int(origin.min())
        width = standard.shape[1] + int(origin.max()) - start
        total, squares, present, mean, complete = np.zeros((5, width))
        for first in np.unique(origin).tolist():
            inside = slice(first - start, first - start + standard.shape[1])
            members = rows[origin == first]
            z = standard[members]
            total[inside] += z.sum(axis=0)
            squares[inside] += np.einsum("nt,nt->t", z, z)
            present[inside] += there[members].sum(axis=0)
            mean[inside] += plain[members].sum(axis=0)
            complete[inside] += whole[members].sum(axis=0)
        return self._sums_of(rows, start, total, squares, present, mean, complete)

    def _sums_of(
        self,
        rows: IntArray,
        start: int,
        total: FloatArray,
        squares: FloatArray,
        present: FloatArray,
        mean: FloatArray,
        complete: FloatArray,
        enough: bool | None = None,
    ) -> ClusterSums:
        """The sums with the mean residual of full columns, of all columns where those are too few."""
        everybody = complete == len(rows)
        enough = int(everybody.sum()) >= self.min_estimation if enough is None else enough
        if not enough:
            everybody = present > 0
        mean = np.divide(mean, present, out=np.full(len(mean), np.nan), where=everybody & (present > 0))
        return ClusterSums(start, total, squares, present, mean, len(rows), enough)


@dataclass(frozen=True, eq=False)
class GroupSample:
    """One group of observations over one window: every array's rows are aligned.

    Attributes
    ----------
    arrays : StudyArrays
        The study.
    rows : (n,) int
        Observations of the group that have a CAR in the window, ascending.
    number : int
        Which of the study's windows.
    """

    arrays: StudyArrays
    rows: IntArray
    number: int

    @property
    def window(self) -> WindowReturns:
        """The window's CARs of the whole study."""
        return self.arrays.windows[self.number]

    @property
    def n(self) -> int:
        """Number of observations N."""
        return len(self.rows)

    @property
    def length(self) -> int:
        """Number of sessions L of the window."""
        return window_length(self.window.window)

    @cached_property
    def car(self) -> FloatArray:
        """(n,) cumulated abnormal returns."""
        return self.window.car[self.rows]

    @cached_property
    def scar(self) -> FloatArray:
        """(n,) standardised cumulated abnormal returns."""
        return self.window.scar[self.rows]

    @cached_property
    def sigma(self) -> FloatArray:
        """(n,) standard errors of the CARs."""
        return self.window.sigma[self.rows]

    @cached_property
    def quality(self) -> FloatArray:
        """(n,) Q = d/(d - 2)."""
        return self.arrays.abnormal.quality[self.rows]

    @cached_property
    def caar(self) -> float:
        """Mean CAR."""
        return float(self.car.mean()) if self.n else float("nan")

    @cached_property
    def clusters(self) -> tuple[IntArray, ...]:
        """Rows of each calendar cluster, clusters in the order of time of their sessions."""
        number = self.arrays.cluster[self.rows]
        if self.n and (number == number[0]).all():
            return (self.rows,)
        return tuple(self.rows[number == cluster] for cluster in np.unique(number).tolist())

    @cached_property
    def cluster_sums(self) -> tuple[ClusterSums, ...]:
        """Residual sums of each cluster, by news-clock column."""
        return tuple(self.arrays.cluster_sums(rows) for rows in self.clusters)

    def beside(self, one: int, other: int) -> ClusterSums:
        """Residual sums of one cluster on the clock of another, so that common sessions share their columns."""
        event = int(self.arrays.panel.event[self.clusters[one]].min())
        return self.arrays.cluster_sums(self.clusters[other], event)

    @cached_property
    def overlap(self) -> FloatArray:
        """(C, C) share of sessions common to two clusters' windows, zero on the diagonal."""
        if len(self.clusters) < 2:
            return np.zeros((len(self.clusters),) * 2)
        return overlap_matrix(
            [self.arrays.calendar[rows] for rows in self.clusters],
            [self.arrays.position[rows] for rows in self.clusters],
            self.length,
        )

    @cached_property
    def overlapping(self) -> tuple[tuple[int, int], ...]:
        """Pairs of clusters whose windows have sessions in common, each once."""
        return overlapping_pairs(self.overlap)

    @cached_property
    def correlation(self) -> CrossCorrelation:
        """Mean cross-correlation of the group's residuals, and what follows from it."""
        return cross_correlation(self.cluster_sums, self.overlap, self.beside)
