"""The market model for shares that trade at other moments than the index (Scholes & Williams 1977)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.models.base import ModelFit, single_sessions, valid_estimation
from eventstudy.models.weighted_beta import fit_weighted_beta
from eventstudy.panel.event_panel import EventPanel

# squared correlation of instrument and market below which there is no beta; rounding alone gives some 1e-30
WEAKEST = 1e-10


@dataclass(frozen=True)
class ScholesWilliams:
    """Expected return alpha + beta R_m with beta = S_zR/S_zm, z the market of three sessions; d = M - 2.

    z_t = R_m,t-1 + R_m,t + R_m,t+1 as the instrument equals Scholes and Williams' (β₋ + β + β₊)/(1 + 2ρ) up to end
    terms; alpha = R̄ - beta R̄_m. The residuals are a moving average of order two, which Var(CAR) allows for. Returns
    over several sessions are left out.

    Examples
    --------
    >>> ScholesWilliams().regressors
    ('market-1', 'market', 'market+1')
    """

    name: str = "scholes-williams"
    regressors: tuple[str, ...] = ("market-1", "market", "market+1")
    estimated: bool = True
    rolling: bool = False
    single_sessions: bool = True
    riskless: bool = False

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel; an event day needs the market of that day alone.

        Examples
        --------
        >>> import eventstudy as es
        >>> spec = es.StudySpec(model=es.ScholesWilliams())
        >>> panel = es.study_returns(*es.example_returns(), spec).evidence.arrays.panel
        >>> es.ScholesWilliams().fit(panel).beta.round(2)
        array([1.03, 0.79, 0.81, 1.24, 1.45, 1.37])
        """
        panel = single_sessions(panel)
        valid = valid_estimation(panel)
        count = np.maximum(valid.sum(axis=1), 1)[:, None]
        market = np.where(valid, panel.estimation_regressors[:, :, 1], 0.0)
        instrument = np.where(valid, panel.estimation_regressors.sum(axis=2), 0.0)
        market = np.where(valid, market - market.sum(axis=1, keepdims=True) / count, 0.0)
        instrument = np.where(valid, instrument - instrument.sum(axis=1, keepdims=True) / count, 0.0)
        cross = (instrument * market).sum(axis=1)
        power = (instrument**2).sum(axis=1) * (market**2).sum(axis=1)
        # returns that are one constant differ from their mean by rounding
        moves = (market**2).sum(axis=1) > 1e-24 * count[:, 0]
        regular = moves & (cross**2 > WEAKEST * power)
        weights = np.divide(instrument, cross[:, None], out=np.zeros_like(instrument), where=regular[:, None])
        return fit_weighted_beta(panel, valid, regular, weights, market=1, n_parameters=2, lags=2)
