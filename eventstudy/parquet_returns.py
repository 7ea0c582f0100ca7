"""Returns in Parquet files, more of them than fit into memory: read by security, when they are wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.errors import InputError, Problem, one_line

# rows of a row group that a reader with little memory can take in
LARGEST_GROUP = 20_000_000
# times that a study may read the rows because one row group holds securities of many parts
MOST_READINGS = 8
# sessions that a calendar may lie apart for places to be looked up instead of searched
WIDEST = 50_000_000
# cells of a block's (securities, sessions) array
BLOCK_CELLS = 1_000_000


@dataclass(frozen=True)
class ParquetReturns:
    """Long rows of returns in Parquet, one a security and session, taken by ``study_returns`` in place of a frame.

    Parameters
    ----------
    path : path-like
        A Parquet file, or a folder of them, at any depth. In each file rows ascend by security; the rows of one
        security may stand in several files, by year for example. Row groups of 100,000 to 1,000,000 rows let a study
        read little more than it wants.
    security, session, value : str
        Columns: integer or text; date, timestamp, integer or text; number. Others are not read.

    Notes
    -----
    A session without a row, or with an empty or NaN value, has no return. ``factors`` give the calendar; without
    factors it is made of all sessions found. Which securities stand in which row groups is looked up once, in the
    security column alone.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import eventstudy as es
    >>> frame, pairs, market = es.example_returns()
    >>> long = frame.rename_axis(columns="security_id").unstack().rename("return").reset_index()
    >>> path = Path(tempfile.mkdtemp()) / "returns.parquet"
    >>> long.to_parquet(path, row_group_size=100_000)
    >>> source = es.ParquetReturns(path)
    >>> es.study_returns(source, pairs, market, es.StudySpec(windows=((0, 0),)))
    <StudyResults: 6 of 6 pairs used, 1 event, model market, windows [0,0]>
    >>> source.columns, source.rows, len(source.sessions()), source.newest(market.index)
    (('security_id', 'session', 'return'), 1800, 300, 299)
    >>> source.absent(["S0", "S9"]), source.in_order(["S1", "S0"]), len(source.blocks(["S0", "S1"], market.index))
    (['S9'], ['S0', 'S1'], 1)
    """

    path: str | os.PathLike[str]
    security: str = "security_id"
    session: str = "session"
    value: str = "return"
    _index: list[_Index] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def columns(self) -> tuple[str, str, str]:
        """Names of the security, the session and the value."""
        return self.security, self.session, self.value

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(group.rows for group in self._indexed().groups)

    def _indexed(self) -> _Index:
        """Where each security is, looked up once."""
        if not self._index:
            self._index.append(_Index.of(os.fspath(self.path), self.columns))
        return self._index[0]

    def sessions(self) -> pd.Index:
        """Every session that any row has, ascending."""
        found: list[np.ndarray] = []
        for file, numbers in self._indexed().by_file():
            opened = _opened(file)
            found += [_plain(_read(opened, file, one, (self.session,)).column(0)) for one in numbers]
            found = [np.unique(np.concatenate(found))]
        calendar: pd.Index = pd.Index(found[0], name=self.session)
        return calendar

    def newest(self, index: pd.Index) -> int:
        """Place of the last session of any row in a calendar."""
        calendar = _Calendar(index.to_numpy())
        latest = -1
        for file, numbers in self._indexed().by_file():
            opened = _opened(file)
            for number in numbers:
                session = _plain(_read(opened, file, number, (self.session,)).column(0))
                latest = max(latest, int(calendar.places(session).max(initial=-1)))
        return latest

    def absent(self, names: Sequence[str]) -> list[str]:
        """Those of the names that no row has."""
        known = self._indexed().names
        return [name for name in names if name not in known]

    def in_order(self, names: Sequence[str]) -> list[str]:
        """The names in the order in which the files have them."""
        known = self._indexed().names
        return sorted(names, key=lambda name: known[name])

    def blocks(self, names: Sequence[str], index: pd.Index) -> list[ParquetBlock]:
        """The returns of some securities in blocks that are read when they are wanted.

        Parameters
        ----------
        names : sequence of str
            Securities in the order of the files.
        index : Index
            Sessions, ascending.

        Returns
        -------
        list of ParquetBlock
            The same for the same securities and sessions, whoever reads them.

        Raises
        ------
        InputError
            If the row groups are such that the blocks would read the files many times over.
        """
        indexed = self._indexed()
        ids = [indexed.names[name] for name in names]
        width = max(BLOCK_CELLS // max(len(index), 1), 1)
        sessions = index.to_numpy()
        blocks = []
        for begin in range(0, len(ids), width):
            chosen = ids[begin : begin + width]
            groups = indexed.holding(chosen)
            blocks.append(ParquetBlock(os.fspath(self.path), self.columns, tuple(groups), tuple(chosen), sessions))
        read = sum(group.rows for block in blocks for group in block.groups)
        total = self.rows
        if read > MOST_READINGS * total:
            largest = max(group.rows for group in indexed.groups)
            raise _fault(
                os.fspath(self.path),
                self.security,
                f"its row groups of up to {largest:,} rows hold so many securities each that a study would read the "
                f"files {read / total:.0f} times over",
                f"write them with row_group_size={max(total // len(blocks) // 4, 10_000):,} or so",
            )
        return blocks


@dataclass(frozen=True)
class _Group:
    """One row group."""

    file: str
    number: int
    rows: int
    ids: frozenset[Any]


@dataclass(frozen=True, eq=False)
class _Index:
    """Which securities stand where."""

    groups: tuple[_Group, ...]
    names: dict[str, Any]

    @classmethod
    def of(cls, path: str, columns: tuple[str, str, str]) -> _Index:
        """Of a file or of all files below a folder, in the order of their names."""
        groups = [group for file in _files(path) for group in _groups(file, columns)]
        ids = sorted(frozenset().union(*(group.ids for group in groups)), key=_sort_key)
        if not ids:
            raise _fault(path, "", "it has no rows", "give a file or folder that holds returns")
        names = {str(one): one for one in ids}
        if len(names) < len(ids):
            raise _fault(path, columns[0], "ids of several kinds read alike", "write them as one kind in all files")
        return cls(tuple(groups), names)

    def by_file(self) -> Iterator[tuple[str, list[int]]]:
        """Each file and the numbers of its row groups."""
        yield from _by_file(self.groups)

    @cached_property
    def _holders(self) -> dict[Any, list[int]]:
        found: dict[Any, list[int]] = {}
        for place, group in enumerate(self.groups):
            for one in group.ids:
                found.setdefault(one, []).append(place)
        return found

    def holding(self, ids: Sequence[Any]) -> list[_Group]:
        """The row groups that have rows of any of these securities, in their order."""
        return [self.groups[place] for place in sorted({place for one in ids for place in self._holders[one]})]


def _sort_key(one: Any) -> tuple[str, Any]:
    return type(one).__name__, one


def _by_file(groups: Sequence[_Group]) -> Iterator[tuple[str, list[int]]]:
    """Files of some row groups, with their numbers in them."""
    found: dict[str, list[int]] = {}
    for group in groups:
        found.setdefault(group.file, []).append(group.number)
    yield from found.items()


def _fault(path: str, column: str, what: str, remedy: str) -> InputError:
    return InputError(path, [Problem(path, 0, column, what, remedy)])


def _files(path: str) -> list[str]:
    """The Parquet files of a path, by name."""
    place = Path(path)
    if place.is_dir():
        found = sorted(str(one) for ending in ("*.parquet", "*.pq") for one in place.rglob(ending) if one.is_file())
        if not found:
            raise _fault(path, "", "the folder holds no .parquet file", "give the folder that the returns stand in")
        return found
    if not place.is_file():
        raise _fault(path, "", "there is no such file or folder", "give the path of the returns")
    return [path]


def _opened(file: str) -> Any:
    """A Parquet file, open."""
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(file, memory_map=True)
    except Exception as error:  # Arrow and the system have errors of many kinds
        raise _unreadable(file, error) from error


def _read(opened: Any, file: str, number: int, columns: Sequence[str]) -> Any:
    """Some columns of a row group."""
    try:
        return opened.read_row_group(number, columns=list(columns), use_threads=False)
    except Exception as error:  # damage shows in many ways
        raise _unreadable(file, error) from error


def _unreadable(file: str, error: Exception) -> InputError:
    reason = one_line(getattr(error, "strerror", None) or error) or type(error).__name__
    return _fault(file, "", f"it cannot be read ({reason})", "check the file, or write it again")


def _groups(file: str, columns: tuple[str, str, str]) -> Iterator[_Group]:
    """The row groups of a file with the securities of each, after a look at its columns."""
    opened = _opened(file)
    _check_columns(file, opened.schema_arrow, columns)
    before: Any = None
    for number in range(opened.num_row_groups):
        rows = opened.metadata.row_group(number).num_rows
        if rows > LARGEST_GROUP:
            raise _fault(
                file, "", f"row group {number} has {rows:,} rows", "write with row_group_size=1_000_000 or fewer"
            )
        if not rows:
            continue
        ids, _ = _runs(_read(opened, file, number, columns[:1]).column(0))
        empty = any(one is None or one != one for one in ids)
        if empty:
            raise _fault(file, columns[0], f"row group {number} has empty cells", "name the security of every row")
        for one in ids:
            if before is not None and not before <= one:
                raise _fault(
                    file,
                    columns[0],
                    f"{one} stands after {before} in row group {number}, so rows are not sorted by security",
                    f"sort each file by {columns[0]} and {columns[1]}",
                )
            before = one
        yield _Group(file, number, rows, frozenset(ids))


def _check_columns(file: str, schema: Any, columns: tuple[str, str, str]) -> None:
    """Refuse a file without the columns, or with columns of another kind."""
    from pyarrow import types

    words = (types.is_string, types.is_large_string, types.is_string_view)
    wanted = (
        ((types.is_integer, *words), "integers or text"),
        ((types.is_integer, types.is_date, types.is_timestamp, *words), "dates, integers or text"),
        ((types.is_floating, types.is_decimal, types.is_integer), "numbers"),
    )
    problems = []
    for name, (fitting, kinds) in zip(columns, wanted, strict=True):
        if name not in schema.names:
            has = ", ".join(schema.names[:12])
            problems.append(Problem(file, 0, name, f"there is no such column among {has}", "name the column it is in"))
            continue
        kind = schema.field(name).type
        kind = kind.value_type if types.is_dictionary(kind) else kind
        if not any(fits(kind) for fits in fitting):
            problems.append(Problem(file, 0, name, f"it holds {kind}, not {kinds}", "write it as such"))
    if problems:
        raise InputError(file, problems)


def _runs(column: Any) -> tuple[list[Any], IntArray]:
    """Values of a column where they change, and where each run of equal ones begins."""
    import pyarrow as pa

    if pa.types.is_integer(column.type) and not column.null_count:
        codes = column.to_numpy()
        starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
        return codes[starts].tolist(), starts
    chunk = column.combine_chunks()
    chunk = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
    if isinstance(chunk, pa.ChunkedArray):
        chunk = chunk.unify_dictionaries().combine_chunks()
    codes = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    values = [*chunk.dictionary.to_pylist(), None]
    return [values[code] for code in codes[starts].tolist()], starts


def _plain(column: Any) -> np.ndarray:
    """A column as NumPy has it; dates as days, text as objects."""
    found: np.ndarray = column.to_numpy()
    return found


@dataclass(frozen=True, eq=False)
class ParquetBlock:
    """Returns of some securities, read from their row groups when they are wanted.

    Attributes
    ----------
    path : str
        What the user named.
    columns : (str, str, str)
        Security, session, value.
    groups : tuple
        Row groups that have rows of these securities.
    ids : tuple
        The securities, as the files have them.
    sessions : (S,) array
        The calendar, ascending.
    """

    path: str
    columns: tuple[str, str, str]
    groups: tuple[_Group, ...]
    ids: tuple[Any, ...]
    sessions: np.ndarray

    def __reduce__(self) -> tuple[Any, ...]:
        """Without the names of securities that only its neighbours ask for."""
        groups = tuple(_Group(one.file, one.number, one.rows, frozenset()) for one in self.groups)
        return type(self), (self.path, self.columns, groups, self.ids, self.sessions)

    def values(self) -> FloatArray:
        """(n, S) returns by security, NaN where there is no row.

        Raises
        ------
        InputError
            If a security has a session twice, or one that is not in the calendar.
        """
        values = np.full((len(self.ids), len(self.sessions)), np.nan)
        seen = np.zeros(values.shape, dtype=bool)
        row_of = {one: row for row, one in enumerate(self.ids)}
        calendar = _Calendar(self.sessions)
        for file, numbers in _by_file(self.groups):
            opened = _opened(file)
            for number in numbers:
                table = _read(opened, file, number, self.columns)
                self._place(file, table, row_of, calendar, values, seen)
        return values

    def _place(
        self, file: str, table: Any, row_of: dict[Any, int], calendar: _Calendar, values: FloatArray, seen: np.ndarray
    ) -> None:
        """The rows of one row group into their cells."""
        ids, starts = _runs(table.column(self.columns[0]))
        own = np.array([row_of.get(one, -1) for one in ids], dtype=np.int64)
        ends = np.append(starts[1:], table.num_rows)
        some = np.flatnonzero(own >= 0)
        if not len(some):
            return
        # securities ascend, so that those wanted lie close together
        begin, end = int(starts[some[0]]), int(ends[some[-1]])
        part = table.slice(begin, end - begin)
        row = np.repeat(own, ends - starts)[begin:end]
        session = _plain(part.column(self.columns[1]))
        value = _numbers(part.column(self.columns[2]))
        if len(some) < some[-1] - some[0] + 1:
            kept = row >= 0
            row, session, value = row[kept], session[kept], value[kept]
        place = calendar.places(session)
        strange = np.flatnonzero(place < 0)
        if len(strange):
            at = int(strange[0])
            raise _fault(
                file,
                self.columns[1],
                f"{_text(session[at])} of {self.ids[int(row[at])]} is no session of the calendar, which factors give",
                "give factors for every session of the returns, or leave other days out",
            )
        cell = row * seen.shape[1] + place
        flat = seen.reshape(-1)
        ordered = cell if bool((cell[1:] > cell[:-1]).all()) else np.sort(cell)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        twice = np.concatenate([twice, cell[flat[cell]]])
        if len(twice):
            security, day = divmod(int(twice[0]), seen.shape[1])
            raise _fault(
                file,
                self.columns[1],
                f"{self.ids[security]} has {_text(self.sessions[day])} twice",
                "keep one row a security and session",
            )
        flat[cell] = True
        values.reshape(-1)[cell] = value


def _numbers(column: Any) -> FloatArray:
    """Values as float64, NaN where empty."""
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _text(session: Any) -> str:
    """A session as messages say it."""
    return str(pd.Timestamp(session).date()) if isinstance(session, np.datetime64) else str(session)


class _Calendar:
    """Places of sessions among those of a calendar.

    Parameters
    ----------
    sessions : (S,) array
        Ascending.
    """

    def __init__(self, sessions: np.ndarray) -> None:
        self._index = pd.Index(sessions)
        self._places: IntArray | None = None
        if sessions.dtype.kind in "Mi" and len(sessions):
            keys = _ticks(sessions)
            self._first = int(keys[0])
            self._step = max(int(np.gcd.reduce(np.diff(keys))), 1)
            width = (int(keys[-1]) - self._first) // self._step + 1
            if width <= WIDEST:
                self._places = np.full(width, -1, dtype=np.int64)
                self._places[(keys - self._first) // self._step] = np.arange(len(keys))

    def places(self, sessions: np.ndarray) -> IntArray:
        """Place of each session, -1 where the calendar has none such."""
        known = self._places
        if known is None or sessions.dtype.kind != self._index.to_numpy().dtype.kind:
            return np.asarray(self._index.get_indexer(pd.Index(sessions)), dtype=np.int64)
        place, rest = np.divmod(_ticks(sessions) - self._first, self._step)
        inside = (rest == 0) & (place >= 0) & (place < len(known))
        found: IntArray = np.where(inside, known[np.where(inside, place, 0)], -1)
        return found


def _ticks(sessions: np.ndarray) -> IntArray:
    """Sessions as integers, dates in microseconds."""
    if sessions.dtype.kind == "M":
        return sessions.astype("datetime64[us]").astype(np.int64)
    return sessions.astype(np.int64, copy=False)
