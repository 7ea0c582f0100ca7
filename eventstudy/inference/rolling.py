"""The same study on every session of a security's history: coefficients and CARs by running sums.

What a fit over the estimation window before session s says about the window around s, for all s at once. Days of real
events are left out of the estimation windows. Cost a session does not depend on the length of the windows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.inference.history import (
    History,
    RunningSums,
    between,
    reach_of,
    running_sums,
    stretch_sums,
)
from eventstudy.panel.windows import Window, window_length

_AT_A_TIME = 16
_WINDOW_REACH = 64  # sessions beyond the ends that the running sums of most windows are laid out for


@dataclass(frozen=True, eq=False)
class RollingFit:
    """Fits over the estimation window before every session.

    Attributes
    ----------
    coefficients : (n, S, p) float
        Intercept and loadings; no columns for a model that estimates none.
    gram_inverse : (n, S, p, p) float
        As in ``ModelFit``.
    centre : (n, S) float
        What centres the residual: the intercept, or the mean of an unestimated model's residual.
    residual_variance : (n, S) float
        s².
    usable : (n, S) bool
        Enough valid returns, and they vary.
    n_parameters : int
        p, counting a subtracted mean.
    """

    coefficients: FloatArray
    gram_inverse: FloatArray
    centre: FloatArray
    residual_variance: FloatArray
    usable: BoolArray
    n_parameters: int


@dataclass(frozen=True, eq=False)
class RollingWindow:
    """CARs of one window around every session.

    Attributes
    ----------
    window : (int, int)
        Event days.
    car, k : (n, S) float
        CAR and Var(CAR)/s² where ``usable``.
    usable : (n, S) bool
        The fit is usable, the window is full, and it lies L sessions clear of every real event's window.
    """

    window: Window
    car: FloatArray
    k: FloatArray
    usable: BoolArray


def rolling_fit(history: History) -> RollingFit:
    """Coefficients and residual variance before every session of every security.

    Parameters
    ----------
    history : History
        n securities, S sessions.

    Returns
    -------
    RollingFit
        Equal to the direct fit on the same days to rounding.
    """
    used = history.valid & ~history.in_event
    span = np.where(used, history.span, 0.0)
    weight = np.divide(1.0, span, out=np.zeros_like(span), where=used)
    returns = np.where(used, history.returns, 0.0)
    loads = [span] if history.estimated else []
    columns = range(history.regressors.shape[2])
    regressors = [np.where(used, history.regressors[:, :, column], 0.0) for column in columns]
    if not history.estimated:
        returns = returns - regressors[0]
    else:
        loads += regressors
    p, (n, length) = len(loads), returns.shape

    def sums(values: FloatArray) -> FloatArray:
        return stretch_sums(values, history.estimation)

    count = sums(used.astype(np.float64))
    squares = sums(returns**2 * weight)
    usable = count >= history.min_estimation
    moment = [sums(load * returns * weight) for load in loads]
    gram = np.empty((p, p, n, length))
    for one in range(p):
        for other in range(one, p):
            gram[one, other] = gram[other, one] = sums(loads[one] * loads[other] * weight)
    coefficients = np.zeros((p, n, length))
    if p:
        scale = [np.sqrt(np.maximum(gram[one, one], 0.0)) for one in range(p)]
        for each in scale:
            usable &= each > 0
        for each in scale:
            each[~usable] = 1.0
        for one in range(p):
            for other in range(p):
                gram[one, other] /= scale[one] * scale[other]
                gram[one, other][~usable] = float(one == other)
        inverse, regular = _invert(gram)
        usable &= regular
        explained = np.zeros((n, length))
        for one in range(p):
            for other in range(p):
                inverse[one, other] /= scale[one] * scale[other]
                coefficients[one] += inverse[one, other] * moment[other]
            explained += coefficients[one] * moment[one]
        centre = coefficients[0]
        parameters = p
    else:
        inverse = gram
        sessions = sums(span)
        total = sums(returns)
        centre = np.divide(total, sessions, out=np.zeros_like(total), where=sessions > 0)
        explained = centre * total
        parameters = 1
    dof = np.maximum(count - parameters, 1.0)
    variance = (squares - explained) / dof
    usable &= variance > 1e-18
    return RollingFit(
        coefficients.transpose(1, 2, 0), inverse.transpose(2, 3, 0, 1), centre, variance, usable, parameters
    )


def _invert(matrix: FloatArray) -> tuple[FloatArray, BoolArray]:
    """(p, p, n, S) inverses of symmetric matrices with a unit diagonal, and which of them exist."""
    p = len(matrix)
    if p == 1:
        return np.ones_like(matrix), np.ones(matrix.shape[2:], dtype=bool)
    if p == 2:
        cross = matrix[0, 1]
        determinant = 1.0 - cross**2
        regular = determinant > 1e-10
        safe = np.where(regular, determinant, 1.0)
        inverse = np.empty_like(matrix)
        inverse[0, 0] = inverse[1, 1] = 1.0 / safe
        inverse[0, 1] = inverse[1, 0] = -cross / safe
        return inverse, regular
    stacked = np.ascontiguousarray(matrix.transpose(2, 3, 0, 1))
    regular = np.linalg.det(stacked) > 1e-10
    stacked[~regular] = np.eye(p)
    return np.ascontiguousarray(np.linalg.inv(stacked).transpose(2, 3, 0, 1)), regular


def rolling_window(history: History, fit: RollingFit, window: Window, event_clear: BoolArray) -> RollingWindow:
    """CARs of a window around every session, where it is full and clear of real events.

    Parameters
    ----------
    history, fit
        As from :func:`rolling_fit`.
    window : (int, int)
        Event days.
    event_clear : (n, S) bool
        Sessions whose window keeps its distance from every real event.

    Returns
    -------
    RollingWindow
    """
    sums = running_sums(history, reach_of(window))
    car, usable = _cars_of(sums, fit, window, event_clear)
    return RollingWindow(window, car, _k_of(sums, fit, window), usable)


def _cars_of(
    sums: RunningSums, fit: RollingFit, window: Window, event_clear: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """CARs, and where they are usable, from running sums that reach as far as the window."""
    valid, length = sums.valid, window_length(window)
    covered = between(sums.span, sums.reach, window)
    ends = np.zeros(valid.shape, dtype=bool)
    last = window[1]
    if last >= 0:
        # a window that ends beyond the history fits nowhere
        ends[:, : max(valid.shape[1] - last, 0)] = valid[:, last:]
    else:
        ends[:, -last:] = valid[:, :last]
    usable = fit.usable & ends & event_clear & (np.abs(covered - length) < 0.5)
    car = between(sums.returns, sums.reach, window)
    regressors = [between(each, sums.reach, window) for each in sums.regressors]
    if not sums.estimated:
        return car - regressors[0], usable
    expected, term = np.zeros(valid.shape), np.empty(valid.shape)
    for place, each in enumerate([covered, *regressors]):
        expected += np.multiply(each, fit.coefficients[:, :, place], out=term)
    return car - expected, usable


def _k_of(sums: RunningSums, fit: RollingFit, window: Window) -> FloatArray:
    """Var(CAR)/s² from the same sums."""
    covered = between(sums.span, sums.reach, window)
    if not sums.estimated:
        return covered
    design = [covered, *(between(each, sums.reach, window) for each in sums.regressors)]
    error, term = np.zeros(covered.shape), np.empty(covered.shape)
    for one, left in enumerate(design):
        for other, right in enumerate(design):
            np.multiply(left, fit.gram_inverse[:, :, one, other], out=term)
            term *= right
            error += term
    return covered + error


def clear_of_events(shape: tuple[int, int], security: IntArray, position: IntArray, length: int) -> BoolArray:
    """Sessions whose window of L sessions lies at least L sessions away from that of every real event.

    Parameters
    ----------
    shape : (n, S)
        Securities and sessions.
    security, position : (N,) int
        Every observation's security and event session.
    length : int
        L.

    Returns
    -------
    (n, S) bool

    Examples
    --------
    >>> clear_of_events((1, 7), np.array([0]), np.array([3]), 1)[0].astype(int)
    array([1, 1, 0, 0, 0, 1, 1])
    """
    reach = 2 * length - 1
    near = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    inside = (position >= -reach) & (position < shape[1] + reach)
    first = np.clip(position[inside] - reach, 0, shape[1])
    after = np.clip(position[inside] + reach + 1, 0, shape[1])
    np.add.at(near, (security[inside], first), 1)
    np.add.at(near, (security[inside], after), -1)
    clear: BoolArray = np.cumsum(near, axis=1)[:, :-1] == 0
    return clear


@dataclass(frozen=True, eq=False)
class Rolling:
    """Fits and CARs on every session of the securities that someone asks for, each worked out once.

    Attributes
    ----------
    history : History
        n securities, S sessions.
    event_security, event_position : (N,) int
        Security and session of every real event that windows keep away from.

    Notes
    -----
    A few securities at a time, whose sums the processor's cache holds. Of the arrays only the rows asked for are ever
    written, so that the others take no memory.
    """

    history: History
    event_security: IntArray
    event_position: IntArray
    _fit: list[RollingFit] = field(default_factory=list, init=False, repr=False)
    _sums: dict[int, RunningSums] = field(default_factory=dict, init=False, repr=False)
    _windows: dict[Window, RollingWindow] = field(default_factory=dict, init=False, repr=False)
    _known: dict[tuple[Window, str] | int | None, BoolArray] = field(default_factory=dict, init=False, repr=False)

    def fit(self, securities: IntArray) -> RollingFit:
        """The fits of all securities, of which those of ``securities`` can be read."""
        for rows in self._unknown(None, securities):
            part = rolling_fit(self.history.rows(rows))
            if not self._fit:
                self._fit.append(self._empty_fit(part))
            whole = self._fit[0]
            for name in ("coefficients", "gram_inverse", "centre", "residual_variance", "usable"):
                getattr(whole, name)[rows] = getattr(part, name)
        return self._fit[0]

    def window(self, window: Window, securities: IntArray) -> RollingWindow:
        """The CARs of one window around every session, of which those of ``securities`` can be read."""
        whole = self.cars(window, securities)
        for rows in self._unknown((window, "k"), securities):
            whole.k[rows] = _k_of(self._sums_of(window, rows), self._fit_of(rows), window)
        return whole

    def cars(self, window: Window, securities: IntArray) -> RollingWindow:
        """The same for who does not read ``k``, which costs as much as everything else."""
        shape = self.history.returns.shape
        if window not in self._windows:
            self._windows[window] = RollingWindow(window, np.empty(shape), np.empty(shape), np.zeros(shape, dtype=bool))
        whole = self._windows[window]
        for rows in self._unknown((window, "car"), securities):
            inside = (self.event_security >= rows.start) & (self.event_security < rows.stop)
            here, at = self.event_security[inside] - rows.start, self.event_position[inside]
            clear = clear_of_events((rows.stop - rows.start, shape[1]), here, at, window_length(window))
            whole.car[rows], whole.usable[rows] = _cars_of(
                self._sums_of(window, rows), self._fit_of(rows), window, clear
            )
        return whole

    def _sums_of(self, window: Window, rows: slice) -> RunningSums:
        """The running sums of some neighbours, which reach as far as a window and often further."""
        reach = _WINDOW_REACH * -(-reach_of(window) // _WINDOW_REACH)
        for part in self._unknown(reach, np.arange(rows.start, rows.stop)):
            found = running_sums(self.history.rows(part), reach)
            if reach not in self._sums:
                self._sums[reach] = self._empty_sums(found)
            whole = self._sums[reach]
            whole.valid[part], whole.span[part], whole.returns[part] = found.valid, found.span, found.returns
            whole.regressors[:, part] = found.regressors
        return self._sums[reach].rows(rows)

    def _fit_of(self, rows: slice) -> RollingFit:
        """The fits of some neighbours alone."""
        whole = self.fit(np.arange(rows.start, rows.stop))
        return RollingFit(
            whole.coefficients[rows],
            whole.gram_inverse[rows],
            whole.centre[rows],
            whole.residual_variance[rows],
            whole.usable[rows],
            whole.n_parameters,
        )

    def _unknown(self, what: tuple[Window, str] | int | None, securities: IntArray) -> list[slice]:
        """Those of the securities that were not asked for before: a few neighbours at a time."""
        if what not in self._known:
            self._known[what] = np.zeros(len(self.history.returns), dtype=bool)
        known = self._known[what]
        if known[securities].all():
            return []
        rows = np.unique(securities[~known[securities]])
        known[rows] = True
        begin = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
        return [
            slice(first, min(first + _AT_A_TIME, after))
            for start, after in zip(
                rows[begin].tolist(), (rows[np.append(begin[1:], len(rows)) - 1] + 1).tolist(), strict=True
            )
            for first in range(start, after, _AT_A_TIME)
        ]

    def _empty_sums(self, like: RunningSums) -> RunningSums:
        """Room for the running sums of all securities."""
        n, width = len(self.history.returns), like.span.shape[1]
        return RunningSums(
            like.reach,
            np.zeros(self.history.returns.shape, dtype=bool),
            np.empty((n, width)),
            np.empty((n, width)),
            np.empty((len(like.regressors), n, width)),
            like.estimated,
        )

    def _empty_fit(self, like: RollingFit) -> RollingFit:
        """Room for the fits of all securities, laid out as the fits of a few are: coefficient after coefficient."""
        n, length, p = *self.history.returns.shape, like.coefficients.shape[2]
        return RollingFit(
            np.empty((p, n, length)).transpose(1, 2, 0),
            np.empty((p, p, n, length)).transpose(2, 3, 0, 1),
            np.empty((n, length)),
            np.empty((n, length)),
            np.zeros((n, length), dtype=bool),
            like.n_parameters,
        )
