"""Where the seconds of a report go: ``python -m benchmarks.report_stages [EVENT_ID] [--source sample|PATH]``.

One report in a new process, HTML and PDF, stage after stage on the clock of the whole; stages that two processes share
are told by the time until both are done.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import wraps
from time import perf_counter
from types import ModuleType
from typing import Any

_CHILD = "--in-this-process"


class _Clock:
    """Seconds of each stage, without those of the stages inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inside: list[float] = []

    def timed(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def run(*given: Any, **named: Any) -> Any:
            begun = perf_counter()
            self._inside.append(0.0)
            try:
                return work(*given, **named)
            finally:
                passed = perf_counter() - begun
                self.seconds[stage] = self.seconds.get(stage, 0.0) + passed - self._inside.pop()
                if self._inside:
                    self._inside[-1] += passed

        return run

    def watch(self, where: ModuleType | type, name: str, stage: str) -> None:
        setattr(where, name, self.timed(stage, getattr(where, name)))


def _report(arguments: list[str], begun: float) -> int:
    """One report in this process, and its stages; the imports that it would make on its way are made first."""
    clock = _Clock()
    from eventstudy.cli import main

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as main() does before NumPy is there
    import typst

    import eventstudy as es
    import eventstudy.report as report
    import eventstudy.report.html
    import eventstudy.report.pdf
    from eventstudy import files
    from eventstudy.prices.files import FilePrices
    from eventstudy.report import build
    from eventstudy.simulate.market import SamplePrices

    es.run_study = clock.timed("returns, fits, abnormal returns", es.run_study)
    clock.seconds["start and imports"] = perf_counter() - begun
    for source in (SamplePrices, FilePrices):
        clock.watch(source, "fetch", "prices")
    clock.watch(build, "read_evidence", "tables that the report reads")
    clock.watch(build, "_work_out", "tests of every group (two processes)")
    clock.watch(build, "shared_out", "parts: checks, counterfactuals, drawings (two processes)")
    clock.watch(report, "_rendered", "page and the paper's content (two processes)")
    clock.watch(typst, "compile", "typst")
    clock.watch(files, "write_all_atomically", "writing")
    code = clock.timed("catalogue, and the rest", main)(["report", *arguments])
    for stage, seconds in clock.seconds.items():
        print(f"{stage:<58} {seconds:6.2f}")
    print(f"{'in all, without the interpreter':<58} {perf_counter() - begun:6.2f}")
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the process that is timed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report_stages", description=__doc__)
    parser.add_argument("event", nargs="*", metavar="EVENT_ID", help="events; none: the whole catalogue")
    parser.add_argument("--source", default="sample", help="sample, or the PATH of price files")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        asked = [*chosen.event, "--source", chosen.source, "--out", folder]
        command = [sys.executable, "-m", "benchmarks.report_stages", _CHILD, *asked]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    if _CHILD in sys.argv:
        sys.exit(_report([word for word in sys.argv[1:] if word != _CHILD], perf_counter()))
    sys.exit(main())
