"""The manifest: a line a ticker on what the files hold. The files are the truth; the manifest can be made from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from eventstudy.files import write_atomically
from eventstudy.prices.store import layout, parquet
from eventstudy.prices.store.rows import Lineage

FORMAT = "eventstudy price store manifest"
Entries = dict[str, dict[str, Any]]


def read_manifest(folder: Path) -> Entries | None:
    """Entries by ticker; None where the manifest is missing or cannot be read."""
    try:
        said = json.loads((folder / layout.MANIFEST).read_bytes())
        entries = said["tickers"]
        if said["format"] != FORMAT or not all(isinstance(each, dict) for each in entries.values()):
            return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return dict(entries)


def write_manifest(folder: Path, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Replace the manifest: one line a ticker, in alphabetical order."""
    lines = [f"{json.dumps(ticker)}: {json.dumps(entries[ticker], sort_keys=True)}" for ticker in sorted(entries)]
    body = ",\n".join(lines)
    head = f'"format": {json.dumps(FORMAT)}, "version": {layout.VERSION}'
    write_atomically(folder / layout.MANIFEST, f'{{{head}, "tickers": {{\n{body}\n}}}}\n'.encode())


def entry(
    ticker: str,
    content: bytes,
    rows: int,
    first: date | None,
    last: date | None,
    requested_start: date | None,
    lineage: Lineage,
    older: Mapping[str, str],
) -> dict[str, Any]:
    """What the manifest says of a ticker.

    Parameters
    ----------
    ticker : str
        The ticker.
    content : bytes
        Of its present file.
    rows, first, last, requested_start, lineage
        What that file holds.
    older : mapping of str to str
        Name of each file of older rows to its SHA-256.
    """
    return {
        "file": layout.file_name(ticker),
        "sha256": sha256(content),
        "bytes": len(content),
        "older": dict(sorted(older.items())),
        **_told(rows, first, last, requested_start, lineage),
    }


def entry_of_files(folder: Path, ticker: str) -> dict[str, Any]:
    """The entry, from the files themselves.

    Raises
    ------
    One of ``parquet.damage()``
        If the ticker's present file is damaged.
    """
    file = folder / layout.file_name(ticker)
    rows, first, last, requested_start, lineage = parquet.read_footer(file)
    names = [layout.older_name(ticker, number) for number in range(lineage.older_files[0], lineage.older_files[1] + 1)]
    older = {name: sha256((folder / name).read_bytes()) for name in names if (folder / name).is_file()}
    return entry(ticker, file.read_bytes(), rows, first, last, requested_start, lineage, older)


def agrees(folder: Path, ticker: str, said: Mapping[str, Any]) -> bool:
    """Whether an entry tells what the ticker's footer tells, so that no killed process came between the two.

    Raises
    ------
    One of ``parquet.damage()``
        If the ticker's present file is damaged.
    """
    told = _told(*parquet.read_footer(folder / layout.file_name(ticker)))
    return all(said.get(name) == value for name, value in told.items())


def rebuilt(folder: Path, known: Entries | None = None) -> Entries:
    """Entries of every readable file, those of ``known`` kept where they agree with it.

    A damaged file keeps the entry that it had, so that the manifest goes on telling what it should be.
    """
    known = known or {}
    entries: Entries = {}
    for ticker in layout.stored_tickers(folder):
        try:
            same = ticker in known and agrees(folder, ticker, known[ticker])
            entries[ticker] = known[ticker] if same else entry_of_files(folder, ticker)
        except parquet.damage():
            if ticker in known:
                entries[ticker] = known[ticker]
    return entries


def sha256(content: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def _told(
    rows: int, first: date | None, last: date | None, requested_start: date | None, lineage: Lineage
) -> dict[str, Any]:
    def text(instant: np.datetime64 | None) -> str:
        return parquet.instant_text(instant)

    return {
        "rows": rows,
        "first": first.isoformat() if first else "",
        "last": last.isoformat() if last else "",
        "requested_start": requested_start.isoformat() if requested_start else "",
        "downloaded_at": text(lineage.downloaded_at),
        "generation": lineage.generation,
        "generation_began_at": text(lineage.began_at),
        "complete_since": text(lineage.complete_since),
        "older_rows": lineage.older_rows,
    }
