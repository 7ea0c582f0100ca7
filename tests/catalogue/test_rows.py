"""The CSV reader: what it accepts, and the message for each fault of form."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.catalogue.rows import MAX_CELL_CHARACTERS, parse_table, read_table
from eventstudy.errors import InputError

COLUMNS = ("a", "b", "c")


def problems_of(content: bytes) -> list[str]:
    """Everything wrong with a file: what stops the reading, or what it notes."""
    try:
        return [str(problem) for problem in parse_table(content, "f.csv", COLUMNS).problems]
    except InputError as error:
        return [str(problem) for problem in error.problems]


def test_cells_keep_their_text_and_lines_are_the_files_own():
    table = parse_table(b'a,b,c\n1,"x, ""y""\nz"," q"\n\n2,,3\n', "f.csv", COLUMNS)
    assert [dict(row.cells) for row in table.rows] == [
        {"a": "1", "b": 'x, "y"\nz', "c": " q"},
        {"a": "2", "b": "", "c": "3"},
    ]
    assert [row.line for row in table.rows] == [2, 5]
    assert [table.rows[0].line_of(name) for name in COLUMNS] == [2, 2, 3]
    assert table.problems == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [True, False])
def test_line_endings_and_byte_order_mark(newline, mark, last):
    text = newline.join(["c,a,b", "3,1,2", '"x' + newline + 'y",é,'])
    content = mark + (text + newline * last).encode()
    table = parse_table(content, "f.csv", COLUMNS)
    assert table.columns == ("c", "a", "b")
    assert [dict(row.cells) for row in table.rows] == [
        {"c": "3", "a": "1", "b": "2"},
        {"c": f"x{newline}y", "a": "é", "b": ""},
    ]
    assert table.newline == newline
    assert table.rows[1].line_of("a") == 4


cell = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)) | st.sampled_from(',"\n'), max_size=8)


@given(
    rows=st.lists(st.lists(cell, min_size=3, max_size=3).filter(lambda row: "".join(row).strip())),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_reads_what_the_standard_library_writes(rows, newline):
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=newline)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    table = parse_table(stream.getvalue().encode(), "f.csv", COLUMNS)
    assert table.problems == ()
    assert [list(row.cells.values()) for row in table.rows] == rows


MESSAGES = {
    "empty": (b"", ["f.csv: the file is empty; its first line must name the columns: a,b,c"]),
    "blank": (b"\xef\xbb\xbf\n \r\n", ["f.csv: the file is empty; its first line must name the columns: a,b,c"]),
    "no header": (
        b"1,2,3\n4,5,6\n",
        ["f.csv:1: the first line is not the header; begin the file with a line that names the columns: a,b,c"],
    ),
    "semicolons": (
        b"a;b;c\n1;2;3\n",
        ["f.csv:1: the cells are separated by semicolons; save the file as CSV with commas"],
    ),
    "tabs": (b"a\tb\tc\n", ["f.csv:1: the cells are separated by tabs; save the file as CSV with commas"]),
    "missing column": (
        b"a,x\n",
        [
            "f.csv:1:b: the column is missing; add it to the header, and an empty cell to each row",
            "f.csv:1:c: the column is missing; add it to the header, and an empty cell to each row",
        ],
    ),
    "column spelt otherwise": (b"a,B ,c\n", ["f.csv:1:b: the column is missing; rename 'B '"]),
    "doubled column": (b"a,b,c,b\n", ["f.csv:1:b: the column stands 2 times in the header; keep one of them"]),
    "column without name": (
        b"a,b,c,,\n",
        ["f.csv:1: column 4 and 1 more of the header has no name; name it, or delete the column"],
    ),
    "column name of two lines": (
        b'a,b,c,"d\ne"\n',
        [
            "f.csv:1:d e: a column name is longer than 100 characters or contains a line break or control character; "
            "shorten it to plain words"
        ],
    ),
    "ragged, long": (
        b"a,b,c\n1,2,3,4\n",
        ["f.csv:2: the row has 4 cells where the header has 3; put a cell that contains a comma in quotes"],
    ),
    "ragged, short": (
        b"a,b,c\n1\n1,2,3\n1,2\n",
        [
            "f.csv:2: the row has 1 cell where the header has 3; leave no cell out, an empty one still needs its comma",
            "f.csv:4: the row has 2 cells where the header has 3; "
            "leave no cell out, an empty one still needs its comma",
        ],
    ),
    "row of commas": (b"a,b,c\n,,\n", ["f.csv:2: the row is empty; delete it"]),
    "unterminated quote": (b'a,b,c\n1,"2,3\n4,5,6\n', ["f.csv:2:b: a quote opens here and never closes; close it"]),
    "text after a quote": (
        b'a,b,c\n1,"2"x,3\n4,5\n',
        [
            "f.csv:2:b: text follows the closing quote of the cell; double each quote inside a quoted cell",
            "f.csv:3: the row has 2 cells where the header has 3; "
            "leave no cell out, an empty one still needs its comma",
        ],
    ),
    "quotes out of step": (
        b'a,b,c\n1,"2,3\n4,"5,6\n7,8\n',
        ["f.csv:2:b: text follows the closing quote of the cell; double each quote inside a quoted cell"],
    ),
    "quote inside a bare cell": (
        b'a,b,c\n1,5" pipe,3\n',
        [
            "f.csv:2:b: '5\" pipe' has a quote in the middle; "
            "put the whole cell in quotes and double the quotes inside it"
        ],
    ),
    "quote in the header": (
        b'a,b,c"d\n',
        [
            "f.csv:1:cell 3: 'c\"d' has a quote in the middle; "
            "put the whole cell in quotes and double the quotes inside it"
        ],
    ),
    "NUL": (
        b"a,b,c\n1,2\x00\x00,3\n4,5,6\n\x007,8,9\n",
        [
            "f.csv:2: the line contains 2 NUL bytes; the file is damaged or not plain text: save it as UTF-8",
            "f.csv:4: the line contains 1 NUL byte; the file is damaged or not plain text: save it as UTF-8",
        ],
    ),
    "control character": (
        b'a,b,c\n1,"x\ny",\x1b[2J\n',
        ["f.csv:3:c: the cell contains the control character U+001B; delete it"],
    ),
    "not UTF-8": (
        "a,b,c\n1,2,3\né,5,6\n7,8,ü\n".encode("latin-1"),
        [
            "f.csv:3: the byte 0xE9 is not UTF-8; save the file as UTF-8",
            "f.csv:4: the byte 0xFC is not UTF-8; save the file as UTF-8",
        ],
    ),
}


@pytest.mark.parametrize(("content", "expected"), MESSAGES.values(), ids=MESSAGES.keys())
def test_message(content, expected):
    assert problems_of(content) == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_told_to_become_utf8(encoding):
    expected = "f.csv: the file is in UTF-16 or another encoding that is not UTF-8; save it as UTF-8"
    assert problems_of("a,b,c\n1,2,3\n".encode(encoding)) == [expected]


def test_cell_of_ten_megabytes():
    expected = (
        "f.csv:2:b: the cell has 10,000,000 characters; "
        f"shorten it to {MAX_CELL_CHARACTERS:,} at most, or look for a quote that never closes"
    )
    assert problems_of(b"a,b,c\n1," + b"x" * 10_000_000 + b",3\n") == [expected]
    assert problems_of(b'a,b,c\n1,"' + b"x\n" * 5_000_000 + b'"\n') == [expected]
    assert problems_of(b"a,b,c\n1," + b"x" * MAX_CELL_CHARACTERS + b",3\n") == []


def test_files_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    expected = {
        "none.csv": f"none.csv: there is no such file; check the path (looked in {tmp_path})",
        f"{tmp_path}/none.csv": f"{tmp_path}/none.csv: there is no such file; check the path",
        "folder": "folder: is a directory, not a file; give the path of the CSV file in it",
        "a\x00b": "a\x00b: this cannot be a path; give the path of a CSV file",
        "x" * 300: f"{'x' * 300}: the file cannot be read: File name too long; check the path and its permissions",
    }
    for path, message in expected.items():
        with pytest.raises(InputError) as caught:
            read_table(path, COLUMNS)
        assert [str(problem) for problem in caught.value.problems] == [message]


def test_file_that_never_ends_is_refused():
    with pytest.raises(InputError, match="larger than 64 MB; check that it is the right file"):
        read_table("/dev/zero", COLUMNS)


def test_message_counts_what_it_does_not_print():
    table = parse_table(b"a,b,c\n" + b"1\n" * 60, "f.csv", COLUMNS)
    lines = str(InputError("f.csv", table.problems)).splitlines()
    assert lines[0] == "f.csv has 60 problems:"
    assert len(lines) == 52
    assert lines[-1] == "  and 10 more"


@pytest.mark.parametrize("filling", [b"1\n", b'"', b'"",', b",,\n", b'"a\nb",', b'a"b\n', b'"a,\n', b"\n"])
def test_a_megabyte_of_anything_is_answered_at_once(filling):
    start = time.process_time()
    problems_of(b"a,b,c\n" + filling * (1_000_000 // len(filling)))
    assert time.process_time() - start < 5  # about 1.5 s at worst on an idle machine
