"""Market and sector: R = alpha + beta R_m + gamma R_s + e."""

from __future__ import annotations

from dataclasses import dataclass

from eventstudy.models.base import ModelFit, fit_linear
from eventstudy.panel.event_panel import EventPanel


@dataclass(frozen=True)
class SectorModel:
    """Expected return alpha + beta R_m + gamma R_s, by ordinary least squares; d = M - 3.

    R_s is the return of the line's ``sector_benchmark``. Such a fund holds the exposed firms too and absorbs part of
    the effect. A line without one is left out, with the reason.

    Examples
    --------
    >>> SectorModel().regressors
    ('market', 'sector')
    """

    name: str = "sector"
    regressors: tuple[str, ...] = ("market", "sector")
    estimated: bool = True
    rolling: bool = True
    single_sessions: bool = False
    riskless: bool = False

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel.

        Examples
        --------
        >>> import eventstudy as es
        >>> returns, pairs, market = es.example_returns()
        >>> factors = market.to_frame().assign(sector=returns["S0"])
        >>> spec = es.StudySpec(model=es.SectorModel())
        >>> panel = es.study_returns(returns, pairs.tail(5), factors, spec).evidence.arrays.panel
        >>> es.SectorModel().fit(panel).coefficients.shape
        (5, 3)
        """
        return fit_linear(panel)
