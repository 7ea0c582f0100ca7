"""Size of the tests of a study's own groups, on ordinary dates of the prices that the study was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from eventstudy._arrays import IntArray
from eventstudy.catalogue import Universe
from eventstudy.inference.placebo import FEWEST_DATES, group_seed
from eventstudy.inference.sample import GroupSample
from eventstudy.laboratory.chunks import in_threads
from eventstudy.laboratory.draws import estimate, event_days
from eventstudy.laboratory.pooled import pooled_pvalues
from eventstudy.laboratory.pseudo_events import OrdinaryGround, OwnPanel, PseudoGroup, ordinary_ground
from eventstudy.laboratory.size import SizeCell, SizeResult, group_cells
from eventstudy.panel.align import align
from eventstudy.panel.windows import Window, window_length
from eventstudy.prices.factors import FactorTable
from eventstudy.report.build import judged_groups
from eventstudy.report.sections.trust import JudgedGroups
from eventstudy.results import StudyResults
from eventstudy.results.group_tables import CLOSED_FORM
from eventstudy.returns import ReturnTable
from eventstudy.study.catalogue_study import in_time_order
from eventstudy.study.provenance import abnormal_returns_origin

STUDY_LABELS = ("episode", "event_id", "direction", "role")
DRAWS = 200


def study_size(
    results: StudyResults, draws: int | None = None, factors: FactorTable | pd.DataFrame | None = None
) -> SizeResult:
    """Size of the tests that a report lays side by side, for exactly their groups and their window.

    Parameters
    ----------
    results : StudyResults
        A study of catalogue events.
    draws : int, optional
        Dates a group, without replacement; by default all, or 200 where the model is fitted by iteration. Of groups
        pooled over several dates, draws; by default 200.
    factors : FactorTable or DataFrame, optional
        What ``run_study`` was given, for a model that names factors.

    Returns
    -------
    SizeResult
        One cell a group that could be measured, labelled by ``episode``, ``event_id``, ``direction`` and ``role`` as in
        ``results.summary_groups()``; the others stand in ``unmeasured``.

    Raises
    ------
    ValueError
        If the model names a factor that ``factors`` does not have.
    UsageError
        If the study has no catalogue events.

    Notes
    -----
    A draw of one event is its group of shares, every one of them, on an ordinary date at the event's own hour. A draw
    of groups pooled over C dates moves every announcement, with its own shares, to an ordinary date of its own, C dates
    whose windows lie apart, at the hour of the latest. Ordinary dates keep clear of every event of the catalogue. A
    share whose prices begin inside its estimation window in the study may have as short a history on an ordinary date
    (``min_estimation`` returns); all others have the whole. A group with fewer than 99 dates (in the harmonic mean over
    its announcements) is not measured. No price is fetched again.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.laboratory import study_size
    >>> events, universe = es.read_events(), es.read_universe().select(sector="Autos & parts")
    >>> ban = events.select(["2026-01-06-japan-dual-use-ban"])
    >>> spec = es.StudySpec(windows=((0, 0),), tests=("portfolio_t", "cross_sectional_t"))
    >>> results = es.run_study(ban, universe, es.SamplePrices(), spec, context=events)
    >>> found = study_size(results, draws=100)
    >>> sorted(set(found.table()["test"])), found.simulated
    (['cross_sectional_t', 'headline', 'portfolio_t'], True)
    """
    asked = judged_groups(results)
    assert results.prices is not None
    assert results.universe is not None
    spec = replace(results.spec, windows=(asked.window,))
    others = () if results.context is None else results.context.events
    hours = [one.announced_at for one in asked.events if isinstance(one.announced_at, datetime)]
    ground = ordinary_ground(
        results.prices,
        results.universe,
        in_time_order([*results.events, *others]),
        spec,
        hours[-1] if hours else asked.events[-1].announced_at,
        factors,
        event_windows=results.spec.windows,
    )
    panel = OwnPanel(ground.table, ground.in_event, (), ground.clocks, spec, results.simulated)
    names = [name for name in results.spec.tests if name in CLOSED_FORM]
    cells: list[SizeCell] = []
    unmeasured: dict[tuple[object, ...], str] = {}
    for role in asked.roles:
        label = (*asked.scope, role)
        groups = _groups(results, asked, role, ground.table)
        sets = [one.dates(ground, on_clock=len(groups) > 1) for one in groups]
        if _mean_dates(sets) < FEWEST_DATES:
            few = groups[int(np.argmin([len(dates) for dates in sets]))]
            unmeasured[label] = few.too_few(ground, results.universe, of_several=len(groups) > 1)
        elif len(groups) == 1 and len(set(groups[0].rows.tolist())) == len(groups[0].rows):
            rows = groups[0].rows
            tickers = tuple(ground.table.tickers[row] for row in rows.tolist())
            group = PseudoGroup(role, "", tickers, (), rows, sets[0])
            every = None if spec.model.rolling else DRAWS
            cells += group_cells(panel, group, label, draws or every, spec.seed, names)
        else:
            pooled = _Pooled(panel, tuple(one.rows for one in groups), tuple(sets))
            found = pooled.cell(label, draws or DRAWS, names)
            if found is None:
                unmeasured[label] = (
                    f"the {len(groups)} announcements find no {len(groups)} ordinary dates that lie apart"
                )
            else:
                cells.append(found)
    return SizeResult(
        STUDY_LABELS, tuple(cells), results.simulated, unmeasured, abnormal_returns_origin(results.provenance)
    )


def _mean_dates(sets: Sequence[IntArray]) -> float:
    """Harmonic mean of the numbers of dates: what averages over announcements, one date each, are worth."""
    counts = np.array([len(dates) for dates in sets], dtype=np.float64)
    return float(len(counts) / (1.0 / counts).sum()) if len(counts) and counts.all() else 0.0


@dataclass(frozen=True, eq=False)
class _Members:
    """The observations of one group on one date.

    Attributes
    ----------
    rows : (N,) int
        Rows of the return table.
    short : frozenset of int
        Those whose estimation window began before their prices in the study itself: they may do so again.
    """

    rows: IntArray
    short: frozenset[int]

    def dates(self, ground: OrdinaryGround, *, on_clock: bool = False) -> IntArray:
        """(B, N) positions on the dates that all of them admit."""
        return ground.common_dates(self.rows.tolist(), self.short, on_clock=on_clock)

    def too_few(self, ground: OrdinaryGround, universe: Universe, *, of_several: bool) -> str:
        """Why there is no measured size: how many dates there are, and the share that has fewest."""
        rows = np.unique(self.rows).tolist()
        each = {row: int(days.sum()) for row, days in zip(rows, ground.admits(rows, self.short), strict=True)}
        least = min(each, key=lambda row: (each[row], ground.table.tickers[row]))
        ticker = ground.table.tickers[least]
        name = next((line.name for line in universe if line.ticker == ticker), ticker)
        where = "in one of its announcements " if of_several else ""
        if len(rows) == 1:
            return f"{where}{name} has {_counted(each[least])} with a full study, {FEWEST_DATES} needed"
        count = len(self.dates(ground, on_clock=of_several))
        return (
            f"{where}the {len(rows)} shares have {_counted(count)} in common, {FEWEST_DATES} needed; "
            f"{name} alone has {each[least] or 'none'}"
        )


def _counted(dates: int) -> str:
    return f"{dates or 'no'} ordinary date{'' if dates == 1 else 's'}"


def _groups(results: StudyResults, asked: JudgedGroups, role: str, table: ReturnTable) -> list[_Members]:
    """A role's observations, date by date, in the order of time."""
    evidence = results.evidence
    rows = evidence.row[asked.chosen(evidence.pairs, role)]
    sample = evidence.sample(rows[rows >= 0], results.spec.windows.index(asked.window))
    found = []
    for cluster in sample.clusters:
        security = evidence.arrays.panel.security[cluster]
        began = evidence.arrays.position[cluster] + results.spec.estimation[0]
        short = security[began <= table.first[security]]
        found.append(_Members(security, frozenset(short.tolist())))
    return found


@dataclass(frozen=True, eq=False)
class _Pooled:
    """Announcements, each with its own shares and the ordinary dates that all of them admit.

    Attributes
    ----------
    panel : OwnPanel
        Returns, clocks and specification.
    members : tuple of C (N_c,) int
        Rows of the return table.
    positions : tuple of C (B_c, N_c) int
        Positions of the event session of each member on each date.
    """

    panel: OwnPanel
    members: tuple[IntArray, ...]
    positions: tuple[IntArray, ...]

    def cell(self, label: tuple[object, ...], draws: int, names: Sequence[str]) -> SizeCell | None:
        """The p of every test on every draw; None where so many dates do not fit."""
        (window,) = self.panel.spec.windows
        securities = np.unique(np.concatenate(self.members))
        tickers = [self.panel.table.tickers[row] for row in securities.tolist()]
        rng = np.random.default_rng(group_seed(self.panel.spec.seed, tickers, window))
        places = self._places()
        picks = [dates_apart(places, self._apart(window), rng) for _ in range(draws)]
        jobs = [(number, pick) for number, pick in enumerate(picks) if pick is not None]
        if not jobs:
            return None
        records = in_threads(
            lambda job: pooled_pvalues(self._sample(job[1]), names, (self.panel.spec.seed, job[0])), jobs
        )
        known, length = len(np.unique(np.concatenate(places))), window_length(window)
        return SizeCell(
            label=label,
            window=window,
            members=len(securities),
            pvalues={name: np.array([one[name] for one in records]) for name in records[0]},
            # dates that announcements share are worth less than dates of their own
            effective=min(len(jobs), _mean_dates(self.positions) / length, known / (length * len(self.members))),
            dates=len(self.members),
        )

    def _apart(self, window: Window) -> int:
        first, last = event_days((window,))
        return last - first + 1

    def _places(self) -> list[IntArray]:
        """Dates of each announcement, counted in sessions of one calendar."""
        table, clocks = self.panel.table, self.panel.clocks
        reference = clocks[table.calendars[int(self.members[0][0])]]
        reference = reference[reference >= 0]
        found = []
        for members, positions in zip(self.members, self.positions, strict=True):
            column = clocks[table.calendars[int(members[0])]][positions[:, 0]]
            found.append(np.searchsorted(reference, column))
        return found

    def _sample(self, pick: IntArray) -> GroupSample:
        """The announcements on the dates picked, as one group."""
        panel = self.panel
        count = [len(members) for members in self.members]
        event = np.repeat(np.arange(len(count), dtype=np.int64), count)
        columns: Mapping[tuple[int, str], IntArray] = {
            (number, name): clock for number in range(len(count)) for name, clock in panel.clocks.items()
        }
        aligned = align(
            panel.table,
            np.concatenate(self.members),
            event,
            np.concatenate([positions[place] for positions, place in zip(self.positions, pick.tolist(), strict=True)]),
            columns,
            panel.in_event,
            panel.spec.estimation,
            event_days(panel.spec.windows),
            panel.spec.exclude_events,
        )
        studied = estimate(aligned, 1, panel.spec)
        here = studied.usable[:, 0] & studied.windows[0].present
        return GroupSample(studied.arrays, np.flatnonzero(here).astype(np.int64), 0)


def dates_apart(places: Sequence[IntArray], apart: int, rng: np.random.Generator) -> IntArray | None:
    """Place of one date an announcement, no two dates closer than so many sessions.

    Parameters
    ----------
    places : sequence of C (B_c,) int
        The dates of each announcement, counted in sessions.
    apart : int
        Smallest distance.
    rng : Generator
        Source of randomness.

    Returns
    -------
    (C,) int, or None
        None where an announcement finds no date left. Announcements with few dates choose first.

    Examples
    --------
    >>> dates_apart([np.array([1, 2, 9]), np.array([2])], 5, np.random.default_rng(0))
    array([2, 0])
    """
    chosen: list[int] = []
    pick = np.full(len(places), -1, dtype=np.int64)
    for number in sorted(range(len(places)), key=lambda number: len(places[number])):
        own = places[number]
        free = np.ones(len(own), dtype=bool)
        for one in chosen:
            free &= np.abs(own - one) >= apart
        left = np.flatnonzero(free)
        if not len(left):
            return None
        pick[number] = int(rng.choice(left))
        chosen.append(int(own[pick[number]]))
    return pick
