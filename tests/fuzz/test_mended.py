"""Faults that spoilt files have shown, one test each."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eventstudy.catalogue import read_universe
from eventstudy.catalogue.rows import parse_table
from eventstudy.errors import MAX_PROBLEMS, InputError, PriceError, one_line
from eventstudy.prices.factors import read_factors
from eventstudy.prices.files import FilePrices
from eventstudy.prices.store import MARKER, existing_store, file_name, read_stored, store_status
from eventstudy.prices.text import read_text

HEAD = "ticker,date,close\n"


def told(text: str, ticker: str | None = None) -> list[str]:
    """The problems of a price file."""
    with pytest.raises(InputError) as caught:
        read_text(text.encode(), "p.csv", ticker)
    return [str(problem) for problem in caught.value.problems]


def test_a_zip_archive_whose_directory_points_outside_it(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("prices.csv", HEAD + "A,2025-01-06,1\n")
    path = tmp_path / "prices.csv.zip"
    path.write_bytes(sink.getvalue()[:4] + sink.getvalue()[40:])
    with pytest.raises(PriceError, match="cannot be read"):
        FilePrices(path).tickers()


def test_what_another_library_says_of_damaged_bytes_is_one_printable_line() -> None:
    assert one_line("bad\x1b[31m\x00 magic\r\n\ud800 bytes") == "bad [31m magic bytes"
    assert len(one_line("x" * 1000)) == 160


def test_a_ticker_that_does_not_print_is_told_in_letters_that_do() -> None:
    row = "7203\x1b[31m\x02T,2025-01-06,1\n"
    (problem,) = told(HEAD + row * 2)
    assert problem == "p.csv:3:date: 7203 [31m T on 2025-01-06 already stands on line 2; keep one of the two lines"


@pytest.mark.parametrize("spelt", ['A,2025-01-06,"1"5', 'A,2025-01-06,1"5"', '"A"B,2025-01-06,1'])
def test_text_beside_a_quoted_cell_is_no_price(spelt: str) -> None:
    assert told(HEAD + spelt + "\n")[0].startswith("p.csv:2:")


@pytest.mark.parametrize("price", ["１２", "١٢", "1_0", "0x1p3", "infinity"])
def test_numbers_are_written_in_plain_digits(price: str) -> None:
    assert told(f"{HEAD}A,2025-01-06,{price}\n") == [
        f"p.csv:2:close: {price!r} is no number; write it like 1234.5, or leave the cell empty"
    ]


def test_a_quoted_header_reads_as_fast_and_as_well() -> None:
    rows = read_text(b'"ticker","date","close"\r\nA,2025-01-06,1\r\n', "p.csv")
    assert rows.table.frame("A")["close"].tolist() == [1.0]


def test_a_name_that_stands_often_in_the_header_makes_a_short_message() -> None:
    (problem,) = told("ticker,date" + ",close" * 5_000 + "\n")
    assert problem.startswith(
        "p.csv:1:close: the header names it as 'close' and 'close' and 'close' and 'close' and more"
    )


@pytest.mark.parametrize("text", ["ticker,date,close" + ",x" * 10_000 + "\n"])
def test_a_header_of_very_many_columns(text: str) -> None:
    assert told(text) == ["p.csv:1: the header has 10,003 columns; keep 10,000 at most"]
    with pytest.raises(InputError, match="the header has 10,003 columns; keep 10,000 at most"):
        parse_table(text.encode(), "p.csv", ("ticker",))


def test_a_file_of_faults_is_not_read_to_its_end() -> None:
    problems = told(HEAD + "A,2025-01-06,x\n" * (2 * MAX_PROBLEMS))
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].endswith(
        "the file has more than 10,000 problems, and not all of it was looked at; mend the others first, or check that "
        "it is the right file"
    )


@pytest.mark.parametrize("row", ["x\n", "x,\n", "\xff\n"])
def test_a_catalogue_of_faults_is_not_read_to_its_end(tmp_path: Path, readers: ModuleType, row: str) -> None:
    head = readers.some_lines("universe.csv").split(b"\n")[0]
    path = tmp_path / "universe.csv"
    path.write_bytes(head + b"\n" + row.encode("latin-1") * (2 * MAX_PROBLEMS))
    with pytest.raises(InputError) as caught:
        read_universe(path)
    assert len(caught.value.problems) == MAX_PROBLEMS + 1
    assert "not all of it was looked at" in caught.value.problems[-1].what


def test_truth_is_no_price(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    pq.write_table(pa.table({"ticker": ["A"], "date": [date(2025, 1, 6)], "close": [True]}), path)
    with pytest.raises(InputError, match=r"close: not numbers \(true and false\)"):
        FilePrices(path).tickers()


def test_two_instants_of_one_day_are_one_date_of_factors(tmp_path: Path) -> None:
    path = tmp_path / "factors.parquet"
    instants = [datetime(2025, 1, 6, 9), datetime(2025, 1, 6, 15)]
    pq.write_table(pa.table({"date": instants, "mktrf": [0.01, 0.02]}), path)
    with pytest.raises(InputError, match="2025-01-06 stands twice"):
        read_factors(path)


def test_whole_numbers_are_no_dates_of_factors(tmp_path: Path) -> None:
    path = tmp_path / "factors.parquet"
    pq.write_table(pa.table({"date": [20250106, 20250107], "mktrf": [0.01, 0.02]}), path)
    with pytest.raises(InputError, match="date: the column holds no dates but int64"):
        read_factors(path)


@pytest.fixture
def store(readers: ModuleType, tmp_path: Path) -> Path:
    folder: Path = readers.make_store(tmp_path / "prices")
    return folder


def test_a_store_file_under_another_tickers_name_is_not_read(store: Path) -> None:
    (store / "B.parquet").write_bytes((store / "7203.T.parquet").read_bytes())
    with pytest.raises(PriceError, match=r"it holds rows of '7203\.T'"):
        read_stored(store, "B")
    history = FilePrices(store).fetch(["7203.T", "B"])
    assert list(history.frames) == ["7203.T"]
    assert "it holds rows of" in history.missing["B"]


def test_an_infinite_price_in_the_store_is_damage(store: Path) -> None:
    file = store / "B.parquet"
    table = pq.read_table(file)
    place = table.column_names.index("close")
    endless = table.set_column(place, "close", pa.array(np.full(table.num_rows, np.inf)))
    pq.write_table(endless.replace_schema_metadata(table.schema.metadata), file)
    with pytest.raises(PriceError, match="a price is infinite"):
        read_stored(store, "B")


@pytest.mark.parametrize("column", ["date", "close", "fetched_at"])
def test_a_column_of_another_type_in_the_store_is_damage(store: Path, column: str) -> None:
    file = store / "B.parquet"
    table = pq.read_table(file)
    nested = pa.array([{"x": 1}] * table.num_rows)
    pq.write_table(table.set_column(table.column_names.index(column), column, nested), file)
    with pytest.raises(PriceError, match="is damaged"):
        read_stored(store, "B")
    assert {status.ticker for status in store_status(store)} == {"7203.T", "B"}


@pytest.mark.parametrize("marker", ['{"version": 1e999}', "[" * 200_000, "[]", "7", '{"version": null}'])
def test_a_marker_that_is_no_marker(store: Path, marker: str) -> None:
    (store / MARKER).write_text(marker)
    with pytest.raises(PriceError, match="writes it anew, the prices stay"):
        existing_store(store)


def test_a_newer_marker_is_still_told_as_that(store: Path) -> None:
    (store / MARKER).write_text(json.dumps({"version": 999}))
    with pytest.raises(PriceError, match="newer eventstudy"):
        existing_store(store)


def test_a_ticker_that_is_no_unicode_has_a_file_name() -> None:
    assert file_name("A\udcff") == "A%ED%B3%BF.parquet"


def test_an_hour_in_tokyo_is_the_day_in_tokyo(tmp_path: Path) -> None:
    path = tmp_path / "factors.parquet"
    midnight = pa.array([datetime(2025, 1, 5, 15, tzinfo=UTC)], pa.timestamp("us", tz="Asia/Tokyo"))
    pq.write_table(pa.table({"date": midnight, "mktrf": [0.01]}), path)
    assert read_factors(path).frame.index.tolist() == [pd.Timestamp("2025-01-06")]
