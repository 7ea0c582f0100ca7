"""The panel of a study on one calendar, gathered from the user's returns: only what observations look at is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.panel.event_panel import Between, EventPanel
from eventstudy.panel.windows import Window

# sessions looked through at a time for the return before a window
_STRIDE = 64


@dataclass(frozen=True, eq=False)
class OneCalendar:
    """Returns of n securities on S sessions of one calendar, as the user brought them.

    Attributes
    ----------
    values : (n, S) float
        Returns by security; one that is not finite is none.
    factors : (S, K) float
        Regressors by single sessions.
    compound : tuple of K bool
        Whether each compounds over a gap; otherwise it adds.
    gaps : {"trade-to-trade", "drop"}
        Whether a return over several sessions is kept with its span, or left out.

    Notes
    -----
    ``panel`` holds what ``align`` makes of ``returns_from_frame``, bit for bit, without a table of every security's
    every session.
    """

    values: FloatArray
    factors: FloatArray
    compound: tuple[bool, ...]
    gaps: str

    @cached_property
    def _running(self) -> tuple[FloatArray, IntArray]:
        """(K, S + 1) running sums of the factors, logs where they compound, and of their holes."""
        kinds = np.array(self.compound, dtype=bool)[:, None]
        single = self.factors.T
        steps = np.where(kinds, np.log1p(single), single) if len(single) else single
        there = np.isfinite(steps)
        nothing = np.zeros((len(single), 1))
        total = np.concatenate([nothing, np.cumsum(np.where(there, steps, 0.0), axis=1)], axis=1)
        return total, np.concatenate([nothing.astype(np.int64), np.cumsum(~there, axis=1)], axis=1)

    def trading_ends(self, securities: IntArray) -> tuple[IntArray, IntArray]:
        """First and last session with a return of some securities, -1 where there is none."""
        last = _first_there(self.values[:, ::-1], securities)
        return _first_there(self.values, securities), np.where(last < 0, -1, self.values.shape[1] - 1 - last)

    @cached_property
    def newest(self) -> int:
        """Last session on which any security has a return, -1 where there is none."""
        for day in range(self.values.shape[1] - 1, -1, -1):
            if np.isfinite(self.values[:, day]).any():
                return day
        return -1

    def _before(self, security: IntArray, day: IntArray) -> IntArray:
        """Last session before ``day`` with a return, -1 where there is none."""
        found = np.full(len(security), -1, dtype=np.int64)
        open_rows, end = np.flatnonzero(day > 0), day.astype(np.int64).copy()
        while len(open_rows):
            place = end[open_rows, None] - np.arange(1, _STRIDE + 1)
            there = np.isfinite(self.values[security[open_rows, None], np.maximum(place, 0)]) & (place >= 0)
            some = there.any(axis=1)
            found[open_rows[some]] = end[open_rows[some]] - 1 - there[some].argmax(axis=1)
            end[open_rows] -= _STRIDE
            open_rows = open_rows[~some & (end[open_rows] > 0)]
        return found

    def panel(
        self,
        security: IntArray,
        event: IntArray,
        position: IntArray,
        estimation: Window,
        days: Window,
        near_event: BoolArray | None = None,
        exclude_events: bool = False,
    ) -> EventPanel:
        """The panel of N observations.

        Parameters
        ----------
        security, event, position : (N,) int
            Row of the security, index of the event, session of the event.
        estimation, days : (int, int)
            Estimation window and event range, in event days.
        near_event : (N, T) bool, optional
            Sessions of the estimation window inside any event window of the security.
        exclude_events : bool
            Leave those sessions out.

        Returns
        -------
        EventPanel
            Rows in the order given.
        """
        length = self.values.shape[1]
        place = position[:, None] + np.arange(estimation[0], days[1] + 1)
        inside = (place >= 0) & (place < length)
        known = np.clip(place, 0, max(length - 1, 0))
        returns = self.values[security[:, None], known]
        valid = np.isfinite(returns) & inside
        returns[~valid] = np.nan
        before = np.full(place.shape, -1, dtype=np.int64)
        before[:, 1:] = np.maximum.accumulate(np.where(valid, place, -1), axis=1)[:, :-1]
        some = np.flatnonzero(valid.any(axis=1))
        leading = valid[some].argmax(axis=1)
        before[some, leading] = self._before(security[some], place[some, leading])
        span = np.where(valid, np.where(before >= 0, place - before, 1), 0).astype(np.float64)
        single = self.factors
        regressors = single[known]
        regressors[~valid] = np.nan
        row, column = np.nonzero(span > 1)
        over_day, over_begin = place[row, column], before[row, column] + 1
        total, holes = self._running
        for number, compound in enumerate(self.compound):
            over = total[number, over_day + 1] - total[number, over_begin]
            over = np.expm1(over) if compound else over
            whole = holes[number, over_day + 1] == holes[number, over_begin]
            regressors[row, column, number] = np.where(whole, over, np.nan)
        if self.gaps == "drop":
            returns[row, column] = np.nan
            regressors[row, column] = np.nan
        sessions = estimation[1] - estimation[0] + 1
        ahead = days[0] - estimation[0]
        near = np.zeros((len(security), sessions), dtype=bool) if near_event is None else near_event
        fitted = returns[:, :sessions].copy()
        if exclude_events:
            fitted[near] = np.nan
        between = None
        if ahead > sessions:
            between = Between(
                returns[:, sessions:ahead].copy(), span[:, sessions:ahead].copy(), regressors[:, sessions:ahead].copy()
            )
        return EventPanel(
            estimation_returns=fitted,
            estimation_span=span[:, :sessions].copy(),
            estimation_regressors=regressors[:, :sessions].copy(),
            estimation_column=np.where(inside, place, -1)[:, :sessions].copy(),
            estimation_in_event=near,
            taus=np.arange(days[0], days[1] + 1),
            event_returns=returns[:, ahead:].copy(),
            event_span=span[:, ahead:].copy(),
            event_regressors=regressors[:, ahead:].copy(),
            security=security,
            event=event,
            between=between,
        )

    def near_events(
        self, security: IntArray, position: IntArray, known: tuple[IntArray, IntArray], hull: Window, estimation: Window
    ) -> BoolArray:
        """(N, T) sessions of the estimation windows inside the event windows of the same security.

        Parameters
        ----------
        security, position : (N,) int
            Of the observations.
        known : ((K,), (K,)) int
            Security and session of every event known.
        hull : (int, int)
            First and last event day of any window.
        estimation : (int, int)
            Estimation window.
        """
        length = self.values.shape[1]
        names, row = np.unique(known[0], return_inverse=True)
        near = np.zeros((len(names), length), dtype=bool)
        for tau in range(hull[0], hull[1] + 1):
            day = known[1] + tau
            inside = (day >= 0) & (day < length)
            near[row[inside], day[inside]] = True
        place = position[:, None] + np.arange(estimation[0], estimation[1] + 1)
        inside = (place >= 0) & (place < length)
        own = np.searchsorted(names, security)
        found: BoolArray = near[own[:, None], np.clip(place, 0, max(length - 1, 0))] & inside
        return found


def _first_there(values: FloatArray, rows: IntArray) -> IntArray:
    """First place of each row with a number, -1 where there is none; most are found without a look at the whole row."""
    found = np.full(len(rows), -1, dtype=np.int64)
    open_rows, begin, width = np.arange(len(rows)), 0, _STRIDE
    while len(open_rows) and begin < values.shape[1]:
        there = np.isfinite(values[rows[open_rows], begin : begin + width])
        some = there.any(axis=1)
        found[open_rows[some]] = begin + there[some].argmax(axis=1)
        open_rows, begin, width = open_rows[~some], begin + width, 2 * width
    return found
