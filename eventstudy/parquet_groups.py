"""Files of returns and their row groups: which securities stand where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from eventstudy._arrays import IntArray
from eventstudy.errors import InputError, Problem, one_line

# rows of a row group that a reader with little memory can take in
LARGEST_GROUP = 20_000_000


@dataclass(frozen=True)
class Group:
    """One row group."""

    file: str
    number: int
    rows: int
    ids: frozenset[Any]


@dataclass(frozen=True, eq=False)
class Index:
    """Which securities stand where."""

    groups: tuple[Group, ...]
    names: dict[str, Any]

    @classmethod
    def of(cls, path: str, columns: tuple[str, str, str]) -> Index:
        """Of a file or of all files below a folder, in the order of their names."""
        groups = [group for file in _files(path) for group in _groups(file, columns)]
        ids = sorted(frozenset().union(*(group.ids for group in groups)), key=_sort_key)
        if not ids:
            raise fault(path, "", "it has no rows", "give a file or folder that holds returns")
        names = {str(one): one for one in ids}
        if len(names) < len(ids):
            raise fault(path, columns[0], "ids of several kinds read alike", "write them as one kind in all files")
        return cls(tuple(groups), names)

    def by_file(self) -> Iterator[tuple[str, list[int]]]:
        """Each file and the numbers of its row groups."""
        yield from by_file(self.groups)

    @cached_property
    def _holders(self) -> dict[Any, list[int]]:
        found: dict[Any, list[int]] = {}
        for place, group in enumerate(self.groups):
            for one in group.ids:
                found.setdefault(one, []).append(place)
        return found

    def holding(self, ids: Sequence[Any]) -> list[Group]:
        """The row groups that have rows of any of these securities, in their order."""
        return [self.groups[place] for place in sorted({place for one in ids for place in self._holders[one]})]


def _sort_key(one: Any) -> tuple[str, Any]:
    return type(one).__name__, one


def by_file(groups: Sequence[Group]) -> Iterator[tuple[str, list[int]]]:
    """Files of some row groups, with their numbers in them."""
    found: dict[str, list[int]] = {}
    for group in groups:
        found.setdefault(group.file, []).append(group.number)
    yield from found.items()


def fault(path: str, column: str, what: str, remedy: str) -> InputError:
    """What is wrong with a file, as the error to raise."""
    return InputError(path, [Problem(path, 0, column, what, remedy)])


def _files(path: str) -> list[str]:
    """The Parquet files of a path, by name."""
    place = Path(path)
    if place.is_dir():
        found = sorted(str(one) for ending in ("*.parquet", "*.pq") for one in place.rglob(ending) if one.is_file())
        if not found:
            raise fault(path, "", "the folder holds no .parquet file", "give the folder that the returns stand in")
        return found
    if not place.is_file():
        raise fault(path, "", "there is no such file or folder", "give the path of the returns")
    return [path]


def opened_file(file: str) -> Any:
    """A Parquet file, open."""
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(file, memory_map=True)
    except Exception as error:  # Arrow and the system have errors of many kinds
        raise _unreadable(file, error) from error


def read_group(opened: Any, file: str, number: int, columns: Sequence[str]) -> Any:
    """Some columns of a row group."""
    try:
        return opened.read_row_group(number, columns=list(columns), use_threads=False)
    except Exception as error:  # damage shows in many ways
        raise _unreadable(file, error) from error


def _unreadable(file: str, error: Exception) -> InputError:
    reason = one_line(getattr(error, "strerror", None) or error) or type(error).__name__
    return fault(file, "", f"it cannot be read ({reason})", "check the file, or write it again")


def _groups(file: str, columns: tuple[str, str, str]) -> Iterator[Group]:
    """The row groups of a file with the securities of each, after a look at its columns."""
    opened = opened_file(file)
    _check_columns(file, opened.schema_arrow, columns)
    before: Any = None
    for number in range(opened.num_row_groups):
        rows = opened.metadata.row_group(number).num_rows
        if rows > LARGEST_GROUP:
            raise fault(
                file, "", f"row group {number} has {rows:,} rows", "write with row_group_size=1_000_000 or fewer"
            )
        if not rows:
            continue
        ids, _ = runs(read_group(opened, file, number, columns[:1]).column(0))
        empty = any(one is None or one != one for one in ids)
        if empty:
            raise fault(file, columns[0], f"row group {number} has empty cells", "name the security of every row")
        for one in ids:
            if before is not None and not before <= one:
                raise fault(
                    file,
                    columns[0],
                    f"{one} stands after {before} in row group {number}, so rows are not sorted by security",
                    f"sort each file by {columns[0]} and {columns[1]}",
                )
            before = one
        yield Group(file, number, rows, frozenset(ids))


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


def runs(column: Any) -> tuple[list[Any], IntArray]:
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


def plain(column: Any) -> np.ndarray:
    """A column as NumPy has it; dates as days, text as objects."""
    found: np.ndarray = column.to_numpy()
    return found
