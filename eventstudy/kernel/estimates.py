"""Fits and CARs of a large study by running sums: what the reference arrays hold by observation, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.abnormal import WindowReturns, abnormal_returns, window_returns
from eventstudy.kernel.securities import CHUNKS, Securities
from eventstudy.models.base import ReturnModel
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.windows import Window
from eventstudy.threads import each, evenly

Kind = TypeVar("Kind", bound=np.generic)

REASONS = ("", "short_estimation", "short_regressors", "no_event_return")
HARD = 4
# rows of the reference that are gathered at a time
GATHERED = 4_096


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimates of N observations, used or not.

    Attributes
    ----------
    reason : (N,) int
        Place in ``reasons``; 0 where the observation is used.
    reasons : tuple of str
        Attrition reasons.
    count : (N,) int
        Valid returns M of the estimation window.
    coefficients : (N, 1 + K) float
        What the residual takes off: intercept and loadings, 0 and 1 of a market-adjusted model.
    centre : (N,) float
        Mean residual a session that a model without intercept leaves.
    variance, r_squared : (N,) float
        s²; share explained.
    parameters : int
        p.
    windows : tuple of WindowReturns
        By observation, not present where it is not used.
    """

    reason: IntArray
    reasons: tuple[str, ...]
    count: IntArray
    coefficients: FloatArray
    centre: FloatArray
    variance: FloatArray
    r_squared: FloatArray
    parameters: int
    windows: tuple[WindowReturns, ...]


def estimate(
    securities: Securities,
    model: ReturnModel,
    security: IntArray,
    position: IntArray,
    estimation: Window,
    windows: tuple[Window, ...],
    fewest: int,
    standardise: str,
    kind: str,
    reference: Callable[[IntArray], EventPanel],
) -> Estimates:
    """Fits and CARs of N observations.

    Parameters
    ----------
    securities : Securities
        Returns.
    model : ReturnModel
        One fitted by least squares on the factors, or the market-adjusted one.
    security, position : (N,) int
        Row of the security; session of the event.
    estimation, windows
        As in the specification.
    fewest : int
        Fewest valid returns of an estimation window.
    standardise, kind
        As in :func:`window_returns`.
    reference : function
        The panel of some of the observations, for those whose running sums have lost too many digits.

    Returns
    -------
    Estimates
        Equal to ``model.fit``, ``abnormal_returns`` and ``window_returns`` to rounding.
    """

    from eventstudy.kernel import fit_loops

    n, k = len(security), len(securities.factors)
    order, begins = by_security(security, position, *securities.values.shape)
    code, count = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    coefficients, centre = np.full((n, 1 + k), np.nan), np.full(n, np.nan)
    variance, r_squared = np.full(n, np.nan), np.full(n, np.nan)
    car, k_car, scar, bhar = (np.full((len(windows), n), np.nan) for _ in range(4))
    present = np.zeros((len(windows), n), dtype=bool)
    bounds = np.array(windows, dtype=np.int64)
    keep, centres = np.zeros((1, 1, 1)), np.zeros((1, 1))
    weights = np.diff(begins) + securities.values.shape[1] // 8 * (np.diff(begins) > 0)
    ordered = position[order]

    def work(rows: IntArray) -> None:
        fit_loops.fit_securities(
            *securities.lists, rows, begins, ordered, np.array(estimation, dtype=np.int64), bounds, fewest,
            model.estimated, standardise == "sum", kind == "log",
            code, count, coefficients, centre, variance, r_squared, keep, centres, False,
            car, k_car, scar, bhar, present,
        )  # fmt: skip

    each(work, evenly(weights, CHUNKS))
    code, count, coefficients, centre, variance, r_squared = each(
        lambda values: _as_given(values, order), [code, count, coefficients, centre, variance, r_squared]
    )
    car, k_car, scar, bhar, present = each(
        lambda values: np.stack([_as_given(one, order) for one in values]), [car, k_car, scar, bhar, present]
    )
    parameters = 1 + k if model.estimated else 1
    reasons = list(REASONS)
    hard = np.flatnonzero(code == HARD)
    for begin in range(0, len(hard), GATHERED):
        rows = hard[begin : begin + GATHERED]
        panel = reference(rows)
        fit = model.fit(panel)
        abnormal = abnormal_returns(panel, fit)
        found = [window_returns(panel, fit, abnormal, window, standardise, kind) for window in windows]
        some = np.any([window.present for window in found], axis=0)
        faults = [fault or ("" if there else "no_event_return") for fault, there in zip(fit.fault, some, strict=True)]
        reasons += [fault for fault in dict.fromkeys(faults) if fault not in reasons]
        code[rows] = [reasons.index(fault) for fault in faults]
        if model.estimated:
            coefficients[rows] = fit.coefficients
            centre[rows] = 0.0
        else:
            coefficients[rows] = (0.0, 1.0)
            sessions = np.where(np.isfinite(fit.residuals), panel.estimation_span, 0.0).sum(axis=1)
            centre[rows] = np.nansum(fit.residuals, axis=1) / sessions
        variance[rows], r_squared[rows] = fit.residual_variance, fit.r_squared
        for place, one in enumerate(found):
            for into, values in ((car, one.car), (k_car, one.k), (scar, one.scar), (bhar, one.bhar)):
                into[place, rows] = values
            present[place, rows] = one.present
    present &= code == 0
    return Estimates(
        reason=code,
        reasons=tuple(reasons),
        count=count,
        coefficients=coefficients,
        centre=centre,
        variance=variance,
        r_squared=r_squared,
        parameters=parameters,
        windows=tuple(
            WindowReturns(window, car[place], variance * k_car[place], scar[place], bhar[place], k_car[place], there)
            for place, (window, there) in enumerate(zip(windows, present, strict=True))
        ),
    )


def by_security(security: IntArray, position: IntArray, count: int, length: int) -> tuple[IntArray, IntArray]:
    """Observations in the order of security and session, and where each security's begin.

    Parameters
    ----------
    security, position : (N,) int
        Below ``count`` and ``length``.
    """
    from eventstudy.kernel import loops

    begins = np.concatenate([[0], np.cumsum(np.bincount(security, minlength=count))])
    order: IntArray = loops.ordered(security, position, count, length)
    return order, begins.astype(np.int64, copy=False)


def _as_given(values: NDArray[Kind], order: IntArray) -> NDArray[Kind]:
    """Values in the order of securities, moved to the order of the observations."""
    found = np.empty_like(values)
    found[order] = values
    return found
