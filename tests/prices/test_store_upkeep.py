"""What ``verify`` finds in a store that was spoilt on purpose, what it mends, and who else can read the files."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import PriceError
from eventstudy.prices.store import (
    MANIFEST,
    MARKER,
    OLDER,
    Claims,
    discard_empty_store,
    existing_store,
    file_name,
    lock,
    open_store,
    read_stored,
    store_status,
    stored_from_frame,
    stored_tickers,
    verify_store,
    write_rows,
)

MONDAY = datetime(2026, 2, 2, 8, 30, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
DAYS = np.arange("2026-01-05", "2026-01-30", dtype="datetime64[D]")


def write(store: Path, ticker: str, level: float = 1.0, when: datetime = MONDAY) -> None:
    values = np.tile(level * (100.0 + np.arange(DAYS.size)), (6, 1))
    rows = stored_from_frame(
        DAYS, values, currency="JPY", source="yahoo", fetched_at=when, requested_start=date(2005, 1, 1)
    )
    write_rows(store, ticker, rows)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A and B, A in its second generation."""
    folder = open_store(tmp_path / "prices")
    write(folder, "A")
    write(folder, "A", 0.5, TUESDAY)
    write(folder, "B")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# -- verify


def test_a_sound_store_has_no_fault_and_is_not_touched(store: Path) -> None:
    before = contents(store)
    assert verify_store(store) == ()
    assert verify_store(store, repair=True) == ()
    assert contents(store) == before


def flip(file: Path) -> None:
    """One bit in the middle of a page of numbers."""
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)


def forget(store: Path, ticker: str) -> None:
    said = json.loads((store / MANIFEST).read_bytes())
    del said["tickers"][ticker]
    (store / MANIFEST).write_text(json.dumps(said))


def cut_manifest(store: Path) -> None:
    (store / MANIFEST).write_bytes((store / MANIFEST).read_bytes()[:-20])


def leave_half(store: Path) -> None:
    (store / ".0123456789abcdef.part").write_bytes(b"PAR1half")


def unfinished(store: Path) -> None:
    """Older rows were written, and the process was killed before the present file followed."""
    before = (store / file_name("A")).read_bytes(), (store / MANIFEST).read_bytes()
    write(store, "A", 0.25, TUESDAY + timedelta(days=1))
    (store / file_name("A")).write_bytes(before[0])
    (store / MANIFEST).write_bytes(before[1])


def one_write_behind(store: Path) -> None:
    before = (store / MANIFEST).read_bytes()
    write(store, "B", 1.0, TUESDAY)
    (store / MANIFEST).write_bytes(before)


def another_sound_file(store: Path) -> None:
    """A file with the same rows that is not the one that was written."""
    import pyarrow.parquet as pq

    file = store / file_name("B")
    pq.write_table(pq.read_table(file), file, compression="zstd")


Spoil = Callable[[Path], None]
MENDABLE: list[tuple[Spoil, str, str]] = [
    (lambda store: (store / MARKER).unlink(), MARKER, "is missing"),
    (lambda store: (store / MARKER).write_text("{"), MARKER, "cannot be read"),
    (lambda store: (store / MANIFEST).unlink(), MANIFEST, "is missing"),
    (cut_manifest, MANIFEST, "cannot be read"),
    (lambda store: forget(store, "B"), MANIFEST, "does not name B.parquet"),
    (one_write_behind, MANIFEST, "is behind B.parquet: a process was killed between the two"),
    (leave_half, ".0123456789abcdef.part", "half a file that a killed process left"),
    (lambda store: (store / "B.parquet").unlink(), MANIFEST, "names B.parquet, which is missing"),
    (unfinished, f"{OLDER}/A.0001.parquet", "older rows of a write or a prune that a killed process did not finish"),
    (
        lambda store: (store / OLDER / "A.0001.parquet").unlink(),
        "A.parquet",
        f"25 older rows belong to it, {OLDER} holds 0",
    ),
    (another_sound_file, "B.parquet", "is not the file that was written: hash "),
]


@pytest.mark.parametrize(("spoil", "file", "what"), MENDABLE)
def test_a_fault_that_the_files_can_mend_is_mended_only_when_asked(
    store: Path, spoil: Spoil, file: str, what: str
) -> None:
    spoil(store)
    before = contents(store)
    faults = verify_store(store)
    assert (faults[0].file, faults[0].mendable) == (str(store / file), True)
    assert faults[0].what.startswith(what)
    assert "run eventstudy prices verify --repair" in faults[0].remedy
    assert contents(store) == before
    assert verify_store(store, repair=True) == ()
    assert verify_store(store) == ()
    now = read_stored(store, "A")
    assert now is not None
    assert now.values[3, 0] == 50.0


def wrong_ticker(store: Path) -> None:
    (store / "B.parquet").write_bytes((store / "A.parquet").read_bytes())


def disordered(store: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(store / "B.parquet")
    pq.write_table(table.take(list(range(table.num_rows))[::-1]), store / "B.parquet")


def without_times(store: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(store / "B.parquet")
    place = table.schema.get_field_index("fetched_at")
    nulls = pa.array([None] * table.num_rows, table.schema.field(place).type)
    pq.write_table(table.set_column(place, "fetched_at", nulls), store / "B.parquet")


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda store: flip(store / "B.parquet"), "is damaged ("),
        (lambda store: (store / "B.parquet").write_bytes(b""), "is damaged ("),
        (wrong_ticker, "is damaged (it holds rows of 'A')"),
        (disordered, "is damaged (its dates are not in order)"),
        (without_times, "is damaged (rows without the time of their download)"),
    ],
)
def test_a_damaged_price_file_is_told_and_never_touched(store: Path, spoil: Spoil, what: str) -> None:
    spoil(store)
    before = contents(store)
    for repair in (False, True):
        faults = [fault for fault in verify_store(store, repair=repair) if fault.file == str(store / "B.parquet")]
        assert len(faults) == 1
        assert faults[0].what.startswith(what)
        assert (faults[0].remedy, faults[0].mendable) == ("move it away and fetch B again", False)
    assert (store / "B.parquet").read_bytes() == before["B.parquet"]
    # the remedy works
    (store / "B.parquet").rename(store.parent / "away")
    write(store, "B", 1.0, TUESDAY)
    assert verify_store(store) == ()


def test_every_flipped_bit_is_found(store: Path) -> None:
    file = store / "B.parquet"
    whole = file.read_bytes()
    sound = read_stored(store, "B")
    assert sound is not None
    for place in range(0, len(whole), 83):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1 << place % 8
        file.write_bytes(spoilt)
        assert verify_store(store), place
        try:
            read = read_stored(store, "B")
        except PriceError:
            continue
        # what is read in spite of it are the numbers that were written
        assert read is not None
        assert np.array_equal(read.values, sound.values, equal_nan=True), place
    file.write_bytes(whole)
    assert verify_store(store) == ()


def test_older_rows_whose_present_file_was_moved_away_stay(store: Path) -> None:
    (store / "A.parquet").unlink()
    older = (store / OLDER / "A.0001.parquet").read_bytes()
    (fault, *_) = verify_store(store)
    assert fault.what == "older rows of A, whose A.parquet is missing"
    write(store, "A", 0.5, TUESDAY + timedelta(days=1))
    assert (store / OLDER / "A.0001.parquet").read_bytes() == older
    assert verify_store(store) == ()
    write(store, "A", 0.25, TUESDAY + timedelta(days=2))
    assert verify_store(store) == ()
    before = read_stored(store, "A", TUESDAY + timedelta(days=1))
    assert before is not None
    assert before.values[3, 0] == 50.0
    with pytest.raises(PriceError, match="is not known any more"):
        read_stored(store, "A", TUESDAY)


def test_missing_older_rows_are_an_error_and_no_wrong_number(store: Path) -> None:
    (store / OLDER / "A.0001.parquet").unlink()
    with pytest.raises(PriceError, match=r"some of its older rows in _older are missing"):
        read_stored(store, "A", MONDAY)
    verify_store(store, repair=True)
    with pytest.raises(PriceError, match="is not known any more, only since 2026-02-03T08:30:00Z"):
        read_stored(store, "A", MONDAY)


@pytest.mark.parametrize("other", ["thesis.docx", ""])
def test_only_a_store_is_verified(tmp_path: Path, other: str) -> None:
    if other:
        (tmp_path / other).write_text("years of work")
    with pytest.raises(PriceError, match="no price store"):
        verify_store(tmp_path, repair=True)
    assert os.listdir(tmp_path) == ([other] if other else [])
    with pytest.raises(PriceError, match="no price store; fill it with eventstudy prices fetch"):
        verify_store(tmp_path / "none")


def test_a_store_of_a_newer_version_is_neither_verified_nor_mended(store: Path) -> None:
    (store / MARKER).write_text(json.dumps({"version": 99}))
    before = contents(store)
    for repair in (False, True):
        with pytest.raises(PriceError, match="written by a newer eventstudy"):
            verify_store(store, repair=repair)
    assert contents(store) == before


def test_a_lost_marker_says_how_to_find_it(store: Path) -> None:
    (store / MARKER).unlink()
    with pytest.raises(PriceError, match=r"whose _store.json is missing; run eventstudy prices verify --repair"):
        store_status(store)


def test_a_fetch_makes_the_manifest_anew(store: Path) -> None:
    whole = (store / MANIFEST).read_bytes()
    for spoil in (cut_manifest, lambda store: forget(store, "A"), lambda store: (store / MANIFEST).unlink()):
        spoil(store)
        open_store(store)
        assert (store / MANIFEST).read_bytes() == whole


def test_the_manifest_says_what_the_files_hold(store: Path) -> None:
    import hashlib

    said = json.loads((store / MANIFEST).read_bytes())["tickers"]
    assert list(said) == ["A", "B"]
    a = said["A"]
    assert (a["file"], a["rows"], a["first"], a["last"]) == ("A.parquet", 25, "2026-01-05", "2026-01-29")
    assert (a["generation"], a["older_rows"], a["requested_start"]) == (2, 25, "2005-01-01")
    assert a["downloaded_at"] == a["generation_began_at"] == "2026-02-03T08:30:00.000000Z"
    assert a["sha256"] == hashlib.sha256((store / "A.parquet").read_bytes()).hexdigest()
    assert a["older"] == {
        "_older/A.0001.parquet": hashlib.sha256((store / OLDER / "A.0001.parquet").read_bytes()).hexdigest()
    }


# -- locks


def test_a_write_waits_for_another_and_says_so_when_it_takes_too_long(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0.05)
    with lock.locked(store), pytest.raises(PriceError, match=r"has been locked by another process for 0.05 s; end"):
        write(store, "B", 2.0, TUESDAY)
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 30.0)
    done: list[float] = []

    def later() -> None:
        write(store, "B", 2.0, TUESDAY)
        done.append(time.monotonic())

    with lock.locked(store):
        thread = threading.Thread(target=later)
        thread.start()
        time.sleep(0.1)
        released = time.monotonic()
        assert not done
    thread.join()
    assert done[0] >= released


def test_threads_that_write_one_ticker_lose_nothing(store: Path) -> None:
    def add(number: int) -> None:
        day = np.array(["2026-02-02"], dtype="datetime64[D]") + number
        rows = stored_from_frame(
            day,
            np.full((6, 1), float(number)),
            currency="JPY",
            source="yahoo",
            fetched_at=TUESDAY + timedelta(seconds=number),
            requested_start=date(2005, 1, 1),
        )
        write_rows(store, "B", rows)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = read_stored(store, "B")
    assert now is not None
    assert now.days.size == DAYS.size + 12
    assert verify_store(store) == ()


def test_a_claim_is_one_fetchers_until_it_lets_go(store: Path) -> None:
    one, other = Claims(store), Claims(store)
    assert one.take("A", lambda: False)
    assert not other.take("A", lambda: False)
    assert other.take("B", lambda: False)
    one.release("A")
    assert other.take("A", lambda: False)
    other.release_all()
    assert one.take("A", lambda: False)
    assert one.take("B", lambda: False)
    one.release_all()


def test_a_store_that_another_process_makes_meanwhile_is_no_folder_of_other_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    look = Path.iterdir

    def made_meanwhile(path: Path) -> object:
        monkeypatch.setattr(Path, "iterdir", look)
        open_store(folder)
        return look(path)

    monkeypatch.setattr(Path, "iterdir", made_meanwhile)
    assert existing_store(folder) == folder


def test_an_empty_store_is_removed_and_a_full_one_never(store: Path, tmp_path: Path) -> None:
    empty = open_store(tmp_path / "empty")
    discard_empty_store(empty)
    assert not empty.exists()
    discard_empty_store(store)
    assert stored_tickers(store) == ("A", "B")


# -- other readers


def test_other_readers_see_the_present_rows_alone(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.dataset as ds

    Claims(store).take("A", lambda: False)
    monkeypatch.chdir(store.parent)
    frame = pd.read_parquet("prices")
    assert frame.groupby("ticker", observed=True).size().to_dict() == {"A": 25, "B": 25}
    assert sorted(frame["close"])[0] == 50.0
    assert frame["fetched_at"].dt.tz is not None
    assert ds.dataset("prices").to_table().num_rows == 50


def test_polars_reads_the_store(store: Path) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = polars.read_parquet(f"{store}/*.parquet")
    assert frame.group_by("ticker").len().sort("ticker").rows() == [("A", 25), ("B", 25)]


def test_duckdb_reads_the_store_now_and_as_of(store: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    assert duckdb.sql(f"SELECT ticker, count(*) FROM '{store}/*.parquet' GROUP BY 1 ORDER BY 1").fetchall() == [
        ("A", 25),
        ("B", 25),
    ]
    then = duckdb.sql(
        f"SELECT min(close), count(*) FROM read_parquet(['{store}/*.parquet', '{store}/{OLDER}/*.parquet'], "
        "union_by_name=true) WHERE ticker = 'A' AND fetched_at <= TIMESTAMPTZ '2026-02-02 12:00:00Z' "
        "AND (replaced_at IS NULL OR replaced_at > TIMESTAMPTZ '2026-02-02 12:00:00Z')"
    ).fetchall()
    assert then == [(100.0, 25)]
