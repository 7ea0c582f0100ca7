"""Wilcoxon's signed rank test: its exact law, its normal law with ties, and what correlation does to it."""

from __future__ import annotations

import itertools
import math
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.rank import midranks
from eventstudy.inference.wilcoxon import LARGEST_EXACT, rank_sums, signed_rank_law, wilcoxon

RELATIVE = 1e-10  # two ways of adding at most 1,275 probabilities
DRAWS = 4_000  # of a size: standard error 0.35% at 5%, 0.7% at 25%


def test_four_cars_of_which_one_is_zero(panels: ModuleType) -> None:
    # 3, -1, 2 have ranks 3, 1, 2: W+ = 5. Of the 8 signings the sums 5 and 6 come once each, and so do 1 and 0:
    # p = 2 · 2/8
    found = wilcoxon(panels.hand_sample([3.0, -1.0, 2.0, 0.0]))
    assert found.statistic == 5.0
    assert found.pvalue == pytest.approx(0.5, rel=1e-15)
    assert (found.name, found.distribution, found.n_pairs, found.reason) == ("wilcoxon", "signed rank(3)", 4, "")


def test_six_cars_of_one_sign(panels: ModuleType) -> None:
    # the smallest group that can reject at 5%: W+ = 21, p = 2/2^6
    found = wilcoxon(panels.hand_sample([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    assert (found.statistic, found.pvalue) == (21.0, 2 / 64)


def test_ties_take_the_normal_law(panels: ModuleType) -> None:
    # ranks of 2, -2, 3, 1: 2.5, 2.5, 4, 1; W+ = 7.5, mean 4 · 5/4 = 5, variance (6.25 + 6.25 + 16 + 1)/4 = 7.375
    found = wilcoxon(panels.hand_sample([2.0, -2.0, 3.0, 1.0]))
    assert found.statistic == 7.5
    assert found.pvalue == pytest.approx(math.erfc(2.5 / math.sqrt(2 * 7.375)), rel=1e-12)
    assert found.distribution == "N(5,7.375)"


def test_the_law_is_that_of_every_signing() -> None:
    sums = [sum(chosen) for size in range(11) for chosen in itertools.combinations(range(1, 11), size)]
    np.testing.assert_array_equal(signed_rank_law(10) * 1024, np.bincount(sums))
    longest = signed_rank_law(LARGEST_EXACT)
    assert longest.sum() == pytest.approx(1.0, rel=1e-14)
    np.testing.assert_array_equal(longest, longest[::-1])
    assert not longest.flags.writeable


@pytest.mark.parametrize("count", [2, 3, 5, 10, 34, 50])
def test_exact_p_is_scipys(panels: ModuleType, count: int) -> None:
    rng = np.random.default_rng(count)
    for shift in (0.0, 0.5, 1.5):
        car = rng.normal(shift, 1.0, count)
        found = wilcoxon(panels.hand_sample(np.append(car, 0.0)))
        expected = stats.wilcoxon(car, method="exact")
        assert min(found.statistic, count * (count + 1) / 2 - found.statistic) == expected.statistic
        assert found.pvalue == pytest.approx(expected.pvalue, rel=RELATIVE)
        assert found.n_pairs == count + 1


@pytest.mark.parametrize("count", [12, 51, 200])
def test_normal_p_is_scipys(panels: ModuleType, count: int) -> None:
    rng = np.random.default_rng(count)
    # rounded to tenths: ties; beyond 50 the normal law without them too
    for car in (np.round(rng.normal(0.3, 1.0, count), 1), rng.normal(0.3, 1.0, count)):
        if count <= LARGEST_EXACT and len(np.unique(np.abs(car))) == count:
            continue
        kept = car[car != 0]
        expected = stats.wilcoxon(kept, method="asymptotic", correction=False)
        found = wilcoxon(panels.hand_sample(car))
        assert found.pvalue == pytest.approx(expected.pvalue, rel=RELATIVE)
        assert found.distribution.startswith("N(")


def test_sign_scale_and_order(panels: ModuleType) -> None:
    car = np.random.default_rng(3).normal(0.4, 1.0, 15)
    found = wilcoxon(panels.hand_sample(car))
    turned = wilcoxon(panels.hand_sample(-car))
    assert turned.statistic == 120 - found.statistic
    assert turned.pvalue == found.pvalue
    for same in (car * 7.0, car[::-1]):
        again = wilcoxon(panels.hand_sample(same))
        assert (again.statistic, again.pvalue) == (found.statistic, found.pvalue)


def test_a_middling_sum_has_p_one(panels: ModuleType) -> None:
    # 1, 2, -3: W+ = 3 of 6, the middle
    assert wilcoxon(panels.hand_sample([1.0, 2.0, -3.0])).pvalue == 1.0


@pytest.mark.parametrize("car", [[], [1.0], [0.0, 0.0, 0.0], [0.0, 2.0]])
def test_fewer_than_two_that_differ_from_zero(panels: ModuleType, car: list[float]) -> None:
    found = wilcoxon(panels.hand_sample(car))
    assert math.isnan(found.statistic)
    assert math.isnan(found.pvalue)
    assert (found.distribution, found.n_pairs) == ("", len(car))
    assert found.reason == "fewer than two observations differ from zero"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "rho", "low", "high"),
    # 4.9% is the largest exact level below 5% at N = 10; 25% at ρ = 0.2 is what METHODS 5 warns of
    [(10, 0.0, 0.040, 0.058), (34, 0.0, 0.040, 0.060), (10, 0.2, 0.23, 0.28), (34, 0.2, 0.47, 0.55)],
)
def test_size(panels: ModuleType, n: int, rho: float, low: float, high: float) -> None:
    rng = np.random.default_rng(n + int(100 * rho))
    common, own = rng.normal(size=(DRAWS, 1)), rng.normal(size=(DRAWS, n))
    draws = math.sqrt(rho) * common + math.sqrt(1 - rho) * own
    rate = np.mean([wilcoxon(panels.hand_sample(car)).pvalue < 0.05 for car in draws])
    assert low < rate < high


@pytest.mark.parametrize("kinds", [3, 40, 10**9])
@pytest.mark.parametrize("shift", [-1.0, 0.0, 0.3, 9.0])
def test_rank_sums_are_those_of_the_ranks(kinds: int, shift: float) -> None:
    rng = np.random.default_rng(kinds)
    for count in (1, 2, 7, 500):
        values = np.floor((rng.uniform(-1.0, 1.0, count) + shift) * kinds)
        values = values[values != 0.0]
        ranks = midranks(np.abs(values)[None, :])[0]
        ties = len(np.unique(np.abs(values))) < len(values)
        assert rank_sums(values) == (ranks[values > 0].sum(), (ranks**2).sum(), ties)
