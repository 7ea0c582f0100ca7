"""Where yfinance keeps what it remembers: in the store's own folder, and whole."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from eventstudy.prices.wire import Cookies


def keep_caches(yfinance: Any, folder: Path) -> None:
    """yfinance's caches in a folder of the store, mended where they are broken, absent where they cannot be.

    Cookies are not kept at all but asked for in each fetch: yfinance pickles them, and a store may come from
    somebody else. A file that is no database any more is thrown away.
    """
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        for stem in ("cookies", "tkr-tz", "isin-tkr"):
            if stem == "cookies" or not _is_sound(folder / f"{stem}.db"):
                for ending in (".db", ".db-wal", ".db-shm"):
                    (folder / f"{stem}{ending}").unlink(missing_ok=True)
    point_caches(yfinance, str(folder))
    for manager, held, ask, none in _caches(yfinance):
        if held == "_Cookie_cache":
            setattr(manager, held, Cookies())
            continue
        try:
            ask().lookup("")  # opened here, before several threads do so at once
        except (
            Exception
        ):  # sqlite's or yfinance's own: without a cache the same is asked of Yahoo again, and none is lost
            setattr(manager, held, none())


def _caches(yfinance: Any) -> Iterator[tuple[Any, str, Callable[[], Any], Callable[[], Any]]]:
    """Of each cache: its manager, the name under which that holds it, what hands it out, and what stands for none."""
    cache = yfinance.cache
    for manager, held, ask, none in (
        ("_TzCacheManager", "_tz_cache", "get_tz_cache", "_TzCacheDummy"),
        ("_CookieCacheManager", "_Cookie_cache", "get_cookie_cache", "_CookieCacheDummy"),
        ("_ISINCacheManager", "_isin_cache", "get_isin_cache", "_ISINCacheDummy"),
    ):
        yield getattr(cache, manager), held, getattr(cache, ask), getattr(cache, none)


def point_caches(yfinance: Any, folder: str) -> None:
    """Let the caches be made in this folder, also where they have been made in another one before."""
    yfinance.set_tz_cache_location(folder)
    for manager, held, *_ in _caches(yfinance):
        setattr(manager, held, None)


def close_caches(yfinance: Any) -> None:
    """Close this thread's connections to the caches."""
    cache = yfinance.cache
    for manager in (cache._TzDBManager, cache._CookieDBManager, cache._ISINDBManager):
        manager.close_db()


def _is_sound(database: Path) -> bool:
    """Whether a file is a whole SQLite database, or not there yet."""
    if not database.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=1.0)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.OperationalError as error:
        return "locked" in str(error)  # another process is at it
    except sqlite3.DatabaseError:
        return False


def forget_answers(yfinance: Any, ticker: str = "") -> None:
    """Drop the replies that yfinance remembers for a process, and its time zone of a ticker: a retry asks again."""
    yfinance.data.YfData.cache_get.cache_clear()
    if ticker:
        with contextlib.suppress(Exception):  # a cache that cannot be written is not needed either
            yfinance.cache.get_tz_cache().store(ticker.upper(), None)
