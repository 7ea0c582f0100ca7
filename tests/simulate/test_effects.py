"""Planted effects: what is planted is in the prices, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import calendar, event_day
from eventstudy.catalogue import Event, ReportedMove, Universe, read_events, read_universe, role_in_event
from eventstudy.simulate import SamplePrices
from eventstudy.simulate.effects import LARGEST, planned_effects
from eventstudy.simulate.traits import sector_deviation

EXACT = 1e-12  # a few roundings of numbers near one
BAN = "2026-01-06-japan-dual-use-ban"


@pytest.fixture(scope="module")
def universe() -> Universe:
    return read_universe()


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return SamplePrices().truth()


def test_effects_are_the_whole_difference_between_the_two_markets(universe: Universe, truth: pd.DataFrame) -> None:
    tickers = [security.ticker for security in universe]
    affected = SamplePrices().fetch(tickers)
    untouched = SamplePrices(effects=False).fetch(tickers)
    by_session = truth.groupby(["ticker", "session"])["effect"].sum()
    for ticker in tickers:
        returns = affected.frames[ticker]["adj_close"].dropna().pct_change().iloc[1:]
        plain = untouched.frames[ticker]["adj_close"].dropna().pct_change().iloc[1:]
        expected = pd.Series(0.0, index=returns.index)
        if ticker in by_session.index.get_level_values("ticker"):
            own = by_session.loc[ticker]
            expected.loc[own.index] = own
        np.testing.assert_allclose(returns - plain, expected, rtol=0, atol=EXACT)


def test_without_effects_the_truth_is_empty_and_says_so() -> None:
    market = SamplePrices(effects=False)
    assert market.truth().empty
    assert list(market.truth().columns) == ["event_id", "ticker", "session", "effect"]
    assert "whatever the study finds is chance" in market.fetch(["7203.T"]).notes[1]


def test_truth_does_not_depend_on_what_was_fetched(truth: pd.DataFrame) -> None:
    market = SamplePrices()
    market.fetch(["LYC.AX", "7203.T"])
    pd.testing.assert_frame_equal(market.truth(), truth)


def test_all_lines_of_a_sector_and_role_get_the_same_effect(universe: Universe) -> None:
    events = read_events()
    sizes: dict[tuple[str, str, str, int], set[float]] = {}
    for plan in planned_effects(events, universe, ()):
        line, event = universe.get(plan.ticker), events.get(plan.event_id)
        market = calendar(line.exchange)
        zero = event_day(event.announced_at, line.exchange).session
        assert zero is not None
        tau = market.index_of(plan.session) - market.index_of(zero)
        key = plan.event_id, role_in_event(event, line, universe), line.sector, tau
        sizes.setdefault(key, set()).add(plan.effect)
    assert sizes
    assert all(len(found) == 1 for found in sizes.values())


def test_controls_and_benchmarks_are_left_alone(universe: Universe, truth: pd.DataFrame) -> None:
    touched = {universe.get(ticker).role for ticker in truth["ticker"].unique()}
    assert touched == {"exposed", "beneficiary"}


def test_the_ban_reaches_tokyo_a_day_after_new_york(truth: pd.DataFrame) -> None:
    ban = truth[truth["event_id"] == BAN]
    by_ticker = ban.groupby("ticker")["session"].apply(lambda days: [str(day.date()) for day in days])
    assert by_ticker["7203.T"] == ["2026-01-07"]
    assert by_ticker["TSLA"] == ["2026-01-06"]
    # beneficiaries run up before and gain a little after
    assert by_ticker["LYC.AX"] == ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    assert by_ticker["MP"] == ["2026-01-02", "2026-01-05", "2026-01-06", "2026-01-07"]


def test_signs_follow_direction_and_role(truth: pd.DataFrame) -> None:
    def on_the_day(event_id: str, ticker: str) -> float:
        mine = truth[(truth["event_id"] == event_id) & (truth["ticker"] == ticker)]
        return float(mine["effect"].iloc[mine["effect"].abs().argmax()])

    assert on_the_day(BAN, "7203.T") < 0 < on_the_day(BAN, "LYC.AX")
    assert on_the_day("2026-01-15-mofcom-repeats-civil-use", "7267.T") > 0
    assert on_the_day("2026-01-15-mofcom-repeats-civil-use", "8053.T") < 0
    assert on_the_day("2025-07-10-mp-dod-deal", "MP") > 0
    support = truth[truth["event_id"] == "2025-07-10-mp-dod-deal"]
    assert "7203.T" not in set(support["ticker"])
    # exposed firms outside the target's market suffer less
    assert on_the_day(BAN, "7203.T") < on_the_day(BAN, "TSLA") < 0


def test_effects_are_capped(truth: pd.DataFrame) -> None:
    assert truth["effect"].abs().max() <= LARGEST


def restriction(announced_at: date, target: tuple[str, ...] = ("Japan",)) -> Event:
    return Event("curbs", announced_at, "Curbs", "curbs", "restriction", target=target, confidence="confirmed")


def test_printed_closes_draw_the_effect_towards_them(universe: Universe) -> None:
    event = restriction(datetime(2026, 1, 6, 8, 38, tzinfo=UTC))
    typical = -0.9 * sector_deviation("Autos & parts", "exposed")
    printed = [
        ReportedMove("curbs", "7203.T", date(2026, 1, 7), -2.0, "close"),
        ReportedMove("curbs", "7203.T", date(2026, 1, 7), -4.0, "close (another source)"),
        ReportedMove("curbs", "7267.T", date(2026, 1, 7), -5.0, "close"),
        ReportedMove("curbs", "7201.T", date(2026, 1, 7), -30.0, "as much as"),
        ReportedMove("curbs", "7261.T", date(2026, 1, 8), -30.0, "close; second session"),
        ReportedMove("curbs", "7270.T", date(2026, 1, 7), 30.0, "close; another cause (placebo)"),
        ReportedMove("other", "7202.T", date(2026, 1, 7), 30.0, "close"),
    ]
    sizes = {plan.effect for plan in planned_effects([event], universe, printed) if plan.ticker in ("7203.T", "7205.T")}
    # two lines printed, -3 and -5 per cent in the median -4: two thirds of the way from typical
    assert len(sizes) == 1
    assert sizes.pop() == pytest.approx(typical + (-0.04 - typical) * 2 / 3, abs=5e-5)


def test_less_confident_events_have_smaller_effects(universe: Universe) -> None:
    sure = restriction(date(2025, 6, 2))
    sizes = {
        confidence: abs(planned_effects([replace(sure, confidence=confidence)], universe, ())[0].effect)
        for confidence in ("confirmed", "reported", "uncertain")
    }
    assert sizes["confirmed"] > sizes["reported"] > sizes["uncertain"] > 0


def test_an_event_beyond_the_market_has_no_effect(universe: Universe) -> None:
    events = [restriction(date(2001, 6, 1)), restriction(date(2150, 6, 1)), restriction(date(2026, 12, 1))]
    assert SamplePrices(events=events, universe=universe).truth().empty


def test_before_listing_and_after_delisting_there_is_no_effect(universe: Universe, truth: pd.DataFrame) -> None:
    for ticker in ("MP", "MCP", "5486.T", "7205.T", "USAR"):
        line = universe.get(ticker)
        sessions = truth.loc[truth["ticker"] == ticker, "session"]
        assert len(sessions) > 0
        assert line.first_trade is None or sessions.min() > pd.Timestamp(line.first_trade)
        assert line.last_trade is None or sessions.max() <= pd.Timestamp(line.last_trade)


def test_on_a_halt_the_effect_comes_with_the_next_trade(universe: Universe) -> None:
    market = SamplePrices(effects=False)
    for security in universe.observations:
        closes = market.fetch([security.ticker]).frames[security.ticker]["close"].dropna()
        days = closes.index.to_numpy().astype("datetime64[D]")
        sessions = calendar(security.exchange).sessions
        halted = sessions[(sessions > days[0]) & (sessions < days[-1]) & ~np.isin(sessions, days)]
        if security.role == "exposed" and security.exchange == "XTKS" and halted.size:
            break
    event = restriction(halted[0].item())
    truth = SamplePrices(events=[event], universe=universe).truth()
    mine = truth[truth["ticker"] == security.ticker]
    assert mine["session"].dt.date.tolist() == [days[np.searchsorted(days, halted[0])].item()]
