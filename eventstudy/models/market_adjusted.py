"""The market-adjusted model: R = R_m + e, nothing estimated but the variance (Brown & Warner 1985)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.models.base import ModelFit, valid_estimation
from eventstudy.panel.event_panel import EventPanel


@dataclass(frozen=True)
class MarketAdjusted:
    """Expected return: the market's; s² is the variance of R - R_m around its mean, d = M - 1.

    The mean is not subtracted from abnormal returns, and there is no prediction error: Var(CAR) = s² L.

    Examples
    --------
    >>> MarketAdjusted().regressors
    ('market',)
    """

    name: str = "market-adjusted"
    regressors: tuple[str, ...] = ("market",)
    estimated: bool = False
    rolling: bool = True
    single_sessions: bool = False
    riskless: bool = False

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel.

        Examples
        --------
        >>> import eventstudy as es
        >>> panel = es.study_returns(*es.example_returns()).evidence.arrays.panel
        >>> fit = es.MarketAdjusted().fit(panel)
        >>> bool((fit.expected == panel.event_regressors[:, :, 0]).all()), fit.n_parameters
        (True, 1)
        """
        valid = valid_estimation(panel)
        n, days = panel.event_returns.shape
        span = np.where(valid, panel.estimation_span, 0.0)
        weight = np.divide(1.0, span, out=np.zeros_like(span), where=valid)
        market = np.where(valid, panel.estimation_regressors[:, :, 0], 0.0)
        returns = np.where(valid, panel.estimation_returns, 0.0)
        gap = np.where(valid, returns - market, 0.0)
        sessions = span.sum(axis=1)
        mean = np.divide(gap.sum(axis=1), sessions, out=np.zeros(n), where=sessions > 0)
        centred = gap - mean[:, None] * span
        squares = (centred**2 * weight).sum(axis=1)
        dof = valid.sum(axis=1) - 1.0
        variance = np.divide(squares, dof, out=np.full(n, np.nan), where=dof > 0)
        own = np.divide(returns.sum(axis=1), sessions, out=np.zeros(n), where=sessions > 0)
        total = (np.where(valid, returns - own[:, None] * span, 0.0) ** 2 * weight).sum(axis=1)
        varies = squares > 1e-20 * np.maximum((returns**2 * weight).sum(axis=1), 1e-300)
        blank = np.where(varies, 1.0, np.nan)
        present = np.isfinite(panel.event_returns) & np.isfinite(panel.event_regressors[:, :, 0])
        explained = (gap**2 * weight).sum(axis=1)
        return ModelFit(
            alpha=np.full(n, np.nan),
            beta=np.full(n, np.nan),
            residuals=np.where(valid, gap, np.nan) * blank[:, None],
            centred_residuals=np.where(valid, centred, np.nan) * blank[:, None],
            leverage=np.zeros_like(span),
            n_estimation=valid.sum(axis=1).astype(np.float64),
            residual_variance=variance * blank,
            dof=dof,
            n_parameters=1,
            r_squared=(1.0 - np.divide(explained, total, out=np.full(n, np.nan), where=total > 0)) * blank,
            expected=np.where(present, panel.event_regressors[:, :, 0], np.nan) * blank[:, None],
            design=np.where(present[:, :, None], np.zeros((n, days, 0)), np.nan),
            gram_inverse=np.zeros((n, 0, 0)),
            fault=tuple("" if ok else "zero_variance" for ok in (varies | (dof <= 0)).tolist()),
        )
