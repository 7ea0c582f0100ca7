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

    @classmethod
    def of_spans(
        cls, returns: FloatArray, span: FloatArray, regressors: FloatArray, factors: FloatArray
    ) -> Securities | None:
        """From returns whose spans and regressors are known already; the same numbers, none made again.

        Parameters
        ----------
        returns, span : (n, S) float
            As in ``ReturnTable``: a return that was dropped keeps its span, and so does one across a change of symbol
            that no price links, which spans one session.
        regressors : (n, S, K) float
            Over the same sessions as the returns.
        factors : (K, S) float
            Regressors by single sessions.

        Returns
        -------
        Securities or None
            None where regressors of single sessions are not those of ``factors``. ``first`` and ``last`` hold every
            session: which events lie among a security's returns is for the caller to know.
        """
        n, width = len(returns), len(factors) + 2
        there = np.isfinite(returns)
        single = there & (span == 1)
        for number, factor in enumerate(factors):
            own, common = np.where(single, regressors[:, :, number], 0.0), np.where(single, factor, 0.0)
            if not np.array_equal(own, common, equal_nan=True):
                return None
        row, day = np.nonzero((span > 1) | ((span == 1) & ~there))
        spans = span[row, day]
        root = np.sqrt(spans)
        record = np.full((len(row), width), np.nan)
        known = there[row, day]
        record[known, 0] = root[known]
        record[known, 1:-1] = regressors[row, day][known] / root[known, None]
        record[known, -1] = returns[row, day][known] / root[known]
        # a return that nothing links is a hole: it has no factors
        record[spans == 1, -1] = 0.0
        begin = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n))]).astype(np.int64)
        ends = np.full(n, -1, dtype=np.int64), np.full(n, returns.shape[1] - 1, dtype=np.int64)
        return cls(
            np.ascontiguousarray(returns), np.ascontiguousarray(factors), begin, day.astype(np.int64),
            spans.astype(np.int64), record, *ends,
        )  # fmt: skip

    @property
    def lists(self) -> tuple[FloatArray, FloatArray, IntArray, IntArray, IntArray, FloatArray]:
        """What the loops take, in the order in which they take it."""
        return self.values, self.factors, self.gap_begin, self.gap_day, self.gap_span, self.gap_record
