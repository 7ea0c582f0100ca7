"""Studies of a thousand to a million observations on a panel like CRSP's, stage by stage, beside what bounds them.

``python -m benchmarks.large_studies`` simulates 5,000 sessions of 4,000 securities, studies each size in a process of
its own, prints a table and appends one JSON row to ``benchmarks/large_studies.jsonl`` (not in git); ``make bench`` runs
it too. Seconds differ between machines and with what else they do; compare ratios within one row:

- *floor*: reading every observation's return windows once from memory, which no study can avoid;
- *NumPy*: the package's own plain path, fit by fit over gathered arrays, on the sizes that fit into memory;
- *statsmodels*: a loop over observations, ``OLS(...).fit()`` and the CAR, on 1,000.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "large_studies.jsonl"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
# beyond, the plain path wants more than 8 GB
LARGEST_PLAIN = 100_000
CLOSED_FORM = (
    "cross_sectional_t", "time_series_t", "patell_z", "bmp_t", "sign", "generalized_sign_z", "wilcoxon",
    "skewness_adjusted_t",
)  # fmt: skip
CORRELATED = ("portfolio_t", "adjusted_patell_z", "adjusted_bmp_t")
RANKS = ("rank_z", "grank_t", "grank_z")
PLACEBO_DATES, PLACEBO_SECURITIES = 1_000, 50


def peak_megabytes() -> float:
    """Most memory that the process has had, MB."""
    return (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1 if sys.platform == "darwin" else 1e3)
        / (1e6 if sys.platform == "darwin" else 1.0)
    )


def megabytes_now() -> float:
    """Memory that the process has, MB; where the system does not say, the most that it has had."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return peak_megabytes()
    return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """How long some work takes, and what it gives."""
    begun = perf_counter()
    found = work()
    return perf_counter() - begun, found


def floor(panel: Any, pairs: Any) -> float:
    """Seconds to add up every observation's windows once, on all cores."""
    import numpy as np

    from benchmarks.simulated_panel import ESTIMATION, WINDOW

    values = np.ascontiguousarray(panel.returns.to_numpy().T)
    security = panel.returns.columns.get_indexer(pairs["security_id"])
    position = panel.returns.index.get_indexer(pairs["event_session"])
    order = np.lexsort((position, security))
    windows = np.lib.stride_tricks.sliding_window_view(values, WINDOW[1] - ESTIMATION[0] + 1, axis=1)
    first = position + ESTIMATION[0]
    parts = np.array_split(order, 64)
    cores = os.cpu_count() or 1

    def add(share: list[Any]) -> None:
        for part in share:
            for begin in range(0, len(part), 256):
                rows = part[begin : begin + 256]
                np.add.reduce(windows[security[rows], first[rows]], axis=None)

    def all_cores() -> None:
        threads = [threading.Thread(target=add, args=(parts[core::cores],)) for core in range(cores)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return min(seconds(all_cores)[0] for _ in range(3))


def statsmodels_loop(panel: Any, pairs: Any) -> float:
    """Observations a second of a loop over ``statsmodels``."""
    import numpy as np
    import statsmodels.api as sm

    from benchmarks.simulated_panel import ESTIMATION, WINDOW

    values = panel.returns.to_numpy()
    market = sm.add_constant(panel.factors["market"].to_numpy())
    security = panel.returns.columns.get_indexer(pairs["security_id"])
    position = panel.returns.index.get_indexer(pairs["event_session"])

    def loop() -> None:
        for column, day in zip(security.tolist(), position.tolist(), strict=True):
            inside = slice(day + ESTIMATION[0], day + ESTIMATION[1] + 1)
            there = np.isfinite(values[inside, column])
            if there.sum() < 120:
                continue
            fit = sm.OLS(values[inside, column][there], market[inside][there]).fit()
            ahead = slice(day + WINDOW[0], day + WINDOW[1] + 1)
            np.nansum(values[ahead, column] - market[ahead] @ fit.params)

    return len(pairs) / seconds(loop)[0]


def _plain_stages(panel: Any, pairs: Any) -> dict[str, float]:
    """Seconds of each step of the plain path."""
    import numpy as np

    import eventstudy as es
    from benchmarks.simulated_panel import ESTIMATION, WINDOW
    from eventstudy.abnormal import abnormal_returns, window_returns
    from eventstudy.panel.align import align
    from eventstudy.returns import returns_from_frame

    security = panel.returns.columns.get_indexer(pairs["security_id"]).astype(np.int64)
    position = panel.returns.index.get_indexer(pairs["event_session"]).astype(np.int64)

    def aligned() -> Any:
        table = returns_from_frame(panel.returns, panel.factors[["market"]], [True])
        nothing = np.zeros(table.returns.shape, dtype=bool)
        return align(table, security, position, position, None, nothing, ESTIMATION, WINDOW)

    found: dict[str, float] = {}
    found["alignment"], events = seconds(aligned)
    found["fit"], fit = seconds(lambda: es.MarketModel().fit(events))

    def cumulated() -> None:
        abnormal = abnormal_returns(events, fit)
        window_returns(events, fit, abnormal, WINDOW)

    found["ar_car"], _ = seconds(cumulated)
    return found


def _compiled_stages(panel: Any, pairs: Any) -> dict[str, float]:
    """Seconds of each step of the compiled path before the tests."""
    import numpy as np

    import eventstudy as es
    from benchmarks.simulated_panel import ESTIMATION, WINDOW
    from eventstudy.kernel.estimates import by_security, estimate
    from eventstudy.kernel.securities import Securities

    def aligned() -> Any:
        security = panel.returns.columns.get_indexer(pairs["security_id"]).astype(np.int64)
        position = panel.returns.index.get_indexer(pairs["event_session"]).astype(np.int64)
        wanted = np.bincount(security, minlength=panel.returns.shape[1]) > 0
        values, market = panel.returns.to_numpy().T, panel.factors[["market"]].to_numpy()
        securities = Securities.of(values, market, [True], "trade-to-trade", wanted)
        order = by_security(security, position, *values.shape)
        return securities, security[order], position[order]

    def panel_of(rows: Any) -> Any:
        raise AssertionError("running sums do justice to all of these")

    aligned()
    alignment, (securities, security, position) = seconds(aligned)

    def fitted(windows: tuple[tuple[int, int], ...]) -> float:
        how = (ESTIMATION, windows, 120, "exact", "simple", panel_of)
        return seconds(lambda: estimate(securities, es.MarketModel(), security, position, *how))[0]

    fit = min(fitted(()) for _ in range(3))
    return {"alignment": alignment, "fit": fit, "ar_car": max(min(fitted((WINDOW,)) for _ in range(3)) - fit, 0.0)}


def _study_of(panel: Any, pairs: Any, tests: tuple[str, ...]) -> Any:
    """One study, market model."""
    import eventstudy as es
    from benchmarks.simulated_panel import ESTIMATION, WINDOW

    spec = es.StudySpec(estimation=ESTIMATION, windows=(WINDOW,), tests=tests)
    return es.study_returns(panel.returns, pairs, panel.factors["market"], spec)


def memory(count: int) -> dict[str, float]:
    """Most memory of one study with all tests of 50 groups beyond what the process had, MB."""
    from benchmarks.simulated_panel import simulated_panel

    panel = simulated_panel()
    pairs = panel.pairs(count)
    held = float(panel.returns.memory_usage().sum() + pairs.memory_usage(deep=True).sum()) / 1e6
    # what making the panel took is let go of, and was more than it holds
    before = megabytes_now()
    most = [0.0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            most[0] = max(most[0], megabytes_now())

    watcher = threading.Thread(target=watch)
    watcher.start()
    _study_of(panel, pairs, CLOSED_FORM + CORRELATED + RANKS).tests(by=("group",))
    done.set()
    watcher.join()
    return {"panel_and_pairs_mb": held, "start_mb": before, "peak_mb_over_start": most[0] - before}


def study(count: int) -> dict[str, Any]:
    """All stages of one size, in this process."""
    from benchmarks.simulated_panel import simulated_panel

    panel = simulated_panel()
    pairs = panel.pairs(count)
    found: dict[str, Any] = {"observations": count}

    def whole(tests: tuple[str, ...]) -> None:
        _study_of(panel, pairs, tests).tests(by=("group",))

    # imports, and what is compiled or read from its cache
    found["first_study"] = seconds(lambda: whole(CLOSED_FORM + CORRELATED + RANKS))[0]
    found |= _compiled_stages(panel, pairs)
    stages = {"closed_form_50_groups": CLOSED_FORM, "correlated_50_groups": CORRELATED, "ranks_50_groups": RANKS}
    for stage, tests in stages.items():
        taken: list[tuple[float, float]] = []
        for _ in range(3):
            one, results = seconds(partial(_study_of, panel, pairs, tests))
            taken.append((one, seconds(partial(results.tests, by=("group",)))[0]))
            del results
        found["study"], found[stage] = (min(times) for times in zip(*taken, strict=True))
    together: tuple[str, ...] = ()
    for stage, tests in stages.items():
        together += tests
        found[f"study_to_{stage}"] = min(seconds(partial(whole, together))[0] for _ in range(2))
    if count <= LARGEST_PLAIN:
        found["plain"] = _plain_stages(panel, pairs)
    found["floor"] = floor(panel, pairs)
    if count == SIZES[0]:
        found["statsmodels_per_second"] = statsmodels_loop(panel, pairs)
    return found


def placebo() -> float:
    """Seconds of all closed-form tests on 1,000 placebo dates of 50 securities, one group a date."""
    import numpy as np
    import pandas as pd

    import eventstudy as es
    from benchmarks.simulated_panel import ESTIMATION, WINDOW, simulated_panel

    panel = simulated_panel(securities=200)
    whole = panel.returns.notna().mean().to_numpy() > 0.9
    names = panel.returns.columns.to_numpy()[whole][:PLACEBO_SECURITIES]
    dates = np.random.default_rng(2).choice(np.arange(300, 4_900), PLACEBO_DATES, replace=False)
    pairs = pd.DataFrame(
        {
            "event_id": np.repeat(dates, len(names)),
            "security_id": np.tile(names, len(dates)),
            "event_session": np.repeat(panel.returns.index.to_numpy()[dates], len(names)),
        }
    )
    spec = es.StudySpec(estimation=ESTIMATION, windows=(WINDOW,), tests=(*CLOSED_FORM, *CORRELATED))

    def work() -> Any:
        return es.study_returns(panel.returns, pairs, panel.factors["market"], spec).tests(by=("event_id",))

    work()
    return seconds(work)[0]


def cold(count: int) -> float:
    """Seconds of a study in this process, imports included; the panel is not counted."""
    from benchmarks.simulated_panel import WINDOW, simulated_panel

    panel = simulated_panel()
    pairs = panel.pairs(count)

    def work() -> Any:
        import eventstudy as es

        return es.study_returns(panel.returns, pairs, panel.factors["market"], es.StudySpec(windows=(WINDOW,)))

    return seconds(work)[0]


def _child(*arguments: str) -> Any:
    """What a case prints, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.large_studies", "--child", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


STAGES = (
    "floor", "alignment", "fit", "ar_car", "closed_form_50_groups", "correlated_50_groups", "ranks_50_groups",
    "study_to_closed_form_50_groups", "study_to_correlated_50_groups", "study_to_ranks_50_groups",
)  # fmt: skip
HEADS = ("floor", "align", "fit", "AR/CAR", "tests", "correl.", "ranks", "all 1", "all 2", "all 3", "NumPy")


def record(sizes: Sequence[int]) -> dict[str, Any]:
    """The row of a run, printed as it comes."""
    from benchmarks.__main__ import commit

    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "sizes": [],
    }
    print("seconds; all 1, 2, 3: study and closed-form tests, with r̄ and pairs, with ranks; MB: all 3, over start")
    print(f"{'observations':>12} {' '.join(f'{name:>7}' for name in HEADS)} {'× floor':>7} {'MB':>5}")
    for count in sizes:
        row = _child("study", str(count)) | _child("memory", str(count))
        found["sizes"].append(row)
        plain = f"{sum(row['plain'].values()):7.3f}" if "plain" in row else f"{'-':>7}"
        stages = " ".join(f"{row[name]:7.3f}" for name in STAGES)
        times = (row["fit"] + row["ar_car"] + row["closed_form_50_groups"]) / row["floor"]
        print(f"{count:12,} {stages} {plain} {times:7.1f} {row['peak_mb_over_start']:5.0f}", flush=True)
    found["cold_1000"] = _child("cold", "1000")
    found["placebo"] = _child("placebo", "0")
    print("× floor: fit, AR/CAR and closed-form tests")
    print(f"1,000 observations in a new process, imports included: {found['cold_1000']:.2f} s")
    print(f"{PLACEBO_DATES:,} dates of {PLACEBO_SECURITIES} securities, closed-form tests: {found['placebo']:.2f} s")
    loop = next((row["statsmodels_per_second"] for row in found["sizes"] if "statsmodels_per_second" in row), None)
    if loop:
        print(f"statsmodels, observations a second: {loop:,.0f}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sizes, print them, append the row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_studies", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="N", help="observations")
    parser.add_argument("--child", nargs=2, metavar=("CASE", "N"), help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.child:
        case, count = chosen.child
        cases = {"study": study, "memory": memory, "cold": cold, "placebo": lambda _: placebo()}
        print(json.dumps(cases[case](int(count))))
        return 0
    row = record(chosen.sizes)
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
