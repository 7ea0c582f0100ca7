"""A study of catalogue events: event time, prices, returns, panel, model, tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy._arrays import IntArray
from eventstudy.calendars import EventDay, calendar, clock_columns, event_day
from eventstudy.catalogue import (
    EXCHANGES,
    Confounder,
    Event,
    Events,
    ReportedMove,
    Universe,
    confounders_beside,
    read_confounders,
    read_reported_moves,
    role_in_event,
)
from eventstudy.catalogue.universe import FACTORS
from eventstudy.claims import audit_claims
from eventstudy.errors import ModelError
from eventstudy.panel.attrition import describe
from eventstudy.prices.factors import FactorTable, as_factor_table
from eventstudy.prices.limits import limit_closes
from eventstudy.prices.source import PriceHistory, PriceSource
from eventstudy.processes import begun
from eventstudy.results import StudyResults
from eventstudy.results.context import Context
from eventstudy.returns import REGRESSOR_COLUMNS, ReturnTable, returns_from_prices, split_shift
from eventstudy.specification import StudySpec
from eventstudy.study.assemble import Candidates, assemble
from eventstudy.study.provenance import provenance
from eventstudy.workers import Map, check_map

if TYPE_CHECKING:
    from eventstudy.prices.quality import Finding

_TICKER = re.compile(r"[\^A-Za-z0-9][A-Za-z0-9.^=-]*")


def run_study(
    events: Events,
    universe: Universe,
    prices: PriceSource,
    spec: StudySpec | None = None,
    *,
    context: Events | None = None,
    confounders: Sequence[Confounder] | None = None,
    reported_moves: Sequence[ReportedMove] | None = None,
    factors: FactorTable | pd.DataFrame | None = None,
    map: Map | None = None,
) -> StudyResults:
    """An event study of catalogue events on every line of the universe.

    Parameters
    ----------
    events : Events
        What is studied.
    universe : Universe
        Who is exposed, who benefits; its benchmark lines are markets, never observations.
    prices : PriceSource
        ``SamplePrices()``, ``YahooPrices(...)``, ``FilePrices(...)`` or anything with their ``fetch``.
    spec : StudySpec, optional
        Default specification where not given.
    context : Events, optional
        The whole catalogue where ``events`` is a part of it: its other events keep their days out of the ordinary
        ones and stand beside the studied ones in a report.
    confounders : sequence of Confounder, optional
        Other news; by default the ``confounders.csv`` beside the events' own file.
    reported_moves : sequence of ReportedMove, optional
        Printed moves to audit; by default those of the package.
    factors : FactorTable or DataFrame, optional
        Decimal returns of the columns that a ``FactorModel`` names, by date: ``read_factors(FILE)``, or a frame indexed
        by date. A session takes the row of its own date; one without a row has no factor and is not filled.
    map : Map, optional
        Who fits the models, some securities each: a ``dask.distributed.Client`` or a ``concurrent.futures`` executor.

    Returns
    -------
    StudyResults

    Raises
    ------
    PriceError
        If the source as a whole cannot answer.
    ModelError
        If not one pair can be estimated.
    ValueError
        If the model names a factor that ``factors`` does not have.
    WorkerError
        If workers fail at a part.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, universe = es.read_events(), es.read_universe()
    >>> chosen = events.select(["2026-01-06-japan-dual-use-ban"])
    >>> run_study(chosen, universe, es.SamplePrices()).events[0].episode
    '2026-japan-curbs'
    """
    spec = StudySpec() if spec is None else spec
    check_map(map)
    table_of_factors = as_factor_table(factors)
    named_factors = factor_columns(table_of_factors, spec)
    studied = in_time_order(events)
    inside = {event.event_id for event in studied}
    others = [event for event in in_time_order(context or ()) if event.event_id not in inside]
    moves = read_reported_moves() if reported_moves is None else reported_moves
    moves = [move for move in moves if move.event_id in inside]
    if confounders is None:
        beside = confounders_beside(events.path)
        confounders = () if beside is None else read_confounders(beside)
    history = prices.fetch(wanted_tickers(universe, moves))
    donors_and_factors = frozenset(
        security.ticker for security in universe if security.is_donor_only or security.sector == FACTORS
    )
    checks = begun(partial(_findings, history, universe, donors_and_factors))
    observations = universe.observations
    table = returns_from_prices(
        history, universe, observations, spec.model.regressors, spec.returns, spec.gap_rule, named_factors
    )
    exchanges = dict.fromkeys(security.exchange for security in observations)
    timing = {
        (event.event_id, exchange): event_day(event.announced_at, exchange)
        for event in [*studied, *others]
        for exchange in exchanges
    }
    kept = calendar_numbers(table)
    known = known_sessions(table, [*studied, *others], timing)
    inputs = {
        "events": {"path": events.path, "sha256": events.sha256},
        "universe": {"path": universe.path, "sha256": universe.sha256},
    }
    if table_of_factors is not None and table_of_factors.path:
        inputs["factors"] = {"path": table_of_factors.path, "sha256": table_of_factors.sha256}
    origin = provenance(spec, inputs, history)
    evidence = assemble(
        table, event_candidates(studied, universe, table, timing, kept), spec, known, "placebo" in spec.tests, map
    )
    if not (evidence.row >= 0).any():
        reasons = evidence.pairs["reason"].value_counts()
        raise ModelError(
            "not one pair can be estimated: "
            + "; ".join(f"{count} × {describe(str(reason))}" for reason, count in reasons.items())
            + "\nsee `eventstudy prices check` for what the source holds, or choose other events"
        )

    def study_of(chosen: Sequence[Event]) -> StudyResults:
        return StudyResults(
            spec=spec,
            events=tuple(chosen),
            universe=universe,
            evidence=assemble(table, event_candidates(chosen, universe, table, timing, kept), spec, known, False, map),
            provenance=origin,
            prices=history,
            days=_event_days(chosen, timing),
        )

    return StudyResults(
        spec=spec,
        events=tuple(studied),
        universe=universe,
        evidence=evidence,
        provenance=origin,
        prices=history,
        confounders=tuple(confounders),
        checks=checks,
        limit_closes=limit_closes(history, universe),
        claims=audit_claims(moves, history, universe, sorted(inside)),
        days=_event_days(studied, timing),
        context=Context(tuple(others), _event_days(others, timing), universe, study_of) if others else None,
    )


def _findings(history: PriceHistory, universe: Universe, told_elsewhere: Set[str]) -> tuple[Finding, ...]:
    """What the checks see; donors and factors without prices are told where they are used."""
    from eventstudy.prices.quality import check_prices

    found = check_prices(history, universe)
    return tuple(each for each in found if each.kind != "no_prices" or each.ticker not in told_elsewhere)


def factor_columns(table: FactorTable | None, spec: StudySpec) -> pd.DataFrame | None:
    """The columns of the factor table that the model names, by the model's names."""
    names = dict.fromkeys(split_shift(name)[0] for name in spec.model.regressors)
    here = {} if table is None else {str(name): name for name in table.frame.columns}
    if table is not None and spec.model.riskless and table.riskless:
        here.setdefault(spec.model.regressors[-1], table.riskless)
    absent = [name for name in names if name not in here and name not in REGRESSOR_COLUMNS]
    if absent:
        what = "no factor table is given" if table is None else f"{table.path or 'factors'} has no such column"
        raise ValueError(
            f"factors: the model names {', '.join(absent)}, but {what}; "
            "pass factors=read_factors(FILE) with a column of each name"
        )
    chosen = [name for name in names if name in here]
    if table is None or not chosen:
        return None
    if spec.returns == "log":
        raise ValueError("returns: 'log' with a factor table, which holds simple returns; write returns='simple'")
    return table.frame[[here[name] for name in chosen]].set_axis(chosen, axis=1)


def in_time_order(events: Sequence[Event]) -> list[Event]:
    """Events by day of announcement, hour where known, then id."""

    def key(event: Event) -> tuple[str, str, str]:
        at = event.announced_at
        hour = at.isoformat() if isinstance(at, datetime) else ""
        return event.announced_date.isoformat(), hour, event.event_id

    return sorted(events, key=key)


def wanted_tickers(universe: Universe, moves: Sequence[ReportedMove]) -> list[str]:
    """Every ticker the study wants: lines, their benchmarks, instruments of reported moves."""
    wanted = dict.fromkeys(security.ticker for security in universe)
    for security in universe:
        wanted |= dict.fromkeys(name for name in (security.benchmark, security.sector_benchmark) if name)
        wanted |= dict.fromkeys(former.ticker for former in security.previous)
    wanted |= dict.fromkeys(move.instrument for move in moves if _TICKER.fullmatch(move.instrument))
    return list(wanted)


def calendar_numbers(table: ReturnTable) -> dict[str, int]:
    """A number for each exchange; exchanges that keep the same sessions share one."""
    numbers: dict[str, int] = {}
    for name, sessions in table.sessions.items():
        same = (other for other in numbers if np.array_equal(table.sessions[other], sessions))
        twin = next(same, None)
        numbers[name] = numbers[twin] if twin is not None else len(set(numbers.values()))
    return numbers


def _position(exchange: str, session: date | None) -> int:
    """Position of an event session in its calendar, -1 where there is none."""
    return -1 if session is None else calendar(exchange).index_of(session)


def known_sessions(
    table: ReturnTable, events: Sequence[Event], timing: Mapping[tuple[str, str], EventDay]
) -> tuple[IntArray, IntArray]:
    """Security and position of every event on every line, for keeping ordinary days clear of them."""
    security, position = [], []
    for event in events:
        place = {name: _position(name, timing[event.event_id, name].session) for name in set(table.calendars)}
        for row, name in enumerate(table.calendars):
            if place[name] >= 0:
                security.append(row)
                position.append(place[name])
    return np.array(security, dtype=np.int64), np.array(position, dtype=np.int64)


def event_candidates(
    events: Sequence[Event],
    universe: Universe,
    table: ReturnTable,
    timing: Mapping[tuple[str, str], EventDay],
    calendar_number: Mapping[str, int],
) -> Candidates:
    """Every event with every observed line, with its role in that event."""
    records: list[tuple[object, ...]] = []
    security, number, position, reason = [], [], [], []
    lines = universe.observations
    for place, event in enumerate(events):
        positions = {name: _position(name, timing[event.event_id, name].session) for name in set(table.calendars)}
        for row, line in enumerate(lines):
            day = timing[event.event_id, line.exchange]
            why = ""
            if day.session is None:
                why = "beyond_calendar"
            elif line.first_trade is not None and day.session < line.first_trade:
                why = "not_yet_listed"
            elif line.last_trade is not None and day.session > line.last_trade:
                why = "delisted"
            role = role_in_event(event, line, universe)
            records.append(
                (
                    event.event_id, line.ticker, line.exchange, line.sector, role, event.episode, event.direction,
                    event.news, day.session, day.rule,
                )
            )  # fmt: skip
            security.append(row)
            number.append(place)
            position.append(positions[line.exchange])
            reason.append(why)
    names = [
        "event_id", "ticker", "exchange", "sector", "role", "episode", "direction", "news", "event_session",
        "event_day_rule",
    ]  # fmt: skip
    pairs = pd.DataFrame.from_records(records, columns=names)
    pairs["event_session"] = pd.to_datetime(pairs["event_session"])
    columns: dict[tuple[int, str], IntArray] = {}
    clocks: dict[tuple[object, str], IntArray] = {}
    hours: dict[object, int] = {}
    clock_number = []
    for place, event in enumerate(events):
        hour = _hour(event)
        clock_number.append(hours.setdefault(hour, len(hours)))
        for name in table.sessions:
            if (hour, name) not in clocks:
                clocks[hour, name] = clock_columns(event.announced_at, name)
            columns[place, name] = clocks[hour, name]
    return Candidates(
        pairs=pairs,
        security=np.array(security, dtype=np.int64),
        event=np.array(number, dtype=np.int64),
        position=np.array(position, dtype=np.int64),
        reason=reason,
        calendar_number=calendar_number,
        columns=columns,
        clock_number=np.array(clock_number, dtype=np.int64),
    )


def _hour(event: Event) -> object:
    """What makes two events' clocks equal: the time of day and offset, or that there is no hour."""
    at = event.announced_at
    return (at.time(), at.utcoffset()) if isinstance(at, datetime) else None


def _event_days(events: Sequence[Event], timing: Mapping[tuple[str, str], EventDay]) -> pd.DataFrame:
    """Event day of each event on each exchange, with the rule and its sentence."""
    inside = {event.event_id for event in events}
    records = [
        (event_id, exchange, EXCHANGES[exchange], day.session, day.rule, day.sentence)
        for (event_id, exchange), day in timing.items()
        if event_id in inside
    ]
    frame = pd.DataFrame.from_records(records, columns=["event_id", "exchange", "city", "session", "rule", "sentence"])
    frame["session"] = pd.to_datetime(frame["session"])
    return frame
