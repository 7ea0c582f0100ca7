"""Fits and CARs of a large study by running sums: what the reference arrays hold by observation, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eventstudy._arrays import BoolArray, CodeArray, FloatArray, IntArray, SmallArray
from eventstudy.abnormal import WindowReturns, abnormal_returns, window_returns
from eventstudy.kernel.securities import CHUNKS, Securities
from eventstudy.models.base import ReturnModel
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.windows import Window
from eventstudy.threads import each, evenly

REASONS = ("", "short_estimation", "short_regressors", "no_event_return")
HARD = 4
# rows of the reference that are gathered at a time
GATHERED = 4_096


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimates of the N used of P observations.

    Attributes
    ----------
    reason : (P,) int
        Place in ``reasons``; 0 where the estimates do not exclude the observation.
    reasons : tuple of str
        Attrition reasons.
    count : (P,) int
        Valid returns M of the estimation window.
    used : (N,) int
        Observations with estimates: none excludes them, and the event is among their security's returns.
    coefficients : (N, 1 + K) float
        What the residual takes off: intercept and loadings, 0 and 1 of a market-adjusted model.
    centre : (N,) float
        Mean residual a session that a model without intercept leaves.
    variance, r_squared : (N,) float
        s²; share explained.
    parameters : int
        p.
    windows : tuple of WindowReturns
        Of the used observations.
    """

    reason: CodeArray
    reasons: tuple[str, ...]
    count: SmallArray
    used: IntArray
    coefficients: FloatArray
    centre: FloatArray
    variance: FloatArray
    r_squared: FloatArray
    parameters: int
    windows: tuple[WindowReturns, ...]

    def placed(self, order: IntArray) -> Estimates:
        """The same of observations that stand elsewhere: each one's place is in ``order``."""
        reason, count = np.empty_like(self.reason), np.empty_like(self.count)
        reason[order], count[order] = self.reason, self.count
        return replace(self, reason=reason, count=count, used=order[self.used])


@dataclass(frozen=True, eq=False)
class Fits:
    """What running sums say of n observations and W windows; what they do not fit is NaN.

    Attributes
    ----------
    code : (n,) int
        Place in ``REASONS``, or ``HARD``.
    count, coefficients, centre, variance, r_squared
        As in ``Estimates``.
    car, k, scar, bhar, present : (W, n)
        As in ``WindowReturns``.
    """

    code: CodeArray
    count: SmallArray
    coefficients: FloatArray
    centre: FloatArray
    variance: FloatArray
    r_squared: FloatArray
    car: FloatArray
    k: FloatArray
    scar: FloatArray
    bhar: FloatArray
    present: BoolArray

    @classmethod
    def room(cls, n: int, factors: int, windows: int) -> Fits:
        """Room for the fits of n observations, nothing in it."""
        centre, variance, r_squared = (np.empty(n) for _ in range(3))
        car, k, scar, bhar = (np.empty((windows, n)) for _ in range(4))
        return cls(
            np.empty(n, dtype=np.int8), np.empty(n, dtype=np.int32), np.empty((n, 1 + factors)), centre, variance,
            r_squared, car, k, scar, bhar, np.empty((windows, n), dtype=bool),
        )  # fmt: skip

    def fit(
        self,
        securities: Securities,
        rows: IntArray,
        begins: IntArray,
        position: IntArray,
        estimation: Window,
        windows: tuple[Window, ...],
        fewest: int,
        estimated: bool,
        by_sum: bool,
        logs: bool,
        gram: tuple[FloatArray, FloatArray] | None = None,
    ) -> None:
        """Fits and CARs of the observations of some securities by compiled loops, into these arrays.

        Parameters
        ----------
        securities : Securities
            Returns.
        rows : (m,) int
            The securities.
        begins, position : (s + 1,), (n,) int
            Where each security's observations begin; event sessions of all of them.
        estimation, windows, fewest, estimated, by_sum, logs
            As ``fit_securities`` takes them.
        gram : (n, p, p) and (s, p) float, optional
            Where to leave the inverses and centres.
        """
        from eventstudy.kernel import fit_loops

        inverses, centres = (np.zeros((1, 1, 1)), np.zeros((1, 1))) if gram is None else gram
        fit_loops.fit_securities(
            *securities.lists, rows, begins, position, np.array(estimation, dtype=np.int64),
            np.array(windows, dtype=np.int64).reshape(-1, 2), fewest, estimated, by_sum, logs,
            self.code, self.count, self.coefficients, self.centre, self.variance, self.r_squared, inverses, centres,
            gram is not None, self.car, self.k, self.scar, self.bhar, self.present,
        )  # fmt: skip


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
    """Fits and CARs of P observations, which stand in the order of security and session.

    Parameters
    ----------
    securities : Securities
        Returns.
    model : ReturnModel
        One fitted by least squares on the factors, or the market-adjusted one.
    security, position : (P,) int
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

    from eventstudy.kernel import loops

    n, k = len(security), len(securities.factors)
    by_sum, logs = standardise == "sum", kind == "log"
    made = Fits.room(n, k, len(windows))
    begins = begins_of(security, len(securities.values))
    weights = np.diff(begins) + securities.values.shape[1] // 8 * (np.diff(begins) > 0)
    each(
        lambda rows: made.fit(
            securities, rows, begins, position, estimation, windows, fewest, model.estimated, by_sum, logs
        ),
        evenly(weights, CHUNKS),
    )
    reasons = list(REASONS)
    hard = np.flatnonzero(made.code == HARD)
    for begin in range(0, len(hard), GATHERED):
        rows = hard[begin : begin + GATHERED]
        panel = reference(rows)
        fit = model.fit(panel)
        abnormal = abnormal_returns(panel, fit)
        found = [window_returns(panel, fit, abnormal, window, standardise, kind) for window in windows]
        some = np.any([window.present for window in found], axis=0)
        faults = [fault or ("" if there else "no_event_return") for fault, there in zip(fit.fault, some, strict=True)]
        reasons += [fault for fault in dict.fromkeys(faults) if fault not in reasons]
        made.code[rows] = [reasons.index(fault) for fault in faults]
        if model.estimated:
            made.coefficients[rows] = fit.coefficients
            made.centre[rows] = 0.0
        else:
            made.coefficients[rows] = (0.0, 1.0)
            sessions = np.where(np.isfinite(fit.residuals), panel.estimation_span, 0.0).sum(axis=1)
            made.centre[rows] = np.nansum(fit.residuals, axis=1) / sessions
        made.variance[rows], made.r_squared[rows] = fit.residual_variance, fit.r_squared
        for place, one in enumerate(found):
            for name in ("car", "k", "scar", "bhar", "present"):
                getattr(made, name)[place, rows] = getattr(one, name)
    inside = (position > securities.first[security]) & (position <= securities.last[security])
    used = np.flatnonzero((made.code == 0) & inside)

    def taken(values: FloatArray | BoolArray) -> Any:
        return values if len(used) == n else loops.kept(values, used)

    variance = taken(made.variance)
    car, k_car, scar, bhar, present = (
        [taken(values) for values in arrays] for arrays in (made.car, made.k, made.scar, made.bhar, made.present)
    )
    return Estimates(
        reason=made.code,
        reasons=tuple(reasons),
        count=made.count,
        used=used,
        coefficients=taken(made.coefficients),
        centre=taken(made.centre),
        variance=variance,
        r_squared=taken(made.r_squared),
        parameters=1 + k if model.estimated else 1,
        windows=tuple(
            WindowReturns(window, car[place], variance * k_car[place], scar[place], bhar[place], k_car[place], there)
            for place, (window, there) in enumerate(zip(windows, present, strict=True))
        ),
    )


def begins_of(security: IntArray, count: int) -> IntArray:
    """(count + 1,) where the observations of each security begin, if they stand in the order of securities."""
    found: IntArray = np.concatenate([[0], np.cumsum(np.bincount(security, minlength=count))]).astype(np.int64)
    return found


def by_security(security: IntArray, position: IntArray, count: int, length: int) -> IntArray:
    """(P,) observations in the order of security and session.

    Parameters
    ----------
    security, position : (P,) int
        Below ``count`` and ``length``.
    """
    from eventstudy.kernel import loops

    order: IntArray = loops.ordered(security, position, count, length)
    return order
