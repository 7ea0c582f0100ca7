"""Every mood of Yahoo through the real yfinance: the right numbers or a reason; no hang, no print, no wrong number."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from yahoo_stand_in import Line, Yahoo, moods
from yahoo_stand_in.lines import utc

from eventstudy.catalogue import Security, Universe
from eventstudy.cli import main
from eventstudy.cli.prices import _progress, _summary
from eventstudy.errors import PriceError
from eventstudy.prices.pace import Estimate
from eventstudy.prices.quality import check_prices
from eventstudy.prices.store import StoredPrices, read_stored, stored_tickers
from eventstudy.prices.yahoo import FetchOutcome, YahooPrices, fetch_into_store

CLOSES = [100.0, 101.0, 102.0]
NO_PRICES = "Yahoo has no prices of this ticker"
UNREADABLE = "Yahoo's answer cannot be read"
TIMED_OUT = "the connection to Yahoo broke (Operation timed out"


def fetched(yahoo: Yahoo, store: Path, tickers: Sequence[str], **rest: Any) -> dict[str, FetchOutcome]:
    """Outcomes by ticker, and none of them lost."""
    outcomes = fetch_into_store(store, tickers, session=yahoo.session(), **rest)
    assert [each.ticker for each in outcomes] == list(dict.fromkeys(tickers))
    return {each.ticker: each for each in outcomes}


def rows(store: Path, ticker: str) -> StoredPrices:
    stored = read_stored(store, ticker)
    assert stored is not None
    return stored


def days_of(stored: StoredPrices) -> list[date]:
    found: list[date] = stored.days.tolist()
    return found


def spoilt(yahoo: Yahoo, store: Path, mood: moods.Mood, line: Line | None = None) -> StoredPrices | FetchOutcome:
    """What one ticker comes to when Yahoo keeps a mood."""
    line = line or Line("7203.T")
    yahoo.knows(line)
    yahoo.says(line.ticker, mood, times=None)
    outcome = fetched(yahoo, store, [line.ticker])[line.ticker]
    if outcome.status == "failed":
        assert outcome.remedy
        assert not store.exists()
        return outcome
    return rows(store, line.ticker)


# -- moods that pass, and moods that stay

PASSING = (
    moods.limited(),
    moods.limited(retry_after=0),
    moods.CRUMB_EXPIRED,
    moods.BROKEN,
    moods.EMPTY_RESULT,
    moods.NULL_RESULT,
    moods.EMPTY_BODY,
    moods.TRUNCATED,
    moods.NO_JSON,
    moods.CLOSED,
    moods.OTHER_JSON,
    moods.RESET,
    moods.dripping(),
    moods.CONSENT_ASKED,
    moods.Mood("overloaded", 503, {"Retry-After": "0"}, b"upstream connect error"),
)
STAYING = (
    (moods.CRUMB_EXPIRED, "Yahoo refuses the request (HTTP 401, Invalid Crumb)"),
    (moods.DELISTED, f"{NO_PRICES} (No data found, symbol may be delisted)"),
    (moods.BROKEN, "Yahoo answered with an error (HTTP 500)"),
    (moods.EMPTY_RESULT, f"{NO_PRICES} (its answer is empty)"),
    (moods.NULL_RESULT, f"{NO_PRICES} (its answer is empty)"),
    (moods.EMPTY_BODY, f"{UNREADABLE} (it is no JSON)"),
    (moods.TRUNCATED, "the connection to Yahoo broke ("),
    (moods.NO_JSON, f"{UNREADABLE} (it is no JSON)"),
    (moods.CLOSED, f"{UNREADABLE} (it is no JSON)"),
    (moods.OTHER_JSON, f"{UNREADABLE} (it holds no chart)"),
    (moods.RESET, "the connection to Yahoo broke ("),
    (moods.dripping(), TIMED_OUT),
    (moods.UNEVEN, f"{UNREADABLE} (ValueError: 2 numbers of close for 3 bars)"),
    (moods.WORDS, f"{UNREADABLE} (ValueError: could not convert string to float: 'x')"),
    (moods.nulls(0, 1, 2), "Yahoo has no closes of this ticker"),
    (moods.meta(symbol="7267.T"), "Yahoo answered with the prices of '7267.T'"),
    (moods.meta(exchangeTimezoneName=None), "Yahoo states no known time zone (None); its dates cannot be told"),
    (moods.meta(exchangeTimezoneName="Mars/Dome"), "Yahoo states no known time zone (Mars/Dome); its dates cannot be"),
    (
        moods.meta(exchangeTimezoneName="Asia/Tokyo"),  # New York opens at half past eleven in the evening there
        "Yahoo stamps its bars at no session's opening in Asia/Tokyo; their dates cannot be told",
    ),
    (moods.limited(), "Yahoo limits the rate of requests"),
)


def test_a_mood_that_passes_costs_nothing_but_time(
    yahoo: Yahoo, store: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eventstudy.prices.yahoo._TIMEOUT_SECONDS", 1.5)
    tickers = [f"{1000 + n}.T" for n in range(len(PASSING))]
    for ticker, mood in zip(tickers, PASSING, strict=True):
        yahoo.knows(Line(ticker))
        yahoo.says(ticker, mood)
    outcomes = fetched(yahoo, store, tickers, deadline_seconds=120)
    assert {ticker: each.status for ticker, each in outcomes.items()} == dict.fromkeys(tickers, "new")
    for ticker in tickers:
        assert rows(store, ticker).values[3].tolist() == CLOSES
        assert rows(store, ticker).values[4].tolist() == [90.0, 90.9, 91.8]
    assert {each.mood for each in yahoo.log} >= {mood.name for mood in PASSING}
    assert capfd.readouterr() == ("", "")


def test_a_mood_that_stays_is_that_tickers_reason_and_spoils_no_other(
    yahoo: Yahoo, store: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eventstudy.prices.yahoo._TIMEOUT_SECONDS", 1.5)
    bad = {f"BAD{n}": case for n, case in enumerate(STAYING)}
    good = [f"GOOD{n}" for n in range(len(bad))]
    yahoo.knows(*(Line(ticker) for ticker in (*bad, *good)))
    for ticker, (mood, _) in bad.items():
        yahoo.says(ticker, mood, times=None)
    asked = [ticker for pair in zip(bad, good, strict=True) for ticker in pair]
    begun = time.monotonic()
    outcomes = fetched(yahoo, store, asked, deadline_seconds=30)
    assert time.monotonic() - begun < 20
    told = {ticker: outcomes[ticker].reason for ticker in bad}
    assert {t: reason.startswith(bad[t][1]) for t, reason in told.items()} == dict.fromkeys(bad, True), told
    assert all(outcomes[ticker].remedy for ticker in bad)
    assert stored_tickers(store) == tuple(sorted(good))
    assert all(rows(store, ticker).values[3].tolist() == CLOSES for ticker in good)
    assert capfd.readouterr() == ("", "")


def test_expired_crumbs_are_asked_for_anew(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(Line("A"), Line("B"))
    yahoo.says("A", moods.waiting(0.2))

    def expire(done: int, of: int, ticker: str) -> None:
        yahoo.expires()

    outcomes = fetched(yahoo, store, ["A", "B"], progress=expire)
    assert {each.status for each in outcomes.values()} == {"new"}


@pytest.mark.parametrize(
    ("about", "mood"),
    [
        ("cookie", moods.RESET),
        ("cookie", moods.BROKEN),
        ("cookie", moods.Mood("another cookie", headers={"Set-Cookie": "B=1; Domain=.yahoo.com; Path=/"}, body=b"")),
        ("cookie", moods.Mood("no expiry", headers={"Set-Cookie": "A3=1; Domain=.yahoo.com; Path=/"}, body=b"")),
        ("crumb", moods.limited()),
        ("crumb", moods.BROKEN),
        ("crumb", moods.RESET),
        ("crumb", moods.EMPTY_BODY),
        ("consent", moods.NO_JSON),
    ],
    ids=lambda part: part if isinstance(part, str) else part.name,
)
def test_prices_come_without_a_cookie_or_a_crumb(yahoo: Yahoo, store: Path, about: str, mood: moods.Mood) -> None:
    yahoo.knows(Line("A"), Line("B"))
    yahoo.says(about, mood, times=None)
    if about == "consent":  # the second way to a crumb, taken when the first is refused
        yahoo.says("A", moods.CRUMB_EXPIRED)
    for again in (1, 2):  # and the second fetch fares no worse
        outcomes = fetched(yahoo, store, ["A", "B"], max_age_hours=0)
        assert {each.status for each in outcomes.values()} == {"new" if again == 1 else "unchanged"}


# -- numbers


def test_null_bars_are_absent_and_no_number_is_filled_in(yahoo: Yahoo, store: Path) -> None:
    stored = spoilt(yahoo, store, moods.nulls(1))
    assert isinstance(stored, StoredPrices)
    assert days_of(stored) == [date(2026, 1, 5), date(2026, 1, 7)]
    assert stored.values[3].tolist() == [100.0, 102.0]


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "adjclose", "volume"])
def test_a_single_null_stays_missing(yahoo: Yahoo, store: Path, column: str) -> None:
    stored = spoilt(yahoo, store, moods.null(column, 1))
    assert isinstance(stored, StoredPrices)
    missing = np.isnan(stored.values)
    place = ("open", "high", "low", "close", "adjclose", "volume").index(column)
    assert np.argwhere(missing).tolist() == [[place, 1]]


def test_without_adjusted_closes_there_are_none_and_the_report_says_so(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(Line("7203.T"), Line("7267.T"))
    yahoo.says("7203.T", moods.NO_ADJUSTED_CLOSE, times=None)
    history = YahooPrices(store, session=yahoo.session()).fetch(["7203.T", "7267.T"])
    assert history.frames["7203.T"]["close"].tolist() == CLOSES
    assert history.frames["7203.T"]["adj_close"].isna().all()
    assert history.frames["7267.T"]["adj_close"].tolist() == [90.0, 90.9, 91.8]
    assert history.notes == (
        "7203.T has closes without dividend adjustment; 7267.T has both.",
        "Returns of a line without adjusted closes are without dividends.",
    )


def test_a_live_quote_beside_the_days_bar_is_left_out(yahoo: Yahoo, store: Path) -> None:
    stored = spoilt(yahoo, store, moods.doubled(555.0, seconds_later=6 * 3600))
    assert isinstance(stored, StoredPrices)
    assert stored.values[3].tolist() == CLOSES
    assert days_of(stored) == [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)]


def test_where_only_the_last_quote_has_numbers_it_is_the_days(yahoo: Yahoo, store: Path) -> None:
    line = Line("7203.T", (100.0, 101.0, None))
    stored = spoilt(yahoo, store, moods.doubled(103.0, seconds_later=6 * 3600), line)
    assert isinstance(stored, StoredPrices)
    assert stored.values[3].tolist() == [100.0, 101.0, 103.0]


@pytest.mark.parametrize(
    ("closed_minutes_ago", "kept"),
    [(-60, 2), (5, 2), (45, 3)],
    ids=["open", "closed just now", "closed"],
)
def test_a_bar_counts_half_an_hour_after_the_close(
    yahoo: Yahoo, store: Path, closed_minutes_ago: int, kept: int
) -> None:
    now = int(time.time())
    end = now - 60 * closed_minutes_ago
    begin = end - 5 * 3600
    line = Line("X", stamps=(begin - 2 * 86400, begin - 86400, begin), meta={"exchangeTimezoneName": "Etc/UTC"})
    # a zone in which the session opens at six in the morning
    zone = f"Etc/GMT{(datetime.fromtimestamp(begin, UTC).hour - 6 + 11) % 24 - 11:+d}"
    period = {"regular": {"start": begin, "end": end, "gmtoffset": 0, "timezone": "X"}}
    stored = spoilt(yahoo, store, moods.meta(exchangeTimezoneName=zone, currentTradingPeriod=period), line)
    assert isinstance(stored, StoredPrices)
    assert stored.values[3].tolist() == CLOSES[:kept]


def test_without_stated_hours_todays_bar_is_left_out(yahoo: Yahoo, store: Path) -> None:
    today = datetime.now(UTC).date()
    stamps = tuple(int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) for d in (today - timedelta(1), today))
    line = Line("X", (1.0, 2.0), stamps=stamps)
    stored = spoilt(yahoo, store, moods.meta(exchangeTimezoneName="UTC", currentTradingPeriod=None), line)
    assert isinstance(stored, StoredPrices)
    assert stored.values[3].tolist() == [1.0]


@pytest.mark.parametrize(
    ("ticker", "stamps", "expected"),
    [
        # midnight UTC: the evening before in New York, the same day in Tokyo
        ("MP", (utc(2026, 1, 5), utc(2026, 1, 6)), [date(2026, 1, 5), date(2026, 1, 6)]),
        ("7203.T", (utc(2026, 1, 5), utc(2026, 1, 6)), [date(2026, 1, 5), date(2026, 1, 6)]),
        # ten o'clock in Sydney, summer time until 5 April: 23:00 UTC of the day before, then midnight
        ("LYC.AX", (utc(2026, 4, 1, 23), utc(2026, 4, 7)), [date(2026, 4, 2), date(2026, 4, 7)]),
        # half past nine in New York on both sides of 8 March
        ("MP", (utc(2026, 3, 6, 14, 30), utc(2026, 3, 9, 13, 30)), [date(2026, 3, 6), date(2026, 3, 9)]),
        # midnight of the exchange, an hour early before a change of clocks: 23:00 of the day before
        ("VALE3.SA", (utc(2026, 1, 5, 2), utc(2026, 1, 6, 3)), [date(2026, 1, 5), date(2026, 1, 6)]),
    ],
)
def test_a_bar_has_the_exchanges_own_date(
    yahoo: Yahoo, store: Path, ticker: str, stamps: tuple[int, ...], expected: list[date]
) -> None:
    stored = spoilt(yahoo, store, moods.waiting(0), Line(ticker, (100.0, 101.0), stamps=stamps))
    assert isinstance(stored, StoredPrices)
    assert days_of(stored) == expected


def test_a_bar_that_is_yet_to_come_is_refused(yahoo: Yahoo, store: Path) -> None:
    # stamped in milliseconds: the year 57 000
    line = Line("MP", (1.0, 2.0), stamps=(utc(2026, 1, 5, 14, 30), int(time.time()) + 86400 * 4))
    yahoo.knows(line)
    yahoo.says("MP", moods.Mood("all of it", alter=lambda chart: line.chart(0, 1e11)), times=None)
    outcome = fetched(yahoo, store, ["MP"])["MP"]
    assert outcome.status == "failed"
    assert outcome.reason.endswith("which is yet to come")


def test_bars_in_disorder_are_put_in_order(yahoo: Yahoo, store: Path) -> None:
    line = Line("7203.T", (102.0, 100.0, 101.0), days=(date(2026, 1, 7), date(2026, 1, 5), date(2026, 1, 6)))
    stored = spoilt(yahoo, store, moods.waiting(0), line)
    assert isinstance(stored, StoredPrices)
    assert stored.values[3].tolist() == CLOSES


def test_a_session_that_yahoo_lacks_is_a_gap_and_a_finding(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(Line("7203.T", days=(date(2026, 1, 6), date(2026, 1, 8), date(2026, 1, 9))))
    history = YahooPrices(store, session=yahoo.session()).fetch(["7203.T"])
    assert [day.day for day in history.frames["7203.T"].index] == [6, 8, 9]
    findings = check_prices(history, Universe((security("7203.T"),), "universe.csv"))
    assert [each.kind for each in findings] == ["missing_sessions"]


def security(ticker: str, exchange: str = "XTKS", currency: str = "JPY") -> Security:
    return Security(ticker, ticker, exchange=exchange, currency=currency, sector="Autos", role="exposed")


def test_another_currency_is_recorded_and_a_finding(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(Line("7203.T"))
    yahoo.says("7203.T", moods.meta(currency="USD"), times=None)
    history = YahooPrices(store, session=yahoo.session()).fetch(["7203.T"])
    assert history.frames["7203.T"]["close"].tolist() == CLOSES
    assert history.currencies == {"7203.T": "USD"}
    assert rows(store, "7203.T").currency.tolist() == ["USD"] * 3
    findings = check_prices(history, Universe((security("7203.T"),), "universe.csv"))
    assert "prices are in USD, the universe says JPY" in [each.detail for each in findings]


def test_an_answer_that_states_no_currency_or_kind_is_prices_all_the_same(yahoo: Yahoo, store: Path) -> None:
    stored = spoilt(yahoo, store, moods.meta(currency=None, instrumentType=None))
    assert isinstance(stored, StoredPrices)
    assert (stored.values[3].tolist(), stored.currency.tolist()) == (CLOSES, ["", "", ""])


def test_cents_in_a_series_of_dollars_are_kept_as_they_came_and_found(yahoo: Yahoo, store: Path) -> None:
    draws = np.random.default_rng(1).normal(0.0, 0.01, 80)
    line = Line("RIO.AX", tuple((5000.0 * np.exp(np.cumsum(draws))).tolist()))
    yahoo.knows(line)
    yahoo.says("RIO.AX", moods.scaled(0.01, since=60), times=None)
    history = YahooPrices(store, session=yahoo.session()).fetch(["RIO.AX"])
    close = history.frames["RIO.AX"]["close"]
    assert close.iloc[60] / close.iloc[59] == pytest.approx(0.01, rel=0.05)
    assert history.currencies == {"RIO.AX": "AUD"}
    findings = check_prices(history, Universe((security("RIO.AX", "XASX", "AUD"),), "universe.csv"))
    assert any(each.session == close.index[60].date() for each in findings)


@pytest.mark.parametrize("ticker", ["^N225", "BRK-B", "CL=F", "000660.ks", "A&B"])
def test_unusual_names_are_asked_for_as_they_are(yahoo: Yahoo, store: Path, ticker: str) -> None:
    yahoo.knows(Line(ticker.upper()))
    fetched(yahoo, store, [ticker])
    assert rows(store, ticker).values[3].tolist() == CLOSES
    assert stored_tickers(store) == (ticker,)


def test_splits_and_dividends_beside_the_bars_change_no_number(yahoo: Yahoo, store: Path) -> None:
    events = {
        "dividends": {date(2026, 1, 6): 1.5, date(2026, 1, 10): 2.0},  # the second on a Saturday, without a bar
        "splits": {date(2026, 1, 7): (2, 1)},
    }
    yahoo.knows(Line("7203.T", **events))
    fetched(yahoo, store, ["7203.T"])
    assert rows(store, "7203.T").values[3].tolist() == CLOSES
    assert rows(store, "7203.T").values[4].tolist() == [90.0, 90.9, 91.8]


# -- pace


def test_retry_after_is_respected_by_every_worker(yahoo: Yahoo, store: Path) -> None:
    tickers = [f"T{n}" for n in range(8)]
    yahoo.knows(*(Line(ticker) for ticker in tickers))
    yahoo.says("T3", moods.limited(retry_after=1))
    waits: list[tuple[float, str]] = []
    outcomes = fetched(yahoo, store, tickers, waiting=lambda seconds, why: waits.append((seconds, why)))
    assert {each.status for each in outcomes.values()} == {"new"}
    (refused,) = [each for each in yahoo.log if each.status == 429]
    early = [each for each in yahoo.log if refused.ended + 0.4 < each.began < refused.ended + 1.0]
    assert early == []
    assert any(each.began >= refused.ended + 1.0 for each in yahoo.log)
    ((seconds, why),) = waits
    assert 1.0 <= seconds <= 1.25
    assert why == "Yahoo limits the rate of requests"


def test_a_pause_beyond_the_deadline_is_not_awaited(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(*(Line(f"T{n}") for n in range(8)))
    yahoo.says("*", moods.limited(retry_after=3600), times=None)
    begun = time.monotonic()
    outcomes = fetched(yahoo, store, [f"T{n}" for n in range(8)])
    assert time.monotonic() - begun < 3
    assert {each.reason for each in outcomes.values()} == {"Yahoo limits the rate of requests and asks to wait 3600 s"}
    assert len(yahoo.log) < 12
    assert not store.exists()


def test_a_source_that_only_refuses_is_left_in_peace(yahoo: Yahoo, store: Path) -> None:
    yahoo.says("*", moods.limited(), times=None)
    outcomes = fetched(yahoo, store, [f"T{n}" for n in range(60)])
    assert {each.reason for each in outcomes.values()} == {"Yahoo limits the rate of requests"}
    assert sum(each.what == "chart" for each in yahoo.log) < 30


def test_pauses_grow_with_each_refusal(yahoo: Yahoo, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventstudy.prices.pace.FIRST_PAUSE_SECONDS", 0.08)
    monkeypatch.setattr("eventstudy.prices.pace.LONGEST_PAUSE_SECONDS", 60.0)
    yahoo.knows(Line("A"))
    yahoo.says("A", moods.limited(), times=4)
    waits: list[float] = []
    outcomes = fetched(yahoo, store, ["A"], waiting=lambda seconds, why: waits.append(seconds))
    assert outcomes["A"].status == "new"
    expected = np.array([0.08, 0.16, 0.32, 0.64])
    assert (0.74 * expected <= waits).all()
    assert (waits <= 1.26 * expected).all()
    asked = [each for each in yahoo.log if each.what == "chart"]
    gaps = [after.began - before.ended for before, after in pairwise(asked)][:4]
    assert (np.array(gaps) >= np.array(waits) - 0.02).all()


def test_never_more_than_four_requests_at_once(yahoo: Yahoo, store: Path) -> None:
    tickers = [f"T{n}" for n in range(12)]
    yahoo.knows(*(Line(ticker) for ticker in tickers))
    for ticker in tickers:
        yahoo.says(ticker, moods.waiting(0.1), times=2)
    fetched(yahoo, store, tickers)
    assert 2 <= yahoo.most_at_once() <= 4


def test_no_request_is_made_twice_or_for_nothing(yahoo: Yahoo, store: Path) -> None:
    tickers = [f"T{n}" for n in range(10)]
    yahoo.knows(*(Line(ticker) for ticker in tickers))
    fetched(yahoo, store, tickers)
    count = {what: sum(each.what == what for each in yahoo.log) for what in ("cookie", "crumb", "chart")}
    # for each ticker its time zone, then its bars
    assert (count["cookie"], count["crumb"], count["chart"], len(yahoo.log)) == (1, 1, 20, 22)
    assert all(len(yahoo.asked_for(t, history=h)) == 1 for t in tickers for h in (True, False))
    yahoo.log.clear()
    fetched(yahoo, store, tickers, max_age_hours=0)  # the time zones are known by now
    assert (len(yahoo.log), sum(each.what == "chart" for each in yahoo.log)) == (12, 10)


def test_the_deadline_holds_against_an_answer_without_end(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(Line("A"), *(Line(f"S{n}") for n in range(6)))
    for n in range(6):
        yahoo.says(f"S{n}", moods.dripping(), times=None)
    begun = time.monotonic()
    outcomes = fetched(yahoo, store, ["A", *(f"S{n}" for n in range(6))], deadline_seconds=3.0)
    assert time.monotonic() - begun < 6
    assert outcomes.pop("A").status == "new"
    assert {each.status for each in outcomes.values()} == {"failed"}
    assert {each.reason for each in outcomes.values()} <= {
        "no answer within 3 s",
        *(each.reason for each in outcomes.values() if each.reason.startswith(TIMED_OUT)),
    }


def test_a_broken_line_of_one_ticker_does_not_end_the_fetch(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(*(Line(f"T{n}") for n in range(9)))
    yahoo.says("T0", moods.RESET, times=None)
    yahoo.says("cookie", moods.waiting(0.3))
    outcomes = fetched(yahoo, store, [f"T{n}" for n in range(9)])
    assert [t for t, each in outcomes.items() if each.status == "failed"] == ["T0"]


def test_after_three_tickers_without_a_connection_no_more_are_tried(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from curl_cffi import requests

    monkeypatch.setattr("eventstudy.prices.pace.FIRST_PAUSE_SECONDS", 0.01)
    asked = []

    class Deaf(requests.Session):  # type: ignore[type-arg]
        def request(self, method: str, url: str, **rest: Any) -> Any:
            asked.append(url)
            raise requests.exceptions.ConnectionError("no route")

    outcomes = fetch_into_store(store, [f"T{n}" for n in range(60)], session=Deaf())
    assert {each.reason for each in outcomes} == {"Yahoo cannot be reached (no route)"}
    assert {each.remedy for each in outcomes} == {"check the connection, or HTTPS_PROXY"}
    assert sum("/chart/" in url for url in asked) <= 8
    assert not store.exists()


# -- what is told meanwhile


def test_the_bar_tells_the_pause_and_an_honest_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    now = [100.0]
    monkeypatch.setattr("eventstudy.prices.pace.Estimate", lambda: Estimate(lambda: now[0]))
    with _progress(40, quiet=False, verbose=False) as (progress, waiting):
        assert progress is not None
        assert waiting is not None
        for done in range(1, 9):
            now[0] += 2.0
            progress(done, 40, f"T{done}.T")
        waiting(30.0, "Yahoo limits the rate of requests")
        time.sleep(0.25)  # rich draws ten times a second
    words = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    # sixteen seconds for eight: 64 for the other 32, and half a minute's pause
    assert "8/40 waiting 30 s, Yahoo limits the rate of requests  90 s left" in words


def test_an_estimate_knows_pauses_from_work() -> None:
    now = [0.0]
    estimate = Estimate(lambda: now[0])
    for left in (9, 8, 7):
        now[0] += 1.0
        estimate.completed(left)
        assert estimate.seconds_left() is None
    now[0] += 1.0
    estimate.completed(6)
    assert estimate.seconds_left() == 6.0
    estimate.waits(30.0)
    now[0] += 10.0
    estimate.waits(5.0)  # ends before the other does
    assert (estimate.waiting(), estimate.seconds_left()) == (20.0, 26.0)
    now[0] += 20.0
    assert (estimate.waiting(), estimate.seconds_left()) == (0.0, 6.0)
    now[0] += 6.0
    for left in range(5, -1, -1):
        estimate.completed(left)
    assert estimate.seconds_left() == 0.0


def test_a_worker_that_outlives_its_fetch_prints_nothing(
    yahoo: Yahoo, store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    requests = pytest.importorskip("requests")
    yahoo.knows(Line("A"))
    yahoo.says("A", moods.dripping(0.02), times=None)
    with requests.Session() as session:  # has no timeout for the whole of an answer
        session.trust_env = False
        session.proxies = {"https": yahoo.proxy}
        session.verify = str(yahoo.certificates.file)
        (outcome,) = fetch_into_store(store, ["A"], session=session, deadline_seconds=1.5)
    assert outcome.reason == "no answer within 1.5 s"
    stuck = [each for each in threading.enumerate() if each.name.startswith("eventstudy-yahoo-")]
    assert len(stuck) == 1
    yahoo.__exit__()
    stuck[0].join(10)
    assert not stuck[0].is_alive()
    assert capfd.readouterr() == ("", "")


# -- the session and the caches


def test_a_certificate_that_is_not_trusted_has_its_remedy(yahoo: Yahoo, store: Path) -> None:
    from curl_cffi import requests

    yahoo.knows(Line("A"))
    session = requests.Session(impersonate="chrome", proxies={"https": yahoo.proxy})
    (outcome,) = fetch_into_store(store, ["A"], session=session)
    assert outcome.reason.startswith("Yahoo cannot be reached (")
    assert outcome.remedy == "name the company's certificates in CURL_CA_BUNDLE"


def test_a_session_of_requests_will_do(yahoo: Yahoo, store: Path) -> None:
    requests = pytest.importorskip("requests")
    yahoo.knows(Line("A"))
    yahoo.says("A", moods.BROKEN)
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"https": yahoo.proxy}
        session.verify = str(yahoo.certificates.file)
        (outcome,) = fetch_into_store(store, ["A"], session=session)
    assert outcome.status == "new"


def test_what_is_no_session_is_refused(store: Path) -> None:
    with pytest.raises(TypeError, match=r"session: .* is none; give a session of curl_cffi or of requests"):
        fetch_into_store(store, ["A"], session="http://proxy")
    assert not store.exists()


def test_a_yfinance_of_another_make_is_an_error_that_names_one_that_will_do(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("yfinance.cache._TzDBManager")
    with pytest.raises(PriceError, match=r"yfinance .* is not made as this package knows it .*; install yfinance 1\.7"):
        fetch_into_store(store, ["A"])
    assert not store.exists()


def test_two_stores_share_no_cache_and_yfinance_is_left_as_it_was(yahoo: Yahoo, tmp_path: Path) -> None:
    import yfinance

    before = yfinance.cache._TzDBManager.get_location(), yfinance.config.debug.hide_exceptions
    instances = dict(type(yfinance.data.YfData)._instances)
    yahoo.knows(Line("A"), Line("B"))
    for name, ticker in (("one", "A"), ("two", "B")):
        fetched(yahoo, tmp_path / name, [ticker])
        with sqlite3.connect(tmp_path / name / ".yfinance" / "tkr-tz.db") as database:
            assert database.execute("select key, value from _tz_kv").fetchall() == [(ticker, "America/New_York")]
        database.close()
        assert not (tmp_path / name / ".yfinance" / "cookies.db").exists()
    assert sum(each.what == "cookie" for each in yahoo.log) == 2
    assert (yfinance.cache._TzDBManager.get_location(), yfinance.config.debug.hide_exceptions) == before
    assert type(yfinance.data.YfData)._instances == instances


def test_two_fetches_of_one_process_take_turns(yahoo: Yahoo, tmp_path: Path) -> None:
    names = [f"store{n}" for n in range(3)]
    yahoo.knows(*(Line(name.upper()) for name in names))
    found: dict[str, FetchOutcome] = {}
    threads = [
        threading.Thread(target=lambda name=name: found.update(fetched(yahoo, tmp_path / name, [name.upper()])))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {each.status for each in found.values()} == {"new"}
    assert [stored_tickers(tmp_path / name) for name in names] == [(name.upper(),) for name in names]


@pytest.mark.parametrize("harm", ["garbage", "cut", "wrong zone", "no such zone", "a file", "a folder in its place"])
def test_a_spoilt_cache_heals(yahoo: Yahoo, store: Path, harm: str) -> None:
    line = Line("7203.T", first=date(2005, 1, 3))
    yahoo.knows(line)
    fetched(yahoo, store, ["7203.T"])
    folder = store / ".yfinance"
    file = folder / "tkr-tz.db"
    if harm == "garbage":
        for name in ("tkr-tz.db", "cookies.db", "isin-tkr.db", "tkr-tz.db-wal"):
            (folder / name).write_bytes(b"no database " * 500)
    elif harm == "cut":
        file.write_bytes(file.read_bytes()[:4096])
    elif harm in ("wrong zone", "no such zone"):
        zone = "America/New_York" if harm == "wrong zone" else "Mars/Dome"
        with sqlite3.connect(file) as database:
            database.execute("update _tz_kv set value = ?", (zone,))
        database.close()
    else:
        for entry in folder.iterdir():
            entry.unlink()
        folder.rmdir()
        if harm == "a file":
            folder.write_text("not a folder")
        else:
            (folder / "tkr-tz.db").mkdir(parents=True)
    outcome = fetched(yahoo, store, ["7203.T"], max_age_hours=0)["7203.T"]
    assert (outcome.status, outcome.reason) == ("unchanged", "")
    assert days_of(rows(store, "7203.T")) == [date(2005, 1, 3), date(2005, 1, 4), date(2005, 1, 5)]


# -- the command line, by nothing but its environment

CHECK = "run it again later; if that stays so, check the ticker"
# what may be set on this machine and would go before the stand-in's
OTHERS = ("ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
UNIVERSE = (
    *("ticker", "name", "exchange", "currency", "sector", "role", "benchmark", "sector_benchmark"),
    *("exposure_note", "first_trade", "last_trade", "listing_note", "source_url"),
)
EVENTS = (
    *("event_id", "announced_at", "title", "episode", "direction", "actor", "target", "materials", "summary"),
    *("source_title", "source_publisher", "source_date", "source_url", "confidence"),
)


@pytest.fixture
def folder(tmp_path: Path, yahoo: Yahoo) -> Path:
    """A working folder with a universe of six shares and a benchmark, which Yahoo knows, and one event."""
    draws = np.random.default_rng(5).normal(0.0, 0.01, (7, 700))
    draws[1:] += draws[0]
    tickers = ("M.T", *(f"{n}.T" for n in range(1, 7)))
    shares = [
        {"ticker": t, "name": t, "exchange": "XTKS", "currency": "JPY", "sector": "Autos"}
        | ({"role": "benchmark"} if t == "M.T" else {"role": "exposed", "benchmark": "M.T"})
        for t in tickers
    ]
    event = {"event_id": "rule", "announced_at": "2024-06-03T17:00+09:00", "title": "A rule"}
    event |= {"direction": "restriction", "confidence": "confirmed"}
    for name, columns, lines in (("universe.csv", UNIVERSE, shares), ("events.csv", EVENTS, [event])):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, columns)
            table.writeheader()
            table.writerows(lines)
    for ticker, steps in zip(tickers, draws, strict=True):
        yahoo.knows(Line(ticker, tuple((1000.0 * np.exp(np.cumsum(steps))).tolist()), first=date(2022, 6, 1)))
    return tmp_path


def environment(yahoo: Yahoo) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in OTHERS} | yahoo.environment()


def command(yahoo: Yahoo, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "eventstudy", *arguments],
        cwd=folder,
        env=environment(yahoo),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_command_line_tells_what_came_and_what_did_not(yahoo: Yahoo, folder: Path) -> None:
    yahoo.says("3.T", moods.DELISTED, times=None)
    yahoo.says("5.T", moods.meta(symbol="6.T"), times=None)
    done = command(yahoo, folder, "prices", "fetch")
    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    gone = "Yahoo has no prices of this ticker (No data found, symbol may be delisted)"
    assert [re.split(r"\s{2,}", line) for line in lines] == [
        ["status", "ticker", "sessions kept", "reason", "what to do"],
        ["new", "5 tickers", "3500"],
        ["failed", "3.T", "0", gone, "check the ticker in universe.csv"],
        ["failed", "5.T", "0", "Yahoo answered with the prices of '6.T'", CHECK],
    ]
    assert len({line.index(word) for line, word in zip(lines, ("reason", "", gone, "Yahoo"), strict=True) if word}) == 1
    assert last.startswith("prices: 7 tickers, 5 new, 2 failed, in ")
    done = command(yahoo, folder, "run", "--source", "yahoo", "--window", "0,1")
    assert (done.returncode, done.stderr) == (0, "")
    with (folder / "tables" / "pairs.csv").open(encoding="utf-8") as file:
        found = {row["ticker"]: (row["status"], row["reason"]) for row in csv.DictReader(file)}
    assert [ticker for ticker, (status, _) in found.items() if status == "used"] == ["1.T", "2.T", "4.T", "6.T"]
    assert len(yahoo.asked_for("1.T")) == 1


def test_a_narrow_terminal_still_shows_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    gone = "Yahoo has no prices of this ticker (No data found, symbol may be delisted)"
    outcomes = [
        FetchOutcome("1.T", "new", 700),
        FetchOutcome("2.T", "failed", 0, gone, "check the ticker in universe.csv"),
        FetchOutcome("3.T", "failed", 0, "no answer within 1 s", "run it again later"),
        FetchOutcome("4.T", "failed", 9, "no answer within 1 s", "run it again later"),
    ]
    assert _summary(outcomes).splitlines() == [
        "status  ticker    sessions kept  reason",
        "new     1 ticker            700",
        "failed  2.T                   0  Yahoo has no prices of thi…",
        "failed  3.T                   0  no answer within 1 s",
        "failed  4.T                   9  no answer within 1 s",
        "what to do:",
        "  2.T: check the ticker in universe.csv",
        "  2 tickers: run it again later",
    ]


def test_the_command_line_without_any_price_ends_with_one(
    yahoo: Yahoo, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for name in OTHERS:
        monkeypatch.delenv(name, raising=False)
    for name, value in yahoo.environment().items():
        monkeypatch.setenv(name, value)
    yahoo.says("*", moods.BROKEN, times=None)
    code = main(["prices", "fetch"])
    assert (code, *capfd.readouterr()) == (
        1,
        "",
        "no price came, and prices holds none: Yahoo answered with an error (HTTP 500); run it again later, or give "
        "--source sample for the embedded market, or --source PATH for price files of your own\n",
    )
    assert not (folder / "prices").exists()


def test_an_interrupt_ends_the_command_at_once_and_the_next_goes_on(yahoo: Yahoo, folder: Path) -> None:
    for n in (3, 4, 5, 6):
        yahoo.says(f"{n}.T", moods.waiting(30))
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "eventstudy", "prices", "fetch"],
        cwd=folder,
        env=environment(yahoo),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 30
        while len(list((folder / "prices").glob("*.parquet"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        begun = time.monotonic()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=20)
    finally:
        running.kill()
    assert time.monotonic() - begun < 5
    assert running.returncode not in (0, 2)
    assert "Traceback" not in err
    assert stored_tickers(folder / "prices") == ("1.T", "2.T", "M.T")
    for n in (3, 4, 5, 6):
        yahoo.says(f"{n}.T", moods.waiting(0))
    outcomes = fetch_into_store(folder / "prices", ["M.T", *(f"{n}.T" for n in range(1, 7))], session=yahoo.session())
    assert [each.status for each in outcomes] == ["unchanged"] * 3 + ["new"] * 4


def test_a_proxy_that_is_not_there_is_named(yahoo: Yahoo, folder: Path) -> None:
    from curl_cffi import requests

    session = requests.Session(impersonate="chrome", proxies={"https": "http://127.0.0.1:9"})
    with pytest.raises(PriceError, match=r"Yahoo cannot be reached .* over proxy .*; check HTTPS_PROXY, or"):
        YahooPrices(folder / "prices", session=session).fetch(["A"])


@pytest.mark.parametrize(
    ("curl", "told"),
    [
        (
            "Failed to perform, curl: (7) Failed to connect to yahoo.com port 443 over proxy 127.0.0.1 after {} ms: "
            "Could not connect to server. See https://curl.se/libcurl/c/libcurl-errors.html first for more details.",
            "Failed to connect to yahoo.com port 443 over proxy 127.0.0.1: Could not connect to server",
        ),
        (
            "Failed to perform, curl: (28) Operation timed out after {} milliseconds with 0 bytes received. See "
            "https://curl.se/libcurl/c/libcurl-errors.html first for more details.",
            "Operation timed out with 0 bytes received",
        ),
    ],
)
def test_one_reason_is_told_once_however_long_each_ticker_waited(curl: str, told: str) -> None:
    from eventstudy.prices.yahoo_answers import failure_of

    reasons = {failure_of(ConnectionError(curl.format(wait)), None, False).reason for wait in (0, 11)}
    assert reasons == {f"Yahoo cannot be reached ({told})"}
