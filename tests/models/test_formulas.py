"""Each model against another implementation, or against arithmetic done by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from arch import arch_model

import eventstudy as es
from eventstudy.abnormal import abnormal_returns, window_returns
from eventstudy.models.garch import estimate_garch, filtered_variance
from eventstudy.models.noise import GarchNoise, MovingAverageNoise
from eventstudy.models.robust import huber_coefficients
from eventstudy.models.weighted_beta import autocorrelation
from eventstudy.panel.event_panel import Between

# two ways of solving the same normal equations
ROUNDING = 1e-9
# both sides stop iterating somewhere near 1e-9 of a residual scale
ITERATION = 1e-6


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260106)


def market_of(rng: np.random.Generator, n: int, total: int, lags: int) -> np.ndarray:
    """(N, total, 2 lags + 1) one market with its lags and leads."""
    market = rng.normal(0.0003, 0.011, (n, total + 2 * lags))
    return np.stack([market[:, lags + k : lags + k + total] for k in range(-lags, lags + 1)], axis=2)


# ------------------------------------------------------------------------------------------------ factor columns


def gapped(rng: np.random.Generator, n: int, total: int, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns with gaps of two and three sessions, their regressors over the same sessions, their spans."""
    span = np.ones((n, total))
    for start, length in ((20, 2), (57, 3), (90, 2)):
        span[0, start : start + length - 1] = 0.0
        span[0, start + length - 1] = length
    regressors = rng.normal(0.0, 0.01, (n, total, k)) * np.sqrt(np.maximum(span, 1.0))[:, :, None]
    returns = 0.001 * span + regressors.sum(axis=2) + rng.normal(0.0, 0.02, (n, total)) * np.sqrt(span)
    returns[span == 0] = np.nan
    return returns, regressors, span


def test_factors_are_least_squares_on_span_and_factors(rng, make_panel):
    days = 6
    returns, regressors, span = gapped(rng, 3, 130 + days, 3)
    span[:, -days:] = 1.0
    panel = make_panel(returns, regressors, days, span)
    model = es.FactorModel(["mktrf", "smb", "hml"])
    fit = model.fit(panel)
    window = window_returns(panel, fit, abnormal_returns(panel, fit), (1, 4))
    for row in range(3):
        valid = np.isfinite(returns[row, :-days])
        root = np.sqrt(span[row, :-days][valid])
        design = np.column_stack([span[row, :-days], regressors[row, :-days]])[valid] / root[:, None]
        outside = sm.OLS(returns[row, :-days][valid] / root, design).fit()
        np.testing.assert_allclose(fit.coefficients[row], outside.params, rtol=ROUNDING, atol=1e-12)
        np.testing.assert_allclose(fit.residual_variance[row], outside.mse_resid, rtol=ROUNDING)
        assert fit.dof[row] == outside.df_resid
        inside = slice(130 + 1, 130 + 5)
        ahead = np.column_stack([span[row, inside], regressors[row, inside]])
        car = (returns[row, inside] - outside.predict(ahead)).sum()
        total = ahead.sum(axis=0)
        # cov_params() is s² (X'X)⁻¹
        variance = 4 * outside.mse_resid + total @ outside.cov_params() @ total
        np.testing.assert_allclose(window.car[row], car, rtol=ROUNDING)
        np.testing.assert_allclose(window.scar[row], car / math.sqrt(variance), rtol=ROUNDING)


def test_excess_returns_are_regressed_and_the_riskless_return_is_expected_back(rng, make_panel):
    days, total = 5, 145
    factors = rng.normal(0.0, 0.01, (1, total, 2))
    riskless = 0.0002 + 0.0001 * rng.random((1, total, 1))
    returns = riskless[:, :, 0] + 0.7 * factors[:, :, 0] + rng.normal(0.0, 0.02, (1, total))
    panel = make_panel(returns, np.concatenate([factors, riskless], axis=2), days)
    fit = es.FactorModel(["mktrf", "smb"], excess=True).fit(panel)
    outside = sm.OLS((returns - riskless[:, :, 0])[0, :-days], sm.add_constant(factors[0, :-days])).fit()
    np.testing.assert_allclose(fit.coefficients[0], outside.params, rtol=ROUNDING, atol=1e-12)
    ahead = np.column_stack([np.ones(days), factors[0, -days:]])
    np.testing.assert_allclose(fit.expected[0], riskless[0, -days:, 0] + outside.predict(ahead), rtol=ROUNDING)
    assert fit.dof[0] == total - days - 3
    np.testing.assert_allclose(fit.residual_variance[0], outside.mse_resid, rtol=ROUNDING)


@pytest.mark.parametrize(
    ("names", "excess", "told"),
    [
        ([], False, "none given"),
        ("mktrf", False, "write a list"),
        (["smb", "smb"], False, "smb stands twice"),
        (["mktrf", "RF"], True, "'RF' stands for the riskless return"),
        (["market-1"], False, "'market-1' stands for a lead or lag"),
    ],
)
def test_factor_names_that_mean_nothing(names, excess, told):
    with pytest.raises(ValueError, match=told):
        es.FactorModel(names, excess=excess)


# ------------------------------------------------------------------------------------------------ Scholes–Williams


def test_scholes_williams_by_hand(make_panel):
    # market −1 0 | 1 2 0 1 −1 | 0, in per cent; five days of E are the middle ones
    market = np.array([0.0, 1.0, 2.0, 0.0, 1.0, -1.0, 0.0])
    lagged, same, lead = market[:-2], market[1:-1], market[2:]
    returns = np.array([[2.0, 3.0, 1.0, 0.0, -1.0, 4.0]])
    regressors = np.zeros((1, 6, 3))
    regressors[0, :5] = np.column_stack([lagged, same, lead])
    regressors[0, 5] = [np.nan, 2.6, np.nan]  # the event day needs the market of its own day alone
    fit = es.ScholesWilliams().fit(make_panel(returns, regressors, 1))
    # m = 1 2 0 1 −1, mean 0.6; z = 3 3 3 0 0, mean 1.8; R = 2 3 1 0 −1, mean 1
    # S_zR = 1.2 (1 + 2 + 0) − 1.8 (−1 − 2) = 9; S_zm = 1.2 (0.4 + 1.4 − 0.6) − 1.8 (0.4 − 1.6) = 3.6; β = 2.5
    assert fit.beta[0] == pytest.approx(2.5, rel=ROUNDING)
    assert fit.alpha[0] == pytest.approx(1 - 2.5 * 0.6, rel=ROUNDING)
    # e = R + 0.5 − 2.5 m = 0 −1.5 1.5 −2 2, Σe² = 12.5, s² = 12.5/3
    np.testing.assert_allclose(fit.residuals[0], [0.0, -1.5, 1.5, -2.0, 2.0], atol=1e-12)
    assert fit.residual_variance[0] == pytest.approx(12.5 / 3, rel=ROUNDING)
    # ρ1 = (0 − 2.25 − 3 − 4)/12.5, ρ2 = (0 + 3 + 3)/12.5
    np.testing.assert_allclose(fit.noise.autocorrelation[0], [-9.25 / 12.5, 6.0 / 12.5], rtol=ROUNDING)
    # k of the event day: 1 + 1/5 + (2.6 − 0.6)² S_zz/S_zm², S_zz = 3 · 1.44 + 2 · 3.24 = 10.8
    panel = make_panel(returns, regressors, 1)
    window = window_returns(panel, fit, abnormal_returns(panel, fit), (0, 0))
    assert window.k[0] == pytest.approx(1.2 + 4 * 10.8 / 3.6**2, rel=ROUNDING)
    assert window.car[0] == pytest.approx(4 + 0.5 - 2.5 * 2.6, rel=ROUNDING)


def test_scholes_williams_equals_the_ratio_of_three_regressions(rng, make_panel):
    total, days = 4000, 6
    regressors = market_of(rng, 1, total, 1)
    returns = 0.6 * regressors[:, :, 1] + 0.4 * regressors[:, :, 0] + rng.normal(0.0, 0.01, (1, total))
    fit = es.ScholesWilliams().fit(make_panel(returns, regressors, days))
    inside = slice(0, total - days)
    betas = [np.polyfit(regressors[0, inside, column], returns[0, inside], 1)[0] for column in range(3)]
    rho = np.corrcoef(regressors[0, inside, 1], regressors[0, inside, 0])[0, 1]
    # equal up to end terms of order 1/M
    assert fit.beta[0] == pytest.approx(sum(betas) / (1 + 2 * rho), abs=20 / total)
    assert fit.beta[0] == pytest.approx(1.0, abs=0.06)


def test_moving_average_noise_over_windows():
    noise = MovingAverageNoise(np.array([[-0.3, 0.1], [-0.6, -0.2]]))
    whole = np.ones((2, 6), dtype=bool)
    # 6 + 2 (5 ρ1 + 4 ρ2): 6 − 3 + 0.8; the other is 6 − 6 − 1.6 < 0, so L
    np.testing.assert_allclose(noise.window(np.ones((2, 6)), whole, 0), [3.8, 6.0], rtol=ROUNDING)
    gone = whole.copy()
    gone[0, 2] = False
    # five days; neighbours 01 34 45, next but one 13 35
    assert noise.window(np.ones((2, 6)), gone, 0)[0] == pytest.approx(5 + 2 * (-0.3 * 3 + 0.1 * 2), rel=ROUNDING)


def test_autocorrelation_is_about_zero_with_one_divisor(rng):
    values = rng.normal(size=(1, 400))
    outside = sm.tsa.acf(values[0], nlags=2, adjusted=False)[1:]
    centred = values - values.mean()
    np.testing.assert_allclose(autocorrelation(centred, 2)[0], outside, rtol=ROUNDING)


# ------------------------------------------------------------------------------------------------ Dimson


@pytest.mark.parametrize("lags", [1, 2])
def test_dimson_is_a_distributed_lag(lags, rng, make_panel):
    total, days = 160, 7
    regressors = market_of(rng, 2, total, lags)
    returns = 0.001 + 0.8 * regressors[:, :, lags] + 0.3 * regressors[:, :, lags - 1] + rng.normal(0, 0.02, (2, total))
    panel = make_panel(returns, regressors, days)
    fit = es.Dimson(lags=lags).fit(panel)
    window = window_returns(panel, fit, abnormal_returns(panel, fit), (0, 5))
    outside = sm.OLS(returns[1, :-days], sm.add_constant(regressors[1, :-days])).fit()
    assert fit.beta[1] == pytest.approx(outside.params[1:].sum(), rel=ROUNDING)
    assert fit.dof[1] == total - days - 2 * lags - 2
    ahead = np.column_stack([np.ones(6), regressors[1, -days:-1]])
    car = (returns[1, -days:-1] - outside.predict(ahead)).sum()
    total_row = ahead.sum(axis=0)
    variance = 6 * outside.mse_resid + total_row @ outside.cov_params() @ total_row
    assert window.scar[1] == pytest.approx(car / math.sqrt(variance), rel=ROUNDING)
    first = abnormal_returns(panel, fit).sar[1, 0]
    one = outside.get_prediction(ahead[:1])
    assert first == pytest.approx(
        (returns[1, -days] - one.predicted_mean[0]) / math.sqrt(one.var_pred_mean[0] + outside.mse_resid), rel=ROUNDING
    )


def test_dimson_summed_applies_one_beta_to_the_same_day(rng, make_panel):
    total, days, lags = 150, 6, 1
    regressors = market_of(rng, 1, total, lags)
    returns = 0.5 * regressors[:, :, 1] + 0.4 * regressors[:, :, 0] + rng.normal(0, 0.02, (1, total))
    panel = make_panel(returns, regressors, days)
    fit = es.Dimson(summed=True).fit(panel)
    outside = sm.OLS(returns[0, :-days], sm.add_constant(regressors[0, :-days])).fit()
    beta = outside.params[1:].sum()
    same = regressors[0, :, 1]
    alpha = returns[0, :-days].mean() - beta * same[:-days].mean()
    assert fit.beta[0] == pytest.approx(beta, rel=ROUNDING)
    residuals = returns[0, :-days] - alpha - beta * same[:-days]
    s2 = (residuals**2).sum() / (total - days - 4)
    assert fit.residual_variance[0] == pytest.approx(s2, rel=ROUNDING)
    rho = [(residuals[lag:] * residuals[:-lag]).sum() / (residuals**2).sum() for lag in (1, 2)]
    spread = outside.normalized_cov_params[1:, 1:].sum()  # 1'G_b 1
    off = (same[-days:] - same[:-days].mean()).sum()
    k = 6 + 2 * (5 * rho[0] + 4 * rho[1]) + 36 / (total - days) + off**2 * spread
    window = window_returns(panel, fit, abnormal_returns(panel, fit), (0, 5))
    assert window.k[0] == pytest.approx(k, rel=ROUNDING)
    assert window.scar[0] == pytest.approx(
        (returns[0, -days:] - alpha - beta * same[-days:]).sum() / math.sqrt(s2 * k), rel=ROUNDING
    )


def test_leads_beyond_the_estimation_window_are_the_markets_own(rng):
    sessions, position = 200, 180
    index = pd.bdate_range("2024-01-01", periods=sessions)
    market = pd.Series(rng.normal(0, 0.01, sessions), index=index, name="market")
    returns = pd.DataFrame({"a": market + rng.normal(0, 0.01, sessions)})
    pairs = pd.DataFrame({"event_id": ["e"], "security_id": ["a"], "event_session": [index[position]]})
    spec = es.StudySpec(
        model=es.Dimson(), estimation=(-150, -1), windows=((0, 1),), min_estimation=100, tests=("placebo",)
    )
    evidence = es.study_returns(returns, pairs, market, spec).evidence
    fit = evidence.arrays.fit
    inside = np.arange(position - 150, position)
    values = market.to_numpy()
    design = np.column_stack([np.ones(150), values[inside - 1], values[inside], values[inside + 1]])
    outside = sm.OLS(returns["a"].to_numpy()[inside], design).fit()
    np.testing.assert_allclose(fit.coefficients[0], outside.params, rtol=ROUNDING)
    # and ordinary days do the same
    security = np.array([0])
    rolling = evidence.placebo.rolling
    np.testing.assert_allclose(rolling.fit(security).coefficients[0, position], outside.params, rtol=ROUNDING)
    np.testing.assert_allclose(
        rolling.window((0, 1), security).car[0, position], evidence.arrays.windows[0].car[0], rtol=ROUNDING
    )


@pytest.mark.parametrize("lags", [0, -1, 11, True, 1.0])
def test_lags_are_a_small_whole_number(lags):
    with pytest.raises(ValueError, match="write a whole number from 1 to 10"):
        es.Dimson(lags=lags)


# ------------------------------------------------------------------------------------------------ robust


def test_huber_is_that_of_statsmodels(rng):
    n, total = 12, 140
    x = np.stack([np.ones((n, total)), rng.normal(0, 0.01, (n, total))], axis=2)
    y = 0.001 + 1.2 * x[:, :, 1] + 0.01 * rng.standard_t(2.5, (n, total))
    y[3, 10:14] = np.nan
    start = np.zeros((n, 2))
    ours, settled = huber_coefficients(x, y, start)
    assert settled.all()
    for row in range(n):
        valid = np.isfinite(y[row])
        outside = sm.RLM(y[row, valid], x[row, valid], M=sm.robust.norms.HuberT()).fit(maxiter=500, tol=1e-14)
        np.testing.assert_allclose(ours[row], outside.params, rtol=ITERATION, atol=ITERATION * 0.01)


def test_robust_line_is_centred_and_its_variance_is_that_of_residuals(rng, make_panel):
    total, days = 140, 6
    regressors = rng.normal(0, 0.01, (1, total, 1))
    returns = 0.8 * regressors[:, :, 0] + 0.02 * (rng.exponential(size=(1, total)) - 1.0)
    panel = make_panel(returns, regressors, days)
    fit, plain = es.RobustMarketModel().fit(panel), es.MarketModel().fit(panel)
    outside = sm.RLM(returns[0, :-days], sm.add_constant(regressors[0, :-days])).fit(maxiter=500, tol=1e-14)
    assert fit.beta[0] == pytest.approx(outside.params[1], rel=ITERATION)
    alpha = returns[0, :-days].mean() - outside.params[1] * regressors[0, :-days].mean()
    assert fit.alpha[0] == pytest.approx(alpha, rel=1e-5)
    # the M-estimate's own intercept lies below the mean of a law skewed to the right
    assert fit.alpha[0] - outside.params[0] > 0.001
    residuals = returns[0, :-days] - fit.alpha[0] - fit.beta[0] * regressors[0, :-days, 0]
    assert fit.residual_variance[0] == pytest.approx((residuals**2).sum() / (total - days - 2), rel=ROUNDING)
    one, other = (window_returns(panel, used, abnormal_returns(panel, used), (0, 5)) for used in (fit, plain))
    np.testing.assert_allclose(one.k, other.k, rtol=ROUNDING)


def test_one_wild_day_hardly_moves_the_robust_beta(rng, make_panel):
    total, days = 200, 4
    regressors = rng.normal(0, 0.01, (1, total, 1))
    returns = regressors[:, :, 0] + rng.normal(0, 0.01, (1, total))
    wild = regressors.copy(), returns.copy()
    wild[0][0, 50, 0], wild[1][0, 50] = 0.04, -0.30
    models = es.RobustMarketModel(), es.MarketModel()
    robust, plain = (
        abs(
            model.fit(make_panel(wild[1], wild[0], days)).beta[0]
            - model.fit(make_panel(returns, regressors, days)).beta[0]
        )
        for model in models
    )
    assert robust < 0.15
    assert plain > 0.4


# ------------------------------------------------------------------------------------------------ GARCH


def garch_series(rng: np.random.Generator, total: int) -> tuple[np.ndarray, np.ndarray]:
    market = rng.normal(0.0, 0.01, total)
    errors, variance = np.empty(total), 0.015**2
    for session in range(total):
        errors[session] = math.sqrt(variance) * rng.normal()
        variance = 0.1 * 0.015**2 + 0.12 * errors[session] ** 2 + 0.78 * variance
    return 0.0005 + 1.1 * market + errors, market


@pytest.mark.parametrize("errors", ["t", "normal"])
def test_garch_is_that_of_arch(errors, rng):
    returns, market = garch_series(rng, 400)
    ours = estimate_garch(returns, market, errors)
    outside = arch_model(
        100 * returns, x=100 * market[:, None], mean="LS", vol="GARCH", p=1, q=1, dist=errors, rescale=False
    ).fit(disp="off", cov_type="classic", options={"ftol": 1e-10})
    assert ours.reason == ""
    estimates = outside.params.to_numpy()
    np.testing.assert_allclose(ours.coefficients, estimates[:2] / [100.0, 1.0], rtol=2e-3)
    np.testing.assert_allclose([ours.omega, ours.alpha, ours.beta], estimates[2:5] / [1e4, 1, 1], rtol=2e-3)
    np.testing.assert_allclose(
        ours.covariance, np.asarray(outside.param_cov)[:2, :2] / [[1e4, 100.0], [100.0, 1.0]], rtol=2e-2
    )
    np.testing.assert_allclose(np.sqrt(ours.variance), outside.conditional_volatility / 100, rtol=2e-3)
    # Bollerslev's recursion, whatever the start
    e = returns - ours.coefficients[0] - ours.coefficients[1] * market
    np.testing.assert_allclose(
        ours.variance[1:], ours.omega + ours.alpha * e[:-1] ** 2 + ours.beta * ours.variance[:-1], rtol=1e-6
    )


def test_the_filter_continues_what_arch_filters(rng):
    """Parameters of the first 300 sessions, fixed, give arch's variances of the next 50."""
    returns, market = garch_series(rng, 350)
    ours = estimate_garch(returns[:300], market[:300], "normal")
    e = returns - ours.coefficients[0] - ours.coefficients[1] * market
    ahead = filtered_variance(ours, float(ours.variance[-1]), float(e[299]), e[300:])
    fixed = arch_model(100 * returns, x=100 * market[:, None], mean="LS", vol="GARCH", p=1, q=1, rescale=False).fix(
        [100 * ours.coefficients[0], ours.coefficients[1], 1e4 * ours.omega, ours.alpha, ours.beta]
    )
    # the two start their recursions elsewhere, 300 sessions before: 0.9^300
    np.testing.assert_allclose(ahead, (fixed.conditional_volatility[300:] / 100) ** 2, rtol=1e-6)
    forecast = GarchNoise(
        np.ones((1, 1)), ahead[None, :], np.array([ours.omega / (1 - ours.alpha - ours.beta)]),
        np.array([ours.alpha + ours.beta]),
    ).window_days(np.ones((1, 6)), 0)  # fmt: skip
    # the market's path moves the mean alone
    outside = fixed.forecast(horizon=6, start=299, x=np.zeros((1, 51, 6)), reindex=False)
    np.testing.assert_allclose(forecast[0], outside.variance.to_numpy()[0] / 1e4, rtol=1e-6)


def test_garch_car_variance_is_forecast_plus_estimation(rng, make_panel):
    returns, market = garch_series(rng, 308)
    panel = make_panel(returns[None, :], market[None, :, None], 8, first=-2)
    model = es.GarchMarketModel("normal")
    fit = model.fit(panel)
    law = estimate_garch(returns[:300], market[:300], "normal")
    e = returns - law.coefficients[0] - law.coefficients[1] * market
    h = [law.variance[-1]]
    for session in range(300, 308):  # filtered to the day before each event day
        h.append(law.omega + law.alpha * e[session - 1] ** 2 + law.beta * h[-1])
    h = np.array(h[1:])
    level, decay = law.omega / (1 - law.alpha - law.beta), law.alpha + law.beta
    window = window_returns(panel, fit, abnormal_returns(panel, fit), (0, 4))
    design = np.column_stack([np.ones(5), market[302:307]]).sum(axis=0)
    noise = sum(level + decay**step * (h[2] - level) for step in range(5))
    assert window.car_variance[0] == pytest.approx(noise + design @ law.covariance @ design, rel=ROUNDING)
    assert window.car[0] == pytest.approx(e[302:307].sum(), rel=ROUNDING)
    abnormal = abnormal_returns(panel, fit)
    day = np.array([1.0, market[304]])
    assert abnormal.ar_variance[0, 4] == pytest.approx(h[4] + day @ law.covariance @ day, rel=ROUNDING)
    np.testing.assert_allclose(abnormal.estimation_sar[0], e[:300] / np.sqrt(law.variance), rtol=ROUNDING)
    assert abnormal.quality[0] == 1.0
    assert fit.dof[0] == math.inf


def test_the_filter_runs_through_the_sessions_between(rng, make_panel):
    """A gap between the estimation window and the event range is filtered, not skipped."""
    returns, market = garch_series(rng, 330)
    whole = make_panel(returns[None, :], market[None, :, None], 30)
    short = make_panel(
        np.delete(returns, slice(300, 322))[None, :], np.delete(market, slice(300, 322))[None, :, None], 8
    )
    between = Between(returns[None, 300:322].copy(), np.ones((1, 22)), market[None, 300:322, None].copy())
    model = es.GarchMarketModel("normal")
    expected = model.fit(whole)
    filtered = model.fit(replace(short, between=between))
    np.testing.assert_allclose(filtered.noise.ahead[0], expected.noise.ahead[0, 22:], rtol=ROUNDING)
    assert abs(model.fit(short).noise.ahead[0, 0] / expected.noise.ahead[0, 22] - 1) > 1e-3


def test_garch_tells_why_it_has_no_estimate(rng, make_panel):
    # a variance that grows without end is integrated
    total = 260
    market = rng.normal(0, 0.01, total)
    growing = market + rng.normal(size=total) * 0.001 * np.exp(np.arange(total) / 60.0)
    panel = make_panel(growing[None, :], market[None, :, None], 6)
    assert es.GarchMarketModel("normal").fit(panel).fault == ("integrated_variance",)
    with pytest.raises(ValueError, match="choose from t, normal"):
        es.GarchMarketModel(errors="laplace")
