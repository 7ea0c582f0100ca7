"""The portfolio t and the time-series t by hand."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest
from scipy import special

from eventstudy.inference.portfolio import pairwise_variance, portfolio_t, portfolio_variance, time_series_t

NAN = float("nan")
HALF = [[1, -1, 1, -1], [1, -1, 1, 1]]


def test_one_cluster(panels: ModuleType) -> None:
    # mean residual 1 -1 1 0: squares 3 over d = 4 - 2 is 3/2 = V (k = 1); t = 1.5/√1.5, t² = 3/2
    sample = panels.hand_sample([1.0, 2.0], residuals=HALF)
    assert portfolio_variance(sample) == pytest.approx((1.5, 2.0), rel=1e-12)
    found = portfolio_t(sample)
    assert found.statistic == pytest.approx(math.sqrt(1.5), rel=1e-12)
    assert found.pvalue == pytest.approx(1 - math.sqrt(1.5 / 3.5), rel=1e-12)
    assert (found.name, found.distribution, found.n_pairs) == ("portfolio_t", "t(2)", 2)


def test_longer_window_multiplies_the_variance_by_k(panels: ModuleType) -> None:
    # L = 3 and no prediction error: k = 3
    sample = panels.hand_sample([1.0, 2.0], residuals=HALF, length=3, event_sar=np.ones((2, 3)))
    assert portfolio_variance(sample) == pytest.approx((4.5, 2.0), rel=1e-12)


def test_one_observation_is_its_own_t(panels: ModuleType) -> None:
    found = portfolio_t(panels.hand_sample([0.03], sigma=[0.01]))
    assert found.statistic == pytest.approx(3.0, rel=1e-12)
    assert found.distribution == "t(118)"


def test_separate_dates_add_their_variances(panels: ModuleType) -> None:
    # two clusters of one: V = (1/4)(1 + 4) = 5/4; d = (5/4)²/((1/16 + 16/16)/118) = (25/16)(16/17) 118
    sample = panels.hand_sample([1.0, 3.0], sigma=[1.0, 2.0], position=[1000, 2000])
    variance, dof = portfolio_variance(sample)
    assert variance == pytest.approx(1.25, rel=1e-12)
    assert dof == pytest.approx(25 / 17 * 118, rel=1e-12)
    assert portfolio_t(sample).statistic == pytest.approx(2 / math.sqrt(1.25), rel=1e-12)


def test_overlapping_windows_share_their_days(panels: ModuleType) -> None:
    # the same residual on the two days that both estimation windows hold, ω = 1/2, L = 2:
    # covariance = mean(4, 4) · ½ · 2 = 4; V = ¼(4 + 4) · ... with sigma² = 8, k = 2, s² = 4: ¼(8 + 8) + 2 · ¼ · 4 = 6
    residuals = [[2.0, -2.0, 2.0, -2.0], [-2.0, 2.0, -2.0, 2.0]]
    sample = panels.hand_sample(
        [1.0, 1.0], sigma=[math.sqrt(8)] * 2, residuals=residuals, position=[1000, 1001], length=2,
        event_sar=np.ones((2, 2)),
    )  # fmt: skip
    assert sample.overlap[0, 1] == 0.5
    assert portfolio_variance(sample)[0] == pytest.approx(6.0, rel=1e-12)


def test_a_day_without_every_member_is_left_out(panels: ModuleType) -> None:
    residuals = [[1, -1, 1, -1, NAN], [1, -1, 1, 1, 7]]
    assert portfolio_variance(panels.hand_sample([1.0, 2.0], residuals=residuals)) == pytest.approx((1.5, 2.0))


def test_where_full_days_are_too_few_pairs_speak(panels: ModuleType) -> None:
    # s² = Σe²/(3 - 2) = 3 each; z = e, so s z s' z' = 3, 3 on the two days in common: c̄ = 3.
    # s_P² = 3/2 + (1 - 1/2) 3 = 3. ρ = 1, Σ N = 6, Σ N (N - 1) = 4: α = 1/3, b = 1/2.
    # E = Σ tr(AΣ) = 2/3 · 3 + 4 · 1/2 = 4; tr(AΣAΣ) = (1'A1)² = (5/3)² twice and (1/3)² twice: 52/9.
    # d = 16 · 9/52 · (1 - 2/3) = 12/13
    residuals = [[1, -1, 1, NAN], [1, -1, NAN, 1]]
    sample = panels.hand_sample([1.0, 2.0], sigma=[math.sqrt(3)] * 2, residuals=residuals, min_estimation=3)
    assert portfolio_variance(sample) == pytest.approx((3.0, 12 / 13), rel=1e-12)
    # full days that suffice are asked alone: mean residual 1 -1, but 2 - 2 is no degree of freedom
    assert math.isnan(portfolio_variance(panels.hand_sample([1.0, 2.0], residuals=residuals, min_estimation=2))[0])


def test_members_that_share_no_day_have_no_variance(panels: ModuleType) -> None:
    found = portfolio_t(panels.hand_sample([1.0, 2.0], residuals=[[1, -1, NAN, NAN], [NAN, NAN, 2, -2]]))
    assert math.isnan(found.statistic)
    assert found.reason == "no residuals in common"


def test_pairs_that_move_against_each_other_leave_no_variance(panels: ModuleType) -> None:
    # c̄ = -3: s_P² = 3/2 - 3/2
    residuals = [[1, -1, 1, NAN], [-1, 1, NAN, 1]]
    sample = panels.hand_sample([1.0, 2.0], sigma=[math.sqrt(3)] * 2, residuals=residuals, min_estimation=3)
    assert math.isnan(portfolio_t(sample).pvalue)


@pytest.mark.parametrize("n", [2, 3, 12])
def test_pairs_of_complete_columns_are_the_mean_residual(n: int) -> None:
    """Σ ē²/(T - p) and T - p, whatever the variances and correlations."""
    rng = np.random.default_rng(n)
    days, p = 40, 3
    e = rng.normal(size=(n, days)) * rng.uniform(0.2, 3.0, (n, 1)) + rng.normal(size=days)
    variance = (e**2).sum(axis=1) / (days - p)
    scaled = e / np.sqrt((e**2).mean(axis=1))[:, None] * np.sqrt(variance)[:, None]
    found, dof = pairwise_variance(
        np.full(days, float(n)), scaled.sum(axis=0), (scaled**2).sum(), variance.mean(), np.array(float(n)), p
    )
    assert found == pytest.approx((e.mean(axis=0) ** 2).sum() / (days - p), rel=1e-12)
    assert dof == pytest.approx(days - p, rel=1e-12)


def shared_columns(n: int, days: int, common: int) -> np.ndarray:
    """Every other member trades on the first days, the rest on the last ones; so many days have all."""
    there = np.zeros((n, days), dtype=bool)
    there[::2, : (days + common) // 2] = True
    there[1::2, (days - common) // 2 :] = True
    return there


@pytest.mark.parametrize(
    ("n", "common", "rho", "low", "high"),
    [
        (5, 60, 0.0, 0.038, 0.062),
        (5, 60, 0.3, 0.038, 0.062),
        (10, 20, 0.1, 0.038, 0.062),
        (2, 40, 0.5, 0.038, 0.062),
        # one pair with ten days in common hardly knows its covariance: fewer degrees of freedom, not more rejections
        (2, 10, 0.0, 0.025, 0.062),
    ],
)
def test_size_of_pairs(n: int, common: int, rho: float, low: float, high: float) -> None:
    """Windows that overlap in part: a mean over those present varies more than a mean over all."""
    rng = np.random.default_rng(100 * n + common)
    draws, days = 4_000, 160
    there = shared_columns(n, days, common)
    e = math.sqrt(rho) * rng.normal(size=(draws, 1, days + 1)) + math.sqrt(1 - rho) * rng.normal(
        size=(draws, n, days + 1)
    )
    past = np.where(there, e[:, :, :days], 0.0)
    own = (past**2).sum(axis=2) / there.sum(axis=1)
    present = np.broadcast_to(there.sum(axis=0).astype(np.float64), (draws, days))
    variance, dof = pairwise_variance(
        present, past.sum(axis=1), (past**2).sum(axis=(1, 2)), own.mean(axis=1), np.full(draws, float(n)), 0
    )
    assert np.isfinite(variance).mean() > 0.99
    assert np.nanmean(variance) == pytest.approx((1 + (n - 1) * rho) / n, rel=0.03)
    those_present = past.sum(axis=1) / np.maximum(present, 1.0)
    assert (those_present**2).mean() > 1.03 * np.nanmean(variance)
    rejects = np.abs(e[:, :, days].mean(axis=1)) > special.stdtrit(dof, 0.975) * np.sqrt(variance)
    # standard error 0.35 points
    assert low < rejects[np.isfinite(variance)].mean() < high


def test_no_portfolio(panels: ModuleType) -> None:
    assert all(math.isnan(value) for value in portfolio_variance(panels.hand_sample([])))
    assert portfolio_t(panels.hand_sample([])).reason == "no residuals in common"
    # residuals that cancel leave the portfolio without variance
    found = portfolio_t(panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [-1, 1, -1, 1]]))
    assert math.isnan(found.statistic)
    assert found.reason == "no residuals in common"
    # as many days as parameters: nothing is left to estimate a variance with
    found = portfolio_t(panels.hand_sample([1.0, 2.0], residuals=[[1, -1], [1, 1]]))
    assert math.isnan(found.pvalue)
    assert found.reason == "no residuals in common"


def test_time_series_t(panels: ModuleType) -> None:
    # mean residual 1 -1 1 0, mean 1/4, squared deviations 11/4, variance 11/12; t = 1.5/√(11/12)
    found = time_series_t(panels.hand_sample([1.0, 2.0], residuals=HALF))
    assert found.statistic == pytest.approx(1.5 / math.sqrt(11 / 12), rel=1e-12)
    assert (found.name, found.distribution, found.n_pairs) == ("time_series_t", "t(3)", 2)


def test_time_series_t_of_a_longer_window(panels: ModuleType) -> None:
    found = time_series_t(panels.hand_sample([1.0, 2.0], residuals=HALF, length=3, event_sar=np.ones((2, 3))))
    assert found.statistic == pytest.approx(1.5 / math.sqrt(3 * 11 / 12), rel=1e-12)


def test_time_series_t_leaves_out_a_day_on_which_nobody_traded(panels: ModuleType) -> None:
    residuals = [[1, NAN, -1, 1, -1], [1, NAN, -1, 1, 1]]
    found = time_series_t(panels.hand_sample([1.0, 2.0], residuals=residuals))
    assert found.statistic == pytest.approx(1.5 / math.sqrt(11 / 12), rel=1e-12)
    assert found.distribution == "t(3)"


def test_no_time_series(panels: ModuleType) -> None:
    assert time_series_t(panels.hand_sample([])).reason == "no observations"
    cancelling = panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [-1, 1, -1, 1]])
    found = time_series_t(cancelling)
    assert math.isnan(found.statistic)
    assert found.reason == "the group's mean residual does not vary"
