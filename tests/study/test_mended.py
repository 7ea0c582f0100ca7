"""Faults that were once there: families across levels, dropped gaps, columns of the user's own, excess returns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

import eventstudy as es

EXACT = 1e-9  # the same sums in another order


def panel(events: int = 1, members: int = 8, seed: int = 4) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    sessions = pd.bdate_range("2021-01-04", periods=300 + 40 * events)
    market = pd.Series(rng.normal(0, 0.01, len(sessions)), sessions, name="market")
    names = [f"S{number}" for number in range(members)]
    returns = pd.DataFrame(rng.normal(0, 0.02, (len(sessions), members)), sessions, names).add(market, axis=0)
    rows = [
        {"event_id": f"e{event}", "security_id": name, "event_session": sessions[280 + 40 * event]}
        for event in range(events)
        for name in names
    ]
    return returns, pd.DataFrame(rows), market


def test_one_family_holds_every_row_of_an_event_and_pooled_rows_are_families_of_their_own(
    sample_results: es.StudyResults,
) -> None:
    groups, tests = sample_results.summary_groups(), sample_results.summary_tests()
    units = groups["event_id"].where(groups["event_id"] != "", "episode " + groups["episode"])
    assert units.nunique() > 3
    for unit in units.unique():
        rows = groups[(units == unit) & groups["pvalue"].notna()]
        expected = multipletests(rows["pvalue"], method="holm")[1]
        np.testing.assert_allclose(rows["pvalue_holm"], expected, rtol=1e-12)
        # role rows and sector rows stand in one family
        if unit == "2026-01-06-japan-dual-use-ban":
            assert {"", "Autos & parts"} <= set(rows["sector"])
    assert ((groups["reading"] == "clear") == (groups["pvalue_holm"] < 0.05) & (groups["n_pairs"] > 1)).all()
    spoken = tests[tests["pvalue_holm"].notna()]
    assert len(spoken) == groups["pvalue"].notna().sum()
    keys = ["episode", "event_id", "direction", "role", "sector", "window"]
    both = spoken.merge(groups, on=keys, suffixes=("", "_group"))
    assert (both["test"] == both["headline_test"]).all()
    np.testing.assert_array_equal(both["pvalue_holm"], both["pvalue_holm_group"])


def test_a_dropped_return_that_began_before_the_window_leaves_no_car() -> None:
    returns, pairs, market = panel()
    event = returns.index.get_loc(pairs["event_session"].iloc[0])
    returns.iloc[event - 2 : event, 0] = np.nan  # no trade on the two sessions before; the next return spans three
    returns.iloc[event, 0] = -0.3
    spec = es.StudySpec(windows=((0, 5),), gaps="drop")
    results = es.study_returns(returns, pairs, market, spec)
    assert "S0" not in set(results.cars["ticker"])
    assert (
        results.attrition.loc[results.attrition["ticker"] == "S0", "reason"]
        .isin(["window_edge", "no_event_return"])
        .all()
    )
    kept = es.study_returns(returns, pairs, market, es.StudySpec(windows=((0, 5),)))
    assert "S0" not in set(kept.cars["ticker"])


def test_a_grouping_column_named_direction_is_the_users_own() -> None:
    returns, pairs, market = panel(2)
    pairs["direction"] = np.where(pairs["event_id"] == "e0", "up", "down")
    pairs["episode"], pairs["role"] = "all", "exposed"
    results = es.study_returns(returns, pairs, market)
    assert sorted(results.groups(by=("role",))["direction"].unique()) == ["down", "up"]
    assert set(results.groups(by=("direction",))["direction"]) == {"down", "up"}
    assert set(results.summary_groups()["direction"]) == {"down", "up"}


def test_pooled_paths_keep_the_kinds_of_news_apart_as_groups_do(sample_results: es.StudyResults) -> None:
    paths = sample_results.paths(by=("role",))
    groups = sample_results.groups(by=("role",)).query("window == '[0,0]'")
    assert set(paths["direction"]) == set(groups["direction"]) == {"tightening"}
    day = paths[paths["tau"] == 0].merge(groups, on=["role", "direction"], suffixes=("", "_group"))
    np.testing.assert_allclose(day[["caar", "ci_low", "ci_high"]], day[["caar_group", "ci_low_group", "ci_high_group"]])


def test_excess_returns_are_what_the_system_and_the_calendar_portfolio_regress() -> None:
    returns, pairs, market = panel()
    factors = pd.DataFrame({"mktrf": market - 0.0001, "rf": 0.0001})
    named = ("mvrm_f", "calendar_time_t", "portfolio_t")
    windows = ((0, 9),)
    excess = es.study_returns(
        returns,
        pairs,
        factors,
        es.StudySpec(model=es.FactorModel(["mktrf"], excess=True), windows=windows, tests=named),
    )
    by_hand = es.study_returns(
        returns - 0.0001,
        pairs,
        factors["mktrf"],
        es.StudySpec(model=es.FactorModel(["mktrf"]), windows=windows, tests=named),
    )
    found, expected = (each.tests(by=("event_id",)) for each in (excess, by_hand))
    assert found["statistic"].notna().all()
    np.testing.assert_allclose(found["statistic"], expected["statistic"], rtol=EXACT)
    assert found["distribution"].tolist() == expected["distribution"].tolist()


def test_a_named_sector_column_is_the_sector_whatever_the_market_is_called() -> None:
    returns, pairs, market = panel()
    sector = market + pd.Series(np.random.default_rng(9).normal(0, 0.01, len(market)), market.index)
    spec = es.StudySpec(model=es.SectorModel(), windows=((0, 0),))
    named = es.study_returns(returns, pairs, pd.DataFrame({"market": market, "sector": sector}), spec)
    other = es.study_returns(returns, pairs, pd.DataFrame({"sector": sector, "topix": market}), spec)
    np.testing.assert_allclose(other.pairs["beta"], named.pairs["beta"], rtol=EXACT)


def test_a_window_beyond_the_history_has_no_placebo_and_no_traceback() -> None:
    returns, pairs, market = panel()
    spec = es.StudySpec(windows=((0, 0), (0, 400)), tests=("portfolio_t", "placebo"))
    results = es.study_returns(returns, pairs, market, spec)
    assert set(results.attrition["reason"]) == {"window_edge"}


def test_columns_that_cannot_group_are_refused_together() -> None:
    returns, pairs, market = panel()
    pairs["window"], pairs["sector"] = "a", [None, *["b"] * (len(pairs) - 1)]
    with pytest.raises(ValueError, match="pairs: window names what a table computes") as caught:
        es.study_returns(returns, pairs, market)
    assert "pairs: sector has empty cells" in str(caught.value)


def test_no_degree_of_freedom_is_a_short_estimation_window() -> None:
    returns, pairs, _ = panel()
    rng = np.random.default_rng(2)
    factors = pd.DataFrame(rng.normal(0, 0.01, (len(returns), 8)), returns.index, [f"f{k}" for k in range(8)])
    event = returns.index.get_loc(pairs["event_session"].iloc[0])
    returns.iloc[event - 260 : event - 19, 0] = np.nan  # nine returns for nine coefficients
    spec = es.StudySpec(model=es.FactorModel(list(factors)), windows=((0, 0),), min_estimation=5)
    results = es.study_returns(returns, pairs, factors, spec)
    assert results.attrition.set_index("ticker").loc["S0", "reason"] == "short_estimation"


def test_groups_of_own_returns_need_no_catalogue_columns() -> None:
    returns, pairs, market = panel()
    results = es.study_returns(returns, pairs, market)
    assert list(results.groups()["event_id"].unique()) == ["e0"]
    assert list(results.tests().columns[:2]) == ["event_id", "window"]


def test_per_cent_is_refused() -> None:
    returns, pairs, market = panel()
    with pytest.raises(ValueError, match="look like per cent; divide by 100"):
        es.study_returns(100 * returns, pairs, 100 * market)
