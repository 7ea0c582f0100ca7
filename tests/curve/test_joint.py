"""The joint test by hand, and on a market where nothing happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.curve.joint import curve_statistics, joint_test

ROUNDING = 1e-12
BINOMIAL = 3.3  # standard deviations: one run in a thousand falls outside


def test_the_three_statistics_by_hand() -> None:
    """Normal references, so z is t itself: medians 1 and -2, shares 1/3 above and 2/3 below 1.96, sums over √3."""
    t = np.array([[0.0, 1.0, 3.0], [-2.5, -2.0, 4.0]])
    found = curve_statistics(t, np.full(3, np.inf))
    expected = [[1.0, 1 / 3, 4 / np.sqrt(3)], [-2.0, 2 / 3, -0.5 / np.sqrt(3)]]
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


def test_each_specification_has_its_own_degrees_of_freedom() -> None:
    """3 standard errors pass the 5% point of t(248), 1.97, and not that of t(2), 4.30."""
    t = np.array([[3.0, 3.0]])
    dof = np.array([2.0, 248.0])
    z = [stats.norm.isf(stats.t.sf(3.0, d)) for d in dof]
    np.testing.assert_allclose(curve_statistics(t, dof), [[3.0, 0.5, sum(z) / np.sqrt(2)]], rtol=1e-9)


def test_a_tail_beyond_every_number_is_still_a_number() -> None:
    found = curve_statistics(np.array([[1e9, -1e9]]), np.array([248.0, 248.0]))
    assert np.isfinite(found).all()
    assert found[0, 2] == 0


def test_p_counts_the_dates_that_are_as_extreme_on_either_side() -> None:
    """99 dates of one specification at 0.1, -0.2, 0.3 …: |t| ≥ 9.05 on nine of them, so p = 10/100."""
    dates = np.array([(-1) ** k * k / 10 for k in range(1, 100)])[:, None]
    found = joint_test(np.array([-9.05]), np.array([np.inf]), np.arange(99), dates, 1)
    assert found.median_t.pvalue == pytest.approx(0.10)
    assert found.stouffer_z.pvalue == pytest.approx(0.10)
    # |t| > 1.96 on 80 dates: each has a share of 1, as the event
    assert found.share_significant.value == 1.0
    assert found.share_significant.pvalue == pytest.approx(0.81)
    assert (found.n_dates, found.effective, found.reason) == (99, 99.0, "")


def test_too_few_dates_are_a_reason_and_no_p() -> None:
    found = joint_test(
        np.array([2.0]), np.array([100.0]), np.arange(98), np.zeros((98, 1)), 3, reason="only 98 ordinary dates"
    )
    assert found.reason == "only 98 ordinary dates"
    assert all(np.isnan(each.pvalue) for each in found.statistics)
    assert found.median_t.value == 2.0


def test_no_specification_with_a_law_is_a_reason() -> None:
    nothing = np.empty(0)
    found = joint_test(nothing, nothing, np.arange(0), np.empty((0, 0)), 1, (("robust", "no running sums"),))
    assert found.reason == "no specification has a law on ordinary dates"
    assert found.to_frame()["pvalue"].isna().all()
    assert found.left_out == (("robust", "no running sums"),)


@pytest.mark.slow
def test_the_joint_p_rejects_at_its_level_where_nothing_happens(
    quiet_inputs: Any, quiet_market: Callable[..., Any]
) -> None:
    """300 markets, eight specifications: each of the three p is below 10% in 10% of them, give or take chance."""
    events, universe = quiet_inputs
    runs, level = 300, 0.10
    pvalues = np.array(
        [
            [
                each.pvalue
                for each in es.specification_curve(
                    events, universe, quiet_market(seed=seed), event_id="ban", role="exposed",
                    models=(es.MarketModel(), es.MeanAdjusted()), estimations=((-90, -11), (-60, -11)),
                    windows=((0, 0), (-1, 1)), min_estimation=40,
                ).joint.statistics
            ]
            for seed in range(runs)
        ]
    )  # fmt: skip
    allowed = BINOMIAL * np.sqrt(level * (1 - level) / runs)
    rates = (pvalues <= level).mean(axis=0)
    assert (np.abs(rates - level)[[0, 2]] <= allowed).all(), rates
    # a share has few values, and ties count against rejection
    assert rates[1] <= level + allowed, rates
