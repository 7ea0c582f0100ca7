"""Mean cross-correlation, overlap and degrees of freedom by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from eventstudy.inference.correlation import ClusterSums, common_columns, cross_correlation, overlap_matrix


def sums(z: Any, start: int = 0) -> ClusterSums:
    """Of the standardised residuals of one cluster, one row a member."""
    z = np.asarray(z, dtype=np.float64)
    return ClusterSums(
        start=start,
        total=np.nansum(z, axis=0),
        squares=np.nansum(z**2, axis=0),
        present=np.isfinite(z).sum(axis=0).astype(np.float64),
        scaled_total=np.nansum(z, axis=0),
        scaled_squares=np.nansum(z**2, axis=0),
        mean_residual=z.mean(axis=0),
        size=len(z),
    )


APART = np.zeros((2, 2))
HALF = [[1, -1, 1, -1], [1, -1, 1, 1]]  # products 1 1 1 -1: correlation 1/2


def test_inside_one_cluster() -> None:
    found = cross_correlation([sums(HALF)], np.zeros((1, 1)))
    assert found.mean == found.floored == pytest.approx(0.5, rel=1e-12)
    assert found.inflation == pytest.approx(1.5, rel=1e-12)
    assert found.dof == pytest.approx(1.0, rel=1e-12)


def test_what_is_subtracted_is_the_sum_of_squares_not_the_count() -> None:
    # z z' = 4 and -1 over 2 days; with N_t in place of q_t the answer would be ((9 - 2) + (0 - 2))/4
    assert sums([[2.0, 1.0], [1.0, -1.0]]).correlation == pytest.approx((2 * 2 - 2 * 1) / 4, rel=1e-12)


def test_pairs_weigh_by_their_common_days() -> None:
    nan = float("nan")
    # rows 1 and 2 share all four days, the third only the first: 2(2 + 1 + 1)/(6 + 2 + 2 + 2)
    assert sums([*HALF, [1, nan, nan, nan]]).correlation == pytest.approx(8 / 12, rel=1e-12)


def test_members_that_never_share_a_day_are_uncorrelated() -> None:
    nan = float("nan")
    assert sums([[1.0, nan], [nan, 1.0]]).correlation == 0.0


def test_clusters_apart_stay_in_the_divisor() -> None:
    # N = 4, r_c = ½ twice: (2·½ + 2·½)/12; the mean over inside pairs alone would be ½
    found = cross_correlation([sums(HALF), sums(HALF)], APART)
    assert found.mean == pytest.approx(1 / 6, rel=1e-12)
    assert found.inflation == pytest.approx(1.5, rel=1e-12)
    # v = 3/2, g1 = 5/2, g2 = 11/4
    assert found.dof == pytest.approx(25 / 11, rel=1e-12)


def test_one_security_in_two_overlapping_events() -> None:
    # ω = 4/6 and a correlation of one: r̄ = 2 (2/3)/2
    z = [[1, -1, 1, -1]]
    found = cross_correlation([sums(z), sums(z)], np.array([[0, 2 / 3], [2 / 3, 0]]))
    assert found.mean == pytest.approx(2 / 3, rel=1e-12)
    # v = 5/3, g1 = 2 - 5/3 = 1/3, g2 = 2 + 2 (4/9) - 2·2·(25/9)/2 + 25/9 = 1/9: ν = 1
    assert found.dof == pytest.approx(1.0, rel=1e-9)


def test_only_common_columns_meet() -> None:
    one, other = sums([[1, 1, 1, -1]], start=0), sums([[1, -1, 1, 1]], start=2)
    assert common_columns(one, other) == (slice(2, 4), slice(0, 2))
    # columns 2 and 3: 1·1 and -1·-1
    found = cross_correlation([one, other], np.array([[0, 0.5], [0.5, 0]]))
    assert found.mean == pytest.approx(0.5, rel=1e-12)
    assert common_columns(one, sums([[1, 1]], start=4)) is None
    assert cross_correlation([one, sums([[1, 1]], start=4)], np.array([[0, 0.5], [0.5, 0]])).mean == 0.0


def test_negative_correlation_is_told_and_floored() -> None:
    found = cross_correlation([sums([[1, -1, 1, -1], [-1, 1, -1, -1]])], np.zeros((1, 1)))
    assert found.mean == pytest.approx(-0.5, rel=1e-12)
    assert (found.floored, found.inflation) == (0.0, 1.0)
    # one positive and one negative cluster: the negative one offsets nothing
    both = cross_correlation([sums(HALF), sums([[1, -1, 1, -1], [-1, 1, -1, -1]])], APART)
    assert both.mean == pytest.approx(0.0, abs=1e-12)
    assert both.floored == pytest.approx(1 / 12, rel=1e-12)


def test_one_observation_has_no_correlation() -> None:
    found = cross_correlation([sums([[1, -1]])], np.zeros((1, 1)))
    assert math.isnan(found.mean)
    assert math.isnan(found.dof)
    assert (found.floored, found.inflation) == (0.0, 1.0)


def test_equal_correlations_in_one_cluster_leave_n_minus_one() -> None:
    rng = np.random.default_rng(0)
    for n in (2, 5, 30):
        z = rng.normal(size=(n, 50)) + rng.normal(size=50)
        z /= np.sqrt((z**2).mean(axis=1, keepdims=True))
        assert cross_correlation([sums(z)], np.zeros((1, 1))).dof == pytest.approx(n - 1, rel=1e-9)


def test_overlap_counts_common_sessions() -> None:
    def one(position: int) -> np.ndarray:
        return np.array([position])

    day = np.array([0])
    matrix = overlap_matrix([day] * 4, [one(10), one(12), one(16), one(10)], 6)
    expected = np.array([[0, 4, 0, 6], [4, 0, 2, 4], [0, 2, 0, 0], [6, 4, 0, 0]]) / 6
    np.testing.assert_allclose(matrix, expected, rtol=1e-12)


def test_overlap_is_the_mean_over_calendars_that_both_keep() -> None:
    # calendar 0: 2 apart of 4 → ½; calendar 1: 3 apart → ¼; calendar 2 is the second's alone
    matrix = overlap_matrix([np.array([0, 1]), np.array([0, 1, 2])], [np.array([5, 50]), np.array([7, 53, 9])], 4)
    assert matrix[0, 1] == matrix[1, 0] == pytest.approx(0.375, rel=1e-12)
    assert overlap_matrix([np.array([0]), np.array([1])], [np.array([5]), np.array([5])], 4)[0, 1] == 0.0
