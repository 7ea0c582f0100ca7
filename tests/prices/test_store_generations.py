"""What a later download restates makes a new generation; every earlier state can be read again, exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.errors import PriceError
from eventstudy.prices.files import FilePrices
from eventstudy.prices.source import PRICE_COLUMNS
from eventstudy.prices.store import (
    MARKER,
    OLDER,
    StoredPrices,
    file_name,
    open_store,
    prune_store,
    read_stored,
    store_status,
    stored_from_frame,
    told,
    verify_store,
    write_rows,
)
from eventstudy.prices.yahoo import YahooPrices

START = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
DAYS = np.arange("2025-11-03", "2026-01-05", dtype="datetime64[D]")
DAYS = DAYS[np.is_busday(DAYS)]
CLOSE, ADJUSTED, VOLUME = (PRICE_COLUMNS.index(name) for name in ("close", "adj_close", "volume"))


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def figures(count: int = DAYS.size) -> np.ndarray:
    """Six columns of made-up prices."""
    close = 100.0 + np.arange(count)
    return np.array([close - 1, close + 2, close - 2, close, 0.9 * close, 1000.0 + np.arange(count)])


def download(values: np.ndarray, when: datetime, days: np.ndarray = DAYS) -> StoredPrices:
    return stored_from_frame(
        days, values, currency="JPY", source="yahoo", fetched_at=when, requested_start=date(2005, 1, 1)
    )


def same(one: StoredPrices | None, other: StoredPrices | None) -> bool:
    if one is None or other is None:
        return one is other
    return (
        np.array_equal(one.days, other.days)
        and np.array_equal(one.values, other.values, equal_nan=True)
        and np.array_equal(one.fetched_at, other.fetched_at)
        and one.source.tolist() == other.source.tolist()
        and one.currency.tolist() == other.currency.tolist()
    )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return open_store(tmp_path / "prices")


# -- reading an earlier state


def test_a_correction_keeps_the_old_row_and_says_so(store: Path) -> None:
    first = write_rows(store, "A", download(figures(), at(0))).rows
    corrected = figures()
    corrected[CLOSE, 5] += 0.5
    written = write_rows(store, "A", download(corrected, at(1)))
    assert (written.status, written.rows.lineage.generation) == ("updated", 2)
    assert [str(each) for each in written.restated] == ["A: close of 2025-11-10 restated from 105 to 105.5 (+47.6 bp)"]
    assert same(read_stored(store, "A", at(0)), first)
    now = read_stored(store, "A")
    assert now is not None
    assert now.values[CLOSE, 5] == 105.5
    # one row changed, so one has the second download's time
    assert np.flatnonzero(now.fetched_at == now.fetched_at.max()).tolist() == [5]
    assert same(read_stored(store, "A", at(1)), now)
    assert same(read_stored(store, "A", date(2026, 1, 5)), first)
    assert read_stored(store, "A", at(-1)) is None


def test_new_days_on_the_same_level_make_no_generation_and_no_file(store: Path) -> None:
    for count in range(10, DAYS.size):
        write_rows(store, "A", download(figures(count), at(count), DAYS[:count]))
    (status,) = store_status(store)
    assert (status.rows, status.generation, status.older_rows) == (DAYS.size - 1, 1, 0)
    assert not (store / OLDER).exists()
    for count in range(10, DAYS.size):
        then = read_stored(store, "A", at(count))
        assert then is not None
        assert then.days.tolist() == DAYS[:count].tolist()


def test_a_wobble_in_the_last_digits_is_no_restatement(store: Path) -> None:
    first = write_rows(store, "A", download(figures(), at(0))).rows
    wobbling = figures() * (1 + 3e-6 * np.sin(np.arange(DAYS.size)))
    written = write_rows(store, "A", download(wobbling, at(1)))
    assert written.status == "unchanged"
    assert written.restated == ()
    assert same(written.rows, first)
    assert written.rows.downloaded_at == np.datetime64("2026-01-06T08:30:00", "us")


def test_older_rows_share_a_file_until_it_is_full(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventstudy.prices.store.writing.FULL", 100)
    states = {}
    for number in range(12):
        values = figures() * 0.9**number
        write_rows(store, "A", download(values, at(number)))
        states[number] = values
    # 43 rows a time: 3 restatements fill a file
    assert sorted(path.name for path in (store / OLDER).iterdir()) == [f"A.000{n}.parquet" for n in (1, 2, 3, 4)]
    for number, values in states.items():
        then = read_stored(store, "A", at(number))
        assert then is not None
        assert np.array_equal(then.values, values)
    assert verify_store(store) == ()


def test_an_answer_that_is_older_than_what_is_stored_changes_nothing_but_gaps(store: Path) -> None:
    write_rows(store, "A", download(figures()[:, 5:], at(2), DAYS[5:]))
    grown = write_rows(store, "A", download(figures(), at(1))).rows
    assert grown.days.size == DAYS.size
    assert (grown.fetched_at == np.datetime64("2026-01-06T08:30:00", "us")).sum() == 5
    other = write_rows(store, "A", download(figures() / 2, at(1.5))).rows
    assert same(other, grown)
    assert verify_store(store) == ()


Step = tuple[int, int, int, float, int]


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 15),  # first day that the answer has
            st.integers(16, 40),  # and the last
            st.integers(0, 40),  # a day that is corrected
            st.sampled_from([1.0, 1.0, 0.5, 0.98]),  # what restates the adjusted closes before it
            st.integers(0, 40),  # a day that the answer lacks
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_state_that_ever_stood_can_be_read(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    store = open_store(tmp_path_factory.mktemp("stores") / "prices")
    truth = figures(41)
    days = np.datetime64("2025-11-03") + np.arange(41)
    states: list[StoredPrices] = []
    for number, (first, last, corrected, factor, lacking) in enumerate(steps):
        truth[ADJUSTED, :corrected] *= factor
        if factor == 1.0 and number:
            truth[VOLUME, corrected] += 1.0
        rows = [row for row in range(first, last + 1) if row != lacking]
        before = {str(day) for day in states[-1].days} if states else set()
        written = write_rows(store, "A", download(truth[:, rows], at(number), days[rows]))
        states.append(written.rows)
        # what came stands, and nothing of before is gone unless it was on another level
        got = dict(zip(written.rows.days.tolist(), written.rows.values[ADJUSTED].tolist(), strict=True))
        assert [got[day] for day in days[rows].tolist()] == pytest.approx(truth[ADJUSTED, rows].tolist(), rel=2e-5)
        gone = before - {str(day) for day in written.rows.days}
        assert gone <= {str(day) for day in written.rows.lineage.withdrawn}
    for number, state in enumerate(states):
        assert same(read_stored(store, "A", at(number)), state)
        assert same(read_stored(store, "A", at(number + 0.5)), state)
    assert verify_store(store) == ()


def test_a_report_on_an_earlier_state_has_the_same_snapshot(store: Path) -> None:
    for ticker in ("A", "B"):
        write_rows(store, ticker, download(figures()[:, :-3], at(0), DAYS[:-3]))
    first = FilePrices(store).fetch(["A", "B"])
    write_rows(store, "A", download(figures() * 0.5, at(1)))
    write_rows(store, "B", download(figures(), at(1)))
    now = FilePrices(store).fetch(["A", "B"])
    assert now.snapshot.sha256 != first.snapshot.sha256
    for source in (FilePrices(store, as_of=at(0)), FilePrices(store, as_of=date(2026, 1, 5))):
        assert source.fetch(["A", "B"]).snapshot == first.snapshot
    # what study.json states of the last download is enough
    stated = datetime.fromisoformat(first.snapshot.last_fetch)
    again = YahooPrices(store, as_of=stated).fetch(["A", "B"])
    assert (again.snapshot.sha256, again.snapshot.last_fetch) == (first.snapshot.sha256, first.snapshot.last_fetch)
    assert again.snapshot.source == "yahoo"
    assert "Prices are those that the store held at 2026-01-05T08:30:00Z." in again.notes


def test_an_earlier_state_needs_no_network_and_asks_nobody(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rows(store, "A", download(figures(), at(0)))
    monkeypatch.setattr("eventstudy.prices.yahoo.fetch_into_store", lambda *_, **__: pytest.fail("asked"))
    history = YahooPrices(store, as_of=at(0)).fetch(["A", "B"])
    assert set(history.frames) == {"A"}
    assert history.missing == {"B": "the store had no prices on these dates at 2026-01-05T08:30:00Z"}
    with pytest.raises(PriceError, match="no prices: the store had no prices on these dates at 2025-12-31, and"):
        YahooPrices(store, as_of=date(2025, 12, 31)).fetch(["A"])


def test_only_a_store_has_earlier_states(tmp_path: Path) -> None:
    (tmp_path / "A.csv").write_text("Date,Close\n2026-01-06,3400\n")
    with pytest.raises(PriceError, match=r"is no price store: .* leave out as_of \(--as-of\)"):
        FilePrices(tmp_path, as_of=at(0)).fetch(["A"])


def test_an_instant_without_a_zone_is_refused(store: Path) -> None:
    write_rows(store, "A", download(figures(), at(0)))
    with pytest.raises(ValueError, match="has no time zone"):
        read_stored(store, "A", datetime(2026, 1, 1))


# -- how restatements are told


def adjusted(factor: float, before: int) -> np.ndarray:
    values = figures()
    values[ADJUSTED, :before] *= factor
    return values


def split() -> np.ndarray:
    values = figures()
    values[:5] *= 0.5
    values[VOLUME] *= 2
    return values


def lost() -> np.ndarray:
    values = figures()
    values[CLOSE, 7] = np.nan
    return values


@pytest.mark.parametrize(
    ("after", "sentences"),
    [
        (
            adjusted(0.9934, 40),
            ["A: 40 adjusted closes before 2025-12-29 restated by ×0.9934: a dividend, noticed 2026-01-06"],
        ),
        (
            np.where(np.arange(DAYS.size) < 20, adjusted(0.98 * 0.99, 40), adjusted(0.99, 40)),
            ["A: 40 adjusted closes before 2025-12-29 restated by ×0.9702 to ×0.9900: dividends, noticed 2026-01-06"],
        ),
        (split(), [f"A: {DAYS.size} closes up to 2026-01-02 restated by ×0.5: a split, noticed 2026-01-06"]),
        (lost(), ["A: close of 2025-11-12 restated from 107 to none, noticed 2026-01-06"]),
        (
            figures() + np.where(np.isin(np.arange(DAYS.size), [3, 9]), 1.0, 0.0) * (np.arange(6) == VOLUME)[:, None],
            [
                "A: 2 volumes between 2025-11-06 and 2025-11-14 restated by ×1.0010, the last from 1,009 to 1,010, "
                "noticed 2026-01-06"
            ],
        ),
    ],
)
def test_what_a_restatement_was_is_told(store: Path, after: np.ndarray, sentences: list[str]) -> None:
    write_rows(store, "A", download(figures(), at(0)))
    written = write_rows(store, "A", download(after, at(1)))
    assert list(told(written.restated)) == sentences
    (status,) = store_status(store)
    assert list(told(status.restatements)) == sentences


def test_a_report_says_which_prices_were_restated(store: Path) -> None:
    for ticker in ("A", "B", "C", "D"):
        write_rows(store, ticker, download(figures(), at(0)))
    assert FilePrices(store).fetch(["A", "B", "C", "D"]).notes == ()
    for ticker in ("A", "B", "C"):
        write_rows(store, ticker, download(adjusted(0.99, 40), at(1)))
    corrected = figures()
    corrected[CLOSE : ADJUSTED + 1, 5] *= 1.001
    write_rows(store, "D", download(corrected, at(2)))
    said = (
        "Restated since an earlier download, last noticed 2026-01-07: earlier closes of A, B, C by dividends or "
        "splits, and corrected by the source: D: close of 2025-11-10 from 105 to 105.105 (+10.0 bp).",
    )
    assert FilePrices(store).fetch(["A", "B", "C", "D"]).notes == said
    assert FilePrices(store).fetch(["B"]).notes == (
        "Restated since an earlier download, last noticed 2026-01-06: earlier closes of B by dividends or splits.",
    )
    assert FilePrices(store, as_of=at(0)).fetch(["A", "D"]).notes == (
        "Prices are those that the store held at 2026-01-05T08:30:00Z.",
    )


def test_the_list_of_restatements_does_not_grow_without_end(store: Path) -> None:
    write_rows(store, "A", download(figures(), at(0)))
    for number in range(1, 60):
        values = figures()
        values[VOLUME, -1] += number
        values[CLOSE, number % 40] += number
        write_rows(store, "A", download(values, at(number)))
    (status,) = store_status(store)
    assert status.generation == 60
    assert len(status.restatements) == 28
    assert status.restatements[-1].noticed_at == "2026-03-05T08:30:00Z"


# -- prune


@pytest.fixture
def three(store: Path) -> Path:
    """Four generations of A, of the days 0 to 3, and one of B."""
    for number in range(4):
        write_rows(store, "A", download(figures() * (1 + number), at(number)))
    write_rows(store, "B", download(figures(), at(0)))
    return store


def read_close(store: Path, when: datetime) -> float:
    stored = read_stored(store, "A", when)
    assert stored is not None
    return float(stored.values[CLOSE, 0])


@pytest.mark.parametrize(("rule", "gone"), [({"keep": 2}, 2), ({"before": date(2026, 1, 8)}, 2), ({"keep": 1}, 3)])
def test_a_prune_takes_older_generations_and_never_the_present_one(
    three: Path, rule: dict[str, object], gone: int
) -> None:
    now = read_stored(three, "A")
    (told_before,) = prune_store(three, **rule, dry_run=True)  # type: ignore[arg-type]
    assert read_close(three, at(0)) == 100.0
    (pruned,) = prune_store(three, **rule)  # type: ignore[arg-type]
    assert (pruned.ticker, pruned.generations, pruned.rows) == ("A", gone, gone * DAYS.size)
    assert (told_before.generations, told_before.rows) == (gone, gone * DAYS.size)
    assert pruned.bytes > 0
    assert same(read_stored(three, "A"), now)
    for number in range(4):
        if number < gone:
            with pytest.raises(PriceError, match="is not known any more, only since 2026-01-0") as caught:
                read_stored(three, "A", at(number))
            assert caught.value.tickers == ("A",)
        else:
            assert read_close(three, at(number)) == 100.0 * (1 + number)
    assert verify_store(three) == ()
    assert prune_store(three, **rule) == ()  # type: ignore[arg-type]
    write_rows(three, "A", download(figures() * 9, at(9)))
    assert read_close(three, at(3)) == 400.0
    assert verify_store(three) == ()


def test_a_pruned_state_is_a_reason_and_no_wrong_number(three: Path) -> None:
    prune_store(three, keep=1)
    history = FilePrices(three, as_of=at(0)).fetch(["A", "B"])
    assert set(history.frames) == {"B"}
    assert history.missing["A"] == (
        f"what the store {three} held of A at 2026-01-05T08:30:00Z is not known any more, only since "
        "2026-01-08T08:30:00Z; give that or a later time"
    )


@pytest.mark.parametrize("rule", [{}, {"keep": 1, "before": date(2026, 1, 1)}, {"keep": 0}])
def test_a_prune_needs_one_rule(store: Path, rule: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="give"):
        prune_store(store, **rule)  # type: ignore[arg-type]


# -- stores of version 1


@pytest.fixture
def version_1(tmp_path: Path) -> Callable[[dict[str, list[tuple[str, float, str, str]]]], Path]:
    """A store as version 1 wrote it: rows of day, close, source, download."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def make(tickers: dict[str, list[tuple[str, float, str, str]]]) -> Path:
        store = tmp_path / "prices"
        store.mkdir()
        (store / "store.json").write_text(json.dumps({"format": "eventstudy price store", "version": 1}))
        words = pa.dictionary(pa.int32(), pa.string())
        for ticker, lines in tickers.items():
            stamps = np.array([line[3] for line in lines], dtype="datetime64[us]")
            table = pa.table(
                {
                    "ticker": pa.array([ticker] * len(lines)).cast(words),
                    "date": pa.array(np.array([line[0] for line in lines], dtype="datetime64[D]"), pa.date32()),
                    **{name: pa.array([line[1] for line in lines], pa.float64()) for name in PRICE_COLUMNS},
                    "currency": pa.array(["JPY"] * len(lines)).cast(words),
                    "source": pa.array([line[2] for line in lines]).cast(words),
                    "fetched_at": pa.array(stamps, pa.timestamp("us", tz="UTC")),
                }
            ).replace_schema_metadata(
                {b"eventstudy.requested_start": b"2005-01-01", b"eventstudy.fetched_at": str(stamps.max()).encode()}
            )
            pq.write_table(table, store / file_name(ticker), compression="lz4")
        return store

    return make


def test_a_store_of_version_1_is_read_and_becomes_one_of_this_version(
    version_1: Callable[[dict[str, list[tuple[str, float, str, str]]]], Path],
) -> None:
    lines = [
        ("2025-12-01", 50.0, "yahoo (earlier adjustment)", "2025-12-20T00:00"),
        ("2025-12-02", 104.0, "yahoo", "2025-12-30T00:00"),
        ("2025-12-03", 105.0, "yahoo", "2025-12-31T00:00"),
    ]
    store = version_1({"A": lines, "B": lines})
    history = FilePrices(store).fetch(["A", "B"])
    assert history.frames["A"]["close"].tolist() == [104.0, 105.0]
    assert history.snapshot.last_fetch == "2025-12-31T00:00:00Z"
    assert verify_store(store) == ()
    assert sorted(path.name for path in store.iterdir()) == [".lock", "A.parquet", "B.parquet", "store.json"]
    assert [each.fetched_at for each in store_status(store)] == ["2025-12-31T00:00:00Z"] * 2
    # what stood before its last download was not kept by version 1
    assert FilePrices(store, as_of=date(2025, 12, 31)).fetch(["A"]).frames["A"]["close"].tolist() == [104.0, 105.0]
    with pytest.raises(PriceError, match="is not known any more, only since 2025-12-31T00:00:00Z"):
        read_stored(store, "A", date(2025, 12, 30))

    days = np.array(["2025-12-02", "2025-12-03", "2025-12-04"], dtype="datetime64[D]")
    values = np.tile([104.0, 105.5, 106.0], (6, 1))
    written = write_rows(store, "A", download(values, at(0), days))
    assert written.status == "updated"
    assert written.rows.days.tolist() == days.tolist()
    assert json.loads((store / MARKER).read_bytes())["version"] == 2
    assert not (store / "store.json").exists()
    assert verify_store(store) == ()
    # no row is lost: the marked one and the corrected one are with the older rows
    import pyarrow.parquet as pq

    older = pq.read_table(store / OLDER / "A.0001.parquet").to_pydict()
    assert [str(day) for day in older["date"]] == ["2025-12-01", "2025-12-03"]
    assert older["close"] == [50.0, 105.0]
    before = read_stored(store, "A", date(2026, 1, 1))
    assert before is not None
    assert before.values[CLOSE].tolist() == [104.0, 105.0]
    # B is still as version 1 wrote it, and is written anew with its next download
    assert FilePrices(store).fetch(["B"]).frames["B"]["close"].tolist() == [104.0, 105.0]
    write_rows(store, "B", download(values, at(0), days))
    assert verify_store(store) == ()
    assert {each.ticker: each.rows for each in store_status(store)} == {"A": 3, "B": 3}


def test_opening_a_store_of_version_1_for_a_fetch_marks_it_and_lists_its_files(
    version_1: Callable[[dict[str, list[tuple[str, float, str, str]]]], Path],
) -> None:
    store = version_1({"A": [("2025-12-02", 104.0, "yahoo", "2025-12-30T00:00")]})
    content = (store / "A.parquet").read_bytes()
    open_store(store)
    assert (store / "A.parquet").read_bytes() == content
    assert verify_store(store) == ()
    assert same(read_stored(store, "A"), read_stored(store, "A", date(2025, 12, 30)))
