"""Against statsmodels: every number of every pair on real prices, and adjusted p-values.

The plain computation below reads the price file itself, takes sessions and closes from exchange_calendars, fits with
statsmodels WLS (OLS where no return spans more than one session) and forms the prediction-error covariance from
``get_prediction`` and ``cov_params``. It shares no line with the package. The prices of these windows have no hole, so
the same study is run once more with one price in nineteen taken out, benchmarks included.
"""

from __future__ import annotations

import gc
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import exchange_calendars
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats.multitest import multipletests

import eventstudy as es
from eventstudy.inference.multiplicity import benjamini_hochberg, holm

# both sides are double precision; the normal equations here and the SVD there part after 12 digits
REL, ABS = 1e-10, 1e-13

EVENTS = (
    "2026-01-06-japan-dual-use-ban",
    "2025-10-09-announcements-55-62",
    "2025-04-04-seven-heavy-rare-earths",
)
SAME_SESSIONS = {"XNAS": "XNYS", "XASE": "XNYS", "ARCX": "XNYS", "XSHE": "XSHG", "XTSX": "XTSE"}
WINDOWS = ((-2, -1), (0, 0), (-1, 1), (0, 5))
# fewest pairs compared: a count that falls is a test that looks away. A benchmark without a price on day 0 takes every
# line of its market with it, hence fewer of the thinned ones
COMPARED = {"whole": 140, "thinned": 80}
MODELS = {
    "market": (es.MarketModel(), ("benchmark",)),
    "mean": (es.MeanAdjusted(), ()),
    "market-adjusted": (es.MarketAdjusted(), ("benchmark",)),
    "sector": (es.SectorModel(), ("benchmark", "sector_benchmark")),
}


@dataclass
class Plain:
    """One pair, computed plainly; ``why`` says why it cannot be."""

    why: str = ""
    n_estimation: int = 0
    coefficients: np.ndarray = field(default_factory=lambda: np.empty(0))
    residual_sd: float = np.nan
    r_squared: float = np.nan
    spans_gap: bool = False
    days: dict[str, np.ndarray] = field(default_factory=dict)
    cars: dict[str, tuple[float, ...]] = field(default_factory=dict)


class Market:
    """Raw prices and the raw universe, with the sessions of exchange_calendars."""

    def __init__(self, raw: pd.DataFrame, universe: Path) -> None:
        self.raw = {ticker: frame.set_index("date") for ticker, frame in raw.groupby("ticker")}
        self.lines = pd.read_csv(universe, dtype=str, keep_default_na=False).set_index("ticker")

    @cache  # noqa: B019 - few markets, each as long-lived as the module
    def event_session(self, announced_at: str, exchange: str) -> pd.Timestamp:
        """First session that closes after the announcement, or from its date on."""
        closes = session_closes(SAME_SESSIONS.get(exchange, exchange))
        if "T" in announced_at:
            return closes.index[closes > pd.Timestamp(announced_at)][0]
        return closes.index[closes.index >= pd.Timestamp(announced_at)][0]

    @cache  # noqa: B019
    def price(self, ticker: str, exchange: str) -> pd.Series:
        """Adjusted close, or close where the file has no adjusted one, on the sessions of an exchange."""
        frame = self.raw[ticker]
        column = frame["adj_close"] if frame["adj_close"].notna().any() else frame["close"]
        column = column[column > 0]
        line = self.lines.loc[ticker] if ticker in self.lines.index else {"first_trade": "", "last_trade": ""}
        column = column.loc[line["first_trade"] or None : line["last_trade"] or None]
        return column.reindex(session_closes(SAME_SESSIONS.get(exchange, exchange)).index)

    @cache  # noqa: B019
    def returns(self, ticker: str, names: tuple[str, ...]) -> pd.DataFrame:
        """Return, sessions it spans, and each regressor over the same sessions, on every session."""
        line = self.lines.loc[ticker]
        price = self.price(ticker, line["exchange"])
        traded, sessions = price.dropna(), price.index
        table = pd.DataFrame({"r": traded / traded.shift(1) - 1})
        table["n"] = pd.Series(np.arange(len(sessions)), sessions)[traded.index].diff()
        for name in names:
            level = self.price(line[name], line["exchange"])[traded.index]
            table[name] = level / level.shift(1) - 1
        return table.reindex(sessions)

    def pair(self, ticker: str, announced_at: str, names: tuple[str, ...], estimated: bool) -> Plain:
        """One security in one event, under a model with the given regressors."""
        line = self.lines.loc[ticker]
        session = self.event_session(announced_at, line["exchange"])
        if line["first_trade"] and session < pd.Timestamp(line["first_trade"]):
            return Plain("not_yet_listed")
        if line["last_trade"] and session > pd.Timestamp(line["last_trade"]):
            return Plain("delisted")
        for name in names:
            if line[name] not in self.raw:
                return Plain(f"no_{name}")
        price = self.price(ticker, line["exchange"])
        if session > price.last_valid_index():
            return Plain("after_prices")
        position = price.index.get_loc(session)
        table = self.returns(ticker, names).to_numpy()  # columns r, n, regressors
        inside = table[position - 260 : position - 10]
        returned = np.isfinite(inside[:, 0]).sum()
        inside = inside[np.isfinite(inside).all(axis=1)]
        if len(inside) < 120:
            return Plain("short_estimation" if returned < 120 else "short_regressors", len(inside))
        event = table[position - 10 : position + 11]
        there = np.isfinite(event).all(axis=1)
        r, span, design = inside[:, 0], inside[:, 1], inside[:, 1:]
        new_r, new_span, new_design = event[there, 0], event[there, 1], event[there, 1:]
        if estimated:
            # without a gap the column of spans is a column of ones
            model = sm.WLS(r, design, weights=1 / span) if (span > 1).any() else sm.OLS(r, design)
            fit = model.fit()
            expected = new_design @ fit.params
            # scale * (diag(n) + X G X'): prediction-error covariance of the event days
            covariance = fit.scale * np.diag(new_span) + new_design @ fit.cov_params() @ new_design.T
            if (new_span > 1).any():  # statsmodels' own standard errors, where they are least obvious
                predicted = fit.get_prediction(new_design, weights=1 / new_span)
                np.testing.assert_allclose(np.sqrt(np.diag(covariance)), predicted.se_obs, rtol=1e-11)
            coefficients = fit.params
            squares = fit.ssr
        else:
            # nothing is fitted to the mean: only the variance comes from the regression of R - R_m on the span
            fit = sm.WLS(r - design[:, 1], span, weights=1 / span).fit()
            expected, covariance = new_design[:, 1], fit.scale * np.diag(new_span)
            coefficients, squares = np.empty(0), ((r - design[:, 1]) ** 2 / span).sum()
        # the total is about the mean a session
        r_squared = 1 - squares / ((r - span * r.sum() / span.sum()) ** 2 / span).sum()
        days = {name: np.full(len(event), np.nan) for name in ("expected", "ar", "sar")}
        days["return"], days["session"] = event[:, 0], price.index[position - 10 : position + 11].to_numpy()
        days["expected"][there], days["ar"][there] = expected, new_r - expected
        days["sar"][there] = (new_r - expected) / np.sqrt(np.diag(covariance))
        cars = {}
        for first, last in WINDOWS:
            chosen = np.arange(first + 10, last + 11)
            chosen = chosen[there[chosen]]
            if not len(chosen) or chosen[-1] != last + 10 or event[chosen[0], 1] > chosen[0] - (first + 10) + 1:
                continue  # no last price, or the first return begins before the window
            if np.isfinite(event[first + 10 : last + 11, 0]).sum() > len(chosen):
                continue  # a return whose regressor is missing
            among = (np.cumsum(there) - 1)[chosen]
            car, error = days["ar"][chosen].sum(), np.sqrt(covariance[np.ix_(among, among)].sum())
            pvalue = 2 * stats.t.sf(abs(car / error), fit.df_resid)
            bhar = (1 + event[chosen, 0]).prod() - (1 + days["expected"][chosen]).prod()
            cars[f"[{first:+d},{last:+d}]".replace("+0", "0")] = (car, error, car / error, pvalue, bhar)
        spans_gap = bool((span > 1).any() or (new_span > 1).any())
        return Plain("", len(inside), coefficients, np.sqrt(fit.scale), r_squared, spans_gap, days, cars)


@cache
def session_closes(exchange: str) -> pd.Series:
    """Closing instant of every session of an exchange."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # exchange_calendars on a newer pandas than it knows
        return exchange_calendars.get_calendar(exchange, start="2018-01-01", end="2026-09-30").closes


@pytest.fixture(scope="module")
def whole(real_prices: Path, repository: Path) -> tuple[es.FilePrices, Market]:
    raw = pd.read_csv(real_prices, parse_dates=["date"])
    return es.FilePrices(real_prices), Market(raw, repository / "universe.csv")


@pytest.fixture(scope="module")
def thinned(real_prices: Path, repository: Path, tmp_path_factory) -> tuple[es.FilePrices, Market]:
    raw = pd.read_csv(real_prices, parse_dates=["date"])
    kept = raw[np.random.default_rng(19).random(len(raw)) > 1 / 19]
    path = tmp_path_factory.mktemp("thinned") / "prices.csv"
    kept.to_csv(path, index=False, date_format="%Y-%m-%d")
    return es.FilePrices(path), Market(kept, repository / "universe.csv")


@pytest.mark.parametrize(
    ("prices", "name"),
    [
        *(("whole", name) for name in MODELS),
        *(("thinned", name) for name in ("market", "sector")),
        *(pytest.param("thinned", name, marks=pytest.mark.slow) for name in ("mean", "market-adjusted")),
    ],
)
def test_every_pair_on_real_prices_equals_statsmodels(prices, name, request, repository):
    source, market = request.getfixturevalue(prices)
    model, columns = MODELS[name]
    catalogue = pd.read_csv(repository / "events.csv", dtype=str, keep_default_na=False).set_index("event_id")
    events = es.read_events(repository / "events.csv").select(EVENTS)
    universe = es.read_universe(repository / "universe.csv")
    results = es.run_study(events, universe, source, es.StudySpec(model=model, windows=WINDOWS))
    days = dict(iter(results.abnormal_returns.groupby(["event_id", "ticker"])))
    cars = dict(iter(results.cars.groupby(["event_id", "ticker"])))
    compared = gaps = without_car = 0
    for row in results.pairs.itertuples():
        key = (row.event_id, row.ticker)
        if row.ticker not in market.raw:
            assert row.reason in ("no_prices", "delisted", "not_yet_listed"), key
            continue
        plain = market.pair(row.ticker, catalogue.loc[row.event_id, "announced_at"], columns, model.estimated)
        if not plain.why and not plain.cars:
            plain.why = "no_event_return"
        assert row.reason == plain.why, key
        if plain.why:
            assert key not in days
            continue
        compared, gaps = compared + 1, gaps + plain.spans_gap
        without_car += len(WINDOWS) - len(plain.cars)
        assert row.n_estimation == plain.n_estimation, key
        _same(row.residual_sd, plain.residual_sd, key)
        for value, other in zip((row.alpha, row.beta), plain.coefficients, strict=False):
            _same(value, other, key)
        assert row.r_squared == pytest.approx(plain.r_squared, rel=REL, abs=1e-12), key
        assert (days[key]["session"].to_numpy() == plain.days["session"]).all(), key
        for column in ("return", "expected", "ar", "sar"):
            there = np.isfinite(plain.days["return"])
            _same(days[key][column].to_numpy(), np.where(there, plain.days[column], np.nan), (*key, column))
        mine = cars[key]
        assert mine["window"].tolist() == list(plain.cars), key
        _same(mine[["car", "car_se", "scar", "pvalue", "bhar"]].to_numpy(), list(plain.cars.values()), key)
    assert compared >= COMPARED[prices]
    assert (gaps == 0 and without_car == 0) if prices == "whole" else (gaps == compared and without_car > 50)


def _same(value: object, other: object, where: tuple[str, ...]) -> None:
    np.testing.assert_allclose(value, other, rtol=REL, atol=ABS, err_msg=str(where))


# numbers below 1e-307 have fewer digits, and lose them by another way of dividing
shares = st.one_of(st.floats(0, 1, allow_subnormal=False), st.just(np.nan), st.sampled_from([0.0, 0.01, 1.0]))


@given(arrays(np.float64, st.integers(1, 40), elements=shares))
@pytest.mark.parametrize(("adjust", "method"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_adjusted_p_equals_statsmodels(adjust, method, p):
    """A missing p is not counted and stays missing."""
    there = np.isfinite(p)
    other = np.full(len(p), np.nan)
    if there.any():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(gc, "collect", lambda *_: 0)  # which statsmodels runs for Holm, a third of a second each time
            other[there] = multipletests(p[there], method=method)[1]
    np.testing.assert_allclose(adjust(p), other, rtol=1e-14, atol=0)
