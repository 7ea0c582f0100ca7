"""Which events share a calendar cluster."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.study.assemble import merge_same_sessions


@pytest.mark.parametrize(
    ("event", "calendar", "position", "expected"),
    [
        # the same session on the one calendar both keep
        ([0, 1], [0, 0], [5, 5], [0, 0]),
        ([0, 1], [0, 0], [5, 6], [0, 1]),
        # equal in Tokyo, a day apart in New York: two moments of the news
        ([0, 0, 1, 1], [0, 1, 0, 1], [5, 9, 5, 10], [0, 0, 1, 1]),
        ([0, 0, 1, 1], [0, 1, 0, 1], [5, 9, 5, 9], [0, 0, 0, 0]),
        # no calendar in common: nothing says that they are one moment
        ([0, 1], [0, 1], [5, 5], [0, 1]),
        # the third agrees with the first of the two it could join
        ([0, 1, 2], [0, 0, 0], [5, 6, 5], [0, 1, 0]),
        # rows in any order: a cluster is named by its first event
        ([2, 0, 1], [0, 0, 0], [7, 7, 8], [0, 0, 1]),
        ([], [], [], []),
    ],
)
def test_events_that_fall_on_the_same_sessions_are_one_cluster(
    event: list[int], calendar: list[int], position: list[int], expected: list[int]
) -> None:
    arrays = [np.array(values, dtype=np.int64) for values in (event, calendar, position)]
    assert merge_same_sessions(*arrays).tolist() == expected
