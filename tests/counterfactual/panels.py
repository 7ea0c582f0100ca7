"""Simulated panels of treated and donors."""

from __future__ import annotations

import numpy as np

from eventstudy.counterfactual.base import CounterfactualPanel


def factor_panel(
    rng: np.random.Generator,
    treated: int = 5,
    donors: int = 30,
    before: int = 120,
    after: int = 1,
    effect: float = 0.0,
    factors: int = 2,
    loading: float = 1.0,
) -> CounterfactualPanel:
    """Returns of a factor model with normal noise; the treated load ``loading`` times as much on average."""
    days = before + after
    common = rng.normal(0.0, 0.01, (factors, days))
    noise = rng.normal(0.0, 0.012, (treated + donors, days))
    load = rng.normal(1.0, 0.4, (treated + donors, factors))
    load[:treated] *= loading
    returns = load @ common + noise
    returns[:treated, before:] += effect
    return CounterfactualPanel(returns[:treated], returns[treated:], before)
