"""What every model of the normal return keeps to; a new one joins ``MODELS``."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import eventstudy as es
from eventstudy.abnormal import abnormal_returns, window_returns
from eventstudy.panel.attrition import REASONS

MODELS = (
    es.MeanAdjusted(),
    es.MarketAdjusted(),
    es.MarketModel(),
    es.SectorModel(),
    es.FactorModel(["mktrf", "smb", "hml"]),
    es.FactorModel(["mktrf", "oil"], excess=True),
    es.ScholesWilliams(),
    es.Dimson(),
    es.Dimson(lags=2),
    es.Dimson(lags=2, summed=True),
    es.RobustMarketModel(),
    es.GarchMarketModel(),
)
# arithmetic in another order, or of other magnitude
ROUNDING = 1e-9
# the likelihood is flat at its top: parameters of two searches differ far more than their likelihoods
OPTIMISER = 2e-3


def label(model: object) -> str:
    given = [str(getattr(model, name)) for name in ("lags", "summed", "excess", "errors") if hasattr(model, name)]
    return "-".join([model.name, *given])


every_model = pytest.mark.parametrize("model", MODELS, ids=label)
fitted = pytest.mark.parametrize(
    "model", [model for model in MODELS if model.estimated and model.regressors], ids=label
)


def is_garch(model: object) -> bool:
    return isinstance(model, es.GarchMarketModel)


def closeness(model: object) -> float:
    return OPTIMISER if is_garch(model) else ROUNDING


@every_model
def test_shapes_and_degrees_of_freedom(model, simulated):
    panel = simulated(model)
    n, sessions = panel.estimation_returns.shape
    days = len(panel.taus)
    fit = model.fit(panel)
    assert fit.fault == ("",) * n
    p = fit.design.shape[2]
    expected = {
        "alpha": (n,), "beta": (n,), "residuals": (n, sessions), "centred_residuals": (n, sessions),
        "leverage": (n, sessions), "n_estimation": (n,), "residual_variance": (n,), "dof": (n,), "r_squared": (n,),
        "expected": (n, days), "design": (n, days, p), "gram_inverse": (n, p, p),
    }  # fmt: skip
    assert {name: getattr(fit, name).shape for name in expected} == expected
    assert (fit.n_estimation == sessions).all()
    parameters = {
        "mean": 1, "market-adjusted": 1, "market": 2, "sector": 3, "scholes-williams": 2, "robust": 2, "garch": 2,
        "factors": 1 + len(getattr(model, "factors", ())),
        "dimson": 2 + 2 * getattr(model, "lags", 0), "dimson-summed": 2 + 2 * getattr(model, "lags", 0),
    }[model.name]  # fmt: skip
    assert fit.n_parameters == parameters
    assert (fit.dof == (math.inf if is_garch(model) else sessions - parameters)).all()
    squares = fit.centred_residuals if model.name == "market-adjusted" else fit.residuals
    np.testing.assert_allclose(fit.residual_variance, (squares**2).sum(axis=1) / (sessions - parameters), rtol=ROUNDING)
    assert np.isfinite(fit.expected).all()
    assert ((fit.r_squared > 0) | (model.name in ("mean", "market-adjusted"))).all()
    assert (fit.r_squared < 1).all()


@every_model
def test_residuals_are_returns_less_expectation(model, simulated):
    panel = simulated(model)
    fit = model.fit(panel)
    if not model.estimated:
        assert np.isnan(fit.alpha).all()
        np.testing.assert_allclose(
            fit.residuals, panel.estimation_returns - panel.estimation_regressors[:, :, 0], rtol=ROUNDING
        )
    elif not is_garch(model):
        # every intercept is such that residuals average zero
        np.testing.assert_allclose(fit.residuals.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(fit.centred_residuals.mean(axis=1), 0.0, atol=1e-12)
    # the same line inside the window and after it: a panel whose event days repeat estimation days
    days = len(panel.taus)
    again = replace(
        panel,
        event_returns=panel.estimation_returns[:, -days:].copy(),
        event_regressors=panel.estimation_regressors[:, -days:].copy(),
    )
    repeated = model.fit(again)
    np.testing.assert_allclose(again.event_returns - repeated.expected, repeated.residuals[:, -days:], atol=1e-12)


@every_model
def test_a_missing_return_is_missing_and_nothing_else(model, simulated):
    panel = simulated(model, seed=1)
    returns, span = panel.estimation_returns.copy(), panel.estimation_span.copy()
    returns[2, 40], span[2, 40] = np.nan, 0.0
    event_returns, event_span = panel.event_returns.copy(), panel.event_span.copy()
    event_returns[1, 3], event_span[1, 3] = np.nan, 0.0
    fit = model.fit(
        replace(
            panel, estimation_returns=returns, estimation_span=span, event_returns=event_returns, event_span=event_span
        )
    )
    assert np.argwhere(np.isnan(fit.residuals)).tolist() == [[2, 40]]
    assert np.argwhere(np.isnan(fit.expected)).tolist() == [[1, 3]]
    sessions = panel.estimation_returns.shape[1]
    assert (sessions - fit.n_estimation).tolist() == [0, 0, 1, 0, 0]
    whole = model.fit(panel)
    others = [0, 1, 3, 4]
    np.testing.assert_array_equal(fit.residuals[others], whole.residuals[others])
    assert fit.residual_variance[2] != whole.residual_variance[2]


@fitted
def test_a_missing_regressor_leaves_its_day_out(model, simulated):
    panel = simulated(model, seed=2)
    inside, ahead = panel.estimation_regressors.copy(), panel.event_regressors.copy()
    same_day = model.regressors.index("market") if "market" in model.regressors else 0
    inside[0, 10, same_day] = np.nan
    ahead[3, 2, same_day] = np.nan
    gone = replace(panel, estimation_regressors=inside, event_regressors=ahead)
    fit = model.fit(gone)
    assert np.argwhere(np.isnan(fit.residuals)).tolist() == [[0, 10]]
    assert np.argwhere(np.isnan(fit.expected)).tolist() == [[3, 2]]
    assert fit.n_estimation[0] == panel.estimation_returns.shape[1] - 1
    # a hole in the expectation has no CAR, although the last day is there
    window = window_returns(gone, fit, abnormal_returns(gone, fit), (0, 7))
    assert window.present.tolist() == [True, True, True, False, True]


@every_model
def test_the_fit_never_looks_at_event_days(model, simulated):
    panel = simulated(model, seed=3)
    rng = np.random.default_rng(9)
    other = replace(panel, event_returns=panel.event_returns + rng.normal(0.0, 0.1, panel.event_returns.shape))
    one, two = model.fit(panel), model.fit(other)
    for name in ("coefficients", "residuals", "residual_variance", "dof", "expected", "leverage", "gram_inverse"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    # nor does the variance of a window see its own returns
    first, second = (
        window_returns(used, fit, abnormal_returns(used, fit), (0, 5)) for used, fit in ((panel, one), (other, two))
    )
    np.testing.assert_array_equal(first.car_variance, second.car_variance)
    assert (first.car != second.car).all()


@every_model
def test_rows_do_not_know_each_other(model, simulated):
    panel = simulated(model, seed=4)
    order = np.array([3, 0, 4, 2, 1])
    fit, turned = model.fit(panel).rows(order), model.fit(panel.rows(order))
    for name in ("alpha", "beta", "residuals", "residual_variance", "expected", "coefficients", "r_squared"):
        np.testing.assert_allclose(getattr(fit, name), getattr(turned, name), rtol=1e-12, atol=1e-15, err_msg=name)
    first = window_returns(panel.rows(order), fit, abnormal_returns(panel.rows(order), fit), (1, 6))
    second = window_returns(panel.rows(order), turned, abnormal_returns(panel.rows(order), turned), (1, 6))
    np.testing.assert_allclose(first.scar, second.scar, rtol=1e-12)


@every_model
def test_units_do_not_matter(model, simulated):
    panel = simulated(model, seed=5)
    scaled = replace(
        panel,
        **{
            name: 2.5 * getattr(panel, name)
            for name in ("estimation_returns", "estimation_regressors", "event_returns", "event_regressors")
        },
    )
    one, two = model.fit(panel), model.fit(scaled)
    first, second = abnormal_returns(panel, one), abnormal_returns(scaled, two)
    np.testing.assert_allclose(second.ar, 2.5 * first.ar, rtol=closeness(model), atol=1e-5 * is_garch(model))
    np.testing.assert_allclose(second.sar, first.sar, rtol=closeness(model), atol=closeness(model))
    np.testing.assert_allclose(second.estimation_sar, first.estimation_sar, rtol=1e-8, atol=10 * closeness(model))
    np.testing.assert_allclose(
        window_returns(scaled, two, second, (0, 5)).scar,
        window_returns(panel, one, first, (0, 5)).scar,
        rtol=2 * closeness(model),
    )


@pytest.mark.parametrize("model", [model for model in MODELS if model.estimated], ids=label)
def test_alpha_and_beta_are_recovered(model, simulated):
    panel = simulated(model, n=3, sessions=4000, seed=6)
    fit = model.fit(panel)
    # standard errors: 0.015/√4000 = 0.00024; 1.5/√4000 = 0.024, √5 times that for a sum of five loadings
    assert np.abs(fit.alpha - 0.0005).max() < 4 * 0.00025
    if model.regressors:
        assert np.abs(fit.beta - 0.9).max() < 4 * (0.054 if "imson" in model.name or "scholes" in model.name else 0.025)
    assert np.abs(np.sqrt(fit.residual_variance) - 0.015).max() < 4 * 0.015 / math.sqrt(2 * 4000)


@fitted
def test_regressors_that_do_not_vary_are_told(model, simulated):
    panel = simulated(model, seed=7)
    inside = panel.estimation_regressors.copy()
    inside[1] = 0.001
    fit = model.fit(replace(panel, estimation_regressors=inside))
    assert fit.fault == ("", "singular_regressors", "", "", "")
    assert np.isnan(fit.expected[1]).all()
    assert np.isnan(fit.residual_variance[1])
    assert np.isfinite(fit.expected[[0, 2, 3, 4]]).all()


@every_model
def test_returns_without_noise_are_told(model, simulated):
    panel = simulated(model, seed=8)
    returns = panel.estimation_returns.copy()
    returns[4] = panel.estimation_regressors[4].sum(axis=1) if model.name == "factors" else 0.001
    if model.regressors and model.name != "factors":
        same_day = model.regressors.index("market")
        returns[4] = panel.estimation_regressors[4, :, same_day]
    fit = model.fit(replace(panel, estimation_returns=returns))
    assert fit.fault == ("", "", "", "", "zero_variance")
    assert np.isnan(fit.residual_variance[4])


@every_model
def test_too_few_returns_have_no_variance_and_raise_nothing(model, simulated):
    panel = simulated(model, seed=9)
    returns = panel.estimation_returns.copy()
    returns[0] = np.nan
    returns[1, 1:] = np.nan
    span = np.where(np.isfinite(returns), panel.estimation_span, 0.0)
    gone = replace(panel, estimation_returns=returns, estimation_span=span)
    fit = model.fit(gone)
    assert fit.n_estimation[:2].tolist() == [0, 1]
    assert np.isnan(fit.residual_variance[:2]).all()
    assert np.isnan(abnormal_returns(gone, fit).sar[:2]).all()
    assert all(why in ("", *REASONS) for why in fit.fault)


@every_model
@pytest.mark.parametrize("standardise", ["exact", "sum"])
def test_a_one_day_window_is_its_day(model, standardise, simulated):
    panel = simulated(model, seed=10)
    fit = model.fit(panel)
    abnormal = abnormal_returns(panel, fit)
    for day in (0, 5):
        window = window_returns(panel, fit, abnormal, (day, day), standardise)
        np.testing.assert_allclose(window.scar, abnormal.sar[:, day], rtol=ROUNDING)
        np.testing.assert_allclose(window.car, abnormal.ar[:, day], rtol=ROUNDING)
        np.testing.assert_allclose(window.sigma, np.sqrt(fit.residual_variance * window.k), rtol=ROUNDING)


@every_model
def test_the_specification_says_what_was_fitted(model):
    plain = json.loads(json.dumps(es.StudySpec(model=model).to_json()))
    assert plain["model"] == model.name
    given = plain["model_parameters"]
    assert given["class"] == type(model).__name__
    assert given["regressors"] == list(model.regressors)
    for name in ("lags", "summed", "excess", "errors", "factors"):
        if hasattr(model, name):
            value = getattr(model, name)
            assert given[name] == (list(value) if isinstance(value, tuple) else value)
    assert plain["gaps"] == ("drop" if model.single_sessions else "trade-to-trade")


@every_model
def test_every_model_runs_a_study(model):
    returns, pairs, market = es.example_returns()
    rng = np.random.default_rng(11)
    factors = market.to_frame("market")
    for name in model.regressors:
        if not name.startswith("market"):
            factors[name] = 0.0001 if name == "rf" else rng.normal(0.0, 0.01, len(factors))
    factors["mktrf"] = factors["market"] - factors["rf"] if "rf" in factors else factors["market"]
    spec = es.StudySpec(model=model, windows=((0, 0), (0, 5)), tests=("portfolio_t", "patell_z", "placebo"))
    results = es.study_returns(returns, pairs, factors if model.regressors else None, spec)
    assert results.pairs["status"].eq("used").sum() >= (3 if is_garch(model) else 6)
    # an effect of 3% on a day of 1.5% noise, six shares: Patell's Z is near 0.03/0.015 √6 = 4.9
    tests = results.tests(by=("event_id",)).set_index(["window", "test"])
    assert 2.5 < tests.loc[("[0,0]", "patell_z"), "statistic"] < 8.0
    assert np.isfinite(tests.loc[("[0,5]".replace("5", "+5"), "portfolio_t"), "statistic"])
    placebo = tests.loc[("[0,0]", "placebo")]
    if model.rolling:
        assert "least squares" not in placebo["reason"]
    else:
        assert placebo["reason"] == "ordinary days need a model fitted by least squares"
