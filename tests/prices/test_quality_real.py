"""Findings on real prices: few on the file as it is, and every fault put into a copy is found where it is.

The file is ``real_prices`` of the shared data; its README tells its true oddities.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import calendar
from eventstudy.catalogue import Universe, read_universe
from eventstudy.prices.files import FilePrices
from eventstudy.prices.quality import FACTS, Finding, check_levels, check_prices
from eventstudy.prices.quality.series import Series, read_series
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory

Frames = dict[str, pd.DataFrame]

# Moves that the market made and a check doubts: each was looked at, and nothing but its size speaks against it.
FALSE_ALARMS = {
    # the news of a day, with nothing unusual after it or no more volume than usual
    ("LMT", "2021-10-26", "level_shift"),
    ("2802.T", "2020-07-31", "level_shift"),
    ("4519.T", "2025-08-08", "level_shift"),
    ("4523.T", "2020-11-09", "level_shift"),
    ("6701.T", "2023-05-01", "level_shift"),
    ("7004.T", "2025-11-07", "level_shift"),
    ("7203.T", "2023-05-24", "level_shift"),
    ("1632.T", "2024-08-06", "level_shift"),  # a thin fund, the day after the crash
    # a new number of decimals, by chance on the day of a large move
    ("7205.T", "2023-05-31", "level_shift"),
    ("ILU.AX", "2025-09-10", "level_shift"),
    ("6361.T", "2019-10-18", "level_shift"),
    ("6361.T", "2024-02-15", "level_shift"),
    ("6758.T", "2022-11-02", "level_shift"),
    ("8309.T", "2020-11-10", "level_shift"),
    # small shares that rise by half, double or halve in a day
    ("MP", "2025-07-10", "jump"),  # the Department of Defense buys in
    ("ARU.AX", "2024-03-14", "jump"),
    ("UUUU", "2019-07-12", "jump"),
    ("AXTI", "2024-04-04", "jump"),
    ("TMQ", "2022-02-23", "suspected_split"),
    ("TMQ", "2024-11-06", "level_shift"),
    ("TMQ", "2025-10-07", "suspected_split"),  # the United States takes a stake
    ("UAMY", "2020-10-07", "suspected_split"),
    ("UAMY", "2021-02-10", "suspected_split"),
    ("AREC", "2018-03-01", "suspected_split"),
    ("AREC", "2019-02-15", "suspected_split"),
    ("AREC", "2025-04-16", "suspected_split"),
}
TRUE_ODDITIES = {
    ("^N225", "2018-07-16", "unknown_session"),  # Marine Day, the close of the Friday before
    ("^AXJO", "2025-10-24", "missing_sessions"),  # lost in splicing
    ("UAMY", "2023-12-19", "stale_run"),  # 15 closes of 0.25
    ("AREC", "2018-01-02", "stale_run"),  # 40 closes of 0.05, before its listing
}
LIMITS_OF_6330 = {
    "2025-12-29": 1, "2026-01-07": 1, "2026-01-13": 1, "2026-01-14": 1, "2026-01-15": 1, "2026-01-20": -1,
    "2026-01-23": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def universe(repository: Path) -> Universe:
    return read_universe(repository / "universe.csv")


@pytest.fixture(scope="module")
def real(real_prices: Path) -> PriceHistory:
    source = FilePrices(real_prices)
    return source.fetch(source.tickers())


@pytest.fixture(scope="module")
def clean(real: PriceHistory, universe: Universe) -> tuple[Finding, ...]:
    begun = time.process_time()
    findings = check_prices(real, universe)
    assert time.process_time() - begun < 8.0  # 1.5 s on the machine it was written on
    return findings


def alarms(findings: Iterable[Finding]) -> set[tuple[str, str, str]]:
    return {(each.ticker, str(each.session), each.kind) for each in findings if each.kind not in FACTS}


# -- the file as it is


def test_false_alarms_are_fewer_than_one_in_ten_thousand_rows(real: PriceHistory, clean: tuple[Finding, ...]) -> None:
    assert alarms(clean) == FALSE_ALARMS | TRUE_ODDITIES
    rows = sum(len(frame) for frame in real.frames.values())
    assert rows == 535_754
    assert len(FALSE_ALARMS) < rows / 10_000


def test_facts_of_the_file(real: PriceHistory, universe: Universe, clean: tuple[Finding, ...]) -> None:
    counts = Counter(finding.kind for finding in clean)
    assert counts["no_prices"] == sum(line.ticker not in real.frames for line in universe)
    # funds on which nothing traded; the file says so with a volume of zero
    idle = {finding.ticker for finding in clean if finding.kind == "no_trade"}
    assert idle == {f"{code}.T" for code in range(1617, 1634)}
    for finding in clean:
        if finding.kind == "no_trade":
            assert (real.frames[finding.ticker].loc[pd.DatetimeIndex(finding.sessions), "volume"] == 0).all()
    # the crash of 5 August 2024 and the day after: every one to the yen
    limits = [finding for finding in clean if finding.kind == "limit_close"]
    assert len(limits) == 145
    assert Counter(str(finding.session) for finding in limits).most_common(2) == [("2024-08-05", 16), ("2024-08-06", 8)]


def test_the_limit_closes_of_toyo_engineering(clean: tuple[Finding, ...]) -> None:
    found = {
        str(finding.session): finding.detail
        for finding in clean
        if finding.ticker == "6330.T" and finding.kind == "limit_close" and str(finding.session) > "2025-12-01"
    }
    assert set(found) == set(LIMITS_OF_6330)
    for session, side in LIMITS_OF_6330.items():
        assert found[session].startswith(f"closed at its {'upper' if side > 0 else 'lower'} limit: ")
    assert found["2026-01-20"].endswith("6630 to 5630, -1000 where the band is 1000")
    # 5,475 lies between two ticks of ten yen
    beyond = "4775 to 5480, +705 where the band is 700, 5 beyond it: rounded up to the tick"
    assert found["2026-01-23"].endswith(beyond)
    assert {session for session, detail in found.items() if "beyond" in detail} == {
        "2025-12-29",  # 2716 + 500 = 3216, tick of five
        "2026-01-13",  # 4665 + 700 = 5365
        "2026-01-23",
    }


# -- copies of it, spoilt

Spoil = Callable[..., tuple[set[tuple[str, str, str]], tuple[Finding, ...]]]
COMPANY = ("1306.T", "^GSPC", "^AXJO", "1622.T", "1623.T", "1621.T", "7267.T", "8058.T", "LMT", "UUUU")


@pytest.fixture(scope="module")
def spoil(real: PriceHistory, universe: Universe) -> Spoil:
    """The alarms that a spoilt copy has and the sound one has not; a few other lines stand beside the spoilt."""
    sound: dict[tuple[str, ...], set[tuple[str, str, str]]] = {}

    def check(
        changed: Mapping[str, pd.DataFrame], currencies: Mapping[str, str] | None = None
    ) -> tuple[set[tuple[str, str, str]], tuple[Finding, ...]]:
        names = tuple(dict.fromkeys((*COMPANY, *changed)))
        known = Universe(tuple(line for line in universe if line.ticker in names))
        frames = {name: real.frames[name] for name in names if name in real.frames}
        if names not in sound:
            sound[names] = alarms(check_prices(PriceHistory(frames, {}, real.snapshot), known))
        history = PriceHistory({**frames, **changed}, {}, real.snapshot, currencies=dict(currencies or {}))
        found = check_prices(history, known)
        return alarms(found) - sound[names], found

    return check


def times(frame: pd.DataFrame, factor: float, rows: slice, columns: tuple[str, ...] = PRICE_COLUMNS) -> pd.DataFrame:
    """A copy with prices multiplied on some rows; volume stays."""
    copy = frame.copy()
    for name in columns:
        if name != "volume":
            copy.iloc[rows, copy.columns.get_loc(name)] *= factor
    return copy


def place(frame: pd.DataFrame, day: str) -> int:
    return int(frame.index.searchsorted(pd.Timestamp(day)))


def day_of(frame: pd.DataFrame, row: int) -> str:
    return str(frame.index[row].date())


@pytest.mark.parametrize(
    ("ticker", "day", "ratios"),
    [
        ("7203.T", "2021-09-29", (5, 0.2)), ("6330.T", "2025-12-30", (2, 0.5)), ("LYC.AX", "2025-10-13", (10, 1 / 3)),
        ("USAR", "2025-06-02", (2, 0.1)), ("AREC", "2024-03-07", (3, 0.5)), ("8306.T", "2020-03-13", (2, 0.5)),
        ("SPY", "2020-03-16", (2, 0.1)), ("1630.T", "2019-05-08", (10, 0.2)), ("1306.T", "2024-08-05", (2, 10)),
    ],
)  # fmt: skip
def test_a_split_or_a_consolidation_undone(
    spoil: Spoil, real: PriceHistory, ticker: str, day: str, ratios: tuple[float, ...]
) -> None:
    frame = real.frames[ticker]
    row = place(frame, day)
    for ratio in ratios:
        new, found = spoil({ticker: times(frame, ratio, slice(None, row))})
        assert (ticker, day_of(frame, row), "suspected_split") in new
        (told,) = [each for each in found if (each.ticker, str(each.session)) == (ticker, day_of(frame, row))]
        words = f"{ratio:g} to 1" if ratio > 1 else f"1 to {1 / ratio:g}"
        assert told.detail.endswith(f", like a split of {words} that was not adjusted")


@pytest.mark.parametrize(
    ("ticker", "day", "ratio"),
    [("6501.T", "2018-09-26", 0.2), ("6702.T", "2018-09-26", 0.1), ("8233.T", "2018-08-29", 0.5)],
)
@pytest.mark.parametrize("columns", [PRICE_COLUMNS, ("close",)])
def test_consolidations_that_a_source_had_left_unadjusted(
    spoil: Spoil, real: PriceHistory, ticker: str, day: str, ratio: float, columns: tuple[str, ...]
) -> None:
    frame = real.frames[ticker]
    new, found = spoil({ticker: times(frame, ratio, slice(None, place(frame, day)), columns)})
    assert new == {(ticker, day, "suspected_split")}
    (told,) = [each for each in found if (each.ticker, str(each.session)) == (ticker, day)]
    assert ("while the opens went on" in told.detail) == (columns == ("close",))


@pytest.mark.parametrize(("ticker", "day"), [("7267.T", "2022-06-15"), ("9984.T", "2019-08-21"), ("LMT", "2021-06-01")])
@pytest.mark.parametrize("ratio", [1.5, 1 / 1.5])
def test_three_for_two_in_a_share_that_does_not_move_so(
    spoil: Spoil, real: PriceHistory, ticker: str, day: str, ratio: float
) -> None:
    frame = real.frames[ticker]
    new, _ = spoil({ticker: times(frame, ratio, slice(None, place(frame, day)))})
    assert {(each[0], each[1]) for each in new} == {(ticker, day)}


@pytest.mark.parametrize(("length", "factor"), [(1, 10), (2, 0.1), (5, 100), (60, 10), (60, 0.01)])
@pytest.mark.parametrize(
    ("ticker", "day"),
    [("6330.T", "2025-10-15"), ("MP", "2022-04-04"), ("7186.T", "2023-03-13"), ("CRML", "2025-03-05")],
)
def test_a_stretch_in_another_unit(
    spoil: Spoil, real: PriceHistory, ticker: str, day: str, length: int, factor: float
) -> None:
    frame = real.frames[ticker]
    row = place(frame, day)
    new, found = spoil({ticker: times(frame, factor, slice(row, row + length))})
    assert {each for each in new if each[2] != "beyond_limit"} == {(ticker, day_of(frame, row), "stretch")}
    (told,) = [each for each in found if each.ticker == ticker and each.kind == "stretch"]
    assert [str(each) for each in told.sessions] == [day_of(frame, each) for each in range(row, row + length)]
    how = f"{factor:g} times higher" if factor > 1 else f"{1 / factor:g} times lower"
    assert told.detail.endswith(f", {how} than before and after")


@pytest.mark.parametrize("ticker", ["1617.T", "1628.T", "6330.T", "CRML", "ARU.AX"])
def test_days_without_trade_stored_as_zero(spoil: Spoil, real: PriceHistory, ticker: str) -> None:
    frame = real.frames[ticker].copy()
    column = "adj_close" if frame["adj_close"].notna().any() else "close"
    idle = np.flatnonzero(frame[column].isna())
    rows = idle if idle.size else np.array([50, 51, 200])
    for name in ("open", "close", "adj_close"):
        if frame[name].notna().any():
            frame.iloc[rows, frame.columns.get_loc(name)] = 0.0
    _, found = spoil({ticker: frame})
    zeros = [each for each in found if each.ticker == ticker and each.kind == "zero_price"]
    assert [str(day) for each in zeros for day in each.sessions] == [day_of(frame, row) for row in rows]
    assert not [each for each in found if each.ticker == ticker and each.kind in ("missing_sessions", "no_trade")]


@pytest.mark.parametrize(
    ("ticker", "seed"),
    [("7203.T", 1), ("7203.T", 2), ("1332.T", 3), ("MP", 4), ("SPY", 5), ("LYC.AX", 6), ("1630.T", 7), ("^GSPC", 8)],
)
def test_a_holiday_carried_forward(spoil: Spoil, real: PriceHistory, ticker: str, seed: int) -> None:
    frame = real.frames[ticker]
    mic = {"T": "XTKS", "AX": "XASX"}.get(ticker.rpartition(".")[2], "XNYS")
    days = np.arange(frame.index[30], frame.index[-1], dtype="datetime64[D]")
    holidays = days[np.is_busday(days) & ~np.isin(days, calendar(mic).sessions)]
    day = np.random.default_rng(seed).choice(holidays)
    before = frame.loc[:day].dropna(how="all", subset=["close", "adj_close"]).iloc[-1]
    carried = pd.concat([frame, before.to_frame(pd.Timestamp(day)).T]).sort_index().rename_axis("date")
    new, found = spoil({ticker: carried})
    assert new == {(ticker, str(day), "unknown_session")}
    (told,) = [each for each in found if each.ticker == ticker and str(each.session) == str(day)]
    assert told.detail.endswith("the price of the session before, carried forward")


@pytest.mark.parametrize("ticker", ["LYC.AX", "ILU.AX", "ARU.AX", "^AXJO"])
def test_sydney_s_summer_sessions_stamped_one_day_early(spoil: Spoil, real: PriceHistory, ticker: str) -> None:
    frame = real.frames[ticker]
    local = frame.index.tz_localize("Australia/Sydney") + pd.Timedelta(hours=10)
    stamped = local.tz_convert("UTC").tz_localize(None).normalize()
    early = stamped != frame.index
    assert 0.3 < early.mean() < 0.8
    new, found = spoil({ticker: frame.set_axis(stamped.rename("date"), axis=0)})
    shifts = [each for each in found if each.ticker == ticker and each.kind == "shifted_dates"]
    assert [day for each in shifts for day in each.sessions] == [day.date() for day in stamped[early]]
    # the jump of ARU.AX is a day early as well
    assert {each[2] for each in new if each[0] == ticker} <= {"shifted_dates", "missing_sessions", "jump"}
    assert all("stamped one day early" in each.detail for each in shifts)
    # the day lost in splicing ^AXJO is still told, and nothing else is
    missing = [each.session for each in found if each.ticker == ticker and each.kind == "missing_sessions"]
    assert missing == ([date(2025, 10, 24)] if ticker == "^AXJO" else [])


def test_sessions_stamped_one_day_late(spoil: Spoil, real: PriceHistory) -> None:
    frame = real.frames["LMT"]
    rows = (frame.index >= "2024-03-11") & (frame.index <= "2024-11-01")
    index = frame.index.where(~rows, frame.index + pd.Timedelta(days=1))
    new, found = spoil({"LMT": frame.set_axis(index.rename("date"), axis=0)})
    (shift,) = [each for each in found if each.kind == "shifted_dates"]
    assert new == {("LMT", "2024-03-12", "shifted_dates")}
    assert shift.sessions == tuple(day.date() for day in index[rows])


@pytest.mark.parametrize(
    ("ticker", "day", "factor"),
    [
        ("7203.T", "2022-09-07", 1.07), ("4502.T", "2023-06-14", 0.93), ("9432.T", "2022-09-07", 1.05),
        ("6330.T", "2023-02-22", 1.2), ("SPY", "2023-05-17", 1.07), ("EWJ", "2022-03-01", 0.93),
        ("1605.T", "2023-09-12", 1.15), ("LYC.AX", "2024-11-20", 1.12), ("GM", "2022-09-07", 1.07),
        ("^N225", "2023-05-17", 0.9), ("1306.T", "2021-06-15", 1.07), ("8306.T", "2021-11-17", 1.25),
    ],
)  # fmt: skip
def test_two_sources_joined_by_level(spoil: Spoil, real: PriceHistory, ticker: str, day: str, factor: float) -> None:
    frame = real.frames[ticker]
    row = place(frame, day)
    new, _ = spoil({ticker: times(frame, factor, slice(row, None))})
    # the latest closes of a Tokyo share then stand between the ticks, which is told too
    assert {each for each in new if each[2] != "currency"} == {(ticker, day, "level_shift")}


@pytest.mark.parametrize("ticker", ["7203.T", "6330.T", "5715.T"])
def test_a_join_in_one_column_is_seen_in_the_other(spoil: Spoil, real: PriceHistory, ticker: str) -> None:
    frame = real.frames[ticker]
    row = place(frame, "2023-02-22")
    new, found = spoil({ticker: times(frame, 1.09, slice(row, None), ("close",)).round(0)})
    assert (ticker, "2023-02-22", "level_shift") in new
    (told,) = [each for each in found if each.ticker == ticker and str(each.session) == "2023-02-22"]
    assert "while the opens went on" in told.detail


def changed_places(real: PriceHistory, one: str, two: str, first: str, last: str = "2100-01-01") -> Frames:
    """Two frames that exchange their rows from ``first`` to before ``last``."""
    frames = {}
    for name, other in ((one, two), (two, one)):
        own, its = real.frames[name], real.frames[other]
        parts = [
            own.loc[: pd.Timestamp(first) - pd.Timedelta(days=1)],
            its.loc[first : pd.Timestamp(last) - pd.Timedelta(days=1)],
        ]
        frames[name] = pd.concat([*parts, own.loc[last:]])
    return frames


@pytest.mark.parametrize(
    ("one", "two", "day"),
    [
        ("7203.T", "7267.T", "2024-05-14"), ("6330.T", "5715.T", "2024-03-06"), ("MP", "UUUU", "2023-08-02"),
        ("LYC.AX", "ILU.AX", "2025-03-18"), ("8306.T", "8316.T", "2020-03-13"), ("SPY", "QQQ", "2022-06-01"),
        ("1622.T", "1623.T", "2021-02-02"), ("AREC", "TMQ", "2024-02-06"),
    ],
)  # fmt: skip
def test_two_tickers_swapped_from_a_day_on(spoil: Spoil, real: PriceHistory, one: str, two: str, day: str) -> None:
    new, found = spoil(changed_places(real, one, two, day))
    assert {each for each in new if each[1] == day} == {(one, day, "swapped"), (two, day, "swapped")}
    for name, other in ((one, two), (two, one)):
        (told,) = [each for each in found if each.ticker == name and each.kind == "swapped"]
        assert f"the level that {other} had" in told.detail


def test_two_tickers_swapped_for_some_weeks(spoil: Spoil, real: PriceHistory) -> None:
    new, _ = spoil(changed_places(real, "7203.T", "6501.T", "2023-02-01", "2023-04-03"))
    assert new == {(name, day, "swapped") for name in ("7203.T", "6501.T") for day in ("2023-02-01", "2023-04-03")}


@pytest.mark.parametrize(("one", "two"), [("7203.T", "4502.T"), ("5713.T", "8031.T"), ("6902.T", "9020.T")])
def test_two_tickers_swapped_throughout_move_with_the_wrong_sector(
    real: PriceHistory, universe: Universe, one: str, two: str
) -> None:
    chosen = (one, two, "1306.T", "7267.T", "8058.T", *(f"{code}.T" for code in range(1617, 1634)))
    lines = tuple(line for line in universe if line.ticker in chosen)
    frames = {line.ticker: real.frames[line.ticker] for line in lines}
    assert not [
        each
        for each in check_prices(PriceHistory(frames, {}, real.snapshot), Universe(lines))
        if each.kind == "swapped"
    ]
    frames[one], frames[two] = frames[two], frames[one]
    found = check_prices(PriceHistory(frames, {}, real.snapshot), Universe(lines))
    swapped = {each.ticker: each for each in found if each.kind == "swapped"}
    assert set(swapped) == {one, two}
    assert swapped[one].session is None
    assert f"the sector of {two}" in swapped[one].detail


@pytest.mark.parametrize("first", ["2018-01-01", "2023-06-01"])
def test_two_tickers_swapped_across_exchanges_have_the_wrong_holidays(
    spoil: Spoil, real: PriceHistory, first: str
) -> None:
    frames = changed_places(real, "7203.T", "LMT", first)
    frames["7203.T"] = frames["7203.T"].assign(
        close=lambda frame: frame["close"].fillna(frame["adj_close"]), adj_close=np.nan
    )
    frames["LMT"] = frames["LMT"].assign(
        adj_close=lambda frame: frame["adj_close"].fillna(frame["close"]), close=np.nan
    )
    _, found = spoil(frames)
    told = {each.ticker: each for each in found if each.kind == "other_calendar"}
    assert told["7203.T"].detail.endswith("the dates are those of New York")
    assert told["LMT"].detail.endswith("the dates are those of Tokyo")
    assert str(told["7203.T"].session) >= first
    if first == "2023-06-01":
        assert str(told["7203.T"].session) < "2023-06-25"  # 19 June closed New York


@pytest.mark.parametrize(("factor", "decimals"), [(1.0, 4), (3.7, 1), (0.11, 2)])
def test_one_series_under_two_tickers(spoil: Spoil, real: PriceHistory, factor: float, decimals: int) -> None:
    frame = real.frames["7203.T"]
    new, found = spoil({"7203.T": frame, "7011.T": times(frame, factor, slice(None)).round(decimals)})
    assert {("7203.T", "2018-01-04", "identical"), ("7011.T", "2018-01-04", "identical")} <= new
    (told,) = [each for each in found if each.ticker == "7011.T" and each.kind == "identical"]
    level = "the prices" if factor == 1 else f"the returns, at {factor:g} times the level,"
    assert told.detail.startswith(f"{level} of 7203.T on ")
    assert told.sessions[-1] == date(2026, 2, 6)


def test_one_series_under_two_tickers_for_a_season(spoil: Spoil, real: PriceHistory) -> None:
    own = real.frames["7011.T"].copy()
    season = (own.index >= "2022-03-01") & (own.index <= "2022-09-30")
    own[season] = real.frames["7203.T"][season]
    _, found = spoil({"7203.T": real.frames["7203.T"], "7011.T": own})
    told = {each.ticker: each.sessions for each in found if each.kind == "identical"}
    assert set(told) == {"7203.T", "7011.T"}
    assert (told["7011.T"][0], told["7011.T"][-1]) == (date(2022, 3, 1), date(2022, 9, 30))


def test_a_series_of_another_listing_is_in_another_currency(spoil: Spoil, real: PriceHistory) -> None:
    same = {"LMT": real.frames["LMT"], "MP": real.frames["LMT"]}
    new, found = spoil(same, currencies={"LMT": "USD", "MP": "AUD"})
    assert ("MP", "2018-01-02", "currency") in new
    details = [each.detail for each in found if each.ticker == "MP" and each.kind == "currency"]
    assert "stated in AUD, at the level of LMT, which is in USD" in details


@pytest.mark.parametrize(("ticker", "factor", "words"), [
    ("7203.T", 1 / 148.0, "148 times lower"), ("LMT", 0.01, "100 times lower"), ("LMT", 100.0, "100 times higher"),
    ("8306.T", 1 / 109.0, "109 times lower"),
])  # fmt: skip
def test_another_currency_or_unit_from_a_day_on(
    spoil: Spoil, real: PriceHistory, ticker: str, factor: float, words: str
) -> None:
    frame = real.frames[ticker]
    row = place(frame, "2023-11-15")
    new, found = spoil({ticker: times(frame, factor, slice(row, None))})
    assert {each for each in new if each[2] != "stale_run"} == {(ticker, "2023-11-15", "currency")}
    told = [each for each in found if each.ticker == ticker and str(each.session) == "2023-11-15"]
    assert any("as between two units or currencies" in each.detail for each in told)


def test_closes_between_the_ticks_of_the_exchange(spoil: Spoil, real: PriceHistory) -> None:
    frame = real.frames["7203.T"]
    new, found = spoil({"7203.T": times(frame, 1 / 151.3, slice(None))})
    assert new == {("7203.T", "2018-01-04", "currency")}
    (told,) = [each for each in found if each.ticker == "7203.T" and each.kind == "currency"]
    assert "stand between the exchange's ticks" in told.detail


@pytest.mark.parametrize("ticker", ["1630.T", "6330.T"])
def test_prices_on_days_without_volume(spoil: Spoil, real: PriceHistory, ticker: str) -> None:
    frame = real.frames[ticker].copy()
    frame.iloc[100:104, frame.columns.get_loc("volume")] = 0
    sessions = calendar("XTKS").sessions
    idle = frame.index[(frame["volume"] == 0) & np.isin(frame.index.to_numpy().astype("datetime64[D]"), sessions)]
    frame.loc[idle, "close"] = frame["close"].ffill().loc[idle]
    new, found = spoil({ticker: frame})
    told = [each for each in found if each.ticker == ticker and each.kind == "zero_volume"]
    assert [day for each in told for day in each.sessions] == [day.date() for day in idle]
    assert {each[2] for each in new} <= {"zero_volume", "stale_run"}


# -- how often, at random

TRIALS = 1_000


@pytest.fixture(scope="module")
def random_faults(real: PriceHistory, universe: Universe) -> Callable[..., float]:
    """The share of faults at random places, one ticker at a time, that are found at their session."""
    series = read_series(real, universe)

    def spoilt(one: Series, factor: float, rows: slice, columns: tuple[str, ...]) -> Series:
        prices = {name: values.copy() for name, values in one.columns.items()}
        for name in columns:
            prices[name][rows] *= factor
        return replace(one, columns=prices)

    def rate(
        where: Callable[[Series], bool],
        factor: float,
        rows: Callable[[int, np.random.Generator], slice],
        columns: tuple[str, ...] = ("open", "high", "low", "close", "adj_close"),
    ) -> float:
        rng = np.random.default_rng(20260107)
        chosen = [each for each in series.values() if where(each)]
        found = 0
        for _ in range(TRIALS):
            one = chosen[rng.integers(len(chosen))]
            traded = np.flatnonzero(one.traded)
            row = int(traded[rng.integers(70, traded.size - 70)])
            told = check_levels(spoilt(one, factor, rows(row, rng), columns))
            day = one.all_days[row].item()
            # a close that is at the limit by chance is a fact, and no finding
            found += any(each.kind != "limit_close" and each.session == day for each in told)
        return found / TRIALS

    return rate


def before(row: int, _: np.random.Generator) -> slice:
    return slice(None, row)


def onward(row: int, _: np.random.Generator) -> slice:
    return slice(row, None)


def some_weeks(row: int, rng: np.random.Generator) -> slice:
    return slice(row, row + int(rng.integers(1, 61)))


def everything(_: Series) -> bool:
    return True


def with_volume(series: Series) -> bool:
    return bool(np.isfinite(series.columns["volume"]).any())


def closes_alone(series: Series) -> bool:
    return not with_volume(series)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "factor", "rows", "least"),
    [
        *((everything, ratio, before, 0.98) for ratio in (2, 3, 5, 10, 0.5, 1 / 3, 0.2, 0.1)),
        (everything, 1.5, before, 0.96),
        (everything, 1 / 1.5, before, 0.96),
        (everything, 10, some_weeks, 0.98),
        (everything, 0.1, some_weeks, 0.98),
        (everything, 100, some_weeks, 0.98),
        (with_volume, 1.07, onward, 0.55),
        (with_volume, 1.2, onward, 0.90),
        (closes_alone, 1.07, onward, 0.40),
        (closes_alone, 1.2, onward, 0.65),
    ],
)
def test_how_many_faults_of_level_are_found(
    random_faults: Callable[..., float],
    where: Callable[[Series], bool],
    factor: float,
    rows: Callable[[int, np.random.Generator], slice],
    least: float,
) -> None:
    assert random_faults(where, factor, rows) >= least


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "least"), [(1.07, 0.75), (1.2, 0.97)])
def test_how_many_joins_of_one_column_are_found(
    random_faults: Callable[..., float], factor: float, least: float
) -> None:
    assert random_faults(with_volume, factor, onward, ("close",)) >= least


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".T", ""])
def test_how_many_swaps_from_a_day_on_are_found(real: PriceHistory, universe: Universe, suffix: str) -> None:
    rng = np.random.default_rng(20260107)
    pool = [name for name in real.frames if name.endswith(".T") == bool(suffix) and name.isalpha() != bool(suffix)]
    found = 0
    for _ in range(TRIALS // 2):
        one, two = (str(name) for name in rng.choice(pool, 2, replace=False))
        shared = real.frames[one].index.intersection(real.frames[two].index)
        day = str(shared[rng.integers(70, len(shared) - 70)].date())
        swapped = changed_places(real, one, two, day)
        names = {*swapped, "1306.T", "^GSPC"}
        history = PriceHistory({**{name: real.frames[name] for name in names}, **swapped}, {}, real.snapshot)
        told = check_prices(history, Universe(tuple(line for line in universe if line.ticker in names)))
        found += {(one, day), (two, day)} <= {
            (each.ticker, str(each.session)) for each in told if each.kind == "swapped"
        }
    assert found >= 0.8 * (TRIALS // 2)


@pytest.mark.slow
def test_how_many_swaps_across_sectors_are_found(real: PriceHistory, universe: Universe) -> None:
    rng = np.random.default_rng(20260107)
    lines = [line for line in universe if line.sector_benchmark in real.frames and line.ticker in real.frames]
    lines = [line for line in lines if line.role != "benchmark"]
    funds = {line.sector_benchmark for line in lines}
    found = trials = 0
    while trials < 50:
        one, two = (lines[place] for place in rng.choice(len(lines), 2, replace=False))
        if one.sector_benchmark == two.sector_benchmark:
            continue
        trials += 1
        names = {one.ticker, two.ticker, "1306.T", *funds}
        frames = {name: real.frames[name] for name in names}
        frames[one.ticker], frames[two.ticker] = frames[two.ticker], frames[one.ticker]
        told = check_prices(
            PriceHistory(frames, {}, real.snapshot), Universe(tuple(line for line in universe if line.ticker in names))
        )
        found += {one.ticker, two.ticker} <= {each.ticker for each in told if each.kind == "swapped"}
    assert found >= 0.7 * trials
