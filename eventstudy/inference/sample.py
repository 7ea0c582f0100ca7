"""What the statistics may know: the study's arrays, and one group of them over one window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.abnormal import AbnormalReturns, WindowReturns
from eventstudy.inference.correlation import ClusterSums, CrossCorrelation, cross_correlation, overlap_matrix
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

    @cached_property
    def origin(self) -> IntArray:
        """(N,) first news-clock column of each observation's event."""
        column = np.where(self.panel.estimation_column >= 0, self.panel.estimation_column, np.iinfo(np.int64).max)
        own = column.min(axis=1, initial=np.iinfo(np.int64).max)
        first = np.full(int(self.panel.event.max(initial=-1)) + 1, np.iinfo(np.int64).max)
        np.minimum.at(first, self.panel.event, own)
        return first[self.panel.event]

    @cached_property
    def _placed(self) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Standardised residuals, residuals and gapless flags on the news clock, columns from ``origin``."""
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
        plain = np.full((n, width), np.nan)
        plain[row, place] = residual[row, session]
        whole = np.zeros((n, width), dtype=bool)
        whole[row, place] = panel.estimation_span[row, session] == 1
        return plain / scale[:, None], plain, whole

    def cluster_sums(self, rows: IntArray) -> ClusterSums:
        """Sums over the observations of one cluster, by news-clock column."""
        standard, plain, whole = self._placed
        start = int(self.origin[rows].min())
        width = standard.shape[1] + int(self.origin[rows].max()) - start
        shifted = [np.full((len(rows), width), np.nan), np.full((len(rows), width), np.nan)]
        complete = np.zeros((len(rows), width), dtype=bool)
        for number, row in enumerate(rows.tolist()):
            inside = slice(int(self.origin[row]) - start, int(self.origin[row]) - start + standard.shape[1])
            shifted[0][number, inside] = standard[row]
            shifted[1][number, inside] = plain[row]
            complete[number, inside] = whole[row]
        z, e = shifted
        there = np.isfinite(z)
        present = there.sum(axis=0).astype(np.float64)
        everybody = complete.all(axis=0)
        if int(everybody.sum()) < self.min_estimation:
            everybody = present > 0
        mean = np.divide(np.nansum(e, axis=0), present, out=np.full(width, np.nan), where=everybody & (present > 0))
        return ClusterSums(
            start=start,
            total=np.nansum(z, axis=0),
            squares=np.nansum(z**2, axis=0),
            present=present,
            mean_residual=mean,
            size=len(rows),
        )


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
        return tuple(self.rows[number == cluster] for cluster in np.unique(number).tolist())

    @cached_property
    def cluster_sums(self) -> tuple[ClusterSums, ...]:
        """Residual sums of each cluster, by news-clock column."""
        return tuple(self.arrays.cluster_sums(rows) for rows in self.clusters)

    @cached_property
    def overlap(self) -> FloatArray:
        """(C, C) share of sessions common to two clusters' windows, zero on the diagonal."""
        first = [rows for rows in self.clusters]
        return overlap_matrix(
            [self.arrays.calendar[rows] for rows in first],
            [self.arrays.position[rows] for rows in first],
            self.length,
        )

    @cached_property
    def correlation(self) -> CrossCorrelation:
        """Mean cross-correlation of the group's residuals, and what follows from it."""
        return cross_correlation(self.cluster_sums, self.overlap)
