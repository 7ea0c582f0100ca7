"""The embedded market: what it is made of, and what it must never depend on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import calendar
from eventstudy.catalogue import EXCHANGES, Security, Universe, read_events, read_universe
from eventstudy.prices.source import PRICE_COLUMNS, PriceHistory
from eventstudy.simulate import SamplePrices
from eventstudy.simulate.process import FIRST_DAY, LAST_DAY
from eventstudy.simulate.traits import MARKETS

EXACT = 1e-12  # a few roundings of numbers near one

TICKERS = ("7203.T", "6330.T", "4502.T", "1306.T", "1622.T", "LYC.AX", "^AXJO", "MP", "MCP", "^GSPC", "600111.SS")


@pytest.fixture(scope="module")
def universe() -> Universe:
    return read_universe()


@pytest.fixture(scope="module")
def market() -> SamplePrices:
    return SamplePrices()


@pytest.fixture(scope="module")
def history(market: SamplePrices) -> PriceHistory:
    return market.fetch(TICKERS)


@pytest.fixture(scope="module")
def whole(market: SamplePrices, universe: Universe) -> PriceHistory:
    return market.fetch([security.ticker for security in universe])


def traded(frame: pd.DataFrame) -> pd.DataFrame:
    """The sessions with a trade; the others say so by no price and a volume of zero."""
    return frame[frame["volume"] > 0]


def total_returns(history: PriceHistory, ticker: str) -> pd.Series:
    return traded(history.frames[ticker])["adj_close"].pct_change()


def same(one: PriceHistory, other: PriceHistory, tickers: Sequence[str]) -> bool:
    return all(one.frames[ticker].equals(other.frames[ticker]) for ticker in tickers)


def test_frames_have_the_one_shape_prices_have(whole: PriceHistory, universe: Universe) -> None:
    assert set(whole.frames) == {security.ticker for security in universe}
    for frame in whole.frames.values():
        assert tuple(frame.columns) == PRICE_COLUMNS
        assert (frame.dtypes == np.float64).all()
        assert frame.index.name == "date"
        assert frame.index.tz is None
        assert frame.index.is_monotonic_increasing
        assert frame.index.is_unique
        assert np.isfinite(traded(frame).to_numpy()).all()
        assert (traded(frame).to_numpy() > 0).all()
        silent = frame[~(frame["volume"] > 0)]
        assert (silent["volume"] == 0).all()
        assert silent.drop(columns="volume").isna().all().all()


def test_it_says_that_it_is_invented(history: PriceHistory) -> None:
    assert history.simulated
    assert history.notes[0].startswith("Simulated prices: every price, volume, dividend and split here is invented")
    assert history.snapshot.source == "sample"
    assert (history.snapshot.first_fetch, history.snapshot.last_fetch) == ("", "")
    assert len(history.snapshot.sha256) == 64


def test_the_same_seed_gives_the_same_market_in_another_process(history: PriceHistory) -> None:
    code = (
        "import json; from eventstudy.simulate import SamplePrices; "
        f"print(json.dumps(SamplePrices(seed=0).fetch({TICKERS!r}).snapshot.sha256))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == history.snapshot.sha256


def test_the_seed_matters(history: PriceHistory) -> None:
    other = SamplePrices(seed=1).fetch(TICKERS)
    assert other.snapshot.sha256 != history.snapshot.sha256
    pair = pd.concat([total_returns(history, "7203.T"), total_returns(other, "7203.T")], axis=1).dropna()
    assert abs(pair.corr().iloc[0, 1]) < 0.06


def test_the_order_and_company_in_which_lines_are_asked_for_do_not_matter(history: PriceHistory) -> None:
    market = SamplePrices()
    alone = {ticker: market.fetch([ticker]) for ticker in reversed(TICKERS)}
    assert all(same(history, alone[ticker], [ticker]) for ticker in TICKERS)
    assert market.fetch(TICKERS).snapshot == history.snapshot


def test_adding_a_line_changes_no_other(whole: PriceHistory, universe: Universe) -> None:
    new = Security(
        ticker="9999.T", name="New", exchange="XTKS", currency="JPY", sector="Autos & parts", role="exposed",
        benchmark="1306.T", sector_benchmark="1622.T",
    )  # fmt: skip
    middle = len(universe) // 2
    larger = Universe((*universe.rows[:middle], new, *universe.rows[middle:]))
    history = SamplePrices(universe=larger).fetch([security.ticker for security in larger])
    assert "9999.T" in history.frames
    assert same(whole, history, list(whole.frames))


def test_a_later_listing_leaves_the_remaining_returns_alone(universe: Universe) -> None:
    late = replace(universe.get("7203.T"), first_trade=date(2020, 1, 6))
    narrowed = Universe(tuple(late if line.ticker == "7203.T" else line for line in universe))
    full = total_returns(SamplePrices().fetch(["7203.T"]), "7203.T")
    short = total_returns(SamplePrices(universe=narrowed).fetch(["7203.T"]), "7203.T").dropna()
    shared = full.reindex(short.index)
    np.testing.assert_allclose(short, shared, rtol=0, atol=EXACT)


def test_no_row_stands_on_a_day_without_session_and_no_line_trades_unlisted(
    whole: PriceHistory, universe: Universe
) -> None:
    for security in universe:
        frame = whole.frames[security.ticker]
        days = traded(frame).index.to_numpy().astype("datetime64[D]")
        sessions = calendar(security.exchange).sessions
        assert np.isin(frame.index.to_numpy().astype("datetime64[D]"), sessions).all()
        first = max(security.first_trade or FIRST_DAY, FIRST_DAY)
        last = min(security.last_trade or LAST_DAY, LAST_DAY)
        expected = sessions[(sessions >= np.datetime64(first)) & (sessions <= np.datetime64(last))]
        assert (days[0], days[-1]) == (expected[0], expected[-1])
        allowed = 0 if security.role == "benchmark" else max(12, expected.size // 100)
        assert expected.size - days.size <= allowed


def test_the_market_ends_on_a_fixed_date(whole: PriceHistory) -> None:
    assert whole.frames["7203.T"].index[-1] == pd.Timestamp("2026-11-20")
    assert whole.frames["MCP"].index[-1] == pd.Timestamp("2015-06-24")
    assert whole.frames["5486.T"].index[-1] == pd.Timestamp("2022-12-28")


def test_halts_are_short_gaps(whole: PriceHistory, universe: Universe) -> None:
    lengths: list[int] = []
    for security in universe.observations:
        days = traded(whole.frames[security.ticker]).index.to_numpy().astype("datetime64[D]")
        places = np.searchsorted(calendar(security.exchange).sessions, days)
        lengths += [int(gap) - 1 for gap in np.diff(places) if gap > 1]
    assert len(lengths) > 200
    assert np.mean(np.array(lengths) <= 3) > 0.98  # two halts may follow one another
    assert {1, 2, 3} <= set(lengths)


def test_bars_contain_open_and_close(whole: PriceHistory) -> None:
    for frame in map(traded, whole.frames.values()):
        assert (frame["high"] >= frame[["open", "close"]].max(axis=1)).all()
        assert (frame["low"] <= frame[["open", "close"]].min(axis=1)).all()
        assert (frame["volume"] == frame["volume"].round()).all()


def test_adjusted_closes_carry_dividends_and_splits(market: SamplePrices, whole: PriceHistory) -> None:
    splits_seen = 0
    for ticker, every in whole.frames.items():
        frame, line = traded(every), market._lines[ticker]
        assert line is not None
        price = frame["close"].to_numpy()
        held = price[1:] * line.ratios[1:] / price[:-1]  # one old share's worth of new ones
        adjusted = frame["adj_close"].to_numpy()
        np.testing.assert_allclose(adjusted[1:] / adjusted[:-1], held + line.paid[1:], rtol=0, atol=EXACT)
        assert abs(adjusted[-1] / price[-1] - 1) < EXACT
        splits_seen += int((line.ratios != 1).sum())
        if line.traits.is_index:
            np.testing.assert_allclose(adjusted, price, rtol=EXACT)
    assert splits_seen > 20
    toyota = market._lines["7203.T"]
    assert toyota is not None
    yearly = toyota.paid.sum() / 18.9
    assert 0.01 < yearly < 0.05


def test_market_lines_are_their_market(whole: PriceHistory) -> None:
    tokyo, nikkei = total_returns(whole, "1306.T"), total_returns(whole, "^N225")
    assert tokyo.corr(nikkei) > 0.95
    autos = total_returns(whole, "1622.T")
    assert 0.7 < tokyo.corr(autos) < 0.95


def test_new_york_moves_with_tokyo_on_the_next_day(whole: PriceHistory) -> None:
    tokyo, new_york = total_returns(whole, "1306.T"), total_returns(whole, "^GSPC")
    following = tokyo.shift(-1)
    assert new_york.corr(following) > 0.35
    assert new_york.corr(following) > new_york.corr(tokyo) + 0.1


def test_residuals_of_a_sector_move_together_moderately(whole: PriceHistory, universe: Universe) -> None:
    autos = [line.ticker for line in universe if line.sector == "Autos & parts" and line.exchange == "XTKS"]
    controls = [line.ticker for line in universe if line.sector == "Controls"]
    columns = {ticker: total_returns(whole, ticker) for ticker in [*autos, *controls, "1306.T"]}
    returns = pd.DataFrame(columns).dropna()
    x = returns["1306.T"] - returns["1306.T"].mean()
    residuals = returns.sub(returns.mean()) - np.outer(x, returns.mul(x, axis=0).sum() / (x**2).sum())
    correlation = residuals.drop(columns="1306.T").corr()
    within = correlation.loc[autos, autos].to_numpy()[np.triu_indices(len(autos), 1)]
    across = correlation.loc[autos, controls].to_numpy()
    assert 0.1 < within.mean() < 0.33
    assert -0.02 < across.mean() < 0.1


def test_tails_are_fat_and_volatility_clusters(whole: PriceHistory) -> None:
    kurtosis, clustering = [], []
    for ticker in ("7203.T", "6902.T", "6501.T", "8058.T", "^GSPC", "F", "LMT", "600111.SS"):
        returns = total_returns(whole, ticker).dropna()
        kurtosis.append(float(returns.kurt()))
        clustering += [float((returns**2).autocorr(lag)) for lag in range(1, 11)]
    assert np.mean(kurtosis) > 0.7
    assert np.mean(clustering) > 0.01


def test_no_return_is_absurd(whole: PriceHistory) -> None:
    for ticker in whole.frames:
        returns = total_returns(whole, ticker).dropna()
        assert returns.between(-0.6, 0.7).all(), ticker


def test_fetch_answers_what_was_asked(market: SamplePrices) -> None:
    history = market.fetch(["7203.T", "NONE.T", "MCP"], date(2025, 12, 30), date(2026, 1, 7))
    assert list(history.frames) == ["7203.T"]
    assert [str(day.date()) for day in history.frames["7203.T"].index] == [
        "2025-12-30", "2026-01-05", "2026-01-06", "2026-01-07",
    ]  # fmt: skip
    assert history.missing == {
        "NONE.T": "the embedded market has no such ticker",
        "MCP": "no price in the dates asked for",
    }
    assert history.currencies == {"7203.T": "JPY"}


def test_a_line_never_listed_in_the_markets_time_is_missing(universe: Universe) -> None:
    early = replace(universe.get("7203.T"), last_trade=date(2007, 6, 29))
    history = SamplePrices(universe=Universe((early,))).fetch(["7203.T"])
    assert history.missing["7203.T"].startswith("not listed between 2008-01-01 and 2026-11-20")


def test_frames_can_be_changed_without_harm_to_the_market(market: SamplePrices) -> None:
    first = market.fetch(["7203.T"])
    kept = first.frames["7203.T"].copy()
    first.frames["7203.T"].iloc[:, :] = 0.0
    assert market.fetch(["7203.T"]).frames["7203.T"].equals(kept)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="seed must not be negative, not -1"):
        SamplePrices(seed=-1)


def test_a_universe_of_the_users_own_needs_no_known_sector() -> None:
    lines = (
        Security("A", "A", "XNYS", "USD", "Shipping", "exposed", "^IX"),
        Security("B", "B", "XNYS", "", "Shipping", "beneficiary", "^IX"),
        Security("^IX", "Index", "XNYS", "USD", "", "benchmark"),
    )
    market = SamplePrices(events=read_events(), universe=Universe(lines))
    history = market.fetch(["A", "B", "^IX"])
    assert not history.missing
    assert total_returns(history, "A").corr(total_returns(history, "^IX")) > 0.3
    assert set(market.truth()["ticker"]) == {"A", "B"}


def test_every_exchange_of_the_catalogue_has_a_market() -> None:
    assert set(MARKETS) == set(EXCHANGES)
