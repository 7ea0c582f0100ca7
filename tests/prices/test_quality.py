"""Findings: every fault of a spoilt series is found where it is, and sound series have none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import calendar
from eventstudy.catalogue import Universe
from eventstudy.prices.quality import Finding, check_prices, summed

Make = Callable[..., Any]


def sessions(mic: str, first: str, last: str) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    days = calendar(mic).sessions
    return days[(days >= np.datetime64(first)) & (days <= np.datetime64(last))]


DAYS = sessions("XTKS", "2025-01-06", "2025-12-30")


def walk(size: int, seed: int = 1) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Closes with 2% a day, to the tenth of a yen."""
    steps = np.random.default_rng(seed).normal(0.0, 0.02, size)
    return np.round(2000.0 * np.exp(np.cumsum(steps)), 1)


CLOSES = walk(DAYS.size)


@pytest.fixture
def found(history_of: Make, line: Make) -> Make:
    """The findings in a Tokyo series as (session, kind, detail)."""

    def check(days: Any, closes: Any, **rest: Any) -> list[tuple[str, str, str]]:
        universe = Universe((line("7203.T", **rest),))
        findings = check_prices(history_of({"7203.T": (days, closes)}), universe)
        assert {finding.ticker for finding in findings} <= {"7203.T"}
        return [(str(finding.session), finding.kind, finding.detail) for finding in findings]

    return check


def test_a_sound_series_has_no_findings(found: Make) -> None:
    assert found(DAYS, CLOSES) == []


def test_missing_sessions_come_as_stretches(found: Make) -> None:
    kept = ~np.isin(np.arange(DAYS.size), [40, 41, 42, 100])
    closes = CLOSES.copy()
    closes[150] = np.nan
    assert found(DAYS[kept], closes[kept]) == [
        (str(DAYS[40]), "missing_sessions", f"3 sessions without a price, {DAYS[40]} to {DAYS[42]}"),
        (str(DAYS[100]), "missing_sessions", f"a session without a price, {DAYS[100]}"),
        (str(DAYS[150]), "missing_sessions", f"a session without a price, {DAYS[150]}"),
    ]


def test_sessions_before_listing_and_after_delisting_are_not_missing(found: Make) -> None:
    kept = ~np.isin(np.arange(DAYS.size), [1, DAYS.size - 2])
    limits = {"first_trade": date(2025, 2, 3), "last_trade": date(2025, 11, 28)}
    assert found(DAYS[kept], CLOSES[kept], **limits) == []
    assert len(found(DAYS[kept], CLOSES[kept])) == 2


def test_a_holiday_row_carried_forward_is_on_no_session(found: Make) -> None:
    days = np.insert(DAYS, 60, np.datetime64("2025-04-05"))  # a Saturday
    assert found(days[np.argsort(days)], np.insert(CLOSES, 60, 1)[np.argsort(days)])[0][1] == "unknown_session"
    place = int(np.searchsorted(DAYS, np.datetime64("2025-05-05")))  # Children's Day
    carried = found(np.insert(DAYS, place, np.datetime64("2025-05-05")), np.insert(CLOSES, place, CLOSES[place - 1]))
    detail = "a price on a day that is no session, 2025-05-05: the price of the session before, carried forward"
    assert carried == [("2025-05-05", "unknown_session", detail)]


def test_an_empty_row_on_a_holiday_is_no_finding(found: Make) -> None:
    place = int(np.searchsorted(DAYS, np.datetime64("2025-05-05")))
    assert found(np.insert(DAYS, place, np.datetime64("2025-05-05")), np.insert(CLOSES, place, np.nan)) == []


def test_sessions_stamped_one_day_early_are_told_as_such(history_of: Make, line: Make) -> None:
    days = sessions("XASX", "2025-01-02", "2025-03-31")
    history = history_of({"LYC.AX": (days - np.timedelta64(1, "D"), walk(days.size))})
    (finding,) = check_prices(history, Universe((line("LYC.AX"),)))
    assert (finding.kind, finding.session) == ("shifted_dates", date(2025, 1, 1))
    assert finding.sessions == tuple((days - np.timedelta64(1, "D")).tolist())
    assert finding.detail == (
        "62 prices, 2025-01-01 to 2025-03-30, stamped one day early: shifted by a day they fit the sessions, as if "
        "dated in another time zone at the opening"
    )


def test_five_identical_closes_are_stale_and_four_are_not(found: Make) -> None:
    closes = CLOSES.copy()
    closes[10:14] = 2000.0
    assert found(DAYS, closes) == []
    closes[10:15] = 2000.0
    assert found(DAYS, closes) == [
        (str(DAYS[10]), "stale_run", f"5 identical values of close, 2000, {DAYS[10]} to {DAYS[14]}")
    ]


def test_closes_that_often_stand_still_are_not_stale(found: Make) -> None:
    closes = np.repeat(np.round(CLOSES[: DAYS.size // 4 + 1]), 4)[: DAYS.size]
    closes[10:14] = closes[9]
    assert found(DAYS, closes) == []


def test_zeros_are_reported_and_count_as_no_trade(found: Make) -> None:
    closes = CLOSES.copy()
    closes[20:22] = 0.0
    assert found(DAYS, closes) == [
        (str(DAYS[20]), "zero_price", f"2 prices of zero or below, {DAYS[20]} to {DAYS[21]}"),
    ]


@pytest.mark.parametrize("ratio", [2, 3, 5, 10, 20])
@pytest.mark.parametrize("consolidation", [False, True])
def test_a_split_that_was_not_adjusted(found: Make, ratio: int, consolidation: bool) -> None:
    closes = CLOSES.copy()
    closes[:100] *= 1 / ratio if consolidation else ratio
    ((session, kind, detail),) = found(DAYS, closes)
    assert (session, kind) == (str(DAYS[100]), "suspected_split")
    assert f"like a split of {f'1 to {ratio}' if consolidation else f'{ratio} to 1'} that was not adjusted" in detail


def test_a_stretch_in_another_unit_is_one_finding(found: Make) -> None:
    closes = CLOSES.copy()
    closes[100:120] *= 10
    detail = f"20 values of close, {DAYS[100]} to {DAYS[119]}, 10 times higher than before and after"
    assert found(DAYS, closes) == [(str(DAYS[100]), "stretch", detail)]


def test_a_halving_that_is_taken_back_is_a_stretch_of_one_session(found: Make) -> None:
    closes = np.round(CLOSES)
    closes[100] /= 2
    detail = f"close {closes[100]:.6g}, {DAYS[100]}, 2 times lower than before and after"
    assert found(DAYS, closes) == [(str(DAYS[100]), "stretch", detail)]


def test_a_halving_during_the_session_is_a_jump_and_no_split(history_of: Make, line: Make) -> None:
    days = sessions("XNYS", "2025-01-06", "2025-12-30")
    closes = walk(days.size)
    closes[100:] /= 2
    history = history_of({"MP": (days, closes)})
    frame = history.frames["MP"]
    frame["open"] = frame["close"].shift(1)
    (finding,) = check_prices(history, Universe((line("MP"),)))
    assert (finding.kind, finding.session) == ("level_shift", days[100].item())
    frame.loc[frame.index[100], "open"] /= 2
    (finding,) = check_prices(history, Universe((line("MP"),)))
    assert (finding.kind, finding.session) == ("suspected_split", days[100].item())


def test_what_follows_a_large_move_tells_news_from_a_fault(found: Make) -> None:
    days = sessions("XNYS", "2025-01-06", "2025-12-30")
    closes = np.round(2000.0 + walk(days.size), 1)
    closes[100:] = np.round(closes[100:] * 1.36, 1)

    def at_new_york(values: Any) -> list[tuple[str, str]]:
        return [(session, kind) for session, kind, _ in found(days, values, exchange="XNYS")]

    assert at_new_york(closes) == [(str(days[100]), "level_shift")]
    closes[101:] = np.round(closes[101:] * 1.09, 1)
    closes[102:] = np.round(closes[102:] * 0.92, 1)
    assert at_new_york(closes) == []


def test_a_move_beyond_any_limit_is_not_the_market_s(found: Make) -> None:
    closes = np.round(CLOSES)
    closes[100:] = np.round(closes[100:] * 1.3)
    closes[101:] = np.round(closes[101:] * 1.09)  # unsettled as after news
    closes[102:] = np.round(closes[102:] * 0.92)
    base, now = closes[99], closes[100]
    ((session, kind, detail),) = found(DAYS, closes)
    assert (session, kind) == (str(DAYS[100]), "beyond_limit")
    assert detail.startswith(
        f"closed beyond its upper limit: {base:.0f} to {now:.0f}, {now - base:+.0f} where the band is "
    )


@pytest.mark.parametrize(("volume", "expected"), [(1.0, ["level_shift"]), (4.0, [])])
def test_volume_tells_news_from_a_join(history_of: Make, line: Make, volume: float, expected: list[str]) -> None:
    days = sessions("XNYS", "2025-01-06", "2025-12-30")
    closes = np.round(2000.0 + walk(days.size), 1)
    closes[100:] = np.round(closes[100:] * 1.12, 1)
    history = history_of({"MP": (days, closes)})
    frame = history.frames["MP"]
    frame["volume"] = np.random.default_rng(3).lognormal(12.0, 0.3, days.size).round()
    frame.iloc[100:102, frame.columns.get_loc("volume")] *= volume
    assert [each.kind for each in check_prices(history, Universe((line("MP"),)))] == expected


def test_a_new_number_of_decimals_betrays_a_join(found: Make) -> None:
    days = sessions("XNYS", "2025-01-06", "2025-12-30")
    closes = np.round(5000.0 + walk(days.size), 1)
    closes[100:] = np.round(closes[100:] * 1.06, 3)
    ((session, kind, detail),) = found(days, closes, exchange="XNYS")
    assert (session, kind) == (str(days[100]), "level_shift")
    assert detail.endswith("with more than 1 decimals from here on: as where two sources are joined by level")


def test_a_bad_tick_is_a_jump_taken_back(found: Make) -> None:
    closes = np.round(2000.0 + CLOSES / 10, 1)
    closes[100] *= 1.2
    ((session, kind, detail),) = found(DAYS, closes)
    assert (session, kind) == (str(DAYS[100]), "jump")
    assert detail.endswith("after the market), taken back in the next session")


def test_the_market_is_taken_out_first(history_of: Make, line: Make) -> None:
    market = np.round(walk(DAYS.size, 2) * np.where(np.arange(DAYS.size) >= 100, 0.5, 1.0))
    followers = {f"{code}.T": np.round(market * walk(DAYS.size, code) ** 0.2 / 2) for code in range(7201, 7207)}
    lines = {**{ticker: (DAYS, closes) for ticker, closes in followers.items()}, "1306.T": (DAYS, market)}
    universe = Universe((*(line(each, benchmark="1306.T") for each in followers), line("1306.T", role="benchmark")))
    found = check_prices(history_of(lines), universe)
    # what all share is the market's; only no limit lets shares halve
    assert {finding.kind for finding in found} <= {"beyond_limit"}
    lone = check_prices(history_of({"1306.T": (DAYS, market)}), Universe((line("1306.T", role="benchmark"),)))
    assert [(finding.session, finding.kind) for finding in lone] == [(DAYS[100].item(), "suspected_split")]


def test_a_fault_of_the_benchmark_is_told_once(history_of: Make, line: Make) -> None:
    market = walk(DAYS.size, 2)
    followers = {f"{code}.T": np.round(market * walk(DAYS.size, code) ** 0.2 / 2) for code in range(7201, 7207)}
    spoilt = np.round(np.where(np.arange(DAYS.size) >= 100, market, 2 * market))
    lines = {**{ticker: (DAYS, closes) for ticker, closes in followers.items()}, "1306.T": (DAYS, spoilt)}
    universe = Universe((*(line(each, benchmark="1306.T") for each in followers), line("1306.T", role="benchmark")))
    found = check_prices(history_of(lines), universe)
    assert [(each.ticker, each.session, each.kind) for each in found] == [
        ("1306.T", DAYS[100].item(), "suspected_split")
    ]


def test_a_close_that_splits_beside_an_adjusted_close_that_does_not(history_of: Make, line: Make) -> None:
    history = history_of({"7203.T": (DAYS, CLOSES)})
    frame = history.frames["7203.T"]
    frame["adj_close"] = frame["close"] * 0.95
    frame.iloc[:100, frame.columns.get_loc("close")] *= 5
    (finding,) = check_prices(history, Universe((line("7203.T"),)))
    assert (finding.kind, finding.session) == ("raw_close", DAYS[100].item())
    assert finding.detail.endswith("the closes before are not adjusted, the returns are")


def test_currencies(history_of: Make, line: Make) -> None:
    lines = dict.fromkeys(("A.T", "B.T", "C.T", "D.T"), (DAYS[:3], CLOSES[:3]))
    history = history_of(lines, currencies={"A.T": "JPY", "B.T": "USD", "C.T": "GBP / GBp"})
    universe = Universe(tuple(line(ticker) for ticker in lines))
    assert check_prices(history, universe) == (
        Finding("B.T", None, "currency", "prices are in USD, the universe says JPY"),
        Finding("C.T", None, "currency", "prices are stated in GBP and in GBp"),
    )


def test_lines_without_prices_come_with_the_source_s_reason(history_of: Make, line: Make) -> None:
    history = history_of({"A.T": (DAYS[:3], CLOSES[:3])}, missing={"B.T": "delisted"})
    universe = Universe(tuple(line(ticker) for ticker in ("B.T", "A.T", "C.T")))
    assert check_prices(history, universe) == (
        Finding("B.T", None, "no_prices", "delisted"),
        Finding("C.T", None, "no_prices", "the source was not asked for it"),
    )


def test_many_findings_of_a_kind_are_told_in_one(history_of: Make, line: Make) -> None:
    kept = np.arange(DAYS.size) % 10 != 5
    told = check_prices(history_of({"7203.T": (DAYS[kept], CLOSES[kept])}), Universe((line("7203.T"),)))
    count = int((~kept).sum())
    assert len(told) == count
    (one,) = summed(told)
    assert (one.session, one.kind) == (DAYS[5].item(), "missing_sessions")
    assert one.detail.startswith(f"{count} sessions without a price in {count} stretches, {DAYS[5]} to ")
    assert one.sessions == tuple(DAYS[~kept].tolist())
    assert summed(told[:10]) == told[:10]


@pytest.mark.parametrize("closes", [[], [100.0], [100.0, 101.0], [np.nan] * 5, [0.0] * 5])
def test_thin_series_are_checked_without_ado(found: Make, closes: list[float]) -> None:
    assert {kind for _, kind, _ in found(DAYS[: len(closes)], closes)} <= {"zero_price"}


def test_no_trade_is_told_apart_from_a_hole(history_of: Make, line: Make) -> None:
    closes = CLOSES.copy()
    closes[[50, 51, 90]] = np.nan
    history = history_of({"7203.T": (DAYS, closes)})
    history.frames["7203.T"]["volume"] = np.where(
        np.arange(DAYS.size) == 90, np.nan, np.where(np.isnan(closes), 0, 1e5)
    )
    found = check_prices(history, Universe((line("7203.T"),)))
    assert [(each.kind, each.session) for each in found] == [
        ("missing_sessions", DAYS[90].item()),
        ("no_trade", DAYS[50].item()),
    ]


def test_lines_outside_the_universe_have_the_exchange_of_their_suffix(history_of: Make) -> None:
    kept = np.arange(DAYS.size) != 60
    history = history_of({"7203.T": (DAYS[kept], CLOSES[kept]), "NONE=X": (DAYS[kept], CLOSES[kept] + 0.1)})
    found = check_prices(history, Universe(()))
    assert [(each.ticker, each.kind) for each in found if each.kind != "identical"] == [("7203.T", "missing_sessions")]


def test_nothing_is_changed(history_of: Make, line: Make) -> None:
    history = history_of({"7203.T": (DAYS, np.where(np.arange(DAYS.size) == 50, 0.0, CLOSES))})
    before = history.frames["7203.T"].copy()
    check_prices(history, Universe((line("7203.T"),)))
    pd.testing.assert_frame_equal(history.frames["7203.T"], before)
