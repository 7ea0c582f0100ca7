"""Pairs and returns to evidence: the one path that catalogue studies and the user's own returns share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray, IntArray
from eventstudy.abnormal import abnormal_returns, window_returns
from eventstudy.inference.history import History
from eventstudy.inference.ordinary_law import Clock, PlaceboStudy
from eventstudy.inference.reasons import because
from eventstudy.inference.rolling import Rolling
from eventstudy.inference.sample import StudyArrays
from eventstudy.models.base import ModelFit, ReturnModel, joined_fits
from eventstudy.panel.align import align, event_sessions_mask
from eventstudy.panel.attrition import REASONS
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.windows import event_range, window_label
from eventstudy.results.evidence import NOT_ASKED, Evidence
from eventstudy.returns import ReturnTable
from eventstudy.specification import StudySpec
from eventstudy.threads import evenly
from eventstudy.workers import Map, in_order

# observations that a worker fits at a time
FITTED = 500
NOT_ROLLING = because("none.not_rolling")


@dataclass(frozen=True, eq=False)
class Candidates:
    """All pairs of a study before anything is estimated.

    Attributes
    ----------
    pairs : DataFrame
        Key and grouping columns, event session and rule.
    security, event : (P,) int
        Row of the return table; index of the event.
    position : (P,) int
        Position of the event session in the security's calendar, -1 where there is none.
    reason : list of str
        Empty, or why the pair is already out.
    calendar_number : mapping of calendar to int
        Calendars that keep the same sessions share a number.
    columns : mapping of (event, calendar) to (S,) int, or None
        News clocks; None where positions are the clock.
    clock_number : (E,) int
        Equal numbers are equal clocks.
    """

    pairs: pd.DataFrame
    security: IntArray
    event: IntArray
    position: IntArray
    reason: list[str]
    calendar_number: Mapping[str, int]
    columns: Mapping[tuple[int, str], IntArray] | None
    clock_number: IntArray


def merge_same_sessions(event: IntArray, calendar: IntArray, position: IntArray) -> IntArray:
    """Calendar cluster of each observation: events whose sessions agree on every calendar they share.

    Parameters
    ----------
    event, calendar, position : (N,) int
        Of each observation.

    Returns
    -------
    (N,) int
        Number of the cluster, that of its first event.

    Examples
    --------
    >>> merge_same_sessions(np.array([0, 0, 1, 2]), np.array([0, 1, 0, 0]), np.array([5, 7, 5, 6]))
    array([0, 0, 0, 2])
    """
    if len(event) and (calendar == calendar[0]).all():
        # on one calendar events that share their session are one
        numbers, begin, which = np.unique(event, return_index=True, return_inverse=True)
        _, earliest, session = np.unique(position[begin], return_index=True, return_inverse=True)
        return np.asarray(numbers[earliest[session]][which], dtype=np.int64)
    days: dict[int, dict[int, int]] = {}
    for number, kept, where in zip(event.tolist(), calendar.tolist(), position.tolist(), strict=True):
        days.setdefault(number, {})[kept] = where
    cluster: dict[int, int] = {}
    first_at: dict[tuple[int, int], list[int]] = {}
    for number in sorted(days):
        own = days[number]
        same = number
        for other in sorted({earlier for item in own.items() for earlier in first_at.get(item, ())}):
            shared = own.keys() & days[other].keys()
            if all(own[name] == days[other][name] for name in shared):
                same = cluster[other]
                break
        cluster[number] = same
        for item in own.items():
            first_at.setdefault(item, []).append(number)
    return np.array([cluster[number] for number in event.tolist()], dtype=np.int64)


def assemble(
    table: ReturnTable,
    candidates: Candidates,
    spec: StudySpec,
    known: tuple[IntArray, IntArray],
    with_placebo: bool,
    where: Map | None = None,
) -> Evidence:
    """Align, fit and cumulate; every pair ends up used, or excluded with its reason.

    Parameters
    ----------
    table : ReturnTable
        Returns of all securities.
    candidates : Candidates
        The pairs.
    spec : StudySpec
        What is asked for.
    known : ((K,), (K,)) int
        Security and position of every real event known, studied or not.
    with_placebo : bool
        Whether ordinary days are asked for.
    where : Map, optional
        Who fits the model.

    Returns
    -------
    Evidence
    """
    reason = _reasons_before_fit(table, candidates)
    hull = (min(window[0] for window in spec.windows), max(window[1] for window in spec.windows))
    in_event = event_sessions_mask(table, *known, hull)
    days = event_range(spec.windows, spec.estimation)
    kept = np.array([number for number, why in enumerate(reason) if not why], dtype=np.int64)
    panel = align(
        table,
        candidates.security[kept],
        candidates.event[kept],
        candidates.position[kept],
        candidates.columns,
        in_event,
        spec.estimation,
        days,
        spec.exclude_events,
    )
    last_day = None if table.ends is None else table.ends[candidates.security] - candidates.position
    if last_day is not None and spec.partial == "truncate":
        panel = replace(panel, ends=last_day[kept])
    calendar = np.array(
        [candidates.calendar_number[table.calendars[row]] for row in candidates.security[kept].tolist()], dtype=np.int64
    )
    arrays, row, counts = estimated(panel, kept, calendar, candidates.position[kept], reason, spec, where)
    if last_day is not None:
        for number in np.flatnonzero(last_day < min(window[1] for window in spec.windows)).tolist():
            reason[number] = "delisted_in_window" if reason[number] == "no_event_return" else reason[number]
    pairs = pair_columns(candidates.pairs, arrays, row, counts, reason)
    return Evidence(
        pairs=pairs,
        row=row,
        arrays=arrays,
        sessions=_event_sessions(table, arrays),
        placebo=placebo_study(table, candidates.calendar_number, spec, in_event, known)
        if with_placebo and spec.model.rolling
        else None,
        clocks=_clocks(table, candidates) if with_placebo or "calendar_time_t" in spec.tests else {},
        clock_number=candidates.clock_number,
        window_attrition=window_attrition(pairs, row, arrays, last_day),
        no_placebo=NOT_ROLLING if with_placebo and not spec.model.rolling else NOT_ASKED,
    )


def estimated(
    panel: EventPanel,
    kept: IntArray,
    calendar: IntArray,
    position: IntArray,
    reason: list[str],
    spec: StudySpec,
    where: Map | None = None,
) -> tuple[StudyArrays, IntArray, IntArray]:
    """Fit and cumulate the candidates that are left; each becomes a row of the arrays or gets its reason.

    Parameters
    ----------
    panel : EventPanel
        Of the candidates ``kept``.
    kept : (N,) int
        Their places among all P candidates.
    calendar, position : (N,) int
        Number of the calendar, and event session in it.
    reason : list of P str
        Why each candidate is out; filled here.
    spec : StudySpec
        What is asked for.
    where : Map, optional
        Who fits the model.

    Returns
    -------
    StudyArrays, (P,) int, (P,) int
        The used observations; row of each candidate, -1 where it is out; its valid estimation returns.
    """
    fit = fitted(panel, spec.model, where)
    abnormal = abnormal_returns(panel, fit)
    windows = [window_returns(panel, fit, abnormal, window, spec.standardise, spec.returns) for window in spec.windows]
    some = np.any([window.present for window in windows], axis=0) if len(kept) else np.zeros(0, dtype=bool)
    counts = np.zeros(len(reason), dtype=np.int64)
    counts[kept] = fit.n_estimation.astype(np.int64)
    for place, number in enumerate(kept.tolist()):
        if fit.n_estimation[place] < spec.min_estimation:
            alone = np.isfinite(panel.estimation_returns[place]).sum()
            reason[number] = "short_estimation" if alone < spec.min_estimation else "short_regressors"
        elif fit.fault[place]:
            reason[number] = fit.fault[place]
        elif not fit.dof[place] > 0:
            reason[number] = "short_estimation"
        elif not some[place]:
            reason[number] = "no_event_return"
    good = np.array([place for place, number in enumerate(kept.tolist()) if not reason[number]], dtype=np.int64)
    if len(good) < len(kept):
        panel, fit = panel.rows(good), fit.rows(good)
        abnormal = abnormal_returns(panel, fit)
        windows = [
            window_returns(panel, fit, abnormal, window, spec.standardise, spec.returns) for window in spec.windows
        ]
    arrays = StudyArrays(
        panel=panel,
        fit=fit,
        abnormal=abnormal,
        windows=tuple(windows),
        cluster=merge_same_sessions(panel.event, calendar[good], position[good]),
        calendar=calendar[good],
        position=position[good],
        min_estimation=spec.min_estimation,
        riskless=spec.model.riskless,
    )
    row = np.full(len(reason), -1, dtype=np.int64)
    row[kept[good]] = np.arange(len(good))
    return arrays, row, counts


def fitted(panel: EventPanel, model: ReturnModel, where: Map | None) -> ModelFit:
    """The model's fit of every observation, made by workers where there are any, some securities each."""
    if where is None or not panel.n_observations:
        return model.fit(panel)
    securities, own = np.unique(panel.security, return_inverse=True)
    parts = evenly(np.bincount(own, minlength=len(securities)), -(-panel.n_observations // FITTED))
    rows = [np.flatnonzero((own >= part[0]) & (own <= part[-1])) for part in parts]
    tasks = [(model, panel.rows(part)) for part in rows]
    labels = [f"fits, part {number} of {len(rows)}" for number in range(1, len(rows) + 1)]
    return joined_fits(list(in_order(where, _fit, tasks, labels)), rows)


def _fit(task: tuple[ReturnModel, EventPanel]) -> ModelFit:
    model, panel = task
    return model.fit(panel)


def _reasons_before_fit(table: ReturnTable, candidates: Candidates) -> list[str]:
    """Attrition that needs no estimate: no prices, or an event outside them."""
    reason = list(candidates.reason)
    newest = dict.fromkeys(set(table.calendars), -1)
    for row, name in enumerate(table.calendars):
        newest[name] = max(newest[name], int(table.last[row]))
    for number, (row, position) in enumerate(
        zip(candidates.security.tolist(), candidates.position.tolist(), strict=True)
    ):
        if reason[number]:
            continue
        if table.fault[row]:
            reason[number] = table.fault[row]
        elif position > newest[table.calendars[row]]:
            reason[number] = "future_event"
        elif position > table.last[row]:
            reason[number] = "after_prices"
        elif position <= table.first[row]:
            reason[number] = "before_prices"
    return reason


def pair_columns(
    base: pd.DataFrame, arrays: StudyArrays, row: IntArray, counts: IntArray, reason: list[str]
) -> pd.DataFrame:
    """The pairs with status, reason and estimates."""
    pairs = base.copy()
    pairs["n_estimation"] = counts
    pairs["status"] = np.where(row >= 0, "used", "excluded")
    pairs["reason"] = reason
    fit = arrays.fit
    estimates = {
        "alpha": fit.alpha, "beta": fit.beta, "residual_sd": np.sqrt(fit.residual_variance), "r_squared": fit.r_squared
    }  # fmt: skip
    for name, values in estimates.items():
        column = np.full(len(pairs), np.nan)
        column[row >= 0] = values[row[row >= 0]]
        pairs[name] = column
    return pairs


def _event_sessions(table: ReturnTable, arrays: StudyArrays) -> np.ndarray:
    """(N, L) session of each event day, missing beyond the calendar."""
    n, days = arrays.abnormal.ar.shape
    kinds = {sessions.dtype.kind for sessions in table.sessions.values()}
    dated = kinds <= {"M"}
    out = (
        np.full((n, days), np.datetime64("NaT", "ns"), dtype="datetime64[ns]")
        if dated
        else np.full((n, days), None, object)
    )
    place = arrays.position[:, None] + arrays.panel.taus
    names = np.array([table.calendars[row] for row in arrays.panel.security.tolist()], dtype=object)
    for name, sessions in table.sessions.items():
        rows = np.flatnonzero(names == name)
        if not len(rows):
            continue
        where = place[rows]
        inside = (where >= 0) & (where < len(sessions))
        found = sessions[np.clip(where, 0, len(sessions) - 1)]
        out[rows] = np.where(inside, found.astype(out.dtype) if dated else found, out[rows])
    return out


def window_attrition(
    pairs: pd.DataFrame, row: IntArray, arrays: StudyArrays, last_day: IntArray | None = None
) -> pd.DataFrame:
    """Pair × window without a CAR, or with one of fewer sessions.

    ``last_day`` is the event day on which each pair's line stopped trading, where that is known.
    """
    records = []
    ids, tickers = pairs["event_id"].tolist(), pairs["ticker"].tolist()
    bare = np.isfinite(arrays.panel.event_returns) & ~np.isfinite(arrays.abnormal.ar)
    unlinked = ~np.isfinite(arrays.panel.event_returns) & (arrays.panel.event_span == 1)
    for number in np.flatnonzero(row >= 0).tolist():
        for window in arrays.windows:
            stopped = last_day is not None and last_day[number] < window.window[1]
            if not window.present[row[number]]:
                first, last = (day - int(arrays.panel.taus[0]) for day in window.window)
                reason = "delisted_in_window" if stopped else "window_edge"
                reason = "unlinked_ticker" if unlinked[row[number], first : last + 1].any() else reason
                reason = "no_regressors" if bare[row[number], first : last + 1].any() else reason
            elif stopped:
                reason = "partial_window"
            else:
                continue
            records.append((ids[number], tickers[number], window_label(window.window), REASONS[reason][0], reason))
    return pd.DataFrame.from_records(records, columns=["event_id", "ticker", "window", "step", "reason"])


def _clocks(table: ReturnTable, candidates: Candidates) -> dict[int, Clock]:
    """News clock of each event by calendar number."""
    if candidates.columns is None:
        clock = {number: np.arange(table.returns.shape[1]) for number in candidates.calendar_number.values()}
        return dict.fromkeys(range(len(candidates.clock_number)), clock)
    clocks: dict[int, dict[int, IntArray]] = {}
    length = table.returns.shape[1]
    for (event, name), column in candidates.columns.items():
        padded = np.full(length, -1, dtype=np.int64)
        padded[: len(column)] = column
        clocks.setdefault(event, {})[candidates.calendar_number[name]] = padded
    return dict(clocks)


def placebo_study(
    table: ReturnTable,
    calendar_number: Mapping[str, int],
    spec: StudySpec,
    in_event: BoolArray,
    known: tuple[IntArray, IntArray],
) -> PlaceboStudy:
    """Whole histories, whose rolling fits and windows are worked out as they are asked for.

    Parameters
    ----------
    table : ReturnTable
        Returns of all securities.
    calendar_number : mapping of str to int
        Number of each calendar.
    spec : StudySpec
        What is asked for.
    in_event : (n, S) bool
        Sessions inside the windows of real events.
    known : ((K,), (K,)) int
        As in :func:`assemble`.
    """
    returns, regressors, keys = table.returns, table.regressors, table.regressor_key
    if spec.model.riskless:
        returns, regressors, keys = returns - regressors[:, :, -1], regressors[:, :, :-1], keys[:, :-1]
    history = History(
        returns=returns,
        span=table.span,
        regressors=regressors,
        in_event=in_event,
        calendar=np.array([calendar_number[name] for name in table.calendars], dtype=np.int64),
        estimated=spec.model.estimated,
        estimation=spec.estimation,
        min_estimation=spec.min_estimation,
        regressor_key=keys,
        one_session=table.one_session,
    )
    return PlaceboStudy(Rolling(history, *known), spec.seed, spec.placebo_draws)
