"""Difference in means, and difference in differences: all donors alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import FloatArray
from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel


@dataclass(frozen=True)
class DifferenceInMeans:
    """The donors' mean is the counterfactual.

    Examples
    --------
    >>> panel = CounterfactualPanel(np.array([[0.02, 0.0, 0.01, 0.05]]), np.array([[0.01, -0.01, 0.0, 0.01]]), 3)
    >>> DifferenceInMeans().fit(panel).att.round(6).tolist()
    [0.04]
    """

    name: str = "means"

    def fit(self, panel: CounterfactualPanel) -> CounterfactualFit:
        """The donors' mean return of each day."""
        return _fit(self.name, panel, 0.0, 0.0)

    def residuals(self, panel: CounterfactualPanel) -> FloatArray:
        """Difference of every day.

        Examples
        --------
        >>> panel = CounterfactualPanel(np.array([[0.02, 0.0, 0.01, 0.05]]), np.array([[0.01, -0.01, 0.0, 0.01]]), 3)
        >>> DifferenceInMeans().residuals(panel).round(6).tolist()
        [0.01, 0.01, 0.01, 0.04]
        """
        found: FloatArray = panel.mean - panel.donors.mean(axis=0)
        return found


@dataclass(frozen=True)
class DifferenceInDifferences:
    """The donors' mean and the usual distance to it.

    Examples
    --------
    The treated earned 1% more than the donor on every day before; 3 of the 4% are the event's:

    >>> panel = CounterfactualPanel(np.array([[0.02, 0.0, 0.01, 0.05]]), np.array([[0.01, -0.01, 0.0, 0.01]]), 3)
    >>> DifferenceInDifferences().fit(panel).att.round(6).tolist()
    [0.03]
    """

    name: str = "did"

    def fit(self, panel: CounterfactualPanel) -> CounterfactualFit:
        """The donors' mean return, moved by the mean difference of the estimation days."""
        difference = panel.mean - panel.donors.mean(axis=0)
        return _fit(self.name, panel, float(difference[: panel.n_before].mean()), 1.0)

    def residuals(self, panel: CounterfactualPanel) -> FloatArray:
        """Difference of every day about its mean over all days.

        Examples
        --------
        >>> panel = CounterfactualPanel(np.array([[0.02, 0.0, 0.01, 0.05]]), np.array([[0.01, -0.01, 0.0, 0.01]]), 3)
        >>> DifferenceInDifferences().residuals(panel).round(6).tolist()
        [-0.0075, -0.0075, -0.0075, 0.0225]
        """
        difference = panel.mean - panel.donors.mean(axis=0)
        found: FloatArray = difference - difference.mean()
        return found


def _fit(name: str, panel: CounterfactualPanel, shift: float, dof_used: float) -> CounterfactualFit:
    count = len(panel.donors)
    expected = panel.donors.mean(axis=0) + shift
    diagnostics = {"intercept": shift}
    return CounterfactualFit(
        name, panel.mean, expected, np.full(count, 1.0 / count), panel.n_before, dof_used, diagnostics
    )
