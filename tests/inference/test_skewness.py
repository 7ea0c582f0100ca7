"""Skewness-adjusted t: Hall's formula by hand, and its bootstrap against every possible resample."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.cross_sectional import cross_sectional_t
from eventstudy.inference.sample import GroupSample
from eventstudy.inference.skewness import bootstrap_pvalue, hall_t, skewness_adjusted_t

RELATIVE = 1e-12  # a dozen products
DRAWS = 6_000  # of a size: standard error 0.28% at 5%


def test_three_cars(panels: ModuleType) -> None:
    # 1, 2, 6: mean 3, deviations -2 -1 3, sd √(14/2) = √7; γ = 3/(2 · 1) (-8 - 1 + 27)/(7√7) = 27/(7√7); S = 3/√7
    # S + γS²/3 + γ²S³/27 + γ/18 = (3 + 81/49 + 729/2401 + 3/14)/√7
    found = skewness_adjusted_t(panels.hand_sample([1.0, 2.0, 6.0]))
    expected = math.sqrt(3 / 7) * (3 + 81 / 49 + 729 / 2401 + 3 / 14)
    assert found.statistic == pytest.approx(expected, rel=RELATIVE)
    assert found.pvalue == pytest.approx(2 * stats.t.sf(expected, 2), rel=1e-10)
    assert (found.name, found.null, found.distribution, found.n_pairs) == (
        "skewness_adjusted_t",
        "mean CAR is zero",
        "t(2)",
        3,
    )


def test_without_skewness_it_is_the_cross_sectional_t(panels: ModuleType) -> None:
    sample = panels.hand_sample([-1.0, 0.5, 1.0, 1.5, 3.0])
    assert skewness_adjusted_t(sample).statistic == pytest.approx(cross_sectional_t(sample).statistic, rel=RELATIVE)


@pytest.mark.parametrize("n", [3, 4, 10, 34, 300])
def test_formula_with_scipys_moments(panels: ModuleType, n: int) -> None:
    rng = np.random.default_rng(n)
    car = rng.lognormal(0.0, 0.7, n) - 1.0
    s = stats.ttest_1samp(car, 0.0).statistic / math.sqrt(n)
    skew = stats.skew(car, bias=False)
    expected = math.sqrt(n) * (s + skew * s**2 / 3 + skew**2 * s**3 / 27 + skew / (6 * n))
    assert skewness_adjusted_t(panels.hand_sample(car)).statistic == pytest.approx(expected, rel=1e-11)


def test_the_cubic_term_keeps_it_increasing() -> None:
    """As the mean moves and the shape stays, Hall's t rises throughout; Johnson's does not."""
    shape = np.array([-1.0, -0.9, -0.8, -0.7, 3.4])
    s = (np.linspace(-3.0, 3.0, 61) + shape.mean()) / shape.std(ddof=1)
    hall = np.array([hall_t(shape + shift) for shift in np.linspace(-3.0, 3.0, 61)])
    assert (np.diff(hall) > 0).all()
    skew = stats.skew(shape, bias=False)
    assert (np.diff(s + skew * s**2 / 3) < 0).any()


def test_a_sample_about_another_centre_is_the_shifted_sample() -> None:
    values = np.random.default_rng(1).gamma(2.0, size=(5, 9))
    np.testing.assert_allclose(hall_t(values, 1.7), hall_t(values - 1.7), rtol=1e-10)
    assert math.isnan(hall_t(np.full(4, 2.0), 2.0))
    assert hall_t(np.full(4, 2.0), 3.0) == -math.inf


def test_sign_and_scale(panels: ModuleType) -> None:
    car = np.random.default_rng(2).lognormal(size=12) - 0.5
    found = skewness_adjusted_t(panels.hand_sample(car))
    turned = skewness_adjusted_t(panels.hand_sample(-car))
    larger = skewness_adjusted_t(panels.hand_sample(1e4 * car))
    assert turned.statistic == pytest.approx(-found.statistic, rel=RELATIVE)
    assert turned.pvalue == pytest.approx(found.pvalue, rel=RELATIVE)
    assert larger.statistic == pytest.approx(found.statistic, rel=RELATIVE)


@pytest.mark.parametrize("values", [[0.3, 1.0, 1.6, 4.0], [-2.0, -0.1, 0.2, 0.4], [0.1, 0.2, 0.9, 1.0]])
def test_bootstrap_against_every_resample(values: list[float]) -> None:
    """Of four values there are 256 resamples: the exact shares, met within four Monte Carlo errors."""
    x = np.array(values)
    own, mean = float(hall_t(x)), x.mean()
    law = []
    for drawn in itertools.product(values, repeat=4):
        if len(set(drawn)) == 1:
            law.append(math.copysign(math.inf, drawn[0] - mean))
        else:
            s = stats.ttest_1samp(drawn, mean).statistic / 2
            skew = stats.skew(drawn, bias=False)
            law.append(2 * (s + skew * s**2 / 3 + skew**2 * s**3 / 27 + skew / 24))
    # a resample that is the sample itself in another order has the statistic about the mean, never own
    share = min(np.mean(np.array(law) <= own), np.mean(np.array(law) >= own))
    draws = 40_000
    error = 2 * math.sqrt(share * (1 - share) / draws)
    assert bootstrap_pvalue(x, (1,), draws) == pytest.approx(min(1.0, 2 * share), abs=4 * error + 1e-4)


def test_bootstrap_ignores_order_and_repeats_itself(panels: ModuleType) -> None:
    car = np.random.default_rng(4).lognormal(size=20) - 1.0
    found = skewness_adjusted_t(panels.hand_sample(car), seed=(7, 1), draws=999)
    again = skewness_adjusted_t(panels.hand_sample(car[::-1]), seed=(7, 1), draws=999)
    other = skewness_adjusted_t(panels.hand_sample(car), seed=(8, 1), draws=999)
    assert found.pvalue == again.pvalue != other.pvalue
    assert found.statistic == pytest.approx(skewness_adjusted_t(panels.hand_sample(car)).statistic, rel=RELATIVE)
    assert found.distribution == "bootstrap, 999 draws"
    # p is a multiple of 2/1000 and never 0
    assert found.pvalue * 500 == pytest.approx(round(found.pvalue * 500), abs=1e-9)
    assert bootstrap_pvalue(car + 50.0, (1,), 999) == pytest.approx(2 / 1000, rel=1e-12)


def test_buy_and_hold_returns(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0, 6.0])
    window = replace(sample.window, bhar=np.array([2.0, 4.0, 5.0]))
    held = GroupSample(replace(sample.arrays, windows=(window,)), sample.rows, 0)
    found = skewness_adjusted_t(held, on="bhar")
    assert found.statistic == pytest.approx(float(hall_t(np.array([2.0, 4.0, 5.0]))), rel=RELATIVE)
    assert found.null == "mean BHAR is zero"
    with pytest.raises(ValueError, match="on: 'scar' unknown; choose from car, bhar"):
        skewness_adjusted_t(held, on="scar")


@pytest.mark.parametrize(
    ("car", "reason"),
    [
        ([], "fewer than three observations"),
        ([1.0], "fewer than three observations"),
        ([1.0, 2.0], "fewer than three observations"),
        ([0.3, 0.3, 0.3], "all CARs are equal"),
        ([0.0, 0.0, 0.0], "all CARs are equal"),
    ],
)
def test_no_statistic(panels: ModuleType, car: list[float], reason: str) -> None:
    for seed in (None, (1,)):
        found = skewness_adjusted_t(panels.hand_sample(car), seed=seed)
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
        assert (found.reason, found.distribution, found.n_pairs) == (reason, "", len(car))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "rho", "low", "high"),
    # independent normal CARs: its level; correlated ones: as the plain t, exactly 25.7% and 51.4% (METHODS 9)
    [(10, 0.0, 0.042, 0.060), (34, 0.0, 0.042, 0.062), (10, 0.2, 0.22, 0.28), (34, 0.2, 0.48, 0.55)],
)
def test_size(n: int, rho: float, low: float, high: float) -> None:
    rng = np.random.default_rng(n + int(100 * rho))
    draws = math.sqrt(rho) * rng.normal(size=(DRAWS, 1)) + math.sqrt(1 - rho) * rng.normal(size=(DRAWS, n))
    rate = float(np.mean(2 * stats.t.sf(np.abs(hall_t(draws)), n - 1) < 0.05))
    assert low < rate < high


@pytest.mark.slow
def test_skewed_returns() -> None:
    """On lognormal draws the plain t rejects 11% at 5%, the adjusted one 7.4%, and with resampling 6.9%."""
    rng = np.random.default_rng(9)
    n = 34
    draws = rng.lognormal(0.0, 1.0, (2_000, n)) - math.exp(0.5)
    plain = float(np.mean(stats.ttest_1samp(draws, 0.0, axis=1).pvalue < 0.05))
    adjusted = float(np.mean(2 * stats.t.sf(np.abs(hall_t(draws)), n - 1) < 0.05))
    resampled = float(np.mean([bootstrap_pvalue(x, (1,), 499) < 0.05 for x in draws]))
    assert plain > 0.09
    assert adjusted < plain - 0.02
    assert 0.04 < resampled < 0.085
