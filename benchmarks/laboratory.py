"""The laboratory and the placebo on 1,000 dates of 50 securities: gathered, and by compiled running sums.

``python -m benchmarks.laboratory`` times both ways in one process, prints a table and appends one JSON row to
``benchmarks/laboratory.jsonl`` (not in git). Seconds differ between machines and with what else they do; compare the
ratios within one row. The placebo in time has running sums of its own and one way alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

RESULTS = Path(__file__).resolve().parent / "laboratory.jsonl"
DATES, SECURITIES = 1_000, 50
RANKS = ("rank_z", "grank_t", "grank_z")
GATHERED = 1 << 62


def own(dates: int = DATES, securities: int = SECURITIES) -> Any:
    """A panel of one group on so many ordinary dates."""
    import numpy as np

    import eventstudy as es
    from benchmarks.simulated_panel import ESTIMATION, WINDOW, simulated_panel
    from eventstudy.laboratory import OwnPanel, PseudoGroup
    from eventstudy.returns import returns_from_frame

    panel = simulated_panel(securities=4 * securities)
    whole = panel.returns.columns[panel.returns.notna().mean().to_numpy() > 0.9][:securities]
    spec = es.StudySpec(estimation=ESTIMATION, windows=(WINDOW,))
    table = returns_from_frame(panel.returns[whole], panel.factors[["market"]], [True], spec.gap_rule)
    days = np.sort(np.random.default_rng(2).choice(np.arange(300, 4_900), dates, replace=False))
    group = PseudoGroup(
        role="exposed",
        sector="",
        tickers=table.tickers,
        left_out=(),
        rows=np.arange(len(whole)),
        positions=np.repeat(days[:, None], len(whole), axis=1),
    )
    nothing = np.zeros(table.returns.shape, dtype=bool)
    return OwnPanel(table, nothing, (group,), {"index": np.arange(table.returns.shape[1])}, spec, True)


def cases(panel: Any) -> dict[str, Callable[[], Any]]:
    """What is timed both ways."""
    from eventstudy import laboratory
    from eventstudy.results.group_tables import CLOSED_FORM

    closed = [name for name in CLOSED_FORM if name not in RANKS]
    laws = [laboratory.Scenario(members=SECURITIES, correlation=0.06)]
    return {
        "size, tests without ranks": lambda: laboratory.own_size(panel, tests=closed),
        "size, rank tests": lambda: laboratory.own_size(panel, tests=RANKS),
        "size, all tests": lambda: laboratory.own_size(panel),
        "power, 5 effects, 500 dates": lambda: laboratory.own_power(panel, (0.0, 0.01, 0.02, 0.03, 0.05), draws=500),
        "size on a stated law, 1,000 draws": lambda: laboratory.simulated_size(laws, draws=1_000),
    }


def placebo() -> Callable[[], Any]:
    """One event of 50 securities, whose group is moved to 1,000 of its ordinary dates."""
    import pandas as pd

    import eventstudy as es
    from benchmarks.simulated_panel import ESTIMATION, WINDOW, simulated_panel

    # nearly all days trade, or few dates have a full window of every member
    panel = simulated_panel(securities=4 * SECURITIES)
    returns = panel.returns.loc[:, panel.returns.notna().mean().to_numpy() > 0.9].iloc[:, :SECURITIES].fillna(0.0)
    pairs = pd.DataFrame(
        {"event_id": "E", "security_id": returns.columns, "event_session": returns.index[len(returns) // 2]}
    )
    spec = es.StudySpec(estimation=ESTIMATION, windows=(WINDOW,), tests=("portfolio_t", "placebo"), placebo_draws=DATES)

    def work() -> Any:
        found = es.study_returns(returns, pairs, panel.factors["market"], spec).tests(by=())
        assert f"{DATES} ordinary dates" in found["distribution"].iloc[-1]
        return found

    return work


def seconds(work: Callable[[], Any], repeats: int = 3) -> float:
    """Least seconds of some work, after it was done once."""
    work()
    found = []
    for _ in range(repeats):
        begun = perf_counter()
        work()
        found.append(perf_counter() - begun)
    return min(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Time the cases, print them, append the row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.laboratory", description=__doc__)
    parser.add_argument("--only", metavar="WORDS", help="cases whose name contains these words")
    chosen = parser.parse_args(arguments)
    from benchmarks.__main__ import commit
    from eventstudy.study import one_calendar

    fewest = one_calendar.FEWEST_COMPILED
    row: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "cases": {},
    }
    print(f"{DATES:,} dates of {SECURITIES} securities, seconds")
    print(f"{'case':<36} {'gathered':>9} {'compiled':>9} {'ratio':>6}")
    for name, work in cases(own()).items():
        if chosen.only is not None and chosen.only not in name:
            continue
        one_calendar.FEWEST_COMPILED = GATHERED
        gathered = seconds(work, 1)
        one_calendar.FEWEST_COMPILED = fewest
        fast = seconds(work)
        row["cases"][name] = {"gathered": gathered, "compiled": fast}
        print(f"{name:<36} {gathered:9.2f} {fast:9.2f} {gathered / fast:6.1f}", flush=True)
    if chosen.only is None or chosen.only in "placebo in time":
        row["placebo"] = seconds(placebo())
        print(f"{'placebo in time':<36} {'':>9} {row['placebo']:9.2f}")
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
