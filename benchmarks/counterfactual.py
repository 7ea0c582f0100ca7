"""How long a counterfactual takes, one core: ``python -m benchmarks.counterfactual``, a part of ``make bench``.

Donors and treated follow a factor model with four factors; the estimation window has 250 days. Medians of repeated runs
in one process, the first one apart, in one thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from eventstudy.counterfactual.base import CounterfactualPanel
from eventstudy.counterfactual.interactive import InteractiveFixedEffects, factor_bootstrap
from eventstudy.counterfactual.placebo import placebo_over_donors
from eventstudy.counterfactual.sdid import SyntheticDiD
from eventstudy.counterfactual.synthetic_control import RidgeAugmentedControl, SyntheticControl
from eventstudy.counterfactual.threads import one_thread

BEFORE, TREATED = 250, 10


def panel(donors: int, seed: int = 0) -> CounterfactualPanel:
    """Treated and so many donors over 250 days and one."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0.0, 0.01, (BEFORE + 1, 4))
    returns = rng.normal(1.0, 0.4, (TREATED + donors, 4)) @ common.T
    returns += rng.normal(0.0, 0.015, returns.shape)
    return CounterfactualPanel(returns[:TREATED], returns[TREATED:], BEFORE)


def seconds(work: Callable[[CounterfactualPanel], object], donors: int, repeats: int) -> float:
    """Median over panels, after one that does not count."""
    found = []
    with one_thread():
        for seed in range(repeats + 1):
            given = panel(donors, seed)
            begun = perf_counter()
            work(given)
            found.append(perf_counter() - begun)
    return median(found[1:])


def hundred_placebos(given: CounterfactualPanel) -> object:
    """One fit and a hundred refits."""
    return placebo_over_donors(given, SyntheticControl(), np.random.default_rng(0), 100)


def hundred_bootstraps(given: CounterfactualPanel) -> object:
    """A fit with three factors, and the two loops of a hundred draws each."""
    fit = InteractiveFixedEffects(factors=3).fit(given)
    return factor_bootstrap(given, fit, np.random.default_rng(0), 100)


CASES: tuple[tuple[str, Callable[[CounterfactualPanel], object], int, int, float | None], ...] = (
    ("synthetic control, 60 donors", SyntheticControl().fit, 60, 9, None),
    ("synthetic control, 500 donors", SyntheticControl().fit, 500, 9, 0.05),
    ("synthetic control, 2,000 donors", SyntheticControl().fit, 2_000, 5, 0.15),
    ("synthetic control, 10,000 donors", SyntheticControl().fit, 10_000, 3, 0.8),
    ("synthetic DiD, 500 donors", SyntheticDiD().fit, 500, 5, 0.5),
    ("100 placebo refits, 500 donors", hundred_placebos, 500, 3, 3.0),
    ("ridge-augmented, 60 donors", RidgeAugmentedControl().fit, 60, 3, None),
    ("generalised SC, 500 donors", InteractiveFixedEffects().fit, 500, 5, None),
    ("its bootstrap, 2 × 100 draws", hundred_bootstraps, 500, 3, None),
)


def main() -> int:
    """Print the table."""
    print(f"{'counterfactual, one core':<34} {'seconds':>8}   promised")
    for name, work, donors, repeats, limit in CASES:
        taken = seconds(work, donors, repeats)
        promise = f"under {limit:g} s" if limit else ""
        mark = "  MISSED" if limit and taken > limit else ""
        print(f"{name:<34} {taken:8.4f}   {promise}{mark}".rstrip(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
