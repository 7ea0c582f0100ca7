"""The portfolio t and the time-series t by hand."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.portfolio import portfolio_t, portfolio_variance, time_series_t

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


def test_where_full_days_are_too_few_those_present_speak(panels: ModuleType) -> None:
    # no common day at all: mean residual 1 -1 2 -2, squares 10, d = 4 - 2
    residuals = [[1, -1, NAN, NAN], [NAN, NAN, 2, -2]]
    assert portfolio_variance(panels.hand_sample([1.0, 2.0], residuals=residuals)) == pytest.approx((5.0, 2.0))


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
