"""Typed cells: each check returns the value, or notes a problem and returns an empty one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from eventstudy.catalogue.rows import Row, Table, quoted
from eventstudy.errors import MAX_PRINTED_PROBLEMS, MAX_PROBLEMS, InputError, Problem, stopped_reading
from eventstudy.spelling import nearest

FIRST_YEAR, LAST_YEAR = 1900, 2100

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOOSE_DATE = re.compile(r"([0-9]{4})[-./]?([0-9]{1,2})[-./]?([0-9]{1,2})")
_INSTANT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<mark>[T ])(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WIDEST_OFFSET = timedelta(hours=14)


class Checker:
    """Collects the problems of one table, so that a curator mends them in one pass.

    Parameters
    ----------
    table : Table
        The parsed file; its faults of form come first.
    """

    def __init__(self, table: Table) -> None:
        self._path = table.path
        self._problems = list(table.problems)
        self._stopped = len(self._problems) > MAX_PROBLEMS

    def rows(self, table: Table) -> Iterator[Row]:
        """The table's records, to the end or until there are too many problems; that is then the last of them."""
        for row in table.rows:
            if len(self._problems) >= MAX_PROBLEMS:
                if not self._stopped:
                    self._problems.append(stopped_reading(self._path, row.line))
                    self._stopped = True
                return
            yield row

    def note(self, row: Row, column: str, what: str, remedy: str) -> None:
        """Record a problem of one cell."""
        self._problems.append(Problem(self._path, row.line_of(column), column, what, remedy))

    def raise_if_any(self) -> None:
        """Raise all problems in the file's order, if there are any."""
        if self._problems:
            raise InputError(self._path, sorted(self._problems, key=lambda problem: problem.line))

    def nearest(self, value: str, names: Iterable[str]) -> str:
        """The known name most like ``value``, while the message still prints what is found."""
        return nearest(value, names) if len(self._problems) < MAX_PRINTED_PROBLEMS else ""

    def filled(self, row: Row, column: str, example: str) -> str:
        """The cell's text, which must not be blank."""
        value = row.cells[column]
        if not value.strip():
            self.note(row, column, "the cell is empty", f"write {example}")
        return value

    def one_of(self, row: Row, column: str, choices: Sequence[str]) -> str:
        """The cell's text, which must be one of ``choices``."""
        value = row.cells[column]
        if value not in choices:
            what = f"{quoted(value)} is not one of {', '.join(choices)}" if value.strip() else "the cell is empty"
            near = self.nearest(value, choices)
            self.note(row, column, what, f"write {near}" if near else f"write one of {', '.join(choices)}")
        return value

    def day(self, row: Row, column: str, *, required: bool = False) -> date | None:
        """The cell's ISO 8601 date; None where it is empty or wrong."""
        value = row.cells[column]
        if not value and not required:
            return None
        try:
            return parse_day(value)
        except ValueError as error:
            what, remedy = error.args
            self.note(row, column, what, remedy)
            return None

    def moment(self, row: Row, column: str) -> datetime | date | None:
        """The cell's instant with offset, or bare date; None where it is wrong."""
        try:
            return parse_moment(row.cells[column])
        except ValueError as error:
            what, remedy = error.args
            self.note(row, column, what, remedy)
            return None

    def url(self, row: Row, column: str) -> str:
        """The cell's text, which must be empty or an http or https address."""
        value = row.cells[column]
        if value and not _is_web_address(value):
            remedy = "write an address that begins with http:// or https://, or leave the cell empty"
            self.note(row, column, f"{quoted(value)} is not a web address", remedy)
        return value

    def number(self, row: Row, column: str) -> float:
        """The cell's finite number; NaN where it is wrong."""
        value = parse_number(row.cells[column])
        if value is None:
            self.note(row, column, f"{quoted(row.cells[column])} is not a number", "write digits with a decimal point")
            return float("nan")
        return value


def parse_day(value: str) -> date:
    """The date of ``YYYY-MM-DD``.

    Raises
    ------
    ValueError
        With two arguments: what is wrong, and what to write.

    Examples
    --------
    >>> parse_day("2026-01-06")
    datetime.date(2026, 1, 6)
    """
    if not value.strip():
        raise ValueError("the cell is empty", "write a date such as 2026-01-06")
    if not _DATE.fullmatch(value):
        loose = _LOOSE_DATE.fullmatch(value.strip())
        suggestion = "a date such as 2026-01-06"
        if loose is not None:
            candidate = f"{loose[1]}-{int(loose[2]):02d}-{int(loose[3]):02d}"
            suggestion = candidate if _real(candidate) else suggestion
        raise ValueError(f"{quoted(value)} is not an ISO 8601 date", f"write {suggestion}")
    if not _real(value):
        raise ValueError(f"{quoted(value)} is not a day of the calendar", "correct the year, month or day")
    day = date.fromisoformat(value)
    _check_year(day, value)
    return day


def parse_moment(value: str) -> datetime | date:
    """The instant of an ISO 8601 date and time with offset, or the date of a bare one.

    Raises
    ------
    ValueError
        With two arguments: what is wrong, and what to write.

    Examples
    --------
    >>> parse_moment("2026-01-06T16:38:24+08:00").isoformat()
    '2026-01-06T16:38:24+08:00'
    >>> parse_moment("2026-01-06")
    datetime.date(2026, 1, 6)
    """
    if not value.strip():
        raise ValueError("the cell is empty", "write an instant such as 2026-01-06T16:38+08:00, or a date")
    if _DATE.fullmatch(value):
        return parse_day(value)
    match = _INSTANT.fullmatch(value)
    if match is None:
        raise ValueError(
            f"{quoted(value)} is neither an ISO 8601 instant nor a date",
            "write an instant such as 2026-01-06T16:38+08:00, or a date such as 2026-01-06",
        )
    if not _real(match["date"]):
        raise ValueError(f"{quoted(value)} is not a day of the calendar", "correct the year, month or day")
    try:
        clock = datetime.fromisoformat(f"{match['date']}T{match['time']}")
    except ValueError:
        raise ValueError(f"{quoted(value)} is not a time of day", "write hours 00 to 23, minutes 00 to 59") from None
    _check_year(clock, value)
    if match["offset"] is None:
        raise ValueError(f"{quoted(value)} has no UTC offset", f"write {match['date']}T{match['time']}+08:00")
    instant = _with_offset(clock, match["offset"])
    if instant is None:
        raise ValueError(f"{quoted(value)} has an offset that no place on earth keeps", "write one such as +08:00")
    if match["mark"] != "T":
        raise ValueError(
            f"{quoted(value)} is not ISO 8601, which joins date and time by T",
            f"write {match['date']}T{match['time']}{match['offset']}",
        )
    return instant


def parse_number(value: str) -> float | None:
    """The finite number that the text writes in digits, or None.

    Examples
    --------
    >>> parse_number("-2.5"), parse_number("nan"), parse_number("1_000")
    (-2.5, None, None)
    """
    if len(value) > 60 or not _NUMBER.fullmatch(value):
        return None
    number = float(value)
    return number if abs(number) != float("inf") else None


def split_names(value: str) -> tuple[str, ...]:
    """The semicolon-separated names of a cell, without blanks.

    Examples
    --------
    >>> split_names("Taiwan; Japan")
    ('Taiwan', 'Japan')
    """
    return tuple(name for part in value.split(";") if (name := part.strip()))


def _real(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _check_year(day: date, value: str) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{quoted(value)} lies outside the years {FIRST_YEAR} to {LAST_YEAR}", "correct the year")


def _with_offset(clock: datetime, offset: str) -> datetime | None:
    """The aware datetime, or None where no such offset exists."""
    try:
        instant = datetime.fromisoformat(clock.isoformat() + ("+00:00" if offset == "Z" else offset))
    except ValueError:
        return None
    difference = instant.utcoffset()
    return None if difference is None or abs(difference) > _WIDEST_OFFSET else instant


def _is_web_address(value: str) -> bool:
    if any(character.isspace() for character in value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
