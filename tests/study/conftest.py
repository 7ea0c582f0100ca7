"""A small market with one line for every way to fall out of a study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.calendars import calendar
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory, Snapshot

EVENT_DAY = pd.Timestamp("2026-01-07")  # news of 6 January 17:38 Tokyo time

UNIVERSE = """\
ticker,name,exchange,currency,sector,role,benchmark,sector_benchmark,exposure_note,first_trade,last_trade,listing_note,source_url
MARKET.T,Market,XTKS,JPY,Benchmarks,benchmark,,,,,,,
SECTOR.T,Sector fund,XTKS,JPY,Benchmarks,benchmark,,,,,,,
FIXED.T,Market that stands still,XTKS,JPY,Benchmarks,benchmark,,,,,,,
LOST.T,Market without prices,XTKS,JPY,Benchmarks,benchmark,,,,,,,
A.T,A,XTKS,JPY,Autos,exposed,MARKET.T,SECTOR.T,,,,,
B.T,B,XTKS,JPY,Autos,exposed,MARKET.T,SECTOR.T,,,,,
C.T,C,XTKS,JPY,Autos,exposed,MARKET.T,SECTOR.T,,,,,
D.T,D,XTKS,JPY,Mines,beneficiary,MARKET.T,SECTOR.T,,,,,
ALONE.T,One of its sector,XTKS,JPY,Magnets,exposed,MARKET.T,,,,,,
FLAT.T,Never moves,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,,,,
YOUNG.T,Sixty sessions,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,,,,
ABSENT.T,Not in the source,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,,,,
EMPTY.T,All missing,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,,,,
NOMARKET.T,No benchmark,XTKS,JPY,Faults,exposed,LOST.T,SECTOR.T,,,,,
SINGULAR.T,A market that stands still,XTKS,JPY,Faults,exposed,FIXED.T,SECTOR.T,,,,,
AFTER.T,Prices begin after the event,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,,,,
ENDED.T,Prices end before the event,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,,,,
LISTED.T,Listed after the event,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,2026-02-02,,,
DELISTED.T,Delisted before the event,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,,2025-12-01,,
HALT.T,No price on day 5,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,,,,
LONGHALT.T,No price from day -4 to day 7,XTKS,JPY,Faults,exposed,MARKET.T,SECTOR.T,,,,,
"""

EVENTS = """\
event_id,announced_at,title,episode,direction,actor,target,materials,summary,source_title,source_publisher,source_date,source_url,confidence
ban,2026-01-06T16:38:24+08:00,Ban,curbs,restriction,China,Japan,,,,,,,confirmed
ancient,2012-03-13,Before every price,old,restriction,China,World,,,,,,,confirmed
tomorrow,2026-04-20,After every price,curbs,escalation,China,Japan,,,,,,,confirmed
beyond,2061-05-05,Beyond the calendar,far,restriction,China,Japan,,,,,,,confirmed
"""


@dataclass
class SmallMarket:
    """Prices made in memory; equal seeds give equal prices whatever is asked for."""

    seed: int = 0
    asked: list[str] = field(default_factory=list)

    def fetch(self, tickers: Sequence[str], start: date | None = None, end: date | None = None) -> PriceHistory:
        self.asked = list(tickers)
        sessions = pd.DatetimeIndex(calendar("XTKS").sessions)
        sessions = sessions[(sessions >= "2024-06-03") & (sessions <= "2026-03-31")]
        day = int(sessions.get_loc(EVENT_DAY))
        rng = np.random.default_rng(self.seed)
        market, sector = rng.normal(0, 0.01, (2, len(sessions)))
        frames = {}
        for line in UNIVERSE.splitlines()[1:]:
            ticker = line.split(",")[0]
            own = rng.normal(0, 0.012, len(sessions))
            steps = {"MARKET.T": market, "SECTOR.T": sector, "FIXED.T": 0 * market, "FLAT.T": 0 * market}.get(
                ticker, market + 0.3 * sector + own
            )
            close = 1000 * np.cumprod(1 + steps)
            if ticker in ("YOUNG.T", "AFTER.T"):
                close[: day - 60 if ticker == "YOUNG.T" else day + 5] = np.nan
            if ticker == "ENDED.T":
                close[day - 30 :] = np.nan
            if ticker == "HALT.T":
                close[day + 5] = np.nan
            if ticker == "LONGHALT.T":
                close[day - 4 : day + 8] = np.nan
            if ticker == "EMPTY.T":
                close[:] = np.nan
            if ticker in tickers and ticker not in ("ABSENT.T", "LOST.T"):
                frame = pd.DataFrame(np.nan, index=sessions.rename("date"), columns=list(PRICE_COLUMNS))
                frame["close"] = frame["adj_close"] = close
                frames[ticker] = frame
        missing = {ticker: "the source has no such ticker" for ticker in tickers if ticker not in frames}
        snapshot = Snapshot("a small market", "2026-04-01T00:00:00+00:00", "2026-04-01T00:00:00+00:00", "0" * 64)
        return PriceHistory(frames, missing, snapshot)


@pytest.fixture(scope="session")
def small_market() -> Callable[..., SmallMarket]:
    return SmallMarket


@pytest.fixture(scope="session")
def small_inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[es.catalogue.Events, es.catalogue.Universe]:  # type: ignore[name-defined]
    """Its events and its universe, read from files."""
    folder: Path = tmp_path_factory.mktemp("small")
    (folder / "events.csv").write_text(EVENTS)
    (folder / "universe.csv").write_text(UNIVERSE)
    return es.read_events(folder / "events.csv"), es.read_universe(folder / "universe.csv")
