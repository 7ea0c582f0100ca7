"""How often counterfactuals raise a false alarm on days without an event: ``python -m benchmarks.counterfactual_size``.

Sectors of the universe in Tokyo, against its Tokyo donors, on days drawn at random that lie at least ten sessions from
every catalogue event; on the embedded market without effects, and on real prices where the reference data is at hand.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import stats

import eventstudy as es
from benchmarks.factor_days import data_folder
from eventstudy._arrays import FloatArray, IntArray
from eventstudy.calendars import calendar, event_day
from eventstudy.counterfactual.base import CounterfactualPanel, Estimator
from eventstudy.counterfactual.conformal import conformal
from eventstudy.counterfactual.effects import simultaneous_effects
from eventstudy.counterfactual.interactive import InteractiveFixedEffects
from eventstudy.counterfactual.placebo import placebo_over_donors
from eventstudy.counterfactual.synthetic_control import SyntheticControl
from eventstudy.prices.source import PriceSource
from eventstudy.processes import halved
from eventstudy.returns import price_on_sessions

BEFORE, GAP, APART, LEVEL = 250, 10, 10, 0.05
GROUPS = ("Autos & parts", "Electronic components", "Defence & heavy machinery")
DRAWS = 99
# days shared out between two processes at a time, so that neither waits long for the other
AT_ONCE = 20
ESTIMATORS: tuple[Estimator, ...] = (SyntheticControl(), InteractiveFixedEffects())
NAMES = ("synthetic control", "factor model")
COLUMNS = ("conformal p", "interval misses", "unscaled p", "placebo p")
# each group, and each minus each
CONTRASTS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, -1, 0], [1, 0, -1], [0, 1, -1]], dtype=float)


def tokyo(prices: PriceSource) -> tuple[dict[str, FloatArray], FloatArray]:
    """Returns of each exposed sector (n, S) and of the donors (J, S) on Tokyo's sessions; NaN where there is none."""
    universe = es.read_universe()
    sessions = calendar("XTKS").sessions
    lines = [line for line in universe if line.exchange == "XTKS" and line.role in ("exposed", "control")]
    history = prices.fetch([line.ticker for line in lines])
    rows: dict[str, list[FloatArray]] = {}
    for line in lines:
        if line.ticker in history.frames:
            price = price_on_sessions(history.frames[line.ticker], sessions, line)
            found = np.full(len(sessions), np.nan)
            found[1:] = price[1:] / price[:-1] - 1.0
            rows.setdefault("donors" if line.role == "control" else line.sector, []).append(found)
    return {name: np.stack(rows[name]) for name in GROUPS}, np.stack(rows["donors"])


def ordinary_days(donors: FloatArray, length: int = 1) -> IntArray:
    """First sessions of windows with a full history before them, ten sessions or more from every catalogue event."""
    market = calendar("XTKS")
    events = [event_day(event.announced_at, "XTKS").session for event in es.read_events()]
    places = np.array([market.index_of(day) for day in events if day is not None])
    known = np.flatnonzero(np.isfinite(donors).mean(axis=0) > 0.9)
    days = np.arange(known[0] + BEFORE + GAP, known[-1] + 2 - length)
    windows = days[:, None] + np.arange(length)
    return days[np.abs(windows[..., None] - places).min(axis=(1, 2)) >= APART]


def panel_of(treated: FloatArray, donors: FloatArray, day: int, length: int = 1) -> CounterfactualPanel | None:
    """The panel of a window that begins on a day: lines with a full history; None where too few are left."""
    days = np.concatenate([np.arange(day - BEFORE - GAP, day - GAP), np.arange(day, day + length)])
    parts = [rows[np.isfinite(rows[:, days]).all(axis=1)][:, days] for rows in (treated, donors)]
    return CounterfactualPanel(parts[0], parts[1], BEFORE) if len(parts[0]) >= 3 and len(parts[1]) >= 30 else None


def rejections(panels: Sequence[CounterfactualPanel], day: int, placebo: bool) -> FloatArray:
    """(2, G + 1, 4) one where a test or interval errs, NaN where it was not run: estimator, group, column.

    The last group is all groups and their differences at once.
    """
    found = np.full((len(ESTIMATORS), len(panels) + 1, len(COLUMNS)), np.nan)
    for place, estimator in enumerate(ESTIMATORS):
        for group, panel in enumerate(panels):
            told = conformal(panel, estimator, LEVEL, "scaled")
            plain = conformal(panel, estimator, LEVEL, interval=False)
            misses = not told.ci_low <= 0.0 <= told.ci_high
            found[place, group, :3] = told.pvalue <= LEVEL, misses, plain.pvalue <= LEVEL
            if placebo and place == 0:
                p = placebo_over_donors(panel, estimator, np.random.default_rng((day, group)), DRAWS).pvalue
                found[place, group, 3] = p <= LEVEL
    bands = simultaneous_effects(panels, ESTIMATORS[0], CONTRASTS, LEVEL)
    found[0, -1, 0] = (bands.pvalue <= LEVEL).any()
    found[0, -1, 1] = ((bands.ci_low > 0) | (bands.ci_high < 0)).any()
    return found


def size_table(
    prices: PriceSource, draws: int, seed: int = 0, placebo: bool = True, length: int = 1
) -> tuple[FloatArray, IntArray]:
    """(2, G + 1, 4) rates of error by estimator, group and column, and the counts of days behind them."""
    sectors, donors = tokyo(prices)
    days = ordinary_days(donors, length)
    chosen = np.random.default_rng(seed).permutation(days)[:draws]

    def work(day: int) -> FloatArray:
        panels = [panel_of(sectors[name], donors, day, length) for name in GROUPS]
        whole = [panel for panel in panels if panel is not None]
        if len(whole) < len(panels):
            return np.full((len(ESTIMATORS), len(GROUPS) + 1, len(COLUMNS)), np.nan)
        return rejections(whole, day, placebo)

    parts = np.array_split(chosen, math.ceil(len(chosen) / AT_ONCE))
    cells = np.stack([each for part in parts for each in halved(work, part.tolist())])
    counts: IntArray = np.isfinite(cells).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.nansum(cells, axis=0) / counts, counts


def band(count: int) -> tuple[float, float]:
    """99% of rates of so many independent days lie here at 5%."""
    low, high = stats.binom.ppf([0.005, 0.995], count, LEVEL) / count
    return float(low), float(high)


def markdown(found: dict[str, tuple[FloatArray, IntArray]]) -> str:
    """One row a market, estimator and group; a rate outside its band is marked."""
    lines = [
        "| market | group | estimator | " + " | ".join(COLUMNS) + " | 99% band |",
        "|---|---|---|" + "--:|" * (len(COLUMNS) + 1),
    ]
    for market, (rates, counts) in found.items():
        for place, estimator in enumerate(NAMES):
            for group, name in enumerate((*GROUPS, "all at once")):
                if not counts[place, group].any():
                    continue
                low, high = band(int(counts[place, group].max()))
                cells = [
                    f"{100 * rate:.1f}%" + ("" if low <= rate <= high else " !") if count else ""
                    for rate, count in zip(rates[place, group], counts[place, group], strict=True)
                ]
                row = " | ".join([market, name, estimator, *cells, f"{100 * low:.1f} to {100 * high:.1f}%"])
                lines.append(f"| {row} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, test, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.counterfactual_size", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--draws", type=int, default=400, metavar="N", help="days drawn in each market (default 400)")
    parser.add_argument("--length", type=int, default=1, metavar="L", help="days of the window (default 1)")
    parser.add_argument(
        "--no-placebo", action="store_true", help="without the placebo over donors, a third of the time"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--data", type=Path, default=data_folder(), metavar="DIR", help="folder of the reference data")
    chosen = parser.parse_args(arguments)
    markets: dict[str, PriceSource] = {"embedded, no effects": es.SamplePrices(effects=False)}
    real = chosen.data / "real_prices" / "prices.csv.gz"
    if real.is_file():
        markets["Tokyo, real"] = es.FilePrices(real)
    found = {
        name: size_table(prices, chosen.draws, chosen.seed, not chosen.no_placebo, chosen.length)
        for name, prices in markets.items()
    }
    print(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
