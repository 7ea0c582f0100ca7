"""Run one group of one event under every specification, and all of them on ordinary dates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from eventstudy._arrays import FloatArray
from eventstudy.calendars import event_day
from eventstudy.catalogue import Event, Events, Security, Universe, role_in_event
from eventstudy.curve.choices import (
    OWN,
    Benchmarks,
    check_benchmarks,
    check_priced,
    model_labels,
    takes_market,
    with_benchmark,
)
from eventstudy.curve.joint import JointTest, joint_test
from eventstudy.curve.result import TABLE_COLUMNS, SpecificationCurve
from eventstudy.errors import ModelError, UsageError
from eventstudy.inference.ordinary_law import OrdinaryLaw
from eventstudy.inference.placebo import FEWEST_DATES, group_seed
from eventstudy.inference.portfolio import portfolio_variance
from eventstudy.inference.reasons import because
from eventstudy.models import MarketAdjusted, MarketModel, MeanAdjusted, ReturnModel, SectorModel
from eventstudy.panel.attrition import describe
from eventstudy.panel.windows import Window, window_label, window_length
from eventstudy.prices.factors import FactorTable, as_factor_table
from eventstudy.prices.source import PriceHistory, PriceSource
from eventstudy.results.evidence import Evidence
from eventstudy.results.group_tables import group_records
from eventstudy.returns import ReturnTable, returns_from_prices
from eventstudy.specification import StudySpec
from eventstudy.spelling import did_you_mean
from eventstudy.study.assemble import assemble
from eventstudy.study.catalogue_study import (
    calendar_numbers,
    event_candidates,
    factor_columns,
    in_time_order,
    known_sessions,
)
from eventstudy.study.provenance import provenance

MODELS: tuple[ReturnModel, ...] = (MarketModel(), MeanAdjusted(), MarketAdjusted(), SectorModel())
ESTIMATIONS: tuple[Window, ...] = ((-260, -11), (-140, -11), (-260, -31))
WINDOWS: tuple[Window, ...] = ((0, 0), (-1, 1), (0, 5))
NO_STATISTIC = because("none.portfolio_t")


@dataclass(frozen=True, eq=False)
class _Point:
    """One specification: its row, and its portfolio t here and on ordinary dates."""

    row: Mapping[str, Any]
    name: str
    statistic: float
    dof: float
    tickers: tuple[str, ...]
    law: OrdinaryLaw | None
    reason: str  # why it has no place in the joint test


def specification_curve(
    events: Events,
    universe: Universe,
    prices: PriceSource,
    *,
    event_id: str,
    role: str,
    sector: str = "",
    models: Sequence[ReturnModel] = MODELS,
    estimations: Sequence[Window] = ESTIMATIONS,
    windows: Sequence[Window] = WINDOWS,
    benchmarks: Benchmarks | None = None,
    min_estimation: int = 120,
    factors: FactorTable | pd.DataFrame | None = None,
    seed: int = 0,
    draws: int = 999,
) -> SpecificationCurve:
    """The CAAR of one group under every combination of the choices, with the joint test of all of them.

    Parameters
    ----------
    events : Events
        The whole catalogue: the other events keep their days out of the ordinary ones.
    universe : Universe
        Who is exposed, and each line's own benchmark.
    prices : PriceSource
        Asked once.
    event_id, role, sector : str
        The group; an empty sector means the whole role.
    models : sequence of ReturnModel
        Models of the normal return. One that takes no market is run once, not once a benchmark.
    estimations, windows : sequence of (int, int)
        Estimation and event windows, in event days.
    benchmarks : mapping of name to mapping of exchange to ticker, optional
        Alternatives to the universe's own benchmarks, such as ``{"nikkei": {"XTKS": "^N225"}}``. Lines of other
        exchanges keep their own.
    min_estimation : int
        Fewest valid returns of an estimation window.
    factors : FactorTable or DataFrame, optional
        Of a ``FactorModel``, as for ``run_study``.
    seed, draws : int
        Of the ordinary dates drawn where more than ``draws`` are admissible.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    UsageError
        If the event or the group does not exist.
    ModelError
        If no specification has a mean.
    ValueError
        If a choice is empty, given twice, or does not fit the others.

    Notes
    -----
    Simonsohn, Simmons & Nelson (2020). Their permutation of treatment is one of time here: on each ordinary date of
    METHODS 5.4 every specification is run on the same group, each with its own estimation window before the date. A
    date counts if it is admissible in all specifications. Models without running sums (GARCH, robust,
    Scholes-Williams) stand in the curve and not in the joint test.

    Examples
    --------
    >>> import eventstudy as es
    >>> curve = es.specification_curve(
    ...     es.read_events(), es.read_universe(), es.SamplePrices(), event_id="2026-01-06-japan-dual-use-ban",
    ...     role="control", models=(es.MarketModel(), es.MeanAdjusted()), estimations=((-260, -11),),
    ...     windows=((0, 0), (0, 5)),
    ... )
    >>> len(curve.table), curve.joint.n_specifications, curve.simulated
    (4, 4, True)
    """
    event = events.get(event_id)
    labels = model_labels(models)
    if not labels or not estimations or not windows:
        raise ValueError("models, estimations, windows: give at least one of each")
    specs = [
        [
            StudySpec(
                model=model,
                estimation=estimation,
                windows=tuple(windows),
                min_estimation=min_estimation,
                tests=(),
                seed=seed,
                placebo_draws=draws,
            )
            for estimation in dict.fromkeys(estimations)
        ]
        for model in models
    ]
    lines = _members(event, universe, role, sector)
    alternatives: Benchmarks = {} if benchmarks is None else benchmarks
    check_benchmarks(alternatives, lines)
    table_of_factors = as_factor_table(factors)
    history = prices.fetch(_tickers(lines, alternatives))
    check_priced(alternatives, universe, history)
    points: list[_Point] = []
    reasons: Counter[str] = Counter()
    for place, (benchmark, tickers) in enumerate({OWN: {}, **alternatives}.items()):
        chosen = with_benchmark(universe, tickers)
        tables: dict[tuple[tuple[str, ...], str], ReturnTable] = {}
        for label, of_model in zip(labels, specs, strict=True):
            model = of_model[0].model
            with_market = takes_market(model)
            if place and not with_market:
                continue
            key = (model.regressors, of_model[0].gap_rule)
            if key not in tables:
                tables[key] = returns_from_prices(
                    history,
                    chosen,
                    [chosen.get(line.ticker) for line in lines],
                    model.regressors,
                    of_model[0].returns,
                    of_model[0].gap_rule,
                    factor_columns(table_of_factors, of_model[0]),
                )
            for spec in of_model:
                evidence = _evidence(event, events, chosen, lines, tables[key], spec)
                reasons.update(evidence.pairs.loc[evidence.row < 0, "reason"].tolist())
                points += _points(evidence, spec, label, benchmark if with_market else "")
    if not any(math.isfinite(point.row["caar"]) for point in points):
        raise ModelError(
            f"no specification has a mean for {event_id}, {role}{f', {sector}' if sector else ''}: "
            + "; ".join(f"{count} × {describe(reason)}" for reason, count in reasons.items())
            + "\nsee `eventstudy prices check` for what the source holds, or choose another group"
        )
    table = pd.DataFrame.from_records([point.row for point in points], columns=list(TABLE_COLUMNS))
    # as objects: a column of plain texts would forget of what they are made
    table["reason"] = pd.Series([point.row["reason"] for point in points], dtype=object)
    order = ["caar", "model", "estimation", "window", "benchmark"]
    return SpecificationCurve(
        event_id=event_id,
        role=role,
        sector=sector,
        table=table.sort_values(order, kind="stable", ignore_index=True),
        joint=_joint(points, windows, seed, draws),
        simulated=history.simulated,
        provenance=_provenance(events, universe, history, specs[0][0], labels, specs, alternatives),
    )


def _members(event: Event, universe: Universe, role: str, sector: str) -> tuple[Security, ...]:
    """The lines that stand in this role in this event, and in the sector where one is named."""
    by_role = [line for line in universe.observations if role_in_event(event, line, universe) == role]
    if not by_role:
        known = dict.fromkeys(role_in_event(event, line, universe) for line in universe.observations)
        near = did_you_mean(role, known)
        told = f"no line has the role {role!r} in {event.event_id}; there are {', '.join(known)}"
        raise UsageError(f"{told}; {near}" if near else told)
    kept = tuple(line for line in by_role if not sector or line.sector == sector)
    if not kept:
        known = dict.fromkeys(line.sector for line in by_role)
        near = did_you_mean(sector, known)
        told = f"no {role} line of {event.event_id} is in the sector {sector!r}; there are {', '.join(known)}"
        raise UsageError(f"{told}; {near}" if near else told)
    return kept


def _tickers(lines: Sequence[Security], alternatives: Benchmarks) -> list[str]:
    """The group's lines and every market that any specification sets beside them."""
    wanted = dict.fromkeys(line.ticker for line in lines)
    for line in lines:
        others = (tickers.get(line.exchange, "") for tickers in alternatives.values())
        wanted |= dict.fromkeys(former.ticker for former in line.previous)
        wanted |= dict.fromkeys(name for name in (line.benchmark, line.sector_benchmark, *others) if name)
    return list(wanted)


def _evidence(
    event: Event, events: Events, universe: Universe, lines: Sequence[Security], table: ReturnTable, spec: StudySpec
) -> Evidence:
    """The group under one model and estimation window, over every event window."""
    tickers = {line.ticker for line in lines}
    kept = tuple(line for line in universe if line.role == "benchmark" or line.ticker in tickers)
    # the whole universe still decides who is exposed to the event
    narrowed = replace(universe, rows=kept, narrowed_from=universe.narrowed_from or universe)
    timing = {
        (each.event_id, exchange): event_day(each.announced_at, exchange)
        for each in events
        for exchange in dict.fromkeys(line.exchange for line in lines)
    }
    candidates = event_candidates([event], narrowed, table, timing, calendar_numbers(table))
    return assemble(table, candidates, spec, known_sessions(table, in_time_order(events), timing), with_placebo=True)


def _points(evidence: Evidence, spec: StudySpec, model: str, benchmark: str) -> list[_Point]:
    """One point a window."""
    rows = np.arange(len(evidence.arrays.position))
    excluded = Counter(str(reason) for reason in evidence.pairs.loc[evidence.row < 0, "reason"])
    points = []
    for number, record in enumerate(group_records(evidence, {(): rows}, spec.seed, with_placebo=False)):
        sample = evidence.sample(rows, number)
        window = spec.windows[number]
        variance, dof = portfolio_variance(sample)
        statistic = sample.caar / math.sqrt(variance) if variance > 0 else math.nan
        reason = record["reason"]
        if not sample.n and excluded:
            parts = [because("none.excluded", count=count, reason=describe(why)) for why, count in excluded.items()]
            reason = reduce(lambda one, more: because("none.and", reason=one, more=more), parts)
        law = None
        if math.isfinite(statistic) and evidence.placebo is not None:
            members = np.unique(evidence.arrays.panel.security[sample.rows])
            law = evidence.placebo.law(int(evidence.clock_number[0]), evidence.clocks[0], members, window)
        estimation = window_label(spec.estimation)
        points.append(
            _Point(
                row={
                    **{name: record[name] for name in TABLE_COLUMNS if name in record},
                    "model": model,
                    "estimation": estimation,
                    "window": window_label(window),
                    "benchmark": benchmark,
                    "portfolio_t": statistic,
                    "reason": reason,
                },
                name=" ".join(filter(None, (model, estimation, window_label(window), benchmark))),
                statistic=statistic,
                dof=dof,
                tickers=tuple(name.partition("\t")[2] for name in evidence.pair_names(sample.rows)),
                law=law,
                reason="" if law is not None else evidence.no_placebo if evidence.placebo is None else NO_STATISTIC,
            )
        )
    return points


def _joint(points: Sequence[_Point], windows: Sequence[Window], seed: int, draws: int) -> JointTest:
    """The joint test on the dates that every specification admits."""
    left_out = tuple((point.name, point.reason) for point in points if point.law is None)
    inside = [(point, point.law) for point in points if point.law is not None]
    observed = np.array([point.statistic for point, _ in inside])
    dof = np.array([point.dof for point, _ in inside])
    longest = max(window_length(window) for window in windows)
    if not inside:
        return joint_test(observed, dof, np.empty(0, dtype=np.int64), np.empty((0, 0)), longest, left_out)
    dates = reduce(np.intersect1d, [law.dates for _, law in inside])
    reason = ""
    if len(dates) < FEWEST_DATES:
        scarce, own = min(((point.name, len(law.dates)) for point, law in inside), key=lambda found: found[1])
        reason = because("none.ordinary_joint", count=len(dates), needed=FEWEST_DATES, scarce=scarce, own=own)
    if len(dates) > draws:
        # one specification alone draws the dates of its own placebo
        tickers = sorted({ticker for point, _ in inside for ticker in point.tickers})
        hull = (min(window[0] for window in windows), max(window[1] for window in windows))
        rng = np.random.default_rng(group_seed(seed, tickers, hull))
        dates = dates[np.sort(rng.choice(len(dates), size=draws, replace=False))]
    ordinary: FloatArray = np.column_stack([law.statistics[np.searchsorted(law.dates, dates)] for _, law in inside])
    return joint_test(observed, dof, dates, ordinary, longest, left_out, reason)


def _provenance(
    events: Events,
    universe: Universe,
    history: PriceHistory,
    spec: StudySpec,
    labels: Sequence[str],
    specs: Sequence[Sequence[StudySpec]],
    alternatives: Benchmarks,
) -> dict[str, Any]:
    """What the numbers depend on: that of a study, and the choices."""
    inputs = {
        "events": {"path": events.path, "sha256": events.sha256},
        "universe": {"path": universe.path, "sha256": universe.sha256},
    }
    choices = {
        "models": list(labels),
        "estimations": [list(each.estimation) for each in specs[0]],
        "windows": [list(window) for window in spec.windows],
        "benchmarks": {OWN: {}, **{name: dict(tickers) for name, tickers in alternatives.items()}},
    }
    return {**provenance(spec, inputs, history), "curve": choices}
