"""Cross-sectional t by hand, and where there is none."""

from __future__ import annotations

import math
from types import ModuleType

import pytest

from eventstudy.inference.cross_sectional import cross_sectional_t


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
