"""Prices from Yahoo Finance into the store: the one module that imports yfinance.

yfinance finds the way to Yahoo: cookies, crumbs, consent. The numbers are read from Yahoo's answer itself, because
yfinance writes a volume of zero where there is none, a close where there is no adjusted one, keeps the live quote
in place of the day's own bar, and dates a bar stamped at midnight UTC a day early west of Greenwich.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from eventstudy.errors import PriceError
from eventstudy.prices import store as price_store
from eventstudy.prices.frames import prices_sha256, source_notes
from eventstudy.prices.pace import AGAIN, Pace, Waiting
from eventstudy.prices.source import PriceHistory, Snapshot
from eventstudy.prices.store import AsOf, Restatement, StoredPrices
from eventstudy.prices.wire import Wire
from eventstudy.prices.words import said
from eventstudy.prices.yahoo_answers import Failure, contradiction, failure_of, rows_of
from eventstudy.prices.yfinance_caches import close_caches, forget_answers, keep_caches, point_caches

Progress = Callable[[int, int, str], None]  # done, of how many, the ticker just done

FIRST_REQUEST = date(2005, 1, 1)  # where the exchange calendars begin
CACHE_FOLDER = ".yfinance"
DEADLINE_SECONDS = 300.0
_WORKERS = 4
_WORKER = "eventstudy-yahoo-"  # the name of its thread, and its number
_TIMEOUT_SECONDS = 20.0  # of one request
_ATTEMPTS = 5  # when asked to slow down
_ATTEMPTS_OTHERWISE = 3
_OTHER_SOURCES = "use --source sample for the embedded market, or --source PATH for price files of your own"
_MOVE = "move the file away and run it again"
_ONE_FETCH = threading.Lock()  # yfinance keeps one session, one cookie and one cache for the whole process


@dataclass(frozen=True, eq=False)
class _Come:
    """Rows that another process brought into the store while this one waited for its turn."""

    rows: StoredPrices


_Answer = StoredPrices | _Come | Failure


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
    remedy : str
        What a person can do about a failure; else empty.
    restated : tuple of Restatement
        What earlier rows now say otherwise.
    """

    ticker: str
    status: str
    rows: int
    reason: str = ""
    remedy: str = ""
    restated: tuple[Restatement, ...] = ()


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
    session : curl_cffi or requests session, optional
        What the requests go through, for a company's proxy or certificates:
        ``curl_cffi.requests.Session(impersonate="chrome", proxies={"https": ...}, verify="company.pem")``.
        Without one the variables ``HTTPS_PROXY`` and ``CURL_CA_BUNDLE`` are obeyed.

    Notes
    -----
    Bars are downloaded unadjusted with the adjusted close beside them. Yahoo's own ``close`` is adjusted for splits.
    A download always reaches back to the first day ever asked for, because every dividend and split restates
    the adjusted closes before it. The bar of a session that has not closed half an hour ago is left out. Where an
    answer has no adjusted closes, there are none in the store either. One process downloads one store at a time.

    Examples
    --------
    >>> import tempfile
    >>> import eventstudy as es
    >>> source = es.YahooPrices(store=tempfile.mkdtemp(), deadline_seconds=60)
    >>> source.max_age_hours, source.as_of
    (24.0, None)
    """

    store: str | os.PathLike[str] = "prices/"
    max_age_hours: float = 24.0
    deadline_seconds: float = DEADLINE_SECONDS
    progress: Progress | None = None
    as_of: AsOf | None = None
    session: Any = None

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

        Examples
        --------
        >>> import tempfile
        >>> from datetime import date
        >>> import eventstudy as es
        >>> source = es.YahooPrices(store=tempfile.mkdtemp(), as_of=date(2026, 2, 6))
        >>> try:
        ...     source.fetch(["7203.T"])
        ... except es.PriceError as error:  # as_of downloads nothing, and this store is empty
        ...     error.tickers
        ('7203.T',)
        """
        wanted = list(dict.fromkeys(tickers))
        price_store.existing_store(self.store)  # refuses what is no store
        held, reasons = price_store.read_all(self.store, wanted, self.as_of)
        stale = [t for t in wanted if t not in reasons and not self._covers(held.get(t), start, end)]
        notes: list[str] = list(price_store.as_of_note(self.as_of))
        remedies: dict[str, str] = {}
        if stale:
            outcomes = fetch_into_store(
                self.store,
                stale,
                start,
                self.progress,
                max_age_hours=0.0,
                deadline_seconds=self.deadline_seconds,
                session=self.session,
            )
            failed = {each.ticker: each.reason for each in outcomes if each.status == "failed"}
            remedies = {each.ticker: each.remedy for each in outcomes}
            fresh, damaged = price_store.read_all(self.store, [t for t in stale if t not in failed])
            held |= fresh
            reasons |= damaged | failed
            notes += _stale_notes({t: failed[t] for t in failed if t in held}, held)
        frames = {t: held[t].frame(start, end) for t in wanted if t in held}
        frames = {ticker: frame for ticker, frame in frames.items() if len(frame)}
        if wanted and not frames:
            raise self._nothing(wanted, reasons, remedies, start, end)
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
            return said("absent.yahoo_dates")
        return said("absent.store_then", then=price_store.as_of_text(self.as_of))

    def _nothing(
        self,
        tickers: Sequence[str],
        reasons: Mapping[str, str],
        remedies: Mapping[str, str],
        start: date | None,
        end: date | None,
    ) -> PriceError:
        answers = {reasons[ticker]: remedies.get(ticker, "") for ticker in reversed(tickers) if ticker in reasons}
        why, remedy = list(answers.items())[-1] if answers else (self._absence, "")
        more = f" (and {len(answers) - 1} other reasons)" if len(answers) > 1 else ""
        of = "this ticker" if len(tickers) == 1 else f"these {len(tickers)} tickers"
        remedies_all = f"{remedy}, or {_OTHER_SOURCES}" if remedy else _OTHER_SOURCES
        message = f"no prices: {why}{more}, and the store {os.fspath(self.store)} has none of {of}; {remedies_all}"
        return PriceError(message, source="yahoo", tickers=tickers, start=start, end=end)


def fetch_into_store(
    store: str | os.PathLike[str],
    tickers: Sequence[str],
    start: date | None = None,
    progress: Progress | None = None,
    *,
    max_age_hours: float = 1.0,
    deadline_seconds: float = DEADLINE_SECONDS,
    session: Any = None,
    waiting: Waiting | None = None,
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
    session : curl_cffi or requests session, optional
        As in ``YahooPrices``.
    waiting : callable, optional
        Called as ``waiting(seconds, why)``, from any thread, when Yahoo asks for patience.

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
    outcomes = {t: FetchOutcome(t, "failed", 0, reason, _MOVE) for t, reason in damaged.items()}
    for ticker, rows in held.items():
        if max_age_hours > 0 and _is_current(rows, start, None, max_age_hours):
            reason = f"downloaded less than {max_age_hours:g} h ago"
            outcomes[ticker] = FetchOutcome(ticker, "unchanged", int(rows.days.size), reason)
    line = [ticker for ticker in wanted if ticker not in outcomes]
    firsts = {ticker: _first_day(start, held.get(ticker)) for ticker in line}
    stamps = {ticker: rows.downloaded_at for ticker, rows in held.items()}
    pace = Pace(deadline_seconds, waiting)

    def keep(ticker: str, answer: _Answer) -> None:
        outcomes[ticker] = _keep(folder, ticker, answer, held.get(ticker))
        claims.release(ticker)
        if progress is not None:
            progress(len(outcomes), len(wanted), ticker)

    def fetch_one(yfinance: Any, wire: Wire, ticker: str) -> _Answer:
        """A ticker's rows, unless another process is downloading it: then what that brought."""
        if not pace.ready():
            return Failure(pace.reason, pace.remedy, "final")
        if not claims.take(ticker, pace.ready):
            return Failure(f"another process is still downloading it ({pace.reason})", pace.remedy, "final")
        with contextlib.suppress(PriceError):  # a damaged file is told when the answer is written
            come = price_store.read_stored(folder, ticker)
            reaches = come is not None and (come.requested_start or firsts[ticker]) <= firsts[ticker]
            if come is not None and reaches and come.downloaded_at != stamps.get(ticker):
                return _Come(come)
        return _download(yfinance, wire, ticker, firsts[ticker], pace)

    try:
        _download_all(folder, line, fetch_one, session, pace, keep)
    finally:
        claims.release_all()
        if not existed:
            price_store.discard_empty_store(folder)
    return tuple(outcomes[ticker] for ticker in wanted)


def _first_day(start: date | None, held: StoredPrices | None) -> date:
    """The first day to ask for: never later than what was asked before."""
    asked = [start, held.requested_start if held is not None else None, FIRST_REQUEST]
    return min(day for day in asked if day is not None)


def _keep(folder: Path, ticker: str, answer: _Answer, before: StoredPrices | None) -> FetchOutcome:
    """Write an answer; the outcome says what changed."""
    had = 0 if before is None else int(before.days.size)
    if before is not None and isinstance(answer, StoredPrices):
        answer = contradiction(before, answer) or answer
    if isinstance(answer, Failure):
        return FetchOutcome(ticker, "failed", had, answer.reason, answer.remedy)
    if isinstance(answer, _Come):
        return FetchOutcome(ticker, "unchanged", int(answer.rows.days.size), "another process downloaded it just now")
    written = price_store.write_rows(folder, ticker, answer)
    return FetchOutcome(ticker, written.status, int(written.rows.days.size), restated=written.restated)


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
    few = len(failed) == 1
    lines = said("lines.few", tickers=tuple(failed)) if few else said("lines.many", count=len(failed))
    more = len(reasons) - 1
    return [said("note.stale_more" if more else "note.stale", lines=lines, day=last[:10], reason=reasons[0], more=more)]


def _download_all(
    folder: Path,
    tickers: Sequence[str],
    fetch_one: Callable[[Any, Wire, str], _Answer],
    session: Any,
    pace: Pace,
    keep: Callable[[str, _Answer], None],
) -> None:
    """Fetch every ticker, a few at a time; ``keep`` gets each answer as it comes, in this thread, every ticker once."""
    if not tickers:
        return
    if not _ONE_FETCH.acquire(timeout=pace.left()):
        for ticker in tickers:
            keep(ticker, Failure("another download of this process did not end in time", AGAIN, "final"))
        return
    try:
        with _yfinance_for(folder, session, pace) as (yfinance, wire):
            _share_out(tickers, lambda ticker: fetch_one(yfinance, wire, ticker), yfinance, pace, keep)
    finally:
        _ONE_FETCH.release()


def _share_out(
    tickers: Sequence[str],
    fetch_one: Callable[[str], _Answer],
    yfinance: Any,
    pace: Pace,
    keep: Callable[[str, _Answer], None],
) -> None:
    """The workers of ``_download_all``, and what is told of a ticker whose answer is no longer awaited."""
    line: SimpleQueue[str] = SimpleQueue()
    answers: SimpleQueue[tuple[str, _Answer]] = SimpleQueue()
    for ticker in tickers:
        line.put(ticker)

    def work() -> None:
        with contextlib.suppress(Empty):
            while True:
                ticker = line.get_nowait()
                try:
                    answers.put((ticker, fetch_one(ticker)))
                except Exception as error:  # of this package or the disk: told, because nobody sees a thread end
                    answers.put((ticker, Failure(f"{type(error).__name__}: {error}", AGAIN, "final")))
        close_caches(yfinance)

    # daemons, so that a connection that hangs cannot keep the interpreter from ending
    count = min(_WORKERS, len(tickers))
    workers = [threading.Thread(target=work, name=f"{_WORKER}{n}", daemon=True) for n in range(count)]
    missing = dict.fromkeys(tickers)
    try:
        for worker in workers:
            worker.start()
        while missing:
            try:
                ticker, answer = answers.get(timeout=pace.left()) if pace.left() else answers.get_nowait()
            except Empty:
                break
            del missing[ticker]
            keep(ticker, answer)
        for ticker in missing:
            keep(ticker, Failure(pace.reason or pace.late, pace.remedy, "final"))
    finally:
        pace.stop("the download was stopped")
        for worker in workers:
            worker.join(timeout=0.2)


def _download(yfinance: Any, wire: Wire, ticker: str, start: date, pace: Pace) -> StoredPrices | Failure:
    """One ticker's rows, or the reason there are none; retried where that can help, politely."""
    failure: Failure | None = None
    for attempt in range(_ATTEMPTS):
        if not pace.ready():
            break
        answer = _ask(yfinance, wire, ticker, start, pace)
        if isinstance(answer, StoredPrices) or answer.kind == "final":
            return answer
        failure = answer
        if answer.kind == "limited":
            continue  # the pace knows, and makes everybody wait
        if answer.kind == "unreached":
            pace.unreached(ticker, answer.reason, answer.remedy)
        if attempt + 1 >= _ATTEMPTS_OTHERWISE:
            break
        forget_answers(yfinance, ticker)
        pace.pause(attempt)
    return failure or Failure(pace.reason, pace.remedy, "final")


def _ask(yfinance: Any, wire: Wire, ticker: str, start: date, pace: Pace) -> StoredPrices | Failure:
    """One request for daily bars."""
    wire.forget()
    asked_at = datetime.now(UTC)
    # the day before, because yfinance takes midnight from the time zone that it remembers of the ticker
    first = (start - timedelta(days=1)).isoformat()
    try:
        line = yfinance.Ticker(ticker, session=wire.session)
        line.history(start=first, interval="1d", auto_adjust=False, actions=True, timeout=_TIMEOUT_SECONDS)
    except Exception as error:  # whatever yfinance raises is this ticker's reason, and no other's
        heard = wire.heard()
        if heard is None or not heard.history or heard.status >= 400 or "timestamp" not in (heard.result or {}):
            return failure_of(error, heard, pace.was_reached)
    else:
        heard = wire.heard()
    if heard is None:
        version = getattr(yfinance, "__version__", "")
        return Failure(f"yfinance {version} got no answer", "install the newest yfinance", "odd")
    try:
        return rows_of(heard, ticker, asked_at, start)
    except Exception as error:  # an answer of a shape that nobody has seen
        return failure_of(error, heard, pace.was_reached)


class _OthersOnly(logging.Filter):
    """Lets no word of this module's workers through, also of one that outlives its fetch."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.threadName).startswith(_WORKER)


@contextlib.contextmanager
def _yfinance_for(folder: Path, session: Any, pace: Pace) -> Iterator[tuple[Any, Wire]]:
    """yfinance for one fetch, and the wire it goes through.

    Its caches lie in the store's folder, its errors are raised instead of printed, and it remembers nothing of what
    was before: session, cookie, crumb and answers are new. Afterwards it is as it was.
    """
    with warnings.catch_warnings():
        try:
            import yfinance
        except ImportError as error:
            raise PriceError(
                f"yfinance cannot be imported ({error}); install the package again, or {_OTHER_SOURCES}", source="yahoo"
            ) from error
        warnings.simplefilter("ignore")  # after the import, which lets yfinance's own warnings through
        try:
            debug, made = yfinance.config.debug, type(yfinance.data.YfData)._instances
            location = yfinance.cache._TzDBManager.get_location()
            given = yfinance._http.new_session() if session is None else session
        except AttributeError as error:  # of its inner parts, which a later version may have moved
            raise PriceError(
                f"yfinance {yfinance.__version__} is not made as this package knows it ({error}); "
                f"install yfinance 1.7, or {_OTHER_SOURCES}",
                source="yahoo",
            ) from error
        wire = Wire(given, pace, _TIMEOUT_SECONDS)
        logger = logging.getLogger("yfinance")
        if not any(isinstance(each, _OthersOnly) for each in logger.filters):
            logger.addFilter(_OthersOnly())
        hidden = debug.hide_exceptions
        instance = made.pop(yfinance.data.YfData, None)
        try:
            debug.hide_exceptions = False
            keep_caches(yfinance, folder / CACHE_FOLDER)
            forget_answers(yfinance)
            try:
                yfinance.data.YfData(session=wire.session)
            except Exception as error:
                raise TypeError(f"session: {error}") from error
            yield yfinance, wire
        finally:
            debug.hide_exceptions = hidden
            forget_answers(yfinance)
            made.pop(yfinance.data.YfData, None)
            if instance is not None:
                made[yfinance.data.YfData] = instance
            close_caches(yfinance)
            point_caches(yfinance, location)
            wire.session.close()
            if session is None:
                given.close()
