"""One file of the store: the bytes of its rows, and the rows of its bytes."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from eventstudy._arrays import DayArray
from eventstudy.prices.frames import FIRST_DAY, LAST_DAY
from eventstudy.prices.packed import check_parquet_size
from eventstudy.prices.source import PRICE_COLUMNS
from eventstudy.prices.store.layout import VERSION, damaged
from eventstudy.prices.store.restatements import Restatement
from eventstudy.prices.store.rows import Lineage, ObjectArray, StoredPrices
from eventstudy.prices.text import words_and_codes

_NOTES = b"eventstudy"
_REQUESTED_OF_VERSION_1 = b"eventstudy.requested_start"
_FETCHED_OF_VERSION_1 = b"eventstudy.fetched_at"
COLUMNS = ("ticker", "date", *PRICE_COLUMNS, "currency", "source", "fetched_at")
REPLACED_AT = "replaced_at"
_ROW_OF_FIGURES = ("old", "new", "low", "high")


def damage() -> tuple[type[Exception], ...]:
    """What reading bytes that are no sound file can raise."""
    import pyarrow as pa

    return (
        pa.ArrowException,
        OSError,
        LookupError,
        ValueError,
        OverflowError,
        TypeError,
        AttributeError,
        RecursionError,
    )


def encoded(ticker: str, rows: StoredPrices, replaced_at: DayArray | None = None) -> bytes:
    """Parquet with one row a session, checksums on its pages, and the lineage in its footer.

    Parameters
    ----------
    ticker : str
        Stands in every row.
    rows : StoredPrices
        What to write.
    replaced_at : (R,) datetime64[us], optional
        For rows that no longer stand.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = pa.dictionary(pa.int32(), pa.string())
    stamps = pa.timestamp("us", tz="UTC")
    count = rows.days.size
    notes = {"version": VERSION} if replaced_at is not None else _notes(rows)
    table = pa.table(
        {
            "ticker": pa.array([ticker] * count, pa.string()).cast(words),
            "date": pa.array(rows.days, pa.date32()),
            **{
                name: pa.array(rows.values[place], pa.float64(), from_pandas=True)
                for place, name in enumerate(PRICE_COLUMNS)
            },
            "currency": pa.array(rows.currency.tolist(), pa.string()).cast(words),
            "source": pa.array(rows.source.tolist(), pa.string()).cast(words),
            "fetched_at": pa.array(rows.fetched_at.astype("datetime64[us]"), stamps),
            **({} if replaced_at is None else {REPLACED_AT: pa.array(replaced_at.astype("datetime64[us]"), stamps)}),
        }
    ).replace_schema_metadata({_NOTES: json.dumps(notes, separators=(",", ":")).encode()})
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        compression="lz4",
        use_dictionary=["ticker", "currency", "source", "fetched_at", REPLACED_AT],
        write_page_checksum=True,
    )
    return sink.getvalue()


def read_current(file: Path, ticker: str) -> StoredPrices | None:
    """The rows of a ticker that stand now; None where there is no file.

    Raises
    ------
    PriceError
        If the file is damaged.
    """
    read = _read(file, ticker, ordered=True)
    return None if read is None else read[0]


def read_older(file: Path, ticker: str) -> tuple[StoredPrices, DayArray] | None:
    """Rows of one file that no longer stand, and when each was replaced; None where there is no file.

    Raises
    ------
    PriceError
        If the file is damaged.
    """
    read = _read(file, ticker, ordered=False)
    if read is not None and read[1] is None:
        raise damaged(file, ticker, f"it has no column {REPLACED_AT}")
    return None if read is None or read[1] is None else (read[0], read[1])


def _read(file: Path, ticker: str, *, ordered: bool) -> tuple[StoredPrices, DayArray | None] | None:
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file, page_checksum_verification=True) as stream:
            check_parquet_size(stream.metadata, str(file), file.stat().st_size)
            table = stream.read(use_threads=False)
        days = table.column("date").to_numpy().astype("datetime64[D]")
        values = np.array([table.column(name).to_numpy() for name in PRICE_COLUMNS], dtype=np.float64)
        fetched_at = table.column("fetched_at").to_numpy().astype("datetime64[us]")
        ended = None
        if REPLACED_AT in table.schema.names:
            ended = table.column(REPLACED_AT).to_numpy().astype("datetime64[us]")
        requested_start, lineage = _lineage(table.schema.metadata or {}, fetched_at)
        rows = StoredPrices(
            days=days,
            values=values.reshape(len(PRICE_COLUMNS), days.size),
            currency=_words(table.column("currency")),
            source=_words(table.column("source")),
            fetched_at=fetched_at,
            requested_start=requested_start,
            lineage=lineage,
        )
        whose = set(words_and_codes(table.column("ticker").dictionary_encode())[0])
    except FileNotFoundError:
        return None
    except damage() as error:
        raise damaged(file, ticker, error) from error
    if whose - {ticker}:
        raise damaged(file, ticker, f"it holds rows of {sorted(whose - {ticker})[0]!r}")
    if np.isinf(values).any():
        raise damaged(file, ticker, "a price is infinite")
    steps = np.diff(days)
    if ordered and not bool((steps > np.timedelta64(0, "D")).all()):
        raise damaged(file, ticker, "its dates are not in order")
    if days.size and not FIRST_DAY <= days.min() <= days.max() <= LAST_DAY:
        raise damaged(file, ticker, "its dates are not in order")
    if np.isnat(fetched_at).any() or (ended is not None and np.isnat(ended).any()):
        raise damaged(file, ticker, "rows without the time of their download")
    return rows, ended


def read_footer(file: Path) -> tuple[int, date | None, date | None, date | None, Lineage]:
    """Number of rows, first and last session, first day asked for and lineage, without reading the rows.

    Raises
    ------
    One of ``damage()``
        If the file is damaged.
    """
    import pyarrow.parquet as pq

    footer = pq.read_metadata(file)
    schema = footer.schema.to_arrow_schema()
    spans = {}
    for name in ("date", "fetched_at"):
        place = schema.get_field_index(name)
        groups = [footer.row_group(g).column(place).statistics for g in range(footer.num_row_groups)]
        known = [each for each in groups if each is not None and each.has_min_max]
        spans[name] = (min((each.min for each in known), default=None), max((each.max for each in known), default=None))
    latest = spans["fetched_at"][1]
    stamps = np.array([] if latest is None else [np.datetime64(latest.replace(tzinfo=None), "us")], "datetime64[us]")
    requested_start, lineage = _lineage(footer.metadata or {}, stamps)
    return footer.num_rows, *spans["date"], requested_start, lineage


def last_replacement(file: Path) -> np.datetime64 | None:
    """When the latest of these older rows was replaced, from the file's footer; None for a file without rows."""
    import pyarrow.parquet as pq

    footer = pq.read_metadata(file)
    place = footer.schema.to_arrow_schema().get_field_index(REPLACED_AT)
    groups = [footer.row_group(g).column(place).statistics for g in range(footer.num_row_groups)]
    stamps = [each.max.replace(tzinfo=None) for each in groups if each is not None and each.has_min_max]
    return max((np.datetime64(each, "us") for each in stamps), default=None)


def _notes(rows: StoredPrices) -> dict[str, Any]:
    lineage = rows.lineage
    return {
        "version": VERSION,
        "requested_start": rows.requested_start.isoformat() if rows.requested_start else "",
        "downloaded_at": instant_text(rows.downloaded_at),
        "generation": lineage.generation,
        "began_at": instant_text(lineage.began_at),
        "complete_since": instant_text(lineage.complete_since),
        "older_files": list(lineage.older_files),
        "older_rows": lineage.older_rows,
        "withdrawn": [str(day) for day in lineage.withdrawn],
        "restatements": [_plain(each) for each in lineage.restatements],
    }


def _lineage(metadata: Mapping[bytes, bytes], fetched_at: DayArray) -> tuple[date | None, Lineage]:
    """What a footer tells; that of a version 1 file tells nothing of what stood before its last download."""
    if _NOTES not in metadata:
        latest = fetched_at.max() if fetched_at.size else None
        said = metadata.get(_FETCHED_OF_VERSION_1, b"").decode()
        latest = _instant(said) if latest is None else latest
        lineage = Lineage(began_at=latest, downloaded_at=latest, complete_since=latest)
        return _day(metadata.get(_REQUESTED_OF_VERSION_1, b"").decode()), lineage
    notes = json.loads(metadata[_NOTES])
    if "downloaded_at" not in notes:  # of a file of older rows
        return None, Lineage()
    first, last = notes["older_files"]
    return _day(notes["requested_start"]), Lineage(
        generation=int(notes["generation"]),
        began_at=_instant(notes["began_at"]),
        downloaded_at=_instant(notes["downloaded_at"]),
        complete_since=_instant(notes["complete_since"]),
        older_files=(int(first), int(last)),
        older_rows=int(notes["older_rows"]),
        withdrawn=np.array(notes["withdrawn"], dtype="datetime64[D]"),
        restatements=tuple(_restatement(each) for each in notes["restatements"]),
    )


def _plain(restatement: Restatement) -> dict[str, Any]:
    said = dict(vars(restatement))
    said |= {name: None if said[name] is None else str(said[name]) for name in ("first", "last", "before")}
    return said | {name: said[name] if math.isfinite(said[name]) else None for name in _ROW_OF_FIGURES}


def _restatement(said: Mapping[str, Any]) -> Restatement:
    whole = dict(said)
    whole |= {name: date.fromisoformat(said[name]) if said[name] else None for name in ("first", "last", "before")}
    whole |= {name: math.nan if said[name] is None else float(said[name]) for name in _ROW_OF_FIGURES}
    return Restatement(**whole)


def _words(column: Any) -> ObjectArray:
    words, codes = words_and_codes(column.dictionary_encode())
    return np.array([*words, ""], dtype=object)[codes]  # the last, at -1, stands for null


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _instant(text: str) -> np.datetime64 | None:
    return np.datetime64(datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None), "us") if text else None


def instant_text(instant: np.datetime64 | None) -> str:
    """'2026-02-06T08:15:00.123456Z'; empty for None."""
    return f"{np.datetime_as_string(instant.astype('datetime64[us]'))}Z" if instant is not None else ""


def with_lineage(rows: StoredPrices, **changed: Any) -> StoredPrices:
    """The same rows with another lineage."""
    return replace(rows, lineage=replace(rows.lineage, **changed))
