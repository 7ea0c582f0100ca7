"""The protocol every price source follows, and the one shape prices have inside the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import pandas as pd

PRICE_COLUMNS = ("open", "high", "low", "close", "adj_close", "volume")


@dataclass(frozen=True)
class Snapshot:
    """Which prices these are, so that a number can be traced back to them.

    Attributes
    ----------
    source : str
        ``sample``, ``yahoo`` or the path as the user gave it.
    first_fetch, last_fetch : str
        ISO 8601 instants of the oldest and newest download among the rows used; empty where unknown.
    sha256 : str
        Hash over the prices returned (tickers in order, dates, values), 64 hex digits.

    Examples
    --------
    >>> import eventstudy as es
    >>> snapshot = es.SamplePrices().fetch(["7203.T"]).snapshot
    >>> snapshot.source, len(snapshot.sha256)
    ('sample', 64)
    """

    source: str
    first_fetch: str
    last_fetch: str
    sha256: str


@dataclass(frozen=True, eq=False)
class PriceHistory:
    """Prices by ticker, exactly as the source has them.

    Attributes
    ----------
    frames : mapping of str to DataFrame
        One frame a ticker: index a sorted, unique, naive ``DatetimeIndex`` of session dates named ``date``;
        columns ``PRICE_COLUMNS``, float64, NaN where the source has nothing. Prices are in ``currency`` units.
    missing : mapping of str to str
        Ticker to the reason it has no prices ("the source has no such ticker").
    snapshot : Snapshot
        Where the prices come from.
    simulated : bool
        True only for the embedded market.
    notes : tuple of str
        Sentences the report prints about the source ("no high or low", "closes adjusted for splits only").
    currencies : mapping of str to str
        Currency as stated by the source, where it states one.

    Examples
    --------
    >>> import eventstudy as es
    >>> history = es.SamplePrices().fetch(["7203.T", "NONE"])
    >>> list(history.frames), list(history.missing), history.simulated
    (['7203.T'], ['NONE'], True)
    >>> list(history.frames["7203.T"].columns)
    ['open', 'high', 'low', 'close', 'adj_close', 'volume']
    """

    frames: Mapping[str, pd.DataFrame]
    missing: Mapping[str, str]
    snapshot: Snapshot
    simulated: bool = False
    notes: tuple[str, ...] = ()
    currencies: Mapping[str, str] = field(default_factory=dict)


class PriceSource(Protocol):
    """Anything that can hand over daily prices.

    ``fetch`` returns what it has and says in ``PriceHistory.missing`` what it has not; one bad ticker never
    spoils the others. It raises ``PriceError`` only when the source as a whole cannot answer.

    Examples
    --------
    Any object with ``fetch``. One that passes on what another has, until a date:

    >>> import eventstudy as es
    >>> class Until:
    ...     def __init__(self, source, last):
    ...         self.source, self.last = source, last
    ...
    ...     def fetch(self, tickers, start=None, end=None):
    ...         return self.source.fetch(tickers, start, self.last if end is None else min(end, self.last))
    >>> history = Until(es.SamplePrices(), date(2025, 12, 30)).fetch(["7203.T"])
    >>> history.frames["7203.T"].index[-1].date().isoformat()
    '2025-12-30'
    """

    def fetch(self, tickers: Sequence[str], start: date | None = None, end: date | None = None) -> PriceHistory:
        """Daily prices of ``tickers`` from ``start`` to ``end``, both inclusive; None leaves that side open."""
        ...
