"""Factor tables: returns of common factors by date, from a CSV or Parquet file of the user's."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy._arrays import DayArray
from eventstudy.catalogue.cells import parse_day, parse_number
from eventstudy.catalogue.rows import Row, parse_table, quoted, read_bytes
from eventstudy.dataframes import Convertible, by_session
from eventstudy.errors import MAX_PROBLEMS, InputError, PriceError, Problem, one_line, stopped_reading
from eventstudy.prices.frames import FIRST_DAY, LAST_DAY
from eventstudy.prices.packed import check_parquet_size, unpacked
from eventstudy.prices.text import parse_day as first_day

RISKLESS = "rf"
_UNNAMED_INDEX = re.compile(r"__index_level_[0-9]+__")
# Half of a factor's days beyond 5% a day, or of the riskless ones beyond 0.2%: no decimal return is like that.
LARGEST_TYPICAL, LARGEST_RISKLESS = 0.05, 0.002


@dataclass(frozen=True, eq=False)
class FactorTable:
    """Returns of factors by date, as they stand in a file.

    Attributes
    ----------
    frame : DataFrame
        Index: dates, ascending, each once; columns: decimal returns a session, NaN where the cell is empty.
    path : str
        The file, as the user named it; empty for a frame made in code.
    sha256 : str
        Hash of its bytes, 64 hex digits.
    """

    frame: pd.DataFrame
    path: str = ""
    sha256: str = ""

    @property
    def riskless(self) -> str:
        """The column of riskless returns, ``rf`` in any case; empty where there is none."""
        return next((str(name) for name in self.frame.columns if str(name).lower() == RISKLESS), "")

    @property
    def factors(self) -> tuple[str, ...]:
        """All other columns."""
        return tuple(str(name) for name in self.frame.columns if str(name).lower() != RISKLESS)


def read_factors(path: str | os.PathLike[str]) -> FactorTable:
    """The factor returns of a CSV or Parquet file with the columns ``date, <factor>, …[, rf]``.

    Parameters
    ----------
    path : path-like
        Daily factors such as FF3, FF5, Carhart, exchange rates, oil or metals: ISO dates, decimal returns (0.0123 is
        1.23%). An empty cell is a missing return. A CSV may be compressed (``.csv.gz``).

    Returns
    -------
    FactorTable
        Rows by date, whatever the file's order.

    Raises
    ------
    InputError
        Every cell at fault, with file, line and column: a date that is none or stands twice, text, a value no decimal
        return can have; and every column that looks like per cent.
    PriceError
        If a compressed file is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "factors.csv"
    >>> written = file.write_text("date,mktrf,smb,RF\\n2026-01-06,0.0041,-0.0013,0.0002\\n")
    >>> table = read_factors(file)
    >>> table.factors, table.riskless, float(table.frame["mktrf"].iloc[0])
    (('mktrf', 'smb'), 'RF', 0.0041)
    """
    name = os.fspath(path)
    content = read_bytes(path)
    sha256 = hashlib.sha256(content).hexdigest()
    if content[:4] == b"PAR1":
        return FactorTable(_from_parquet(content, name), name, sha256)
    return FactorTable(_from_csv(unpacked(content, name), name), name, sha256)


def factors_of_frame(frame: pd.DataFrame) -> FactorTable:
    """The factor table of a frame whose index holds dates.

    Raises
    ------
    ValueError
        If the index holds a date twice or no dates.
    """
    try:
        dates = pd.DatetimeIndex(frame.index).tz_localize(None).normalize()
    except (TypeError, ValueError):
        raise ValueError("factors: the index holds no dates; index the frame by date") from None
    if not dates.is_unique:
        raise ValueError("factors: the index holds a date twice; keep one row a date")
    return FactorTable(frame.astype(np.float64).set_axis(dates, axis=0).sort_index())


def as_factor_table(factors: FactorTable | pd.DataFrame | Convertible | None) -> FactorTable | None:
    """The factor table of whatever a study was given."""
    if factors is None or isinstance(factors, FactorTable):
        return factors
    return factors_of_frame(by_session(factors, "factors"))


def _from_csv(content: bytes, path: str) -> pd.DataFrame:
    table = parse_table(content, path, ("date",))
    names = [column for column in table.columns if column != "date"]
    problems = list(table.problems)
    if not names:
        problems.append(Problem(path, 1, "", "there is no column beside date", "add one column a factor"))
    known: dict[Any, int] = {}
    dates: list[Any] = []
    lines: list[Row] = []
    values: list[list[float]] = []
    for row in table.rows:
        if len(problems) >= MAX_PROBLEMS:
            problems.append(stopped_reading(path, row.line))
            break
        try:
            day = parse_day(row.cells["date"])
        except ValueError as error:
            what, remedy = error.args
            problems.append(Problem(path, row.line_of("date"), "date", what, remedy))
            continue
        if day in known:
            what = f"{day.isoformat()} already stands on line {known[day]}"
            problems.append(Problem(path, row.line_of("date"), "date", what, "keep one row a date"))
            continue
        known[day] = row.line
        numbers = []
        for column in names:
            cell = row.cells[column].strip()
            number = parse_number(cell) if cell else float("nan")
            if number is None:
                what = f"{quoted(row.cells[column])} is not a number"
                remedy = "write a decimal return such as 0.0123, or leave the cell empty"
                problems.append(Problem(path, row.line_of(column), column, what, remedy))
                number = float("nan")
            numbers.append(number)
        dates.append(day)
        lines.append(row)
        values.append(numbers)
    array = np.array(values, dtype=np.float64).reshape(len(values), len(names))
    places = [{column: row.line_of(column) for column in names} for row in lines]
    problems += _strange_values(array, names, path, places)
    _raise(path, problems)
    return pd.DataFrame(array, index=pd.DatetimeIndex(dates, name="date"), columns=names).sort_index()


def _from_parquet(content: bytes, path: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(pa.BufferReader(content)) as stream:
            check_parquet_size(stream.metadata, path, len(content))
            table = stream.read()
        names = [str(name) for name in table.column_names]
    except PriceError:
        raise
    except Exception as error:  # damage finds exceptions of many kinds
        what = f"the file cannot be read as Parquet: {one_line(error) or type(error).__name__}"
        raise InputError(path, [Problem(path, 0, "", what, "write it again, or give a CSV file")]) from None
    problems = [
        Problem(path, 0, one_line(name, 60), f"the column stands {count} times", "keep one of them")
        for name, count in Counter(names).items()
        if count > 1
    ]
    _raise(path, problems)
    if "date" not in names:
        problem = Problem(path, 0, "date", "the column is missing", "add it, or name the column of dates so")
        raise InputError(path, [problem])
    days = _parquet_days(table.column("date"), path, problems)
    dates = pd.DatetimeIndex(days.astype("datetime64[ns]"), name="date")
    for row in np.flatnonzero(dates.duplicated() & dates.notna())[:MAX_PROBLEMS].tolist():
        what = f"{dates[row]:%Y-%m-%d} stands twice"
        problems.append(Problem(path, row + 1, "date", what, "keep one row a date"))
    # an index without a name is no factor
    factors = [name for name in names if name != "date" and not _UNNAMED_INDEX.fullmatch(name)]
    if not factors:
        problems.append(Problem(path, 0, "", "there is no column beside date", "add one column a factor"))
    array = np.full((table.num_rows, len(factors)), np.nan)
    for place, name in enumerate(factors):
        column = table.column(name)
        kind = column.type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            what = f"the column holds no numbers but {one_line(kind, 60)}"
            problems.append(Problem(path, 0, one_line(name, 60), what, "store decimal returns as floats"))
        else:
            array[:, place] = column.cast(pa.float64(), safe=False).to_numpy()
    _raise(path, problems)
    lines = [dict.fromkeys(factors, row + 1) for row in range(len(array))]
    _raise(path, _strange_values(array, factors, path, lines))
    return pd.DataFrame(array, index=dates, columns=factors).sort_index()


def _parquet_days(column: Any, path: str, problems: list[Problem]) -> DayArray:
    """(R,) dates of an Arrow column of dates, instants or ISO text; NaT where there is none, which is a problem."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    words: list[Any] = []
    if pa.types.is_timestamp(kind):
        # the date where it was written, whatever the hour
        local = column if kind.tz is None else pc.local_timestamp(column)
        days = local.cast(pa.date32(), safe=False).to_numpy().astype("datetime64[D]")
    elif pa.types.is_date(kind):
        days = column.cast(pa.date32()).to_numpy().astype("datetime64[D]")
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        words = column.to_pylist()
        parsed = {word: first_day(word) for word in set(words) if word is not None}
        days = np.array([parsed.get(word) or np.datetime64("NaT") for word in words], dtype="datetime64[D]")
    else:
        what = f"the column holds no dates but {one_line(kind, 60)}"
        problems.append(Problem(path, 0, "date", what, "store dates, or text such as 2026-01-06"))
        return np.full(len(column), np.datetime64("NaT"), dtype="datetime64[D]")
    outside = np.isnat(days) | (days < FIRST_DAY) | (days > LAST_DAY)
    for row in np.flatnonzero(outside)[:MAX_PROBLEMS].tolist():
        cell = words[row] if words else days[row]
        what = "the cell is empty" if cell is None or str(cell) == "NaT" else f"{quoted(str(cell))} is not a date"
        problems.append(Problem(path, row + 1, "date", what, "write a date such as 2026-01-06"))
    return np.where(outside, np.datetime64("NaT"), days)


def _strange_values(array: np.ndarray, names: list[str], path: str, lines: list[dict[str, int]]) -> list[Problem]:
    """Columns that are not decimal returns, and single cells that cannot be."""
    problems = []
    for place, column in enumerate(names):
        values = array[:, place]
        finite = values[np.isfinite(values)]
        if not len(finite):
            continue
        riskless = column.lower() == RISKLESS
        typical = float(np.median(np.abs(finite)))
        if typical > (LARGEST_RISKLESS if riskless else LARGEST_TYPICAL):
            unit = "per cent or a yearly rate" if riskless else "per cent"
            what = f"half of its values exceed {typical:.3g} a session: they look like {unit}"
            remedy = "write decimal returns of one session, 0.0123 for 1.23%"
            problems.append(Problem(path, 0, column, what, remedy))
            continue
        for row in np.flatnonzero((np.isfinite(values) & (np.abs(values) >= 1.0)) | np.isinf(values)).tolist():
            what = f"{values[row]:g} is no return of one session in decimals"
            remedy = "leave the cell empty if it marks a missing value"
            problems.append(Problem(path, lines[row][column], column, what, remedy))
    return problems


def _raise(path: str, problems: list[Problem]) -> None:
    if problems:
        raise InputError(path, sorted(problems, key=lambda problem: problem.line))
