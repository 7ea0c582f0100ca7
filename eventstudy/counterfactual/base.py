"""What an estimator of the untreated path is given, and what it answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from eventstudy._arrays import FloatArray

CUMULATIONS = ("sum", "compound", "log")


@dataclass(frozen=True, eq=False)
class CounterfactualPanel:
    """Returns of the treated and of their donors: the estimation days first, the window after them.

    Attributes
    ----------
    treated : (N1, S) float
        Decimal simple returns on shared days, without NaN.
    donors : (J, S) float
        The same days.
    n_before : int
        T0, days of the estimation window; the other L = S − T0 are the event window.

    Raises
    ------
    ValueError
        If there is no treated row, no donor, fewer than three days before or none after, or a number is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from eventstudy.counterfactual.base import CounterfactualPanel
    >>> panel = CounterfactualPanel(np.zeros((2, 101)), np.zeros((12, 101)), n_before=100)
    >>> panel.treated.shape, panel.donors.shape, panel.n_before, panel.n_after
    ((2, 101), (12, 101), 100, 1)

    Three days before and one after, on which the donors lie farther apart than before:

    >>> apart = np.array([0.01, 0.0, 0.01, 0.04])
    >>> treated = np.array([[0.02, 0.0, 0.01, 0.05], [0.0, 0.0, 0.01, 0.03]])
    >>> panel = CounterfactualPanel(treated, np.stack([apart, 0 * apart, -apart]), n_before=3)
    >>> panel.mean.round(3).tolist(), panel.loudness.tolist()
    ([0.01, 0.0, 0.01, 0.04], [0.01, 0.0, 0.01, 0.04])
    >>> panel.without(0.03).mean.round(3).tolist()
    [0.01, 0.0, 0.01, 0.01]
    """

    treated: FloatArray
    donors: FloatArray
    n_before: int

    def __post_init__(self) -> None:
        for name in ("treated", "donors"):
            values = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            if values.ndim != 2 or not len(values):
                raise ValueError(f"{name}: shape {values.shape}; give at least one row of returns")
            if not np.isfinite(values).all():
                rows = np.flatnonzero(~np.isfinite(values).all(axis=1)).tolist()
                raise ValueError(f"{name}: a return is missing in rows {rows[:5]}; leave out the day or the row")
            if values.flags.writeable:
                values = values.copy() if values is getattr(self, name) else values
                values.setflags(write=False)
            object.__setattr__(self, name, values)
        days = self.treated.shape[1]
        if self.donors.shape[1] != days:
            raise ValueError(f"donors: {self.donors.shape[1]} days for the treated's {days}; give the same days")
        if not 3 <= self.n_before < days:
            raise ValueError(f"n_before: {self.n_before} of {days} days; leave at least 3 before and one after")

    @property
    def mean(self) -> FloatArray:
        """(S,) mean return of the treated."""
        found: FloatArray = self.treated.mean(axis=0)
        return found

    @property
    def loudness(self) -> FloatArray:
        """(S,) how far donors lie apart on each day: median distance from their median, which no single one moves."""
        found: FloatArray = np.median(np.abs(self.donors - np.median(self.donors, axis=0)), axis=0)
        return found

    @property
    def n_after(self) -> int:
        """L, days of the event window."""
        return int(self.treated.shape[1]) - self.n_before

    def without(self, daily_effect: float) -> CounterfactualPanel:
        """The panel with a constant daily effect taken off the treated in the window."""
        moved = self.treated.copy()
        moved[:, self.n_before :] -= daily_effect
        return replace(self, treated=moved)


@dataclass(frozen=True, eq=False)
class CounterfactualFit:
    """What the treated would have earned, by one estimator.

    Attributes
    ----------
    name : str
        Of the estimator.
    observed, expected : (S,) float
        Mean return of the treated, and its counterfactual.
    weights : (J,) float
        Of the donors: what a unit of each donor's return adds to the expected one. They sum to one where the
        estimator asks for that; those of interactive effects are implied by loadings and need not.
    n_before : int
        T0.
    dof_used : float
        Numbers fitted on the estimation days: effective ones, where weights are shrunk.
    diagnostics : mapping of str to float
        What is particular to the estimator, such as ``kkt``, ``ridge``, ``factors``.

    Examples
    --------
    >>> import numpy as np
    >>> from eventstudy.counterfactual.base import CounterfactualPanel
    >>> from eventstudy.counterfactual.synthetic_control import SyntheticControl
    >>> rng = np.random.default_rng(0)
    >>> market = rng.normal(0, 0.01, 101)
    >>> donors = market + rng.normal(0, 0.005, (30, 101))
    >>> panel = CounterfactualPanel((market - 0.03 * (np.arange(101) == 100))[None, :], donors, n_before=100)
    >>> fit = SyntheticControl().fit(panel)
    >>> fit.att.round(3), round(fit.cumulated(), 3), round(float(fit.weights.sum()), 6)
    (array([-0.03]), -0.03, 1.0)

    Two days before, followed but for 1%, and two of the window:

    >>> observed, expected = np.array([0.03, -0.02, 0.05, 0.01]), np.array([0.02, -0.01, 0.0, 0.0])
    >>> fit = CounterfactualFit("x", observed, expected, np.array([0.5, 0.5]), n_before=2, dof_used=1.0)
    >>> fit.effect.round(3).tolist(), fit.path().round(3).tolist()
    ([0.01, -0.01, 0.05, 0.01], [0.05, 0.06])
    >>> round(fit.pre_rmse, 3), round(fit.pre_r_squared, 3), fit.effective_donors
    (0.01, 0.84, 2.0)
    """

    name: str
    observed: FloatArray
    expected: FloatArray
    weights: FloatArray
    n_before: int
    dof_used: float
    diagnostics: Mapping[str, float] = field(default_factory=dict)

    @property
    def effect(self) -> FloatArray:
        """(S,) observed minus expected return, of every day."""
        return self.observed - self.expected

    @property
    def att(self) -> FloatArray:
        """(L,) effect of each day of the window."""
        return self.effect[self.n_before :]

    @property
    def pre_rmse(self) -> float:
        """Root mean square of the effect over the estimation days, where there is none."""
        return float(np.sqrt(np.mean(self.effect[: self.n_before] ** 2)))

    @property
    def pre_r_squared(self) -> float:
        """Share of the treated's variance before that the counterfactual follows; NaN where they do not move."""
        before = self.observed[: self.n_before]
        spread = float(np.sum((before - before.mean()) ** 2))
        missed = self.effect[: self.n_before]
        return 1.0 - float(np.sum((missed - missed.mean()) ** 2)) / spread if spread > 0 else math.nan

    @property
    def effective_donors(self) -> float:
        """1/Σ w² over weights scaled to sum to one in absolute value."""
        size = np.abs(self.weights)
        total = float(size.sum())
        return total**2 / float(size @ size) if total > 0 else 0.0

    def cumulated(self, how: str = "sum", days: int | None = None) -> float:
        """The effect over the window's first days, or over all of it.

        Parameters
        ----------
        how : {"sum", "compound", "log"}
            Σ(y − ŷ); Π(1 + y) − Π(1 + ŷ); Σ log(1 + y) − Σ log(1 + ŷ).
        days : int, optional
            How many days of the window.

        Examples
        --------
        >>> fit = CounterfactualFit("x", np.array([0.0, 0.0, 0.0, 0.1, 0.1]), np.zeros(5), np.ones(1), 3, 0.0)
        >>> [round(fit.cumulated(how), 4) for how in ("sum", "compound", "log")]
        [0.2, 0.21, 0.1906]
        """
        chosen = slice(self.n_before, None if days is None else self.n_before + days)
        observed, expected = self.observed[chosen], self.expected[chosen]
        if how == "sum":
            return float((observed - expected).sum())
        if how == "compound":
            return float(np.prod(1.0 + observed) - np.prod(1.0 + expected))
        if how == "log":
            return float(np.log1p(observed).sum() - np.log1p(expected).sum())
        raise ValueError(f"how: {how!r} unknown; choose from {', '.join(CUMULATIONS)}")

    def path(self, how: str = "sum") -> FloatArray:
        """(L,) effect cumulated up to each day of the window."""
        return np.array([self.cumulated(how, days + 1) for days in range(len(self.att))])


class Estimator(Protocol):
    """A way to say what the treated would have earned without the event.

    Examples
    --------
    Any object with these three. One that expects what the first donor earned:

    >>> import numpy as np
    >>> from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel
    >>> from eventstudy.counterfactual.conformal import conformal
    >>> class FirstDonor:
    ...     name = "first donor"
    ...
    ...     def fit(self, panel):
    ...         weights = np.eye(len(panel.donors))[0]
    ...         return CounterfactualFit(self.name, panel.mean, panel.donors[0], weights, panel.n_before, 0.0)
    ...
    ...     def residuals(self, panel):
    ...         return panel.mean - panel.donors[0]
    >>> treated = np.append([0.01, -0.01] * 20, 0.05)[None]
    >>> round(conformal(CounterfactualPanel(treated, np.zeros((1, 41)), 40), FirstDonor(), interval=False).pvalue, 4)
    0.0244
    """

    @property
    def name(self) -> str:
        """As in tables."""
        ...

    def fit(self, panel: CounterfactualPanel) -> CounterfactualFit:
        """The counterfactual, learnt on the days before."""
        ...

    def residuals(self, panel: CounterfactualPanel) -> FloatArray:
        """(S,) what is left of every day when all of them, the window's too, are fitted as days without effect.

        The days are treated alike, which is what makes the conformal test exact.
        """
        ...
