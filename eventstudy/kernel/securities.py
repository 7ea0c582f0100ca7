"""Returns by security as the compiled loops read them: the user's own array, and the returns after gaps beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.threads import each, evenly

CHUNKS = 64


@dataclass(frozen=True, eq=False)
class Securities:
    """Returns of n securities on S sessions of one calendar, with K factors.

    Attributes
    ----------
    values : (n, S) float
        Returns; one that is not finite is none.
    factors : (K, S) float
        Regressors by single sessions.
    gap_begin : (n + 1,) int
        Where each security's returns after gaps stand in the lists below.
    gap_day, gap_span : (G,) int
        Session of the return; sessions it spans.
    gap_record : (G, K + 2) float
        Root of the span, then factors over the same sessions and the return, all over that root; NaN where a factor has
        none, and all of it where such returns are dropped.
    first, last : (n,) int
        First and last session with a return, -1 where there is none or it was not asked for.
    """

    values: FloatArray
    factors: FloatArray
    gap_begin: IntArray
    gap_day: IntArray
    gap_span: IntArray
    gap_record: FloatArray
    first: IntArray
    last: IntArray

    @classmethod
    def of(
        cls, values: FloatArray, factors: FloatArray, compound: Sequence[bool], gaps: str, wanted: BoolArray
    ) -> Securities:
        """From returns and factors as the user brings them.

        Parameters
        ----------
        values : (n, S) float
            Returns by security; not copied where each security's are consecutive in memory.
        factors : (S, K) float
            Regressors by session.
        compound : sequence of K bool
            Whether each compounds over a gap; otherwise it adds.
        gaps : {"trade-to-trade", "drop"}
            Whether a return over several sessions is kept with its span, or left out.
        wanted : (n,) bool
            Securities that are asked for; the gaps of others are not looked up.
        """
        from eventstudy.kernel import loops

        n = len(values)
        values = np.ascontiguousarray(values)
        single = np.ascontiguousarray(factors.T)
        chosen = np.flatnonzero(wanted)
        count, ends = np.zeros(n, dtype=np.int64), np.full((2, n), -1, dtype=np.int64)
        chunks = [chosen[part] for part in evenly(np.ones(len(chosen), dtype=np.int64), CHUNKS)]
        each(lambda rows: loops.count_gaps(values, rows, count, ends), chunks)
        begin = np.concatenate([[0], np.cumsum(count)])
        many = int(begin[-1])
        day, span = np.zeros(many, dtype=np.int64), np.zeros(many, dtype=np.int64)
        record = np.zeros((many, len(single) + 2))
        kinds = np.array(compound, dtype=bool)
        steps = np.where(kinds[:, None], np.log1p(single), single) if len(single) else single
        there = np.isfinite(steps)
        nothing = np.zeros((len(single), 1))
        running = np.concatenate([nothing, np.cumsum(np.where(there, steps, 0.0), axis=1)], axis=1)
        holes = np.concatenate([nothing.astype(np.int64), np.cumsum(~there, axis=1)], axis=1)
        each(
            lambda rows: loops.fill_gaps(values, rows, running, holes, kinds, gaps == "drop", begin, day, span, record),
            chunks,
        )
        return cls(values, single, begin, day, span, record, *ends)

    @property
    def lists(self) -> tuple[FloatArray, FloatArray, IntArray, IntArray, IntArray, FloatArray]:
        """What the loops take, in the order in which they take it."""
        return self.values, self.factors, self.gap_begin, self.gap_day, self.gap_span, self.gap_record
