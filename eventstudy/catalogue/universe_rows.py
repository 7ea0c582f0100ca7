"""Reads ``universe.csv``: every cell checked, all faults told at once."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from datetime import date

from eventstudy.catalogue.cells import Checker, parse_day, parse_number, split_names
from eventstudy.catalogue.defaults import default_path
from eventstudy.catalogue.markets import EXCHANGES
from eventstudy.catalogue.rows import Row, Table, parse_table, quoted, read_bytes
from eventstudy.catalogue.universe import PREVIOUS, ROLES, UNIVERSE_COLUMNS, PreviousTicker, Security, Universe

_MAX_TICKER_CHARACTERS = 80
_CURRENCY = re.compile(r"[A-Z]{3}")


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
