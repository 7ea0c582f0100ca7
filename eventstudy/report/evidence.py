"""A study read once: its tables indexed, so that no sentence has to search a table again."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from eventstudy.calendars import event_day
from eventstudy.catalogue.events import Event
from eventstudy.panel.attrition import describe
from eventstudy.report.measures import Measures, Scope, event_scope
from eventstudy.report.wording import Measure, numbers
from eventstudy.report.wording.sentences import NO_SHARE, city, worded
from eventstudy.results.unit import Group

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.results import StudyResults

ROLES = ("exposed", "beneficiary", "control")


@dataclass(frozen=True)
class Share:
    """One line in one event: who it is, when it could first react, and why it is left out if it is."""

    ticker: str
    name: str
    exchange: str
    sector: str
    role: str
    session: date | None
    used: bool
    reason: str

    @property
    def city(self) -> str:
        """Where it trades."""
        return city(self.exchange)


class Car(NamedTuple):
    """One line's move over one window, its standard error and p."""

    car: float
    se: float
    p: float


@dataclass(frozen=True)
class Daily:
    """One line around one event: sessions, raw and abnormal returns by event day."""

    taus: tuple[int, ...]
    sessions: tuple[date | None, ...]
    returns: tuple[float, ...]
    ar: tuple[float, ...]
    sar: tuple[float, ...]

    def at(self, tau: int, values: Sequence[float]) -> float:
        """The value on event day ``tau``; NaN where there is none."""
        return values[self.taus.index(tau)] if tau in self.taus else math.nan

    def session(self, tau: int) -> date | None:
        """The calendar day of event day ``tau``."""
        return self.sessions[self.taus.index(tau)] if tau in self.taus else None

    def cumulated(self, first: int = -10, last: int = 10) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """Abnormal returns cumulated from the close of tau -1: 0 there; NaN on a day without a return.

        The return after a gap spans it, so the sum goes on behind it.
        """
        known = dict(zip(self.taus, self.ar, strict=True))
        level, total = {-1: 0.0}, 0.0
        for tau in range(last + 1):
            value = known.get(tau, math.nan)
            total += 0.0 if math.isnan(value) else value
            level[tau] = math.nan if math.isnan(value) else total
        total = 0.0
        for tau in range(-1, first, -1):
            value = known.get(tau, math.nan)
            total -= 0.0 if math.isnan(value) else value
            level[tau - 1] = math.nan if math.isnan(value) else total
        taus = tuple(tau for tau in range(first, last + 1) if tau in known or tau == -1)
        return taus, tuple(level[tau] for tau in taus)


@dataclass(frozen=True)
class ExchangeDay:
    """How one exchange's event day was chosen."""

    exchange: str
    city: str
    session: date | None
    rule: str
    sentence: str


@dataclass(frozen=True)
class Excluded:
    """One row of the attrition table, with its reason in words."""

    ticker: str
    window: str
    reason: str
    has_value: bool = False


@dataclass(frozen=True)
class PathPoint:
    """One day of a group's cumulated path, in decimals."""

    tau: int
    n: int
    caar: float
    low: float
    high: float
    ordinary_low: float
    ordinary_high: float


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything the report reads, by key."""

    results: StudyResults
    events: tuple[Event, ...]
    catalogue: tuple[Event, ...]
    windows: tuple[str, ...]
    measures: Measures
    shares: Mapping[str, tuple[Share, ...]]
    cars: Mapping[str, Mapping[str, Mapping[str, Car]]]
    days: Mapping[str, tuple[ExchangeDay, ...]]
    excluded: Mapping[str, tuple[Excluded, ...]]
    names: Mapping[str, str]
    daily_positions: Mapping[str, Any]
    daily_columns: Mapping[str, Any]
    _daily: dict[str, dict[str, Daily]] = field(default_factory=dict, init=False)
    _paths: dict[str, Mapping[str, tuple[PathPoint, ...]]] = field(default_factory=dict, init=False)

    def measure(self, scope: Scope, role: str, sector: str = "", window: str = "[0,0]") -> Measure | None:
        """One group over one window; None where the table has no such row."""
        return self.measures.find(scope, role, sector, self.windows.index(window)) if window in self.windows else None

    def means(self, event_ids: Sequence[str]) -> Callable[[str, str, str, str], Measure | None]:
        """Of an event, role, sector and window the mean and its p, nothing adjusted; the events are told beforehand.

        Those that stand beside the study are studied for it, all at once.
        """
        context = self.results.context
        outside = self._outside & set(event_ids)
        beside = Measures(context.of(sorted(outside))) if outside and context is not None else self.measures

        def mean(event_id: str, role: str, sector: str, window: str) -> Measure | None:
            measures = beside if event_id in outside else self.measures
            return measures.mean(event_scope(event_id), role, sector, self.windows.index(window))

        return mean

    def sectors(self, scope: Scope, role: str) -> tuple[str, ...]:
        """The sectors of a role, in the order of the table; also of an event that stands beside the study."""
        context = self.results.context
        if context is not None and scope.event_id in self._outside:
            return context.sectors(scope.event_id, role)
        return self.measures.sectors(scope, role)

    @cached_property
    def _outside(self) -> set[str]:
        """The events that stand beside the study."""
        return {event.event_id for event in self.catalogue} - {event.event_id for event in self.events}

    def daily(self, event_id: str) -> dict[str, Daily]:
        """Every line's days around one event; read for the events that are asked for, once."""
        if event_id not in self._daily:
            positions = self.daily_positions.get(event_id)
            self._daily[event_id] = {} if positions is None else self._read_daily(positions)
        return self._daily[event_id]

    def _read_daily(self, positions: Any) -> dict[str, Daily]:
        columns = {name: values[positions] for name, values in self.daily_columns.items()}
        if columns["session"].dtype.kind == "M":
            columns["session"] = columns["session"].astype("datetime64[D]")
        columns = {name: values.tolist() for name, values in columns.items()}
        rows: dict[str, list[int]] = defaultdict(list)
        for index, ticker in enumerate(columns["ticker"]):
            rows[ticker].append(index)
        days = {cell: as_date(cell) for cell in set(columns["session"])}
        found = {}
        for ticker, indices in rows.items():
            taus, sessions, *values = (
                [columns[name][index] for index in indices] for name in ("tau", "session", "return", "ar", "sar")
            )
            found[ticker] = Daily(tuple(taus), tuple(days[cell] for cell in sessions), *map(tuple, values))
        return found

    def path(self, event_id: str, role: str) -> tuple[PathPoint, ...]:
        """One role's cumulated path around one event; computed for the events that are asked for, once."""
        return self.paths(event_id).get(role, ())

    def paths(self, event_id: str) -> Mapping[str, tuple[PathPoint, ...]]:
        """Role to its path around one event."""
        if event_id not in self._paths:
            self._paths[event_id] = _paths(self.results.paths(by=("role",), event_ids=(event_id,)))
        return self._paths[event_id]

    def know_paths(self, event_id: str, paths: Mapping[str, tuple[PathPoint, ...]]) -> None:
        """Take over what another process has worked out."""
        self._paths[event_id] = paths

    def used(self, event_id: str, role: str = "", sector: str = "") -> list[Share]:
        """The shares of one event that were used, of one role and sector if given."""
        return [
            share
            for share in self.shares.get(event_id, ())
            if share.used and role in ("", share.role) and sector in ("", share.sector)
        ]

    def moves(self, event_id: str, role: str, sector: str, window: str) -> dict[str, float]:
        """Name to CAR of one group's members; a name borne twice carries its ticker."""
        cars = self.cars.get(event_id, {}).get(window, {})
        found: dict[str, float] = {}
        for share in self.used(event_id, role, sector):
            move = cars.get(share.ticker)
            if move is not None and not math.isnan(move.car):
                name = share.name if share.name not in found else f"{share.name} ({share.ticker})"
                found[name] = move.car
        return found

    def reason(self, event_id: str, role: str, window: str = "") -> str:
        """The commonest reason why a role has no usable share in an event, or none with a move over a window."""
        shares = [share for share in self.shares.get(event_id, ()) if share.role == role]
        used = {share.ticker for share in shares if share.used}
        reasons = Counter(
            line.reason for line in self.excluded.get(event_id, ()) if line.window == window and line.ticker in used
        ) or Counter(share.reason for share in shares if not share.used)
        return reasons.most_common(1)[0][0] if reasons else NO_SHARE

    def tests(self, scope: Scope, role: str, window: str) -> list[tuple[str, float, float, str]]:
        """Every test of one role over one window: name, statistic, p, and why there is none."""
        unit, group, number = self.measures.unit(scope), Group(role, "", scope.direction), self.windows.index(window)
        if group not in unit.groups:
            return []
        found = {name: unit.test(group, number, name) for name in self.results.spec.tests}
        return [(name, each.statistic, each.pvalue, worded(each.reason)) for name, each in found.items()]

    def dispersion(self, scope: Scope, role: str, window: str) -> tuple[float, float]:
        """How much wider a role's moves lie than on ordinary days, as a ratio of variances, and GRANK's permutation p.

        Both are beside the headline test, so that a reader sees what it takes for event-induced variance; NaN where
        there is none.
        """
        unit, group, number = self.measures.unit(scope), Group(role, "", scope.direction), self.windows.index(window)
        if group not in unit.groups:
            return math.nan, math.nan
        return unit.headline(group, number).variance_ratio, unit.test(group, number, "grank_permutation").pvalue

    def session_on(self, event_id: str, exchange: str) -> date | None:
        """An event's first session on one exchange; None where the calendar has none."""
        return next((day.session for day in self.days.get(event_id, ()) if day.exchange == exchange), None)

    def name(self, ticker: str) -> str:
        """The company's name; the ticker itself where there is none."""
        return self.names.get(ticker, ticker)


def as_date(value: object) -> date | None:
    """A calendar day out of a table's cell; None where it is empty."""
    if value is None or _is_nan(value) or value == "":
        return None
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _is_nan(value: object) -> bool:
    """NaN and NaT alone differ from themselves."""
    return value != value


def text(value: object) -> str:
    """A cell's words; "" where it is empty."""
    if isinstance(value, str):
        return value  # a sentence stays what it is
    return "" if value is None or _is_nan(value) else str(value)


def number(value: object) -> float:
    """A cell's number; NaN where it is empty."""
    try:
        return float(cast("float", value))
    except (TypeError, ValueError):
        return math.nan


def records(frame: pd.DataFrame, names: Iterable[str]) -> Iterable[tuple[Any, ...]]:
    """The rows of a table as tuples of the named columns; an absent column is all None."""
    columns = [frame[name].tolist() if name in frame.columns else [None] * len(frame) for name in names]
    return zip(*columns, strict=True)


def read_evidence(results: StudyResults) -> Evidence:
    """Read a study's tables once, each row a plain object under its key.

    Parameters
    ----------
    results : StudyResults
        A study with a catalogue.
    """
    universe = results.universe
    names = {security.ticker: security.name for security in universe} if universe is not None else {}
    daily = results.abnormal_returns
    context = results.context
    others = tuple(context.events) if context is not None else ()
    catalogue = {event.event_id: event for event in (*others, *results.events)}
    days = _days(results.event_days(), catalogue)
    if context is not None:
        days = {**_days(context.event_days(), catalogue), **days}
    return Evidence(
        results=results,
        events=tuple(results.events),
        catalogue=tuple(catalogue.values()),
        windows=tuple(numbers.window_label(bounds) for bounds in results.spec.windows),
        measures=Measures(results),
        shares=_shares(results.pairs, names),
        cars=_cars(results.cars),
        days=days,
        excluded=_excluded(results.attrition),
        names=names,
        daily_positions={str(key): rows for key, rows in daily.groupby("event_id", sort=False).indices.items()},
        daily_columns={name: daily[name].to_numpy() for name in ("ticker", "tau", "session", "return", "ar", "sar")},
    )


def _shares(pairs: pd.DataFrame, names: Mapping[str, str]) -> dict[str, tuple[Share, ...]]:
    columns = ("event_id", "ticker", "exchange", "sector", "role", "event_session", "status", "reason")
    found: dict[str, list[Share]] = defaultdict(list)
    for event_id, ticker, exchange, sector, role, session, status, reason in records(pairs, columns):
        found[event_id].append(
            Share(
                ticker=ticker,
                name=names.get(ticker, ticker),
                exchange=text(exchange),
                sector=text(sector),
                role=text(role),
                session=as_date(session),
                used=status == "used",
                reason=worded(describe(text(reason))),
            )
        )
    return {event_id: tuple(shares) for event_id, shares in found.items()}


def _cars(cars: pd.DataFrame) -> dict[str, dict[str, dict[str, Car]]]:
    found: dict[str, dict[str, dict[str, Car]]] = defaultdict(lambda: defaultdict(dict))
    for event_id, ticker, window, car, se, p in records(
        cars, ("event_id", "ticker", "window", "car", "car_se", "pvalue")
    ):
        found[event_id][window][ticker] = Car(number(car), number(se), number(p))
    return {event_id: dict(windows) for event_id, windows in found.items()}


def _days(frame: pd.DataFrame, catalogue: Mapping[str, Event]) -> dict[str, tuple[ExchangeDay, ...]]:
    found: dict[str, list[ExchangeDay]] = defaultdict(list)
    for event_id, exchange, session, rule in records(frame, ("event_id", "exchange", "session", "rule")):
        # a table's cell forgets of what its sentence is made
        sentence = worded(event_day(catalogue[event_id].announced_at, exchange).sentence)
        found[event_id].append(ExchangeDay(exchange, city(exchange), as_date(session), text(rule), sentence))
    return {event_id: tuple(days) for event_id, days in found.items()}


def _excluded(attrition: pd.DataFrame) -> dict[str, tuple[Excluded, ...]]:
    found: dict[str, list[Excluded]] = defaultdict(list)
    for event_id, ticker, window, reason in records(attrition, ("event_id", "ticker", "window", "reason")):
        row = Excluded(text(ticker), text(window), worded(describe(text(reason))), has_value=reason == "partial_window")
        found[text(event_id)].append(row)
    return {event_id: tuple(rows) for event_id, rows in found.items()}


def _paths(frame: pd.DataFrame) -> dict[str, tuple[PathPoint, ...]]:
    """Role to its path."""
    found: dict[str, list[PathPoint]] = defaultdict(list)
    columns = ("role", "tau", "n_pairs", "caar", "ci_low", "ci_high", "ordinary_low", "ordinary_high")
    for role, tau, n, *values in records(frame, columns):
        found[text(role)].append(PathPoint(int(tau), int(n), *(number(value) for value in values)))
    return {role: tuple(sorted(points, key=lambda point: point.tau)) for role, points in found.items()}
