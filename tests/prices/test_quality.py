"""Findings: every fault of a spoilt series is found where it is, and sound series have none."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import calendar
from eventstudy.catalogue import Security, Universe, read_universe
from eventstudy.prices.files import FilePrices
from eventstudy.prices.quality import Finding, check_prices
from eventstudy.prices.source import PriceHistory

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
    assert carried == [("2025-05-05", "unknown_session", "a price on a day that is no session, 2025-05-05")]


def test_an_empty_row_on_a_holiday_is_no_finding(found: Make) -> None:
    place = int(np.searchsorted(DAYS, np.datetime64("2025-05-05")))
    assert found(np.insert(DAYS, place, np.datetime64("2025-05-05")), np.insert(CLOSES, place, np.nan)) == []


def test_sessions_stamped_one_day_early_are_told_as_such(history_of: Make, line: Make) -> None:
    days = sessions("XASX", "2025-01-02", "2025-03-31")
    history = history_of({"LYC.AX": (days - np.timedelta64(1, "D"), walk(days.size))})
    findings = {finding.kind: finding for finding in check_prices(history, Universe((line("LYC.AX"),)))}
    assert findings["unknown_session"].detail.endswith(
        "; each is the day before a session, as if stamped with another time zone's date"
    )
    assert findings["unknown_session"].session == date(2025, 1, 1)
    assert set(findings) == {"unknown_session", "missing_sessions"}


def test_five_identical_closes_are_stale_and_four_are_not(found: Make) -> None:
    closes = CLOSES.copy()
    closes[10:14] = 2000.0
    assert found(DAYS, closes) == []
    closes[10:15] = 2000.0
    assert found(DAYS, closes) == [
        (str(DAYS[10]), "stale_run", f"5 identical closes of 2000, {DAYS[10]} to {DAYS[14]}")
    ]


def test_zeros_are_reported_and_count_as_no_trade(found: Make) -> None:
    closes = CLOSES.copy()
    closes[20:22] = 0.0
    assert found(DAYS, closes) == [
        (str(DAYS[20]), "missing_sessions", f"2 sessions without a price, {DAYS[20]} to {DAYS[21]}"),
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


def test_a_stretch_in_another_unit_has_two_edges(found: Make) -> None:
    closes = CLOSES.copy()
    closes[100:120] *= 10
    assert [(session, kind) for session, kind, _ in found(DAYS, closes)] == [
        (str(DAYS[100]), "suspected_split"),
        (str(DAYS[120]), "suspected_split"),
    ]


def test_a_halving_that_is_taken_back_is_a_jump_and_no_split(found: Make) -> None:
    closes = CLOSES.copy()
    closes[100] /= 2
    ((session, kind, detail),) = found(DAYS, closes)
    assert (session, kind) == (str(DAYS[100]), "jump")
    assert detail.endswith(", taken back in the next session")


def test_a_halving_during_the_session_is_a_jump_and_no_split(history_of: Make, line: Make) -> None:
    closes = CLOSES.copy()
    closes[100:] /= 2
    history = history_of({"7203.T": (DAYS, closes)})
    frame = history.frames["7203.T"]
    frame["open"] = frame["close"].shift(1)
    (finding,) = check_prices(history, Universe((line("7203.T"),)))
    assert (finding.kind, finding.session) == ("jump", DAYS[100].item())
    frame.loc[frame.index[100], "open"] /= 2
    (finding,) = check_prices(history, Universe((line("7203.T"),)))
    assert (finding.kind, finding.session) == ("suspected_split", DAYS[100].item())


def test_a_large_move_is_a_jump(found: Make) -> None:
    closes = CLOSES.copy()
    closes[100:] *= 1.45
    ((session, kind, detail),) = found(DAYS, closes)
    assert (session, kind) == (str(DAYS[100]), "jump")
    assert detail.startswith(f"close {closes[99]:.6g} to {closes[100]:.6g} on {DAYS[100]} (+")


def test_a_bad_tick_is_a_jump_taken_back(found: Make) -> None:
    closes = np.round(2000.0 + CLOSES / 10, 1)
    closes[100] *= 1.2
    ((session, kind, detail),) = found(DAYS, closes)
    assert (session, kind) == (str(DAYS[100]), "jump")
    assert detail.endswith("after the market), taken back in the next session")


def test_the_market_is_taken_out_first(history_of: Make, line: Make) -> None:
    crash = np.where(np.arange(DAYS.size) >= 100, 0.55, 1.0)
    market = 1000.0 * crash * walk(DAYS.size, 2) / 2000
    lines = {"7203.T": (DAYS, CLOSES * crash), "1306.T": (DAYS, market)}
    universe = Universe((line("7203.T", benchmark="1306.T"), line("1306.T", role="benchmark")))
    kinds = {(finding.ticker, finding.kind) for finding in check_prices(history_of(lines), universe)}
    assert kinds == {("1306.T", "suspected_split")}


def test_a_close_that_splits_beside_an_adjusted_close_that_does_not(history_of: Make, line: Make) -> None:
    history = history_of({"7203.T": (DAYS, CLOSES)})
    frame = history.frames["7203.T"]
    frame["adj_close"] = frame["close"] * 0.95
    frame.iloc[:100, frame.columns.get_loc("close")] *= 5
    (finding,) = check_prices(history, Universe((line("7203.T"),)))
    assert (finding.kind, finding.session) == ("suspected_split", DAYS[100].item())
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


def test_many_findings_of_a_kind_are_told_in_one(found: Make) -> None:
    kept = np.arange(DAYS.size) % 10 != 5
    ((session, kind, detail),) = found(DAYS[kept], CLOSES[kept])
    assert (session, kind) == (str(DAYS[5]), "missing_sessions")
    count = int((~kept).sum())
    assert detail.startswith(f"{count} sessions without a price in {count} stretches, {DAYS[5]} to ")


@pytest.mark.parametrize("closes", [[], [100.0], [100.0, 101.0], [np.nan] * 5, [0.0] * 5])
def test_thin_series_are_checked_without_ado(found: Make, closes: list[float]) -> None:
    assert {kind for _, kind, _ in found(DAYS[: len(closes)], closes)} <= {"zero_price"}


def test_nothing_is_changed(history_of: Make, line: Make) -> None:
    history = history_of({"7203.T": (DAYS, np.where(np.arange(DAYS.size) == 50, 0.0, CLOSES))})
    before = history.frames["7203.T"].copy()
    check_prices(history, Universe((line("7203.T"),)))
    pd.testing.assert_frame_equal(history.frames["7203.T"], before)


# -- the real file


@pytest.fixture(scope="module")
def real(real_prices: Path, repository: Path) -> tuple[PriceHistory, Universe]:
    universe = read_universe(repository / "universe.csv")
    source = FilePrices(real_prices)
    return source.fetch(source.tickers()), universe


def test_false_alarms_on_the_real_file_are_rare(real: tuple[PriceHistory, Universe]) -> None:
    history, universe = real
    begun = time.process_time()
    findings = check_prices(history, universe)
    assert time.process_time() - begun < 5.0  # under 0.5 s on the machine it was written on
    rows = sum(len(frame) for frame in history.frames.values())
    kinds = Counter(finding.kind for finding in findings if finding.kind != "no_prices")
    assert kinds["jump"] + kinds["suspected_split"] + kinds["stale_run"] < rows / 10_000
    # funds that did not trade every day, a holiday carried forward, an ASX day that was lost in joining
    holiday = Finding("^N225", date(2018, 7, 16), "unknown_session", "a price on a day that is no session, 2018-07-16")
    assert holiday in findings
    lost = {finding.ticker for finding in findings if finding.kind == "missing_sessions"}
    assert lost <= {"^AXJO", *(f"{code}.T" for code in range(1617, 1634))}


@pytest.mark.parametrize(("ticker", "factor"), [("7203.T", 5.0), ("6501.T", 0.2), ("MP", 2.0), ("LYC.AX", 10.0)])
def test_a_split_undone_in_the_real_file_is_located(
    real: tuple[PriceHistory, Universe], ticker: str, factor: float
) -> None:
    history, universe = real
    benchmarks = {security.benchmark for security in universe}
    frames = {name: frame for name, frame in history.frames.items() if name in benchmarks | {ticker}}
    frame = frames[ticker].copy()
    column = "adj_close" if frame["adj_close"].notna().any() else "close"
    middle = int(np.searchsorted(frame.index, pd.Timestamp("2025-03-10")))
    frame.iloc[:middle, frame.columns.get_loc(column)] *= factor
    spoilt = PriceHistory({**frames, ticker: frame}, {}, history.snapshot)

    def splits(of: PriceHistory) -> set[tuple[str, date | None]]:
        known: tuple[Security, ...] = tuple(s for s in universe if s.ticker in of.frames)
        return {(f.ticker, f.session) for f in check_prices(of, Universe(known)) if f.kind == "suspected_split"}

    clean = splits(PriceHistory(frames, {}, history.snapshot))
    assert splits(spoilt) - clean == {(ticker, frame.index[middle].date())}
