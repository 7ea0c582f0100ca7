"""Sessions once worked out, kept in the user's cache folder: Seoul's lunar holidays alone take over a second.

A file holds one exchange under one version of the calendar library, so that a new version never meets old
sessions. Whatever goes wrong here is harmless: the calendar is then worked out again.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from eventstudy._arrays import DayArray

_FORMAT = 1

Sessions = tuple[DayArray, DayArray, DayArray]


def cache_folder() -> Path:
    """Where this platform keeps what can be rebuilt."""
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "eventstudy" / "calendars"


def read_sessions(name: str, start: date, end: date) -> Sessions | None:
    """Sessions, opens and closes as last written for this library version; None if absent or not intact."""
    try:
        with _path(name, start, end).open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            days, opens, closes, digest = (stored[key] for key in ("sessions", "opens", "closes", "sha256"))
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    arrays = days, opens, closes
    return arrays if digest.tobytes() == _digest(arrays) else None


def write_sessions(name: str, start: date, end: date, arrays: Sessions) -> None:
    """Keep the arrays for the next process, whole or not at all; an unwritable folder is no error."""
    days, opens, closes = arrays
    digest = np.frombuffer(_digest(arrays), dtype=np.uint8)
    part: Path | None = None
    try:
        target = _path(name, start, end)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        with part.open("wb") as stream:
            np.savez(stream, sessions=days, opens=opens, closes=closes, sha256=digest)
        os.replace(part, target)
    except (OSError, RuntimeError):
        if part is not None:
            try:
                part.unlink(missing_ok=True)
            except OSError:
                return


def _path(name: str, start: date, end: date) -> Path:
    """File of one exchange, library version and span. RuntimeError where there is no home folder."""
    return cache_folder() / f"{name}-{start:%Y%m%d}-{end:%Y%m%d}-{version('exchange_calendars')}-v{_FORMAT}.npz"


def _digest(arrays: Sessions) -> bytes:
    """SHA-256 over types and values."""
    checksum = hashlib.sha256()
    for array in arrays:
        checksum.update(f"{array.dtype.str}{array.shape}".encode())
        checksum.update(array.tobytes())
    return checksum.digest()
