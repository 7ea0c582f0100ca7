"""The price store: rows are merged, never lost, and a file is either the old one or the new one."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.errors import PriceError
from eventstudy.prices.files import FilePrices
from eventstudy.prices.store import (
    MARKER,
    StoredPrices,
    StoreStatus,
    file_name,
    merge_rows,
    open_store,
    read_stored,
    store_status,
    stored_from_frame,
    stored_tickers,
    write_rows,
)

MONDAY = datetime(2026, 2, 2, 8, 30, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


def rows(
    prices: dict[str, float], fetched: datetime = MONDAY, *, adjusted: float = 1.0, currency: str = "JPY"
) -> StoredPrices:
    """Closes by ISO date; adjusted closes ``adjusted`` times them."""
    days = np.array(list(prices), dtype="datetime64[D]")
    close = np.array(list(prices.values()), dtype=np.float64)
    values = np.full((6, days.size), np.nan)
    values[3], values[4] = close, close * adjusted
    return stored_from_frame(
        days, values, currency=currency, source="yahoo", fetched_at=fetched, requested_start=date(2005, 1, 1)
    )


def closes(stored: StoredPrices | None) -> dict[str, float]:
    assert stored is not None
    return {str(day): float(close) for day, close in zip(stored.days, stored.values[3], strict=True)}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return open_store(tmp_path / "prices")


def test_what_is_written_is_what_is_read(store: Path) -> None:
    fresh = rows({"2026-01-07": 3307, "2026-01-06": 3400}, adjusted=0.5)
    write_rows(store, "7203.T", fresh)
    stored = read_stored(store, "7203.T")
    assert closes(stored) == {"2026-01-06": 3400.0, "2026-01-07": 3307.0}
    assert stored is not None
    assert stored.values[4].tolist() == [1700.0, 1653.5]
    assert np.isnan(stored.values[[0, 1, 2, 5]]).all()
    assert stored.currency.tolist() == ["JPY", "JPY"]
    assert stored.source.tolist() == ["yahoo", "yahoo"]
    assert stored.fetched_at.tolist() == [MONDAY.replace(tzinfo=None)] * 2
    assert stored.requested_start == date(2005, 1, 1)
    assert read_stored(store, "MP") is None


def test_each_file_is_plain_parquet(store: Path) -> None:
    write_rows(store, "7203.T", rows({"2026-01-06": 3400}))
    frame = pd.read_parquet(store / "7203.T.parquet")
    assert list(frame.columns) == [
        "ticker", "date", "open", "high", "low", "close", "adj_close", "volume", "currency", "source", "fetched_at",
    ]  # fmt: skip
    assert frame["ticker"].tolist() == ["7203.T"]
    assert frame["date"].tolist() == [date(2026, 1, 6)]
    assert frame["fetched_at"].tolist() == [pd.Timestamp(MONDAY)]


def test_a_newer_download_replaces_its_dates_and_no_other(store: Path) -> None:
    write_rows(store, "A", rows({"2026-01-05": 1, "2026-01-06": 2, "2026-01-07": 3}))
    merged = write_rows(store, "A", rows({"2026-01-07": 3, "2026-01-08": 4}, TUESDAY)).rows
    assert closes(merged) == {"2026-01-05": 1, "2026-01-06": 2, "2026-01-07": 3, "2026-01-08": 4}
    assert closes(read_stored(store, "A")) == closes(merged)
    # the seventh came again as it was: it is the first download's row
    assert [str(stamp)[:10] for stamp in merged.fetched_at] == ["2026-02-02"] * 3 + ["2026-02-03"]
    assert str(merged.downloaded_at)[:10] == "2026-02-03"
    assert merged.comparable.all()


def test_rows_from_before_a_restatement_are_kept_but_not_used(store: Path) -> None:
    write_rows(store, "A", rows({"2026-01-05": 100, "2026-01-06": 102, "2026-01-07": 104}))
    # a split of two to one since then, and Yahoo no longer has the fifth
    merged = write_rows(store, "A", rows({"2026-01-06": 51, "2026-01-07": 52}, TUESDAY)).rows
    assert closes(merged) == {"2026-01-06": 51, "2026-01-07": 52}
    assert closes(read_stored(store, "A", MONDAY)) == {"2026-01-05": 100, "2026-01-06": 102, "2026-01-07": 104}
    history = FilePrices(store).fetch(["A"])
    assert history.frames["A"]["close"].tolist() == [51.0, 52.0]
    assert history.notes[-2:] == (
        "1 stored row of A comes from before a later restatement and is not used.",
        "Restated since an earlier download, last noticed 2026-02-03: earlier closes of A by dividends or splits.",
    )


DAYS = st.sets(st.integers(0, 30), max_size=12)


@given(DAYS, DAYS)
def test_a_merge_loses_no_date_and_doubles_none(before: set[int], after: set[int]) -> None:
    def download(days: set[int], price: float, at: datetime) -> StoredPrices:
        return rows({str(np.datetime64("2026-01-01") + np.timedelta64(day, "D")): price for day in days}, at)

    def by_day(stored: StoredPrices) -> dict[int, float]:
        numbers = (stored.days - np.datetime64("2026-01-01")).astype(int).tolist()
        return dict(zip(numbers, stored.values[3].tolist(), strict=True))

    merge = merge_rows("A", download(before, 1.0, MONDAY), download(after, 2.0, TUESDAY))
    now, gone = by_day(merge.rows), by_day(merge.replaced)
    # another level: days that the download lacks are withdrawn where a shared one shows it
    still = before if not before & after else set()
    assert now == {**dict.fromkeys(still, 1.0), **dict.fromkeys(after, 2.0)}
    assert gone == dict.fromkeys(before - still if after else set(), 1.0) | dict.fromkeys(before & after, 1.0)
    assert (np.diff(merge.rows.days) > np.timedelta64(0, "D")).all()
    assert merge.replaced_at.tolist() == [TUESDAY.replace(tzinfo=None)] * len(gone)


def test_a_day_that_comes_twice_counts_as_it_came_last() -> None:
    days = np.array(["2026-01-06", "2026-01-07", "2026-01-07"], dtype="datetime64[D]")
    values = np.tile([1.0, 2.0, 3.0], (6, 1))
    stored = stored_from_frame(
        days, values, currency="", source="yahoo", fetched_at=MONDAY, requested_start=date(2005, 1, 1)
    )
    assert closes(stored) == {"2026-01-06": 1.0, "2026-01-07": 3.0}


# -- atomic writes


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full; free some space"),
        (
            PermissionError(errno.EACCES, "Permission denied"),
            "Permission denied; check its permissions, or name another folder",
        ),
    ],
)
@pytest.mark.parametrize("step", ["os.replace", "os.fsync"])
def test_a_write_that_fails_leaves_the_old_file_whole(
    store: Path, monkeypatch: pytest.MonkeyPatch, fault: OSError, message: str, step: str
) -> None:
    write_rows(store, "A", rows({"2026-01-05": 1}))
    before = contents(store)

    def fail(*args: object) -> None:
        raise fault

    monkeypatch.setattr(step, fail)
    with pytest.raises(PriceError) as caught:
        write_rows(store, "A", rows({"2026-01-05": 2, "2026-01-06": 3}, TUESDAY))
    assert str(caught.value) == f"{store} cannot be written: {message}. What was stored before is untouched."
    assert caught.value.tickers == ("A",)
    assert contents(store) == before


def test_an_interrupted_write_leaves_the_old_file_whole(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rows(store, "A", rows({"2026-01-05": 1}))

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_rows(store, "A", rows({"2026-01-06": 3}, TUESDAY))
    assert closes(read_stored(store, "A")) == {"2026-01-05": 1.0}
    assert stored_tickers(store) == ("A",)


def test_remains_of_a_killed_write_are_no_ticker(store: Path) -> None:
    write_rows(store, "A", rows({"2026-01-05": 1}))
    (store / ".0123456789abcdef.part").write_bytes(b"PAR1half")
    assert stored_tickers(store) == ("A",)
    assert list(FilePrices(store).fetch(["A"]).frames) == ["A"]


def test_a_damaged_file_is_one_tickers_reason_and_is_never_overwritten(store: Path) -> None:
    write_rows(store, "A", rows({"2026-01-05": 1}))
    write_rows(store, "B", rows({"2026-01-05": 1}))
    file = store / file_name("A")
    file.write_bytes(file.read_bytes()[:-30])
    history = FilePrices(store).fetch(["A", "B"])
    assert list(history.frames) == ["B"]
    assert history.missing["A"].startswith(f"{file} is damaged (")
    assert history.missing["A"].endswith("; move it away and fetch A again")
    half = file.read_bytes()
    with pytest.raises(PriceError, match="is damaged"):
        write_rows(store, "A", rows({"2026-01-06": 1}))
    assert file.read_bytes() == half
    statuses = {status.ticker: status for status in store_status(store)}
    assert (statuses["A"].rows, statuses["B"].rows) == (0, 1)
    assert "is damaged" in statuses["A"].fault


# -- names


TICKERS = [
    "7203.T",
    "^GSPC",
    "047400.KS",
    "brk.b",
    "BRK.B",
    "CON",
    "con",
    "../../x",
    "a/b",
    ".hidden",
    "日本",
    "%41",
    "A",
]


def test_file_names_are_inside_the_folder_and_distinct_in_any_case() -> None:
    names = [file_name(ticker) for ticker in TICKERS]
    assert len({name.lower() for name in names}) == len(TICKERS)
    for name in names:
        assert "/" not in name
        assert "\\" not in name
        assert not name.startswith(".")
        assert name.split(".")[0].upper() not in {"CON", "NUL", "AUX"}


def test_every_name_leads_back_to_its_ticker(store: Path) -> None:
    for ticker in TICKERS:
        write_rows(store, ticker, rows({"2026-01-05": 1}))
    assert stored_tickers(store) == tuple(sorted(TICKERS))
    assert sorted(os.listdir(store.parent)) == ["prices"]
    assert set(FilePrices(store).fetch(TICKERS).frames) == set(TICKERS)


@pytest.mark.parametrize("ticker", ["", "x" * 300])
def test_a_ticker_that_can_be_no_file_is_refused(ticker: str) -> None:
    with pytest.raises(PriceError, match="cannot be a ticker; correct it in the universe"):
        file_name(ticker)


# -- the store as a whole


def test_status_has_a_row_a_ticker(store: Path) -> None:
    write_rows(store, "B", rows({"2026-01-05": 1, "2026-01-07": 1}))
    write_rows(store, "A", rows({"2026-01-05": 1}))
    write_rows(store, "A", rows({"2026-01-06": 1}, TUESDAY))
    sizes = [(store / file_name(ticker)).stat().st_size for ticker in ("A", "B")]
    assert store_status(store) == (
        StoreStatus(
            "A", 2, date(2026, 1, 5), date(2026, 1, 6), "2026-02-03T08:30:00Z", date(2005, 1, 1), bytes=sizes[0]
        ),
        StoreStatus(
            "B", 2, date(2026, 1, 5), date(2026, 1, 7), "2026-02-02T08:30:00Z", date(2005, 1, 1), bytes=sizes[1]
        ),
    )


def test_status_of_a_store_that_is_not_there_yet(tmp_path: Path) -> None:
    assert store_status(tmp_path / "none") == ()
    assert store_status(tmp_path) == ()


def test_the_store_is_a_price_source(store: Path) -> None:
    write_rows(store, "7203.T", rows({"2026-01-06": 3400, "2026-01-07": 3307}))
    write_rows(store, "MP", rows({"2026-01-06": 60}, TUESDAY, currency="USD"))
    source = FilePrices(store)
    history = source.fetch(["7203.T", "MP", "X"], start=date(2026, 1, 7))
    assert history.frames["7203.T"]["close"].tolist() == [3307.0]
    assert history.missing == {
        "MP": "the source has no prices on these dates",
        "X": "the source has no such ticker",
    }
    history = source.fetch(["7203.T", "MP"])
    assert history.currencies == {"7203.T": "JPY", "MP": "USD"}
    assert history.snapshot.first_fetch == "2026-02-02T08:30:00Z"
    assert history.snapshot.last_fetch == "2026-02-03T08:30:00Z"
    assert source.tickers() == ("7203.T", "MP")


def test_a_folder_of_other_things_becomes_no_store(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(PriceError) as caught:
        open_store(tmp_path)
    assert str(caught.value) == (f"{tmp_path} holds other files and is no price store; name an empty or a new folder")
    assert os.listdir(tmp_path) == ["thesis.docx"]


def test_a_file_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("x")
    with pytest.raises(PriceError, match="is a file, not a price store; name a folder"):
        open_store(path)


def test_a_store_of_a_newer_version_is_left_alone(store: Path) -> None:
    (store / MARKER).write_text(json.dumps({"version": 99}))
    for use in (open_store, store_status, lambda path: FilePrices(path).fetch(["A"])):
        with pytest.raises(PriceError, match=r"written by a newer eventstudy \(store version 99, this one knows 2\)"):
            use(store)


def test_a_spoilt_marker_says_how_to_mend_it(store: Path) -> None:
    (store / MARKER).write_text("{")
    with pytest.raises(PriceError, match=r"run eventstudy prices verify --repair --store .*, which writes it anew"):
        open_store(store)


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **named: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(PriceError, match="cannot be written: Permission denied; check its permissions"):
        open_store(tmp_path / "prices")
