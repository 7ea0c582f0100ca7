"""Compiled loops: how they are compiled, the order of observations, the returns after gaps.

Imported only where a study is large: numba takes half a second.

Each function works on rows that no other call writes, and lets go of the interpreter's lock, so that chunks run on all
cores. Sums run in the order of the rows: the number of threads moves no bit.

Conventions of the arguments: ``values`` (n, S) returns by security, a number that is not finite is no return;
``factors`` (K, S) by single sessions. A return after a gap stands in a list of its own, ``gap_begin`` (n + 1,) being
where each security's part begins: its session, the sessions it spans, and a record of the root of that, factors and
return over that root (all NaN for one that is dropped). Every other return spans one session.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# a division by zero gives what it gives in NumPy
compiled = njit(cache=True, nogil=True, error_model="numpy")
# sums may be taken in an order that fits the machine's vectors; nothing else is traded for speed
summing = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})


@compiled
def count_gaps(values, rows, count, ends):  # type: ignore[no-untyped-def]
    """Into ``count``: returns that follow a gap, by security; into ``ends``: its first and last session."""
    for row in rows:
        before, found, first = -1, 0, -1
        for day in range(values.shape[1]):
            if values[row, day] - values[row, day] == 0.0:
                if before < 0:
                    first = day
                elif day - before > 1:
                    found += 1
                before = day
        count[row] = found
        ends[0, row], ends[1, row] = first, before


@compiled
def fill_gaps(values, rows, running, holes, compound, drop, gap_begin, gap_day, gap_span, gap_record):  # type: ignore[no-untyped-def]
    """The gap lists of some securities, from running sums of the factors' (log) returns and of their holes."""
    k = running.shape[0]
    for row in rows:
        place = gap_begin[row]
        before = -1
        for day in range(values.shape[1]):
            if values[row, day] - values[row, day] == 0.0:
                if before >= 0 and day - before > 1:
                    span = day - before
                    root = np.sqrt(float(span))
                    gap_day[place] = day
                    gap_span[place] = span
                    gap_record[place, 0] = np.nan if drop else root
                    gap_record[place, k + 1] = np.nan if drop else values[row, day] / root
                    for one in range(k):
                        over = running[one, day + 1] - running[one, before + 1]
                        if compound[one]:
                            over = np.expm1(over)
                        if drop or holes[one, day + 1] > holes[one, before + 1]:
                            over = np.nan
                        gap_record[place, one + 1] = over / root
                    place += 1
                before = day


@compiled
def ordered(first, second, first_count, second_count):  # type: ignore[no-untyped-def]
    """Rows in the order of ``first``, then ``second``, then as they stand: two passes of counting."""
    count = len(first)
    begin = np.zeros(second_count + 1, np.int64)
    for row in range(count):
        begin[second[row] + 1] += 1
    for place in range(second_count):
        begin[place + 1] += begin[place]
    rows = np.empty(count, np.int64)
    for row in range(count):
        rows[begin[second[row]]] = row
        begin[second[row]] += 1
    begin = np.zeros(first_count + 1, np.int64)
    for row in range(count):
        begin[first[row] + 1] += 1
    for place in range(first_count):
        begin[place + 1] += begin[place]
    found = np.empty(count, np.int64)
    for place in range(count):
        row = rows[place]
        found[begin[first[row]]] = row
        begin[first[row]] += 1
    return found


@compiled
def kept(values, places):  # type: ignore[no-untyped-def]
    """Values in ascending places, moved to the front of their own memory: new memory costs more than the move."""
    for into in range(len(places)):
        values[into] = values[places[into]]
    return values[: len(places)]
