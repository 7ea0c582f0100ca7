"""What a group did on ordinary dates: its mean and its variance around every date that could have been the event's.

An announcement at the same hour on another date is mapped to every exchange as the real one was, and the group's
mean CAR and its variance are computed with its own estimation window before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.inference.history import History
from eventstudy.inference.rolling import Rolling, RollingFit, RollingWindow
from eventstudy.panel.windows import Window

# news-clock column of each session, by calendar
Clock = Mapping[int, IntArray]


@dataclass(frozen=True, eq=False)
class OrdinaryLaw:
    """A group's mean and its variance on every admissible ordinary date.

    Attributes
    ----------
    dates : (B,) int
        News-clock columns.
    caar, variance : (B,) float
        Mean CAR of the group and V of its portfolio t.
    """

    dates: IntArray
    caar: FloatArray
    variance: FloatArray

    @property
    def statistics(self) -> FloatArray:
        """(B,) portfolio t of each date."""
        return self.caar / np.sqrt(self.variance)


@dataclass(frozen=True, eq=False)
class PlaceboStudy:
    """Histories, rolling fits and what has been computed of them.

    Attributes
    ----------
    rolling : Rolling
        Fits and CARs on every session.
    seed : int
        Of the draws.
    draws : int
        Most dates used.
    """

    rolling: Rolling
    seed: int
    draws: int
    _stretches: dict[tuple[int, tuple[int, ...]], _Stretches] = field(default_factory=dict)
    _residual_sums: dict[tuple[int, bytes], _ResidualSums] = field(default_factory=dict)
    _laws: dict[tuple[int, bytes, Window], OrdinaryLaw] = field(default_factory=dict)

    def law(self, clock_number: int, clock: Clock, members: IntArray, window: Window) -> OrdinaryLaw:
        """Mean and variance of a group on every admissible ordinary date.

        Parameters
        ----------
        clock_number : int
            Identifies the clock.
        clock : mapping of calendar to (S,) int
            News-clock column of each session.
        members : (m,) int
            Securities of the group.
        window : (int, int)
            Event days.

        Returns
        -------
        OrdinaryLaw
            In the order of the dates.
        """
        members = np.sort(members)
        key = (clock_number, members.tobytes(), window)
        if key not in self._laws:
            sums = self._sums(clock_number, clock, members)
            rolled = self.rolling.window(window, members)
            usable, caar = _ordinary_means(self.rolling.history, rolled, sums, members)
            variance = sums.variance * _mean_of(self.rolling.history, rolled.k, sums, members)
            self._laws[key] = OrdinaryLaw(sums.columns[usable], caar[usable], variance[usable])
        return self._laws[key]

    def means(self, clock_number: int, clock: Clock, members: IntArray, window: Window) -> FloatArray:
        """(B,) means of a group on the same dates, without their variance; parameters as of ``law``."""
        members = np.sort(members)
        sums = self._sums(clock_number, clock, members)
        usable, caar = _ordinary_means(self.rolling.history, self.rolling.cars(window, members), sums, members)
        return caar[usable]

    def _sums(self, clock_number: int, clock: Clock, members: IntArray) -> _ResidualSums:
        """What every window of a group wants of its residuals."""
        group = (clock_number, members.tobytes())
        if group not in self._residual_sums:
            history = self.rolling.history
            calendars = tuple(np.unique(history.calendar[members]).tolist())
            if (clock_number, calendars) not in self._stretches:
                self._stretches[clock_number, calendars] = _stretches(clock, calendars, history.estimation)
            stretches = self._stretches[clock_number, calendars]
            self._residual_sums[group] = _residual_sums(history, self.rolling.fit(members), stretches, members)
        return self._residual_sums[group]


@dataclass(frozen=True, eq=False)
class _Stretches:
    """News-clock columns of some calendars, and the estimation window before each as a stretch of them."""

    place: dict[int, IntArray]  # calendar -> session of each column, -1 where none
    columns: IntArray  # (D,) news-clock columns
    first: IntArray  # (D,) where in ``columns`` the window begins,
    after: IntArray  # and where it has ended


@dataclass(frozen=True, eq=False)
class _ResidualSums:
    """Per news-clock column: the variance of the group's mean residual before it, and where each session stands."""

    place: dict[int, IntArray]  # calendar -> session of each column, -1 where none
    variance: FloatArray  # (D,) s_P² of the estimation window before the column; NaN where too few complete columns
    columns: IntArray  # (D,) news-clock columns


def _on_columns(values: FloatArray, place: IntArray) -> FloatArray:
    """Values by session, moved to columns; NaN where the calendar has no session."""
    found: FloatArray = values[place]  # -1 reads the last one, which leaves again
    found[place < 0] = np.nan
    return found


def _total(values: FloatArray, rows: IntArray) -> FloatArray:
    """The sum of some rows, added one by one: as ``values[rows].sum(axis=0)`` adds them, without the copy."""
    found: FloatArray = values[rows[0]].copy()
    for row in rows[1:].tolist():
        found += values[row]
    return found


def _every(values: BoolArray, rows: IntArray) -> BoolArray:
    """Where all of some rows are true."""
    found: BoolArray = values[rows[0]].copy()
    for row in rows[1:].tolist():
        found &= values[row]
    return found


def _places(clock: Clock, calendars: Sequence[int]) -> tuple[IntArray, dict[int, IntArray]]:
    """News-clock columns that any of the calendars has, and each calendar's session of every column, -1 where none."""
    session = {name: np.flatnonzero(clock[name] >= 0) for name in calendars}
    there = np.zeros(max((int(clock[name].max(initial=-1)) for name in calendars), default=-1) + 1, dtype=bool)
    for name in calendars:
        there[clock[name][session[name]]] = True
    known, number = np.flatnonzero(there), np.cumsum(there) - 1
    place: dict[int, IntArray] = {}
    for name in calendars:
        where = np.full(len(known), -1, dtype=np.int64)
        where[number[clock[name][session[name]]]] = session[name]
        place[name] = where
    return known, place


def ordinary_cars(
    study: PlaceboStudy, clock: Clock, securities: IntArray, window: Window
) -> tuple[IntArray, FloatArray]:
    """CARs of each of some securities on every date that is ordinary for at least one of them.

    Parameters
    ----------
    study : PlaceboStudy
        Histories and rolling fits.
    clock : mapping of calendar to (S,) int
        News-clock column of each session.
    securities : (N,) int
        Repetitions allowed.
    window : (int, int)
        Event days.

    Returns
    -------
    (D,) int, (N, D) float
        News-clock columns; CARs, NaN where the security has no full study clear of its events.
    """
    history, rolling = study.rolling.history, study.rolling.cars(window, securities)
    calendars = np.unique(history.calendar[securities]).tolist()
    known, place = _places(clock, calendars)
    cars = np.stack(
        [
            _on_columns(np.where(rolling.usable[row], rolling.car[row], np.nan), place[int(history.calendar[row])])
            for row in securities.tolist()
        ]
    )
    some = np.isfinite(cars).any(axis=0)
    return known[some], cars[:, some]


def _stretches(clock: Clock, calendars: Sequence[int], estimation: Window) -> _Stretches:
    """The estimation window before every column, on all of the calendars."""
    known, place = _places(clock, calendars)
    first = np.full(len(known), -1, dtype=np.int64)
    last = np.full(len(known), len(known), dtype=np.int64)
    for name in calendars:
        column, where = clock[name], place[name]
        # columns reached so far, also at sessions that have none of their own
        newest = np.maximum.accumulate(column)
        reached = np.searchsorted(known, newest)
        begin = np.clip(where + estimation[0], 0, len(column) - 1)
        end = np.clip(where + estimation[1], 0, len(column) - 1)
        # an estimation window that begins where the clock has no column begins after the last one reached
        unreached = (column < 0) & (newest >= 0)
        first = np.maximum(first, (reached + unreached)[begin])
        last = np.minimum(last, reached[end])
    first, after = np.clip(first, 0, len(known)), np.clip(last + 1, 0, len(known))
    return _Stretches(place, known, first, np.maximum(after, first))


def _residual_sums(history: History, fit: RollingFit, stretches: _Stretches, members: IntArray) -> _ResidualSums:
    """Variance of the group's mean residual before every column, by running sums of cross-products."""
    known, place, first, after = stretches.columns, stretches.place, stretches.first, stretches.after
    calendars = {name: members[history.calendar[members] == name] for name in place}
    size = len(members)
    if size == 1:
        own = _on_columns(np.where(fit.usable[members], fit.residual_variance[members], np.nan)[0], *place.values())
        return _ResidualSums(place, own, known)
    complete = np.ones(len(known), dtype=bool)
    mean = np.zeros(len(known))
    centre = np.zeros(len(known))
    series: dict[int, FloatArray] = {}
    loading: dict[int, FloatArray] = {}
    for name, inside in calendars.items():
        where = place[name]
        used = _every(history.ordinary, inside)
        complete &= (where >= 0) & used[where]
        mean += _on_columns(_total(history.returns, inside), where) / size
        centre += _on_columns(_total(fit.centre, inside), where) / size
        for number in range(history.regressors.shape[2]):
            for key in np.unique(history.regressor_key[inside, number]).tolist():
                users = inside[history.regressor_key[inside, number] == key]
                if history.estimated:
                    load = _total(fit.coefficients[:, :, number + 1], users)
                else:
                    load = np.full(history.returns.shape[1], float(len(users)))
                code = key + len(history.one_session) * name
                series[code] = _on_columns(history.one_session[key], where)
                loading[code] = loading.get(code, np.zeros(len(known))) + _on_columns(load, where) / size
    stack = np.stack([np.ones(len(known)), mean, *series.values()])
    complete &= np.isfinite(stack).all(axis=0)
    stack = np.where(complete, stack, 0.0)
    factor = np.stack([-centre, np.ones(len(known)), *(-load for load in loading.values())])
    squares = np.zeros(len(known))
    total = np.zeros(len(known) + 1)
    product = np.empty(len(known))
    for one in range(len(stack)):
        for other in range(one, len(stack)):
            np.multiply(stack[one], stack[other], out=product)
            np.cumsum(product, out=total[1:])
            part = total[after]
            part -= total[first]
            part *= factor[one]
            part *= factor[other]
            if one != other:
                part *= 2.0
            squares += part
    total = np.concatenate([[0.0], np.cumsum(complete)])
    count = total[after] - total[first]
    dof = count - fit.n_parameters
    enough = count >= history.min_estimation
    variance = np.divide(squares, dof, out=np.full(len(known), np.nan), where=enough & (dof > 0))
    return _ResidualSums(place, np.where(variance > 0, variance, np.nan), known)


def _mean_of(history: History, values: FloatArray, sums: _ResidualSums, members: IntArray) -> FloatArray:
    """The members' mean of values by session, by news-clock column; NaN where one of their calendars has none."""
    found = np.zeros(len(sums.columns))
    for name, where in sums.place.items():
        inside = members[history.calendar[members] == name]
        found += _on_columns(_total(values, inside), where) / len(members)
    return found


def _ordinary_means(
    history: History, window: RollingWindow, sums: _ResidualSums, members: IntArray
) -> tuple[BoolArray, FloatArray]:
    """Dates on which every member has a full study clear of its own events, and the mean CAR of all dates."""
    usable = np.isfinite(sums.variance)
    for name, where in sums.place.items():
        usable &= (where >= 0) & _every(window.usable, members[history.calendar[members] == name])[where]
    caar = _mean_of(history, window.car, sums, members)
    return usable & np.isfinite(caar), caar
