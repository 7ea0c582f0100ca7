"""The wild bootstrap against its exact law, and by hand."""

from __future__ import annotations

import itertools
import math
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.bootstrap import (
    DRAWS,
    WEBB,
    merged_clusters,
    sample_bootstrap,
    wild_bootstrap,
    wild_bootstrap_t,
)

# four standard errors of a share of B draws
MONTE_CARLO = 4.0


def slow_t(means: list[float], share: list[float]) -> tuple[float, float]:
    """t and se² = C/(C - 1) Σ (N_c/N)² (CAAR_c - CAAR)²."""
    caar = sum(s * m for s, m in zip(share, means, strict=True))
    squares = sum(s**2 * (m - caar) ** 2 for s, m in zip(share, means, strict=True))
    error = math.sqrt(len(means) / (len(means) - 1) * squares)
    return (caar / error if error > 0 else math.inf), error


def exact_p(means: list[float], share: list[float], weights: list[float]) -> float:
    """Share of all sign and size patterns whose |t*| is at least |t|."""
    own = abs(slow_t(means, share)[0]) * (1 - 1e-12)
    patterns = list(itertools.product(weights, repeat=len(means)))
    beyond = sum(
        abs(slow_t([w * m for w, m in zip(pattern, means, strict=True)], share)[0]) >= own for pattern in patterns
    )
    return beyond / len(patterns)


def test_statistic_by_hand() -> None:
    # means 1 2 3 4 10 of one observation each: CAAR 4, deviations -3 -2 -1 0 6, squares 50;
    # se² = (5/4)(50/25) = 2.5; t = 4/√2.5
    found = wild_bootstrap(np.array([1.0, 2, 3, 4, 10]), np.ones(5), (0,), 99)
    assert found.statistic == pytest.approx(4 / math.sqrt(2.5), rel=1e-12)
    assert found.standard_error == pytest.approx(math.sqrt(2.5), rel=1e-12)
    assert found.clusters == 5
    assert found.effective == pytest.approx(5.0, rel=1e-12)


def test_unequal_clusters_weigh_by_their_size() -> None:
    # totals over sizes 2 1 1 1 1: shares 1/3 and four of 1/6; 1/Σ share² = 1/(4/36 + 4/36) = 4.5
    totals, sizes = np.array([2.0, 2, 3, 4, 5]), np.array([2.0, 1, 1, 1, 1])
    found = wild_bootstrap(totals, sizes, (0,), 99)
    t, error = slow_t([1.0, 2, 3, 4, 5], [1 / 3, 1 / 6, 1 / 6, 1 / 6, 1 / 6])
    assert found.statistic == pytest.approx(t, rel=1e-12)
    assert found.standard_error == pytest.approx(error, rel=1e-12)
    assert found.effective == pytest.approx(4.5, rel=1e-12)


@pytest.mark.parametrize(
    ("means", "sizes"),
    [([0.5, 1.0, -0.3, 0.8, 1.2], [1, 1, 1, 1, 1]), ([0.1, 2.0, -1.0, 0.7, 0.9], [5, 1, 2, 3, 1])],
)
def test_webb_s_law_at_five_clusters(means: list[float], sizes: list[float]) -> None:
    """All 6⁵ patterns of Webb's weights, against the drawn p."""
    share = (np.array(sizes) / sum(sizes)).tolist()
    exact = exact_p(means, share, WEBB.tolist())
    found = wild_bootstrap(np.array(means) * np.array(sizes), np.array(sizes, dtype=float), (1,))
    assert 0.02 < exact < 0.9
    assert found.pvalue == pytest.approx(exact, abs=MONTE_CARLO * math.sqrt(exact * (1 - exact) / DRAWS))


def test_rademacher_s_law_at_twelve_clusters() -> None:
    means = [0.5, 1.0, -0.3, 0.8, 0.2, -0.9, 1.1, 0.4, 0.6, -0.2, 0.7, 0.3]
    exact = exact_p(means, [1 / 12] * 12, [-1.0, 1.0])
    found = wild_bootstrap(np.array(means), np.ones(12), (1,))
    assert found.pvalue == pytest.approx(exact, abs=MONTE_CARLO * math.sqrt(exact * (1 - exact) / DRAWS))


def test_webb_s_weights() -> None:
    np.testing.assert_allclose(sorted(WEBB**2), [0.5, 0.5, 1.0, 1.0, 1.5, 1.5], rtol=1e-15)
    assert WEBB.sum() == pytest.approx(0.0, abs=1e-15)
    assert (WEBB**2).mean() == pytest.approx(1.0, rel=1e-15)


def test_critical_value_is_the_9500th_smallest() -> None:
    """Its interval holds 0 exactly where p exceeds 5%."""
    means = np.array([0.5, 1.0, 0.3, 0.8, 1.2, 0.9])
    for shift in np.linspace(-1.0, 0.6, 17):
        found = wild_bootstrap(means + shift, np.ones(6), (2,))
        assert (abs(found.statistic) <= found.critical) == (found.pvalue > 0.05)


def test_equal_seeds_equal_results() -> None:
    totals = np.array([0.5, 1.0, -0.3, 0.8, 1.2])
    assert wild_bootstrap(totals, np.ones(5), (3, 4)) == wild_bootstrap(totals, np.ones(5), (3, 4))
    assert wild_bootstrap(totals, np.ones(5), (3, 4)).pvalue != wild_bootstrap(totals, np.ones(5), (3, 5)).pvalue


def test_the_sign_of_all_means_moves_no_p() -> None:
    totals = np.array([0.5, 1.0, -0.3, 0.8, 1.2])
    left, right = (wild_bootstrap(sign * totals, np.ones(5), (3,)) for sign in (1, -1))
    assert (left.statistic, left.pvalue) == (-right.statistic, right.pvalue)


def test_overlapping_windows_become_one_cluster(panels: ModuleType) -> None:
    # L = 3: sessions 10 and 12 overlap, 12 and 14 too: one chain; 20 and 30 stand alone
    sample = panels.hand_sample(
        [1.0] * 5, position=[10, 12, 14, 20, 30], length=3, event_sar=np.ones((5, 3)), residuals=np.ones((5, 4))
    )
    assert [sorted(rows.tolist()) for rows in merged_clusters(sample)] == [[0, 1, 2], [3], [4]]


def test_groups_without_a_bootstrap(panels: ModuleType) -> None:
    four = panels.hand_sample([1.0, 2, 3, 4], position=[100, 200, 300, 400])
    assert sample_bootstrap(four, (0,)) is None
    found = wild_bootstrap_t(four, None)
    assert math.isnan(found.statistic)
    assert (found.reason, found.n_pairs) == ("fewer than 5 separate dates", 4)
    equal = panels.hand_sample([0.5] * 6, position=[100, 200, 300, 400, 500, 600])
    assert sample_bootstrap(equal, (0,)) is None
    found = wild_bootstrap_t(equal, None)
    assert math.isnan(found.pvalue)
    assert found.reason == "the means of the dates do not vary"
    assert wild_bootstrap_t(panels.hand_sample([]), None).reason == "fewer than 5 separate dates"


def test_the_row_of_the_tests_table(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2, 3, 4, 10], position=[100, 200, 300, 400, 500])
    outcome = sample_bootstrap(sample, (0,))
    found = wild_bootstrap_t(sample, outcome)
    assert found.statistic == pytest.approx(4 / math.sqrt(2.5), rel=1e-12)
    assert (found.name, found.distribution, found.n_pairs) == ("wild_bootstrap_t", "wild bootstrap, 5 dates", 5)
    # sizes 2 1 1 1 1: 36/8 = 4.5 dates of equal size
    uneven = panels.hand_sample([1.0, 2, 3, 4, 10, 4], position=[100, 200, 300, 400, 500, 100])
    assert (
        wild_bootstrap_t(uneven, sample_bootstrap(uneven, (0,))).distribution
        == "wild bootstrap, 5 dates (4.5 effective)"
    )
