"""Studies whose returns are read in parts by security: by workers, or here, one after the other.

Which securities make a part follows from the returns alone, so that workers move no bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.kernel.part import LARGEST_TYPICAL, Block, Estimated, InMemory, Part, PartEstimates, Question
from eventstudy.panel.event_panel import EventPanel, joined_panels
from eventstudy.panel.gather import OneCalendar
from eventstudy.panel.windows import Window, event_range
from eventstudy.results.evidence import Evidence
from eventstudy.specification import StudySpec
from eventstudy.study.one_calendar import (
    compiled,
    design,
    late_evidence,
    numbered_events,
    plainly,
    reasons_before_fit,
)
from eventstudy.workers import Map, in_order

# cells of a part's (securities, sessions) array of returns
PART_CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class Securities:
    """Returns of the securities of a study, in parts.

    Attributes
    ----------
    blocks : sequence of Block
        Returns of each part.
    begins : (parts + 1,) int
        Where each part's securities begin among all.
    where : Map or None
        Who works on the parts.
    """

    blocks: Sequence[Block]
    begins: IntArray
    where: Map | None

    @classmethod
    def of_values(cls, values: FloatArray, security: IntArray, where: Map | None) -> tuple[Securities, IntArray]:
        """The securities that observations have, of all that the user brought; and each observation's among them."""
        rows, own = np.unique(security, return_inverse=True)
        width = max(PART_CELLS // max(values.shape[1], 1), 1)
        begins = np.append(np.arange(0, len(rows), width), len(rows))
        blocks = [InMemory(values, rows[begin : begin + width]) for begin in begins[:-1].tolist()]
        return cls(blocks, begins, where), own.astype(np.int64, copy=False)

    def parts_of(self, security: IntArray) -> list[IntArray]:
        """Places of the observations of each part, ascending."""
        part = np.searchsorted(self.begins, security, side="right") - 1
        order = np.argsort(part, kind="stable")
        return np.split(order, np.searchsorted(part[order], np.arange(1, len(self.blocks))))

    def ask(self, function: Callable[[Any], Any], tasks: Sequence[Any | None], what: str) -> Iterator[tuple[int, Any]]:
        """Number of each part that has a task and what the function makes of it, in their order."""
        asked = [number for number, task in enumerate(tasks) if task is not None]
        labels = [f"{what}, part {number + 1} of {len(tasks)}" for number in asked]
        answers = in_order(self.where, function, [tasks[number] for number in asked], labels)
        return zip(asked, answers, strict=True)


def evidence_of_parts(
    securities: Securities,
    calendar: OneCalendar,
    newest: Callable[[], int],
    index: pd.Index,
    pairs: pd.DataFrame,
    security: IntArray,
    position: IntArray,
    spec: StudySpec,
) -> Evidence:
    """Align, fit and cumulate by parts; every pair ends up used, or excluded with its reason.

    Parameters
    ----------
    securities : Securities
        Returns.
    calendar : OneCalendar
        Regressors; its own returns are not looked at.
    newest : function
        Gives the last session on which any security has a return.
    index, pairs, security, position, spec
        As in ``assemble_on_one_calendar``.

    Raises
    ------
    ValueError
        If half of the returns are too large for decimal ones.
    """
    if not compiled(spec, len(security)):
        parts = PartCalendar(calendar.values, calendar.factors, calendar.compound, calendar.gaps, securities, newest)
        return plainly(parts, index, pairs, security, position, spec, securities.where)
    from eventstudy.kernel.part import answer
    from eventstudy.kernel.part_residuals import Parts
    from eventstudy.kernel.parts import joined_estimates, part_arrays

    sessions, event = numbered_events(position, len(index))
    shared = design(calendar, event_range(spec.windows, spec.estimation), spec)
    places = securities.parts_of(security)
    parts_of_study = [
        Part(block, shared, security[own] - begin, position[own], event[own])
        for block, begin, own in zip(securities.blocks, securities.begins.tolist(), places, strict=False)
    ]

    def ask(questions: Sequence[Question | None]) -> Iterator[tuple[int, Any]]:
        tasks = [
            None if question is None else (part, question)
            for part, question in zip(parts_of_study, questions, strict=True)
        ]
        return securities.ask(answer, tasks, "study")

    found: list[PartEstimates] = [one for _, one in ask([Estimated()] * len(places))]
    _check_decimal(sum(one.large for one in found), sum(one.known for one in found))
    first, last = np.zeros((2, len(security)), dtype=np.int64)
    for own, one in zip(places, found, strict=True):
        first[own], last[own] = one.first, one.last
    estimates = joined_estimates(found, places, len(security))
    used = estimates.used
    rows = tuple(np.searchsorted(used, own[one.estimates.used]) for own, one in zip(places, found, strict=True))
    del found
    arrays = part_arrays(shared, estimates, security[used], event[used], position[used], Parts(ask, rows))
    before = reasons_before_fit(first, last, position, newest)
    return late_evidence(arrays, estimates, before, index, pairs, len(sessions))


def _check_decimal(large: int, known: int) -> None:
    if known and 2 * large > known:
        raise ValueError(like_per_cent(LARGEST_TYPICAL))


def like_per_cent(beyond: float) -> str:
    """What is wrong with returns half of which are larger than decimal ones are."""
    return f"returns: half of them lie beyond {beyond:.2g}, so they look like per cent; divide by 100, 0.0123 is 1.23%"


@dataclass(frozen=True, eq=False)
class PartCalendar(OneCalendar):
    """A calendar whose returns are with the parts, which gather what observations look at.

    Attributes
    ----------
    securities : Securities
        Returns.
    last_session : function
        Gives the last session on which any security has a return.
    """

    securities: Securities
    last_session: Callable[[], int]

    @property
    def newest(self) -> int:
        """Last session on which any security has a return, -1 where there is none."""
        return self.last_session()

    def trading_ends(self, securities: IntArray) -> tuple[IntArray, IntArray]:
        """First and last session with a return of some securities, -1 where there is none."""
        places = self.securities.parts_of(securities)
        tasks = [
            (block, securities[own] - begin) if len(own) else None
            for block, begin, own in zip(self.securities.blocks, self.securities.begins.tolist(), places, strict=False)
        ]
        first, last = np.full((2, len(securities)), -1, dtype=np.int64)
        large = known = 0
        for part, (ends, counts) in self.securities.ask(_ends, tasks, "first and last returns"):
            first[places[part]], last[places[part]] = ends
            large, known = large + counts[0], known + counts[1]
        _check_decimal(large, known)
        return first, last

    def panel(
        self,
        security: IntArray,
        event: IntArray,
        position: IntArray,
        estimation: Window,
        days: Window,
        near_event: BoolArray | None = None,
        exclude_events: bool = False,
    ) -> EventPanel:
        """The panel of N observations, rows in the order given."""
        places = self.securities.parts_of(security)
        tasks = []
        for block, begin, own in zip(self.securities.blocks, self.securities.begins.tolist(), places, strict=False):
            near = None if near_event is None else near_event[own]
            window = (security[own] - begin, event[own], position[own], estimation, days, near, exclude_events)
            tasks.append((block, (self.factors, self.compound, self.gaps), window) if len(own) else None)
        if not any(tasks):
            # nothing to gather: the shapes of an empty panel
            return super().panel(security, event, position, estimation, days, near_event, exclude_events)
        found = list(self.securities.ask(_gather, tasks, "windows"))
        return joined_panels([panel for _, panel in found], [places[part] for part, _ in found], security, event)


def _ends(task: tuple[Block, IntArray]) -> tuple[tuple[IntArray, IntArray], tuple[int, int]]:
    """First and last sessions of some securities of a block; how many returns are large, and how many there are."""
    block, rows = task
    values = block.values()
    size = np.abs(values)
    counts = int(np.count_nonzero(size > LARGEST_TYPICAL)), int(np.count_nonzero(np.isfinite(size)))
    return OneCalendar(values, np.empty((values.shape[1], 0)), (), "").trading_ends(rows), counts


def _gather(task: tuple[Block, tuple[FloatArray, tuple[bool, ...], str], tuple[Any, ...]]) -> EventPanel:
    """The panel of some observations of a block."""
    block, (factors, compound, gaps), window = task
    return OneCalendar(block.values(), factors, compound, gaps).panel(*window)
