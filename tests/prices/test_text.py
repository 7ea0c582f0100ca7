"""Cells at fault in price files: each message once, all at once, and never a traceback."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.errors import InputError
from eventstudy.prices.text import TextRows, _read_carefully, _read_fast, read_text

HEAD = "ticker,date,close,adj_close\n"
GOOD = "A,2026-01-05,10,9\nB,2026-01-05,20,19\nA,2026-01-06,11,10\n"


def faults(text: str | bytes, ticker: str | None = None) -> list[str]:
    raw = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(InputError) as caught:
        read_text(raw, "p.csv", ticker)
    return [str(problem) for problem in caught.value.problems]


MESSAGES = [
    ("A,2026-13-05,1,1", "p.csv:2:date: '2026-13-05' is no date; write it as 2026-01-07, without a time of day"),
    ("A,05/01/2026,1,1", "p.csv:2:date: '05/01/2026' is no date; write it as 2026-01-07, without a time of day"),
    (
        "A,2026-01-05 15:30:00,1,1",
        "p.csv:2:date: '2026-01-05 15:30:00' is no date; write it as 2026-01-07, without a time of day",
    ),
    ("A,,1,1", "p.csv:2:date: '' is no date; write it as 2026-01-07, without a time of day"),
    ("A,1066-10-14,1,1", "p.csv:2:date: '1066-10-14' is no date; write it as 2026-01-07, without a time of day"),
    ("A,2026-01-05,ten,1", "p.csv:2:close: 'ten' is no number; write it like 1234.5, or leave the cell empty"),
    (
        'A,2026-01-05,"1,234.5",1',
        "p.csv:2:close: '1,234.5' is no number; write it like 1234.5, or leave the cell empty",
    ),
    ("A,2026-01-05,inf,1", "p.csv:2:close: 'inf' is no number; write it like 1234.5, or leave the cell empty"),
    ("A,2026-01-05,1,-2", "p.csv:2:adj_close: '-2' is negative; correct it, or leave it empty"),
    (",2026-01-05,1,1", "p.csv:2:ticker: the cell is empty; write the ticker"),
    (
        "A,2026-01-05,1",
        "p.csv:2: the line has 3 cells where the header has 4; give each column one cell, and quote commas",
    ),
]


@pytest.mark.parametrize(("row", "message"), MESSAGES)
def test_a_cell_at_fault_is_named(row: str, message: str) -> None:
    assert faults(f"{HEAD}{row}\n") == [message]


def test_a_repeated_row_is_named_with_both_lines() -> None:
    assert faults(HEAD + GOOD + "\nA,2026-01-05,10,9\n") == [
        "p.csv:6:date: A on 2026-01-05 already stands on line 2; keep one of the two lines"
    ]


def test_all_faults_come_in_one_raise_in_the_order_of_lines() -> None:
    text = HEAD + "A,2026-01-05,x,y\nA,soon,1,1\nA,2026-01-06,1,1\nA,2026-01-06,2,2\nB,2026-01-06,-1,\n"
    assert [fault.split(": ")[0] for fault in faults(text)] == [
        "p.csv:2:close",
        "p.csv:2:adj_close",
        "p.csv:3:date",
        "p.csv:5:date",
        "p.csv:6:close",
    ]


def test_thousands_of_faults_make_a_short_message() -> None:
    text = HEAD + "".join(f"A,2026-01-05,x{n},1\n" for n in range(3000))
    with pytest.raises(InputError) as caught:
        read_text(text.encode(), "p.csv")
    assert len(caught.value.problems) == 3000
    assert len(str(caught.value)) < 10_000
    assert str(caught.value).endswith("and 2950 more")


def test_line_numbers_count_lines_and_not_rows() -> None:
    text = HEAD.replace("\n", ",note\n") + 'A,2026-01-05,1,1,"two\nlines"\n\nA,2026-01-06,x,1,\n'
    assert [fault.split(": ")[0] for fault in faults(text)] == ["p.csv:5:close"]


@pytest.mark.parametrize(
    ("header", "messages"),
    [
        (
            "a,b",
            [
                "p.csv:1:ticker: the header has no such column, only 'a', 'b'; "
                "begin the file with a line such as ticker, date, close[, adj_close …]",
                "p.csv:1:date: the header has no such column, only 'a', 'b'; "
                "begin the file with a line such as ticker, date, close[, adj_close …]",
                "p.csv:1:close: the header has neither close nor adj_close, only 'a', 'b'; "
                "begin the file with a line such as ticker, date, close[, adj_close …]",
            ],
        ),
        (
            "ticker,date,Adj Close,adj_close",
            ["p.csv:1:adj_close: the header names it as 'Adj Close' and 'adj_close'; keep one of them"],
        ),
    ],
)
def test_a_header_at_fault(header: str, messages: list[str]) -> None:
    assert faults(header + "\n1,2\n") == messages


def test_a_header_at_fault_in_a_file_of_one_ticker() -> None:
    assert faults("Time,Close\n2026-01-05,1\n", "A") == [
        "p.csv:1:date: the header has no such column, only 'Time', 'Close'; "
        "begin the file with a line such as Date, Close[, Adj Close …]"
    ]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b" ", b"\xef\xbb\xbf"])
def test_an_empty_file(raw: bytes) -> None:
    assert faults(raw)[0].startswith("p.csv: the file is empty; write a header and")


def test_a_header_without_rows() -> None:
    assert faults(HEAD) == ["p.csv: there is a header but no row; add rows, or remove the file"]


def test_a_utf_16_file() -> None:
    assert faults((HEAD + GOOD).encode("utf-16")) == [
        "p.csv: the file is UTF-16, not UTF-8; save it again as CSV in UTF-8"
    ]


def test_nul_bytes() -> None:
    assert faults(HEAD.encode() + b"A,2026-01-05,1\0,1\n") == [
        "p.csv:2: the file holds NUL bytes, so it is no text; save it again as CSV in UTF-8"
    ]


def test_bytes_that_are_not_utf_8() -> None:
    assert faults(HEAD.encode() + b"A,2026-01-05,1,1\n\xe9,2026-01-05,1,1\n") == [
        "p.csv:3: byte 45 is not UTF-8; save it again as CSV in UTF-8"
    ]


def test_a_cell_of_ten_megabytes() -> None:
    found = faults(HEAD + "A,2026-01-05,1,1\n" + "x" * 10_000_000 + ",2026-01-05,1,y\n")
    assert len(found) == 1
    assert found[0].startswith("p.csv:3: the line cannot be read (field larger than field limit")


def test_an_unclosed_quote() -> None:
    assert faults(HEAD + 'A,"2026-01-05,1,1\n')[0].startswith("p.csv:2: the line cannot be read (unexpected end")


def test_a_long_cell_is_cut_in_the_message() -> None:
    (message,) = faults(HEAD + "A,2026-01-05," + "9" * 500 + "x,1\n")
    assert len(message) < 160


def same(left: TextRows, right: TextRows) -> bool:
    return (
        left.table.tickers == right.table.tickers
        and np.array_equal(left.table.starts, right.table.starts)
        and np.array_equal(left.table.days, right.table.days)
        and np.array_equal(left.table.values, right.table.values, equal_nan=True)
        and dict(left.currencies) == dict(right.currencies)
    )


@pytest.mark.parametrize(
    "text",
    [
        HEAD + GOOD,
        HEAD.upper() + GOOD,
        "currency,date,ticker,note,Close\nJPY,2026-01-05, A ,x,1\n,2026-01-06,A,,1e2\nUSD,2026-01-06,B,,\n",
        "date,close,ticker\n2026-01-06 00:00:00+09:00,1,A\n2026-01-05 00:00:00+09:00,,A\n",
    ],
)
def test_the_fast_and_the_careful_reader_agree(text: str) -> None:
    fast = _read_fast(text.encode(), None)
    assert fast is not None
    assert same(fast, _read_carefully(text, "p.csv", None))


CELLS = st.sampled_from(
    ["A", "B", "2026-01-05", "2026-01-06", "1", "2.5", "-1", "0", "", "x", "nan", "1e400", '"', "1_0"]
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=4), max_size=5))
def test_any_rows_give_prices_or_located_faults_by_either_reader(rows: list[list[str]]) -> None:
    text = HEAD + "".join(",".join(row) + "\n" for row in rows)
    fast = _read_fast(text.encode(), None)
    careful = None
    with contextlib.suppress(InputError):
        careful = _read_carefully(text, "p.csv", None)
    if fast is not None:
        assert careful is not None
        assert same(fast, careful)


@given(st.binary(max_size=200))
def test_any_bytes_give_prices_or_located_faults(raw: bytes) -> None:
    for content in (raw, HEAD.encode() + raw, HEAD.encode() + GOOD.encode() + raw):
        with contextlib.suppress(InputError):
            read_text(content, "p.csv")
