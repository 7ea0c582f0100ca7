"""The shocks: their variance, their clustering, their streams."""

from __future__ import annotations

import numpy as np

from eventstudy.simulate.process import ARCH, GARCH, cluster_volatility, stream, unit_series, weekdays

# Mean square over 4,929 days has a standard error of about 0.04 (fat tails, clustering).
VARIANCE_TOLERANCE = 0.12


def test_series_have_mean_zero_and_variance_one() -> None:
    series = unit_series(3, [("a",), ("b",), ("c", "d")])
    assert series.shape == (3, weekdays().size)
    np.testing.assert_allclose(series.mean(axis=1), 0.0, atol=4 / np.sqrt(weekdays().size))
    np.testing.assert_allclose((series**2).mean(axis=1), 1.0, atol=VARIANCE_TOLERANCE)


def test_a_series_depends_on_its_own_name_alone() -> None:
    together = unit_series(3, [("a",), ("b",), ("c",)])
    np.testing.assert_array_equal(unit_series(3, [("c",)])[0], together[2])
    assert not np.array_equal(unit_series(4, [("c",)])[0], together[2])


def test_names_are_not_run_together() -> None:
    assert stream(0, "a", "bc").random() != stream(0, "ab", "c").random()


def test_volatility_follows_the_recursion_written_out() -> None:
    innovations = np.random.default_rng(1).standard_normal((2, 40))
    found = cluster_volatility(innovations)
    for row in range(2):
        variance = 1.0
        for day in range(40):
            z = innovations[row, day]
            assert abs(found[row, day] - z * variance**0.5) < 1e-12
            variance = (1 - ARCH - GARCH) + variance * (ARCH * z * z + GARCH)


def test_the_grid_is_every_weekday_of_the_span() -> None:
    grid = weekdays()
    assert (str(grid[0]), str(grid[-1])) == ("2008-01-01", "2026-11-20")
    assert np.is_busday(grid).all()
    assert grid.size == np.busday_count("2008-01-01", "2026-11-21")
