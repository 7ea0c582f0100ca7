"""Announcements that never were, on the user's own prices: which groups, which dates, and their panels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray, IntArray
from eventstudy.calendars import clock_columns, event_day
from eventstudy.catalogue import Event, Events, Universe
from eventstudy.errors import ModelError, UsageError
from eventstudy.inference.history import stretch_sums
from eventstudy.inference.placebo import group_seed
from eventstudy.laboratory.draws import Draws, estimate, event_days, observation_rows
from eventstudy.panel.align import align, event_sessions_mask
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.windows import Window, window_length
from eventstudy.prices.factors import FactorTable, as_factor_table
from eventstudy.prices.source import PriceHistory, PriceSource
from eventstudy.returns import ReturnTable, returns_from_prices
from eventstudy.specification import DEFAULT_WINDOWS, StudySpec
from eventstudy.study.catalogue_study import factor_columns, in_time_order, known_sessions, wanted_tickers
from eventstudy.study.one_calendar import compiled

if TYPE_CHECKING:
    from eventstudy.kernel.securities import Securities

FEWEST_MEMBERS = 3


@dataclass(frozen=True, eq=False)
class PseudoGroup:
    """A sector with its admissible dates.

    Attributes
    ----------
    role, sector : str
        As in the universe.
    tickers : tuple of str
        The N members.
    left_out : tuple of str
        Shares of the sector whose prices are too short: with them fewer than half of the dates would remain.
    rows : (N,) int
        Rows of the return table.
    positions : (B, N) int
        Position of the event session of each member, in its own calendar, on each admissible date; in time order.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.laboratory import own_panel
    >>> universe = es.read_universe().select(sector="Autos & parts", role="exposed")
    >>> spec = es.StudySpec(windows=((0, 0),))
    >>> panel = own_panel(es.read_events(), universe, es.SamplePrices(), spec)
    >>> panel.groups[0].drawn(20, seed=0).shape, panel.groups[0].n_dates > 1000
    ((20, 12), True)
    """

    role: str
    sector: str
    tickers: tuple[str, ...]
    left_out: tuple[str, ...]
    rows: IntArray
    positions: IntArray

    @property
    def n_dates(self) -> int:
        """Number of admissible dates B."""
        return len(self.positions)

    def drawn(self, draws: int | None, seed: int) -> IntArray:
        """Positions on all dates, or on so many of them drawn without replacement, in time order."""
        if draws is None or draws >= self.n_dates:
            return self.positions
        rng = np.random.default_rng(group_seed(seed, self.tickers, (0, 0)))
        return self.positions[np.sort(rng.choice(self.n_dates, size=draws, replace=False))]


@dataclass(frozen=True, eq=False)
class OwnPanel:
    """The user's returns, ready to draw pseudo-events from.

    Attributes
    ----------
    table : ReturnTable
        Returns of all securities.
    in_event : (n, S) bool
        Sessions inside the windows of real events.
    groups : tuple of PseudoGroup
        Sectors with three members or more and at least one date.
    clocks : mapping of calendar to (S,) int
        News clock.
    spec : StudySpec
        What is estimated.
    simulated : bool
        Whether the prices are those of the embedded market.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.laboratory import own_panel
    >>> universe = es.read_universe().select(sector="Autos & parts", role="exposed")
    >>> spec = es.StudySpec(windows=((0, 0),))
    >>> panel = own_panel(es.read_events(), universe, es.SamplePrices(), spec)
    >>> group = panel.groups[0]
    >>> len(panel.draws(group, group.drawn(20, seed=0)).windows)
    1

    Few studies go by themselves; compiled loops take over where there are thousands:

    >>> panel.by_running_sums(group, group.drawn(20, seed=0))
    False
    """

    table: ReturnTable
    in_event: BoolArray
    groups: tuple[PseudoGroup, ...]
    clocks: Mapping[str, IntArray]
    spec: StudySpec
    simulated: bool

    def draws(self, group: PseudoGroup, positions: IntArray) -> Draws:
        """Studies of a group on the dates of ``positions`` (B, N), each with its own estimation window before it."""
        count, members = positions.shape
        event = observation_rows(count, members)
        security, position = np.tile(group.rows, count), positions.reshape(-1)
        names = {self.table.calendars[row] for row in group.rows.tolist()}
        # one exchange is its own clock
        columns = (
            {(number, name): self.clocks[name] for number in range(count) for name in names} if len(names) > 1 else None
        )

        def panel_of(rows: IntArray, estimation: Window = self.spec.estimation) -> EventPanel:
            return align(
                self.table,
                security[rows],
                event[rows],
                position[rows],
                columns,
                self.in_event,
                estimation,
                event_days(self.spec.windows),
                self.spec.exclude_events,
            )

        every = np.arange(len(event))
        securities = self._securities(group) if self.by_running_sums(group, positions) else None
        if securities is None:
            return estimate(panel_of(every), members, self.spec)
        from eventstudy.laboratory.compiled_draws import compiled_draws

        before = event_days(self.spec.windows)[0] - 1
        _, own = np.unique(group.rows, return_inverse=True)
        return compiled_draws(
            securities=securities,
            security=np.tile(own.astype(np.int64), count),
            position=position,
            event=event,
            members=members,
            spec=self.spec,
            estimation=self.spec.estimation,
            panel_of=panel_of,
            event_panel=lambda: panel_of(every, (before, before)),
        )

    def by_running_sums(self, group: PseudoGroup, positions: IntArray) -> bool:
        """Whether so many studies of a group go by compiled running sums: its members share calendar and regressors."""
        rows = group.rows
        return (
            compiled(self.spec, positions.size)
            and len({self.table.calendars[row] for row in rows.tolist()}) == 1
            and bool((self.table.regressor_key[rows] == self.table.regressor_key[rows[0]]).all())
            and bool((positions == positions[:, :1]).all())
            and self._securities(group) is not None
        )

    def _securities(self, group: PseudoGroup) -> Securities | None:
        """The members' returns as compiled loops read them."""
        from eventstudy.kernel.securities import Securities

        table, rows = self.table, np.unique(group.rows)
        factors = table.one_session[table.regressor_key[rows[0]]]
        return Securities.of_spans(table.returns[rows], table.span[rows], table.regressors[rows], factors)


@dataclass(frozen=True, eq=False)
class OrdinaryGround:
    """Returns, and where in them an announcement that never was can be studied.

    Attributes
    ----------
    table : ReturnTable
        Returns of all lines of a universe, in its order.
    in_event : (n, S) bool
        Sessions inside the windows of real events.
    admissible : (n, S) bool
        Sessions on which a security can be studied in every window, clear of real events, with prices over the whole
        estimation window.
    partial : (n, S) bool
        The same where an estimation window may begin before the prices do.
    clocks : mapping of calendar to (S,) int
        News clock, -1 where a session has no column.
    """

    table: ReturnTable
    in_event: BoolArray
    admissible: BoolArray
    partial: BoolArray
    clocks: Mapping[str, IntArray]

    def admits(self, rows: Sequence[int], short: Collection[int] = ()) -> BoolArray:
        """(N, S) sessions that each member admits, one of ``short`` also with part of its estimation window."""
        return np.stack([(self.partial if row in short else self.admissible)[row] for row in rows])

    def common_dates(self, rows: Sequence[int], short: Collection[int] = (), *, on_clock: bool = False) -> IntArray:
        """(B, N) positions on the dates that every member admits, in time order.

        Parameters
        ----------
        rows : sequence of N int
            Rows of the table.
        short : collection of int
            Those that may have part of their estimation window.
        on_clock : bool
            Whether members of a single exchange too keep to sessions that the news clock has.
        """
        calendars = [self.table.calendars[row] for row in rows]
        names = dict.fromkeys(calendars)
        if len(names) == 1 and not on_clock:
            sessions = np.flatnonzero(self.admits(rows, short).all(axis=0))
            return np.repeat(sessions[:, None], len(rows), axis=1).astype(np.int64)
        dates: IntArray | None = None
        for name in names:
            inside = [row for row, kept in zip(rows, calendars, strict=True) if kept == name]
            good = self.admits(inside, short).all(axis=0) & (self.clocks[name] >= 0)
            dates = self.clocks[name][good] if dates is None else np.intersect1d(dates, self.clocks[name][good])
        assert dates is not None
        positions = np.empty((len(dates), len(rows)), dtype=np.int64)
        for name in names:
            known = np.flatnonzero(self.clocks[name] >= 0)
            column = self.clocks[name][known]
            place = known[np.searchsorted(column, dates)] if len(dates) else np.empty(0, dtype=np.int64)
            positions[:, [number for number, kept in enumerate(calendars) if kept == name]] = place[:, None]
        return positions


def ordinary_ground(
    history: PriceHistory,
    universe: Universe,
    events: Sequence[Event],
    spec: StudySpec,
    announced_at: datetime | date,
    factors: FactorTable | pd.DataFrame | None = None,
    event_windows: Sequence[Window] = (),
) -> OrdinaryGround:
    """Where in these prices announcements that never were can be studied.

    Parameters
    ----------
    history : PriceHistory
        Prices of every line and its benchmarks.
    universe : Universe
        The lines.
    events : sequence of Event
        Real ones, in time order; their days, at least those of the default windows, are not ordinary.
    spec : StudySpec
        Model and windows.
    announced_at : datetime or date
        Whose hour sets the news clock.
    factors : FactorTable or DataFrame, optional
        As in ``run_study``.
    event_windows : sequence of (int, int)
        Windows of the real events beside those of ``spec``.
    """
    named = factor_columns(as_factor_table(factors), spec)
    table = returns_from_prices(
        history, universe, universe.observations, spec.model.regressors, spec.returns, spec.gap_rule, named
    )
    names = dict.fromkeys(table.calendars)
    timing = {(one.event_id, name): event_day(one.announced_at, name) for one in events for name in names}
    known = known_sessions(table, events, timing)
    # however narrow the windows asked for, the days around an event are no ordinary ones
    occupied = event_sessions_mask(table, *known, event_days((*spec.windows, *event_windows, *DEFAULT_WINDOWS)))
    partial = _admissible(table, occupied, spec)
    session = np.arange(partial.shape[1])
    return OrdinaryGround(
        table=table,
        in_event=event_sessions_mask(table, *known, event_days((*spec.windows, *event_windows))),
        admissible=partial & (session + spec.estimation[0] > table.first[:, None]),
        partial=partial,
        clocks=_clocks(table, announced_at),
    )


def own_panel(
    events: Events,
    universe: Universe,
    prices: PriceSource,
    spec: StudySpec,
    exchanges: Sequence[str] = (),
    factors: FactorTable | pd.DataFrame | None = None,
) -> OwnPanel:
    """Groups and admissible dates of a universe on a price source.

    Parameters
    ----------
    events : Events
        The catalogue; no pseudo-event's windows share a session with the windows of any of these, at least the default
        ones from -2 to +5.
    universe : Universe
        Its sectors, by role, are the groups.
    prices : PriceSource
        Whose prices.
    spec : StudySpec
        Model and windows.
    exchanges : sequence of str
        Only shares listed there, by MIC; empty for all.
    factors : FactorTable or DataFrame, optional
        As in ``run_study``, for a model that names factors.

    Returns
    -------
    OwnPanel
        A date is admissible for a group if every member has prices over the whole estimation window, at least
        ``spec.min_estimation`` returns in it, and a CAR in every window. Dates of a group on several exchanges follow
        the news clock of the catalogue's latest event with an hour.

    Raises
    ------
    PriceError
        If the source cannot answer.
    UsageError
        If no share of the universe is listed on one of ``exchanges``.
    ModelError
        If no sector has three members and a date.
    ValueError
        If the model names a factor that ``factors`` does not have.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.laboratory import own_panel
    >>> universe = es.read_universe().select(sector="Autos & parts", role="exposed")
    >>> spec = es.StudySpec(windows=((0, 0),))
    >>> panel = own_panel(es.read_events(), universe, es.SamplePrices(), spec)
    >>> [(group.sector, len(group.tickers), group.n_dates > 1000) for group in panel.groups]
    [('Autos & parts', 12, True)]
    """
    listed = dict.fromkeys(line.exchange for line in universe.observations)
    absent = [name for name in exchanges if name not in listed]
    if absent:
        raise UsageError(f"{universe.path}: no share listed on {', '.join(absent)}; choose from {', '.join(listed)}")
    history = prices.fetch(wanted_tickers(universe, ()))
    observations = universe.observations
    ordered = in_time_order(events)
    hours = [one.announced_at for one in ordered if isinstance(one.announced_at, datetime)]
    ground = ordinary_ground(history, universe, ordered, spec, hours[-1] if hours else date(2020, 1, 1), factors)
    table = ground.table
    members: dict[tuple[str, str], list[int]] = {}
    for row, line in enumerate(observations):
        if not table.fault[row] and (not exchanges or line.exchange in exchanges):
            members.setdefault((line.role, line.sector), []).append(row)
    groups = []
    for (role, sector), rows in members.items():
        kept = _long_enough(ground.admissible, rows)
        if len(kept) < FEWEST_MEMBERS:
            continue
        positions = ground.common_dates(kept)
        if len(positions):
            groups.append(
                PseudoGroup(
                    role=role,
                    sector=sector,
                    tickers=tuple(table.tickers[row] for row in kept),
                    left_out=tuple(table.tickers[row] for row in rows if row not in kept),
                    rows=np.array(kept, dtype=np.int64),
                    positions=positions,
                )
            )
    if not groups:
        raise ModelError(
            f"no sector of {universe.path} has {FEWEST_MEMBERS} shares with prices and a date clear of the events on "
            "which all of them can be studied; see `eventstudy prices check` for what the source holds"
        )
    return OwnPanel(table, ground.in_event, tuple(groups), ground.clocks, spec, history.simulated)


def _admissible(table: ReturnTable, occupied: BoolArray, spec: StudySpec) -> BoolArray:
    """(n, S) sessions on which a security can be studied in every window, clear of real events.

    Its estimation window may begin before its prices do.
    """
    valid = np.isfinite(table.returns) & np.isfinite(table.regressors).all(axis=2)
    span = np.where(valid, table.span, 0.0)
    # a return without its regressors leaves a hole that no later return covers
    hole = (np.isfinite(table.returns) & ~valid).astype(np.float64)
    first, last = event_days(spec.windows)
    session = np.arange(valid.shape[1])
    clear = stretch_sums(occupied.astype(np.float64), (first, last)) == 0
    usable = clear & (stretch_sums(valid.astype(np.float64), spec.estimation) >= spec.min_estimation)
    usable &= session + last <= table.last[:, None]
    for window in spec.windows:
        closing = np.clip(session + window[1], 0, len(session) - 1)
        full = np.abs(stretch_sums(span, window) - window_length(window)) < 0.5
        usable &= valid[:, closing] & full & (stretch_sums(hole, window) == 0)
    found: BoolArray = usable
    return found


def _clocks(table: ReturnTable, announced_at: datetime | date) -> dict[str, IntArray]:
    """News clock of each calendar, padded to the table's sessions."""
    clocks = {}
    for name in table.sessions:
        column = clock_columns(announced_at, name)
        clocks[name] = np.full(table.returns.shape[1], -1, dtype=np.int64)
        clocks[name][: len(column)] = column
    return clocks


def _long_enough(admissible: BoolArray, rows: list[int]) -> list[int]:
    """Rows with at least half as many admissible sessions as the longest of them."""
    count = {row: int(admissible[row].sum()) for row in rows}
    most = max(count.values(), default=0)
    return [row for row in rows if most and 2 * count[row] >= most]
