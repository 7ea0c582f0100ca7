"""The market model by a Huber M-estimate, which outlying days in the estimation window hardly move (Huber 1981)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray
from eventstudy.models.base import ModelFit, fit_linear, valid_estimation
from eventstudy.panel.event_panel import EventPanel

TUNING = 1.345  # 95% efficiency with normal errors, as statsmodels has it
NORMAL_QUARTILE = 0.6744897501960817
MOST_STEPS = 500
# of a residual scale: far below any standard error, far above rounding
CLOSE_ENOUGH = 1e-9


def huber_coefficients(design: FloatArray, returns: FloatArray, start: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Huber M-estimates of N regressions by iteratively reweighted least squares, scale by median absolute residual.

    Parameters
    ----------
    design : (N, T, p) float
        Regressors; NaN rows are left out.
    returns : (N, T) float
        What is explained; NaN is left out.
    start : (N, p) float
        Least-squares coefficients.

    Returns
    -------
    ((N, p) float, (N,) bool)
        Coefficients, and whether they settled. The fixed point is that of ``statsmodels`` RLM with ``HuberT()``:
        tuning constant 1.345, scale = median|e|/0.6745 about zero, renewed at every step.
    """
    valid = np.isfinite(returns) & np.isfinite(design).all(axis=2)
    x = np.where(valid[:, :, None], design, 0.0)
    y = np.where(valid, returns, 0.0)
    coefficients = start.copy()
    hopeless = ~np.isfinite(start).all(axis=1) | ~valid.any(axis=1)
    settled: BoolArray = np.asarray(hopeless, dtype=np.bool_)
    for _ in range(MOST_STEPS):
        rows = np.flatnonzero(~settled)
        if not len(rows):
            break
        own = x[rows]
        residuals = y[rows] - np.einsum("ntp,np->nt", own, coefficients[rows])
        size = np.where(valid[rows], np.abs(residuals), np.nan)
        scale = np.nanmedian(size, axis=1) / NORMAL_QUARTILE
        limit = TUNING * scale[:, None]
        weight = np.where(valid[rows], np.minimum(1.0, limit / np.maximum(size, 1e-300)), 0.0)
        weight = np.where(size <= limit, 1.0, weight)
        weight = np.where(valid[rows], weight, 0.0)
        weighted = own * weight[:, :, None]
        gram = np.einsum("ntp,ntq->npq", weighted, own)
        moment = np.einsum("ntp,nt->np", weighted, y[rows])
        regular = np.linalg.matrix_rank(gram) == gram.shape[1]
        gram[~regular] = np.eye(gram.shape[1])
        fresh = np.linalg.solve(gram, moment[:, :, None])[:, :, 0]
        fresh = np.where(regular[:, None], fresh, np.nan)
        change = np.abs(np.einsum("ntp,np->nt", own, fresh - coefficients[rows])).max(axis=1)
        coefficients[rows] = fresh
        settled[rows] = ~(change > CLOSE_ENOUGH * scale)
    return coefficients, settled & np.isfinite(coefficients).all(axis=1)


@dataclass(frozen=True)
class RobustMarketModel:
    """Expected return alpha + beta R_m by Huber's M-estimate, the intercept re-centred; d = M - 2.

    alpha is moved so that residuals over the estimation window average zero: with skewed returns the M-estimate's own
    intercept would let the CAR drift by L times the mean residual. s² is the residual variance around that line, not
    the M-estimate's scale; the prediction error is the market model's.

    Examples
    --------
    >>> RobustMarketModel().regressors
    ('market',)
    """

    name: str = "robust"
    regressors: tuple[str, ...] = ("market",)
    estimated: bool = True
    rolling: bool = False
    single_sessions: bool = False
    riskless: bool = False

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel.

        Examples
        --------
        >>> import eventstudy as es
        >>> panel = es.study_returns(*es.example_returns()).evidence.arrays.panel
        >>> es.RobustMarketModel().fit(panel).beta.round(2)
        array([0.85, 0.89, 0.91, 1.09, 1.3 , 1.3 ])
        """
        fit = fit_linear(panel)
        valid = valid_estimation(panel)
        span = np.where(valid, panel.estimation_span, np.nan)
        root = np.sqrt(span)
        design = np.concatenate([span[:, :, None], panel.estimation_regressors], axis=2)
        design = np.where(valid[:, :, None], design, np.nan)
        returns = np.where(valid, panel.estimation_returns, np.nan)
        coefficients, settled = huber_coefficients(design / root[:, :, None], returns / root, fit.coefficients)
        residuals = returns - np.einsum("ntp,np->nt", design, coefficients)
        sessions = np.nansum(span, axis=1)
        centre = np.divide(np.nansum(residuals, axis=1), sessions, out=np.zeros(len(valid)), where=sessions > 0)
        coefficients[:, 0] += centre
        residuals = residuals - centre[:, None] * span
        squares = np.nansum(residuals**2 / span, axis=1)
        variance = np.divide(squares, fit.dof, out=np.full(len(valid), np.nan), where=fit.dof > 0)
        mean = np.divide(np.nansum(returns, axis=1), sessions, out=np.zeros(len(valid)), where=sessions > 0)
        total = np.nansum((returns - mean[:, None] * span) ** 2 / span, axis=1)
        explained = 1.0 - np.divide(squares, total, out=np.full(len(valid), np.nan), where=total > 0)
        blank = np.where(settled & (np.array(fit.fault) == ""), 1.0, np.nan)
        return replace(
            fit,
            alpha=coefficients[:, 0] * blank,
            beta=coefficients[:, 1] * blank,
            residuals=residuals * blank[:, None],
            centred_residuals=residuals * blank[:, None],
            residual_variance=variance * blank,
            r_squared=explained * blank,
            expected=np.einsum("nlp,np->nl", fit.design, coefficients) * blank[:, None],
            fault=tuple(
                why or ("" if ok or few else "no_convergence")
                for why, ok, few in zip(fit.fault, settled.tolist(), (fit.dof <= 0).tolist(), strict=True)
            ),
            coefficients=coefficients * blank[:, None],
        )
