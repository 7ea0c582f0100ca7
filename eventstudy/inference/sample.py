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
    """

    panel: EventPanel
    fit: ModelFit
    abnormal: AbnormalReturns
    windows: tuple[WindowReturns, ...]
    cluster: IntArray
    calendar: IntArray
    position: IntArray
    min_estimation: int
    _sums: dict[bytes, ClusterSums] = field(default_factory=dict, init=False)

    @cached_property
    def origin(self) -> IntArray:
        """(N,) first news-clock column of each observation's event."""
        column = np.where(self.panel.estimation_column >= 0, self.panel.estimation_column, np.iinfo(np.int64).max)
        own = column.min(axis=1, initial=np.iinfo(np.int64).max)
        first = np.full(int(self.panel.event.max(initial=-1)) + 1, np.iinfo(np.int64).max)
        np.minimum.at(first, self.panel.event, own)
        return first[self.panel.event]

    @cached_property
    def _placed(self) -> tuple[FloatArray, FloatArray, BoolArray, BoolArray]:
        """Standardised residuals, residuals (0 where none), which exist and have no gap; columns from ``origin``."""
        panel, fit = self.panel, self.fit
        offset = np.where(panel.estimation_column >= 0, panel.estimation_column - self.origin[:, None], -1)
        width = int(offset.max(initial=-1)) + 1
        n = panel.n_observations
        root = np.sqrt(np.where(panel.estimation_span > 0, panel.estimation_span, np.nan))
        # the centred residual of a return over n sessions, brought to one session's scale
        residual = fit.centred_residuals / root
        scale = np.sqrt(np.nansum(residual**2, axis=1) / fit.n_estimation)
        usable = np.isfinite(residual) & (offset >= 0)
        row, session = np.nonzero(usable)
        place = offset[row, session]
        plain = np.zeros((n, width))
        plain[row, place] = residual[row, session]
        there, whole = np.zeros((n, width), dtype=bool), np.zeros((n, width), dtype=bool)
        there[row, place] = True
        whole[row, place] = panel.estimation_span[row, session] == 1
        return plain / scale[:, None], plain, there, whole

    def cluster_sums(self, rows: IntArray) -> ClusterSums:
        """Sums over the observations of one cluster, by news-clock column; the same whatever the window."""
        key = rows.tobytes()
        if key not in self._sums:
            self._sums[key] = self._summed(rows)
        return self._sums[key]

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
        everybody = complete == len(rows)
        if int(everybody.sum()) < self.min_estimation:
            everybody = present > 0
        mean = np.divide(mean, present, out=np.full(width, np.nan), where=everybody & (present > 0))
        return ClusterSums(start, total, squares, present, mean, len(rows))


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
        return cross_correlation(self.cluster_sums, self.overlap)
