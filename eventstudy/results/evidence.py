"""What the tables are made of: every pair of a study, used or not, beside the arrays of the used ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from eventstudy._arrays import IntArray
from eventstudy.inference.placebo import Clock, PlaceboStudy
from eventstudy.inference.sample import GroupSample, StudyArrays

NOT_ASKED = "ordinary days were not asked for"


@dataclass(frozen=True, eq=False)
class Evidence:
    """All pairs of a study and the arrays of those that were used.

    Attributes
    ----------
    pairs : DataFrame
        The ``pairs`` table, one row a pair, with the grouping columns beside it.
    row : (P,) int
        Row of ``arrays`` of each pair, -1 where it was excluded.
    arrays : StudyArrays
        The used observations.
    sessions : (N, L) array
        Session of each event day of each used observation; missing where the calendar ends.
    placebo : PlaceboStudy or None
        Whole histories, where ordinary days are asked for.
    clocks : mapping of int to Clock
        News clock of each event, by its index, where ordinary days or calendar time are asked for.
    clock_number : (E,) int
        Equal numbers are equal clocks.
    window_attrition : DataFrame
        Pair × window without a CAR.
    no_placebo : str
        Why there is no ``placebo``, where there is none.
    """

    pairs: pd.DataFrame
    row: IntArray
    arrays: StudyArrays
    sessions: np.ndarray
    placebo: PlaceboStudy | None
    clocks: Mapping[int, Clock]
    clock_number: IntArray
    window_attrition: pd.DataFrame
    no_placebo: str = NOT_ASKED
    _samples: dict[tuple[bytes, int], GroupSample] = field(default_factory=dict)

    def sample(self, rows: IntArray, number: int) -> GroupSample:
        """The group of these used observations over one window, without those that have no CAR there."""
        rows = np.sort(rows)
        rows = rows[self.arrays.windows[number].present[rows]]
        key = (rows.tobytes(), number)
        if key not in self._samples:
            self._samples[key] = GroupSample(self.arrays, rows, number)
        return self._samples[key]

    def pair_names(self, rows: IntArray) -> list[str]:
        """Event and ticker of used observations, as one text each."""
        names = self._names
        return [names[row] for row in rows.tolist()]

    @cached_property
    def _names(self) -> list[str]:
        used = self.pairs[self.row >= 0]
        ordered = np.argsort(self.row[self.row >= 0])
        names = [f"{event}\t{ticker}" for event, ticker in zip(used["event_id"], used["ticker"], strict=True)]
        return [names[place] for place in ordered.tolist()]
