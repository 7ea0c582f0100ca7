"""A large study whose returns are with its parts: by observation what is small, and sums that the parts are asked for.

Sums are added in the order of the parts, which does not depend on who works them out or on how many they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

import numpy as np

from eventstudy._arrays import FloatArray, IntArray
from eventstudy.abnormal import WindowReturns
from eventstudy.inference.group_state import GroupState
from eventstudy.inference.moments import Moments
from eventstudy.inference.sample import GroupSample
from eventstudy.kernel.estimates import Estimates
from eventstudy.kernel.late import Reference
from eventstudy.kernel.part import (
    Abnormal,
    Design,
    Gathered,
    PartEstimates,
    Ranks,
    WholeGroup,
)
from eventstudy.kernel.part_residuals import PartResiduals, Parts
from eventstudy.kernel.securities import Securities
from eventstudy.kernel.state import LargeState
from eventstudy.kernel.study import LargeArrays, large_arrays
from eventstudy.panel.event_panel import EventPanel, joined_panels
from eventstudy.panel.windows import window_length

# bytes of cluster sums that are held at a time
HELD = 1 << 30
# fields of AbnormalReturns that are asked for together
TOGETHER = ("returns", "expected", "ar")


class PartState(LargeState):
    """The sums of a group whose parts make them."""

    @property
    def _day_moments(self) -> tuple[Moments[FloatArray], Moments[FloatArray]]:
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
            for places, found in self.parts.gathered(everything, partial(Abnormal, names=names)):
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
    chosen = [places[one.used] for places, one in zip(rows, parts, strict=True)]
    used = np.sort(np.concatenate(chosen))
    own = [np.searchsorted(used, places) for places in chosen]

    def whole(given: Sequence[Any], places: Sequence[IntArray], length: int) -> Any:
        made = np.zeros((length, *given[0].shape[1:]), dtype=given[0].dtype)
        for into, values in zip(places, given, strict=True):
            made[into] = values
        return made

    def of_used(name: str) -> Any:
        return whole([getattr(one, name) for one in parts], own, len(used))

    def window(number: int) -> WindowReturns:
        given = [one.windows[number] for one in parts]
        names = [item.name for item in fields(WindowReturns) if item.name != "window"]
        made = {name: whole([getattr(one, name) for one in given], own, len(used)) for name in names}
        return WindowReturns(window=given[0].window, **made)

    numbers = [np.array([reasons.index(word) for word in one.reasons], dtype=np.int8) for one in parts]
    return Estimates(
        reason=whole([number[one.reason] for number, one in zip(numbers, parts, strict=True)], rows, count),
        reasons=tuple(reasons),
        count=whole([one.count for one in parts], rows, count),
        used=used,
        coefficients=of_used("coefficients"),
        centre=of_used("centre"),
        variance=of_used("variance"),
        r_squared=of_used("r_squared"),
        parameters=parts[0].parameters,
        windows=tuple(window(number) for number in range(len(parts[0].windows))),
    )


def part_arrays(
    design: Design,
    estimates: Estimates,
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
    security, event, position : (N,) int
        Of the used ones.
    parts : Parts
        Where the used ones are.
    """

    def panel_of(rows: IntArray) -> EventPanel:
        found = list(parts.gathered(rows, Gathered))
        places = [places for places, _ in found]
        return joined_panels([panel for _, panel in found], places, security[rows], event[rows])

    length, width = design.factors.shape
    nothing = np.zeros(0, dtype=np.int64)
    nowhere = Securities(
        np.zeros((0, length)), design.factors.T, np.zeros(1, dtype=np.int64), nothing, nothing,
        np.zeros((0, width + 2)), nothing, nothing,
    )  # fmt: skip
    made = large_arrays(
        nowhere, design.model, estimates, security, event, position, design.estimation, design.days,
        design.min_estimation, PartReference(design.model, panel_of, len(security), parts=parts),
        partial(PartResiduals, parts=parts, event_days=window_length(design.days)),
    )  # fmt: skip
    return PartArrays(**{item.name: getattr(made, item.name) for item in fields(made) if item.init})
