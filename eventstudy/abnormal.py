"""AR, SAR, CAR, SCAR and BHAR: the only place they are defined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.models.base import ModelFit
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.windows import Window, window_length


@dataclass(frozen=True, eq=False)
class AbnormalReturns:
    """Abnormal returns of N observations on L event days and T estimation sessions.

    Attributes
    ----------
    taus : (L,) int
        Event days.
    returns, expected, ar : (N, L) float
        Return, expected return, abnormal return; NaN where there is none.
    ar_variance : (N, L) float
        Prediction-error variance of AR, s² (n + x'Gx) for independent errors.
    sar : (N, L) float
        AR over its prediction-error deviation.
    estimation_sar : (N, T) float
        Residual over its own deviation, s √(n - x'Gx) for least squares.
    quality : (N,) float
        Q = d/(d - 2), the variance of a t(d) variable.
    """

    taus: IntArray
    returns: FloatArray
    expected: FloatArray
    ar: FloatArray
    ar_variance: FloatArray
    sar: FloatArray
    estimation_sar: FloatArray
    quality: FloatArray


@dataclass(frozen=True, eq=False)
class WindowReturns:
    """Cumulated abnormal returns of N observations over one window.

    Attributes
    ----------
    window : (int, int)
        First and last event day.
    car, car_variance, scar, bhar : (N,) float
        NaN where the window has no CAR.
    k : (N,) float
        Var(CAR)/s², prediction error included.
    present : (N,) bool
        Whether the window has a CAR.
    """

    window: Window
    car: FloatArray
    car_variance: FloatArray
    scar: FloatArray
    bhar: FloatArray
    k: FloatArray
    present: BoolArray

    @property
    def sigma(self) -> FloatArray:
        """Standard error of each CAR."""
        return np.sqrt(self.car_variance)


def abnormal_returns(panel: EventPanel, fit: ModelFit) -> AbnormalReturns:
    """Abnormal returns by event day, with their prediction-error variance.

    Parameters
    ----------
    panel : EventPanel
        N observations.
    fit : ModelFit
        Their normal returns.

    Returns
    -------
    AbnormalReturns
        Var(AR_j) = s² (n_j + x_j'G x_j) for a return over n_j sessions; a GARCH model has h_j/s² for n_j.
    """
    expected = fit.expected
    ar = panel.event_returns - expected
    design = np.where(np.isfinite(ar)[:, :, None], fit.design, np.nan)
    error = np.einsum("nlp,npq,nlq->nl", design, fit.gram_inverse, design)
    noise = fit.noise.days(panel.event_span)
    variance = np.where(np.isfinite(ar), fit.residual_variance[:, None] * (noise + error), np.nan)
    inner = fit.noise.estimation(panel.estimation_span) - fit.leverage
    # a day that alone determines a coefficient has leverage one and no residual to standardise
    inner = np.where(np.isfinite(fit.residuals) & (inner > 1e-12), inner, np.nan)
    deviation = np.sqrt(fit.residual_variance[:, None] * inner)
    dof = fit.dof
    quality = np.divide(dof, dof - 2.0, out=np.full(len(dof), np.nan), where=(dof > 2) & np.isfinite(dof))
    return AbnormalReturns(
        taus=panel.taus,
        returns=panel.event_returns,
        expected=np.where(np.isfinite(panel.event_returns), expected, np.nan),
        ar=ar,
        ar_variance=variance,
        sar=ar / np.sqrt(variance),
        estimation_sar=fit.residuals / deviation,
        quality=np.where(np.isinf(dof), 1.0, quality),
    )


def window_returns(
    panel: EventPanel,
    fit: ModelFit,
    abnormal: AbnormalReturns,
    window: Window,
    standardise: str = "exact",
    kind: str = "simple",
) -> WindowReturns:
    """Cumulated and buy-and-hold abnormal returns over one window.

    Parameters
    ----------
    panel, fit, abnormal
        As from :func:`abnormal_returns`.
    window : (int, int)
        First and last event day, inside the panel's event range.
    standardise : {"exact", "sum"}
        SCAR as CAR over its prediction-error deviation, or Patell's Σ SAR/√L.
    kind : {"simple", "log"}
        What the returns are; BHAR is made of simple returns in either case.

    Returns
    -------
    WindowReturns
        No CAR (``window_edge``) where the last session has no return or the first return begins before the window. The
        last session is the line's own where ``panel.ends`` says that it stopped trading inside the window.
    """
    first = window[0] - int(panel.taus[0])
    inside = slice(first, first + window_length(window))
    ar, span = abnormal.ar[:, inside], np.where(np.isfinite(abnormal.ar[:, inside]), panel.event_span[:, inside], 0.0)
    there = np.isfinite(ar)
    n = len(ar)
    # a return that was dropped for its span counts here: what it holds of the window began before it too
    covers = panel.event_span[:, inside]
    leading = (covers > 0).argmax(axis=1)
    begins_inside = covers[np.arange(n), leading] <= leading + 1
    # a day whose return exists but not its regressors leaves a hole that no later return covers; so does a change of
    # symbol that no price links, of span 1 without a return
    hole = ((np.isfinite(panel.event_returns[:, inside]) | (covers == 1)) & ~there).any(axis=1)
    present = there[np.arange(n), last_places(panel, window)] & begins_inside & ~hole
    design = np.where(there[:, :, None], fit.design[:, inside], 0.0).sum(axis=1)
    k = fit.noise.window(span, there, first) + np.einsum("np,npq,nq->n", design, fit.gram_inverse, design)
    car = np.where(there, ar, 0.0).sum(axis=1)
    variance = fit.residual_variance * k
    if standardise == "sum":
        count = np.maximum(there.sum(axis=1), 1)
        scar = np.where(there, _window_sar(fit, ar, span, inside), 0.0).sum(axis=1) / np.sqrt(count)
    else:
        scar = np.divide(car, np.sqrt(variance), out=np.full(n, np.nan), where=variance > 0)
    realised = np.where(there, abnormal.returns[:, inside], 0.0)
    normal = np.where(there, abnormal.expected[:, inside], 0.0)
    if kind == "log":
        bhar = np.expm1(realised.sum(axis=1)) - np.expm1(normal.sum(axis=1))
    else:
        bhar = np.prod(1.0 + realised, axis=1) - np.prod(1.0 + normal, axis=1)
    blank = np.where(present, 1.0, np.nan)
    return WindowReturns(
        window=window,
        car=car * blank,
        car_variance=variance * blank,
        scar=scar * blank,
        bhar=bhar * blank,
        k=k * blank,
        present=present,
    )


def last_places(panel: EventPanel, window: Window) -> IntArray:
    """Place of each observation's last session in the window: the window's own, or the line's where it ends before."""
    length = window_length(window)
    if panel.ends is None:
        return np.full(panel.n_observations, length - 1, dtype=np.int64)
    own = panel.ends - window[0]
    return np.where((own >= 0) & (own < length), own, length - 1)


def _window_sar(fit: ModelFit, ar: FloatArray, span: FloatArray, inside: slice) -> FloatArray:
    """SAR of a window's days, every one seen from the day before the window."""
    design = np.where(np.isfinite(ar)[:, :, None], fit.design[:, inside], np.nan)
    error = np.einsum("nlp,npq,nlq->nl", design, fit.gram_inverse, design)
    noise = fit.noise.window_days(span, inside.start)
    variance = np.where(np.isfinite(ar), fit.residual_variance[:, None] * (noise + error), np.nan)
    return ar / np.sqrt(variance)
