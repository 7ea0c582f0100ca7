"""What the tables are made of: every pair of a study, used or not, beside the arrays of the used ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from eventstudy._arrays import IntArray
from eventstudy.inference.ordinary_law import Clock, PlaceboStudy
from eventstudy.inference.reasons import because
from eventstudy.inference.sample import GroupSample, StudyArrays

NOT_ASKED = because("none.not_asked")


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
        if len(rows) > 1 and not (rows[1:] > rows[:-1]).all():
            rows = np.sort(rows)
        there = self.arrays.windows[number].present[rows]
        rows = rows if there.all() else rows[there]
        key = (rows.tobytes(), number)
        if key not in self._samples:
            self._samples[key] = GroupSample(self.arrays, rows, number)
        return self._samples[key]

    def labels(self, name: str) -> tuple[IntArray, list[str]]:
        """A column of the pairs as text: (P,) place of each pair's value among the different ones, and those."""
        return text_labels(self.pairs[name])

    @property
    def columns(self) -> pd.Index:
        """Names of the pairs' columns."""
        return self.pairs.columns

    def expect(self, groups: Iterable[IntArray], sums: Set[str]) -> None:
        """Groups, no two with a row in common, to be asked for some sums: a large study adds up all at once."""
        windows = range(len(self.arrays.windows))
        self.arrays.expect([self.sample(rows, number) for rows in groups for number in windows], sums)

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


class LateEvidence(Evidence):
    """Evidence of a large study: the tables with a line a pair are made when someone asks."""

    _missing: Callable[[LateEvidence, str], Any]
    _given: Mapping[str, pd.Series]
    _columns: pd.Index

    @classmethod
    def knowing(
        cls,
        known: Mapping[str, Any],
        given: Mapping[str, pd.Series],
        columns: Sequence[str],
        missing: Callable[[LateEvidence, str], Any],
    ) -> LateEvidence:
        """With these fields now, and the others from ``missing``, a function of this object and their name.

        Parameters
        ----------
        known : mapping
            Fields of ``Evidence``.
        given : mapping of str to Series
            Columns of the pairs as the user brought them.
        columns : sequence of str
            Names of all columns of the pairs.
        missing : function
            ``pairs``, ``sessions`` and ``window_attrition``.
        """
        made = object.__new__(cls)
        made.__dict__.update(known, _given=given, _columns=pd.Index(columns), _missing=missing, _samples={})
        return made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self.__dict__[name] = self._missing(self, name)
        return value

    @property
    def columns(self) -> pd.Index:
        """Names of the pairs' columns."""
        return self._columns

    def labels(self, name: str) -> tuple[IntArray, list[str]]:
        """As of any evidence; of a column that the user brought without the table."""
        return text_labels(self._given[name]) if name in self._given else super().labels(name)


def text_labels(column: pd.Series) -> tuple[IntArray, list[str]]:
    """Place of each value among the different ones as they read, and those.

    Examples
    --------
    >>> text_labels(pd.Series([2, 1, 2]))
    (array([0, 1, 0]), ['2', '1'])
    """
    codes, values = pd.factorize(column, use_na_sentinel=False)
    text = pd.Series(values).astype(str).tolist()
    if len(set(text)) == len(text):
        return codes.astype(np.int64, copy=False), text
    # values of several kinds may read alike
    again, different = pd.factorize(np.array(text, dtype=object))
    return again[codes].astype(np.int64, copy=False), different.tolist()
