"""Returns of some securities out of Parquet files, as the array that a study works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.parquet_groups import Group, by_file, fault, opened_file, plain, read_group, runs

# sessions that a calendar may lie apart for places to be looked up instead of searched
WIDEST = 50_000_000


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
    groups: tuple[Group, ...]
    ids: tuple[Any, ...]
    sessions: np.ndarray

    def __reduce__(self) -> tuple[Any, ...]:
        """Without the names of securities that only its neighbours ask for."""
        groups = tuple(Group(one.file, one.number, one.rows, frozenset()) for one in self.groups)
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
        calendar = Calendar(self.sessions)
        for file, numbers in by_file(self.groups):
            opened = opened_file(file)
            for number in numbers:
                table = read_group(opened, file, number, self.columns)
                self._place(file, table, row_of, calendar, values, seen)
        return values

    def _place(
        self, file: str, table: Any, row_of: dict[Any, int], calendar: Calendar, values: FloatArray, seen: np.ndarray
    ) -> None:
        """The rows of one row group into their cells."""
        ids, starts = runs(table.column(self.columns[0]))
        own = np.array([row_of.get(one, -1) for one in ids], dtype=np.int64)
        ends = np.append(starts[1:], table.num_rows)
        some = np.flatnonzero(own >= 0)
        if not len(some):
            return
        # securities ascend, so that those wanted lie close together
        begin, end = int(starts[some[0]]), int(ends[some[-1]])
        part = table.slice(begin, end - begin)
        row = np.repeat(own, ends - starts)[begin:end]
        session = plain(part.column(self.columns[1]))
        value = _numbers(part.column(self.columns[2]))
        if len(some) < some[-1] - some[0] + 1:
            kept = row >= 0
            row, session, value = row[kept], session[kept], value[kept]
        place = calendar.places(session)
        strange = np.flatnonzero(place < 0)
        if len(strange):
            at = int(strange[0])
            raise fault(
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
            raise fault(
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


class Calendar:
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
