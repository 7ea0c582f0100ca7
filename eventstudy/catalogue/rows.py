"""CSV reading that remembers file, line and column, and finds every fault of a file at once."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from eventstudy.errors import MAX_PROBLEMS, InputError, Problem, stopped_reading

MAX_CELL_CHARACTERS = 100_000
MAX_FILE_BYTES = 64_000_000
MAX_COLUMNS = 10_000
MAX_ROWS = 200_000

PathLike = str | os.PathLike[str]

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(r"[^\r\n]*+")
_BREAK = re.compile(r"\r\n|\n|\r")
_BLANK_LINES = re.compile(r"(?:[ \t]*+(?:\r\n|\n|\r))++")
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
_BARE = re.compile(r"[^,\r\n]*+")
# Tab and line breaks may stand in a quoted cell; other control characters are never meant.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class Row:
    """One record: its cells by column name, and where it stands.

    Attributes
    ----------
    line : int
        Physical line on which the record begins, counted from 1.
    cells : mapping of str to str
        Column name to text, quotes undone, nothing else changed.
    cell_lines : mapping of str to int
        Physical line of each cell; empty where all stand on ``line``.
    """

    line: int
    cells: Mapping[str, str]
    cell_lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, column: str) -> int:
        """Physical line on which a cell begins."""
        return self.cell_lines.get(column, self.line)


@dataclass(frozen=True)
class Table:
    """A parsed file: columns, sound records, and the faults found so far.

    Attributes
    ----------
    path : str
        The file, as the user named it.
    columns : tuple of str
        The header, in the file's order.
    rows : tuple of Row
        Records with as many cells as the header; the others are among ``problems``.
    problems : tuple of Problem
        Faults of form; the reader of the file adds those of content and raises them together.
    sha256 : str
        Hash of the file's bytes, 64 hex digits.
    newline : str
        The line break after the header; ``"\\n"`` where there is none.
    """

    path: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    sha256: str
    newline: str = "\n"


def read_table(path: PathLike, required: Sequence[str]) -> Table:
    """Columns and records of a CSV file (RFC 4180, UTF-8 with or without BOM, LF or CRLF).

    Parameters
    ----------
    path : str or PathLike
        The file; messages print it as given.
    required : sequence of str
        Columns that must stand in the header, in any order.

    Returns
    -------
    Table
        With the faults of single records in ``problems``.

    Raises
    ------
    InputError
        If nothing can be read: no such file, no text, no header, a header with faults.
    """
    return parse_table(read_bytes(path), os.fspath(path), required)


def read_bytes(path: PathLike) -> bytes:
    """The bytes of an input file, or an InputError that says why there are none."""
    name = os.fspath(path)
    try:
        if stat.S_ISDIR(os.stat(name).st_mode):
            raise _unreadable(name, "is a directory, not a file", "give the path of the CSV file in it")
        with open(name, "rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        if error.errno == errno.ENOENT:
            where = "" if os.path.isabs(name) else f" (looked in {os.getcwd()})"
            raise _unreadable(name, "there is no such file", f"check the path{where}") from None
        reason = error.strerror or type(error).__name__
        raise _unreadable(name, f"the file cannot be read: {reason}", "check the path and its permissions") from None
    except ValueError:
        raise _unreadable(name, "this cannot be a path", "give the path of a CSV file") from None
    if len(content) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1_000_000
        raise _unreadable(name, f"the file is larger than {limit} MB", "check that it is the right file")
    return content


def parse_table(content: bytes, path: str, required: Sequence[str]) -> Table:
    """The table that these bytes hold; see `read_table`."""
    text = _decode(content, path, required)
    records = (record for record in _records(text) if not record.is_blank)
    header = next(records, None)
    if header is None:
        raise _unreadable(path, "the file is empty", f"its first line must name the columns: {','.join(required)}")
    columns = _check_header(header, path, required)
    has_control = _CONTROL.search(text) is not None
    rows: list[Row] = []
    problems: list[Problem] = []
    for record in records:
        if len(rows) == MAX_ROWS:
            raise _unreadable(path, f"the file has more than {MAX_ROWS:,} rows", "check that it is the right file")
        found = _check_record(record, columns, path, has_control)
        problems.extend(found)
        if not found:
            lines = dict(zip(columns, record.cell_lines, strict=True)) if record.cell_lines else {}
            rows.append(Row(record.line, dict(zip(columns, record.cells, strict=True)), lines))
        elif len(problems) >= MAX_PROBLEMS:
            problems.append(stopped_reading(path, record.line))
            break
    return Table(
        path=path,
        columns=columns,
        rows=tuple(rows),
        problems=tuple(problems),
        sha256=hashlib.sha256(content).hexdigest(),
        newline=header.newline or "\n",
    )


def quoted(value: str) -> str:
    """A cell's text in quotes for a message, cut after 60 characters.

    Examples
    --------
    >>> quoted("2026-01-06 16:38")
    "'2026-01-06 16:38'"
    """
    return repr(value) if len(value) <= 60 else repr(value[:60]) + "…"


@dataclass(slots=True)
class _Record:
    """Cells as they stand in the file, before their number is checked."""

    line: int
    cells: list[str]
    cell_lines: Sequence[int] = ()  # empty where all stand on one line
    faults: Sequence[tuple[int, int, str, str]] = ()  # cell, line, what, remedy
    newline: str = ""

    @property
    def is_blank(self) -> bool:
        """An empty line, which separates nothing and means nothing."""
        return len(self.cells) == 1 and not self.cells[0].strip() and not self.faults


def _records(text: str) -> Iterator[_Record]:
    """Records in order; stops after a quote that makes the rest unreadable."""
    position, line = 0, 1
    while position < len(text):
        blank = _BLANK_LINES.match(text, position)
        if blank is not None:
            position, line = blank.end(), line + _count_breaks(blank.group())
            continue
        match = _LINE.match(text, position)
        assert match is not None  # the pattern matches the empty string too
        plain = match.group()
        if '"' in plain:
            record, position, last = _quoted_record(text, position, line)
        else:
            record, position, last = _Record(line, plain.split(",")), match.end(), line
        ending = _BREAK.match(text, position)
        record.newline = ending.group() if ending else ""
        yield record
        if ending is None:
            return
        position, line = ending.end(), last + 1


def _quoted_record(text: str, position: int, line: int) -> tuple[_Record, int, int]:
    """The record at ``position``, where it ends, and the line it ends on."""
    lines: list[int] = []
    faults: list[tuple[int, int, str, str]] = []
    record = _Record(line, [], faults=faults)
    current = line
    while True:
        lines.append(current)
        column = len(record.cells)
        if text.startswith('"', position):
            match = _QUOTED.match(text, position)
            if match is None:
                record.cells.append(text[position + 1 : position + 1 + MAX_CELL_CHARACTERS])
                faults.append((column, current, "a quote opens here and never closes", "close it"))
                return record, len(text), current
            record.cells.append(match.group(1).replace('""', '"'))
            opened, position = current, match.end()
            current += _count_breaks(match.group(1))
            if position < len(text) and text[position] not in ",\r\n":
                what = "text follows the closing quote of the cell"
                faults.append((column, opened, what, "double each quote inside a quoted cell"))
                if current != opened:  # the quotes are out of step from here on
                    return record, len(text), current
                position = _skip_bare(text, position)
        else:
            end = _skip_bare(text, position)
            cell = text[position:end]
            if '"' in cell:
                remedy = "put the whole cell in quotes and double the quotes inside it"
                faults.append((column, current, f"{quoted(cell)} has a quote in the middle", remedy))
            record.cells.append(cell)
            position = end
        if not text.startswith(",", position):
            break
        position += 1
    if current != line:
        record.cell_lines = lines
    return record, position, current


def _skip_bare(text: str, position: int) -> int:
    match = _BARE.match(text, position)
    assert match is not None  # the pattern matches the empty string too
    return match.end()


def _count_breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _check_record(record: _Record, columns: tuple[str, ...], path: str, has_control: bool) -> list[Problem]:
    """Faults of form of one record."""
    if record.faults:
        return [Problem(path, line, _column_name(columns, cell), *fault) for cell, line, *fault in record.faults]
    problems: list[Problem] = []
    for index, cell in enumerate(record.cells if max(map(len, record.cells)) > MAX_CELL_CHARACTERS else ()):
        if len(cell) > MAX_CELL_CHARACTERS:
            line = record.cell_lines[index] if record.cell_lines else record.line
            what = f"the cell has {len(cell):,} characters"
            remedy = f"shorten it to {MAX_CELL_CHARACTERS:,} at most, or look for a quote that never closes"
            problems.append(Problem(path, line, _column_name(columns, index), what, remedy))
    if problems:
        return problems
    if len(record.cells) != len(columns):
        return [Problem(path, record.line, "", *_ragged(len(record.cells), len(columns)))]
    if not any(cell.strip() for cell in record.cells):
        return [Problem(path, record.line, "", "the row is empty", "delete it")]
    for index, cell in enumerate(record.cells if has_control else ()):
        if (found := _CONTROL.search(cell)) is not None:
            line = record.cell_lines[index] if record.cell_lines else record.line
            what = f"the cell contains the control character U+{ord(found.group()):04X}"
            problems.append(Problem(path, line, columns[index], what, "delete it"))
    return problems


@lru_cache(maxsize=64)
def _ragged(count: int, expected: int) -> tuple[str, str]:
    """What is wrong with a row of so many cells, and what to do."""
    what = f"the row has {_cells(count)} where the header has {expected}"
    if count > expected:
        return what, "put a cell that contains a comma in quotes"
    return what, "leave no cell out, an empty one still needs its comma"


def _cells(count: int) -> str:
    return f"{count} cell{'' if count == 1 else 's'}"


def _column_name(columns: Sequence[str], index: int) -> str:
    return columns[index] if index < len(columns) else f"cell {index + 1}"


def _check_header(header: _Record, path: str, required: Sequence[str]) -> tuple[str, ...]:
    """The header's names, if they are complete, filled and different."""
    names = tuple(header.cells)
    if len(names) > MAX_COLUMNS:
        what = f"the header has {len(names):,} columns"
        raise InputError(path, [Problem(path, header.line, "", what, f"keep {MAX_COLUMNS:,} at most")])
    problems = [Problem(path, line, f"cell {cell + 1}", what, remedy) for cell, line, what, remedy in header.faults]
    missing = [name for name in required if name not in names]
    if not problems and len(missing) == len(required):
        separator = next((mark for mark in (";", "\t") if names[0].count(mark) >= max(1, len(required) - 1)), None)
        if len(names) == 1 and separator is not None:
            what = f"the cells are separated by {'semicolons' if separator == ';' else 'tabs'}"
            remedy = "save the file as CSV with commas"
        else:
            what = "the first line is not the header"
            remedy = f"begin the file with a line that names the columns: {','.join(required)}"
        raise InputError(path, [Problem(path, header.line, "", what, remedy)])
    if not problems:
        near = {_letters(name): name for name in reversed(names) if name not in required} if missing else {}
        for name in missing:
            other = near.get(_letters(name))
            addition = "add it to the header, and an empty cell to each row"
            remedy = addition if other is None else f"rename {quoted(other)}"
            problems.append(Problem(path, header.line, name, "the column is missing", remedy))
    unnamed = [index + 1 for index, name in enumerate(names) if not name.strip()]
    if unnamed:
        others = f" and {len(unnamed) - 1} more" if len(unnamed) > 1 else ""
        what = f"column {unnamed[0]}{others} of the header has no name"
        problems.append(Problem(path, header.line, "", what, "name it, or delete the column"))
    for name, count in Counter(name for name in names if name.strip()).items():
        if count > 1:
            what = f"the column stands {count} times in the header"
            problems.append(Problem(path, header.line, _short(name), what, "keep one of them"))
        if len(name) > 100 or _CONTROL.search(name) or "\n" in name or "\r" in name:
            what = "a column name is longer than 100 characters or contains a line break or control character"
            problems.append(Problem(path, header.line, _short(name), what, "shorten it to plain words"))
    if problems:
        raise InputError(path, problems)
    return names


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _short(name: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", name[:60])


def _decode(content: bytes, path: str, required: Sequence[str]) -> str:
    """The text, or an InputError for each line that is no UTF-8 or holds NUL bytes."""
    if _looks_like_utf16(content[:4096]):
        raise _unreadable(path, "the file is in UTF-16 or another encoding that is not UTF-8", "save it as UTF-8")
    content = content.removeprefix(_BOM)
    if not content.strip():
        raise _unreadable(path, "the file is empty", f"its first line must name the columns: {','.join(required)}")
    text = content.decode("utf-8", errors="surrogateescape")
    if "\x00" not in text and _is_utf8(content):
        return text
    problems = []
    for number, line in enumerate(_BREAK.split(text), start=1):
        if (found := _UNDECODED.search(line)) is not None:
            what = f"the byte 0x{ord(found.group()) - 0xDC00:02X} is not UTF-8"
            problems.append(Problem(path, number, "", what, "save the file as UTF-8"))
        if "\x00" in line:
            count = line.count("\x00")
            what = f"the line contains {count} NUL byte{'' if count == 1 else 's'}"
            problems.append(Problem(path, number, "", what, "the file is damaged or not plain text: save it as UTF-8"))
        if len(problems) >= MAX_PROBLEMS:
            problems.append(stopped_reading(path, number))
            break
    raise InputError(path, problems)


def _looks_like_utf16(start: bytes) -> bool:
    """A byte order mark, or NUL in every second byte only, as in Latin text."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    fewer, more = sorted((start[0::2].count(0), start[1::2].count(0)))
    return len(start) > 3 and more * 4 >= len(start) and fewer * 20 <= len(start)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unreadable(path: str, what: str, remedy: str) -> InputError:
    return InputError(path, [Problem(path, 0, "", what, remedy)])
