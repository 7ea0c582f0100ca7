"""Reads a full price store, 120 tickers of 18 years, beside plain pyarrow reads of the same bytes.

``python -m benchmarks.price_store`` makes the store in a temporary folder and prints seconds, the best of several runs
in a process that has read it before, and their ratio to pyarrow alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

DESCRIPTION = (__doc__ or "").split("\n")[0]
TICKERS = tuple(f"{number}.T" for number in range(7000, 7120))
YEARS = ("2008-01-01", "2026-01-01")


def make_store(folder: Path, tickers: Sequence[str] = TICKERS) -> Path:
    """A store of random walks, a row a weekday."""
    from eventstudy.prices.store import open_store, stored_from_frame, write_rows

    days = np.arange(*YEARS, dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    store = open_store(folder / "prices")
    chance = np.random.default_rng(0)
    for ticker in tickers:
        close = 100.0 * np.exp(np.cumsum(chance.normal(0, 0.02, days.size)))
        values = np.array([close, close * 1.01, close * 0.99, close, close * 0.9, chance.integers(1, 10**7, days.size)])
        rows = stored_from_frame(
            days, values, currency="JPY", source="yahoo", fetched_at=datetime.now(UTC), requested_start=date(2005, 1, 1)
        )
        write_rows(store, ticker, rows)
    return store


def with_pyarrow(store: Path) -> int:
    """Read the files and nothing more; how many rows."""
    import pyarrow.parquet as pq

    count = 0
    for ticker in TICKERS:
        with pq.ParquetFile(store / f"{ticker}.parquet") as stream:
            count += stream.read(use_threads=False).num_rows
    return count


def with_rows(store: Path) -> int:
    """Read the rows as the store hands them over: checked, ordered, with their lineage."""
    from eventstudy.prices.store import read_all

    held, _ = read_all(store, TICKERS)
    return sum(rows.days.size for rows in held.values())


def with_history(store: Path) -> int:
    """All that a report does to have its prices: rows, frames, notes and the hash of the snapshot."""
    import eventstudy as es

    return sum(map(len, es.YahooPrices(store).fetch(TICKERS).frames.values()))


WAYS: dict[str, Callable[[Path], int]] = {
    "pyarrow alone": with_pyarrow,
    "rows of the store": with_rows,
    "prices of a report": with_history,
}


def seconds(way: Callable[[Path], int], store: Path, repeats: int) -> tuple[float, float]:
    """The shortest of several runs: seconds that passed, and seconds of work."""
    passed, worked = [], []
    for _ in range(repeats):
        begun = perf_counter(), process_time()
        way(store)
        passed.append(perf_counter() - begun[0])
        worked.append(process_time() - begun[1])
    return min(passed), min(worked)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the store, read it, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.price_store", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--seconds", action="store_true", help="print the seconds of a report's prices alone")
    parser.add_argument("--repeats", type=int, default=7, metavar="N")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        store = make_store(Path(folder))
        if chosen.seconds:
            print(seconds(with_history, store, chosen.repeats)[0])
            return 0
        size = sum(file.stat().st_size for file in store.glob("*.parquet"))
        print(f"{len(TICKERS)} tickers, {with_pyarrow(store)} rows, {size / 1e6:.0f} MB")
        print(f"{'way':<20} {'seconds':>8} {'of work':>8} {'x pyarrow':>10}")
        reference = seconds(with_pyarrow, store, chosen.repeats)
        for name, way in WAYS.items():
            passed, worked = reference if way is with_pyarrow else seconds(way, store, chosen.repeats)
            print(f"{name:<20} {passed:8.3f} {worked:8.3f} {worked / reference[1]:10.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
