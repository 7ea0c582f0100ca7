"""Var(SCAR) is Q: what each model's prediction error promises, held to simulated returns without an event."""

from __future__ import annotations

import math

import numpy as np
import pytest

import eventstudy as es
from eventstudy.abnormal import abnormal_returns, window_returns
from eventstudy.panel.event_panel import EventPanel

pytestmark = pytest.mark.slow

SHARES = 20_000
# 20,000 SCARs of kurtosis 3: √(2/20000) = 0.010; four of these
MONTE_CARLO = 0.04
# V_L is itself estimated, from autocorrelations with errors of 1/√M, and s² of a line that least squares did not draw
# is a little large: measured 0.94 to 1.05
ESTIMATED_NOISE = 0.08
VOLATILITY = 0.02


def market_of(rng: np.random.Generator, n: int, total: int) -> np.ndarray:
    """(N, total, 3) a market with its lag and lead."""
    market = rng.normal(0.0004, 0.01, (n, total + 2))
    return np.stack([market[:, :-2], market[:, 1:-1], market[:, 2:]], axis=2)


def synchronous(rng: np.random.Generator, market: np.ndarray) -> np.ndarray:
    """Normal errors about the market of the same day."""
    noise: np.ndarray = 1.1 * market[:, :, 1] + VOLATILITY * rng.standard_normal(market.shape[:2])
    return noise


def thinly_traded(rng: np.random.Generator, market: np.ndarray) -> np.ndarray:
    """The market reaches the share over three days; errors of its own are white."""
    return market @ np.array([0.4, 0.7, 0.2]) + 0.01 * rng.standard_normal(market.shape[:2])


def skewed(rng: np.random.Generator, market: np.ndarray) -> np.ndarray:
    """Exponential errors, skewness two."""
    return 1.1 * market[:, :, 1] + VOLATILITY * (rng.exponential(size=market.shape[:2]) - 1.0)


def clustered(rng: np.random.Generator, market: np.ndarray) -> np.ndarray:
    """GARCH(1,1) with normal errors, α = 0.1, β = 0.8, from its long-run level on."""
    n, total, _ = market.shape
    out, variance = np.empty((n, total)), np.full(n, VOLATILITY**2)
    for session in range(total):
        error = np.sqrt(variance) * rng.standard_normal(n)
        out[:, session] = 1.1 * market[:, session, 1] + error
        variance = 0.1 * VOLATILITY**2 + 0.1 * error**2 + 0.8 * variance
    return out


def scars(model, process, m: int, length: int, n: int = SHARES) -> tuple[np.ndarray, np.ndarray, float]:
    """SCARs of ``n`` shares, the same with V_L = L, and Q."""
    rng = np.random.default_rng(m + length)
    market = market_of(rng, n, m + length)
    returns = process(rng, market)
    named = {"market-1": 0, "market": 1, "market+1": 2}
    regressors = market[:, :, [named.get(name, 1) for name in model.regressors]]
    panel = EventPanel(
        estimation_returns=returns[:, :m].copy(),
        estimation_span=np.ones((n, m)),
        estimation_regressors=regressors[:, :m].copy(),
        estimation_column=np.tile(np.arange(m), (n, 1)),
        estimation_in_event=np.zeros((n, m), dtype=bool),
        taus=np.arange(length),
        event_returns=returns[:, m:].copy(),
        event_span=np.ones((n, length)),
        event_regressors=regressors[:, m:].copy(),
        security=np.arange(n),
        event=np.zeros(n, dtype=np.int64),
    )
    fit = model.fit(panel)
    abnormal = abnormal_returns(panel, fit)
    window = window_returns(panel, fit, abnormal, (0, length - 1))
    x = fit.design.sum(axis=1)
    k = length + np.einsum("np,npq,nq->n", x, fit.gram_inverse, x)
    there = np.isfinite(window.scar)
    plain = window.car / np.sqrt(fit.residual_variance * k)
    return window.scar[there], plain[there], float(abnormal.quality[there].mean())


windows = pytest.mark.parametrize(("m", "length"), [(120, 1), (120, 6), (250, 1), (250, 6)])


@windows
@pytest.mark.parametrize(
    ("model", "process"),
    [
        (es.MeanAdjusted(), synchronous),
        (es.MarketModel(), synchronous),
        (es.FactorModel(["market"]), synchronous),
        (es.Dimson(), thinly_traded),
    ],
    ids=lambda value: getattr(value, "name", getattr(value, "__name__", "")),
)
def test_least_squares_is_exact(model, process, m, length):
    scar, _, quality = scars(model, process, m, length)
    assert scar.mean() == pytest.approx(0.0, abs=4 / math.sqrt(SHARES))
    assert scar.var() / quality == pytest.approx(1.0, abs=MONTE_CARLO)


@windows
def test_market_adjusted_is_exact_where_its_beta_is_true(m, length):
    scar, _, quality = scars(
        es.MarketAdjusted(), lambda rng, market: synchronous(rng, market) - 0.1 * market[:, :, 1], m, length
    )
    assert scar.var() / quality == pytest.approx(1.0, abs=MONTE_CARLO)


@windows
@pytest.mark.parametrize("model", [es.ScholesWilliams(), es.Dimson(summed=True)], ids=lambda model: model.name)
def test_a_summed_beta_needs_the_moving_average(model, m, length):
    scar, plain, quality = scars(model, thinly_traded, m, length)
    assert scar.var() / quality == pytest.approx(1.0, abs=ESTIMATED_NOISE)
    if length == 6:
        # white-noise standard errors are a fifth too wide
        assert plain.var() / quality < 0.75


@windows
@pytest.mark.parametrize("process", [synchronous, skewed])
def test_robust_is_the_market_models_law(process, m, length):
    n = 6000
    scar, _, quality = scars(es.RobustMarketModel(), process, m, length, n)
    # re-centred: no drift, although every error is skewed
    assert scar.mean() == pytest.approx(0.0, abs=4 / math.sqrt(n))
    # variance of a variance: (kurtosis - 1)/n, kurtosis 9 for one exponential day
    kurtosis = 9.0 if process is skewed and length == 1 else 4.0
    assert scar.var() / quality == pytest.approx(1.0, abs=4 * math.sqrt((kurtosis - 1) / n))


@pytest.mark.parametrize("length", [1, 6])
def test_garch_holds_its_normal_law_nearly(length):
    """Errors of h's parameters are in no formula: the variance is a little above one and the tails a little heavy."""
    n = 800
    scar, _, quality = scars(es.GarchMarketModel("normal"), clustered, 250, length, n)
    assert quality == 1.0
    assert len(scar) > 0.95 * n
    assert 0.85 < scar.var() < 1.25
    assert 0.03 < (np.abs(scar) > 1.959964).mean() < 0.085
