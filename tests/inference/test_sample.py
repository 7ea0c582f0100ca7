"""What a group knows of itself: its clusters, and its residuals on the clock of the news."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

from eventstudy.inference.portfolio import portfolio_variance

NAN = float("nan")
# the same sums in another order
SAME = {"rel": 1e-12}


def test_sums_by_news_clock_column(panels: ModuleType) -> None:
    # mean squares 1 and 4: z of the second row is half its residual
    sample = panels.hand_sample([1.0, 2.0], residuals=[[1, -1, 1, -1, NAN], [2, NAN, 2, 2, -2]])
    sums = sample.cluster_sums[0]
    np.testing.assert_allclose(sums.total, [2, -1, 2, 0, -1], rtol=1e-12)
    np.testing.assert_allclose(sums.squares, [2, 1, 2, 2, 1], rtol=1e-12)
    np.testing.assert_array_equal(sums.present, [2, 1, 2, 2, 1])
    # variances 1 and 1, from standard errors of one, whatever the residuals
    np.testing.assert_allclose(sums.scaled_total, sums.total, rtol=1e-12)
    np.testing.assert_allclose(sums.mean_residual, [1.5, NAN, 1.5, 0.5, NAN], rtol=1e-12)
    assert (sums.size, sums.start) == (2, 1000 - 5 - 10)
    # (4 - 2) + (4 - 2) + (0 - 2) over 2 + 2 + 2
    assert sums.correlation == pytest.approx(1 / 3, rel=1e-12)


def test_clusters_are_in_the_order_of_their_sessions(panels: ModuleType) -> None:
    sample = panels.hand_sample([1.0, 2.0, 3.0, 4.0], position=[30, 10, 30, 20])
    assert [rows.tolist() for rows in sample.clusters] == [[1], [3], [0, 2]]


def test_an_empty_group_has_no_mean_and_no_clusters(panels: ModuleType) -> None:
    sample = panels.hand_sample([])
    assert math.isnan(sample.caar)
    assert sample.clusters == ()
    assert math.isnan(sample.correlation.mean)
    assert sample.correlation.inflation == 1.0


def test_a_return_over_several_sessions_counts_on_one_session_s_scale(panels: ModuleType) -> None:
    """Its residual is divided by √n, and its column is no full one."""
    study = panels.random_study(11, missing=0.1)
    arrays = study.arrays
    rows = np.flatnonzero(arrays.panel.event == 2)
    sums = arrays.cluster_state(rows).sums
    total, full = {}, {}
    for row in rows.tolist():
        span = arrays.panel.estimation_span[row]
        there = np.isfinite(arrays.fit.residuals[row])
        e = arrays.fit.residuals[row, there] / np.sqrt(span[there])
        z = e / np.sqrt(np.mean(e**2))
        for column, value, n in zip(arrays.panel.estimation_column[row, there], z, span[there], strict=True):
            if column >= 0:
                total[column] = total.get(column, 0.0) + value
                full[column] = full.get(column, 0) + (n == 1)
    for place, found in enumerate(sums.total):
        assert found == pytest.approx(total.get(sums.start + place, 0.0), rel=1e-10, abs=1e-12)
    assert sums.enough == (sum(count == len(rows) for count in full.values()) >= arrays.min_estimation)
    for place, mean in enumerate(sums.mean_residual):
        assert math.isfinite(mean) == (full.get(sums.start + place, 0) == len(rows))


@pytest.mark.parametrize("window", [1, 2])
def test_the_hour_of_news_that_falls_on_the_same_sessions_changes_nothing(panels: ModuleType, window: int) -> None:
    """News before the close of one day, or after the close of the day before: the sessions, and all numbers, agree.

    Two overlapping events bring the residuals of one session together, though their clocks name it differently.
    """
    first = (150, "late")
    for other in ((152, "late"), (150, "late")):
        same = panels.random_study(8, events=(first, other), missing=0.05, east=8, west=0, share=1.0)
        # sessions are business days of one calendar: late news of a day is early news of the next
        moved = panels.random_study(8, events=(first, (other[0] + 1, "early")), missing=0.05, east=8, west=0, share=1.0)
        everything = np.arange(len(same.arrays.position))
        np.testing.assert_array_equal(same.arrays.position, moved.arrays.position)
        assert (same.arrays.panel.estimation_column != moved.arrays.panel.estimation_column).any()
        left, right = same.sample(everything, window), moved.sample(everything, window)
        assert left.correlation.mean == pytest.approx(right.correlation.mean, **SAME)
        assert left.correlation.dof == pytest.approx(right.correlation.dof, **SAME)
        assert portfolio_variance(left) == pytest.approx(portfolio_variance(right), **SAME)


def test_a_security_in_two_events_of_one_day_correlates_with_itself(panels: ModuleType) -> None:
    """Two events on the same sessions are one cluster; their hours differ, their residuals are the same."""
    study = panels.random_study(9, events=((150, "late"), (151, "early")), missing=0.0, east=1, west=0, share=1.0)
    sample = study.sample(np.arange(2), 0)
    assert len(sample.clusters) == 1
    assert sample.correlation.mean == pytest.approx(1.0, rel=1e-12)
