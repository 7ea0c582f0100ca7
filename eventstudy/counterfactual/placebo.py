"""Placebo over donors: groups of donors as if they had been treated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.counterfactual.base import CounterfactualFit, CounterfactualPanel, Estimator
from eventstudy.counterfactual.reasons import because

FEWEST_LEFT, FEWEST_DRAWS = 3, 19


@dataclass(frozen=True, eq=False)
class PlaceboResult:
    """The group's own effect among those of donors.

    Attributes
    ----------
    pvalue : float
        (1 + #{ratio ≥ own})/(1 + B); NaN with a reason.
    own : float
        |summed effect|/RMSE before of the treated.
    ratios : (B,) float
        The same of each draw of donors.
    reason : str
        Why there is no p.

    Examples
    --------
    >>> few = CounterfactualPanel(np.zeros((2, 6)), np.zeros((4, 6)), n_before=5)
    >>> from eventstudy.counterfactual.means import DifferenceInMeans
    >>> placebo_over_donors(few, DifferenceInMeans(), np.random.default_rng(0)).reason
    '4 donors for 2 treated, 5 needed'
    """

    pvalue: float
    own: float
    ratios: FloatArray
    reason: str = ""


def placebo_draws(donors: int, treated: int, rng: np.random.Generator, draws: int) -> IntArray:
    """Rows of pseudo-treated donors: each donor once where one is treated, else drawn without replacement.

    Returns
    -------
    (B, treated) int
        Rows sorted within a draw.

    Examples
    --------
    >>> placebo_draws(3, 1, np.random.default_rng(0), 99).ravel().tolist()
    [0, 1, 2]
    """
    if treated == 1 and donors <= draws:
        return np.arange(donors, dtype=np.int64)[:, None]
    rows = [np.sort(rng.choice(donors, treated, replace=False)) for _ in range(draws)]
    return np.array(rows, dtype=np.int64).reshape(len(rows), treated)


def scaled_effect(fit: CounterfactualFit) -> float:
    """|summed effect| over the root mean square before: infinite where the fit before is perfect.

    Examples
    --------
    >>> scaled_effect(CounterfactualFit("x", np.array([0.01, -0.01, 0.03]), np.zeros(3), np.ones(1), 2, 0.0))
    3.0
    """
    effect, before = abs(fit.cumulated()), fit.pre_rmse
    return effect / before if before > 0 else (math.inf if effect > 0 else 0.0)


def placebo_over_donors(
    panel: CounterfactualPanel,
    estimator: Estimator,
    rng: np.random.Generator,
    draws: int = 199,
    run: Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]] | None = None,
) -> PlaceboResult:
    """As many donors as there are treated, drawn as if treated; the others stay their donors.

    Parameters
    ----------
    panel : CounterfactualPanel
        At least three donors more than treated.
    estimator : Estimator
        Refitted for every draw.
    rng : Generator
        Everything is drawn before anything is fitted, so that workers change nothing.
    draws : int
        B; fewer where the donors allow fewer.
    run : callable, optional
        A map, such as :func:`eventstudy.processes.halved`; by default one draw after the other.

    Returns
    -------
    PlaceboResult

    Notes
    -----
    Effects are compared over the root mean square of their own fit before. Unscaled ones are not offered: donors drawn
    at random lack the common residual of a sector, and the test then rejects far too often.

    Examples
    --------
    >>> import numpy as np
    >>> from eventstudy.counterfactual.base import CounterfactualPanel
    >>> from eventstudy.counterfactual.placebo import placebo_over_donors
    >>> from eventstudy.counterfactual.synthetic_control import SyntheticControl
    >>> rng = np.random.default_rng(0)
    >>> market = rng.normal(0, 0.01, 101)
    >>> donors = market + rng.normal(0, 0.005, (30, 101))
    >>> panel = CounterfactualPanel((market - 0.03 * (np.arange(101) == 100))[None, :], donors, n_before=100)
    >>> round(placebo_over_donors(panel, SyntheticControl(), rng, draws=99).pvalue, 2)
    0.03
    """
    donors, treated = len(panel.donors), len(panel.treated)
    own = scaled_effect(estimator.fit(panel))
    if donors - treated < FEWEST_LEFT:
        why = because("donors.left", donors=donors, treated=treated, needed=treated + FEWEST_LEFT)
        return PlaceboResult(math.nan, own, np.empty(0), why)
    chosen = placebo_draws(donors, treated, rng, draws)
    if len(chosen) < FEWEST_DRAWS:
        why = because("donors.draws", count=len(chosen), needed=FEWEST_DRAWS)
        return PlaceboResult(math.nan, own, np.empty(0), why)

    def ratio(rows: IntArray) -> float:
        others = np.delete(np.arange(donors), rows)
        drawn = CounterfactualPanel(panel.donors[rows], panel.donors[others], panel.n_before)
        return scaled_effect(estimator.fit(drawn))

    ratios = np.array([ratio(rows) for rows in chosen] if run is None else run(ratio, list(chosen)))
    beyond = int((ratios >= own).sum())
    return PlaceboResult((1.0 + beyond) / (1.0 + len(ratios)), own, ratios)
