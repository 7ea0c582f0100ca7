"""Dates to arrays: every observation's returns by event day, aligned once and for all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.panel.event_panel import Between, EventPanel
from eventstudy.panel.windows import Window
from eventstudy.returns import ReturnTable


def event_sessions_mask(table: ReturnTable, security: IntArray, position: IntArray, hull: Window) -> BoolArray:
    """Sessions inside the windows of a security's own events.

    Parameters
    ----------
    table : ReturnTable
        For its shape (n, S).
    security, position : (N,) int
        Row of ``table`` and position of the event session of each observation, excluded ones too.
    hull : (int, int)
        First and last event day of any window.

    Returns
    -------
    (n, S) int
        How many events' windows each session lies in.
    """
    rows, length = table.returns.shape
    count = np.zeros((rows, length), dtype=np.int64)
    for tau in range(hull[0], hull[1] + 1):
        day = position + tau
        inside = (day >= 0) & (day < length)
        np.add.at(count, (security[inside], day[inside]), 1)
    return count > 0


def align(
    table: ReturnTable,
    security: IntArray,
    event: IntArray,
    position: IntArray,
    columns: Mapping[tuple[int, str], IntArray] | None,
    in_event: BoolArray,
    estimation: Window,
    days: Window,
    exclude_events: bool = False,
) -> EventPanel:
    """The panel of N observations.

    Parameters
    ----------
    table : ReturnTable
        Returns of every security on its own sessions.
    security, event, position : (N,) int
        Row of the security, index of the event, position of the event session in the security's calendar.
    columns : mapping of (event, calendar) to (S,) int, or None
        News-clock column of each session as that event's hour sees it; None where all share one calendar, whose
        positions are the columns.
    in_event : (n, S) bool
        Sessions inside any event window of each security.
    estimation, days : (int, int)
        Estimation window and event range, in event days.
    exclude_events : bool
        Leave the days of other events out of the estimation window instead of counting them.

    Returns
    -------
    EventPanel
        Rows in the order given.
    """
    length = table.returns.shape[1]

    def gather(first: int, last: int) -> tuple[IntArray, BoolArray]:
        place = position[:, None] + np.arange(first, last + 1)
        return np.clip(place, 0, max(length - 1, 0)), (place >= 0) & (place < length)

    def values(source: FloatArray, place: IntArray, inside: BoolArray, empty: float) -> FloatArray:
        taken = source[security[:, None], place]
        taken[~inside] = empty
        return taken

    place, inside = gather(*estimation)
    column = np.where(inside, place, -1)
    if columns is not None:
        code = {name: number for number, name in enumerate(dict.fromkeys(table.calendars))}
        keys = np.array([code[name] for name in table.calendars], dtype=np.int64)[security]
        for (number, name), clock in columns.items():
            rows = np.flatnonzero((event == number) & (keys == code.get(name, -1)))
            if len(rows):
                padded = np.full(length, -1, dtype=np.int64)
                padded[: len(clock)] = clock
                column[rows] = np.where(inside[rows], padded[place[rows]], -1)
    near_event = in_event[security[:, None], place] & inside
    returns = values(table.returns, place, inside, np.nan)
    if exclude_events:
        returns[near_event] = np.nan
    event_place, event_inside = gather(*days)
    between = None
    if days[0] - estimation[1] > 1:
        gap_place, gap_inside = gather(estimation[1] + 1, days[0] - 1)
        between = Between(
            values(table.returns, gap_place, gap_inside, np.nan),
            values(table.span, gap_place, gap_inside, 0.0),
            values(table.regressors, gap_place, gap_inside, np.nan),
        )
    return EventPanel(
        estimation_returns=returns,
        estimation_span=values(table.span, place, inside, 0.0),
        estimation_regressors=values(table.regressors, place, inside, np.nan),
        estimation_column=column,
        estimation_in_event=near_event,
        taus=np.arange(days[0], days[1] + 1),
        event_returns=values(table.returns, event_place, event_inside, np.nan),
        event_span=values(table.span, event_place, event_inside, 0.0),
        event_regressors=values(table.regressors, event_place, event_inside, np.nan),
        security=security,
        event=event,
        between=between,
    )
