"""Every reader of the package as file -> plain values, beside slow readers that share no code with it."""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.catalogue import read_confounders, read_events, read_reported_moves, read_universe
from eventstudy.errors import EventStudyError, InputError, PriceError
from eventstudy.prices.factors import read_factors
from eventstudy.prices.files import FilePrices
from eventstudy.prices.store import open_store, store_status, stored_from_frame, verify_store, write_rows

ROOT = Path(__file__).parents[2]
DAYS = np.arange("2025-01-01", "2025-03-01", dtype="datetime64[D]")
PRICES = ("open", "high", "low", "close", "adj_close", "volume")
NULLS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\n]")


@dataclass(frozen=True)
class Reader:
    """One kind of file.

    Attributes
    ----------
    name : str
        Of the file that is spoilt; within a folder where there is a slash.
    sound : bytes
        A sound file.
    read : callable
        Path handed to the package -> plain values.
    slowly : callable or None
        The file's bytes -> the same values, read without the package.
    """

    name: str
    sound: bytes
    read: Callable[[Path], Any]
    slowly: Callable[[bytes], Any] | None = None

    def place(self, folder: Path) -> Path:
        """The file that is spoilt."""
        return folder / self.name

    def target(self, folder: Path) -> Path:
        """What the package is asked to read: the file, or its folder."""
        return folder / self.name.partition("/")[0]

    def outcome(self, folder: Path, content: bytes) -> Any:
        """What the package makes of this content: values, or an error that says what, where and what to do.

        Any other exception passes through, and so fails the test.
        """
        self.place(folder).write_bytes(content)
        try:
            return self.read(self.target(folder))
        except EventStudyError as error:
            check_error(error, str(folder))
            return error


def check_error(error: EventStudyError, folder: str) -> None:
    """An error a person can act on: the file, the place, what is wrong, what to do; not a page long."""
    told = str(error)
    assert folder in told, told
    assert len(told) < 60_000, len(told)
    if isinstance(error, InputError):
        assert error.problems
        for problem in error.problems[:100]:
            assert problem.path.startswith(folder), problem
            assert problem.what, problem
            assert problem.remedy, problem
            assert not CONTROL.search(str(problem)), problem
            assert len(str(problem)) < 2_000, problem
    else:
        assert isinstance(error, PriceError), repr(error)
        assert ";" in told, told
        assert not CONTROL.search(told), told


# -- the package's answers as plain values


def events_read(path: Path) -> list[dict[str, Any]]:
    return [{**vars(event), "line": 0} for event in read_events(path)]


def universe_read(path: Path) -> list[dict[str, Any]]:
    return [
        {**vars(line), "line": 0, "previous": [(each.ticker, each.last_session, each.ratio) for each in line.previous]}
        for line in read_universe(path)
    ]


def confounders_read(path: Path) -> list[dict[str, Any]]:
    return [{**vars(row), "line": 0} for row in read_confounders(path)]


def moves_read(path: Path) -> list[dict[str, Any]]:
    return [{**vars(row), "line": 0} for row in read_reported_moves(path)]


def prices_read(path: Path) -> dict[tuple[str, str], tuple[float, ...]]:
    source = FilePrices(path)
    history = source.fetch(source.tickers()[:500])  # a caller names its tickers
    for frame in history.frames.values():
        assert frame.index.is_unique
        assert frame.index.is_monotonic_increasing
        assert list(frame.columns) == list(PRICES)
        assert set(map(str, frame.dtypes)) == {"float64"}
        values = frame.to_numpy()
        assert not np.isinf(values).any()
    return {
        (ticker, str(day)[:10]): tuple(row)
        for ticker, frame in history.frames.items()
        for day, row in zip(frame.index, frame.to_numpy().tolist(), strict=True)
    }


def store_read(path: Path) -> dict[tuple[str, str], tuple[float, ...]]:
    found = prices_read(path)
    for status in store_status(path):
        assert status.ticker
        assert not CONTROL.search(status.fault)
    for fault in verify_store(path):
        assert not CONTROL.search(str(fault))
    before = FilePrices(path, as_of=date(2026, 1, 15)).fetch(["7203.T", "B"])
    assert set(before.frames) | set(before.missing) == {"7203.T", "B"}
    assert all(reason and not CONTROL.search(reason) for reason in before.missing.values())
    return found


def factors_read(path: Path) -> dict[str, dict[str, float]]:
    frame = read_factors(path).frame
    assert frame.index.is_unique
    assert frame.index.is_monotonic_increasing
    names = list(map(str, frame.columns))
    rows = frame.to_numpy().tolist()
    return {str(day)[:10]: dict(zip(names, row, strict=True)) for day, row in zip(frame.index, rows, strict=True)}


# -- the same from the bytes, by the csv module alone


def rows_slowly(raw: bytes) -> list[dict[str, str]]:
    """Records as dictionaries; blank ones left out."""
    text = raw.decode("utf-8-sig")
    limit = csv.field_size_limit(10_000_000)
    try:
        records = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(c.strip() for c in row)]
    finally:
        csv.field_size_limit(limit)
    head, *rest = records
    return [dict(zip(head, row, strict=True)) for row in rest]


def _names(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _date(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def events_slowly(raw: bytes) -> list[dict[str, Any]]:
    found = []
    for row in rows_slowly(raw):
        event = dict(row)
        known = {
            name: event.pop(name)
            for name in ("event_id", "title", "direction", "actor", "summary", "source_title", "source_publisher")
        }
        known |= {name: event.pop(name) for name in ("source_url", "confidence")}
        at, episode = event.pop("announced_at"), event.pop("episode")
        known["announced_at"] = date.fromisoformat(at) if len(at) == 10 else datetime.fromisoformat(at)
        known["episode"] = episode if episode.strip() else known["event_id"]
        known["target"], known["materials"] = _names(event.pop("target")), _names(event.pop("materials"))
        known["source_date"] = _date(event.pop("source_date"))
        found.append({**known, "extra": event, "line": 0})
    return found


def universe_slowly(raw: bytes) -> list[dict[str, Any]]:
    rows = rows_slowly(raw)
    own = (
        "ticker", "name", "exchange", "currency", "sector", "role", "benchmark", "sector_benchmark", "exposure_note",
        "listing_note", "source_url",
    )  # fmt: skip
    columns = {name: [row[name].strip() for row in rows] for row in rows[:1] for name in row}
    found = []
    for row in rows:
        line = dict(row)
        known: dict[str, Any] = {name: line.pop(name) for name in own}
        known |= {name: _date(line.pop(name)) for name in ("first_trade", "last_trade")}
        numeric = {
            name
            for name in line
            if name != "previous_tickers" and any(columns[name]) and all(map(_is_number, filter(None, columns[name])))
        }
        known["characteristics"] = {
            name: float(line[name]) if line[name].strip() else math.nan for name in line if name in numeric
        }
        known["extra"] = {name: cell for name, cell in line.items() if name not in numeric}
        known["previous"] = sorted(map(_former, _names(line.get("previous_tickers", ""))), key=lambda each: each[1])
        found.append({**known, "line": 0})
    return found


def _former(text: str) -> tuple[str, date, float | None]:
    ticker, last, *ratio = text.split()
    return ticker, date.fromisoformat(last), float(ratio[0]) if ratio else None


def _is_number(cell: str) -> bool:
    if len(cell) > 60 or not re.fullmatch(r"[-+.0-9eE]+", cell):
        return False
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def confounders_slowly(raw: bytes) -> list[dict[str, Any]]:
    own = ("scope", "note", "source_title", "publisher", "source_url")
    return [
        {name: row[name] for name in own}
        | {name: _date(row[name]) for name in ("session_date", "source_date")}
        | {"line": 0}
        for row in rows_slowly(raw)
    ]


def moves_slowly(raw: bytes) -> list[dict[str, Any]]:
    own = ("event_id", "instrument", "qualifier", "source_title", "publisher", "source_url")
    return [
        {name: row[name] for name in own}
        | {name: _date(row[name]) for name in ("session_date", "source_date")}
        | {"reported_move_pct": float(row["reported_move_pct"]), "line": 0}
        for row in rows_slowly(raw)
    ]


def prices_slowly(raw: bytes, ticker: str = "") -> dict[tuple[str, str], tuple[float, ...]]:
    """Rows of one price file; of a folder's file with the ticker that its name says."""
    found = {}
    for row in rows_slowly(raw):
        cells = {re.sub(r"[\s_*.-]+", "", name).lower(): cell.strip() for name, cell in row.items()}
        if not any(cells.values()):
            continue
        values = [cells.get(name.replace("_", ""), "") for name in PRICES]
        key = (ticker or cells["ticker"], cells["date"][:10])
        assert key not in found
        found[key] = tuple(math.nan if cell in NULLS else float(cell) for cell in values)
    return found


def factors_slowly(raw: bytes) -> dict[str, dict[str, float]]:
    found = {}
    for row in rows_slowly(raw):
        day = row.pop("date")
        assert day not in found
        found[day] = {name: float(cell) if cell.strip() else math.nan for name, cell in row.items()}
    return found


def gunzipped(slowly: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    return lambda raw: slowly(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)


def same(found: Any, expected: Any) -> bool:
    """Equality in which NaN equals NaN and the order of rows by key does not count."""
    if isinstance(found, float) and isinstance(expected, float):
        return found == expected or (math.isnan(found) and math.isnan(expected))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in found)
    if isinstance(found, (list, tuple)) and isinstance(expected, (list, tuple)):
        return len(found) == len(expected) and all(map(same, found, expected))
    return bool(found == expected)


# -- sound files


def some_lines(name: str, count: int = 8) -> bytes:
    """The header, some lines and, of a universe, the benchmarks."""
    lines = (ROOT / name).read_bytes().splitlines(keepends=True)
    return b"".join([*lines[:count], *(line for line in lines[count:] if b",Benchmarks,benchmark," in line)])


def with_former_symbols(content: bytes) -> bytes:
    """The universe with the column of former symbols, filled in two lines."""
    head, first, second, *rest = content.rstrip(b"\n").split(b"\n")
    told = [b"", b"OLD.T 2015-03-31", b"MID.T 2018-03-30 0.5; OLDER.T 2012-03-30", *[b""] * len(rest)]
    lines = [head + b",previous_tickers", first, second, *rest]
    cells = [told[0], *(b"," + cell for cell in told[1:])]
    return b"\n".join(line + cell for line, cell in zip(lines, cells, strict=True)) + b"\n"


def price_frame() -> pd.DataFrame:
    close = 100.0 + np.arange(DAYS.size) / 8
    days = pd.to_datetime(DAYS).strftime("%Y-%m-%d")
    one = pd.DataFrame({"ticker": "7203.T", "date": days, "open": close, "close": close, "adj_close": close / 2})
    one["currency"] = "JPY"
    return pd.concat([one, one.assign(ticker="^N225", close=close * 3)], ignore_index=True)


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink, index=False)
    return sink.getvalue()


def _zipped(content: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("prices.csv", content)
    return sink.getvalue()


def _own_file() -> bytes:
    """Yahoo's own shape, of one ticker."""
    head = "Date,Open,High,Low,Close,Adj Close,Volume\n"
    return (head + "".join(f"{day},{100 + n},{101 + n},99,{100 + n},{50 + n / 2},{1000 * n}\n" for n, day in
                           enumerate(DAYS.astype(str)))).encode()  # fmt: skip


def factor_text() -> bytes:
    rows = (f"{day},{0.001 * (n % 7 - 3):.4f},{-0.0005 * (n % 5 - 2):.5f},0.0001\n" for n, day in enumerate(DAYS))
    return ("date,mktrf,smb,RF\n" + "".join(rows)).encode()


def make_store(folder: Path) -> Path:
    """A store with two tickers, one of them restated."""
    store = open_store(folder)
    for ticker, factor, month in (("7203.T", 1.0, 1), ("7203.T", 0.5, 2), ("B", 1.0, 1)):
        rows = stored_from_frame(
            DAYS,
            np.tile(np.arange(DAYS.size) + 1.5, (6, 1)) * factor,
            currency="JPY",
            source="yahoo",
            fetched_at=datetime(2026, month, 1, tzinfo=UTC),
            requested_start=date(2005, 1, 1),
        )
        write_rows(store, ticker, rows)
    return store


def all_readers(folder: Path) -> dict[str, Reader]:
    """Every kind of file; ``folder`` holds what stands beside them."""
    long = price_frame().to_csv(index=False).encode()
    own = folder / "own"
    own.mkdir(parents=True)
    (own / "OTHER.csv").write_bytes(_own_file())
    stored = make_store(folder / "store")
    factors = pd.read_csv(io.BytesIO(factor_text()), parse_dates=["date"])
    moves = (ROOT / "eventstudy/catalogue/data/reported_moves.csv").read_bytes().splitlines(keepends=True)

    def own_slowly(raw: bytes) -> Any:
        return prices_slowly(raw, "7203.T") | prices_slowly(_own_file(), "OTHER")

    sound: dict[str, tuple[bytes, Callable[[bytes], Any] | None]] = {
        "events": (some_lines("events.csv"), events_slowly),
        "universe": (with_former_symbols(some_lines("universe.csv")), universe_slowly),
        "confounders": (some_lines("confounders.csv"), confounders_slowly),
        "moves": (b"".join(moves[:12]), moves_slowly),
        "long": (long, gunzipped(prices_slowly)),
        "own": (_own_file(), own_slowly),
        "gzip": (gzip.compress(long, mtime=0), None),
        "zip": (_zipped(long), None),
        "parquet": (_parquet(price_frame()), None),
        "factors": (factor_text(), gunzipped(factors_slowly)),
        "factors_gzip": (gzip.compress(factor_text(), mtime=0), None),
        "factors_parquet": (_parquet(factors), None),
        "store": ((stored / "7203.T.parquet").read_bytes(), None),
        **{kind: ((folder / NAMES[kind]).read_bytes(), None) for kind in ("marker", "manifest", "older")},
    }
    return {kind: Reader(NAMES[kind], content, READS[kind], slowly) for kind, (content, slowly) in sound.items()}


NAMES = {
    "events": "events.csv",
    "universe": "universe.csv",
    "confounders": "confounders.csv",
    "moves": "moves.csv",
    "long": "long.csv",
    "own": "own/7203.T.csv",
    "gzip": "long.csv.gz",
    "zip": "long.csv.zip",
    "parquet": "long.parquet",
    "factors": "factors.csv",
    "factors_gzip": "factors.csv.gz",
    "factors_parquet": "factors.parquet",
    "store": "store/7203.T.parquet",
    "marker": "store/_store.json",
    "manifest": "store/_manifest.json",
    "older": "store/_older/7203.T.0001.parquet",
}
READS: dict[str, Callable[[Path], Any]] = {
    "events": events_read,
    "universe": universe_read,
    "confounders": confounders_read,
    "moves": moves_read,
    **dict.fromkeys(("long", "own", "gzip", "zip", "parquet"), prices_read),
    **dict.fromkeys(("factors", "factors_gzip", "factors_parquet"), factors_read),
    **dict.fromkeys(("store", "marker", "manifest", "older"), store_read),
}
