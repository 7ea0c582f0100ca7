"""The headline: which test speaks, and an interval that agrees with it."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.inference.bmp import adjusted_bmp_t
from eventstudy.inference.bootstrap import sample_bootstrap
from eventstudy.inference.headline import headline, headline_test
from eventstudy.inference.power import detectable_noncentrality

HALF = [[1, -1, 1, -1], [1, -1, 1, 1]]


@pytest.mark.parametrize(
    ("n", "dates", "expected"),
    [
        (1, 1, "portfolio_t"),
        (5, 1, "portfolio_t"),
        (6, 1, "adjusted_bmp_t"),
        (2, 2, "adjusted_bmp_t"),
        (100, 5, "adjusted_bmp_t"),
        (6, 6, "wild_bootstrap_t"),
        (1000, 40, "wild_bootstrap_t"),
    ],
)
def test_the_choice_is_fixed_by_n_and_dates(n: int, dates: int, expected: str) -> None:
    assert headline_test(n, dates) == expected


def test_portfolio_headline_by_hand(panels: ModuleType) -> None:
    # V = 3/2, d = 2, t(2) quantile 4.302653; CAAR 1.5
    top = headline(panels.hand_sample([1.0, 2.0], residuals=HALF), (0,))
    assert (top.test, top.n_pairs, top.n_dates, top.reason) == ("portfolio_t", 2, 1, "")
    assert top.caar == 1.5
    assert top.caar_se == pytest.approx(math.sqrt(1.5), rel=1e-12)
    half = 4.302652729911275 * math.sqrt(1.5)
    assert (top.ci_low, top.ci_high) == pytest.approx((1.5 - half, 1.5 + half), rel=1e-9)
    assert top.mde == pytest.approx(5.65 * math.sqrt(1.5), rel=1e-3)
    assert top.mean_correlation == pytest.approx(0.5, rel=1e-12)
    assert top.share_positive == 1.0
    # sd² = ½ over Q (1 - ½)
    assert top.variance_ratio == pytest.approx(0.5 / (118 / 116 * 0.5), rel=1e-12)


def test_adjusted_bmp_headline_by_hand(panels: ModuleType) -> None:
    """A = ΣSCAR/Σ(1/σ), σ_H = N/Σ(1/σ); its standard error under the null is σ_H √(Q (1 + (N-1) r̄)/N)."""
    orthogonal = np.array(
        [
            [1, -1, 1, -1, 1, -1, 1, -1],
            [1, 1, -1, -1, 1, 1, -1, -1],
            [1, -1, -1, 1, 1, -1, -1, 1],
            [1, 1, 1, 1, -1, -1, -1, -1],
            [1, -1, 1, -1, -1, 1, -1, 1],
            [1, 1, -1, -1, -1, -1, 1, 1],
        ]
    )
    sigma = np.array([1.0, 1, 2, 2, 4, 4])
    scar = np.array([1.0, 2, 3, 1, 2, 3])
    top = headline(panels.hand_sample(scar * sigma, sigma=sigma, residuals=orthogonal), (0,))
    assert top.test == "adjusted_bmp_t"
    assert top.mean_correlation == pytest.approx(0.0, abs=1e-12)
    # Σ 1/σ = 3.5: A = 12/3.5, σ_H = 6/3.5; sd² = (4 · 1)/5; t(5) quantile 2.570582
    half = 2.5705818366147395 * 6 / 3.5 * math.sqrt(0.8 / 6)
    assert (top.ci_low, top.ci_high) == pytest.approx((12 / 3.5 - half, 12 / 3.5 + half), rel=1e-9)
    assert top.mde == pytest.approx(3.51 * 6 / 3.5 * math.sqrt(118 / 116 / 6), rel=2e-3)
    assert top.caar == pytest.approx((1 + 2 + 6 + 2 + 8 + 12) / 6, rel=1e-12)


def test_bootstrap_headline(panels: ModuleType) -> None:
    sample = panels.hand_sample([0.5, 1.0, 0.3, 0.8, 1.2, 0.9], position=[100, 200, 300, 400, 500, 600])
    top = headline(sample, (7,))
    outcome = sample_bootstrap(sample, (7,))
    assert outcome is not None
    assert (top.test, top.n_dates, top.pvalue) == ("wild_bootstrap_t", 6, outcome.pvalue)
    half = outcome.critical * outcome.standard_error
    assert (top.ci_low, top.ci_high) == pytest.approx((top.caar - half, top.caar + half), rel=1e-12)
    # √V of six separate portfolios of variance one, and ν = C - 1
    assert top.caar_se == pytest.approx(math.sqrt(1 / 6), rel=1e-12)
    assert top.mde == pytest.approx(detectable_noncentrality(5.0) * math.sqrt(1 / 6), rel=1e-12)


def test_overlapping_dates_are_not_counted_twice(panels: ModuleType) -> None:
    position = [100, 101, 200, 300, 400, 500]
    sample = panels.hand_sample(
        [0.5, 1.0, 0.3, 0.8, 1.2, 0.9],
        position=position,
        length=2,
        event_sar=np.ones((6, 2)),
        residuals=np.eye(6) * 2 - 0.3,
    )
    top = headline(sample, (0,))
    assert (top.n_dates, top.test) == (5, "adjusted_bmp_t")


@pytest.mark.parametrize(
    ("cars", "position", "reason"),
    [
        ([], None, "no observations"),
        ([0.5] * 6, None, "the statistic's standard error is zero or undefined"),
        ([0.5] * 6, [100, 200, 300, 400, 500, 600], "the means of the dates do not vary"),
    ],
)
def test_no_headline(panels: ModuleType, cars: list[float], position: list[int] | None, reason: str) -> None:
    rng = np.random.default_rng(0)
    sample = panels.hand_sample(cars, position=position, residuals=rng.normal(size=(len(cars), 20)))
    top = headline(sample, (0,))
    assert top.reason == reason
    assert all(math.isnan(value) for value in (top.pvalue, top.ci_low, top.ci_high, top.mde))
    assert top.n_pairs == len(cars)


CARS = st.lists(st.integers(-60, 60), min_size=1, max_size=14)


@settings(max_examples=120)
@given(CARS, st.integers(0, 3), st.integers(0, 5), st.integers(0, 1000))
def test_the_interval_holds_zero_exactly_where_p_exceeds_five_per_cent(
    panels: ModuleType, cars: list[int], spread: int, shift: int, seed: int
) -> None:
    """One date, two, or as many as observations; correlated residuals of unequal size."""
    rng = np.random.default_rng(seed)
    n = len(cars)
    position = 1000 + 50 * (np.arange(n) % {0: 1, 1: 2, 2: 4, 3: n}[spread])
    residuals = (rng.normal(size=(n, 40)) + 0.7 * rng.normal(size=40)) * rng.uniform(0.5, 2, (n, 1))
    car = np.array(cars) / 50.0 + 0.3 * shift
    sample = panels.hand_sample(car, sigma=residuals.std(axis=1), residuals=residuals, position=position)
    top = headline(sample, (seed,))
    if math.isnan(top.pvalue):
        assert top.reason
        assert math.isnan(top.ci_low)
        return
    assert 0 <= top.pvalue <= 1
    assert top.ci_low <= top.ci_high
    assert (top.ci_low <= 0 <= top.ci_high) == (top.pvalue > 0.05)
    assert top.mde > 0


def test_the_interval_of_a_tie_ends_at_zero(panels: ModuleType) -> None:
    """A draw that only rescales the sample has the sample's own |t|: here it is the critical value."""
    sample = panels.hand_sample(np.array([0.5, 1.0, 0.3, 0.8, 1.2, 0.9]) - 0.4, position=[100, 200, 300, 400, 500, 600])
    outcome = sample_bootstrap(sample, (2,))
    assert outcome is not None
    assert outcome.critical == abs(outcome.statistic)
    top = headline(sample, (2,))
    assert top.pvalue > 0.05
    assert top.ci_low == 0.0


def test_the_adjusted_bmp_interval_inverts_its_own_test(panels: ModuleType) -> None:
    """With equal σ, subtracting either end from every CAR leaves p = 0.05."""
    rng = np.random.default_rng(3)
    residuals = rng.normal(size=(8, 60)) + 0.5 * rng.normal(size=60)
    car = rng.normal(0.5, 1.0, 8)
    top = headline(panels.hand_sample(car, residuals=residuals), (0,))
    for end in (top.ci_low, top.ci_high):
        assert adjusted_bmp_t(panels.hand_sample(car - end, residuals=residuals)).pvalue == pytest.approx(
            0.05, rel=1e-9
        )
