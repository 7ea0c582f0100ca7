"""A stand-in for Yahoo Finance on this machine, speaking its wire: a proxy, TLS, cookies, crumbs and charts.

The real yfinance reaches it through a CONNECT proxy set on its session or in the environment, so that no line of
yfinance is replaced. What it answers is data: ``lines.Line`` says what Yahoo knows of a ticker, ``moods.Mood`` how an
answer is spoilt on its way, ``server.Asked`` what came of it::

    with Yahoo(certificates) as yahoo:
        yahoo.knows(Line("7203.T", closes=(100.0, 101.0)))
        yahoo.says("7203.T", moods.limited(retry_after=1), times=2)
        YahooPrices("prices", session=yahoo.session()).fetch(["7203.T"])
        print(yahoo.asked_for("7203.T"))
"""

from __future__ import annotations

from yahoo_stand_in import moods
from yahoo_stand_in.lines import Line
from yahoo_stand_in.server import Asked, Certificates, Yahoo

__all__ = ["Asked", "Certificates", "Line", "Yahoo", "moods"]
