"""Minimal detectable effects against the noncentral t."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from eventstudy.inference.power import detectable_noncentrality


@pytest.mark.parametrize(
    ("dof", "printed"),
    [(2, 5.65), (3, 4.26), (4, 3.76), (5, 3.51), (9, 3.15), (19, 2.95), (248, 2.81), (math.inf, 2.80)],
)
def test_printed_values(dof: float, printed: float) -> None:
    assert round(detectable_noncentrality(float(dof)), 2) == printed


@pytest.mark.parametrize("dof", [1.5, 2.0, 3.0, 7.3, 19.0, 118.0, 1000.0])
@pytest.mark.parametrize(("level", "power"), [(0.05, 0.8), (0.01, 0.9), (0.1, 0.5)])
def test_power_is_that_of_the_noncentral_t(dof: float, level: float, power: float) -> None:
    m = detectable_noncentrality(dof, level, power)
    critical = stats.t.ppf(1 - level / 2, dof)
    upper, lower = stats.nct.sf(critical, dof, m), stats.nct.cdf(-critical, dof, m)
    if not np.isfinite(upper):
        pytest.skip("the noncentral t of SciPy is not finite here")
    lower = lower if np.isfinite(lower) else 0.0
    assert upper + lower == pytest.approx(power, abs=1e-4)


def test_normal_limit() -> None:
    m = detectable_noncentrality(math.inf)
    critical = stats.norm.ppf(0.975)
    assert stats.norm.sf(critical - m) + stats.norm.cdf(-critical - m) == pytest.approx(0.8, abs=1e-12)
    assert detectable_noncentrality(1e6) == pytest.approx(m, abs=1e-4)


def test_more_degrees_of_freedom_detect_less() -> None:
    found = [detectable_noncentrality(float(dof)) for dof in (1, 2, 3, 5, 10, 30, 100, 1000)]
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("dof", [1.0, 1.3, 2.0, 3.0, 9.0, 118.0, 1000.0])
@pytest.mark.parametrize(("level", "power"), [(0.05, 0.8), (0.01, 0.9), (0.1, 0.5)])
def test_ten_digits_by_integrating_over_the_numerator(dof: float, level: float, power: float) -> None:
    """P(|Z| > c U) = ∫ φ(z - m) P(U < |z|/c) dz: another integral of the same number."""
    m = detectable_noncentrality(dof, level, power)
    critical = stats.t.ppf(1 - level / 2, dof)
    # adaptive pieces of half a deviation: the law of the denominator rises steeply where ν is large
    ends = np.concatenate([np.arange(-12.0, 0.0, 0.5), np.arange(0.0, m + 12.0, 0.25)])
    node, weight = np.polynomial.legendre.leggauss(40)
    middle, half = (ends[1:] + ends[:-1])[:, None] / 2, np.diff(ends)[:, None] / 2
    z = middle + half * node
    below = special.chdtr(dof, dof * (z / critical) ** 2)
    found = float((half * weight * stats.norm.pdf(z - m) * below).sum())
    assert found == pytest.approx(power, rel=1e-10)
