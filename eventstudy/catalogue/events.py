"""What happened and when: the typed, validated rows of ``events.csv``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, overload

from eventstudy.catalogue.cells import Checker, split_names
from eventstudy.catalogue.defaults import default_path
from eventstudy.catalogue.rows import Row, Table, parse_table, quoted, read_bytes
from eventstudy.errors import UsageError
from eventstudy.notebook import card
from eventstudy.numbers import counted
from eventstudy.spelling import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

EVENT_COLUMNS = (
    "event_id",
    "announced_at",
    "title",
    "episode",
    "direction",
    "actor",
    "target",
    "materials",
    "summary",
    "source_title",
    "source_publisher",
    "source_date",
    "source_url",
    "confidence",
)
DIRECTIONS = ("restriction", "escalation", "relief", "support")
CONFIDENCES = ("confirmed", "reported", "uncertain")
MAX_ID_CHARACTERS = 80
_MOST_SHOWN = 10

_EVENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Event:
    """One announcement or credible report.

    Attributes
    ----------
    event_id : str
        Letters, digits, ``.``, ``_``, ``-``; unique in its file.
    announced_at : datetime or date
        An aware datetime with the offset as written, or a plain date where the hour is unknown.
    title, summary : str
        Text, exactly as in the file.
    episode : str
        The episode it belongs to; its own id where the file leaves it empty.
    direction : str
        ``restriction``, ``escalation``, ``relief`` or ``support``.
    actor, target, materials : str and tuples of str
        Who acted, against whom, on what; several are separated by semicolons in the file.
    source_title, source_publisher, source_url : str
        Where it was read.
    source_date : date or None
        None where the source carries no date.
    confidence : str
        ``confirmed``, ``reported`` or ``uncertain``.
    extra : mapping of str to str
        Further columns of the file.
    line : int
        Line of the file; 0 for an event made in code.

    Examples
    --------
    >>> import eventstudy as es
    >>> ban = es.read_events().get("2026-01-06-japan-dual-use-ban")
    >>> ban.announced_at.isoformat(), ban.has_time, ban.announced_date.isoformat()
    ('2026-01-06T16:38:24+08:00', True, '2026-01-06')
    >>> ban.direction, ban.news
    ('restriction', 'tightening')
    """

    event_id: str
    announced_at: datetime | date
    title: str
    episode: str
    direction: str
    actor: str = ""
    target: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    summary: str = ""
    source_title: str = ""
    source_publisher: str = ""
    source_date: date | None = None
    source_url: str = ""
    confidence: str = "confirmed"
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    line: int = 0

    @property
    def has_time(self) -> bool:
        """Whether the instant is known, not only the day."""
        return isinstance(self.announced_at, datetime)

    @property
    def announced_date(self) -> date:
        """The calendar day at the announcer's own offset."""
        return self.announced_at.date() if isinstance(self.announced_at, datetime) else self.announced_at

    @property
    def news(self) -> str:
        """``tightening`` for restrictions and escalations, else the direction: opposite news is never averaged."""
        return "tightening" if self.direction in ("restriction", "escalation") else self.direction


@dataclass(frozen=True, repr=False)
class Events(Sequence[Event]):
    """The events of one file, in its order.

    Attributes
    ----------
    rows : tuple of Event
        The events.
    path : str
        The file, as the user named it.
    sha256 : str
        Hash of its bytes, 64 hex digits.

    Examples
    --------
    >>> import eventstudy as es
    >>> events = es.read_events()
    >>> len(events.select(episode="2025-october")) < len(events)
    True
    >>> events.get("2026-01-06-japan-dual-use-ban").target
    ('Japan',)
    >>> list(events.to_frame().columns)[:3]
    ['event_id', 'announced_at', 'title']
    """

    rows: tuple[Event, ...]
    path: str = ""
    sha256: str = ""

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Event, ...]: ...
    def __getitem__(self, index: int | slice) -> Event | tuple[Event, ...]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"Events({len(self.rows)} from {self.path or 'code'})"

    def _repr_html_(self) -> str:
        shown = self.rows[-_MOST_SHOWN:]
        rows = [(event.event_id, event.announced_date.isoformat(), event.direction, event.title) for event in shown]
        lines = [f"{counted(len(self.rows), 'event')} from {self.path or 'code'}"]
        if len(shown) < len(self.rows):
            lines.append(f"The last {len(shown)} of them; all: .to_frame()")
        return card("Events", lines, ("event_id", "announced", "direction", "title"), rows, words=4)

    def get(self, event_id: str) -> Event:
        """The event of that id.

        Raises
        ------
        UsageError
            If there is none; the message names the nearest id.
        """
        for event in self.rows:
            if event.event_id == event_id:
                return event
        message = f"there is no event {quoted(event_id)} in {self.path or 'these events'}"
        remedy = did_you_mean(event_id, (event.event_id for event in self.rows), "see `eventstudy events list`")
        raise UsageError(f"{message}; {remedy}")

    def select(
        self,
        event_ids: Iterable[str] = (),
        episode: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Events:
        """The events that meet all conditions given, in the file's order.

        Parameters
        ----------
        event_ids : iterable of str
            Empty: all.
        episode : str, optional
            Only this episode.
        since, until : date, optional
            First and last day of announcement, both included.

        Raises
        ------
        UsageError
            If an id or the episode does not exist; the message names the nearest.
        """
        wanted = {self.get(event_id).event_id for event_id in event_ids}
        if episode is not None and all(event.episode != episode for event in self.rows):
            message = f"there is no episode {quoted(episode)} in {self.path or 'these events'}"
            known = (event.episode for event in self.rows)
            raise UsageError(f"{message}; {did_you_mean(episode, known, 'see `eventstudy events list`')}")
        if since is not None and until is not None and since > until:
            raise UsageError(f"no event lies between {since} and {until}; the first date must not follow the last")
        kept = tuple(
            event
            for event in self.rows
            if (not wanted or event.event_id in wanted)
            and (episode is None or event.episode == episode)
            and (since is None or event.announced_date >= since)
            and (until is None or event.announced_date <= until)
        )
        return replace(self, rows=kept)

    def to_frame(self) -> pd.DataFrame:
        """One row an event, the columns of ``events.csv`` and the file's further ones, all text.

        ``announced_at`` and ``source_date`` are ISO 8601, several names in a cell are joined by semicolons.
        """
        import pandas as pd

        extra = dict.fromkeys(name for event in self.rows for name in event.extra)
        records = [{**_as_text(event), **{name: event.extra.get(name, "") for name in extra}} for event in self.rows]
        return pd.DataFrame(records, columns=[*EVENT_COLUMNS, *extra], dtype=object)


def read_events(path: str | os.PathLike[str] | None = None) -> Events:
    """The events of a catalogue file, typed and validated.

    Parameters
    ----------
    path : str or PathLike, optional
        The file; by default ``./events.csv``, else the copy inside the package.

    Returns
    -------
    Events
        In the file's order. An event in the future is none the less an event.

    Raises
    ------
    InputError
        With every fault of the file as file:line:column.

    Notes
    -----
    In the packaged catalogue an hour is the earliest press timestamp found, so normally an upper bound on the
    moment of publication; where it is not, the event's summary says so.

    Examples
    --------
    >>> events = read_events()
    >>> events.get("2026-01-06-japan-dual-use-ban").announced_at.isoformat()
    '2026-01-06T16:38:24+08:00'
    """
    name = default_path("events.csv") if path is None else os.fspath(path)
    return events_of(parse_table(read_bytes(name), name, EVENT_COLUMNS))


def events_of(table: Table) -> Events:
    """The events that a parsed file holds; raises its problems all at once."""
    check = Checker(table)
    first_lines: dict[str, int] = {}
    events = [_event(row, table, check, first_lines) for row in check.rows(table)]
    check.raise_if_any()
    return Events(tuple(event for event in events if event is not None), table.path, table.sha256)


def _event(row: Row, table: Table, check: Checker, first_lines: dict[str, int]) -> Event | None:
    """The event of one record, or None where its time is at fault (the problem is noted)."""
    cells = row.cells
    event_id = _event_id(row, check, first_lines)
    announced_at = check.moment(row, "announced_at")
    title = check.filled(row, "title", "a short heading")
    direction = check.one_of(row, "direction", DIRECTIONS)
    source_date = check.day(row, "source_date")
    source_url = check.url(row, "source_url")
    confidence = check.one_of(row, "confidence", CONFIDENCES)
    if announced_at is None:
        return None
    return Event(
        event_id=event_id,
        announced_at=announced_at,
        title=title,
        episode=cells["episode"] if cells["episode"].strip() else event_id,
        direction=direction,
        actor=cells["actor"],
        target=split_names(cells["target"]),
        materials=split_names(cells["materials"]),
        summary=cells["summary"],
        source_title=cells["source_title"],
        source_publisher=cells["source_publisher"],
        source_date=source_date,
        source_url=source_url,
        confidence=confidence,
        extra={name: cells[name] for name in table.columns if name not in EVENT_COLUMNS},
        line=row.line,
    )


def _event_id(row: Row, check: Checker, first_lines: dict[str, int]) -> str:
    event_id = row.cells["event_id"]
    if not event_id.strip():
        check.note(row, "event_id", "the cell is empty", "write an id such as 2026-01-06-japan-dual-use-ban")
    elif not _EVENT_ID.fullmatch(event_id):
        proposal = _NOT_IN_ID.sub("-", event_id[:MAX_ID_CHARACTERS]).strip("._-")
        remedy = "use letters, digits, '.', '_' and '-', and begin with a letter or digit"
        what = f"{quoted(event_id)} is not an event id"
        check.note(row, "event_id", what, f"{remedy}, such as {proposal}" if proposal else remedy)
    elif len(event_id) > MAX_ID_CHARACTERS:
        what = f"{quoted(event_id)} is {len(event_id)} characters long"
        check.note(row, "event_id", what, f"use {MAX_ID_CHARACTERS} at most")
    elif event_id in first_lines:
        what = f"{quoted(event_id)} already stands on line {first_lines[event_id]}"
        check.note(row, "event_id", what, "give each event its own id")
    else:
        first_lines[event_id] = row.line_of("event_id")
    return event_id


def _as_text(event: Event) -> dict[str, str]:
    """The cells of an event, by column."""
    text = {name: getattr(event, name) for name in EVENT_COLUMNS}
    text["announced_at"] = event.announced_at.isoformat()
    text["source_date"] = event.source_date.isoformat() if event.source_date else ""
    text["target"], text["materials"] = ";".join(event.target), ";".join(event.materials)
    return text
