"""Adding one event to a catalogue file without touching any other byte of it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace

from eventstudy.catalogue.events import CONFIDENCES, DIRECTIONS, EVENT_COLUMNS, Event, events_of
from eventstudy.catalogue.rows import Table, parse_table, quoted, read_bytes
from eventstudy.errors import EventStudyError, InputError, Problem, UsageError
from eventstudy.spelling import did_you_mean

_NEW = "the new event"
# a row without fault; its id is one that no curator writes
_GRANTED = {
    "event_id": "0-taken-for-granted",
    "announced_at": "2000-01-03",
    "title": "-",
    "direction": DIRECTIONS[0],
    "confidence": CONFIDENCES[0],
}


def append_event(path: str | os.PathLike[str], values: Mapping[str, str]) -> Event:
    """Append one event to a catalogue file, as one quoted row; every other byte stays as it was.

    The file and the row are validated in memory first; the file is then replaced in one step, so that an
    interrupted or failed write leaves the old one. Line ending, column order, byte order mark and file mode are
    the file's own; a missing final line break is added.

    Parameters
    ----------
    path : str or PathLike
        The catalogue; it must exist.
    values : mapping of str to str
        Cells by column; columns left out stay empty.

    Returns
    -------
    Event
        The event as the file now has it.

    Raises
    ------
    InputError
        If the file is invalid already, or the new row is; nothing is written.
    UsageError
        If ``values`` names a column that the file does not have.
    EventStudyError
        If the file cannot be written; the old one is still there.
    """
    name = os.fspath(path)
    target = os.path.realpath(name)
    with _locked_folder(os.path.dirname(target)):
        content = read_bytes(name)
        table = parse_table(content, name, EVENT_COLUMNS)
        events_of(table)
        longer, event = _with_row(content, table, values)
        _replace_file(name, target, content, longer)
    return event


def preview_event(path: str | os.PathLike[str], values: Mapping[str, str]) -> Event:
    """The event that ``append_event`` would add, after the same checks; nothing is written."""
    content = read_bytes(path)
    table = parse_table(content, os.fspath(path), EVENT_COLUMNS)
    events_of(table)
    return _with_row(content, table, values)[1]


def problems_of_cell(path: str | os.PathLike[str], column: str, value: str) -> tuple[Problem, ...]:
    """What is wrong with one cell of a row that ``append_event`` would add; none where it can be taken.

    The other cells are taken for granted, so that each answer of a dialogue can be judged at once.

    Raises
    ------
    InputError
        If the file itself is invalid.
    UsageError
        If it has no such column.
    """
    content = read_bytes(path)
    table = parse_table(content, os.fspath(path), EVENT_COLUMNS)
    events_of(table)
    try:
        _with_row(content, table, {**_GRANTED, column: value})
    except InputError as error:
        # a fault of the row's form, such as a line break that no cell may hold, names no column
        return tuple(problem for problem in error.problems if problem.column in (column, ""))
    return ()


def _with_row(content: bytes, table: Table, values: Mapping[str, str]) -> tuple[bytes, Event]:
    """The file's bytes with the new row, and the event it holds."""
    for column in values:
        if column not in table.columns:
            remedy = did_you_mean(column, table.columns, f"its columns are {', '.join(table.columns)}")
            raise UsageError(f"{table.path} has no column {quoted(column)}; {remedy}")
    line = ",".join(_as_cell(values.get(column, "")) for column in table.columns)
    separator = "" if content.endswith((b"\n", b"\r")) else table.newline
    # An undecodable argument of the shell becomes invalid bytes again, which the reader then reports.
    row = f"{separator}{line}{table.newline}".encode("utf-8", errors="surrogatepass")
    longer = content + row
    try:
        events = events_of(parse_table(longer, table.path, EVENT_COLUMNS))
    except InputError as error:
        raise InputError(_NEW, [replace(problem, path=_NEW, line=0) for problem in error.problems]) from None
    return longer, events[-1]


def _as_cell(value: str) -> str:
    if any(mark in value for mark in ',"\r\n') or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value


def _replace_file(name: str, target: str, content: bytes, longer: bytes) -> None:
    """Put ``longer`` in the place of ``content`` in one step, or leave the file as it was."""
    try:
        _write_beside(name, target, content, longer)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        remedy = "the file is as it was; make room or permission to write in its folder, then add the event again"
        raise EventStudyError(f"{name} cannot be written: {reason}; {remedy}") from None
    _sync_folder(os.path.dirname(target))


def _write_beside(name: str, target: str, content: bytes, longer: bytes) -> None:
    """Write a temporary file in the same folder and rename it; it is gone if anything fails."""
    before = os.stat(target)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only")
    handle, temporary = tempfile.mkstemp(prefix=".events-", suffix=".csv", dir=os.path.dirname(target))
    try:
        with open(handle, "wb") as stream:
            stream.write(longer)
            stream.flush()
            with contextlib.suppress(OSError, AttributeError):  # only the owner's own groups, or root
                os.chown(temporary, before.st_uid, before.st_gid)
            os.chmod(temporary, stat.S_IMODE(before.st_mode))
            os.fsync(stream.fileno())
        if read_bytes(name) != content:
            raise EventStudyError(f"{name} was changed by another program meanwhile; add the event again")
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _sync_folder(folder: str) -> None:
    """Make the new name durable where the system can; the row is in the file either way."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _locked_folder(folder: str) -> Iterator[None]:
    """Let two additions at once follow each other, where the system has file locks."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
