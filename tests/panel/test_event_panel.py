"""The arrays that everything right of the panel works on: shapes are checked, values cannot change."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from eventstudy.panel.event_panel import Between, EventPanel


def small() -> EventPanel:
    """Three observations, four estimation sessions, two event days, one regressor, one session between."""
    n, t, days = 3, 4, 2
    return EventPanel(
        estimation_returns=np.arange(12.0).reshape(n, t),
        estimation_span=np.ones((n, t)),
        estimation_regressors=np.zeros((n, t, 1)),
        estimation_column=np.tile(np.arange(t), (n, 1)),
        estimation_in_event=np.zeros((n, t), dtype=bool),
        taus=np.arange(days),
        event_returns=np.arange(6.0).reshape(n, days),
        event_span=np.ones((n, days)),
        event_regressors=np.zeros((n, days, 1)),
        security=np.array([5, 6, 5]),
        event=np.array([0, 0, 1]),
        between=Between(np.zeros((n, 1)), np.ones((n, 1)), np.zeros((n, 1, 1))),
        ends=np.array([9, 1, 9]),
    )


WRONG = {
    "estimation_span": np.ones((3, 5)),
    "estimation_regressors": np.zeros((3, 4, 2)),
    "estimation_column": np.zeros((2, 4), dtype=int),
    "estimation_in_event": np.zeros((3, 3), dtype=bool),
    "taus": np.arange(3),
    "event_span": np.ones((3, 1)),
    "event_regressors": np.zeros((3, 3, 1)),
    "security": np.array([5, 6]),
    "event": np.array([[0, 0, 1]]),
    "ends": np.array([9, 1]),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_array_has_its_shape(name):
    with pytest.raises(ValueError, match=name if name != "event_regressors" else "regressors"):
        replace(small(), **{name: WRONG[name]})


def test_sessions_between_have_their_shapes():
    with pytest.raises(ValueError, match="between has 2 rows, not 3"):
        replace(small(), between=Between(np.zeros((2, 1)), np.ones((2, 1)), np.zeros((2, 1, 1))))
    with pytest.raises(ValueError, match=r"\(3, 1\)"):
        Between(np.zeros((3, 2)), np.ones((3, 1)), np.zeros((3, 1, 1)))


@pytest.mark.parametrize("field", [item.name for item in fields(EventPanel) if item.name != "between"])
def test_arrays_are_read_only(field):
    panel = small()
    values = getattr(panel, field)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = values[0]
    with pytest.raises(FrozenInstanceError):
        setattr(panel, field, values)


def test_arrays_between_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        small().between.returns[0] = 1.0


@pytest.mark.parametrize("chosen", [np.array([2, 0]), np.array([True, False, True])])
def test_rows_take_every_array_along(chosen):
    panel, rows = small(), np.array([2, 0]) if chosen.dtype != bool else np.array([0, 2])
    part = panel.rows(chosen)
    assert part.n_observations == 2
    for item in fields(EventPanel):
        if item.name == "between":
            np.testing.assert_array_equal(part.between.returns, panel.between.returns[rows])
        elif item.name == "taus":
            np.testing.assert_array_equal(part.taus, panel.taus)
        else:
            np.testing.assert_array_equal(getattr(part, item.name), getattr(panel, item.name)[rows])


def test_no_rows_are_a_panel_too():
    nothing = small().rows(np.array([], dtype=np.int64))
    assert nothing.n_observations == 0
    assert nothing.event_returns.shape == (0, 2)
