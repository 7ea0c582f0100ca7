"""Writing to the store: a download is merged in, and what it replaces is kept.

A write is three files, in this order: the rows that no longer stand, the rows that stand, the manifest. Each takes its
name in one step. A process that is killed between them leaves rows that are in both of the first two files; nobody
reads those twice, because the present file says when its generation began, and the next write clears them away.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eventstudy._arrays import DayArray
from eventstudy.files import write_atomically
from eventstudy.prices.store import layout, manifest, parquet
from eventstudy.prices.store.lock import locked
from eventstudy.prices.store.restatements import Restatement
from eventstudy.prices.store.rows import Lineage, Merge, StoredPrices, merge_rows

# A file of older rows grows until it holds about three restatements of twenty years; then another is begun.
FULL = 16_384


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


def open_store(path: str | os.PathLike[str]) -> Path:
    """The store's folder, made where there is none, and cleared of what a killed process left.

    Raises
    ------
    PriceError
        As ``existing_store``, or if the folder cannot be written.
    """
    folder = Path(path)
    layout.existing_store(path)
    try:
        with locked(folder):
            settle(folder)
    except OSError as error:
        raise layout.unwritable(path, error) from error
    return folder


def settle(folder: Path) -> None:
    """Clear away what a killed process left, and bring the manifest up to its files; only while the store is locked."""
    _ensure_marker(folder)
    layout.clear_leftovers(folder)
    known = manifest.read_manifest(folder)
    # a process killed between the two leaves the manifest one write behind its files
    entries = manifest.rebuilt(folder, known)
    if entries != (known or {}):
        manifest.write_manifest(folder, entries)


def discard_empty_store(path: str | os.PathLike[str]) -> None:
    """Remove a store that holds no ticker."""
    folder = Path(path)
    try:
        with locked(folder):
            if not layout.stored_tickers(folder):
                shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # an empty store does no harm
        return


def write_rows(path: str | os.PathLike[str], ticker: str, fresh: StoredPrices) -> Written:
    """Merge a download into the store; what stands is whole at every moment.

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
    folder = Path(path)
    try:
        with locked(folder):
            _ensure_marker(folder)
            before = parquet.read_current(folder / layout.file_name(ticker), ticker)
            merge = merge_rows(ticker, before, fresh)
            lineage, older = _keep_replaced(folder, ticker, before, fresh, merge)
            rows = parquet.with_lineage(
                merge.rows,
                older_files=lineage.older_files,
                older_rows=lineage.older_rows,
                complete_since=lineage.complete_since,
            )
            write_current(folder, ticker, rows, older)
    except OSError as error:
        raise layout.unwritable(path, error, ticker) from error
    return Written(rows, _status(before, rows), merge.restated)


def write_current(folder: Path, ticker: str, rows: StoredPrices, older: dict[str, str]) -> None:
    """Replace the present file and the manifest's entry; ``older`` holds hashes of the older files just written."""
    content = parquet.encoded(ticker, rows)
    write_atomically(folder / layout.file_name(ticker), content)
    entries = manifest.read_manifest(folder)
    if entries is None:
        entries = manifest.rebuilt(folder)
    first, last = rows.lineage.older_files
    names = [layout.older_name(ticker, number) for number in range(first, last + 1)]
    known = {**entries.get(ticker, {}).get("older", {}), **older}
    for name in names:
        if name not in known and (folder / name).is_file():
            known[name] = manifest.sha256((folder / name).read_bytes())
    entries[ticker] = manifest.entry(
        ticker,
        content,
        int(rows.days.size),
        rows.days[0].item() if rows.days.size else None,
        rows.days[-1].item() if rows.days.size else None,
        rows.requested_start,
        replace(rows.lineage, downloaded_at=rows.downloaded_at),
        {name: known[name] for name in names if name in known},
    )
    manifest.write_manifest(folder, entries)


def _keep_replaced(
    folder: Path, ticker: str, before: StoredPrices | None, fresh: StoredPrices, merge: Merge
) -> tuple[Lineage, dict[str, str]]:
    """Write rows that stand no longer; the files that hold them now, and the hash of the one that was written."""
    if before is None:
        return _adopted(folder, ticker, fresh), {}
    lineage, replaced, replaced_at = before.lineage, merge.replaced, merge.replaced_at
    cleared = clear_unfinished(folder, ticker, lineage)
    if not replaced.days.size:
        return lineage, cleared
    first, last = lineage.older_files
    number = max(last, first)
    target = folder / layout.older_name(ticker, number)
    held = parquet.read_older(target, ticker) if last >= first else None
    if held is not None and held[0].days.size >= FULL:
        number, held = number + 1, None
        target = folder / layout.older_name(ticker, number)
    rows, ended = (replaced, replaced_at) if held is None else _appended(held, (replaced, replaced_at))
    content = parquet.encoded(ticker, rows, ended)
    target.parent.mkdir(exist_ok=True)
    write_atomically(target, content)
    # rows that version 1 had marked belong to no state that is known
    counted = replaced_at > lineage.complete_since if lineage.complete_since is not None else np.ones(replaced_at.size)
    lineage = replace(
        lineage, older_files=(first, number), older_rows=lineage.older_rows + int(np.count_nonzero(counted))
    )
    return lineage, cleared | {layout.older_name(ticker, number): manifest.sha256(content)}


def _adopted(folder: Path, ticker: str, rows: StoredPrices) -> Lineage:
    """The lineage of a first write: older rows of a present file that was moved away stay, but lead nowhere."""
    numbers = layout.older_files(folder).get(ticker)
    if not numbers:
        return Lineage()
    return Lineage(older_files=(numbers[0], numbers[-1]), complete_since=rows.downloaded_at)


def _appended(
    held: tuple[StoredPrices, DayArray], more: tuple[StoredPrices, DayArray]
) -> tuple[StoredPrices, DayArray]:
    """Older rows with later ones after them."""
    (one, its), (two, those) = held, more
    whole = replace(
        one,
        days=np.concatenate([one.days, two.days]),
        values=np.concatenate([one.values, two.values], axis=1),
        currency=np.concatenate([one.currency, two.currency]),
        source=np.concatenate([one.source, two.source]),
        fetched_at=np.concatenate([one.fetched_at, two.fetched_at]),
    )
    return whole, np.concatenate([its, those])


def clear_unfinished(folder: Path, ticker: str, lineage: Lineage) -> dict[str, str]:
    """Take away older rows of a write whose present file did not follow, and files that a prune did not come to.

    Returns
    -------
    dict of str to str
        Name of each file that was written anew to its SHA-256.
    """
    first, last = lineage.older_files
    written: dict[str, str] = {}
    number = first - 1
    while (file := folder / layout.older_name(ticker, number)).is_file():
        file.unlink()
        number -= 1
    for number in (last, last + 1):
        file = folder / layout.older_name(ticker, number)
        if number < first or not file.is_file():
            continue
        latest = parquet.last_replacement(file)
        if latest is None or (lineage.began_at is not None and latest <= lineage.began_at and number <= last):
            continue
        held = parquet.read_older(file, ticker)
        if held is None:
            continue
        stands = held[1] <= lineage.began_at if lineage.began_at is not None else np.zeros(held[1].size, dtype=np.bool_)
        if number > last or not stands.any():
            file.unlink()
            continue
        content = parquet.encoded(ticker, held[0].take(stands), held[1][stands])
        write_atomically(file, content)
        written[layout.older_name(ticker, number)] = manifest.sha256(content)
    return written


def _ensure_marker(folder: Path) -> None:
    """Say what the folder is; a store of version 1 becomes one of this version, its files when each is next written."""
    if not (folder / layout.MARKER).is_file():
        write_atomically(folder / layout.MARKER, layout.marker())
    (folder / layout.MARKER_OF_VERSION_1).unlink(missing_ok=True)


def _status(before: StoredPrices | None, after: StoredPrices) -> str:
    if before is None:
        return "new"
    same = np.array_equal(before.days, after.days) and np.array_equal(before.values, after.values, equal_nan=True)
    return "unchanged" if same else "updated"
