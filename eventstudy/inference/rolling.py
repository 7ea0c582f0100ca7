"""The same study on every session of a security's history: coefficients and CARs by running sums.

What a fit over the estimation window before session s says about the window around s, for all s at once. Days of real
events are left out of the estimation windows. Cost a session does not depend on the length of the windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.panel.windows import Window, window_length


@dataclass(frozen=True, eq=False)
class History:
    """Whole return histories of n securities on S sessions.

    Attributes
    ----------
    returns, span : (n, S) float
        As in ``ReturnTable``.
    regressors : (n, S, K) float
        Over the same sessions as the returns.
    in_event : (n, S) bool
        Sessions inside a window of a real event of the security.
    calendar : (n,) int
        Calendar of each security.
    estimated : bool
        Whether the model estimates coefficients; otherwise the first regressor is the expectation.
    estimation : (int, int)
        Estimation window.
    min_estimation : int
        Fewest valid returns of an estimation window.
    regressor_key : (n, K) int
        Which series each regressor is.
    one_session : (R, S) float
        Those series by single sessions.
    """

    returns: FloatArray
    span: FloatArray
    regressors: FloatArray
    in_event: BoolArray
    calendar: IntArray
    estimated: bool
    estimation: Window
    min_estimation: int
    regressor_key: IntArray
    one_session: FloatArray

    @cached_property
    def valid(self) -> BoolArray:
        """(n, S) returns that have all their regressors."""
        return np.isfinite(self.returns) & np.isfinite(self.regressors).all(axis=2)

    @cached_property
    def ordinary(self) -> BoolArray:
        """(n, S) valid returns over one session, outside the windows of real events."""
        single: BoolArray = self.span == 1
        return self.valid & ~self.in_event & single


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


def _running(values: FloatArray) -> FloatArray:
    """Cumulative sums along sessions with a leading zero, so that any stretch is one difference."""
    total = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=total[:, 1:])
    return total


def stretch_sums(values: FloatArray, window: Window) -> FloatArray:
    """Σ over sessions s + window of each row, for every session s; beyond the ends nothing is added.

    Examples
    --------
    >>> stretch_sums(np.array([[1.0, 2.0, 4.0, 8.0]]), (-1, 0))
    array([[ 1.,  3.,  6., 12.]])
    """
    length = values.shape[1]
    total = _running(values)
    day = np.arange(length)
    first = np.clip(day + window[0], 0, length)
    last = np.clip(day + window[1] + 1, 0, length)
    return total[:, last] - total[:, first]


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
    gram = np.zeros((n, length, p, p))
    moment = np.zeros((n, length, p))
    for one in range(p):
        moment[:, :, one] = sums(loads[one] * returns * weight)
        for other in range(one, p):
            gram[:, :, one, other] = gram[:, :, other, one] = sums(loads[one] * loads[other] * weight)
    usable = count >= history.min_estimation
    if p:
        scale = np.sqrt(np.maximum(np.einsum("nspp->nsp", gram), 0.0))
        usable &= (scale > 0).all(axis=2)
        scale[~usable] = 1.0
        unit = gram / (scale[..., :, None] * scale[..., None, :])
        unit[~usable] = np.eye(p)
        inverse, regular = _invert(unit)
        usable &= regular
        inverse = inverse / (scale[..., :, None] * scale[..., None, :])
        coefficients = np.einsum("nspq,nsq->nsp", inverse, moment)
        explained = np.einsum("nsp,nsp->ns", coefficients, moment)
        centre = coefficients[:, :, 0]
        parameters = p
    else:
        inverse, coefficients = np.zeros((n, length, 0, 0)), np.zeros((n, length, 0))
        sessions = sums(span)
        total = sums(returns)
        centre = np.divide(total, sessions, out=np.zeros_like(total), where=sessions > 0)
        explained = centre * total
        parameters = 1
    dof = np.maximum(count - parameters, 1.0)
    variance = (squares - explained) / dof
    usable &= variance > 1e-18
    return RollingFit(coefficients, inverse, centre, variance, usable, parameters)


def _invert(matrix: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Inverses of symmetric matrices with a unit diagonal, and which of them exist."""
    p = matrix.shape[-1]
    if p == 1:
        return np.ones_like(matrix), np.ones(matrix.shape[:-2], dtype=bool)
    if p == 2:
        cross = matrix[..., 0, 1]
        determinant = 1.0 - cross**2
        regular = determinant > 1e-10
        safe = np.where(regular, determinant, 1.0)
        inverse = np.empty_like(matrix)
        inverse[..., 0, 0] = inverse[..., 1, 1] = 1.0 / safe
        inverse[..., 0, 1] = inverse[..., 1, 0] = -cross / safe
        return inverse, regular
    regular = np.linalg.det(matrix) > 1e-10
    return np.linalg.inv(np.where(regular[..., None, None], matrix, np.eye(p))), regular


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
    valid = history.valid
    span = np.where(valid, history.span, 0.0)
    length = window_length(window)
    covered = stretch_sums(span, window)
    ends = np.zeros(valid.shape, dtype=bool)
    last = window[1]
    if last >= 0:
        # a window that ends beyond the history fits nowhere
        ends[:, : max(valid.shape[1] - last, 0)] = valid[:, last:]
    else:
        ends[:, -last:] = valid[:, :last]
    usable = fit.usable & ends & event_clear & (np.abs(covered - length) < 0.5)
    total = stretch_sums(np.where(valid, history.returns, 0.0), window)
    regressors = [
        stretch_sums(np.where(valid, history.regressors[:, :, column], 0.0), window)
        for column in range(history.regressors.shape[2])
    ]
    if history.estimated:
        design = np.stack([covered, *regressors], axis=2)
        car = total - np.einsum("nsp,nsp->ns", design, fit.coefficients)
        k = covered + np.einsum("nsp,nspq,nsq->ns", design, fit.gram_inverse, design)
    else:
        car, k = total - regressors[0], covered
    return RollingWindow(window, car, k, usable)


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
