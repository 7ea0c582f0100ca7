"""The effects planted in the embedded market: what a study of it should find.

All lines of one sector and role in an event get the same effect. Its size is a multiple of the sector's daily
deviation by direction and role (`TYPICAL`), times a factor for confidence; where the press printed closing moves of
that sector and role on the event day, it is drawn towards them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from statistics import fmean, median
from typing import Final

from eventstudy.calendars import calendar, event_day
from eventstudy.catalogue.events import Event
from eventstudy.catalogue.markets import role_in_event
from eventstudy.catalogue.reported_moves import ReportedMove
from eventstudy.catalogue.universe import Universe
from eventstudy.simulate.traits import sector_deviation

# (direction, role in the event) -> daily deviations of the sector. Controls and benchmarks have none.
TYPICAL: Final[Mapping[tuple[str, str], float]] = {
    ("restriction", "exposed"): -0.9,
    ("restriction", "exposed_elsewhere"): -0.3,
    ("restriction", "beneficiary"): 1.0,
    ("escalation", "exposed"): -0.5,
    ("escalation", "exposed_elsewhere"): -0.15,
    ("escalation", "beneficiary"): 0.5,
    ("relief", "exposed"): 0.5,
    ("relief", "exposed_elsewhere"): 0.15,
    ("relief", "beneficiary"): -0.9,
    ("support", "beneficiary"): 0.4,
}
CONFIDENCE: Final[Mapping[str, float]] = {"confirmed": 1.0, "reported": 0.75, "uncertain": 0.4}
LARGEST: Final = 0.08

# Beneficiaries of tightening gain a little more on the following session.
AFTERGLOW: Final = 0.2
# Sessions before the event day -> share of its effect that beneficiaries had gained by then.
RUN_UP: Final[Mapping[str, Mapping[int, float]]] = {"2026-01-06-japan-dual-use-ban": {-2: 0.35, -1: 0.35}}

Group = tuple[str, str]


@dataclass(frozen=True)
class PlannedEffect:
    """An abnormal return to be added on one session of one line, if the line trades."""

    event_id: str
    ticker: str
    session: date
    effect: float


def planned_effects(
    events: Iterable[Event], universe: Universe, reported: Iterable[ReportedMove]
) -> tuple[PlannedEffect, ...]:
    """Every effect of every event, on the event day of each line's own exchange and the sessions around it.

    Parameters
    ----------
    events : iterable of Event
        An event beyond an exchange's calendar has no effect there.
    universe : Universe
        The lines; their role in each event decides.
    reported : iterable of ReportedMove
        Rows about closes, on the event day, of lines of the universe draw an effect towards them.

    Returns
    -------
    tuple of PlannedEffect
        In the order of the events and the universe.
    """
    moves: dict[str, list[ReportedMove]] = defaultdict(list)
    for move in reported:
        if move.basis == "close" and not move.is_placebo:
            moves[move.event_id].append(move)
    planned: list[PlannedEffect] = []
    lines = universe.observations
    exchanges = {line.exchange for line in lines}
    shifted = cache(_shifted)
    for event in events:
        day_zero = {mic: event_day(event.announced_at, mic).session for mic in exchanges}
        roles = {line.ticker: role_in_event(event, line, universe) for line in lines}
        printed = _printed(moves[event.event_id], universe, roles, day_zero)
        groups = {(roles[line.ticker], line.sector) for line in lines}
        sizes = {(role, sector): _size(event, role, sector, printed) for role, sector in groups}
        shapes = {role: _shape(event, role) for role, _ in groups}
        for line in lines:
            session, role = day_zero[line.exchange], roles[line.ticker]
            size = sizes[role, line.sector]
            if session is None or size == 0.0:
                continue
            for tau, share in shapes[role].items():
                day = shifted(line.exchange, session, tau)
                if day is not None:
                    planned.append(PlannedEffect(event.event_id, line.ticker, day, round(size * share, 5)))
    return tuple(planned)


def _printed(
    moves: Iterable[ReportedMove],
    universe: Universe,
    roles: Mapping[str, str],
    day_zero: Mapping[str, date | None],
) -> dict[Group, tuple[float, int]]:
    """Printed closing move of each role and sector on the event day, and from how many lines: median of line means."""
    lines = {line.ticker: line for line in universe.observations}
    by_line: dict[str, list[float]] = defaultdict(list)
    for move in moves:
        line = lines.get(move.instrument)
        if line is not None and move.session_date == day_zero[line.exchange]:
            by_line[line.ticker].append(move.reported_move_pct / 100.0)
    by_group: dict[Group, list[float]] = defaultdict(list)
    for ticker, values in by_line.items():
        by_group[roles[ticker], lines[ticker].sector].append(fmean(values))
    return {group: (median(values), len(values)) for group, values in by_group.items()}


def _size(event: Event, role: str, sector: str, printed: Mapping[Group, tuple[float, int]]) -> float:
    """Effect on the event day of all lines of one role and sector.

    With n lines printed, n/(n + 1) of the way from the typical size to theirs; never beyond ``LARGEST``.
    """
    multiple = TYPICAL.get((event.direction, role), 0.0)
    if role not in ("exposed", "exposed_elsewhere", "beneficiary"):
        return 0.0
    size = multiple * CONFIDENCE.get(event.confidence, 1.0) * sector_deviation(sector, role)
    if (role, sector) in printed:
        move, lines = printed[role, sector]
        size += (move - size) * lines / (lines + 1)
    return round(max(-LARGEST, min(LARGEST, size)), 4)


def _shape(event: Event, role: str) -> dict[int, float]:
    """Event day -> share of the effect."""
    shape = {0: 1.0}
    if role == "beneficiary" and event.news == "tightening":
        shape[1] = AFTERGLOW
        shape.update(RUN_UP.get(event.event_id, {}))
    return dict(sorted(shape.items()))


def _shifted(exchange: str, session: date, tau: int) -> date | None:
    """The session ``tau`` sessions after another; None beyond the calendar."""
    market = calendar(exchange)
    place = market.index_of(session) + tau
    if not 0 <= place < market.sessions.size:
        return None
    day: date = market.sessions[place].item()
    return day
