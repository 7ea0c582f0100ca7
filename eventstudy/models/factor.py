"""Any factor columns: R = alpha + Σ beta_k F_k + e (Fama & French 1993; Carhart 1997; FX, oil, metals alike)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eventstudy.models.base import ModelFit, fit_linear
from eventstudy.panel.event_panel import EventPanel

RISKLESS = "rf"
_SHIFTED = re.compile(r"(market|sector)[+-]\d+")


@dataclass(frozen=True)
class FactorModel:
    """Expected return alpha + Σ beta_k F_k, by ordinary least squares over the estimation window; d = M - K - 1.

    Parameters
    ----------
    factors : sequence of str
        Columns of the factor table, in the order of their coefficients; ``market`` and ``sector`` are the line's own
        benchmarks where the table has no such column. The first one's loading is the ``beta`` of the tables.
    excess : bool
        Regress the return minus the column ``rf`` (or ``RF``), the riskless return of each session; the expected
        return then holds that riskless return.

    Raises
    ------
    ValueError
        Without factors, with one twice, or with a name that stands for something else.

    Notes
    -----
    Factors are decimal returns by session. Over a gap they add, as the riskless return does.

    Examples
    --------
    >>> FactorModel(["mktrf", "smb", "hml"], excess=True).regressors
    ('mktrf', 'smb', 'hml', 'rf')
    >>> import eventstudy as es
    >>> model = es.FactorModel(["mktrf", "smb"])
    >>> model.name, model.estimated, model.rolling, model.single_sessions, model.riskless
    ('factors', True, True, False, False)
    """

    factors: Sequence[str]
    excess: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.factors, str):
            raise ValueError(f"factors: {self.factors!r} is one text; write a list of columns, [{self.factors!r}]")
        names = tuple(str(name) for name in self.factors)
        if not names:
            raise ValueError("factors: none given; name at least one column, such as ['mktrf']")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"factors: {', '.join(twice)} stands twice; name each column once")
        wrong = [name for name in names if _SHIFTED.fullmatch(name) or (self.excess and name.lower() == RISKLESS)]
        if wrong:
            riskless = wrong[0].lower() == RISKLESS
            what = "the riskless return, which excess=True subtracts" if riskless else "a lead or lag"
            raise ValueError(f"factors: {wrong[0]!r} stands for {what}; leave it out or rename the column")
        object.__setattr__(self, "factors", names)

    @property
    def name(self) -> str:
        """What tables and reports call it."""
        return "factors"

    @property
    def regressors(self) -> tuple[str, ...]:
        """The factors, then the riskless return of an excess model."""
        return (*self.factors, RISKLESS) if self.excess else tuple(self.factors)

    @property
    def estimated(self) -> bool:
        """Coefficients are estimated."""
        return True

    @property
    def rolling(self) -> bool:
        """Running sums give its fits."""
        return True

    @property
    def single_sessions(self) -> bool:
        """A return over several sessions keeps its span."""
        return False

    @property
    def riskless(self) -> bool:
        """Whether the last regressor is subtracted from the return."""
        return self.excess

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel.

        Examples
        --------
        >>> import eventstudy as es
        >>> returns, pairs, market = es.example_returns()
        >>> factors = market.to_frame("mktrf").assign(smb=returns["S1"] - returns["S5"])
        >>> model = es.FactorModel(["mktrf", "smb"])
        >>> panel = es.study_returns(returns, pairs, factors, es.StudySpec(model=model)).evidence.arrays.panel
        >>> model.fit(panel).coefficients[0].round(2)
        array([-0.  ,  0.91,  0.06])
        """
        if not self.excess:
            return fit_linear(panel)
        fit = fit_linear(excess_panel(panel))
        return replace(fit, expected=fit.expected + panel.event_regressors[:, :, -1])


def excess_panel(panel: EventPanel) -> EventPanel:
    """The panel of returns in excess of its last regressor, without that regressor."""
    return replace(
        panel,
        estimation_returns=panel.estimation_returns - panel.estimation_regressors[:, :, -1],
        estimation_regressors=panel.estimation_regressors[:, :, :-1].copy(),
        event_returns=panel.event_returns - panel.event_regressors[:, :, -1],
        event_regressors=panel.event_regressors[:, :, :-1].copy(),
    )
