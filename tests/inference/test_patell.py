"""Patell's Z by hand, plain and adjusted."""

from __future__ import annotations

import math
from types import ModuleType

import pytest

from eventstudy.inference.patell import adjusted_patell_z, patell_z


def test_three_scars(panels: ModuleType) -> None:
    # SCAR = CAR/σ = 1, 2, 3; Q = 118/116; Z = 6/√(3 · 118/116)
    found = patell_z(panels.hand_sample([0.01, 0.04, 0.03], sigma=[0.01, 0.02, 0.01]))
    z = 6 / math.sqrt(3 * 118 / 116)
    assert found.statistic == pytest.approx(z, rel=1e-12)
    assert found.pvalue == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-10)
    assert (found.name, found.distribution, found.n_pairs) == ("patell_z", "N(0,1)", 3)


def test_few_degrees_of_freedom_count(panels: ModuleType) -> None:
    # d = 4: a t(4) variable has variance 2, so Z = (1 + 2)/√4
    assert patell_z(panels.hand_sample([1.0, 2.0], dof=4.0)).statistic == pytest.approx(1.5, rel=1e-12)


def test_one_observation_is_its_own_scar_over_root_q(panels: ModuleType) -> None:
    assert patell_z(panels.hand_sample([2.0], dof=4.0)).statistic == pytest.approx(2 / math.sqrt(2), rel=1e-12)


def test_adjusted_by_half_a_correlation(panels: ModuleType) -> None:
    # mean squares are one; products 1 1 1 -1 have mean 1/2 = r̄; 1 + (2 - 1) r̄ = 3/2
    sample = panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [1, -1, 1, 1]], dof=4.0)
    found = adjusted_patell_z(sample)
    assert found.statistic == pytest.approx(1.5 / math.sqrt(1.5), rel=1e-12)
    assert (found.name, found.distribution) == ("adjusted_patell_z", "N(0,1)")


def test_negative_correlation_sharpens_nothing(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [-1, 1, -1, -1]], dof=4.0)
    assert sample.correlation.mean == pytest.approx(-0.5)
    assert adjusted_patell_z(sample).statistic == patell_z(sample).statistic == pytest.approx(1.5)


def test_missing(panels: ModuleType) -> None:
    assert patell_z(panels.hand_sample([])).reason == "no observations"
    for cars in ([], [1.0]):
        found = adjusted_patell_z(panels.hand_sample(cars))
        assert math.isnan(found.statistic)
        assert found.reason == "fewer than two observations"


def test_without_a_variance_of_t_there_is_no_z(panels: ModuleType) -> None:
    found = patell_z(panels.hand_sample([1.0, 2.0], dof=2.0))
    assert math.isnan(found.statistic)
    assert math.isnan(found.pvalue)
    assert found.reason
