"""Price changes that the press printed: the rows of ``reported_moves.csv``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import date

from eventstudy.catalogue.cells import Checker
from eventstudy.catalogue.defaults import packaged_path
from eventstudy.catalogue.rows import read_table

REPORTED_MOVE_COLUMNS = (
    "event_id",
    "instrument",
    "session_date",
    "reported_move_pct",
    "qualifier",
    "source_title",
    "publisher",
    "source_date",
    "source_url",
)

# Words that say the price was seen within the session, so that its high or low must reach it.
_WITHIN_SESSION = re.compile(
    r"\b(?:intraday|as much as|up to|around noon|morning|early trading|early afternoon|near the open|first minutes"
    r"|late session|during session|at time of writing|(?:as of|through|at) \d{1,2}:\d{2})\b"
)


@dataclass(frozen=True)
class ReportedMove:
    """One published price change.

    Attributes
    ----------
    event_id : str
        The event it was printed with; the source need not name that cause.
    instrument : str
        A ticker, or the name of an index that has none.
    session_date : date
        The session it is about.
    reported_move_pct : float
        The printed number, signed, in per cent.
    qualifier : str
        What the number is: "close", "as much as", "intraday (A$7.55)".
    source_title, publisher, source_url : str
        Where it was printed.
    source_date : date or None
        None where the source carries no date.
    line : int
        Line of the file; 0 for one made in code.
    """

    event_id: str
    instrument: str
    session_date: date
    reported_move_pct: float
    qualifier: str
    source_title: str = ""
    publisher: str = ""
    source_date: date | None = None
    source_url: str = ""
    line: int = 0

    @property
    def basis(self) -> str:
        """Which price the number is about.

        Returns
        -------
        str
            ``close`` where the qualifier begins with that word; ``intraday`` where the price was seen within
            the session, so that the day's high or low must reach it; else ``other``.

        Examples
        --------
        >>> ReportedMove("e", "LYC.AX", date(2026, 1, 7), 16.0, "as much as").basis
        'intraday'
        """
        qualifier = self.qualifier.strip().casefold()
        if qualifier.startswith("close"):
            return "close"
        return "intraday" if _WITHIN_SESSION.search(qualifier) else "other"

    @property
    def is_placebo(self) -> bool:
        """Whether the source names another cause than the event."""
        return "placebo" in self.qualifier.casefold()


def read_reported_moves(path: str | os.PathLike[str] | None = None) -> tuple[ReportedMove, ...]:
    """The reported moves of a file, in its order.

    Parameters
    ----------
    path : str or PathLike, optional
        The file; by default the one inside the package.

    Raises
    ------
    InputError
        With every fault of the file as file:line:column.

    Examples
    --------
    >>> moves = read_reported_moves()
    >>> [move.reported_move_pct for move in moves if move.instrument == "^AXJO" and move.basis == "close"]
    [0.15]
    """
    table = read_table(packaged_path("reported_moves.csv") if path is None else path, REPORTED_MOVE_COLUMNS)
    check = Checker(table)
    moves = []
    for row in check.rows(table):
        event_id = check.filled(row, "event_id", "the id of an event")
        instrument = check.filled(row, "instrument", "a ticker or the name of an index")
        session = check.day(row, "session_date", required=True)
        percent = check.number(row, "reported_move_pct")
        source_date = check.day(row, "source_date")
        source_url = check.url(row, "source_url")
        if session is None:
            continue
        qualifier, title, publisher = (row.cells[name] for name in ("qualifier", "source_title", "publisher"))
        moves.append(
            ReportedMove(
                event_id, instrument, session, percent, qualifier, title, publisher, source_date, source_url, row.line
            )
        )
    check.raise_if_any()
    return tuple(moves)
