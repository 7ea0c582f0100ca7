"""How often counterfactuals raise a false alarm on days without an event: ``python -m benchmarks.counterfactual_size``.

Sectors of the universe in Tokyo, against its Tokyo donors, on days drawn at random that lie at least ten sessions from
every catalogue event; on the embedded market without effects, and on real prices where the reference data is at hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy import stats

import eventstudy as es
from benchmarks.factor_days import data_folder
from eventstudy._arrays import FloatArray, IntArray
from eventstudy.calendars import calendar, event_day
from eventstudy.counterfactual.base import CounterfactualPanel
from eventstudy.counterfactual.conformal import conformal_pvalue
from eventstudy.counterfactual.effects import simultaneous_effects
from eventstudy.counterfactual.interactive import InteractiveFixedEffects
from eventstudy.counterfactual.placebo import placebo_over_donors
from eventstudy.counterfactual.synthetic_control import SyntheticControl
from eventstudy.prices.source import PriceSource
from eventstudy.processes import halved
from eventstudy.returns import price_on_sessions

BEFORE, GAP, APART, LEVEL = 250, 10, 10, 0.05
GROUPS = ("Autos & parts", "Electronic components", "Defence & heavy machinery")
COLUMNS = ("conformal, synthetic control", "conformal, factor model", "placebo over donors", "joint band misses")


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


def ordinary_days(donors: FloatArray) -> IntArray:
    """Sessions with a full history before them, ten sessions or more from every event of the catalogue."""
    market = calendar("XTKS")
    events = [event_day(event.announced_at, "XTKS").session for event in es.read_events()]
    places = np.array([market.index_of(day) for day in events if day is not None])
    known = np.flatnonzero(np.isfinite(donors).mean(axis=0) > 0.9)
    days = np.arange(known[0] + BEFORE + GAP, known[-1] + 1)
    return days[np.abs(days[:, None] - places).min(axis=1) >= APART]


def panel_of(treated: FloatArray, donors: FloatArray, day: int) -> CounterfactualPanel | None:
    """The panel of one day; lines without a full history fall out, None where too few are left."""
    days = np.append(np.arange(day - BEFORE - GAP, day - GAP), day)
    parts = [rows[np.isfinite(rows[:, days]).all(axis=1)][:, days] for rows in (treated, donors)]
    return CounterfactualPanel(parts[0], parts[1], BEFORE) if len(parts[0]) >= 3 and len(parts[1]) >= 30 else None


def rejections(
    sectors: dict[str, FloatArray], donors: FloatArray, day: int, placebo: bool
) -> tuple[tuple[float, ...], ...]:
    """For each sector whether each test rejects, NaN where it was not run."""
    found = []
    fits = []
    for number, name in enumerate(GROUPS):
        panel = panel_of(sectors[name], donors, day)
        if panel is None:
            found.append((np.nan,) * 3)
            continue
        fits.append(SyntheticControl().fit(panel))
        ps = [conformal_pvalue(each.residuals(panel), 1) for each in (SyntheticControl(), InteractiveFixedEffects())]
        if placebo:
            ps.append(placebo_over_donors(panel, SyntheticControl(), np.random.default_rng((day, number)), 99).pvalue)
        found.append(tuple(float(p <= LEVEL) for p in ps) + (np.nan,) * (3 - len(ps)))
    if len(fits) < len(GROUPS):
        return (*found, (np.nan,))
    bands = simultaneous_effects(fits)
    return (*found, (float(((bands.ci_low > 0) | (bands.ci_high < 0)).any()),))


def size_table(prices: PriceSource, draws: int, seed: int = 0, placebo: bool = True) -> FloatArray:
    """(groups + 1, 3) rejection rates, the last row's first cell that of joint bands; and (…, 3) counts behind them."""
    sectors, donors = tokyo(prices)
    days = ordinary_days(donors)
    chosen = np.random.default_rng(seed).permutation(days)[:draws]
    work: Callable[[int], tuple[tuple[float, ...], ...]] = lambda day: rejections(sectors, donors, day, placebo)  # noqa: E731
    done = halved(work, [int(day) for day in chosen])
    cells = np.full((len(done), len(GROUPS) + 1, 3), np.nan)
    for row, each in enumerate(done):
        for group, values in enumerate(each):
            cells[row, group, : len(values)] = values
    counts = np.isfinite(cells).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.stack([np.nansum(cells, axis=0) / counts, counts])


def band(count: int) -> tuple[float, float]:
    """99% of rates of so many independent days lie here at 5%."""
    low, high = stats.binom.ppf([0.005, 0.995], count, LEVEL) / count
    return float(low), float(high)


def markdown(found: dict[str, FloatArray]) -> str:
    """One row a market and group."""
    lines = ["| market | group | " + " | ".join(COLUMNS) + " | 99% band |", "|---|---|" + "--:|" * (len(COLUMNS) + 1)]
    for market, (rates, counts) in found.items():
        for row, name in enumerate((*GROUPS, "all at once")):
            cells = [f"{100 * rate:.1f}%" if count else "" for rate, count in zip(rates[row], counts[row], strict=True)]
            cells = [*cells, ""] if row < len(GROUPS) else ["", "", "", cells[0]]
            low, high = band(int(counts[row].max()))
            lines.append(f"| {market} | {name} | {' | '.join(cells)} | {100 * low:.1f} to {100 * high:.1f}% |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, test, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.counterfactual_size", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--draws", type=int, default=300, metavar="N", help="days drawn in each market (default 300)")
    parser.add_argument("--placebo", action="store_true", help="the placebo over donors too, a hundred times as long")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--data", type=Path, default=data_folder(), metavar="DIR", help="folder of the reference data")
    chosen = parser.parse_args(arguments)
    found = {
        "embedded, no effects": size_table(es.SamplePrices(effects=False), chosen.draws, chosen.seed, chosen.placebo)
    }
    real = chosen.data / "real_prices" / "prices.csv.gz"
    if real.is_file():
        found["Tokyo, real"] = size_table(es.FilePrices(real), chosen.draws, chosen.seed, chosen.placebo)
    print(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
