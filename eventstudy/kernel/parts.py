"""A large study whose returns are with its parts: by observation what is small, and sums that the parts are asked for.

Sums are added in the order of the parts, which does not depend on who works them out or on how many they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.abnormal import WindowReturns
from eventstudy.inference.moments import GroupState, Moments
from eventstudy.inference.sample import GroupSample
from eventstudy.kernel.estimates import Estimates
from eventstudy.kernel.late import Reference
from eventstudy.kernel.part import (
    Abnormal,
    Design,
    Gathered,
    PartEstimates,
    PartSums,
    Question,
    Ranks,
    Standardised,
    Sums,
    WholeGroup,
)
from eventstudy.kernel.securities import Securities
from eventstudy.kernel.study import LargeArrays, LargeState, Residuals, SessionSums, large_arrays
from eventstudy.panel.event_panel import EventPanel, joined_panels
from eventstudy.panel.windows import window_length

# bytes of cluster sums that are held at a time
HELD = 1 << 30
# fields of AbnormalReturns that are asked for together
TOGETHER = ("returns", "expected", "ar")

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
        Used rows of each part, ascending, in the order of the part's own rows.
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
        order = np.argsort(owner[rows], kind="stable")
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


class PartState(LargeState):
    """The sums of a group whose parts make them."""

    @cached_property
    def sar(self) -> Moments[FloatArray]:
        """Of SAR by event day."""
        return self._of_parts[0]

    @cached_property
    def estimation_sar(self) -> Moments[FloatArray]:
        """Of standardised residuals by session of the estimation window."""
        return self._of_parts[1]

    @property
    def _of_parts(self) -> tuple[Moments[FloatArray], Moments[FloatArray]]:
        made = self._residuals
        assert isinstance(made, PartResiduals)
        return made.moments(self._rows)


def _is_summed(sample: GroupSample) -> bool:
    """Whether what is made of the sums of the sample's clusters is there."""
    return "correlation" in vars(sample.state)


@dataclass(frozen=True, eq=False)
class PartArrays(LargeArrays):
    """The arrays of a study in parts."""

    _ranks: dict[tuple[bytes, int, bool], tuple[FloatArray, FloatArray]] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def _made(self) -> PartResiduals:
        assert isinstance(self.residuals, PartResiduals)
        return self.residuals

    def group_state(self, sample: GroupSample) -> GroupState:
        """The sums of one of the study's groups."""
        return PartState.of(sample) if sample.n else GroupState.of(sample)

    def expect(self, samples: Sequence[GroupSample], sums: Set[str]) -> None:
        """Ask the parts for the sums of all samples at once, or of as many as there is room for."""
        ranked = [cumulated for name, cumulated in (("ranks", False), ("window ranks", True)) if name in sums]
        kinds = {name for name in ("days", "clusters") if name in sums} | ({"moments"} if ranked else set())
        batch: dict[bytes, list[GroupSample]] = {}
        room = HELD
        for sample in [one for one in samples if one.n]:
            key = sample.rows.tobytes()
            wanted = "clusters" in kinds and key not in batch and not _is_summed(sample)
            needed = self._made.cluster_bytes(sample.rows) if wanted else 0
            if batch and needed > room:
                self._add_up(batch, kinds)
                batch, room = {}, HELD
            batch.setdefault(key, []).append(sample)
            room -= needed
        self._add_up(batch, kinds)
        if ranked:
            self._rank([one for one in samples if one.n > 1], tuple(ranked))

    def _add_up(self, batch: Mapping[bytes, Sequence[GroupSample]], kinds: Set[str]) -> None:
        """Sums of some samples by their rows; of clusters only what is made of them is kept."""
        open_to = [one for same in batch.values() for one in same if not _is_summed(one)]
        kinds = {kind for kind in kinds if kind != "clusters" or open_to}
        if not kinds:
            return
        family = np.array([same[0].number for same in batch.values()], dtype=np.int64)
        self._made.add_up([same[0].rows for same in batch.values()], family, kinds)
        if "clusters" in kinds:
            for sample in open_to:
                _ = sample.state.correlation
            self._made.forget_clusters()

    def summed_ranks(
        self, sample: GroupSample, state: GroupState, cumulated: bool, restandardise: str | None, on: str
    ) -> tuple[FloatArray, FloatArray] | None:
        """Ranks that the parts add up."""
        if restandardise != "day" or on != "sar" or not sample.n or state is not sample.state:
            return None
        self._rank([sample], (cumulated,))
        return self._ranks[sample.rows.tobytes(), sample.number, cumulated]

    def _rank(self, samples: Sequence[GroupSample], ways: tuple[bool, ...]) -> None:
        """Ranks of the days of some samples, in one pass over the parts."""
        keys = [(sample.rows.tobytes(), sample.number) for sample in samples]
        new = [
            sample
            for sample, key in zip(samples, keys, strict=True)
            if any((*key, way) not in self._ranks for way in ways)
        ]
        if not new:
            return
        states = [sample.state for sample in new]
        dealt = self._made.parts.dealt([sample.rows for sample in new])
        whole = [WholeGroup(one.study, one.window, one.n, one.scar, one.sar, one.estimation_sar) for one in states]
        window = np.array([sample.number for sample in new], dtype=np.int64)
        questions = [
            Ranks(rows, starts, tuple(whole[place] for place in which.tolist()), window[which], ways)
            if len(rows)
            else None
            for rows, starts, which in dealt
        ]
        sums: dict[tuple[int, bool], tuple[FloatArray, FloatArray]] = {}
        for part, found in self._made.parts.ask(questions):
            for place, ranks in zip(dealt[part][2].tolist(), found, strict=True):
                for way, (total, present) in zip(ways, ranks, strict=True):
                    before = sums.get((place, way), (0.0, 0.0))
                    sums[place, way] = before[0] + total, before[1] + present
        for (place, way), found in sums.items():
            sample = new[place]
            self._ranks[sample.rows.tobytes(), sample.number, way] = found


@dataclass(eq=False)
class PartReference(Reference):
    """The reference arrays of a study in parts, which the parts gather."""

    parts: Parts | None = None
    _fields: dict[str, FloatArray] = field(default_factory=dict, init=False, repr=False)

    def abnormal(self, name: str) -> Any:
        """One field of ``AbnormalReturns``; those that go together come together."""
        if name not in self._fields:
            assert self.parts is not None
            names = TOGETHER if name in TOGETHER else (name,)
            everything = np.arange(self.count)
            for places, found in self.parts.gathered(everything, lambda rows: Abnormal(names)):
                for one, values in found.items():
                    shape = (self.count, *values.shape[1:])
                    self._fields.setdefault(one, np.full(shape, np.nan))[places] = values
        return self._fields.pop(name)


def joined_estimates(found: Sequence[PartEstimates], rows: Sequence[IntArray], count: int) -> Estimates:
    """Estimates of all observations from those of the parts.

    Parameters
    ----------
    found : sequence of PartEstimates
        One a part, one at least.
    rows : sequence of (n,) int
        Places of each part's observations among all ``count``.
    """
    parts = [one.estimates for one in found]
    reasons = list(dict.fromkeys(reason for one in parts for reason in one.reasons))

    def whole(name: str) -> Any:
        given = [getattr(one, name) for one in parts]
        made = np.zeros((count, *given[0].shape[1:]), dtype=given[0].dtype)
        for places, values in zip(rows, given, strict=True):
            made[places] = values
        return made

    def window(number: int) -> WindowReturns:
        given = [one.windows[number] for one in parts]
        names = [item.name for item in fields(WindowReturns) if item.name != "window"]
        made = {name: np.zeros(count, dtype=getattr(given[0], name).dtype) for name in names}
        for places, values in zip(rows, given, strict=True):
            for name, into in made.items():
                into[places] = getattr(values, name)
        return WindowReturns(window=given[0].window, **made)

    reason = np.zeros(count, dtype=np.int64)
    for places, one in zip(rows, parts, strict=True):
        reason[places] = np.array([reasons.index(word) for word in one.reasons], dtype=np.int64)[one.reason]
    return Estimates(
        reason=reason,
        reasons=tuple(reasons),
        count=whole("count"),
        coefficients=whole("coefficients"),
        centre=whole("centre"),
        variance=whole("variance"),
        r_squared=whole("r_squared"),
        parameters=parts[0].parameters,
        windows=tuple(window(number) for number in range(len(parts[0].windows))),
    )


def part_arrays(
    design: Design,
    estimates: Estimates,
    used: IntArray,
    security: IntArray,
    event: IntArray,
    position: IntArray,
    parts: Parts,
) -> PartArrays:
    """The arrays of the used observations of a study in parts.

    Parameters
    ----------
    design : Design
        What all parts share.
    estimates : Estimates
        Of all observations.
    used : (N,) int
        Those that are used.
    security, event, position : (P,) int
        Of all observations.
    parts : Parts
        Where the used ones are.
    """

    def panel_of(rows: IntArray) -> EventPanel:
        found = list(parts.gathered(rows, Gathered))
        own = used[rows]
        return joined_panels([panel for _, panel in found], [places for places, _ in found], security[own], event[own])

    length, width = design.factors.shape
    nothing = np.zeros(0, dtype=np.int64)
    nowhere = Securities(
        np.zeros((0, length)), design.factors.T, np.zeros(1, dtype=np.int64), nothing, nothing,
        np.zeros((0, width + 2)), nothing, nothing,
    )  # fmt: skip
    made = large_arrays(
        nowhere, design.model, estimates, used, security, event, position, design.estimation, design.days,
        design.min_estimation, PartReference(design.model, panel_of, len(used), parts=parts),
        partial(PartResiduals, parts=parts, event_days=window_length(design.days)),
    )  # fmt: skip
    return PartArrays(**{item.name: getattr(made, item.name) for item in fields(made) if item.init})
