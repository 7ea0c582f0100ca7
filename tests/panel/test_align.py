"""Dates to arrays: ends of the calendar, other events, the news clock."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import calendar, clock_columns
from eventstudy.panel.align import align, event_sessions_mask
from eventstudy.panel.event_panel import EventPanel
from eventstudy.returns import ReturnTable, returns_from_frame

SESSIONS = 12


@pytest.fixture
def table() -> ReturnTable:
    """Two securities whose return on session t is t/100 and -t/100; the second did not trade on session 4."""
    day = np.arange(SESSIONS) / 100
    returns = pd.DataFrame({"A": day, "B": np.where(np.arange(SESSIONS) == 4, np.nan, -day)})
    market = pd.DataFrame({"market": day / 10})
    return returns_from_frame(returns, market, (False,))


def aligned(table: ReturnTable, position: list[int], security: list[int] | None = None, **options) -> EventPanel:
    n = len(position)
    options = {
        "columns": None, "in_event": np.zeros(table.returns.shape, dtype=bool), "estimation": (-4, -3), "days": (-1, 1),
    } | options  # fmt: skip
    return align(table, np.array(security or [0] * n), np.arange(n), np.array(position), **options)


def test_event_days_are_sessions_relative_to_the_event(table):
    panel = aligned(table, [6])
    np.testing.assert_allclose(panel.estimation_returns, [[0.02, 0.03]])
    np.testing.assert_allclose(panel.event_returns, [[0.05, 0.06, 0.07]])
    np.testing.assert_allclose(panel.event_regressors[:, :, 0], [[0.005, 0.006, 0.007]])
    assert panel.taus.tolist() == [-1, 0, 1]
    assert panel.estimation_column.tolist() == [[2, 3]]
    # session 4 lies between the two windows
    np.testing.assert_allclose(panel.between.returns, [[0.04]])


@pytest.mark.parametrize(
    ("position", "estimation", "event"),
    [
        (1, [np.nan, np.nan], [0.00, 0.01, 0.02]),
        (0, [np.nan, np.nan], [np.nan, 0.00, 0.01]),
        (3, [np.nan, 0.00], [0.02, 0.03, 0.04]),
        (11, [0.07, 0.08], [0.10, 0.11, np.nan]),
        (12, [0.08, 0.09], [0.11, np.nan, np.nan]),
        (14, [0.10, 0.11], [np.nan, np.nan, np.nan]),
        (-1, [np.nan, np.nan], [np.nan, np.nan, 0.00]),
    ],
)
def test_days_beyond_the_calendar_are_missing(table, position, estimation, event):
    """Neither the first nor the last session is repeated, and nothing wraps around."""
    panel = aligned(table, [position])
    np.testing.assert_allclose(panel.estimation_returns, [estimation])
    np.testing.assert_allclose(panel.event_returns, [event])
    np.testing.assert_array_equal(panel.event_span, [np.isfinite(event).astype(float)])
    np.testing.assert_array_equal(np.isfinite(panel.event_regressors[:, :, 0]), [np.isfinite(event)])
    assert (panel.estimation_column >= 0).tolist() == [np.isfinite(estimation).tolist()]


def test_rows_keep_their_order_and_their_gaps(table):
    panel = aligned(table, [5, 5], [1, 0], estimation=(-4, -2), days=(-1, 1))
    np.testing.assert_allclose(panel.event_returns, [[np.nan, -0.05, -0.06], [0.04, 0.05, 0.06]])
    # the return on session 5 spans two sessions, and so does its market
    assert panel.event_span.tolist() == [[0, 2, 1], [1, 1, 1]]
    np.testing.assert_allclose(panel.event_regressors[0, :, 0], [np.nan, 0.009, 0.006])
    assert panel.security.tolist() == [1, 0]
    # the estimation window borders on the event range: there is nothing between
    assert panel.between is None


def test_sessions_inside_windows_of_events(table):
    mask = event_sessions_mask(table, np.array([0, 0, 1]), np.array([4, 11, 0]), (-1, 2))
    assert np.flatnonzero(mask[0]).tolist() == [3, 4, 5, 6, 10, 11]
    assert np.flatnonzero(mask[1]).tolist() == [0, 1, 2]
    # a position without a session marks nothing
    assert not event_sessions_mask(table, np.array([0]), np.array([-9]), (-1, 2)).any()


def test_other_events_inside_the_estimation_window_are_marked_and_may_be_left_out(table):
    mask = event_sessions_mask(table, np.array([0, 0]), np.array([3, 8]), (0, 1))
    kept = aligned(table, [8, 8], [0, 1], in_event=mask, estimation=(-6, -3))
    assert kept.estimation_in_event.tolist() == [[False, True, True, False], [False] * 4]
    np.testing.assert_allclose(kept.estimation_returns, [[0.02, 0.03, 0.04, 0.05], [-0.02, -0.03, np.nan, -0.05]])
    left = aligned(table, [8, 8], [0, 1], in_event=mask, estimation=(-6, -3), exclude_events=True)
    np.testing.assert_allclose(left.estimation_returns, [[0.02, np.nan, np.nan, 0.05], [-0.02, -0.03, np.nan, -0.05]])
    # the event's own days are never taken out
    np.testing.assert_allclose(left.event_returns, kept.event_returns)


def test_beyond_the_calendar_nothing_lies_in_an_event(table):
    mask = np.ones(table.returns.shape, dtype=bool)
    panel = aligned(table, [3], in_event=mask)
    assert panel.estimation_in_event.tolist() == [[False, True]]


def two_exchanges() -> tuple[ReturnTable, dict[str, int]]:
    """One line each in Tokyo and New York; the return is the session's ordinal / 1e6."""
    names = ("XTKS", "XNYS")
    sessions = {name: calendar(name).sessions for name in names}
    length = max(len(days) for days in sessions.values())
    returns = np.full((2, length), np.nan)
    for row, name in enumerate(names):
        returns[row, : len(sessions[name])] = sessions[name].astype(np.int64) / 1e6
    there = np.isfinite(returns)
    table = ReturnTable(
        tickers=("T", "N"),
        calendars=names,
        sessions=sessions,
        returns=returns,
        span=there.astype(float),
        regressors=np.zeros((2, length, 0)),
        regressor_key=np.zeros((2, 0), dtype=np.int64),
        one_session=np.zeros((0, length)),
        fault=("", ""),
        first=np.zeros(2, dtype=np.int64),
        last=there.sum(axis=1) - 1,
    )
    place = {
        "XTKS": calendar("XTKS").index_of(np.datetime64("2026-01-07").item()),
        "XNYS": calendar("XNYS").index_of(np.datetime64("2026-01-06").item()),
    }
    return table, place


def test_news_clock_puts_tokyo_beside_the_new_york_session_that_saw_the_news_first():
    table, place = two_exchanges()
    # 17:38 in Tokyo, after its close: Tokyo reacts on Wednesday the 7th, New York on Tuesday the 6th
    announced = datetime.fromisoformat("2026-01-06T16:38:24+08:00")
    columns = {(0, name): clock_columns(announced, name) for name in ("XTKS", "XNYS")}
    panel = align(
        table, np.array([0, 1]), np.array([0, 0]), np.array([place["XTKS"], place["XNYS"]]), columns,
        np.zeros(table.returns.shape, dtype=bool), (-30, -3), (0, 0),
    )  # fmt: skip
    column = pd.to_datetime(panel.estimation_column.reshape(-1), unit="D").to_numpy().reshape(2, -1)
    session = pd.to_datetime((panel.estimation_returns * 1e6).round().reshape(-1), unit="D").to_numpy().reshape(2, -1)
    # New York answers an announcement of date D on D, or on the next session after closed days; Tokyo always later
    assert (session[1] >= column[1]).all()
    assert (session[1] == column[1]).mean() > 0.7
    assert (session[0] > column[0]).all()
    tokyo = dict(zip(column[0].tolist(), session[0].tolist(), strict=True))
    new_york = dict(zip(column[1].tolist(), session[1].tolist(), strict=True))
    beside = {
        str(np.datetime64(new_york[day], "ns"))[:10]: str(np.datetime64(tokyo[day], "ns"))[:10]
        for day in tokyo.keys() & new_york.keys()
    }
    assert beside["2025-12-16"] == "2025-12-17"
    # Friday the 19th in New York stands beside Monday the 22nd in Tokyo
    assert beside["2025-12-19"] == "2025-12-22"
    # a Friday and the weekend behind it reach one Tokyo session: the first date is kept, and no column stands twice
    for row in panel.estimation_column:
        there = row[row >= 0]
        assert (np.diff(there) > 0).all()


def test_columns_belong_to_the_event_and_the_calendar():
    table, place = two_exchanges()
    days = {name: len(table.sessions[name]) for name in table.sessions}
    columns = {
        (0, "XTKS"): np.arange(days["XTKS"]) + 1_000,
        (0, "XNYS"): np.arange(days["XNYS"]) + 2_000,
        (1, "XTKS"): np.arange(days["XTKS"]) + 3_000,
    }
    rows = np.array([0, 1, 0]), np.array([0, 0, 1])
    at = np.array([place["XTKS"], place["XNYS"], place["XTKS"]])
    panel = align(table, *rows, at, columns, np.zeros(table.returns.shape, dtype=bool), (-2, -1), (0, 0))
    assert (panel.estimation_column - at[:, None]).tolist() == [[998, 999], [1998, 1999], [2998, 2999]]
