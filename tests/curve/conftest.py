"""A market of seven shares on two exchanges, made in memory, on which nothing happens unless asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.calendars import calendar
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory, Snapshot

UNIVERSE = """\
ticker,name,exchange,currency,sector,role,benchmark,sector_benchmark,exposure_note,first_trade,last_trade,listing_note,source_url
TOPIX,Market,XTKS,JPY,Benchmarks,benchmark,,,,,,,
NIKKEI,Another market,XTKS,JPY,Benchmarks,benchmark,,,,,,,
FUND,Sector fund,XTKS,JPY,Benchmarks,benchmark,,,,,,,
SPX,New York,XNYS,USD,Benchmarks,benchmark,,,,,,,
A,A,XTKS,JPY,Autos,exposed,TOPIX,FUND,,,,,
B,B,XTKS,JPY,Autos,exposed,TOPIX,FUND,,,,,
C,C,XTKS,JPY,Autos,exposed,TOPIX,FUND,,,,,
D,D,XTKS,JPY,<b>Magnets</b> & $more$,exposed,TOPIX,FUND,,,,,
M,M,XTKS,JPY,Mines,beneficiary,TOPIX,,,,,,
N,N,XNYS,USD,Mines,beneficiary,SPX,,,,,,
E,E,XNYS,USD,Autos,exposed,SPX,,,,,,
"""
EVENTS = """\
event_id,announced_at,title,episode,direction,actor,target,materials,summary,source_title,source_publisher,source_date,source_url,confidence
ban,2026-01-06T16:38:24+08:00,Ban,curbs,restriction,China,Japan,,,,,,,confirmed
"""
EARLIER = "earlier,2024-11-12T09:00:00+09:00,Earlier,old,restriction,China,Japan,,,,,,,confirmed\n"


@dataclass
class QuietMarket:
    """Independent normal returns around one market; ``shock`` is added to every exposed share on the event day."""

    seed: int = 0
    shock: float = 0.0
    begin: str = "2024-01-04"
    end: str = "2026-02-27"
    asked: list[list[str]] = field(default_factory=list)

    def fetch(self, tickers: Sequence[str], start: date | None = None, end: date | None = None) -> PriceHistory:
        self.asked.append(list(tickers))
        frames = {}
        rng = np.random.default_rng(self.seed)
        days = {name: pd.DatetimeIndex(calendar(name).sessions) for name in ("XTKS", "XNYS")}
        days = {name: each[(each >= self.begin) & (each <= self.end)] for name, each in days.items()}
        market = {name: rng.normal(0, 0.01, len(each)) for name, each in days.items()}
        fund = rng.normal(0, 0.006, len(days["XTKS"]))
        for line in UNIVERSE.splitlines()[1:]:
            ticker = line.split(",")[0]
            name = "XNYS" if "XNYS" in line else "XTKS"
            own = rng.normal(0, 0.012, len(days[name]))
            if ticker in ("TOPIX", "SPX"):
                returns = market[name]
            elif ticker == "FUND":
                returns = market[name] + fund
            elif ticker == "NIKKEI":
                returns = market[name] + 0.3 * own
            else:
                returns = market[name] + (0.5 * fund if name == "XTKS" else 0.0) + own
            if self.shock and ",exposed," in line:
                returns = returns + self.shock * (days[name] == pd.Timestamp("2026-01-07"))
            if ticker in tickers:
                index = days[name].rename("date")
                frame = pd.DataFrame(np.nan, index=index, columns=list(PRICE_COLUMNS))
                frame["close"] = frame["adj_close"] = 1000 * np.cumprod(1 + returns)
                frames[ticker] = frame
        missing = {ticker: "the source has no such ticker" for ticker in tickers if ticker not in frames}
        snapshot = Snapshot("a quiet market", "2026-03-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00", "0" * 64)
        return PriceHistory(frames, missing, snapshot)


@pytest.fixture(scope="session")
def quiet_market() -> Callable[..., QuietMarket]:
    return QuietMarket


@pytest.fixture(scope="session")
def quiet_inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """One event, and the universe."""
    folder: Path = tmp_path_factory.mktemp("quiet")
    (folder / "events.csv").write_text(EVENTS)
    (folder / "universe.csv").write_text(UNIVERSE)
    return es.read_events(folder / "events.csv"), es.read_universe(folder / "universe.csv")


@pytest.fixture(scope="session")
def two_events(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The event, and another of the same shares."""
    path: Path = tmp_path_factory.mktemp("two") / "events.csv"
    path.write_text(EVENTS + EARLIER)
    return es.read_events(path)
