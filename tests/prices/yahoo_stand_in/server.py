"""The server: a CONNECT proxy that answers for every host of Yahoo itself."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import trustme

from yahoo_stand_in import moods
from yahoo_stand_in.lines import Line
from yahoo_stand_in.moods import Mood

HOSTS = ("yahoo.com", "*.yahoo.com", "*.finance.yahoo.com")
CHART = "/v8/finance/chart/"
COOKIE = "A3=d=stand-in; Domain=.yahoo.com; Path=/; Max-Age=31536000; Secure; HttpOnly"
CONSENT = (
    '<html><form action="/v2/collectConsent" method="post"><input name="csrfToken" value="t">'
    '<input name="sessionId" value="s"><input name="done" value="{done}"></form></html>'
)


@dataclass(frozen=True)
class Asked:
    """One request: what for, when, and what was said.

    Attributes
    ----------
    what : str
        ``chart``, ``crumb``, ``cookie``, ``consent`` or ``other``.
    ticker : str
        Of a chart.
    query : dict
        Parameters of the request.
    began, ended : float
        Monotonic times at which it was read, and its answer began to be sent.
    status : int
        What was answered; 0 where the connection was broken.
    mood : str
        Its name; empty for a good answer.
    """

    what: str
    ticker: str
    query: dict[str, str]
    began: float
    ended: float
    status: int
    mood: str


class Certificates:
    """An authority and a certificate for Yahoo's hosts, made when the tests begin and never kept."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.file))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*HOSTS).configure_cert(self.context)


class Yahoo:
    """Yahoo on the loopback; a context manager.

    Parameters
    ----------
    certificates : Certificates
        Shared by all servers of a test run, because making them takes longest.

    Attributes
    ----------
    log : list of Asked
        Every request answered so far, in the order of their end.
    """

    def __init__(self, certificates: Certificates) -> None:
        self.certificates = certificates
        self.log: list[Asked] = []
        self._lines: dict[str, Line] = {}
        self._moods: dict[str, deque[tuple[Mood, int | None]]] = {}
        self._crumbs: set[str] = set()
        self._minted = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._connections: set[socket.socket] = set()
        self.proxy = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    # -- what a test says

    def knows(self, *lines: Line) -> None:
        """Tickers that have prices; every other is not found. A second telling replaces the first."""
        for line in lines:
            self._lines[line.ticker] = line

    def says(self, about: str, *what: Mood, times: int | None = 1) -> None:
        """Answer the next ``times`` requests in this mood, then as before; None means for ever.

        Parameters
        ----------
        about : str
            A ticker, for its charts; ``*`` for any chart without a mood of its own; ``crumb``, ``cookie``,
            ``consent``.
        what : Mood
            Several are used one after the other, each so many times.
        """
        with self._lock:
            self._moods.setdefault(about, deque()).extend((mood, times) for mood in what)

    def expires(self) -> None:
        """Every crumb given so far is refused from now on."""
        with self._lock:
            self._crumbs.clear()

    # -- how a test reaches it

    def session(self) -> Any:
        """A session of curl_cffi that takes this server for Yahoo."""
        from curl_cffi import requests

        return requests.Session(impersonate="chrome", proxies={"https": self.proxy}, verify=str(self.certificates.file))

    def environment(self) -> dict[str, str]:
        """The variables by which any program on this machine takes this server for Yahoo."""
        proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), self.proxy)
        return {**proxies, "CURL_CA_BUNDLE": str(self.certificates.file), "NO_PROXY": "", "no_proxy": ""}

    # -- what a test asks afterwards

    def asked_for(self, ticker: str, *, history: bool | None = True) -> list[Asked]:
        """Requests for a ticker's chart: its history, the short question for its time zone (False), or both (None)."""
        with self._lock:
            return [
                each
                for each in self.log
                if each.ticker == ticker and (history is None or ("period1" in each.query) is history)
            ]

    def most_at_once(self) -> int:
        """The largest number of requests that were open at the same time."""
        with self._lock:
            edges = sorted([(each.began, 1) for each in self.log] + [(each.ended, -1) for each in self.log])
        open_now = most = 0
        for _, step in edges:
            open_now += step
            most = max(most, open_now)
        return most

    # -- the server

    def __enter__(self) -> Yahoo:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._listener.close()
        with self._lock:
            connections = tuple(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """One connection: the proxy's greeting, TLS, then requests until somebody has enough."""
        with self._lock:
            self._connections.add(connection)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError, ValueError), connection:
            head = _head(connection.makefile("rb", buffering=0))
            if not head.startswith(b"CONNECT "):
                connection.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
                return
            host = head.split()[1].decode().rpartition(":")[0]
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with self.certificates.context.wrap_socket(connection, server_side=True) as secure:
                with self._lock:
                    self._connections.add(secure)
                stream = secure.makefile("rb")
                while self._answer(secure, stream, host):
                    pass

    def _answer(self, secure: ssl.SSLSocket, stream: Any, host: str) -> bool:
        """Answer one request; False when the connection has ended."""
        head = _head(stream)
        if not head:
            return False
        began = time.monotonic()
        words = head.split(b"\r\n")
        length = next((int(w.split(b":")[1]) for w in words if w.lower().startswith(b"content-length:")), 0)
        form = {name: values[-1] for name, values in parse_qs(stream.read(length).decode()).items()}
        url = urlsplit(words[0].split()[1].decode())
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        what, ticker = _subject(host, url.path)
        mood = self._mood(ticker if what == "chart" else what) or (self._mood("*") if what == "chart" else None)
        if mood is moods.CONSENT_ASKED:
            here = f"https://{host}{url.path}?{url.query}"
            status, headers, body = 302, {"Location": f"https://consent.yahoo.com/?{urlencode({'done': here})}"}, b""
        elif what == "consent" and form.get("done"):
            status, headers, body = 302, {"Location": form["done"]}, b""
        else:
            status, headers, body = self._reply(what, ticker, query, mood)
        if mood is not None and mood.wait_seconds:
            self._stopped.wait(mood.wait_seconds)
        name = "" if mood is None else mood.name
        broken = mood is not None and mood.reset
        # before it is sent: afterwards the client may be at its next request already
        asked = Asked(what, ticker, query, began, time.monotonic(), 0 if broken else status, name)
        with self._lock:
            self.log.append(asked)
        return self._send(secure, status, headers, body, mood)

    def _mood(self, about: str) -> Mood | None:
        with self._lock:
            waiting = self._moods.get(about)
            if not waiting:
                return None
            mood, times = waiting.popleft()
            if times is None or times > 1:
                waiting.appendleft((mood, None if times is None else times - 1))
            return mood

    def _reply(
        self, what: str, ticker: str, query: dict[str, str], mood: Mood | None
    ) -> tuple[int, dict[str, str], bytes]:
        if mood is not None and mood.body is not None:
            return mood.status, dict(mood.headers), mood.body
        if what == "cookie":  # Yahoo's own page is a 404; only its cookie matters
            year = 365 * 86400
            return (
                404,
                {"Set-Cookie": f"A3=d=stand-in; Domain=.yahoo.com; Path=/; Max-Age={year}; Secure; HttpOnly"},
                b"",
            )
        if what == "consent":
            return 200, {"Content-Type": "text/html"}, CONSENT.format(done=escape(query.get("done", ""))).encode()
        if what == "crumb":
            with self._lock:
                self._minted += 1
                crumb = f"crumb{self._minted}"
                self._crumbs.add(crumb)
            return 200, {"Content-Type": "text/plain"}, crumb.encode()
        if what != "chart":
            return 404, {}, b'{"finance":{"result":null,"error":{"code":"Not Found","description":"Not Found"}}}'
        if "crumb" in query and query["crumb"] not in self._crumbs:
            return moods.CRUMB_EXPIRED.status, {}, moods.CRUMB_EXPIRED.body or b""
        if ticker not in self._lines:
            return moods.DELISTED.status, {}, moods.DELISTED.body or b""
        begin, end = (float(query.get(name, default)) for name, default in (("period1", "0"), ("period2", "1e11")))
        chart = self._lines[ticker].chart(begin, end)
        if mood is not None and mood.alter is not None:
            chart = mood.alter(chart)
        status = 200 if mood is None else mood.status
        return status, {"Content-Type": "application/json;charset=utf-8"}, json.dumps(chart).encode()

    def _send(
        self, secure: ssl.SSLSocket, status: int, headers: dict[str, str], body: bytes, mood: Mood | None
    ) -> bool:
        if mood is not None and mood.reset:
            # closing without lingering sends a reset instead of an end
            secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        lines = [f"HTTP/1.1 {status} Stand-in", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        secure.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        if mood is not None and mood.drip_seconds:
            for byte in body:
                if self._stopped.wait(mood.drip_seconds):
                    return False
                secure.sendall(bytes([byte]))
            return True
        if mood is not None and mood.cut < 1:
            secure.sendall(body[: int(len(body) * mood.cut)])
            return False
        secure.sendall(body)
        return True


def _head(stream: Any) -> bytes:
    """A request's lines up to the empty one, without any byte of what follows; empty when nothing came."""
    return b"".join(iter(_lines(stream)))


def _lines(stream: Any) -> Iterator[bytes]:
    while (line := stream.readline(65536)) not in (b"", b"\r\n"):
        yield line


def _subject(host: str, path: str) -> tuple[str, str]:
    """What a request is about, and of which ticker."""
    if path.startswith(CHART):
        return "chart", unquote(path.removeprefix(CHART))
    if path.endswith("/getcrumb"):
        return "crumb", ""
    if host in ("guce.yahoo.com", "consent.yahoo.com"):
        return "consent", ""
    return ("cookie" if host == "fc.yahoo.com" else "other"), ""
