"""YahooPrices and its store: what is asked for, what is kept, what is told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from yahoo_stand_in import Line, Yahoo, moods

from eventstudy.errors import PriceError
from eventstudy.prices.source import PriceHistory
from eventstudy.prices.store import open_store, read_stored, stored_from_frame, stored_tickers, write_rows
from eventstudy.prices.yahoo import FetchOutcome, YahooPrices, fetch_into_store


@pytest.fixture
def prices(yahoo: Yahoo, store: Path) -> Any:
    """``YahooPrices(store, ...)`` that asks the stand-in, which knows A, B and C."""
    yahoo.knows(*(Line(ticker) for ticker in "ABC"))
    return lambda **rest: YahooPrices(store, session=yahoo.session(), **rest)


def fetched(yahoo: Yahoo, store: Path, tickers: Sequence[str], *rest: Any, **named: Any) -> tuple[FetchOutcome, ...]:
    return fetch_into_store(store, tickers, *rest, session=yahoo.session(), **named)


def closes(history: PriceHistory, ticker: str) -> list[float]:
    return history.frames[ticker]["close"].tolist()


def test_a_first_fetch_fills_the_store(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(Line("7203.T"), Line("7267.T"))
    history = YahooPrices(store, session=yahoo.session()).fetch(["7203.T", "7267.T"])
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
    (asked,) = yahoo.asked_for("7203.T")
    assert datetime.fromtimestamp(int(asked.query["period1"]), UTC).date() < date(2005, 1, 1)
    assert (asked.query["interval"], asked.query["includePrePost"]) == ("1d", "false")


def test_a_second_fetch_asks_for_nothing(yahoo: Yahoo, prices: Any) -> None:
    first = prices().fetch(["A", "B"])
    yahoo.log.clear()
    again = prices().fetch(["A", "B"])
    assert yahoo.log == []
    assert again.snapshot == first.snapshot


def test_only_what_is_missing_is_asked_for(yahoo: Yahoo, prices: Any) -> None:
    prices().fetch(["A"])
    prices().fetch(["A", "B"])
    assert len(yahoo.asked_for("A")) == len(yahoo.asked_for("B")) == 1


def test_an_earlier_start_is_asked_for_again(yahoo: Yahoo, prices: Any) -> None:
    prices().fetch(["A"], start=date(2010, 1, 1))
    prices().fetch(["A"], start=date(2005, 1, 1))
    assert len(yahoo.asked_for("A")) == 1
    prices().fetch(["A"], start=date(1999, 1, 1))
    begun = [datetime.fromtimestamp(int(asked.query["period1"]), UTC).year for asked in yahoo.asked_for("A")]
    assert begun == [2004, 1998]


def aged(store: Path, ticker: str, hours: float) -> None:
    """Stored rows as if they had been downloaded that long ago."""
    stored = read_stored(store, ticker)
    assert stored is not None
    stored.fetched_at[:] = np.datetime64(datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=hours), "us")
    (store / f"{ticker}.parquet").unlink()
    write_rows(store, ticker, stored)


def test_old_prices_are_asked_for_again_unless_the_study_ended_before(yahoo: Yahoo, prices: Any, store: Path) -> None:
    prices().fetch(["A"])
    aged(store, "A", hours=30)
    yahoo.log.clear()
    prices().fetch(["A"], end=date(2026, 1, 6))
    prices(max_age_hours=48).fetch(["A"])
    assert yahoo.log == []
    yahoo.knows(Line("A", (100.0, 101.0, 102.0, 103.0)))
    assert closes(prices().fetch(["A"]), "A") == [100.0, 101.0, 102.0, 103.0]


def test_a_download_that_fails_leaves_the_stored_prices_with_a_note(yahoo: Yahoo, prices: Any, store: Path) -> None:
    prices().fetch(["A", "B"])
    aged(store, "A", hours=240)
    yahoo.says("A", moods.BROKEN, times=None)
    history = prices().fetch(["A", "B"])
    assert set(history.frames) == {"A", "B"}
    day = (datetime.now(UTC) - timedelta(hours=240)).strftime("%Y-%m-%d")
    assert history.notes == (
        f"Prices of A are from the store, last downloaded {day}: Yahoo answered with an error (HTTP 500).",
    )


def test_when_nothing_comes_the_reason_the_remedy_and_the_other_sources_are_told(prices: Any, store: Path) -> None:
    with pytest.raises(PriceError) as caught:
        prices().fetch(["X", "Y"])
    assert str(caught.value) == (
        "no prices: Yahoo has no prices of this ticker (No data found, symbol may be delisted), and the store "
        f"{store} has none of these 2 tickers; check the ticker in universe.csv, or use --source sample for the "
        "embedded market, or --source PATH for price files of your own"
    )
    assert not store.exists()


def test_progress_is_told(yahoo: Yahoo, prices: Any) -> None:
    told: list[tuple[int, int, str]] = []
    prices(progress=lambda *step: told.append(step)).fetch(["A", "X", "C"])
    assert [done for done, _, _ in told] == [1, 2, 3]
    assert {total for _, total, _ in told} == {3}
    assert {ticker for _, _, ticker in told} == {"A", "X", "C"}


def test_outcomes_say_what_changed(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(Line("A"))
    first = fetched(yahoo, store, ["A", "X", "A"], date(2018, 1, 1))
    assert [(each.ticker, each.status, each.rows) for each in first] == [("A", "new", 3), ("X", "failed", 0)]
    assert fetched(yahoo, store, ["A"]) == (FetchOutcome("A", "unchanged", 3, "downloaded less than 1 h ago"),)
    assert fetched(yahoo, store, ["A"], max_age_hours=0) == (FetchOutcome("A", "unchanged", 3),)
    yahoo.knows(Line("A", (100.0, 101.0, 102.0, 103.0)))
    assert fetched(yahoo, store, ["A"], max_age_hours=0) == (FetchOutcome("A", "updated", 4),)


def test_a_store_that_cannot_be_written_is_an_error(yahoo: Yahoo, tmp_path: Path) -> None:
    path = tmp_path / "prices"
    path.write_text("a file")
    for use in (lambda: fetched(yahoo, path, ["A"]), lambda: YahooPrices(path).fetch(["A"])):
        with pytest.raises(PriceError, match="is a file, not a price store"):
            use()
    assert yahoo.log == []


def test_an_interrupted_fetch_resumes(yahoo: Yahoo, store: Path) -> None:
    tickers = ["A", "B", "C", "D", "E", "F"]
    yahoo.knows(*(Line(ticker) for ticker in tickers))
    for ticker in tickers[2:]:
        yahoo.says(ticker, moods.waiting(2.0))

    def stop(done: int, total: int, ticker: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetched(yahoo, store, tickers, progress=stop)
    assert stored_tickers(store) == ("A", "B")
    outcomes = fetched(yahoo, store, tickers)
    assert [each.status for each in outcomes] == ["unchanged", "unchanged", "new", "new", "new", "new"]
    assert len(yahoo.asked_for("A")) == len(yahoo.asked_for("B")) == 1


# -- what contradicts the store


def test_a_split_restates_what_came_before_it(yahoo: Yahoo, prices: Any, store: Path) -> None:
    yahoo.knows(Line("A", (100.0, 102.0, 104.0), adjusted=(99.0, 100.98, 104.0)))
    prices().fetch(["A"])
    yahoo.knows(
        Line(
            "A",
            (50.0, 51.0, 52.0, 53.0),
            adjusted=(49.0, 49.98, 51.0, 53.0),
            splits={date(2026, 1, 8): (2, 1)},
            dividends={date(2026, 1, 8): 0.5},
        )
    )
    history = prices(max_age_hours=0).fetch(["A"])
    assert closes(history, "A") == [50.0, 51.0, 52.0, 53.0]
    assert history.frames["A"]["adj_close"].tolist() == [49.0, 49.98, 51.0, 53.0]
    returns = history.frames["A"]["adj_close"].pct_change().iloc[1:]
    assert returns.round(4).tolist() == [0.02, 0.0204, 0.0392]


def test_rows_that_yahoo_no_longer_has_are_kept_apart_after_a_restatement(yahoo: Yahoo, prices: Any) -> None:
    yahoo.knows(Line("A", (100.0, 102.0, 104.0)))
    prices().fetch(["A"])
    yahoo.knows(Line("A", (51.0, 52.0, 53.0), first=date(2026, 1, 6), splits={date(2026, 1, 8): (2, 1)}))
    history = prices(max_age_hours=0).fetch(["A"])
    assert closes(history, "A") == [51.0, 52.0, 53.0]
    assert any("from before a later restatement and is not used" in note for note in history.notes), history.notes


def test_pounds_after_pence_are_one_unit_or_the_other(yahoo: Yahoo, prices: Any) -> None:
    yahoo.knows(Line("A.L", (100.0, 102.0, 104.0)))
    prices().fetch(["A.L"])
    yahoo.knows(Line("A.L", (1.0, 1.02, 1.04, 1.05), meta={"currency": "GBP"}))
    history = prices(max_age_hours=0).fetch(["A.L"])
    assert closes(history, "A.L") == [1.0, 1.02, 1.04, 1.05]
    assert history.currencies == {"A.L": "GBP"}


def test_another_securitys_prices_under_a_known_name_are_refused(yahoo: Yahoo, store: Path) -> None:
    draws = np.random.default_rng(3).normal(0.0, 0.02, (2, 60))
    own, other = (tuple((100.0 * np.exp(np.cumsum(row))).tolist()) for row in draws)
    yahoo.knows(Line("A", own))
    fetched(yahoo, store, ["A"])
    yahoo.knows(Line("A", other))
    (outcome,) = fetched(yahoo, store, ["A"], max_age_hours=0)
    assert (outcome.status, outcome.rows) == ("failed", 60)
    assert outcome.reason == "Yahoo's closes are not those of the store on 56 of 60 days: another security's?"
    stored = read_stored(store, "A")
    assert stored is not None
    assert stored.values[3].tolist() == list(own)


def test_adjusted_closes_of_the_store_survive_an_answer_without_them(yahoo: Yahoo, store: Path) -> None:
    yahoo.knows(Line("A"))
    fetched(yahoo, store, ["A"])
    yahoo.says("A", moods.NO_ADJUSTED_CLOSE, times=None)
    (outcome,) = fetched(yahoo, store, ["A"], max_age_hours=0)
    assert (outcome.status, outcome.reason) == ("failed", "Yahoo's answer lacks the adjusted closes that the store has")
    stored = read_stored(store, "A")
    assert stored is not None
    assert stored.values[4].tolist() == [90.0, 90.9, 91.8]


# -- without a network


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
