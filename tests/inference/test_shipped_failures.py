"""Errors that released event-study packages shipped, one test each: the right number, and how far the wrong one is."""

from __future__ import annotations

import math
from dataclasses import replace
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.inference.bmp import adjusted_bmp_t, bmp_t
from eventstudy.inference.bootstrap import DRAWS, sample_bootstrap, wild_bootstrap
from eventstudy.inference.cross_sectional import cross_sectional_t
from eventstudy.inference.patell import patell_z
from eventstudy.inference.portfolio import time_series_t
from eventstudy.results.group_tables import CLOSED_FORM

SAME = {"rel": 1e-10}
SPEC = es.StudySpec(estimation=(-120, -11), min_estimation=60, windows=((0, 0), (0, 4)))


def brought(seed: int = 0, n: int = 6, days: int = 260) -> tuple[pd.DataFrame, pd.Series]:
    """Returns with a common residual, and their market."""
    rng = np.random.default_rng(seed)
    index = pd.bdate_range("2024-01-01", periods=days)
    market = pd.Series(rng.normal(0, 0.01, days), index=index, name="market")
    values = market.to_numpy()[:, None] * rng.uniform(0.5, 1.5, n) + 0.01 * rng.normal(size=(days, 1))
    return pd.DataFrame(values + rng.normal(0, 0.015, (days, n)), index=index, columns=list("ABCDEFGH"[:n])), market


def pairs_at(returns: pd.DataFrame, events: dict[str, int], names: str) -> pd.DataFrame:
    """Every security in every event."""
    rows = [(event, name, returns.index[day]) for event, day in events.items() for name in names]
    return pd.DataFrame(rows, columns=["event_id", "security_id", "event_session"])


def test_a_degenerate_event_is_no_zero() -> None:
    """A security that never moves has no CAR; a package counted it as a CAR of 0 and N + 1."""
    returns, market = brought()
    returns["F"] = 0.0
    results = es.study_returns(returns, pairs_at(returns, {"e": 200}, "ABCDEF"), market, SPEC)
    row = results.groups(by=("event_id",)).set_index("window").loc["[0,0]"]
    cars = results.cars[results.cars["window"] == "[0,0]"]["car"]
    assert row["n_pairs"] == len(cars) == 5
    assert row["caar"] == pytest.approx(cars.sum() / 5, **SAME)
    assert row["caar"] != pytest.approx(cars.sum() / 6, rel=0.1)
    lost = results.attrition[results.attrition["ticker"] == "F"]
    assert lost["reason"].tolist() == ["zero_variance"]


def test_a_correlation_adjustment_that_cannot_be_had_is_said(panels: ModuleType) -> None:
    """A package set the adjustment to 1 where r̄ could not be computed, and printed the plain BMP as adjusted."""
    sample = panels.hand_sample([1.0, 2.0, 3.0], residuals=np.tile([1.0, -1.0, 2.0, -2.0], (3, 1)))
    assert math.isfinite(bmp_t(sample).statistic)
    found = adjusted_bmp_t(sample)
    assert math.isnan(found.statistic)
    assert math.isnan(found.pvalue)
    assert found.reason == "the observations move as one"


def test_a_correlation_adjustment_always_bites_where_there_is_correlation(panels: ModuleType) -> None:
    rng = np.random.default_rng(0)
    residuals = rng.normal(size=(6, 80)) + rng.normal(size=80)
    sample = panels.hand_sample([1.0, 2, 3, 4, 5, 6], residuals=residuals)
    r = sample.correlation.mean
    assert r == pytest.approx(np.corrcoef(residuals)[np.triu_indices(6, 1)].mean(), abs=0.03)
    expected = bmp_t(sample).statistic * math.sqrt((1 - r) / (1 + 5 * r))
    assert adjusted_bmp_t(sample).statistic == pytest.approx(expected, **SAME)
    assert abs(expected) < 0.6 * abs(bmp_t(sample).statistic)


def test_pooling_is_keyed_by_event_and_security() -> None:
    """A firm in two events is two observations; joined by firm alone it became four, with every statistic inflated."""
    returns, market = brought(1)
    results = es.study_returns(returns, pairs_at(returns, {"one": 160, "two": 220}, "ABC"), market, SPEC)
    assert len(results.cars) == 3 * 2 * 2
    assert not results.cars.duplicated(["event_id", "ticker", "window"]).any()
    row = results.groups(by=()).set_index("window").loc["[0,0]"]
    cars = results.cars[results.cars["window"] == "[0,0]"].set_index(["event_id", "ticker"])["car"]
    assert row["n_pairs"] == len(cars) == 6
    assert row["caar"] == pytest.approx(cars.mean(), **SAME)
    t = results.tests(by=()).set_index(["window", "test"]).loc[("[0,0]", "cross_sectional_t")]
    assert t["statistic"] == pytest.approx(cars.mean() / (cars.std(ddof=1) / math.sqrt(6)), **SAME)
    assert t["distribution"] == "t(5)"
    # each event has its own CAR, not that of the firm's first event
    assert (cars["one"] - cars["two"]).abs().min() > 1e-6


def test_the_denominator_of_a_bootstrap_p_holds_the_draws_that_were_made(panels: ModuleType) -> None:
    """Draws without a standard error were dropped from the numerator and left in the denominator: p came out low."""
    found = wild_bootstrap(np.array([1.0, 0, 0, 0, 0]), np.ones(5), (0,), 999)
    # one cluster alone moves: every draw only rescales it, |t*| = |t| = 1 always
    assert abs(found.statistic) == pytest.approx(1.0, **SAME)
    assert found.pvalue == 1.0
    sample = panels.hand_sample([0.0] * 6, position=[100, 200, 300, 400, 500, 600])
    assert sample_bootstrap(sample, (0,)) is None
    smallest = wild_bootstrap(np.array([1.0, 1.01, 0.99, 1.02, 1.0, 0.98, 1.01, 1.0, 1.0]), np.ones(9), (0,))
    assert smallest.pvalue >= 1 / (1 + DRAWS)
    assert round(smallest.pvalue * (1 + DRAWS), 6) == round(smallest.pvalue * (1 + DRAWS))


def test_where_t_is_said_p_is_from_t(panels: ModuleType) -> None:
    """With four degrees of freedom and |t| = 2.5 the normal law would say 0.012 for 0.067."""
    rng = np.random.default_rng(2)
    sample = panels.hand_sample(rng.normal(1, 1, 5), residuals=rng.normal(size=(5, 30)))
    study = panels.random_study(33)
    for group in (sample, study.sample(np.arange(8), 0)):
        for name, statistic in CLOSED_FORM.items():
            found = statistic(group)
            if found.distribution.startswith("t("):
                dof = float(found.distribution[2:-1])
                # the printed law has one decimal where ν is not whole
                near = [2 * stats.t.sf(abs(found.statistic), d) for d in (dof - 0.051, dof + 0.051)]
                assert min(near) <= found.pvalue <= max(near), name
                assert found.pvalue > 2 * stats.norm.sf(abs(found.statistic)), name
            elif found.distribution == "N(0,1)":
                assert found.pvalue == pytest.approx(2 * stats.norm.sf(abs(found.statistic)), **SAME), name


def test_standard_deviations_divide_by_one_less_than_their_count(panels: ModuleType) -> None:
    """Divisor N makes every t larger by √(N/(N-1)): 22% at N = 3."""
    car = np.array([1.0, 2.0, 6.0])
    sample = panels.hand_sample(car, residuals=[[1, -1, 1, -1], [1, -1, 1, 1], [1, 1, 1, -1]])
    right = car.mean() / (car.std(ddof=1) / math.sqrt(3))
    assert cross_sectional_t(sample).statistic == pytest.approx(right, **SAME)
    assert bmp_t(sample).statistic == pytest.approx(right, **SAME)
    mean = np.array([1, -1 / 3, 1, -1 / 3])
    assert time_series_t(sample).statistic == pytest.approx(3 / mean.std(ddof=1), **SAME)
    # the market model's residual variance divides by M - 2
    returns, market = brought(3)
    results = es.study_returns(returns, pairs_at(returns, {"e": 200}, "A"), market, SPEC)
    stretch = slice(200 - 120, 200 - 11 + 1)
    fit = stats.linregress(market.iloc[stretch], returns["A"].iloc[stretch])
    residual = returns["A"].iloc[stretch] - fit.intercept - fit.slope * market.iloc[stretch]
    expected = math.sqrt(float((residual**2).sum()) / (110 - 2))
    assert results.pairs["residual_sd"].iloc[0] == pytest.approx(expected, **SAME)


def test_the_prediction_error_widens_and_is_neither_missing_nor_inverted() -> None:
    """Var(AR) = s² (1 + 1/M + (R_m - R̄_m)²/S_mm): at a market move of six standard deviations 34% more than s²."""
    returns, market = brought(4)
    market = market.copy()
    market.iloc[200] = 0.06
    results = es.study_returns(returns, pairs_at(returns, {"e": 200}, "A"), market, SPEC)
    estimation = market.iloc[80:190]
    spread = float(((estimation - estimation.mean()) ** 2).sum())
    factor = 1 + 1 / 110 + (0.06 - float(estimation.mean())) ** 2 / spread
    assert factor > 1.2
    row = results.cars.set_index("window").loc["[0,0]"]
    s = results.pairs["residual_sd"].iloc[0]
    assert row["car_se"] == pytest.approx(s * math.sqrt(factor), **SAME)
    assert row["scar"] == pytest.approx(row["car"] / (s * math.sqrt(factor)), **SAME)
    day = results.abnormal_returns.set_index("tau").loc[0]
    assert day["sar"] == pytest.approx(day["ar"] / (s * math.sqrt(factor)), **SAME)


def test_residuals_correlate_on_the_calendar_not_in_event_time() -> None:
    """Two firms with one common shock and events 30 sessions apart: by event day their residuals look unrelated.

    With windows that do not overlap no correlation enters at all; the estimation windows' common days do not either.
    """
    returns, market = brought(5)
    returns["B"] = returns["A"]
    apart = pd.DataFrame(
        {"event_id": ["one", "two"], "security_id": ["A", "B"], "event_session": returns.index[[180, 183]]}
    )
    results = es.study_returns(returns, apart, market, SPEC)
    rows = results.groups(by=()).set_index("window")
    # [0,0]: the windows do not meet
    assert rows.loc["[0,0]", "mean_correlation"] == 0.0
    # [0,+4]: two of five sessions are common; on them the two are one and the same
    found = rows.loc["[0,+4]", "mean_correlation"]
    assert found == pytest.approx(2 / 5, abs=0.01)
    by_event_day = results.evidence.arrays.fit.residuals
    assert abs(np.corrcoef(by_event_day)[0, 1]) < 0.3


def test_the_cumulated_patell_has_the_covariance_between_days() -> None:
    """Days of one window share the estimated coefficients; Σ SAR/√L leaves their covariance out."""
    returns, market = brought(6)
    market = market.copy()
    market.iloc[200:205] = 0.04
    pairs = pairs_at(returns, {"e": 200}, "ABCDEF")
    exact = es.study_returns(returns, pairs, market, SPEC)
    summed = es.study_returns(returns, pairs, market, replace(SPEC, standardise="sum"))
    design = np.column_stack([np.ones(110), market.iloc[80:190]])
    event = np.column_stack([np.ones(5), market.iloc[200:205]])
    covariance = np.eye(5) + event @ np.linalg.inv(design.T @ design) @ event.T
    car = exact.cars[exact.cars["window"] == "[0,+4]"]
    s = exact.pairs["residual_sd"].to_numpy()
    np.testing.assert_allclose(car["car_se"], s * math.sqrt(covariance.sum()), rtol=1e-10)
    z = exact.tests(by=()).set_index(["window", "test"]).loc[("[0,+4]", "patell_z"), "statistic"]
    expected = (car["car"].to_numpy() / (s * math.sqrt(covariance.sum()))).sum() / math.sqrt(6 * 108 / 106)
    assert z == pytest.approx(expected, **SAME)
    other = summed.tests(by=()).set_index(["window", "test"]).loc[("[0,+4]", "patell_z"), "statistic"]
    ar = exact.abnormal_returns.query("tau >= 0 and tau <= 4")["ar"].to_numpy().reshape(6, 5)
    sar = ar / s[:, None] / np.sqrt(np.diag(covariance))
    assert other == pytest.approx(sar.sum() / math.sqrt(5) / math.sqrt(6 * 108 / 106), **SAME)
    # here the off-diagonal part is a third of the variance and more
    assert covariance.sum() > 1.3 * np.trace(covariance)
    assert abs(other) > 1.1 * abs(z)


def test_every_day_has_its_own_value() -> None:
    """A package printed the first day's statistic on every day."""
    returns, market = brought(7)
    spec = replace(SPEC, windows=tuple((day, day) for day in range(-3, 4)))
    results = es.study_returns(returns, pairs_at(returns, {"e": 200}, "ABCDEF"), market, spec)
    table = results.tests(by=("event_id",))
    assert len(table) == 7 * len(spec.tests)
    for test in ("cross_sectional_t", "patell_z", "adjusted_bmp_t", "portfolio_t", "rank_z", "time_series_t"):
        assert table[table["test"] == test]["statistic"].nunique() == 7, test
    ar = results.abnormal_returns.set_index(["ticker", "tau"])["ar"]
    for window in results.cars.itertuples():
        assert window.car == pytest.approx(ar[window.ticker, int(window.window[1:].split(",")[0])], **SAME)


def test_the_window_moves_with_the_event_day() -> None:
    """News after the close has its day 0, its windows and its estimation window one session later."""
    returns, market = brought(8)
    first = es.study_returns(returns, pairs_at(returns, {"e": 200}, "ABC"), market, SPEC)
    later = es.study_returns(returns, pairs_at(returns, {"e": 201}, "ABC"), market, SPEC)
    for results, day in ((first, 200), (later, 201)):
        table = results.abnormal_returns
        assert (table[table["tau"] == 0]["session"] == returns.index[day]).all()
        assert (table[table["tau"] == 10]["session"] == returns.index[day + 10]).all()
        value = table[(table["tau"] == 0) & (table["ticker"] == "A")]["return"].iloc[0]
        assert value == pytest.approx(returns["A"].iloc[day], rel=1e-15)
        stretch = slice(day - 120, day - 11 + 1)
        fit = stats.linregress(market.iloc[stretch], returns["A"].iloc[stretch])
        assert results.pairs["beta"].iloc[0] == pytest.approx(fit.slope, **SAME)
        assert results.pairs["alpha"].iloc[0] == pytest.approx(fit.intercept, rel=1e-8)
    assert (first.pairs["beta"] != later.pairs["beta"]).all()


def test_patell_uses_the_degrees_of_freedom_of_each_fit(panels: ModuleType) -> None:
    """Not those of the first firm for all."""
    study = panels.random_study(34)
    sample = study.sample(np.arange(12), 0)
    dof = study.arrays.fit.dof[sample.rows]
    assert len(np.unique(dof)) > 1
    expected = sample.scar.sum() / math.sqrt((dof / (dof - 2)).sum())
    assert patell_z(sample).statistic == pytest.approx(expected, **SAME)
