"""What the statistics may know: the study's arrays, and one group of them over one window."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.abnormal import AbnormalReturns, WindowReturns
from eventstudy.inference.cluster_state import ClusterState
from eventstudy.inference.correlation import ClusterSums, CrossCorrelation, NewsClocks
from eventstudy.inference.group_state import GroupState, Summarised
from eventstudy.models.base import ModelFit
from eventstudy.models.factor import excess_panel
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.windows import window_length

# observations whose numbers are not kept twice
MANY = 1_000


@dataclass(frozen=True, eq=False)
class SessionResiduals:
    """Residuals of N observations on T estimation sessions, 0 where there is none.

    Attributes
    ----------
    residual : (N, T) float
        On one session's scale.
    standard : (N, T) float
        The same over the root of the observation's mean square.
    there, whole : (N, T) bool
        Whether there is one; whether its return spans one session.
    """

    residual: FloatArray
    standard: FloatArray
    there: BoolArray
    whole: BoolArray


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
    study : str
        Name that the parts of one study share, so that their states add; by default it is ``key``.
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
    study: str = ""
    _states: dict[bytes, ClusterState] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def key(self) -> str:
        """Name of the study, by default made of its observations and their estimates: states of one study add."""
        if self.study:
            return self.study
        numbers = (
            self.panel.security, self.panel.event, self.cluster, self.calendar, self.position,
            self.fit.residual_variance, self.fit.dof,
        )  # fmt: skip
        digest = hashlib.blake2b(digest_size=8)
        for values in numbers:
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    @cached_property
    def regressed(self) -> EventPanel:
        """The panel as the model regresses it: in excess of the riskless return, and without it, where that is so."""
        return excess_panel(self.panel) if self.riskless else self.panel

    @cached_property
    def clocks(self) -> NewsClocks:
        """News clock of each event on each calendar, as its first observation there has it."""
        found: dict[int, dict[int, tuple[int, IntArray]]] = {}
        places = (self.panel.event.tolist(), self.calendar.tolist(), self.position.tolist())
        for row, (event, calendar, position) in enumerate(zip(*places, strict=True)):
            found.setdefault(event, {}).setdefault(calendar, (position, self.panel.estimation_column[row]))
        return NewsClocks(found)

    @cached_property
    def cell(self) -> IntArray:
        """(N,) number of each observation's cell: equal numbers share event, calendar and sessions."""
        places = (self.panel.event.tolist(), self.calendar.tolist(), self.position.tolist())
        columns = (column.tobytes() for column in self.panel.estimation_column)
        keys = list(zip(*places, columns, strict=True))
        number = {key: place for place, key in enumerate(sorted(set(keys)))}
        return np.array([number[key] for key in keys], dtype=np.int64)

    @cached_property
    def sessions(self) -> SessionResiduals:
        """Residuals of the estimation sessions on one session's scale."""
        span = self.panel.estimation_span
        # the centred residual of a return over n sessions, brought to one session's scale
        residual = self.fit.centred_residuals / np.sqrt(np.where(span > 0, span, np.nan))
        there = np.isfinite(residual)
        residual = np.where(there, residual, 0.0)
        scale = np.sqrt((residual**2).sum(axis=1) / np.maximum(self.fit.n_estimation, 1.0))
        varied = there & (scale[:, None] > 0)
        standard = np.divide(residual, scale[:, None], out=np.zeros(residual.shape), where=varied)
        return SessionResiduals(residual, standard, there, there & (span == 1))

    @cached_property
    def rising(self) -> FloatArray:
        """(N,) share of positive residuals over the estimation window, as fitted."""
        residuals = self.fit.residuals
        count = np.isfinite(residuals).sum(axis=1)
        share: FloatArray = np.divide(
            (residuals > 0).sum(axis=1), count, out=np.full(len(count), np.nan), where=count > 0
        )
        return share

    def cluster_state(self, rows: IntArray) -> ClusterState:
        """Sums over observations of one calendar cluster, made once.

        Parameters
        ----------
        rows : (n,) int
            The observations.
        """
        key = rows.tobytes()
        if key not in self._states:
            self._states[key] = ClusterState.of(self, rows)
        return self._states[key]

    def group_state(self, sample: GroupSample) -> GroupState:
        """The sums of one of the study's groups."""
        return GroupState.of(sample)

    def expect(self, samples: Sequence[GroupSample], sums: Set[str]) -> None:
        """Samples of which some sums will be asked for: nothing to do here.

        Parameters
        ----------
        samples : sequence of GroupSample
            The study's own, those of one window without a row in common.
        sums : set of str
            Any of ``days``, residuals by day of the estimation window; ``clusters``, residuals by cluster and session;
            ``ranks``, of each day of a window; ``window ranks``, of the window as one day.
        """

    def summed_ranks(
        self, sample: GroupSample, state: GroupState, cumulated: bool, restandardise: str | None, on: str
    ) -> tuple[FloatArray, FloatArray] | None:
        """``total`` and ``present`` of ``DayRanks`` where they are added up elsewhere; None where rows are ranked.

        Parameters
        ----------
        sample : GroupSample
            One of the study's own.
        state : GroupState
            Of the whole group that the sample is, or is a part of.
        cumulated, restandardise, on
            As of ``DayRanks``.
        """
        return None

    def residuals_on_clock(self, rows: IntArray) -> tuple[FloatArray, BoolArray]:
        """Residuals of the observations of one cluster by news-clock column, and which columns are complete.

        Returns
        -------
        (n, T) float, (T,) bool
            On one session's scale, NaN where there is none; True where all have one over a single session.
        """
        event = int(self.panel.event[rows].min())
        places = (rows.tolist(), self.calendar[rows].tolist(), self.position[rows].tolist())
        column = np.array(
            [
                self.clocks.seen(calendar, position, self.panel.estimation_column[row], event)
                for row, calendar, position in zip(*places, strict=True)
            ]
        )
        usable = self.sessions.there[rows] & (column >= 0)
        known, place = np.unique(column[usable], return_inverse=True)
        row, session = np.nonzero(usable)
        found: FloatArray = np.full((len(rows), len(known)), np.nan)
        found[row, place] = self.sessions.residual[rows[row], session]
        whole = np.zeros(found.shape, dtype=bool)
        whole[row, place] = self.sessions.whole[rows[row], session]
        complete: BoolArray = np.asarray(whole.all(axis=0))
        return found, complete


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
        return np.sqrt(self.window.car_variance[self.rows])

    @cached_property
    def quality(self) -> FloatArray:
        """(n,) Q = d/(d - 2)."""
        return self.arrays.abnormal.quality[self.rows]

    def release(self) -> None:
        """Let go of what the study's arrays give again, where that is more than a few numbers."""
        if self.n >= MANY:
            for name in ("car", "scar", "sigma", "quality"):
                vars(self).pop(name, None)
            self.state.release()

    @cached_property
    def state(self) -> GroupState:
        """The sums that every closed-form statistic is made of."""
        return self.arrays.group_state(self)

    @property
    def caar(self) -> float:
        """Mean CAR."""
        return self.state.caar

    @cached_property
    def clusters(self) -> tuple[IntArray, ...]:
        """Rows of each calendar cluster, clusters in the order of time of their sessions."""
        number = self.arrays.cluster[self.rows]
        if self.n and (number == number[0]).all():
            return (self.rows,)
        return tuple(self.rows[number == cluster] for cluster in np.unique(number).tolist())

    @property
    def cluster_sums(self) -> tuple[ClusterSums, ...]:
        """Residual sums of each cluster, by news-clock column."""
        return tuple(cluster.sums for cluster in self.state.clusters)

    @property
    def overlap(self) -> FloatArray:
        """(C, C) share of sessions common to two clusters' windows, zero on the diagonal."""
        return self.state.overlap

    @property
    def correlation(self) -> CrossCorrelation:
        """Mean cross-correlation of the group's residuals, and what follows from it."""
        return self.state.correlation


def observed(group: Summarised, on: str) -> FloatArray:
    """(n,) CARs or BHARs of a group's observations.

    Parameters
    ----------
    group : GroupSample
        One group over one window.
    on : {"car", "bhar"}
        Which.

    Raises
    ------
    ValueError
        If a state is given, which knows sums of CARs alone.
    """
    if not isinstance(group, GroupSample):
        raise ValueError("group: BHARs and resampling want the observations, not their sums; give a GroupSample")
    return group.car if on == "car" else group.window.bhar[group.rows]
