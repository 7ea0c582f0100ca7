"""Synthetic difference in differences: weights on donors and on days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from eventstudy._arrays import FloatArray
from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel
from eventstudy.counterfactual.simplex import SimplexSolution, simplex_least_squares
from eventstudy.counterfactual.threads import one_thread

_DAY_RIDGE = 1e-6


@dataclass(frozen=True)
class SyntheticDiD:
    """Donors weighted to move like the treated, days weighted to be like the window, and two differences.

    Notes
    -----
    Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), their algorithm 1 with exact weights: both problems are
    solved to the optimum, where the authors' program stops a Frank–Wolfe iteration early and cuts small weights.

    Examples
    --------
    >>> donors = np.array([[0.01, 0.03, 0.02, 0.04], [0.03, 0.01, 0.02, 0.02]])
    >>> fit = SyntheticDiD().fit(CounterfactualPanel(np.array([[0.03, 0.03, 0.03, 0.09]]), donors, 3))
    >>> fit.weights.round(4).tolist(), fit.att.round(4).tolist()
    ([0.5, 0.5], [0.05])
    """

    name: str = "sdid"

    def fit(self, panel: CounterfactualPanel) -> CounterfactualFit:
        """The weighted donors, moved by the weighted days' difference."""
        days = panel.n_before
        noise = _noise(panel.donors[:, :days])
        units = _unit_weights(panel, days, noise)
        on_days = day_weights(panel, noise)
        synthetic = units.weights @ panel.donors
        shift = float(on_days.weights @ (panel.mean - synthetic)[:days])
        ridge = _ridge(panel, noise, days)
        diagnostics = {
            "kkt": max(units.kkt, on_days.kkt),
            "zeta": (len(panel.treated) * panel.n_after) ** 0.25 * noise,
            "intercept": shift,
            "days_used": float(np.count_nonzero(on_days.weights)),
        }
        used = 1.0 + _effective(panel.donors[:, :days], units.weights, ridge)
        return CounterfactualFit(self.name, panel.mean, synthetic + shift, units.weights, days, used, diagnostics)

    def residuals(self, panel: CounterfactualPanel) -> FloatArray:
        """Treated minus weighted donors about its mean, weights of the donors from all days.

        Examples
        --------
        >>> donors = np.array([[0.01, 0.03, 0.02, 0.04], [0.03, 0.01, 0.02, 0.02]])
        >>> panel = CounterfactualPanel(np.array([[0.02, 0.02, 0.02, 0.08]]), donors, 3)
        >>> SyntheticDiD().residuals(panel).round(3).tolist()
        [-0.007, -0.016, -0.011, 0.034]
        """
        days = panel.treated.shape[1]
        found: FloatArray = panel.mean - _unit_weights(panel, days, _noise(panel.donors)).weights @ panel.donors
        return np.asarray(found - found.mean())


def day_weights(panel: CounterfactualPanel, noise: float) -> SimplexSolution:
    """λ: weights on the estimation days that make the donors' weighted return like that of the window.

    Parameters
    ----------
    panel : CounterfactualPanel
        Donors by day.
    noise : float
        σ̂, deviation of the donors' first differences.

    Examples
    --------
    In the window the donors lie apart as on the second day, so that this day alone speaks:

    >>> donors = np.array([[0.03, 0.01, 0.02, 0.01], [0.01, 0.03, 0.02, 0.03]])
    >>> day_weights(CounterfactualPanel(np.zeros((1, 4)), donors, 3), noise=0.01).weights.round(3).tolist()
    [0.0, 1.0, 0.0]
    """
    before, after = panel.donors[:, : panel.n_before], panel.donors[:, panel.n_before :].mean(axis=1)
    # the intercept λ0 leaves the problem when every column is centred over donors
    ridge = (_DAY_RIDGE * noise) ** 2 * len(before)
    return simplex_least_squares(before - before.mean(axis=0), after - after.mean(), ridge)


def _noise(before: FloatArray) -> float:
    """σ̂: deviation of Y_j,t+1 − Y_jt over donors and days."""
    return float(np.diff(before, axis=1).std(ddof=1)) if before[:, 1:].size > 1 else 0.0


def _ridge(panel: CounterfactualPanel, noise: float, days: int) -> float:
    """ζ² T0, ζ = (N1 L)^¼ σ̂."""
    return float(np.sqrt(len(panel.treated) * panel.n_after)) * noise**2 * days


def _unit_weights(panel: CounterfactualPanel, days: int, noise: float) -> SimplexSolution:
    donors, mean = panel.donors[:, :days], panel.mean[:days]
    # the intercept ω0 leaves the problem when every series is centred over days
    return simplex_least_squares(
        (donors - donors.mean(axis=1, keepdims=True)).T, mean - mean.mean(), _ridge(panel, noise, days)
    )


def _effective(donors: FloatArray, weights: FloatArray, ridge: float) -> float:
    """Trace of the ridge fit on the donors that carry weight: the parameters that it is worth."""
    held = donors[weights > 0]
    with one_thread():
        values = linalg.svdvals(held - held.mean(axis=1, keepdims=True)) ** 2
    total = float((values / (values + ridge)).sum()) if ridge > 0 else float(len(held))
    return max(total - 1.0, 0.0)
