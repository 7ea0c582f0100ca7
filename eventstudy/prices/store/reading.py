"""Reading the store: the rows that stand now, or those that stood at an earlier time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np

from eventstudy._arrays import DayArray
from eventstudy.errors import PriceError
from eventstudy.prices.store import layout, parquet
from eventstudy.prices.store.restatements import restatement_note
from eventstudy.prices.store.rows import StoredPrices, stacked
from eventstudy.prices.words import said

AsOf = date | datetime  # a date counts to its end, UTC
_ATTEMPTS = 3  # a prune may come between two files


def last_moment(as_of: AsOf) -> np.datetime64:
    """The last microsecond, UTC, that a date or an instant in whole seconds includes.

    Examples
    --------
    >>> last_moment(date(2026, 1, 31)), last_moment(datetime(2026, 1, 31, 17, 15, tzinfo=UTC))
    (np.datetime64('2026-01-31T23:59:59.999999'), np.datetime64('2026-01-31T17:15:00.999999'))
    """
    if not isinstance(as_of, datetime):
        as_of = datetime.combine(as_of, time(23, 59, 59), UTC)
    if as_of.tzinfo is None:
        raise ValueError(f"as_of={as_of!r} has no time zone; give one, for example tzinfo=datetime.UTC")
    # study.json tells its downloads in whole seconds
    whole = as_of if as_of.microsecond else as_of.replace(microsecond=999_999)
    return np.datetime64(whole.astimezone(UTC).replace(tzinfo=None), "us")


def as_of_text(as_of: AsOf) -> str:
    """'2026-01-31', or '2026-01-31T08:15:00Z'."""
    if isinstance(as_of, datetime):
        return as_of.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return as_of.isoformat()


def as_of_note(as_of: AsOf | None) -> tuple[str, ...]:
    """A sentence that says which state was read, if it is not the present one."""
    return () if as_of is None else (said("note.as_of", then=as_of_text(as_of)),)


def read_stored(path: str | os.PathLike[str], ticker: str, as_of: AsOf | None = None) -> StoredPrices | None:
    """All rows that the store has of a ticker; None where it has none.

    Parameters
    ----------
    path : path-like
        The store's folder.
    ticker : str
        The ticker.
    as_of : date or datetime, optional
        Read what stood at the end of that day (UTC) or at that instant, instead of what stands now.

    Raises
    ------
    PriceError
        If the ticker's file is damaged, or what stood then is not known any more.
    """
    folder = Path(path)
    file = folder / layout.file_name(ticker)
    if as_of is None:
        return parquet.read_current(file, ticker)
    moment = last_moment(as_of)
    for _ in range(_ATTEMPTS):
        current = parquet.read_current(file, ticker)
        if current is None:
            return None
        lineage = current.lineage
        if lineage.complete_since is not None and moment < lineage.complete_since:
            since = f"{np.datetime_as_string(lineage.complete_since, unit='s')}Z"
            raise PriceError(
                f"what the store {path} held of {ticker} at {as_of_text(as_of)} is not known any more, only since "
                f"{since}; give that or a later time",
                source=str(path),
                tickers=(ticker,),
            )
        older = None
        if lineage.began_at is not None and moment < lineage.began_at:
            older = _older_rows(folder, ticker, current)
            if older is None:
                continue
        return _state(current, older, moment)
    raise layout.damaged(file, ticker, f"some of its older rows in {layout.OLDER} are missing")


def _older_rows(folder: Path, ticker: str, current: StoredPrices) -> tuple[StoredPrices, DayArray] | None:
    """All older rows that belong to the present ones, and when each was replaced; None if some are missing."""
    lineage = current.lineage
    rows, ended = current.take(np.zeros(0, dtype=np.int64)), np.empty(0, dtype="datetime64[us]")
    parts, ends = [rows], [ended]
    for number in range(lineage.older_files[0], lineage.older_files[1] + 1):
        read = parquet.read_older(folder / layout.older_name(ticker, number), ticker)
        if read is not None:
            parts.append(read[0])
            ends.append(read[1])
    whole = replace(
        rows,
        days=np.concatenate([part.days for part in parts]),
        values=np.concatenate([part.values for part in parts], axis=1),
        currency=np.concatenate([part.currency for part in parts]),
        source=np.concatenate([part.source for part in parts]),
        fetched_at=np.concatenate([part.fetched_at for part in parts]),
    )
    ended = np.concatenate(ends)
    valid = lineage.belongs(ended)
    if int(valid.sum()) != lineage.older_rows:
        return None
    return whole.take(valid), ended[valid]


def _state(
    current: StoredPrices, older: tuple[StoredPrices, DayArray] | None, moment: np.datetime64
) -> StoredPrices | None:
    """What stood at a moment."""
    lineage = current.lineage
    stamp = f"{np.datetime_as_string(moment, unit='s')}Z"
    told = tuple(each for each in lineage.restatements if each.noticed_at <= stamp)
    rows = current.take(current.fetched_at <= moment)
    withdrawn = lineage.withdrawn
    if older is not None:
        before, ended = older
        began = before.fetched_at <= moment
        rows = stacked(rows, before.take(began & (ended > moment)))
        withdrawn = before.days[began & (ended <= moment)]
    if not rows.days.size:
        return None
    lineage = replace(
        lineage,
        downloaded_at=rows.fetched_at.max() if lineage.downloaded_at is None else min(lineage.downloaded_at, moment),
        withdrawn=np.setdiff1d(withdrawn, rows.days).astype("datetime64[D]"),
        restatements=told,
    )
    return replace(rows, lineage=lineage)


def read_all(
    path: str | os.PathLike[str], tickers: Sequence[str], as_of: AsOf | None = None
) -> tuple[dict[str, StoredPrices], dict[str, str]]:
    """What the store has of these tickers, and for each that it cannot give the reason."""
    held: dict[str, StoredPrices] = {}
    reasons: dict[str, str] = {}
    for ticker in dict.fromkeys(tickers):
        try:
            rows = read_stored(path, ticker, as_of)
        except PriceError as error:
            reasons[ticker] = str(error)
        else:
            if rows is not None:
                held[ticker] = rows
    return held, reasons


def fetch_span(stored: Mapping[str, StoredPrices]) -> tuple[str, str]:
    """ISO instants of the oldest and the newest download among these rows; empty where there are none."""
    stamps = [rows.fetched_at for rows in stored.values() if rows.days.size]
    if not stamps:
        return "", ""
    return instant(str(min(each.min() for each in stamps))), instant(str(max(each.max() for each in stamps)))


def latest_download(stored: Mapping[str, StoredPrices]) -> str:
    """ISO instant of the newest download of any of these tickers; empty where there is none."""
    stamps = [rows.downloaded_at for rows in stored.values() if rows.downloaded_at is not None]
    return instant(str(max(stamps))) if stamps else ""


def instant(text: str) -> str:
    """'2026-02-06T08:15:00Z' of a UTC time as numpy writes it."""
    return f"{text[:19]}Z" if text else ""


def currencies_of(stored: Mapping[str, StoredPrices]) -> dict[str, str]:
    """Currency each ticker's rows state; ' / ' between several, in order of date."""
    stated = {}
    for ticker, rows in stored.items():
        units = [unit for unit in dict.fromkeys(rows.currency[rows.comparable].tolist()) if unit]
        if units:
            stated[ticker] = " / ".join(units)
    return stated


def superseded_note(stored: Mapping[str, StoredPrices]) -> tuple[str, ...]:
    """Sentences on rows that are kept but not used, and on those that say something else than they used to."""
    counts = {ticker: rows.unused for ticker, rows in stored.items()}
    held = sorted(ticker for ticker, count in counts.items() if count)
    restated = restatement_note(rows.lineage.restatements for rows in stored.values())
    if not held:
        return restated
    total = sum(counts.values())
    tickers = said("lines.few", tickers=tuple(held[:5]))
    if len(held) > 5:
        tickers = said("note.tickers_more", tickers=tickers)
    code = "note.superseded.one" if total == 1 else "note.superseded.many"
    return (said(code, rows=total, tickers=tickers), *restated)
