"""Fetches that are killed, fail or run side by side: a program that test_store_crashes.py runs in a process of its own.

    python store_crashes.py FOLDER "kills 120 1 1 50 0" "stops restate kill" …

does each task in turn and prints a line of JSON for it; an assertion that fails ends it. It forks its fetchers, so that
nothing is imported again for each, and answers for Yahoo itself.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from eventstudy.errors import PriceError
from eventstudy.prices import yahoo
from eventstudy.prices.store import (
    Restatement,
    StoredPrices,
    Written,
    layout,
    open_store,
    parquet,
    prune_store,
    read_stored,
    stored_from_frame,
    stored_tickers,
    verify_store,
    write_rows,
)

TICKERS = [f"{number}.T" for number in range(7000, 7120)]
DAYS = np.arange("2020-01-01", "2020-12-01", dtype="datetime64[D]")
DAYS = DAYS[np.is_busday(DAYS)]
BASE = datetime(2020, 12, 1, tzinfo=UTC)
KILLED = 9
_BASE = np.datetime64(BASE.replace(tzinfo=None), "us")
_LATER = np.datetime64("2100-01-01", "us")


@cache
def figures(ticker: str, generation: int) -> np.ndarray:
    """(6, R) prices; the second generation has a dividend, a corrected close and three more days."""
    chance = np.random.default_rng(zlib.crc32(ticker.encode()))
    close = 100.0 * np.exp(np.cumsum(chance.normal(0, 0.02, DAYS.size)))
    values = np.array([close, close * 1.01, close * 0.99, close, close, chance.integers(1, 10**6, DAYS.size)])
    if generation > 1:
        values[4, :150] *= 0.99 ** (generation - 1)
        values[3, 100] += generation
        return values
    return values[:, :-3]


@cache
def download(ticker: str, generation: int, when: datetime = BASE) -> StoredPrices:
    """What a fetch brings."""
    values = figures(ticker, generation)
    return stored_from_frame(
        DAYS[: values.shape[1]],
        values,
        currency="JPY",
        source="yahoo",
        fetched_at=when,
        requested_start=date(2005, 1, 1),
    )


def stand_in(generation: int, log: Path | None) -> None:
    """Let Yahoo answer at once from here on, and note who was asked for."""

    def ask(_yfinance: object, _wire: object, ticker: str, *_: object) -> StoredPrices:
        if log is not None:
            with log.open("a") as stream:
                stream.write(f"{ticker}\n")
        return download(ticker, generation, datetime.now(UTC))

    yahoo._ask = ask  # type: ignore[assignment]
    yahoo._yfinance_for = lambda *_: nullcontext((None, None))  # type: ignore[assignment]
    yahoo.close_caches = lambda _: None


def forked(task: Callable[[], object]) -> int:
    """The process that runs the task; it exits with 0 when the task returns."""
    process = os.fork()
    if process:
        return process
    try:
        task()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def ended(process: int) -> int:
    """How a process ended: its exit code, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def fetcher(store: Path, generation: int, log: Path | None = None, written: Path | None = None) -> int:
    """A process that fetches everything, and notes what it asked for and what it wrote."""

    def note(folder: Path, ticker: str, fresh: StoredPrices) -> Written:
        done = write_rows(folder, ticker, fresh)
        if written is not None:
            with written.open("a") as stream:
                stream.write(f"{ticker}\n")
        return done

    def fetch() -> None:
        yahoo.price_store.write_rows = note
        stand_in(generation, log)
        outcomes = yahoo.fetch_into_store(store, TICKERS)
        assert not [each for each in outcomes if each.status == "failed"], outcomes

    return forked(fetch)


def noted(log: Path) -> list[str]:
    """Tickers in the order in which they were noted."""
    return log.read_text().split() if log.exists() else []


def base_store(folder: Path, generation: int) -> Path:
    """A store that a fetch finds: empty for the first generation, else full of the first."""
    store = folder / f"base{generation}"
    if generation > 1:
        open_store(store)
        for ticker in TICKERS:
            write_rows(store, ticker, download(ticker, 1))
    return store


def copied(store: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    if store.exists():
        shutil.copytree(store, target)
    return target


def _timeless(stamps: np.ndarray) -> np.ndarray:
    return np.where(stamps == _BASE, _BASE, _LATER).astype("datetime64[us]")


def _timeless_instant(instant: np.datetime64 | None) -> np.datetime64 | None:
    return instant if instant is None or instant == _BASE else _LATER


def _timeless_restatement(each: Restatement) -> Restatement:
    return replace(each, noticed_at=each.noticed_at if each.noticed_at.startswith(str(BASE.date())) else "later")


def but_for_fetch_times(store: Path) -> dict[str, bytes]:
    """Every byte of a store, each time of a download later than the base set to one time."""
    content: dict[str, bytes] = {}
    for ticker in stored_tickers(store):
        rows = parquet.read_current(store / layout.file_name(ticker), ticker)
        assert rows is not None
        lineage = rows.lineage
        timeless = replace(
            rows,
            fetched_at=_timeless(rows.fetched_at),
            lineage=replace(
                lineage,
                began_at=_timeless_instant(lineage.began_at),
                downloaded_at=_timeless_instant(lineage.downloaded_at),
                complete_since=_timeless_instant(lineage.complete_since),
                restatements=tuple(map(_timeless_restatement, lineage.restatements)),
            ),
        )
        content[layout.file_name(ticker)] = parquet.encoded(ticker, timeless)
    for ticker, numbers in layout.older_files(store).items():
        for number in numbers:
            held = parquet.read_older(store / layout.older_name(ticker, number), ticker)
            assert held is not None
            rows, ends = held
            timeless = replace(rows, fetched_at=_timeless(rows.fetched_at))
            content[layout.older_name(ticker, number)] = parquet.encoded(ticker, timeless, _timeless(ends))
    content[layout.MARKER] = (store / layout.MARKER).read_bytes()
    entries = json.loads((store / layout.MANIFEST).read_bytes())["tickers"]
    for entry in entries.values():
        entry["older"] = sorted(entry["older"])
        for name in ("sha256", "bytes", "downloaded_at", "generation_began_at", "complete_since"):
            entry[name] = ""
    content[layout.MANIFEST] = json.dumps(entries).encode()
    others = {
        str(path.relative_to(store))
        for path in store.rglob("*")
        if path.is_file() and path.name != layout.LOCK and path.parts[len(store.parts)] not in (".claims", ".yfinance")
    }
    assert others == set(content), sorted(others ^ set(content))
    return content


def same_rows(one: StoredPrices | None, other: StoredPrices | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one.days, other.days) and np.array_equal(one.values, other.values, equal_nan=True)


def check_killed(store: Path, generation: int) -> set[str]:
    """Every ticker of a killed fetch is whole: as before or as after. Those that came are returned."""
    came = set()
    for ticker in TICKERS:
        now = read_stored(store, ticker) if store.exists() else None
        if generation > 1:
            assert same_rows(read_stored(store, ticker, BASE), download(ticker, 1)), ticker
            assert same_rows(now, download(ticker, 1)) or same_rows(now, download(ticker, generation)), ticker
        elif now is not None:
            assert same_rows(now, download(ticker, 1)), ticker
        if now is not None and now.downloaded_at != _BASE:
            came.add(ticker)
    return came


def kills(folder: Path, tickers: int, generation: int, fetchers: int, moments: int, seed: int) -> dict[str, Any]:
    """Kill a fetch at random moments, fetch again, and compare with a fetch that nobody disturbed.

    The moments are drawn in tickers written, and then in time, so that they fall all along a fetch on any machine.
    With two fetchers one of them is killed and the other goes on.
    """
    del TICKERS[tickers:]
    chance = random.Random(seed)
    base = base_store(folder, generation)
    undisturbed = copied(base, folder / "undisturbed")
    assert ended(fetcher(undisturbed, generation)) == 0
    expected = but_for_fetch_times(undisturbed)
    assert len(stored_tickers(undisturbed)) == len(TICKERS)
    found = []
    for number in range(moments):
        store = copied(base, folder / "killed")
        written, again = folder / f"{number}.written", folder / f"{number}.again"
        processes = [fetcher(store, generation, written=written) for _ in range(fetchers)]
        after, delay = chance.randrange(tickers), chance.uniform(0.0, 0.03)
        begun = time.monotonic()
        while len(noted(written)) < after:
            assert time.monotonic() - begun < 300, "the fetch stands still"
            time.sleep(0.001)
        time.sleep(delay)
        os.kill(processes[0], signal.SIGKILL)
        ends = [ended(process) for process in processes]
        assert ends[0] in (0, -signal.SIGKILL), ends
        assert not any(ends[1:]), ends
        came = check_killed(store, generation)
        if fetchers > 1:
            assert came == set(TICKERS)
        assert ended(fetcher(store, generation, again)) == 0
        assert sorted(noted(again)) == sorted(set(TICKERS) - came), "asked for what was there, or not for what was not"
        assert but_for_fetch_times(store) == expected
        assert verify_store(store) == ()
        if generation > 1:
            check_killed(store, generation)
        found.append(len(came))
    return {"moments": moments, "came": found}


def together(folder: Path, tickers: int, generation: int, fetchers: int) -> dict[str, Any]:
    """Several fetchers at once, undisturbed: the store of one, and every ticker asked for once."""
    del TICKERS[tickers:]
    base = base_store(folder, generation)
    alone = copied(base, folder / "alone")
    assert ended(fetcher(alone, generation)) == 0
    store, log = copied(base, folder / "together"), folder / "together.log"
    processes = [fetcher(store, generation, log) for _ in range(fetchers)]
    ends = [ended(process) for process in processes]
    assert not any(ends), ends
    assert but_for_fetch_times(store) == but_for_fetch_times(alone)
    assert verify_store(store) == ()
    assert sorted(noted(log)) == sorted(TICKERS), "a ticker was asked for twice, or not at all"
    return {"requests": len(noted(log))}


# -- a crash, or a full disk, at each call that changes the disk


class _Stream:
    """A file whose writes are steps; the last one before a crash is torn."""

    def __init__(self, stream: Any, step: Callable[[Callable[[], object] | None], None]) -> None:
        self._stream, self._step = stream, step

    def __enter__(self) -> _Stream:
        self._stream.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.__exit__(*error)

    def write(self, content: bytes) -> int:
        def half() -> None:
            self._stream.write(content[: len(content) // 2])
            self._stream.flush()

        self._step(half)
        return int(self._stream.write(content))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def stopping_at(number: int, stop: Callable[[], None]) -> Iterator[list[int]]:
    """Call ``stop`` in place of the n-th call that changes the disk, counted from 1; the list counts them."""
    count = [0]
    originals = {name: getattr(os, name) for name in ("open", "fsync", "replace", "unlink", "mkdir", "fdopen")}

    def step(torn: Callable[[], object] | None = None) -> None:
        count[0] += 1
        if count[0] == number:
            if torn is not None:
                torn()
            stop()

    def counted(name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            step()
            return originals[name](*given, **named)

        return call

    for name in ("open", "fsync", "replace", "unlink", "mkdir"):
        setattr(os, name, counted(name))
    os.fdopen = lambda *given, **named: _Stream(originals["fdopen"](*given, **named), step)  # type: ignore[assignment]
    try:
        yield count
    finally:
        for name, original in originals.items():
            setattr(os, name, original)


def _first(store: Path) -> None:
    open_store(store)
    write_rows(store, "A", download("A", 1))


def _restate(store: Path) -> None:
    open_store(store)
    write_rows(store, "A", download("A", 3, datetime(2020, 12, 3, tzinfo=UTC)))


def _prune(store: Path) -> None:
    prune_store(store, keep=2)


SCENARIOS: dict[str, tuple[int, Callable[[Path], None]]] = {
    "first": (0, _first),
    "restate": (1, _restate),
    "restate_again": (2, _restate),
    "prune": (3, _prune),
    "prune_all": (3, lambda store: prune_store(store, keep=1)),
}


def _prepared(folder: Path, generations: int) -> Path:
    store = folder / "prepared"
    if generations:
        open_store(store)
        write_rows(store, "B", download("B", 1))
    for generation in range(1, generations + 1):
        write_rows(store, "A", download("A", generation, datetime(2020, 12, generation, tzinfo=UTC)))
    return store


def _check_between(store: Path, generations: int, name: str) -> None:
    """After a stop anywhere: nothing is damaged, what stood before can be read, what stands is old or new."""
    now = read_stored(store, "A") if store.exists() else None
    new = generations if name.startswith("prune") else {"first": 1}.get(name, 3)
    assert (now is None and not generations) or any(
        same_rows(now, download("A", each)) for each in (new, max(generations, 1))
    )
    if name == "prune":
        assert same_rows(read_stored(store, "A", date(2020, 12, 2)), download("A", 2))
    for generation in range(1, generations + 1) if not name.startswith("prune") else ():
        assert same_rows(read_stored(store, "A", date(2020, 12, generation)), download("A", generation)), generation


def refusal(task: Callable[[Path], object], store: Path) -> str | None:
    """What a task says when it cannot write, if it cannot."""
    try:
        task(store)
    except PriceError as error:
        return str(error)
    return None


def stops(folder: Path, name: str, kind: str) -> dict[str, Any]:
    """Stop a write at each of its steps, by a kill or by a full disk; then do it again, and compare."""
    generations, scenario = SCENARIOS[name]
    base = _prepared(folder, generations)
    whole = copied(base, folder / "whole")
    with stopping_at(0, lambda: None) as count:
        scenario(whole)
    expected, steps = but_for_fetch_times(whole), count[0]

    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    refused = 0
    for number in range(1, steps + 1):
        store = copied(base, folder / "stopped")
        if kind == "kill":

            def task(number: int = number, store: Path = store) -> None:
                with stopping_at(number, lambda: os._exit(KILLED)):
                    scenario(store)

            assert ended(forked(task)) == KILLED, number
        else:
            with stopping_at(number, full):
                said = refusal(scenario, store)
            assert said is None or "the disk is full; free some space" in said, said
            refused += said is not None
            if store.exists():
                assert not layout.leftovers(store), number
        _check_between(store, generations, name)
        scenario(store)
        assert but_for_fetch_times(store) == expected, number
        assert verify_store(store) == (), number
    return {"steps": steps, "refused": refused}


def full_disk(folder: Path) -> dict[str, Any]:
    """Fetch onto a disk too small; free some space; fetch again."""
    stand_in(1, None)
    ballast, store = folder / "ballast", folder / "prices"
    ballast.write_bytes(b"x" * 2_000_000)
    said = refusal(lambda store: yahoo.fetch_into_store(store, TICKERS), store)
    assert not layout.leftovers(store)
    came = check_killed(store, 1)
    ballast.unlink()
    log = folder / "asked"
    stand_in(1, log)
    yahoo.fetch_into_store(store, TICKERS)
    assert sorted(noted(log)) == sorted(set(TICKERS) - came)
    assert verify_store(store) == ()
    for ticker in TICKERS:
        assert same_rows(read_stored(store, ticker), download(ticker, 1)), ticker
    return {"said": said, "came": len(came)}


if __name__ == "__main__":
    tasks = {"kills": kills, "together": together, "stops": stops, "full_disk": full_disk}
    for number, line in enumerate(sys.argv[2:]):
        name, *arguments = line.split()
        place = Path(sys.argv[1]) / str(number)
        place.mkdir()
        done = tasks[name](place, *(int(each) if each.isdigit() else each for each in arguments))  # type: ignore[operator]
        shutil.rmtree(place)
        print(json.dumps(done), flush=True)
