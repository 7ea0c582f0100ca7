"""Sums of many draws in one pass: groups of observations, each of which shares one event session."""

from __future__ import annotations

import numpy as np

from eventstudy._arrays import BoolArray, FloatArray, IntArray
from eventstudy.inference.rank import FEWEST_PRESENT
from eventstudy.kernel.residuals import Residuals, add_line_ranks, chunks
from eventstudy.threads import each, evenly

# observations whose days are held at a time
HELD = 16_384


def ranks_of_draws(
    made: Residuals, members: IntArray, starts: IntArray, divided: BoolArray, event: FloatArray, scar: FloatArray
) -> FloatArray:
    """Sums of centred ranks by day, draw by draw, as :func:`add_line_ranks` makes them of one group.

    Parameters
    ----------
    made : Residuals
        Of all observations.
    members : (n,) int
        Rows of all draws.
    starts : (C,) int
        Where each draw's begin.
    divided : (C,) bool
        Whether every session of the estimation window is divided by the draw's own deviation on it.
    event : (n, L) float
        Days of the event, divided already where they are to be.
    scar : (n,) float
        SCAR, divided already.

    Returns
    -------
    (C, 3, T + L + 1) float
    """
    from eventstudy.kernel import draw_loops

    sessions = made.sessions
    ends = np.append(starts, len(members))
    sizes = np.diff(ends)
    found = np.zeros((len(starts), 3, sessions + event.shape[1] + 1))
    for held in evenly(sizes, -(-len(members) // HELD)):
        begin, end = ends[held[0]], ends[held[-1] + 1]
        lines = np.hstack(
            [
                made.standardised(members[begin:end], made.first, sessions),
                event[begin:end],
                scar[begin:end, None],
            ]
        )
        own = ends[held[0] : held[-1] + 2] - begin

        def work(which: IntArray, lines: FloatArray = lines, own: IntArray = own, held: IntArray = held) -> None:
            draw_loops.divide_days(lines, which, own, divided[held], sessions, FEWEST_PRESENT)
            for draw in which.tolist():
                add_line_ranks(lines[own[draw] : own[draw + 1]], sessions, found[held[draw]])

        each(work, evenly(sizes[held], chunks(len(lines))))
    return found
