"""The price store: Parquet, one file a ticker, each row with its source and the time of its download."""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np

from eventstudy._arrays import BoolArray, DayArray, FloatArray
from eventstudy.errors import PriceError
from eventstudy.files import write_atomically
from eventstudy.prices.frames import FIRST_DAY, LAST_DAY, price_frame
from eventstudy.prices.source import PRICE_COLUMNS
from eventstudy.prices.text import words_and_codes

if TYPE_CHECKING:
    import pandas as pd

MARKER = "store.json"
FORMAT = "eventstudy price store"
VERSION = 1
SUFFIX = ".parquet"
# Rows that a later download no longer contains, from before its adjustments: kept, never mixed with the new ones.
SUPERSEDED = " (earlier adjustment)"
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.=-_")
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
_REQUESTED = b"eventstudy.requested_start"
_FETCHED = b"eventstudy.fetched_at"


@dataclass(frozen=True)
class StoreStatus:
    """What the store holds of one ticker.

    Attributes
    ----------
    ticker : str
        As in ``universe.csv``.
    rows : int
        Sessions kept.
    first, last : date or None
        Their range; None when there are no rows, or the file cannot be read.
    fetched_at : str
        ISO 8601 instant of the latest download, UTC.
    requested_start : date or None
        The first day that was asked for, so that a short history is known to be all there is.
    fault : str
        Empty, or why the file cannot be read.
    """

    ticker: str
    rows: int
    first: date | None
    last: date | None
    fetched_at: str
    requested_start: date | None = None
    fault: str = ""


@dataclass(frozen=True, eq=False)
class StoredPrices:
    """Rows of one ticker as the store holds them, sorted by day.

    Attributes
    ----------
    days : (R,) datetime64[D]
        Sessions, unique.
    values : (6, R) float
        ``PRICE_COLUMNS`` in order.
    currency, source : (R,) object
        As the source stated them at that row's download; '' where unknown.
    fetched_at : (R,) datetime64[us]
        When the row was downloaded, UTC.
    requested_start : date or None
        First day that a download asked for.
    """

    days: DayArray
    values: FloatArray
    currency: np.ndarray[Any, np.dtype[np.object_]]
    source: np.ndarray[Any, np.dtype[np.object_]]
    fetched_at: DayArray
    requested_start: date | None = None

    @property
    def downloaded_at(self) -> np.datetime64 | None:
        """When a download last brought this ticker, UTC, whether or not it changed a row; None without rows."""
        return self.fetched_at.max() if self.fetched_at.size else None

    @property
    def comparable(self) -> BoolArray:
        """(R,) which rows share the latest adjustments, so that returns between them are real."""
        if not any(source.endswith(SUPERSEDED) for source in set(self.source.tolist())):
            return np.ones(self.days.size, dtype=np.bool_)
        return np.array([not source.endswith(SUPERSEDED) for source in self.source], dtype=np.bool_)

    def frame(self, start: date | None = None, end: date | None = None) -> pd.DataFrame:
        """The comparable rows from ``start`` to ``end``, both inclusive, in the shape of ``PriceHistory``."""
        kept = self.comparable
        if start is not None:
            kept &= self.days >= np.datetime64(start, "D")
        if end is not None:
            kept &= self.days <= np.datetime64(end, "D")
        return price_frame(self.days[kept], self.values[:, kept])


@dataclass(frozen=True)
class Restatement:
    """Figures that a later download states otherwise.

    Attributes
    ----------
    ticker : str
        As in ``universe.csv``.
    column : str
        One of ``PRICE_COLUMNS``.
    noticed_at : str
        ISO 8601 instant of the download that brought the new figures, UTC.
    first, last : date
        Range of the sessions concerned.
    rows : int
        How many.
    old, new : float
        The figure of ``last``, before and after.
    ratio : float
        New over old where that is the same for all of them, to the last digits Yahoo keeps; else NaN.
    """

    ticker: str
    column: str
    noticed_at: str
    first: date
    last: date
    rows: int
    old: float
    new: float
    ratio: float


@dataclass(frozen=True, eq=False)
class Written:
    """What a write came to.

    Attributes
    ----------
    rows : StoredPrices
        What the store holds of the ticker now.
    status : str
        ``new``, ``updated`` or ``unchanged``, against what stood there at the moment of writing.
    restated : tuple of Restatement
        What earlier rows now say otherwise.
    """

    rows: StoredPrices
    status: str
    restated: tuple[Restatement, ...] = ()


def file_name(ticker: str) -> str:
    """The file of a ticker: percent-encoded so that no two tickers share a name on any file system.

    Examples
    --------
    >>> file_name("7203.T"), file_name("^GSPC"), file_name("../x")
    ('7203.T.parquet', '%5EGSPC.parquet', '%2E.%2F%78.parquet')
    """
    encoded = "".join(c if c in _PLAIN else "".join(f"%{byte:02X}" for byte in c.encode()) for c in ticker)
    if encoded.startswith(".") or encoded.split(".")[0] in _RESERVED:
        encoded = f"%{ord(encoded[0]):02X}{encoded[1:]}"
    if not 0 < len(encoded) <= 200:
        raise PriceError(f"{ticker[:40]!r} cannot be a ticker; correct it in the universe", tickers=(ticker,))
    return encoded + SUFFIX


def is_store(path: str | os.PathLike[str]) -> bool:
    """Whether a folder is a price store of this package."""
    return (Path(path) / MARKER).is_file()


def existing_store(path: str | os.PathLike[str]) -> Path | None:
    """The store's folder, or None where nothing stands yet.

    Raises
    ------
    PriceError
        If the path is a file, a folder of other things, or a store of a newer version.
    """
    folder = Path(path)
    try:
        if is_store(folder):
            _check_version(folder)
            return folder
        if not folder.exists():
            return None
        if not folder.is_dir():
            raise PriceError(f"{path} is a file, not a price store; name a folder", source=str(path))
        if any(not entry.name.startswith(".") for entry in folder.iterdir()):
            raise PriceError(
                f"{path} holds other files and is no price store; name an empty or a new folder", source=str(path)
            )
    except OSError as error:
        raise PriceError(
            f"{path} cannot be read ({error.strerror}); check its permissions", source=str(path)
        ) from error
    return None


def open_store(path: str | os.PathLike[str]) -> Path:
    """The store's folder, made where there is none.

    Raises
    ------
    PriceError
        As ``existing_store``, or if the folder cannot be written.
    """
    folder = Path(path)
    if existing_store(path) is None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            marker = {"format": FORMAT, "version": VERSION}
            write_atomically(folder / MARKER, (json.dumps(marker) + "\n").encode())
        except OSError as error:
            raise _unwritable(path, error) from error
    return folder


def read_stored(path: str | os.PathLike[str], ticker: str) -> StoredPrices | None:
    """All rows the store has of a ticker, superseded ones too; None where it has none.

    Raises
    ------
    PriceError
        If the ticker's file is damaged.
    """
    file = Path(path) / file_name(ticker)
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as stream:
            table = stream.read(use_threads=False)
        days = table.column("date").to_numpy().astype("datetime64[D]")
        values = np.array([table.column(name).to_numpy() for name in PRICE_COLUMNS], dtype=np.float64)
        stored = StoredPrices(
            days=days,
            values=values.reshape(len(PRICE_COLUMNS), days.size),
            currency=_words(table.column("currency")),
            source=_words(table.column("source")),
            fetched_at=table.column("fetched_at").to_numpy().astype("datetime64[us]"),
            requested_start=_day((table.schema.metadata or {}).get(_REQUESTED, b"").decode()),
        )
    except FileNotFoundError:
        return None
    except (pa.ArrowException, OSError, LookupError, ValueError, OverflowError) as error:
        raise _damaged(file, ticker, error) from error
    ordered = bool((np.diff(days) > np.timedelta64(0, "D")).all())
    if not ordered or (days.size and not FIRST_DAY <= days[0] <= days[-1] <= LAST_DAY):
        raise _damaged(file, ticker, "its dates are not in order")
    return stored


def merge_rows(stored: StoredPrices | None, fresh: StoredPrices) -> StoredPrices:
    """Stored rows with a newer download laid over them: its dates win, no other date is lost.

    Adjusted closes of different downloads may stand on different levels, because each split or dividend restates
    what came before. Where a date shared by both shows another level, the rows next to it that the download lacks are
    kept but marked in ``source`` as of an earlier adjustment, and no return is made of them.

    Parameters
    ----------
    stored : StoredPrices or None
        What is there.
    fresh : StoredPrices
        What came.

    Returns
    -------
    StoredPrices
        Sorted rows; ``requested_start`` the earlier of the two.
    """
    if stored is None:
        return fresh
    kept = ~np.isin(stored.days, fresh.days)
    source = stored.source.copy()
    for row in np.flatnonzero(kept & stored.comparable & _restated(stored, fresh)):
        source[row] = f"{source[row]}{SUPERSEDED}"
    order = np.argsort(np.concatenate([stored.days[kept], fresh.days]), kind="stable")
    asked = [day for day in (stored.requested_start, fresh.requested_start) if day is not None]
    return StoredPrices(
        days=np.concatenate([stored.days[kept], fresh.days])[order],
        values=np.concatenate([stored.values[:, kept], fresh.values], axis=1)[:, order],
        currency=np.concatenate([stored.currency[kept], fresh.currency])[order],
        source=np.concatenate([source[kept], fresh.source])[order],
        fetched_at=np.concatenate([stored.fetched_at[kept], fresh.fetched_at])[order],
        requested_start=min(asked, default=None),
    )


def _restated(stored: StoredPrices, fresh: StoredPrices) -> BoolArray:
    """(R,) whether the shared date nearest to each stored row has other levels in the fresh rows."""
    shared, old, new = np.intersect1d(stored.days, fresh.days, assume_unique=True, return_indices=True)
    if shared.size == 0:
        return np.zeros(stored.days.size, dtype=np.bool_)
    moved = np.zeros(shared.size, dtype=np.bool_)
    for name in ("close", "adj_close"):
        row = PRICE_COLUMNS.index(name)
        before, after = stored.values[row, old], fresh.values[row, new]
        # Yahoo's own figures wobble in the seventh digit from one download to the next
        moved |= np.isfinite(before) & np.isfinite(after) & (np.abs(after - before) > 1e-5 * np.abs(before))
    later = np.searchsorted(shared, stored.days)
    nearest: BoolArray = moved[np.clip(later, 0, shared.size - 1)]
    return nearest


def write_rows(path: str | os.PathLike[str], ticker: str, fresh: StoredPrices) -> Written:
    """Merge a download into the store; the old file stands untouched until the new one is whole.

    Parameters
    ----------
    path : path-like
        The store's folder, as ``open_store`` made it.
    ticker : str
        The ticker.
    fresh : StoredPrices
        The rows that came.

    Returns
    -------
    Written
        What the store holds now, and what changed.

    Raises
    ------
    PriceError
        If the disk is full, the folder cannot be written, or the present file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    before = read_stored(path, ticker)
    merged = merge_rows(before, fresh)
    words = pa.dictionary(pa.int32(), pa.string())
    latest = str(merged.fetched_at.max()) if merged.days.size else ""
    asked = merged.requested_start.isoformat() if merged.requested_start else ""
    table = pa.table(
        {
            "ticker": pa.array([ticker] * merged.days.size, pa.string()).cast(words),
            "date": pa.array(merged.days, pa.date32()),
            **{
                name: pa.array(merged.values[row], pa.float64(), from_pandas=True)
                for row, name in enumerate(PRICE_COLUMNS)
            },
            "currency": pa.array(merged.currency.tolist(), pa.string()).cast(words),
            "source": pa.array(merged.source.tolist(), pa.string()).cast(words),
            "fetched_at": pa.array(merged.fetched_at.astype("datetime64[us]"), pa.timestamp("us", tz="UTC")),
        }
    ).replace_schema_metadata({_REQUESTED: asked.encode(), _FETCHED: latest.encode()})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="lz4", use_dictionary=["ticker", "currency", "source", "fetched_at"])
    try:
        write_atomically(Path(path) / file_name(ticker), sink.getvalue())
    except OSError as error:
        raise _unwritable(path, error, ticker) from error
    return Written(merged, _change(before, merged))


def _change(before: StoredPrices | None, after: StoredPrices) -> str:
    if before is None:
        return "new"
    same = np.array_equal(before.days, after.days) and np.array_equal(before.values, after.values, equal_nan=True)
    return "unchanged" if same else "updated"


def stored_tickers(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Tickers with a file in the store, sorted."""
    try:
        names = [entry.name for entry in os.scandir(path) if entry.name.endswith(SUFFIX) and entry.name[0] != "."]
    except OSError as error:
        raise PriceError(f"{path} cannot be read ({error.strerror}); check its name", source=str(path)) from error
    return tuple(sorted(unquote(name.removesuffix(SUFFIX)) for name in names))


def store_status(path: str | os.PathLike[str]) -> tuple[StoreStatus, ...]:
    """One row a ticker: how many sessions, from when to when, downloaded when.

    Read from the files' footers, so that a full store answers at once. An empty tuple where there is no store yet.

    Raises
    ------
    PriceError
        If the folder cannot be read, or was written by a newer version.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if existing_store(path) is None:
        return ()
    rows = []
    for ticker in stored_tickers(path):
        file = Path(path) / file_name(ticker)
        try:
            footer = pq.read_metadata(file)
            notes = footer.metadata or {}
            place = footer.schema.to_arrow_schema().get_field_index("date")
            groups = [footer.row_group(g).column(place).statistics for g in range(footer.num_row_groups)]
            spans = [each for each in groups if each is not None and each.has_min_max]
            rows.append(
                StoreStatus(
                    ticker=ticker,
                    rows=footer.num_rows,
                    first=min((each.min for each in spans), default=None),
                    last=max((each.max for each in spans), default=None),
                    fetched_at=_instant(notes.get(_FETCHED, b"").decode()),
                    requested_start=_day(notes.get(_REQUESTED, b"").decode()),
                )
            )
        except (pa.ArrowException, OSError, LookupError, ValueError, OverflowError) as error:
            rows.append(StoreStatus(ticker, 0, None, None, "", None, str(_damaged(file, ticker, error))))
    return tuple(rows)


def fetch_span(stored: Mapping[str, StoredPrices]) -> tuple[str, str]:
    """ISO instants of the oldest and the newest download among these rows; empty where there are none."""
    stamps = [rows.fetched_at for rows in stored.values() if rows.days.size]
    if not stamps:
        return "", ""
    return _instant(str(min(each.min() for each in stamps))), _instant(str(max(each.max() for each in stamps)))


def latest_download(stored: Mapping[str, StoredPrices]) -> str:
    """ISO instant of the newest download of any of these tickers; empty where there is none."""
    stamps = [rows.downloaded_at for rows in stored.values() if rows.downloaded_at is not None]
    return _instant(str(max(stamps))) if stamps else ""


def currencies_of(stored: Mapping[str, StoredPrices]) -> dict[str, str]:
    """Currency each ticker's rows state; ' / ' between several, in order of date."""
    stated = {}
    for ticker, rows in stored.items():
        units = [unit for unit in dict.fromkeys(rows.currency[rows.comparable].tolist()) if unit]
        if units:
            stated[ticker] = " / ".join(units)
    return stated


def superseded_note(stored: Mapping[str, StoredPrices]) -> tuple[str, ...]:
    """A sentence on rows that are kept but not used, if there are any."""
    counts = {ticker: int((~rows.comparable).sum()) for ticker, rows in stored.items()}
    held = sorted(ticker for ticker, count in counts.items() if count)
    if not held:
        return ()
    total = sum(counts.values())
    return (
        f"{total} stored row{'' if total == 1 else 's'} of {', '.join(held[:5])}{' …' if len(held) > 5 else ''} "
        "come from before a later restatement and are not used.",
    )


def stored_from_frame(
    days: DayArray, values: FloatArray, *, currency: str, source: str, fetched_at: datetime, requested_start: date
) -> StoredPrices:
    """Downloaded rows, all with the same source and time, sorted by day; of a day that stands twice the last counts."""
    order = np.argsort(days, kind="stable")
    days, values = days[order], values[:, order]
    last = np.append(np.diff(days) > np.timedelta64(0, "D"), True) if days.size else np.zeros(0, dtype=np.bool_)
    count = int(last.sum())
    stamp = np.datetime64(fetched_at.astimezone(UTC).replace(tzinfo=None), "us")
    return StoredPrices(
        days=days[last],
        values=values[:, last],
        currency=np.full(count, currency, dtype=object),
        source=np.full(count, source, dtype=object),
        fetched_at=np.full(count, stamp),
        requested_start=requested_start,
    )


def _words(column: Any) -> np.ndarray[Any, np.dtype[np.object_]]:
    words, codes = words_and_codes(column.dictionary_encode())
    return np.array([*words, ""], dtype=object)[codes]  # the last, at -1, stands for null


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _instant(text: str) -> str:
    """'2026-02-06T08:15:00Z' of a UTC time as numpy writes it."""
    return f"{text[:19]}Z" if text else ""


def _check_version(folder: Path) -> None:
    try:
        marker = json.loads((folder / MARKER).read_bytes())
        version = int(marker["version"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise PriceError(
            f"{folder / MARKER} cannot be read ({error}); delete this one file, the prices stay", source=str(folder)
        ) from error
    if version > VERSION:
        raise PriceError(
            f"{folder} was written by a newer eventstudy (store version {version}, this one knows {VERSION}); "
            "upgrade the package, or name another folder",
            source=str(folder),
        )


def _damaged(file: Path, ticker: str, error: object) -> PriceError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    message = f"{file} is damaged ({reason[:160]}); move it away and fetch {ticker} again"
    return PriceError(message, source=str(file.parent), tickers=(ticker,))


def _unwritable(path: object, error: OSError, ticker: str = "") -> PriceError:
    what = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else f"{error.strerror or error}"
    remedy = "free some space" if what == "the disk is full" else "check its permissions, or name another folder"
    message = f"{path} cannot be written: {what}; {remedy}. What was stored before is untouched."
    return PriceError(message, source=str(path), tickers=(ticker,) if ticker else ())


def read_all(path: str | os.PathLike[str], tickers: Sequence[str]) -> tuple[dict[str, StoredPrices], dict[str, str]]:
    """What the store has of these tickers, and for each damaged file the reason it was left out."""
    held: dict[str, StoredPrices] = {}
    reasons: dict[str, str] = {}
    for ticker in dict.fromkeys(tickers):
        try:
            rows = read_stored(path, ticker)
        except PriceError as error:
            reasons[ticker] = str(error)
        else:
            if rows is not None:
                held[ticker] = rows
    return held, reasons
