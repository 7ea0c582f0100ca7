"""Sessions of the exchanges in the universe, with their opening and closing instants."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from eventstudy._arrays import DayArray
from eventstudy.calendars.cache import read_sessions, write_sessions
from eventstudy.catalogue.markets import EXCHANGES

FIRST_DAY: Final = date(2005, 1, 1)

_ZONES: Final = {
    "XTKS": "Asia/Tokyo",
    "XASX": "Australia/Sydney",
    "XNYS": "America/New_York",
    "XNAS": "America/New_York",
    "ARCX": "America/New_York",
    "XASE": "America/New_York",
    "XSHG": "Asia/Shanghai",
    "XSHE": "Asia/Shanghai",
    "XHKG": "Asia/Hong_Kong",
    "XKRX": "Asia/Seoul",
    "XTSE": "America/Toronto",
    "XTSX": "America/Toronto",
}

# Exchanges that keep the sessions of another: Shenzhen is absent from the library and shares the mainland's.
_SESSIONS_OF: Final = {"XNAS": "XNYS", "ARCX": "XNYS", "XASE": "XNYS", "XSHE": "XSHG", "XTSX": "XTSE"}

# Days without trading that the library counts as sessions (4.13): a typhoon and a rainstorm that closed Hong Kong for
# the whole day, and South Korea's local elections.
_NO_TRADING: Final = {"XHKG": ("2023-09-01", "2023-09-08"), "XKRX": ("2026-06-03",)}

# Seoul opens and closes an hour later on university entrance examinations; the library knows those up to 2020.
_HOUR_LATER: Final = {"XKRX": ("2021-11-18", "2022-11-17", "2023-11-16", "2024-11-14", "2025-11-13", "2026-11-19")}

KNOWN_EXCHANGES: Final[dict[str, tuple[str, str]]] = {mic: (city, _ZONES[mic]) for mic, city in EXCHANGES.items()}


@dataclass(frozen=True, eq=False)
class ExchangeCalendar:
    """Every session of one exchange from 2005 on.

    Attributes
    ----------
    mic : str
        ISO 10383 code, as in ``universe.csv``.
    zone : str
        IANA time zone of the exchange.
    sessions : (S,) datetime64[D]
        Session dates, local to the exchange, increasing.
    opens, closes : (S,) datetime64[ns]
        First and last instant of each session, UTC. A lunch break is not told.
    """

    mic: str
    zone: str
    sessions: DayArray
    opens: DayArray
    closes: DayArray

    def __post_init__(self) -> None:
        for array in (self.sessions, self.opens, self.closes):
            if array.shape != self.sessions.shape:
                raise ValueError(f"{self.mic}: opens and closes must have one entry a session")
            array.flags.writeable = False

    def __repr__(self) -> str:
        return f"ExchangeCalendar({self.mic}, {self.sessions[0]} to {self.sessions[-1]}, {self.sessions.size} sessions)"

    @property
    def city(self) -> str:
        """Where the exchange is, as the report names it."""
        return KNOWN_EXCHANGES[self.mic][0]

    @property
    def timezone(self) -> ZoneInfo:
        """The exchange's time zone, ready for ``datetime.astimezone``."""
        return ZoneInfo(self.zone)

    def index_of(self, day: date | np.datetime64 | str) -> int:
        """Position of the session on ``day``, -1 if the exchange was closed or the calendar does not reach it.

        Examples
        --------
        >>> tokyo = calendar("XTKS")
        >>> tokyo.index_of("2010-09-23")
        -1
        >>> tokyo.index_of("2010-09-24") - tokyo.index_of("2010-09-22")
        1
        """
        wanted = np.asarray(day, dtype="datetime64[D]")
        position = int(np.searchsorted(self.sessions, wanted))
        return position if position < self.sessions.size and self.sessions[position] == wanted else -1


def calendar(mic: str) -> ExchangeCalendar:
    """Calendar of one exchange, from 2005-01-01 to the end of next year or as far as its holidays are known.

    Built on first use and then kept for the process. Shanghai publishes its holidays year by year, so its
    calendar is the shortest.

    Parameters
    ----------
    mic : str
        One of ``KNOWN_EXCHANGES``.

    Returns
    -------
    ExchangeCalendar

    Raises
    ------
    ValueError
        If the exchange is unknown; the message lists those that are known.

    Examples
    --------
    Tokyo closed at 15:00 until 1 November 2024 and closes at 15:30 since (06:00 and 06:30 UTC):

    >>> tokyo = calendar("XTKS")
    >>> [str(tokyo.closes[tokyo.index_of(day)])[:16] for day in ("2024-11-01", "2024-11-05")]
    ['2024-11-01T06:00', '2024-11-05T06:30']
    """
    if mic not in KNOWN_EXCHANGES:
        raise ValueError(f"{mic!r} is no known exchange; known are {', '.join(KNOWN_EXCHANGES)}")
    return _calendar(mic)


@cache
def _calendar(mic: str) -> ExchangeCalendar:
    """The calendar of ``mic``; exchanges that share sessions share the arrays too."""
    sessions, opens, closes = _sessions(_SESSIONS_OF.get(mic, mic), date(date.today().year + 1, 12, 31))
    return ExchangeCalendar(mic, KNOWN_EXCHANGES[mic][1], sessions, opens, closes)


@cache
def _sessions(name: str, end: date) -> tuple[DayArray, DayArray, DayArray]:
    """Sessions, opens and closes under the library's own name, from the user's cache where it has them."""
    kept = read_sessions(name, FIRST_DAY, end)
    if kept is None:
        kept = _build(name, end)
        write_sessions(name, FIRST_DAY, end, kept)
    days, opens, closes = kept
    traded = ~np.isin(days, np.array(_NO_TRADING.get(name, ()), dtype="datetime64[D]"))
    hour = np.timedelta64(1, "h") * np.isin(days, np.array(_HOUR_LATER.get(name, ()), dtype="datetime64[D]"))
    return days[traded], (opens + hour)[traded], (closes + hour)[traded]


def _build(name: str, end: date) -> tuple[DayArray, DayArray, DayArray]:
    """Ask the library, for as much of the span as it knows."""
    import exchange_calendars

    start = FIRST_DAY.isoformat()
    with warnings.catch_warnings():
        # The library's own use of pandas is no concern of this package's reader.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        try:
            found = exchange_calendars.get_calendar(name, start=start, end=end.isoformat())
        except ValueError:
            # An end beyond the published holidays is refused; without one the library stops at its bound.
            found = exchange_calendars.get_calendar(name, start=start)
            bound = found.bound_max()
            if bound is None or bound.date() >= end:
                raise
            if found.default_end() != bound:
                found = exchange_calendars.get_calendar(name, start=start, end=bound)
    days: DayArray = found.sessions.to_numpy().astype("datetime64[D]")
    opens: DayArray = found.opens.to_numpy(dtype="datetime64[ns]")
    closes: DayArray = found.closes.to_numpy(dtype="datetime64[ns]")
    return days, opens.copy(), closes.copy()
