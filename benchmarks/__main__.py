"""Times the package cold, each case in a process of its own, against two references timed in the same run.

``python -m benchmarks`` prints a table and appends one JSON row to ``benchmarks/results.jsonl`` (not in git).
Seconds differ between machines; the ratios to ``python -c pass`` and ``import pandas`` hardly do. Where a report's
seconds go is told by ``python -m benchmarks.report_stages``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results.jsonl"
EVENT = "2026-01-06-japan-dual-use-ban"


@dataclass(frozen=True)
class Case:
    """One thing to time.

    Attributes
    ----------
    name : str
        As printed.
    arguments : tuple of str
        What follows the interpreter on its command line.
    repeats : int
        Runs; the median counts.
    limit : float or None
        Seconds that the project promises on two cores, if it does.
    self_timed : bool
        Whether the process prints its own seconds, so that its start is not counted.
    """

    name: str
    arguments: tuple[str, ...]
    repeats: int = 5
    limit: float | None = None
    self_timed: bool = False


REFERENCES = (Case("python -c pass", ("-c", "pass"), 9), Case("import pandas", ("-c", "import pandas")))
CASES = (
    Case("import eventstudy", ("-c", "import eventstudy")),
    Case("eventstudy --help", ("-m", "eventstudy", "--help"), limit=0.25),
    Case("events check", ("-m", "eventstudy", "events", "check")),
    Case(
        "embedded market, calendars apart",
        (
            "-c",
            "from eventstudy.calendars import calendar\n"
            "from time import perf_counter\n"
            "import eventstudy as es\n"
            "universe = es.read_universe()\n"
            "[calendar(mic) for mic in {security.exchange for security in universe}]\n"
            "begun = perf_counter()\n"
            "es.SamplePrices().fetch([security.ticker for security in universe])\n"
            "print(perf_counter() - begun)\n",
        ),
        3,
        2.0,
        self_timed=True,
    ),
    Case("store, 120 tickers, 18 years", ("-m", "benchmarks.price_store", "--seconds"), 3, 0.5, self_timed=True),
    Case("report, one event", ("-m", "eventstudy", "report", EVENT, "--source", "sample", "--out", "{out}"), 3, 3.0),
    Case("tables, whole catalogue", ("-m", "eventstudy", "run", "--source", "sample", "--out", "{out}"), 1),
    Case("report, whole catalogue", ("-m", "eventstudy", "report", "--source", "sample", "--out", "{out}"), 1, 8.0),
)


def timed(case: Case, folder: str) -> float:
    """Median seconds of a case, each run in a new process."""
    seconds = []
    command = [sys.executable, *(part.replace("{out}", folder) for part in case.arguments)]
    for _ in range(case.repeats):
        begun = perf_counter()
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        passed = perf_counter() - begun
        if done.returncode:
            raise SystemExit(f"{case.name} failed:\n{done.stderr}")
        seconds.append(float(done.stdout) if case.self_timed else passed)
    return median(seconds)


def commit() -> str:
    """The commit that was timed, or nothing outside a checkout."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Time the cases, print them, append the row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="WORDS", help="cases whose name contains these words")
    chosen = parser.parse_args(arguments)
    cases = [case for case in CASES if chosen.only is None or chosen.only in case.name]
    with tempfile.TemporaryDirectory() as folder:
        nothing, pandas = (timed(case, folder) for case in REFERENCES)
        print(f"{'case':<34} {'seconds':>8} {'x python':>9} {'x pandas':>9}   promised")
        rows = {}
        for case in [*REFERENCES, *cases]:
            seconds = timed(case, folder)
            rows[case.name] = {"seconds": seconds, "of_python": seconds / nothing, "of_pandas": seconds / pandas}
            promise = f"under {case.limit:g} s" if case.limit else ""
            mark = "  MISSED" if case.limit and seconds > case.limit else ""
            line = f"{case.name:<34} {seconds:8.3f} {seconds / nothing:9.1f} {seconds / pandas:9.1f}   {promise}{mark}"
            print(line.rstrip(), flush=True)
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "cases": rows,
        "promises": {case.name: case.limit for case in cases if case.limit},
    }
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(record) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
