"""YahooPrices at yfinance's boundary: replies of the shape Yahoo gives, and every way of not getting one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import PriceError
from eventstudy.prices.store import open_store, read_stored, stored_from_frame, stored_tickers, write_rows
from eventstudy.prices.yahoo import FetchOutcome, YahooPrices, fetch_into_store

Reply = Any  # a frame, an exception, or a function of the keyword arguments


def bars(closes: Sequence[float], first: str = "2026-01-05", zone: str = "Asia/Tokyo") -> pd.DataFrame:
    """What ``Ticker.history(auto_adjust=False, actions=True)`` returns."""
    index = pd.date_range(first, periods=len(closes), freq="B", tz=zone, name="Date")
    close = np.asarray(closes, dtype=np.float64)
    return pd.DataFrame(
        {
            "Open": close - 1,
            "High": close + 2,
            "Low": close - 2,
            "Close": close,
            "Adj Close": close * 0.9,
            "Volume": np.full(len(closes), 1000, dtype=np.int64),
            "Dividends": 0.0,
            "Stock Splits": 0.0,
        },
        index=index,
    )


class FakeYahoo:
    """Stands where ``yfinance.Ticker`` does; remembers what was asked."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.metadata: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, ticker: str) -> Any:
        fake = self

        class Line:
            history_metadata = fake.metadata.get(ticker, {"currency": "JPY", "symbol": ticker})

            def history(self, **wanted: Any) -> pd.DataFrame:
                fake.asked.append((ticker, wanted))
                waiting = fake.replies.get(ticker) or [bars([100.0, 101.0, 102.0])]
                reply = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                if isinstance(reply, Exception):
                    raise reply
                return reply(wanted) if callable(reply) else reply

        return Line()


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> FakeYahoo:
    fake = FakeYahoo()
    monkeypatch.setattr("yfinance.Ticker", fake)
    monkeypatch.setattr("eventstudy.prices.pace.FIRST_PAUSE_SECONDS", 0.001)
    return fake


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "prices"


def limited() -> Exception:
    from yfinance.exceptions import YFRateLimitError as Limited

    return Limited()


def gone() -> Exception:
    from yfinance.exceptions import YFPricesMissingError as Gone

    return Gone("X", "(1d 2005-01-01 -> now)")


# -- what comes, comes whole


def test_a_first_fetch_fills_the_store(answering: FakeYahoo, store: Path) -> None:
    history = YahooPrices(store).fetch(["7203.T", "7267.T"])
    frame = history.frames["7203.T"]
    assert frame["close"].tolist() == [100.0, 101.0, 102.0]
    assert frame["adj_close"].tolist() == [90.0, 90.9, 91.8]
    assert frame["high"].tolist() == [102.0, 103.0, 104.0]
    assert frame["volume"].tolist() == [1000.0] * 3
    assert frame.index.tolist() == [pd.Timestamp(f"2026-01-0{day}") for day in (5, 6, 7)]
    assert history.currencies == {"7203.T": "JPY", "7267.T": "JPY"}
    assert history.snapshot.source == "yahoo"
    assert history.snapshot.last_fetch >= datetime.now(UTC).strftime("%Y-%m-%d")
    assert history.notes == ()
    assert not history.simulated
    assert stored_tickers(store) == ("7203.T", "7267.T")
    wanted = answering.asked[0][1]
    assert wanted["start"] == "2005-01-01"
    assert wanted["auto_adjust"] is False
    assert wanted["actions"] is True


def test_new_york_bars_keep_their_own_dates(answering: FakeYahoo, store: Path) -> None:
    answering.replies["MP"] = [bars([60.0], "2026-01-06", "America/New_York")]
    assert YahooPrices(store).fetch(["MP"]).frames["MP"].index.tolist() == [pd.Timestamp("2026-01-06")]


def test_a_second_fetch_asks_for_nothing(answering: FakeYahoo, store: Path) -> None:
    first = YahooPrices(store).fetch(["A", "B"])
    answering.asked.clear()
    again = YahooPrices(store).fetch(["A", "B"])
    assert answering.asked == []
    assert again.snapshot == first.snapshot


def test_only_what_is_missing_is_asked_for(answering: FakeYahoo, store: Path) -> None:
    YahooPrices(store).fetch(["A"])
    answering.asked.clear()
    YahooPrices(store).fetch(["A", "B"])
    assert [ticker for ticker, _ in answering.asked] == ["B"]


def test_an_earlier_start_is_asked_for_again(answering: FakeYahoo, store: Path) -> None:
    YahooPrices(store).fetch(["A"], start=date(2010, 1, 1))
    answering.asked.clear()
    YahooPrices(store).fetch(["A"], start=date(2005, 1, 1))
    assert answering.asked == []
    YahooPrices(store).fetch(["A"], start=date(1999, 1, 1))
    assert [wanted["start"] for _, wanted in answering.asked] == ["1999-01-01"]


def aged(store: Path, ticker: str, hours: float) -> None:
    """Stored rows as if they had been downloaded that long ago."""
    stored = read_stored(store, ticker)
    assert stored is not None
    stored.fetched_at[:] = np.datetime64(datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=hours), "us")
    (store / f"{ticker}.parquet").unlink()
    write_rows(store, ticker, stored)


def test_old_prices_are_asked_for_again_unless_the_study_ended_before(answering: FakeYahoo, store: Path) -> None:
    YahooPrices(store).fetch(["A"])
    aged(store, "A", hours=30)
    answering.asked.clear()
    YahooPrices(store).fetch(["A"], end=date(2026, 1, 6))
    assert answering.asked == []
    YahooPrices(store, max_age_hours=48).fetch(["A"])
    assert answering.asked == []
    answering.replies["A"] = [bars([100.0, 101.0, 102.0, 103.0])]
    assert len(YahooPrices(store).fetch(["A"]).frames["A"]) == 4


def test_the_bar_of_a_running_session_is_left_out(answering: FakeYahoo, store: Path) -> None:
    now = datetime.now(UTC)
    today = now.astimezone(UTC).date()
    answering.replies["A"] = [bars([1.0, 2.0], str(np.busday_offset(today, -1, roll="forward")), "UTC")]
    frame = answering.replies["A"][0]
    frame.index = pd.DatetimeIndex([pd.Timestamp(today) - pd.Timedelta(days=1), pd.Timestamp(today)], tz="UTC")
    period = {"start": pd.Timestamp(now) - pd.Timedelta("1min"), "end": pd.Timestamp(now) + pd.Timedelta("1h")}
    answering.metadata["A"] = {"symbol": "A", "gmtoffset": 0, "currentTradingPeriod": {"regular": period}}
    assert YahooPrices(store).fetch(["A"]).frames["A"]["close"].tolist() == [1.0]
    period["end"] = pd.Timestamp(now) - pd.Timedelta("1s")
    assert YahooPrices(store, max_age_hours=0).fetch(["A"]).frames["A"]["close"].tolist() == [1.0, 2.0]


def test_a_live_bar_beside_the_daily_one_is_one_day(answering: FakeYahoo, store: Path) -> None:
    doubled = bars([1.0, 2.0, 3.0])
    doubled.index = doubled.index[[0, 1, 1]] + pd.to_timedelta([0, 0, 10], unit="h")
    answering.replies["A"] = [doubled]
    assert YahooPrices(store).fetch(["A"]).frames["A"]["close"].tolist() == [1.0, 3.0]


def test_nulls_in_the_middle_stay_out(answering: FakeYahoo, store: Path) -> None:
    holed = bars([1.0, 2.0, 3.0])
    holed.iloc[1] = np.nan
    answering.replies["A"] = [holed]
    assert YahooPrices(store).fetch(["A"]).frames["A"]["close"].tolist() == [1.0, 3.0]


# -- what does not come has a reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            gone,
            "Yahoo has no prices of this ticker ($X: possibly delisted; no price data found (1d 2005-01-01 -> now))",
        ),
        (lambda: bars([]), "Yahoo has no prices of this ticker"),
        (lambda: bars([np.nan, np.nan]), "Yahoo has no closes of this ticker"),
        (lambda: bars([1.0]).drop(columns=["Close", "Adj Close"]), "Yahoo's answer has no closes"),
        (lambda: KeyError("chart"), "Yahoo's answer cannot be read (KeyError: 'chart')"),
        (limited, "Yahoo limits the rate of requests; try again later"),
    ],
)
def test_one_bad_ticker_never_spoils_the_others(
    answering: FakeYahoo, store: Path, reply: Callable[[], Reply], reason: str
) -> None:
    answering.replies["BAD"] = [reply()]
    history = YahooPrices(store).fetch(["BAD", "A", "B"])
    assert set(history.frames) == {"A", "B"}
    assert history.missing == {"BAD": reason}


def test_prices_of_another_ticker_are_refused(answering: FakeYahoo, store: Path) -> None:
    answering.metadata["A"] = {"symbol": "B", "currency": "USD"}
    assert YahooPrices(store).fetch(["A", "C"]).missing == {"A": "Yahoo answered with the prices of 'B'"}


@pytest.mark.parametrize("fault", [limited, lambda: ValueError("no JSON"), lambda: ConnectionResetError("reset")])
def test_a_passing_fault_is_tried_again(answering: FakeYahoo, store: Path, fault: Callable[[], Exception]) -> None:
    answering.replies["A"] = [fault(), bars([1.0, 2.0])]
    assert YahooPrices(store).fetch(["A"]).frames["A"]["close"].tolist() == [1.0, 2.0]
    assert len(answering.asked) == 2


def test_a_download_that_fails_leaves_the_stored_prices_with_a_note(answering: FakeYahoo, store: Path) -> None:
    YahooPrices(store).fetch(["A", "B"])
    aged(store, "A", hours=240)
    answering.replies["A"] = [ConnectionError("unreachable")]
    history = YahooPrices(store).fetch(["A", "B"])
    assert set(history.frames) == {"A", "B"}
    day = (datetime.now(UTC) - timedelta(hours=240)).strftime("%Y-%m-%d")
    assert history.notes == (
        f"Prices of A are from the store, last downloaded {day}: Yahoo cannot be reached (unreachable).",
    )


def test_after_three_failed_connections_no_more_are_tried(answering: FakeYahoo, store: Path) -> None:
    tickers = [f"T{n}" for n in range(60)]
    for ticker in tickers:
        answering.replies[ticker] = [ConnectionError("unreachable")]
    with pytest.raises(PriceError) as caught:
        YahooPrices(store).fetch(tickers)
    assert str(caught.value) == (
        f"no prices: Yahoo cannot be reached (unreachable), and the store {store} has none of these 60 tickers; "
        "use --source sample for the embedded market, or --source PATH for price files of your own"
    )
    assert len(answering.asked) < 12
    assert not store.exists()


def test_a_source_that_only_refuses_is_left_in_peace(answering: FakeYahoo, store: Path) -> None:
    tickers = [f"T{n}" for n in range(100)]
    for ticker in tickers:
        answering.replies[ticker] = [limited()]
    with pytest.raises(PriceError, match="Yahoo limits the rate of requests; try again later, and the store"):
        YahooPrices(store).fetch(tickers)
    assert len(answering.asked) < 30


def test_the_deadline_holds_against_a_reply_that_never_ends(answering: FakeYahoo, store: Path) -> None:
    def drip(wanted: object) -> pd.DataFrame:
        time.sleep(1.0)
        return bars([1.0])

    answering.replies["SLOW"] = [drip]
    begun = time.monotonic()
    history = YahooPrices(store, deadline_seconds=0.3).fetch(["A", "SLOW"])
    assert time.monotonic() - begun < 0.9
    assert history.missing == {"SLOW": "no answer within 0.3 s"}


def test_progress_is_told_and_nothing_printed(
    answering: FakeYahoo, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[tuple[int, int, str]] = []
    answering.replies["C"] = [gone()]
    YahooPrices(store, progress=lambda *step: told.append(step)).fetch(["A", "B", "C"])
    assert [done for done, _, _ in told] == [1, 2, 3]
    assert {total for _, total, _ in told} == {3}
    assert {ticker for _, _, ticker in told} == {"A", "B", "C"}
    assert capsys.readouterr() == ("", "")


def test_yfinance_keeps_its_caches_in_the_store(answering: FakeYahoo, store: Path) -> None:
    import yfinance

    YahooPrices(store).fetch(["A"])
    assert (store / ".yfinance").is_dir()
    assert Path(yfinance.cache._TzDBManager.get_location()) == store / ".yfinance"
    assert yfinance.config.debug.hide_exceptions is True


# -- fetch_into_store, for the command line


def test_outcomes_say_what_changed(answering: FakeYahoo, store: Path) -> None:
    answering.replies["BAD"] = [gone()]
    first = fetch_into_store(store, ["A", "BAD", "A"], date(2018, 1, 1))
    assert [(each.ticker, each.status, each.rows) for each in first] == [("A", "new", 3), ("BAD", "failed", 0)]
    assert fetch_into_store(store, ["A"]) == (FetchOutcome("A", "unchanged", 3, "downloaded less than 1 h ago"),)
    assert fetch_into_store(store, ["A"], max_age_hours=0) == (FetchOutcome("A", "unchanged", 3),)
    answering.replies["A"] = [bars([100.0, 101.0, 102.0, 103.0])]
    assert fetch_into_store(store, ["A"], max_age_hours=0) == (FetchOutcome("A", "updated", 4),)


def test_a_store_that_cannot_be_written_is_an_error(answering: FakeYahoo, tmp_path: Path) -> None:
    path = tmp_path / "prices"
    path.write_text("a file")
    for use in (lambda: fetch_into_store(path, ["A"]), lambda: YahooPrices(path).fetch(["A"])):
        with pytest.raises(PriceError, match="is a file, not a price store"):
            use()


def test_an_interrupted_fetch_resumes(answering: FakeYahoo, store: Path) -> None:
    def stop(done: int, total: int, ticker: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    tickers = ["A", "B", "C", "D"]
    with pytest.raises(KeyboardInterrupt):
        fetch_into_store(store, tickers, progress=stop)
    assert len(stored_tickers(store)) == 2
    answering.asked.clear()
    outcomes = fetch_into_store(store, tickers)
    assert sorted(each.status for each in outcomes) == ["new", "new", "unchanged", "unchanged"]
    assert len(answering.asked) == 2


# -- without a network, for real


def test_without_a_network_the_other_sources_are_named(store: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(PriceError) as caught:
        YahooPrices(store, deadline_seconds=30).fetch(["7203.T", "MP", "^GSPC", "LYC.AX"])
    assert time.monotonic() - begun < 20
    message = str(caught.value)
    assert message.startswith("no prices: Yahoo cannot be reached (")
    assert "--source sample" in message
    assert "--source PATH" in message
    assert caught.value.source == "yahoo"
    assert not store.exists()


def test_without_a_network_a_store_is_enough(store: Path) -> None:
    days = np.array(["2026-01-05", "2026-01-06"], dtype="datetime64[D]")
    stored = stored_from_frame(
        days,
        np.tile([1.0, 2.0], (6, 1)),
        currency="JPY",
        source="yahoo",
        fetched_at=datetime(2026, 2, 2, tzinfo=UTC),
        requested_start=date(2005, 1, 1),
    )
    write_rows(open_store(store), "7203.T", stored)
    history = YahooPrices(store, deadline_seconds=30).fetch(["7203.T", "MP"])
    assert history.frames["7203.T"]["close"].tolist() == [1.0, 2.0]
    assert history.missing["MP"].startswith("Yahoo cannot be reached")
    assert history.notes[-1].startswith("Prices of 7203.T are from the store, last downloaded 2026-02-02: ")
