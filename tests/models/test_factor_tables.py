"""Factor files: read with every fault at once, laid on each exchange's own dates, never filled."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import eventstudy as es
from eventstudy.calendars import calendar
from eventstudy.cli import main
from eventstudy.errors import InputError, PriceError
from eventstudy.prices.source import PriceHistory, Snapshot
from eventstudy.returns import returns_from_prices

# sums of the same numbers in another order
ROUNDING = 1e-10
EVENT = "2026-01-06-japan-dual-use-ban"


def written(folder: Path, text: str, name: str = "factors.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_table_is_read_by_date_whatever_its_order(tmp_path):
    path = written(tmp_path, "smb,date,RF\n0.002,2026-01-07,0.0001\n-0.001,2026-01-06,\n")
    table = es.read_factors(path)
    assert (table.factors, table.riskless) == (("smb",), "RF")
    assert table.frame.index.tolist() == [pd.Timestamp("2026-01-06"), pd.Timestamp("2026-01-07")]
    assert table.frame["smb"].tolist() == [-0.001, 0.002]
    assert np.isnan(table.frame["RF"].iloc[0])
    assert table.sha256 == hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_parquet_is_the_same_table(tmp_path):
    dates = pd.bdate_range("2026-01-05", periods=4)
    frame = pd.DataFrame({"date": dates, "mktrf": [0.01, -0.02, np.nan, 0.004]})
    frame.to_parquet(tmp_path / "f.parquet")
    frame.to_csv(tmp_path / "f.csv", index=False)
    one, two = es.read_factors(tmp_path / "f.parquet").frame, es.read_factors(tmp_path / "f.csv").frame
    pd.testing.assert_frame_equal(one, two, check_freq=False, check_index_type=False)


def test_a_compressed_table_is_the_same_table(tmp_path):
    text = "date,mktrf,rf\n2026-01-06,0.0041,0.0002\n2026-01-07,-0.002,0.0002\n"
    packed = tmp_path / "factors.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    plain = es.read_factors(written(tmp_path, text))
    pd.testing.assert_frame_equal(es.read_factors(packed).frame, plain.frame)
    packed.write_bytes(packed.read_bytes()[:-12])
    with pytest.raises(PriceError, match="cannot be read"):
        es.read_factors(packed)


def test_every_fault_is_told_at_once(tmp_path):
    path = written(
        tmp_path,
        "date,mktrf,smb\n2026-01-05,0.01,0.001\n20260106,0.01,x\n2026-01-07,-99.99,0.002\n2026-01-05,0.01,0.001\n"
        "2026-01-08,0.02,1e999\n",
    )
    with pytest.raises(InputError) as raised:
        es.read_factors(path)
    found = [(problem.line, problem.column, problem.what) for problem in raised.value.problems]
    assert [(line, column) for line, column, _ in found] == [(3, "date"), (4, "mktrf"), (5, "date"), (6, "smb")]
    assert found[2][2] == "2026-01-05 already stands on line 2"
    assert "-99.99 is no return of one session in decimals" in found[1][2]
    assert raised.value.problems[0].remedy == "write 2026-01-06"


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("mktrf", [0.5, -0.8, 1.1, 0.02], "they look like per cent"),
        ("RF", [0.02, 0.02, 0.021, 0.02], "they look like per cent or a yearly rate"),
        ("RF", [0.05, 0.05, 0.05, 0.05], "they look like per cent or a yearly rate"),
    ],
)
def test_per_cent_is_refused_for_the_column(column, values, told, tmp_path):
    lines = [f"2026-01-{5 + day:02d},{value}" for day, value in enumerate(values)]
    with pytest.raises(InputError) as raised:
        es.read_factors(written(tmp_path, f"date,{column}\n" + "\n".join(lines) + "\n"))
    assert [(problem.line, problem.column) for problem in raised.value.problems] == [(0, column)]
    assert told in raised.value.problems[0].what
    assert "0.0123 for 1.23%" in raised.value.problems[0].remedy


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("day,mktrf\n2026-01-05,0.01\n", "first line is not the header"),
        ("date\n2026-01-05\n", "there is no column beside date"),
        ("", "the file is empty"),
    ],
)
def test_files_that_are_no_factor_tables(text, told, tmp_path):
    with pytest.raises(InputError, match=told):
        es.read_factors(written(tmp_path, text))


def test_damaged_parquet_is_told(tmp_path):
    path = tmp_path / "f.parquet"
    pd.DataFrame({"date": ["x", "2026-01-05", "2026-01-05"], "smb": ["a", "b", "c"]}).to_parquet(path)
    with pytest.raises(InputError) as raised:
        es.read_factors(path)
    assert [problem.column for problem in raised.value.problems] == ["smb", "date", "date"]
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        es.read_factors(path)


# --------------------------------------------------------------------------------------- on an exchange's sessions


def line(ticker: str, exchange: str) -> es.catalogue.Security:
    from eventstudy.catalogue import Security

    return Security(ticker, ticker, exchange, "JPY", "Autos & parts", "exposed", benchmark="1306.T")


def history_of(exchange: str, gone: tuple[int, ...] = ()) -> tuple[PriceHistory, np.ndarray]:
    """400 prices of one line up to the end of 2025, without the sessions counted from the first in ``gone``."""
    sessions = calendar(exchange).sessions
    days = sessions[sessions <= np.datetime64("2025-12-30")][-400:]
    price = 1000 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.02, len(days))))
    frame = pd.DataFrame(
        dict.fromkeys(("open", "high", "low", "close", "adj_close"), price) | {"volume": np.full(len(days), 1e5)},
        index=pd.DatetimeIndex(days.astype("datetime64[ns]"), name="date"),
    ).drop(index=pd.DatetimeIndex(days.astype("datetime64[ns]"))[list(gone)])
    return PriceHistory({"A": frame}, {}, Snapshot("test", "", "", "")), days


def test_a_session_takes_the_factor_of_its_own_date_and_gaps_add():
    history, days = history_of("XTKS", gone=(50, 51))
    rng = np.random.default_rng(2)
    factors = pd.DataFrame({"smb": rng.normal(0, 0.01, len(days))}, index=pd.DatetimeIndex(days))
    absent = factors.drop(index=factors.index[[100]])
    universe = es.read_universe()
    table = returns_from_prices(history, universe, [line("A", "XTKS")], ("smb",), factors=absent)
    place = np.searchsorted(calendar("XTKS").sessions, days)
    smb = table.regressors[0, :, 0]
    assert smb[place[49]] == factors["smb"].iloc[49]
    assert np.isnan(smb[place[50]])
    assert table.span[0, place[52]] == 3
    assert smb[place[52]] == pytest.approx(factors["smb"].iloc[50:53].sum(), rel=ROUNDING)
    # no row on that date: the return is there, its factor is not, and its neighbours keep their own
    assert np.isfinite(table.returns[0, place[100]])
    assert np.isnan(smb[place[100]])
    assert smb[place[101]] == factors["smb"].iloc[101]
    assert table.fault == ("",)
    np.testing.assert_array_equal(table.one_session[0, place[1:49]], factors["smb"].iloc[1:49])
    dropped = returns_from_prices(history, universe, [line("A", "XTKS")], ("smb",), "simple", "drop", absent)
    assert np.isnan(dropped.returns[0, place[52]])


def test_a_gap_over_a_session_without_factor_has_none():
    history, days = history_of("XTKS", gone=(50, 51))
    factors = pd.DataFrame({"smb": np.full(len(days), 0.001)}, index=pd.DatetimeIndex(days)).drop(
        index=pd.DatetimeIndex(days)[[51]]
    )
    table = returns_from_prices(history, es.read_universe(), [line("A", "XTKS")], ("smb",), factors=factors)
    place = np.searchsorted(calendar("XTKS").sessions, days)
    assert np.isnan(table.regressors[0, place[52], 0])
    assert table.regressors[0, place[53], 0] == 0.001


def test_leads_and_lags_are_those_of_the_market_beside_a_gap():
    history, days = history_of("XTKS", gone=(50,))
    other, _ = history_of("XTKS")
    both = PriceHistory({"A": history.frames["A"], "1306.T": other.frames["A"] * 2}, {}, history.snapshot)
    names = ("market-1", "market", "market+1")
    table = returns_from_prices(both, es.read_universe(), [line("A", "XTKS")], names)
    place = np.searchsorted(calendar("XTKS").sessions, days)
    level = other.frames["A"]["adj_close"].to_numpy()
    day = 20
    np.testing.assert_allclose(
        table.regressors[0, place[day]], [level[day + k] / level[day + k - 1] - 1 for k in (-1, 0, 1)], rtol=ROUNDING
    )
    # over the gap the market's two sessions, moved as a whole
    np.testing.assert_allclose(
        table.regressors[0, place[51]], [level[51 + k] / level[49 + k] - 1 for k in (-1, 0, 1)], rtol=ROUNDING
    )
    assert table.regressor_key[0].tolist() == [0, 1, 2]
    # the last session has no later market
    assert np.isnan(table.regressors[0, place[-1], 2])
    assert np.isfinite(table.regressors[0, place[-1], :2]).all()


# ----------------------------------------------------------------------------------------------------- whole studies


@pytest.fixture(scope="module")
def factor_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three factors and a riskless rate on New York's sessions, one of them without its row."""
    sessions = calendar("XNYS").sessions
    days = sessions[(sessions >= np.datetime64("2024-01-02")) & (sessions <= np.datetime64("2026-03-31"))]
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(0, 0.01, (len(days), 3)), columns=["mktrf", "smb", "oil"])
    frame.insert(0, "date", days.astype(str))
    frame["RF"] = 0.0001
    path = tmp_path_factory.mktemp("factors") / "ff.csv"
    frame[frame["date"] != "2026-01-09"].to_csv(path, index=False)
    return path


def test_a_catalogue_study_on_a_factor_file(factor_file, sample_prices):
    events, universe = es.read_events(), es.read_universe().select(sector="Rare-earth miners")
    table = es.read_factors(factor_file)
    spec = es.StudySpec(
        model=es.FactorModel(table.factors, excess=True), windows=((0, 0), (0, 5)), tests=("portfolio_t",)
    )
    results = es.run_study(events.select([EVENT]), universe, sample_prices, spec, factors=table)
    pairs = results.pairs.set_index("ticker")
    assert results.provenance["inputs"]["factors"] == {"path": str(factor_file), "sha256": table.sha256}
    assert results.provenance["specification"]["model_parameters"]["factors"] == ["mktrf", "smb", "oil"]
    sydney = pairs[(pairs["exchange"] == "XASX") & (pairs["status"] == "used")]
    # a line without gaps: its only missing days are Sydney's sessions on which New York was closed
    ticker = str(sydney["n_estimation"].idxmax())
    sessions = calendar("XASX").sessions
    day = calendar("XASX").index_of(pairs.loc[ticker, "event_session"].date())
    inside = pd.DatetimeIndex(sessions[day - 261 : day - 10].astype("datetime64[ns]"))
    price = sample_prices.fetch([ticker]).frames[ticker]["adj_close"].reindex(inside)
    joined = pd.DataFrame({"own": price.pct_change()}).join(table.frame).iloc[1:].dropna()
    outside = sm.OLS(joined["own"] - joined["RF"], sm.add_constant(joined[["mktrf", "smb", "oil"]])).fit()
    assert pairs.loc[ticker, "n_estimation"] == len(joined)
    assert 235 <= len(joined) < 250
    assert pairs.loc[ticker, "beta"] == pytest.approx(outside.params["mktrf"], rel=1e-8)
    assert pairs.loc[ticker, "alpha"] == pytest.approx(outside.params["const"], rel=1e-6)
    # the day without its row lies in [0,+5] of every line that traded on it, and is not filled
    reasons = results.attrition.query("window == '[0,+5]'").groupby("reason")["ticker"].count()
    assert reasons["no_regressors"] >= len(sydney)
    days = results.abnormal_returns.query("ticker == @ticker and session == '2026-01-09'")
    assert days["return"].notna().all()
    assert days["ar"].isna().all()


def test_factors_that_the_table_does_not_have(factor_file, sample_prices):
    events, universe = es.read_events().select([EVENT]), es.read_universe().select(sector="Rare-earth miners")
    table = es.read_factors(factor_file)
    for given, told in ((None, "no factor table is given"), (table, "has no such column")):
        with pytest.raises(ValueError, match=told):
            es.run_study(events, universe, sample_prices, es.StudySpec(model=es.FactorModel(["hml"])), factors=given)
    with pytest.raises(ValueError, match="holds simple returns"):
        es.run_study(
            events,
            universe,
            sample_prices,
            es.StudySpec(model=es.FactorModel(["smb"]), returns="log"),
            factors=table,
        )


def test_factors_that_end_before_the_event_are_the_reason(factor_file, sample_prices):
    events, universe = es.read_events().select([EVENT]), es.read_universe().select(sector="Rare-earth miners")
    frame = es.read_factors(factor_file).frame
    spec = es.StudySpec(model=es.FactorModel(["smb"]), windows=((0, 0),), tests=("portfolio_t",))
    early = frame[frame.index < "2025-05-01"]
    with pytest.raises(
        es.ModelError, match="too few sessions of the estimation window have the model's market or factors"
    ):
        es.run_study(events, universe, sample_prices, spec, factors=early)
    other_century = frame.set_axis(frame.index - pd.Timedelta(days=36525))
    with pytest.raises(es.ModelError, match="the factor table has no row on any session"):
        es.run_study(events, universe, sample_prices, spec, factors=other_century)


def test_the_users_own_factors_are_found_by_name():
    returns, pairs, market = es.example_returns()
    rng = np.random.default_rng(4)
    factors = pd.DataFrame({"SMB": rng.normal(0, 0.01, 300), "Mkt": market, "rf": 0.0001}, index=market.index)
    spec = es.StudySpec(
        model=es.FactorModel(["mkt", "smb"], excess=True), windows=((0, 0), (0, 3)), tests=("portfolio_t", "placebo")
    )
    evidence = es.study_returns(returns, pairs, factors, spec).evidence
    fit = evidence.arrays.fit
    inside = slice(20, 270)
    outside = sm.OLS((returns["S0"] - 0.0001)[inside], sm.add_constant(factors[["Mkt", "SMB"]])[inside]).fit()
    np.testing.assert_allclose(fit.coefficients[0], outside.params, rtol=1e-8)
    # ordinary days take the riskless return off too: on the event's own session they are the event's study
    everyone = np.arange(len(fit.coefficients))
    ordinary, cars = evidence.placebo.rolling.fit(everyone), evidence.placebo.rolling.window((0, 3), everyone)
    np.testing.assert_allclose(ordinary.coefficients[:, 280], fit.coefficients, rtol=1e-8)
    np.testing.assert_allclose(ordinary.residual_variance[:, 280], fit.residual_variance, rtol=1e-8)
    np.testing.assert_allclose(cars.car[:, 280], evidence.arrays.windows[1].car, rtol=1e-8)
    np.testing.assert_allclose(cars.k[:, 280], evidence.arrays.windows[1].k, rtol=1e-8)
    with pytest.raises(ValueError, match="no column hml among SMB, Mkt, rf"):
        es.study_returns(returns, pairs, factors, es.StudySpec(model=es.FactorModel(["hml"])))


def test_over_a_gap_markets_compound_and_factors_add():
    returns, pairs, market = es.example_returns()
    returns.iloc[99:101, 0] = np.nan
    other = market * 0.5 + 0.01
    factors = pd.DataFrame({"market": market, "oil": other})
    spec = es.StudySpec(model=es.FactorModel(["market", "oil"]), windows=((0, 0),))
    panel = es.study_returns(returns, pairs, factors, spec).evidence.arrays.panel
    place = 101 - 20  # the event is session 280, E begins at 20
    assert panel.estimation_span[0, place] == 3
    np.testing.assert_allclose(
        panel.estimation_regressors[0, place],
        [(1 + market.iloc[99:102]).prod() - 1, other.iloc[99:102].sum()],
        rtol=ROUNDING,
    )


def test_the_command_line_takes_a_factor_file(factor_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["run", EVENT, "--source", "sample", "--window", "0,0", "--sector", "Autos & parts", "--quiet"]
    assert main([*arguments, "--model", f"factors:{factor_file}", "-o", "t"]) == 0
    plain = json.loads((tmp_path / "t" / "study.json").read_text())
    assert plain["specification"]["model_parameters"] == {
        "class": "FactorModel", "factors": ["mktrf", "smb", "oil"], "excess": True,
        "regressors": ["mktrf", "smb", "oil", "rf"],
    }  # fmt: skip
    capsys.readouterr()
    assert main([*arguments, "--model", "factors:nowhere.csv", "-o", "u"]) == 1
    assert "nowhere.csv: there is no such file" in capsys.readouterr().err
    assert not (tmp_path / "u").exists()
    assert main([*arguments, "--model", "factors:"]) == 2
    assert main([*arguments, "--model", "capm"]) == 2
