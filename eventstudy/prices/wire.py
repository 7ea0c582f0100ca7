"""The wire between yfinance and Yahoo: a session that keeps the pace, holds the deadline and hears what was said."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from eventstudy.prices.pace import Pace

CHART = "/v8/finance/chart/"
_LIMITED = 429
_PATIENCE = (429, 503)


class Stopped(OSError):
    """No more is asked. An OSError, because yfinance then gives up as it does without a connection."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True)
class Heard:
    """Yahoo's last answer about a chart, as it stood on the wire.

    Attributes
    ----------
    status : int
        HTTP status.
    document : object
        The body as JSON; None where it is none.
    history : bool
        Whether bars of a span of time were asked for, not merely what the ticker is.
    """

    status: int
    document: Any
    history: bool

    @property
    def result(self) -> dict[str, Any] | None:
        """The one chart of the answer, or None."""
        found = _entry(_entry(self.document, "chart"), "result")
        return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else None

    @property
    def complaint(self) -> str:
        """What Yahoo says is wrong; empty where it says nothing."""
        for part in ("chart", "finance"):
            error = _entry(_entry(self.document, part), "error")
            if error:
                return str(_entry(error, "description") or _entry(error, "code") or error)
        return ""


class Cookies:
    """Yahoo's cookies for the length of one fetch, in the shape of yfinance's own cache.

    That one pickles them into a file, and a store may come from somebody else. A cookie that yfinance could not read
    again is not held: it looks for the name A3 and its expiry.
    """

    def __init__(self) -> None:
        self._held: dict[str, Any] = {}

    def lookup(self, strategy: str) -> dict[str, Any] | None:
        """The cookie of a strategy and its age, or None."""
        held = self._held.get(strategy)
        return None if held is None else {"cookie": held, "age": timedelta(0)}

    def store(self, strategy: str, cookie: Any) -> None:
        """Hold a cookie; None lets go of it."""
        try:
            usable = next(iter(cookie.values()))["/"]["A3"].expires is not None
        except (AttributeError, LookupError, StopIteration, TypeError):
            usable = False
        if usable:
            self._held[strategy] = cookie
        else:
            self._held.pop(strategy, None)


class Wire:
    """What lies between yfinance and one session.

    Parameters
    ----------
    given : curl_cffi or requests session
        What the requests go through, with its proxies, certificates and cookies.
    pace : Pace
        Asked before each request, told after it.
    timeout_seconds : float
        Of one request, never beyond the pace's deadline.

    Attributes
    ----------
    session : curl_cffi or requests session
        To be handed to yfinance.
    """

    def __init__(self, given: Any, pace: Pace, timeout_seconds: float) -> None:
        self._given = given
        self._pace = pace
        self._timeout = timeout_seconds
        self._last = threading.local()
        self.session = _session_through(given, self._ask)

    def forget(self) -> None:
        """This thread has heard nothing."""
        self._last.heard = None

    def heard(self) -> Heard | None:
        """The last answer about a chart in this thread, since ``forget``; None where the connection failed."""
        heard: Heard | None = getattr(self._last, "heard", None)
        return heard

    def _ask(self, method: str, url: str, **rest: Any) -> Any:
        if not self._pace.ready():
            raise Stopped(self._pace.reason, self._pace.remedy)
        about_chart = CHART in str(url)
        if about_chart:
            self._last.heard = None
        rest["timeout"] = max(min(self._timeout, self._pace.left()), 0.01)
        began = time.monotonic()
        response = self._given.request(method, url, **rest)
        self._pace.reached()
        came_from = str(response.url)
        about_chart |= CHART in came_from  # also by way of a form of consent, which sends on to where one wanted to go
        retry_after = _retry_after(response.headers.get("Retry-After"))
        # a refused crumb alone is no reason to wait: yfinance asks for the chart without one
        asked_to_wait = retry_after is not None and response.status_code in _PATIENCE
        if asked_to_wait or (response.status_code == _LIMITED and about_chart):
            self._pace.limited(began, retry_after)
        elif about_chart:
            self._pace.answered()
        if about_chart:
            history = "period1" in (rest.get("params") or {}) or "period1=" in came_from
            self._last.heard = Heard(int(response.status_code), _document(response), history)
        return response


def _session_through(given: Any, ask: Callable[..., Any]) -> Any:
    """A session of the same library, as yfinance demands, whose requests and cookies are those of the given one."""
    libraries = ("curl_cffi", "requests")
    kind = next((kind for kind in type(given).__mro__ if kind.__module__.split(".")[0] in libraries), None)
    if kind is None or not hasattr(given, "cookies"):
        raise TypeError(f"session: {given!r} is none; give a session of curl_cffi or of requests")

    def request(self: Any, method: str, url: str, **rest: Any) -> Any:
        return ask(method, url, **rest)

    def get(self: Any, url: str, **rest: Any) -> Any:
        return ask("GET", url, **rest)

    def post(self: Any, url: str, **rest: Any) -> Any:
        return ask("POST", url, **rest)

    cookies = property(lambda self: given.cookies, lambda self, value: None)
    methods = {"request": request, "get": get, "post": post, "cookies": cookies}
    return type("HeardSession", (kind,), methods)()


def _document(response: Any) -> Any:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _entry(document: Any, name: str) -> Any:
    return document.get(name) if isinstance(document, dict) else None


def _retry_after(said: str | None) -> float | None:
    """Seconds that the header asks for, in either of its two forms; None where it says nothing readable.

    Examples
    --------
    >>> _retry_after("30"), _retry_after("Thu, 01 Jan 1970 00:00:00 GMT"), _retry_after("soon")
    (30.0, 0.0, None)
    """
    if not said:
        return None
    try:
        return max(float(int(said)), 0.0)
    except OverflowError:
        return float("inf")
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max((until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp(), 0.0)
