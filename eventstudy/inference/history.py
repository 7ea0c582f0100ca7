"""Whole return histories, and their running sums: what any window around any session adds up to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.panel.windows import Window


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

    def rows(self, rows: IntArray | slice) -> History:
        """The histories of some of the securities; of neighbours, without a copy."""
        return replace(
            self,
            returns=self.returns[rows],
            span=self.span[rows],
            regressors=self.regressors[rows],
            in_event=self.in_event[rows],
            calendar=self.calendar[rows],
            regressor_key=self.regressor_key[rows],
        )


def stretch_sums(values: FloatArray, window: Window) -> FloatArray:
    """Σ over sessions s + window of each row, for every session s; beyond the ends nothing is added.

    Examples
    --------
    >>> stretch_sums(np.array([[1.0, 2.0, 4.0, 8.0]]), (-1, 0))
    array([[ 1.,  3.,  6., 12.]])
    """
    reach = reach_of(window)
    return between(_running(values, reach), reach, window)


def reach_of(window: Window) -> int:
    """How many sessions a window may want beyond either end of a history."""
    return max(-window[0], window[1] + 1, 0)


def _running(values: FloatArray, reach: int) -> FloatArray:
    """(n, reach + S + 1 + reach) sums up to every session, the first and the last repeated beyond the ends."""
    n, length = values.shape
    total = np.zeros((n, reach + length + 1 + reach))
    np.cumsum(values, axis=1, out=total[:, reach + 1 : reach + 1 + length])
    total[:, reach + 1 + length :] = total[:, reach + length, None]
    return total


def between(total: FloatArray, reach: int, window: Window) -> FloatArray:
    """Differences of running sums over a window around every session."""
    length = total.shape[1] - 1 - 2 * reach
    first, after = reach + window[0], reach + window[1] + 1
    found: FloatArray = total[:, after : after + length] - total[:, first : first + length]
    return found


@dataclass(frozen=True, eq=False)
class RunningSums:
    """Valid returns, their spans and their regressors, added up from the first session on, for any window.

    Attributes
    ----------
    reach : int
        Sessions by which a window may reach beyond either end.
    valid : (n, S) bool
        As of the history.
    span, returns : (n, 2 reach + S + 1) float
        Sums up to each session.
    regressors : (K, n, 2 reach + S + 1) float
        Those of each regressor.
    estimated : bool
        As of the history.
    """

    reach: int
    valid: BoolArray
    span: FloatArray
    returns: FloatArray
    regressors: FloatArray
    estimated: bool

    def rows(self, rows: slice) -> RunningSums:
        """Those of neighbouring securities, without a copy."""
        return replace(
            self,
            valid=self.valid[rows],
            span=self.span[rows],
            returns=self.returns[rows],
            regressors=self.regressors[:, rows],
        )


def running_sums(history: History, reach: int) -> RunningSums:
    """The running sums of every security of a history."""
    valid = history.valid
    n, length, number = history.regressors.shape
    regressors = np.empty((number, n, reach + length + 1 + reach))
    for column in range(number):
        regressors[column] = _running(np.where(valid, history.regressors[:, :, column], 0.0), reach)
    span, returns = (_running(np.where(valid, each, 0.0), reach) for each in (history.span, history.returns))
    return RunningSums(reach, valid, span, returns, regressors, history.estimated)
