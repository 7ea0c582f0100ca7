"""One part of a large study: the observations of some securities, studied alone wherever their returns are read.

A part keeps nothing. It is read, fitted and asked one question, and what it answers is a sum over its observations or
a few numbers of each. A study in one process is one part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.moments import Moments
from eventstudy.inference.rank import DayRanks
from eventstudy.inference.sample import GroupSample
from eventstudy.kernel.estimates import Estimates, by_security, estimate
from eventstudy.kernel.late import Reference
from eventstudy.kernel.residuals import Residuals, SessionSums
from eventstudy.kernel.securities import Securities
from eventstudy.kernel.study import LargeArrays, large_arrays
from eventstudy.models.base import ReturnModel
from eventstudy.panel.event_panel import EventPanel
from eventstudy.panel.gather import OneCalendar
from eventstudy.panel.windows import Window

# a decimal return beyond it is rare
LARGEST_TYPICAL = 0.2


class Block(Protocol):
    """Returns of some securities, which may lie elsewhere until they are read."""

    def values(self) -> FloatArray:
        """(n, S) returns by security; one that is not finite is none."""
        ...


@dataclass(frozen=True, eq=False)
class InMemory:
    """Returns that are here.

    Attributes
    ----------
    table : (m, S) float
        Returns by security.
    rows : (n,) int or None
        Those of the block; None for all.
    """

    table: FloatArray
    rows: IntArray | None = None

    def values(self) -> FloatArray:
        """(n, S) returns by security."""
        return self.table if self.rows is None else self.table[self.rows]

    def __reduce__(self) -> tuple[type[InMemory], tuple[FloatArray]]:
        """Its own returns alone, as they are sent to a worker."""
        return InMemory, (np.ascontiguousarray(self.values()),)


@dataclass(frozen=True, eq=False)
class Design:
    """What all parts of a study share.

    Attributes
    ----------
    model : ReturnModel
        One fitted by least squares on the factors, or the market-adjusted one.
    factors : (S, K) float
        Regressors by session.
    compound : tuple of K bool
        Whether each compounds over a gap.
    gaps, estimation, windows, min_estimation, standardise, returns
        As in the specification.
    days : (int, int)
        Event range.
    """

    model: ReturnModel
    factors: FloatArray
    compound: tuple[bool, ...]
    gaps: str
    estimation: Window
    days: Window
    windows: tuple[Window, ...]
    min_estimation: int
    standardise: str
    returns: str

    def calendar(self, block: Block) -> OneCalendar:
        """The block's returns beside the factors."""
        return OneCalendar(block.values(), self.factors, self.compound, self.gaps)


@dataclass(frozen=True, eq=False)
class Part:
    """The observations of some securities.

    Attributes
    ----------
    block : Block
        Returns.
    design : Design
        What is asked of them.
    security : (N,) int
        Row of the block.
    position, event : (N,) int
        Event session; number of the event in the study.
    """

    block: Block
    design: Design
    security: IntArray
    position: IntArray
    event: IntArray


@dataclass(frozen=True, eq=False)
class StudiedPart:
    """A part with its estimates.

    Attributes
    ----------
    calendar : OneCalendar
        Returns.
    estimates : Estimates
        Of all N observations.
    first, last : (N,) int
        First and last session on which the security has a return, -1 where there is none.
    arrays : LargeArrays
        Of the used ones.
    """

    calendar: OneCalendar
    estimates: Estimates
    first: IntArray
    last: IntArray
    arrays: LargeArrays

    @property
    def residuals(self) -> Residuals:
        """What makes residuals on demand."""
        assert self.arrays.residuals is not None
        return self.arrays.residuals


class Question(Protocol):
    """What a part is asked."""

    def __call__(self, part: StudiedPart) -> Any:
        """The answer."""
        ...


def studied(part: Part) -> StudiedPart:
    """The part with its estimates; an observation whose event lies outside its security's returns is not used.

    Rows of its arrays are the used observations in the order of security and session: what is read together lies
    together.
    """
    design = part.design
    calendar = design.calendar(part.block)
    wanted = np.bincount(part.security, minlength=len(calendar.values)) > 0
    securities = Securities.of(calendar.values, calendar.factors, calendar.compound, calendar.gaps, wanted)
    order = by_security(part.security, part.position, *calendar.values.shape)
    security, position, event = (values[order] for values in (part.security, part.position, part.event))

    def panels(security: IntArray, event: IntArray, position: IntArray) -> Callable[[IntArray], EventPanel]:
        return lambda chosen: calendar.panel(
            security[chosen], event[chosen], position[chosen], design.estimation, design.days
        )

    estimates = estimate(
        securities, design.model, security, position, design.estimation, design.windows, design.min_estimation,
        design.standardise, design.returns, panels(security, event, position),
    )  # fmt: skip
    used = estimates.used
    if len(used) < len(security):
        # what is kept knows the used observations alone
        security, event, position = security[used], event[used], position[used]
    arrays = large_arrays(
        securities, design.model, estimates, security, event, position, design.estimation, design.days,
        design.min_estimation, Reference(design.model, panels(security, event, position), len(used)),
    )  # fmt: skip
    first, last = securities.first[part.security], securities.last[part.security]
    return StudiedPart(calendar, estimates.placed(order), first, last, arrays)


def answer(task: tuple[Part, Question]) -> Any:
    """What a part says to a question."""
    part, question = task
    return _writable(question)(studied(_writable(part)))


def _writable(value: Any) -> Any:
    """The same with arrays that may be written: of read-only ones, as processes send them, loops are compiled anew."""
    if isinstance(value, np.ndarray):
        return value if value.flags.writeable else value.copy()
    if isinstance(value, Part | Design | InMemory | Sums | Ranks | Standardised | Abnormal | Gathered):
        return replace(value, **{item.name: _writable(getattr(value, item.name)) for item in fields(value)})
    return value


@dataclass(frozen=True, eq=False)
class PartEstimates:
    """What a part found.

    Attributes
    ----------
    estimates, first, last
        As of the part.
    large, known : int
        Returns beyond what a decimal return typically is, and all returns.
    """

    estimates: Estimates
    first: IntArray
    last: IntArray
    large: int
    known: int


@dataclass(frozen=True)
class Estimated:
    """The question for a part's estimates."""

    def __call__(self, part: StudiedPart) -> PartEstimates:
        size = np.abs(part.calendar.values)
        large, known = int(np.count_nonzero(size > LARGEST_TYPICAL)), int(np.count_nonzero(np.isfinite(size)))
        return PartEstimates(part.estimates, part.first, part.last, large, known)


@dataclass(frozen=True, eq=False)
class PartSums:
    """Sums over the rows that a part has of G groups; None where they were not asked for.

    Attributes
    ----------
    days : ((G, T), (G, T)) float
        Σ residual as fitted and number of residuals by estimation day.
    rising : (n,) float
        Share of positive residuals of all rows of the part.
    sar, estimation_sar : Moments of (G, L) and (G, T) float
        Of SAR by event day, and of standardised residuals by estimation day.
    group, session : (C,) int
        Which of the G groups each cluster belongs to, and its event session.
    clusters : SessionSums
        Of those clusters.
    """

    days: tuple[FloatArray, FloatArray] | None
    rising: FloatArray | None
    sar: Moments[FloatArray] | None
    estimation_sar: Moments[FloatArray] | None
    group: IntArray
    session: IntArray
    clusters: SessionSums | None


@dataclass(frozen=True, eq=False)
class Sums:
    """The question for sums over groups of a part's used rows.

    Attributes
    ----------
    rows : (n,) int
        Rows of all groups, group by group, ascending inside.
    starts : (G,) int
        Where each group's begin.
    family : (G,) int
        Groups of one family share no row.
    kinds : frozenset of str
        Any of ``days``, ``clusters``, ``moments``.
    """

    rows: IntArray
    starts: IntArray
    family: IntArray
    kinds: frozenset[str]

    def __call__(self, part: StudiedPart) -> PartSums:
        made, abnormal = part.residuals, part.arrays.abnormal
        groups = np.split(self.rows, self.starts[1:])
        days = rising = sar = estimation_sar = clusters = None
        group = session = np.zeros(0, dtype=np.int64)
        if "days" in self.kinds:
            for family in np.unique(self.family).tolist():
                made.expect([rows for rows, own in zip(groups, self.family.tolist(), strict=True) if own == family])
            total, traded = zip(*(made.by_day(rows) for rows in groups), strict=True)
            days, rising = (np.stack(total), np.stack(traded)), made.rising
        if "moments" in self.kinds:
            sar = _moments(abnormal.sar[self.rows], self.starts)
            estimation_sar = _moments(abnormal.estimation_sar[self.rows], self.starts)
        if "clusters" in self.kinds:
            number = np.repeat(np.arange(len(groups)), [len(rows) for rows in groups])
            key = number * part.calendar.values.shape[1] + part.arrays.position[self.rows]
            order = np.argsort(key, kind="stable")
            begins = np.flatnonzero(np.diff(key[order], prepend=-1))
            clusters = made.cluster_sums(self.rows[order], begins)
            group, session = number[order[begins]], part.arrays.position[self.rows[order[begins]]]
        return PartSums(days, rising, sar, estimation_sar, group, session, clusters)


def _moments(values: FloatArray, starts: IntArray) -> Moments[FloatArray]:
    """Of every column of each group's rows, side by side."""
    parts = [Moments.of_columns(rows) for rows in np.split(values, starts[1:])]
    return Moments(*(np.stack([getattr(one, name) for one in parts]) for name in ("count", "mean", "m2", "m3")))


@dataclass(frozen=True, eq=False)
class WholeGroup:
    """What the ranks of a part want to know of the group that it is a part of.

    Attributes
    ----------
    study, window, n, scar, sar, estimation_sar
        As in ``GroupState``.
    """

    study: str
    window: Window
    n: int
    scar: Moments[float]
    sar: Moments[FloatArray]
    estimation_sar: Moments[FloatArray]


@dataclass(frozen=True, eq=False)
class Ranks:
    """The question for rank sums by day of a part's rows of groups: those of each group, in turn.

    Attributes
    ----------
    rows, starts
        As in ``Sums``.
    groups : tuple of G WholeGroup
        Whose deviations divide the days.
    window : (G,) int
        Number of each group's window.
    cumulated : tuple of bool
        Ways to rank, as in ``DayRanks``.
    """

    rows: IntArray
    starts: IntArray
    groups: tuple[WholeGroup, ...]
    window: IntArray
    cumulated: tuple[bool, ...]

    def __call__(self, part: StudiedPart) -> list[list[tuple[FloatArray, FloatArray]]]:
        found = []
        for rows, whole, number in zip(
            np.split(self.rows, self.starts[1:]), self.groups, self.window.tolist(), strict=True
        ):
            sample, state = GroupSample(part.arrays, rows, number), _as_state(whole)
            ranks = [DayRanks.of(sample, state, cumulated=way) for way in self.cumulated]
            found.append([(one.total, one.present) for one in ranks])
        return found


def _as_state(whole: WholeGroup) -> Any:
    """The sums that ranks read of a state, which is all that there is of it here."""
    return whole


@dataclass(frozen=True, eq=False)
class Standardised:
    """The question for standardised residuals of some rows, as of ``Residuals.standardised``."""

    rows: IntArray
    first: int
    sessions: int

    def __call__(self, part: StudiedPart) -> FloatArray:
        return part.residuals.standardised(self.rows, self.first, self.sessions)


@dataclass(frozen=True, eq=False)
class Abnormal:
    """The question for fields of ``AbnormalReturns`` of some used rows."""

    rows: IntArray
    names: tuple[str, ...]

    def __call__(self, part: StudiedPart) -> dict[str, FloatArray]:
        return {name: np.asarray(getattr(part.arrays.abnormal, name))[self.rows] for name in self.names}


@dataclass(frozen=True, eq=False)
class Gathered:
    """The question for the panel of some used rows."""

    rows: IntArray

    def __call__(self, part: StudiedPart) -> EventPanel:
        arrays, design = part.arrays, part.residuals
        days = arrays.abnormal.taus
        return part.calendar.panel(
            arrays.panel.security[self.rows],
            arrays.panel.event[self.rows],
            arrays.position[self.rows],
            (design.first, design.first + design.sessions - 1),
            (int(days[0]), int(days[-1])),
        )
