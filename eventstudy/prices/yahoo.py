"""Prices from Yahoo Finance into the store: the one module that imports yfinance."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from eventstudy.errors import PriceError
from eventstudy.prices import store as price_store
from eventstudy.prices.frames import prices_sha256, source_notes
from eventstudy.prices.pace import Pace
from eventstudy.prices.source import PriceHistory, Snapshot
from eventstudy.prices.store import AsOf, Claims, StoredPrices

Progress = Callable[[int, int, str], None]  # done, of how many, the ticker just done

FIRST_REQUEST = date(2005, 1, 1)  # where the exchange calendars begin
CACHE_FOLDER = ".yfinance"
_COLUMNS = ("Open", "High", "Low", "Close", "Adj Close", "Volume")
_WORKERS = 4
_TIMEOUT_SECONDS = 20.0  # of one request
_ATTEMPTS = 5  # when asked to slow down
_ATTEMPTS_OTHERWISE = 3
_WRAPPING = re.compile(r"^Failed to perform, curl: \(\d+\) |\.? See https://curl\.se/.*$")
_UNREACHED = "Yahoo cannot be reached"
_NETWORK_ERRORS = {"ConnectionError", "DNSError", "ProxyError", "Timeout", "SSLError", "ConnectionRefusedError"}
_OTHER_SOURCES = "use --source sample for the embedded market, or --source PATH for price files of your own"


@dataclass(frozen=True)
class FetchOutcome:
    """What one ticker's download came to.

    Attributes
    ----------
    ticker : str
        As asked for.
    status : str
        ``new``, ``updated``, ``unchanged`` or ``failed``.
    rows : int
        Rows that the store holds now.
    reason : str
        Why it failed, or why nothing was downloaded; else empty.
    """

    ticker: str
    status: str
    rows: int
    reason: str = ""


@dataclass(frozen=True)
class YahooPrices:
    """Daily prices from Yahoo Finance, kept in a store so that a second run needs no network.

    Parameters
    ----------
    store : path-like
        Folder of the price store; made at the first download.
    max_age_hours : float
        Stored prices older than this are downloaded again, unless they were downloaded after ``end``.
    deadline_seconds : float
        Time after which no further download is awaited; what is missing then has that as its reason.
    progress : callable, optional
        Called as ``progress(done, total, ticker)`` after each download.
    as_of : date or datetime, optional
        Read the store as it stood at the end of that day (UTC), or at that instant; nothing is downloaded then.

    Notes
    -----
    Bars are downloaded unadjusted with the adjusted close beside them. Yahoo's own ``close`` is adjusted for splits.
    A download always reaches back to the first day ever asked for, because every dividend and split restates
    the adjusted closes before it. The bar of a session that is still running is left out.
    """

    store: str | os.PathLike[str] = "prices/"
    max_age_hours: float = 24.0
    deadline_seconds: float = 300.0
    progress: Progress | None = None
    as_of: AsOf | None = None

    def fetch(self, tickers: Sequence[str], start: date | None = None, end: date | None = None) -> PriceHistory:
        """Prices of ``tickers`` from ``start`` to ``end``, both inclusive; None leaves that side open.

        Returns
        -------
        PriceHistory
            From the store, after it was brought up to date as far as Yahoo answered; ``notes`` say where it did not.

        Raises
        ------
        PriceError
            If there is no price of any ticker, or the store cannot be written.
        """
        wanted = list(dict.fromkeys(tickers))
        price_store.existing_store(self.store)  # refuses what is no store
        held, reasons = price_store.read_all(self.store, wanted, self.as_of)
        stale = [t for t in wanted if t not in reasons and not self._covers(held.get(t), start, end)]
        notes: list[str] = list(price_store.as_of_note(self.as_of))
        if stale:
            outcomes = fetch_into_store(
                self.store,
                stale,
                start,
                self.progress,
                max_age_hours=0.0,
                deadline_seconds=self.deadline_seconds,
            )
            failed = {each.ticker: each.reason for each in outcomes if each.status == "failed"}
            fresh, damaged = price_store.read_all(self.store, [t for t in stale if t not in failed])
            held |= fresh
            reasons |= damaged | failed
            notes += _stale_notes({t: failed[t] for t in failed if t in held}, held)
        frames = {t: held[t].frame(start, end) for t in wanted if t in held}
        frames = {ticker: frame for ticker, frame in frames.items() if len(frame)}
        if wanted and not frames:
            raise self._nothing(wanted, reasons, start, end)
        used = {ticker: held[ticker] for ticker in frames}
        return PriceHistory(
            frames=frames,
            missing={t: reasons.get(t, self._absence) for t in wanted if t not in frames},
            snapshot=Snapshot("yahoo", *price_store.fetch_span(used), prices_sha256(frames)),
            notes=(*source_notes(frames), *notes, *price_store.superseded_note(used)),
            currencies=price_store.currencies_of(used),
        )

    def _covers(self, rows: StoredPrices | None, start: date | None, end: date | None) -> bool:
        return self.as_of is not None or (rows is not None and _is_current(rows, start, end, self.max_age_hours))

    @property
    def _absence(self) -> str:
        if self.as_of is None:
            return "Yahoo has no prices on these dates"
        return f"the store had no prices on these dates at {price_store.as_of_text(self.as_of)}"

    def _nothing(
        self, tickers: Sequence[str], reasons: Mapping[str, str], start: date | None, end: date | None
    ) -> PriceError:
        said = list(dict.fromkeys(reasons[ticker] for ticker in tickers if ticker in reasons))
        why = said[0] if said else self._absence
        more = f" (and {len(said) - 1} other reasons)" if len(said) > 1 else ""
        of = "this ticker" if len(tickers) == 1 else f"these {len(tickers)} tickers"
        message = f"no prices: {why}{more}, and the store {os.fspath(self.store)} has none of {of}; {_OTHER_SOURCES}"
        return PriceError(message, source="yahoo", tickers=tickers, start=start, end=end)


def fetch_into_store(
    store: str | os.PathLike[str],
    tickers: Sequence[str],
    start: date | None = None,
    progress: Progress | None = None,
    *,
    max_age_hours: float = 1.0,
    deadline_seconds: float = 300.0,
) -> tuple[FetchOutcome, ...]:
    """Download tickers into the store, one outcome each, in the order asked for.

    Parameters
    ----------
    store : path-like
        Folder of the store; made if there is none, and removed again if nothing came.
    tickers : sequence of str
        What to download.
    start : date, optional
        First day wanted; None means 2005-01-01. A store that reaches further back is refreshed as a whole.
    progress : callable, optional
        Called as ``progress(done, total, ticker)`` after each.
    max_age_hours : float
        What was downloaded less than this ago is ``unchanged`` and not asked for again, so that an interrupted
        download resumes where it was.
    deadline_seconds : float
        Time after which no further answer is awaited.

    Returns
    -------
    tuple of FetchOutcome
        Every ticker once.

    Raises
    ------
    PriceError
        If the store cannot be written; what was stored before stands.
    """
    wanted = list(dict.fromkeys(tickers))
    existed = Path(store).exists()
    folder = price_store.open_store(store)
    claims = price_store.Claims(folder)
    held, damaged = price_store.read_all(folder, wanted)
    outcomes = {t: FetchOutcome(t, "failed", 0, reason) for t, reason in damaged.items()}
    for ticker, rows in held.items():
        if max_age_hours > 0 and _is_current(rows, start, None, max_age_hours):
            reason = f"downloaded less than {max_age_hours:g} h ago"
            outcomes[ticker] = FetchOutcome(ticker, "unchanged", int(rows.days.size), reason)
    line = [ticker for ticker in wanted if ticker not in outcomes]
    try:
        for ticker, answer in _download_all(folder, line, held, start or FIRST_REQUEST, deadline_seconds, claims):
            outcomes[ticker] = _keep(folder, ticker, answer, held.get(ticker))
            claims.release(ticker)
            if progress is not None:
                progress(len(outcomes), len(wanted), ticker)
    finally:
        claims.release_all()
        if not existed:
            price_store.discard_empty_store(folder)
    return tuple(outcomes[ticker] for ticker in wanted)


@dataclass(frozen=True, eq=False)
class _Come:
    """Rows that another process brought into the store while this one waited for its turn."""

    rows: StoredPrices


def _keep(folder: Path, ticker: str, answer: StoredPrices | _Come | str, before: StoredPrices | None) -> FetchOutcome:
    """Write an answer; the outcome says what changed."""
    had = 0 if before is None else int(before.days.size)
    if isinstance(answer, str):
        return FetchOutcome(ticker, "failed", had, answer)
    if isinstance(answer, _Come):
        return FetchOutcome(ticker, "unchanged", int(answer.rows.days.size), "another process downloaded it just now")
    written = price_store.write_rows(folder, ticker, answer)
    return FetchOutcome(ticker, written.status, int(written.rows.days.size))


def _is_current(rows: StoredPrices, start: date | None, end: date | None, max_age_hours: float) -> bool:
    """Whether stored rows reach back to ``start`` and are either young, or downloaded after ``end``."""
    if rows.downloaded_at is None or rows.requested_start is None or rows.requested_start > (start or FIRST_REQUEST):
        return False
    fetched = rows.downloaded_at.astype("datetime64[s]").item().replace(tzinfo=UTC)
    if end is not None and fetched.date() > end + timedelta(days=1):
        return True
    return bool(datetime.now(UTC) - fetched < timedelta(hours=max_age_hours))


def _stale_notes(failed: Mapping[str, str], held: Mapping[str, StoredPrices]) -> list[str]:
    """A sentence on lines that are older than wanted because their download failed."""
    if not failed:
        return []
    last = price_store.latest_download({ticker: held[ticker] for ticker in failed})
    reasons = list(dict.fromkeys(failed.values()))
    lines = next(iter(failed)) if len(failed) == 1 else f"{len(failed)} lines"
    return [
        f"Prices of {lines} are from the store, last downloaded {last[:10]}: {reasons[0]}"
        f"{f' (and {len(reasons) - 1} other reasons)' if len(reasons) > 1 else ''}."
    ]


def _download_all(
    folder: Path,
    tickers: Sequence[str],
    held: Mapping[str, StoredPrices],
    start: date,
    deadline_seconds: float,
    claims: Claims,
) -> Iterator[tuple[str, StoredPrices | _Come | str]]:
    """Each ticker's rows, or the reason there are none, as they come; written by the caller, one at a time."""
    if not tickers:
        return
    pace = Pace(deadline_seconds)
    late = f"no answer within {deadline_seconds:g} s"
    with _quiet_yfinance(folder) as yfinance:
        pool = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="yahoo")
        try:
            futures: dict[Future[StoredPrices | _Come | str], str] = {}
            for ticker in tickers:
                asked = held[ticker].requested_start if ticker in held else None
                first = min(start, asked or start, FIRST_REQUEST)
                turn = pool.submit(_take_turn, yfinance, folder, ticker, held.get(ticker), first, pace, claims)
                futures[turn] = ticker
            while futures:
                left = pace.deadline - time.monotonic()
                done, _ = wait(futures, timeout=max(left, 0.0), return_when=FIRST_COMPLETED)
                if not done and left <= 0:
                    break
                for future in done:
                    yield futures.pop(future), future.result()
            for ticker in futures.values():
                yield ticker, late
        finally:
            pace.stop("the download was stopped")
            pool.shutdown(wait=False, cancel_futures=True)


def _take_turn(
    yfinance: Any, folder: Path, ticker: str, held: StoredPrices | None, start: date, pace: Pace, claims: Claims
) -> StoredPrices | _Come | str:
    """One ticker's rows, unless another process is downloading it: then what that brought."""
    if not claims.take(ticker, pace.ready):
        return f"another process is still downloading it ({pace.reason})"
    with contextlib.suppress(PriceError):  # a damaged file is told when the answer is written
        come = price_store.read_stored(folder, ticker)
        before = None if held is None else held.downloaded_at
        if come is not None and come.downloaded_at != before and (come.requested_start or start) <= start:
            return _Come(come)
    return _download(yfinance, ticker, start, pace)


def _download(yfinance: Any, ticker: str, start: date, pace: Pace) -> StoredPrices | str:
    """One ticker's rows, or the reason there are none; retried where that can help, politely."""
    reason = ""
    for attempt in range(_ATTEMPTS):
        if not pace.ready():
            return reason or pace.reason
        try:
            answer = _ask(yfinance, ticker, start)
        except Exception as error:  # whatever yfinance raises is this ticker's reason, and no other's
            reason, kind = _reason(error)
        else:
            pace.answered()
            return answer
        if kind == "limited":
            pace.limited(reason, attempt)
        elif kind == "unreached":
            pace.unreached(reason, attempt)
        else:
            pace.answered()
            if kind == "final":
                return reason
            _forget_answers(yfinance)
            pace.pause(attempt)
        if kind != "limited" and attempt + 1 >= _ATTEMPTS_OTHERWISE:
            break
    return reason


def _ask(yfinance: Any, ticker: str, start: date) -> StoredPrices | str:
    """One request for daily bars."""
    line = yfinance.Ticker(ticker)
    asked_at = datetime.now(UTC)
    wanted: dict[str, Any] = {"start": start.isoformat(), "auto_adjust": False, "actions": True}
    if not hasattr(yfinance, "config"):  # older yfinance: errors are raised by request, not by configuration
        wanted["raise_errors"] = True
    bars = line.history(interval="1d", timeout=_TIMEOUT_SECONDS, **wanted)
    if bars is None or not len(bars):
        return "Yahoo has no prices of this ticker"
    try:
        told = dict(line.history_metadata or {})
    except Exception:  # prices without their metadata are prices all the same
        told = {}
    if told.get("symbol") not in (None, "", ticker):
        return f"Yahoo answered with the prices of {told['symbol']!r}"
    return _rows(bars, told, asked_at, start)


def _rows(bars: Any, told: Mapping[str, Any], asked_at: datetime, start: date) -> StoredPrices | str:
    """Yahoo's bars as rows of the store."""
    lacking = [name for name in ("Close", "Adj Close") if name not in bars.columns]
    if len(lacking) == 2:
        return "Yahoo's answer has no closes"
    index = bars.index.tz_localize(None) if bars.index.tz is not None else bars.index
    days = index.to_numpy().astype("datetime64[D]")
    values = np.full((len(_COLUMNS), days.size), np.nan)
    for place, name in enumerate(_COLUMNS):
        if name in bars.columns:
            values[place] = bars[name].to_numpy(dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    priced = np.isfinite(values[3:5]).any(axis=0) & ~np.isnat(days)
    running = _running_session(told, asked_at)
    if running is not None:
        priced &= days != running  # a price, but not yet a close
    if not priced.any():
        return "Yahoo has no closes of this ticker"
    return price_store.stored_from_frame(
        days[priced],
        values[:, priced],
        currency=str(told.get("currency") or ""),
        source="yahoo",
        fetched_at=asked_at,
        requested_start=start,
    )


def _running_session(told: Mapping[str, Any], now: datetime) -> np.datetime64 | None:
    """The local date of a session that has not closed yet, by the times that Yahoo states."""
    try:
        regular = told["currentTradingPeriod"]["regular"]
        begin, end = (_epoch(regular[side]) for side in ("start", "end"))
        zone = timedelta(seconds=float(told.get("gmtoffset", regular.get("gmtoffset", 0))))
        if begin <= now.timestamp() < end:
            return np.datetime64((datetime.fromtimestamp(begin, UTC) + zone).date(), "D")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        return None
    return None


def _epoch(instant: Any) -> float:
    return float(instant.timestamp()) if hasattr(instant, "timestamp") else float(instant)


def _reason(error: Exception) -> tuple[str, str]:
    """What to tell of an error, and what to do next: ``limited``, ``unreached``, ``odd`` or ``final``."""
    names = {kind.__name__ for kind in type(error).__mro__}
    said = _WRAPPING.sub("", " ".join(str(error).split()))[:160]
    status = getattr(getattr(error, "response", None), "status_code", None)
    if "YFRateLimitError" in names or status == 429:
        return "Yahoo limits the rate of requests; try again later", "limited"
    if names & {"YFTickerMissingError", "YFTzMissingError", "YFPricesMissingError"} or status == 404:
        return f"Yahoo has no prices of this ticker ({said})" if said else "Yahoo has no such ticker", "final"
    if "HTTPError" in names:
        return f"Yahoo answered with an error ({said})", "odd"
    if names & _NETWORK_ERRORS or isinstance(error, OSError):
        return f"{_UNREACHED} ({said})", "unreached"
    return f"Yahoo's answer cannot be read ({type(error).__name__}: {said})", "odd"


@contextlib.contextmanager
def _quiet_yfinance(folder: Path) -> Iterator[Any]:
    """yfinance with its caches in the store's folder, raising its errors instead of printing them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import yfinance
        except ImportError as error:
            raise PriceError(
                f"yfinance cannot be imported ({error}); install the package again, or {_OTHER_SOURCES}", source="yahoo"
            ) from error
        _keep_caches(yfinance, folder / CACHE_FOLDER)
        logger = logging.getLogger("yfinance")
        before = logger.disabled
        debug = getattr(getattr(yfinance, "config", None), "debug", None)
        hidden = None if debug is None else debug.hide_exceptions
        logger.disabled = True
        try:
            if debug is not None:
                debug.hide_exceptions = False
            yield yfinance
        finally:
            logger.disabled = before
            if debug is not None:
                debug.hide_exceptions = hidden


def _keep_caches(yfinance: Any, folder: Path) -> None:
    """Point yfinance's time zone and cookie caches to a folder of the store, also when it has used another before."""
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
    yfinance.set_tz_cache_location(str(folder))
    cache = getattr(yfinance, "cache", None)
    for manager, held in (
        ("_TzCacheManager", "_tz_cache"),
        ("_CookieCacheManager", "_Cookie_cache"),
        ("_ISINCacheManager", "_isin_cache"),
    ):
        if hasattr(getattr(cache, manager, None), held):
            setattr(getattr(cache, manager), held, None)


def _forget_answers(yfinance: Any) -> None:
    """Drop the replies that yfinance remembers for a process, so that a retry asks again."""
    remembered = getattr(getattr(getattr(yfinance, "data", None), "YfData", None), "cache_get", None)
    clear = getattr(remembered, "cache_clear", None)
    if clear is not None:
        clear()
