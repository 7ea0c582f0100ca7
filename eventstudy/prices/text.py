"""Price rows written as CSV: read fast when sound, cell by cell when not, so that every fault has its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eventstudy._arrays import DayArray, IntArray
from eventstudy.errors import InputError, Problem
from eventstudy.prices.frames import FIRST_DAY, LAST_DAY, PriceTable, sort_rows
from eventstudy.prices.source import PRICE_COLUMNS

NULLS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")

_KNOWN = {column.replace("_", ""): column for column in ("ticker", "date", "currency", *PRICE_COLUMNS)}
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?")


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
            twice = " and ".join(quoted(cell) for cell, known in zip(header, names, strict=True) if known == name)
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
    if not newline or b'"' in first or not first.strip():
        return None
    header = first.decode("utf-8").rstrip("\r").split(",")
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
    problems: list[Problem] = []
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(path, line, "", f"the line cannot be read ({error})", "mend its quotes or its length"))
    if not rows:
        raise InputError(path, problems or [Problem(path, 0, "", "the file is empty", "write a header and rows")])
    header_line, header = rows.pop(0)
    problems = header_problems(path, header, ticker, header_line) + problems
    if any(problem.line == header_line for problem in problems):
        raise_problems(path, problems)
    if not rows and not problems:
        raise InputError(path, [Problem(path, 0, "", "there is a header but no row", "add rows, or remove the file")])
    return _parse_rows(rows, column_names(header), path, ticker, problems)


def _parse_rows(
    rows: Sequence[tuple[int, list[str]]],
    names: Sequence[str],
    path: str,
    ticker: str | None,
    problems: list[Problem],
) -> TextRows:
    """Sorted rows of text cells; raises with the problems found here and those handed in."""
    places = {name: place for place, name in enumerate(names) if name}
    tickers: dict[str, int] = {}
    units: dict[str, int] = {}
    lines: list[int] = []
    codes: list[int] = []
    unit_codes: list[int] = []
    days: list[np.datetime64] = []
    values: list[list[float]] = []
    parsed_days: dict[str, np.datetime64 | None] = {}
    for line, cells in rows:
        if len(cells) != len(names):
            what = f"the line has {len(cells)} cells where the header has {len(names)}"
            problems.append(Problem(path, line, "", what, "give each column one cell, and quote commas"))
            continue
        before = len(problems)
        name = ticker if ticker is not None else cells[places["ticker"]].strip()
        if not name:
            problems.append(Problem(path, line, "ticker", "the cell is empty", "write the ticker"))
        written = cells[places["date"]]
        if written not in parsed_days:
            parsed_days[written] = parse_day(written)
        day = parsed_days[written]
        if day is None:
            what = f"{quoted(written)} is no date"
            problems.append(Problem(path, line, "date", what, "write it as 2026-01-07, without a time of day"))
        prices = [_number(cells[places[c]], path, line, c, problems) if c in places else np.nan for c in PRICE_COLUMNS]
        if day is None or len(problems) > before:
            continue
        lines.append(line)
        codes.append(tickers.setdefault(name, len(tickers)))
        unit_codes.append(units.setdefault(cells[places["currency"]] if "currency" in places else "", len(units)))
        days.append(day)
        values.append(prices)
    order = np.array(codes, dtype=np.int64)
    table, repeats = sort_rows(
        list(tickers),
        order,
        np.array(days, dtype="datetime64[D]"),
        np.array(values, dtype=np.float64).reshape(-1, len(PRICE_COLUMNS)).T,
    )
    names_by_code = list(tickers)
    for first, again in repeats:
        what = f"{names_by_code[codes[again]]} on {days[again]} already stands on line {lines[first]}"
        problems.append(Problem(path, lines[again], "date", what, "keep one of the two lines"))
    raise_problems(path, problems)
    return TextRows(table, stated_currencies(names_by_code, order, list(units), np.array(unit_codes, dtype=np.int64)))


def _number(cell: str, path: str, line: int, column: str, problems: list[Problem]) -> float:
    """A cell as a number, NaN where it is empty; a fault is added to ``problems``."""
    cell = cell.strip()
    if cell in NULLS:
        return float("nan")
    try:
        value = float(cell) if "_" not in cell else None
    except ValueError:
        value = None
    if value is None or not np.isfinite(value):
        what = f"{quoted(cell)} is no number"
        problems.append(Problem(path, line, column, what, "write it like 1234.5, or leave the cell empty"))
        return float("nan")
    if value < 0:
        problems.append(Problem(path, line, column, f"{quoted(cell)} is negative", "correct it, or leave it empty"))
    return value
