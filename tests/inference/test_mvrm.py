"""The system of market models: by hand, against statsmodels with its dummies written out, and under no effect."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.multivariate.multivariate_ols import _MultivariateOLS

import eventstudy as es
from eventstudy.abnormal import abnormal_returns, window_returns
from eventstudy.inference.mvrm import mvrm_days, mvrm_equal_f, mvrm_f, mvrm_mean_f
from eventstudy.inference.portfolio import portfolio_t
from eventstudy.inference.sample import GroupSample, StudyArrays
from eventstudy.models import MarketModel, MeanAdjusted, ReturnModel
from eventstudy.panel.event_panel import EventPanel

RELATIVE = 1e-9  # statsmodels solves by pseudo-inverse, the package by QR
DRAWS = 2_000  # of a size: standard error 0.5% at 5%
NAN = float("nan")
STATISTICS = (mvrm_f, mvrm_equal_f, mvrm_mean_f)


def system_of(
    estimation: Any, event: Any, market: Any = None, event_market: Any = None, min_estimation: int = 3
) -> GroupSample:
    """A group of N securities on one calendar: (N, M) and (N, L) returns; a market of M and L, or none."""
    estimation, event = np.array(estimation, dtype=float), np.array(event, dtype=float)
    (n, days), length = estimation.shape, event.shape[1]
    model: ReturnModel = MeanAdjusted() if market is None else MarketModel()
    around = np.empty((days, 0)) if market is None else np.reshape(market, (days, 1))
    inside = np.empty((length, 0)) if event_market is None else np.reshape(event_market, (length, 1))
    panel = EventPanel(
        estimation_returns=estimation,
        estimation_span=np.isfinite(estimation).astype(float),
        estimation_regressors=np.tile(around, (n, 1, 1)),
        estimation_column=np.tile(np.arange(days), (n, 1)),
        estimation_in_event=np.zeros((n, days), dtype=bool),
        taus=np.arange(length),
        event_returns=event,
        event_span=np.isfinite(event).astype(float),
        event_regressors=np.tile(inside, (n, 1, 1)),
        security=np.arange(n),
        event=np.zeros(n, dtype=np.int64),
    )
    fit = model.fit(panel)
    abnormal = abnormal_returns(panel, fit)
    arrays = StudyArrays(
        panel=panel,
        fit=fit,
        abnormal=abnormal,
        windows=(window_returns(panel, fit, abnormal, (0, length - 1)),),
        cluster=np.zeros(n, dtype=np.int64),
        calendar=np.zeros(n, dtype=np.int64),
        position=np.full(n, days + 10),
        min_estimation=min_estimation,
    )
    return GroupSample(arrays, np.arange(n), 0)


def random_system(seed: int, n: int = 5, days: int = 60, length: int = 3, rho: float = 0.4) -> GroupSample:
    """Correlated market-model returns."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0005, 0.01, days + length)
    errors = math.sqrt(rho) * rng.normal(size=days + length) + math.sqrt(1 - rho) * rng.normal(size=(n, days + length))
    returns = 0.001 + rng.uniform(0.5, 1.5, (n, 1)) * market + 0.02 * rng.uniform(0.5, 2.0, (n, 1)) * errors
    return system_of(returns[:, :days], returns[:, days:], market[:days], market[days:])


def test_two_securities_around_their_means() -> None:
    # M = 4 returns of mean 0 and Σ̂ = diag(4/3, 4/3), d = 3, one day: k = 1 + 1/4; g = (3, 1)
    sample = system_of([[1, -1, 1, -1], [1, 1, -1, -1]], [[3], [1]])
    # all zero: T² = (9 + 1)/(4/3 · 5/4) = 6; F = 6 (3 - 2 + 1)/(2 · 3) = 2 on F(2, 2), whose survival is 1/(1 + F)
    joint = mvrm_f(sample)
    assert joint.statistic == pytest.approx(2.0, rel=1e-13)
    assert joint.pvalue == pytest.approx(1 / 3, rel=1e-13)
    assert (joint.name, joint.null, joint.distribution, joint.n_pairs) == ("mvrm_f", "every CAR is zero", "F(2,2)", 2)
    # all equal: difference 2 with variance 8/3 · 5/4: F = 4/(10/3) = 1.2 on F(1, 3)
    equal = mvrm_equal_f(sample)
    assert equal.statistic == pytest.approx(1.2, rel=1e-13)
    assert equal.pvalue == pytest.approx(2 * stats.t.sf(math.sqrt(1.2), 3), rel=1e-12)
    assert (equal.null, equal.distribution) == ("all CARs are equal", "F(1,3)")
    # mean zero: 4² over the same: 4.8
    mean = mvrm_mean_f(sample)
    assert mean.statistic == pytest.approx(4.8, rel=1e-13)
    assert (mean.null, mean.distribution) == ("mean CAR is zero", "F(1,3)")


def test_a_window_of_two_days() -> None:
    # s² = 4/3, g = 3 + 1, k = 2 + 2²/4 = 3: F = 16/(4/3 · 3) = 4 on F(1, 3)
    assert mvrm_f(system_of([[1, -1, 1, -1]], [[3, 1]])).statistic == pytest.approx(4.0, rel=1e-13)


def test_one_day_by_rank() -> None:
    # one security, returns 1 -1 1 -1 and 3: mean 3/5, squared residuals 4/25 64/25 4/25 64/25 144/25, leverage 1/5:
    # π = 1/70 16/70 1/70 16/70 36/70 over 4/5; π_0 = 9/14, T² = 3 (9/14)/(5/14) = 5.4; no other day as far out
    sample = system_of([[1, -1, 1, -1]], [[3]])
    (day,) = mvrm_days(sample)
    assert day.tau == 0
    assert day.statistic == pytest.approx(5.4, rel=1e-12)
    assert day.statistic == pytest.approx(mvrm_f(sample).statistic, rel=1e-12)
    assert day.rank_pvalue == pytest.approx(1 / 5, rel=1e-15)
    assert day.distribution == "F(1,3)"


@pytest.mark.parametrize("n", [2, 3, 7])
def test_statsmodels_with_dummies(n: int) -> None:
    """Equation by equation with one dummy a day: the tests are linear hypotheses on the dummies' coefficients."""
    for seed in range(3):
        sample = random_system(10 * n + seed, n=n)
        panel = sample.arrays.panel
        days, length = panel.estimation_returns.shape[1], 3
        returns = np.concatenate([panel.estimation_returns, panel.event_returns], axis=1).T
        market = np.concatenate([panel.estimation_regressors[0, :, 0], panel.event_regressors[0, :, 0]])
        dummies = np.vstack([np.zeros((days, length)), np.eye(length)])
        # scaled: statsmodels tells rank by absolute size
        fitted = _MultivariateOLS(100 * returns, np.column_stack([np.ones(len(market)), 100 * market, dummies])).fit()
        window = np.array([[0.0, 0.0, 1.0, 1.0, 1.0]])
        differences = np.vstack([np.ones(n - 1), -np.eye(n - 1)])
        cases = {mvrm_f: np.eye(n), mvrm_mean_f: np.ones((n, 1)), mvrm_equal_f: differences}
        for statistic, combined in cases.items():
            table = fitted.mv_test([("window", window, combined)]).results["window"]["stat"]
            row = table.loc["Hotelling-Lawley trace"]
            found = statistic(sample)
            assert found.statistic == pytest.approx(float(row["F Value"]), rel=RELATIVE)
            assert found.pvalue == pytest.approx(float(row["Pr > F"]), rel=1e-7)
            assert found.distribution == f"F({row['Num DF']:.0f},{row['Den DF']:.0f})"


def test_the_mean_is_the_portfolio_t_squared() -> None:
    for seed in range(4):
        sample = random_system(seed)
        of_portfolio, found = portfolio_t(sample), mvrm_mean_f(sample)
        assert found.statistic == pytest.approx(of_portfolio.statistic**2, rel=RELATIVE)
        assert found.pvalue == pytest.approx(of_portfolio.pvalue, rel=RELATIVE)


@pytest.mark.parametrize("equal", [False, True])
def test_days_with_every_day_in_turn_under_a_dummy(equal: bool) -> None:
    """π_t ranks days as the T² of a dummy on day t does; on the event's days F is the test of that day alone."""
    sample = random_system(3, n=4, days=40, length=2)
    panel = sample.arrays.panel
    days = mvrm_days(sample, equal=equal)
    assert [day.tau for day in days] == [0, 1]
    for place, day in enumerate(days):
        returns = np.concatenate([panel.estimation_returns, panel.event_returns[:, place : place + 1]], axis=1)
        market = np.append(panel.estimation_regressors[0, :, 0], panel.event_regressors[0, place, 0])
        squared = []
        for one in range(41):
            others = np.delete(np.arange(41), one)
            alone = system_of(returns[:, others], returns[:, [one]], market[others], market[[one]])
            squared.append((mvrm_equal_f if equal else mvrm_f)(alone).statistic)
        assert day.statistic == pytest.approx(squared[-1], rel=RELATIVE)
        assert day.pvalue == pytest.approx(stats.f.sf(squared[-1], 4 - equal, 38 - 4 + equal + 1), rel=RELATIVE)
        assert day.rank_pvalue == pytest.approx(np.mean(np.array(squared) >= squared[-1] * (1 - 1e-9)), rel=1e-12)


def test_sessions_that_one_missed_are_left_out_for_all() -> None:
    sample = random_system(8)
    panel = sample.arrays.panel
    thin, market = panel.estimation_returns.copy(), panel.estimation_regressors[0, :, 0]
    thin[2, [4, 17]] = NAN
    without = np.delete(np.arange(60), [4, 17])
    event, event_market = panel.event_returns, panel.event_regressors[0, :, 0]
    gaps = system_of(thin, event, market, event_market)
    shorter = system_of(panel.estimation_returns[:, without], event, market[without], event_market)
    for statistic in STATISTICS:
        found, expected = statistic(gaps), statistic(shorter)
        assert found.statistic == pytest.approx(expected.statistic, rel=RELATIVE)
        assert found.distribution == expected.distribution
    # nor is a return over two sessions one session's return
    span = panel.estimation_span.copy()
    span[0, [4, 17]] = 2.0
    spanning = GroupSample(replace(sample.arrays, panel=replace(panel, estimation_span=span)), sample.rows, 0)
    assert mvrm_f(spanning).statistic == pytest.approx(mvrm_f(shorter).statistic, rel=RELATIVE)


def test_sign_scale_order_and_mixtures() -> None:
    """T² of all members does not care which portfolios of them the system is written in."""
    sample = random_system(4)
    panel = sample.arrays.panel
    mix = np.random.default_rng(0).normal(size=(5, 5))
    turns = {"turned": -np.eye(5), "scaled": 1e3 * np.eye(5), "reversed": np.eye(5)[::-1], "mixed": mix}
    market, event_market = panel.estimation_regressors[0, :, 0], panel.event_regressors[0, :, 0]
    for name, matrix in turns.items():
        again = system_of(matrix @ panel.estimation_returns, matrix @ panel.event_returns, market, event_market)
        assert mvrm_f(again).statistic == pytest.approx(mvrm_f(sample).statistic, rel=RELATIVE), name
        if name != "mixed":
            for statistic in (mvrm_equal_f, mvrm_mean_f):
                assert statistic(again).statistic == pytest.approx(statistic(sample).statistic, rel=RELATIVE), name


def _reasons(sample: GroupSample) -> set[str]:
    """The one reason of every test."""
    reasons = {statistic(sample).reason for statistic in STATISTICS}
    for statistic in STATISTICS:
        found = statistic(sample)
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
        assert found.distribution == ""
    days = mvrm_days(sample)
    assert isinstance(days, str)
    return {*reasons, days}


def test_no_system() -> None:
    sample = random_system(1)
    arrays, panel = sample.arrays, sample.arrays.panel

    def with_arrays(**changes: Any) -> GroupSample:
        return GroupSample(replace(arrays, **changes), sample.rows, 0)

    apart = {"the observations do not share one calendar and event session"}
    assert _reasons(with_arrays(calendar=np.array([0, 0, 1, 0, 0]))) == apart
    assert _reasons(with_arrays(position=np.array([70, 70, 71, 70, 70]))) == apart
    other = panel.estimation_regressors.copy()
    other[1, 5] += 1e-4
    assert _reasons(with_arrays(panel=replace(panel, estimation_regressors=other))) == {
        "the observations do not share one market"
    }
    halted = panel.event_returns.copy()
    halted[0, 1] = NAN
    assert _reasons(with_arrays(panel=replace(panel, event_returns=halted))) == {
        "not every observation has a return on each day of the window"
    }
    assert _reasons(with_arrays(min_estimation=61)) == {"only 60 sessions on which all traded, 61 needed"}
    flat = np.zeros_like(panel.estimation_regressors)
    assert _reasons(with_arrays(panel=replace(panel, estimation_regressors=flat))) == {"the regressors do not vary"}
    assert _reasons(GroupSample(arrays, np.array([], dtype=np.int64), 0)) == {"no observations"}


def test_more_members_than_degrees_of_freedom() -> None:
    sample = random_system(2, n=8, days=9, length=1)
    # d = 7: no joint test of eight members, one of seven differences, and the mean
    assert mvrm_f(sample).reason == "8 observations and only 7 degrees of freedom"
    assert mvrm_days(sample) == "8 observations and only 7 degrees of freedom"
    assert mvrm_equal_f(sample).distribution == "F(7,1)"
    assert mvrm_mean_f(sample).distribution == "F(1,7)"


def test_members_that_determine_each_other() -> None:
    sample = random_system(5, n=3)
    panel = sample.arrays.panel
    twice = [0, 1, 1]
    doubled = system_of(
        panel.estimation_returns[twice],
        panel.event_returns[twice],
        panel.estimation_regressors[0, :, 0],
        panel.event_regressors[0, :, 0],
    )
    reason = "residuals of some observations determine those of another"
    assert mvrm_f(doubled).reason == mvrm_equal_f(doubled).reason == mvrm_days(doubled) == reason
    assert mvrm_mean_f(doubled).pvalue == pytest.approx(portfolio_t(doubled).pvalue, rel=RELATIVE)


def test_one_observation() -> None:
    sample = random_system(6, n=1)
    # the square of SCAR
    assert mvrm_f(sample).statistic == pytest.approx(float(sample.scar[0]) ** 2, rel=RELATIVE)
    assert mvrm_equal_f(sample).reason == mvrm_days(sample, equal=True) == "fewer than two observations"


def test_in_the_tests_table_when_named() -> None:
    returns, pairs, market = es.example_returns()
    assert "mvrm_f" not in es.StudySpec().tests
    spec = es.StudySpec(windows=((0, 0), (0, 3)), tests=("portfolio_t", "mvrm_f"))
    results = es.study_returns(returns, pairs, market, spec)
    table = results.tests(by=("event_id",))
    rows = table[table["test"] == "mvrm_f"]
    # the same in full: 250 sessions and the event day, which has a dummy
    beside = returns.iloc[20:270].assign(market=market)
    exog = pd.concat([beside, returns.iloc[[280]].assign(market=market)])
    design = np.column_stack([np.ones(251), 100 * exog["market"], np.append(np.zeros(250), 1.0)])
    fitted = _MultivariateOLS(100 * exog[returns.columns].to_numpy(), design).fit()
    stat = fitted.mv_test([("day", np.array([[0.0, 0.0, 1.0]]), np.eye(6))]).results["day"]["stat"]
    assert rows["statistic"].iloc[0] == pytest.approx(float(stat.loc["Wilks' lambda", "F Value"]), rel=RELATIVE)
    assert rows["distribution"].tolist() == ["F(6,243)"] * 2
    assert rows["n_pairs"].tolist() == [6, 6]
    assert rows["pvalue_holm"].isna().all()


@pytest.mark.slow
@pytest.mark.parametrize(("n", "rho"), [(10, 0.0), (34, 0.0), (10, 0.2), (34, 0.2)])
def test_size_under_normal_errors(n: int, rho: float) -> None:
    """All three F tests are exact, whatever the correlation."""
    rejected = np.zeros(3)
    for seed in range(DRAWS):
        sample = random_system(seed, n=n, days=120, length=1, rho=rho)
        rejected += [statistic(sample).pvalue < 0.05 for statistic in STATISTICS]
    assert np.abs(rejected / DRAWS - 0.05).max() < 0.017


@pytest.mark.slow
def test_size_with_fat_tails() -> None:
    """t(4) errors, N = 34, M = 250: the joint F rejects 9-14%, its rank p 4-5%, the mean test its level."""
    n, days, draws = 34, 250, 2_500
    rng = np.random.default_rng(4)
    rejected = np.zeros(3)
    for _ in range(draws):
        errors = rng.standard_t(4, (n, days + 1)) + 0.5 * rng.standard_t(4, days + 1)
        market = rng.normal(0.0, 1.0, days + 1)
        returns = market + errors
        sample = system_of(returns[:, :days], returns[:, days:], market[:days], market[days:])
        (day,) = mvrm_days(sample)
        rejected += [day.pvalue < 0.05, day.rank_pvalue < 0.05, mvrm_mean_f(sample).pvalue < 0.05]
    joint, rank, mean = rejected / draws
    assert 0.09 < joint < 0.15
    assert 0.035 < rank < 0.06
    assert 0.033 < mean < 0.06
