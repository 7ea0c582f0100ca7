"""The price store from the command line: what it holds, what is wrong, what may go, and how it stood before."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventstudy as es
from eventstudy.cli.prices import _summary
from eventstudy.cli.terminal import show
from eventstudy.prices.source import PRICE_COLUMNS
from eventstudy.prices.store import open_store, stored_from_frame, write_rows
from eventstudy.prices.yahoo import FetchOutcome

MONDAY = datetime(2026, 2, 2, 8, 30, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
DAYS = np.arange("2026-01-05", "2026-01-30", dtype="datetime64[D]")
CLOSE, ADJUSTED = PRICE_COLUMNS.index("close"), PRICE_COLUMNS.index("adj_close")
EVENT, SECTOR = "2025-04-04-seven-heavy-rare-earths", "Autos & parts"


def write(store: Path, ticker: str, when: datetime, values: np.ndarray, days: np.ndarray = DAYS) -> None:
    rows = stored_from_frame(
        days, values, currency="JPY", source="yahoo", fetched_at=when, requested_start=date(2005, 1, 1)
    )
    write_rows(store, ticker, rows)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """``prices`` in the working folder: A with a dividend and a corrected close since Monday, B as it came."""
    folder = open_store(tmp_path / "prices")
    values = np.tile(100.0 + np.arange(DAYS.size), (6, 1))
    write(folder, "A", MONDAY, values)
    write(folder, "B", MONDAY, values)
    restated = values.copy()
    restated[ADJUSTED, :20] *= 0.99
    restated[CLOSE, 3] = 103.5
    write(folder, "A", TUESDAY, restated)
    return folder


def test_status_tells_what_is_there_and_what_was_restated(command: Callable[..., Any], store: Path) -> None:
    done = command("prices", "status")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    sizes = {name: (store / name).stat().st_size for name in ("A.parquet", "B.parquet", "_older/A.0001.parquet")}
    a, b = sizes["A.parquet"] + sizes["_older/A.0001.parquet"], sizes["B.parquet"]
    assert [line.split() for line in lines[1:3]] == [
        ["A", "25", "2026-01-05", "2026-01-29", "2026-02-03T08:30:00Z", "2", "20", str(-(-a // 1000))],
        ["B", "25", "2026-01-05", "2026-01-29", "2026-02-02T08:30:00Z", "1", "0", str(-(-b // 1000))],
    ]
    assert lines[3:6] == [
        "restated by a later download:",
        "  A: close of 2026-01-08 restated from 103 to 103.5 (+48.5 bp), noticed 2026-02-03",
        "  A: 20 adjusted closes before 2026-01-25 restated by ×0.9900: a dividend, noticed 2026-02-03",
    ]
    assert lines[6] == f"prices: 2 tickers, 50 sessions, 1 ticker restated, {(a + b) / 1e6:.1f} MB"


def test_status_tells_a_few_restatements_unless_asked_for_all(command: Callable[..., Any], tmp_path: Path) -> None:
    folder = open_store(tmp_path / "prices")
    for number in range(23):
        values = np.tile(100.0 + np.arange(DAYS.size), (6, 1))
        write(folder, f"{number}.T", MONDAY, values)
        values[CLOSE, 1] += 1.0
        write(folder, f"{number}.T", TUESDAY, values)
    assert "  and 3 more; --verbose tells all\n" in command("prices", "status").out
    assert command("prices", "status", "--verbose").out.count("restated from 101 to 102") == 23


def test_verify_ends_with_1_where_something_is_wrong(command: Callable[..., Any], store: Path) -> None:
    done = command("prices", "verify")
    assert (done.code, done.out, done.err) == (0, "prices: 2 tickers, nothing wrong\n", "")
    (store / ".0123456789abcdef.part").write_bytes(b"half")
    (store / "B.parquet").write_bytes(b"spoilt")
    done = command("prices", "verify")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[:2] == [
        "prices has 2 problems:",
        "  prices/.0123456789abcdef.part: half a file that a killed process left; the next fetch clears it, or run "
        "eventstudy prices verify --repair",
    ]
    assert done.err.splitlines()[2].startswith("  prices/B.parquet: is damaged (")
    assert done.err.endswith("; move it away and fetch B again\n")
    done = command("prices", "verify", "--repair")
    assert (done.code, done.out) == (
        1,
        "mended: prices/.0123456789abcdef.part: half a file that a killed process left\n",
    )
    assert done.err.startswith("prices has 1 problem:\n  prices/B.parquet: is damaged (")


def test_prune_tells_first_and_takes_then(command: Callable[..., Any], store: Path) -> None:
    done = command("prices", "prune", "--keep", "1", "--dry-run")
    assert done.code == 0
    assert done.out.splitlines()[1].split()[:3] == ["A", "1", "20"]
    assert done.out.splitlines()[2].startswith("prices: 1 older generation of 1 ticker would go, ")
    assert (store / "_older" / "A.0001.parquet").exists()
    done = command("prices", "prune", "--before", "2026-02-04")
    assert done.out.splitlines()[2].startswith("prices: 1 older generation of 1 ticker removed, ")
    assert not (store / "_older" / "A.0001.parquet").exists()
    done = command("prices", "prune", "--keep", "1")
    assert (done.code, done.out) == (0, "prices: no older generation to remove\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("prune",), 2, "give one of the two: how many to keep, or since when"),
        (("prune", "--keep", "1", "--before", "2026-01-01"), 2, "give one of the two"),
        (("prune", "--keep", "0"), 2, "'--keep'"),
        (("prune", "--before", "soon"), 2, "'soon' is not a date; write YYYY-MM-DD"),
        (("prune", "--keep", "1", "--store", "none"), 1, "none: no price store; fill it with eventstudy prices fetch"),
        (("verify", "--store", "none"), 1, "none: no price store; fill it with eventstudy prices fetch"),
        (("check", "--as-of", "soon"), 2, "'soon' is neither a date nor an instant; write 2026-01-31 or 2026-01-31T"),
        (("check", "--as-of", "2026-01-31T08:15"), 2, "has no offset from UTC; write 2026-01-31T08:15Z"),
        (
            ("check", "--as-of", "2026-01-31", "--source", "sample"),
            1,
            "--as-of: the embedded market has one state only",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    command: Callable[..., Any], store: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = command("prices", *arguments)
    assert done.code == code
    assert said in " ".join(done.err.replace("│", " ").split())


@pytest.fixture
def two_states(tmp_path: Path, sample_prices: Any) -> Path:
    """A store of the shares of one sector; since Monday a dividend restated them, and one close was corrected."""
    universe = es.read_universe().select(sector=SECTOR)
    names = dict.fromkeys(name for each in universe for name in (each.ticker, each.benchmark) if name)
    folder = open_store(tmp_path / "prices")
    for ticker, frame in sample_prices.fetch(list(names), date(2023, 1, 1)).frames.items():
        days, values = frame.index.to_numpy().astype("datetime64[D]"), frame.to_numpy().T.copy()
        write(folder, ticker, MONDAY, values[:, :-2], days[:-2])
        values[ADJUSTED, :-100] *= 0.99
        event = int(np.searchsorted(days, np.datetime64("2025-04-07")))
        values[CLOSE : ADJUSTED + 1, event] *= 1.02
        write(folder, ticker, TUESDAY, values, days)
    return tmp_path


def test_an_old_study_comes_out_again(command: Callable[..., Any], two_states: Path) -> None:
    """Every byte of it, from what study.json says of its prices."""

    def study(out: str, *more: str) -> dict[str, bytes]:
        done = command("run", EVENT, "--sector", SECTOR, "--out", out, *more)
        assert done.code == 0, done.err
        return {path.name: path.read_bytes() for path in (two_states / out).iterdir()}

    on_monday = study("monday", "--as-of", "2026-02-02")
    stated = json.loads(on_monday["study.json"])["prices"]
    assert (stated["source"], stated["last_fetch"]) == ("yahoo", "2026-02-02T08:30:00Z")
    assert study("again", "--as-of", stated["last_fetch"]) == on_monday
    # a store is a path too, and read as it is now it gives other numbers
    now = study("now", "--source", "prices")
    assert json.loads(now["study.json"])["prices"]["sha256"] != stated["sha256"]
    assert now["cars.csv"] != on_monday["cars.csv"]


def test_a_report_says_which_state_it_read_and_what_was_restated(command: Callable[..., Any], two_states: Path) -> None:
    def page(*more: str) -> str:
        done = command("report", EVENT, "--sector", SECTOR, "--format", "html", "--out", "reports", *more)
        assert done.code == 0, done.err
        (file,) = (two_states / "reports").glob("*.html")
        text = file.read_text(encoding="utf-8")
        file.unlink()
        return text

    before = page("--as-of", "2026-02-02")
    assert "Prices are those that the store held at 2026-02-02." in before
    assert "Restated since an earlier download" not in before
    assert "Restated since an earlier download, last noticed 2026-02-03: " in page("--source", "prices")


def test_a_terminal_too_narrow_for_the_remedies_shows_them_below_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("WT_SESSION", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    show(_summary([FetchOutcome("A", "new", 700), FetchOutcome("B", "failed", 0, "unknown there", "mend\x1b[7m " * 9)]))
    lines = screen.getvalue().splitlines()
    assert lines[0].startswith("\x1b[1mstatus\x1b[0m")
    assert lines[2].startswith("\x1b[31mfailed\x1b[0m")
    assert lines[3:] == ["what to do:", "  B: " + "mend[7m " * 9]
