"""Generalised synthetic control on factor days: the fourth row of Goldsmith-Pinkham & Lyu (2025), Table 1, run again.

``python -m benchmarks.factor_days --generalised 200`` prints it below the other rows; ``python -m
benchmarks.generalised_control`` prints it alone. The panels are those of :mod:`benchmarks.factor_days`, run for run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.factor_days import (
    BEFORE,
    DAYS,
    EFFECT,
    PANELS,
    Estimates,
    Run,
    cells,
    data_folder,
    markdown,
    read_factor_rows,
    read_published,
    simulate,
)  # fmt: skip
from eventstudy._arrays import FloatArray
from eventstudy.counterfactual.base import CounterfactualPanel
from eventstudy.counterfactual.interactive import InteractiveFixedEffects, factor_bootstrap
from eventstudy.processes import halved

GENERALISED = "Gsynth (PCA)"
# as published: one to forty factors, two hundred draws
MOST_FACTORS, DRAWS = 40, 200
# panels shared out between two processes at a time, so that neither waits long for the other
AT_ONCE = 20


def estimate(run: Run, rng: np.random.Generator, draws: int = DRAWS) -> tuple[FloatArray, FloatArray]:
    """Effect of each day and its p; the untreated firms are the donors."""
    days = run.returns[run.event_row - BEFORE : run.event_row + DAYS].T
    panel = CounterfactualPanel(days[run.treated], days[~run.treated], BEFORE)
    fit = InteractiveFixedEffects(max_factors=MOST_FACTORS, min_factors=1).fit(panel)
    return fit.att, factor_bootstrap(panel, fit, rng, draws).pvalues(fit.att)


def one_run(rows: FloatArray, seed: int, effect: float, draws: int, key: tuple[int, int]) -> FloatArray:
    """(2, 11) effects and p of one simulated panel; its bootstrap draws from a seed of its own."""
    order, number = key
    run = simulate(rows, order == list(PANELS).index("D"), np.random.default_rng((seed, order, number)), effect)
    return np.stack(estimate(run, np.random.default_rng((seed, order, number, 1)), draws))


def generalised_control(
    rows: FloatArray, runs: int, seed: int = 0, effect: float = EFFECT, draws: int = DRAWS
) -> pd.DataFrame:
    """Both panels; index and columns as in :func:`benchmarks.factor_days.factor_days`."""
    keys = [(order, number) for number in range(runs) for order in range(len(PANELS))]
    parts = [keys[first : first + AT_ONCE] for first in range(0, len(keys), AT_ONCE)]
    done = np.stack([each for part in parts for each in halved(partial(one_run, rows, seed, effect, draws), part)])
    found = {}
    for order, panel in enumerate(PANELS):
        part = done[[place for place, key in enumerate(keys) if key[0] == order]]
        found[panel, GENERALISED] = cells(Estimates(part[:, 0], part[:, 1]), effect)
    return pd.concat(found, names=["panel", "estimator", "metric"])


def table(rows: FloatArray, runs: int, seed: int, effect: float, folder: Path) -> str:
    """The row as Markdown."""
    published = read_published(folder)
    found = generalised_control(rows, runs, seed, effect)
    return markdown(found, published if effect == EFFECT else published.iloc[:0], runs, (GENERALISED,))


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, fit, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generalised_control", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--runs", type=int, default=200, metavar="N", help="simulated panels a cell (default 200)")
    parser.add_argument("--effect", type=float, default=EFFECT, metavar="X", help="of treatment (default 0.03)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--data", type=Path, default=data_folder(), metavar="DIR", help="folder of the reference data")
    chosen = parser.parse_args(arguments)
    if chosen.runs < 2:
        parser.error(f"--runs {chosen.runs} has no Monte Carlo error; write 2 or more")
    if not chosen.data.is_dir():
        parser.error(f"no reference data at {chosen.data}; name its folder by --data or EVENTSTUDY_DATA")
    print(table(read_factor_rows(chosen.data), chosen.runs, chosen.seed, chosen.effect, chosen.data), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
