"""Files built by a grammar: written another way they read the same; nearly right they are refused, or read right."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.errors import EventStudyError, InputError, PriceError
from eventstudy.prices.factors import read_factors
from eventstudy.prices.files import FilePrices

TEXT_KINDS = ("events", "universe", "confounders", "moves", "long", "own", "factors")
# rows of these are sorted by date, so that their order in the file means nothing
ORDER_IS_FREE = ("long", "own", "factors")
SAMPLE, CASES = 25, 1_000

runs = pytest.mark.parametrize(
    "examples", [pytest.param(SAMPLE, id="sample"), pytest.param(CASES, id="many", marks=pytest.mark.slow)]
)


@pytest.fixture(scope="module")
def kinds(readers: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("files")
    return folder, readers.all_readers(folder)


def records(content: bytes) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row]


def on_many(examples: int, test: Callable[[Any], None]) -> None:
    """Run a test of drawn data so many times."""
    settings(max_examples=examples)(given(st.data())(test))()


# -- the same table, written otherwise


def written(rows: list[list[str]], draw: Any) -> bytes:
    """The rows as CSV with quotes, line ends, blank lines and a mark that mean nothing."""
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]), label="line end")
    quoting = draw(st.sampled_from(["least", "all", "some"]), label="quotes")
    which = draw(st.integers(0, 6), label="which quotes")
    blank = draw(st.sets(st.integers(0, len(rows) - 1), max_size=3), label="blank lines after")
    lines = []
    for number, row in enumerate(rows):
        cells = []
        for place, cell in enumerate(row):
            needed = any(sign in cell for sign in ',"\r\n')
            wanted = quoting == "all" or (quoting == "some" and (number + place) % 7 <= which)
            cells.append('"' + cell.replace('"', '""') + '"' if needed or wanted else cell)
        lines.append(",".join(cells))
        lines += [""] * (number in blank)
    text = ending.join(lines) + draw(st.sampled_from(["", ending, ending * 2]), label="end")
    return draw(st.sampled_from(["", "\ufeff"]), label="mark").encode() + text.encode()


@runs
@pytest.mark.parametrize("kind", TEXT_KINDS)
def test_the_same_table_written_otherwise_reads_the_same(
    kinds: tuple[Path, dict[str, Any]], readers: ModuleType, kind: str, examples: int
) -> None:
    folder, every = kinds
    reader = every[kind]
    expected = reader.outcome(folder, reader.sound)

    def one(data: Any) -> None:
        head, *rows = records(reader.sound)
        order = data.draw(st.permutations(range(len(head))), label="columns")
        if kind in ORDER_IS_FREE:
            rows = data.draw(st.permutations(rows[:12]), label="rows") + rows[12:]
        shuffled = [[row[place] for place in order] for row in [head, *rows]]
        found = reader.outcome(folder, written(shuffled, data.draw))
        assert not isinstance(found, Exception), found
        assert found.keys() == expected.keys() if isinstance(found, dict) else len(found) == len(expected)
        assert readers.same(found, expected)

    on_many(examples, one)


# -- nearly right: some cells, some names, some rows


@runs
@pytest.mark.parametrize("kind", TEXT_KINDS)
def test_nearly_right_tables(
    kinds: tuple[Path, dict[str, Any]], readers: ModuleType, damage: ModuleType, kind: str, examples: int
) -> None:
    folder, every = kinds
    reader = every[kind]
    tokens = [token.decode("utf-8", "surrogatepass") for token in damage.TOKENS if len(token) < 1000]
    cell = st.one_of(st.sampled_from(tokens), st.text(max_size=12), st.floats().map(repr), st.dates().map(str))

    def one(data: Any) -> None:
        rows = [list(row) for row in records(reader.sound)[:8]]
        for _ in range(data.draw(st.integers(1, 4), label="changes")):
            row = data.draw(st.integers(0, len(rows) - 1), label="row")
            place = data.draw(st.integers(0, max(len(rows[row]) - 1, 0)), label="cell")
            change = data.draw(st.sampled_from(["set", "set", "set", "drop", "double", "row"]), label="change")
            if change == "row":
                rows.insert(row, list(rows[data.draw(st.integers(0, len(rows) - 1), label="again")]))
            elif not rows[row] or change == "double":
                rows[row].insert(place, rows[row][place] if rows[row] else "")
            elif change == "drop":
                del rows[row][place]
            else:
                rows[row][place] = data.draw(cell, label="text")
        sink = io.StringIO(newline="")
        csv.writer(sink, lineterminator="\n").writerows(rows)
        content = sink.getvalue().encode("utf-8", "surrogatepass")
        found = reader.outcome(folder, content)
        if not isinstance(found, Exception):
            assert readers.same(found, reader.slowly(content))

    on_many(examples, one)


# -- Parquet of any shape

NAMES = (
    "ticker",
    "date",
    "close",
    "Adj Close",
    "adj_close",
    "CLOSE",
    "currency",
    "mktrf",
    "rf",
    "open.x",
    "",
    "\x1b[0m",
    "日付",
)
LEAVES: tuple[tuple[pa.DataType, st.SearchStrategy[Any]], ...] = (
    (pa.string(), st.sampled_from(["7203.T", "", " ", "2025-01-06", "2025-01-07T00:00:00", "1.5", "x\x00y", "../x"])),
    (pa.large_string(), st.sampled_from(["A", "B", "2025-01-06"])),
    (pa.float64(), st.sampled_from([1.5, 0.0, -1.0, 1e308, math.nan, math.inf, 0.01])),
    (pa.float32(), st.sampled_from([1.5, 0.25])),
    (pa.int64(), st.sampled_from([0, 1, -1, 20250106, 2**62])),
    (pa.uint8(), st.integers(0, 255)),
    (pa.bool_(), st.booleans()),
    (pa.date32(), st.sampled_from([date(2025, 1, 6), date(2025, 1, 7), date(1, 1, 1), date(9999, 12, 31)])),
    (pa.date64(), st.just(date(2025, 1, 6))),
    (pa.timestamp("ns"), st.sampled_from([datetime(2025, 1, 6), datetime(2025, 1, 7, 15)])),
    (pa.timestamp("us", tz="Asia/Tokyo"), st.sampled_from([datetime(2025, 1, 5, 15, tzinfo=UTC)])),
    (pa.timestamp("s"), st.sampled_from([datetime(2025, 1, 6), datetime(9000, 1, 1)])),
    (pa.time64("us"), st.just(time(12))),
    (pa.duration("us"), st.just(5)),
    (pa.decimal128(20, 4), st.sampled_from([Decimal("1.5"), Decimal("-2")])),
    (pa.binary(), st.just(b"\xff\x00")),
    (pa.null(), st.none()),
    (pa.list_(pa.float64()), st.just([1.0, None])),
    (pa.struct([("close", pa.float64())]), st.just({"close": 1.0})),
    (pa.map_(pa.string(), pa.int64()), st.just([("a", 1)])),
    (pa.dictionary(pa.int32(), pa.string()), st.sampled_from(["A", "2025-01-06"])),
    (pa.dictionary(pa.int8(), pa.float64()), st.just(1.5)),
)  # fmt: skip
RIGHT = {"ticker": 0, "date": 7, "close": 2, "adj_close": 2, "currency": 0, "mktrf": 3, "rf": 3}


@st.composite
def tables(draw: Any) -> pa.Table:
    """A table most of whose columns have a name that means something and a type that fits it, if only just."""
    count = draw(st.integers(0, 3))
    names = draw(st.lists(st.sampled_from(NAMES), max_size=5))
    names = [*draw(st.sampled_from([("ticker", "date", "close"), ("date", "mktrf"), ()])), *names]
    columns = []
    for name in names:
        right = name in RIGHT and draw(st.integers(0, 3)) > 0
        kind, values = LEAVES[RIGHT[name]] if right else draw(st.sampled_from(LEAVES))
        drawn = draw(st.lists(st.one_of(values, values, values, st.none()), min_size=count, max_size=count))
        columns.append(pa.array(drawn, kind))
    return pa.Table.from_arrays(columns, names=names) if names else pa.table({})


def rows_slowly(
    table: pa.Table, words: tuple[str, ...] = ("date", "ticker", "currency")
) -> list[tuple[str, str, dict[str, float]]]:
    """Ticker, day and numbers of each row, by Python objects; ``words`` hold no numbers."""
    found = []
    for row in table.to_pylist():
        day = row["date"]
        text = day.isoformat() if isinstance(day, date) else str(day)
        numbers = {name: math.nan if cell is None else float(cell) for name, cell in row.items() if name not in words}
        found.append((str(row.get("ticker", "")).strip(), text.strip()[:10], numbers))
    return found


@runs
def test_parquet_prices_of_any_shape(
    readers: ModuleType, tmp_path_factory: pytest.TempPathFactory, examples: int
) -> None:
    path = tmp_path_factory.mktemp("parquet") / "prices.parquet"

    def one(data: Any) -> None:
        table = data.draw(tables())
        pq.write_table(table, path)
        try:
            source = FilePrices(path)
            history = source.fetch(source.tickers())
        except (InputError, PriceError) as error:
            readers.check_error(error, str(path))
            return
        close = next(name for name in table.column_names if name in ("close", "CLOSE", "adj_close", "Adj Close"))
        kept = "adj_close" if close.lower().startswith("adj") else "close"
        expected = {(ticker, day): numbers[close] for ticker, day, numbers in rows_slowly(table)}
        found = {
            (ticker, str(day)[:10]): value
            for ticker, frame in history.frames.items()
            for day, value in frame[kept].items()
        }
        assert readers.same(found, expected)

    on_many(examples, one)


@runs
def test_parquet_factors_of_any_shape(
    readers: ModuleType, tmp_path_factory: pytest.TempPathFactory, examples: int
) -> None:
    path = tmp_path_factory.mktemp("parquet") / "factors.parquet"

    def one(data: Any) -> None:
        table = data.draw(tables())
        pq.write_table(table, path)
        try:
            frame = read_factors(path).frame
        except (InputError, PriceError) as error:
            readers.check_error(error, str(path))
            return
        expected = {day: numbers for _, day, numbers in rows_slowly(table, ("date",))}
        found = {
            str(day)[:10]: {str(name): float(row[name]) for name in frame.columns} for day, row in frame.iterrows()
        }
        assert readers.same(found, expected)

    on_many(examples, one)


@pytest.mark.parametrize("shape", ["range", "date", "pair", "unnamed", "columns", "number"])
def test_indexes_of_pandas(readers: ModuleType, tmp_path: Path, shape: str) -> None:
    days = pd.to_datetime(["2025-01-06", "2025-01-07"])
    frame = pd.DataFrame({"ticker": "A", "date": days, "close": [1.0, 2.0], "mktrf": [0.01, 0.02]})
    index: dict[str, Any] = {
        "range": frame,
        "date": frame.set_index("date"),
        "pair": frame.set_index(["ticker", "date"]),
        "unnamed": frame.set_axis(["x", "y"]),
        "columns": frame.set_axis(pd.Index(list(frame.columns), name="date"), axis=1),
        "number": frame.rename(columns={"mktrf": "0"}),
    }[shape]
    path = tmp_path / "prices.parquet"
    index.to_parquet(path)
    source = FilePrices(path)
    assert source.fetch(source.tickers()).frames["A"]["close"].tolist() == [1.0, 2.0]
    # prices are no factors
    with pytest.raises(EventStudyError, match=r"close|ticker") as caught:
        read_factors(path)
    readers.check_error(caught.value, str(path))


# -- folders whose file names are hostile


@runs
def test_file_names_of_any_kind(readers: ModuleType, tmp_path_factory: pytest.TempPathFactory, examples: int) -> None:
    signs = st.one_of(st.sampled_from("%.~^=-_ \n\t\"'<>&;|*?[]\u202e\u200f"), st.characters(exclude_characters="/\0"))
    name = st.one_of(
        st.text(signs, min_size=1, max_size=20),
        st.sampled_from(["%00", "%2E%2E%2Fx", "%zz", "%", "..", "CON", "=cmd", "-rf", "a" * 200, "%F0%9F%92%A9", "~x"]),
    )

    def one(data: Any) -> None:
        folder = tmp_path_factory.mktemp("names")
        for stem in data.draw(st.lists(name, max_size=4, unique=True)):
            try:
                (folder / f"{stem}.csv").write_text("Date,Close\n2025-01-06,1.5\n")
            except (OSError, ValueError):
                continue  # no name for this file system
        (folder / "7203.T.csv").write_text("Date,Close\n2025-01-06,2.5\n")
        try:
            source = FilePrices(folder)
            history = source.fetch(source.tickers())
        except InputError as error:
            told = {problem.remedy for problem in error.problems}
        else:
            told = {"keep one of the two files"}
            assert history.frames["7203.T"]["close"].tolist() == [2.5]
            assert set(history.frames) == set(source.tickers())
        assert told == {"keep one of the two files"}

    on_many(examples // 5, one)
