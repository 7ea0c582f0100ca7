"""AR, SAR, CAR, SCAR and BHAR by hand, and which windows have a CAR."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from eventstudy.abnormal import AbnormalReturns, WindowReturns, abnormal_returns, window_returns
from eventstudy.models import MarketAdjusted, MarketModel, MeanAdjusted
from eventstudy.panel.event_panel import EventPanel
from eventstudy.results.pair_tables import t_pvalue_array

# a handful of sums and products of numbers near 0.01
CLOSE = 1e-12

NAN = math.nan


def panel(
    returns: Any,
    market: Any,
    event_returns: Any,
    event_market: Any,
    span: Any = None,
    event_span: Any = None,
    first: int = 0,
) -> EventPanel:
    """One observation; event days from ``first`` on; NaN = no return, and its span is 0."""
    returns, event_returns = np.array([returns], float), np.array([event_returns], float)
    spans = np.isfinite(returns).astype(float) if span is None else np.array([span], float)
    event_spans = np.isfinite(event_returns).astype(float) if event_span is None else np.array([event_span], float)
    regressors = np.zeros((1, returns.shape[1], 0)) if market is None else np.array(market, float)[None, :, None]
    days = event_returns.shape[1]
    ahead = np.zeros((1, days, 0)) if event_market is None else np.array(event_market, float)[None, :, None]
    return EventPanel(
        estimation_returns=returns,
        estimation_span=spans,
        estimation_regressors=regressors,
        estimation_column=np.arange(returns.shape[1])[None, :],
        estimation_in_event=np.zeros(returns.shape, dtype=bool),
        taus=np.arange(first, first + days),
        event_returns=event_returns,
        event_span=event_spans,
        event_regressors=ahead,
        security=np.array([0]),
        event=np.array([0]),
    )


def measured(model: Any, made: EventPanel, window: tuple[int, int], **options) -> tuple[AbnormalReturns, WindowReturns]:
    fit = model.fit(made)
    assert fit.fault == ("",)
    abnormal = abnormal_returns(made, fit)
    return abnormal, window_returns(made, fit, abnormal, window, **options)


# Market model. Market -1%, 1%, -1%, 1%: mean 0, S_mm = 4 × 0.01² = 0.0004. R = 0.001 + 2 R_m + e with
# e = 0.003, 0.004, -0.003, -0.004, which sums to 0 and is orthogonal to the market; so alpha = 0.001, beta = 2 and
# s² = (9 + 16 + 9 + 16) × 1e-6/2 = 25e-6. G = diag(1/4, 1/0.0004 = 2500).
MARKET = [-0.01, 0.01, -0.01, 0.01]
RETURNS = [-0.016, 0.025, -0.022, 0.017]
# Event days 0, 1: R_m = 2%, -1% expect 0.041, -0.019; returns 0.061, -0.029 leave AR = 0.02, -0.01.
AHEAD, EVENT = [0.02, -0.01], [0.061, -0.029]


def test_abnormal_return_and_its_prediction_error():
    abnormal, _ = measured(MarketModel(), panel(RETURNS, MARKET, EVENT, AHEAD), (0, 1))
    np.testing.assert_allclose(abnormal.expected, [[0.041, -0.019]], rtol=CLOSE)
    np.testing.assert_allclose(abnormal.ar, [[0.02, -0.01]], rtol=CLOSE)
    # 25e-6 (1 + 1/4 + 2500 × 0.02²) and 25e-6 (1 + 1/4 + 2500 × 0.01²)
    np.testing.assert_allclose(abnormal.ar_variance, [[25e-6 * 2.25, 25e-6 * 1.5]], rtol=CLOSE)
    np.testing.assert_allclose(abnormal.sar, [[0.02 / (0.005 * 1.5), -0.01 / (0.005 * math.sqrt(1.5))]], rtol=CLOSE)
    # inside the window 1 - h = 1 - 1/4 - 2500 × 0.01² = 1/2
    inside = np.array([[0.003, 0.004, -0.003, -0.004]]) / (0.005 * math.sqrt(0.5))
    np.testing.assert_allclose(abnormal.estimation_sar, inside, rtol=CLOSE)


def test_variance_of_the_sum_has_the_off_diagonals():
    _, both = measured(MarketModel(), panel(RETURNS, MARKET, EVENT, AHEAD), (0, 1))
    # x_W = (2, 0.01): k = 2 + 4/4 + 2500 × 0.01² = 3.25. Without the covariance of the two days it would be
    # 2.25 + 1.5 = 3.75; that covariance is 1/4 + 2500 × 0.02 × (-0.01) = -1/4, twice.
    np.testing.assert_allclose(both.k, [3.25], rtol=CLOSE)
    np.testing.assert_allclose(both.car, [0.01], rtol=CLOSE)
    np.testing.assert_allclose(both.car_variance, [25e-6 * 3.25], rtol=CLOSE)
    np.testing.assert_allclose(both.sigma, [0.005 * math.sqrt(3.25)], rtol=CLOSE)
    np.testing.assert_allclose(both.scar, [0.01 / (0.005 * math.sqrt(3.25))], rtol=CLOSE)
    np.testing.assert_allclose(both.bhar, [1.061 * 0.971 - 1.041 * 0.981], rtol=CLOSE)


def test_patells_sum_divides_by_the_root_of_the_days():
    _, summed = measured(MarketModel(), panel(RETURNS, MARKET, EVENT, AHEAD), (0, 1), standardise="sum")
    patell = (0.02 / 0.0075 - 0.01 / (0.005 * math.sqrt(1.5))) / math.sqrt(2)
    np.testing.assert_allclose(summed.scar, [patell], rtol=CLOSE)
    # CAR and its standard error do not depend on it
    np.testing.assert_allclose(summed.car_variance, [25e-6 * 3.25], rtol=CLOSE)


def test_one_day_is_the_same_by_either_name():
    made = panel(RETURNS, MARKET, EVENT, AHEAD)
    for day in (0, 1):
        abnormal, exact = measured(MarketModel(), made, (day, day))
        _, summed = measured(MarketModel(), made, (day, day), standardise="sum")
        for window in (exact, summed):
            np.testing.assert_allclose(window.scar, abnormal.sar[:, day], rtol=CLOSE)
            np.testing.assert_allclose(window.car, abnormal.ar[:, day], rtol=CLOSE)
            np.testing.assert_allclose(window.car_variance, abnormal.ar_variance[:, day], rtol=CLOSE)
            # BHAR of one day is its AR
            np.testing.assert_allclose(window.bhar, abnormal.ar[:, day], rtol=CLOSE)


def test_buy_and_hold_of_log_returns_is_of_simple_ones():
    _, both = measured(MarketModel(), panel(RETURNS, MARKET, EVENT, AHEAD), (0, 1), kind="log")
    np.testing.assert_allclose(both.bhar, [math.exp(0.061 - 0.029) - math.exp(0.041 - 0.019)], rtol=CLOSE)


def test_mean_adjusted_prediction_error_grows_with_the_square_of_the_window():
    # mean of 0.01, 0.02, 0.03, 0.02 = 0.02, s² = 2e-4/3; k = L + L²/M = 2 + 4/4
    made = panel([0.01, 0.02, 0.03, 0.02], None, [0.05, 0.01], None)
    abnormal, both = measured(MeanAdjusted(), made, (0, 1))
    np.testing.assert_allclose(abnormal.ar, [[0.03, -0.01]], rtol=CLOSE)
    np.testing.assert_allclose(both.car_variance, [2e-4 / 3 * 3], rtol=CLOSE)
    np.testing.assert_allclose(abnormal.quality, [3.0])  # d = 3: d/(d - 2)


def test_market_adjusted_keeps_its_mean_and_has_no_prediction_error():
    # R - R_m = 0.002, 0.004, 0.002, 0.004: mean 0.003, s² = 4 × 1e-6/3; AR = R - R_m, the mean not subtracted
    made = panel(np.add(MARKET, [0.002, 0.004, 0.002, 0.004]), MARKET, [0.03, 0.01], [0.02, -0.01])
    abnormal, both = measured(MarketAdjusted(), made, (0, 1))
    np.testing.assert_allclose(abnormal.ar, [[0.01, 0.02]], rtol=CLOSE)
    np.testing.assert_allclose(abnormal.ar_variance, [[4e-6 / 3] * 2], rtol=CLOSE)
    np.testing.assert_allclose(both.k, [2.0], rtol=CLOSE)
    np.testing.assert_allclose(both.scar, [0.03 / math.sqrt(2 * 4e-6 / 3)], rtol=CLOSE)
    np.testing.assert_allclose(both.bhar, [1.03 * 1.01 - 1.02 * 0.99], rtol=CLOSE)
    # residuals inside the window are the plain differences over s
    inside = np.array([[0.002, 0.004, 0.002, 0.004]]) / math.sqrt(4e-6 / 3)
    np.testing.assert_allclose(abnormal.estimation_sar, inside, rtol=CLOSE)


# Trade-to-trade market model. Returns over 1, 1 and 2 sessions, market 1%, -1%, 0%: the columns over √n are
# orthogonal, G = diag(1/(1 + 1 + 2), 1/(2 × 0.01²)) = diag(1/4, 5000). R = 0.001 n + 1.5 R_m + e with
# e = 0.01, 0.01, -0.02 (Σ e = 0 and Σ x e/n = 0), so s² = (1e-4 + 1e-4 + 4e-4/2)/(3 - 2) = 4e-4.
GAP_SPAN, GAP_MARKET = [1, 1, 0, 2], [0.01, -0.01, NAN, 0.0]
GAP_RETURNS = [0.026, -0.004, NAN, -0.018]


def test_trade_to_trade_counts_sessions_not_returns():
    # no return on day 1: that of day 2 spans two sessions. Expected 0.001 + 1.5 × 0.02 and 0.002 + 1.5 × 0.04
    made = panel(GAP_RETURNS, GAP_MARKET, [0.041, NAN, 0.052], [0.02, NAN, 0.04], GAP_SPAN, [1, 0, 2])
    fit = MarketModel().fit(made)
    np.testing.assert_allclose([fit.alpha[0], fit.beta[0]], [0.001, 1.5], rtol=CLOSE)
    np.testing.assert_allclose(fit.residual_variance, [4e-4], rtol=CLOSE)
    np.testing.assert_allclose(fit.residuals, [[0.01, 0.01, NAN, -0.02]], rtol=CLOSE)
    abnormal, window = measured(MarketModel(), made, (0, 2))
    np.testing.assert_allclose(abnormal.ar, [[0.01, NAN, -0.01]], rtol=CLOSE)
    # n + n²/4 + 5000 R_m²: 1 + 1/4 + 2 and 2 + 1 + 8
    np.testing.assert_allclose(abnormal.ar_variance, [[4e-4 * 3.25, NAN, 4e-4 * 11]], rtol=CLOSE)
    # x_W = (3, 0.06): k = L + 9/4 + 5000 × 0.06² = 3 + 2.25 + 18, L = 3 sessions though there are 2 returns
    np.testing.assert_allclose(window.k, [23.25], rtol=CLOSE)
    np.testing.assert_allclose(window.car_variance, [4e-4 * 23.25], rtol=CLOSE)
    # inside the window Var(e_j) = s² (n_j - x_j'G x_j): 1 - 1/4 - 1/2 twice, and 2 - 1
    np.testing.assert_allclose(abnormal.estimation_sar, [[1.0, 1.0, NAN, -1.0]], rtol=CLOSE)


def test_one_degree_of_freedom_has_no_finite_variance():
    abnormal, _ = measured(MarketModel(), panel(GAP_RETURNS, GAP_MARKET, [0.041], [0.02], GAP_SPAN, [1]), (0, 0))
    assert math.isnan(abnormal.quality[0])


def test_a_day_that_alone_determines_a_coefficient_has_no_residual():
    # only the last market return differs: it is fitted exactly, with leverage one
    made = panel([0.01, 0.02, 0.03, 0.05], [0.0, 0.0, 0.0, 0.01], [0.01], [0.0])
    abnormal, _ = measured(MarketModel(), made, (0, 0))
    assert np.isnan(abnormal.estimation_sar[0, 3])
    # the others have the mean 0.02 with 1 - h = 2/3 and s² = 2e-4/2
    np.testing.assert_allclose(
        abnormal.estimation_sar[0, :3], np.array([-0.01, 0, 0.01]) / math.sqrt(1e-4 * 2 / 3), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(
    ("why", "returns", "span", "market", "present"),
    [
        ("every session has its return", [0.01, 0.01, 0.01], [1, 1, 1], [0.0, 0.0, 0.0], True),
        ("the last session has none", [0.01, 0.01, NAN], [1, 1, 0], [0.0, 0.0, NAN], False),
        ("the first return begins before the window", [0.01, 0.01, 0.01], [2, 1, 1], [0.0, 0.0, 0.0], False),
        ("it begins at the close before the window", [NAN, 0.01, 0.01], [0, 2, 1], [NAN, 0.0, 0.0], True),
        ("one session earlier than that", [NAN, 0.01, 0.01], [0, 3, 1], [NAN, 0.0, 0.0], False),
        ("one return over the whole window", [NAN, NAN, 0.01], [0, 0, 3], [NAN, NAN, 0.0], True),
        ("one return over more than the window", [NAN, NAN, 0.01], [0, 0, 4], [NAN, NAN, 0.0], False),
        ("a gap inside is spanned", [0.01, NAN, 0.01], [1, 0, 2], [0.0, NAN, 0.0], True),
        ("a return without its market inside", [0.01, 0.01, 0.01], [1, 1, 1], [0.0, NAN, 0.0], False),
        ("a return without its market at the end", [0.01, 0.01, 0.01], [1, 1, 1], [0.0, 0.0, NAN], False),
        ("no return at all", [NAN, NAN, NAN], [0, 0, 0], [NAN, NAN, NAN], False),
    ],
)
def test_which_windows_have_a_car(why, returns, span, market, present):
    _, window = measured(MarketModel(), panel(RETURNS, MARKET, returns, market, None, span), (0, 2))
    assert window.present.tolist() == [present], why
    for values in (window.car, window.car_variance, window.scar, window.bhar, window.k):
        assert np.isfinite(values).tolist() == [present], why
    if present:  # x_W = (3, 0): k = 3 + 9/4 whichever way the three sessions are covered
        np.testing.assert_allclose(window.k, [5.25], rtol=CLOSE)


def test_a_dropped_return_shortens_the_window():
    # gaps="drop" leaves a hole of span 0 that no later return covers: L is the number of valid days
    _, window = measured(
        MeanAdjusted(), panel([0.01, 0.02, 0.03, 0.02], None, [0.05, NAN, 0.01], None, None, [1, 0, 1]), (0, 2)
    )
    np.testing.assert_allclose(window.car, [0.02], rtol=CLOSE)
    np.testing.assert_allclose(window.k, [2 + 4 / 4], rtol=CLOSE)


def test_windows_are_event_days_not_columns():
    made = panel(RETURNS, MARKET, [0.5, *EVENT, 0.5], [0.1, *AHEAD, 0.1], first=-1)
    _, shifted = measured(MarketModel(), made, (0, 1))
    _, plain = measured(MarketModel(), panel(RETURNS, MARKET, EVENT, AHEAD), (0, 1))
    assert (shifted.car[0], shifted.scar[0], shifted.bhar[0]) == (plain.car[0], plain.scar[0], plain.bhar[0])


def test_two_sided_p_of_one_observation():
    # t(1): 1 - (2/π) atan|t|; t(2): 1 - |t|/√(2 + t²); no end to d: the normal law
    values = t_pvalue_array(np.array([-1.0, 2.0, -1.959963984540054, NAN]), np.array([1.0, 2.0, np.inf, 5.0]))
    np.testing.assert_allclose(values, [0.5, 1 - 2 / math.sqrt(6), 0.05, NAN], rtol=1e-12)
    # far out the density of t(3) is 6√3/(π t⁴), so both tails hold 4√3/(π t³); 1 - cdf would be rounding alone
    far = t_pvalue_array(np.array([1e6]), np.array([3.0]))[0]
    np.testing.assert_allclose(far, 4 * math.sqrt(3) / math.pi * 1e-18, rtol=1e-9)
