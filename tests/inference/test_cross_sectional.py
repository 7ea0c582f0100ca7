"""Cross-sectional t by hand, and where there is none."""

from __future__ import annotations

import math
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.cross_sectional import cross_sectional_t
from eventstudy.inference.sample import GroupSample


def test_three_cars(panels: ModuleType) -> None:
    # mean 3, deviations -2 -1 3, squares 14, variance 14/2 = 7; t = 3/√(7/3), t² = 27/7
    found = cross_sectional_t(panels.hand_sample([0.01, 0.02, 0.06]))
    assert found.statistic == pytest.approx(math.sqrt(27 / 7), rel=1e-12)
    # t(2): p = 1 - |t|/√(2 + t²) = 1 - √(27/41)
    assert found.pvalue == pytest.approx(1 - math.sqrt(27 / 41), rel=1e-12)
    assert (found.name, found.distribution, found.n_pairs, found.reason) == ("cross_sectional_t", "t(2)", 3, "")


def test_two_opposite_cars_have_t_zero_and_p_one(panels: ModuleType) -> None:
    found = cross_sectional_t(panels.hand_sample([0.02, -0.02]))
    assert (found.statistic, found.pvalue, found.distribution) == (0.0, 1.0, "t(1)")


@pytest.mark.parametrize(
    ("cars", "reason"),
    [
        ([], "fewer than two observations"),
        ([0.03], "fewer than two observations"),
        ([0.03, 0.03, 0.03], "all CARs are equal"),
        ([0.0, 0.0], "all CARs are equal"),
    ],
)
def test_no_spread_no_number(panels: ModuleType, cars: list[float], reason: str) -> None:
    found = cross_sectional_t(panels.hand_sample(cars))
    assert math.isnan(found.statistic)
    assert math.isnan(found.pvalue)
    assert (found.reason, found.distribution, found.n_pairs) == (reason, "", len(cars))


def test_buy_and_hold_returns(panels: ModuleType) -> None:
    # BHAR 1, 2, 6 beside CARs of another size
    sample = panels.hand_sample([5.0, 5.0, 5.0])
    window = replace(sample.window, bhar=np.array([1.0, 2.0, 6.0]))
    sample = GroupSample(replace(sample.arrays, windows=(window,)), sample.rows, 0)
    found = cross_sectional_t(sample, on="bhar")
    assert found.statistic == pytest.approx(math.sqrt(27 / 7), rel=1e-12)
    assert (found.null, found.distribution) == ("mean BHAR is zero", "t(2)")
    assert cross_sectional_t(sample).reason == "all CARs are equal"
    with pytest.raises(ValueError, match="give a GroupSample"):
        cross_sectional_t(sample.state, on="bhar")
    with pytest.raises(ValueError, match="on: 'sar' unknown; choose from car, bhar"):
        cross_sectional_t(sample, on="sar")
