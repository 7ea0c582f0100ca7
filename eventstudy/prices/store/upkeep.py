"""Looking after a store: what it holds, whether it is sound, and removing what is no longer wanted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from eventstudy._arrays import DayArray
from eventstudy.errors import PriceError
from eventstudy.files import write_atomically
from eventstudy.prices.store import layout, manifest, parquet
from eventstudy.prices.store.lock import locked
from eventstudy.prices.store.reading import instant
from eventstudy.prices.store.restatements import Restatement
from eventstudy.prices.store.writing import clear_unfinished, settle, write_current

VERIFY = "run eventstudy prices verify --repair"


@dataclass(frozen=True)
class StoreStatus:
    """What the store holds of one ticker.

    Attributes
    ----------
    ticker : str
        As in ``universe.csv``.
    rows : int
        Sessions that stand now.
    first, last : date or None
        Their range; None when there are no rows, or the file cannot be read.
    fetched_at : str
        ISO 8601 instant of the latest download, UTC.
    requested_start : date or None
        The first day that was asked for, so that a short history is known to be all there is.
    generation : int
        1 if nothing was ever restated, else one more for each download that restated something.
    older_rows : int
        Rows that stand no longer, and that an earlier state can be read from.
    bytes : int
        Size on disk, older rows included.
    restatements : tuple of Restatement
        The latest ones, oldest first.
    fault : str
        Empty, or why the file cannot be read.
    """

    ticker: str
    rows: int
    first: date | None
    last: date | None
    fetched_at: str
    requested_start: date | None = None
    generation: int = 1
    older_rows: int = 0
    bytes: int = 0
    restatements: tuple[Restatement, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class StoreFault:
    """Something wrong in a store: the file, what, what to do; and whether ``verify`` can mend it."""

    file: str
    what: str
    remedy: str
    mendable: bool = False

    def __str__(self) -> str:
        return f"{self.file}: {self.what}; {self.remedy}"


@dataclass(frozen=True)
class Pruned:
    """What a prune took from one ticker: generations, their rows, and bytes on disk."""

    ticker: str
    generations: int
    rows: int
    bytes: int


def store_status(path: str | os.PathLike[str]) -> tuple[StoreStatus, ...]:
    """One row a ticker: how many sessions, from when to when, downloaded when, restated how.

    Read from the files' footers, so that a full store answers at once. An empty tuple where there is no store yet.

    Raises
    ------
    PriceError
        If the folder cannot be read, or was written by a newer version.
    """
    if layout.existing_store(path) is None:
        return ()
    folder = Path(path)
    older = layout.older_files(folder)
    rows = []
    for ticker in layout.stored_tickers(folder):
        file = folder / layout.file_name(ticker)
        names = [file, *(folder / layout.older_name(ticker, number) for number in older.get(ticker, ()))]
        size = sum(_size(name) for name in names)
        try:
            count, first, last, requested_start, lineage = parquet.read_footer(file)
        except parquet.damage() as error:
            fault = str(layout.damaged(file, ticker, error))
            rows.append(StoreStatus(ticker, 0, None, None, "", bytes=size, fault=fault))
            continue
        rows.append(
            StoreStatus(
                ticker=ticker,
                rows=count,
                first=first,
                last=last,
                fetched_at=instant(parquet.instant_text(lineage.downloaded_at)),
                requested_start=requested_start,
                generation=lineage.generation,
                older_rows=lineage.older_rows,
                bytes=size,
                restatements=lineage.restatements,
            )
        )
    return tuple(rows)


def verify_store(path: str | os.PathLike[str], *, repair: bool = False) -> tuple[StoreFault, ...]:
    """Everything that is wrong in a store: every page of every file is read and checked, and set against the manifest.

    Parameters
    ----------
    path : path-like
        The store's folder.
    repair : bool
        Mend what can be mended without a new download: the marker and the manifest are made anew from the files,
        leftovers of killed processes go. A damaged file of prices is never touched.

    Returns
    -------
    tuple of StoreFault
        What is wrong; with ``repair``, what still is.

    Raises
    ------
    PriceError
        If there is no store, or it was written by a newer version.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise PriceError(f"{path}: no price store; fill it with eventstudy prices fetch", source=str(path))
    if not layout.is_store(folder) and not (folder / layout.MANIFEST).exists() and not layout.older_files(folder):
        layout.existing_store(folder)  # refuses a folder of other things
        raise PriceError(f"{path}: no price store; fill it with eventstudy prices fetch", source=str(path))
    try:
        with _alone(folder, needed=repair):
            if repair:
                _repair(folder)
            return tuple(_faults(folder))
    except OSError as error:
        raise layout.unwritable(path, error) from error


@contextmanager
def _alone(folder: Path, *, needed: bool) -> Iterator[None]:
    """No fetch writes meanwhile; a folder that takes no lock, as on a read-only disk, is read without."""
    if not needed and not os.access(folder, os.W_OK):
        yield
    else:
        with locked(folder):
            yield


def _faults(folder: Path) -> Iterator[StoreFault]:
    """Faults in the order of the files' names, those of the whole store first."""
    version = layout.VERSION
    if not layout.is_store(folder):
        yield StoreFault(str(folder / layout.MARKER), "is missing", VERIFY, mendable=True)
    else:
        try:
            version = layout.check_version(folder)
        except PriceError as error:
            if "newer eventstudy" in str(error):
                raise
            yield StoreFault(str(folder / layout.MARKER), "cannot be read", VERIFY, mendable=True)
    entries = manifest.read_manifest(folder)
    tickers = layout.stored_tickers(folder)
    if entries is None and version >= layout.VERSION and (tickers or (folder / layout.MANIFEST).exists()):
        what = "cannot be read" if (folder / layout.MANIFEST).exists() else "is missing"
        yield StoreFault(str(folder / layout.MANIFEST), what, VERIFY, mendable=True)
    for leftover in layout.leftovers(folder):
        what = "half a file that a killed process left"
        yield StoreFault(str(leftover), what, f"the next fetch clears it, or {VERIFY}", mendable=True)
    older = layout.older_files(folder)
    for ticker in tickers:
        yield from _faults_of(folder, ticker, older.get(ticker, []), entries)
    for ticker in sorted(set(older) - set(tickers)):
        name = layout.older_name(ticker, older[ticker][0])
        what = f"older rows of {ticker}, whose {layout.file_name(ticker)} is missing"
        yield StoreFault(str(folder / name), what, f"fetch {ticker} again, or delete them")
    for ticker in sorted(set(entries or {}) - set(tickers)):
        what = f"names {layout.file_name(ticker)}, which is missing"
        remedy = f"put it back, or fetch {ticker} again, or {VERIFY} to forget it"
        yield StoreFault(str(folder / layout.MANIFEST), what, remedy, mendable=True)


def _faults_of(folder: Path, ticker: str, numbers: list[int], entries: manifest.Entries | None) -> Iterator[StoreFault]:
    """Faults of one ticker's files."""
    file = folder / layout.file_name(ticker)
    again = f"move it away and fetch {ticker} again"
    try:
        rows = parquet.read_current(file, ticker)
    except PriceError as error:
        yield StoreFault(str(file), _reason(error), again)
        return
    if rows is None:
        yield StoreFault(str(file), "is missing", f"fetch {ticker} again")
        return
    if (rows.source == "").any():
        yield StoreFault(str(file), "rows without their source", again)
    if rows.downloaded_at is not None and (rows.fetched_at > rows.downloaded_at).any():
        yield StoreFault(str(file), "rows that are newer than the latest download", again)
    lineage = rows.lineage
    first, last = lineage.older_files
    counted = 0
    told: set[str] = set()
    for number in numbers:
        name = layout.older_name(ticker, number)
        try:
            held = parquet.read_older(folder / name, ticker)
        except PriceError as error:
            yield StoreFault(str(folder / name), _reason(error), f"delete it, then {VERIFY}: earlier states are lost")
            continue
        if held is None:
            continue
        if not first <= number <= last or (lineage.began_at is not None and (held[1] > lineage.began_at).any()):
            what = "older rows of a write or a prune that a killed process did not finish"
            yield StoreFault(str(folder / name), what, f"the next fetch clears them, or {VERIFY}", mendable=True)
            told.add(str(folder / name))
        if (held[1] < held[0].fetched_at).any():
            what = "rows that were replaced before they came"
            yield StoreFault(str(folder / name), what, f"delete it, then {VERIFY}: earlier states are lost")
        counted += int(rows.lineage.belongs(held[1]).sum())
    if counted != lineage.older_rows:
        what = f"{lineage.older_rows} older rows belong to it, {layout.OLDER} holds {counted}"
        remedy = f"put the files of {layout.OLDER} back, or {VERIFY}: earlier states of {ticker} are lost"
        yield StoreFault(str(file), what, remedy, mendable=True)
    if entries is not None:
        yield from (each for each in _unlike_manifest(folder, ticker, entries) if each.file not in told)


def _unlike_manifest(folder: Path, ticker: str, entries: manifest.Entries) -> Iterator[StoreFault]:
    """Where a ticker's files and its entry disagree."""
    file = folder / layout.file_name(ticker)
    if ticker not in entries:
        yield StoreFault(str(folder / layout.MANIFEST), f"does not name {file.name}", VERIFY, mendable=True)
        return
    said = entries[ticker]
    if not manifest.agrees(folder, ticker, said):
        what = f"is behind {file.name}: a process was killed between the two"
        yield StoreFault(str(folder / layout.MANIFEST), what, f"the next fetch mends it, or {VERIFY}", mendable=True)
        return
    hashes = {file.name: said.get("sha256"), **(said.get("older") or {})}
    for name, expected in hashes.items():
        try:
            found = manifest.sha256((folder / name).read_bytes())
        except OSError:
            continue  # told where its rows are counted
        if found != expected:
            what = f"is not the file that was written: hash {found[:12]}…, in the manifest {str(expected)[:12]}…"
            remedy = f"put the right file back, or {VERIFY} to accept this one"
            yield StoreFault(str(folder / name), what, remedy, mendable=True)


def _repair(folder: Path) -> None:
    """Mend what the files themselves allow."""
    try:
        version = layout.check_version(folder) if layout.is_store(folder) else 0
    except PriceError as error:
        if "newer eventstudy" in str(error):
            raise
        version = 0
    if not version:
        write_atomically(folder / layout.MARKER, layout.marker())
        (folder / layout.MARKER_OF_VERSION_1).unlink(missing_ok=True)
    layout.clear_leftovers(folder)
    older = layout.older_files(folder)
    for ticker in layout.stored_tickers(folder):
        try:
            rows = parquet.read_current(folder / layout.file_name(ticker), ticker)
            if rows is None:
                continue
            clear_unfinished(folder, ticker, rows.lineage)
            counted = 0
            for number in older.get(ticker, []):
                held = parquet.read_older(folder / layout.older_name(ticker, number), ticker)
                counted += 0 if held is None else int(rows.lineage.belongs(held[1]).sum())
        except PriceError:
            continue  # a damaged file is told, not touched
        if counted != rows.lineage.older_rows:
            begun = parquet.with_lineage(rows, complete_since=rows.lineage.began_at, older_rows=0)
            write_current(folder, ticker, begun, {})
    if version != 1:
        manifest.write_manifest(folder, manifest.rebuilt(folder))


def prune_store(
    path: str | os.PathLike[str], *, keep: int | None = None, before: date | None = None, dry_run: bool = False
) -> tuple[Pruned, ...]:
    """Remove older generations; what stands now always stays.

    Parameters
    ----------
    path : path-like
        The store's folder.
    keep : int, optional
        How many generations of each ticker to keep, the present one among them; at least 1.
    before : date, optional
        Remove generations that ended before this day, UTC: every state from this day on can still be read.
    dry_run : bool
        Remove nothing, only tell.

    Returns
    -------
    tuple of Pruned
        The tickers that lose something.

    Raises
    ------
    ValueError
        If not exactly one of ``keep`` and ``before`` is given.
    PriceError
        If there is no store, it cannot be written, or a file with older rows is damaged.
    """
    if (keep is None) == (before is None):
        raise ValueError("give either keep or before")
    if keep is not None and keep < 1:
        raise ValueError(f"keep={keep}: the present generation always stays; give 1 or more")
    folder = layout.existing_store(path)
    if folder is None:
        raise PriceError(f"{path}: no price store; fill it with eventstudy prices fetch", source=str(path))
    end = None if before is None else np.datetime64(before, "us")

    def cutoff(ended: DayArray) -> np.datetime64 | None:
        """Replacements up to this one go."""
        if end is not None:
            gone = ended[ended < end]
            return gone.max() if gone.size else None
        distinct = np.unique(ended)
        drop = distinct.size + 1 - (keep or 1)
        return distinct[drop - 1] if drop > 0 else None

    try:
        with locked(folder):
            if not dry_run:
                settle(folder)
            pruned = [_pruned(folder, ticker, cutoff, dry_run) for ticker in layout.older_files(folder)]
    except OSError as error:
        raise layout.unwritable(path, error) from error
    return tuple(each for each in pruned if each is not None)


def _pruned(
    folder: Path, ticker: str, cutoff: Callable[[DayArray], np.datetime64 | None], dry_run: bool
) -> Pruned | None:
    """Take what is cut off from one ticker: first its footer says so, then the rows go."""
    rows = parquet.read_current(folder / layout.file_name(ticker), ticker)
    if rows is None:
        return None
    cleared = {} if dry_run else clear_unfinished(folder, ticker, rows.lineage)
    first, last = rows.lineage.older_files
    files = {number: folder / layout.older_name(ticker, number) for number in range(first, last + 1)}
    held = {number: parquet.read_older(file, ticker) for number, file in files.items()}
    parts = {number: part for number, part in held.items() if part is not None}
    ended = np.concatenate([part[1] for part in parts.values()]) if parts else np.empty(0, dtype="datetime64[us]")
    began = rows.lineage.began_at
    limit = cutoff(ended if began is None else ended[ended <= began])
    if limit is None:
        return None
    gone = ended <= limit
    size = sum(_size(file) for file in files.values())
    generations = int(np.unique(ended[gone]).size)
    if dry_run:
        share = float(gone.sum()) / max(gone.size, 1)
        return Pruned(ticker, generations, int(gone.sum()), round(size * share))
    since = rows.lineage.complete_since
    left = {number: part[1] > limit for number, part in parts.items()}
    still = [number for number, stays in left.items() if stays.any()]
    span = (still[0], still[-1]) if still else (last + 1, last)
    belonging = sum(int(rows.lineage.belongs(parts[number][1][left[number]]).sum()) for number in still)
    shorter = parquet.with_lineage(
        rows,
        complete_since=limit if since is None else max(since, limit),
        older_rows=belonging,
        older_files=span,
    )
    rewritten = {
        number: parquet.encoded(ticker, parts[number][0].take(left[number]), parts[number][1][left[number]])
        for number in still
        if not left[number].all()
    }
    hashes = {layout.older_name(ticker, number): manifest.sha256(content) for number, content in rewritten.items()}
    write_current(folder, ticker, shorter, cleared | hashes)
    for number, content in rewritten.items():
        write_atomically(files[number], content)
    for number in sorted(set(parts) - set(still)):
        files[number].unlink(missing_ok=True)
    return Pruned(ticker, generations, int(gone.sum()), size - sum(_size(file) for file in files.values()))


def _reason(error: PriceError) -> str:
    """'is damaged (…)' of the sentence that a reader would get."""
    said = str(error)
    begin = said.find(" is damaged (")
    return said[begin + 1 :].rpartition(";")[0] if begin >= 0 else said


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
