"""The laws that panels are drawn from: their moments, and what each option changes and leaves alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

import eventstudy as es
from eventstudy.laboratory import Scenario, chunks, simulated_power, simulated_size
from eventstudy.laboratory.simulated import ordinary_draws, unit_errors

SPEC = es.StudySpec(windows=((0, 0), (-1, 2)))
# about five standard errors of the moments below
MEAN, VARIANCE, SKEWNESS = 0.012, 0.04, 0.15


def drawn(scenario: Scenario, draws: int = 40):
    return ordinary_draws(scenario, SPEC, draws, np.random.default_rng(1))


@pytest.mark.parametrize(("errors", "skewness"), [("normal", 0.0), ("skewed", 0.62)])
def test_errors_have_variance_one_and_their_skewness(errors: str, skewness: float) -> None:
    values = unit_errors(np.random.default_rng(2), errors, (400, 1000))
    assert abs(values.mean()) < MEAN
    assert abs(values.var() - 1.0) < VARIANCE
    # truncated at ten deviations: the sixth moment of a t(5) is infinite
    assert np.mean(np.clip(values, -10, 10) ** 3) == pytest.approx(skewness, abs=SKEWNESS)


def test_t4_errors_have_the_quantiles_of_t4_over_root_two() -> None:
    values = unit_errors(np.random.default_rng(3), "t4", (400, 1000))
    # 97.5% quantile of t(4) is 2.7764
    assert np.quantile(values, 0.975) == pytest.approx(2.7764 / math.sqrt(2), rel=0.02)


def test_residuals_have_the_correlation_asked_for() -> None:
    found = drawn(Scenario(8, 0.3, sd_spread=0.0), 60).panel
    residual = found.estimation_returns - found.estimation_returns.mean(axis=1, keepdims=True)
    market = found.estimation_regressors[:, :, 0]
    market = market - market.mean(axis=1, keepdims=True)
    slope = (residual * market).sum(axis=1) / (market**2).sum(axis=1)
    e = (residual - slope[:, None] * market).reshape(60, 8, -1)
    inside = np.mean([np.corrcoef(one)[np.triu_indices(8, 1)].mean() for one in e])
    # 60 draws of 250 sessions: standard error about 0.005
    assert inside == pytest.approx(0.3, abs=0.025)
    assert e.std() == pytest.approx(0.02, rel=0.02)


def test_variance_multiplies_day_zero_alone() -> None:
    ordinary = drawn(Scenario(4, 0.5))
    base = ordinary.panel.event_returns
    wild = ordinary.event_returns(Scenario(4, 0.5, variance=4.0))
    day = list(ordinary.panel.taus).index(0)
    # twice the deviation: the whole error once more
    np.testing.assert_allclose((wild - base)[:, day], (ordinary.common + ordinary.own)[:, day], rtol=0, atol=1e-15)
    np.testing.assert_array_equal(np.delete(wild, day, axis=1), np.delete(base, day, axis=1))
    own = ordinary.event_returns(Scenario(4, 0.5, variance=4.0, own_only=True))
    np.testing.assert_allclose((own - base)[:, day], ordinary.own[:, day], rtol=0, atol=1e-15)
    # the common part is one number a draw, before each security's deviation
    assert ordinary.common[:4, day].std() > 0
    assert len(set(np.sign(ordinary.common[:4, day]))) == 1


def test_a_halt_is_spanned_by_the_next_return_and_loses_nothing() -> None:
    whole, thin = drawn(Scenario(3), 20).panel, drawn(Scenario(3, thin=0.2), 20).panel
    # the halts are drawn last: all else is the same, so cumulated returns agree wherever the share trades
    for name in ("estimation", "event"):
        returns, span = getattr(thin, f"{name}_returns"), getattr(thin, f"{name}_span")
        idle = span == 0
        assert 0.15 < idle.mean() < 0.25
        assert np.isnan(returns[idle]).all()
        cumulated = np.nancumsum(returns, axis=1)
        expected = np.cumsum(getattr(whole, f"{name}_returns"), axis=1)
        np.testing.assert_allclose(cumulated[~idle], expected[~idle], rtol=0, atol=1e-12)
        market = np.nancumsum(getattr(thin, f"{name}_regressors")[:, :, 0], axis=1)
        own = np.cumsum(getattr(whole, f"{name}_regressors")[:, :, 0], axis=1)
        np.testing.assert_allclose(market[~idle], own[~idle], rtol=0, atol=1e-12)
        np.testing.assert_array_equal(
            np.cumsum(span, axis=1)[~idle], np.broadcast_to(np.arange(span.shape[1]) + 1, span.shape)[~idle]
        )


def test_the_error_of_day_zero_follows_a_halt() -> None:
    found = drawn(Scenario(3, thin=0.3), 60)
    day = list(found.panel.taus).index(0)
    halted = (found.panel.event_span[:, day] == 0) & (found.panel.event_span[:, day + 1] > 0)
    assert halted.sum() > 10
    assert (found.own[halted, day] == 0).all()
    assert (found.own[halted, day + 1] != 0).all()
    assert ((found.own != 0).sum(axis=1) <= 1).all()


def test_unequal_windows_hold_between_the_fewest_returns_and_all() -> None:
    count = np.isfinite(drawn(Scenario(10, unequal=True)).panel.estimation_returns).sum(axis=1)
    assert count.min() >= 120
    assert count.max() <= 250
    assert count.mean() == pytest.approx(185, abs=10)  # uniform from 120 to 250, standard error 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"members": 0}, "members: 0"),
        ({"correlation": -0.1}, "correlation: -0.1"),
        ({"variance": 0.0}, "variance: 0.0"),
        ({"errors": "cauchy"}, "errors: 'cauchy' unknown; choose from normal, t4, skewed"),
        ({"thin": 0.5}, "thin: 0.5"),
        ({"residual_sd": 0.0}, "residual_sd 0.0"),
    ],
)
def test_laws_that_are_none(given: dict, told: str) -> None:
    with pytest.raises(ValueError) as raised:
        Scenario(**given)
    assert str(raised.value).startswith(told)


def test_the_same_seed_gives_the_same_p_whatever_stands_beside() -> None:
    laws = [Scenario(6, 0.1), Scenario(6, 0.1, variance=4.0)]
    both = simulated_size(laws, draws=50, seed=8, tests=("bmp_t",))
    alone = simulated_size(laws[:1], draws=50, seed=8, tests=("bmp_t",))
    np.testing.assert_array_equal(both.cells[0].pvalues["bmp_t"], alone.cells[0].pvalues["bmp_t"])
    other = simulated_size(laws[:1], draws=50, seed=9, tests=("bmp_t",))
    assert (other.cells[0].pvalues["bmp_t"] != alone.cells[0].pvalues["bmp_t"]).all()
    # power without an effect is size
    power = simulated_power(laws[:1], effects=(0.01,), draws=50, seed=8, tests=("bmp_t",))
    assert power.effects == (0.0, 0.01)
    np.testing.assert_array_equal(power.cells[0].pvalues["bmp_t"][0], alone.cells[0].pvalues["bmp_t"])


def test_the_number_of_processors_moves_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    # several chunks: 4,096 rows hold 81 draws of fifty
    law, found = Scenario(50, 0.06), []
    for processors in (1, 3):
        monkeypatch.setattr(chunks, "cores", lambda processors=processors: processors)
        found.append(simulated_size([law], draws=200, seed=3, tests=("adjusted_bmp_t",)).cells[0].pvalues["headline"])
    np.testing.assert_array_equal(*found)
    assert len(found[0]) == len(set(found[0].tolist())) == 200
