"""Prices from files: a folder of one CSV a ticker, one long CSV or Parquet, or the package's own store."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote

import numpy as np

from eventstudy.errors import MAX_PROBLEMS, InputError, PriceError, Problem, one_line
from eventstudy.prices import store
from eventstudy.prices.frames import PriceTable, prices_sha256, sort_rows, source_notes
from eventstudy.prices.packed import check_parquet_size, unpacked, unreadable
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory, Snapshot
from eventstudy.prices.text import (
    column_names,
    header_problems,
    parse_day,
    quoted,
    raise_problems,
    read_text,
    stated_currencies,
    words_and_codes,
)
from eventstudy.prices.words import said

if TYPE_CHECKING:
    import pandas as pd

SHAPES = "a folder of TICKER.csv files, or one CSV or Parquet file with columns ticker, date, close"
_MOST_LOOKED_INTO, _HEAD_BYTES = 3, 65_536
_CSV_ENDINGS = (".csv", ".csv.gz", ".csv.zip")
_PARQUET_ENDINGS = (".parquet", ".pq")


class _Rows(Protocol):
    """Prices already read, whatever shape the file had."""

    def take(self, tickers: Sequence[str], start: date | None, end: date | None) -> _Taken: ...

    def tickers(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, eq=False)
class _Taken:
    """What a source had of the tickers asked for; reasons for those it cannot give."""

    frames: dict[str, pd.DataFrame]
    currencies: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    fetched: tuple[str, str] = ("", "")
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FilePrices:
    """Prices from a path: what is there, exactly as it stands there.

    Parameters
    ----------
    path : path-like
        One of:

        - a folder of ``TICKER.csv`` (``Date, Open, High, Low, Close, Adj Close, Volume``; only ``Date`` and one of
          ``Close`` and ``Adj Close`` are needed; the ticker is the file's name, percent-encoded or not);
        - one long CSV, also ``.csv.gz`` or ``.csv.zip``, with ``ticker, date, close`` and, where there are any,
          ``adj_close, open, high, low, volume, currency``;
        - the same columns as Parquet, or a folder of such Parquet files;
        - the package's own price store.

        Headers may be written in any case and with spaces. Dates are ISO dates, or datetimes at midnight.
    as_of : date or datetime, optional
        For a price store: what it held at the end of that day (UTC), or at that instant, instead of what it holds now.

    Notes
    -----
    A ticker whose rows have any adjusted close uses adjusted closes for its returns, any other its closes; the two
    are never mixed in one series. Zero prices are handed over as they are: they are no trade to the returns, and
    the quality checks report them. What was read is kept, so that a second ``fetch`` reads nothing again.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> written = (folder / "7203.T.csv").write_text("Date,Close\\n2026-01-06,3400\\n2026-01-07,3307\\n")
    >>> history = FilePrices(folder).fetch(["7203.T", "7267.T"])
    >>> history.frames["7203.T"]["close"].tolist(), dict(history.missing)
    ([3400.0, 3307.0], {'7267.T': 'the source has no such ticker'})
    """

    path: str | os.PathLike[str]
    as_of: store.AsOf | None = None
    _read: dict[str, _Rows] = field(default_factory=dict, init=False, repr=False, compare=False)

    def fetch(self, tickers: Sequence[str], start: date | None = None, end: date | None = None) -> PriceHistory:
        """Prices of ``tickers`` from ``start`` to ``end``, both inclusive; None leaves that side open.

        Returns
        -------
        PriceHistory
            Frames of the tickers that are there; ``missing`` says why the others are not.

        Raises
        ------
        InputError
            If cells are at fault: every one of them, with file, line and column.
        PriceError
            If the path as a whole cannot be read.

        Examples
        --------
        >>> import tempfile
        >>> from datetime import date
        >>> from pathlib import Path
        >>> import eventstudy as es
        >>> path = Path(tempfile.mkdtemp()) / "prices.csv"
        >>> written = path.write_text("ticker,date,close\\nAA,2026-01-06,10\\nAA,2026-01-07,11\\n")
        >>> es.FilePrices(path).fetch(["AA"], start=date(2026, 1, 7)).frames["AA"]["close"].to_dict()
        {Timestamp('2026-01-07 00:00:00'): 11.0}
        """
        wanted = list(dict.fromkeys(tickers))
        taken = self._rows().take(wanted, start, end)
        frames = {ticker: taken.frames[ticker] for ticker in wanted if len(taken.frames.get(ticker, ()))}
        missing = {}
        for ticker in wanted:
            if ticker in taken.reasons:
                missing[ticker] = taken.reasons[ticker]
            elif ticker not in taken.frames:
                missing[ticker] = said("absent.no_ticker")
            elif ticker not in frames:
                missing[ticker] = said("absent.no_dates")
        return PriceHistory(
            frames=frames,
            missing=missing,
            snapshot=Snapshot(os.fspath(self.path), *taken.fetched, prices_sha256(frames)),
            notes=(*source_notes(frames), *taken.notes),
            currencies={ticker: unit for ticker, unit in taken.currencies.items() if ticker in frames},
        )

    def tickers(self) -> tuple[str, ...]:
        """Every ticker that the path has, sorted.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import eventstudy as es
        >>> path = Path(tempfile.mkdtemp()) / "prices.csv"
        >>> written = path.write_text("ticker,date,close\\nBB,2026-01-06,20\\nAA,2026-01-06,10\\n")
        >>> es.FilePrices(path).tickers()
        ('AA', 'BB')
        """
        return self._rows().tickers()

    def _rows(self) -> _Rows:
        if "" not in self._read:
            self._read[""] = _open(os.fspath(self.path), self.as_of)
        return self._read[""]


@dataclass(frozen=True, eq=False)
class _Long:
    """One long file, read whole."""

    table: PriceTable
    currencies: Mapping[str, str]

    def take(self, tickers: Sequence[str], start: date | None, end: date | None) -> _Taken:
        frames = {ticker: self.table.frame(ticker, start, end) for ticker in tickers if ticker in self.table}
        return _Taken(frames, dict(self.currencies))

    def tickers(self) -> tuple[str, ...]:
        return self.table.tickers


@dataclass(frozen=True, eq=False)
class _Folder:
    """A folder of one file a ticker; each is read when it is first asked for."""

    path: str
    files: Mapping[str, str]
    held: dict[str, tuple[PriceTable, str]] = field(default_factory=dict)

    def take(self, tickers: Sequence[str], start: date | None, end: date | None) -> _Taken:
        wanted = [ticker for ticker in tickers if ticker in self.files]
        if tickers and not wanted:
            self._refuse_long_files()
        problems: list[Problem] = []
        for ticker in wanted:
            if ticker not in self.held:
                file = os.path.join(self.path, self.files[ticker])
                try:
                    text = read_text(_contents(file), file, ticker)
                except InputError as error:
                    problems += error.problems
                else:
                    self.held[ticker] = (text.table, text.currencies.get(ticker, ""))
        raise_problems(self.path, problems)
        frames = {ticker: self.held[ticker][0].frame(ticker, start, end) for ticker in wanted}
        return _Taken(frames, {ticker: self.held[ticker][1] for ticker in wanted if self.held[ticker][1]})

    def tickers(self) -> tuple[str, ...]:
        if len(self.files) == 1:
            self._refuse_long_files()
        return tuple(sorted(self.files))

    def _refuse_long_files(self) -> None:
        """Raise where what was taken for one ticker's file holds those of many."""
        for ticker, name in list(self.files.items())[:_MOST_LOOKED_INTO]:
            file = os.path.join(self.path, name)
            lines = _contents(file)[:_HEAD_BYTES].decode("utf-8", "replace").removeprefix("\ufeff").splitlines()[:2]
            header, row = (next(csv.reader([line]), []) for line in [*lines, "", ""][:2])
            own = dict(zip(column_names(header), row, strict=False)).get("ticker", ticker).strip()
            if own != ticker:
                raise PriceError(
                    f"{self.path}: in a folder each CSV is looked for by its ticker (TICKER.csv), and {name} has a "
                    f"column of tickers, {quoted(own)} first; give the file itself, {file}",
                    source=self.path,
                )


@dataclass(frozen=True, eq=False)
class _Store:
    """The package's own store."""

    path: str
    as_of: store.AsOf | None

    def take(self, tickers: Sequence[str], start: date | None, end: date | None) -> _Taken:
        held, reasons = store.read_all(self.path, tickers, self.as_of)
        return _Taken(
            {ticker: rows.frame(start, end) for ticker, rows in held.items()},
            store.currencies_of(held),
            reasons,
            store.fetch_span(held),
            (*store.as_of_note(self.as_of), *store.superseded_note(held)),
        )

    def tickers(self) -> tuple[str, ...]:
        return store.stored_tickers(self.path)


def _open(path: str, as_of: store.AsOf | None) -> _Rows:
    """Whatever stands at a path, recognised by what it is and not by its name alone."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PriceError(f"{path}: {reason.lower()}; give {SHAPES}", source=path) from error
    if stat.S_ISDIR(mode) and store.is_store(path):
        store.existing_store(path)  # refuses a newer version
        return _Store(path, as_of)
    if as_of is not None:
        raise PriceError(
            f"{path} is no price store: what it held at {store.as_of_text(as_of)} is not known; leave out as_of "
            "(--as-of), or give a store that eventstudy prices fetch filled",
            source=path,
        )
    if stat.S_ISDIR(mode):
        return _open_folder(path)
    if not stat.S_ISREG(mode):
        raise PriceError(f"{path} is neither a file nor a folder; give {SHAPES}", source=path)
    if path.lower().endswith(_PARQUET_ENDINGS) or _begins(path, b"PAR1"):
        return _read_parquet([path], path)
    rows = read_text(_contents(path), path)
    return _Long(rows.table, rows.currencies)


def _open_folder(path: str) -> _Rows:
    try:
        names = sorted(entry.name for entry in os.scandir(path) if entry.is_file() and entry.name[0] not in ".~")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PriceError(f"{path} cannot be read ({reason}); check its permissions", source=path) from error
    files: dict[str, str] = {}
    problems = []
    for name in names:
        ending = next((each for each in reversed(_CSV_ENDINGS) if name.lower().endswith(each)), "")
        if not ending:
            continue
        ticker = unquote(name[: -len(ending)])
        if ticker in files:
            what = f"{files[ticker]} is the same ticker, {quoted(ticker)}"
            problems.append(Problem(os.path.join(path, name), 0, "", what, "keep one of the two files"))
        files[ticker] = name
    raise_problems(path, problems)
    if files:
        return _Folder(path, files)
    parquet = [os.path.join(path, name) for name in names if name.lower().endswith(_PARQUET_ENDINGS)]
    if parquet:
        return _read_parquet(parquet, path)
    raise PriceError(f"{path} holds no price files; give {SHAPES}", source=path)


def _begins(path: str, mark: bytes) -> bool:
    try:
        with open(path, "rb") as stream:
            return stream.read(len(mark)) == mark
    except OSError as error:
        raise unreadable(path, error) from error


def _contents(path: str) -> bytes:
    """The bytes of a CSV, decompressed where its first bytes say that it is compressed."""
    try:
        with open(path, "rb") as stream:
            return unpacked(stream.read(), path)
    except OSError as error:
        raise unreadable(path, error) from error


def _read_parquet(files: Sequence[str], path: str) -> _Rows:
    """Long Parquet files, stacked."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    blocks: list[tuple[list[str], Any, Any, Any]] = []
    stated: dict[str, str] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            with pq.ParquetFile(file) as stream:
                check_parquet_size(stream.metadata, file, os.path.getsize(file))
                header = [str(name) for name in stream.schema_arrow.names]
                faults = header_problems(file, header, None, 0)
                if faults:
                    problems += faults
                    continue
                wanted = [raw for raw, name in zip(header, column_names(header), strict=True) if name]
                table = stream.read(columns=wanted)
            table = table.rename_columns(column_names(table.column_names))
            block, units = _parquet_block(table, file, problems)
        except (
            pa.ArrowException,
            OSError,
            LookupError,
            ValueError,
            TypeError,
            OverflowError,
        ) as error:  # bytes that only looked like Parquet
            raise unreadable(file, error) from error
        if block is not None:
            blocks.append(block)
            stated |= units
    raise_problems(path, problems)
    if not blocks:
        raise InputError(path, [Problem(path, 0, "", "there are columns but no row", "add rows")])
    offsets = np.cumsum([0, *(len(block[0]) for block in blocks)])
    tickers = [ticker for block in blocks for ticker in block[0]]
    codes = np.concatenate([block[1] + offset for block, offset in zip(blocks, offsets[:-1], strict=True)])
    days = np.concatenate([block[2] for block in blocks])
    prices, repeats = sort_rows(tickers, codes, days, np.concatenate([block[3] for block in blocks], axis=1))
    for first, again in repeats[:MAX_PROBLEMS]:
        what = f"{one_line(tickers[codes[again]], 80)} on {days[again]} already stands in row {first + 1}"
        problems.append(Problem(path, int(again) + 1, "date", what, "keep one of the two rows"))
    raise_problems(path, problems)
    return _Long(prices, stated)


def _parquet_block(table: Any, path: str, problems: list[Problem]) -> tuple[Any, dict[str, str]]:
    """Tickers, codes, days and values of one Arrow table; faults are added to ``problems``, with row numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    count = table.num_rows
    before = len(problems)
    if not count:
        return None, {}
    texts = {}
    for name in ("ticker", "currency"):
        if name in table.column_names:
            column = table.column(name)
            column = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
            texts[name] = words_and_codes(column.cast(pa.string()).dictionary_encode())
    tickers, codes = texts["ticker"]
    tickers = [ticker.strip() for ticker in tickers]
    blank = np.array([not ticker for ticker in tickers] + [True])  # the last stands for null, code -1
    for row in np.flatnonzero(blank[codes])[:MAX_PROBLEMS]:
        problems.append(Problem(path, int(row) + 1, "ticker", "the cell is empty", "write the ticker"))
    column = table.column("date")
    column = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    if pa.types.is_date(column.type):
        column = column.cast(pa.date32())
    words, day_codes = words_and_codes(pc.cast(column, pa.string()).dictionary_encode())
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        local = pc.local_timestamp(column)
        words, day_codes = words_and_codes(pc.cast(local, pa.string()).dictionary_encode())
    parsed = [parse_day(word) for word in words]
    unknown = np.array([day is None for day in parsed] + [True])
    for row in np.flatnonzero(unknown[day_codes])[:MAX_PROBLEMS]:
        cell = quoted(words[day_codes[row]]) if day_codes[row] >= 0 else "an empty cell"
        problems.append(Problem(path, int(row) + 1, "date", f"{cell} is no date", "write it as 2026-01-07"))
    values = np.full((len(PRICE_COLUMNS), count), np.nan)
    for place, name in enumerate(PRICE_COLUMNS):
        if name in table.column_names:
            column = table.column(name)
            try:
                if pa.types.is_boolean(column.type):
                    raise ValueError("true and false")
                values[place] = column.cast(pa.float64()).to_numpy()
            except (pa.ArrowException, ValueError) as error:
                problems.append(Problem(path, 0, name, f"not numbers ({one_line(error, 80)})", "store it as numbers"))
    for place, row in np.argwhere(np.isinf(values) | (values < 0))[:MAX_PROBLEMS]:
        what = f"'{values[place, row]:g}' is {'negative' if np.isfinite(values[place, row]) else 'no number'}"
        problems.append(Problem(path, int(row) + 1, PRICE_COLUMNS[place], what, "correct it, or leave it empty"))
    if len(problems) > before:
        return None, {}
    days = np.array(parsed, dtype="datetime64[D]")[day_codes]
    units = stated_currencies(tickers, codes, *texts["currency"]) if "currency" in texts else {}
    return (tickers, codes, days, values), units
