"""Ranks of lines by sorted keys against ``scipy.stats.rankdata``: ties, holes, numbers that share a key, infinities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

pytest.importorskip("numba")


def _expected(lines: np.ndarray, sessions: int) -> np.ndarray:
    """The same sums, a line at a time."""
    sums = np.zeros((3, lines.shape[1]))
    everything = np.arange(lines.shape[1])
    by_day, by_window = everything[:-1], np.append(everything[:sessions], everything[-1])
    for line in lines:
        for into, days in ((sums[0], by_day), (sums[1], by_window)):
            there = days[~np.isnan(line[days])]
            into[there] += rankdata(line[there]) / (len(there) + 1.0) - 0.5
        sums[2] += ~np.isnan(line)
    return sums


def _agree(lines: np.ndarray, sessions: int) -> None:
    from eventstudy.kernel.residuals import add_line_ranks

    found, expected = np.zeros((3, lines.shape[1])), _expected(lines, sessions)
    add_line_ranks(lines, sessions, found)
    np.testing.assert_allclose(found[0, :-1], expected[0, :-1], rtol=0, atol=1e-12)
    own = np.append(np.arange(sessions), lines.shape[1] - 1)
    np.testing.assert_allclose(found[1, own], expected[1, own], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found[2], expected[2])


NUMBERS = st.one_of(
    st.sampled_from([np.nan, 0.0, -0.0, 1.0, -1.0, 1.0 + 1e-15, np.inf, -np.inf, 5e-324, 1e300]),
    st.floats(-8.0, 8.0),
    st.floats(allow_nan=True, allow_infinity=True),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(NUMBERS, min_size=7, max_size=7), min_size=1, max_size=4), st.integers(1, 5))
def test_any_numbers(lines, sessions):
    _agree(np.array(lines, dtype=np.float64), sessions)


@pytest.mark.parametrize("width", [3, 255, 256, 257, 300, 5_000])
@pytest.mark.parametrize("rounded", [None, 1])
def test_lines_of_any_length(width, rounded):
    rng = np.random.default_rng(width)
    lines = rng.standard_t(3, (6, width))
    lines = lines if rounded is None else lines.round(rounded)
    lines[rng.random(lines.shape) < 0.05] = np.nan
    _agree(lines, max(width * 9 // 10, 1))


def test_numbers_that_differ_by_less_than_a_key_tells():
    rng = np.random.default_rng(0)
    lines = 1.0 + 1e-12 * rng.permuted(np.tile(np.arange(272.0), (5, 1)), axis=1)
    lines[:, 3] = 4.0
    _agree(lines, 250)


def test_one_number_far_beyond_the_others():
    lines = np.random.default_rng(1).normal(size=(5, 272))
    lines[:, 7] = 1e12
    lines[2] = np.nan
    _agree(lines, 250)
