"""The calendar-time portfolio: who is held when, by hand; its intercept and error against statsmodels."""

from __future__ import annotations

import math
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import eventstudy as es
from eventstudy.inference.calendar_time import calendar_portfolio, calendar_time_t, lag_length, newey_west
from eventstudy.inference.cross_sectional import cross_sectional_t
from eventstudy.inference.sample import GroupSample
from eventstudy.models import MarketAdjusted, MeanAdjusted, SectorModel

RELATIVE = 1e-10  # least squares twice, a hundred days
NAN = float("nan")
TESTS = (*es.StudySpec().tests, "calendar_time_t")


def held(
    panels: ModuleType, abnormal: Any, position: Any, clock: Any = None, expected: float = 0.0
) -> tuple[GroupSample, dict[int, dict[int, np.ndarray]]]:
    """A group without factors, from (N, L) abnormal returns and the sessions on which windows begin."""
    abnormal = np.array(abnormal, dtype=float)
    n, length = abnormal.shape
    made = panels.hand_sample(np.ones(n), position=position, length=length, event_sar=abnormal)
    arrays = replace(
        made.arrays,
        abnormal=replace(made.arrays.abnormal, ar=abnormal),
        panel=replace(
            made.arrays.panel, event_returns=abnormal + expected, event_span=np.isfinite(abnormal).astype(float)
        ),
    )
    clock = np.arange(2_000) if clock is None else clock
    events = np.unique(made.arrays.panel.event).tolist()
    return GroupSample(arrays, made.rows, 0), {event: {0: clock} for event in events}


def test_who_is_held_when(panels: ModuleType) -> None:
    # windows of three sessions from 100 and from 102: only session 102 holds both
    sample, clocks = held(panels, [[1.0, 2.0, 3.0], [5.0, NAN, 6.0]], [100, 102], expected=0.5)
    portfolio = calendar_portfolio(sample, clocks)
    # the second has no return on 103, and nobody else is held then
    np.testing.assert_array_equal(portfolio.columns, [100, 101, 102, 104])
    np.testing.assert_array_equal(portfolio.held, [1, 1, 2, 1])
    # a model without factors leaves abnormal returns
    np.testing.assert_allclose(portfolio.returns, [1.0, 2.0, 4.0, 6.0], rtol=1e-15)
    np.testing.assert_array_equal(portfolio.design, np.ones((4, 1)))


def test_days_of_the_news_clock_not_sessions(panels: ModuleType) -> None:
    # the second security keeps a calendar whose session 7 sees the news that session 5 of the first sees
    sample, _ = held(panels, [[1.0, 2.0], [3.0, 4.0]], [5, 7])
    arrays = replace(
        sample.arrays, calendar=np.array([0, 1]), panel=replace(sample.arrays.panel, event=np.array([0, 0]))
    )
    first, second = np.arange(100, 110), np.concatenate([np.arange(98, 106), [-1, 107]])
    portfolio = calendar_portfolio(GroupSample(arrays, sample.rows, 0), {0: {0: first, 1: second}})
    # session 8 of the second has no day of its own and is not held
    np.testing.assert_array_equal(portfolio.columns, [105, 106])
    np.testing.assert_array_equal(portfolio.held, [2, 1])
    np.testing.assert_allclose(portfolio.returns, [2.0, 2.0], rtol=1e-15)


def test_ten_days_by_hand(panels: ModuleType) -> None:
    # 2 ± 1 in turn on ten days: lag max(0, ⌊4 (0.1)^(2/9)⌋) = 2, scores' squares 10, products -9 and 8 at 2/3 and 1/3:
    # S = 10 + 2 (-6 + 8/3) = 10/3; V = (10/3)/100 · 10/9 = 1/27; t = 2 √27 on 9 degrees of freedom
    abnormal = np.where(np.arange(10) % 2, 1.0, 3.0)[:, None]
    sample, clocks = held(panels, abnormal, 100 + np.arange(10))
    found = calendar_time_t(sample, clocks)
    assert found.statistic == pytest.approx(2 * math.sqrt(27), rel=1e-12)
    assert found.pvalue == pytest.approx(2 * stats.t.sf(2 * math.sqrt(27), 9), rel=1e-10)
    assert (found.name, found.distribution, found.n_pairs, found.reason) == ("calendar_time_t", "t(9)", 10, "")


def test_days_are_weighed_not_observations(panels: ModuleType) -> None:
    # nine observations share a day of 1, nine days of one each have 3: the mean of days is 2.8, the CAAR 2
    day = np.concatenate([np.full(9, 100), 101 + np.arange(9)])
    sample, clocks = held(panels, np.where(day == 100, 1.0, 3.0)[:, None], day)
    wobbled, _ = held(panels, (np.where(day == 100, 1.0, 3.0) + 1e-3 * (day % 2))[:, None], day)
    assert calendar_portfolio(sample, clocks).returns.mean() == pytest.approx(2.8, rel=1e-14)
    assert sample.arrays.abnormal.ar.mean() == 2.0
    # weighted by √N_t its mean is that of the observations
    portfolio = calendar_portfolio(wobbled, clocks)
    root = np.sqrt(portfolio.held)
    by_hand = sm.OLS(portfolio.returns * root, root).fit(
        cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": True}, use_t=True
    )
    assert by_hand.params[0] == pytest.approx(2.0, abs=1e-3)
    assert calendar_time_t(wobbled, clocks, weighted=True).statistic == pytest.approx(by_hand.tvalues[0], rel=RELATIVE)


def test_lags() -> None:
    assert [lag_length(t, 1) for t in (10, 20, 100, 101, 500)] == [2, 2, 4, 4, 5]
    assert [lag_length(t, 21) for t in (10, 60, 79, 80, 500)] == [2, 15, 19, 20, 20]


@pytest.mark.parametrize("lag", [0, 1, 5])
def test_newey_west_against_statsmodels(lag: int) -> None:
    rng = np.random.default_rng(lag)
    design = np.column_stack([np.ones(40), rng.normal(size=(40, 2))])
    fitted = sm.OLS(rng.normal(size=40).cumsum(), design).fit()
    robust = fitted.get_robustcov_results("HAC", maxlags=lag, use_correction=True)
    np.testing.assert_allclose(newey_west(design, fitted.resid, lag), robust.cov_params(), rtol=1e-9)


@pytest.fixture(scope="module")
def studies(panels: ModuleType) -> dict[str, Any]:
    """Two calendars, gaps, events at two hours; one study a kind of model."""
    models = {
        "market": panels.SPEC.model,
        "sector": SectorModel(),
        "mean": MeanAdjusted(),
        "unfitted": MarketAdjusted(),
    }
    return {
        name: panels.random_study(11, replace(panels.SPEC, model=model, tests=TESTS)) for name, model in models.items()
    }


def by_dictionaries(evidence: Any, sample: GroupSample, weighted: bool) -> tuple[float, float, int]:
    """t, p and degrees of freedom: holdings gathered pair by pair, statsmodels for the rest."""
    arrays, model = sample.arrays, evidence.arrays.fit
    panel = arrays.panel
    holdings: dict[int, list[tuple[float, ...]]] = {}
    for row in sample.rows:
        for tau in range(sample.window.window[0], sample.window.window[1] + 1):
            place = int(np.flatnonzero(panel.taus == tau)[0])
            clock = evidence.clocks[int(panel.event[row])][int(arrays.calendar[row])]
            session = int(arrays.position[row]) + tau
            value = panel.event_returns[row, place]
            if session >= len(clock) or clock[session] < 0 or not np.isfinite(value):
                continue
            loads = panel.event_regressors[row, place]
            if model.gram_inverse.shape[1] <= 1:  # mean-adjusted or market-adjusted: no loading to estimate
                value, loads = arrays.abnormal.ar[row, place], loads[:0]
            holdings.setdefault(int(clock[session]), []).append((value, panel.event_span[row, place], *loads))
    days = np.array([np.mean(holdings[day], axis=0) for day in sorted(holdings)])
    weights = [float(len(holdings[day])) for day in sorted(holdings)] if weighted else np.ones(len(days))
    t = len(days)
    lags = min(max(sample.length - 1, int(4 * (t / 100) ** (2 / 9))), t // 4)
    fitted = sm.WLS(days[:, 0], days[:, 1:], weights=weights).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    return float(fitted.tvalues[0]), float(fitted.pvalues[0]), int(fitted.df_resid)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("model", ["market", "sector", "mean", "unfitted"])
def test_studies_against_statsmodels(panels: ModuleType, studies: dict[str, Any], model: str, weighted: bool) -> None:
    evidence = studies[model]
    compared = 0
    for rows in panels.groups_of(evidence):
        for number in (1, 2):
            sample = evidence.sample(rows, number)
            found = calendar_time_t(sample, evidence.clocks, weighted=weighted)
            if found.reason:
                assert "of the" in found.reason
                continue
            t, p, dof = by_dictionaries(evidence, sample, weighted)
            assert found.statistic == pytest.approx(t, rel=RELATIVE)
            assert found.pvalue == pytest.approx(p, rel=1e-8)
            assert found.distribution == f"t({dof})"
            compared += 1
    assert compared >= 4


def test_order_sign_and_scale(panels: ModuleType, studies: dict[str, Any]) -> None:
    evidence = studies["market"]
    everything = np.arange(evidence.arrays.panel.n_observations)
    sample = evidence.sample(everything, 2)
    found = calendar_time_t(sample, evidence.clocks)
    for factor, sign in ((-1.0, -1.0), (100.0, 1.0)):
        again = calendar_time_t(panels.scaled(sample, factor), evidence.clocks)
        assert again.statistic == pytest.approx(sign * found.statistic, rel=RELATIVE)
        assert again.pvalue == pytest.approx(found.pvalue, rel=1e-8)
    turned = GroupSample(sample.arrays, sample.rows[::-1], 2)
    assert calendar_time_t(turned, evidence.clocks).statistic == pytest.approx(found.statistic, rel=RELATIVE)


def test_no_statistic(panels: ModuleType) -> None:
    nine, clocks = held(panels, np.arange(9.0)[:, None], 100 + np.arange(9))
    empty = GroupSample(nine.arrays, np.array([], dtype=np.int64), 0)
    alike, same_clocks = held(panels, np.full((12, 1), 0.25), 100 + np.arange(12))
    zero, zero_clocks = held(panels, np.zeros((12, 1)), 100 + np.arange(12))
    wobbling, some_clocks = held(panels, np.random.default_rng(0).normal(size=(12, 1)), 100 + np.arange(12))
    # a market that stood still on every held session
    panel = replace(
        wobbling.arrays.panel, event_regressors=np.zeros((12, 1, 1)), estimation_regressors=np.zeros((12, 4, 1))
    )
    fit = replace(wobbling.arrays.fit, gram_inverse=np.zeros((12, 2, 2)))
    still = GroupSample(replace(wobbling.arrays, panel=panel, fit=fit), wobbling.rows, 0)
    cases = [
        (nine, clocks, "holdings on 9 of the 10 sessions needed"),
        (empty, clocks, "no observations"),
        (alike, same_clocks, "the portfolio's residual does not vary"),
        (zero, zero_clocks, "the portfolio's residual does not vary"),
        (still, some_clocks, "the factors do not vary over the held sessions"),
    ]
    for sample, clock, reason in cases:
        found = calendar_time_t(sample, clock)
        assert math.isnan(found.statistic), reason
        assert math.isnan(found.pvalue), reason
        assert (found.reason, found.distribution, found.n_pairs) == (reason, "", sample.n)


def test_in_the_tests_table_when_named() -> None:
    returns, _, market = es.example_returns()
    assert "calendar_time_t" not in es.StudySpec().tests
    days = range(272, 284)
    pairs = [{"event_id": f"E{day}", "security_id": f"S{day % 6}", "event_session": returns.index[day]} for day in days]
    spec = es.StudySpec(windows=((0, 0), (0, 1)), tests=("calendar_time_t",))
    table = es.study_returns(returns, pd.DataFrame(pairs).assign(all="all"), market, spec).tests(by=("all",))
    # one observation a day: plain least squares of its return on the market over the twelve days
    held_returns = [returns[f"S{day % 6}"].iloc[day] for day in days]
    fitted = sm.OLS(held_returns, sm.add_constant(market.iloc[272:284].to_numpy())).fit(
        cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": True}, use_t=True
    )
    first = table.iloc[0]
    assert first["test"] == "calendar_time_t"
    assert first["statistic"] == pytest.approx(fitted.tvalues[0], rel=RELATIVE)
    assert first["pvalue"] == pytest.approx(fitted.pvalues[0], rel=1e-8)
    assert table["distribution"].tolist() == ["t(10)", "t(11)"]
    assert table["n_pairs"].tolist() == [12, 12]


@pytest.mark.slow
@pytest.mark.parametrize(("n", "rho"), [(10, 0.0), (34, 0.0), (10, 0.2), (34, 0.2)])
def test_size_when_windows_overlap(panels: ModuleType, n: int, rho: float) -> None:
    """Windows of 21 sessions that begin within 100 sessions: the cross-sectional t takes them for independent."""
    rng = np.random.default_rng(n + int(100 * rho))
    draws, length = 1_500, 21
    rejected = np.zeros(2)
    for _ in range(draws):
        start = rng.integers(0, 100, n)
        days = start[:, None] + np.arange(length)
        shock = rng.normal(size=100 + length)
        abnormal = math.sqrt(rho) * shock[days] + math.sqrt(1 - rho) * rng.normal(size=(n, length))
        sample, clocks = held(panels, abnormal, start)
        crossed = panels.hand_sample(abnormal.sum(axis=1))
        rejected += [calendar_time_t(sample, clocks).pvalue < 0.05, cross_sectional_t(crossed).pvalue < 0.05]
    calendar, crosswise = rejected / draws
    # twenty lags over some hundred days cost a few points of size
    assert 0.04 < calendar < 0.14
    if rho and n == 34:
        assert crosswise > 0.14
    assert rho or 0.035 < crosswise < 0.065
