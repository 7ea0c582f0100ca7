"""Studies on returns that the user brought: no catalogue, no calendar, no download."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.dataframes import Convertible, by_session, frame_of
from eventstudy.errors import ModelError
from eventstudy.inference.ordinary_law import PlaceboStudy
from eventstudy.kernel.part import LARGEST_TYPICAL
from eventstudy.panel.align import event_sessions_mask
from eventstudy.panel.attrition import describe
from eventstudy.panel.gather import OneCalendar
from eventstudy.parquet_returns import ParquetReturns
from eventstudy.results import StudyResults
from eventstudy.results.evidence import Evidence
from eventstudy.results.group_tables import GROUP_COLUMNS
from eventstudy.returns import REGRESSOR_COLUMNS, STILL_TRADES, returns_from_frame, split_shift
from eventstudy.specification import StudySpec
from eventstudy.study.assemble import Candidates, assemble, placebo_study
from eventstudy.study.in_parts import Securities, evidence_of_parts, like_per_cent
from eventstudy.study.one_calendar import assemble_on_one_calendar, compiled, key_columns, numbered_events
from eventstudy.study.provenance import provenance
from eventstudy.threads import each, evenly
from eventstudy.workers import Map, check_map

KEY_COLUMNS = ("event_id", "security_id", "event_session")
# names that tables give to what they compute
COMPUTED = (
    "n_estimation", "status", "reason", "alpha", "beta", "residual_sd", "r_squared", "ticker", "event_day_rule",
    "window", "car", "sigma", "row", "news", "test", *GROUP_COLUMNS,
)  # fmt: skip


def study_returns(
    returns: pd.DataFrame | Convertible | ParquetReturns,
    pairs: pd.DataFrame | Convertible,
    factors: pd.Series | pd.DataFrame | Convertible | None,
    spec: StudySpec | None = None,
    *,
    map: Map | None = None,
) -> StudyResults:
    """An event study on the user's own returns.

    Parameters
    ----------
    returns : (S, n) DataFrame or ParquetReturns
        Decimal returns; index = sessions in order, columns = security ids; NaN = no trade. A frame of polars or
        PyArrow has no index: its column ``session`` or ``date``, else its only column of dates, holds the sessions.
        Or long rows in Parquet, which are read by security and never held together.
    pairs : DataFrame
        ``event_id``, ``security_id``, ``event_session`` (a label of the index), and any grouping columns.
    factors : Series, DataFrame or None
        The market, or one column a regressor of the model, on the same index. Over a gap ``market`` and ``sector``
        compound and the columns of a ``FactorModel`` add. None for a model without regressors.
    spec : StudySpec, optional
        Default specification where not given.
    map : Map, optional
        Who works: a ``dask.distributed.Client`` or a ``concurrent.futures`` executor. It moves no bit of a result that
        the same returns have in parts; beside a frame studied here, sums differ by rounding.

    Returns
    -------
    StudyResults
        ``ticker`` holds the security id; each ``event_session`` is its own calendar cluster.

    Raises
    ------
    ValueError
        Naming every argument at fault.
    InputError
        If Parquet files cannot be read, or hold what returns do not.
    ModelError
        If not one pair can be estimated.
    WorkerError
        If workers fail at a part.

    Examples
    --------
    >>> import eventstudy as es
    >>> returns, pairs, market = es.example_returns()
    >>> results = study_returns(returns, pairs, market, es.StudySpec(windows=((0, 0),)))
    >>> results.groups(by=("event_id",))[["n_pairs", "window", "headline_test"]].values.tolist()
    [[6, '[0,0]', 'adjusted_bmp_t']]
    """
    spec = StudySpec() if spec is None else spec
    check_map(map)
    frame, rows = by_session(returns, "returns"), frame_of(pairs)
    regressors = by_session(factors, "factors", getattr(frame, "index", None))
    study = _of_files if isinstance(frame, ParquetReturns) else _of_frame
    evidence = study(frame, rows, regressors, spec, map)
    if not (evidence.row >= 0).any():
        reasons = evidence.pairs["reason"].value_counts()
        raise ModelError(
            "not one pair can be estimated: "
            + "; ".join(f"{count} × {describe(str(reason))}" for reason, count in reasons.items())
        )
    return StudyResults(spec=spec, events=(), universe=None, evidence=evidence, provenance=provenance(spec, {}, None))


def _of_frame(
    returns: pd.DataFrame,
    pairs: pd.DataFrame,
    factors: pd.Series | pd.DataFrame | None,
    spec: StudySpec,
    where: Map | None,
) -> Evidence:
    """Evidence of returns in memory."""
    regressors, compound, keys = _checked(returns, pairs, factors, spec)
    security = keys.security
    position = returns.index.get_indexer(keys.sessions)[keys.session].astype(np.int64)
    fast = where is None and compiled(spec, len(security))
    if ("placebo" in spec.tests and not fast) or "calendar_time_t" in spec.tests or spec.partial == "truncate":
        # ordinary days want every session of every security
        table = returns_from_frame(returns, regressors, compound, spec.gap_rule)
        if spec.partial == "truncate":
            # without a universe, a security stopped trading where its returns end before those of the frame
            ends = np.where(table.last < len(returns.index) - 1, table.last, STILL_TRADES)
            table = replace(table, ends=ends)
        sessions, event = numbered_events(position, len(returns.index))
        candidates = Candidates(
            pairs=key_columns(pairs),
            security=security,
            event=event,
            position=position,
            reason=[""] * len(pairs),
            calendar_number={"index": 0},
            columns=None,
            clock_number=np.zeros(len(sessions), dtype=np.int64),
        )
        return assemble(table, candidates, spec, (security, position), "placebo" in spec.tests, where)
    calendar = OneCalendar(keys.values, regressors.to_numpy(dtype=np.float64), tuple(compound), spec.gap_rule)
    if where is None:

        def histories() -> PlaceboStudy:
            table = returns_from_frame(returns, regressors, compound, spec.gap_rule)
            hull = (min(window[0] for window in spec.windows), max(window[1] for window in spec.windows))
            in_event = event_sessions_mask(table, security, position, hull)
            return placebo_study(table, {"index": 0}, spec, in_event, (security, position))

        ordinary = histories if "placebo" in spec.tests else None
        return assemble_on_one_calendar(calendar, returns.index, pairs, security, position, spec, ordinary)
    parts, own = Securities.of_values(keys.values, security, where)
    return evidence_of_parts(parts, calendar, lambda: calendar.newest, returns.index, pairs, own, position, spec)


def _of_files(
    returns: ParquetReturns,
    pairs: pd.DataFrame,
    factors: pd.Series | pd.DataFrame | None,
    spec: StudySpec,
    where: Map | None,
) -> Evidence:
    """Evidence of returns that are read in parts."""
    everything: list[str] = [name for name in ("placebo", "calendar_time_t") if name in spec.tests]
    everything += ["partial='truncate'"] * (spec.partial == "truncate")
    if everything:
        raise ValueError(
            f"tests: {', '.join(everything)} want every session of every security in memory; "
            "give returns as a DataFrame, or do without"
        )
    index = returns.sessions() if factors is None else factors.index
    problems = _session_problems(index, "factors")
    problems += _column_problems(pairs)
    security = position = np.zeros(0, dtype=np.int64)
    names: list[str] = []
    if all(name in pairs.columns for name in KEY_COLUMNS):
        codes, found = pd.factorize(pairs["security_id"], use_na_sentinel=False)
        texts = [str(name) for name in found]
        absent = returns.absent(texts)
        if absent:
            problems.append(_unknown(absent))
        names = returns.in_order(list(dict.fromkeys(name for name in texts if name not in set(absent))))
        number = {name: place for place, name in enumerate(names)}
        security = np.array([number.get(name, -1) for name in texts], dtype=np.int64)[codes]
        session, days = pd.factorize(pairs["event_session"], use_na_sentinel=False)
        problems += _pair_problems(pairs, codes, pd.Index(days), index)
        position = index.get_indexer(pd.Index(days))[session].astype(np.int64)
    try:
        regressors, compound = _regressors(factors, spec, index)
    except ValueError as error:
        problems.append(str(error))
    if problems:
        raise ValueError("\n".join(problems))
    calendar = OneCalendar(
        np.empty((0, len(index))), regressors.to_numpy(dtype=np.float64), tuple(compound), spec.gap_rule
    )
    blocks = returns.blocks(names, index)
    width = len(blocks[0].ids)
    begins = np.append(np.arange(0, len(names), width), len(names))
    parts = Securities(blocks, begins, where)
    return evidence_of_parts(parts, calendar, lambda: returns.newest(index), index, pairs, security, position, spec)


@dataclass(frozen=True, eq=False)
class _Keys:
    """The pairs' columns as numbers."""

    values: FloatArray  # (n, S) returns by security
    security: IntArray  # (P,) row of the security
    session: IntArray  # (P,) place of the event session among ``sessions``
    sessions: pd.Index


def _checked(
    returns: pd.DataFrame, pairs: pd.DataFrame, factors: pd.Series | pd.DataFrame | None, spec: StudySpec
) -> tuple[pd.DataFrame, list[bool], _Keys]:
    """The model's regressors as from :func:`_regressors`; all that is wrong with the arguments in one error."""
    problems = _session_problems(returns.index, "returns")
    values = returns.to_numpy(dtype=np.float64, na_value=np.nan).T
    missing = [name for name in KEY_COLUMNS if name not in pairs.columns]
    security = session = np.zeros(0, dtype=np.int64)
    days = pd.Index([])
    if missing:
        problems += _per_cent(values, np.arange(len(values)))
    else:
        codes, names = pd.factorize(pairs["security_id"], use_na_sentinel=False)
        number = {name: place for place, name in enumerate(map(str, returns.columns.tolist()))}
        places = np.array([number.get(str(name), -1) for name in names], dtype=np.int64)
        security = places[codes]
        problems += _per_cent(values, np.unique(places[places >= 0]))
    if not returns.columns.is_unique:
        problems.append("returns: security ids stand twice among the columns; give each its own")
    if not missing:
        unknown = {str(name) for name, place in zip(names, places.tolist(), strict=True) if place < 0}
        if unknown:
            problems.append(_unknown(unknown))
        session, found = pd.factorize(pairs["event_session"], use_na_sentinel=False)
        days = pd.Index(found)
        problems += _pair_problems(pairs, codes, days, returns.index)
    problems += _column_problems(pairs)
    if factors is not None and not factors.index.equals(returns.index):
        problems.append("factors: the index differs from that of returns; reindex it to the same sessions")
    regressors, compound = pd.DataFrame(), [False]
    try:
        regressors, compound = _regressors(factors, spec, returns.index)
    except ValueError as error:
        problems.append(str(error))
    if problems:
        raise ValueError("\n".join(problems))
    return regressors, compound, _Keys(values, security, session.astype(np.int64, copy=False), days)


def _session_problems(index: pd.Index, name: str) -> list[str]:
    """What is wrong with a calendar."""
    if index.is_unique and index.is_monotonic_increasing:
        return []
    return [f"{name}: the index must hold each session once, in ascending order; sort it, drop duplicates"]


def _unknown(names: Iterable[str]) -> str:
    """That securities have no returns."""
    return f"pairs: security_id {', '.join(sorted(names)[:5])} is no column of returns; add its returns"


def _pair_problems(pairs: pd.DataFrame, security: IntArray, days: pd.Index, index: pd.Index) -> list[str]:
    """What is wrong with the pairs' keys, given a number for each security."""
    problems = []
    strange = [str(day) for day in days[~days.isin(index)]]
    if strange:
        problems.append(
            f"pairs: event_session {', '.join(strange[:5])} is no session of returns; "
            "name the first session that could react"
        )
    if _any_twice(pairs["event_id"], security):
        one = pairs[pairs.duplicated(["event_id", "security_id"])].iloc[0]
        problems.append(
            f"pairs: ({one['event_id']}, {one['security_id']}) stands twice; keep one row an event and security"
        )
    if not len(pairs):
        problems.append("pairs: no rows; give at least one")
    return problems


def _column_problems(pairs: pd.DataFrame) -> list[str]:
    """What is wrong with the pairs' columns."""
    problems = []
    missing = [name for name in KEY_COLUMNS if name not in pairs.columns]
    if missing:
        problems.append(f"pairs: no column {', '.join(missing)}; it needs {', '.join(KEY_COLUMNS)}")
    taken = [str(name) for name in pairs.columns if name in COMPUTED]
    if taken:
        problems.append(f"pairs: {', '.join(taken)} names what a table computes; rename the column")
    empty = [str(name) for name in pairs.columns if name not in (*KEY_COLUMNS, *COMPUTED) and pairs[name].isna().any()]
    if empty:
        problems.append(f"pairs: {', '.join(empty)} has empty cells; name the group of every pair, or drop the column")
    return problems


def _per_cent(values: FloatArray, rows: IntArray) -> list[str]:
    """What is wrong if half of the returns of some securities are too large for decimal ones."""

    def counted(part: IntArray) -> tuple[int, int]:
        size = np.abs(values[rows[part]])
        return int(np.count_nonzero(size > LARGEST_TYPICAL)), int(np.count_nonzero(np.isfinite(size)))

    counts = each(counted, evenly(np.ones(len(rows), dtype=np.int64), max(len(rows) // 16, 1)))
    large, known = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    if not known or 2 * large < known:
        return []
    size = np.abs(values[rows])
    median = float(np.median(size[np.isfinite(size)]))
    if not median > LARGEST_TYPICAL:
        return []
    return [like_per_cent(median)]


def _any_twice(events: pd.Series, security: IntArray) -> bool:
    """Whether an event has a security twice."""
    codes, _ = pd.factorize(events, use_na_sentinel=False)
    width = int(security.max(initial=0)) + 1
    key = codes.astype(np.int64, copy=False) * width + security
    cells = (int(codes.max(initial=0)) + 1) * width
    if cells <= 64 * len(key):
        taken = np.zeros(cells, dtype=bool)
        taken[key] = True
        return int(np.count_nonzero(taken)) < len(key)
    key.sort()
    return bool((key[1:] == key[:-1]).any())


def _regressors(
    factors: pd.Series | pd.DataFrame | None, spec: StudySpec, index: pd.Index
) -> tuple[pd.DataFrame, list[bool]]:
    """The model's regressors by column, and which of them compound over a gap."""
    names = spec.model.regressors
    if not names:
        return pd.DataFrame(index=index), []
    series = [split_shift(name)[0] for name in names]
    wanted = list(dict.fromkeys(series))
    if isinstance(factors, pd.Series):
        factors = factors.to_frame(wanted[0] if wanted == ["market"] or factors.name is None else factors.name)
    if factors is None or factors.shape[1] < len(wanted):
        raise ValueError(
            f"factors: the {spec.model.name} model needs {len(wanted)} column{'s' * (len(wanted) > 1)} "
            f"({', '.join(wanted)}); give a Series for one, a DataFrame for several"
        )
    found = _columns_of(factors, wanted)
    absent = [name for name in wanted if name not in found]
    if absent and set(wanted) <= set(REGRESSOR_COLUMNS) and factors.shape[1] == len(wanted):
        # columns by any name for those that are not named, where nothing else could be meant
        free = [place for place in range(factors.shape[1]) if place not in found.values()]
        found |= dict(zip(absent, free, strict=True))
    elif absent and set(wanted) <= set(REGRESSOR_COLUMNS):
        raise ValueError(
            f"factors: which of {', '.join(map(str, factors.columns))} are {', '.join(wanted)}? "
            "Give just the model's columns, or name them so"
        )
    elif absent:
        raise ValueError(
            f"factors: no column {', '.join(absent)} among {', '.join(map(str, factors.columns))}; "
            "name the model's factors as the columns are"
        )
    strange = [name for name in wanted if not pd.api.types.is_numeric_dtype(factors.iloc[:, found[name]])]
    if strange:
        raise ValueError(f"factors: {', '.join(strange)} holds no numbers; give decimal returns")
    shifts = [split_shift(name)[1] for name in names]
    columns = [factors.iloc[:, found[name]].shift(-shift) for name, shift in zip(series, shifts, strict=True)]
    frame = pd.concat(columns, axis=1).set_axis(list(names), axis=1)
    return frame, [spec.returns == "simple" and name in REGRESSOR_COLUMNS for name in series]


def _columns_of(factors: pd.DataFrame, wanted: list[str]) -> dict[str, int]:
    """Place of each column wanted, by its name or by that name in another case where only one has it."""
    exact = [str(name) for name in factors.columns]
    folded = [name.lower() for name in exact]
    found = {}
    for name in wanted:
        if name in exact:
            found[name] = exact.index(name)
        elif folded.count(name.lower()) == 1:
            found[name] = folded.index(name.lower())
    return found


def example_returns(seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """A small simulated panel for examples: returns, pairs and market, with an effect of 3% on the event day.

    Returns
    -------
    (DataFrame, DataFrame, Series)
        300 sessions of six securities; six pairs of one event; the market.

    Examples
    --------
    >>> returns, pairs, market = example_returns()
    >>> returns.shape, list(pairs.columns)
    ((300, 6), ['event_id', 'security_id', 'event_session', 'role'])
    """
    rng = np.random.default_rng(seed)
    sessions = pd.bdate_range("2024-01-01", periods=300, name="session")
    market = pd.Series(rng.normal(0.0003, 0.01, 300), index=sessions, name="market")
    names = [f"S{number}" for number in range(6)]
    noise = rng.normal(0.0, 0.015, (300, 6))
    returns = pd.DataFrame(market.to_numpy()[:, None] * np.linspace(0.8, 1.3, 6) + noise, index=sessions, columns=names)
    returns.iloc[280] += 0.03
    pairs = pd.DataFrame(
        {
            "event_id": "announcement",
            "security_id": names,
            "event_session": sessions[280],
            "role": ["exposed", "beneficiary"] * 3,
        }
    )
    return returns, pairs, market
