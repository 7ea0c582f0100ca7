"""EventPanel: the arrays every model and statistic works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Between:
    """Returns of the sessions after the estimation window and before the event range.

    Attributes
    ----------
    returns, span : (N, B) float
        As in :class:`EventPanel`.
    regressors : (N, B, K) float
        As in :class:`EventPanel`.
    """

    returns: FloatArray
    span: FloatArray
    regressors: FloatArray

    def __post_init__(self) -> None:
        n, sessions, _ = self.regressors.shape
        if self.returns.shape != (n, sessions) or self.span.shape != (n, sessions):
            raise ValueError(f"returns {self.returns.shape} and span {self.span.shape} are not {(n, sessions)}")
        for values in (self.returns, self.span, self.regressors):
            values.setflags(write=False)

    def rows(self, chosen: IntArray | BoolArray) -> Between:
        """Those of the chosen observations alone."""
        return Between(self.returns[chosen], self.span[chosen], self.regressors[chosen])


@dataclass(frozen=True, eq=False)
class EventPanel:
    """Returns of N observations around their event days, aligned by event day.

    A return that spans n sessions (after a gap) stands on its last session with ``span`` n; sessions without a
    return are NaN with span 0, one that was dropped for spanning several is NaN with its span. K regressors belong to
    the model: its market, or market and sector.

    Attributes
    ----------
    estimation_returns, estimation_span : (N, T) float
        Returns over the estimation window, decimal; sessions spanned by each.
    estimation_regressors : (N, T, K) float
        Regressors over the same sessions as each return.
    estimation_column : (N, T) int
        News-clock column of each session, -1 where it has none: equal numbers of two observations of one calendar
        cluster stand for the same moment of the news.
    estimation_in_event : (N, T) bool
        True on sessions inside a window of another event of the same security.
    taus : (L,) int
        Event days of the event range, ascending.
    event_returns, event_span : (N, L) float
        As above, for the event range.
    event_regressors : (N, L, K) float
        As above.
    security, event : (N,) int
        Index of the security and of the event of each observation.
    between : Between or None
        The sessions from the estimation window to the event range, which variance filters run through; None where
        the one ends where the other begins.
    ends : (N,) int, or None
        Event day of the line's last session, at which a window that reaches further ends; None where windows are
        whole or nothing.
    """

    estimation_returns: FloatArray
    estimation_span: FloatArray
    estimation_regressors: FloatArray
    estimation_column: IntArray
    estimation_in_event: BoolArray
    taus: IntArray
    event_returns: FloatArray
    event_span: FloatArray
    event_regressors: FloatArray
    security: IntArray
    event: IntArray
    between: Between | None = None
    ends: IntArray | None = None

    def __post_init__(self) -> None:
        n, t = self.estimation_returns.shape
        count, k = self.event_returns.shape[1], self.event_regressors.shape[2]
        expected = {
            "estimation_span": (n, t),
            "estimation_regressors": (n, t, k),
            "estimation_column": (n, t),
            "estimation_in_event": (n, t),
            "taus": (count,),
            "event_span": (n, count),
            "event_regressors": (n, count, k),
            "security": (n,),
            "event": (n,),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, not {shape}")
        if self.between is not None and len(self.between.returns) != n:
            raise ValueError(f"between has {len(self.between.returns)} rows, not {n}")
        if self.ends is not None and self.ends.shape != (n,):
            raise ValueError(f"ends has shape {self.ends.shape}, not {(n,)}")
        for field in fields(self):
            if field.name != "between" and getattr(self, field.name) is not None:
                getattr(self, field.name).setflags(write=False)

    @property
    def n_observations(self) -> int:
        """Number of observations N."""
        return int(self.estimation_returns.shape[0])

    def rows(self, chosen: IntArray | BoolArray) -> EventPanel:
        """The panel of the chosen observations alone."""
        kept = {field.name: getattr(self, field.name) for field in fields(self)}
        between = kept.pop("between")
        taken = {name: value if name == "taus" or value is None else value[chosen] for name, value in kept.items()}
        return EventPanel(**taken, between=None if between is None else between.rows(chosen))


def joined_panels(
    panels: Sequence[EventPanel], places: Sequence[IntArray], security: IntArray, event: IntArray
) -> EventPanel:
    """One panel of the rows of several, each row at its place.

    Parameters
    ----------
    panels : sequence of EventPanel
        One at least, with the same event days.
    places : sequence of (n,) int
        Place of each panel's rows among all N.
    security, event : (N,) int
        Of all rows: the panels may number theirs in their own way.
    """
    count = len(security)

    def whole(given: Sequence[Any]) -> Any:
        made = np.empty((count, *given[0].shape[1:]), dtype=given[0].dtype)
        for rows, values in zip(places, given, strict=True):
            made[rows] = values
        return made

    apart = ("taus", "security", "event", "between", "ends")
    names = [item.name for item in fields(EventPanel) if item.name not in apart]
    between = [one.between for one in panels if one.between is not None]
    ends = [one.ends for one in panels if one.ends is not None]
    return EventPanel(
        **{name: whole([getattr(one, name) for one in panels]) for name in names},
        taus=panels[0].taus,
        security=security,
        event=event,
        between=Between(*(whole([getattr(one, item.name) for one in between]) for item in fields(Between)))
        if between
        else None,
        ends=whole(ends) if ends else None,
    )


def empty_to_nan(shape: tuple[int, ...]) -> FloatArray:
    """An array of the shape, all missing."""
    return np.full(shape, np.nan)
