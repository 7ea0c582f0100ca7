"""Where things lie in a store's folder, and what is said when they cannot be read or written.

::

    prices/
      _store.json            what this folder is, and the version of its layout
      _manifest.json         a line a ticker: rows, range, downloads, generation, hashes; made anew from the files
      7203.T.parquet         the rows that stand now
      _older/
        7203.T.0001.parquet  rows that no longer stand, each with the time it was replaced
      .lock  .claims/        held while one writes, and while one downloads a ticker
      .yfinance/             caches of the downloader

Readers of a whole folder (pandas, pyarrow, DuckDB's and polars' ``*.parquet``) see the present rows alone: names that
begin with ``_`` or ``.`` are no data to them.
"""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from urllib.parse import unquote

from eventstudy.errors import PriceError, one_line

MARKER = "_store.json"
MARKER_OF_VERSION_1 = "store.json"
MANIFEST = "_manifest.json"
OLDER = "_older"
LOCK = ".lock"
CLAIMS = ".claims"
PART = ".part"  # how the neighbours end that write_atomically makes
FORMAT = "eventstudy price store"
VERSION = 2
SUFFIX = ".parquet"
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.=-_")
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}


def file_name(ticker: str) -> str:
    """The file of a ticker: percent-encoded so that no two tickers share a name on any file system.

    Examples
    --------
    >>> file_name("7203.T"), file_name("^GSPC"), file_name("../x"), file_name("_older")
    ('7203.T.parquet', '%5EGSPC.parquet', '%2E.%2F%78.parquet', '%5F%6F%6C%64%65%72.parquet')
    """
    signs = ((c, c.encode("utf-8", "surrogatepass")) for c in ticker)
    encoded = "".join(c if c in _PLAIN else "".join(f"%{byte:02X}" for byte in written) for c, written in signs)
    # a leading underscore would hide the file from readers of the folder
    if encoded.startswith((".", "_")) or encoded.split(".")[0] in _RESERVED:
        encoded = f"%{ord(encoded[0]):02X}{encoded[1:]}"
    if not 0 < len(encoded) <= 200:
        raise PriceError(f"{ticker[:40]!r} cannot be a ticker; correct it in the universe", tickers=(ticker,))
    return encoded + SUFFIX


def older_name(ticker: str, number: int) -> str:
    """The file, below the store's folder, of a ticker's older rows."""
    return f"{OLDER}/{file_name(ticker).removesuffix(SUFFIX)}.{number:04d}{SUFFIX}"


def ticker_of(name: str) -> str:
    """The ticker of a file's name."""
    return unquote(name.removesuffix(SUFFIX))


def ticker_of_older(name: str) -> tuple[str, int]:
    """Ticker and number of a file of older rows; number 0 where the name is no such name."""
    stem, _, number = name.removesuffix(SUFFIX).rpartition(".")
    return unquote(stem), int(number) if stem and number.isascii() and number.isdigit() else 0


def stored_tickers(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Tickers with a file in the store, sorted."""
    try:
        names = [entry.name for entry in os.scandir(path) if entry.name.endswith(SUFFIX) and entry.name[0] not in "._"]
    except OSError as error:
        raise PriceError(f"{path} cannot be read ({error.strerror}); check its name", source=str(path)) from error
    return tuple(sorted(map(ticker_of, names)))


def older_files(path: str | os.PathLike[str]) -> dict[str, list[int]]:
    """Numbers of the files with older rows, by ticker."""
    found: dict[str, list[int]] = {}
    try:
        entries = list(os.scandir(Path(path) / OLDER))
    except OSError:
        return found
    for entry in entries:
        ticker, number = ticker_of_older(entry.name)
        if entry.name.endswith(SUFFIX) and entry.name[0] != "." and number:
            found.setdefault(ticker, []).append(number)
    return {ticker: sorted(numbers) for ticker, numbers in sorted(found.items())}


def leftovers(folder: Path) -> list[Path]:
    """Halves of files that a killed process left; nobody reads them."""
    return sorted(
        entry for place in (folder, folder / OLDER) for entry in place.glob(f".*{PART}") if len(entry.name) == 22
    )


def clear_leftovers(folder: Path) -> None:
    """Remove them; only while the store is locked, when nobody is writing one."""
    for leftover in leftovers(folder):
        leftover.unlink(missing_ok=True)


def is_store(path: str | os.PathLike[str]) -> bool:
    """Whether a folder is a price store of this package."""
    return any((Path(path) / name).is_file() for name in (MARKER, MARKER_OF_VERSION_1))


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
            check_version(folder)
            return folder
        if not folder.exists():
            return None
        if not folder.is_dir():
            raise PriceError(f"{path} is a file, not a price store; name a folder", source=str(path))
        others = any(not entry.name.startswith(".") for entry in folder.iterdir())
        # another process may have made the store since the first look, and writes its marker before all else
        if others and is_store(folder):
            check_version(folder)
            return folder
        if others and ((folder / MANIFEST).is_file() or (folder / OLDER).is_dir()):
            raise PriceError(
                f"{path} is a price store whose {MARKER} is missing; run eventstudy prices verify --repair --store "
                f"{path}, which writes it anew",
                source=str(path),
            )
        if others:
            raise PriceError(
                f"{path} holds other files and is no price store; name an empty or a new folder", source=str(path)
            )
    except OSError as error:
        raise PriceError(
            f"{path} cannot be read ({error.strerror}); check its permissions", source=str(path)
        ) from error
    return None


def marker() -> bytes:
    """The content of the marker."""
    return (json.dumps({"format": FORMAT, "version": VERSION}) + "\n").encode()


def check_version(folder: Path) -> int:
    """The version of the layout.

    Raises
    ------
    PriceError
        If it is newer than this package, or cannot be told.
    """
    file = folder / (MARKER if (folder / MARKER).is_file() else MARKER_OF_VERSION_1)
    try:
        version = int(json.loads(file.read_bytes())["version"])
    except (OSError, ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        raise PriceError(
            f"{file} cannot be read ({one_line(error)}); run eventstudy prices verify --repair --store {folder}, which "
            "writes it anew, the prices stay",
            source=str(folder),
        ) from error
    if version > VERSION:
        raise PriceError(
            f"{folder} was written by a newer eventstudy (store version {version}, this one knows {VERSION}); "
            "upgrade the package, or name another folder",
            source=str(folder),
        )
    return version


def damaged(file: Path, ticker: str, error: object) -> PriceError:
    """A file that cannot be what it was: where, why, what to do."""
    message = f"{file} is damaged ({one_line(error) or type(error).__name__}); move it away and fetch {ticker} again"
    return PriceError(message, source=str(file.parent), tickers=(ticker,))


def unwritable(path: object, error: OSError, ticker: str = "") -> PriceError:
    """A write that the system refused: why, and what to do."""
    what = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else f"{error.strerror or error}"
    remedy = "free some space" if what == "the disk is full" else "check its permissions, or name another folder"
    message = f"{path} cannot be written: {what}; {remedy}. What was stored before is untouched."
    return PriceError(message, source=str(path), tickers=(ticker,) if ticker else ())
