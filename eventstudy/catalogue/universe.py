"""Who is exposed: the typed, validated rows of ``universe.csv``, and the role each line has in an event."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, overload

from eventstudy.catalogue.cells import Checker, parse_day, parse_number, split_names
from eventstudy.catalogue.defaults import default_path
from eventstudy.catalogue.events import Event
from eventstudy.catalogue.rows import Row, Table, parse_table, quoted, read_bytes
from eventstudy.errors import UsageError
from eventstudy.notebook import card, counted
from eventstudy.spelling import did_you_mean, nearest_names

if TYPE_CHECKING:
    import pandas as pd

UNIVERSE_COLUMNS = (
    "ticker",
    "name",
    "exchange",
    "currency",
    "sector",
    "role",
    "benchmark",
    "sector_benchmark",
    "exposure_note",
    "first_trade",
    "last_trade",
    "listing_note",
    "source_url",
)
ROLES = ("exposed", "beneficiary", "control", "benchmark")
# controls of this sector stand in donor pools, and are observations of no event
DONORS = "Donors"
# benchmarks of this sector take a day apart: currency, oil, metals; a word of their note before a colon names them
FACTORS = "Factors"

# ISO 10383 market identifier code -> city.
EXCHANGES: dict[str, str] = {
    "XTKS": "Tokyo",
    "XASX": "Sydney",
    "XNYS": "New York",
    "XNAS": "New York",
    "ARCX": "New York",
    "XASE": "New York",
    "XSHG": "Shanghai",
    "XSHE": "Shenzhen",
    "XHKG": "Hong Kong",
    "XKRX": "Seoul",
    "XTSE": "Toronto",
    "XTSX": "Toronto",
}

# An event's target -> the exchanges whose exposed lines make up its headline group.
TARGET_MARKETS: dict[str, tuple[str, ...]] = {
    "Japan": ("XTKS",),
    "United States": ("XNYS", "XNAS", "XASE", "ARCX"),
    "China": ("XSHG", "XSHE", "XHKG"),
    "Australia": ("XASX",),
    "Canada": ("XTSE", "XTSX"),
    "South Korea": ("XKRX",),
}
_TARGET_ALIASES = {
    "us": "United States",
    "usa": "United States",
    "united states of america": "United States",
    "america": "United States",
    "prc": "China",
    "people's republic of china": "China",
    "mainland china": "China",
    "korea": "South Korea",
    "republic of korea": "South Korea",
    "rok": "South Korea",
} | {name.casefold(): name for name in TARGET_MARKETS}

# A column that may be there: the symbols a line had before.
PREVIOUS = "previous_tickers"
_MAX_TICKER_CHARACTERS = 80
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class PreviousTicker:
    """A symbol that a line had before.

    Attributes
    ----------
    ticker : str
        In the price source.
    last_session : date
        The last session whose price is taken from it.
    ratio : float or None
        Shares that one share became on the next session; None where nothing is said of it.
    """

    ticker: str
    last_session: date
    ratio: float | None = None


@dataclass(frozen=True)
class Security:
    """One listed line, index or fund.

    Attributes
    ----------
    ticker, name : str
        Symbol in the price source, unique in its file, and the name in the report.
    exchange : str
        ISO 10383 MIC, a key of ``EXCHANGES``.
    currency : str
        Three capital letters.
    sector : str
        The report's sector.
    role : str
        ``exposed``, ``beneficiary``, ``control`` or ``benchmark``; a prior, not a finding.
    benchmark, sector_benchmark : str
        Tickers of the market's return and of ``SectorModel``'s second regressor (may be empty).
    exposure_note, listing_note, source_url : str
        Why it is here, what to know of its listing, where that was read.
    first_trade, last_trade : date or None
        First and last session whose prices are this line's; None where unknown.
    previous : tuple of PreviousTicker
        Symbols it had before, the oldest first, from the column ``previous_tickers`` if there is one.
    characteristics : mapping of str to float
        Further columns whose every filled cell is a number; NaN where the cell is empty.
    extra : mapping of str to str
        All other columns of the file.
    line : int
        Line of the file; 0 for a security made in code.

    Examples
    --------
    >>> import eventstudy as es
    >>> toyota = es.read_universe().get("7203.T")
    >>> toyota.exchange, toyota.role, toyota.is_observation, toyota.is_donor_only
    ('XTKS', 'exposed', True, False)
    """

    ticker: str
    name: str
    exchange: str
    currency: str
    sector: str
    role: str
    benchmark: str = ""
    sector_benchmark: str = ""
    exposure_note: str = ""
    first_trade: date | None = None
    last_trade: date | None = None
    listing_note: str = ""
    source_url: str = ""
    characteristics: Mapping[str, float] = field(default_factory=dict, hash=False)
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    line: int = 0
    previous: tuple[PreviousTicker, ...] = ()

    @property
    def is_observation(self) -> bool:
        """Whether the line is studied itself: benchmarks and donors are there for the others."""
        return self.role != "benchmark" and not self.is_donor_only

    @property
    def is_donor_only(self) -> bool:
        """Whether the line stands in donor pools alone: a control of the sector ``Donors``."""
        return self.role == "control" and self.sector == DONORS


@dataclass(frozen=True, repr=False)
class Universe(Sequence[Security]):
    """The securities of one file, in its order.

    Attributes
    ----------
    rows : tuple of Security
        The securities, benchmark lines among them.
    path : str
        The file, as the user named it.
    sha256 : str
        Hash of its bytes, 64 hex digits.
    narrowed_from : Universe or None
        The whole universe where this one is a selection of it: who counts as exposed to an event
        does not depend on what is shown.

    Examples
    --------
    >>> import eventstudy as es
    >>> universe = es.read_universe()
    >>> universe.get("7203.T").sector
    'Autos & parts'
    >>> autos = universe.select(sector="Autos & parts", role="exposed")
    >>> {each.role for each in autos.observations}, "XTKS" in autos.exposed_exchanges
    ({'exposed'}, True)
    >>> len(universe.to_frame()) == len(universe)
    True
    """

    rows: tuple[Security, ...]
    path: str = ""
    sha256: str = ""
    narrowed_from: Universe | None = field(default=None, compare=False)

    @overload
    def __getitem__(self, index: int) -> Security: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Security, ...]: ...
    def __getitem__(self, index: int | slice) -> Security | tuple[Security, ...]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Security]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"Universe({len(self.rows)} from {self.path or 'code'})"

    def _repr_html_(self) -> str:
        members: dict[tuple[str, str], list[Security]] = {}
        for security in self.rows:
            members.setdefault((security.role, security.sector), []).append(security)
        rows = [
            (role, sector, ", ".join(sorted({each.exchange for each in found})), str(len(found)))
            for (role, sector), found in members.items()
        ]
        line = f"{counted(len(self.rows), 'line')} from {self.path or 'code'}; all: .to_frame()"
        return card("Universe", [line], ("role", "sector", "exchanges", "lines"), rows, words=3)

    @property
    def observations(self) -> tuple[Security, ...]:
        """The lines that can be observations: all but benchmarks and donors."""
        return tuple(security for security in self.rows if security.is_observation)

    @cached_property
    def exposed_exchanges(self) -> frozenset[str]:
        """Exchanges that hold at least one exposed line of the whole universe."""
        whole = self.narrowed_from or self
        return frozenset(security.exchange for security in whole.rows if security.role == "exposed")

    def get(self, ticker: str) -> Security:
        """The security of that ticker.

        Raises
        ------
        UsageError
            If there is none; the message names the nearest ticker, or the tickers of the companies called so.
        """
        for security in self.rows:
            if security.ticker == ticker:
                return security
        message = f"there is no ticker {quoted(ticker)} in {self.path or 'this universe'}"
        called = {security.name: security.ticker for security in self.rows if security.name}
        by_name = " or ".join(f"{called[name]} ({name})" for name in nearest_names(ticker, called))
        remedy = f"did you mean {by_name}?" if by_name else "see `eventstudy universe list`"
        raise UsageError(f"{message}; {did_you_mean(ticker, (line.ticker for line in self.rows), remedy)}")

    def select(self, sector: str | None = None, role: str | None = None) -> Universe:
        """The lines of a sector or role, and always the benchmarks and donors.

        Raises
        ------
        UsageError
            If no line has that sector or role; the message lists those there are.
        """
        for what, wanted in (("sector", sector), ("role", role)):
            known = list(dict.fromkeys(getattr(security, what) for security in self.observations))
            if wanted is not None and wanted not in known:
                remedy = did_you_mean(wanted, known, f"there are {', '.join(map(quoted, known))}")
                raise UsageError(
                    f"no security has the {what} {quoted(wanted)} in {self.path or 'this universe'}; {remedy}"
                )
        kept = tuple(
            security
            for security in self.rows
            if not security.is_observation
            or ((sector is None or security.sector == sector) and (role is None or security.role == role))
        )
        return replace(self, rows=kept, narrowed_from=self.narrowed_from or self)

    def to_frame(self) -> pd.DataFrame:
        """One row a security: the columns of ``universe.csv``, characteristics as numbers, further columns as text.

        ``first_trade`` and ``last_trade`` are ISO 8601 text, empty where unknown.
        """
        import pandas as pd

        numeric = list(dict.fromkeys(name for security in self.rows for name in security.characteristics))
        extra = list(dict.fromkeys(name for security in self.rows for name in security.extra))
        columns: dict[str, pd.Series] = {}
        for name in UNIVERSE_COLUMNS:
            values = [getattr(security, name) for security in self.rows]
            texts = [value.isoformat() if isinstance(value, date) else value or "" for value in values]
            columns[name] = pd.Series(texts, dtype=object)
        for name in numeric:
            numbers = [security.characteristics.get(name, math.nan) for security in self.rows]
            columns[name] = pd.Series(numbers, dtype="float64")
        for name in extra:
            columns[name] = pd.Series([security.extra.get(name, "") for security in self.rows], dtype=object)
        return pd.DataFrame(columns)


def read_universe(path: str | os.PathLike[str] | None = None) -> Universe:
    """The securities of a universe file, typed and validated.

    Parameters
    ----------
    path : str or PathLike, optional
        The file; by default ``./universe.csv``, else the copy inside the package.

    Raises
    ------
    InputError
        With every fault of the file as file:line:column.

    Examples
    --------
    >>> read_universe().get("7203.T").benchmark
    '1306.T'
    """
    name = default_path("universe.csv") if path is None else os.fspath(path)
    return universe_of(parse_table(read_bytes(name), name, UNIVERSE_COLUMNS))


def universe_of(table: Table) -> Universe:
    """The securities that a parsed file holds; raises its problems all at once."""
    check = Checker(table)
    first_lines: dict[str, int] = {}
    for row in check.rows(table):
        _check_ticker(row, check, first_lines)
    numeric = _numeric_columns(table)
    rows = tuple(_security(row, table, check, first_lines, numeric) for row in check.rows(table))
    check.raise_if_any()
    return Universe(rows, table.path, table.sha256)


def target_exchanges(event: Event, universe: Universe) -> frozenset[str]:
    """The exchanges whose exposed lines are the event's headline group; empty means all of them.

    All of them where the target names no known market, or only markets that hold no exposed line.
    """
    named = {_TARGET_ALIASES.get(target.replace(".", "").casefold()) for target in event.target}
    markets = frozenset(mic for name in named if name is not None for mic in TARGET_MARKETS[name])
    return markets if markets & universe.exposed_exchanges else frozenset()


def role_in_event(event: Event, security: Security, universe: Universe) -> str:
    """The security's role in this event: ``exposed_elsewhere`` for exposed lines outside the target's markets.

    Parameters
    ----------
    event : Event
        Its ``target`` names the markets.
    security : Security
        The line in question.
    universe : Universe
        Decides whether the target's markets hold an exposed line at all; if not, every market counts.

    Examples
    --------
    >>> from eventstudy.catalogue import read_events
    >>> universe = read_universe()
    >>> ban = read_events().get("2026-01-06-japan-dual-use-ban")
    >>> role_in_event(ban, universe.get("7203.T"), universe), role_in_event(ban, universe.get("TSLA"), universe)
    ('exposed', 'exposed_elsewhere')
    """
    if security.role != "exposed":
        return security.role
    markets = target_exchanges(event, universe)
    return "exposed" if not markets or security.exchange in markets else "exposed_elsewhere"


def _security(
    row: Row, table: Table, check: Checker, first_lines: Mapping[str, int], numeric: frozenset[str]
) -> Security:
    """The security of one record; what is wrong with it is noted."""
    cells = row.cells
    name = check.filled(row, "name", "the name the report shows")
    exchange = check.one_of(row, "exchange", tuple(EXCHANGES))
    if not _CURRENCY.fullmatch(cells["currency"]):
        what = f"{quoted(cells['currency'])} is not a currency" if cells["currency"].strip() else "the cell is empty"
        check.note(row, "currency", what, "write three capital letters such as JPY")
    sector = check.filled(row, "sector", "the sector of the report")
    role = check.one_of(row, "role", ROLES)
    for column in ("benchmark", "sector_benchmark"):
        _check_benchmark(row, column, check, first_lines)
    first_trade, last_trade = check.day(row, "first_trade"), check.day(row, "last_trade")
    if first_trade is not None and last_trade is not None and first_trade > last_trade:
        what = f"the last session {last_trade} lies before the first, {first_trade}"
        check.note(row, "last_trade", what, "correct one of the two")
    further = [column for column in table.columns if column not in UNIVERSE_COLUMNS]
    previous = _previous(row, check, first_lines, first_trade, last_trade) if PREVIOUS in cells else ()
    return Security(
        ticker=cells["ticker"],
        name=name,
        exchange=exchange,
        currency=cells["currency"],
        sector=sector,
        role=role,
        benchmark=cells["benchmark"],
        sector_benchmark=cells["sector_benchmark"],
        exposure_note=cells["exposure_note"],
        first_trade=first_trade,
        last_trade=last_trade,
        listing_note=cells["listing_note"],
        source_url=check.url(row, "source_url"),
        characteristics={column: _number_or_nan(cells[column]) for column in further if column in numeric},
        extra={column: cells[column] for column in further if column not in numeric},
        line=row.line,
        previous=previous,
    )


def _previous(
    row: Row, check: Checker, first_lines: Mapping[str, int], first_trade: date | None, last_trade: date | None
) -> tuple[PreviousTicker, ...]:
    """The symbols a line had before, the oldest first; what is wrong with the cell is noted."""
    found: list[PreviousTicker] = []
    for part in split_names(row.cells[PREVIOUS]):
        ticker, *rest = part.split()
        ratio = parse_number(rest[1]) if len(rest) == 2 else None
        if len(rest) not in (1, 2) or not _is_ticker(ticker) or (len(rest) == 2 and not (ratio and ratio > 0)):
            remedy = "write symbol, last session and, if they were exchanged, new shares for one: 7205.T 2026-03-27 0.5"
            check.note(row, PREVIOUS, f"{quoted(part)} is not a former symbol", remedy)
            continue
        try:
            last_session = parse_day(rest[0])
        except ValueError as error:
            check.note(row, PREVIOUS, *error.args)
            continue
        if ticker in first_lines:
            what = f"{quoted(ticker)} is itself a line of this file, on line {first_lines[ticker]}"
            check.note(row, PREVIOUS, what, "delete that line, or this symbol: one share is observed once")
        elif (first_trade is not None and last_session < first_trade) or (
            last_trade is not None and last_session >= last_trade
        ):
            what = f"the last session as {quoted(ticker)}, {last_session}, lies outside first_trade to last_trade"
            check.note(row, PREVIOUS, what, "these two speak of the line under all its symbols; correct one of them")
        found.append(PreviousTicker(ticker, last_session, ratio))
    found.sort(key=lambda former: former.last_session)
    if len({former.last_session for former in found}) < len(found):
        check.note(row, PREVIOUS, "two symbols end on the same session", "give each its own last session")
    return tuple(found)


def _is_ticker(ticker: str) -> bool:
    """Whether the text could be a symbol: nothing that leads out of a folder or does not print."""
    return ticker == ticker.strip() and ticker.isprintable() and not any(part in ticker for part in ("..", "/", "\\"))


def _check_ticker(row: Row, check: Checker, first_lines: dict[str, int]) -> None:
    """Notes a ticker that is empty, doubled, or could not name a file."""
    ticker = row.cells["ticker"]
    if not ticker.strip():
        check.note(row, "ticker", "the cell is empty", "write the symbol of the price source, such as 7203.T")
    elif not _is_ticker(ticker):
        remedy = "write the symbol without slashes, '..', line breaks or blanks around it"
        check.note(row, "ticker", f"{quoted(ticker)} is not a ticker", remedy)
    elif len(ticker) > _MAX_TICKER_CHARACTERS:
        what = f"{quoted(ticker)} is {len(ticker)} characters long"
        check.note(row, "ticker", what, f"use {_MAX_TICKER_CHARACTERS} at most")
    elif ticker in first_lines:
        what = f"{quoted(ticker)} already stands on line {first_lines[ticker]}"
        check.note(row, "ticker", what, "keep one line for each security")
    else:
        first_lines[ticker] = row.line_of("ticker")


def _check_benchmark(row: Row, column: str, check: Checker, tickers: Mapping[str, int]) -> None:
    """Notes a benchmark that is missing, unknown, or the line itself."""
    value = row.cells[column]
    if row.cells["role"] == "benchmark" and not value:
        return
    if not value.strip():
        if column == "benchmark":
            check.note(row, column, "the cell is empty", "write the ticker whose return is the market for this line")
        elif value:
            check.note(row, column, "the cell holds only blanks", "write a ticker of this file, or leave it empty")
    elif value not in tickers:
        near = check.nearest(value, tickers)
        remedy = f"write {near}, or add a line for it" if near else "add a line with role benchmark for it"
        check.note(row, column, f"{quoted(value)} is not a ticker of this file", remedy)
    elif value == row.cells["ticker"] and row.cells["role"] != "benchmark":
        check.note(row, column, f"{quoted(value)} is the line's own ticker", "name another line as its market")


def _numeric_columns(table: Table) -> frozenset[str]:
    """Further columns with at least one filled cell, each of them a number."""
    further = [column for column in table.columns if column not in (*UNIVERSE_COLUMNS, PREVIOUS)]
    return frozenset(column for column in further if _is_numeric([row.cells[column].strip() for row in table.rows]))


def _is_numeric(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(parse_number(cell) is not None for cell in filled)


def _number_or_nan(cell: str) -> float:
    number = parse_number(cell.strip())
    return math.nan if number is None else number
