"""The BMP t by hand, plain and adjusted."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.bmp import adjusted_bmp_t, bmp_t


def test_three_scars(panels: ModuleType) -> None:
    # SCAR 1, 2, 6: mean 3, variance (4 + 1 + 9)/2 = 7; t² = 9 · 3/7
    found = bmp_t(panels.hand_sample([0.01, 0.04, 0.06], sigma=[0.01, 0.02, 0.01]))
    assert found.statistic == pytest.approx(math.sqrt(27 / 7), rel=1e-12)
    assert found.pvalue == pytest.approx(1 - math.sqrt(27 / 41), rel=1e-12)
    assert (found.name, found.distribution, found.n_pairs) == ("bmp_t", "t(2)", 3)


def test_adjusted_by_half_a_correlation(panels: ModuleType) -> None:
    # SCAR 1, 2: mean 3/2 over (√½)/√2 = 1/2 is 3; r̄ = 1/2: times √((1/2)/(3/2)) is √3; one cluster of two: t(1)
    found = adjusted_bmp_t(panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [1, -1, 1, 1]]))
    assert found.statistic == pytest.approx(math.sqrt(3), rel=1e-12)
    # t(1) is Cauchy: p = 1 - (2/π) atan √3 = 1/3
    assert found.pvalue == pytest.approx(1 / 3, rel=1e-10)
    assert (found.name, found.distribution, found.n_pairs) == ("adjusted_bmp_t", "t(1)", 2)


def test_without_correlation_the_adjustment_is_none(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [1, 1, -1, -1]])
    assert adjusted_bmp_t(sample).statistic == bmp_t(sample).statistic == pytest.approx(3.0)


def test_two_clusters_of_two_lose_degrees_of_freedom(panels: ModuleType) -> None:
    # r_c = 1/2 twice, N = 4: r̄ = 2·2·(1/2)/12 = 1/6; v = 3/2; g1 = 4 - 3/2 = 5/2;
    # g2 = 2(2 + 2/4) - 2·4·(9/4)/4 + 9/4 = 5 - 9/2 + 9/4 = 11/4; ν = (25/4)/(11/4) = 25/11
    sample = panels.hand_sample(
        [1.0, 2.0, 3.0, 5.0],
        residuals=[[1, -1, 1, -1], [1, -1, 1, 1]] * 2,
        position=[1000, 1000, 2000, 2000],
    )
    assert sample.correlation.mean == pytest.approx(1 / 6, rel=1e-12)
    assert sample.correlation.dof == pytest.approx(25 / 11, rel=1e-12)
    found = adjusted_bmp_t(sample)
    plain = bmp_t(sample).statistic
    assert found.statistic == pytest.approx(plain * math.sqrt((5 / 6) / (3 / 2)), rel=1e-12)
    assert found.distribution == "t(2.3)"


@pytest.mark.parametrize("cars", [[], [1.0]])
def test_fewer_than_two(panels: ModuleType, cars: list[float]) -> None:
    for statistic in (bmp_t, adjusted_bmp_t):
        found = statistic(panels.hand_sample(cars))
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
        assert found.reason == "fewer than two observations"


def test_equal_scars(panels: ModuleType) -> None:
    for statistic in (bmp_t, adjusted_bmp_t):
        sample = panels.hand_sample([0.02, 0.04], sigma=[0.01, 0.02], residuals=[[1, -1, 1, -1], [1, 1, -1, -1]])
        found = statistic(sample)
        assert math.isnan(found.statistic)
        assert found.reason == "the statistic's standard error is zero or undefined"


def test_observations_that_move_as_one(panels: ModuleType) -> None:
    found = adjusted_bmp_t(panels.hand_sample([1.0, 2.0], residuals=np.tile([1.0, -1.0, 2.0], (2, 1))))
    assert math.isnan(found.statistic)
    assert found.reason == "the observations move as one"
