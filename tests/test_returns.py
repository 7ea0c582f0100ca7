"""Prices to returns, by hand: three securities and a few sessions of Tokyo in February 2026."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import calendar
from eventstudy.catalogue import Universe, read_universe
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory, Snapshot
from eventstudy.returns import ReturnTable, price_on_sessions, returns_from_frame, returns_from_prices

# a handful of multiplications in double precision
CLOSE = 1e-14

# Tokyo kept Wednesday 11 February 2026 as a holiday: the sessions are 5, 6, 9, 10, 12, 13
SESSIONS = ("2026-02-05", "2026-02-06", "2026-02-09", "2026-02-10", "2026-02-12", "2026-02-13")
# the market rises 1% a session, then 5%, then falls 2%
MARKET = (1000.0, 1010.0, 1020.1, 1030.301, 1081.81605, 1060.179729)


def history(close: dict[str, tuple[float, ...]], dates: tuple[str, ...] = SESSIONS, **columns) -> PriceHistory:
    """Closes by ticker on the six sessions; NaN is an empty cell."""
    frames = {}
    for ticker, values in close.items():
        index = pd.DatetimeIndex(list(dates[: len(values)]), name="date")
        frame = pd.DataFrame(np.nan, index=index, columns=list(PRICE_COLUMNS))
        frame["close"] = np.array(values, dtype=float)
        for name, other in columns.items():
            if ticker in other:
                frame[name] = np.array(other[ticker], dtype=float)
        frames[ticker] = frame
    return PriceHistory(frames, {}, Snapshot("test", "", "", "0" * 64))


@pytest.fixture(scope="module")
def universe(tmp_path_factory) -> Universe:
    path = tmp_path_factory.mktemp("universe") / "universe.csv"
    path.write_text(
        "ticker,name,exchange,currency,sector,role,benchmark,sector_benchmark,exposure_note,first_trade,last_trade,"
        "listing_note,source_url\n"
        "1306.T,Market,XTKS,JPY,Benchmarks,benchmark,,,,,,,\n"
        "1622.T,Autos,XTKS,JPY,Benchmarks,benchmark,,,,,,,\n"
        "A.T,A,XTKS,JPY,Autos,exposed,1306.T,1622.T,,,,,\n"
        "B.T,B,XTKS,JPY,Autos,exposed,1306.T,,,,,,\n"
        "C.T,C,XTKS,JPY,Autos,exposed,1306.T,1622.T,,,,,\n",
        encoding="utf-8",
    )
    return read_universe(path)


def on_sessions(table: ReturnTable, ticker: str, values: np.ndarray) -> np.ndarray:
    """A row of the table on the six sessions."""
    first = int(np.searchsorted(table.sessions["XTKS"], np.datetime64(SESSIONS[0])))
    return values[table.row(ticker), first : first + len(SESSIONS)]


def made(universe: Universe, prices: PriceHistory, names=("A.T",), regressors=("market",), **options) -> ReturnTable:
    return returns_from_prices(prices, universe, [universe.get(name) for name in names], regressors, **options)


NAN = float("nan")


def test_simple_and_log_returns(universe):
    prices = history({"A.T": (100, 110, 99, 99, 118.8, 118.8), "1306.T": MARKET})
    simple, log = made(universe, prices), made(universe, prices, kind="log")
    np.testing.assert_allclose(
        on_sessions(simple, "A.T", simple.returns), [NAN, 0.1, -0.1, 0.0, 0.2, 0.0], rtol=CLOSE, atol=CLOSE
    )
    np.testing.assert_allclose(
        on_sessions(simple, "A.T", simple.regressors[:, :, 0]), [NAN, 0.01, 0.01, 0.01, 0.05, -0.02], rtol=1e-12
    )
    np.testing.assert_allclose(
        on_sessions(log, "A.T", log.returns),
        [NAN, np.log(1.1), np.log(0.9), 0.0, np.log(1.2), 0.0],
        rtol=CLOSE, atol=1e-15,
    )  # fmt: skip
    # log returns take the log of the market too
    np.testing.assert_allclose(on_sessions(log, "A.T", log.regressors[:, :, 0])[1], np.log(1.01), rtol=1e-12)
    assert on_sessions(simple, "A.T", simple.span).tolist() == [0, 1, 1, 1, 1, 1]


def test_a_return_after_a_gap_spans_it_and_so_does_the_market(universe):
    # no price on the 9th and 10th: one return over three sessions, 118.8/110 - 1 = 0.08, market 1.01 * 1.01 * 1.05 - 1
    prices = history({"A.T": (100, 110, NAN, NAN, 118.8, 99), "1306.T": MARKET})
    table = made(universe, prices)
    np.testing.assert_allclose(
        on_sessions(table, "A.T", table.returns), [NAN, 0.1, NAN, NAN, 0.08, 99 / 118.8 - 1], rtol=1e-13
    )
    assert on_sessions(table, "A.T", table.span).tolist() == [0, 1, 0, 0, 3, 1]
    market = on_sessions(table, "A.T", table.regressors[:, :, 0])
    np.testing.assert_allclose(market[4], 1.01 * 1.01 * 1.05 - 1, rtol=1e-13)
    assert np.isnan(market[2:4]).all()
    # logs of the market add over the same three sessions
    log = made(universe, prices, kind="log")
    np.testing.assert_allclose(
        on_sessions(log, "A.T", log.regressors[:, :, 0])[4], 2 * np.log(1.01) + np.log(1.05), rtol=1e-13
    )
    # a holiday is no session, so no gap: 10 to 12 February is one step
    assert on_sessions(table, "A.T", table.span)[5] == 1


def test_drop_leaves_the_return_after_a_gap_out(universe):
    prices = history({"A.T": (100, 110, NAN, NAN, 118.8, 99), "1306.T": MARKET})
    table = made(universe, prices, gaps="drop")
    np.testing.assert_allclose(
        on_sessions(table, "A.T", table.returns), [NAN, 0.1, NAN, NAN, NAN, 99 / 118.8 - 1], rtol=1e-13
    )
    # the span of what was dropped is kept: a window must not begin inside it
    assert on_sessions(table, "A.T", table.span).tolist() == [0, 1, 0, 0, 3, 1]


@pytest.mark.parametrize("bad", [0.0, -1.0, NAN, float("inf")])
def test_what_is_no_price_is_no_trade(universe, bad):
    prices = history({"A.T": (100, 110, bad, 99, 99, 99), "1306.T": MARKET})
    table = made(universe, prices)
    np.testing.assert_allclose(on_sessions(table, "A.T", table.returns)[:4], [NAN, 0.1, NAN, -0.1], rtol=1e-13)
    assert on_sessions(table, "A.T", table.span)[:4].tolist() == [0, 1, 0, 2]


def test_adjusted_closes_are_never_mixed_with_closes(universe):
    # the adjusted close misses a session on which there is a close: no trade, not a jump of level
    prices = history(
        {"A.T": (100, 110, 99, 99, 99, 99), "1306.T": MARKET},
        adj_close={"A.T": (50, 55, NAN, 49.5, 49.5, 49.5)},
    )
    table = made(universe, prices)
    np.testing.assert_allclose(on_sessions(table, "A.T", table.returns)[:4], [NAN, 0.1, NAN, -0.1], rtol=1e-13)
    # without a single adjusted close the close is used
    prices = history({"A.T": (100, 110, 99, 99, 99, 99)}, adj_close={"A.T": (NAN,) * 6})
    days = calendar("XTKS").sessions
    level = price_on_sessions(prices.frames["A.T"], days)
    assert level[np.isfinite(level)].tolist() == [100, 110, 99, 99, 99, 99]


def test_rows_on_other_days_than_sessions_are_ignored(universe):
    dates = ("2026-02-05", "2026-02-06", "2026-02-07", "2026-02-09", "2026-02-11", "2026-02-12")
    prices = history({"A.T": (100, 110, 500, 99, 700, 99)}, dates)
    level = price_on_sessions(prices.frames["A.T"], calendar("XTKS").sessions)
    assert level[np.isfinite(level)].tolist() == [100, 110, 99, 99]


def test_prices_outside_the_listing_are_not_used(universe):
    prices = history({"A.T": (100, 110, 99, 99, 118.8, 118.8), "1306.T": MARKET})
    line = replace(universe.get("A.T"), first_trade=date(2026, 2, 6), last_trade=date(2026, 2, 10))
    table = returns_from_prices(prices, universe, [line], ("market",))
    np.testing.assert_allclose(
        on_sessions(table, "A.T", table.returns), [NAN, NAN, -0.1, 0.0, NAN, NAN], rtol=1e-13, atol=1e-15
    )
    days = table.sessions["XTKS"]
    assert str(days[table.first[0]]) == "2026-02-06"
    assert str(days[table.last[0]]) == "2026-02-10"


def test_the_market_stops_with_its_own_listing(universe):
    lines = [replace(line, last_trade=date(2026, 2, 10)) if line.ticker == "1306.T" else line for line in universe]
    short = replace(universe, rows=tuple(lines))
    prices = history({"A.T": (100, 110, 99, 99, 118.8, 118.8), "1306.T": MARKET})
    table = made(short, prices)
    market = on_sessions(table, "A.T", table.regressors[:, :, 0])
    assert np.isfinite(market[1:4]).all()
    assert np.isnan(market[4:]).all()
    # the security's own return stands: only its expectation is missing
    assert np.isfinite(on_sessions(table, "A.T", table.returns)[4:]).all()


def test_a_hole_of_the_market_is_a_missing_regressor_not_a_longer_one(universe):
    holed = (*MARKET[:2], NAN, *MARKET[3:])
    table = made(universe, history({"A.T": (100, 110, 99, 99, 118.8, 118.8), "1306.T": holed}))
    market = on_sessions(table, "A.T", table.regressors[:, :, 0])
    assert np.isnan(market[[2, 3]]).all()
    np.testing.assert_allclose(market[[1, 4]], [0.01, 0.05], rtol=1e-12)
    # a security that did not trade that day either has its market return over both sessions
    table = made(universe, history({"A.T": (100, 110, NAN, 99, 118.8, 118.8), "1306.T": holed}))
    np.testing.assert_allclose(on_sessions(table, "A.T", table.regressors[:, :, 0])[3], 1.01**2 - 1, rtol=1e-12)


def test_why_a_line_cannot_be_used(universe):
    three = {"A.T": (100, 110, 99), "B.T": (50, 51, 52), "C.T": (0, NAN, -1)}
    names = ("A.T", "B.T", "C.T")
    sector = ("market", "sector")
    # no market at all; an empty price column comes first
    assert made(universe, history(three), names).fault == ("no_benchmark", "no_benchmark", "no_prices")
    # without regressors nothing is missing
    assert made(universe, history(three), names, ()).fault == ("", "", "no_prices")
    # B has no sector benchmark, A's is not in the source
    with_market = history({**three, "1306.T": MARKET})
    assert made(universe, with_market, names, sector).fault == ("no_sector_benchmark",) * 2 + ("no_prices",)
    both = history({**three, "1306.T": MARKET, "1622.T": MARKET})
    assert made(universe, both, names, sector).fault == ("", "no_sector_benchmark", "no_prices")
    # a ticker that the source does not know
    assert made(universe, history({"1306.T": MARKET}), ("A.T",)).fault == ("no_prices",)
    assert made(universe, history({"1306.T": MARKET}), ("A.T",)).first.tolist() == [-1]


def test_lines_on_one_market_share_its_series(universe):
    prices = history({"A.T": (100, 110, 99), "B.T": (50, 51, 52), "C.T": (9, 8, 9), "1306.T": MARKET, "1622.T": MARKET})
    table = made(universe, prices, ("A.T", "B.T", "C.T"), ("market", "sector"))
    market, sector = table.regressor_key[:, 0], table.regressor_key[:, 1]
    assert len(set(market.tolist())) == 1
    assert sector[0] == sector[2] != market[0]
    assert sector[1] == -1
    first = int(np.searchsorted(table.sessions["XTKS"], np.datetime64(SESSIONS[0])))
    np.testing.assert_allclose(table.one_session[market[0], first + 1 : first + 4], [0.01] * 3, rtol=1e-12)
    with pytest.raises(KeyError):
        table.row("D.T")


# returns that the user brought

FRAME = pd.DataFrame(
    {
        "A": [0.10, NAN, NAN, 0.08, -0.05],
        "B": [NAN, NAN, 0.02, 0.03, NAN],
        "C": [NAN] * 5,
    },
    index=pd.Index([11, 12, 13, 14, 15], name="session"),
)
FACTORS = pd.DataFrame(
    {"market": [0.01, 0.02, -0.03, 0.05, 0.01], "smb": [0.001, 0.002, 0.003, -0.004, 0.005]}, index=FRAME.index
)


def test_gaps_of_own_returns_compound_the_market_and_add_the_factors():
    table = returns_from_frame(FRAME, FACTORS, (True, False))
    # A did not trade on 12 and 13, so 0.08 is a return over three sessions; B begins on 13 with one session
    assert table.span.tolist() == [[1, 0, 0, 3, 1], [0, 0, 1, 1, 0], [0] * 5]
    np.testing.assert_array_equal(table.returns[0], [0.10, NAN, NAN, 0.08, -0.05])
    np.testing.assert_allclose(table.regressors[0, :, 0], [0.01, NAN, NAN, 1.02 * 0.97 * 1.05 - 1, 0.01], rtol=1e-13)
    np.testing.assert_allclose(table.regressors[0, :, 1], [0.001, NAN, NAN, 0.002 + 0.003 - 0.004, 0.005], rtol=1e-13)
    np.testing.assert_array_equal(table.regressors[1, :, 0], [NAN, NAN, -0.03, 0.05, NAN])
    assert table.fault == ("", "", "no_prices")
    assert (table.first.tolist(), table.last.tolist()) == ([0, 2, -1], [4, 3, -1])
    # logs of the market add instead
    logs = returns_from_frame(FRAME, FACTORS, (False, False))
    np.testing.assert_allclose(logs.regressors[0, 3, 0], 0.02 - 0.03 + 0.05, rtol=1e-13)


def test_own_returns_after_a_gap_can_be_dropped():
    table = returns_from_frame(FRAME, FACTORS, (True, False), gaps="drop")
    assert table.span.tolist() == [[1, 0, 0, 3, 1], [0, 0, 1, 1, 0], [0] * 5]
    np.testing.assert_array_equal(table.returns[0], [0.10, NAN, NAN, NAN, -0.05])
    assert np.isnan(table.regressors[0, 1:4]).all()


def test_a_hole_of_a_factor_inside_a_gap_leaves_no_value():
    holed = FACTORS.copy()
    holed.loc[13, "market"] = NAN
    table = returns_from_frame(FRAME, holed, (True, False))
    assert np.isnan(table.regressors[0, 3, 0])
    np.testing.assert_allclose(table.regressors[0, 3, 1], 0.001, rtol=1e-13)  # the other factor is whole
    assert np.isnan(table.regressors[1, 2, 0])
    np.testing.assert_array_equal(table.regressors[[0, 1], [4, 3], 0], [0.01, 0.05])


def test_infinite_returns_are_no_trade_and_the_frame_is_left_alone():
    frame = FRAME.copy()
    frame.loc[15, "A"] = np.inf
    before = frame.copy()
    table = returns_from_frame(frame, FACTORS, (True, False))
    assert np.isnan(table.returns[0, 4])
    assert table.last[0] == 3
    pd.testing.assert_frame_equal(frame, before)
