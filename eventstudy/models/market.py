"""The market model: R = alpha + beta R_m + e (MacKinlay 1997)."""

from __future__ import annotations

from dataclasses import dataclass

from eventstudy.models.base import ModelFit, fit_linear
from eventstudy.panel.event_panel import EventPanel


@dataclass(frozen=True)
class MarketModel:
    """Expected return alpha + beta R_m, by ordinary least squares over the estimation window; d = M - 2.

    Examples
    --------
    >>> MarketModel().regressors
    ('market',)
    """

    name: str = "market"
    regressors: tuple[str, ...] = ("market",)
    estimated: bool = True
    rolling: bool = True
    single_sessions: bool = False
    riskless: bool = False

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel.

        Examples
        --------
        >>> import eventstudy as es
        >>> panel = es.study_returns(*es.example_returns()).evidence.arrays.panel
        >>> es.MarketModel().fit(panel).beta.round(2)
        array([0.89, 0.91, 0.95, 1.13, 1.3 , 1.3 ])
        """
        return fit_linear(panel)
