"""Ranks by hand."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.rank import midranks, rank_z
from eventstudy.results.group_tables import CLOSED_FORM

NAN = float("nan")
ESTIMATION = [[1.0, -1.0, 2.0, -2.0], [-1.0, 1.0, 2.0, -2.0]]


def test_ties_share_their_mean_rank_and_missing_days_have_none() -> None:
    values = np.array([[5.0, 1.0, 5.0, NAN, 5.0, 0.0], [NAN, 2.0, 2.0, 3.0, 1.0, NAN]])
    expected = [[4, 2, 4, NAN, 4, 1], [NAN, 2.5, 2.5, 4, 1, NAN]]
    np.testing.assert_array_equal(midranks(values), expected)


def test_rank_z_of_two_observations(panels: ModuleType) -> None:
    # both rank their event day 5th of 5: U = 5/6 - 1/2 = 1/3. Ū by day: -1/12 -1/12 1/6 -1/3 and 1/3.
    # Σ N Ū² = 2 (1 + 1 + 4 + 16 + 16)/144 = 76/144; T = 5, L = 1: variance (4/4)(1/5)(76/144)
    # Z² = (2/9)/(76/720) = 40/19
    found = rank_z(panels.hand_sample([3.0, 3.0], residuals=ESTIMATION))
    assert found.statistic == pytest.approx(math.sqrt(40 / 19), rel=1e-12)
    assert found.pvalue == pytest.approx(math.erfc(math.sqrt(20 / 19)), rel=1e-10)
    assert (found.name, found.distribution, found.n_pairs) == ("rank_z", "N(0,1)", 2)


def test_rank_z_over_two_days_has_the_finite_factor(panels: ModuleType) -> None:
    # one row: estimation -1 1, event 2 3: ranks 1 2 3 4 of 4, U = -3/10 -1/10 1/10 3/10; two equal rows: N = 2
    # Σ N Ū² = 2 · 20/100; variance 2 (4 - 2)/3 · (1/4)(4/10) = 2/15; Z = √2 (4/10)/√(2/15)
    sample = panels.hand_sample(
        [5.0, 5.0], residuals=[[-1.0, 1.0]] * 2, event_sar=[[2.0, 3.0]] * 2, length=2, sigma=[1.0, 1.0]
    )
    assert rank_z(sample).statistic == pytest.approx(0.4 * math.sqrt(2) / math.sqrt(2 / 15), rel=1e-12)


def test_grank_t_of_two_observations(panels: ModuleType) -> None:
    # as above Z² = 40/19, T = 5: t² = Z² 3/(4 - Z²) = (40/19)(3)(19/36) = 10/3
    found = CLOSED_FORM["grank_t"](panels.hand_sample([3.0, 3.0], residuals=ESTIMATION))
    assert found.statistic == pytest.approx(math.sqrt(10 / 3), rel=1e-12)
    assert (found.name, found.distribution, found.n_pairs) == ("grank_t", "t(3)", 2)


def test_grank_without_a_t_has_the_permutation_p(panels: ModuleType) -> None:
    # U: 0 -1/4 | 1/4 and -1/4 0 | 1/4: Ū = -1/8 -1/8 1/4, Z² = 3 (1/16)/(3/32) = 2 = T - 1: no t.
    # Only the event day itself is as extreme: p = 1/3
    found = CLOSED_FORM["grank_t"](panels.hand_sample([9.0, 9.0], residuals=[[1.0, -1.0], [-1.0, 1.0]]))
    assert found.statistic == pytest.approx(math.sqrt(2), rel=1e-12)
    assert found.pvalue == pytest.approx(1 / 3, rel=1e-12)
    assert found.distribution == "permutation, 3 days"


def test_from_four_observations_every_day_is_divided_by_its_spread(panels: ModuleType) -> None:
    """A multiple of one whole day, event or not, then changes no rank."""
    rng = np.random.default_rng(0)
    residuals, event = rng.normal(size=(4, 12)), rng.normal(size=(4, 1))
    plain = rank_z(panels.hand_sample(event[:, 0], residuals=residuals)).statistic
    wider = residuals.copy()
    wider[:, 3] *= 50.0
    assert rank_z(panels.hand_sample(40.0 * event[:, 0], residuals=wider)).statistic == pytest.approx(plain, rel=1e-12)
    three = rank_z(panels.hand_sample(event[:3, 0], residuals=residuals[:3])).statistic
    moved = rank_z(panels.hand_sample(40.0 * event[:3, 0], residuals=residuals[:3])).statistic
    assert moved != pytest.approx(three, rel=1e-3)


def test_estimation_days_with_fewer_than_four_are_left_out(panels: ModuleType) -> None:
    rng = np.random.default_rng(1)
    residuals, event = rng.normal(size=(5, 12)), rng.normal(size=5)
    thin = residuals.copy()
    thin[:2, 7] = NAN
    without = np.delete(residuals, 7, axis=1)
    for statistic in (rank_z, CLOSED_FORM["grank_t"]):
        left = statistic(panels.hand_sample(event, residuals=thin)).statistic
        # the same days, whether the thin one is there or never was
        assert left == pytest.approx(statistic(panels.hand_sample(event, residuals=without)).statistic, rel=1e-12)


def test_no_rank(panels: ModuleType) -> None:
    for cars in ([], [1.0]):
        for name in ("rank_z", "grank_t"):
            assert CLOSED_FORM[name](panels.hand_sample(cars)).reason == "fewer than two observations"
    missing_day = panels.hand_sample([1.0, 2.0], event_sar=[[1.0, NAN], [1.0, NAN]], length=2)
    found = rank_z(missing_day)
    assert math.isnan(found.statistic)
    assert found.reason == "a day of the window has no return"
    tied = panels.hand_sample([1.0, 1.0], residuals=[[1.0, 1.0]] * 2)
    for name in ("rank_z", "grank_t"):
        found = CLOSED_FORM[name](tied)
        assert math.isnan(found.statistic)
        assert found.reason == "ranks do not vary"
