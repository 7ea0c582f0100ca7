"""The mean-adjusted model: R = mean + e (Brown & Warner 1980)."""

from __future__ import annotations

from dataclasses import dataclass

from eventstudy.models.base import ModelFit, fit_linear
from eventstudy.panel.event_panel import EventPanel


@dataclass(frozen=True)
class MeanAdjusted:
    """Expected return: the mean over the estimation window; d = M - 1.

    Examples
    --------
    >>> MeanAdjusted().regressors
    ()
    """

    name: str = "mean"
    regressors: tuple[str, ...] = ()
    estimated: bool = True
    rolling: bool = True
    single_sessions: bool = False
    riskless: bool = False

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel.

        Examples
        --------
        >>> import eventstudy as es
        >>> spec = es.StudySpec(model=es.MeanAdjusted())
        >>> panel = es.study_returns(*es.example_returns(), spec).evidence.arrays.panel
        >>> (100 * es.MeanAdjusted().fit(panel).alpha).round(2)
        array([-0.19,  0.15,  0.11, -0.17,  0.2 , -0.1 ])
        """
        return fit_linear(panel)
