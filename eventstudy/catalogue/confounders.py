"""Other news on an event's session: the rows of ``confounders.csv``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date

from eventstudy.catalogue.cells import Checker
from eventstudy.catalogue.defaults import confounders_beside, default_path
from eventstudy.catalogue.rows import read_table

CONFOUNDER_COLUMNS = ("session_date", "scope", "note", "source_title", "publisher", "source_date", "source_url")


@dataclass(frozen=True)
class Confounder:
    """Other news that moved a session: a fact and a date, no verdict.

    Attributes
    ----------
    session_date : date
        The session it fell on.
    scope : str
        A ticker, a MIC, or ``*`` for every market.
    note : str
        The fact, in a sentence.
    source_title, publisher, source_url : str
        Where it was read; may be empty.
    source_date : date or None
        None where the source carries no date.
    line : int
        Line of the file; 0 for one made in code.
    """

    session_date: date
    scope: str
    note: str
    source_title: str = ""
    publisher: str = ""
    source_date: date | None = None
    source_url: str = ""
    line: int = 0

    def concerns(self, ticker: str, exchange: str) -> bool:
        """Whether its scope holds this line.

        Examples
        --------
        >>> news = Confounder(date(2026, 1, 7), "XTKS", "a broker lowered its view")
        >>> news.concerns("7203.T", "XTKS"), news.concerns("LYC.AX", "XASX")
        (True, False)
        """
        return self.scope in ("*", ticker, exchange)


def read_confounders(path: str | os.PathLike[str] | None = None) -> tuple[Confounder, ...]:
    """The other news of a file, in its order.

    Parameters
    ----------
    path : str or PathLike, optional
        The file. By default the one beside the default event catalogue; none there means no rows.

    Raises
    ------
    InputError
        With every fault of the file as file:line:column.

    Examples
    --------
    >>> [news.session_date.isoformat() for news in read_confounders() if news.scope == "MP"]
    ['2025-07-15']
    """
    if path is None:
        path = confounders_beside(default_path("events.csv"))
        if path is None:
            return ()
    table = read_table(path, CONFOUNDER_COLUMNS)
    check = Checker(table)
    found = []
    for row in check.rows(table):
        session = check.day(row, "session_date", required=True)
        scope = check.filled(row, "scope", "a ticker, an exchange code such as XTKS, or *")
        note = check.filled(row, "note", "what happened")
        source_date = check.day(row, "source_date")
        source_url = check.url(row, "source_url")
        if session is not None:
            title, publisher = row.cells["source_title"], row.cells["publisher"]
            found.append(Confounder(session, scope, note, title, publisher, source_date, source_url, row.line))
    check.raise_if_any()
    return tuple(found)
