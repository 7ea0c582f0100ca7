"""How the error of a return behaves over event time: the part of Var(AR) and Var(CAR) that is not estimation error.

All variances are over the residual variance s², so that Var(CAR) = s² (noise + x'Gx).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray


class Noise(Protocol):
    """The law of the errors of N observations.

    ``span`` is the number of sessions each return covers; ``there`` says on which of a window's L days there is an
    abnormal return, and ``first`` is the window's first column among the panel's event days.
    """

    def estimation(self, span: FloatArray) -> FloatArray:
        """(N, T) variance of each error of the estimation window."""
        ...

    def days(self, span: FloatArray) -> FloatArray:
        """(N, L) variance of each event day's error, seen from the day before."""
        ...

    def window_days(self, span: FloatArray, first: int) -> FloatArray:
        """(N, L) variance of each day's error, seen from the day before the window."""
        ...

    def window(self, span: FloatArray, there: BoolArray, first: int) -> FloatArray:
        """(N,) variance of the window's summed errors, seen from the day before the window."""
        ...

    def rows(self, chosen: IntArray) -> Noise:
        """The law of the chosen observations alone."""
        ...


@dataclass(frozen=True)
class IndependentNoise:
    """Errors that are independent from session to session, with one variance: a return over n sessions has n times it.

    Examples
    --------
    >>> IndependentNoise().window(np.array([[1.0, 0.0, 2.0]]), np.array([[True, False, True]]), 0)
    array([3.])
    """

    def estimation(self, span: FloatArray) -> FloatArray:
        """(N, T) the spans."""
        return span

    def days(self, span: FloatArray) -> FloatArray:
        """(N, L) the spans."""
        return span

    def window_days(self, span: FloatArray, first: int) -> FloatArray:
        """(N, L) the spans."""
        return span

    def window(self, span: FloatArray, there: BoolArray, first: int) -> FloatArray:
        """(N,) sessions of the window."""
        total: FloatArray = np.where(there, span, 0.0).sum(axis=1)
        return total

    def rows(self, chosen: IntArray) -> IndependentNoise:
        """The same law."""
        return self


@dataclass(frozen=True, eq=False)
class MovingAverageNoise:
    """Errors of one variance that are correlated over a few sessions, as non-synchronous trading makes them.

    Attributes
    ----------
    autocorrelation : (N, J) float
        ρ̂ at lags 1 to J; zero beyond.

    Notes
    -----
    Over L sessions V_L = Σ_{|j|<L} (L - |j|) ρ̂_j, and L where that is not positive (METHODS 4). On a window with a
    missing day each pair of days that are there counts once.

    Examples
    --------
    >>> noise = MovingAverageNoise(np.array([[-0.3, 0.1]]))
    >>> noise.window(np.ones((1, 3)), np.ones((1, 3), dtype=bool), 0).round(10)
    array([2.])
    """

    autocorrelation: FloatArray

    def estimation(self, span: FloatArray) -> FloatArray:
        """(N, T) the spans."""
        return span

    def days(self, span: FloatArray) -> FloatArray:
        """(N, L) the spans."""
        return span

    def window_days(self, span: FloatArray, first: int) -> FloatArray:
        """(N, L) the spans."""
        return span

    def window(self, span: FloatArray, there: BoolArray, first: int) -> FloatArray:
        """(N,) V_L."""
        inside = there.astype(np.float64)
        length = inside.sum(axis=1)
        total = length.copy()
        for lag in range(1, self.autocorrelation.shape[1] + 1):
            pairs = (inside[:, lag:] * inside[:, : max(inside.shape[1] - lag, 0)]).sum(axis=1)
            total += 2.0 * self.autocorrelation[:, lag - 1] * pairs
        variance: FloatArray = np.where(total > 0, total, length)
        return variance

    def rows(self, chosen: IntArray) -> MovingAverageNoise:
        """The law of the chosen observations alone."""
        return MovingAverageNoise(self.autocorrelation[chosen])


@dataclass(frozen=True, eq=False)
class GarchNoise:
    """Errors whose variance is forecast by a GARCH(1,1).

    Attributes
    ----------
    inside : (N, T) float
        h_t of the estimation window over s²; NaN where there is no return.
    ahead : (N, L) float
        h_τ over s² of each event day, known the day before it.
    level : (N,) float
        h̄ = ω/(1 - α - β) over s².
    persistence : (N,) float
        α + β.

    Notes
    -----
    Seen from the day before a window that begins on τ1, h_{τ1+j} = h̄ + (α + β)^j (h_τ1 - h̄): no return of the window
    enters its own variance.

    Examples
    --------
    >>> noise = GarchNoise(np.ones((1, 1)), np.array([[3.0, 9.0]]), np.array([1.0]), np.array([0.5]))
    >>> noise.window_days(np.ones((1, 2)), 0)
    array([[3., 2.]])
    """

    inside: FloatArray
    ahead: FloatArray
    level: FloatArray
    persistence: FloatArray

    def estimation(self, span: FloatArray) -> FloatArray:
        """(N, T) h_t over s²."""
        return self.inside

    def days(self, span: FloatArray) -> FloatArray:
        """(N, L) h_τ over s²."""
        return self.ahead

    def window_days(self, span: FloatArray, first: int) -> FloatArray:
        """(N, L) forecasts from the day before the window."""
        decay = self.persistence[:, None] ** np.arange(span.shape[1])
        forecast: FloatArray = self.level[:, None] + decay * (self.ahead[:, first] - self.level)[:, None]
        return forecast

    def window(self, span: FloatArray, there: BoolArray, first: int) -> FloatArray:
        """(N,) sum of the forecasts over the days that are there."""
        total: FloatArray = np.where(there, self.window_days(span, first), 0.0).sum(axis=1)
        return total

    def rows(self, chosen: IntArray) -> GarchNoise:
        """The law of the chosen observations alone."""
        return GarchNoise(self.inside[chosen], self.ahead[chosen], self.level[chosen], self.persistence[chosen])
