"""The sign tests by hand."""

from __future__ import annotations

import math
from types import ModuleType

import pytest

from eventstudy.inference.sign import generalized_sign_z, sign


def test_three_of_four(panels: ModuleType) -> None:
    # the zero is dropped; p = 2 P(X ≤ 1 | 4, ½) = 2 · 5/16
    found = sign(panels.hand_sample([1.0, 2.0, 3.0, -1.0, 0.0]))
    assert (found.name, found.statistic, found.distribution, found.n_pairs) == ("sign", 3.0, "B(4,0.5)", 5)
    assert found.pvalue == pytest.approx(0.625, rel=1e-12)


def test_half_and_half_has_p_one(panels: ModuleType) -> None:
    assert sign(panels.hand_sample([1.0, -2.0])).pvalue == 1.0


def test_ten_of_ten(panels: ModuleType) -> None:
    assert sign(panels.hand_sample([0.1] * 10)).pvalue == pytest.approx(2 / 1024, rel=1e-12)


@pytest.mark.parametrize("cars", [[], [1.0], [0.0, 0.0, 0.0], [0.0, 1.0]])
def test_fewer_than_two_signs(panels: ModuleType, cars: list[float]) -> None:
    found = sign(panels.hand_sample(cars))
    assert math.isnan(found.statistic)
    assert math.isnan(found.pvalue)
    assert found.reason == "fewer than two observations differ from zero"


def test_generalized_sign(panels: ModuleType) -> None:
    # shares of positive residuals 1/2 and 3/4: p̂ = 5/8; both CARs positive: (2 - 5/4)/√(2 · 15/64)
    found = generalized_sign_z(panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1], [1, -1, 1, 1]]))
    assert found.statistic == pytest.approx(0.75 / math.sqrt(30 / 64), rel=1e-12)
    assert (found.name, found.distribution, found.n_pairs) == ("generalized_sign_z", "N(0,1)", 2)


def test_generalized_sign_counts_only_days_with_a_return(panels: ModuleType) -> None:
    nan = float("nan")
    sample = panels.hand_sample([1.0, 2.0], residuals=[[1, -1, nan, nan], [1, -1, 1, 1]])
    assert generalized_sign_z(sample).statistic == pytest.approx(0.75 / math.sqrt(30 / 64), rel=1e-12)


def test_no_generalized_sign(panels: ModuleType) -> None:
    for cars in ([], [1.0]):
        assert generalized_sign_z(panels.hand_sample(cars)).reason == "fewer than two observations"
    found = generalized_sign_z(panels.hand_sample([1.0, 2.0], residuals=[[1, 2], [3, 4]]))
    assert math.isnan(found.statistic)
    assert found.reason == "estimation residuals have one sign only"
