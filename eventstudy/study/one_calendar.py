"""Pairs and returns on one calendar to evidence: by gathered windows, or by compiled running sums where there are many.

Both give the same numbers and the same reasons; which one runs is a matter of size alone.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy._arrays import CodeArray, IntArray
from eventstudy.inference.ordinary_law import Clock, PlaceboStudy
from eventstudy.inference.sample import StudyArrays
from eventstudy.models import FactorModel, MarketAdjusted, MarketModel, MeanAdjusted, SectorModel
from eventstudy.panel.gather import OneCalendar
from eventstudy.panel.windows import Window, event_range
from eventstudy.results.evidence import Evidence, LateEvidence
from eventstudy.specification import StudySpec
from eventstudy.study.assemble import estimated, pair_columns, window_attrition
from eventstudy.workers import Map

if TYPE_CHECKING:
    from eventstudy.kernel.estimates import Estimates
    from eventstudy.kernel.part import Design

# fewer observations are done before numba is imported
FEWEST_COMPILED = 5_000
BY_RUNNING_SUMS = (FactorModel, MarketAdjusted, MarketModel, MeanAdjusted, SectorModel)
# attrition that needs no estimate
EARLY = ("", "before_prices", "after_prices", "future_event", "no_prices")
ESTIMATES = ("n_estimation", "status", "reason", "alpha", "beta", "residual_sd", "r_squared")


def key_columns(pairs: pd.DataFrame) -> pd.DataFrame:
    """The user's pairs as the columns of the ``pairs`` table."""
    columns = _given(pairs)
    for name in ("event_id", "ticker"):
        columns[name] = columns[name].astype(str)
    return pd.DataFrame({name: values.to_numpy() for name, values in columns.items()})


def _given(pairs: pd.DataFrame) -> dict[str, pd.Series]:
    """The user's columns under the names of the ``pairs`` table."""
    keys = ("event_id", "security_id", "event_session")
    extra = {str(name): pairs[name] for name in pairs.columns if name not in keys}
    return {
        "event_id": pairs["event_id"], "ticker": pairs["security_id"], **extra, "event_session": pairs["event_session"]
    }  # fmt: skip


def numbered_events(position: IntArray, length: int) -> tuple[IntArray, IntArray]:
    """Sessions with an event, ascending, and the number of each observation's among them: one cluster a session.

    Examples
    --------
    >>> numbered_events(np.array([5, 3, 5]), 9)
    (array([3, 5]), array([1, 0, 1]))
    """
    there = np.bincount(position, minlength=length) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[position]


def assemble_on_one_calendar(
    calendar: OneCalendar,
    index: pd.Index,
    pairs: pd.DataFrame,
    security: IntArray,
    position: IntArray,
    spec: StudySpec,
    ordinary: Callable[[], PlaceboStudy] | None = None,
) -> Evidence:
    """Align, fit and cumulate; every pair ends up used, or excluded with its reason.

    Parameters
    ----------
    calendar : OneCalendar
        Returns and regressors.
    index : Index
        Sessions.
    pairs : DataFrame
        As the user brought them.
    security, position : (P,) int
        Row and event session of each pair.
    spec : StudySpec
        What is asked for.
    ordinary : function, optional
        Makes the histories of ordinary days when someone asks; of a study large enough for compiled running sums.
    """
    if compiled(spec, len(security)):
        sessions, event = numbered_events(position, len(index))
        days = event_range(spec.windows, spec.estimation)
        return _by_running_sums(calendar, index, pairs, security, event, position, len(sessions), days, spec, ordinary)
    return plainly(calendar, index, pairs, security, position, spec)


def plainly(
    calendar: OneCalendar,
    index: pd.Index,
    pairs: pd.DataFrame,
    security: IntArray,
    position: IntArray,
    spec: StudySpec,
    where: Map | None = None,
) -> Evidence:
    """The same from gathered windows; fits are handed to workers where there are any."""
    sessions, event = numbered_events(position, len(index))
    days = event_range(spec.windows, spec.estimation)
    rows, own = np.unique(security, return_inverse=True)
    first, last = calendar.trading_ends(rows)
    early = reasons_before_fit(first[own], last[own], position, lambda: calendar.newest)
    reason = [EARLY[code] for code in early.tolist()]
    kept = np.flatnonzero(early == 0)
    hull = (min(window[0] for window in spec.windows), max(window[1] for window in spec.windows))
    near = calendar.near_events(security[kept], position[kept], (security, position), hull, spec.estimation)
    panel = calendar.panel(
        security[kept], event[kept], position[kept], spec.estimation, days, near, spec.exclude_events
    )
    arrays, row, counts = estimated(
        panel, kept, np.zeros(len(kept), dtype=np.int64), position[kept], reason, spec, where
    )
    table = pair_columns(key_columns(pairs), arrays, row, counts, reason)
    return Evidence(
        pairs=table,
        row=row,
        arrays=arrays,
        sessions=_event_sessions(index, arrays),
        placebo=None,
        clocks={},
        clock_number=np.zeros(len(sessions), dtype=np.int64),
        window_attrition=window_attrition(table, row, arrays),
    )


def compiled(spec: StudySpec, count: int) -> bool:
    """Whether a study of so many observations goes by compiled running sums.

    Its model must be one of ours that running sums fit, and ``numba`` installed: the extra ``fast``.
    """
    return (
        count >= FEWEST_COMPILED
        and isinstance(spec.model, BY_RUNNING_SUMS)
        and not spec.model.riskless
        and not spec.exclude_events
        and find_spec("numba") is not None
    )


def reasons_before_fit(first: IntArray, last: IntArray, position: IntArray, newest: Callable[[], int]) -> CodeArray:
    """(P,) place in ``EARLY`` of each pair, from its first and last session with a return.

    ``newest`` is the last session on which anything has a return.
    """
    reason = np.zeros(len(position), dtype=np.int8)
    if bool(((position > first) & (position <= last)).all()):
        return reason
    # the earlier cause is said: each line overwrites those above
    reason[position <= first] = EARLY.index("before_prices")
    late = position > last
    reason[late] = EARLY.index("after_prices")
    if late.any():
        reason[position > newest()] = EARLY.index("future_event")
    reason[last < 0] = EARLY.index("no_prices")
    return reason


def _event_sessions(index: pd.Index, arrays: StudyArrays) -> np.ndarray:
    """(N, L) session of each event day, missing beyond the calendar."""
    labels: np.ndarray = index.to_numpy()
    dated = labels.dtype.kind == "M"
    place = arrays.position[:, None] + arrays.panel.taus
    inside = (place >= 0) & (place < len(labels))
    found: np.ndarray = labels[np.clip(place, 0, len(labels) - 1)].astype("datetime64[ns]" if dated else object)
    found[~inside] = np.datetime64("NaT", "ns") if dated else None
    return found


def _by_running_sums(
    calendar: OneCalendar,
    index: pd.Index,
    pairs: pd.DataFrame,
    security: IntArray,
    event: IntArray,
    position: IntArray,
    events: int,
    days: Window,
    spec: StudySpec,
    ordinary: Callable[[], PlaceboStudy] | None,
) -> Evidence:
    """The same evidence by compiled loops; the tables with a line a pair wait until someone asks."""
    from eventstudy.kernel.part import InMemory, Part, studied

    found = studied(Part(InMemory(calendar.values), design(calendar, days, spec), security, position, event))
    before = reasons_before_fit(found.first, found.last, position, lambda: calendar.newest)
    return late_evidence(found.arrays, found.estimates, before, index, pairs, events, ordinary)


def design(calendar: OneCalendar, days: Window, spec: StudySpec) -> Design:
    """What compiled loops are asked for."""
    from eventstudy.kernel.part import Design

    return Design(
        model=spec.model,
        factors=calendar.factors,
        compound=calendar.compound,
        gaps=calendar.gaps,
        estimation=spec.estimation,
        days=days,
        windows=spec.windows,
        min_estimation=spec.min_estimation,
        standardise=spec.standardise,
        returns=spec.returns,
    )


def late_evidence(
    arrays: StudyArrays,
    estimates: Estimates,
    before: CodeArray,
    index: pd.Index,
    pairs: pd.DataFrame,
    events: int,
    ordinary: Callable[[], PlaceboStudy] | None = None,
) -> LateEvidence:
    """Evidence whose tables with a line a pair wait until someone asks.

    Parameters
    ----------
    arrays, estimates
        Of the used observations, and of all of them.
    before : (P,) int
        Place in ``EARLY``: attrition that needs no estimate.
    index : Index
        Sessions.
    pairs : DataFrame
        As the user brought them.
    events : int
        Number of sessions with an event.
    ordinary : function, optional
        Makes the histories of ordinary days when someone asks.
    """
    # a table may never be asked for: what it needs is kept, not all estimates
    reasons, reason_of, counted = estimates.reasons, estimates.reason, estimates.count
    row = np.full(len(pairs), -1, dtype=np.int64)
    row[estimates.used] = np.arange(len(estimates.used))

    def table() -> pd.DataFrame:
        reason = np.array(reasons, dtype=object)[reason_of]
        early = before > 0
        reason[early] = np.array(EARLY, dtype=object)[before[early]]
        counts = np.where(early, 0, counted).astype(np.int64)
        return pair_columns(key_columns(pairs), arrays, row, counts, reason.tolist())

    def late(evidence: LateEvidence, name: str) -> Any:
        if name == "pairs":
            return table()
        if name == "sessions":
            return _event_sessions(index, arrays)
        if name == "window_attrition":
            return window_attrition(evidence.pairs, row, arrays)
        if name == "placebo":
            return None if ordinary is None else ordinary()
        raise AttributeError(name)

    given = _given(pairs)
    clock: Clock = {0: np.arange(len(index))}
    # one calendar is its own clock
    clocks = {} if ordinary is None else dict.fromkeys(range(events), clock)
    return LateEvidence.knowing(
        {
            "row": row,
            "arrays": arrays,
            "clocks": clocks,
            "clock_number": np.zeros(events, dtype=np.int64),
        },
        given,
        (*given, *ESTIMATES),
        late,
    )
