"""Leads and lags of the market beside it (Dimson 1979)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eventstudy.models.base import ModelFit, fit_linear, single_sessions, valid_estimation
from eventstudy.models.weighted_beta import fit_weighted_beta
from eventstudy.panel.event_panel import EventPanel


@dataclass(frozen=True)
class Dimson:
    """Expected return a + Σ b_k R_m,τ+k over ``lags`` leads and lags, by ordinary least squares; d = M - 2K - 2.

    Parameters
    ----------
    lags : int
        K, sessions to either side.
    summed : bool
        Apply β = Σ b_k to the market of the same session, R - α - β R_m with α = R̄ - β R̄_m, instead of the
        distributed lag itself. Its residuals are a moving average, which Var(CAR) allows for.

    Notes
    -----
    The ``beta`` of the tables is Σ b_k in either form. Returns over several sessions are left out. The distributed
    lag needs the market of the sessions after an event day, summed needs that of the day alone.

    Examples
    --------
    >>> Dimson(lags=1).regressors, Dimson(lags=2, summed=True).name
    (('market-1', 'market', 'market+1'), 'dimson-summed')
    >>> import eventstudy as es
    >>> model = es.Dimson()
    >>> model.estimated, model.rolling, model.single_sessions, model.riskless
    (True, True, True, False)
    """

    lags: int = 1
    summed: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.lags, bool) or not isinstance(self.lags, int) or not 1 <= self.lags <= 10:
            raise ValueError(f"lags: {self.lags!r} leads and lags; write a whole number from 1 to 10")

    @property
    def name(self) -> str:
        """What tables and reports call it."""
        return "dimson-summed" if self.summed else "dimson"

    @property
    def regressors(self) -> tuple[str, ...]:
        """The market from the earliest lag to the latest lead."""
        return tuple(f"market{shift:+d}" if shift else "market" for shift in range(-self.lags, self.lags + 1))

    @property
    def estimated(self) -> bool:
        """Coefficients are estimated."""
        return True

    @property
    def rolling(self) -> bool:
        """Running sums give the distributed lag's fits, not the summed form's."""
        return not self.summed

    @property
    def single_sessions(self) -> bool:
        """A return over several sessions has no single lead or lag."""
        return True

    @property
    def riskless(self) -> bool:
        """Returns are not in excess of anything."""
        return False

    def fit(self, panel: EventPanel) -> ModelFit:
        """Normal returns of every observation of the panel.

        Examples
        --------
        >>> import eventstudy as es
        >>> spec = es.StudySpec(model=es.Dimson())
        >>> panel = es.study_returns(*es.example_returns(), spec).evidence.arrays.panel
        >>> es.Dimson().fit(panel).beta.round(2)
        array([1.03, 0.79, 0.82, 1.24, 1.44, 1.36])
        """
        panel = single_sessions(panel)
        fit = fit_linear(panel)
        beta = fit.coefficients[:, 1:].sum(axis=1)
        if not self.summed:
            return replace(fit, beta=beta)
        valid = valid_estimation(panel)
        design = np.concatenate([np.ones((*valid.shape, 1)), panel.estimation_regressors], axis=2)
        design = np.where(valid[:, :, None], design, 0.0)
        # Σ b_k is itself a weighted sum of returns: 1'(X'X)⁻¹x_t without the intercept's row
        weights = np.einsum("nq,ntq->nt", fit.gram_inverse[:, 1:].sum(axis=1), design)
        regular = np.array([why != "singular_regressors" for why in fit.fault], dtype=bool)
        return fit_weighted_beta(
            panel, valid, regular, weights, market=self.lags, n_parameters=fit.n_parameters, lags=2 * self.lags
        )
