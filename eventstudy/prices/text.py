"""Price rows written as CSV: read fast when sound, cell by cell when not, so that every fault has its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray, IntArray
from eventstudy.errors import MAX_PROBLEMS, InputError, Problem, one_line, stopped_reading
from eventstudy.prices.frames import FIRST_DAY, LAST_DAY, PriceTable, sort_rows
from eventstudy.prices.source import PRICE_COLUMNS

MAX_COLUMNS = 10_000
_CHUNK = 20_000  # rows
NULLS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")

_KNOWN = {column.replace("_", ""): column for column in ("ticker", "date", "currency", *PRICE_COLUMNS)}
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?: ?(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?)?")
# digits of other scripts, underscores and hexadecimal are numbers to Python, but to nobody who writes a price file
_NUMBER = re.compile(r"[-+.0-9eE]+")
_QUOTED_CELL = re.compile(rb'(?<![^,\r\n])"[^"]*+(?:""[^"]*+)*+"(?![^,\r\n])')


@dataclass(frozen=True, eq=False)
class TextRows:
    """What one CSV holds: its table and the currency it states for each ticker, where it states one."""

    table: PriceTable
    currencies: Mapping[str, str]


def column_names(header: Sequence[str]) -> list[str]:
    """The package's names for a header's cells, '' for a column it does not use.

    Examples
    --------
    >>> column_names(["Date", "Adj Close", "CLOSE", "remark"])
    ['date', 'adj_close', 'close', '']
    """
    return [_KNOWN.get(re.sub(r"[\s_*.-]+", "", cell).lower(), "") for cell in header]


def header_problems(path: str, header: Sequence[str], ticker: str | None, line: int = 1) -> list[Problem]:
    """What a header lacks or names twice."""
    if len(header) > MAX_COLUMNS:
        what = f"the header has {len(header):,} columns"
        return [Problem(path, line, "", what, f"keep {MAX_COLUMNS:,} at most")]
    names = column_names(header)
    found = ", ".join(quoted(cell) for cell in header[:8]) + (" …" if len(header) > 8 else "")
    problems = []
    wanted = ["date"] if ticker is not None else ["ticker", "date"]
    shape = "Date, Close[, Adj Close …]" if ticker is not None else "ticker, date, close[, adj_close …]"
    remedy = f"begin the file with a line such as {shape}"
    for name in wanted:
        if name not in names:
            problems.append(Problem(path, line, name, f"the header has no such column, only {found}", remedy))
    if "close" not in names and "adj_close" not in names:
        what = f"the header has neither close nor adj_close, only {found}"
        problems.append(Problem(path, line, "close", what, remedy))
    for name in dict.fromkeys(filter(None, names)):
        if names.count(name) > 1:
            cells = [quoted(cell) for cell, known in zip(header, names, strict=True) if known == name]
            twice = " and ".join(cells[:4]) + (" and more" if len(cells) > 4 else "")
            problems.append(Problem(path, line, name, f"the header names it as {twice}", "keep one of them"))
    return problems


def quoted(cell: str) -> str:
    """A cell in quotes, control characters escaped, cut where it is long."""
    return repr(cell if len(cell) <= 60 else cell[:57] + "…")


def parse_day(cell: str) -> np.datetime64 | None:
    """The date of an ISO date, or of a datetime at midnight; None for anything else.

    Examples
    --------
    >>> parse_day("2026-01-07"), parse_day("2026-01-07 00:00:00+09:00"), parse_day("07/01/2026")
    (np.datetime64('2026-01-07'), np.datetime64('2026-01-07'), None)
    """
    match = _DAY.fullmatch(cell.strip())
    if match is None:
        return None
    try:
        day = np.datetime64(match[1], "D")
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def raise_problems(path: str, problems: Sequence[Problem]) -> None:
    """Raise all problems, if there are any, in the order of files and lines."""
    if problems:
        raise InputError(path, sorted(problems, key=lambda problem: (problem.path, problem.line)))


def read_text(raw: bytes, path: str, ticker: str | None = None) -> TextRows:
    """Price rows of one CSV.

    Parameters
    ----------
    raw : bytes
        The file, decompressed.
    path : str
        Its name in messages.
    ticker : str, optional
        The ticker of every row; without it the file has a ``ticker`` column.

    Returns
    -------
    TextRows
        Rows sorted by ticker and date; empty cells are NaN.

    Raises
    ------
    InputError
        With every fault: file, line, column.

    Examples
    --------
    >>> rows = read_text(b"Date,Close\\n2026-01-06,10\\n2026-01-07,11\\n", "X.csv", ticker="X")
    >>> rows.table.frame("X")["close"].tolist()
    [10.0, 11.0]
    """
    _refuse_encodings(raw, path)
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        raise InputError(path, [Problem(path, 0, "", "the file is empty", "write a header and at least one row")])
    return _read_fast(raw, ticker) or _read_carefully(raw.decode("utf-8"), path, ticker)


def _refuse_encodings(raw: bytes, path: str) -> None:
    """Raise for what is no UTF-8 text."""
    what, line = "", 0
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        what = "the file is UTF-16, not UTF-8"
    elif (at := raw.find(b"\0")) >= 0:
        what, line = "the file holds NUL bytes, so it is no text", raw.count(b"\n", 0, at) + 1
    else:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            what = f"byte {error.start:,} is not UTF-8"
            line = raw.count(b"\n", 0, error.start) + 1
    if what:
        raise InputError(path, [Problem(path, line, "", what, "save it again as CSV in UTF-8")])


def _read_fast(raw: bytes, ticker: str | None) -> TextRows | None:
    """The rows by pyarrow, or None when anything at all is odd."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    first, newline, _ = raw.partition(b"\n")
    if not newline or not first.strip():
        return None
    if b'"' in raw and b'"' in _QUOTED_CELL.sub(b"", raw):
        return None  # a quote that neither opens nor closes a cell: pyarrow would take it
    try:
        header = next(csv.reader([first.decode("utf-8").rstrip("\r")], strict=True))
    except csv.Error:
        return None
    if header_problems("", header, ticker):
        return None
    names = column_names(header)
    labels = [name or f"#{place}" for place, name in enumerate(names)]
    wanted = [name for name in names if name and not (name == "ticker" and ticker is not None)]
    words = pa.dictionary(pa.int32(), pa.string())
    for day_type in (pa.date32(), words):  # plain dates first; then whatever parse_day takes
        types: dict[str, Any] = dict.fromkeys(PRICE_COLUMNS, pa.float64())
        types |= {"ticker": words, "currency": words, "date": day_type}
        try:
            arrow = pacsv.read_csv(
                pa.BufferReader(raw),
                read_options=pacsv.ReadOptions(column_names=labels, skip_rows=1, block_size=1 << 22),
                parse_options=pacsv.ParseOptions(newlines_in_values=b'"' in raw),
                convert_options=pacsv.ConvertOptions(
                    column_types=types, include_columns=wanted, null_values=list(NULLS), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            continue
        return _from_arrow(arrow, ticker)
    return None


def _from_arrow(arrow: Any, ticker: str | None) -> TextRows | None:
    """Sorted rows of an Arrow table with the package's column names, or None when a cell is odd."""
    import pyarrow as pa

    day_words, day_codes = None, None
    if pa.types.is_date32(arrow.schema.field("date").type):
        column = arrow.column("date")
        if column.null_count:
            return None
        days: DayArray = column.to_numpy().astype("datetime64[D]")
    else:
        day_words, day_codes = words_and_codes(arrow.column("date"))
        parsed = [parse_day(word) for word in day_words]
        if any(day is None for day in parsed) or (day_codes < 0).any():
            return None
        days = np.array(parsed, dtype="datetime64[D]")[day_codes]
    if days.size == 0 or (days < FIRST_DAY).any() or (days > LAST_DAY).any():
        return None
    if ticker is None:
        tickers, codes = words_and_codes(arrow.column("ticker"))
        if (codes < 0).any() or not all(word.strip() for word in tickers):
            return None
        tickers = [word.strip() for word in tickers]
    else:
        tickers, codes = [ticker], np.zeros(days.size, dtype=np.int64)
    values = np.full((len(PRICE_COLUMNS), days.size), np.nan)
    for place, name in enumerate(PRICE_COLUMNS):
        if name in arrow.column_names:
            values[place] = arrow.column(name).to_numpy()
    if np.isinf(values).any() or (values < 0).any():
        return None
    table, repeats = sort_rows(tickers, codes, days, values)
    if repeats.size:
        return None
    currencies: Mapping[str, str] = {}
    if "currency" in arrow.column_names:
        units, unit_codes = words_and_codes(arrow.column("currency"))
        currencies = stated_currencies(tickers, codes, units, unit_codes)
    return TextRows(table, currencies)


def words_and_codes(column: Any) -> tuple[list[str], IntArray]:
    """The distinct words of a dictionary column and the word of each row, -1 where it is null."""
    import pyarrow as pa

    whole = column.unify_dictionaries().combine_chunks() if hasattr(column, "chunks") else column
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), [])
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return [str(word) for word in whole.dictionary.to_pylist()], codes


def stated_currencies(
    tickers: Sequence[str], codes: IntArray, units: Sequence[str], unit_codes: IntArray
) -> dict[str, str]:
    """Ticker to the currency its rows state; ' / ' between them where they state several."""
    stated: dict[str, list[str]] = {}
    pairs = np.unique(np.column_stack([codes, unit_codes]), axis=0, return_index=True)
    for row in np.sort(pairs[1]):
        unit = units[int(unit_codes[row])].strip() if unit_codes[row] >= 0 else ""
        held = stated.setdefault(tickers[int(codes[row])], [])
        if unit and unit not in held:
            held.append(unit)
    return {ticker: " / ".join(held) for ticker, held in stated.items() if held}


def _read_carefully(text: str, path: str, ticker: str | None) -> TextRows:
    """The rows cell by cell: the same result, or every fault with its line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    careful = _Careful(path, ticker)
    problems = careful.problems
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    line = 1
    try:
        for cells in reader:
            if not any(map(str.strip, cells)):
                pass  # a blank line means nothing
            elif not header:
                header = cells
                raise_problems(path, header_problems(path, header, ticker, line))
            elif len(cells) == len(header):
                rows.append(cells)
                lines.append(line)
            else:
                what = f"the line has {len(cells)} cells where the header has {len(header)}"
                problems.append(Problem(path, line, "", what, "give each column one cell, and quote commas"))
            if len(problems) > MAX_PROBLEMS:
                break
            if len(rows) == _CHUNK:
                careful.parse(rows, lines, column_names(header))
                rows, lines = [], []
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(path, line, "", f"the line cannot be read ({error})", "mend its quotes or its length"))
    if not header:
        raise InputError(path, problems or [Problem(path, 0, "", "the file is empty", "write a header and rows")])
    if rows:
        careful.parse(rows, lines, column_names(header))
    if not careful.blocks and not problems:
        raise InputError(path, [Problem(path, 0, "", "there is a header but no row", "add rows, or remove the file")])
    return careful.finished()


class _Numbers(dict[str, float]):
    """Text to number, each text looked at once; infinite where it is none, for the caller to tell."""

    def __missing__(self, cell: str) -> float:
        bare = cell.strip()
        value = float("nan") if bare in NULLS else float("inf")
        if _NUMBER.fullmatch(bare):
            with suppress(ValueError):
                value = float(bare)
        self[cell] = value
        return value


class _Careful:
    """Rows of text cells parsed in chunks; faults are collected as they are met."""

    def __init__(self, path: str, ticker: str | None) -> None:
        self.path, self.ticker = path, ticker
        self.problems: list[Problem] = []
        self.tickers: dict[str, int] = {}
        self.units: dict[str, int] = {}
        # ticker, currency, line, day and prices of sound rows
        self.blocks: list[tuple[IntArray, IntArray, IntArray, DayArray, FloatArray]] = []

    def parse(self, rows: Sequence[Sequence[str]], lines: Sequence[int], names: Sequence[str]) -> None:
        """Take a chunk of rows; ``names`` are the package's, one a cell, '' where it uses none."""
        cells = {name: column for name, column in zip(names, zip(*rows, strict=True), strict=True) if name}
        count = len(rows)
        parsed = {cell: parse_day(cell) for cell in set(cells["date"])}
        days = np.array([parsed[cell] or np.datetime64("NaT") for cell in cells["date"]], dtype="datetime64[D]")
        written = cells["date"]
        sound = self._tell(~np.isnat(days), lines, "date", lambda place: _no_date(written[place]))
        names_of = [self.ticker] * count if self.ticker is not None else list(map(str.strip, cells["ticker"]))
        codes = np.array([self.tickers.setdefault(name, len(self.tickers)) for name in names_of], dtype=np.int64)
        if "" in self.tickers:
            told = ("the cell is empty", "write the ticker")
            sound &= self._tell(codes != self.tickers[""], lines, "ticker", lambda place: told)
        units = cells.get("currency") or ("",) * count
        unit_codes = np.array([self.units.setdefault(unit, len(self.units)) for unit in units], dtype=np.int64)
        numbers = _Numbers()
        values = np.full((len(PRICE_COLUMNS), count), np.nan)
        for row, name in enumerate(PRICE_COLUMNS):
            if name in cells:
                values[row] = [numbers[cell] for cell in cells[name]]
                sound &= self._tell(~np.isinf(values[row]), lines, name, partial(_no_number, cells[name]))
                sound &= self._tell(~(values[row] < 0), lines, name, partial(_negative, cells[name]))
        places = np.array(lines, dtype=np.int64)
        self.blocks.append((codes[sound], unit_codes[sound], places[sound], days[sound], values[:, sound]))

    def finished(self) -> TextRows:
        """All rows sorted; raises with the problems, if there are any."""
        if self.blocks:
            codes, units, lines, days, values = (
                np.concatenate(parts, axis=-1) for parts in zip(*self.blocks, strict=True)
            )
            table, repeats = sort_rows(list(self.tickers), codes, days, values)
            names = list(self.tickers)
            for first, again in repeats[: self._room].tolist():
                what = f"{one_line(names[codes[again]], 80)} on {days[again]} already stands on line {lines[first]}"
                self.problems.append(Problem(self.path, int(lines[again]), "date", what, "keep one of the two lines"))
        if not self._room:
            self.problems[MAX_PROBLEMS:] = [stopped_reading(self.path, self.problems[-1].line)]
        raise_problems(self.path, self.problems)
        return TextRows(table, stated_currencies(names, codes, list(self.units), units))

    @property
    def _room(self) -> int:
        """How many more problems are told."""
        return max(0, MAX_PROBLEMS + 1 - len(self.problems))

    def _tell(
        self, sound: BoolArray, lines: Sequence[int], column: str, words: Callable[[int], tuple[str, str]]
    ) -> BoolArray:
        """Note what is wrong on each row that is not sound; hand back which are."""
        for place in np.flatnonzero(~sound)[: self._room].tolist():
            what, remedy = words(place)
            self.problems.append(Problem(self.path, lines[place], column, what, remedy))
        return sound


def _no_date(cell: str) -> tuple[str, str]:
    """What to say of a cell that is no date."""
    return f"{quoted(cell)} is no date", "write it as 2026-01-07, without a time of day"


def _no_number(cells: Sequence[str], place: int) -> tuple[str, str]:
    """What to say of a cell that is no number."""
    return f"{quoted(cells[place].strip())} is no number", "write it like 1234.5, or leave the cell empty"


def _negative(cells: Sequence[str], place: int) -> tuple[str, str]:
    """What to say of a negative price."""
    return f"{quoted(cells[place].strip())} is negative", "correct it, or leave it empty"
