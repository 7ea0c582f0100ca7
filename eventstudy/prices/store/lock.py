"""Two processes in one store: one writes at a time, and no ticker is downloaded by both.

Locks are the operating system's own, so that they end with the process that held them, killed or not.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import PriceError
from eventstudy.prices.store.layout import CLAIMS, LOCK, SUFFIX, file_name

if TYPE_CHECKING:
    from filelock import BaseFileLock

PATIENCE_SECONDS = 60.0  # one write takes a few hundredths of a second
_LOOK_SECONDS = 0.01
_ATTEMPTS = 5


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone in writing to the store, in this process and among all; the folder is made where there is none.

    Raises
    ------
    OSError
        If the folder cannot be written.
    PriceError
        If another process keeps the lock for a minute.
    """
    lock = _acquired(folder)
    try:
        yield
    finally:
        lock.release()


def _acquired(folder: Path) -> BaseFileLock:
    from filelock import FileLock, Timeout

    for attempt in range(_ATTEMPTS):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=PATIENCE_SECONDS, thread_local=False)
        try:
            lock.acquire(poll_interval=_LOOK_SECONDS)
        except Timeout as error:
            raise PriceError(
                f"{folder} has been locked by another process for {PATIENCE_SECONDS:g} s; end that process, or wait "
                "for it and run the command again",
                source=str(folder),
            ) from error
        except FileNotFoundError:  # another process removed its empty store just now
            if attempt + 1 == _ATTEMPTS:
                raise
        else:
            return lock
    raise AssertionError("the last attempt returns or raises")


class Claims:
    """Which tickers this fetch is downloading, so that no other downloads them as well.

    Parameters
    ----------
    folder : Path
        The store.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / CLAIMS
        self._held: dict[str, BaseFileLock] = {}
        self._guard = threading.Lock()

    def take(self, ticker: str, waiting: Callable[[], bool]) -> bool:
        """Claim a ticker, waiting for whoever has it as long as ``waiting()`` is true; False if it was in vain.

        Where the folder takes no lock the claim is granted: at worst a ticker is downloaded twice.
        """
        from filelock import FileLock, Timeout

        while True:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                place = self._folder / file_name(ticker).removesuffix(SUFFIX)
                lock = FileLock(place, thread_local=False)
                lock.acquire(timeout=0)
            except Timeout:
                if not waiting():
                    return False
                time.sleep(_LOOK_SECONDS * 5)
            except OSError:
                return True
            else:
                with self._guard:
                    self._held[ticker] = lock
                return True

    def release(self, ticker: str) -> None:
        """Let others have it."""
        with self._guard:
            lock = self._held.pop(ticker, None)
        if lock is not None:
            lock.release()

    def release_all(self) -> None:
        """Let others have everything."""
        for ticker in list(self._held):
            self.release(ticker)
