"""Synthetic control: the portfolio of donors that moved most like the treated; and its ridge augmentation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from eventstudy._arrays import FloatArray
from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel
from eventstudy.counterfactual.simplex import SimplexSolution, simplex_least_squares
from eventstudy.counterfactual.threads import one_thread

_PENALTIES, _SMALLEST_PENALTY = 20, 1e-8


@dataclass(frozen=True)
class SyntheticControl:
    """Weights that are not negative and sum to one, by exact least squares over the estimation days.

    Notes
    -----
    Abadie, Diamond & Hainmueller (2010), on returns and without covariates. ``kkt`` among the diagnostics is the
    certificate of :func:`~eventstudy.counterfactual.simplex.simplex_least_squares`.

    Examples
    --------
    >>> donors = np.array([[0.0, 0.02, 0.0, 0.02], [0.02, 0.0, 0.02, 0.0]])
    >>> fit = SyntheticControl().fit(CounterfactualPanel(np.array([[0.01, 0.01, 0.01, 0.05]]), donors, 3))
    >>> fit.weights.round(6).tolist(), fit.att.round(6).tolist()
    ([0.5, 0.5], [0.04])
    """

    name: str = "sc"

    def fit(self, panel: CounterfactualPanel) -> CounterfactualFit:
        """The weighted donors."""
        found = _weights(panel, panel.n_before)
        held = float(np.count_nonzero(found.weights))
        diagnostics = {"kkt": found.kkt, "donors_used": held, "unique": float(found.unique)}
        expected = found.weights @ panel.donors
        return CounterfactualFit(
            self.name, panel.mean, expected, found.weights, panel.n_before, max(held - 1.0, 0.0), diagnostics
        )

    def residuals(self, panel: CounterfactualPanel) -> FloatArray:
        """Treated minus weighted donors, the weights from all days.

        Examples
        --------
        >>> donors = np.array([[0.01, 0.03, 0.02, 0.04], [0.03, 0.01, 0.02, 0.02]])
        >>> panel = CounterfactualPanel(np.array([[0.02, 0.02, 0.02, 0.08]]), donors, 3)
        >>> SyntheticControl().residuals(panel).round(3).tolist()
        [0.01, -0.01, 0.0, 0.04]
        """
        found: FloatArray = panel.mean - _weights(panel, panel.treated.shape[1]).weights @ panel.donors
        return found


@dataclass(frozen=True)
class RidgeAugmentedControl:
    """Synthetic control, corrected by a ridge regression for what its weights miss before the event.

    Parameters
    ----------
    penalty : float, optional
        λ; by default the largest whose error, one day of E left out at a time, is within a standard error of the best.

    Notes
    -----
    Ben-Michael, Feller & Rothstein (2021): w + X(X'X + λI)⁻¹(x₁ − X'w), X the donors' days before, every day centred on
    the donors' mean. Weights still sum to one and may be negative.

    Examples
    --------
    A donor that moves twice as much as the other lets the treated move three times as much:

    >>> donors = np.array([[0.01, -0.01, 0.01, 0.01], [0.02, -0.02, 0.02, 0.02]])
    >>> panel = CounterfactualPanel(np.array([[0.03, -0.03, 0.03, 0.08]]), donors, 3)
    >>> RidgeAugmentedControl(penalty=1e-12).fit(panel).weights.round(4).tolist()
    [-1.0, 2.0]
    """

    penalty: float | None = None
    name: str = "asc"

    def __post_init__(self) -> None:
        if self.penalty is not None and not (self.penalty > 0 and math.isfinite(self.penalty)):
            raise ValueError(f"penalty: {self.penalty} is not positive; give a finite positive number, or none")

    def fit(self, panel: CounterfactualPanel) -> CounterfactualFit:
        """The weighted donors."""
        days = panel.n_before
        plain = _weights(panel, days)
        x, gap = _centred(panel, plain.weights, days)
        penalty = self.penalty
        gaps = np.empty((days, days))
        if penalty is None:
            for day in range(days):
                left = np.delete(np.arange(days), day)
                again = simplex_least_squares(panel.donors[:, left].T, panel.mean[left], start=plain.weights)
                gaps[day] = _centred(panel, again.weights, days)[1]
        with one_thread():
            if penalty is None:
                penalty = _chosen_penalty(x, gaps)
            weights = plain.weights + _correction(x, gap, penalty)
            sizes = linalg.svdvals(x) ** 2
        used = max(float(np.count_nonzero(plain.weights)) - 1.0, float((sizes / (sizes + penalty)).sum()))
        diagnostics = {"kkt": plain.kkt, "ridge": penalty, "negative_weight": float(-weights[weights < 0].sum())}
        return CounterfactualFit(
            self.name, panel.mean, weights @ panel.donors, weights, days, min(used, days - 1.0), diagnostics
        )

    def residuals(self, panel: CounterfactualPanel) -> FloatArray:
        """Treated minus weighted donors, weights and λ from all days; for λ the synthetic control is not refitted.

        Examples
        --------
        >>> donors = np.array([[0.01, 0.03, 0.02, 0.04], [0.03, 0.01, 0.02, 0.02]])
        >>> panel = CounterfactualPanel(np.array([[0.02, 0.02, 0.02, 0.08]]), donors, 3)
        >>> RidgeAugmentedControl().residuals(panel).round(3).tolist()
        [0.013, -0.013, -0.0, 0.037]
        """
        days = panel.treated.shape[1]
        plain = _weights(panel, days).weights
        x, gap = _centred(panel, plain, days)
        with one_thread():
            every = np.broadcast_to(gap, (days, days))
            penalty = _chosen_penalty(x, every) if self.penalty is None else self.penalty
            found: FloatArray = panel.mean - (plain + _correction(x, gap, penalty)) @ panel.donors
        return found


def _weights(panel: CounterfactualPanel, days: int) -> SimplexSolution:
    return simplex_least_squares(panel.donors[:, :days].T, panel.mean[:days])


def _centred(panel: CounterfactualPanel, weights: FloatArray, days: int) -> tuple[FloatArray, FloatArray]:
    """X (J, days) centred on the donors' mean of each day, and x₁ − X'w."""
    x = panel.donors[:, :days] - panel.donors[:, :days].mean(axis=0)
    return x, panel.mean[:days] - weights @ panel.donors[:, :days]


def _correction(x: FloatArray, gap: FloatArray, penalty: float) -> FloatArray:
    """X(X'X + λI)⁻¹ gap, in the smaller of the two dimensions."""
    donors, days = x.shape
    if donors < days:
        gram = x @ x.T
        gram[np.diag_indices_from(gram)] += penalty
        short: FloatArray = linalg.solve(gram, x @ gap, assume_a="pos")
        return short
    gram = x.T @ x
    gram[np.diag_indices_from(gram)] += penalty
    found: FloatArray = x @ linalg.solve(gram, gap, assume_a="pos")
    return found


def _chosen_penalty(x: FloatArray, gaps: FloatArray) -> float:
    """The largest λ whose squared error over left-out days is within one standard error of the best.

    Row t of ``gaps`` is x₁ − X'w with weights that have not seen day t. With A = (X'X + λI)⁻¹ the error of day t is
    (A gap)_t/A_tt, as in any ridge regression.
    """
    values, vectors = linalg.eigh(x.T @ x)
    values = np.maximum(values, 0.0)
    largest = float(values[-1])
    if largest <= 0.0:
        return 1.0
    penalties = largest * np.geomspace(1.0, _SMALLEST_PENALTY, _PENALTIES)
    turned = gaps @ vectors
    squares = np.empty((_PENALTIES, len(gaps)))
    for number, penalty in enumerate(penalties):
        shrunk = vectors / (values + penalty)
        squares[number] = ((shrunk * turned).sum(axis=1) / (shrunk * vectors).sum(axis=1)) ** 2
    mean = squares.mean(axis=1)
    best = int(mean.argmin())
    limit = mean[best] + squares[best].std(ddof=1) / math.sqrt(len(gaps))
    return float(penalties[int(np.flatnonzero(mean <= limit)[0])])
