"""Residuals that the parts of a large study make, and the sums of them that were asked for.

Sums are added in the order of the parts, which does not depend on who works them out or on how many they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.inference.moments import Moments
from eventstudy.kernel.part import (
    PartSums,
    Question,
    Standardised,
    Sums,
)
from eventstudy.kernel.residuals import Residuals, SessionSums

# puts one question to each part, None for none, and gives number and answer of each in the order of the parts
Ask = Callable[[Sequence[Question | None]], Iterator[tuple[int, Any]]]


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a study, and where the N used rows are among them.

    Attributes
    ----------
    ask : function
        Puts questions to them.
    rows : tuple of (n,) int
        Used rows of each part, in the order of the part's own rows.
    """

    ask: Ask
    rows: tuple[IntArray, ...]

    @cached_property
    def place(self) -> tuple[IntArray, IntArray]:
        """(N,) part of each row, and its own row there."""
        count = sum(len(rows) for rows in self.rows)
        owner, own = np.zeros((2, count), dtype=np.int64)
        for number, rows in enumerate(self.rows):
            owner[rows], own[rows] = number, np.arange(len(rows))
        return owner, own

    def dealt(self, groups: Sequence[IntArray]) -> list[tuple[IntArray, IntArray, IntArray]]:
        """For each part its rows of the groups, where each group's begin, and which groups these are."""
        owner, own = self.place
        rows = np.concatenate([*groups, np.zeros(0, dtype=np.int64)])
        number = np.repeat(np.arange(len(groups)), [len(one) for one in groups])
        # inside a part by group, inside a group in the part's own order
        order = np.argsort((owner[rows] * len(groups) + number) * (own.max(initial=0) + 1) + own[rows])
        edges = np.searchsorted(owner[rows][order], np.arange(len(self.rows) + 1))
        found = []
        for part in range(len(self.rows)):
            chosen = order[edges[part] : edges[part + 1]]
            starts = np.flatnonzero(np.diff(number[chosen], prepend=-1))
            found.append((own[rows[chosen]], starts, number[chosen][starts]))
        return found

    def gathered(self, rows: IntArray, question: Callable[[IntArray], Question]) -> Iterator[tuple[IntArray, Any]]:
        """Answers about some rows: places among ``rows``, and what their part says of its own."""
        owner, own = self.place
        places = [np.flatnonzero(owner[rows] == part) for part in range(len(self.rows))]
        for part, found in self.ask([question(own[rows[one]]) if len(one) else None for one in places]):
            yield places[part], found


@dataclass(frozen=True, eq=False)
class PartResiduals(Residuals):
    """Residuals that the parts make, and the sums of them that were asked for.

    Attributes
    ----------
    parts : Parts
        Who is asked.
    event_days : int
        L, days of the event range.
    """

    parts: Parts = field(kw_only=True)
    event_days: int = field(kw_only=True)
    _clusters: dict[bytes, SessionSums] = field(default_factory=dict, init=False, repr=False)
    _moments: dict[bytes, tuple[Moments[FloatArray], Moments[FloatArray]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def expect(self, groups: Sequence[IntArray]) -> None:
        """Sum the residuals of several groups, none with a row of another, in one pass over the parts."""
        self.add_up(groups, np.zeros(len(groups), dtype=np.int64), {"days"})

    def moments(self, rows: IntArray) -> tuple[Moments[FloatArray], Moments[FloatArray]]:
        """Of SAR by event day, and of standardised residuals by estimation day, over some rows."""
        self.add_up([rows], np.zeros(1, dtype=np.int64), {"moments"})
        return self._moments[rows.tobytes()]

    def cluster_sums(
        self,
        members: IntArray,
        starts: IntArray,
        finish: Callable[[IntArray, SessionSums], None] | None = None,
        room: SessionSums | None = None,
    ) -> SessionSums:
        """As of any residuals; those added up beforehand are at hand until they are forgotten."""
        rows = np.sort(members)
        sums = self._clusters.get(rows.tobytes())
        if sums is None:
            self.add_up([rows], np.zeros(1, dtype=np.int64), {"clusters"})
            sums = self._clusters.pop(rows.tobytes())
        # finishing works in these two; another window of the same rows wants them as they are
        sums = replace(sums, mean=sums.mean.copy(), known=sums.known.copy())
        if finish is not None:
            finish(np.arange(len(starts)), sums)
        return sums

    def standardised(self, rows: IntArray, first: int, sessions: int) -> FloatArray:
        """(n, sessions) standardised residuals or abnormal returns of some rows from an event day on."""
        found = np.full((len(rows), sessions), np.nan)
        for places, values in self.parts.gathered(rows, partial(Standardised, first=first, sessions=sessions)):
            found[places] = values
        return found

    def forget_clusters(self) -> None:
        """Let go of the sums of clusters, of which what is made is small."""
        self._clusters.clear()

    def cluster_bytes(self, rows: IntArray) -> int:
        """Room that the cluster sums of some rows take."""
        return len(fields(SessionSums)) * 8 * self.sessions * len(np.unique(self.position[rows]))

    def add_up(self, groups: Sequence[IntArray], family: IntArray, kinds: Set[str]) -> None:
        """Sums of several groups in one pass over the parts; those known already are not made again.

        Parameters
        ----------
        groups : sequence of (n,) int
            Rows, ascending.
        family : (G,) int
            Groups of one family share no row.
        kinds : set of str
            Any of ``days``, ``clusters``, ``moments``.
        """
        known: dict[str, Set[bytes]] = {
            "days": self._days.keys(), "clusters": self._clusters.keys(), "moments": self._moments.keys()
        }  # fmt: skip
        keys = [rows.tobytes() for rows in groups]
        fresh = {key: place for place, key in enumerate(keys) if len(groups[place])}
        new = sorted(place for key, place in fresh.items() if any(key not in known[kind] for kind in kinds))
        if not new:
            return
        chosen = [groups[place] for place in new]
        sums = _Added.of_none(self, chosen, kinds)
        dealt = self.parts.dealt(chosen)
        questions = [
            Sums(rows, starts, family[new][which], frozenset(kinds)) if len(rows) else None
            for rows, starts, which in dealt
        ]
        for part, found in self.parts.ask(questions):
            sums.add(dealt[part][2], found)
            if found.rising is not None:
                seen = np.isfinite(found.rising)
                self.rising[self.parts.rows[part][seen]] = found.rising[seen]
        for place, number in enumerate(new):
            key = keys[number]
            if "days" in kinds:
                self._days[key] = sums.total[place], sums.traded[place]
            if "moments" in kinds:
                self._moments[key] = _row(sums.sar, place), _row(sums.estimation_sar, place)
            if "clusters" in kinds:
                self._clusters[key] = sums.clusters_of(place)


@dataclass(eq=False)
class _Added:
    """Sums of G groups, as far as parts have been added."""

    total: FloatArray
    traded: FloatArray
    sar: Moments[FloatArray]
    estimation_sar: Moments[FloatArray]
    length: int  # of the calendar
    keys: IntArray  # (C,) group times length plus session, ascending
    edges: IntArray  # (G + 1,)
    clusters: SessionSums

    @classmethod
    def of_none(cls, made: PartResiduals, groups: Sequence[IntArray], kinds: Set[str]) -> _Added:
        count = len(groups)
        length = made.securities.values.shape[1]
        days = count if "days" in kinds else 0
        moments = count if "moments" in kinds else 0
        sessions = [np.unique(made.position[rows]) if "clusters" in kinds else np.zeros(0, int) for rows in groups]
        sizes = [len(one) for one in sessions]
        keys = np.concatenate([one + number * length for number, one in enumerate(sessions)])
        total, traded = np.zeros((2, days, made.sessions))
        return cls(
            total=total,
            traded=traded,
            sar=Moments(*np.zeros((4, moments, made.event_days))),
            estimation_sar=Moments(*np.zeros((4, moments, made.sessions))),
            length=length,
            keys=keys,
            edges=np.concatenate([[0], np.cumsum(sizes)]),
            clusters=SessionSums.of_none(len(keys), made.sessions),
        )

    def add(self, groups: IntArray, found: PartSums) -> None:
        """The sums of one more part, which has rows of these groups."""
        if found.days is not None:
            self.total[groups] += found.days[0]
            self.traded[groups] += found.days[1]
        if found.sar is not None and found.estimation_sar is not None:
            _add_rows(self.sar, groups, found.sar)
            _add_rows(self.estimation_sar, groups, found.estimation_sar)
        if found.clusters is not None:
            place = np.searchsorted(self.keys, groups[found.group] * self.length + found.session)
            for item in fields(SessionSums):
                getattr(self.clusters, item.name)[place] += getattr(found.clusters, item.name)

    def clusters_of(self, group: int) -> SessionSums:
        """Those of one group, in the order of time."""
        own = slice(*self.edges[group : group + 2].tolist())
        return SessionSums(*(getattr(self.clusters, item.name)[own] for item in fields(SessionSums)))


def _row(moments: Moments[FloatArray], place: int) -> Moments[FloatArray]:
    """Of one group of several."""
    return Moments(moments.count[place], moments.mean[place], moments.m2[place], moments.m3[place])


def _add_rows(whole: Moments[FloatArray], places: IntArray, more: Moments[FloatArray]) -> None:
    """Some groups' moments with those of further observations."""
    both = Moments(whole.count[places], whole.mean[places], whole.m2[places], whole.m3[places]) + more
    for item in fields(Moments):
        getattr(whole, item.name)[places] = getattr(both, item.name)
