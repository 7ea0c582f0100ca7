"""Tails, quantiles and laws that every statistic shares."""

from __future__ import annotations

import math
from types import ModuleType

import pytest
from scipy import stats

from eventstudy.inference.base import law, missing, normal_pvalue, t_pvalue, t_quantile, t_result


@pytest.mark.parametrize("dof", [1.0, 2.3, 9.0, 248.0])
@pytest.mark.parametrize("statistic", [0.0, -0.7, 1.96, 12.0, -60.0])
def test_t_tail(statistic: float, dof: float) -> None:
    assert t_pvalue(statistic, dof) == pytest.approx(2 * stats.t.sf(abs(statistic), dof), rel=1e-10)


def test_far_tails_keep_their_digits() -> None:
    # 2(1 - cdf) would print 0
    assert normal_pvalue(12.0) == pytest.approx(math.erfc(12 / math.sqrt(2)), rel=1e-12)
    assert 0 < normal_pvalue(-30.0) < 1e-190
    # t(2): p = 1 - t/√(2 + t²), for large t about 1/t²
    assert t_pvalue(1e8, 2.0) == pytest.approx(1e-16, rel=1e-6)


def test_infinite_degrees_of_freedom_are_normal() -> None:
    assert t_pvalue(1.7, math.inf) == normal_pvalue(1.7)
    assert t_quantile(math.inf) == pytest.approx(1.959963984540054, rel=1e-12)
    assert t_quantile(2.0) == pytest.approx(stats.t.ppf(0.975, 2), rel=1e-10)


def test_laws_print_their_degrees_of_freedom() -> None:
    assert [law(dof) for dof in (1.0, 41.0, 7.345, 2.0000000000001, math.inf)] == [
        "t(1)", "t(41)", "t(7.3)", "t(2)", "N(0,1)",
    ]  # fmt: skip


def test_a_statistic_that_is_no_number_has_a_reason(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0])
    for statistic in (math.nan, math.inf, -math.inf):
        found = t_result(sample, "name", "null", statistic, 5.0)
        assert math.isnan(found.statistic)
        assert math.isnan(found.pvalue)
        assert found.reason == "the statistic's standard error is zero or undefined"
    assert missing(sample, "name", "null", "why").reason == "why"
    assert t_result(sample, "name", "null", 2.0, 5.0).n_pairs == 2
